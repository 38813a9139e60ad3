package trade

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/money"
)

// saidOf is what is reported of some invoices, as one of their parties sees it on a list and on the page of each.
func (t *till) saidOf(who access.Actor, all ...Invoice) (out []money.Minor) {
	t.Helper()
	p, err := t.s.Invoices(t.ctx, who, list.Query{Filter: map[string]string{"kind": "invoice"}})
	require.NoError(t, err)
	have := map[id.ID]money.Minor{}
	for _, v := range p.Items {
		have[v.ID] = v.Said
	}
	for _, v := range all {
		one, err := t.s.Invoice(t.ctx, who, v.ID)
		require.NoError(t, err)
		require.Equal(t, one.Said, have[v.ID], "list and page of %s", v.Number)
		require.Equal(t, one.Said > 0, len(one.Reports) > 0, "reports behind %s", v.Number)
		out = append(out, one.Said)
	}
	return out
}

// toPay are the numbers of the invoices that the list still asks to pay, the next first.
func (t *till) toPay(who access.Actor, side string) (out []string) {
	t.Helper()
	q := list.Query{Sort: "due_on", Filter: map[string]string{"status": "to_pay", "side": side}}
	p, err := t.s.Invoices(t.ctx, who, q)
	require.NoError(t, err)
	for _, v := range p.Items {
		out = append(out, v.Number)
	}
	sum, err := t.s.InvoiceTotals(t.ctx, who, q)
	require.NoError(t, err)
	require.EqualValues(t, len(out), sum.N)
	return out
}

// TestWhatIsReportedIsNotToBePaidAgain: a report takes what it names off what is to be paid, on all sides; one that names nothing takes
// from the oldest; a part leaves the rest; rejected it is due again, and matched it is settled.
func TestWhatIsReportedIsNotToBePaidAgain(tt *testing.T) {
	t := newTill(tt)
	var v []Invoice
	for range 4 {
		v = append(v, t.billed(t.delivered(maker, depot, pieces(kopi, 1))))
		t.days(1)
	}
	other := t.billed(t.delivered(depot, grosir, pieces(kopi, 1))) // another pair has nothing to do with it
	full := v[0].Total
	require.Equal(t, []money.Minor{0, 0, 0, 0}, t.saidOf(of(depot), v...))
	require.Len(t, t.toPay(of(depot), "buyer"), 4)

	two := t.reported(maker, depot, full+500, Allocation{v[1].ID, full}, Allocation{v[2].ID, 500}) // several in one
	require.Equal(t, []money.Minor{0, full, 500, 0}, t.saidOf(of(depot), v...))
	require.Equal(t, []money.Minor{0, full, 500, 0}, t.saidOf(of(maker), v...), "whoever is owed sees it, too")
	require.Equal(t, []string{v[0].Number, v[2].Number, v[3].Number}, t.toPay(of(depot), "buyer"))
	require.Equal(t, []string{v[0].Number, v[2].Number, v[3].Number}, t.toPay(of(maker), "seller"))

	t.reported(maker, depot, full-200, Allocation{v[2].ID, full - 200}) // more than is left of it: no more than is open counts
	require.Equal(t, []money.Minor{0, full, full, 0}, t.saidOf(of(depot), v...))

	loose := t.reported(maker, depot, full+300) // names none: the oldest that nothing names, and a part of the next
	require.Equal(t, []money.Minor{full, full, full, 300}, t.saidOf(of(depot), v...))
	require.Equal(t, []string{v[3].Number}, t.toPay(of(depot), "buyer"))
	one, err := t.s.Invoice(t.ctx, of(depot), v[2].ID)
	require.NoError(t, err)
	require.Len(t, one.Reports, 3)
	require.Equal(t, []any{two.ID, money.Minor(500), "distributor", false}, []any{one.Reports[0].Payment, one.Reports[0].Amount, one.Reports[0].ByName, one.Reports[0].Loose})
	require.Equal(t, []any{loose.ID, true}, []any{one.Reports[2].Payment, one.Reports[2].Loose})

	_, err = t.s.RejectPayment(t.ctx, of(maker), PayStep{Payment: loose.ID, Reason: "not there"})
	require.NoError(t, err)
	require.Equal(t, []money.Minor{0, full, full, 0}, t.saidOf(of(depot), v...), "rejected, it is due again")
	_, err = t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: two.ID})
	require.NoError(t, err)
	t.even()
	require.Equal(t, []money.Minor{0, 0, full - 500, 0}, t.saidOf(of(depot), v...), "matched, it is settled and waits no more")
	require.Equal(t, []string{v[0].Number, v[3].Number}, t.toPay(of(depot), "buyer"))
	require.Equal(t, []money.Minor{0}, t.saidOf(of(grosir), other))
	_, err = t.s.Invoice(t.ctx, of(grosir), v[1].ID)
	t.refused(err, "not_found")
}

