package trade

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// paidAhead is an order under cash before delivery with title on payment that is invoiced and on its way; the buyer's money is a
// deposit, and the invoice open.
func (t *till) paidAhead(n int64) (o Order, v Invoice, h Shipment) {
	t.Helper()
	t.deals[[2]id.ID{maker, depot}].Prepay = true
	o = t.confirmed(t.ordered(maker, depot, pieces(kopi, n)))
	p := t.reported(maker, depot, o.Total)
	_, err := t.s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: p.ID, Allocate: []Allocation{}})
	require.NoError(t, err)
	v = t.billed(o)
	return o, v, t.dispatched(o)
}

// during runs first between what do decides and its post.
func (t *till) during(first, do func(*Service) error) {
	t.Helper()
	other := t.beside()
	t.s.Book = &between{Poster: t.book, do: func() { require.NoError(t, first(other.s)) }}
	err := do(t.s)
	t.s.Book = t.book
	require.NoError(t, err)
}

// TestReceiptAndSettlementAtOnceLoseNoTitle: whichever comes between the other's decision and its post, title passes and the order is
// paid, as when they come in turn.
func TestReceiptAndSettlementAtOnceLoseNoTitle(tt *testing.T) {
	t := newTill(tt)
	receive := func(h Shipment) func(*Service) error {
		return func(s *Service) error { _, err := s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID}); return err }
	}
	apply := func(v Invoice) func(*Service) error {
		return func(s *Service) error {
			_, err := s.Apply(t.ctx, of(maker), Apply{Seller: maker, Buyer: depot, Currency: "IDR", Allocate: []Allocation{{v.ID, v.Total}}})
			return err
		}
	}
	whole := int64(0)
	check := func(o Order) {
		t.Helper()
		whole += 4
		require.Equal(t, whole, t.owns(depot, lotKopi))
		require.Equal(t, Paid, t.order(o).Status)
		t.even()
	}
	o, v, h := t.paidAhead(4)
	t.during(apply(v), receive(h))
	check(o)
	o, v, h = t.paidAhead(4)
	t.during(receive(h), apply(v))
	check(o)
}

// TestWhatIsUndoneWhileGoodsArriveGivesNoTitle: a bounce, and an invoice taken back, between the decision to receive and its post.
func TestWhatIsUndoneWhileGoodsArriveGivesNoTitle(tt *testing.T) {
	for name, undo := range map[string]func(t *till, s *Service, v Invoice, p Payment) error{
		"bounce": func(t *till, s *Service, _ Invoice, p Payment) error {
			_, err := s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "no cover"})
			return err
		},
		"taken back": func(t *till, s *Service, v Invoice, _ Payment) error {
			_, err := s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "wrong address"})
			return err
		},
	} {
		tt.Run(name, func(tt *testing.T) {
			t := newTill(tt)
			t.deals[[2]id.ID{maker, depot}].Prepay = true
			t.limit(maker, depot, ledger.NoLimit)
			o := t.confirmed(t.ordered(maker, depot, pieces(kopi, 4)))
			v := t.billed(o)
			p := t.paid(maker, depot, v.Total)
			h := t.dispatched(o)
			t.during(func(s *Service) error { return undo(t, s, v, p) }, func(s *Service) error {
				_, err := s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID})
				return err
			})
			require.Zero(t, t.owns(depot, lotKopi), "nothing is paid for")
			require.NotEqual(t, Paid, t.order(o).Status)
			t.even()
		})
	}
}

// TestCancellingTheRestBesideItsPayment: the order whose rest is cancelled while its invoice is paid is paid.
func TestCancellingTheRestBesideItsPayment(tt *testing.T) {
	t := newTill(tt)
	o := t.confirmed(t.ordered(maker, depot, pieces(kopi, 10)))
	h := t.dispatched(o, DispatchLine{Line: 1, Qty: qty.Units(6)})
	_, err := t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID})
	require.NoError(t, err)
	v := t.billed(o)
	p := t.reported(maker, depot, v.Total)
	t.during(func(s *Service) error {
		_, err := s.ConfirmPayment(t.ctx, of(maker), Confirm{Payment: p.ID})
		return err
	},
		func(s *Service) error {
			_, err := s.Cancel(t.ctx, of(maker), Step{Order: o.ID, Reason: "no more"})
			return err
		})
	require.Equal(t, Paid, t.order(o).Status)
	t.even()
}

