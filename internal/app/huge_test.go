package app_test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/trade"
)

// TestLongAnOrderOfFiveThousandLines: an order as long as any may be goes the whole way, each step in one request, and its pages
// open for both sides; one line more is refused and changes nothing. How long each step takes is printed.
func TestLongAnOrderOfFiveThousandLines(t *testing.T) {
	m := newMarket(t, "delivery")
	products := m.assortment(t, trade.MaxLines)
	step := func(what string, do func()) {
		began := time.Now()
		do()
		t.Logf("%-20s %v", what, time.Since(began).Round(time.Millisecond))
	}
	lines := make([]any, len(products))
	for i, p := range products {
		lines[i] = map[string]any{"product": p, "qty": strconv.Itoa(1 + i%7), "unit": "carton"}
	}
	ask := map[string]any{"seller": m.seller.org, "reference": "PO-5000", "lines": append(lines, lines[0])}
	refused := m.buyer.do("POST", "/orders", ask)
	require.Equal(t, 422, refused.status, refused.text)
	require.Contains(t, refused.text, "5000")
	require.Empty(t, items(m.buyer.get("/orders")))

	var o, ship, invoice map[string]any
	ask["lines"] = lines
	step("placed", func() { o = m.buyer.post("/orders", ask, 201) })
	require.Len(t, o["lines"], trade.MaxLines)
	path := "/orders/" + str(o, "id")
	step("confirmed", func() { m.seller.post(path+"/confirm", nil, 200) })
	seller, shop := m.clickAs("owner@kopi.example"), m.clickAs("owner@toko.example")
	step("dispatched", func() {
		last := seller.get(path + "?line=4901")
		form, shown := last.fields(path+"/dispatch"), last.form(path+"/dispatch")
		require.Equal(t, "4901", form.Get("line"))
		require.Contains(t, shown, `name="dispatch-5000"`)
		require.NotContains(t, shown, `name="dispatch-4900"`, "what is not shown is not in the form")
		form.Set("all", "1")
		require.Equal(t, http.StatusSeeOther, seller.post(path+"/dispatch", form).status)
	})
	ship = m.seller.get("/shipments/" + str(items(m.seller.get("/shipments"))[0], "id"))
	require.Len(t, ship["lines"], trade.MaxLines)
	damaged := map[string]any{"lines": []any{map[string]any{"n": trade.MaxLines, "received": "23", "damaged": "1", "short": strconv.Itoa((1+(trade.MaxLines-1)%7)*24 - 24), "reason": "box crushed"}}}
	step("received", func() { m.buyer.post("/shipments/"+str(ship, "id")+"/receive", damaged, 200) })
	step("invoiced", func() { invoice = m.seller.post(path+"/invoice", nil, 201) })
	total := str(invoice, "total")
	step("paid", func() {
		pay := m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": total, "method": "transfer",
			"allocate": []any{map[string]any{"invoice": str(invoice, "id"), "amount": total}}}, 201)
		m.seller.post("/payments/"+str(pay, "id")+"/confirm", nil, 200)
	})
	require.Equal(t, "paid", m.buyer.get("/invoices/" + str(invoice, "id"))["status"])
	for _, at := range []string{path, "/shipments/" + str(ship, "id"), "/invoices/" + str(invoice, "id")} {
		require.Equal(t, 200, m.seller.do("GET", at, nil).status, at)
		for _, who := range []*clicker{seller, shop} {
			first, last := who.get(at), who.get(at+"?line=4901")
			require.Contains(t, first.text, "Lines 1 to 100 of 5,000")
			require.Contains(t, first.text, "Barang 0099")
			require.NotContains(t, first.text, "Barang 0100")
			require.Contains(t, last.text, "Barang 4999")
			require.NotContains(t, last.text, "Lines after")
			require.Contains(t, who.get(at+"?line=5001").text, "Lines 1 to 100", "a line that there is not is the first")
			require.Less(t, len(first.text), 300_000, at)
		}
	}
	step("verified", func() { m.holdsTogether(t) })
}

// assortment makes n products with a price and 240 pieces of stock each, and answers their ids.
func (m *market) assortment(t *testing.T, n int) []string {
	t.Helper()
	out, bad := make([]string, n), make([]string, n)
	each := func(do func(i int) answer) {
		var all sync.WaitGroup
		for w := range 8 {
			all.Go(func() {
				for i := w; i < n; i += 8 {
					a := do(i)
					for ; a.status == 503; a = do(i) {
						time.Sleep(20 * time.Millisecond)
					}
					if bad[i] = ""; a.status != 201 {
						bad[i] = a.text
					}
				}
			})
		}
		all.Wait()
		for _, b := range bad {
			require.Empty(t, b)
		}
	}
	each(func(i int) answer {
		a := m.seller.do("POST", "/products", map[string]any{"sku": fmt.Sprintf("P-%04d", i), "name": fmt.Sprintf("Barang %04d", i),
			"units": []any{map[string]any{"name": "carton", "base": "24"}}})
		out[i] = str(a.body, "id")
		return a
	})
	prices := make([]any, n)
	for i, p := range out {
		prices[i] = map[string]any{"product": p, "from": "2025-01-01", "price": strconv.Itoa(10 + i%90)}
	}
	m.seller.post("/price-lists/"+m.list+"/prices", map[string]any{"prices": prices}, 204)
	each(func(i int) answer {
		return m.seller.do("POST", "/lots", map[string]any{"product": out[i], "code": fmt.Sprintf("L-%04d", i), "qty": "240"})
	})
	return out
}
