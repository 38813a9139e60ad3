package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSearchedStockCountsWhatItFound: the counters beside the stands are those of the goods that were found, by name or by lot.
func TestSearchedStockCountsWhatItFound(t *testing.T) {
	m := newMarket(t, "delivery")
	other := str(m.seller.post("/products", map[string]any{"sku": "TEH-100", "name": "Teh Melati", "expires": true}, 201), "id")
	m.seller.post("/lots", map[string]any{"product": other, "code": "T-77", "expires_on": "2030-01-01", "qty": "5"}, 201)
	c := m.clickAs("owner@kopi.example")
	for _, q := range []string{"teh", "T-77", "TEH-100"} {
		page := c.get("/stock?q=" + q).text
		require.Contains(t, page, "Teh Melati", q)
		require.NotContains(t, page, "Robusta", q)
	}
	require.NotContains(t, c.get("/stock?q=nothinglikethis").text, "Robusta")
	all := c.get("/stock").text
	require.Contains(t, all, "Robusta")
	require.Contains(t, all, "Teh Melati")
}

// TestListsOfferWhatThePersonMayDo: who may place no order is not led to one from a partner's row, and a buyer's payments have no acts
// of a seller, also where nobody asked for a side.
func TestListsOfferWhatThePersonMayDo(t *testing.T) {
	m := newMarket(t, "delivery")
	m.seed(t, "T01", "finance", "shop")
	m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": "1000", "method": "transfer"}, 201)
	owner, finance, seller := m.clickAs("owner@toko.example"), m.clickAs("finance-shop@money.example"), m.clickAs("owner@kopi.example")
	const order = `/orders/quick?seller=`
	require.Contains(t, owner.get("/partners").text, order)
	require.NotContains(t, finance.get("/partners").text, order, "finance places none")
	const act = `name="do"`
	require.Contains(t, seller.get("/payments").text, act, "who is paid matches many at once")
	require.NotContains(t, owner.get("/payments").text, act)
	require.NotContains(t, owner.get("/payments?side=buyer").text, act)
}

// TestWhoMaySetNoLogoHearsThatFirst: the right is asked before the picture is looked at.
func TestWhoMaySetNoLogoHearsThatFirst(t *testing.T) {
	m := newMarket(t, "delivery")
	viewer := m.seed(t, "T01", "viewer", "shop")
	for _, x := range [][2]string{{"PUT", "/orgs/" + viewer.org + "/logo"}, {"DELETE", "/orgs/" + viewer.org + "/logo"}} {
		a := viewer.do(x[0], x[1], map[string]any{})
		require.Equal(t, 403, a.status, "%s: %s", x[0], a.text)
	}
}
