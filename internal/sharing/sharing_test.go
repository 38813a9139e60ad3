package sharing_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/report"
	"saluran/internal/sharing"
)

var noKey audit.Key

func (w *world) look(a access.Actor, x sharing.Sharing, ask sharing.Ask) ([]sharing.Cell, error) {
	ask.Way = "workbook" // all at once
	p, err := w.s.Look(w.t.Context(), a, x.ID, ask, list.Query{})
	return p.Items, err
}

// gone is the answer for what does not exist.
func (w *world) gone(err error) {
	w.t.Helper()
	require.Equal(w.t, errs.Gone().Error(), fmt.Sprint(err))
}

func TestNothingIsSeenWithoutAnAgreementInForce(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.sells(dist, shop0, robusta, "2026-03-10", 5)
	x, err := w.s.Offer(ctx, distA, sharing.Offer{Viewer: maker, Terms: terms("sellout", "day")})
	require.NoError(t, err)
	require.Equal(t, sharing.Offered, x.Status)
	_, err = w.look(makerA, x, sharing.Ask{})
	w.gone(err) // only offered
	for _, a := range []access.Actor{rivalA, otherA, shop(0)} {
		for _, no := range []id.ID{x.ID, 999_999_999} { // one that is not theirs, and none
			_, err = w.s.Sharing(ctx, a, no)
			w.gone(err)
			_, err = w.s.Looks(ctx, a, no, list.Query{})
			w.gone(err)
			_, err = w.s.Look(ctx, a, no, sharing.Ask{Way: "api"}, list.Query{})
			w.gone(err)
			for _, do := range []string{"accept", "decline", "end", "withdraw"} {
				_, err = w.s.Step(ctx, a, noKey, no, 0, do)
				w.gone(err)
			}
		}
		p, err := w.s.Sharings(ctx, a, list.Query{})
		require.NoError(t, err)
		require.Empty(t, p.Items)
	}
	_, err = w.s.Step(ctx, distA, noKey, x.ID, 0, "accept")
	require.Equal(t, "sharing.other_side", errs.CodeOf(err), "nobody accepts its own offer")
	x, err = w.s.Step(ctx, makerA, noKey, x.ID, x.Version, "accept")
	require.NoError(t, err)
	cells, err := w.look(makerA, x, sharing.Ask{})
	require.NoError(t, err)
	require.Len(t, cells, 1)
	_, err = w.look(of(maker, "producer", "warehouse"), x, sharing.Ask{})
	require.Equal(t, "access.denied", errs.CodeOf(err))
	_, err = w.look(distA, x, sharing.Ask{})
	w.gone(err) // it has its own books

	_, err = w.s.Step(ctx, distA, noKey, x.ID, x.Version-1, "withdraw")
	require.Equal(t, "changed", errs.CodeOf(err))
	x, err = w.s.Step(ctx, distA, noKey, x.ID, x.Version, "withdraw")
	require.NoError(t, err)
	require.Equal(t, sharing.Withdrawn, x.Status)
	_, err = w.look(makerA, x, sharing.Ask{})
	w.gone(err)
	require.Error(t, w.s.May(ctx, makerA, x.ID))
	_, err = w.s.Step(ctx, makerA, noKey, x.ID, 0, "accept")
	require.Equal(t, "sharing.not_now", errs.CodeOf(err))
}

func TestAnAgreementEndsWithItsLastDay(t *testing.T) {
	w := newWorld(t)
	w.sells(dist, shop0, robusta, "2026-03-10", 5)
	n := terms("sellout", "day")
	n.Until = today
	x := w.shared(n)
	_, err := w.look(makerA, x, sharing.Ask{})
	require.NoError(t, err)
	w.clock.Set(today.AddDays(1).Noon(zone))
	_, err = w.look(makerA, x, sharing.Ask{})
	w.gone(err)
	again, err := w.s.Sharing(t.Context(), makerA, x.ID)
	require.NoError(t, err)
	require.Equal(t, sharing.Expired, again.Status)
	n.Until = today.AddDays(30)
	require.NotEqual(t, x.ID, w.shared(n).ID, "what is over makes room")
}

