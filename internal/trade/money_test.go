package trade

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
)

func (t *till) refused(err error, code string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, errs.CodeOf(err), "%v", err)
}

func TestPartInvoicesSumToTheOrderAndArePaid(tt *testing.T) {
	t := newTill(tt)
	o := t.delivered(maker, depot, pieces(kopi, 7), pieces(teh, 3))
	_, err := t.s.Bill(t.ctx, of(maker), Bill{Step: Step{Order: o.ID}, Lines: []BillLine{{1, qty.Units(8)}}})
	t.refused(err, "invoice.invalid")
	_, err = t.s.Bill(t.ctx, of(toko), Bill{Step: Step{Order: o.ID}})
	t.refused(err, "not_found")
	a := t.billed(o, BillLine{1, qty.Units(3)})
	require.Equal(t, "INV/2026/000001", a.Number)
	require.Equal(t, "2026-04-01", string(a.DueOn))
	require.Equal(t, Delivered, t.order(o).Status)
	b := t.billed(o)
	require.Equal(t, "INV/2026/000002", b.Number)
	o = t.order(o)
	require.Equal(t, Invoiced, o.Status)
	require.Zero(t, o.CreditHeld)
	require.Equal(t, o.Total, a.Total+b.Total)
	require.Equal(t, o.Tax, a.Tax+b.Tax)
	_, err = t.s.Bill(t.ctx, of(maker), Bill{Step: Step{Order: o.ID}})
	t.refused(err, "invoice.nothing_to_bill")

	t.paid(maker, depot, a.Total+100)
	require.Equal(t, "paid", t.invoice(a).Status)
	require.Equal(t, "part", t.invoice(b).Status)
	require.Equal(t, Invoiced, t.order(o).Status)
	t.paid(maker, depot, b.Total) // 100 too much
	require.Equal(t, Paid, t.order(o).Status)
	require.EqualValues(t, 100, t.owed(depot, maker, ledger.Deposit))
	require.Equal(t, o.Total+100, t.owed(maker, depot, ledger.CashPaid))
}

func TestAllocationIsOldestDueFirstUnlessTold(tt *testing.T) {
	t := newTill(tt)
	var v []Invoice
	for range 3 {
		v = append(v, t.billed(t.delivered(maker, depot, pieces(kopi, 1))))
		t.days(1)
	}
	t.paid(maker, depot, v[0].Total+1000)
	require.Equal(t, "paid", t.invoice(v[0]).Status)
	require.EqualValues(t, 1000, t.invoice(v[1]).Settled)
	t.paid(maker, depot, 700, Allocation{v[2].ID, 500})
	require.EqualValues(t, 500, t.invoice(v[2]).Settled)
	require.EqualValues(t, 200, t.owed(depot, maker, ledger.Deposit))
	late := t.reported(maker, depot, 300, Allocation{v[1].ID, 300})
	t.paid(maker, depot, v[1].Open()-1100, Allocation{v[1].ID, v[1].Open() - 1100})
	_, err := t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: late.ID, At: clock.Instant(631_152_000_000_000)})
	require.True(t, errs.Is(err, errs.Invalid), "1990 is before the money counts")
	_, err = t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: late.ID})
	require.NoError(t, err, "what was asked for is settled as far as it is open")
	require.Equal(t, "paid", t.invoice(v[1]).Status)
	require.EqualValues(t, 400, t.owed(depot, maker, ledger.Deposit))
	other := t.billed(t.delivered(depot, grosir, pieces(kopi, 1)))
	_, err = t.s.Report(t.ctx, of(depot), Report{Payee: maker, Currency: "IDR", Amount: 100, Method: "cash", Allocate: []Allocation{{other.ID, 100}}})
	t.refused(err, "not_found")
	_, err = t.s.Report(t.ctx, of(depot), Report{Payee: maker, Currency: "IDR", Amount: 100, Method: "cash", Allocate: []Allocation{{v[0].ID, 100}}})
	t.refused(err, "payment.more_than_open")
	require.Contains(t, i18n.Error(i18n.EN, err), v[0].Number)
}

