package identity

import (
	"context"

	"saluran/internal/id"
)

// Owners are the people who answer for an organisation, for the program to write to; at most 20.
func (s *Service) Owners(ctx context.Context, org id.ID) ([]Person, error) {
	var rows []personRow
	err := s.d.R(ctx).Raw("SELECT p.* FROM membership m JOIN person p ON p.id = m.person WHERE m.org = ? AND m.role = 'owner' AND p.active = ? ORDER BY p.id LIMIT 20", org, true).
		Scan(&rows).Error
	out := make([]Person, len(rows))
	for i, r := range rows {
		out[i] = r.person()
	}
	return out, err
}
