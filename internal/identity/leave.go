package identity

import (
	"context"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// EndMembership takes somebody out of an organisation in the transaction of ctx: sessions that act for it and keys of the API that
// the person made for it end with the commit; what the person did keeps the name. The last owner stays.
//
// Errors: not_found, person.last_owner {org}.
func (s *Service) EndMembership(ctx context.Context, by id.By, person, org id.ID) error {
	if err := s.d.BumpMaster(ctx); err != nil { // first, because it lets one change of rights at a time pass
		return err
	}
	m, err := s.member(ctx, org, person)
	if err != nil {
		return err
	}
	if err := s.keepsOwner(ctx, m, ""); err != nil {
		return err
	}
	if err := s.dropMember(ctx, by, person, org); err != nil {
		return err
	}
	return audit.Record(ctx, s.d, by, s.clock.Now(), "person.left", person, audit.Diff(map[string][2]any{"role": {m.Role, ""}}))
}

// MayPart refuses to take somebody out of the acting organisation whose role may do what the actor may not. Call it inside the
// transaction.
func (s *Service) MayPart(ctx context.Context, a access.Actor, person id.ID) error {
	m, err := s.member(ctx, a.Org, person)
	if err != nil || person == a.Person {
		return err
	}
	return s.giveable(ctx, a, m.Role)
}

// keepsOwner refuses to take the last owner's role.
func (s *Service) keepsOwner(ctx context.Context, m Membership, role string) error {
	top := access.Top(m.OrgKind)
	if m.Role != top || role == top {
		return nil
	}
	var owners int64
	if err := s.d.R(ctx).Model(&memberRow{}).Where("org = ? AND role = ?", m.Org, top).Count(&owners).Error; err != nil {
		return err
	}
	if owners < 2 {
		return errs.New(errs.Conflict, "person.last_owner", "org", m.OrgName)
	}
	return nil
}

// dropMember ends a membership, the sessions that acted by it and the keys that the person made by it; the organisation's log names
// each key.
func (s *Service) dropMember(ctx context.Context, by id.By, person, org id.ID) error {
	now := s.clock.Now()
	if err := s.d.W(ctx).Where("person = ? AND org = ?", person, org).Delete(&memberRow{}).Error; err != nil {
		return err
	}
	if err := s.d.W(ctx).Model(&sessionRow{}).Where("person = ? AND org = ? AND ended_us = 0", person, org).Update("ended_us", now).Error; err != nil {
		return err
	}
	var keys []keyRow
	if err := s.d.W(ctx).Where("person = ? AND org = ? AND ended_us = 0", person, org).Order("id").Find(&keys).Error; err != nil {
		return err
	}
	for _, k := range keys {
		if err := s.d.W(ctx).Where("api_key = ?", k.ID).Delete(&keySecretRow{}).Error; err != nil {
			return err
		}
		err := s.d.W(ctx).Model(&keyRow{}).Where("id = ? AND org = ?", k.ID, org).Updates(map[string]any{"ended_us": now, "version": k.Version + 1}).Error
		if err != nil {
			return err
		}
		diff := audit.Diff(map[string][2]any{"status": {"active", "revoked"}, "reason": {"", "maker_left"}})
		if err := audit.Record(ctx, s.d, by, now, "key.revoked", k.ID, diff); err != nil {
			return err
		}
	}
	if s.Left == nil {
		return nil
	}
	return s.Left(ctx, by, org, person)
}

// Knows is nil where the acting person knows the own password. Guesses count as those of a sign-in do, and together with them.
// Errors: invalid_fields (password), sign_in.wait, busy.
func (s *Service) Knows(ctx context.Context, a access.Actor, password string) error {
	p, err := s.living(ctx, a.Person)
	if err != nil {
		return err
	}
	if p.Password == "" {
		return errs.OnFields("invalid_fields", errs.F("password", "person.no_password"))
	}
	names := s.guessed(a, Shown{}, p, false)
	if err := s.try(ctx, names, s.clock.Now()); err != nil {
		return err
	}
	err = s.shown(ctx, a, Shown{Password: password}, false)
	if errs.Is(err, errs.Busy) {
		s.unjudged(ctx, names)
	}
	if err != nil {
		return err
	}
	return s.d.InTx(ctx, func(ctx context.Context) error { return s.forgive(ctx, names) })
}

// Erased is the name of somebody whose data were erased, in whatever language it is read.
const Erased = "Orang terhapus · Erased person"

// Erase takes name, address and traces out of an account, in the transaction of ctx, and closes it for good. Its number stays:
// proofs name people by it. Memberships are ended before, see EndMembership.
func (s *Service) Erase(ctx context.Context, person id.ID) error {
	now := s.clock.Now()
	err := s.d.W(ctx).Model(&personRow{}).Where("id = ?", person).Updates(map[string]any{"name": Erased,
		"email": "erased-" + person.String() + "@erased.invalid", "password": "", "active": false}).Error
	if err != nil {
		return err
	}
	for _, q := range []string{
		"UPDATE session SET ended_us = CASE WHEN ended_us = 0 THEN ? ELSE ended_us END, ip = '', agent = '' WHERE person = ?",
		"UPDATE api_key SET ended_us = CASE WHEN ended_us = 0 THEN ? ELSE ended_us END, name = '' WHERE person = ?",
	} {
		if err := s.d.W(ctx).Exec(q, now, person).Error; err != nil {
			return err
		}
	}
	for _, table := range []string{"factor", "recovery_code", "one_time", "sign_in_subject"} {
		if err := s.d.W(ctx).Exec("DELETE FROM "+table+" WHERE person = ?", person).Error; err != nil {
			return err
		}
	}
	if err := s.d.Forget(ctx, "person", person); err != nil {
		return err
	}
	return s.d.BumpMaster(ctx)
}

// IsErased tells whether an account was erased.
func IsErased(email string) bool { return strings.HasSuffix(email, "@erased.invalid") }
