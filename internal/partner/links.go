package partner

import (
	"cmp"
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
)

// CreateLink links two members of a channel. The seller does it, or the producer of the channel for a member that has agreed to buy
// there (else Invalid "partner.seller_not_joined": nobody is made the seller of strangers). The link waits until the other
// side accepts it, see AcceptLink; one that the proposer has entered and that has no people yet is linked at once. What the shape
// check finds is answered; a finding that stops is the error.
func (s *Service) CreateLink(ctx context.Context, a access.Actor, n NewLink) (Link, []Finding, error) {
	rel := access.RelOf(a.Org, n.Seller, 0, 0)
	if rel == access.None {
		if c, err := s.Channel(ctx, a, n.Channel); err != nil || c.Producer != a.Org {
			return Link{}, nil, errs.Gone()
		}
		rel = access.Own
	}
	if err := s.gate.Require(ctx, a, rel, "link", "write"); err != nil {
		return Link{}, nil, err
	}
	if n.Seller == n.Buyer {
		return Link{}, nil, errs.New(errs.Invalid, "partner.link_self")
	}
	if err := s.introduced(ctx, a, n.Buyer, n.Code); err != nil {
		return Link{}, nil, err
	}
	var found []Finding
	doc, _, err := audit.Once(ctx, s.d, a.Org, n.Key, s.clock.Now(), func(ctx context.Context) (doc id.ID, err error) {
		doc, found, err = s.link(ctx, a, n)
		return doc, err
	})
	if err != nil {
		return Link{}, found, err
	}
	var r linkRow // the producer of the channel may link two others, whose trade it does not see afterwards
	err = s.d.R(ctx).Where("id = ? AND seller = ?", doc, n.Seller).Take(&r).Error
	return Link(r), found, gone(err)
}

func (s *Service) link(ctx context.Context, a access.Actor, n NewLink) (id.ID, []Finding, error) {
	f, err := s.linkFacts(ctx, a, n)
	if err != nil {
		return 0, nil, err
	}
	if err := s.joined(ctx, a, n, f); err != nil {
		return 0, nil, err
	}
	if n.Place && f.buyerTier == 0 && f.sellerTier != 0 {
		if err := s.place(ctx, a, n.Channel, n.Buyer, n.Code, f.sellerTier+1); err != nil {
			return 0, nil, err
		}
		f.buyerTier = f.sellerTier + 1
	}
	now := s.clock.Now()
	found := checkLink(f, now.In(f.seller.Zone))
	if err := stop(found); err != nil {
		return 0, found, err
	}
	r := linkRow{ID: s.d.IDs.Next(), Channel: n.Channel, Seller: n.Seller, Buyer: n.Buyer, Agent: n.Agent, Active: true, Created: now, Version: 1}
	if err := s.asks(ctx, a.Org, f, &r); err != nil {
		return 0, found, err
	}
	if err := s.d.W(ctx).Create(&r).Error; err != nil {
		if db.Classify(err) == db.Duplicate {
			err = errs.Wrap(errs.Conflict, "partner.link_taken", err, "seller", f.seller.Name, "buyer", f.buyer.Name)
		}
		return 0, found, err
	}
	if err := audit.Record(ctx, s.d, a.By(), now, "link.created", r.ID, audit.Diff(map[string][2]any{"channel": {"", r.Channel}, "seller": {"", r.Seller}, "buyer": {"", r.Buyer}, "agent": {id.ID(0), r.Agent}})); err != nil {
		return 0, found, err
	}
	if err := s.tellAsked(ctx, a, Link(r), f); err != nil {
		return 0, found, err
	}
	return r.ID, found, s.d.BumpMaster(ctx)
}

// joined refuses to propose a link in the name of a seller that has agreed to no link of the channel on which it buys.
func (s *Service) joined(ctx context.Context, a access.Actor, n NewLink, f linkFacts) error {
	if n.Seller == a.Org {
		return nil
	}
	var count int64
	err := s.d.R(ctx).Model(&linkRow{}).Where("channel = ? AND buyer = ? AND active = ? AND seller_waits = ? AND buyer_waits = ?", n.Channel, n.Seller, true, false, false).
		Count(&count).Error
	if err == nil && count == 0 {
		err = errs.New(errs.Invalid, "partner.seller_not_joined", "seller", f.seller.Name)
	}
	return err
}

