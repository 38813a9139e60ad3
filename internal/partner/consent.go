package partner

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// A link shows each side who the other is: address, tax number, telephone, seals. So it needs both to agree. Whoever proposes one
// has agreed; the other side says so by AcceptLink, or by accepting or proposing terms on it. An organisation that the proposer has
// entered itself and that has no people yet has nobody to ask: it is linked at once, and its first people see the link and may end
// it. Until a link is agreed to, the two know kind, code and name of each other.

// Teller writes to those who answer for an organisation. link is the page on which they decide.
type Teller func(ctx context.Context, org id.ID, kind, link string, args map[string]string) error

// silent tells whether nobody can speak for an organisation but one of those who have entered it.
func (s *Service) silent(ctx context.Context, o Org, by ...id.ID) (bool, error) {
	for _, x := range by {
		if o.ID == x {
			return true, nil
		}
	}
	var people int64
	if err := s.d.R(ctx).Table("membership").Where("org = ?", o.ID).Count(&people).Error; err != nil || people > 0 {
		return false, err
	}
	for _, x := range by {
		if o.RegisteredBy == x && x != 0 {
			return true, nil
		}
	}
	return false, nil
}

// asks notes on a link whom it waits for when org proposes it.
func (s *Service) asks(ctx context.Context, org id.ID, f linkFacts, r *linkRow) error {
	agreed, err := s.silent(ctx, f.seller, org)
	if err != nil {
		return err
	}
	r.SellerWaits = !agreed
	agreed, err = s.silent(ctx, f.buyer, org, f.seller.ID)
	r.BuyerWaits = !agreed
	return err
}

// tellAsked writes to those whom a link waits for.
func (s *Service) tellAsked(ctx context.Context, a access.Actor, l Link, f linkFacts) error {
	if s.Tell == nil {
		return nil
	}
	for _, x := range []struct {
		waits     bool
		org, from Org
	}{{l.SellerWaits, f.seller, f.buyer}, {l.BuyerWaits, f.buyer, f.seller}} {
		if !x.waits {
			continue
		}
		if err := s.Tell(ctx, x.org.ID, "link_asked", "/partners/"+l.ID.String(), map[string]string{"org": x.org.Name, "other": x.from.Name, "by": a.OrgName}); err != nil {
			return err
		}
		if s.Noted == nil {
			continue
		}
		if err := s.Noted(ctx, x.org.ID, l.ID, x.from.Code, x.from.ID); err != nil {
			return err
		}
	}
	return nil
}

// AcceptLink agrees to a link that waits for the acting organisation; a second time it does nothing. Version 0 does not ask.
//
// Right: link write, as seller or buyer. Errors: not_found, partner.link_ended, partner.link_not_asked, changed.
func (s *Service) AcceptLink(ctx context.Context, a access.Actor, k audit.Key, link id.ID, version int64) (Link, error) {
	r, rel, err := s.oneLink(ctx, a, link)
	if err != nil {
		return Link{}, err
	}
	if err := s.gate.Require(ctx, a, rel, "link", "write"); err != nil {
		return Link{}, err
	}
	if rel != access.Seller && rel != access.Buyer {
		return Link{}, errs.New(errs.Forbidden, "partner.link_not_asked")
	}
	_, _, err = audit.Once(ctx, s.d, a.Org, k, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		if r, _, err = s.oneLink(ctx, a, link); err != nil {
			return 0, err
		}
		switch {
		case !r.Active:
			return 0, errs.New(errs.Conflict, "partner.link_ended")
		case version != 0 && version != r.Version:
			return 0, errs.New(errs.Conflict, "changed")
		}
		return link, s.consent(ctx, a, r)
	})
	if err != nil {
		return Link{}, err
	}
	return s.Link(ctx, a, link)
}

// EndLink ends a link: either side does, whether it was agreed to or not. What was traded stays, and so do debts.
//
// Right: link write, as seller or buyer. Errors: not_found, partner.link_sellers, changed.
func (s *Service) EndLink(ctx context.Context, a access.Actor, link id.ID, version int64) (Link, error) {
	r, _, err := s.oneLink(ctx, a, link)
	if err != nil {
		return Link{}, err
	}
	if version == 0 {
		version = r.Version
	}
	return s.SetLink(ctx, a, SetLink{Link: link, Version: version, Agent: r.Agent})
}

// answered notes that what was asked on a link is answered.
func (s *Service) answered(ctx context.Context, link id.ID, asked string, orgs ...id.ID) error {
	if s.Answered == nil {
		return nil
	}
	return s.Answered(ctx, link, asked, orgs...)
}

