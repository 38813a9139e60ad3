package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// moveAt posts n units from the maker to the buyer, effective at an instant.
func (w *world) moveAt(event string, n int64, at clock.Instant) error {
	_, err := w.book.Post(w.Context(), ledger.Draft("test", event, id.By{Person: 1, Org: producer}, 7, at).Move(made, atBuyer, qty.Units(n)))
	return err
}

var atBuyer = at(buyer, whB, buyer, buyer)

func TestTwoClocks(t *testing.T) {
	w := newWorld(t)
	w.makes(10) // effective at about 1.7e15
	day := clock.Instant(86_400_000_000)
	t0 := w.clock.Now()
	require.NoError(t, w.moveAt("one", 1, t0+day))        // journal 2
	require.NoError(t, w.moveAt("three", 3, t0+3*day))    // journal 3
	require.NoError(t, w.moveAt("late two", 2, t0+day*2)) // journal 4, recorded after, effective before
	acct := id.ID(w.int("SELECT acct FROM account WHERE owner=?", buyer))
	q := w.d.ReadSQL()
	known := func(at clock.Instant, seq int64) int64 {
		n, err := ledger.EffectiveAt(t.Context(), q, acct, at, seq)
		require.NoError(t, err)
		return n / qty.Scale
	}
	require.Equal(t, int64(1), known(t0+day*2, 3), "on day 2, as known before the late one")
	require.Equal(t, int64(3), known(t0+day*2, 4), "on day 2, as known now")
	require.Equal(t, int64(6), known(t0+day*3, 4))
	require.Equal(t, int64(0), known(t0, 4))
	n, err := ledger.BalanceAt(t.Context(), q, acct, 3)
	require.NoError(t, err)
	require.Equal(t, int64(4), n/qty.Scale)
	w.holds()
}

func TestBackdatingBelowZeroIsRefused(t *testing.T) {
	w := newWorld(t)
	w.makes(10)
	t0 := w.clock.Now()
	require.NoError(t, w.moveAt("out", 10, t0+1000))
	_, err := w.book.Post(t.Context(), ledger.Draft("test", "in again", id.By{Person: 1, Org: producer}, 7, t0+2000).
		Move(ledger.Outside(ledger.Origin, lot, product), made, qty.Units(5)))
	require.NoError(t, err)
	// 5 stand now, but between +1000 and +2000 nothing stood: taking one at +500 would have made day 1000 negative.
	require.Equal(t, "ledger.backdated", errs.CodeOf(w.moveAt("back", 1, t0+500)))
	require.NoError(t, w.moveAt("now", 1, t0+3000))
	w.holds()
}

func TestReversalMirrorsOrIsRefused(t *testing.T) {
	w := newWorld(t)
	w.makes(10)
	require.NoError(t, w.moveAt("ship", 4, w.clock.Now()))
	q := w.d.ReadSQL()
	p, err := ledger.Reversal(t.Context(), q, 2, "ship/reversed", id.By{Person: 1, Org: producer}, w.clock.Now())
	require.NoError(t, err)
	_, err = w.book.Post(t.Context(), p)
	require.NoError(t, err)
	require.NoError(t, w.moveAt("ship 2", 4, w.clock.Now()))
	again, err := ledger.Reversal(t.Context(), q, 2, "ship/reversed/2", id.By{Person: 1, Org: producer}, w.clock.Now())
	require.NoError(t, err)
	_, err = w.book.Post(t.Context(), again)
	require.Equal(t, "ledger.reversed_already", errs.CodeOf(err))
	_, err = w.book.Post(t.Context(), w.draft("eat").Move(atBuyer, ledger.Outside(ledger.Consumed, lot, product), qty.Units(1)))
	require.NoError(t, err)
	p, err = ledger.Reversal(t.Context(), q, 4, "ship 2/reversed", id.By{Person: 1, Org: producer}, w.clock.Now())
	require.NoError(t, err)
	_, err = w.book.Post(t.Context(), p)
	require.Equal(t, "ledger.short_position", errs.CodeOf(err))
	later, err := ledger.GoneOn(t.Context(), q, 4)
	require.NoError(t, err)
	require.Equal(t, []int64{5}, later)
	w.holds()
}
