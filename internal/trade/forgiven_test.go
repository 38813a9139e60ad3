package trade

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// discounted is an invoice of ten that is paid early: with two per cent off.
func (t *till) discounted() (o Order, v Invoice, paid money.Minor) {
	t.Helper()
	d := t.deals[[2]id.ID{maker, depot}]
	d.EarlyDays, d.EarlyBps = 10, 200
	o = t.delivered(maker, depot, pieces(kopi, 10))
	v = t.billed(o)
	off, _ := idr.Share(v.Total, 2, 100)
	t.paid(maker, depot, v.Total-off)
	require.Equal(t, "paid", t.invoice(v).Status)
	return o, v, v.Total - off
}

// TestNothingIsGivenBackThatWasNotPaid: a return, a credit note and an invoice that is taken back give the buyer what it paid, and not
// what it was forgiven.
func TestNothingIsGivenBackThatWasNotPaid(tt *testing.T) {
	for name, credit := range map[string]func(*till, Order, Invoice) error{
		"returned": func(t *till, o Order, _ Invoice) error {
			_, err := t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Reason: "stale"}})
			return err
		},
		"credited": func(t *till, _ Order, v Invoice) error {
			_, err := t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Lines: []BillLine{{1, qty.Units(10)}}, Reason: "stale"})
			return err
		},
		"credited in parts": func(t *till, _ Order, v Invoice) error {
			for _, n := range []int64{1, 6, 3} {
				if _, err := t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Lines: []BillLine{{1, qty.Units(n)}}, Reason: "stale"}); err != nil {
					return err
				}
				t.even()
			}
			return nil
		},
		"taken back": func(t *till, _ Order, v Invoice) error {
			_, err := t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "wrong address"})
			return err
		},
	} {
		tt.Run(name, func(tt *testing.T) {
			t := newTill(tt)
			gone := func(o Order, v Invoice, paid money.Minor, why string) {
				before := t.owed(depot, maker, ledger.Deposit)
				require.NoError(t, credit(t, o, v))
				t.even()
				require.Equal(t, paid, t.owed(depot, maker, ledger.Deposit)-before, why)
				require.Equal(t, "credited", t.invoice(v).Status)
				require.Zero(t, t.owed(maker, depot, ledger.Trade))
			}
			o, v, paid := t.discounted()
			gone(o, v, paid, "all but the discount")
			t.days(20) // no discount any more
			bad := t.delivered(maker, depot, pieces(kopi, 10))
			w := t.billed(bad)
			_, err := t.s.WriteOff(t.ctx, of(maker), WriteOff{Invoice: w.ID, Reason: "bankrupt"})
			require.NoError(t, err)
			gone(bad, w, 0, "nothing of what was written off")
			half := t.delivered(maker, depot, pieces(kopi, 10))
			x := t.billed(half)
			t.paid(maker, depot, x.Total/2, Allocation{x.ID, x.Total / 2})
			_, err = t.s.WriteOff(t.ctx, of(maker), WriteOff{Invoice: x.ID, Amount: x.Total / 4, Reason: "settled"})
			require.NoError(t, err)
			gone(half, x, x.Total/2, "the half that was paid; a quarter was open")
		})
	}
}

// TestPointsThatWereSpentOnWhatIsCreditedComeBack: in parts by whole points, and never as money.
func TestPointsThatWereSpentOnWhatIsCreditedComeBack(tt *testing.T) {
	t := newTill(tt)
	g := t.rewards(OnDelivery)
	t.delivered(maker, depot, pieces(kopi, 30)) // earns 30
	t.days(1)
	o := t.delivered(maker, depot, pieces(kopi, 10)) // and 10 more, which expire a day later
	v := t.billed(o)
	_, err := t.s.Redeem(t.ctx, of(depot), Redeem{Programme: g.ID, Invoice: v.ID, Points: 33})
	require.NoError(t, err)
	t.paid(maker, depot, v.Total-330_000, Allocation{v.ID, v.Total - 330_000})
	require.EqualValues(t, 7, t.card().Have)
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Lines: []BillLine{{1, qty.Units(1)}}, Reason: "one was wet"})
	require.NoError(t, err)
	t.even()
	require.EqualValues(t, 7+33-1, t.card().Have, "what was forgiven goes first: all 33, and the one that a piece had earned is taken back")
	require.Equal(t, v.Total/10-330_000, t.owed(depot, maker, ledger.Deposit))
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "all of it", Lines: []BillLine{{1, qty.Units(9)}}})
	require.NoError(t, err)
	t.even()
	require.EqualValues(t, 30, t.card().Have)
	require.Equal(t, v.Total-330_000, t.owed(depot, maker, ledger.Deposit))

	w := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
	_, err = t.s.Redeem(t.ctx, of(depot), Redeem{Programme: g.ID, Invoice: w.ID, Points: 30})
	require.NoError(t, err)
	t.paid(maker, depot, w.Total-300_000, Allocation{w.ID, w.Total - 300_000})
	before := t.owed(depot, maker, ledger.Deposit)
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: w.ID, Reason: "wrong address"})
	require.NoError(t, err)
	t.even()
	require.EqualValues(t, 40, t.card().Have, "an invoice that is taken back leaves the points of its delivery")
	require.Equal(t, w.Total-300_000, t.owed(depot, maker, ledger.Deposit)-before)
}

