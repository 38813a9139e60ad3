package trade

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// TestWhyAStepWasTakenIsReadByBothSides: the reason of a step stands in the audit row of its journal, vouched for, and every
// party reads it in the order's story.
func TestWhyAStepWasTakenIsReadByBothSides(tt *testing.T) {
	t := newTill(tt)
	why := func(o Order, viewer id.ID, kind string) string {
		t.Helper()
		v, err := t.s.Order(t.ctx, of(viewer), o.ID)
		require.NoError(t, err)
		for _, e := range v.Timeline {
			if e.Kind == kind {
				return e.Reason
			}
		}
		t.Fatalf("nothing is told of %s", kind)
		return ""
	}
	both := func(o Order, kind, want string) {
		t.Helper()
		require.Equal(t, want, why(o, maker, kind))
		require.Equal(t, want, why(o, depot, kind))
	}

	o := t.ordered(maker, depot, pieces(kopi, 9))
	_, err := t.s.Cancel(t.ctx, of(depot), Step{Order: o.ID, Reason: strings.Repeat("x", 201)})
	t.refused(err, "order.invalid")
	_, err = t.s.Amend(t.ctx, of(depot), Amend{Step: Step{Order: o.ID, Reason: "bell \a"}, Lines: []AmendLine{{Line: 1, Qty: qty.Units(8)}}})
	t.refused(err, "order.invalid")
	_, err = t.s.Amend(t.ctx, of(depot), Amend{Step: Step{Order: o.ID, Reason: "one too many"}, Lines: []AmendLine{{Line: 1, Qty: qty.Units(8)}}})
	require.NoError(t, err)
	_, err = t.s.Cancel(t.ctx, of(depot), Step{Order: o.ID, Reason: "  the \"shop\"\r\nis closed 100%_ "})
	require.NoError(t, err)
	both(o, "order.placed", "")
	both(o, "order.amended", "one too many")
	both(o, "order.cancelled", "the \"shop\"\nis closed 100%_")

	o = t.ordered(maker, depot, pieces(kopi, 2))
	_, err = t.s.Reject(t.ctx, of(maker), Step{Order: o.ID, Reason: "no lorry"})
	require.NoError(t, err)
	both(o, "order.rejected", "no lorry")

	o = t.ordered(maker, depot, pieces(kopi, 2))
	_, err = t.s.Cancel(t.ctx, of(depot), Step{Order: o.ID})
	require.NoError(t, err)
	both(o, "order.cancelled", "")

	o = t.delivered(maker, depot, pieces(kopi, 5))
	_, err = t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Reason: "stale"}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(4)}}})
	require.NoError(t, err)
	both(o, "order.returned", "stale")

	t.even()
	require.NoError(t, t.d.InTx(t.ctx, func(ctx context.Context) error {
		return t.d.W(ctx).Exec("UPDATE audit SET changes = REPLACE(changes, 'no lorry', 'no money')").Error
	}))
	rep, err := ledger.Verify(t.ctx, t.d, ledger.VerifyConfig{})
	require.NoError(t, err)
	require.NotEmpty(t, rep.Problems, "another reason is found")
}
