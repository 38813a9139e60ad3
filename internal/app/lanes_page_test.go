package app_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// TestTheOrderPageSaysWhatItsLanesLeaveOut: an order with more steps than stand beside each other says how many are between, and
// shows all of them when asked.
func TestTheOrderPageSaysWhatItsLanesLeaveOut(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	o := m.place(t, "48", "")
	path := "/orders/" + str(o, "id")
	m.seller.post(path+"/confirm", nil, 200)
	for range 4 { // four parts of twelve, each on its way and then there

		ship := m.seller.post(path+"/dispatch", map[string]any{"lines": []map[string]any{{"line": 1, "qty": "12"}}}, 201)
		m.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)
	}
	page := func(query string) string {
		res, err := m.enter("owner@kopi.example").Get(m.url + path + query)
		require.NoError(t, err)
		return body(t, res)
	}
	short := page("")
	require.Equal(t, 1, strings.Count(short, `class="k-lane`))
	require.True(t, strings.Contains(short, "5 steps in between are not shown"), "nine stands, of which the first and the last three are shown")
	all := page("?lanes=all")
	require.Greater(t, strings.Count(all, `class="k-lane`), 1)
	require.False(t, strings.Contains(all, "steps in between"))
	require.Equal(t, 4, strings.Count(all, `class="h">Goods shipped`))
}

// TestLanesSayThePartThatMoved: of an order that was shipped, invoiced and paid in part, no lane says that all of it passed.
func TestLanesSayThePartThatMoved(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	path := "/orders/" + str(m.place(t, "40", ""), "id")
	m.seller.post(path+"/confirm", nil, 200)
	ship := m.seller.post(path+"/dispatch", map[string]any{"lines": []map[string]any{{"line": 1, "qty": "12"}}}, 201)
	m.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)
	v := m.seller.post(path+"/invoice", map[string]any{"lines": []map[string]any{{"line": 1, "qty": "12"}}}, 201)
	p := m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": str(v, "total"), "method": "transfer"}, 201)
	m.seller.post("/payments/"+str(p, "id")+"/confirm", nil, 200)
	page := m.clickAs("owner@kopi.example").get(path).text
	require.Contains(t, page, "paid, 12 of 40")
	require.NotContains(t, page, ">paid<")
	require.Regexp(t, "Toko Satu[, ]+12", page, "title, goods and risk of twelve")
	require.NotContains(t, page, ">Toko Satu</b>")
	require.Contains(t, page, "28 of 40", "what is still to come")
}