// TestCommissionFallsAwayOnce: by what is given back of what was paid, or by what was sold and not written off before.
func TestCommissionFallsAwayOnce(tt *testing.T) {
	for _, on := range []string{OnOrder, OnDelivery, OnPayment} {
		tt.Run(on, func(tt *testing.T) {
			t := newTill(tt)
			d := t.deals[[2]id.ID{maker, depot}]
			d.Agent, d.Appointment, d.CommissionBps, d.CommissionOn = agen, 900, 500, on
			v := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
			half := v.Total / 2
			t.paid(maker, depot, half, Allocation{v.ID, half})
			fee, _ := idr.Share(v.Net, 5, 200)
			_, err := t.s.WriteOff(t.ctx, of(maker), WriteOff{Invoice: v.ID, Reason: "bankrupt"})
			require.NoError(t, err)
			require.Equal(t, fee, t.commission())
			_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Lines: []BillLine{{1, qty.Units(5)}}, Reason: "stale"})
			require.NoError(t, err)
			t.even()
			require.Zero(t, t.owed(depot, maker, ledger.Deposit))
			require.Equal(t, fee, t.commission(), "what was credited had been written off, and its commission with it")
			_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Lines: []BillLine{{1, qty.Units(5)}}, Reason: "stale"})
			require.NoError(t, err)
			t.even()
			require.Equal(t, half, t.owed(depot, maker, ledger.Deposit))
			require.Zero(t, t.commission())

			w := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
			_, err = t.s.WriteOff(t.ctx, of(maker), WriteOff{Invoice: w.ID, Reason: "bankrupt"})
			require.NoError(t, err)
			require.Zero(t, t.commission())
			_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: w.ID, Reason: "wrong address"})
			require.NoError(t, err)
			t.even()
			if on != OnPayment {
				require.Equal(t, 2*fee, t.commission(), "its write-off is taken back with it: that trade stands")
			}
		})
	}
}

// TestAnInvoiceThatIsOpenAgainSaysSo: its money bounced after it was credited whole.
func TestAnInvoiceThatIsOpenAgainSaysSo(tt *testing.T) {
	t := newTill(tt)
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 2)))
	p := t.paid(maker, depot, v.Total)
	_, err := t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Lines: []BillLine{{1, qty.Units(2)}}, Reason: "stale"})
	require.NoError(t, err)
	require.Equal(t, "credited", t.invoice(v).Status)
	_, err = t.s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "no cover"})
	require.NoError(t, err)
	require.Equal(t, v.Total, t.invoice(v).Open())
	require.Equal(t, "open", t.invoice(v).Status)
	_, err = t.s.Apply(t.ctx, of(maker), Apply{Buyer: depot, Currency: "IDR"})
	require.NoError(t, err)
	require.Equal(t, "credited", t.invoice(v).Status)
	t.even()
}

// TestABouncedPaymentWhoseDiscountWasTakenBack opens its money again, and nothing twice.
func TestABouncedPaymentWhoseDiscountWasTakenBack(tt *testing.T) {
	t := newTill(tt)
	_, v, paid := t.discounted()
	var pay id.ID
	require.NoError(t, t.d.R(t.ctx).Raw("SELECT payment_id FROM payment_part WHERE invoice_id = ? AND kind = 'discount'", v.ID).Scan(&pay).Error)
	_, err := t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Lines: []BillLine{{1, qty.Units(10)}}, Reason: "stale"})
	require.NoError(t, err)
	_, err = t.s.Bounce(t.ctx, of(maker), PayStep{Payment: pay, Reason: "no cover"})
	require.NoError(t, err)
	t.even()
	require.Equal(t, paid, t.invoice(v).Open())
	require.Equal(t, paid, t.owed(depot, maker, ledger.Deposit))
}
