package partner

import (
	"context"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/text"
)

// Decline ends an offer: the side that has not accepted turns it down, the side that made it takes it back. Declining what is
// declined changes nothing. What both have accepted cannot be declined: Conflict "agreement.in_force". Conflict "changed" where
// the version moved.
//
// Right: agreement confirm for the one, agreement write for the other.
func (s *Service) Decline(ctx context.Context, a access.Actor, n Decline) (Agreement, error) {
	g, err := s.oneAgreement(ctx, a, n.Agreement)
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
	action := "confirm"
	if g.agreement().Proposer() == a.Org {
		action = "write"
	}
	if err := s.gate.Require(ctx, a, rel, "agreement", action); err != nil {
		return Agreement{}, err
	}
	if bad := text.Note("reason", &n.Reason, 300); len(bad) > 0 {
		return Agreement{}, errs.OnFields("invalid", bad...)
	}
	if err := s.d.InTx(ctx, func(ctx context.Context) error { return s.decline(ctx, a, n) }); err != nil {
		return Agreement{}, err
	}
	r, err := s.oneAgreement(ctx, a, n.Agreement)
	return r.agreement(), err
}

func (s *Service) decline(ctx context.Context, a access.Actor, n Decline) error {
	var r agreementRow
	if err := s.d.R(ctx).Where("id = ? AND (seller = ? OR buyer = ?)", n.Agreement, a.Org, a.Org).Take(&r).Error; err != nil {
		return gone(err)
	}
	switch {
	case r.DeclinedBy != 0:
		return nil
	case r.agreement().Accepted():
		return errs.New(errs.Conflict, "agreement.in_force")
	case n.Version != 0 && n.Version != r.Version:
		return errs.New(errs.Conflict, "changed")
	}
	now := s.clock.Now()
	res := s.d.W(ctx).Model(&agreementRow{}).Where("id = ? AND version = ?", r.ID, r.Version).Updates(map[string]any{
		"declined_by": a.Person, "declined_org": a.Org, "declined_us": now, "reason": n.Reason, "version": r.Version + 1})
	if err := changed(res.Error, res.RowsAffected); err != nil {
		return err
	}
	if err := s.answered(ctx, r.Link, "terms.offered", r.Seller, r.Buyer); err != nil {
		return err
	}
	// A reason is free text and may name people: the audit says that it was declined and by whom, the row says why.
	if err := audit.Record(ctx, s.d, a.By(), now, declinedAs(a.Org, r), r.ID, audit.Diff(map[string][2]any{"status": {"open", strings.TrimPrefix(declinedAs(a.Org, r), "agreement.")}})); err != nil {
		return err
	}
	return s.d.BumpMaster(ctx)
}

func declinedAs(org id.ID, r agreementRow) string {
	if r.agreement().Proposer() == org {
		return "agreement.withdrawn"
	}
	return "agreement.declined"
}

// replaceOffer ends the offer that is open on a link, because one of the sides makes another: only one is open at a time.
func (s *Service) replaceOffer(ctx context.Context, a access.Actor, link id.ID, now clock.Instant) error {
	var open []agreementRow
	err := s.d.R(ctx).Where("link = ? AND declined_by = 0 AND (seller_by = 0 OR buyer_by = 0)", link).Find(&open).Error
	if err != nil {
		return err
	}
	for _, r := range open {
		res := s.d.W(ctx).Model(&agreementRow{}).Where("id = ? AND version = ?", r.ID, r.Version).Updates(map[string]any{
			"declined_by": a.Person, "declined_org": a.Org, "declined_us": now, "version": r.Version + 1})
		if err := changed(res.Error, res.RowsAffected); err != nil {
			return err
		}
		what := "agreement.countered"
		if r.agreement().Proposer() == a.Org {
			what = "agreement.replaced"
		}
		if err := audit.Record(ctx, s.d, a.By(), now, what, r.ID, audit.Diff(map[string][2]any{"status": {"open", strings.TrimPrefix(what, "agreement.")}})); err != nil {
			return err
		}
	}
	return nil
}
