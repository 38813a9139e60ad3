package partner

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
)

// Propose offers a new edition of a link's terms. The side that proposes has accepted it thereby; it is in force when the other
// side has accepted it too. An offer that is still open on the link ends with it: it is countered, or replaced. Findings name title and risk points that are out of order in the chain.
func (s *Service) Propose(ctx context.Context, a access.Actor, p Propose) (Agreement, []Finding, error) {
	l, rel, err := s.oneLink(ctx, a, p.Link)
	if err != nil {
		return Agreement{}, nil, err
	}
	if rel == access.Agent { // it negotiates, its principal agrees
		return Agreement{}, nil, errs.New(errs.Forbidden, "agreement.not_the_agent")
	}
	if err := s.gate.Require(ctx, a, rel, "agreement", "write"); err != nil {
		return Agreement{}, nil, err
	}
	if err := p.Terms.clean(); err != nil {
		return Agreement{}, nil, err
	}
	var found []Finding
	doc, _, err := audit.Once(ctx, s.d, a.Org, p.Key, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		if err := s.ownList(ctx, l, rel, p.Terms); err != nil {
			return 0, err
		}
		if found, err = s.chain(ctx, l, p.Terms); err != nil {
			return 0, err
		}
		if err := s.consent(ctx, a, l); err != nil {
			return 0, err
		}
		return s.propose(ctx, a, l, p.Terms)
	})
	if err != nil {
		return Agreement{}, found, err
	}
	g, err := s.Agreement(ctx, a, doc)
	return g.Agreement, found, err
}

// ownList refuses a price list that is not the seller's, or is in another currency. A buyer may name only a list that the
// seller has offered it on this link: others it does not know.
func (s *Service) ownList(ctx context.Context, l linkRow, rel access.Rel, t Terms) error {
	if rel == access.Buyer {
		var offered int64
		err := s.d.R(ctx).Model(&agreementRow{}).Where("link = ? AND price_list = ? AND seller_by <> 0", l.ID, t.PriceList).Count(&offered).Error
		if err != nil {
			return err
		}
		if offered == 0 {
			return errs.OnFields("invalid", errs.F("price_list", "agreement.bad_list"))
		}
	}
	var cur []string
	if err := s.d.R(ctx).Table("price_list").Where("id = ? AND org = ?", t.PriceList, l.Seller).Pluck("currency", &cur).Error; err != nil {
		return err
	}
	if len(cur) == 0 {
		return errs.OnFields("invalid", errs.F("price_list", "agreement.bad_list"))
	}
	if cur[0] != t.Currency {
		return errs.OnFields("invalid", errs.F("currency", "agreement.other_currency", "currency", cur[0]))
	}
	return nil
}

func (s *Service) chain(ctx context.Context, l linkRow, t Terms) ([]Finding, error) {
	var rows []agreementRow
	err := s.d.R(ctx).Where("buyer = ? AND seller_by <> 0 AND buyer_by <> 0 AND from_on <= ? AND until_on >= ?", l.Seller, t.Until, t.From).
		Where("link IN (SELECT id FROM link WHERE channel = ?)", l.Channel).Order("id").Limit(100).Find(&rows).Error
	up := make([]Agreement, len(rows))
	for i, r := range rows {
		up[i] = r.agreement()
	}
	return checkChain(up, t), err
}

func (s *Service) propose(ctx context.Context, a access.Actor, l linkRow, t Terms) (id.ID, error) {
	var last []int64
	if err := s.d.R(ctx).Model(&agreementRow{}).Where("link = ?", l.ID).Order("edition DESC").Limit(1).Pluck("edition", &last).Error; err != nil {
		return 0, err
	}
	now := s.clock.Now()
	g := Agreement{ID: s.d.IDs.Next(), Link: l.ID, Edition: 1, Seller: l.Seller, Buyer: l.Buyer, Terms: t, Version: 1}
	if len(last) > 0 {
		g.Edition = last[0] + 1
	}
	g.seal()
	if err := s.replaceOffer(ctx, a, l.ID, now); err != nil {
		return 0, err
	}
	if a.Org == l.Seller {
		g.SellerBy, g.SellerAt = a.Person, now
	} else {
		g.BuyerBy, g.BuyerAt = a.Person, now
	}
	r := rowOfAgreement(g)
	if err := s.d.W(ctx).Create(&r).Error; err != nil {
		if db.Classify(err) == db.Duplicate { // two proposals at once: the second reads again
			err = errs.Wrap(errs.Conflict, "changed", err)
		}
		return 0, err
	}
	if err := s.offer(ctx, a, g); err != nil {
		return 0, err
	}
	diff := audit.Diff(map[string][2]any{"edition": {0, g.Edition}, "text_sha256": {"", fmt.Sprintf("%x", g.TextHash)}})
	return g.ID, audit.Record(ctx, s.d, a.By(), now, "agreement.proposed", g.ID, diff)
}

