package identity

import (
	"context"

	"saluran/internal/audit"
	"saluran/internal/id"
)

// proven is what follows when somebody follows a letter to an account's mailbox, in the transaction of ctx. The first time, all
// that the account held before goes: it may be another's, who made it with this address before its owner came. A second factor of
// that time would let the other in again after any new password. The password goes as well, for the caller to set a new one, and a
// letter says what went. Accounts that the program's user has vouched for are proven from the start. From the second time on, nothing goes: a mailbox alone must not do away with a second factor.
func (s *Service) proven(ctx context.Context, by id.By, p *personRow) error {
	if p.ConfirmedUs != 0 {
		return nil
	}
	had, err := s.hasFactor(ctx, p.ID)
	if err != nil {
		return err
	}
	had = had || p.Password != ""
	now := s.clock.Now()
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{"UPDATE person SET password = '', version = version + 1 WHERE id = ?", []any{p.ID}},
		{"DELETE FROM factor WHERE person = ?", []any{p.ID}},
		{"DELETE FROM recovery_code WHERE person = ?", []any{p.ID}},
		{"DELETE FROM sign_in_subject WHERE person = ?", []any{p.ID}},
		{"UPDATE api_key SET ended_us = ?, version = version + 1 WHERE person = ? AND ended_us = 0", []any{now, p.ID}},
		// what a letter to this mailbox asked for stays: its holder is who has just been proven
		{"UPDATE one_time SET used_us = ?, payload = '{}' WHERE person = ? AND used_us = 0 AND kind <> 'own_data'", []any{now, p.ID}},
	} {
		if err := s.d.W(ctx).Exec(q.sql, q.args...).Error; err != nil {
			return err
		}
	}
	if err := s.endAll(ctx, p.ID, 0); err != nil {
		return err
	}
	p.Password, p.Version = "", p.Version+1
	if had {
		if err := s.tell(ctx, *p, "account_proven", map[string]string{"name": p.Name}); err != nil {
			return err
		}
	}
	if err := s.confirm(ctx, by, p); err != nil {
		return err
	}
	if err := s.doubt(ctx, by, p.ID); err != nil {
		return err
	}
	return s.d.BumpMaster(ctx)
}

// confirm says that an account's mailbox is its person's, in the transaction of ctx, where nobody has said so before.
func (s *Service) confirm(ctx context.Context, by id.By, p *personRow) error {
	if p.ConfirmedUs != 0 {
		return nil
	}
	p.ConfirmedUs = s.clock.Now()
	if err := s.d.W(ctx).Exec("UPDATE person SET confirmed_us = ? WHERE id = ?", p.ConfirmedUs, p.ID).Error; err != nil {
		return err
	}
	return audit.Record(ctx, s.d, by, p.ConfirmedUs, "person.confirmed", p.ID, audit.One("mailbox", "unproven", "proven"))
}

// doubt looks again, in the transaction of ctx, at all that an account has begun in its organisations: others may have held it.
func (s *Service) doubt(ctx context.Context, by id.By, person id.ID) error {
	if s.Doubted == nil {
		return nil
	}
	var orgs []id.ID
	if err := s.d.W(ctx).Model(&memberRow{}).Where("person = ?", person).Order("org").Pluck("org", &orgs).Error; err != nil {
		return err
	}
	for _, org := range orgs {
		by.Org = org
		if err := s.Doubted(ctx, by, org, person, true); err != nil {
			return err
		}
	}
	return nil
}
