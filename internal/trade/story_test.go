package trade

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// umum is the nameless consumer.
const umum id.ID = 6

func init() { kinds[umum] = "consumer" }

// lot adds a lot with goods of an organisation in its warehouse.
func (t *till) lot(no, product, org id.ID, expires clock.Date, n int64) {
	t.Helper()
	require.NoError(t, t.d.InTx(t.ctx, func(ctx context.Context) error {
		return t.d.W(ctx).Exec("INSERT INTO lot (id, product, maker, code, made_on, expires_on, status, version, seq) VALUES (?, ?, ?, ?, '2026-01-01', ?, 'ok', 1, 0)",
			no, product, org, no.String(), expires).Error
	}))
	p := ledger.Draft("stock.opened", fmt.Sprintf("lot/%d/open", no), id.By{Person: 21, Org: org}, no, t.clock.Now())
	p.Move(ledger.Outside(ledger.Origin, no, product), ledger.Position{Lot: no, Product: product, Owner: org, Place: shed(org), Bearer: org, Seller: org}, qty.Units(n))
	_, err := t.book.Post(t.ctx, p)
	require.NoError(t, err)
}

// where says of n pieces of a lot who owns them, who holds them (0 in transit) and who bears the risk.
func (t *till) where(lot id.ID) map[[3]id.ID]int64 {
	t.Helper()
	var rows []struct {
		Owner, Holder, Bearer id.ID
		N                     int64
	}
	require.NoError(t, t.d.R(t.ctx).Raw(`SELECT a.owner, COALESCE(p.org, 0) AS holder, a.bearer, SUM(b.posted) AS n FROM account a JOIN balance b ON b.acct = a.acct
 LEFT JOIN place p ON p.id = a.place WHERE a.book = 1 AND a.unit = ? AND a.place > 0 AND b.posted > 0 GROUP BY a.owner, p.org, a.bearer`, lot).Scan(&rows).Error)
	out := map[[3]id.ID]int64{}
	for _, r := range rows {
		out[[3]id.ID{r.Owner, r.Holder, r.Bearer}] = r.N / qty.Scale
	}
	return out
}

// counts are sellable and held.
func (t *till) counts(seller, product id.ID) (sellable, held int64) {
	t.Helper()
	var r struct{ Sellable, Held int64 }
	require.NoError(t, t.d.R(t.ctx).Raw("SELECT sellable, held FROM stock WHERE seller = ? AND product = ?", seller, product).Scan(&r).Error)
	return r.Sellable / qty.Scale, r.Held / qty.Scale
}

func (t *till) ordered(seller, buyer id.ID, lines ...PlaceLine) Order {
	t.Helper()
	o, err := t.s.Place(t.ctx, of(buyer), Place{Seller: seller, Buyer: buyer, Lines: lines})
	require.NoError(t, err)
	return o
}

func (t *till) confirmed(o Order) Order {
	t.Helper()
	o, err := t.s.Confirm(t.ctx, of(o.Seller), Step{Order: o.ID, Version: o.Version})
	require.NoError(t, err)
	return o
}

func (t *till) dispatched(o Order, lines ...DispatchLine) Shipment {
	t.Helper()
	h, err := t.s.Dispatch(t.ctx, of(o.Seller), Dispatch{Step: Step{Order: o.ID}, Lines: lines})
	require.NoError(t, err)
	return h
}

func (t *till) journals() (n int64) {
	require.NoError(t, t.d.R(t.ctx).Raw("SELECT COUNT(*) FROM journal").Scan(&n).Error)
	return n
}