// offer tells the other side of new terms. What had been offered on the link before waits no more.
func (s *Service) offer(ctx context.Context, a access.Actor, g Agreement) error {
	if err := s.answered(ctx, g.Link, "terms.offered", g.Seller, g.Buyer); err != nil || s.Offered == nil {
		return err
	}
	if a.Org == g.Seller {
		return s.Offered(ctx, g.Buyer, access.Buyer, g, a.By())
	}
	return s.Offered(ctx, g.Seller, access.Seller, g, a.By())
}

// Accept accepts an edition for the other side: the seller or the buyer of the link, whichever has not yet. Accepting what one
// has accepted changes nothing. Conflict "agreement.declined" where it was declined, "agreement.superseded" where a later edition is in force already. Once both have
// accepted, its credit limit goes to the ledger, at once or on the day when it comes into force (PostLimits).
func (s *Service) Accept(ctx context.Context, a access.Actor, agreement id.ID) (Agreement, error) {
	g, err := s.oneAgreement(ctx, a, agreement)
	if err != nil {
		return Agreement{}, err
	}
	rel := access.RelOf(a.Org, g.Seller, g.Buyer, 0)
	if rel == access.None { // seen only as the agent of the link
		if !s.shows(a, g.agreement(), access.Agent) {
			return Agreement{}, errs.Gone()
		}
		return Agreement{}, errs.New(errs.Forbidden, "agreement.not_the_agent")
	}
	if !s.shows(a, g.agreement(), rel) {
		return Agreement{}, errs.Gone()
	}
	if err := s.gate.Require(ctx, a, rel, "agreement", "confirm"); err != nil {
		return Agreement{}, err
	}
	if err := s.d.InTx(ctx, func(ctx context.Context) error { return s.accept(ctx, a, agreement, rel) }); err != nil {
		return Agreement{}, err
	}
	r, err := s.oneAgreement(ctx, a, agreement)
	if err != nil {
		return Agreement{}, err
	}
	out := r.agreement()
	if out.Accepted() && out.LimitAt == 0 {
		if err := s.postLimits(ctx, "id = ?", agreement); err != nil {
			return out, err
		}
		r, err = s.oneAgreement(ctx, a, agreement)
		out = r.agreement()
	}
	return out, err
}

func (s *Service) accept(ctx context.Context, a access.Actor, agreement id.ID, rel access.Rel) error {
	var r agreementRow
	if err := s.d.R(ctx).Where("id = ? AND (seller = ? OR buyer = ?)", agreement, a.Org, a.Org).Take(&r).Error; err != nil {
		return gone(err)
	}
	side, mine := "buyer", r.BuyerBy
	if rel == access.Seller {
		side, mine = "seller", r.SellerBy
	}
	if mine != 0 {
		return nil
	}
	if r.DeclinedBy != 0 {
		return errs.New(errs.Conflict, "agreement.declined")
	}
	var later int64
	err := s.d.R(ctx).Model(&agreementRow{}).Where("link = ? AND edition > ? AND seller_by <> 0 AND buyer_by <> 0", r.Link, r.Edition).Count(&later).Error
	if err != nil {
		return err
	}
	if later > 0 {
		return errs.New(errs.Conflict, "agreement.superseded")
	}
	l, _, err := s.oneLink(ctx, a, r.Link)
	if err != nil {
		return err
	}
	if err := s.consent(ctx, a, l); err != nil {
		return err
	}
	now := s.clock.Now()
	res := s.d.W(ctx).Model(&agreementRow{}).Where("id = ? AND version = ?", agreement, r.Version).
		Updates(map[string]any{side + "_by": a.Person, side + "_us": now, "version": r.Version + 1})
	if err := changed(res.Error, res.RowsAffected); err != nil {
		return err
	}
	if err := s.answered(ctx, r.Link, "terms.offered", a.Org); err != nil {
		return err
	}
	diff := audit.Diff(map[string][2]any{"text_sha256": {"", fmt.Sprintf("%x", r.TextHash)}})
	if err := audit.Record(ctx, s.d, a.By(), now, "agreement.accepted", agreement, diff); err != nil {
		return err
	}
	return s.d.BumpMaster(ctx)
}

// PostLimits hands to the ledger the credit limits of all agreements that have come into force and whose limit is not posted
// yet: at the start of the program, each day, and after a bulk entry. It may be run by several instances at once.
func (s *Service) PostLimits(ctx context.Context) error { return s.postLimits(ctx, "1 = 1") }

