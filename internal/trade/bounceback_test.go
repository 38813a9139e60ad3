package trade

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/qty"
)

// TestCollectedMoneyBouncesAfterItWasRemitted: the principal owes the agent back, who sets it against the next remittance, or is given it.
func TestCollectedMoneyBouncesAfterItWasRemitted(tt *testing.T) {
	t := newTill(tt)
	d := t.deals[[2]id.ID{maker, depot}]
	d.Agent, d.Appointment, d.MayCollect = agen, 900, true
	collected := func(v Invoice) Payment {
		r, err := t.s.Report(t.ctx, of(agen), Report{Payer: depot, Payee: maker, Currency: "IDR", Amount: v.Open(), Method: "giro", Collected: true,
			Allocate: []Allocation{{v.ID, v.Open()}}})
		require.NoError(t, err)
		r, err = t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: r.ID})
		require.NoError(t, err)
		return r
	}
	remit := func(back bool) (Payment, error) {
		return t.s.Remit(t.ctx, of(maker), Remit{Agent: agen, Back: back, Currency: "IDR", Method: "transfer"})
	}
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 5)))
	p := collected(v)
	_, err := remit(false)
	require.NoError(t, err)
	_, err = t.s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "no cover"})
	require.NoError(t, err)
	t.even()
	require.Equal(t, "open", t.invoice(v).Status)
	require.Equal(t, v.Total, t.owed(agen, maker, ledger.Collection))
	for _, a := range []id.ID{maker, agen} {
		held, err := t.s.Collections(t.ctx, of(a), list.Query{})
		require.NoError(t, err)
		require.Len(t, held.Items, 1)
		require.Equal(t, -v.Total, held.Items[0].Amount)
	}
	w := t.billed(t.delivered(maker, depot, pieces(kopi, 2)))
	collected(w)
	_, err = remit(false)
	t.refused(err, "payment.nothing_collected")
	collected(v)
	got, err := remit(false)
	require.NoError(t, err)
	require.Equal(t, w.Total, got.Amount, "what it handed over of the bounced money is set off")
	require.Zero(t, t.owed(agen, maker, ledger.Collection))
	require.Zero(t, t.owed(maker, agen, ledger.Collection))
	t.even()

	x := t.billed(t.delivered(maker, depot, pieces(kopi, 1)))
	p = collected(x)
	_, err = remit(false)
	require.NoError(t, err)
	_, err = t.s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "no cover"})
	require.NoError(t, err)
	got, err = remit(true)
	require.NoError(t, err)
	require.Equal(t, x.Total, got.Amount)
	require.Equal(t, agen, got.Payee)
	require.Zero(t, t.owed(agen, maker, ledger.Collection))
	_, err = remit(true)
	t.refused(err, "payment.nothing_collected")
	t.even()
}

// TestADepositBouncesAfterItWasPaidBack: what is gone the payer owes as a claim, which it can pay; what settled an invoice is open again.
func TestADepositBouncesAfterItWasPaidBack(tt *testing.T) {
	t := newTill(tt)
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 2)))
	p := t.paid(maker, depot, v.Total+777_00)
	_, err := t.s.Refund(t.ctx, of(maker), Refund{Buyer: depot, Currency: "IDR", Method: "transfer"})
	require.NoError(t, err)
	_, err = t.s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "no cover"})
	require.NoError(t, err)
	t.even()
	require.Equal(t, v.Total, t.invoice(v).Open())
	require.EqualValues(t, 777_00, t.owed(maker, depot, ledger.Claim))
	require.Zero(t, t.owed(maker, depot, ledger.CashPaid))
	c, err := t.s.PayClaim(t.ctx, of(depot), PayClaim{Payee: maker, Currency: "IDR", Method: "transfer"})
	require.NoError(t, err)
	require.EqualValues(t, 777_00, c.Amount)
	_, err = t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: c.ID})
	require.NoError(t, err)
	require.Zero(t, t.owed(maker, depot, ledger.Claim))
	t.even()
}

// TestWhatIsNowhereIsNotBusyForEver: goods that were set aside and are not where they were left are refused with a sentence, and not
// with the advice to try again.
func TestWhatIsNowhereIsNotBusyForEver(tt *testing.T) {
	t := newTill(tt)
	t.deals[[2]id.ID{maker, depot}].TitleOn = "confirmation"
	o := t.confirmed(t.ordered(maker, depot, pieces(kopi, 4)))
	at := ledger.Position{Lot: lotKopi, Product: kopi, Owner: depot, Place: shed(maker), Bearer: maker}
	to := at
	to.Place = 40 + maker
	_, err := t.book.Post(t.ctx, ledger.Draft("goods.transferred", "transfer/1", id.By{Person: 21, Org: maker}, 1, t.clock.Now()).Move(at, to, qty.Units(4)))
	require.NoError(t, err)
	_, err = t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}})
	t.refused(err, "trade.not_as_booked")
	_, err = t.s.Cancel(t.ctx, of(maker), Step{Order: o.ID})
	t.refused(err, "trade.not_as_booked")
	_, err = t.book.Post(t.ctx, ledger.Draft("goods.transferred", "transfer/2", id.By{Person: 21, Org: maker}, 2, t.clock.Now()).Move(to, at, qty.Units(4)))
	require.NoError(t, err)
	_, err = t.s.Cancel(t.ctx, of(maker), Step{Order: o.ID})
	require.NoError(t, err)
}