func TestBadReportsAreRefused(tt *testing.T) {
	t := newTill(tt)
	good := Report{Payee: maker, Currency: "IDR", Amount: 100, Method: "transfer"}
	for name, c := range map[string]struct {
		change func(*Report)
		code   string
	}{
		"nothing":           {func(r *Report) { r.Amount = 0 }, "payment.invalid"},
		"below zero":        {func(r *Report) { r.Amount = -5 }, "payment.invalid"},
		"unknown method":    {func(r *Report) { r.Method = "shells" }, "payment.invalid"},
		"other currency":    {func(r *Report) { r.Currency = "USD" }, "payment.currency"},
		"no such currency":  {func(r *Report) { r.Currency = "XXX" }, "currency_unknown"},
		"to oneself":        {func(r *Report) { r.Payee = depot }, "payment.to_oneself"},
		"to a stranger":     {func(r *Report) { r.Payee = toko }, "not_found"},
		"tomorrow":          {func(r *Report) { r.ValueOn = "2026-03-03" }, "payment.invalid"},
		"another's account": {func(r *Report) { r.BankAccount = 99 }, "payment.invalid"},
		"not the agent":     {func(r *Report) { r.Collected = true }, "payment.may_not_collect"},
	} {
		r := good
		c.change(&r)
		_, err := t.s.Report(t.ctx, of(depot), r)
		require.Equal(t, c.code, errs.CodeOf(err), name)
	}
}

func TestConfirmOnceByOtherEyes(tt *testing.T) {
	t := newTill(tt)
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 2)))
	own, err := t.s.Report(t.ctx, of(maker), Report{Payer: depot, Payee: maker, Currency: "IDR", Amount: 500, Method: "giro"})
	require.NoError(t, err)
	_, err = t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: own.ID})
	t.refused(err, "payment.maker_checker")
	_, err = t.s.ConfirmPayment(t.ctx, second(maker), Confirm{Payment: own.ID})
	require.NoError(t, err)
	p := t.reported(maker, depot, v.Total-500)
	_, err = t.s.ConfirmPayment(t.ctx, of(depot), Confirm{Payment: p.ID})
	t.refused(err, "payment.payee_confirms")
	_, err = t.s.ConfirmPayment(t.ctx, of(toko), Confirm{Payment: p.ID})
	t.refused(err, "not_found")
	_, err = t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: p.ID, Version: 7})
	t.refused(err, "changed")

	key := Key{Client: "k1", Hash: [32]byte{1}}
	var wg sync.WaitGroup
	fail := make(chan error, 8)
	for range 8 {
		wg.Go(func() {
			_, err := t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Key: key, Payment: p.ID, Version: 1})
			fail <- err
		})
	}
	wg.Wait()
	close(fail)
	for err := range fail {
		require.NoError(t, err, "the same key is answered the same")
	}
	_, err = t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: p.ID})
	t.refused(err, "payment.not_reported")
	require.Equal(t, v.Total, t.owed(maker, depot, ledger.CashPaid))
	require.Zero(t, t.owed(maker, depot, ledger.Trade))
	t.even()

	r := t.reported(maker, depot, 77)
	_, err = t.s.RejectPayment(t.ctx, of(maker), PayStep{Payment: r.ID})
	t.refused(err, "required")
	r, err = t.s.RejectPayment(t.ctx, of(maker), PayStep{Payment: r.ID, Reason: "never came"})
	require.NoError(t, err)
	require.Equal(t, PayRejected, r.Status)
	t.even()
}

func TestCreditBeforeAndAfterPayment(tt *testing.T) {
	t := newTill(tt)
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 7), pieces(teh, 2)))
	t.paid(maker, depot, v.Total/2)
	credit := func(lines ...BillLine) (Invoice, error) {
		c, err := t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Lines: lines, Reason: "wrong goods"})
		t.even()
		return c, err
	}
	_, err := credit(BillLine{1, qty.Units(8)})
	t.refused(err, "credit.invalid")
	c, err := credit(BillLine{1, qty.Units(3)})
	require.NoError(t, err)
	require.Equal(t, "CN/2026/000001", c.Number)
	require.Equal(t, v.Total/2-c.Total, t.invoice(v).Settled)
	rest, err := credit()
	require.NoError(t, err)
	require.Equal(t, v.Total, -c.Total-rest.Total, "a full credit cancels exactly")
	require.Equal(t, v.Tax, -c.Tax-rest.Tax)
	require.Equal(t, "credited", t.invoice(v).Status)
	require.Equal(t, v.Total/2, t.owed(depot, maker, ledger.Deposit), "what was paid is a deposit")
	require.Zero(t, t.owed(maker, depot, ledger.Trade))
	_, err = credit()
	t.refused(err, "credit.nothing_left")
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: c.ID, Reason: "x"})
	t.refused(err, "credit.not_an_invoice")
}

