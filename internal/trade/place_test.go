package trade

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

func TestTenCartonsAndTwoHundredClients(tt *testing.T) {
	t := newTill(tt)
	t.ordered(maker, depot, pieces(kopi, 990))
	var got, waiting atomic.Int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			o, err := t.s.Place(t.ctx, of(depot), Place{Seller: maker, Buyer: depot, Lines: []PlaceLine{pieces(kopi, 1)}})
			if err != nil {
				t.Error(err)
				return
			}
			got.Add(int64(o.Lines[0].Held / qty.Scale))
			waiting.Add(int64(o.Lines[0].BackOrder() / qty.Scale))
		})
	}
	wg.Wait()
	require.Equal(t, int64(10), got.Load())
	require.Equal(t, int64(190), waiting.Load())
	t.even()
}

func TestOneKeyIsOneOrder(tt *testing.T) {
	t := newTill(tt)
	place := Place{Key: Key{"abc", [32]byte{1}}, Seller: maker, Buyer: depot, Lines: []PlaceLine{pieces(kopi, 1)}}
	ids := make([]id.ID, 100)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			o, err := t.s.Place(t.ctx, of(depot), place)
			if err != nil {
				t.Error(err)
			}
			ids[i] = o.ID
		})
	}
	wg.Wait()
	for _, x := range ids {
		require.Equal(t, ids[0], x)
	}
	_, held := t.counts(maker, kopi)
	require.Equal(t, int64(1), held)
	place.Key.Hash = [32]byte{2}
	_, err := t.s.Place(t.ctx, of(depot), place)
	require.Equal(t, "ledger.key_reused", errs.CodeOf(err))
	confirm := Step{Key: Key{"ok", [32]byte{3}}, Order: ids[0], Version: 1}
	for range 2 {
		o, err := t.s.Confirm(t.ctx, of(maker), confirm)
		require.NoError(t, err)
		require.Equal(t, Confirmed, o.Status)
	}
	send := Dispatch{Step: Step{Key: Key{"go", [32]byte{4}}, Order: ids[0]}}
	first, err := t.s.Dispatch(t.ctx, of(maker), send)
	require.NoError(t, err)
	again, err := t.s.Dispatch(t.ctx, of(maker), send)
	require.NoError(t, err)
	require.Equal(t, first.ID, again.ID)
	t.even()
}

func TestCreditIsSpentOnce(tt *testing.T) {
	t := newTill(tt)
	t.limit(maker, depot, 1_200_000_00) // one order of 100 pieces at 10.100 and its tax is 1.121.100
	var ok, refused atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := t.s.Place(t.ctx, of(depot), Place{Seller: maker, Buyer: depot, Lines: []PlaceLine{pieces(kopi, 100)}})
			switch errs.CodeOf(err) {
			case "order.credit_exceeded":
				refused.Add(1)
			default:
				if err != nil {
					t.Error(err)
				}
				ok.Add(1)
			}
		})
	}
	wg.Wait()
	require.Equal(t, int64(1), ok.Load())
	require.Equal(t, int64(7), refused.Load())
	o, err := t.s.Place(t.ctx, of(depot), Place{Seller: maker, Buyer: depot, Lines: []PlaceLine{pieces(kopi, 100)}, HoldCredit: true})
	require.NoError(t, err)
	require.Equal(t, CreditHold, o.Status)
	require.Zero(t, o.Lines[0].Held)
	_, err = t.s.Resume(t.ctx, of(maker), Step{Order: o.ID})
	require.Equal(t, "order.credit_exceeded", errs.CodeOf(err))
	t.limit(maker, depot, ledger.NoLimit)
	o, err = t.s.Resume(t.ctx, of(maker), Step{Order: o.ID})
	require.NoError(t, err)
	require.Equal(t, Placed, o.Status)
	require.Equal(t, qty.Units(100), o.Lines[0].Held)
	t.even()
}