func TestTitleAndRiskPassAtTheirPoints(tt *testing.T) {
	type at = [3]id.ID // owner, holder, bearer
	for _, title := range []string{"confirmation", "dispatch", "delivery", "payment"} {
		for _, risk := range []string{"dispatch", "delivery", "title"} {
			tt.Run(title+" "+risk, func(tt *testing.T) {
				t := newTill(tt)
				d := t.deals[[2]id.ID{maker, depot}]
				d.TitleOn, d.RiskOn = title, risk
				owner, bearer := maker, maker
				step := func(point string, holder id.ID) {
					t.Helper()
					if title == point {
						owner = depot
					}
					if risk == point || (risk == "title" && title == point) {
						bearer = depot
					}
					require.Equal(t, int64(10), t.where(lotKopi)[at{owner, holder, bearer}], "after %s: %v", point, t.where(lotKopi))
				}
				o := t.ordered(maker, depot, pieces(kopi, 10))
				o = t.confirmed(o)
				if title == "confirmation" {
					step("confirmation", maker)
					require.Equal(t, qty.Units(10), o.Lines[0].Allotted)
				}
				h := t.dispatched(o)
				step("dispatch", 0)
				_, err := t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID})
				require.NoError(t, err)
				step("delivery", depot)
				sellable, _ := t.counts(depot, kopi)
				require.Equal(t, int64(10), sellable)
				v := t.billed(t.order(o))
				t.paid(maker, depot, v.Total)
				owner = depot
				step("payment", depot)
				o = t.order(o)
				require.Equal(t, Paid, o.Status)
				require.Zero(t, o.CreditHeld)
				o, err = t.s.Close(t.ctx, of(maker), Step{Order: o.ID})
				require.NoError(t, err)
				require.Equal(t, Closed, o.Status)
				view, err := t.s.Order(t.ctx, of(depot), o.ID)
				require.NoError(t, err)
				last := view.Lanes[len(view.Lanes)-1]
				require.Equal(t, []Share{{depot, "distributor", qty.Units(10)}}, last.Owner)
				require.Equal(t, last.Owner, last.Holder)
				require.Zero(t, last.Owed)
			})
		}
	}
}

func TestTitlePassesThroughEveryOwnerWhenGoodsAreResoldBeforeTitle(tt *testing.T) {
	t := newTill(tt)
	t.deals[[2]id.ID{depot, grosir}].TitleOn = "dispatch"
	t.delivered(maker, depot, pieces(kopi, 10))
	require.Equal(t, int64(10), t.where(lotKopi)[[3]id.ID{maker, depot, depot}])
	t.delivered(depot, grosir, pieces(kopi, 4))
	require.Equal(t, int64(4), t.where(lotKopi)[[3]id.ID{grosir, grosir, grosir}])
	require.Equal(t, int64(6), t.where(lotKopi)[[3]id.ID{maker, depot, depot}])
	var hops int64
	require.NoError(t, t.d.R(t.ctx).Raw(`SELECT COUNT(*) FROM entry e JOIN account a ON a.acct = e.acct JOIN journal j ON j.seq = e.seq
 WHERE a.owner = ? AND a.unit = ? AND j.kind = 'order.dispatched' AND j.org = ?`, depot, lotKopi, depot).Scan(&hops).Error)
	require.Equal(t, int64(2), hops, "the depot owned it in between: in and out")
	t.even()
}