// consent notes that the acting organisation agrees to a link, in the transaction of ctx.
func (s *Service) consent(ctx context.Context, a access.Actor, r linkRow) error {
	if !Link(r).WaitsFor(a.Org) {
		return nil
	}
	side := "buyer_waits"
	if a.Org == r.Seller {
		side = "seller_waits"
	}
	res := s.d.W(ctx).Model(&linkRow{}).Where("id = ? AND version = ?", r.ID, r.Version).Updates(map[string]any{side: false, "version": r.Version + 1})
	if err := changed(res.Error, res.RowsAffected); err != nil {
		return err
	}
	if err := s.answered(ctx, r.ID, "link.asked", a.Org); err != nil {
		return err
	}
	diff := audit.Diff(map[string][2]any{side: {true, false}})
	if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "link.accepted", r.ID, diff); err != nil {
		return err
	}
	return s.d.BumpMaster(ctx)
}

const agreedLink = "FROM link k WHERE k.seller_waits = ? AND k.buyer_waits = ? AND (k.active = ? OR EXISTS (SELECT 1 FROM agreement g WHERE g.link = k.id AND g.seller_by <> 0 AND g.buyer_by <> 0))"

// near is the condition under which viewer sees more of an organisation than kind, code and name: its own, one that it has entered
// and that has no people, one on a link that both agreed to (and, when that has ended, that had an agreement), its principal, and
// the producers of its channels. It is asked of each of those that are shown, by what is between the two.
func near(viewer id.ID) (string, []any) {
	agreed := func(col, mine string) string {
		return "SELECT 1 " + agreedLink + " AND k." + mine + " = ? AND k." + col + " = org.id"
	}
	args := []any{viewer, viewer}
	for range 4 {
		args = append(args, false, false, true, viewer)
	}
	return `(org.id = ? OR (org.registered_by = ? AND NOT EXISTS (SELECT 1 FROM membership WHERE membership.org = org.id)) OR EXISTS (` +
		agreed("buyer", "seller") + " UNION ALL " + agreed("seller", "buyer") + " UNION ALL " + agreed("seller", "agent") + " UNION ALL " + agreed("buyer", "agent") +
		` UNION ALL SELECT 1 FROM appointment WHERE appointment.agent = ? AND appointment.principal = org.id
		UNION ALL SELECT 1 FROM channel JOIN channel_member ON channel_member.channel = channel.id WHERE channel_member.org = ? AND channel.producer = org.id))`, append(args, viewer, viewer)
}

// card is what everybody may know of an organisation whom a link introduces.
func (o Org) card() Org {
	return Org{ID: o.ID, Code: o.Code, Kind: o.Kind, Name: o.Name, Country: o.Country, Currency: o.Currency, Zone: o.Zone, Nameless: o.Nameless, Active: o.Active,
		Created: o.Created, Version: o.Version, Logo: o.Logo}
}

// shown are organisations as the actor may see them, of rows that it may see.
func (s *Service) shown(ctx context.Context, a access.Actor, rows []orgRow) ([]Org, error) {
	out, ids := make([]Org, len(rows)), make([]id.ID, len(rows))
	for i, r := range rows {
		out[i], ids[i] = r.org(), r.ID
	}
	if a.Kind == "operator" || len(rows) == 0 {
		return out, nil
	}
	cond, args := near(a.Org)
	var known []id.ID
	if err := s.d.R(ctx).Model(&orgRow{}).Where("org.id IN ?", ids).Where(cond, args...).Pluck("org.id", &known).Error; err != nil {
		return nil, err
	}
	open := make(map[id.ID]bool, len(known))
	for _, x := range known {
		open[x] = true
	}
	for i := range out {
		if !open[out[i].ID] {
			out[i] = out[i].card()
		}
	}
	return out, nil
}

// Trades is nil where the acting organisation may hold the seals of another: its own, and those of whoever has accepted an agreement
// with it, or under which it is the agent. Anything else is answered like what does not exist. Right: partner read.
func (s *Service) Trades(ctx context.Context, a access.Actor, org id.ID) error {
	if err := s.gate.Require(ctx, a, access.Own, "partner", "read"); err != nil || org == a.Org {
		return err
	}
	var n int64
	err := s.d.R(ctx).Raw(`SELECT COUNT(*) FROM agreement g JOIN link k ON k.id = g.link WHERE g.seller_by <> 0 AND g.buyer_by <> 0
 AND ((g.seller = ? AND g.buyer = ?) OR (g.buyer = ? AND g.seller = ?) OR (k.agent = ? AND (g.seller = ? OR g.buyer = ?)))`,
		a.Org, org, a.Org, org, a.Org, org, org).Scan(&n).Error
	if err == nil && n == 0 {
		err = errs.Gone()
	}
	return err
}
