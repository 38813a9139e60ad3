package trade

import (
	"context"
	"fmt"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
)

// forgiven is what settled an invoice although nobody paid it: an early-payment discount, points, a write-off. Given is what it was,
// Stands what of it was not taken back yet.
type forgiven struct {
	PaymentID     id.ID
	Kind, Method  string
	Version, Last int64 // of the payment; the number of its last part
	Given, Stands money.Minor
}

// forgivenOf reads what an invoice was forgiven and still is, the newest first.
func (s *Service) forgivenOf(ctx context.Context, v Invoice) (rows []forgiven, err error) {
	err = s.DB.R(ctx).Raw(`SELECT x.payment_id, x.kind, y.method, y.version, SUM(x.amount) AS stands,
		SUM(CASE WHEN x.amount > 0 THEN x.amount ELSE 0 END) AS given,
		(SELECT MAX(z.n) FROM payment_part z WHERE z.payment_id = x.payment_id) AS last
		FROM payment_part x JOIN payment y ON y.id = x.payment_id WHERE x.invoice_id = ? AND +y.payee = ? AND y.status <> ?
		AND x.kind IN (?, ?) GROUP BY x.payment_id, x.kind, y.method, y.version HAVING SUM(x.amount) > 0 ORDER BY x.payment_id DESC`,
		v.ID, v.Seller, PayBounced, partDiscount, partWriteOff).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("what invoice %d was forgiven: %w", v.ID, err)
	}
	return rows, nil
}

// unforgive takes back up to n of what an invoice was forgiven, the newest first, so that a credit note gives back no money that
// never came: it is open again, for the note to settle. Points return to their holder. It says how much it was, and how much of
// that had been written off.
func (t *settlement) unforgive(ctx context.Context, d *due, cur money.Currency, n money.Minor) (back, bad money.Minor, err error) {
	if n <= 0 {
		return 0, 0, nil
	}
	all, err := t.s.forgivenOf(ctx, d.Invoice)
	if err != nil {
		return 0, 0, err
	}
	for _, f := range all {
		k := min(n-back, f.Stands)
		if k <= 0 {
			break
		}
		t.p.Advance(paymentT, f.PaymentID, f.Version) // two notes on what one payment was forgiven do not both take it back
		t.p.File(Part{PaymentID: f.PaymentID, N: f.Last + 1, InvoiceID: d.ID, Kind: f.Kind, Amount: -k}.row())
		if f.Method == PayPoints {
			if err := t.s.restore(ctx, t.p, d.Invoice, f, k); err != nil {
				return 0, 0, err
			}
		}
		if f.Kind == partWriteOff {
			bad += k
		}
		back += k
	}
	d.settle(-back, 0)
	t.p.Owe(d.Seller, d.Buyer, cur, ledger.Trade, back)
	return back, bad, nil
}

// stoodFor earns again what fell away with a write-off that is taken back because its invoice is replaced: that trade stands.
func (t *settlement) stoodFor(ctx context.Context, terms Deal, v Invoice, source id.ID, net money.Minor) error {
	t.s.earn(t.p, terms, v.OrderID, OnOrder, source, net)
	t.s.earn(t.p, terms, v.OrderID, OnDelivery, source, net)
	return t.s.award(ctx, t.p, terms, v.OrderID, OnDelivery, source, net, t.at)
}

// restore gives back the points that were spent on k of an invoice, as if they had not been: those that expire last first, each with
// the day it had. Whole points only: the rest of a part comes with the next. What the holder owes of points is set against them.
func (s *Service) restore(ctx context.Context, p *ledger.Post, v Invoice, f forgiven, k money.Minor) error {
	var rows []struct {
		Programme, Holder id.ID
		ExpiresOn         clock.Date
		Spent, Restored   int64
	}
	err := s.DB.R(ctx).Raw(`SELECT m.programme, m.holder, m.expires_on, SUM(CASE WHEN m.kind = 'spent' THEN -m.nominal ELSE 0 END) AS spent,
		SUM(CASE WHEN m.kind = 'restored' THEN m.nominal ELSE 0 END) AS restored FROM points_move m WHERE m.order_id = ? AND +m.seller = ? AND m.source = ?
		AND m.kind IN ('spent', 'restored') GROUP BY m.programme, m.holder, m.expires_on
		ORDER BY CASE WHEN m.expires_on = '' THEN 0 ELSE 1 END, m.expires_on DESC`, v.OrderID, v.Seller, f.PaymentID).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("points that payment %d spent: %w", f.PaymentID, err)
	}
	var all int64
	for _, r := range rows {
		all += r.Spent
	}
	if all == 0 {
		return nil
	}
	on, err := s.dayOf(ctx, v.Seller)
	if err != nil {
		return err
	}
	worth, was := f.Given/money.Minor(all), f.Given-f.Stands
	left := int64((was+k)/worth - was/worth)
	for _, r := range rows {
		n := min(left, r.Spent-r.Restored)
		if n <= 0 {
			continue
		}
		owing, err := s.pointsOwing(ctx, p, r.Programme, v.Seller, r.Holder)
		if err != nil {
			return err
		}
		set := min(owing, n)
		p.Points(r.Programme, v.Seller, r.Holder, ledger.PointsOwed, -set)
		p.Points(r.Programme, v.Seller, r.Holder, ledger.BatchOf(r.ExpiresOn), n-set)
		p.File(PointsMove{ID: s.DB.IDs.Next(), Programme: r.Programme, Seller: v.Seller, Holder: r.Holder, Kind: PointsRestored, OrderID: v.OrderID,
			Source: f.PaymentID, Nominal: n, Amount: n - set, ExpiresOn: r.ExpiresOn, MovedOn: on}.row())
		left -= n
	}
	return nil
}
