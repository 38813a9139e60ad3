package trade

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/qty"
)

// TestALotIsSoldUntilTheSellersDayIsOver: at 17:30 UTC of the last day it is past midnight in Jakarta.
func TestALotIsSoldUntilTheSellersDayIsOver(tt *testing.T) {
	t := newTill(tt)
	t.lot(203, teh, depot, "2026-03-10", 10)
	o := t.confirmed(t.ordered(depot, grosir, pieces(teh, 4)))
	late := t.confirmed(t.ordered(depot, grosir, pieces(teh, 4)))
	midnight := clock.Date("2026-03-10").Noon("Asia/Jakarta").Add(12 * time.Hour)
	t.clock.Set(midnight.Add(-time.Minute))
	t.dispatched(o)
	t.clock.Set(midnight.Add(time.Minute))
	_, err := t.s.Dispatch(t.ctx, of(depot), Dispatch{Step: Step{Order: late.ID}})
	require.Equal(t, "order.no_stock", errs.CodeOf(err))
}

func TestListsShowOnlyWhatIsOnesOwn(tt *testing.T) {
	t := newTill(tt)
	for range 5 {
		t.ordered(maker, depot, pieces(kopi, 1))
	}
	t.delivered(maker, depot, pieces(kopi, 20))
	t.ordered(depot, grosir, pieces(kopi, 2))
	q := list.Query{Size: 4, Filter: map[string]string{"side": "buying", "from": "2026-03-01", "to": "2026-12-31"}}
	p, err := t.s.Orders(t.ctx, of(depot), q)
	require.NoError(t, err)
	require.Len(t, p.Items, 4)
	q.Cursor = p.Next
	p, err = t.s.Orders(t.ctx, of(depot), q)
	require.NoError(t, err)
	require.Len(t, p.Items, 2)
	require.Empty(t, p.Next)
	p, err = t.s.Orders(t.ctx, of(grosir), list.Query{Filter: map[string]string{"status": "placed,confirmed"}})
	require.NoError(t, err)
	require.Len(t, p.Items, 1)
	_, err = t.s.Orders(t.ctx, of(grosir), list.Query{Sort: "price"})
	require.Equal(t, "list.bad_sort", errs.CodeOf(err))
	h, err := t.s.Shipments(t.ctx, of(depot), list.Query{})
	require.NoError(t, err)
	require.Len(t, h.Items, 1)
	h, err = t.s.Shipments(t.ctx, of(toko), list.Query{})
	require.NoError(t, err)
	require.Empty(t, h.Items)
}

func TestDeliveredToAConsumerIsUsedUp(tt *testing.T) {
	t := newTill(tt)
	d := t.trades(depot, umum)
	d.DeliverTo, d.TitleOn = 0, "delivery"
	t.delivered(maker, depot, pieces(kopi, 10))
	o, err := t.s.Place(t.ctx, of(depot), Place{Seller: depot, Buyer: umum, Lines: []PlaceLine{{Product: kopi, Qty: qty.Units(4), Purpose: "enduse"}}})
	require.NoError(t, err)
	require.Equal(t, "seller", o.PlacedBy)
	h := t.dispatched(t.confirmed(o))
	_, err = t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID, Lines: []ReceiveLine{{N: 1, Received: qty.Units(3), Refused: qty.Units(1)}}})
	require.NoError(t, err)
	require.Equal(t, map[[3]id.ID]int64{{maker, maker, maker}: 990, {maker, depot, depot}: 6, {maker, 0, depot}: 1}, t.where(lotKopi))
	_, err = t.s.TakeBack(t.ctx, of(depot), h.ID, 0, Key{})
	require.NoError(t, err)
	require.Equal(t, int64(7), t.where(lotKopi)[[3]id.ID{maker, depot, depot}])
	v := t.billed(t.order(o))
	require.Equal(t, v.Total, t.owed(depot, umum, ledger.Trade))
	t.even()
}

