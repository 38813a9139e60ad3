package sharing

import (
	"context"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/id"
)

// deepest is how many tiers a channel may have above a member.
const deepest = 12

// Upstreams are the organisations that the acting one may share with: who sells to it, and who stands above those in the same
// channel, as far as it may know of them (the producer of a channel is known to its members). Right: sharing read of its own.
func (s *Service) Upstreams(ctx context.Context, a access.Actor) ([]Upstream, error) {
	if err := s.gate.Require(ctx, a, access.Own, "sharing", "read"); err != nil {
		return nil, err
	}
	return s.upstreams(ctx, a.Org)
}

type hop struct{ Channel, Seller, Buyer id.ID }

func (s *Service) upstreams(ctx context.Context, org id.ID) ([]Upstream, error) {
	direct, above, err := s.sellers(ctx, org)
	if err != nil || len(direct)+len(above) == 0 {
		return nil, err
	}
	var out []Upstream
	err = s.d.R(ctx).Raw(`SELECT o.id, o.code, o.name, o.kind FROM org o WHERE o.active = ? AND o.id <> ? AND (o.id IN ? OR (o.id IN ? AND o.id IN (
		SELECT seller FROM link WHERE buyer = ? UNION SELECT buyer FROM link WHERE seller = ?
		UNION SELECT c.producer FROM channel c JOIN channel_member m ON m.channel = c.id WHERE m.org = ?)))`,
		true, org, append(direct, 0), append(above, 0), org, org, org).Scan(&out).Error
	for i := range out {
		out[i].Direct = slices.Contains(direct, out[i].ID)
	}
	slices.SortFunc(out, func(a, b Upstream) int { return strings.Compare(a.Name+a.Code, b.Name+b.Code) })
	return out, err
}

// sellers are who sells to an organisation, and everybody above them in the same channels.
func (s *Service) sellers(ctx context.Context, org id.ID) (direct, above []id.ID, err error) {
	at := []hop{{Buyer: org}}
	for depth := 0; depth < deepest && len(at) > 0; depth++ {
		buyers := map[id.ID][]id.ID{} // channel → who buys there; 0 at the bottom: any channel
		for _, h := range at {
			who := h.Seller
			if depth == 0 {
				who = org
			}
			buyers[h.Channel] = append(buyers[h.Channel], who)
		}
		at = nil
		for channel, who := range buyers {
			var next []hop
			tx := s.d.R(ctx).Table("link").Select("channel, seller, buyer").Where("buyer IN ? AND active = ?", who, true).Limit(2000)
			if depth > 0 {
				tx = tx.Where("channel = ?", channel)
			}
			if err := tx.Find(&next).Error; err != nil {
				return nil, nil, err
			}
			for _, h := range next {
				if depth == 0 {
					direct = append(direct, h.Seller)
					at = append(at, h)
				} else if !slices.Contains(above, h.Seller) {
					above = append(above, h.Seller)
					at = append(at, h)
				}
			}
		}
	}
	return direct, above, nil
}