func TestTheDelayIsKeptAtItsBoundary(t *testing.T) {
	w := newWorld(t)
	for d := clock.Date("2026-02-01"); d <= today; d = d.AddDays(1) {
		w.sells(dist, shop0, robusta, d, 1)
	}
	for _, c := range []struct {
		period string
		delay  int64
		last   clock.Date
	}{
		{"day", 0, "2026-03-17"}, // today is not over
		{"day", 1, "2026-03-16"}, {"day", 7, "2026-03-10"},
		{"week", 0, "2026-03-15"}, {"week", 2, "2026-03-15"}, {"week", 3, "2026-03-08"}, // the Sunday was three days ago
		{"month", 0, "2026-02-28"}, {"month", 17, "2026-02-28"}, {"month", 18, "2026-01-31"},
	} {
		n := terms("sellout", c.period)
		n.Delay = c.delay
		x := w.shared(n)
		p, err := w.s.Look(t.Context(), makerA, x.ID, sharing.Ask{To: "2030-01-01", Way: "api"}, list.Query{Size: 200})
		require.NoError(t, err)
		require.Equal(t, c.last, p.Upto, "%v", c)
		for _, cell := range p.Items {
			require.LessOrEqual(t, cell.Last, c.last, "%v", c)
			require.Equal(t, sharing.SpanOf(c.period, cell.First), cell.Span, "whole periods")
		}
		if c.last >= "2026-02-01" {
			require.Equal(t, c.last, p.Items[0].Last, "%v", c)
		}
		_, err = w.s.Step(t.Context(), distA, noKey, x.ID, 0, "withdraw")
		require.NoError(t, err)
	}
}

// A filter shows some of what is shown without it, figure by figure, and whatever stands behind too few shops is not shown at all.
func TestNoFilterBringsOutWhatIsHidden(t *testing.T) {
	w := newWorld(t)
	r := rand.New(rand.NewPCG(1, 2))
	behind := map[string]map[id.ID]bool{} // day/product/region → shops
	city := []string{"Surabaya", "Gresik", "Tuban"}
	for range 120 {
		i, p := r.IntN(8), []id.ID{robusta, arabika}[r.IntN(2)]
		day := clock.Date("2026-03-01").AddDays(r.IntN(4))
		w.sells(dist, shop0+id.ID(i), p, day, int64(1+r.IntN(9)))
		for _, k := range []string{fmt.Sprint("day", day, p, ""), fmt.Sprint("day", day, p, city[i%3]), fmt.Sprint("month", "2026-03-01", p, "")} {
			if behind[k] == nil {
				behind[k] = map[id.ID]bool{}
			}
			behind[k][shop0+id.ID(i)] = true
		}
	}
	w.clock.Set(clock.Date("2026-04-10").Noon(zone))
	tried := 0
	for _, c := range [][2]string{{"day", "none"}, {"day", "region"}, {"day", "shop"}, {"month", "none"}} {
		for _, k := range []int64{1, 2, 4, 7} {
			n := terms("sellout", c[0])
			n.Place, n.MinGroup = c[1], k
			x := w.shared(n)
			all, err := w.look(makerA, x, sharing.Ask{})
			require.NoError(t, err)
			shown := map[sharing.Cell]bool{}
			for _, cell := range all {
				shown[cell] = true
				if c[1] != "shop" {
					require.GreaterOrEqual(t, int64(len(behind[fmt.Sprint(c[0], cell.First, cell.Product, cell.Region)])), k, "%v", cell)
				} else {
					require.GreaterOrEqual(t, int64(len(behind[fmt.Sprint(c[0], cell.First, cell.Product, "")])), k)
					require.NotContains(t, cell.Shop, "retailer")
				}
			}
			for range 40 {
				tried++
				ask := sharing.Ask{}
				if r.IntN(2) == 0 {
					ask.From = clock.Date("2026-02-25").AddDays(r.IntN(20))
				}
				if r.IntN(2) == 0 {
					ask.To = max(ask.From, clock.Date("2026-02-25").AddDays(r.IntN(20)))
				}
				if r.IntN(2) == 0 {
					ask.Product = []id.ID{robusta, arabika, foreign}[r.IntN(3)]
				}
				if r.IntN(3) == 0 {
					ask.Region = city[r.IntN(3)]
				}
				if r.IntN(3) == 0 && len(all) > 0 {
					ask.Shop = all[r.IntN(len(all))].Shop
				}
				some, err := w.look(makerA, x, ask)
				require.NoError(t, err)
				for _, cell := range some {
					require.True(t, shown[cell], "%+v brought out %+v", ask, cell)
				}
			}
			_, err = w.s.Step(t.Context(), distA, noKey, x.ID, 0, "withdraw")
			require.NoError(t, err)
		}
	}
	t.Logf("%d filters tried", tried)
}

