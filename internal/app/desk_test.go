package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// TestFirstPages: in every role on both sides, the first page answers in both languages and every period, says no more than the
// role may know, and the API says the same of it.
func TestFirstPages(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	o := m.place(t, "48", "")
	path := "/orders/" + str(o, "id")
	m.seller.post(path+"/confirm", nil, 200)
	ship := m.seller.post(path+"/dispatch", nil, 201)
	m.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)
	inv := m.seller.post(path+"/invoice", nil, 201)
	pay := m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": "1000", "method": "transfer"}, 201)
	require.NotEmpty(t, str(pay, "id"))
	m.place(t, "2", "")

	d := m.seller.get("/desk?period=30d")
	require.Equal(t, str(inv, "net"), str(d["sales"].(map[string]any), "net"))
	require.Equal(t, str(inv, "total"), str(d["receivables"].(map[string]any), "total"))
	waits := map[string]float64{}
	for _, w := range d["waits"].([]any) {
		waits[str(w.(map[string]any), "kind")] = w.(map[string]any)["count"].(float64)
	}
	require.Equal(t, map[string]float64{"confirm": 1, "match": 1}, waits)
	bought := m.buyer.get("/desk")
	require.Equal(t, "shop", str(bought, "page"))
	require.Equal(t, str(inv, "total"), str(bought["payables"].(map[string]any), "total"))
	require.NotContains(t, bought, "receivables")
	require.Equal(t, 422, m.seller.do("GET", "/desk?period=century", nil).status)
	require.Equal(t, 422, m.seller.do("GET", "/desk?currency=XXX", nil).status)

	for side, x := range map[string]struct{ code, sees string }{"seller": {"KOPI", "owner sales finance service viewer"}, "buyer": {"T01", "owner purchasing finance viewer"}} {
		for _, role := range []string{"owner", "sales", "purchasing", "warehouse", "finance", "service", "marketing", "viewer"} {
			who := m.seed(t, x.code, role, side)
			got := who.do("GET", "/desk", nil)
			require.Equal(t, 200, got.status, "%s of the %s", role, side)
			browser := m.enter(role + "-" + side + "@money.example")
			said := ""
			for _, p := range []string{"/", "/?period=30d", "/?period=year", "/?period=nonsense", "/?orders=placed"} {
				res, err := browser.Get(m.url + p)
				require.NoError(t, err)
				require.Equal(t, http.StatusOK, res.StatusCode, "%s of the %s at %s", role, side, p)
				said += body(t, res)
			}
			require.NotContains(t, said, "desk.", "a word is missing: %s of the %s", role, side)
			if !strings.Contains(x.sees, role) && role != "sales" && role != "purchasing" {
				require.NotContains(t, said, "Rp", "%s of the %s sees money", role, side)
				for _, part := range []string{"sales", "purchases", "receivables", "payables", "limits", "credit", "cash", "margin", "late", "due"} {
					require.NotContains(t, got.text, `"`+part+`":{`, "%s of the %s", role, side)
				}
			}
		}
	}
	res, err := m.enter("owner@toko.example").Get(m.url + "/?currency=XXX")
	require.NoError(t, err)
	require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
	res.Body.Close()
}
