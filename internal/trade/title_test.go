package trade

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

func TestTitlePassesLineByLineOnPayment(tt *testing.T) {
	t := newTill(tt)
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 4), pieces(teh, 6)))
	lines, err := t.s.invoiceLines(t.ctx, v.ID)
	require.NoError(t, err)
	first := lines[0].Net + lines[0].Tax
	t.paid(maker, depot, first-1)
	require.Zero(t, t.owns(depot, lotKopi))
	t.paid(maker, depot, 1)
	require.EqualValues(t, 4, t.owns(depot, lotKopi))
	require.Zero(t, t.owns(depot, lotTeh))
	t.paid(maker, depot, v.Total-first)
	require.EqualValues(t, 6, t.owns(depot, lotTeh))
	require.EqualValues(t, 996, t.owns(maker, lotKopi))
}

func TestBouncedMoneyTakesTitleBackWhereGoodsStill(tt *testing.T) {
	t := newTill(tt)
	t.deals[[2]id.ID{depot, grosir}].TitleOn = "delivery"
	t.limit(maker, depot, 20_000_000)
	o := t.delivered(maker, depot, pieces(kopi, 10))
	v := t.billed(o)
	p := t.paid(maker, depot, v.Total+50)
	require.EqualValues(t, 10, t.owns(depot, lotKopi))
	require.Equal(t, Paid, t.order(o).Status)
	t.delivered(depot, grosir, pieces(kopi, 4))
	t.limit(maker, depot, 0)
	p, err := t.s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "no cover"})
	require.NoError(t, err, "a debt stands again whatever the limit")
	require.Equal(t, PayBounced, p.Status)
	t.even()
	require.EqualValues(t, 4, t.owns(grosir, lotKopi), "what was passed on stays")
	require.Zero(t, t.owns(depot, lotKopi))
	require.EqualValues(t, 996, t.owns(maker, lotKopi))
	require.Equal(t, "open", t.invoice(v).Status)
	require.Equal(t, Invoiced, t.order(o).Status)
	require.Zero(t, t.owed(maker, depot, ledger.CashPaid))
	_, err = t.s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "again"})
	t.refused(err, "payment.not_confirmed")
	t.paid(maker, depot, v.Total)
	require.EqualValues(t, 6, t.owns(depot, lotKopi), "it passes again")
}

func TestBouncedDepositThatWasSpentOpensWhatItPaid(tt *testing.T) {
	t := newTill(tt)
	p := t.paid(maker, depot, 3_000_000)
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 1)))
	_, err := t.s.Apply(t.ctx, of(maker), Apply{Buyer: depot, Currency: "IDR"})
	require.NoError(t, err)
	require.EqualValues(t, 1, t.owns(depot, lotKopi))
	_, err = t.s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "no cover"})
	require.NoError(t, err)
	t.even()
	require.Equal(t, v.Total, t.invoice(v).Open())
	require.Zero(t, t.owed(depot, maker, ledger.Deposit))
	require.Zero(t, t.owns(depot, lotKopi))
}

func TestResoldBeforeTitleCameInThreeTiers(tt *testing.T) {
	t := newTill(tt)
	t.deals[[2]id.ID{grosir, toko}].TitleOn = "dispatch"
	up := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
	mid := t.billed(t.delivered(depot, grosir, pieces(kopi, 8)))
	require.EqualValues(t, 1000, t.owns(maker, lotKopi), "nobody has paid: all of it is the maker's")
	t.delivered(grosir, toko, pieces(kopi, 5)) // title passes maker → depot → grosir → toko
	require.EqualValues(t, 5, t.owns(toko, lotKopi))
	require.EqualValues(t, 995, t.owns(maker, lotKopi))
	t.even()
	require.Equal(t, "open", t.invoice(up).Status, "earlier invoices stay due")
	t.paid(depot, grosir, mid.Total) // 3 more reach grosir, through the depot
	require.EqualValues(t, 3, t.owns(grosir, lotKopi))
	require.Zero(t, t.owns(depot, lotKopi))
	t.paid(maker, depot, up.Total) // and the last 2 the depot
	require.EqualValues(t, 2, t.owns(depot, lotKopi))
	require.EqualValues(t, 990, t.owns(maker, lotKopi))
	require.EqualValues(t, 5, t.owns(toko, lotKopi))
}

func TestTitleFollowsGoodsThatWentOn(tt *testing.T) {
	t := newTill(tt)
	up := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
	t.delivered(depot, grosir, pieces(kopi, 7)) // unpaid as well: still the maker's, in the grosir's shed
	t.paid(maker, depot, up.Total)
	require.EqualValues(t, 10, t.owns(depot, lotKopi), "also what stands further down")
}

func TestPaidBeforeItIsSentPassesWhenItArrives(tt *testing.T) {
	t := newTill(tt)
	t.deals[[2]id.ID{maker, depot}].Prepay = true
	o, err := t.s.Place(t.ctx, of(depot), Place{Seller: maker, Buyer: depot, Lines: []PlaceLine{pieces(kopi, 6)}})
	require.NoError(t, err)
	_, err = t.s.Confirm(t.ctx, of(maker), Step{Order: o.ID})
	require.NoError(t, err)
	v := t.billed(o)
	_, err = t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}})
	t.refused(err, "order.prepay_due")
	t.paid(maker, depot, v.Total)
	require.Zero(t, t.owns(depot, lotKopi), "nothing is set aside yet")
	o = t.sent(o)
	require.EqualValues(t, 6, t.owns(depot, lotKopi))
	require.Equal(t, Paid, o.Status)
	t.even()
}