func TestPartsBackordersAmendmentAndCancellation(tt *testing.T) {
	for _, title := range []string{"delivery", "confirmation"} {
		tt.Run(title, func(tt *testing.T) {
			t := newTill(tt)
			t.deals[[2]id.ID{maker, depot}].TitleOn = title
			o := t.ordered(maker, depot, pieces(kopi, 1200), pieces(teh, 5))
			require.Equal(t, qty.Units(1000), o.Lines[0].Held)
			require.Equal(t, qty.Units(200), o.Lines[0].BackOrder())
			o, err := t.s.Amend(t.ctx, of(depot), Amend{Step: Step{Order: o.ID}, Lines: []AmendLine{{Line: 1, Qty: qty.Units(1100)}, {Product: teh, Qty: qty.Units(7)}, {Line: 2}}})
			require.NoError(t, err)
			require.Equal(t, qty.Units(7), o.Lines[2].Held)
			require.Equal(t, qty.Units(0), o.Lines[1].Wanted())
			require.Equal(t, creditOf(rupiah, o.Lines), o.CreditHeld)
			t.even()
			o = t.confirmed(o)
			t.lot(203, kopi, maker, "2026-12-31", 60)
			n, err := t.s.FillAll(t.ctx, of(maker))
			require.NoError(t, err)
			require.Equal(t, 1, n)
			o = t.order(o)
			require.Equal(t, qty.Units(1060), o.Lines[0].Held+o.Lines[0].Allotted)
			h := t.dispatched(o, DispatchLine{Line: 1, Qty: qty.Units(100)})
			if title == "delivery" {
				require.Equal(t, id.ID(203), h.Lines[0].Lot, "first expired first")
			}
			require.Equal(t, PartDispatched, t.order(o).Status)
			t.even()
			_, err = t.s.Cancel(t.ctx, of(depot), Step{Order: o.ID})
			require.Equal(t, "order.not_now", errs.CodeOf(err), "confirmed: the buyer does not cancel alone")
			o, err = t.s.Cancel(t.ctx, of(maker), Step{Order: o.ID})
			require.NoError(t, err)
			require.Equal(t, Dispatched, o.Status)
			_, held := t.counts(maker, kopi)
			require.Zero(t, held)
			_, err = t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID})
			require.NoError(t, err)
			o = t.order(o)
			require.Equal(t, Delivered, o.Status)
			require.Equal(t, int64(100), t.owns(depot, lotKopi)+t.owns(depot, 203))
			require.Equal(t, o.Lines[0].slice(rupiah, qty.Units(100)).total(), o.CreditHeld)
			v := t.billed(o)
			require.Zero(t, t.order(o).CreditHeld)
			require.Positive(t, v.Total)
		})
	}
}

func TestRejectedOrdersReleaseEverything(tt *testing.T) {
	t := newTill(tt)
	o := t.ordered(maker, depot, pieces(kopi, 10))
	o, err := t.s.Reject(t.ctx, of(maker), Step{Order: o.ID, Reason: "sold out"})
	require.NoError(t, err)
	require.Equal(t, Rejected, o.Status)
	require.Zero(t, o.CreditHeld)
	_, held := t.counts(maker, kopi)
	require.Zero(t, held)
	t.even()
}

func TestReceivedShortDamagedAndRefused(tt *testing.T) {
	for _, c := range []struct {
		title, risk               string
		delivered, claim, counter int64 // pieces that count as delivered; claims in pieces, seller's and buyer's
	}{
		{"delivery", "delivery", 6, 0, 0},
		{"delivery", "dispatch", 7, 2, 0},
		{"dispatch", "dispatch", 9, 0, 0},
		{"dispatch", "delivery", 9, 0, 2},
	} {
		tt.Run(c.title+" "+c.risk, func(tt *testing.T) {
			t := newTill(tt)
			d := t.deals[[2]id.ID{maker, depot}]
			d.TitleOn, d.RiskOn = c.title, c.risk
			o := t.confirmed(t.ordered(maker, depot, pieces(kopi, 10)))
			h := t.dispatched(o)
			_, err := t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID, Lines: []ReceiveLine{{N: 1, Received: qty.Units(6), Damaged: qty.Units(1), Short: qty.Units(2)}}})
			require.Equal(t, "shipment.does_not_add_up", errs.CodeOf(err))
			_, err = t.s.Receive(t.ctx, of(maker), Receive{Shipment: h.ID})
			require.Equal(t, "shipment.buyer_receives", errs.CodeOf(err))
			h, err = t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID, Lines: []ReceiveLine{{N: 1, Received: qty.Units(6), Damaged: qty.Units(1), Short: qty.Units(2), Refused: qty.Units(1)}}})
			require.NoError(t, err)
			require.Equal(t, Received, h.Status, "most of it is there")
			require.True(t, h.Waits, "and some of it waits to be taken back")
			o = t.order(o)
			require.Equal(t, qty.Units(c.delivered), o.Lines[0].Delivered)
			require.Equal(t, Delivered, o.Status)
			require.Equal(t, money.Minor(c.claim)*10_100_00, t.owed(maker, depot, ledger.Claim))
			require.Equal(t, money.Minor(c.counter)*10_100_00, t.owed(depot, maker, ledger.Claim))
			sellable, _ := t.counts(depot, kopi)
			require.Equal(t, int64(6), sellable)
			t.even()
			h, err = t.s.TakeBack(t.ctx, of(maker), h.ID, 0, Key{})
			require.NoError(t, err)
			require.Equal(t, Received, h.Status)
			require.False(t, h.Waits)
			_, err = t.s.TakeBack(t.ctx, of(maker), h.ID, 0, Key{})
			require.Equal(t, "shipment.nothing_to_take_back", errs.CodeOf(err))
			back := t.where(lotKopi)[[3]id.ID{maker, maker, maker}]
			require.Contains(t, []int64{991, 992}, back, "the refused one, and the damaged one where it was not the buyer's: %v", t.where(lotKopi))
			t.even()
		})
	}
}

