package report

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
)

// Called is what somebody should know of a shop before calling there: what is late there and when it ordered last, from the acting organisation
// or, of an agent, through it.
type Called struct {
	Buyer    id.ID
	Late     money.Minor // of invoices that are past their day, in the organisation's own currency; 0 where the reader may not see money
	LateOn   clock.Date  // the oldest of those days
	Ordered  clock.Date  // "" where it never has
	Currency string
}

// Called answers for some shops: two questions, however many there are. What the actor may not read is left out.
func (s *Service) Called(ctx context.Context, a access.Actor, shops []id.ID) (map[id.ID]Called, error) {
	out := map[id.ID]Called{}
	if len(shops) == 0 {
		return out, nil
	}
	mine, rel := "seller", access.Seller
	if a.Kind == "agent" {
		mine, rel = "agent", access.Agent
	}
	var rows []Called
	if s.Gate.Can(a, rel, "invoice", "read") && s.Gate.Can(a, access.Own, "price", "read") {
		err := s.DB.R(ctx).Raw(`SELECT v.buyer, SUM(v.total - v.settled) AS late, MIN(v.due_on) AS late_on, v.currency FROM invoice v JOIN org o ON o.id = ?
			WHERE v.`+mine+` = ? AND v.buyer IN ? AND v.kind = 'invoice' AND v.status IN ('open', 'part') AND v.due_on < ? AND v.currency = o.currency GROUP BY v.buyer, v.currency`,
			a.Org, a.Org, shops, s.now().In(a.Zone)).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("what is late on the round: %w", err)
		}
	}
	for _, r := range rows {
		out[r.Buyer] = r
	}
	if !s.Gate.Can(a, access.Own, "order", "list") {
		return out, nil
	}
	rows = nil
	err := s.DB.R(ctx).Raw(`SELECT x.buyer, MAX(x.ordered_on) AS ordered FROM orders x WHERE x.`+mine+` = ? AND x.buyer IN ? AND x.kind = 'sale' AND x.status NOT IN ('cancelled', 'rejected') GROUP BY x.buyer`,
		a.Org, shops).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("last orders on the round: %w", err)
	}
	for _, r := range rows {
		c := out[r.Buyer]
		c.Buyer, c.Ordered = r.Buyer, r.Ordered
		out[r.Buyer] = c
	}
	return out, nil
}