func TestBadOrdersChangeNothing(tt *testing.T) {
	t := newTill(tt)
	t.deals[[2]id.ID{maker, depot}].MinOrder = 50_000_00
	price := money.Price(1)
	good := pieces(kopi, 10)
	before := t.journals()
	for name, c := range map[string]struct {
		code string
		p    Place
	}{
		"oneself":       {"order.to_oneself", Place{Seller: depot, Buyer: depot, Lines: []PlaceLine{good}}},
		"oneself alone": {"order.to_oneself", Place{Seller: depot, Lines: []PlaceLine{good}}},
		"no lines":      {"order.no_lines", Place{Seller: maker, Buyer: depot}},
		"no deal":       {"not_found", Place{Seller: toko, Buyer: depot, Lines: []PlaceLine{good}}},
		"others":        {"not_found", Place{Seller: grosir, Buyer: toko, Lines: []PlaceLine{good}}},
		"zero":          {"order.qty_not_positive", Place{Seller: maker, Lines: []PlaceLine{{Product: kopi}}}},
		"minus one":     {"order.qty_not_positive", Place{Seller: maker, Lines: []PlaceLine{{Product: kopi, Qty: -1000}}}},
		"huge":          {"order.qty_too_large", Place{Seller: maker, Lines: []PlaceLine{{Product: kopi, Qty: 1 << 62}}}},
		"unit":          {"order.unknown_unit", Place{Seller: maker, Lines: []PlaceLine{{Product: kopi, Qty: 1000, Unit: "truck"}}}},
		"half a piece":  {"order.qty_decimals", Place{Seller: maker, Lines: []PlaceLine{{Product: kopi, Qty: 500}}}},
		"another price": {"order.price_changed", Place{Seller: maker, Lines: []PlaceLine{{Product: kopi, Qty: 10000, Price: &price}}}},
		"purpose":       {"order.unknown_purpose", Place{Seller: maker, Lines: []PlaceLine{{Product: kopi, Qty: 10000, Purpose: "art"}}}},
		"too small":     {"order.below_minimum", Place{Seller: maker, Lines: []PlaceLine{pieces(kopi, 1)}}},
		"too many":      {"order.too_many_lines", Place{Seller: maker, Lines: make([]PlaceLine, 5001)}},
		"warehouse":     {"order.invalid", Place{Seller: maker, DeliverTo: shed(toko), Lines: []PlaceLine{good}}},
		"date":          {"order.invalid", Place{Seller: maker, WantedOn: "2026-02-31", Lines: []PlaceLine{good}}},
	} {
		_, err := t.s.Place(t.ctx, of(depot), c.p)
		require.Equal(t, c.code, errs.CodeOf(err), "%s: %v", name, err)
	}
	require.Equal(t, before, t.journals())
	o := t.ordered(maker, depot, good)
	before = t.journals()
	_, err := t.s.Order(t.ctx, of(toko), o.ID)
	require.Equal(t, "not_found", errs.CodeOf(err))
	_, err = t.s.Confirm(t.ctx, of(toko), Step{Order: o.ID})
	require.Equal(t, "not_found", errs.CodeOf(err))
	_, err = t.s.Confirm(t.ctx, of(depot), Step{Order: o.ID})
	require.Equal(t, "order.not_now", errs.CodeOf(err), "the buyer does not confirm")
	_, err = t.s.Confirm(t.ctx, of(maker), Step{Order: o.ID, Version: 7})
	require.Equal(t, "changed", errs.CodeOf(err))
	_, err = t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}})
	require.Equal(t, "order.not_now", errs.CodeOf(err))
	require.Equal(t, before, t.journals())
}