// TestAnInvoiceTakenBackPassesNoTitle: what a credit note took back is not paid, neither when the goods come nor when they are there;
// what had passed by its payment goes back, and passes again when the next invoice is paid.
func TestAnInvoiceTakenBackPassesNoTitle(tt *testing.T) {
	t := newTill(tt)
	o, v, h := t.paidAhead(7)
	back := func(v Invoice) {
		_, err := t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "wrong address"})
		require.NoError(t, err)
		t.even()
	}
	back(v)
	_, err := t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID})
	require.NoError(t, err)
	require.Zero(t, t.owns(depot, lotKopi), "received, and nothing settled")
	v = t.billed(t.order(o))
	_, err = t.s.Apply(t.ctx, of(maker), Apply{Seller: maker, Buyer: depot, Currency: "IDR"})
	require.NoError(t, err)
	require.EqualValues(t, 7, t.owns(depot, lotKopi))
	require.Equal(t, Paid, t.order(o).Status)
	back(v)
	require.Zero(t, t.owns(depot, lotKopi), "the money is a deposit again")
	t.billed(t.order(o))
	_, err = t.s.Apply(t.ctx, of(maker), Apply{Seller: maker, Buyer: depot, Currency: "IDR"})
	require.NoError(t, err)
	require.EqualValues(t, 7, t.owns(depot, lotKopi))
	t.even()
}

// TestAReturnIsCreditedBesideWhatNeverCame: the note for what did not come is not taken for one of what came back; all that was paid
// for and is not kept is credited, once.
func TestAReturnIsCreditedBesideWhatNeverCame(tt *testing.T) {
	t := newTill(tt)
	t.deals[[2]id.ID{maker, depot}].Prepay = true
	o := t.confirmed(t.ordered(maker, depot, pieces(kopi, 20)))
	paid := o.Total
	t.paid(maker, depot, paid)
	v := t.billed(o)
	_, err := t.s.Apply(t.ctx, of(maker), Apply{Seller: maker, Buyer: depot, Currency: "IDR"})
	require.NoError(t, err)
	h := t.dispatched(o)
	_, err = t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID, Lines: []ReceiveLine{{N: 1, Received: qty.Units(11), Short: qty.Units(2), Damaged: qty.Units(3), Refused: qty.Units(4)}}})
	require.NoError(t, err)
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "did not come", Lines: []BillLine{{Line: 1, Qty: qty.Units(9)}}})
	require.NoError(t, err)
	comesBack := func(n int64) {
		_, err := t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Reason: "too many"}, Lines: []DispatchLine{{Line: 1, Qty: qty.Units(n)}}})
		require.NoError(t, err)
		seen, err := t.s.Order(t.ctx, of(depot), o.ID)
		require.NoError(t, err)
		require.Empty(t, seen.ToCredit)
		t.even()
	}
	deposit := t.owed(depot, maker, ledger.Deposit)
	comesBack(2)
	require.InDelta(t, float64(deposit+paid*2/20), float64(t.owed(depot, maker, ledger.Deposit)), 100)
	comesBack(9)
	require.Equal(t, paid, t.owed(depot, maker, ledger.Deposit), "nothing is kept, and all the money is the buyer's")
}

// TestAnAmendedOrderIsSetAsideLikeAConfirmedOne: where title passes on confirmation, what is added to a confirmed order passes as well,
// and what is taken off goes back.
func TestAnAmendedOrderIsSetAsideLikeAConfirmedOne(tt *testing.T) {
	t := newTill(tt)
	t.deals[[2]id.ID{maker, depot}].TitleOn = "confirmation"
	o := t.confirmed(t.ordered(maker, depot, pieces(kopi, 10)))
	require.EqualValues(t, 10, t.owns(depot, lotKopi))
	for _, n := range []int64{120, 30, 3, 50} {
		o = t.amended(o, maker, upto(1, n))
		require.Equal(t, n, t.owns(depot, lotKopi))
		require.Equal(t, qty.Units(n), o.Lines[0].Allotted)
		require.Zero(t, o.Lines[0].Held)
	}
	t.dispatched(o, DispatchLine{Line: 1, Qty: qty.Units(20)})
	_, err := t.s.Amend(t.ctx, of(maker), Amend{Step: Step{Order: o.ID}, Lines: []AmendLine{upto(1, 19)}})
	t.refused(err, "order.already_moved")
	o = t.amended(t.order(o), maker, upto(1, 25))
	require.EqualValues(t, 25, t.owns(depot, lotKopi))
	h := t.dispatched(o)
	require.Equal(t, qty.Units(5), h.Lines[0].Qty)
	t.even()
}
