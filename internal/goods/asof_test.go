package goods

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/list"
	"saluran/internal/qty"
)

// What happened late is told apart from what was known early: the same instant in the world, looked at from two journals.
func TestStockByTwoClocks(tt *testing.T) {
	y := newYard(tt)
	y.place(maker, "A")
	day := clock.Instant(86_400_000_000)
	now := y.clock.Now()
	make := func(code string, at clock.Instant, n int64) Lot {
		l, err := y.s.MakeLot(y.ctx, of(maker), NewLot{Product: kopi, Code: code, ExpiresOn: "2030-01-01", Qty: qty.Units(n), At: at})
		require.NoError(y, err)
		return l
	}
	make("early", now-5*day, 10)
	second := make("recent", now-day, 4)
	make("told late", now-3*day, 2)
	stood := func(at clock.Instant, known int64) (n int64) {
		p, err := y.s.StockAt(y.ctx, of(maker), ByOwner, at, known, list.Query{})
		require.NoError(y, err)
		for _, x := range p.Items {
			n += int64(x.Qty)
		}
		return n / qty.Scale
	}
	require.Equal(y, int64(10), stood(now-2*day, second.Seq), "as known before the late one was told")
	require.Equal(y, int64(12), stood(now-2*day, 0), "as known now")
	require.Equal(y, int64(16), stood(now, 0))
	require.Zero(y, stood(now-6*day, 0))
}
