package sharing_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/report"
	"saluran/internal/sharing"
)

// bills files an order of one line with its bill in a currency; what was cancelled of the order is not billed.
func (w *world) bills(buyer, product id.ID, on clock.Date, units, cancelled int64, currency string, net, billed money.Minor) {
	order, invoice := w.id(), w.id()
	w.insert("orders", map[string]any{"id": order, "number": fmt.Sprint("PO-", order), "kind": "sale", "seller": dist, "buyer": buyer, "currency": currency, "status": "paid",
		"ordered_on": on, "ship_from": 700 + int64(dist), "net": net})
	w.insert("order_line", map[string]any{"order_id": order, "line": 1, "product": product, "qty": units * 1000, "cancelled": cancelled * 1000, "delivered": (units - cancelled) * 1000,
		"dir": 1, "net": net})
	w.insert("invoice", map[string]any{"id": invoice, "number": fmt.Sprint("INV-", invoice), "kind": "invoice", "order_id": order, "seller": dist, "buyer": buyer,
		"currency": currency, "issued_on": on, "due_on": on, "net": billed})
	w.insert("invoice_line", map[string]any{"invoice_id": invoice, "n": 1, "order_id": order, "order_line": 1, "product": product, "qty": (units - cancelled) * 1000, "net": billed})
}

// credits files a credit note of a buyer.
func (w *world) credits(buyer, product id.ID, on clock.Date, units int64, currency string, net money.Minor) {
	note := w.id()
	w.insert("invoice", map[string]any{"id": note, "number": fmt.Sprint("CN-", note), "kind": "credit", "credits": 1, "seller": dist, "buyer": buyer, "currency": currency,
		"issued_on": on, "due_on": on, "net": -net})
	w.insert("invoice_line", map[string]any{"invoice_id": note, "n": 1, "product": product, "qty": -units * 1000, "net": -net})
}

func valued(measure, period string) sharing.Terms {
	t := terms(measure, period)
	t.Values = true
	return t
}

// TestValuesWithoutTheGrantAreNotEvenAskedFor: no amount and no currency is in the answer, nor in any question.
func TestValuesWithoutTheGrantAreNotEvenAskedFor(t *testing.T) {
	w := newWorld(t)
	w.bills(shop0, robusta, "2026-03-10", 5, 1, "IDR", 7_000_000, 5_600_000)
	w.bills(shop0, robusta, "2026-03-10", 2, 0, "USD", 900, 900)
	for _, measure := range []string{"sellout", "orders"} {
		x := w.shared(terms(measure, "day"))
		require.False(t, x.Values)
		stop := dbtest.Record()
		cells, err := w.look(makerA, x, sharing.Ask{})
		asked := strings.Join(stop(), "\n")
		require.NoError(t, err)
		require.Len(t, cells, 1, "not by currency either")
		require.Equal(t, int64(6000), int64(cells[0].Qty))
		require.Empty(t, cells[0].Currency)
		require.Zero(t, cells[0].Net)
		require.Contains(t, asked, "_line l")
		require.NotContains(t, asked, "l.net")
		require.NotContains(t, asked, ".currency AS")
	}
}

// TestValuesAreTheGrantorsBooks: what was billed less what was credited, and what is ordered and not cancelled, by currency and to the last
// sen; of the viewer's business only.
func TestValuesAreTheGrantorsBooks(t *testing.T) {
	w := newWorld(t)
	w.bills(shop0, robusta, "2026-03-02", 5, 0, "IDR", 7_000_100, 7_000_100)
	w.bills(shop0+1, robusta, "2026-03-02", 3, 1, "IDR", 1_000_000, 666_700) // a third is cancelled
	w.bills(shop0+2, robusta, "2026-03-02", 3, 1, "IDR", 1_000_000, 666_700) // another alike
	w.bills(shop0+3, robusta, "2026-03-02", 7, 2, "USD", 1001, 715)
	w.bills(shop0+4, robusta, "2026-03-02", 4, 4, "IDR", 5_000_000, 0) // all of it
	w.bills(shop0, arabika, "2026-03-02", 9, 0, "IDR", 8_800_000, 8_800_000)
	w.bills(shop0, foreign, "2026-03-02", 9, 0, "IDR", 99_000_000, 99_000_000)
	w.credits(shop0, arabika, "2026-03-02", 2, "IDR", 1_955_500)
	w.exec("UPDATE lane SET seq = 1000000 WHERE lane = 0")
	got := func(measure string) map[string]money.Minor {
		x := w.shared(valued(measure, "day"))
		cells, err := w.look(makerA, x, sharing.Ask{})
		require.NoError(t, err)
		out := map[string]money.Minor{}
		for _, c := range cells {
			out[c.Product.String()+c.Currency] += c.Net
		}
		require.Len(t, cells, len(out), "a cell is of one currency")
		return out
	}
	idr, usd := money.Currencies["IDR"], money.Currencies["USD"]
	third, _ := idr.Share(1_000_000, 2, 3)
	left, _ := usd.Share(1001, 5, 7)
	require.Equal(t, map[string]money.Minor{"61IDR": 7_000_100 + 2*third, "61USD": left, "62IDR": 8_800_000}, got("orders"))

	sold := got("sellout")
	require.Equal(t, map[string]money.Minor{"61IDR": 8_333_500, "61USD": 715, "62IDR": 6_844_500}, sold)
	own, err := (&report.Service{DB: w.d, Gate: w.gate}).Print(t.Context(), report.Ask{Report: "sales-by-product", Org: dist, From: "2026-03-01", To: "2026-03-31", Currency: "IDR"}, io.Discard, nil)
	require.NoError(t, err)
	require.Equal(t, own.Totals[2].V, int64(sold["61IDR"]+sold["62IDR"]+99_000_000), "the grantor's own report, less what is not the viewer's business: %v", own.Totals)
}

