package app_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// TestAKeyOfTheAPI: what a key may do over the wire, and what is for people alone.
func TestAKeyOfTheAPI(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	o := m.place(t, "4", "")
	made := m.seller.post("/keys", map[string]any{"name": "ERP", "scopes": []string{"order:read", "order:confirm"}, "days": 30}, 201)
	secret := str(made, "secret")
	require.True(t, strings.HasPrefix(secret, "slr_"))
	require.NotContains(t, m.seller.get("/keys/"+str(made, "id")), "secret")
	key := &user{p: m.portal, token: secret}

	seen := key.get("/orders/" + str(o, "id"))
	require.NotContains(t, seen, "total", "amounts need invoice:read")
	key.post("/orders/"+str(o, "id")+"/confirm", nil, 200)
	var named int64
	require.NoError(t, m.App.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM audit WHERE api_key = ? AND doc = ?", str(made, "id"), str(o, "id")).Scan(&named).Error)
	require.EqualValues(t, 1, named, "the audit row names the key")

	for _, x := range [][3]string{
		{"GET", "/invoices", "access.scope"}, {"POST", "/orders/" + str(o, "id") + "/cancel", "access.scope"}, {"GET", "/people", "access.scope"},
		{"GET", "/me", "key.personal"}, {"PUT", "/me/org", "key.personal"}, {"POST", "/me/password", "key.personal"}, {"DELETE", "/sessions", "key.personal"},
		{"GET", "/keys", "key.personal"}, {"POST", "/keys", "key.personal"}, {"POST", "/keys/" + str(made, "id") + "/rotate", "key.personal"},
	} {
		a := key.do(x[0], x[1], map[string]any{})
		require.Equal(t, []any{403, x[2]}, []any{a.status, str(a.body, "code")}, "%s %s: %s", x[0], x[1], a.text)
	}
	// A key in the place of a session's cookie opens no page.
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequest("GET", m.url+"/orders", nil)
	require.NoError(t, err)
	req.Header.Set("Cookie", "saluran_session="+secret)
	res, err := browser.Do(req)
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, 303, res.StatusCode)

	// Another organisation: as if it did not exist.
	for _, x := range []string{"/keys/" + str(made, "id"), "/keys/999999999"} {
		a, b := m.buyer.do("GET", x, nil), m.buyer.do("DELETE", x, nil)
		require.Equal(t, []int{404, 404}, []int{a.status, b.status})
	}
	fresh := m.seller.post("/keys/"+str(made, "id")+"/rotate", map[string]any{"overlap_hours": 1}, 200)
	next := &user{p: m.portal, token: str(fresh, "secret")}
	key.get("/orders")
	next.get("/orders")
	ended := m.seller.do("DELETE", "/keys/"+str(made, "id"), nil)
	require.Equal(t, 200, ended.status, ended.text)
	for _, u := range []*user{key, next} {
		require.Equal(t, 401, u.do("GET", "/orders", nil).status, "revoked: from the next request on")
	}
	require.Equal(t, 422, m.seller.do("POST", "/keys", map[string]any{"name": "x", "scopes": []string{"order:fly"}}).status)
	// The same request again answers the same key, without its secret.
	body := map[string]any{"name": "BI", "scopes": []string{"report:read"}}
	one := m.seller.do("POST", "/keys", body, "Idempotency-Key", "make-bi")
	two := m.seller.do("POST", "/keys", body, "Idempotency-Key", "make-bi")
	require.Equal(t, fmt.Sprint(one.body["id"]), fmt.Sprint(two.body["id"]))
	require.NotContains(t, two.body, "secret")
}
