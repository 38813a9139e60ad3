package app_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"saluran/internal/access"
	"saluran/internal/app"
	"saluran/internal/clock"
	"saluran/internal/db/dbtest"
	"saluran/internal/identity"
	"saluran/internal/partner"
)

// TestSharingByTheAPIAndThePages: a shop lets its producer see what it was sold, as far as it says and as long as it wants.
func TestSharingByTheAPIAndThePages(t *testing.T) {
	now := clock.NewFixed(clock.Date("2026-03-10").Noon("Asia/Jakarta"))
	m := newMarket(t, "delivery", func(c *app.Config) { c.Clock = now })
	m.buyer.post("/price-lists", map[string]any{"name": "Warung", "currency": "IDR"}, 201)
	up := items(m.buyer.get("/sharing/upstreams"))
	require.Len(t, up, 1)
	require.Equal(t, m.seller.org, str(up[0], "id"))
	require.Empty(t, items(m.seller.get("/sharing/upstreams")))

	offer := map[string]any{"viewer": m.seller.org, "measure": "stock", "period": "day", "goods": "product", "place": "none", "delay_days": 1, "min_group": 1,
		"purpose": "Replenishment", "since": "2026-03-01", "until": "2026-12-31"}
	o := m.place(t, "48", "")
	order := "/orders/" + str(o, "id")
	m.seller.post(order+"/confirm", nil, 200)
	ship := m.seller.post(order+"/dispatch", nil, 201)
	m.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)

	a := m.buyer.do("POST", "/sharing", offer, "Idempotency-Key", "share-1")
	require.Equal(t, 201, a.status, a.text)
	again := m.buyer.do("POST", "/sharing", offer, "Idempotency-Key", "share-1")
	require.Equal(t, a.text, again.text, "twice is once")
	require.Equal(t, 409, m.buyer.do("POST", "/sharing", offer).status)
	require.Equal(t, 404, m.seller.do("POST", "/sharing", offer).status, "nobody is its own upstream")
	offer["purpose"] = " "
	bad := m.buyer.do("POST", "/sharing", offer)
	require.Equal(t, 422, bad.status)
	require.Contains(t, bad.text, "Say what the figures are for.")
	no := str(a.body, "id")
	path := "/shared/" + no
	require.Equal(t, 404, m.seller.do("GET", path, nil).status, "only offered")
	m.seller.post("/sharing/"+no+"/accept", nil, 200)
	require.Empty(t, items(m.seller.get(path)), "the day is not over")
	now.Set(clock.Date("2026-03-11").Noon("Asia/Jakarta"))
	require.Empty(t, items(m.seller.get(path)), "the delay is one day")
	now.Set(clock.Date("2026-03-12").Noon("Asia/Jakarta"))
	figures := items(m.seller.get(path))
	require.Len(t, figures, 1)
	require.Equal(t, "48", str(figures[0], "qty"))
	own := items(m.buyer.get("/stock?by=holder"))
	require.Equal(t, str(own[0], "qty"), str(figures[0], "qty"), "what the shop itself is told")

	// The page, in both languages, with a filter; and the workbook.
	browser := m.enter("owner@kopi.example")
	for _, lang := range []string{"en", "id"} {
		res, err := browser.Get(m.url + "/")
		require.NoError(t, err)
		res, err = browser.PostForm(m.url+"/language", url.Values{"_csrf": {formToken.FindStringSubmatch(body(t, res))[1]}, "lang": {lang}, "back": {"/"}})
		require.NoError(t, err)
		require.Contains(t, body(t, res), `<html lang="`+lang)
		for _, p := range []string{"/sharing", "/sharing/" + no, path, path + "?from=2026-03-20&to=2026-03-01", path + "?from=2026-03-01&shop=S-X"} {
			res, err := browser.Get(m.url + p)
			require.NoError(t, err)
			text := body(t, res)
			require.Contains(t, []int{200, 422}, res.StatusCode, "%s: %s", p, text)
			require.NotContains(t, text, "sharing.", "a text of %s is missing: %s", p, text)
		}
	}
	j := m.seller.post(path+"/export", map[string]any{"lang": "en"}, 202)
	done := m.seller.waitJob("/exports/" + str(j, "id"))
	require.Equal(t, "done", str(done, "status"), "%v", done)
	req, err := http.NewRequest("GET", m.url+"/api/v1/exports/"+str(j, "id")+"/file", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+m.seller.token)
	got, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	x, err := excelize.OpenReader(strings.NewReader(body(t, got)))
	require.NoError(t, err)
	rows, err := x.GetRows(x.GetSheetList()[0])
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, "48", rows[1][6], "%v", rows)

	looks := items(m.buyer.get("/sharing/" + no + "/looks"))
	ways := map[string]int{}
	for _, l := range looks {
		ways[str(l, "way")]++
		require.Equal(t, "Budi", str(l, "person"))
	}
	require.Equal(t, 1, ways["workbook"])
	require.GreaterOrEqual(t, ways["page"], 4)
	require.Equal(t, 3, ways["api"], "what was not given is no look")

	// Somebody else, and nobody.
	rival := m.rival(t)
	for _, p := range []string{"/sharing/" + no, "/sharing/" + no + "/looks", path} {
		require.Equal(t, 404, rival.do("GET", p, nil).status)
	}
	m.buyer.post("/sharing/"+no+"/withdraw", nil, 200)
	require.Equal(t, 404, m.seller.do("GET", path, nil).status, "with the next request")
	require.Equal(t, 404, m.seller.do("GET", "/exports/"+str(j, "id")+"/file", nil).status, "the workbook too")
	res, err := browser.Get(m.url + path)
	require.NoError(t, err)
	require.Equal(t, 404, res.StatusCode)
	res.Body.Close()
}

