package trade

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// commissioned has the maker owe its agent commission on a paid invoice.
func commissioned(tt *testing.T) (t *till, v Invoice, due money.Minor) {
	t = newTill(tt)
	d := t.deals[[2]id.ID{maker, depot}]
	d.Agent, d.Appointment, d.CommissionBps, d.CommissionOn = agen, 900, 500, OnDelivery
	v = t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
	due = t.owed(agen, maker, ledger.Commission)
	require.Positive(t, due)
	return t, v, due
}

// net is what the maker owes its agent, what is owed back deducted.
func (t *till) commission() money.Minor {
	return t.owed(agen, maker, ledger.Commission) - t.owed(maker, agen, ledger.Commission)
}

func TestCommissionIsPaidAndConfirmedByTheAgent(tt *testing.T) {
	t, _, due := commissioned(tt)
	ask := PayCommission{Agent: agen, Currency: "IDR", Method: "transfer"}
	_, err := t.s.PayCommission(t.ctx, of(depot), ask)
	t.refused(err, "not_found")
	more := ask
	more.Amount = due + 1
	_, err = t.s.PayCommission(t.ctx, of(maker), more)
	t.refused(err, "commission.more_than_due")
	ask.Key, ask.Amount = Key{Client: "c1", Hash: [32]byte{1}}, due-100
	p, err := t.s.PayCommission(t.ctx, of(maker), ask)
	require.NoError(t, err)
	again, err := t.s.PayCommission(t.ctx, of(maker), ask)
	require.NoError(t, err)
	require.Equal(t, p.ID, again.ID)
	require.Equal(t, due, t.commission(), "nothing moves before the agent agrees")
	all := ask
	all.Key, all.Amount = Key{}, 0
	rest, err := t.s.PayCommission(t.ctx, of(maker), all)
	require.NoError(t, err)
	require.EqualValues(t, 100, rest.Amount, "what is reported is not due twice")
	_, err = t.s.PayCommission(t.ctx, of(maker), all)
	t.refused(err, "commission.nothing_due")

	_, err = t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: p.ID})
	t.refused(err, "payment.payee_confirms")
	_, err = t.s.ConfirmPayment(t.ctx, of(depot), Confirm{Payment: p.ID})
	t.refused(err, "not_found")
	_, err = t.s.ConfirmPayment(t.ctx, of(agen), Confirm{Payment: p.ID, Version: 9})
	t.refused(err, "changed")
	v, err := t.s.ConfirmPayment(t.ctx, of(agen), Confirm{Payment: p.ID, Version: 1})
	require.NoError(t, err)
	require.Equal(t, PayConfirmed, v.Status)
	require.EqualValues(t, 100, t.commission())
	require.Equal(t, due-100, t.owed(agen, maker, ledger.CashPaid))
	_, err = t.s.RejectPayment(t.ctx, of(agen), PayStep{Payment: rest.ID, Reason: "not in the account"})
	require.NoError(t, err)
	require.EqualValues(t, 100, t.commission())
	_, err = t.s.Bounce(t.ctx, of(agen), PayStep{Payment: p.ID, Reason: "no cover"})
	require.NoError(t, err)
	require.Equal(t, due, t.commission())
	require.Zero(t, t.owed(agen, maker, ledger.CashPaid))
	t.even()

	own, err := t.s.PayCommission(t.ctx, of(agen), PayCommission{Principal: maker, Currency: "IDR", Method: "cash"})
	require.NoError(t, err)
	_, err = t.s.ConfirmPayment(t.ctx, of(agen), Confirm{Payment: own.ID})
	t.refused(err, "payment.maker_checker")
	_, err = t.s.ConfirmPayment(t.ctx, second(agen), Confirm{Payment: own.ID})
	require.NoError(t, err)
	require.Zero(t, t.commission())
	t.even()
}

func TestCommissionThatFallsAwayAfterItWasPaidIsOwedBack(tt *testing.T) {
	t, v, due := commissioned(tt)
	p, err := t.s.PayCommission(t.ctx, of(maker), PayCommission{Agent: agen, Currency: "IDR", Method: "transfer"})
	require.NoError(t, err)
	_, err = t.s.ConfirmPayment(t.ctx, of(agen), Confirm{Payment: p.ID})
	require.NoError(t, err)
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "all stale", Lines: []BillLine{{1, qty.Units(10)}}})
	require.NoError(t, err)
	require.Equal(t, -due, t.commission())
	t.even()
	t.delivered(maker, depot, pieces(kopi, 10))
	_, err = t.s.PayCommission(t.ctx, of(maker), PayCommission{Agent: agen, Currency: "IDR", Method: "transfer"})
	t.refused(err, "commission.nothing_due")
	t.delivered(maker, depot, pieces(kopi, 10))
	var two []Payment
	for range 2 {
		p, err := t.s.PayCommission(t.ctx, of(maker), PayCommission{Agent: agen, Currency: "IDR", Method: "transfer", Amount: due / 2})
		require.NoError(t, err)
		two = append(two, p)
	}
	_, err = t.s.Bounce(t.ctx, of(agen), PayStep{Payment: two[0].ID, Reason: "x"})
	t.refused(err, "payment.not_confirmed")
	var wg sync.WaitGroup
	for _, p := range two {
		wg.Go(func() {
			_, err := t.s.ConfirmPayment(t.ctx, of(agen), Confirm{Payment: p.ID})
			require.NoError(t, err)
		})
	}
	wg.Wait()
	require.Equal(t, due-due/2*2, t.commission())
	require.Zero(t, t.owed(maker, agen, ledger.Commission), "set off")
	t.even()
}