func TestServicesTouchNoGoods(tt *testing.T) {
	t := newTill(tt)
	require.NoError(t, t.d.InTx(t.ctx, func(ctx context.Context) error {
		return t.d.W(ctx).Exec("UPDATE product SET kind = 'service' WHERE id = ?", teh).Error
	}))
	t.s.Prices = training{t}
	o := t.ordered(maker, depot, pieces(teh, 3))
	require.Zero(t, o.Lines[0].Held)
	o = t.confirmed(o)
	_, err := t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}})
	require.Equal(t, "order.not_now", errs.CodeOf(err))
	o, err = t.s.Perform(t.ctx, of(maker), Step{Order: o.ID}, []BillLine{{1, qty.Units(2)}})
	require.NoError(t, err)
	require.Equal(t, PartDispatched, o.Status)
	o, err = t.s.Accept(t.ctx, of(depot), Step{Order: o.ID}, nil)
	require.NoError(t, err)
	require.Equal(t, qty.Units(2), o.Lines[0].Delivered)
	_, err = t.s.Perform(t.ctx, of(maker), Step{Order: o.ID}, nil)
	require.NoError(t, err)
	o, err = t.s.Accept(t.ctx, of(depot), Step{Order: o.ID}, nil)
	require.NoError(t, err)
	require.Equal(t, Delivered, o.Status)
	t.billed(o)
}

// training sells tea as a service.
type training struct{ *till }

func (x training) Items(ctx context.Context, list id.ID, country string, products []id.ID, on clock.Date) (map[id.ID]Item, int64, error) {
	items, epoch, err := x.till.Items(ctx, list, country, products, on)
	for k, v := range items {
		v.Service = k == teh
		items[k] = v
	}
	return items, epoch, err
}

func TestPromisesShrinkFromTheNewestOrder(tt *testing.T) {
	t := newTill(tt)
	older, newer := t.ordered(maker, depot, pieces(kopi, 6), pieces(kopi, 2)), t.ordered(maker, depot, pieces(kopi, 4), pieces(kopi, 3))
	p := ledger.Draft("test.shrink", "shrink/1", id.By{Org: maker}, 1, t.clock.Now())
	require.NoError(t, t.s.ShrinkPromises(t.ctx, p, maker, kopi, qty.Units(9)))
	_, err := t.book.Post(t.ctx, p)
	require.NoError(t, err)
	require.Equal(t, qty.Units(7), t.order(newer).Lines[0].BackOrder()+t.order(newer).Lines[1].BackOrder())
	require.Equal(t, qty.Qty(0), t.order(older).Lines[1].Held)
	require.Equal(t, qty.Units(6), t.order(older).Lines[0].Held)
	t.even()
}

// pages makes the queries of promises read n rows at a time.
func pages(t *testing.T, n int) {
	was := promisePage
	promisePage = n
	t.Cleanup(func() { promisePage = was })
}

// TestPromisesShrinkAndFillPageByPage: seven orders of three lines, read two rows at a time, so that pages end within an order.
func TestPromisesShrinkAndFillPageByPage(tt *testing.T) {
	pages(tt, 2)
	t := newTill(tt)
	var orders []Order
	for range 7 {
		orders = append(orders, t.ordered(maker, depot, pieces(kopi, 2), pieces(kopi, 2), pieces(kopi, 2)))
	}
	held := func(o Order) (n qty.Qty) {
		for _, l := range t.order(o).Lines {
			n += l.Held
		}
		return n
	}
	p := ledger.Draft("test.shrink", "shrink/1", id.By{Org: maker}, 1, t.clock.Now())
	require.NoError(t, t.s.ShrinkPromises(t.ctx, p, maker, kopi, qty.Units(27))) // four orders and a half
	_, err := t.book.Post(t.ctx, p)
	require.NoError(t, err)
	for i, want := range []int64{6, 6, 3, 0, 0, 0, 0} {
		require.Equal(t, qty.Units(want), held(orders[i]), "order %d", i)
	}
	t.even()
	n, err := t.s.FillAll(t.ctx, of(maker))
	require.NoError(t, err)
	require.Equal(t, 5, n, "three pages of orders")
	for i := range orders {
		require.Equal(t, qty.Units(6), held(orders[i]))
	}
	n, err = t.s.FillAll(t.ctx, of(maker))
	require.NoError(t, err)
	require.Zero(t, n)
	p = ledger.Draft("test.shrink", "shrink/2", id.By{Org: maker}, 1, t.clock.Now())
	require.NoError(t, t.s.ShrinkPromises(t.ctx, p, maker, kopi, qty.Units(42))) // all there is, the last page being half full
	_, err = t.book.Post(t.ctx, p)
	require.NoError(t, err)
	_, promised := t.counts(maker, kopi)
	require.Zero(t, promised)
	t.even()
}