func TestShopsHaveNamesOfTheAgreement(t *testing.T) {
	w := newWorld(t)
	for i := range 4 {
		w.sells(dist, shop0+id.ID(i), robusta, "2026-03-10", 5)
		w.sells(dist, shop0+id.ID(i), robusta, "2026-03-11", 5)
	}
	n := terms("sellout", "day")
	n.Place = "shop"
	names := func(x sharing.Sharing) map[string]int {
		cells, err := w.look(makerA, x, sharing.Ask{})
		require.NoError(t, err)
		out := map[string]int{}
		for _, c := range cells {
			out[c.Shop]++
		}
		return out
	}
	x := w.shared(n)
	first := names(x)
	require.Len(t, first, 4)
	for _, days := range first {
		require.Equal(t, 2, days, "the same shop has the same name on both days")
	}
	require.Equal(t, first, names(x))
	n.Measure = "orders"
	for name := range names(w.shared(n)) {
		require.Zero(t, first[name], "another agreement, other names")
	}
}

// What is shared is what the grantor's own reports say, and of rivals' goods nothing.
func TestFiguresAreTheGrantorsOwn(t *testing.T) {
	w := newWorld(t)
	total := map[id.ID]int64{}
	for i, p := range []id.ID{robusta, arabika, robusta, foreign, robusta, arabika} {
		w.sells(dist, shop0+id.ID(i), p, clock.Date("2026-03-02").AddDays(i), int64(10+i))
		total[p] += int64(10 + i)
	}
	w.sells(dist, counter, robusta, "2026-03-12", 3) // over the counter
	w.sells(dist, counter, robusta, "2026-03-12", 4)
	total[robusta] += 7
	w.exec("UPDATE lane SET seq = 1000000 WHERE lane = 0")
	r := report.Service{DB: w.d, Gate: w.gate}
	own, err := r.Print(t.Context(), report.Ask{Report: "sales-by-product", Org: dist, From: "2026-03-01", To: "2026-03-31"}, io.Discard, nil)
	require.NoError(t, err)
	w.clock.Set(clock.Date("2026-04-10").Noon(zone))
	for _, period := range []string{"day", "week", "month"} {
		for _, measure := range []string{"sellout", "orders"} {
			x := w.shared(terms(measure, period))
			cells, err := w.look(makerA, x, sharing.Ask{})
			require.NoError(t, err)
			got := map[id.ID]int64{}
			var sum int64
			for _, c := range cells {
				got[c.Product] += int64(c.Qty) / 1000
				sum += int64(c.Qty)
			}
			require.Equal(t, map[id.ID]int64{robusta: total[robusta], arabika: total[arabika]}, got, "%s %s", measure, period)
			require.Equal(t, own.Totals[1].V, sum+total[foreign]*1000, "the grantor's own report, less what is not the viewer's business: %v", own.Totals)
			_, err = w.s.Step(t.Context(), distA, noKey, x.ID, 0, "withdraw")
			require.NoError(t, err)
		}
	}
	n := terms("sellout", "month")
	n.MinGroup, n.Goods = 2, "all"
	cells, err := w.look(makerA, w.shared(n), sharing.Ask{})
	require.NoError(t, err)
	require.Len(t, cells, 1)
	require.Equal(t, (total[robusta]+total[arabika])*1000, int64(cells[0].Qty))
	require.Equal(t, "pcs", cells[0].Unit)
}