func TestOnlyWhatIsTurnedAwayWholeIsRefused(tt *testing.T) {
	t := newTill(tt)
	h := t.dispatched(t.confirmed(t.ordered(maker, depot, pieces(kopi, 10))))
	h, err := t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID, Lines: []ReceiveLine{{N: 1, Refused: qty.Units(10)}}})
	require.NoError(t, err)
	require.Equal(t, Refused, h.Status)
	require.True(t, h.Waits)
	h, err = t.s.TakeBack(t.ctx, of(maker), h.ID, 0, Key{})
	require.NoError(t, err)
	require.Equal(t, TakenBack, h.Status)
	require.False(t, h.Waits)
	t.even()
}

func TestAReturnGoesBackTheWayItCame(tt *testing.T) {
	t := newTill(tt)
	o := t.delivered(maker, depot, pieces(kopi, 10))
	v := t.billed(o, BillLine{1, qty.Units(8)})
	t.paid(maker, depot, v.Total)
	require.Equal(t, int64(8), t.owns(depot, lotKopi))
	r, err := t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Key: Key{"r", [32]byte{9}}, Reason: "wrong roast"}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(5)}}})
	require.NoError(t, err)
	require.Equal(t, KindReturn, r.Kind)
	require.Equal(t, qty.Units(5), t.order(o).Lines[0].Returned)
	require.Equal(t, int64(995), t.where(lotKopi)[[3]id.ID{maker, maker, maker}])
	deposit := t.owed(depot, maker, ledger.Deposit)
	require.Positive(t, deposit, "two of the five were never invoiced, three are credited")
	t.even()
	again, err := t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Key: Key{"r", [32]byte{9}}, Reason: "wrong roast"}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(5)}}})
	require.NoError(t, err)
	require.Equal(t, r.ID, again.ID)
	require.Equal(t, deposit, t.owed(depot, maker, ledger.Deposit))
	_, err = t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(6)}}})
	require.Equal(t, "order.more_than_delivered", errs.CodeOf(err))
	_, err = t.s.Return(t.ctx, of(depot), Return{Step: Step{Order: o.ID}})
	require.NoError(t, err)
	require.Zero(t, t.owns(depot, lotKopi))
	require.Equal(t, v.Total, t.owed(depot, maker, ledger.Deposit), "a full return cancels exactly")
	t.even()
}

func TestCashBeforeDelivery(tt *testing.T) {
	t := newTill(tt)
	t.deals[[2]id.ID{maker, depot}].Prepay = true
	t.limit(maker, depot, 0)
	o := t.confirmed(t.ordered(maker, depot, pieces(kopi, 10)))
	require.Zero(t, o.CreditHeld)
	_, err := t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}})
	require.Equal(t, "order.prepay_due", errs.CodeOf(err))
	_, err = t.s.Bill(t.ctx, of(maker), Bill{Step: Step{Order: o.ID}})
	require.Equal(t, "invoice.prepay_due", errs.CodeOf(err), "%v", err)
	t.paid(maker, depot, o.Total/2)
	h := t.dispatched(o, DispatchLine{Line: 1, Qty: qty.Units(5)})
	_, err = t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}})
	require.Equal(t, "order.prepay_due", errs.CodeOf(err))
	t.paid(maker, depot, o.Total-o.Total/2)
	t.dispatched(o)
	_, err = t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID})
	require.NoError(t, err)
	t.even()
}

