package app_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// TestMoneyThatCameIn: who was paid notes it by the page, for one who owes; what is wrong is said with what was typed, and the same form
// twice is one payment.
func TestMoneyThatCameIn(t *testing.T) {
	m := newMarket(t, "delivery")
	c := m.clickAs("owner@kopi.example")
	require.Contains(t, c.get("/payments?side=seller").text, `href="/payments/new?side=seller"`)
	page := c.get("/payments/new?side=seller")
	require.Equal(t, 200, page.status)
	require.Contains(t, page.text, `<option value="`+m.shop+`"`)
	require.Contains(t, page.text, "Record a payment received")
	at := "/payments/new?" + url.Values{"side": {"seller"}, "payer": {m.shop}}.Encode()
	form := c.get(at).fields("/payments")
	require.Equal(t, []string{m.seller.org, m.shop}, []string{form.Get("payee"), form.Get("payer")})
	form.Set("method", "cash")
	form.Set("value_on", "2026-01-05")
	form.Set("reference", "KAS-1")
	bad := c.post("/payments", form)
	require.Equal(t, 422, bad.status)
	require.Contains(t, bad.text, "Record a payment received")
	require.Contains(t, bad.text, `value="KAS-1"`)
	require.Empty(t, items(m.seller.get("/payments")))

	form.Set("amount", "250000")
	form.Set("_key", bad.fields("/payments").Get("_key"))
	for range 2 {
		got := c.post("/payments", form)
		require.Equal(t, 303, got.status, got.text)
	}
	all := items(m.seller.get("/payments"))
	require.Len(t, all, 1)
	require.Equal(t, "250000", str(all[0], "amount"))
	require.Len(t, items(m.buyer.get("/payments")), 1, "who paid sees it, too")

	require.Equal(t, 404, c.get("/payments/new?"+url.Values{"side": {"seller"}, "payer": {nothing}}.Encode()).status)
	require.NotContains(t, m.clickAs("owner@toko.example").get("/payments").text, "/payments/new?side=seller", "who sells nothing is paid nothing")
	dbtest.Lift(t, m.DB)
	m.verifies(t)
}
