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