// TestWhatWasPaidBeforehandAndDidNotComeAsksForACreditNote: the invoice stands, the order says what of it will not come, until it is
// credited; a return of what came adds nothing to that.
func TestWhatWasPaidBeforehandAndDidNotComeAsksForACreditNote(tt *testing.T) {
	t := newTill(tt)
	t.deals[[2]id.ID{maker, depot}].Prepay = true
	o := t.confirmed(t.ordered(maker, depot, pieces(kopi, 10), pieces(teh, 1)))
	t.paid(maker, depot, o.Total)
	v := t.billed(o)
	asks := func() []BillLine {
		seen, err := t.s.Order(t.ctx, of(depot), o.ID)
		require.NoError(t, err)
		return seen.ToCredit
	}
	h := t.dispatched(o)
	require.Empty(t, asks())
	_, err := t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID, Lines: []ReceiveLine{{N: 1, Received: qty.Units(7), Short: qty.Units(2), Refused: qty.Units(1)}}})
	require.NoError(t, err)
	require.Equal(t, []BillLine{{Line: 1, Qty: qty.Units(3)}}, asks())
	_, err = t.s.Return(t.ctx, of(depot), Return{Step: Step{Order: o.ID}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(1)}}})
	require.NoError(t, err)
	require.Equal(t, []BillLine{{Line: 1, Qty: qty.Units(3)}}, asks(), "what came back is credited by itself")
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "did not come", Lines: []BillLine{{Line: 1, Qty: qty.Units(2)}}})
	require.NoError(t, err)
	require.Equal(t, []BillLine{{Line: 1, Qty: qty.Units(1)}}, asks())
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "refused", Lines: []BillLine{{Line: 1, Qty: qty.Units(1)}}})
	require.NoError(t, err)
	require.Empty(t, asks())
	require.Positive(t, t.owed(depot, maker, ledger.Deposit), "the money is the buyer's again")
	t.even()
}

func TestOneDepositPaysForOneDispatch(tt *testing.T) {
	t := newTill(tt)
	t.deals[[2]id.ID{maker, depot}].Prepay = true
	var orders []Order
	for range 6 {
		orders = append(orders, t.confirmed(t.ordered(maker, depot, pieces(kopi, 10))))
	}
	t.paid(maker, depot, 2*orders[0].Total+orders[0].Total/2)
	var sent, due atomic.Int64
	var all sync.WaitGroup
	for _, o := range orders {
		all.Go(func() {
			_, err := t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}})
			switch {
			case err == nil:
				sent.Add(1)
			case errs.CodeOf(err) == "order.prepay_due":
				due.Add(1)
			default:
				t.Errorf("dispatch: %v", err)
			}
		})
	}
	all.Wait()
	require.Equal(t, []int64{2, 4}, []int64{sent.Load(), due.Load()}, "two and a half were paid for")
	t.even()
	_, err := t.s.Refund(t.ctx, of(maker), Refund{Buyer: depot, Currency: "IDR", Amount: orders[0].Total, Method: "transfer"})
	require.NoError(t, err, "there is no limit: the seller may")
	_, err = t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: orders[5].ID}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(1)}}})
	require.Error(t, err)
	t.even()
}

// TestGoodsThatCameBackUnbilledHoldNothing: what came back before it was invoiced holds no credit and keeps no order open.
func TestGoodsThatCameBackUnbilledHoldNothing(tt *testing.T) {
	t := newTill(tt)
	o := t.delivered(maker, depot, pieces(kopi, 10))
	v := t.billed(o, BillLine{1, qty.Units(6)})
	_, err := t.s.Return(t.ctx, of(depot), Return{Step: Step{Order: o.ID, Reason: "too many"}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(5)}}})
	require.NoError(t, err)
	o = t.order(o)
	require.Equal(t, qty.Units(4), o.Lines[0].Forgone)
	require.Zero(t, o.CreditHeld)
	require.Equal(t, Invoiced, o.Status)
	_, err = t.s.Bill(t.ctx, of(maker), Bill{Step: Step{Order: o.ID}})
	require.Equal(t, "invoice.nothing_to_bill", errs.CodeOf(err))
	t.paid(maker, depot, t.invoice(v).Open())
	require.Equal(t, Paid, t.order(o).Status)
	require.Equal(t, int64(5), t.owns(depot, lotKopi))
}

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