func TestDepositIsAppliedOnceAndRefunded(tt *testing.T) {
	t := newTill(tt)
	t.paid(maker, depot, 3_000_000)
	a := t.billed(t.delivered(maker, depot, pieces(kopi, 1)))
	var wg sync.WaitGroup
	got := make([]error, 2)
	for i := range got { // the same credit spent twice at once
		wg.Go(func() {
			_, got[i] = t.s.Apply(t.ctx, of(maker), Apply{Buyer: depot, Currency: "IDR", Allocate: []Allocation{{a.ID, a.Total}}})
		})
	}
	wg.Wait()
	require.True(t, (got[0] == nil) != (got[1] == nil), "one is refused: %v, %v", got[0], got[1])
	t.even()
	require.Equal(t, 3_000_000-a.Total, t.owed(depot, maker, ledger.Deposit))
	_, err := t.s.Apply(t.ctx, of(maker), Apply{Buyer: depot, Currency: "IDR"})
	t.refused(err, "payment.nothing_open")
	_, err = t.s.Apply(t.ctx, of(toko), Apply{Seller: maker, Buyer: depot, Currency: "IDR"})
	t.refused(err, "not_found")
	_, err = t.s.Refund(t.ctx, of(maker), Refund{Buyer: depot, Currency: "IDR", Amount: 3_000_000, Method: "transfer"})
	t.refused(err, "payment.no_deposit")
	r, err := t.s.Refund(t.ctx, of(maker), Refund{Buyer: depot, Currency: "IDR", Method: "transfer"})
	require.NoError(t, err)
	require.Equal(t, maker, r.Payer)
	require.Zero(t, t.owed(depot, maker, ledger.Deposit))
	t.even()
}

func TestOneCreditLimitSpentTwiceAtOnce(tt *testing.T) {
	t := newTill(tt)
	t.limit(maker, depot, 2_000_000)
	t.paid(maker, depot, 500_000)
	var wg sync.WaitGroup
	got := make([]error, 2)
	for i := range got {
		wg.Go(func() {
			_, got[i] = t.s.Place(t.ctx, of(depot), Place{Seller: maker, Buyer: depot, Lines: []PlaceLine{pieces(kopi, 2)}})
		})
	}
	wg.Wait()
	if got[0] == nil {
		got[0], got[1] = got[1], got[0]
	}
	t.refused(got[0], "order.credit_exceeded")
	require.NoError(t, got[1])
	t.even()
	_, err := t.s.Refund(t.ctx, of(maker), Refund{Buyer: depot, Currency: "IDR", Method: "transfer"})
	t.refused(err, "payment.deposit_needed")
}

func TestEarlyPaymentEarnsItsDiscount(tt *testing.T) {
	t := newTill(tt)
	d := t.deals[[2]id.ID{maker, depot}]
	d.EarlyDays, d.EarlyBps = 10, 200
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
	t.days(10)
	off, _ := idr.Share(v.Total, 2, 100)
	p := t.paid(maker, depot, v.Total-off)
	require.Equal(t, "paid", t.invoice(v).Status)
	view, err := t.s.Payment(t.ctx, of(maker), p.ID)
	require.NoError(t, err)
	require.Equal(t, []string{partInvoice, partDiscount}, []string{view.Parts[0].Kind, view.Parts[1].Kind})
	require.Equal(t, off, view.Parts[1].Amount)
	late := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
	t.days(11)
	t.paid(maker, depot, late.Total-off)
	require.Equal(t, off, t.invoice(late).Open())
	w, err := t.s.WriteOff(t.ctx, of(maker), WriteOff{Invoice: late.ID, Reason: "small"})
	require.NoError(t, err)
	require.Equal(t, off, w.Amount)
	require.Equal(t, "paid", t.invoice(late).Status)
	t.even()
}

