package trade

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/money"
)

// Countable is how far a list is counted: a number beyond it is said to be more.
const Countable = 10_000

// Totals are of all rows of a filtered list, not of the page: exact where More is false.
type Totals struct {
	N    int64
	More bool
	Of   []Total // by currency; nothing where the reader may not see money, or there are too many rows
}

// Total is an amount in one currency: what the list is about, and what is open of it.
type Total struct {
	Currency     string
	Amount, Open money.Minor
}

// OrderTotals counts the orders that a filter of Orders finds; of sales over the counter also what they came to, less what was brought back.
func (s *Service) OrderTotals(ctx context.Context, a access.Actor, q list.Query) (t Totals, err error) {
	if err := s.require(ctx, a, access.Own, "order", "list"); err != nil {
		return t, err
	}
	w, err := s.ordersWhere(ctx, a, q)
	if err != nil {
		return t, err
	}
	if q.Filter["counter"] != "" && !s.blind(ctx, a, access.Seller) {
		err := s.total(ctx, &t, "SELECT o.currency AS currency, CASE WHEN o.kind = 'return' THEN 0 - o.total ELSE o.total END AS amount, 0 AS rest FROM orders o WHERE "+w.text(), w.args)
		if err != nil {
			return t, fmt.Errorf("count sales over the counter: %w", err)
		}
		return t.cut(), nil
	}
	err = s.DB.R(ctx).Raw("SELECT COUNT(*) FROM (SELECT o.id FROM orders o WHERE "+w.text()+" LIMIT ?) c", append(w.args, Countable+1)...).Row().Scan(&t.N)
	if err != nil {
		return t, fmt.Errorf("count orders: %w", err)
	}
	return t.cut(), nil
}

// InvoiceTotals counts the invoices and credit notes that a filter of Invoices finds, what they come to, the notes below zero, and what is
// open of the invoices.
func (s *Service) InvoiceTotals(ctx context.Context, a access.Actor, q list.Query) (t Totals, err error) {
	rels, err := s.sidesOf(ctx, a, "invoice", q.Filter["side"])
	if err != nil {
		return t, err
	}
	w, err := s.invoicesWhere(ctx, a, q)
	if err != nil {
		return t, err
	}
	for _, rel := range rels {
		x := invoicePart{rel: rel}.of(w, a.Org, q.Filter)
		err := s.total(ctx, &t, "SELECT v.currency AS currency, v.total AS amount, CASE WHEN v.kind = 'invoice' THEN v.total - v.settled ELSE 0 END AS rest FROM invoice v"+x.sql(), x.args)
		if err != nil {
			return t, fmt.Errorf("count invoices: %w", err)
		}
	}
	return t.cut(), nil
}

// PaymentTotals counts the payments that a filter of Payments finds, and what they come to.
func (s *Service) PaymentTotals(ctx context.Context, a access.Actor, q list.Query) (t Totals, err error) {
	rels, err := s.sidesOf(ctx, a, "payment", q.Filter["side"])
	if err != nil {
		return t, err
	}
	w, err := s.paymentsWhere(ctx, a, q)
	if err != nil {
		return t, err
	}
	hides := s.require(ctx, a, access.Seller, "payment", "read") != nil
	for _, rel := range rels {
		x := w.with(paymentSides[rel], a.Org)
		if rel == access.Buyer && hides {
			x.and("v.purpose <> ?", ForCommission)
		}
		if err := s.total(ctx, &t, "SELECT v.currency AS currency, v.amount AS amount, 0 AS rest FROM payment v"+x.sql(), x.args); err != nil {
			return t, fmt.Errorf("count payments: %w", err)
		}
	}
	return t.cut(), nil
}

// CommissionTotals counts the entries that a filter of Commissions finds, and the commission that they come to.
func (s *Service) CommissionTotals(ctx context.Context, a access.Actor, q list.Query) (t Totals, err error) {
	w, err := s.commissionsWhere(ctx, a, q)
	if err != nil {
		return t, err
	}
	from := "commission c"
	if q.Filter["from"]+q.Filter["to"] != "" { // when it took effect stands in the journal
		from += " JOIN journal j ON j.seq = c.seq"
	}
	if err := s.total(ctx, &t, "SELECT c.currency AS currency, c.amount AS amount, 0 AS rest FROM "+from+w.sql(), w.args); err != nil {
		return t, fmt.Errorf("count commission: %w", err)
	}
	return t.cut(), nil
}

// DepositTotals counts the deposits that a filter of Deposits finds, and what they come to.
func (s *Service) DepositTotals(ctx context.Context, a access.Actor, q list.Query) (t Totals, err error) {
	rel, err := s.depositSide(ctx, a, q)
	if err != nil {
		return t, err
	}
	w, having, err := heldWhere(a.Org, ledger.Deposit, rel == access.Buyer, q)
	if err != nil {
		return t, err
	}
	var rows []struct {
		Unit, N int64
		Amount  money.Minor
	}
	err = s.DB.R(ctx).Raw(`SELECT unit, COUNT(*) AS n, SUM(posted) AS amount FROM (SELECT a.unit AS unit, SUM(b.posted) AS posted FROM account a JOIN balance b ON b.acct = a.acct`+
		w.sql()+" GROUP BY a.counterparty, a.unit"+having+" LIMIT ?) c GROUP BY unit ORDER BY unit", append(w.args, Countable+1)...).Scan(&rows).Error
	if err != nil {
		return t, fmt.Errorf("count deposits: %w", err)
	}
	for _, r := range rows {
		if rel == access.Seller { // who holds it owes it
			r.Amount = -r.Amount
		}
		t.N += r.N
		t.Of = append(t.Of, Total{Currency: money.ByID(r.Unit).Code, Amount: r.Amount})
	}
	return t.cut(), nil
}

// total adds the rows of one side, as far as they are counted.
func (s *Service) total(ctx context.Context, t *Totals, query string, args []any) error {
	var rows []struct {
		Currency     string
		N            int64
		Amount, Rest money.Minor
	}
	err := s.DB.R(ctx).Raw("SELECT currency, COUNT(*) AS n, SUM(amount) AS amount, SUM(rest) AS rest FROM ("+query+" LIMIT ?) c GROUP BY currency ORDER BY currency",
		append(args[:len(args):len(args)], Countable+1)...).Scan(&rows).Error
	if err != nil {
		return err
	}
next:
	for _, r := range rows {
		t.N += r.N
		for i := range t.Of {
			if t.Of[i].Currency == r.Currency {
				t.Of[i].Amount, t.Of[i].Open = t.Of[i].Amount+r.Amount, t.Of[i].Open+r.Rest
				continue next
			}
		}
		t.Of = append(t.Of, Total{r.Currency, r.Amount, r.Rest})
	}
	return nil
}

// cut leaves out what is not exact.
func (t Totals) cut() Totals {
	if t.N > Countable {
		t.N, t.More, t.Of = Countable, true, nil
	}
	return t
}
