package partner

import (
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/id"
)

// Coded is an organisation that the acting one sees; Mine tells whether it may change it: itself, or one that it has entered and that has
// no people of its own yet.
type Coded struct {
	Org
	Mine bool
}

// Coded finds organisations that the acting one sees by kind and code. Right: partner read.
func (s *Service) Coded(ctx context.Context, a access.Actor, codes []string) (map[Ref]Coded, error) {
	if err := s.gate.Require(ctx, a, access.Own, "partner", "read"); err != nil {
		return nil, err
	}
	out := map[Ref]Coded{}
	where, args := seesEach(a.Org)
	for some := range slices.Chunk(codes, 500) {
		var rows []orgRow
		if err := s.d.R(ctx).Where("org.code IN ? AND org.nameless = ?", some, false).Where(where, args...).Find(&rows).Error; err != nil {
			return nil, err
		}
		var entered []id.ID
		for _, r := range rows {
			if r.RegisteredBy == a.Org && r.ID != a.Org {
				entered = append(entered, r.ID)
			}
		}
		var peopled []id.ID
		if len(entered) > 0 {
			if err := s.d.R(ctx).Raw("SELECT DISTINCT org FROM membership WHERE org IN ?", entered).Scan(&peopled).Error; err != nil {
				return nil, err
			}
		}
		for _, r := range rows {
			out[Ref{Kind: r.Kind, Code: r.Code}] = Coded{r.org(), r.ID == a.Org || slices.Contains(entered, r.ID) && !slices.Contains(peopled, r.ID)}
		}
	}
	return out, nil
}

// Trader is an organisation with which the acting one trades: Side is "buyer" where it buys from the acting one, else "seller".
type Trader struct {
	ID               id.ID
	Kind, Code, Name string
	Side             string
}

// Traders are those with which the acting organisation is linked. Right: partner read.
func (s *Service) Traders(ctx context.Context, a access.Actor) (out []Trader, err error) {
	if err := s.gate.Require(ctx, a, access.Own, "partner", "read"); err != nil {
		return nil, err
	}
	err = s.d.R(ctx).Raw(`SELECT DISTINCT o.id, o.kind, o.code, o.name, 'buyer' AS side FROM link l JOIN org o ON o.id = l.buyer WHERE l.seller = ? AND l.active = ?
		UNION SELECT DISTINCT o.id, o.kind, o.code, o.name, 'seller' AS side FROM link l JOIN org o ON o.id = l.seller WHERE l.buyer = ? AND l.active = ?`,
		a.Org, true, a.Org, true).Scan(&out).Error
	return out, err
}
