package trade

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/qty"
)

func TestABuyerWithoutAWarehouseGetsItsGoodsOnceItHasOne(tt *testing.T) {
	t := newTill(tt)
	d := t.deals[[2]id.ID{maker, depot}]
	d.DeliverTo = 0
	o := t.confirmed(t.ordered(maker, depot, pieces(kopi, 10)))
	before := t.journals()
	_, err := t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}})
	t.refused(err, "order.buyer_has_no_warehouse")
	require.Equal(t, before, t.journals(), "nothing left")
	d.DeliverTo = shed(depot)
	h := t.dispatched(t.order(o), DispatchLine{Line: 1, Qty: qty.Units(6)})
	require.Equal(t, shed(depot), h.ToPlace)
	_, err = t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID})
	require.NoError(t, err)
	t.sent(t.order(o))
	require.Equal(t, qty.Units(10), t.order(o).Lines[0].Delivered)
	_, err = t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Reason: "stale"}})
	require.NoError(t, err)
	t.even()
}

// cartons sells everything in twelves as well.
type cartons struct{ *till }

func (x cartons) Items(ctx context.Context, list id.ID, country string, products []id.ID, on clock.Date) (map[id.ID]Item, int64, error) {
	out, epoch, err := x.till.Items(ctx, list, country, products, on)
	for _, item := range out {
		item.Units["carton"] = qty.Units(12)
	}
	return out, epoch, err
}

func TestALineIsAmendedInAnotherUnit(tt *testing.T) {
	t := newTill(tt)
	t.s.Prices = cartons{t}
	o := t.ordered(maker, depot, pieces(kopi, 10), pieces(teh, 5))
	o, err := t.s.Amend(t.ctx, of(depot), Amend{Step: Step{Order: o.ID}, Lines: []AmendLine{{Line: 1, Qty: qty.Units(2), Unit: "carton"}}})
	require.NoError(t, err)
	l := t.order(o).Lines[0]
	require.Equal(t, "carton", l.Unit)
	require.Equal(t, qty.Units(2), l.UnitQty)
	require.Equal(t, qty.Units(24), l.Qty)
	t.even()
	o, err = t.s.Amend(t.ctx, of(depot), Amend{Step: Step{Order: o.ID}, Lines: []AmendLine{{Line: 1}}})
	require.NoError(t, err)
	require.Equal(t, Placed, o.Status)
	o, err = t.s.Amend(t.ctx, of(depot), Amend{Step: Step{Order: o.ID}, Lines: []AmendLine{{Line: 2}}})
	require.NoError(t, err)
	require.Equal(t, Cancelled, o.Status)
	require.Zero(t, o.Net)
	require.Zero(t, o.Tax)
	require.Zero(t, o.Total)
	require.Zero(t, o.CreditHeld)
	t.even()
}
