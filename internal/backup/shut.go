package backup

import (
	"context"
	"database/sql"

	"saluran/internal/db"
)

// Ended counts what a restore has ended.
type Ended struct {
	Sessions    int64 `json:"sessions"`
	Keys        int64 `json:"api_keys"`
	Letters     int64 `json:"letters"` // links and codes that were sent: to set a password, to sign in, to confirm
	Invitations int64 `json:"invitations"`
	Links       int64 `json:"application_links"`
	Webhooks    int64 `json:"webhooks"` // paused: their owners look at where they go, and resume them
	Looks       int64 `json:"operators_looks"`
}

// shut ends what lets somebody in, or something out, without a person signing in: what was revoked, withdrawn, used or switched off after
// the backup would else be good again. It does not know which of it that was, and so ends all. What a person signs in with, and what
// roles people have, stays as at the backup: nobody else could come in then.
func (r *Restore) shut(ctx context.Context, d *db.DB) (*Ended, error) {
	if !r.EndSessions {
		return nil, nil
	}
	out, now := &Ended{}, int64(r.Clock.Now())
	var secrets int64
	err := d.InFreshTx(ctx, func(tx *sql.Tx) error {
		for _, x := range []struct {
			n    *int64
			sql  string
			args []any
		}{
			{&out.Sessions, "UPDATE session SET ended_us = ? WHERE ended_us = 0", []any{now}},
			{&secrets, "DELETE FROM api_key_secret", nil},
			{&out.Keys, "UPDATE api_key SET ended_us = ?, version = version + 1 WHERE ended_us = 0", []any{now}},
			{&out.Letters, "DELETE FROM one_time", nil},
			{&out.Invitations, "UPDATE invitation SET status = 'withdrawn', open_key = NULL, ended_us = ?, version = version + 1 WHERE status = 'open'", []any{now}},
			{&out.Links, "DELETE FROM application_link", nil},
			{&out.Webhooks, "UPDATE hook_endpoint SET status = 'paused', version = version + 1 WHERE status = 'active'", nil},
			{&out.Looks, "UPDATE glass SET ended_us = ? WHERE ended_us = 0", []any{now}},
		} {
			res, err := tx.ExecContext(ctx, x.sql, x.args...)
			if err != nil {
				return err
			}
			if *x.n, err = res.RowsAffected(); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}
