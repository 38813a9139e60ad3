package trade

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
)

// Ages are the days overdue up to which each step of an ageing reaches, the first of which is what is not due yet; what is older
// stands in a step of its own.
var Ages = []int{0, 30, 60, 90}

// Ageing is what was open of a buyer's invoices at the end of a day, by how long it had been due: a step for each of Ages, and
// one more. Credit notes that are for no invoice and not used up are in it, below zero.
type Ageing [5]money.Minor

// Open is all of it.
func (g Ageing) Open() (sum money.Minor) {
	for _, v := range g {
		sum += v
	}
	return sum
}

// aged is an invoice with what settled it by a moment.
type aged struct {
	ID     id.ID
	DueOn  clock.Date
	Total  money.Minor
	events []settling
}

// settling is a change of what is open of an invoice. A credit note settles no more than what is open when it comes: what it
// leaves becomes a deposit. Bounced is the journal that took it back, 0 for none.
type settling struct {
	InvoiceID id.ID
	Kind      string
	Amount    money.Minor
	Seq       int64
	Bounced   int64
}

// unforgives tells whether it takes back what had been forgiven: of the same journal, that comes before the credit note for which it is.
func (e settling) unforgives() bool {
	return e.Amount < 0 && (e.Kind == partDiscount || e.Kind == partWriteOff)
}

// open works the events off in the order of the book.
func (v aged) open() money.Minor {
	slices.SortStableFunc(v.events, func(a, b settling) int {
		if a.Seq == b.Seq && a.unforgives() != b.unforgives() {
			if a.unforgives() {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Seq, b.Seq)
	})
	left := v.Total
	for _, e := range v.events {
		if e.Kind == KindCredit {
			e.Amount = min(e.Amount, max(left, 0))
		}
		left -= e.Amount
	}
	return left
}

// ageing is the ageing of a pair in a currency at the end of a day, by what was effective before end and recorded up to seq. It
// reads what is open now, or what something settled later: the rest was settled then.
func (s *Service) ageing(ctx context.Context, seller, buyer id.ID, currency string, on clock.Date, end clock.Instant, seq int64) (out Ageing, err error) {
	var bills []aged
	err = s.DB.R(ctx).Raw(`SELECT i.id, i.due_on, i.total FROM invoice i JOIN journal j ON j.seq = i.seq
		WHERE i.seller = ? AND i.buyer = ? AND i.currency = ? AND i.credits = 0 AND i.seq <= ? AND j.effective_us < ? AND (i.settled <> i.total
		OR EXISTS (SELECT 1 FROM payment_part x JOIN journal q ON q.seq = x.seq WHERE x.invoice_id = i.id AND x.kind <> 'asked' AND (x.seq > ? OR q.effective_us >= ?))
		OR EXISTS (SELECT 1 FROM invoice c JOIN journal q ON q.seq = c.seq WHERE c.credits = i.id AND c.seller = i.seller AND (c.seq > ? OR q.effective_us >= ?)))
		ORDER BY i.id`, seller, buyer, currency, seq, end, seq, end, seq, end).Scan(&bills).Error
	if err != nil {
		return out, fmt.Errorf("invoices that were open: %w", err)
	}
	for some := range slices.Chunk(bills, 500) {
		if err := s.settledBy(ctx, seller, buyer, some, end, seq); err != nil {
			return out, err
		}
		for _, v := range some {
			step, _ := slices.BinarySearch(Ages, on.Days(v.DueOn))
			out[step] += v.open()
		}
	}
	return out, nil
}

// settledBy fills in what had settled the invoices.
func (s *Service) settledBy(ctx context.Context, seller, buyer id.ID, bills []aged, end clock.Instant, seq int64) error {
	ids, at := make([]id.ID, len(bills)), make(map[id.ID]*aged, len(bills))
	for i := range bills {
		ids[i], at[bills[i].ID] = bills[i].ID, &bills[i]
	}
	var events []settling
	err := s.DB.R(ctx).Raw(`SELECT x.invoice_id, x.kind, x.amount, x.seq, COALESCE(q.seq, 0) AS bounced FROM invoice i JOIN payment_part x ON x.invoice_id = i.id
		JOIN journal j ON j.seq = x.seq LEFT JOIN journal q ON q.doc = x.payment_id AND q.kind = 'payment.bounced' AND x.kind IN ('invoice', 'discount') AND q.seq <= ? AND q.effective_us < ?
		WHERE i.seller = ? AND i.buyer = ? AND i.id IN ? AND x.kind <> 'asked' AND x.seq <= ? AND j.effective_us < ?
		UNION ALL SELECT c.credits, c.kind, -c.total, c.seq, 0 FROM invoice c JOIN journal j ON j.seq = c.seq
		WHERE c.seller = ? AND c.buyer = ? AND c.credits IN ? AND c.kind = 'credit' AND c.seq <= ? AND j.effective_us < ?`,
		seq, end, seller, buyer, ids, seq, end, seller, buyer, ids, seq, end).Scan(&events).Error
	if err != nil {
		return fmt.Errorf("what settled invoices: %w", err)
	}
	for _, e := range events {
		v := at[e.InvoiceID]
		v.events = append(v.events, e)
		if e.Bounced > 0 {
			v.events = append(v.events, settling{InvoiceID: e.InvoiceID, Kind: e.Kind, Amount: -e.Amount, Seq: e.Bounced})
		}
	}
	return nil
}
