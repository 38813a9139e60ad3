package app_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// TestGoodsForEndUseAndWhatTheReceiverWrote: an order for end use is placed by its form, used up when it is received, and both sides
// read what the receiver wrote, on pages and by the API.
func TestGoodsForEndUseAndWhatTheReceiverWrote(t *testing.T) {
	m := newMarket(t, "payment")
	dbtest.Lift(t, m.DB)
	c := m.clickAs("owner@toko.example")
	pair := "seller=" + m.seller.org + "&buyer=" + m.shop
	pick := c.get("/orders/quick?tab=find&" + pair).fields("/cart/lines")
	pick.Set("qty", "10")
	pick.Set("unit", "pcs")
	require.Equal(t, 303, c.post("/cart/lines", pick).status)
	page := c.get("/cart?" + pair)
	form := page.fields("/cart/send")
	require.Contains(t, page.text, `value="resale" selected`)
	form.Set("purpose", "enduse")
	placed := c.post("/cart/send", form)
	require.Equal(t, 303, placed.status, placed.text)
	order, _, _ := strings.Cut(placed.header.Get("Location"), "?")
	require.Contains(t, c.get(order).text, "for end use")
	m.seller.post(order+"/confirm", nil, 200)
	ship := "/shipments/" + str(m.seller.post(order+"/dispatch", nil, 201), "id")
	m.buyer.post(ship+"/receive", map[string]any{"note": "Hujan <b>deras</b>", "lines": []any{
		map[string]any{"n": 1, "received": "8", "short": "2", "reason": "Dus basah"}}}, 200)
	require.Empty(t, items(m.buyer.get("/stock?by=holder")), "what is for end use never stands in stock")
	require.Empty(t, items(m.buyer.get("/stock?by=owner")))
	m.verifies(t)
	seller := m.clickAs("owner@kopi.example")
	for _, u := range []*user{m.buyer, m.seller} {
		h := u.get(ship)
		require.Equal(t, "Hujan <b>deras</b>", h["note"])
		require.Equal(t, "Dus basah", str(items(map[string]any{"items": h["lines"]})[0], "reason"))
	}
	for _, who := range []*clicker{c, seller} {
		for _, path := range []string{ship, order} {
			text := who.get(path).text
			require.Contains(t, text, "Hujan &lt;b&gt;deras&lt;/b&gt;", path)
			require.Contains(t, text, "Dus basah", path)
		}
		require.Contains(t, who.get(order).text, "used up", "the lanes say where the goods are")
	}
}
