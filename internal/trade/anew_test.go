package trade

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/money"
	"saluran/internal/qty"
)

func TestAnInvoiceThatIsTakenBackIsReplaced(tt *testing.T) {
	t := newTill(tt)
	o := t.delivered(maker, depot, pieces(kopi, 10), pieces(teh, 3))
	held := o.CreditHeld
	v := t.billed(o)
	_, err := t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "wrong address"})
	require.NoError(t, err)
	t.even()
	o = t.order(o)
	require.Equal(t, Delivered, o.Status)
	require.Equal(t, held, o.CreditHeld, "it holds credit as before")
	require.Zero(t, t.owns(depot, lotKopi), "title waits for payment")
	again := t.billed(o)
	require.Equal(t, v.Total, again.Total)
	_, err = t.s.Bill(t.ctx, of(maker), Bill{Step: Step{Order: o.ID}})
	t.refused(err, "invoice.nothing_to_bill")
	ret, err := t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Reason: "stale"}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(4)}}})
	require.NoError(t, err)
	require.Positive(t, t.invoice(again).Settled, "a return credits the new invoice")
	t.paid(maker, depot, t.invoice(again).Open())
	require.Equal(t, Paid, t.order(o).Status)
	require.EqualValues(t, 6, t.owns(depot, lotKopi))
	_, err = t.s.Bill(t.ctx, of(maker), Bill{Step: Step{Order: o.ID}})
	require.Error(t, err, "what came back stays credited")
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: again.ID, Reason: "wrong again"})
	require.NoError(t, err)
	t.even()
	third := t.billed(t.order(o))
	require.Equal(t, t.invoice(again).Total-t.creditOf(ret), third.Total, "and is not invoiced a third time")
}

// creditOf is what the credit notes of a return come to.
func (t *till) creditOf(ret Order) (sum money.Minor) {
	t.Helper()
	for _, l := range ret.Lines {
		sum += l.Net + l.Tax
	}
	return sum
}

// TestPartsOfALineAddUpHoweverTheyAreTakenBack: whichever part of a line was taken back and invoiced anew, the invoices that stand come to
// the line, and what is not invoiced holds exactly the credit that its invoice will use.
func TestPartsOfALineAddUpHoweverTheyAreTakenBack(tt *testing.T) {
	t := newTill(tt)
	t.extra = 13 * money.PriceScale // so that the tax of a piece is no whole rupiah
	for _, x := range [][]int64{{3, 4, 1, 5}, {1, 1, 2, 7}, {7, 2, 3, 5}, {4, 5, 1, 4}, {2, 3, 6, 1}, {1, 8, 1, 1}} {
		o := t.delivered(maker, depot, pieces(kopi, 11))
		total := o.Total
		var stands money.Minor
		bill := func(n int64) Invoice {
			v := t.billed(t.order(o), BillLine{Line: 1, Qty: qty.Units(n)})
			stands += v.Total
			require.Equal(t, total-stands, t.order(o).CreditHeld, "%v", x)
			return v
		}
		first := bill(x[0])
		bill(x[1])
		t.limit(maker, depot, 1) // no room: what is invoiced may not use more than was held for it
		_, err := t.s.Credit(t.ctx, of(maker), Credit{Invoice: first.ID, Reason: "wrong address"})
		require.NoError(t, err)
		stands -= first.Total
		require.Equal(t, total-stands, t.order(o).CreditHeld, "%v", x)
		bill(x[2])
		rest := 11 - x[1] - x[2]
		bill(min(x[3], rest))
		if rest > x[3] {
			bill(rest - x[3])
		}
		require.Equal(t, total, stands, "%v: the parts come to the line", x)
		require.Zero(t, t.order(o).CreditHeld)
		t.limit(maker, depot, 1_000_000_000_00)
		t.even()
	}
}
