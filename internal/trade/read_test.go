package trade

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"saluran/internal/id"
	"saluran/internal/qty"
)

// asked counts the questions that go to the database through the mapper.
func (t *till) asked() *atomic.Int64 {
	var n atomic.Int64
	tick := func(*gorm.DB) { n.Add(1) }
	c := t.d.R(t.ctx).Callback()
	require.NoError(t, c.Query().Before("gorm:query").Register("count:query", tick))
	require.NoError(t, c.Row().Before("gorm:row").Register("count:row", tick))
	require.NoError(t, c.Raw().Before("gorm:raw").Register("count:raw", tick))
	return &n
}

func TestAnOrderIsReadWithTheSameQuestionsHoweverOftenItWasSent(tt *testing.T) {
	t := newTill(tt)
	o := t.confirmed(t.ordered(maker, depot, pieces(kopi, 20)))
	send := func() {
		_, err := t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(1)}}})
		require.NoError(t, err)
	}
	asked := t.asked()
	read := func(ships int) int64 {
		before := asked.Load()
		v, err := t.s.Order(t.ctx, of(depot), o.ID)
		require.NoError(t, err)
		n := asked.Load() - before
		require.Len(t, v.Shipments, ships)
		for _, h := range v.Shipments {
			require.Len(t, h.Lines, 1, "of shipment %s", h.Number)
			require.Equal(t, qty.Units(1), h.Lines[0].Qty)
		}
		return n
	}
	send()
	one := read(1)
	require.Positive(t, one)
	for range 9 {
		send()
	}
	require.Equal(t, one, read(10), "ten shipments instead of one")
}

// What stands upstream of the seller is the seller's to know: on the order as on the shipment.
func TestAnOrderShowsItsBuyerNoOwnerUpstream(tt *testing.T) {
	t := newTill(tt)
	t.delivered(maker, depot, pieces(kopi, 10)) // not paid: the maker's still
	o := t.confirmed(t.ordered(depot, grosir, pieces(kopi, 4)))
	h, err := t.s.Dispatch(t.ctx, of(depot), Dispatch{Step: Step{Order: o.ID}})
	require.NoError(t, err)
	require.Equal(t, maker, h.Lines[0].Owner)
	v, err := t.s.Order(t.ctx, of(grosir), o.ID)
	require.NoError(t, err)
	require.Equal(t, id.ID(0), v.Shipments[0].Lines[0].Owner)
	v, err = t.s.Order(t.ctx, of(depot), o.ID)
	require.NoError(t, err)
	require.Equal(t, maker, v.Shipments[0].Lines[0].Owner)
}
