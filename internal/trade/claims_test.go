package trade

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// lost orders pieces that are received short, all of them, and says what one side owes the other for it.
func (t *till) lost(n int64, creditor, debtor id.ID) (Order, money.Minor) {
	t.Helper()
	before := t.owed(creditor, debtor, ledger.Claim)
	o := t.confirmed(t.ordered(maker, depot, pieces(kopi, n)))
	h := t.dispatched(o)
	h, err := t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID, Lines: []ReceiveLine{{N: h.Lines[0].N, Short: h.Lines[0].Qty}}})
	require.NoError(t, err)
	require.Equal(t, qty.Units(n), h.Lines[0].Short)
	return t.order(o), t.owed(creditor, debtor, ledger.Claim) - before
}

// claimed holds what both sides see of claims against what stands: in the exposures, the statement and the order's last lane.
func (t *till) claimed(o Order, ofOrder, due, back money.Minor) {
	t.Helper()
	for viewer, side := range map[id.ID]string{maker: "seller", depot: "buyer"} {
		p, err := t.s.Exposures(t.ctx, of(viewer), list.Query{Filter: map[string]string{"side": side}}, AsOf{})
		require.NoError(t, err)
		require.NotEmpty(t, p.Items)
		require.Equal(t, []money.Minor{due, back, 0}, []money.Minor{p.Items[0].Claim, p.Items[0].ClaimBack, p.Items[0].Used})
		p, err = t.s.Exposures(t.ctx, of(viewer), list.Query{Filter: map[string]string{"side": side}}, AsOf{At: t.clock.Now()})
		require.NoError(t, err)
		require.Equal(t, []money.Minor{due, back}, []money.Minor{p.Items[0].Claim, p.Items[0].ClaimBack}, "a look back at now")
		st, err := t.s.Statement(t.ctx, of(viewer), maker, depot, "IDR", "2026-01-01", "2026-12-31", AsOf{})
		require.NoError(t, err)
		require.Equal(t, due-back, st.Closing)
		require.NotEmpty(t, st.Rows)
		require.NotEmpty(t, st.Rows[0].Number, "a shipment is named")
		v, err := t.s.Order(t.ctx, of(viewer), o.ID)
		require.NoError(t, err)
		require.Equal(t, ofOrder, v.Lanes[len(v.Lanes)-1].Claim)
		require.Equal(t, len(v.Timeline), len(v.Lanes))
	}
	t.even()
}