func TestStockIsWhatStoodAtTheEndOfThePeriod(t *testing.T) {
	w := newWorld(t)
	w.stands(dist, 701, robusta, "2026-03-10", 40)
	w.stands(dist, 702, robusta, "2026-03-11", 5)
	w.stands(dist, 701, robusta, "2026-03-12", 30)
	w.stands(dist, 701, foreign, "2026-03-12", 99)
	w.stands(shop0, 703, robusta, "2026-03-12", 77)
	n := terms("stock", "day")
	n.Since = "2026-03-09"
	x := w.shared(n)
	cells, err := w.look(makerA, x, sharing.Ask{})
	require.NoError(t, err)
	got := map[clock.Date]int64{}
	for _, c := range cells {
		require.Equal(t, robusta, c.Product)
		got[c.First] = int64(c.Qty) / 1000
	}
	require.Equal(t, map[clock.Date]int64{"2026-03-10": 40, "2026-03-11": 45, "2026-03-12": 35, "2026-03-13": 35, "2026-03-14": 35, "2026-03-15": 35, "2026-03-16": 35,
		"2026-03-17": 35}, got)
}

func TestOneSharesWithItsUpstreamsOnly(t *testing.T) {
	w := newWorld(t)
	up, err := w.s.Upstreams(t.Context(), shop(0))
	require.NoError(t, err)
	var names []string
	for _, u := range up {
		names = append(names, fmt.Sprint(u.Name, u.Direct))
	}
	require.Equal(t, "distributor 20true producer 11false", strings.Join(names, " "), "its seller, and the producer of its channel")
	up, err = w.s.Upstreams(t.Context(), makerA)
	require.NoError(t, err)
	require.Empty(t, up)
	for _, no := range []id.ID{rival, other, dist, shop0, 999_999_999} { // whoever is no upstream answers like who does not exist
		_, err = w.s.Offer(t.Context(), distA, sharing.Offer{Viewer: no, Terms: terms("sellout", "day")})
		w.gone(err)
	}
	_, err = w.s.Offer(t.Context(), of(dist, "distributor", "sales"), sharing.Offer{Viewer: maker, Terms: terms("sellout", "day")})
	require.Equal(t, "access.denied", errs.CodeOf(err))
	_, err = w.s.Offer(t.Context(), distA, sharing.Offer{Viewer: maker, Terms: sharing.Terms{Measure: "cost", Delay: -1, Until: "2020-01-01"}})
	var e *errs.Error
	require.ErrorAs(t, err, &e)
	require.GreaterOrEqual(t, len(e.Fields), 6)
}

// A shop shares with the producer above its seller: goods of the producer's, whoever sold them to it.
func TestTheSellersSellerSeesItsOwnGoods(t *testing.T) {
	w := newWorld(t)
	w.sells(shop0, counter, robusta, "2026-03-10", 2)
	w.sells(shop0, counter, foreign, "2026-03-10", 8)
	x, err := w.s.Offer(t.Context(), shop(0), sharing.Offer{Viewer: maker, Terms: terms("sellout", "day")})
	require.NoError(t, err)
	x, err = w.s.Step(t.Context(), makerA, noKey, x.ID, 0, "accept")
	require.NoError(t, err)
	cells, err := w.look(makerA, x, sharing.Ask{})
	require.NoError(t, err)
	require.Len(t, cells, 1)
	require.Equal(t, robusta, cells[0].Product)
	y, err := w.s.Offer(t.Context(), shop(0), sharing.Offer{Viewer: dist, Terms: terms("sellout", "day")})
	require.NoError(t, err)
	y, err = w.s.Step(t.Context(), distA, noKey, y.ID, 0, "accept")
	require.NoError(t, err)
	cells, err = w.look(distA, y, sharing.Ask{})
	require.NoError(t, err)
	require.Empty(t, cells, "the distributor has sold it nothing")
	w.sells(dist, shop0, foreign, "2026-03-01", 8)
	cells, err = w.look(distA, y, sharing.Ask{})
	require.NoError(t, err)
	require.Len(t, cells, 1)
	require.Equal(t, foreign, cells[0].Product)
}

