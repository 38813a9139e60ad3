package trade

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
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
		{"dispatch", "delivery", 8, 0, 2},
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
			want := int64(992)
			if c.risk == "dispatch" {
				want = 991
			}
			require.Equal(t, want, back, "the refused one, and the damaged one where it was the seller's risk: %v", t.where(lotKopi))
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
	_, err = t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID}})
	require.NoError(t, err)
	require.Zero(t, t.owns(depot, lotKopi))
	require.Equal(t, v.Total, t.owed(depot, maker, ledger.Deposit), "a full return cancels exactly")
	t.even()
}