// rival is another producer with nothing to do with the market.
func (m *market) rival(t *testing.T) *user {
	t.Helper()
	return m.another(t, "producer", "RIVAL", "owner@rival.example")
}

// TestAForeignIDIsAnsweredLikeNone: what exists with others and what does not exist get the same status, headers and body, and
// make the portal ask the database the same questions.
func TestAForeignIDIsAnsweredLikeNone(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	o := m.place(t, "48", "")
	order := "/orders/" + str(o, "id")
	m.seller.post(order+"/confirm", nil, 200)
	ship := m.seller.post(order+"/dispatch", nil, 201)
	m.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)
	inv := m.seller.post(order+"/invoice", nil, 201)
	pay := m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": str(inv, "total"), "method": "transfer"}, 201)
	sharing := m.buyer.post("/sharing", map[string]any{"viewer": m.seller.org, "measure": "orders", "period": "day", "goods": "product", "place": "none", "delay_days": 1,
		"min_group": 1, "purpose": "x", "until": time.Now().AddDate(0, 1, 0).Format(time.DateOnly)}, 201)
	job := m.seller.post("/exports", map[string]any{"report": "stock"}, 202)
	link := items(m.seller.get("/links"))[0]
	real := map[string]string{"/orders/{id}": str(o, "id"), "/shipments/{id}": str(ship, "id"), "/invoices/{id}": str(inv, "id"), "/payments/{id}": str(pay, "id"),
		"/sharing/{id}": str(sharing, "id"), "/sharing/{id}/looks": str(sharing, "id"), "/shared/{id}": str(sharing, "id"), "/jobs/{id}": str(job, "id"),
		"/exports/{id}": str(job, "id"), "/exports/{id}/file": str(job, "id"), "/links/{id}": str(link, "id"), "/agreements/{id}": m.agreement,
		"/price-lists/{id}": m.list, "/products/{id}": m.product, "/orgs/{id}": m.shop}
	rival := m.rival(t)
	asked := 0
	for name := range contract().Paths.Map() {
		no, ok := real[name]
		if op := contract().Paths.Value(name).Get; !ok || op == nil {
			continue
		}
		asked++
		ask := func(no string) (a answer, questions []string, took time.Duration) {
			stop := dbtest.Record()
			begun := time.Now()
			a = rival.do("GET", strings.Replace(name, "{id}", no, 1), nil, "X-Request-Id", "same-request")
			took = time.Since(begun)
			questions = stop()
			a.text = strings.ReplaceAll(a.text, no, "N")
			a.header = a.header.Clone()
			for _, h := range []string{"Date", "X-Request-Id"} {
				a.header.Del(h)
			}
			return a, questions, took
		}
		var times [2][]time.Duration
		questions := 0
		for range 20 {
			foreign, q1, t1 := ask(no)
			none, q2, t2 := ask(strings.Repeat("9", len(no)))
			require.Equal(t, 404, foreign.status, "%s: %s", name, foreign.text)
			require.Equal(t, none.status, foreign.status, name)
			require.Equal(t, none.text, foreign.text, name)
			require.Equal(t, none.header, foreign.header, name)
			require.Equal(t, q2, q1, "%s asks otherwise", name)
			questions = len(q1)
			times[0], times[1] = append(times[0], t1), append(times[1], t2)
		}
		t.Logf("%-24s %2d questions; foreign %v, none %v", name, questions, median(times[0]), median(times[1]))
	}
	require.GreaterOrEqual(t, asked, 12)
}

// another adds an organisation that has nothing to do with the others, and signs its owner in.
func (m *market) another(t *testing.T, kind, code, email string) *user {
	t.Helper()
	op := access.Actor{Person: 1, Kind: "operator", Role: "operator"}
	org, err := m.Partner.Resolve(t.Context(), "OPERATOR")
	if err == nil {
		op.Org = org.ID
	}
	made, err := m.Partner.Create(t.Context(), op, partner.NewOrg{Code: code, Kind: kind, Name: "Rival " + code})
	require.NoError(t, err)
	_, err = m.Identity.Seed(t.Context(), made.ID, made.Kind, identity.NewPerson{Email: email, Name: "Rival", Password: password, Lang: "en", Role: "owner"})
	require.NoError(t, err)
	return m.signIn(email)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