func TestCommissionIsSeenByItsTwoSides(tt *testing.T) {
	t, _, due := commissioned(tt)
	t.days(1)
	t.delivered(maker, depot, pieces(kopi, 2))
	for _, a := range []id.ID{maker, agen} {
		first, err := t.s.Commissions(t.ctx, of(a), list.Query{Size: 1})
		require.NoError(t, err)
		require.Len(t, first.Items, 1)
		rest, err := t.s.Commissions(t.ctx, of(a), list.Query{Size: 1, Cursor: first.Next})
		require.NoError(t, err)
		require.Equal(t, due, rest.Items[0].Amount)
		require.Equal(t, OnDelivery, rest.Items[0].Cause)
		require.Equal(t, "2026-03-02", string(rest.Items[0].On))
		require.NotEmpty(t, rest.Items[0].OrderNumber)
		require.Empty(t, rest.Next)
		for from, n := range map[string]int{"2026-03-01": 2, "2026-03-03": 1, "2026-03-04": 0} {
			p, err := t.s.Commissions(t.ctx, of(a), list.Query{Filter: map[string]string{"from": from, "to": "2026-03-05", "currency": "IDR"}})
			require.NoError(t, err)
			require.Len(t, p.Items, n, from)
			var want money.Minor
			for _, x := range p.Items {
				want += x.Amount
			}
			total, err := t.s.CommissionTotals(t.ctx, of(a), list.Query{Size: 1, Filter: map[string]string{"from": from, "to": "2026-03-05", "currency": "IDR"}})
			require.NoError(t, err)
			require.EqualValues(t, n, total.N, from)
			if n > 0 {
				require.Equal(t, []Total{{Currency: "IDR", Amount: want}}, total.Of)
			}
		}
		all, err := t.s.CommissionTotals(t.ctx, of(a), list.Query{Size: 1})
		require.NoError(t, err)
		require.Equal(t, []Total{{Currency: "IDR", Amount: t.commission()}}, all.Of, "all of it, not the page's")
		sums, err := t.s.CommissionBalances(t.ctx, of(a))
		require.NoError(t, err)
		require.Equal(t, t.commission(), sums[0].Due)
		require.Equal(t, agen, sums[0].Agent)
		require.Equal(t, maker, sums[0].Principal)
	}
	none, err := t.s.Commissions(t.ctx, of(depot), list.Query{})
	require.NoError(t, err)
	require.Empty(t, none.Items)
	foreign, err := t.s.CommissionTotals(t.ctx, of(depot), list.Query{})
	require.NoError(t, err)
	require.Zero(t, foreign)
	_, err = t.s.Commissions(t.ctx, of(agen), list.Query{Filter: map[string]string{"side": "seller"}})
	require.Equal(t, errs.Invalid, errs.KindOf(err))
	_, err = t.s.Commissions(t.ctx, of(agen), list.Query{Filter: map[string]string{"from": "yesterday"}})
	t.refused(err, "list.bad_filter")

	p, err := t.s.PayCommission(t.ctx, of(maker), PayCommission{Agent: agen, Currency: "IDR", Method: "transfer", Amount: due})
	require.NoError(t, err)
	_, err = t.s.ConfirmPayment(t.ctx, of(agen), Confirm{Payment: p.ID})
	require.NoError(t, err)
	for _, a := range []id.ID{maker, agen} {
		st, err := t.s.Statement(t.ctx, of(a), maker, agen, "IDR", "2026-03-01", "2026-03-31", AsOf{})
		require.NoError(t, err)
		require.Equal(t, -t.commission(), st.Closing)
		require.Len(t, st.Rows, 3)
		ps, err := t.s.Payments(t.ctx, of(a), list.Query{Filter: map[string]string{"purpose": ForCommission}})
		require.NoError(t, err)
		require.Len(t, ps.Items, 1)
		_, err = t.s.Payment(t.ctx, of(a), p.ID)
		require.NoError(t, err)
	}
	none2, err := t.s.Exposures(t.ctx, of(agen), list.Query{}, AsOf{})
	require.NoError(t, err)
	require.Empty(t, none2.Items)
	_, err = t.s.Payment(t.ctx, of(depot), p.ID)
	t.refused(err, "not_found")
}

