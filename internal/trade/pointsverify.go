package trade

import (
	"context"
	"database/sql"
	"fmt"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
)

// PromisePoints is what verify says of points beside their balance.
const PromisePoints = "points are what was earned, spent, given and taken back, and expired of them, batch by batch; none expired before its day, none was spent after it"

// PointsProved has verify hold the movements of points against the books.
func PointsProved() ledger.Watcher {
	return ledger.Watcher{Promise: PromisePoints, End: provePoints}
}

type pointsAcct struct {
	programme, seller, holder int64
	batch                     ledger.Batch
}

func (a pointsAcct) where() string {
	return fmt.Sprintf("points of %d in programme %d of %d (batch %d)", a.holder, a.programme, a.seller, a.batch)
}

func provePoints(ctx context.Context, tx *sql.Tx, test ledger.Test) error {
	want := map[pointsAcct]int64{}
	moves, err := tx.QueryContext(ctx, "SELECT id, programme, seller, holder, kind, nominal, amount, expires_on, moved_on FROM points_move")
	if err != nil {
		return err
	}
	defer moves.Close()
	for moves.Next() {
		var no id.ID
		var a pointsAcct
		var kind string
		var nominal, amount int64
		var expires, on clock.Date
		if err := moves.Scan(&no, &a.programme, &a.seller, &a.holder, &kind, &nominal, &amount, &expires, &on); err != nil {
			return err
		}
		where := fmt.Sprintf("points_move %d", no)
		a.batch = ledger.BatchOf(expires)
		want[a] += amount
		switch kind {
		case PointsEarned, PointsReversed:
			a.batch = ledger.PointsOwed
			want[a] += amount - nominal
		case PointsRestored:
			a.batch = ledger.PointsOwed
			want[a] += amount - nominal
			test(nominal > 0 && amount >= 0 && amount <= nominal, where, "gives back %d, of which %d moved", nominal, amount)
		case PointsSpent:
			test(nominal == amount && amount < 0 && (expires == "" || on <= expires), where, "spends %d on %s, of what expires after %s", -amount, on, expires)
		case PointsExpired:
			test(nominal == amount && amount < 0 && expires != "" && on > expires, where, "expires %d on %s, of what expires after %s", -amount, on, expires)
		default:
			test(false, where, "is of no known kind: %q", kind)
		}
	}
	if err := moves.Err(); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, "SELECT a.unit, a.org, a.counterparty, a.purpose, b.posted FROM account a JOIN balance b ON b.acct = a.acct WHERE a.book = 3 AND a.side = 1")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var a pointsAcct
		var posted int64
		if err := rows.Scan(&a.programme, &a.holder, &a.seller, &a.batch, &posted); err != nil {
			return err
		}
		if a.batch == ledger.PointsOwed {
			a.holder, a.seller = a.seller, a.holder
		}
		test(posted == want[a], a.where(), "stand at %d, their movements say %d", posted, want[a])
		delete(want, a)
	}
	for a, n := range want {
		test(n == 0, a.where(), "have no account, their movements say %d", n)
	}
	return rows.Err()
}
