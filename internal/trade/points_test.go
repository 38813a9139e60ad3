package trade

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// rewards begins a programme of the maker: a point for every Rp10,000, worth Rp100, for 30 days.
func (t *till) rewards(on string) Programme {
	t.Helper()
	g, err := t.s.AddProgramme(t.ctx, of(maker), audit.Key{}, Programme{Name: "Poin Kopi", Currency: "IDR", EarnOn: on, Points: 1, PerAmount: 1_000_000, Worth: 10_000, ExpiryDays: 30})
	require.NoError(t, err)
	return g
}

// card is what the depot has with the maker.
func (t *till) card() (c Card) {
	t.Helper()
	all, err := t.s.Cards(t.ctx, of(depot), list.Query{})
	require.NoError(t, err)
	if len(all.Items) > 0 {
		c = all.Items[0]
	}
	return c
}

// proved verifies the books with the movements of points.
func (t *till) proved() {
	t.Helper()
	rep, err := ledger.Verify(t.ctx, t.d, ledger.VerifyConfig{Watch: []ledger.Watcher{PointsProved()}})
	require.NoError(t, err)
	for _, p := range rep.Problems {
		if p.Invariant == PromisePoints {
			t.Errorf("%v", p)
		}
	}
}

func TestPointsAreEarnedByWhatIsPaidAndGoBackWithIt(tt *testing.T) {
	t := newTill(tt)
	g := t.rewards(OnPayment)
	o := t.delivered(maker, depot, pieces(kopi, 10)) // Rp101,000 before tax
	v := t.billed(o)
	require.Zero(t, t.card().Have, "nothing is paid yet")
	half := v.Total / 2
	t.paid(maker, depot, half, Allocation{v.ID, half})
	require.EqualValues(t, 5, t.card().Have, "half of 10.1, rounded down")
	two := t.paid(maker, depot, v.Total-half, Allocation{v.ID, v.Total - half})
	c := t.card()
	require.EqualValues(t, 10, c.Have, "and the rest: parts lose no point")
	require.Equal(t, clock.Date("2026-04-01"), c.NextOn)

	_, err := t.s.Bounce(t.ctx, of(maker), PayStep{Payment: two.ID, Reason: "no cover"})
	require.NoError(t, err)
	require.EqualValues(t, 5, t.card().Have)
	t.paid(maker, depot, v.Total-half, Allocation{v.ID, v.Total - half})
	require.EqualValues(t, 10, t.card().Have)
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "stale", Lines: []BillLine{{1, qty.Units(4)}}})
	require.NoError(t, err)
	require.EqualValues(t, 6, t.card().Have, "four of ten went back")
	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "all of it"})
	require.NoError(t, err)
	require.Zero(t, t.card().Have, "the last part takes what is left")
	moves, err := t.s.PointsMoves(t.ctx, of(maker), list.Query{Filter: map[string]string{"programme": g.ID.String()}})
	require.NoError(t, err)
	require.NotEmpty(t, moves.Items)
	require.Equal(t, o.Number, moves.Items[0].OrderNumber)
	none, err := t.s.PointsMoves(t.ctx, of(grosir), list.Query{})
	require.NoError(t, err)
	require.Empty(t, none.Items, "others see none of it")
	t.even()
	t.proved()
}