func TestAnOrderIsWantedTodayOrLater(tt *testing.T) {
	t := newTill(tt)
	place := Place{Key: Key{"w", [32]byte{1}}, Seller: maker, WantedOn: "2026-03-02", Lines: []PlaceLine{pieces(kopi, 1)}}
	o, err := t.s.Place(t.ctx, of(depot), place)
	require.NoError(t, err, "today is early enough")
	require.Equal(t, clock.Date("2026-03-02"), o.WantedOn)
	before := t.journals()
	place.Key, place.WantedOn = Key{}, "2026-03-01"
	_, err = t.s.Place(t.ctx, of(depot), place)
	require.Equal(t, "order.wanted_in_past", errs.CodeOf(err))
	require.Equal(t, before, t.journals())
	t.days(1)
	place.Key, place.WantedOn = Key{"w", [32]byte{1}}, "2026-03-02"
	again, err := t.s.Place(t.ctx, of(depot), place)
	require.NoError(t, err, "sent twice, and midnight came between")
	require.Equal(t, o.ID, again.ID)
}

func TestTextsWithControlCharactersAreRefused(tt *testing.T) {
	t := newTill(tt)
	line := []PlaceLine{pieces(kopi, 4)}
	_, err := t.s.Place(t.ctx, of(depot), Place{Seller: maker, Note: "first\nsecond", Lines: line})
	require.NoError(t, err, "a note has lines")
	o := t.delivered(maker, depot, pieces(kopi, 10))
	v := t.billed(o)
	sent := t.dispatched(t.confirmed(t.ordered(maker, depot, pieces(kopi, 2))))
	before := t.journals()
	const bad = "a\x1bb"
	for name, do := range map[string]func() error{
		"reference": func() error {
			_, err := t.s.Place(t.ctx, of(depot), Place{Seller: maker, Reference: bad, Lines: line})
			return err
		},
		"two lines": func() error {
			_, err := t.s.Place(t.ctx, of(depot), Place{Seller: maker, Reference: "a\nb", Lines: line})
			return err
		},
		"note": func() error {
			_, err := t.s.Place(t.ctx, of(depot), Place{Seller: maker, Note: bad, Lines: line})
			return err
		},
		"tracking": func() error {
			_, err := t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}, Tracking: bad})
			return err
		},
		"arrival": func() error {
			_, err := t.s.Receive(t.ctx, of(depot), Receive{Shipment: sent.ID, Note: bad})
			return err
		},
		"short": func() error {
			_, err := t.s.Receive(t.ctx, of(depot), Receive{Shipment: sent.ID, Lines: []ReceiveLine{{N: 1, Received: qty.Units(1), Short: qty.Units(1), Reason: bad}}})
			return err
		},
		"return": func() error {
			_, err := t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: o.ID, Reason: bad}})
			return err
		},
		"cancel": func() error { _, err := t.s.Cancel(t.ctx, of(depot), Step{Order: o.ID, Reason: bad}); return err },
		"credit": func() error { _, err := t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: bad}); return err },
		"payment": func() error {
			_, err := t.s.Report(t.ctx, of(depot), Report{Payee: maker, Currency: "IDR", Amount: 100, Method: "transfer", Reference: bad})
			return err
		},
	} {
		var e *errs.Error
		require.ErrorAs(t, do(), &e, name)
		require.Len(t, e.Fields, 1, name)
		require.Equal(t, "text_not_plain", e.Fields[0].Code, name)
	}
	require.Equal(t, before, t.journals())
}

func TestGoodsLeaveAfterTheOrderWasConfirmed(tt *testing.T) {
	t := newTill(tt)
	o := t.ordered(maker, depot, pieces(kopi, 1))
	placed := t.clock.Now()
	t.days(2)
	before := t.clock.Now()
	o = t.confirmed(o)
	confirmed := t.clock.Now()
	t.days(1)
	for _, at := range []clock.Instant{1, placed, before} {
		_, err := t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}, At: at})
		require.Equal(t, "order.invalid", errs.CodeOf(err), "%v", err)
	}
	h, err := t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}, At: confirmed})
	require.NoError(t, err)
	require.Equal(t, confirmed, h.DispatchedAt)
}
