package app_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// kept is what a phone keeps, or a script asks for.
func (c *clicker) kept(path string) (out map[string]any) {
	c.t.Helper()
	got := c.get(path)
	require.Equal(c.t, 200, got.status, got.text)
	require.NoError(c.t, json.Unmarshal([]byte(got.text), &out))
	return out
}

// takenForm is an order as a phone sends it: with the prices and the terms that were seen, and the key that it got when it was taken.
func (m *market) takenForm(c *clicker, n int, more ...string) url.Values {
	f := url.Values{"_key": {fmt.Sprintf("%032x", n)}, "_csrf": {c.kept("/m/device")["csrf"].(string)}, "seller": {m.seller.org}, "buyer": {m.shop}, "purpose": {"resale"}, "terms": {"net30"},
		"qty-" + m.product: {"2"}, "unit-" + m.product: {"carton"}, "price-" + m.product: {"38000"}}
	for i := 0; i+1 < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return f
}

// TestAnOrderTakenWithoutSignal is booked once, at the price and the terms that were seen, or it is said what has changed.
func TestAnOrderTakenWithoutSignal(t *testing.T) {
	m, nos := withGoods(t)
	c := m.clickAs("owner@toko.example")
	send := func(f url.Values) page {
		return c.post("/orders", f, "Accept", "application/json", "HX-Request", "true")
	}
	problem := func(status int, f url.Values) (out map[string]any) {
		got := send(f)
		require.Equal(t, status, got.status, got.text)
		require.NoError(t, json.Unmarshal([]byte(got.text), &out))
		return out
	}
	said := problem(409, m.takenForm(c, 1, "price-"+m.product, "40000"))
	require.Equal(t, "qty-"+m.product, said["fields"].([]any)[0].(map[string]any)["path"], "%v", said)
	require.Equal(t, "order.terms_changed", problem(409, m.takenForm(c, 1, "terms", "prepay"))["code"])
	require.Equal(t, "order.credit_exceeded", problem(409, m.takenForm(c, 1, "qty-"+m.product, "1000"))["code"])
	problem(409, m.takenForm(c, 1, "qty-999999", "1", "unit-999999", "pcs"))
	problem(422, m.takenForm(c, 1, "qty-"+m.product, "two"))
	problem(422, m.takenForm(c, 1, "price-"+m.product, "cheap"))
	problem(404, m.takenForm(c, 1, "seller", "999999"))
	require.Equal(t, 403, send(m.takenForm(c, 1, "_csrf", "another")).status)
	require.Empty(t, items(m.buyer.get("/orders")), "what was refused is not booked")

	// the key is the same whatever was refused before, and books once
	first := send(m.takenForm(c, 1))
	require.Equal(t, 200, first.status, first.text)
	at := first.header.Get("HX-Redirect")
	require.Contains(t, at, "/orders/")
	today := time.Now().In(time.FixedZone("WIB", 7*3600)).Format(time.DateOnly)
	m.seller.post("/price-lists/"+m.list+"/prices", map[string]any{"prices": []any{map[string]any{"product": m.product, "from": today, "price": "41000"}}}, 204)
	require.Equal(t, at, send(m.takenForm(c, 1)).header.Get("HX-Redirect"), "sent again, after the price has changed: it was booked at the old one")
	require.True(t, strings.HasSuffix(fmt.Sprint(problem(422, m.takenForm(c, 1, "qty-"+m.product, "3"))["code"]), "key_reused"), "changed under the same key, it is not booked a second time")
	require.Len(t, items(m.buyer.get("/orders")), 1)

	agent := m.takenForm(c, 2, "qty-"+nos["007"], "01,125", "unit-"+nos["007"], "pcs", "price-"+nos["007"], "20000", "qty-"+m.product, "0")
	problem(422, agent) // tea is sold by whole pieces: it was read as one and an eighth, not as thousands
}

// TestWhatAPhoneKeeps: nothing of anybody lies in what is kept for all; what is of a person is for its session alone.
func TestWhatAPhoneKeeps(t *testing.T) {
	m, nos := withGoods(t)
	m.place(t, "2", "carton")
	c, stranger := m.clickAs("owner@toko.example"), m.click()
	pair := "/m/goods?seller=" + m.seller.org + "&buyer=" + m.shop
	goods := c.kept(pair)
	require.Equal(t, "net30", goods["terms"])
	first := goods["goods"].([]any)[0].(map[string]any)
	require.Equal(t, m.product, first["id"])
	require.NotEmpty(t, first["usual"])
	require.Len(t, goods["goods"], len(nos))
	require.Len(t, goods["orders"], 1)
	for _, path := range []string{"/m/goods", "/m/goods?seller=" + m.seller.org + "&buyer=999999"} {
		require.Equal(t, 404, c.get(path).status, path)
	}
	mine, again, seller := c.kept("/m/device"), m.clickAs("owner@toko.example").kept("/m/device"), m.clickAs("owner@kopi.example").kept("/m/device")
	require.Equal(t, mine["owner"], again["owner"], "the same person, signed in again, reads what it took")
	require.Equal(t, mine["seal"], again["seal"])
	for _, k := range []string{"owner", "person", "seal", "csrf"} {
		require.NotEqual(t, mine[k], seller[k], "%s is another's for another", k)
	}
	for _, path := range []string{"/m/device", pair} {
		got := stranger.do("GET", path, nil, "HX-Request", "true", "Accept", "application/json")
		require.Equal(t, 401, got.status, path)
		require.NotContains(t, got.text, "seal")
	}

	// the page for no signal is the same for everybody, and no form of a session is on it
	signed, unsigned := c.get("/m/outbox"), stranger.get("/m/outbox")
	require.Equal(t, unsigned.text, signed.text)
	for _, word := range []string{"Toko Satu", "Sri", "_csrf", mine["csrf"].(string), mine["owner"].(string)} {
		require.NotContains(t, signed.text, word)
	}
}

// TestThePortalIsInstalled: name, icons, where it opens, and a worker that serves every page.
func TestThePortalIsInstalled(t *testing.T) {
	m, _ := withGoods(t)
	c, stranger := m.clickAs("owner@toko.example"), m.click()
	manifest := c.kept("/manifest.webmanifest")
	require.Equal(t, "/m/order", manifest["start_url"], "a shop begins where it orders")
	require.Equal(t, "/", stranger.kept("/manifest.webmanifest")["start_url"])
	require.Equal(t, "application/manifest+json", c.get("/manifest.webmanifest").header.Get("Content-Type"))
	sizes := map[string]bool{}
	for _, i := range manifest["icons"].([]any) {
		icon := i.(map[string]any)
		got := c.get(str(icon, "src"))
		require.Equal(t, 200, got.status, icon)
		require.Equal(t, icon["type"], strings.Split(got.header.Get("Content-Type"), ";")[0])
		sizes[str(icon, "sizes")+str(icon, "purpose")] = true
	}
	for _, want := range []string{"192x192", "512x512", "192x192maskable", "512x512maskable"} {
		require.True(t, sizes[want], want)
	}
	worker := c.get("/sw.js")
	require.Equal(t, "no-cache", worker.header.Get("Cache-Control"))
	require.Contains(t, worker.header.Get("Content-Type"), "text/javascript")
	require.Contains(t, worker.header.Get("Content-Security-Policy"), "connect-src 'self'")
	require.Contains(t, worker.text, "/assets/outbox.")
	require.Contains(t, c.get("/m/order?seller="+m.seller.org+"&buyer="+m.shop).text, `data-pack="/m/goods?`)
}
