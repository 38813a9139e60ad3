package trade

import (
	"context"

	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// delivered sets what follows on an order from a delivery: its stage, its credit, the agent's commission, the buyer's points.
func (s *Service) delivered(ctx context.Context, p *ledger.Post, d Deal, o Order, is *Order, came map[int64]qty.Qty, source id.ID) error {
	is.CreditHeld = d.credit(o.CreditHeld, is.Lines)
	var err error
	if is.Status, err = s.ended(ctx, p, *is); err != nil {
		return err
	}
	worth := is.worth(d.Currency, came)
	s.earn(p, d, o.ID, OnDelivery, source, worth)
	return s.award(ctx, p, d, o.ID, OnDelivery, source, worth, s.Clock.Now())
}

// worth is what quantities of an order's lines amount to before tax.
func (o Order) worth(c money.Currency, n map[int64]qty.Qty) (net money.Minor) {
	for _, l := range o.Lines {
		if q := n[l.N]; q > 0 {
			m, _ := c.Share(l.Net, int64(q), int64(l.Qty))
			net += m
		}
	}
	return net
}