func TestCommission(tt *testing.T) {
	t := newTill(tt)
	d := t.deals[[2]id.ID{maker, depot}]
	d.Agent, d.Appointment, d.CommissionBps, d.CommissionOn, d.MayCollect = agen, 900, 500, OnPayment, true
	o := t.delivered(maker, depot, pieces(kopi, 10), pieces(teh, 10))
	v := t.billed(o)
	fee := func(net money.Minor) money.Minor { m, _ := idr.Share(net, 5, 100); return m }
	p := t.paid(maker, depot, v.Total)
	require.Equal(t, fee(v.Net), t.owed(agen, maker, ledger.Commission))
	_, err := t.s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "no cover"})
	require.NoError(t, err)
	require.Zero(t, t.owed(agen, maker, ledger.Commission))
	r, err := t.s.Report(t.ctx, of(agen), Report{Payer: depot, Payee: maker, Currency: "IDR", Amount: v.Total, Method: "cash", Collected: true})
	require.NoError(t, err)
	_, err = t.s.ConfirmPayment(t.ctx, of(agen), Confirm{Payment: r.ID})
	t.refused(err, "payment.payee_confirms")
	_, err = t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: r.ID})
	require.NoError(t, err)
	t.even()
	require.Equal(t, v.Total, t.owed(maker, agen, ledger.Collection))
	require.Zero(t, t.owed(maker, depot, ledger.CashPaid))
	_, err = t.s.Remit(t.ctx, of(maker), Remit{Agent: agen, Currency: "IDR", Amount: v.Total + 1, Method: "transfer"})
	t.refused(err, "payment.nothing_collected")
	_, err = t.s.Remit(t.ctx, of(maker), Remit{Agent: agen, Currency: "IDR", Method: "transfer"})
	require.NoError(t, err)
	require.Zero(t, t.owed(maker, agen, ledger.Collection))

	c, err := t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Lines: []BillLine{{2, qty.Units(10)}}, Reason: "stale"})
	require.NoError(t, err)
	require.Equal(t, fee(v.Net)-fee(-c.Net), t.owed(agen, maker, ledger.Commission))
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "all of it"})
	require.NoError(t, err)
	require.Zero(t, t.owed(agen, maker, ledger.Commission), "nothing is left of nothing")
	t.even()
}

func TestCommissionOnOrdersFollowsTheOrder(tt *testing.T) {
	t := newTill(tt)
	d := t.deals[[2]id.ID{maker, depot}]
	d.Agent, d.Appointment, d.CommissionBps, d.CommissionOn = agen, 900, 500, OnOrder
	fee := func(pcs int64) money.Minor { m, _ := idr.Share(10_100_00*money.Minor(pcs), 5, 100); return m }
	stands := func(pcs int64, after string) {
		t.Helper()
		require.Equal(t, fee(pcs), t.owed(agen, maker, ledger.Commission), after)
		t.even()
	}
	o := t.ordered(maker, depot, pieces(kopi, 10), pieces(kopi, 2))
	_, err := t.s.Amend(t.ctx, of(depot), Amend{Step: Step{Order: o.ID}, Lines: []AmendLine{{Line: 2}}})
	require.NoError(t, err)
	stands(0, "nothing is earned before the seller agrees")
	t.confirmed(t.order(o))
	stands(10, "confirmed, a line had been cancelled")
	for _, n := range []int64{14, 6, 8} {
		_, err = t.s.Amend(t.ctx, of(maker), Amend{Step: Step{Order: o.ID}, Lines: []AmendLine{{Line: 1, Qty: qty.Units(n)}}})
		require.NoError(t, err)
		stands(n, "amended")
	}
	h := t.dispatched(t.order(o), DispatchLine{Line: 1, Qty: qty.Units(5)})
	_, err = t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID, Lines: []ReceiveLine{{N: 1, Received: qty.Units(4), Refused: qty.Units(1)}}})
	require.NoError(t, err)
	stands(7, "one was refused")
	_, err = t.s.Cancel(t.ctx, of(maker), Step{Order: o.ID})
	require.NoError(t, err)
	stands(4, "the rest was cancelled")
	_, err = t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Reason: "stale"}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(1)}}})
	require.NoError(t, err)
	stands(3, "one came back before it was invoiced")
	t.billed(t.order(o))
	_, err = t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Reason: "stale"}})
	require.NoError(t, err)
	stands(0, "all came back")
}

