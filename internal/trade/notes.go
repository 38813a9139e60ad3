package trade

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
)

// maxNotes is how many credit notes one post sets against invoices; the next takes more.
const maxNotes = 200

// freeNotes reads credit notes of a pair that were for no invoice (a return whose sale is not in the books, as imports bring them) and
// are not used up, oldest first.
func (s *Service) freeNotes(ctx context.Context, seller, buyer id.ID, currency string) (notes []Invoice, err error) {
	err = s.DB.R(ctx).Raw("SELECT "+invoiceCols+` FROM invoice WHERE seller = ? AND buyer = ? AND currency = ? AND kind = 'credit' AND status IN ('open','part')
		AND settled > total ORDER BY due_on, id LIMIT ?`, seller, buyer, currency, maxNotes).Scan(&notes).Error
	if err != nil {
		return nil, fmt.Errorf("credit notes that stand: %w", err)
	}
	return notes, nil
}

// restOf is what credit notes are still good for.
func restOf(notes []Invoice) (sum money.Minor) {
	for _, v := range notes {
		sum -= v.Open()
	}
	return sum
}

// offset sets the credit notes of the pair that are for no invoice against its open invoices, oldest due first, before money is: both
// are parts of the debt already, so nothing is owed more or less by it. What of them no invoice needs becomes a deposit. It files its
// parts after the first n of the payment, and says how many there are then.
func (t *settlement) offset(ctx context.Context, v Payment, cur money.Currency, n int64) (int64, error) {
	notes, err := t.s.freeNotes(ctx, v.Payee, v.Payer, v.Currency)
	if err != nil || len(notes) == 0 {
		return n, err
	}
	left := slices.Clone(notes)
	err = t.s.eachOpen(ctx, v.Payee, v.Payer, v.Currency, func(inv Invoice) (bool, error) {
		of, err := t.add(ctx, inv)
		for ; err == nil && len(left) > 0 && of.Open() > 0; left = left[1:] {
			var d *due
			if d, err = t.add(ctx, left[0]); err != nil {
				break
			}
			if k := min(-d.Open(), of.Open()); k > 0 {
				d.settle(-k, 0)
				of.settle(k, 0)
				t.p.File(Part{PaymentID: v.ID, N: n + 1, InvoiceID: d.ID, Kind: partOffset, Amount: -k}.row(),
					Part{PaymentID: v.ID, N: n + 2, InvoiceID: of.ID, Kind: partOffset, Amount: k}.row())
				n += 2
			}
			if d.Open() != 0 { // the next invoice takes the rest
				break
			}
		}
		return len(left) > 0, err
	})
	if err != nil {
		return n, err
	}
	return t.noteDeposit(ctx, v.ID, n, cur, notes)
}

// noteDeposit turns what credit notes are still good for into a deposit of their buyer.
func (t *settlement) noteDeposit(ctx context.Context, payment id.ID, n int64, cur money.Currency, notes []Invoice) (int64, error) {
	for _, note := range notes {
		d, err := t.add(ctx, note)
		if err != nil {
			return n, err
		}
		rest := -d.Open()
		if rest <= 0 {
			continue
		}
		d.settle(-rest, 0)
		t.p.Owe(d.Seller, d.Buyer, cur, ledger.Trade, rest)
		t.p.Owe(d.Buyer, d.Seller, cur, ledger.Deposit, rest)
		n++
		t.p.File(Part{PaymentID: payment, N: n, InvoiceID: d.ID, Kind: partOffset, Amount: -rest}.row())
	}
	return n, nil
}
