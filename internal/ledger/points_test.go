package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
)

const programme id.ID = 51

func (w *world) points(batch ledger.Batch) int64 {
	return w.int("SELECT COALESCE(SUM(b.posted), 0) FROM account a JOIN balance b ON b.acct = a.acct WHERE a.book = 3 AND a.unit = ? AND a.org = ? AND a.side = 1 AND a.purpose = ?",
		programme, buyer, int64(batch))
}

func TestBatchesAreDays(t *testing.T) {
	for _, d := range []clock.Date{"2000-01-02", "2026-11-22", "2028-02-29", "2089-09-17"} {
		require.Equal(t, d, ledger.BatchOf(d).Day())
	}
	require.Equal(t, ledger.Never, ledger.BatchOf(""))
	require.Equal(t, clock.Date(""), ledger.Never.Day())
	require.Greater(t, ledger.BatchOf("2026-11-23"), ledger.BatchOf("2026-11-22"))
	require.Equal(t, ledger.BatchOf("2089-09-17"), ledger.BatchOf("9999-12-31"), "what lies beyond the column is its last day")
}

// TestPointsAreABook: issued, spent, expired, taken back and reversed, with the holder never below zero and the programme always at zero.
func TestPointsAreABook(t *testing.T) {
	w := newWorld(t)
	early, late := ledger.BatchOf("2026-01-31"), ledger.BatchOf("2026-12-31")
	post := func(event string, f func(p *ledger.Post)) error {
		p := w.draft(event)
		f(p)
		_, err := w.book.Post(t.Context(), p)
		return err
	}
	require.NoError(t, post("earn", func(p *ledger.Post) {
		p.Points(programme, producer, buyer, early, 70).Points(programme, producer, buyer, late, 30)
		require.Equal(t, int64(70), p.Pointing(programme, buyer, early))
	}))
	require.NoError(t, post("spend", func(p *ledger.Post) { p.Points(programme, producer, buyer, early, -20) }))
	require.Equal(t, "ledger.short_points", errs.CodeOf(post("too much", func(p *ledger.Post) { p.Points(programme, producer, buyer, early, -51) })))
	require.NoError(t, post("expire", func(p *ledger.Post) { p.Points(programme, producer, buyer, early, -50) }))
	require.NoError(t, post("taken back when spent", func(p *ledger.Post) { p.Points(programme, producer, buyer, ledger.PointsOwed, 5) }))
	require.Equal(t, "ledger.short_points", errs.CodeOf(post("paid twice", func(p *ledger.Post) { p.Points(programme, producer, buyer, ledger.PointsOwed, -6) })))
	for _, n := range []struct {
		holder id.ID
		batch  ledger.Batch
		n      int64
	}{{producer, late, 1}, {buyer, -2, 1}, {buyer, 40_000, 1}, {buyer, late, 1 << 60}} {
		require.Equal(t, errs.Internal, errs.KindOf(post("bad", func(p *ledger.Post) { p.Points(programme, producer, n.holder, n.batch, n.n) })))
	}
	seq := w.int("SELECT seq FROM journal WHERE event_key = 'spend'")
	rev, err := ledger.Reversal(t.Context(), w.d.ReadSQL(), seq, "undo", id.By{Person: 1, Org: producer}, w.clock.Now())
	require.NoError(t, err)
	_, err = w.book.Post(t.Context(), rev)
	require.NoError(t, err)
	require.Equal(t, []int64{20, 30}, []int64{w.points(early), w.points(late)})
	require.Equal(t, int64(50), w.int("SELECT e.bal_after FROM entry e JOIN account a ON a.acct = e.acct WHERE a.book = 3 AND a.purpose = ? AND a.side = 1 AND e.seq <= ? ORDER BY e.seq DESC LIMIT 1",
		int64(early), seq), "as of then")
	w.holds()
	w.behind("UPDATE account SET unit = 52 WHERE book = 3 AND side = -1")
	require.NotEmpty(t, w.broken(ledger.VerifyConfig{}, "sum to zero"))
}

// TestTheSamePointsAreSpentOnce: two hundred spend the same hundred points at once; one has them.
func TestTheSamePointsAreSpentOnce(t *testing.T) {
	w := newWorld(t)
	never := ledger.Never
	_, err := w.book.Post(t.Context(), w.draft("earn").Points(programme, producer, buyer, never, 100))
	require.NoError(t, err)
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 200 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, err := w.book.Post(context.Background(), w.draft(fmt.Sprint("spend/", i)).Points(programme, producer, buyer, never, -100))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if code := errs.CodeOf(err); code != "ledger.short_points" {
				t.Errorf("spend %d: %v", i, err)
			}
		}()
	}
	wg.Wait()
	require.Equal(t, 1, won)
	require.Zero(t, w.points(never))
	w.holds()
}