func TestInvoiceNumbersHaveNoGapsUnderFiftyAtOnce(tt *testing.T) {
	t := newTill(tt)
	var orders []Order
	for range 50 {
		orders = append(orders, t.delivered(maker, depot, pieces(kopi, 2)))
	}
	var wg sync.WaitGroup
	for i, o := range orders {
		for range 2 { // twice each, with one key
			wg.Go(func() {
				_, err := t.s.Bill(t.ctx, of(maker), Bill{Step: Step{Order: o.ID, Key: Key{Client: fmt.Sprint("b", i), Hash: [32]byte{1}}}})
				if err != nil {
					t.Errorf("bill %d: %v", i, err)
				}
			})
		}
	}
	wg.Wait()
	var numbers []string
	require.NoError(t, t.d.R(t.ctx).Raw("SELECT number FROM invoice WHERE seller = ? ORDER BY serial_no", maker).Scan(&numbers).Error)
	require.Len(t, numbers, 50)
	for i, n := range numbers {
		require.Equal(t, fmt.Sprintf("INV/2026/%06d", i+1), n)
	}
	t.even()
}

func TestListsViewsAndStatement(tt *testing.T) {
	t := newTill(tt)
	var total money.Minor
	for range 5 {
		total += t.billed(t.delivered(maker, depot, pieces(kopi, 1))).Total
		t.days(1)
	}
	t.paid(maker, depot, 100)
	for _, sort := range []string{"", "issued_on", "-due_on", "id"} {
		seen, q := map[id.ID]bool{}, list.Query{Size: 2, Sort: sort}
		for pages := 0; ; pages++ {
			p, err := t.s.Invoices(t.ctx, of(depot), q)
			require.NoError(t, err)
			for _, v := range p.Items {
				require.False(t, seen[v.ID])
				seen[v.ID] = true
			}
			if q.Cursor = p.Next; q.Cursor == "" {
				require.Equal(t, 2, pages)
				break
			}
		}
		require.Len(t, seen, 5, sort)
	}
	none, err := t.s.Invoices(t.ctx, of(toko), list.Query{})
	require.NoError(t, err)
	require.Empty(t, none.Items)
	_, err = t.s.Invoices(t.ctx, of(depot), list.Query{Sort: "total"})
	t.refused(err, "list.bad_sort")
	part, err := t.s.Invoices(t.ctx, of(maker), list.Query{Filter: map[string]string{"side": "seller", "status": "part", "partner": depot.String()}})
	require.NoError(t, err)
	require.Len(t, part.Items, 1)
	view, err := t.s.Invoice(t.ctx, of(depot), part.Items[0].ID)
	require.NoError(t, err)
	require.Equal(t, "distributor", view.BuyerName)
	require.Len(t, view.Settlements, 1)
	require.EqualValues(t, 100, view.Settlements[0].Amount)
	_, err = t.s.Invoice(t.ctx, of(toko), part.Items[0].ID)
	t.refused(err, "not_found")
	pays, err := t.s.Payments(t.ctx, of(depot), list.Query{Filter: map[string]string{"side": "buyer"}})
	require.NoError(t, err)
	require.Len(t, pays.Items, 1)
	require.Equal(t, string(access.Buyer), string(pays.Items[0].Rel(depot)))

	st, err := t.s.Statement(t.ctx, of(depot), maker, depot, "IDR", "2026-03-03", "2026-03-31", AsOf{})
	require.NoError(t, err)
	require.Equal(t, total/5, st.Opening)
	require.Equal(t, total-100, st.Closing)
	require.Len(t, st.Rows, 5)
	require.Equal(t, "INV/2026/000002", st.Rows[0].Number)
	require.Equal(t, clock.Date("2026-03-03"), st.Rows[0].On)
	_, err = t.s.Statement(t.ctx, of(toko), maker, depot, "IDR", "2026-03-03", "2026-03-31", AsOf{})
	t.refused(err, "not_found")
	e, err := t.s.Exposures(t.ctx, of(maker), list.Query{}, AsOf{})
	require.NoError(t, err)
	require.Len(t, e.Items, 1)
	require.Equal(t, total-100, e.Items[0].Used)
	require.Equal(t, e.Items[0].Used, e.Items[0].Open-e.Items[0].Deposit)
	for _, who := range []id.ID{maker, depot} {
		side := map[id.ID]string{maker: "seller", depot: "buyer"}[who]
		look := func(x AsOf) Exposure {
			p, err := t.s.Exposures(t.ctx, of(who), list.Query{Filter: map[string]string{"side": side}}, x)
			require.NoError(t, err)
			require.Len(t, p.Items, 1)
			return p.Items[0]
		}
		require.Equal(t, e.Items[0].Used, look(AsOf{At: st.Rows[4].At + 1<<40}).Used, "all that is known")
		require.Equal(t, e.Items[0].Deposit, look(AsOf{Seq: 1 << 40}).Deposit)
		require.Zero(t, look(AsOf{Seq: 1}).Used, "before the first invoice was written down")
		require.Zero(t, look(AsOf{At: 1}).Used, "before the first invoice in the world")
		for _, r := range st.Rows {
			require.Equal(t, r.Balance, look(AsOf{Seq: r.Seq, At: r.At}).Used, "%s after journal %d", side, r.Seq)
			cut, err := t.s.Statement(t.ctx, of(who), maker, depot, "IDR", "2026-03-03", "2026-03-31", AsOf{Seq: r.Seq})
			require.NoError(t, err)
			require.Equal(t, r.Balance, cut.Closing, "as known after journal %d", r.Seq)
			cut, err = t.s.Statement(t.ctx, of(who), maker, depot, "IDR", "2026-03-03", "2026-03-31", AsOf{At: r.At})
			require.NoError(t, err)
			require.Equal(t, r.Balance, cut.Closing, "as it stood when journal %d took effect", r.Seq)
		}
		cut, err := t.s.Statement(t.ctx, of(who), maker, depot, "IDR", "2026-03-03", "2026-03-31", AsOf{At: 1})
		require.NoError(t, err)
		require.Zero(t, cut.Opening)
		require.Empty(t, cut.Rows)
	}
}

