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
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "all stale"})
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
		}
		sums, err := t.s.CommissionBalances(t.ctx, of(a))
		require.NoError(t, err)
		require.Equal(t, t.commission(), sums[0].Due)
		require.Equal(t, agen, sums[0].Agent)
		require.Equal(t, maker, sums[0].Principal)
	}
	none, err := t.s.Commissions(t.ctx, of(depot), list.Query{})
	require.NoError(t, err)
	require.Empty(t, none.Items)
	_, err = t.s.Commissions(t.ctx, of(agen), list.Query{Filter: map[string]string{"side": "seller"}})
	require.Equal(t, errs.Invalid, errs.KindOf(err))
	_, err = t.s.Commissions(t.ctx, of(agen), list.Query{Filter: map[string]string{"from": "yesterday"}})
	t.refused(err, "list.bad_filter")

	p, err := t.s.PayCommission(t.ctx, of(maker), PayCommission{Agent: agen, Currency: "IDR", Method: "transfer", Amount: due})
	require.NoError(t, err)
	_, err = t.s.ConfirmPayment(t.ctx, of(agen), Confirm{Payment: p.ID})
	require.NoError(t, err)
	for _, a := range []id.ID{maker, agen} {
		st, err := t.s.Statement(t.ctx, of(a), maker, agen, "IDR", "2026-03-01", "2026-03-31")
		require.NoError(t, err)
		require.Equal(t, -t.commission(), st.Closing)
		require.Len(t, st.Rows, 3)
		ps, err := t.s.Payments(t.ctx, of(a), list.Query{Filter: map[string]string{"purpose": ForCommission}})
		require.NoError(t, err)
		require.Len(t, ps.Items, 1)
		_, err = t.s.Payment(t.ctx, of(a), p.ID)
		require.NoError(t, err)
	}
	none2, err := t.s.Exposures(t.ctx, of(agen), list.Query{})
	require.NoError(t, err)
	require.Empty(t, none2.Items)
	_, err = t.s.Payment(t.ctx, of(depot), p.ID)
	t.refused(err, "not_found")
}
