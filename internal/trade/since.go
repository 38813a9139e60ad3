package trade

import (
	"context"
	"fmt"

	"saluran/internal/clock"
	"saluran/internal/id"
)

// PlacedSince are the latest orders that a person has placed for an organisation since then, between a seller and a buyer; at most twenty.
func (s *Service) PlacedSince(ctx context.Context, org, person, seller, buyer id.ID, from clock.Instant) ([]id.ID, error) {
	var out []id.ID
	err := s.DB.R(ctx).Raw(`SELECT o.id FROM orders o JOIN journal j ON j.seq = o.seq WHERE o.buyer = ? AND o.seller = ? AND o.kind = 'sale' AND o.placed_us >= ? AND j.org = ? AND j.person = ?
		ORDER BY o.seq DESC LIMIT 20`, buyer, seller, from, org, person).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("orders since: %w", err)
	}
	return out, nil
}
