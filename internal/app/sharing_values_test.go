package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"saluran/internal/app"
	"saluran/internal/clock"
)

// TestValuesAreSharedOnlyWhereTheyAreGranted: by the API, on the page and in the workbook; and for roles that see no money not then either.
func TestValuesAreSharedOnlyWhereTheyAreGranted(t *testing.T) {
	now := clock.NewFixed(clock.Date("2026-03-10").Noon("Asia/Jakarta"))
	m := newMarket(t, "delivery", func(c *app.Config) { c.Clock = now })
	order := "/orders/" + str(m.place(t, "48", ""), "id")
	m.seller.post(order+"/confirm", nil, 200)
	m.buyer.post("/shipments/"+str(m.seller.post(order+"/dispatch", nil, 201), "id")+"/receive", nil, 200)
	list := str(m.buyer.post("/price-lists", map[string]any{"name": "Warung", "currency": "IDR"}, 201), "id")
	m.buyer.post("/price-lists/"+list+"/prices", map[string]any{"prices": []any{map[string]any{"product": m.product, "from": "2025-01-01", "price": "55500"}}}, 204)
	m.buyer.post("/counter-sales", map[string]any{"price_list": list, "paid": true, "method": "cash", "lines": []any{map[string]any{"product": m.product, "qty": "3"}}}, 201)
	sale := items(m.buyer.get("/invoices?side=seller"))
	require.Len(t, sale, 1)
	net := str(sale[0], "net")
	require.NotEmpty(t, net)
	now.Set(clock.Date("2026-03-12").Noon("Asia/Jakarta"))
	offer := func(values any) map[string]any {
		return map[string]any{"viewer": m.seller.org, "measure": "sellout", "period": "day", "goods": "product", "place": "none", "delay_days": 0, "min_group": 1, "purpose": "Plan",
			"since": "2026-03-01", "until": "2026-12-31", "values": values}
	}
	marketing := m.seed(t, "KOPI", "marketing", "values")
	browser := m.enter("owner@kopi.example")
	blind := m.enter("marketing-values@money.example")
	page := func(c *http.Client, path string) string {
		res, err := c.Get(m.url + path)
		require.NoError(t, err)
		require.Equal(t, 200, res.StatusCode)
		return body(t, res)
	}
	sheet := func(who *user, path string) [][]string {
		j := who.post(path+"/export", map[string]any{"lang": "en"}, 202)
		require.Equal(t, "done", str(who.waitJob("/exports/"+str(j, "id")), "status"))
		req, err := http.NewRequest("GET", m.url+"/api/v1/exports/"+str(j, "id")+"/file", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+who.token)
		got, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		x, err := excelize.OpenReader(strings.NewReader(body(t, got)))
		require.NoError(t, err)
		rows, err := x.GetRows(x.GetSheetList()[0], excelize.Options{RawCellValue: true})
		require.NoError(t, err)
		return rows
	}
	whole, _, _ := strings.Cut(net, ".")
	require.Len(t, whole, 6)
	shown := whole[:3] + "," + whole[3:]

	// Not granted: nothing of values anywhere.
	plain := str(m.buyer.post("/sharing", offer(false), 201), "id")
	require.NotContains(t, m.seller.post("/sharing/"+plain+"/accept", nil, 200), "values")
	path := "/shared/" + plain
	figures := items(m.seller.get(path))
	require.Len(t, figures, 1)
	require.Equal(t, "3", str(figures[0], "qty"))
	require.NotContains(t, figures[0], "net")
	require.NotContains(t, figures[0], "currency")
	text := page(browser, path)
	require.NotContains(t, text, shown)
	require.NotContains(t, text, "Rp")
	require.Contains(t, page(browser, "/sharing/"+plain), "quantities only")
	rows := sheet(m.seller, path)
	require.Len(t, rows[0], 8)
	require.NotContains(t, strings.Join(rows[1], " "), strings.TrimSuffix(net, ".00"))
	m.buyer.post("/sharing/"+plain+"/withdraw", nil, 200)

	// Stock has none; what is refused changes nothing, and is kept in the form.
	bad := offer(true)
	bad["measure"] = "stock"
	a := m.buyer.do("POST", "/sharing", bad)
	require.Equal(t, 422, a.status)
	require.Contains(t, a.text, "Stock has no selling value")
	shop := m.enter("owner@toko.example")
	form := url.Values{"viewer": {m.seller.org}, "measure": {"stock"}, "values": {"1"}, "period": {"day"}, "goods": {"product"}, "place": {"none"}, "delay_days": {"0"}, "min_group": {"1"},
		"purpose": {"Plan the month"}, "since": {"2026-03-01"}, "until": {"2026-12-31"}}
	form.Set("_csrf", formToken.FindStringSubmatch(page(shop, "/sharing"))[1])
	res, err := shop.PostForm(m.url+"/sharing", form)
	require.NoError(t, err)
	require.Equal(t, 422, res.StatusCode)
	text = body(t, res)
	require.Contains(t, text, "Stock has no selling value")
	require.Contains(t, text, "Plan the month")
	require.Contains(t, text, `<option value="1" selected>quantities and values`)

	// Granted, by the form: what the grantor's own bill says.
	form.Set("measure", "sellout")
	form.Set("_csrf", formToken.FindStringSubmatch(text)[1])
	res, err = shop.PostForm(m.url+"/sharing", form)
	require.NoError(t, err)
	require.Equal(t, 200, res.StatusCode)
	require.Contains(t, body(t, res), "quantities and values")
	no := str(items(m.seller.get("/sharing?side=received"))[0], "id")
	require.Contains(t, page(browser, "/sharing/"+no), "quantities and values", "what is accepted")
	require.Equal(t, true, m.seller.post("/sharing/"+no+"/accept", nil, 200)["values"])
	path = "/shared/" + no
	figures = items(m.seller.get(path))
	require.Len(t, figures, 1)
	require.Equal(t, net, str(figures[0], "net"))
	require.Equal(t, "IDR", str(figures[0], "currency"))
	text = page(browser, path)
	require.Contains(t, text, shown)
	require.Contains(t, text, "Value before tax")
	rows = sheet(m.seller, path)
	require.Equal(t, []string{"currency", "value before tax"}, lower(rows[0][8:]))
	require.Equal(t, []string{"IDR", strings.TrimSuffix(net, ".00")}, rows[1][8:])

	// Who sees no money sees the same figures without it.
	figures = items(marketing.get(path))
	require.Equal(t, "3", str(figures[0], "qty"))
	require.NotContains(t, figures[0], "net")
	text = page(blind, path)
	require.NotContains(t, text, shown)
	require.NotContains(t, text, "Value before tax")
	require.Len(t, sheet(marketing, path)[0], 9)

	ways := map[string]int{}
	for _, l := range items(m.buyer.get("/sharing/" + no + "/looks")) {
		ways[str(l, "way")]++
	}
	require.Equal(t, map[string]int{"api": 2, "page": 2, "workbook": 2}, ways)
	m.buyer.post("/sharing/"+no+"/withdraw", nil, 200)
	require.Equal(t, 404, m.seller.do("GET", path, nil).status)
}

func lower(words []string) (out []string) {
	for _, w := range words {
		out = append(out, strings.ToLower(w))
	}
	return out
}