func TestPointsAreEarnedByWhatIsReceivedAndSpentToTheLastUnit(tt *testing.T) {
	t := newTill(tt)
	g := t.rewards(OnDelivery)
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
	require.EqualValues(t, 10, t.card().Have)
	spend := Redeem{Key: Key{Client: "s1", Hash: [32]byte{1}}, Programme: g.ID, Invoice: v.ID, Points: 4}
	pay, err := t.s.Redeem(t.ctx, of(depot), spend)
	require.NoError(t, err)
	again, err := t.s.Redeem(t.ctx, of(depot), spend)
	require.NoError(t, err)
	require.Equal(t, pay.ID, again.ID, "sent twice, spent once")
	other := spend
	other.Key.Hash = [32]byte{2}
	_, err = t.s.Redeem(t.ctx, of(depot), other)
	t.refused(err, "ledger.key_reused")
	require.EqualValues(t, 6, t.card().Have)
	require.Equal(t, v.Total-40_000, t.owed(maker, depot, ledger.Trade), "four points are Rp400")
	require.EqualValues(t, 40_000, t.invoice(v).Settled)
	for code, c := range map[string]Redeem{
		"points.short":          {Programme: g.ID, Invoice: v.ID, Points: 7},
		"points.invalid":        {Programme: g.ID, Invoice: v.ID, Points: -1},
		"points.more_than_open": {Programme: g.ID, Invoice: v.ID, Points: 1_000_000},
		"not_found":             {Programme: 99, Invoice: v.ID, Points: 1},
	} {
		_, err := t.s.Redeem(t.ctx, of(depot), c)
		t.refused(err, code)
	}
	_, err = t.s.Redeem(t.ctx, of(grosir), Redeem{Programme: g.ID, Invoice: v.ID, Points: 1})
	t.refused(err, "not_found")

	_, err = t.s.Credit(t.ctx, of(maker), Credit{Invoice: v.ID, Reason: "all stale", Lines: []BillLine{{1, qty.Units(10)}}})
	require.NoError(t, err)
	c := t.card()
	require.Zero(t, c.Have, "ten are taken back: six stood, and four that were spent on it are given back")
	require.Zero(t, c.Owing)
	require.Zero(t, t.owed(depot, maker, ledger.Deposit), "no money came")
	require.Zero(t, t.owed(maker, depot, ledger.Trade))
	first := t.delivered(maker, depot, pieces(kopi, 10))
	w := t.billed(t.delivered(maker, depot, pieces(kopi, 1)))
	_, err = t.s.Redeem(t.ctx, of(depot), Redeem{Programme: g.ID, Invoice: w.ID, Points: 4})
	require.NoError(t, err)
	_, err = t.s.Return(t.ctx, of(maker), Return{Step: Step{Order: first.ID, Reason: "stale"}})
	require.NoError(t, err)
	c = t.card()
	require.Zero(t, c.Have)
	require.EqualValues(t, 3, c.Owing, "of eleven four were spent on another invoice, and ten go back")
	t.delivered(maker, depot, pieces(kopi, 10))
	c = t.card()
	require.EqualValues(t, 7, c.Have, "the next ten less three")
	require.Zero(t, c.Owing)
	t.even()
	t.proved()
}

func TestPointsExpireAndAreNotSpentAfterwards(tt *testing.T) {
	t := newTill(tt)
	g := t.rewards(OnDelivery)
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
	t.days(20)
	t.delivered(maker, depot, pieces(kopi, 10))
	require.EqualValues(t, 20, t.card().Have)
	n, err := t.s.ExpirePoints(t.ctx, id.By{Person: 1})
	require.NoError(t, err)
	require.Zero(t, n)
	t.days(11)
	require.EqualValues(t, 10, t.card().Have, "what is over cannot be spent, taken off or not")
	_, err = t.s.Redeem(t.ctx, of(depot), Redeem{Programme: g.ID, Invoice: v.ID, Points: 11})
	t.refused(err, "points.short")
	for _, want := range []int{1, 0} {
		n, err = t.s.ExpirePoints(t.ctx, id.By{Person: 1})
		require.NoError(t, err)
		require.Equal(t, want, n, "twice is once")
	}
	cards, err := t.s.Cards(t.ctx, of(maker), list.Query{Filter: map[string]string{"side": "seller"}})
	require.NoError(t, err)
	require.Len(t, cards.Items, 1)
	require.EqualValues(t, 10, cards.Items[0].Have)
	all, err := t.s.Programmes(t.ctx, of(maker))
	require.NoError(t, err)
	require.EqualValues(t, 10, all[0].Outstanding)
	t.proved()
}