// linkFacts are what the shape check judges, of organisations that the actor has met and a channel in which it stands: with anything
// else the answer is that of what does not exist, before anything about it is said.
func (s *Service) linkFacts(ctx context.Context, a access.Actor, n NewLink) (f linkFacts, err error) {
	if f.seller, err = s.met(ctx, a, n.Seller, ""); err != nil {
		return f, err
	}
	if f.buyer, err = s.met(ctx, a, n.Buyer, n.Code); err != nil {
		return f, err
	}
	if n.Agent != 0 {
		if f.agent, err = s.met(ctx, a, n.Agent, ""); err != nil {
			return f, err
		}
		today := s.clock.Now().In(f.seller.Zone)
		var count int64
		err = s.d.R(ctx).Model(&appointmentRow{}).Where("principal = ? AND agent = ? AND until_on >= ?", n.Seller, n.Agent, today).Count(&count).Error
		if err != nil {
			return f, err
		}
		f.appointed = count > 0
	}
	if mine, err := s.tierOf(ctx, n.Channel, a.Org); err != nil || mine == 0 {
		return f, errOr(err, errs.Gone())
	}
	if f.sellerTier, err = s.tierOf(ctx, n.Channel, n.Seller); err != nil {
		return f, err
	}
	f.buyerTier, err = s.tierOf(ctx, n.Channel, n.Buyer)
	return f, err
}

// CheckLink is the shape check alone, for a link that the acting organisation might make as its seller.
func (s *Service) CheckLink(ctx context.Context, a access.Actor, n NewLink) ([]Finding, error) {
	if err := s.gate.Require(ctx, a, access.RelOf(a.Org, n.Seller, 0, 0), "link", "read"); err != nil {
		return nil, err
	}
	f, err := s.linkFacts(ctx, a, n)
	if err != nil {
		return nil, err
	}
	return checkLink(f, s.clock.Now().In(f.seller.Zone)), nil
}

const linkSeen = "(link.seller = ? OR link.buyer = ? OR link.agent = ?)"

// Link is a link that the acting organisation is a party or the agent of.
func (s *Service) Link(ctx context.Context, a access.Actor, link id.ID) (Link, error) {
	r, rel, err := s.oneLink(ctx, a, link)
	if err != nil {
		return Link{}, err
	}
	return Link(r), s.gate.Require(ctx, a, rel, "link", "read")
}

func (s *Service) oneLink(ctx context.Context, a access.Actor, link id.ID) (linkRow, access.Rel, error) {
	var r linkRow
	tx := s.d.R(ctx).Where("link.id = ?", link)
	tx = tx.Where("("+linkSeen+" OR link.channel IN (SELECT id FROM channel WHERE producer = ? AND link.seller = ?))", a.Org, a.Org, a.Org, a.Org, a.Org)
	if err := tx.Take(&r).Error; err != nil {
		return r, access.None, gone(err)
	}
	return r, access.RelOf(a.Org, r.Seller, r.Buyer, r.Agent), nil
}

// SetLink changes the agent of a link, which the seller does, or ends it, which either side does. What one side has ended only that
// side takes up again, and then the other is asked anew. Conflict "changed" where the version moved; Forbidden
// "partner.ended_by_other", "partner.link_sellers".
func (s *Service) SetLink(ctx context.Context, a access.Actor, n SetLink) (Link, error) {
	err := s.d.InTx(ctx, func(ctx context.Context) error {
		r, rel, err := s.oneLink(ctx, a, n.Link)
		if err != nil {
			return err
		}
		if err := s.gate.Require(ctx, a, rel, "link", "write"); err != nil {
			return err
		}
		if r.Agent == n.Agent && r.Active == n.Active { // sent twice
			return nil
		}
		if a.Org != r.Seller && (r.Agent != n.Agent || a.Org != r.Buyer) {
			return errs.New(errs.Forbidden, "partner.link_sellers")
		}
		if n.Active && !r.Active && r.EndedBy != 0 && r.EndedBy != a.Org {
			return errs.New(errs.Forbidden, "partner.ended_by_other")
		}
		f, err := s.linkFacts(ctx, a, NewLink{Channel: r.Channel, Seller: r.Seller, Buyer: r.Buyer, Agent: n.Agent})
		if err != nil {
			return err
		}
		if n.Active { // whoever wants out is let out
			if err := stop(checkLink(f, s.clock.Now().In(f.seller.Zone))); err != nil {
				return err
			}
		}
		next := r
		next.Agent, next.Active = n.Agent, n.Active
		if !n.Active {
			next.EndedBy = a.Org
			for _, asked := range []string{"link.asked", "terms.offered"} {
				if err := s.answered(ctx, r.ID, asked, r.Seller, r.Buyer); err != nil {
					return err
				}
			}
		} else if !r.Active {
			next.EndedBy = 0
			if err := s.asks(ctx, a.Org, f, &next); err != nil {
				return err
			}
			if err := s.tellAsked(ctx, a, Link(next), f); err != nil {
				return err
			}
		}
		res := s.d.W(ctx).Model(&linkRow{}).Where("id = ? AND version = ?", n.Link, n.Version).Updates(map[string]any{"agent": n.Agent, "active": n.Active,
			"seller_waits": next.SellerWaits, "buyer_waits": next.BuyerWaits, "ended_by": next.EndedBy, "version": n.Version + 1})
		if err := changed(res.Error, res.RowsAffected); err != nil {
			return err
		}
		diff := audit.Diff(map[string][2]any{"agent": {r.Agent.String(), n.Agent.String()}, "active": {r.Active, n.Active}})
		if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "link.changed", n.Link, diff); err != nil {
			return err
		}
		return s.d.BumpMaster(ctx)
	})
	if err != nil {
		return Link{}, err
	}
	return s.Link(ctx, a, n.Link)
}

