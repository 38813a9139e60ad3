package app_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAWorkbookOfAListIsForWhoAskedForIt: it is written as its asker sees the list, field by field, so nobody else of the organisation
// fetches it, be it one who reads the list with less in it, a key that the asker made, or the asker after losing a right.
func TestAWorkbookOfAListIsForWhoAskedForIt(t *testing.T) {
	m := newMarket(t, "delivery")
	m.place(t, "48", "")
	ask := map[string]any{"list": "orders", "lang": "en"}
	file := func(by *user) string {
		j := by.post("/exports/lists", ask, 202)
		by.waitJob("/exports/" + str(j, "id"))
		return "/exports/" + str(j, "id") + "/file"
	}
	mine := file(m.seller)
	require.Equal(t, 200, m.seller.do("GET", mine, nil).status)
	for _, role := range strings.Fields("owner sales warehouse finance service marketing") {
		who := m.seed(t, "KOPI", role, "seller")
		a := who.do("GET", mine, nil)
		require.Equal(t, 403, a.status, "%s: %s", role, a.text)
		require.Equal(t, "export.list_of_another", a.body["code"], role)
		page := m.enter(role + "-seller@money.example")
		res, err := page.Get(m.url + "/exports")
		require.NoError(t, err)
		require.NotContains(t, body(t, res), `href="/files/`, role)
		if role == "service" || role == "marketing" {
			continue // they ask for none
		}
		own := file(who)
		require.Equal(t, 200, who.do("GET", own, nil).status, role)
		require.Equal(t, 403, m.seller.do("GET", own, nil).status, role)
	}
	key := m.seller.post("/keys", map[string]any{"name": "ERP", "scopes": []string{"order:read", "order:list", "export:read"}, "days": 30}, 201)
	require.Equal(t, 403, (&user{p: m.portal, token: str(key, "secret")}).do("GET", mine, nil).status)

	boss := m.seed(t, "KOPI", "owner", "second")
	his := file(boss)
	require.Equal(t, 200, boss.do("GET", his, nil).status)
	require.Equal(t, 204, m.seller.do("PUT", "/people/"+str(boss.get("/me"), "person")+"/role", map[string]any{"role": "warehouse"}).status)
	require.Equal(t, 403, boss.do("GET", his, nil).status, "what was written with a right is not had without it")
}
