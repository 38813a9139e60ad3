package trade

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// ladders sells at half the price from 100 pieces on, and nothing below min.
type ladders struct {
	*till
	min qty.Qty
}

func (x ladders) Items(ctx context.Context, list id.ID, country string, products []id.ID, on clock.Date) (map[id.ID]Item, int64, error) {
	out, epoch, err := x.till.Items(ctx, list, country, products, on)
	for p, item := range out {
		one := item.Breaks[0].Price
		item.Breaks = []Break{{MinQty: x.min, Price: one}, {MinQty: qty.Units(100), Price: one / 2}}
		out[p] = item
	}
	return out, epoch, err
}

func (t *till) amended(o Order, by id.ID, lines ...AmendLine) Order {
	t.Helper()
	_, err := t.s.Amend(t.ctx, of(by), Amend{Step: Step{Order: o.ID}, Lines: lines})
	require.NoError(t, err)
	t.even()
	return t.order(o)
}

func upto(line, n int64) AmendLine { return AmendLine{Line: line, Qty: qty.Units(n)} }

func TestAnAmendedLineTakesTheBreakOfItsNewQuantity(tt *testing.T) {
	t := newTill(tt)
	t.s.Prices = ladders{t, qty.Units(5)}
	dear := money.Price(kopi) * 100 * money.PriceScale
	fresh := func(n int64) Order { return t.ordered(maker, depot, pieces(kopi, n)) }
	o := t.amended(fresh(100), depot, upto(1, 10))
	require.Equal(t, dear, o.Lines[0].Price, "fewer pieces are dearer")
	same := fresh(10)
	require.Equal(t, same.Total, o.Total, "as if it had been ordered so")
	require.Equal(t, same.CreditHeld, o.CreditHeld)
	o = t.amended(o, depot, upto(1, 200))
	require.Equal(t, fresh(200).Total, o.Total, "more are cheaper")
	o = t.amended(o, depot, upto(1, 0), AmendLine{Product: teh, Qty: qty.Units(7)})
	o = t.amended(o, depot, upto(1, 10))
	require.Equal(t, dear, o.Lines[0].Price, "not by way of nothing either")
	require.Equal(t, same.Net, o.wantedNet(idr)-o.Lines[1].Net)
	_, err := t.s.Amend(t.ctx, of(depot), Amend{Step: Step{Order: o.ID}, Lines: []AmendLine{upto(1, 4)}})
	t.refused(err, "order.below_first_break")

	sellers := t.amended(fresh(100), maker, upto(1, 50))
	require.Equal(t, dear/2, sellers.Lines[0].Price, "the seller does not make it dearer")
	sellers = t.amended(sellers, depot, upto(1, 60))
	require.Equal(t, dear/2, sellers.Lines[0].Price, "and what the seller set stays")
	up := t.amended(t.confirmed(fresh(10)), maker, upto(1, 100))
	require.Equal(t, dear/2, up.Lines[0].Price, "but cheaper")
	up = t.confirmed(fresh(10))
	t.dispatched(up, DispatchLine{Line: 1, Qty: qty.Units(6)})
	up = t.amended(t.order(up), maker, upto(1, 100))
	require.Equal(t, dear, up.Lines[0].Price, "what is on its way keeps its price")
}

func TestUntaxedLinesAreAmendedAtTheirPrice(tt *testing.T) {
	t := newTill(tt)
	t.s.Prices = ladders{till: t}
	t.deals[[2]id.ID{maker, depot}].VATRegistered = false
	o := t.amended(t.ordered(maker, depot, pieces(kopi, 100)), depot, upto(1, 10))
	require.Equal(t, t.ordered(maker, depot, pieces(kopi, 10)).Total, o.Total)
	require.Zero(t, o.Tax)
}

