package ledger

import (
	"context"
	"database/sql"

	"saluran/internal/db"
)

// Forge is what somebody with the database's password could do: it cuts off every journal after last (0: none) with all that they
// filed, and computes digests, hashes and head of the rest anew from whatever the rows say now.
func Forge(ctx context.Context, d *db.DB, last int64) error {
	return d.InFreshTx(ctx, func(tx *sql.Tx) error {
		run := func(q string, args ...any) error { _, err := tx.ExecContext(ctx, q, args...); return err }
		if last > 0 {
			for _, t := range append([]*Table{{Name: "journal"}, {Name: "entry"}}, tables...) {
				if err := run("DELETE FROM "+t.Name+" WHERE seq > ?", last); err != nil {
					return err
				}
			}
		}
		v := &verifier{ctx: ctx, tx: tx, inv: map[string]*Invariant{}, state: map[int64]*acctState{}, history: map[string]*rowHistory{}}
		if err := v.readChanges(); err != nil {
			return err
		}
		w, err := v.window(0, 1<<40)
		if err != nil {
			return err
		}
		prev, recorded := make([]byte, 32), int64(0)
		for seq := int64(1); w[seq] != nil; seq++ {
			j := w[seq]
			var docs []byte
			for _, p := range j.papers {
				docs = append(docs, p.sum[:8]...)
			}
			h := hashOf(prev, j)
			prev, recorded, last = h[:], j.recorded, seq
			if err := run("UPDATE journal SET docs = ?, hash = ? WHERE seq = ?", docs, prev, seq); err != nil {
				return err
			}
		}
		return run("UPDATE lane SET seq = ?, hash = ?, recorded_us = ?", last, prev, recorded)
	})
}
