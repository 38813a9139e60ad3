package partner

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// CreateChannel makes a channel of the acting producer, who stands at its first tier.
func (s *Service) CreateChannel(ctx context.Context, a access.Actor, n NewChannel) (Channel, error) {
	if err := s.gate.Require(ctx, a, access.Own, "channel", "write"); err != nil {
		return Channel{}, err
	}
	if a.Kind != "producer" {
		return Channel{}, errs.New(errs.Invalid, "partner.not_a_producer")
	}
	tiers, err := n.clean()
	if err != nil {
		return Channel{}, err
	}
	doc, _, err := audit.Once(ctx, s.d, a.Org, n.Key, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		r := channelRow{ID: s.d.IDs.Next(), Producer: a.Org, Name: n.Name, Shape: n.Shape, Tiers: joinTiers(tiers), Version: 1}
		if err := s.d.W(ctx).Create(&r).Error; err != nil {
			if db.Classify(err) == db.Duplicate {
				return 0, errs.Wrap(errs.Conflict, "partner.channel_taken", err, "name", n.Name)
			}
			return 0, err
		}
		if err := s.d.W(ctx).Create(&memberRow{r.ID, a.Org, 1}).Error; err != nil {
			return 0, err
		}
		return r.ID, audit.Record(ctx, s.d, a.By(), s.clock.Now(), "channel.created", r.ID, audit.Diff(map[string][2]any{"name": {"", n.Name}, "shape": {"", n.Shape}}))
	})
	if err != nil {
		return Channel{}, err
	}
	return s.Channel(ctx, a, doc)
}

func (n *NewChannel) clean() ([]string, error) {
	n.Name = strings.TrimSpace(n.Name)
	shape, ok := shapeOf(n.Shape)
	if !ok {
		return nil, errs.OnFields("invalid", errs.F("shape", "partner.bad_shape", "shape", n.Shape))
	}
	if !plain(n.Name, 120) {
		return nil, errs.OnFields("invalid", errs.F("name", "required"))
	}
	if n.Shape != "free" {
		return shape.Tiers, nil
	}
	if len(n.Tiers) < 2 || len(n.Tiers) > 8 || (n.Tiers[0] != "producer" && n.Tiers[0] != "any") {
		return nil, errs.OnFields("invalid", errs.F("tiers", "partner.bad_tiers"))
	}
	for _, t := range n.Tiers {
		if t != "any" && (!known(Kinds, t) || t == "agent" || t == "operator") {
			return nil, errs.OnFields("invalid", errs.F("tiers", "partner.bad_kind", "kind", t))
		}
	}
	return n.Tiers, nil
}

// channelSeen is the condition under which an organisation sees a channel: it is a member.
const channelSeen = "channel.id IN (SELECT channel FROM channel_member WHERE org = ?)"

// Channel is a channel that the acting organisation is a member of.
func (s *Service) Channel(ctx context.Context, a access.Actor, channel id.ID) (Channel, error) {
	if err := s.gate.Require(ctx, a, access.Own, "channel", "read"); err != nil {
		return Channel{}, err
	}
	var r channelRow
	err := s.d.R(ctx).Where("channel.id = ?", channel).Where(channelSeen, a.Org).Take(&r).Error
	return r.channel(), gone(err)
}

// Channels are those that the acting organisation is a member of.
func (s *Service) Channels(ctx context.Context, a access.Actor) ([]Channel, error) {
	if err := s.gate.Require(ctx, a, access.Own, "channel", "read"); err != nil {
		return nil, err
	}
	var rows []channelRow
	if err := s.d.R(ctx).Where(channelSeen, a.Org).Order("name, id").Limit(500).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Channel, len(rows))
	for i, r := range rows {
		out[i] = r.channel()
	}
	return out, nil
}

// PlaceMember places an organisation at a tier of a channel: the producer anywhere below itself, another member below its own
// tier. The tier takes its own kind only. An organisation stands at one tier of a channel; placing it again where it stands
// changes nothing.
func (s *Service) PlaceMember(ctx context.Context, a access.Actor, k audit.Key, channel, org id.ID, code string, tier int64) error {
	if err := s.gate.Require(ctx, a, access.Own, "channel", "write"); err != nil {
		return err
	}
	if err := s.introduced(ctx, a, org, code); err != nil {
		return err
	}
	_, _, err := audit.Once(ctx, s.d, a.Org, k, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		return channel, s.place(ctx, a, channel, org, code, tier)
	})
	return err
}

func (s *Service) place(ctx context.Context, a access.Actor, channel, org id.ID, code string, tier int64) error {
	var c channelRow
	if err := s.d.R(ctx).Where("channel.id = ?", channel).Where(channelSeen, a.Org).Take(&c).Error; err != nil {
		return gone(err)
	}
	mine, err := s.tierOf(ctx, channel, a.Org)
	if err != nil {
		return err
	}
	o, err := s.met(ctx, a, org, code)
	if err != nil {
		return err
	}
	tiers := splitTiers(c.Tiers)
	if tier <= mine || tier > int64(len(tiers)) {
		return errs.New(errs.Invalid, "partner.bad_tier", "tier", id.ID(tier).String())
	}
	if want := tiers[tier-1]; want != o.Kind && (want != "any" || slices.Contains([]string{"agent", "operator", "financier"}, o.Kind)) {
		return errs.New(errs.Invalid, "partner.tier_kind", "tier", id.ID(tier).String(), "kind", want, "name", o.Name)
	}
	stands, err := s.tierOf(ctx, channel, org)
	if err != nil || stands == tier {
		return err
	}
	if stands != 0 {
		return errs.New(errs.Conflict, "partner.member_already", "name", o.Name, "tier", id.ID(stands).String())
	}
	if err := s.d.W(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&memberRow{channel, org, tier}).Error; err != nil {
		return err
	}
	return audit.Record(ctx, s.d, a.By(), s.clock.Now(), "channel.member", channel, audit.Diff(map[string][2]any{"org": {"", org.String()}}))
}

// tierOf is the tier at which an organisation stands in a channel; 0 for none.
func (s *Service) tierOf(ctx context.Context, channel, org id.ID) (int64, error) {
	var t []int64
	err := s.d.R(ctx).Model(&memberRow{}).Where("channel = ? AND org = ?", channel, org).Pluck("tier", &t).Error
	if len(t) == 0 {
		return 0, err
	}
	return t[0], err
}
