package app_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// Nobody makes an account for another; an invitation says nothing of whether there is one.
func TestAccountsAreMadeByWhoOpensThem(t *testing.T) {
	m := newMarket(t, "delivery")
	a := m.seller.do("POST", "/people", map[string]any{"email": "bookkeeper@free.example", "name": "B", "password": password, "role": "finance"})
	require.Contains(t, []int{404, 405}, a.status, a.text)
	known := m.seller.do("POST", "/invitations", map[string]any{"email": "owner@toko.example", "role": "viewer"})
	fresh := m.seller.do("POST", "/invitations", map[string]any{"email": "owner@nobody.example", "role": "viewer"})
	require.Equal(t, 201, known.status)
	require.Equal(t, 201, fresh.status)
	like := func(a map[string]any) (keys []string) {
		for k, v := range a {
			if k != "id" && !strings.Contains(k, "email") && !strings.HasSuffix(k, "_at") {
				keys = append(keys, k, str(map[string]any{"v": v}, "v"))
			}
		}
		return keys
	}
	require.ElementsMatch(t, like(known.body), like(fresh.body))
	// Who comes chooses the password: whoever invited does not know it, there or elsewhere.
	m.seller.post("/invitations", map[string]any{"email": "bookkeeper@free.example", "role": "finance"}, 201)
	link := tokenOf(m.letter("bookkeeper@free.example", 1))
	require.Equal(t, 204, stranger(m.portal).do("POST", "/join/invitation/accept", map[string]any{"token": link, "name": "B", "password": "kata sandi B sendiri"}).status)
	require.Equal(t, 401, stranger(m.portal).do("POST", "/sessions", map[string]any{"email": "bookkeeper@free.example", "password": password}).status)
	require.Equal(t, 201, stranger(m.portal).do("POST", "/sessions", map[string]any{"email": "bookkeeper@free.example", "password": "kata sandi B sendiri"}).status)
}

// A stranger who knows a code proposes a link: the other side is a name and a code to it, and shows no seal; it is told, accepts or
// ends it, and may end it later.
func TestALinkNeedsBothSides(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	victim := m.another(t, distributor, "D77", "owner@korban.example")
	me := victim.do("GET", "/orgs/"+victim.org, nil)
	set := victim.do("PUT", "/orgs/"+victim.org, map[string]any{"name": str(me.body, "name"), "zone": "Asia/Jakarta", "vat_registered": true, "tax_no": "0011223344556677",
		"phone": "0811-77", "address": "Jalan Korban 9", "city": "Malang"}, "If-Match", me.header.Get("ETag"))
	require.Equal(t, 200, set.status, set.text)
	channel := str(m.seller.post("/channels", map[string]any{"name": "Jauh", "shape": "free", "tiers": []any{producer, distributor}}, 201), "id")
	made := m.seller.do("POST", "/links", map[string]any{"channel": channel, "seller": m.seller.org, "buyer": victim.org, "code": "D77", "place": true})
	require.Equal(t, 201, made.status, made.text)
	link := str(made.body, "id")
	require.Equal(t, []any{victim.org}, made.body["waits_for"])
	hidden := func() {
		t.Helper()
		o := m.seller.do("GET", "/orgs/"+victim.org, nil)
		require.Equal(t, 200, o.status)
		for _, secret := range []string{"0011223344556677", "0811-77", "Jalan Korban", "Malang"} {
			require.NotContains(t, o.text, secret)
			require.NotContains(t, m.seller.do("GET", "/orgs?q=D77", nil).text, secret)
		}
	}
	hidden()
	require.NoError(t, m.Seals.Pass(t.Context()))
	require.Equal(t, 404, m.seller.do("GET", "/seals?organisation="+victim.org, nil).status)
	require.NoError(t, m.Mailer.Deliver(t.Context()))
	require.Contains(t, m.letter("owner@korban.example", 1).Text, "PT Kopi Gunung", "who answers for it is told")
	require.Equal(t, 404, m.buyer.do("POST", "/links/"+link+"/accept", nil, "If-Match", `"1"`).status, "to others it is none")
	require.Equal(t, 200, m.seller.do("POST", "/links/"+link+"/accept", nil, "If-Match", `"1"`).status)
	hidden()
	c := m.clickAs("owner@korban.example")
	require.Contains(t, c.get("/").text, "/partners/"+link, "it stands on the first page")
	require.Contains(t, c.get("/partners/"+link).text, "/links/"+link+"/accept")
	yes := victim.do("POST", "/links/"+link+"/accept", nil, "If-Match", `"1"`)
	require.Equal(t, 200, yes.status, yes.text)
	require.Contains(t, m.seller.do("GET", "/orgs/"+victim.org, nil).text, "0011223344556677")
	require.Equal(t, 404, m.seller.do("GET", "/seals?organisation="+victim.org, nil).status, "seals want an agreement")
	end := victim.do("PUT", "/links/"+link, map[string]any{"active": false}, "If-Match", yes.header.Get("ETag"))
	require.Equal(t, 200, end.status, end.text)
	hidden()
	require.Equal(t, 200, m.buyer.do("GET", "/seals?organisation="+m.seller.org, nil).status, "who has agreed to terms holds seals")
}
