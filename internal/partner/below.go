package partner

import (
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Below are the kinds of organisations that may stand right below one in a channel; none where it has the last place there. It is for
// pages of people who are not signed in: no right is asked. Errors: not_found (no such channel, or none that it has a place in).
func (s *Service) Below(ctx context.Context, org, channel id.ID) ([]string, error) {
	tier, err := s.tierOf(ctx, channel, org)
	if err != nil {
		return nil, err
	}
	if tier == 0 {
		return nil, errs.Gone()
	}
	var tiers []string
	if err := s.d.R(ctx).Model(&channelRow{}).Where("id = ?", channel).Pluck("tiers", &tiers).Error; err != nil || len(tiers) == 0 {
		return nil, err
	}
	kinds := splitTiers(tiers[0])
	if int(tier) >= len(kinds) {
		return nil, nil
	}
	if kind := kinds[tier]; kind != "any" {
		return []string{kind}, nil
	}
	return slices.DeleteFunc(slices.Clone(Kinds), func(k string) bool {
		return slices.Contains([]string{"producer", "agent", "operator", "financier", "carrier"}, k)
	}), nil
}

// EnterBelow makes an organisation, stands it right below the acting one in a channel and links the two; it joins the transaction
// of ctx, around which stands Entering. Right: partner write and link write. Errors: those of Create and of CreateLink.
func (s *Service) EnterBelow(ctx context.Context, a access.Actor, channel id.ID, n NewOrg) (id.ID, error) {
	var made id.ID
	err := s.d.InTx(ctx, func(ctx context.Context) error {
		err := s.mayEnter(ctx, a, &n)
		if err != nil {
			return err
		}
		if made, err = s.create(ctx, a, n); err != nil {
			return err
		}
		_, _, err = s.CreateLink(ctx, a, NewLink{Channel: channel, Seller: a.Org, Buyer: made, Place: true})
		return err
	})
	return made, err
}
