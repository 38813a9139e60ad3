package trade

import (
	"context"

	"saluran/internal/access"
)

// Whoever may see goods and no prices (the warehouse) gets orders without their money: Blind says so, and every amount is zero.

// blind tells whether the actor may not see prices.
func (s *Service) blind(ctx context.Context, a access.Actor) bool {
	return s.require(ctx, a, access.Own, "price", "read") != nil
}

// seen is an order as the actor may see it.
func (s *Service) seen(ctx context.Context, a access.Actor, o Order) Order {
	if !s.blind(ctx, a) {
		return o
	}
	o = o.clone()
	o.Blind, o.Net, o.Tax, o.Total, o.CreditHeld = true, 0, 0, 0, 0
	for i := range o.Lines {
		l := &o.Lines[i]
		l.Price, l.Net, l.TaxBase, l.Tax = 0, 0, 0, 0
	}
	return o
}

func hideRows(rows []OrderRow) {
	for i := range rows {
		r := &rows[i]
		r.Blind, r.Net, r.Tax, r.Total, r.CreditHeld = true, 0, 0, 0, 0
	}
}

// hide takes the money out of a view.
func (v *View) hide() {
	hideRows(v.Returns)
	for i := range v.Lanes {
		v.Lanes[i].Owed = 0
	}
}