type counter struct{}

func (counter) Shop(_ context.Context, seller, _ id.ID) (Shop, int64, error) {
	return Shop{Consumer: umum, Currency: rupiah, VATRegistered: true, PricesIncludeVAT: true, Country: "ID", Zone: "Asia/Jakarta", Warehouse: shed(seller)}, 0, nil
}

func TestOverTheCounter(tt *testing.T) {
	t := newTill(tt)
	t.s.Shops = counter{}
	t.delivered(maker, depot, pieces(kopi, 10))
	t.ordered(depot, grosir, pieces(kopi, 7))
	o, err := t.s.CounterSale(t.ctx, of(depot), CounterSale{Key: Key{"till-1", [32]byte{1}}, Lines: []PlaceLine{pieces(kopi, 3)}, Paid: true})
	require.NoError(t, err)
	require.Equal(t, Paid, o.Status)
	again, err := t.s.CounterSale(t.ctx, of(depot), CounterSale{Key: Key{"till-1", [32]byte{1}}, Lines: []PlaceLine{pieces(kopi, 3)}, Paid: true})
	require.NoError(t, err)
	require.Equal(t, o.ID, again.ID)
	require.Equal(t, int64(7), t.where(lotKopi)[[3]id.ID{maker, depot, depot}], "title passed through the depot first")
	_, err = t.s.CounterSale(t.ctx, of(depot), CounterSale{Lines: []PlaceLine{pieces(kopi, 1)}, Paid: true})
	require.Equal(t, "order.stock_promised", errs.CodeOf(err))
	require.Zero(t, t.owed(depot, umum, ledger.Trade))
	t.even()
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

func TestAnUnpaidCounterSaleIsPaidLater(tt *testing.T) {
	t := newTill(tt)
	t.s.Shops = counter{}
	t.limit(maker, umum, ledger.NoLimit)
	o, err := t.s.CounterSale(t.ctx, of(maker), CounterSale{Lines: []PlaceLine{pieces(kopi, 2)}})
	require.NoError(t, err)
	require.Equal(t, Invoiced, o.Status)
	require.Equal(t, o.Total, t.owed(maker, umum, ledger.Trade))
	var v id.ID
	require.NoError(t, t.d.R(t.ctx).Raw("SELECT id FROM invoice WHERE order_id = ?", o.ID).Scan(&v).Error)
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v, Reason: "given back at once"})
	require.NoError(t, err)
	require.Zero(t, t.owed(maker, umum, ledger.Trade))
	t.even()
}

// TestAShortReceiptAsksForWhatWasAccepted: the total stays what was ordered; what is still asked for, and what may be invoiced,
// is what was accepted.
func TestAShortReceiptAsksForWhatWasAccepted(tt *testing.T) {
	t := newTill(tt)
	o := t.ordered(maker, depot, pieces(kopi, 10), pieces(teh, 3))
	total := o.Total
	require.Equal(t, total, o.ToInvoice())
	h := t.dispatched(t.confirmed(o))
	_, err := t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID, Lines: []ReceiveLine{{N: 1, Received: qty.Units(6), Damaged: qty.Units(1), Short: qty.Units(2), Refused: qty.Units(1)}}})
	require.NoError(t, err)
	o = t.order(o)
	require.Equal(t, total, o.Total, "the total is what was ordered")
	require.Equal(t, qty.Units(6), o.Lines[0].Billable(false))
	require.Equal(t, o.CreditHeld, o.ToInvoice())
	want := o.ToInvoice()
	require.Less(t, want, total)
	v := t.billed(o)
	require.Equal(t, want, v.Total, "and is invoiced to the last rupiah")
	o = t.order(o)
	require.Zero(t, o.ToInvoice())
	require.Zero(t, o.CreditHeld)
	require.Equal(t, Invoiced, o.Status)
	require.Equal(t, total, o.Total)
	seen, err := t.s.Order(t.ctx, of(depot), o.ID)
	require.NoError(t, err)
	require.Equal(t, v.Total, seen.Lanes[len(seen.Lanes)-1].Owed, "due is what is invoiced")
}
