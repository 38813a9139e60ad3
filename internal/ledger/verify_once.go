package ledger

import (
	"database/sql"
	"fmt"
	"strings"
)

// once counts what must stand once, without leaning on an index: events, keys of senders, reversals, journals, the natural keys of
// accounts, entries.
func (v *verifier) once() error {
	for _, c := range []struct{ table, cols, where, all string }{
		{"journal", "event_key", "", "COUNT(*)"},
		{"journal", "org, client_key", " WHERE client_key IS NOT NULL", "COUNT(client_key)"},
		{"journal", "reverses", " WHERE reverses IS NOT NULL", "COUNT(reverses)"},
		{"journal", "seq", "", "COUNT(*)"},
		{"account", "acct", "", "COUNT(*)"},
		{"account", "unit, owner, place, bearer, seller, org, counterparty, purpose, side, book", "", "COUNT(*)"},
		{"entry", "acct, seq, leg", "", "COUNT(*)"},
	} {
		var n int64
		if err := v.tx.QueryRowContext(v.ctx, "SELECT "+c.all+" FROM "+c.table).Scan(&n); err != nil {
			return err
		}
		v.at(invOnce).Checked += n
		names := strings.Split(c.cols, ", ")
		parts := make([]string, len(names))
		var times int64
		dest := []any{&times}
		for i := range parts {
			dest = append(dest, &parts[i])
		}
		err := v.query("SELECT COUNT(*), "+c.cols+" FROM "+c.table+c.where+" GROUP BY "+c.cols+" HAVING COUNT(*) > 1", func(r *sql.Rows) error {
			err := r.Scan(dest...)
			v.check(invOnce, false, fmt.Sprintf("%s (%s %s)", c.table, c.cols, strings.Join(parts, "/")), "stands %d times", times)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// effective walks the floored accounts that have something dated back in the order in which it took effect.
func (v *verifier) effective() error {
	accts := make([]any, 0, len(v.late))
	for a := range v.late {
		accts = append(accts, a)
	}
	for len(accts) > 0 {
		n := min(len(accts), loadChunk)
		var acct, bal int64
		err := v.query("SELECT acct, seq, leg, amt FROM entry WHERE acct IN (?"+strings.Repeat(",?", n-1)+") ORDER BY acct, effective_us, seq, leg", func(r *sql.Rows) error {
			var e entryRow
			if err := r.Scan(&e.acct, &e.seq, &e.leg, &e.amt); err != nil {
				return err
			}
			if e.acct != acct {
				acct, bal = e.acct, 0
			}
			bal += e.amt
			v.check(invEffective, bal >= 0, e.where(), "leaves %d when it took effect", bal)
			return nil
		}, accts[:n]...)
		if err != nil {
			return err
		}
		accts = accts[n:]
	}
	return nil
}