func TestReturnedGoodsDoNotPassWithThePaymentOfTheRest(tt *testing.T) {
	t := newTill(tt)
	o := t.delivered(maker, depot, pieces(kopi, 10))
	v := t.billed(o)
	_, err := t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Reason: "too many"}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(4)}}})
	require.NoError(t, err)
	t.even()
	v = t.invoice(v)
	require.Equal(t, "part", v.Status, "credited in part")
	t.paid(maker, depot, v.Open())
	require.EqualValues(t, 6, t.owns(depot, lotKopi))
	require.EqualValues(t, 994, t.owns(maker, lotKopi))
	require.Equal(t, Paid, t.order(o).Status)
}

// TestTitleGivenBackIsNoLongerCounted: what is titled of a shipment falls with what comes back of it, so that goods that come
// later under the same line are neither taken for titled nor titled twice.
func TestTitleGivenBackIsNoLongerCounted(tt *testing.T) {
	t := newTill(tt)
	titled := func(h Shipment) int64 {
		t.Helper()
		h, err := t.s.shipment(t.ctx, maker, h.ID)
		require.NoError(t, err)
		return int64(h.Lines[0].Titled) / qty.Scale
	}
	o := t.confirmed(t.ordered(maker, depot, pieces(kopi, 20)))
	one := t.dispatched(o, DispatchLine{Line: 1, Qty: qty.Units(10)})
	_, err := t.s.Receive(t.ctx, of(depot), Receive{Shipment: one.ID})
	require.NoError(t, err)
	v := t.billed(t.order(o))
	t.paid(maker, depot, v.Total)
	require.EqualValues(t, 10, titled(one))
	two := t.dispatched(t.order(o))
	_, err = t.s.Receive(t.ctx, of(depot), Receive{Shipment: two.ID})
	require.NoError(t, err)
	require.EqualValues(t, 0, titled(two))
	_, err = t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Reason: "stale"}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(14)}}})
	require.NoError(t, err)
	require.EqualValues(t, 0, titled(two), "ten of the second, unpaid")
	require.EqualValues(t, 6, titled(one), "four of the first, paid")
	require.EqualValues(t, 6, t.owns(depot, lotKopi))
	t.even()
}

// TestDamagedGoodsThatMustBePaidForPass: the buyer bears the risk of the journey, pays, and owns what it paid for.
func TestDamagedGoodsThatMustBePaidForPass(tt *testing.T) {
	for _, title := range []string{"delivery", "payment"} {
		t := newTill(tt)
		d := t.deals[[2]id.ID{maker, depot}]
		d.TitleOn, d.RiskOn = title, "dispatch"
		o := t.confirmed(t.ordered(maker, depot, pieces(kopi, 10)))
		h := t.dispatched(o)
		_, err := t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID, Lines: []ReceiveLine{{N: 1, Received: qty.Units(8), Damaged: qty.Units(2)}}})
		require.NoError(t, err)
		v := t.billed(t.order(o))
		t.paid(maker, depot, v.Total)
		require.EqualValues(t, 10, t.owns(depot, lotKopi), title)
		sellable, _ := t.counts(depot, kopi)
		require.EqualValues(t, 8, sellable)
		_, err = t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Reason: "broken"}})
		require.NoError(t, err)
		require.EqualValues(t, 0, t.owns(depot, lotKopi), title)
		t.even()
	}
}

func TestRiskThatComesWithTitleGoesAlong(tt *testing.T) {
	t := newTill(tt)
	t.deals[[2]id.ID{maker, depot}].RiskOn = "title"
	bears := func() (n qty.Qty) {
		require.NoError(t, t.d.R(t.ctx).Raw("SELECT COALESCE(SUM(b.posted), 0) FROM account a JOIN balance b ON b.acct = a.acct WHERE a.book = 1 AND a.bearer = ? AND a.place > 0", depot).Scan(&n).Error)
		return n
	}
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 5)))
	require.Zero(t, bears())
	p := t.paid(maker, depot, v.Total)
	require.Equal(t, qty.Units(5), bears())
	_, err := t.s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "no cover"})
	require.NoError(t, err)
	require.Zero(t, bears())
	t.even()
}

func TestGoodsBecomeSellableWithTitleWhereResaleHadToWait(tt *testing.T) {
	t := newTill(tt)
	t.deals[[2]id.ID{maker, depot}].ResaleBeforeTitle = false
	sellable := func() (n qty.Qty) {
		require.NoError(t, t.d.R(t.ctx).Raw("SELECT COALESCE(SUM(sellable), 0) FROM stock WHERE seller = ? AND product = ?", depot, kopi).Scan(&n).Error)
		return n
	}
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 5)))
	require.Zero(t, sellable())
	p := t.paid(maker, depot, v.Total)
	require.Equal(t, qty.Units(5), sellable())
	_, err := t.s.Place(t.ctx, of(grosir), Place{Seller: depot, Buyer: grosir, Lines: []PlaceLine{pieces(kopi, 2)}}) // 2 are promised
	require.NoError(t, err)
	_, err = t.s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "no cover"})
	require.NoError(t, err)
	require.Equal(t, qty.Units(2), sellable(), "what is promised stays the depot's")
	require.EqualValues(t, 2, t.owns(depot, lotKopi))
	t.even()
}
