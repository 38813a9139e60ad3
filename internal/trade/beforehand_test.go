package trade

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

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
	own := Return{Step: Step{Order: o.ID}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(1)}}}
	_, err = t.s.Return(t.ctx, of(depot), own)
	t.refused(err, "order.not_now")
	_, err = t.s.Return(t.ctx, of(maker), own)
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

// TestWhatWasPaidForGoesOutWhateverElseIsOwed: an order on account stands open; one paid beforehand by its own invoice is sent as far
// as that was paid, and one that was not paid waits. What was paid and bounced, or was credited again, sends nothing more.
func TestWhatWasPaidForGoesOutWhateverElseIsOwed(tt *testing.T) {
	t := newTill(tt)
	account := t.confirmed(t.ordered(maker, depot, pieces(kopi, 20)))
	t.deals[[2]id.ID{maker, depot}].Prepay = true
	send := func(o Order, n int64) error {
		_, err := t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(n)}}})
		return err
	}
	pay := func(v Invoice, m money.Minor) Payment {
		p, err := t.s.Report(t.ctx, of(depot), Report{Payee: maker, Currency: "IDR", Amount: m, Method: "transfer"})
		require.NoError(t, err)
		p, err = t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: p.ID, Allocate: []Allocation{{v.ID, m}}})
		require.NoError(t, err)
		return p
	}
	o, unpaid := t.confirmed(t.ordered(maker, depot, pieces(kopi, 10))), t.confirmed(t.ordered(maker, depot, pieces(kopi, 10)))
	v := t.billed(o)
	t.refused(send(o, 1), "order.prepay_due")
	first := pay(v, v.Total/2)
	t.refused(send(o, 6), "order.prepay_due")
	require.NoError(t, send(o, 5))
	t.refused(send(o, 1), "order.prepay_due")
	t.refused(send(unpaid, 1), "order.prepay_due")
	pay(v, v.Open()-v.Total/2)
	_, err := t.s.Bounce(t.ctx, of(maker), PayStep{Payment: first.ID, Reason: "no cover"})
	require.NoError(t, err)
	t.refused(send(o, 1), "order.prepay_due")
	pay(v, first.Amount)
	require.NoError(t, send(o, 4))
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "let off", Lines: []BillLine{{Line: 1, Qty: qty.Units(1)}}})
	require.NoError(t, err)
	t.refused(send(o, 1), "order.prepay_due")
	require.Positive(t, t.order(account).CreditHeld, "the order on account still stands")
	t.even()
}

// TestGoodsThatCameBackUnbilledHoldNothing: what came back before it was invoiced holds no credit and keeps no order open.
func TestGoodsThatCameBackUnbilledHoldNothing(tt *testing.T) {
	t := newTill(tt)
	o := t.delivered(maker, depot, pieces(kopi, 10))
	v := t.billed(o, BillLine{1, qty.Units(6)})
	_, err := t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Reason: "too many"}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(5)}}})
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
