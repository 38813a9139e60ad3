package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"saluran/internal/clock"
	"saluran/internal/id"
)

// Querier is a pool, a connection or a transaction to read from.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Head is the last journal: its number, when it was recorded, its hash. It is the cut-off of everything read now.
func Head(ctx context.Context, q Querier) (seq int64, recorded clock.Instant, hash []byte, err error) {
	err = q.QueryRowContext(ctx, "SELECT seq, recorded_us, hash FROM lane WHERE lane = 0").Scan(&seq, &recorded, &hash)
	return seq, recorded, hash, err
}

// SeqAt is the last journal recorded at or before an instant; 0 where there is none.
func SeqAt(ctx context.Context, q Querier, at clock.Instant) (seq int64, err error) {
	err = q.QueryRowContext(ctx, "SELECT seq FROM journal WHERE recorded_us <= ? ORDER BY recorded_us DESC LIMIT 1", at).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return seq, err
}

// RecordedAt is when a journal was recorded; 0 where there is none.
func RecordedAt(ctx context.Context, q Querier, seq int64) (at clock.Instant, err error) {
	err = q.QueryRowContext(ctx, "SELECT recorded_us FROM journal WHERE seq = ?", seq).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return at, err
}

// BalanceAt is an account's balance after journal seq: what was recorded then.
func BalanceAt(ctx context.Context, q Querier, account id.ID, seq int64) (bal int64, err error) {
	err = q.QueryRowContext(ctx, "SELECT bal_after FROM entry WHERE acct = ? AND seq <= ? ORDER BY seq DESC, leg DESC LIMIT 1", account, seq).Scan(&bal)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return bal, err
}

// EffectiveAt is an account's balance at the instant t in the world, as known after journal seq: what happened up to t, as far
// as it was recorded by then. It reads the last entry in order before t, and the late ones recorded after it.
func EffectiveAt(ctx context.Context, q Querier, account id.ID, t clock.Instant, seq int64) (int64, error) {
	var bal, base sql.NullInt64
	err := q.QueryRowContext(ctx, "SELECT bal_after, seq FROM entry WHERE acct = ? AND seq <= ? AND late = 0 AND effective_us <= ?"+
		" ORDER BY seq DESC, leg DESC LIMIT 1", account, seq, t).Scan(&bal, &base)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	var late sql.NullInt64
	err = q.QueryRowContext(ctx, "SELECT SUM(amt) FROM entry WHERE acct = ? AND seq > ? AND seq <= ? AND late = 1 AND effective_us <= ?",
		account, base.Int64, seq, t).Scan(&late)
	return bal.Int64 + late.Int64, err
}

// Reversal builds the mirror of journal seq: a new journal that names it. Documents are not touched: the caller files what
// explains the reversal, and adds no move, claim or points of its own. A journal is reversed at most once. Where the goods have gone on it is refused as ledger.short_position when posted; GoneOn names the
// later journals. Which journals may be reversed is for the use case to say (package goods).
func Reversal(ctx context.Context, q Querier, seq int64, event string, by id.By, at clock.Instant) (*Post, error) {
	var doc id.ID
	var kind string
	if err := q.QueryRowContext(ctx, "SELECT kind, doc FROM journal WHERE seq = ?", seq).Scan(&kind, &doc); err != nil {
		return nil, fmt.Errorf("reverse journal %d: %w", seq, err)
	}
	p := Draft("reversal", event, by, doc, at)
	rows, err := q.QueryContext(ctx, "SELECT e.amt,a.product,a.book,a.unit,a.owner,a.place,a.bearer,a.seller,a.org,a.counterparty,a.purpose,a.side"+
		" FROM entry e JOIN account a ON a.acct = e.acct WHERE e.seq = ? ORDER BY e.leg DESC", seq)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var legs []leg
	for rows.Next() {
		var l leg
		k := &l.key
		if err := rows.Scan(&l.amt, &l.product, &k.book, &k.unit, &k.owner, &k.place, &k.bearer, &k.selr, &k.org, &k.counterparty, &k.purpose, &k.side); err != nil {
			return nil, err
		}
		legs = append(legs, l)
	}
	// Legs come in pairs, last pair first: (to, from) of a move, (debtor, creditor) of a claim, (issue, holder) of points.
	for i := 0; i+1 < len(legs); i += 2 {
		last, first := legs[i], legs[i+1]
		switch last.key.book {
		case bookGoods:
			p.moves = append(p.moves, move{position(last), position(first), qtyOf(last.amt)})
			continue
		case bookPoints:
			p.points = append(p.points, pointsOf(first.key, -first.amt))
			continue
		}
		p.claims = append(p.claims, claim{id.ID(first.key.org), id.ID(first.key.counterparty), first.key.unit, Purpose(first.key.purpose), minorOf(-first.amt)})
	}
	p.reverses, p.mirrored = seq, len(p.moves)+len(p.claims)+len(p.points)
	return p, rows.Err()
}

// GoneOn are the journals after seq that took from the accounts which journal seq filled, at most 20, by number alone: they may be
// somebody else's.
func GoneOn(ctx context.Context, q Querier, seq int64) ([]int64, error) {
	rows, err := q.QueryContext(ctx, "SELECT DISTINCT e.seq FROM entry f JOIN entry e ON e.acct = f.acct AND e.seq > f.seq AND e.amt < 0"+
		" WHERE f.seq = ? AND f.amt > 0 ORDER BY e.seq LIMIT 20", seq)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var s int64
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
