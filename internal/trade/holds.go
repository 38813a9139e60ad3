package trade

import (
	"context"

	"saluran/internal/id"
	"saluran/internal/ledger"
)

// PlacesOf says whose a place is: warehouses are their organisation's, shipments their carrier's.
const PlacesOf = "SELECT id, org FROM place UNION ALL SELECT id, carrier FROM shipment WHERE carrier <> 0"

// Holds are the queries by which verify proves the ledger's counters of what is promised: stock by order lines, credit by orders.
var Holds = &ledger.HoldSource{
	Stock:    "SELECT o.seller, l.product, SUM(l.held) FROM order_line l JOIN orders o ON o.id = l.order_id WHERE l.held <> 0 GROUP BY o.seller, l.product",
	Credit:   "SELECT seller, buyer, currency, SUM(credit_held) FROM orders WHERE credit_held <> 0 GROUP BY seller, buyer, currency",
	CreditIn: &ledger.CreditColumn{Table: ordersT, Held: "credit_held", Seller: "seller", BillTo: "buyer", Cur: "currency", PastLimit: []string{"payment.bounced"}},
}

// HolderOf is the organisation that holds what stands at a place; 0 where a shipment has no carrier. It is for the ledger, which
// holds every position against the laws of roles.
func (s *Service) HolderOf(ctx context.Context, place id.ID) (id.ID, error) {
	var of []id.ID
	err := s.DB.R(ctx).Raw("SELECT org FROM place WHERE id = ? UNION ALL SELECT carrier FROM shipment WHERE id = ?", place, place).Scan(&of).Error
	if err != nil || len(of) == 0 {
		return 0, err
	}
	return of[0], nil
}