func (s *Service) postLimits(ctx context.Context, cond string, args ...any) error {
	for last := id.ID(0); ; {
		var rows []agreementRow
		err := s.d.R(ctx).Where("limit_us = 0 AND seller_by <> 0 AND buyer_by <> 0 AND id > ?", last).Where(cond, args...).Order("id").Limit(chunk).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		last = rows[len(rows)-1].ID
		if err := s.postSome(ctx, rows); err != nil {
			return err
		}
	}
}

// atOnce is how many limits are posted at once: the ledger commits them together.
const atOnce = 256

func (s *Service) postSome(ctx context.Context, rows []agreementRow) error {
	zones, err := s.zones(ctx, rows)
	if err != nil {
		return err
	}
	later, err := s.later(ctx, rows)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	var due []id.ID
	work, wctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	for _, r := range rows {
		today := now.In(zones[r.Seller])
		if r.FromOn > today {
			continue
		}
		due = append(due, r.ID)
		if slices.ContainsFunc(later[r.Link], func(l agreementRow) bool { return l.Edition > r.Edition && l.FromOn <= today && l.UntilOn >= today }) {
			continue // a later accepted edition covers the day: its limit counts, not this one's
		}
		work.Go(func() error {
			cur, err := money.Lookup(r.Currency)
			if err != nil {
				return err
			}
			by := id.By{Person: r.SellerBy, Org: r.Seller}
			return s.limits.SetLimit(wctx, by, r.Seller, r.Buyer, cur, r.CreditLimit, fmt.Sprintf("agreement/%d/limit", r.ID))
		})
	}
	if err := work.Wait(); err != nil || len(due) == 0 {
		return err
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		return s.d.W(ctx).Model(&agreementRow{}).Where("id IN ?", due).Update("limit_us", now).Error
	})
}

// later are the accepted editions of the links of agreements, by link.
func (s *Service) later(ctx context.Context, rows []agreementRow) (map[id.ID][]agreementRow, error) {
	links := make([]id.ID, len(rows))
	for i, r := range rows {
		links[i] = r.Link
	}
	var all []agreementRow
	err := s.d.R(ctx).Select("link, edition, from_on, until_on").Where("link IN ? AND seller_by <> 0 AND buyer_by <> 0", links).Find(&all).Error
	out := map[id.ID][]agreementRow{}
	for _, r := range all {
		out[r.Link] = append(out[r.Link], r)
	}
	return out, err
}

func (s *Service) zones(ctx context.Context, rows []agreementRow) (map[id.ID]string, error) {
	var ids []id.ID
	for _, r := range rows {
		ids = append(ids, r.Seller)
	}
	var orgs []orgRow
	err := s.d.R(ctx).Select("id, zone").Where("id IN ?", ids).Find(&orgs).Error
	out := map[id.ID]string{}
	for _, o := range orgs {
		out[o.ID] = o.Zone
	}
	return out, err
}

// oneAgreement is an agreement that the organisation of the actor is a party of, or the agent of its link.
func (s *Service) oneAgreement(ctx context.Context, a access.Actor, agreement id.ID) (r agreementRow, err error) {
	err = s.d.R(ctx).Where("id = ? AND (seller = ? OR buyer = ? OR link IN (SELECT id FROM link WHERE agent = ?))", agreement, a.Org, a.Org, a.Org).Take(&r).Error
	return r, gone(err)
}

// shows tells whether an actor who stands to an edition in rel may know of it: what is not accepted by both is for those who negotiate.
func (s *Service) shows(a access.Actor, g Agreement, rel access.Rel) bool {
	return g.Accepted() || s.gate.Drafts(a, rel)
}

// Agreement is one edition, for its parties and the agent of its link. What is only offered is not there for who does not negotiate.
func (s *Service) Agreement(ctx context.Context, a access.Actor, agreement id.ID) (AgreementView, error) {
	r, err := s.oneAgreement(ctx, a, agreement)
	if err != nil {
		return AgreementView{}, err
	}
	rel := access.RelOf(a.Org, r.Seller, r.Buyer, a.Org)
	if !s.shows(a, r.agreement(), rel) {
		return AgreementView{}, errs.Gone()
	}
	if err := s.gate.Require(ctx, a, rel, "agreement", "read"); err != nil {
		return AgreementView{}, err
	}
	rows, err := s.agreementRows(ctx, "SELECT id FROM agreement WHERE id = ? AND seller = ? AND buyer = ?", agreement, r.Seller, r.Buyer)
	if err != nil || len(rows) == 0 {
		return AgreementView{}, errOr(err, errs.Gone())
	}
	return rows[0].view(), nil
}

func errOr(err error, other error) error {
	if err != nil {
		return err
	}
	return other
}