func TestTheSmallestOrderHoldsAfterAmending(tt *testing.T) {
	t := newTill(tt)
	t.deals[[2]id.ID{maker, depot}].MinOrder = 100_000_00
	o := t.ordered(maker, depot, pieces(kopi, 20), pieces(kopi, 1))
	before := t.journals()
	_, err := t.s.Amend(t.ctx, of(depot), Amend{Step: Step{Order: o.ID}, Lines: []AmendLine{upto(1, 0)}})
	t.refused(err, "order.below_minimum")
	_, err = t.s.Amend(t.ctx, of(depot), Amend{Step: Step{Order: o.ID}, Lines: []AmendLine{upto(1, 8)}})
	t.refused(err, "order.below_minimum")
	require.Equal(t, before, t.journals(), "nothing changed")
	o = t.amended(o, depot, upto(1, 10))
	o = t.amended(o, maker, upto(1, 2))
	require.Equal(t, qty.Units(2), o.Lines[0].Wanted(), "the seller may send less")
	o = t.amended(o, depot, upto(1, 3))
	o = t.amended(o, depot, upto(1, 0), upto(2, 0))
	require.Equal(t, Cancelled, o.Status, "nothing at all is no small order")
}

func TestHalvesOfWholeGoodsAreNeitherInvoicedNorCredited(tt *testing.T) {
	t := newTill(tt)
	o := t.delivered(maker, depot, pieces(kopi, 10))
	_, err := t.s.Bill(t.ctx, of(maker), Bill{Step: Step{Order: o.ID}, Lines: []BillLine{{1, qty.Scale / 2}}})
	t.refused(err, "order.qty_decimals")
	v := t.billed(o, BillLine{1, qty.Units(9)})
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "x", Lines: []BillLine{{1, qty.Scale / 3}}})
	t.refused(err, "order.qty_decimals")
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "x", Lines: []BillLine{{1, qty.Units(9)}}})
	require.NoError(t, err)
	t.even()
}

func TestTheEarlyDiscountIsOnWhatWasNotCredited(tt *testing.T) {
	t := newTill(tt)
	d := t.deals[[2]id.ID{maker, depot}]
	d.EarlyDays, d.EarlyBps = 10, 200
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
	_, err := t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "x", Lines: []BillLine{{1, qty.Units(9)}}})
	require.NoError(t, err)
	open := t.invoice(v).Open()
	all, _ := idr.Share(v.Total, 2, 100)
	p := t.paid(maker, depot, open-all)
	require.Equal(t, "part", t.invoice(v).Status, "the discount of the whole is not for a tenth")
	require.Equal(t, p.Amount, open-t.invoice(v).Open())
	off, _ := idr.Share(open, 2, 100)
	t.paid(maker, depot, all-off)
	require.Equal(t, "paid", t.invoice(v).Status)
}

func TestANewLineIsForWhatTheOrderIsFor(tt *testing.T) {
	t := newTill(tt)
	used := pieces(kopi, 5)
	used.Purpose = EndUse
	o := t.amended(t.ordered(maker, depot, used), depot, AmendLine{Product: teh, Qty: qty.Units(2)})
	require.Equal(t, EndUse, o.Lines[1].Purpose)
	o = t.amended(o, depot, AmendLine{Product: teh, Qty: qty.Units(2), Purpose: "processing"})
	require.Equal(t, "processing", o.Lines[2].Purpose)
	o = t.amended(o, depot, AmendLine{Product: teh, Qty: qty.Units(2)})
	require.Equal(t, "resale", o.Lines[3].Purpose, "of several purposes none is the order's")
	_, err := t.s.Amend(t.ctx, of(depot), Amend{Step: Step{Order: o.ID}, Lines: []AmendLine{{Product: teh, Qty: qty.Units(2), Purpose: "gift"}}})
	t.refused(err, "order.unknown_purpose")
}

// between does something once, after a post was made up and before it is posted.
type between struct {
	ledger.Poster
	once sync.Once
	do   func()
}

func (x *between) Post(ctx context.Context, p *ledger.Post) (ledger.Receipt, error) {
	x.once.Do(x.do)
	return x.Poster.Post(ctx, p)
}

func TestAPaymentWhoseGoodsMovedMeanwhileIsDecidedAnew(tt *testing.T) {
	t := newTill(tt)
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
	p := t.reported(maker, depot, v.Total)
	other := t.beside()
	t.s.Book = &between{Poster: t.book, do: func() { other.delivered(depot, grosir, pieces(kopi, 4)) }}
	_, err := t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: p.ID})
	require.NoError(t, err)
	require.EqualValues(t, 10, t.owns(depot, lotKopi))
	t.even()
}
