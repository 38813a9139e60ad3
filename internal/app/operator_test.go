package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/identity"
)

// operator signs in as the one who runs the portal and trades nothing.
func (p *portal) operator(t *testing.T) *user {
	t.Helper()
	org, err := p.Partner.Resolve(t.Context(), "OPERATOR")
	require.NoError(t, err)
	_, err = p.Identity.Seed(t.Context(), org.ID, org.Kind, identity.NewPerson{Email: "op@portal.example", Name: "Oki", Password: password, Lang: "en", Role: "operator"})
	require.NoError(t, err)
	return p.signIn("op@portal.example")
}

// registry are the places where an operator reads the names of organisations: it enters them.
var registry = []string{"GET /api/v1/orgs", "GET /api/v1/orgs/{id}", "GET /api/v1/glass", "GET /glass", "GET /_mail"}

// TestLongAnOperatorSeesNoTrade asks for every operation and page with everything that a channel has: to an operator who has broken
// no glass each answers like what does not exist, and no word of the channel stands anywhere. Behind glass it reads and changes nothing.
func TestLongAnOperatorSeesNoTrade(t *testing.T) {
	m := newMatrix(t)
	op := m.p.operator(t)
	var asked int
	for _, r := range m.routes() {
		if r.ends() || slices.Contains(registry, r.String()) {
			continue
		}
		if r.thing() == "" {
			if r.method == "GET" && !strings.Contains(r.path, ":") {
				m.probe(op, r, m.x.ids, "") // clean reads the answer
				asked++
			}
			continue
		}
		if r.thing() == "orgs" || r.path == "/api/v1/orgs/{id}/representatives" { // it knows that they are there
			continue
		}
		none := m.probe(op, r, m.x.ids, "999999999")
		for _, id := range m.x.all {
			if got := m.probe(op, r, m.x.ids, id); !alike(got, none, id) {
				t.Errorf("%s: id %s answers %d %s\nnothing answers %d %s", r, id, got.status, got.body, none.status, none.body)
			}
			asked++
		}
	}
	t.Logf("%d questions of an operator", asked)
	require.Greater(t, asked, 2000)
	m.behindGlass(op)
}

// behindGlass looks into one channel's producer: its trade is read, nothing is changed, and nobody else's is seen.
func (m *matrix) behindGlass(op *user) {
	a := op.do("POST", "/glass", map[string]any{"org": m.x.ids["orgs"], "reason": "Ticket 17: an order does not show", "minutes": 30})
	require.Equal(m, 201, a.status, a.text)
	delete(m.tokens, op)
	order := op.get("/orders/" + m.x.ids["orders"])
	require.Equal(m, m.x.word, order["reference"])
	require.Equal(m, 404, op.do("GET", "/orders/"+m.x.lower["orders"], nil).status, "the trade of a tier below")
	for _, r := range m.routes() {
		if r.method == "GET" || r.op == nil || r.ends() || r.path == "/api/v1/glass/end" || strings.HasPrefix(r.path, "/api/v1/join/") || strings.HasPrefix(r.path, "/api/v1/own-data") {
			continue
		}
		if thing := r.thing(); thing != "" {
			got := op.do(r.method, strings.ReplaceAll(strings.TrimPrefix(r.path, "/api/v1"), "{id}", m.x.ids[thing]), map[string]any{})
			require.NotContains(m, []int{200, 201, 202, 204}, got.status, "%s behind glass: %s", r, got.text)
		}
	}
	require.Contains(m, m.x.users[producer]["owner"].do("GET", "/audit", nil).text, "glass.looked")
}

// TestGlassKeepsWhatWasSearched: the organisation sees what an operator searched and filtered by, by the API and at the pages, and no
// key that stood in an address.
func TestGlassKeepsWhatWasSearched(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	m.operator(t)
	c := m.clickAs("op@portal.example")
	form := c.get("/glass").fields("/glass")
	for k, v := range map[string]string{"org": "KOPI", "reason": "Ticket 17: an order does not show", "minutes": "30"} {
		form.Set(k, v)
	}
	got := c.post("/glass", form)
	require.Equal(t, http.StatusSeeOther, got.status, got.text)
	require.Equal(t, http.StatusOK, c.get("/find?q=Toko+%3CSatu%3E&done=leave").status)
	require.Equal(t, http.StatusOK, c.get("/orders?status=placed&after=&api_token=slr_verysecret").status)
	op := &user{p: m.portal, token: c.cookie("saluran_session")}
	op.get("/orders?status=placed")
	c.get("/orders?%zz")
	look := str(items(m.seller.get("/glass"))[0], "id")
	log := fmt.Sprint(items(m.seller.get("/audit?document=" + look)))
	for _, want := range []string{"q=Toko <Satu>", "api_token=- status=placed", "/api/v1/orders"} {
		require.Contains(t, log, want)
	}
	for _, never := range []string{"verysecret", "done=", "after="} {
		require.NotContains(t, log, never)
	}
	own := m.clickAs("owner@kopi.example")
	page := own.get("/glass")
	require.Contains(t, page.text, `href="/audit?document=`+look+`"`)
	page = own.get("/audit?document=" + look)
	require.Equal(t, http.StatusOK, page.status)
	require.Contains(t, page.text, "q=Toko &lt;Satu&gt;")
	require.NotContains(t, fmt.Sprint(items(m.buyer.get("/audit"))), "Toko <Satu>", "nobody else's")
}