// TestTwoHundredSpendTheSamePointsAtOnce: one of them has them, through two instances.
func TestTwoHundredSpendTheSamePointsAtOnce(tt *testing.T) {
	t := newTill(tt)
	g := t.rewards(OnDelivery)
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
	two := t.beside()
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 200 {
		s := t.s
		if i%2 == 1 {
			s = two.s
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				_, err := s.Redeem(t.ctx, of(depot), Redeem{Programme: g.ID, Invoice: v.ID, Points: 10})
				if errs.Is(err, errs.Busy) || errs.CodeOf(err) == "changed" { // asks to be tried again
					continue
				}
				mu.Lock()
				if err == nil {
					won++
				} else if errs.CodeOf(err) != "points.short" {
					t.Errorf("%v", err)
				}
				mu.Unlock()
				return
			}
		}()
	}
	wg.Wait()
	require.Equal(t, 1, won)
	require.Zero(t, t.card().Have)
	require.Equal(t, v.Total-100_000, t.owed(maker, depot, ledger.Trade))
	t.even()
	t.proved()
}

func TestProgrammesAreFixedAndEnd(tt *testing.T) {
	t := newTill(tt)
	good := Programme{Name: "P", Currency: "IDR", EarnOn: OnPayment, Points: 1, PerAmount: 1000, Worth: 100}
	for field, change := range map[string]func(*Programme){
		"name": func(g *Programme) { g.Name = "" }, "currency": func(g *Programme) { g.Currency = "XXX" }, "earn_on": func(g *Programme) { g.EarnOn = OnOrder },
		"points": func(g *Programme) { g.Points = 0 }, "per_amount": func(g *Programme) { g.PerAmount = -1 }, "worth": func(g *Programme) { g.Worth = 150 },
		"expiry_days": func(g *Programme) { g.ExpiryDays = 4000 }, "from": func(g *Programme) { g.FromOn = "2020-01-01" }, "until": func(g *Programme) { g.UntilOn = "2026-01-01" },
	} {
		bad := good
		change(&bad)
		_, err := t.s.AddProgramme(t.ctx, of(maker), audit.Key{}, bad)
		require.True(t, errs.Is(err, errs.Invalid), "%s: %v", field, err)
		var e *errs.Error
		require.ErrorAs(t, err, &e)
		require.Len(t, e.Fields, 1)
		require.Equal(t, field, e.Fields[0].Path)
	}
	key := audit.Key{Client: "p", Hash: [32]byte{1}}
	g, err := t.s.AddProgramme(t.ctx, of(maker), key, good)
	require.NoError(t, err)
	again, err := t.s.AddProgramme(t.ctx, of(maker), key, good)
	require.NoError(t, err)
	require.Equal(t, g, again)
	_, err = t.s.EndProgramme(t.ctx, of(depot), audit.Key{}, g.ID, 0)
	t.refused(err, "not_found")
	_, err = t.s.EndProgramme(t.ctx, of(maker), audit.Key{}, g.ID, 7)
	t.refused(err, "changed")
	g, err = t.s.EndProgramme(t.ctx, of(maker), audit.Key{}, g.ID, 1)
	require.NoError(t, err)
	_, err = t.s.EndProgramme(t.ctx, of(maker), audit.Key{}, g.ID, 0)
	t.refused(err, "points.ended")
	t.days(1)
	v := t.billed(t.delivered(maker, depot, pieces(kopi, 10)))
	t.paid(maker, depot, v.Total)
	require.Zero(t, t.card().Have, "nothing is earned after its end")
	require.Equal(t, int64(0), Programme{PerAmount: 10, Points: 1}.pointsOf(9))
	require.Equal(t, MaxPoints, Programme{PerAmount: 1, Points: 1_000_000}.pointsOf(money.Minor(1)<<60))
}