// TestCommissionThatIsOwedBackIsPaidBack: the agent says so, the principal's finance confirms it, each entry is exact.
func TestCommissionThatIsOwedBackIsPaidBack(tt *testing.T) {
	t, v, due := commissioned(tt)
	p, err := t.s.PayCommission(t.ctx, of(maker), PayCommission{Agent: agen, Currency: "IDR", Method: "transfer"})
	require.NoError(t, err)
	_, err = t.s.ConfirmPayment(t.ctx, of(agen), Confirm{Payment: p.ID})
	require.NoError(t, err)
	back := PayCommission{Principal: maker, Back: true, Currency: "IDR", Method: "transfer"}
	_, err = t.s.PayCommission(t.ctx, of(agen), back)
	t.refused(err, "commission.nothing_owed_back")
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "all stale", Lines: []BillLine{{1, qty.Units(10)}}})
	require.NoError(t, err)
	require.Equal(t, due, t.owed(maker, agen, ledger.Commission))

	_, err = t.s.PayCommission(t.ctx, of(depot), back)
	t.refused(err, "not_found")
	more := back
	more.Amount = due + 1
	_, err = t.s.PayCommission(t.ctx, of(agen), more)
	t.refused(err, "commission.more_than_due")
	some := back
	some.Key, some.Amount = Key{Client: "b1", Hash: [32]byte{2}}, due-300
	first, err := t.s.PayCommission(t.ctx, of(agen), some)
	require.NoError(t, err)
	again, err := t.s.PayCommission(t.ctx, of(agen), some)
	require.NoError(t, err)
	require.Equal(t, first.ID, again.ID)
	require.True(t, first.PaidBack())
	require.Equal(t, []id.ID{agen, maker, agen}, []id.ID{first.Payer, first.Payee, first.Agent})
	rest, err := t.s.PayCommission(t.ctx, of(agen), back)
	require.NoError(t, err)
	require.EqualValues(t, 300, rest.Amount, "what is reported is not owed back twice")
	_, err = t.s.PayCommission(t.ctx, of(agen), back)
	t.refused(err, "commission.nothing_owed_back")
	for _, a := range []id.ID{maker, agen} {
		sums, err := t.s.CommissionBalances(t.ctx, of(a))
		require.NoError(t, err)
		require.Equal(t, []any{-due, due, maker, agen}, []any{sums[0].Due, sums[0].Returning, sums[0].Principal, sums[0].Agent})
		_, err = t.s.Payment(t.ctx, of(a), first.ID)
		require.NoError(t, err)
		list, err := t.s.Payments(t.ctx, of(a), list.Query{Filter: map[string]string{"purpose": ForCommission, "status": PayReported}})
		require.NoError(t, err)
		require.Len(t, list.Items, 2)
	}
	require.Equal(t, due, t.owed(maker, agen, ledger.Commission), "nothing moves before the principal agrees")
	_, err = t.s.ConfirmPayment(t.ctx, of(agen), Confirm{Payment: first.ID})
	t.refused(err, "payment.payee_confirms")
	_, err = t.s.ConfirmPayment(t.ctx, of(depot), Confirm{Payment: first.ID})
	t.refused(err, "not_found")

	// Commission that is earned meanwhile is set off whole: what is left to pay back is less than what was reported.
	t.delivered(maker, depot, pieces(kopi, 4))
	earned := t.owed(agen, maker, ledger.Commission)
	require.Positive(t, earned)
	_, err = t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: first.ID})
	t.refused(err, "commission.more_than_due")
	_, err = t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: rest.ID})
	require.NoError(t, err)
	require.Zero(t, t.owed(agen, maker, ledger.Commission))
	require.Equal(t, due-earned-300, t.owed(maker, agen, ledger.Commission))
	require.EqualValues(t, 300, t.owed(maker, agen, ledger.CashPaid))
	t.even()
	_, err = t.s.Bounce(t.ctx, of(maker), PayStep{Payment: rest.ID, Reason: "no cover"})
	require.NoError(t, err)
	require.Equal(t, due-earned, t.owed(maker, agen, ledger.Commission))
	require.Zero(t, t.owed(maker, agen, ledger.CashPaid))
	_, err = t.s.RejectPayment(t.ctx, of(maker), PayStep{Payment: first.ID, Reason: "not in the account"})
	require.NoError(t, err)
	own, err := t.s.PayCommission(t.ctx, of(maker), PayCommission{Agent: agen, Back: true, Currency: "IDR", Method: "cash"}) // the principal's word
	require.NoError(t, err)
	_, err = t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: own.ID})
	t.refused(err, "payment.maker_checker")
	_, err = t.s.ConfirmPayment(t.ctx, second(maker), Confirm{Payment: own.ID})
	require.NoError(t, err)
	require.Zero(t, t.commission())
	require.Zero(t, t.owed(maker, agen, ledger.Commission))
	require.Equal(t, due-earned, t.owed(maker, agen, ledger.CashPaid))
	st, err := t.s.Statement(t.ctx, of(agen), maker, agen, "IDR", "2026-03-01", "2026-03-31", AsOf{})
	require.NoError(t, err)
	require.Zero(t, st.Closing)
	t.even()
}