// TestASmallGroupHidesItsValueToo: a currency of which too few shops stand behind a cell is not shown, and no filter or role brings it out.
func TestASmallGroupHidesItsValueToo(t *testing.T) {
	for _, measure := range []string{"sellout", "orders"} {
		for _, place := range []string{"none", "region", "shop"} {
			w := newWorld(t)
			for i := range id.ID(6) { // two in each city
				w.bills(shop0+i, robusta, "2026-03-10", 5, 1, "IDR", 5_000_000, 4_000_000)
			}
			w.bills(shop0, robusta, "2026-03-10", 5, 1, "USD", 5000, 4000)
			n := valued(measure, "day")
			n.Place, n.MinGroup = place, 2
			x := w.shared(n)
			for _, ask := range []sharing.Ask{{}, {Product: robusta}, {Region: "Surabaya"}, {From: "2026-03-10", To: "2026-03-10"}} {
				cells, err := w.look(makerA, x, ask)
				require.NoError(t, err)
				if place != "none" && ask.Region == "" {
					require.NotEmpty(t, cells)
				}
				for _, c := range cells {
					require.Equal(t, "IDR", c.Currency, "%s %s: one shop alone", measure, place)
				}
			}
			// Who sees no money sees the same cells.
			all, err := w.look(makerA, x, sharing.Ask{})
			require.NoError(t, err)
			p, err := w.s.Look(t.Context(), of(maker, "producer", "marketing"), x.ID, sharing.Ask{Way: "workbook"}, list.Query{})
			require.NoError(t, err)
			require.True(t, p.Blind)
			require.Len(t, p.Items, len(all))
			for i, c := range p.Items {
				require.Zero(t, c.Net)
				require.NotZero(t, all[i].Net)
				c.Net = all[i].Net
				require.Equal(t, all[i], c)
			}
		}
	}
}

// TestValuesEndWithTheAgreement: what is over answers as before, each look is written down, and stock has no values to grant.
func TestValuesEndWithTheAgreement(t *testing.T) {
	w := newWorld(t)
	w.bills(shop0, robusta, "2026-03-10", 5, 0, "IDR", 7_000_000, 7_000_000)
	_, err := w.s.Offer(t.Context(), distA, sharing.Offer{Viewer: maker, Terms: valued("stock", "day")})
	var e *errs.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, []errs.Field{errs.F("values", "sharing.no_value")}, e.Fields)
	p, err := w.s.Sharings(t.Context(), distA, list.Query{})
	require.NoError(t, err)
	require.Empty(t, p.Items, "nothing changed")

	n := valued("sellout", "day")
	n.Until = today
	x := w.shared(n)
	require.True(t, x.Values)
	cells, err := w.look(makerA, x, sharing.Ask{})
	require.NoError(t, err)
	require.Equal(t, money.Minor(7_000_000), cells[0].Net)
	looks, err := w.s.Looks(t.Context(), distA, x.ID, list.Query{})
	require.NoError(t, err)
	require.Len(t, looks.Items, 1)
	together, err := w.s.Sellouts(t.Context(), makerA, "2026-03-01", today)
	require.NoError(t, err)
	require.Len(t, together[0].Items, 1)
	require.Zero(t, together[0].Items[0].Net, "looks together are of quantities")
	w.clock.Set(today.AddDays(1).Noon(zone))
	_, err = w.look(makerA, x, sharing.Ask{})
	w.gone(err)
	w.clock.Set(today.Noon(zone))
	_, err = w.s.Step(t.Context(), distA, noKey, x.ID, 0, "withdraw")
	require.NoError(t, err)
	_, err = w.look(makerA, x, sharing.Ask{})
	w.gone(err)
	w.shared(terms("sellout", "day")) // another takes its place, without values
	together, err = w.s.Sellouts(t.Context(), makerA, "2026-03-01", today)
	require.NoError(t, err)
	require.Empty(t, together[0].Items[0].Currency)
}