type linkViewRow struct {
	Row                    linkRow `gorm:"embedded"`
	ChannelName            string
	SellerCode, SellerName string
	BuyerCode, BuyerName   string
	AgentCode, AgentName   string
	Zone                   string
}

// Links are the links of the acting organisation, newest first. Filter: side (seller, buyer, agent: as what it stands in
// them), partner (an id: the other side), channel (an id), q (part of the other side's name, its code, its telephone or tax number), ended ("1": also those that are not active).
func (s *Service) Links(ctx context.Context, a access.Actor, q list.Query) (list.Page[LinkView], error) {
	var page list.Page[LinkView]
	if err := s.gate.Require(ctx, a, access.Own, "partner", "read"); err != nil {
		return page, err
	}
	if _, _, err := q.After(); err != nil {
		return page, err
	}
	sides := []string{"seller", "buyer", "agent"}
	switch v := q.Filter["side"]; {
	case slices.Contains(sides, v):
		sides = []string{v}
	case a.Kind != "" && a.Kind != "agent": // nobody else is the agent of a link: see check.go
		sides = sides[:2]
	}
	var rows []linkViewRow
	for _, side := range sides { // each by its own index: one question about all of them would sort everything
		some, err := s.linksOn(ctx, a, side, q)
		if err != nil {
			return page, err
		}
		rows = append(rows, some...)
	}
	slices.SortFunc(rows, func(x, y linkViewRow) int { return cmp.Compare(y.Row.ID, x.Row.ID) })
	rows = slices.CompactFunc(rows, func(x, y linkViewRow) bool { return x.Row.ID == y.Row.ID })
	cut := list.Cut(rows, q.Limit(), func(r linkViewRow) list.Key { return list.Key{ID: int64(r.Row.ID)} })
	page.Next = cut.Next
	var err error
	page.Items, err = s.views(ctx, cut.Items)
	return page, err
}

// views adds the agreement in force today.
func (s *Service) views(ctx context.Context, rows []linkViewRow) ([]LinkView, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]id.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.Row.ID
	}
	var ags []agreementRow
	if err := s.d.R(ctx).Where("link IN ? AND seller_by <> 0 AND buyer_by <> 0", ids).Order("edition").Find(&ags).Error; err != nil {
		return nil, err
	}
	now := s.clock.Now()
	out := make([]LinkView, len(rows))
	for i, r := range rows {
		out[i] = LinkView{Link: Link(r.Row), ChannelName: r.ChannelName, SellerCode: r.SellerCode, SellerName: r.SellerName,
			BuyerCode: r.BuyerCode, BuyerName: r.BuyerName, AgentCode: r.AgentCode, AgentName: r.AgentName}
		out[i].Agreement = inForce(ags, r.Row.ID, now.In(r.Zone))
	}
	return out, nil
}

func inForce(byEdition []agreementRow, link id.ID, on clock.Date) (found id.ID) {
	for _, g := range byEdition {
		if g.Link == link && g.FromOn <= on && on <= g.UntilOn {
			found = g.ID
		}
	}
	return found
}
