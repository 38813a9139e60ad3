package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// TestOffersAreForThoseWhoNegotiate: terms that are only offered, or were declined, are not there for finance, warehouse and viewer of
// either side, wherever they could be read; terms that both accepted are read as before.
func TestOffersAreForThoseWhoNegotiate(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	link := str(items(m.seller.get("/links"))[0], "id")
	inForce := str(items(m.seller.get("/agreements"))[0], "id")
	offer := func(days int) string {
		return str(m.seller.post("/agreements", map[string]any{"link": link, "from": "2025-01-01", "price_list": m.list, "currency": "IDR", "net_days": days, "title_on": "delivery", "risk_on": "delivery"}, 201), "id")
	}
	declined := offer(13)
	m.buyer.post("/agreements/"+declined+"/decline", map[string]any{"reason": "alasan rahasia"}, 200)
	open := offer(14)
	for _, u := range []*user{m.seller, m.buyer} {
		require.Len(t, items(u.get("/agreements")), 3)
		require.Equal(t, 200, u.do("GET", "/agreements/"+open, nil).status)
	}
	for side, code := range map[string]string{"buyer": "T01", "seller": "KOPI"} {
		for _, role := range []string{"finance", "viewer", "warehouse"} {
			u := m.seed(t, code, role, side)
			none := u.do("GET", "/agreements/999999999", nil)
			for _, no := range []string{open, declined} {
				got := u.do("GET", "/agreements/"+no, nil)
				require.Equal(t, none.status, got.status, "%s of the %s", role, side)
				require.Equal(t, none.body["code"], got.body["code"])
				require.Equal(t, u.do("POST", "/agreements/999999999/accept", nil).body["code"], u.do("POST", "/agreements/"+no+"/accept", nil).body["code"], role)
				require.Equal(t, u.do("POST", "/agreements/999999999/decline", map[string]any{}).body["code"], u.do("POST", "/agreements/"+no+"/decline", map[string]any{}).body["code"], role)
			}
			if role != "warehouse" {
				require.Len(t, items(u.get("/agreements?link="+link)), 1)
				require.Len(t, items(u.get("/agreements")), 1)
				require.Equal(t, 200, u.do("GET", "/agreements/"+inForce, nil).status)
			}
			page := m.clickAs(role + "-" + side + "@money.example").get("/partners/" + link).text
			require.NotContains(t, page, "alasan rahasia", "%s of the %s", role, side)
			require.NotContains(t, page, "/agreements/"+open, "%s of the %s", role, side)
			require.Empty(t, u.waits("terms"))
			require.NotContains(t, u.told(), "terms.offered")
			if role != "warehouse" {
				require.Empty(t, items(u.get("/links?terms=true")))
			}
		}
	}
}

// TestActionsAreThoseOfTheActor: what an answer offers to do with an order, the role may do, and a key within its scopes.
func TestActionsAreThoseOfTheActor(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	path := "/orders/" + str(m.place(t, "4", ""), "id")
	offered := func(u *user) (out []string) {
		all, _ := u.get(path)["actions"].([]any)
		for _, x := range all {
			out = append(out, x.(string))
		}
		return out
	}
	require.Contains(t, offered(m.seller), "confirm")
	store := m.seed(t, "KOPI", "warehouse", "seller")
	require.NotContains(t, offered(store), "confirm")
	require.NotContains(t, offered(store), "cancel")
	require.Empty(t, offered(m.seed(t, "KOPI", "viewer", "seller")))
	require.Contains(t, offered(m.seed(t, "T01", "purchasing", "buyer")), "cancel")
	require.Empty(t, offered(m.seed(t, "T01", "finance", "buyer")))
	key := str(m.seller.post("/keys", map[string]any{"name": "reads", "scopes": []string{"order:read"}, "days": 30}, 201), "secret")
	require.Empty(t, offered(&user{p: m.portal, token: key}))
	m.seller.post(path+"/confirm", nil, 200)
	require.Contains(t, offered(store), "dispatch")
	require.NotContains(t, offered(store), "invoice")
}