func TestCommissionNeverFallsBelowNothing(tt *testing.T) {
	t := newTill(tt)
	d := t.deals[[2]id.ID{maker, depot}]
	d.Agent, d.Appointment, d.CommissionBps, d.CommissionOn = agen, 900, 300, OnPayment
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 3)))
	p := t.paid(maker, depot, v.Total)
	_, err := t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Lines: []BillLine{{1, qty.Units(1)}}, Reason: "one was wet"})
	require.NoError(t, err)
	_, err = t.s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "no cover"})
	require.NoError(t, err)
	require.Zero(t, t.owed(agen, maker, ledger.Commission))
	t.even()

	for _, on := range []string{OnOrder, OnDelivery} { // a bad debt takes it back in proportion
		d.CommissionOn = on
		v := t.billed(t.delivered(maker, depot, pieces(teh, 4)))
		before := t.owed(agen, maker, ledger.Commission)
		require.Positive(t, before, on)
		_, err = t.s.WriteOff(t.ctx, of(maker), WriteOff{Invoice: v.ID, Amount: v.Total / 2, Reason: "bankrupt"})
		require.NoError(t, err)
		require.InDelta(t, int64(before)/2, int64(t.owed(agen, maker, ledger.Commission)), 100, on)
		_, err = t.s.WriteOff(t.ctx, of(maker), WriteOff{Invoice: v.ID, Reason: "bankrupt"})
		require.NoError(t, err)
		require.Zero(t, t.owed(agen, maker, ledger.Commission), on)
		t.even()
	}
}
