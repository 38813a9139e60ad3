package trade

import (
	"context"
	"database/sql"
	"fmt"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Tolerances of an agreement are shares of what was ordered of a line. Over: so much more may be sent, in a supplement to the line at
// its own price; the buyer receives it or refuses it like the rest, and is invoiced what it got. Under: a line of which so little is
// left when a shipment of it is received is complete, and the rest is not wanted any more.

// tolerated is a share of a quantity, rounded down to what the unit allows.
func tolerated(ordered qty.Qty, bps int64, decimals int) qty.Qty {
	n := ordered / 10_000 * qty.Qty(bps)
	n += ordered % 10_000 * qty.Qty(bps) / 10_000
	step := qty.Qty(1)
	for range 3 - decimals {
		step *= 10
	}
	return n - n%step
}

// overs is what an order's lines have grown by.
func (s *Service) overs(ctx context.Context, viewer, order id.ID) (map[int64]qty.Qty, error) {
	out := map[int64]qty.Qty{}
	err := s.each(ctx, func(rows *sql.Rows) error {
		var line int64
		var n qty.Qty
		err := rows.Scan(&line, &n)
		out[line] += n
		return err
	}, `SELECT x.line, x.qty FROM over_delivery x JOIN orders o ON o.id = x.order_id
 WHERE x.order_id = ? AND (o.seller = ? OR o.buyer = ? OR o.agent = ?)`, order, viewer, viewer, viewer)
	if err != nil {
		return nil, fmt.Errorf("over-deliveries of order %d: %w", order, err)
	}
	return out, nil
}

// spare is how much more than what is open may be sent of each line. A line that is invoiced does not grow.
func (s *Service) spare(ctx context.Context, d Deal, o Order) (map[int64]qty.Qty, error) {
	out := map[int64]qty.Qty{}
	if d.OverBps == 0 {
		return out, nil
	}
	had, err := s.overs(ctx, o.Seller, o.ID)
	if err != nil {
		return nil, err
	}
	for _, l := range o.Lines {
		if !l.Service && l.Invoiced == 0 && l.Wanted() > 0 {
			out[l.N] = max(0, tolerated(l.Qty-had[l.N], d.OverBps, l.Decimals)-had[l.N])
		}
	}
	return out, nil
}

// grow adds to a line what is sent beyond it, at its own price and tax, and answers what that adds to the order's total.
func (l *Line) grow(c money.Currency, n qty.Qty) (money.Minor, error) {
	before := l.Net + l.Tax
	whole := l.Qty + n
	for _, m := range []*money.Minor{&l.Net, &l.TaxBase, &l.Tax} {
		v, ok := c.Share(*m, int64(whole), int64(l.Qty))
		if !ok || v > maxAmount {
			return 0, errs.OnFields("order.invalid", errs.F("qty", "order.amount_too_large", "sku", l.SKU))
		}
		*m = v
	}
	l.Qty = whole
	return l.Net + l.Tax - before, nil
}

// supplement lets the lines of a dispatch grow by what is sent beyond them.
func (n *consignment) supplement(ask []DispatchLine) error {
	sent := map[int64]qty.Qty{}
	for _, x := range ask {
		sent[x.Line] += x.Qty
	}
	added := money.Minor(0)
	for i := range n.is.Lines {
		l := &n.is.Lines[i]
		more := sent[l.N] - l.Open()
		if more <= 0 {
			continue
		}
		m, err := l.grow(n.d.Currency, more)
		if err != nil {
			return err
		}
		added += m
		n.p.File(overT.Row(n.ship, l.N, n.is.ID, more))
	}
	if added > 0 {
		n.is.sum()
		n.is.CreditHeld = n.d.credit(n.is.CreditHeld+added, n.is.Lines)
		n.grown = true
	}
	return nil
}

// completed ends the lines of which no more is left than the agreement lets be missing: what was held or set aside for the rest goes
// back to the seller. A line of which goods are still on their way, or of which more is invoiced than was delivered, waits.
func (s *Service) completed(ctx context.Context, p *ledger.Post, d Deal, was Order, is *Order, came map[int64]qty.Qty, at clock.Instant) error {
	if d.UnderBps == 0 {
		return nil
	}
	had, err := s.overs(ctx, was.Seller, was.ID)
	if err != nil {
		return err
	}
	ended := map[int64]bool{}
	for i := range is.Lines {
		l := &is.Lines[i]
		left := l.Open()
		if came[l.N] == 0 || left <= 0 || l.Service || l.Dispatched > l.Delivered || l.Invoiced > l.Delivered ||
			left > tolerated(l.Qty-had[l.N], d.UnderBps, l.Decimals) {
			continue
		}
		ended[l.N] = l.Allotted > 0
		l.Cancelled += left
		l.Held, l.Allotted = 0, 0
	}
	for _, allotted := range ended {
		if allotted {
			return s.unallotLines(ctx, p, was, at, d.Zone, func(line int64) bool { return ended[line] })
		}
	}
	return nil
}