// TestADiscountInTimeIsNotLeftToPay: a bill that is reported less its discount is reported to the last while the report waits; reported late,
// or in part, it earns none.
func TestADiscountInTimeIsNotLeftToPay(tt *testing.T) {
	t := newTill(tt)
	d := t.deals[[2]id.ID{maker, depot}]
	d.EarlyDays, d.EarlyBps = 10, 200
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
	full := v.Total
	off, _ := idr.Share(full, 2, 100)
	part := t.reported(maker, depot, full/2, Allocation{v.ID, full / 2})
	require.Equal(t, []money.Minor{full / 2}, t.saidOf(of(depot), v), "a part earns nothing")
	_, err := t.s.RejectPayment(t.ctx, of(maker), PayStep{Payment: part.ID, Reason: "not there"})
	require.NoError(t, err)
	short := t.reported(maker, depot, full-off-1, Allocation{v.ID, full - off - 1})
	require.Equal(t, []money.Minor{full - off - 1}, t.saidOf(of(depot), v), "less than it takes earns nothing")
	_, err = t.s.RejectPayment(t.ctx, of(maker), PayStep{Payment: short.ID, Reason: "not there"})
	require.NoError(t, err)

	p := t.reported(maker, depot, full-off, Allocation{v.ID, full - off})
	require.Equal(t, []money.Minor{full}, t.saidOf(of(depot), v))
	require.Equal(t, []money.Minor{full}, t.saidOf(of(maker), v))
	require.Empty(t, t.toPay(of(depot), "buyer"))
	one, err := t.s.Invoice(t.ctx, of(depot), v.ID)
	require.NoError(t, err)
	require.Equal(t, []money.Minor{full - off, off, 0}, []money.Minor{one.Reports[0].Amount, one.Reports[0].Early, one.ToPay()})
	_, err = t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: p.ID})
	require.NoError(t, err)
	require.Equal(t, "paid", t.invoice(v).Status, "matched, the discount is given")
	t.even()

	late := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
	t.days(11)
	t.reported(maker, depot, full-off, Allocation{late.ID, full - off})
	require.Equal(t, []money.Minor{full - off}, t.saidOf(of(depot), late), "late, the discount is left to pay")
	require.Equal(t, []string{late.Number}, t.toPay(of(depot), "buyer"))
}

// TestReportsAreReadWithTheSameQuestions however many there are.
func TestReportsAreReadWithTheSameQuestions(tt *testing.T) {
	t := newTill(tt)
	bill := func() {
		v := t.billed(t.delivered(maker, depot, pieces(kopi, 1)))
		t.reported(maker, depot, 100, Allocation{v.ID, 100})
		t.reported(maker, depot, 50)
	}
	bill()
	asked := t.asked()
	read := func(n int) int64 {
		before := asked.Load()
		p, err := t.s.Invoices(t.ctx, of(depot), list.Query{Filter: map[string]string{"side": "buyer"}})
		require.NoError(t, err)
		require.Len(t, p.Items, n)
		require.NotZero(t, p.Items[0].Said)
		_, err = t.s.Invoice(t.ctx, of(depot), p.Items[0].ID)
		require.NoError(t, err)
		return asked.Load() - before
	}
	few := read(1)
	for range 5 {
		bill()
	}
	require.Equal(t, few, read(6))
}

// TestWhatAnAgentCollectedIsReportedToo, to all three; and a report of one currency is for invoices of that one alone.
func TestWhatAnAgentCollectedIsReportedToo(tt *testing.T) {
	t := newTill(tt)
	d := t.deals[[2]id.ID{maker, depot}]
	d.Agent, d.Appointment, d.MayCollect = agen, 900, true
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 1)))
	full := v.Total
	r, err := t.s.Report(t.ctx, of(agen), Report{Payer: depot, Payee: maker, Currency: "IDR", Amount: full, Method: "giro", Collected: true, Allocate: []Allocation{{v.ID, full}}})
	require.NoError(t, err)
	for _, who := range []id.ID{depot, maker, agen} {
		require.Equal(t, []money.Minor{full}, t.saidOf(of(who), v), "as %d sees it", who)
	}
	require.Empty(t, t.toPay(of(agen), "agent"))
	one, err := t.s.Invoice(t.ctx, of(depot), v.ID)
	require.NoError(t, err)
	require.Equal(t, []any{r.ID, "agent"}, []any{one.Reports[0].Payment, one.Reports[0].ByName}, "who said it is named")
	_, err = t.s.RejectPayment(t.ctx, of(maker), PayStep{Payment: r.ID, Reason: "not there"})
	require.NoError(t, err)
	require.Equal(t, []money.Minor{0}, t.saidOf(of(depot), v))

	d.Currency = money.Currencies["USD"]
	t.limitIn("USD", maker, depot, ledger.NoLimit)
	w, err := t.s.Bill(t.ctx, of(maker), Bill{Step: Step{Order: t.delivered(maker, depot, pieces(kopi, 1)).ID}})
	require.NoError(t, err)
	require.Equal(t, "USD", w.Currency)
	other, err := t.s.Report(t.ctx, of(depot), Report{Payee: maker, Currency: "USD", Amount: w.Total - 1, Method: "transfer"})
	require.NoError(t, err)
	require.Equal(t, []money.Minor{0, w.Total - 1}, t.saidOf(of(depot), v, w), "the older bill is of another currency")
	_, err = t.s.Report(t.ctx, of(depot), Report{Payee: maker, Currency: "IDR", Amount: full + w.Total, Method: "transfer"})
	require.NoError(t, err)
	require.Equal(t, []money.Minor{full, w.Total - 1}, t.saidOf(of(depot), v, w), "what is more than open of one is nothing of the other")
	one, err = t.s.Invoice(t.ctx, of(depot), w.ID)
	require.NoError(t, err)
	require.Len(t, one.Reports, 1)
	require.Equal(t, other.ID, one.Reports[0].Payment)
}