// TestAClaimForLostGoodsIsSeenAndPaid: whoever bore the risk of goods that were another's owes for what was lost; both sides see
// it, it is paid like any debt, in parts, and no more than it comes to.
func TestAClaimForLostGoodsIsSeenAndPaid(tt *testing.T) {
	for _, x := range []struct {
		title, risk     string
		creditor, owing id.ID
	}{{"delivery", "dispatch", maker, depot}, {"dispatch", "delivery", depot, maker}} {
		tt.Run("title on "+x.title, func(tt *testing.T) {
			t := newTill(tt)
			d := t.deals[[2]id.ID{maker, depot}]
			d.TitleOn, d.RiskOn = x.title, x.risk
			sides := func(m money.Minor) (signed, due, back money.Minor) {
				if x.creditor == maker {
					return m, m, 0
				}
				return -m, 0, m
			}
			seen := func(o Order, ofOrder, all money.Minor) {
				t.Helper()
				signed, _, _ := sides(ofOrder)
				_, due, back := sides(all)
				t.claimed(o, signed, due, back)
			}
			pay := PayClaim{Payee: x.creditor, Currency: "IDR", Method: "transfer"}
			_, err := t.s.PayClaim(t.ctx, of(x.owing), pay)
			t.refused(err, "not_found")
			first, a := t.lost(3, x.creditor, x.owing)
			later, b := t.lost(5, x.creditor, x.owing)
			require.Positive(t, a)
			require.Zero(t, t.owed(x.owing, x.creditor, ledger.Claim))
			if x.creditor == depot {
				require.Equal(t, first.Net, a, "what was its own it has to pay for, and is owed")
			}
			seen(first, a, a+b)

			for _, who := range []id.ID{grosir, toko} {
				_, err = t.s.PayClaim(t.ctx, of(who), PayClaim{Payer: x.owing, Payee: x.creditor, Currency: "IDR", Method: "transfer"})
				t.refused(err, "not_found")
			}
			_, err = t.s.PayClaim(t.ctx, of(x.creditor), PayClaim{Payee: x.owing, Currency: "IDR", Method: "transfer"})
			t.refused(err, "not_found")
			bad := pay
			bad.Amount = a + b + 1
			_, err = t.s.PayClaim(t.ctx, of(x.owing), bad)
			t.refused(err, "claim.more_than_due")
			bad.Amount, bad.Method = 1, "shells"
			_, err = t.s.PayClaim(t.ctx, of(x.owing), bad)
			t.refused(err, "payment.invalid")
			bad.Amount, bad.Method = -1, "cash"
			_, err = t.s.PayClaim(t.ctx, of(x.owing), bad)
			t.refused(err, "payment.invalid")

			part := pay
			part.Amount = a - 1
			v, err := t.s.PayClaim(t.ctx, of(x.owing), part)
			require.NoError(t, err)
			require.Equal(t, []string{ForClaim, PayReported}, []string{v.Purpose, v.Status})
			rest := pay
			rest.Amount = b + 2
			_, err = t.s.PayClaim(t.ctx, of(x.owing), rest)
			t.refused(err, "claim.more_than_due")
			seen(first, a, a+b)
			_, err = t.s.ConfirmPayment(t.ctx, of(x.owing), Confirm{Payment: v.ID})
			t.refused(err, "payment.payee_confirms")
			_, err = t.s.ConfirmPayment(t.ctx, of(x.creditor), Confirm{Payment: v.ID, Allocate: []Allocation{{1, 1}}})
			t.refused(err, "claim.settles_no_invoice")
			v, err = t.s.ConfirmPayment(t.ctx, of(x.creditor), Confirm{Payment: v.ID})
			require.NoError(t, err)
			require.Equal(t, []any{PayConfirmed, part.Amount}, []any{v.Status, v.Allocated})
			seen(first, 1, b+1)
			seen(later, b, b+1)

			v, err = t.s.PayClaim(t.ctx, of(x.creditor), PayClaim{Payer: x.owing, Currency: "IDR", Method: "cash"})
			require.NoError(t, err, "the creditor's own finance says what it was paid")
			require.Equal(t, b+1, v.Amount)
			_, err = t.s.PayClaim(t.ctx, of(x.owing), pay)
			t.refused(err, "claim.nothing_due")
			_, err = t.s.ConfirmPayment(t.ctx, of(x.creditor), Confirm{Payment: v.ID})
			t.refused(err, "payment.maker_checker")
			_, err = t.s.ConfirmPayment(t.ctx, second(x.creditor), Confirm{Payment: v.ID})
			require.NoError(t, err)
			seen(first, 0, 0)
			seen(later, 0, 0)

			_, err = t.s.Bounce(t.ctx, of(x.creditor), PayStep{Payment: v.ID, Reason: "no cover"})
			require.NoError(t, err)
			seen(first, 1, b+1)
			seen(later, b, b+1)
		})
	}
}

// TestTwoPaymentsOfAClaimAtOnce: of two that would settle the same claim, one is refused in words.
func TestTwoPaymentsOfAClaimAtOnce(tt *testing.T) {
	t := newTill(tt)
	d := t.deals[[2]id.ID{maker, depot}]
	d.TitleOn, d.RiskOn = "delivery", "dispatch"
	_, due := t.lost(4, maker, depot)
	one, err := t.s.PayClaim(t.ctx, of(depot), PayClaim{Payee: maker, Currency: "IDR", Method: "transfer"})
	require.NoError(t, err)
	two := one // reported at the same time: as if neither had seen the other
	two.ID, two.Status, two.Version = t.d.IDs.Next(), PayReported, 1
	two.Number = "PAY-" + two.ID.String()
	p := draft("payment.reported", fmt.Sprintf("payment/%d/report", two.ID), of(depot).By(), two.ID, clock.Instant(t.clock.Now()), Key{})
	_, err = t.book.Post(t.ctx, p.File(two.row()))
	require.NoError(t, err)
	answers := make(chan error, 2)
	for _, v := range []Payment{one, two} {
		go func() {
			_, err := t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: v.ID})
			answers <- err
		}()
	}
	first, other := <-answers, <-answers
	if first != nil {
		first, other = other, first
	}
	require.NoError(t, first)
	t.refused(other, "claim.more_than_due")
	require.Zero(t, t.owed(maker, depot, ledger.Claim))
	require.Equal(t, due, t.owed(maker, depot, ledger.CashPaid))
	t.even()
}
