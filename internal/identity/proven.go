package identity

import (
	"context"

	"saluran/internal/audit"
	"saluran/internal/id"
)

// proven is what follows when somebody follows a letter to an account's mailbox, in the transaction of ctx. The first time, all
// that the account held before goes: it may be another's, who made it with this address before its owner came. A second factor of
// that time would let the other in again after any new password. The password goes as well, for the caller to set a new one. From
// the second time on, nothing goes: a mailbox alone must not do away with a second factor.
func (s *Service) proven(ctx context.Context, by id.By, p *personRow) error {
	if p.ConfirmedUs != 0 {
		return nil
	}
	now := s.clock.Now()
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{"UPDATE person SET confirmed_us = ?, password = '', version = version + 1 WHERE id = ?", []any{now, p.ID}},
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
	p.ConfirmedUs, p.Password, p.Version = now, "", p.Version+1
	if err := audit.Record(ctx, s.d, by, now, "person.confirmed", p.ID, audit.One("mailbox", "unproven", "proven")); err != nil {
		return err
	}
	return s.d.BumpMaster(ctx)
}