// TestAnOrderAloneOpensNothing: what the viewer orders, cancels, is refused or gets back in full does not make goods its business.
func TestAnOrderAloneOpensNothing(t *testing.T) {
	for _, measure := range []string{"sellout", "orders", "stock"} {
		w := newWorld(t)
		w.sells(shop0, counter, foreign, "2026-03-10", 8)
		w.stands(shop0, 900, foreign, "2026-03-10", 8)
		x, err := w.s.Offer(t.Context(), shop(0), sharing.Offer{Viewer: dist, Terms: terms(measure, "day")})
		require.NoError(t, err)
		x, err = w.s.Step(t.Context(), distA, noKey, x.ID, 0, "accept")
		require.NoError(t, err)
		w.sells(dist, shop0, foreign, "2026-03-01", 8)
		of := "order_id IN (SELECT id FROM orders WHERE seller = 20)"
		for state, changes := range map[string][2]string{
			"cancelled": {"status = 'cancelled'", "delivered = 0, cancelled = qty"}, "rejected": {"status = 'rejected'", "delivered = 0"},
			"placed": {"status = 'placed'", "delivered = 0"}, "on its way": {"status = 'dispatched'", "delivered = 0, dispatched = qty"},
			"cancelled, whatever was delivered": {"status = 'cancelled'", "delivered = qty"}, "returned": {"status = 'closed'", "delivered = qty, returned = qty"},
			"a return": {"kind = 'return'", "delivered = qty, dir = -1"}} {
			w.exec("UPDATE orders SET kind = 'sale', status = 'paid' WHERE seller = 20")
			w.exec("UPDATE order_line SET delivered = qty, returned = 0, cancelled = 0, dir = 1 WHERE " + of)
			cells, err := w.look(distA, x, sharing.Ask{})
			require.NoError(t, err)
			require.NotEmpty(t, cells, "%s of what was delivered", measure)
			w.exec("UPDATE orders SET " + changes[0] + " WHERE seller = 20")
			w.exec("UPDATE order_line SET " + changes[1] + " WHERE " + of)
			cells, err = w.look(distA, x, sharing.Ask{})
			require.NoError(t, err)
			require.Empty(t, cells, "%s of what is %s", measure, state)
		}
	}
}

func TestEveryLookIsWrittenDown(t *testing.T) {
	w := newWorld(t)
	w.insert("person", map[string]any{"id": makerA.Person, "email": "a@b.example", "name": "Ani", "lang": "id"})
	w.sells(dist, shop0, robusta, "2026-03-10", 5)
	x := w.shared(terms("sellout", "day"))
	for _, way := range []string{"page", "api", "workbook"} {
		_, err := w.s.Look(t.Context(), makerA, x.ID, sharing.Ask{From: "2026-03-01", Product: robusta, Way: way}, list.Query{})
		require.NoError(t, err)
	}
	_, err := w.s.Look(t.Context(), makerA, x.ID, sharing.Ask{From: "2026-03-05", To: "2026-03-01", Way: "api"}, list.Query{})
	require.Equal(t, "invalid", errs.CodeOf(err))
	p, err := w.s.Looks(t.Context(), distA, x.ID, list.Query{Size: 2})
	require.NoError(t, err)
	require.Len(t, p.Items, 2)
	require.Equal(t, "workbook", p.Items[0].Way)
	require.Equal(t, "Ani", p.Items[0].Person)
	require.Equal(t, int64(1), p.Items[0].Shown)
	require.Equal(t, `{"from":"2026-03-01","product":"61"}`, p.Items[0].Asked)
	p, err = w.s.Looks(t.Context(), distA, x.ID, list.Query{Cursor: p.Next})
	require.NoError(t, err)
	require.Len(t, p.Items, 1)
	require.Empty(t, p.Next)
}

func TestTwoHundredOffersAtOnceAreOne(t *testing.T) {
	w := newWorld(t)
	var mu sync.Mutex
	got := map[string]int{}
	made := map[id.ID]bool{}
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			k := audit.Key{Client: fmt.Sprint("k", i%2), Hash: audit.HashOf("offer")}
			x, err := w.s.Offer(t.Context(), distA, sharing.Offer{Key: k, Viewer: maker, Terms: terms("sellout", "day")})
			mu.Lock()
			defer mu.Unlock()
			if got[errs.CodeOf(err)]++; err == nil {
				made[x.ID] = true
			}
		})
	}
	wg.Wait()
	require.Len(t, made, 1, "%v", got)
	require.Equal(t, 100, got["sharing.offered_already"], "%v: one key made it, the other was refused", got)
}
