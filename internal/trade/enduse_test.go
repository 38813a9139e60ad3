package trade

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// stands is how much of a lot stands inside under a condition on its account.
func (t *till) stands(lot id.ID, where string, args ...any) (n int64) {
	t.Helper()
	require.NoError(t, t.d.R(t.ctx).Raw("SELECT COALESCE(SUM(b.posted), 0) FROM account a JOIN balance b ON b.acct = a.acct WHERE a.book = 1 AND a.unit = ? AND "+where,
		append([]any{lot}, args...)...).Scan(&n).Error)
	return n / qty.Scale
}

// TestWhatIsForEndUseIsUsedUpOnReceipt: at every point of title and risk, what a business orders for end use is consumed in the
// journal of its receipt, and the line beside it, for resale, is stock. Damaged, short and refused goods go the way of any others.
func TestWhatIsForEndUseIsUsedUpOnReceipt(tt *testing.T) {
	for _, title := range []string{"confirmation", "dispatch", "delivery", "payment"} {
		for _, risk := range []string{"dispatch", "delivery", "title"} {
			tt.Run(title+"/"+risk, func(tt *testing.T) {
				t := newTill(tt)
				d := t.deals[[2]id.ID{maker, depot}]
				d.TitleOn, d.RiskOn, d.ResaleBeforeTitle = title, risk, false
				used := pieces(kopi, 10)
				used.Purpose = EndUse
				o, err := t.s.Place(t.ctx, of(depot), Place{Seller: maker, Buyer: depot, Lines: []PlaceLine{used, pieces(teh, 5)}})
				require.NoError(t, err)
				_, err = t.s.Confirm(t.ctx, of(maker), Step{Order: o.ID})
				require.NoError(t, err)
				h, err := t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}})
				require.NoError(t, err)
				lines := []ReceiveLine{{N: 1, Received: qty.Units(6), Damaged: qty.Units(1), Short: qty.Units(1), Refused: qty.Units(2), Reason: "wet"}}
				if h.Lines[0].Product != kopi {
					lines[0].N = 2
				}
				h, err = t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID, Lines: lines, Note: "rain"})
				require.NoError(t, err)
				require.EqualValues(t, 6, t.stands(lotKopi, "a.place = ?", ledger.Consumed), "used up")
				require.Zero(t, t.stands(lotKopi, "a.place = ?", shed(depot)), "and never in the warehouse")
				require.EqualValues(t, 1, t.stands(lotKopi, "a.place IN (SELECT id FROM place WHERE org = ? AND kind = 'quarantine')", depot))
				require.EqualValues(t, 1, t.stands(lotKopi, "a.place = ?", ledger.Lost))
				require.EqualValues(t, 2, t.stands(lotKopi, "a.place = ?", h.ID), "refused goods wait on the way")
				require.EqualValues(t, 5, t.stands(lotTeh, "a.place = ?", shed(depot)), "what is for resale is stock")
				k := h.Lines[lines[0].N-1]
				require.GreaterOrEqual(t, k.Titled, qty.Units(6), "the buyer had title to what it used")
				t.even()

				_, err = t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(1)}}})
				require.ErrorContains(t, err, "order.used_up")
				v := t.billed(o)
				t.paid(maker, depot, v.Total)
				require.EqualValues(t, 6, t.stands(lotKopi, "a.place = ?", ledger.Consumed))
				t.even()
				ret, err := t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Reason: "too much"}})
				require.NoError(t, err)
				require.Len(t, ret.Lines, 1, "only what is not used up comes back")
				_, err = t.s.TakeBack(t.ctx, of(maker), h.ID, 0, Key{})
				require.NoError(t, err)
				t.even()
			})
		}
	}
}

// TestABouncedPaymentTakesNothingForWhatIsUsedUp: title to goods that were used up does not come back out of other goods of the lot.
func TestABouncedPaymentTakesNothingForWhatIsUsedUp(tt *testing.T) {
	t := newTill(tt)
	kept := t.delivered(maker, depot, pieces(kopi, 7))
	t.paid(maker, depot, t.billed(kept).Total)
	require.EqualValues(t, 7, t.stands(lotKopi, "a.owner = ?", depot))
	used := pieces(kopi, 4)
	used.Purpose = EndUse
	o := t.delivered(maker, depot, used)
	p := t.paid(maker, depot, t.billed(o).Total)
	_, err := t.s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "no cover"})
	require.NoError(t, err)
	require.EqualValues(t, 7, t.stands(lotKopi, "a.owner = ?", depot), "what was kept was paid for")
	require.EqualValues(t, 4, t.stands(lotKopi, "a.place = ?", ledger.Consumed))
	t.even()
}

// TestWhatTheReceiverWritesIsRead: the note of a receipt and the reasons of its lines are read by both sides, on the shipment and in
// the story of the order.
func TestWhatTheReceiverWritesIsRead(tt *testing.T) {
	t := newTill(tt)
	o, err := t.s.Place(t.ctx, of(depot), Place{Seller: maker, Buyer: depot, Lines: []PlaceLine{pieces(kopi, 10)}})
	require.NoError(t, err)
	_, err = t.s.Confirm(t.ctx, of(maker), Step{Order: o.ID})
	require.NoError(t, err)
	h, err := t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}})
	require.NoError(t, err)
	_, err = t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID, Note: "The lorry was late",
		Lines: []ReceiveLine{{N: 1, Received: qty.Units(8), Damaged: qty.Units(2), Reason: "cartons wet"}}})
	require.NoError(t, err)
	for _, org := range []id.ID{maker, depot} {
		h, err := t.s.Shipment(t.ctx, of(org), h.ID)
		require.NoError(t, err)
		require.Equal(t, "The lorry was late", h.Note)
		require.Equal(t, "cartons wet", h.Lines[0].Reason)
		v, err := t.s.Order(t.ctx, of(org), o.ID)
		require.NoError(t, err)
		last := v.Timeline[len(v.Timeline)-1]
		require.Equal(t, "shipment.received", last.Kind)
		require.Equal(t, "The lorry was late\np: cartons wet", last.Reason)
	}
}
