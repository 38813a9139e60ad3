package app_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/db/dbtest"
	"saluran/internal/identity"
)

// asksFrom makes an organisation ask for a fresh factor from an amount on.
func (m *market) asksFrom(t *testing.T, u *user, amount int64) {
	a, _, err := m.Identity.Actor(t.Context(), u.token)
	require.NoError(t, err)
	now, err := m.Identity.PolicyOf(t.Context(), a)
	require.NoError(t, err)
	_, err = m.Identity.SetPolicy(t.Context(), a, identity.SetPolicy{StepUpFrom: amount, Version: now.Version})
	require.NoError(t, err)
}

// tire makes every session one whose factor was shown long ago.
func (m *market) tire(t *testing.T) {
	require.NoError(t, m.DB.InTx(t.Context(), func(ctx context.Context) error {
		return m.DB.W(ctx).Exec("UPDATE session SET fresh_us = 1 WHERE id > 0").Error
	}))
}

// fresh makes every session one that has just shown whose it is, for as long as the questions take.
func (m *matrix) fresh() {
	require.NoError(m, m.p.DB.InTx(m.Context(), func(ctx context.Context) error {
		return m.p.DB.W(ctx).Exec("UPDATE session SET fresh_us = ? WHERE id > 0", m.p.Config.Clock.Now().Add(24*time.Hour)).Error
	}))
}

func (m *market) count(t *testing.T, sql string) (n int64) {
	require.NoError(t, m.DB.R(t.Context()).Raw(sql).Scan(&n).Error)
	return n
}

// billed carries an order through to its invoice.
func (m *market) billed(t *testing.T) (order, invoice string) {
	o := "/orders/" + str(m.place(t, "4", ""), "id")
	m.seller.post(o+"/confirm", nil, 200)
	s := m.seller.post(o+"/dispatch", nil, 201)
	m.buyer.post("/shipments/"+str(s, "id")+"/receive", map[string]any{}, 200)
	return o, str(m.seller.post(o+"/invoice", nil, 201), "id")
}

// TestMoneyAsksForAFreshFactor: paying out, confirming, allocating, refunding and forgiving from the organisation's amount on;
// by the API, with a code of its own, and carried out once afterwards. Money below the amount passes.
func TestMoneyAsksForAFreshFactor(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	_, invoice := m.billed(t)
	m.asksFrom(t, m.seller, 5000_00)
	m.asksFrom(t, m.buyer, 5000_00)
	pay := func(amount string) map[string]any {
		return map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": amount, "method": "transfer"}
	}
	// asked refuses, shows the password, does the same request, and does it once.
	asked := func(u *user, path string, body any, want int) map[string]any {
		t.Helper()
		m.tire(t)
		posts := m.count(t, "SELECT COUNT(*) FROM journal")
		key := []string{"Idempotency-Key", fmt.Sprint("step-", keys.Add(1))}
		a := u.do("POST", path, body, key...)
		require.Equal(t, []any{403, "step_up_required"}, []any{a.status, str(a.body, "code")}, "%s: %s", path, a.text)
		require.Contains(t, a.text, "Show once more that it is you")
		require.Equal(t, posts, m.count(t, "SELECT COUNT(*) FROM journal"), "%s: nothing was done", path)
		bad := u.do("POST", "/me/step-up", map[string]any{"password": "wrong wrong wrong"})
		require.Equal(t, 422, bad.status, bad.text)
		require.Equal(t, 403, u.do("POST", path, body, key...).status)
		u.post("/me/step-up", map[string]any{"password": password}, 204)
		first := u.do("POST", path, body, key...)
		require.Equal(t, want, first.status, "%s: %s", path, first.text)
		again := u.do("POST", path, body, key...)
		require.Equal(t, want, again.status)
		require.Equal(t, str(first.body, "id"), str(again.body, "id"), "%s: twice is once", path)
		return first.body
	}
	m.tire(t)
	small := m.buyer.post("/payments", pay("4999"), 201)
	m.seller.post("/payments/"+str(small, "id")+"/confirm", nil, 200)
	require.Equal(t, 422, m.buyer.do("POST", "/payments", pay("-1")).status, "what is wrong is said first")
	p := asked(m.buyer, "/payments", pay("5000"), 201)
	asked(m.seller, "/payments/"+str(p, "id")+"/confirm", map[string]any{"currency": "IDR", "allocate": []any{}}, 200)
	asked(m.seller, "/deposits/apply", map[string]any{"seller": m.seller.org, "buyer": m.shop, "currency": "IDR",
		"allocate": []any{map[string]any{"invoice": invoice, "amount": "5000"}}}, 201)
	p = m.buyer.post("/payments", pay("4500"), 201)
	m.seller.post("/payments/"+str(p, "id")+"/confirm", map[string]any{"currency": "IDR", "allocate": []any{}}, 200)
	p = m.buyer.post("/payments", pay("4500"), 201)
	m.seller.post("/payments/"+str(p, "id")+"/confirm", map[string]any{"currency": "IDR", "allocate": []any{}}, 200)
	asked(m.seller, "/deposits/refund", map[string]any{"buyer": m.shop, "currency": "IDR", "method": "transfer"}, 201)
	asked(m.seller, "/invoices/"+invoice+"/write-off", map[string]any{"currency": "IDR", "amount": "6000", "reason": "small"}, 200)
	asked(m.seller, "/bank-accounts", map[string]any{"bank": "BCA", "currency": "IDR", "holder": "Kopi", "number": "7007"}, 201)

	// Another organisation is told nothing of it: what it may not see does not exist, asked or not.
	m.tire(t)
	require.Equal(t, 404, m.buyer.do("POST", "/invoices/"+invoice+"0/write-off", map[string]any{"currency": "IDR", "amount": "6000", "reason": "x"}).status)
	dbtest.Lift(t, m.DB)
	books, err := m.Verify(t.Context(), nil)
	require.NoError(t, err)
	require.Zero(t, books.Failed(), "%v", books.Problems)
}

// TestWhatGivesPowerAsksForProof: by the API, each asks somebody without a second factor for the password, says so in the problem, and
// does the same request once afterwards.
func TestWhatGivesPowerAsksForProof(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	op := m.operator(t)
	own := m.seller
	person := own.joins("staf@kopi.example", "Staf", "sales")
	hook := map[string]any{"url": "https://erp.example/in", "topics": []any{"order.placed"}}
	k := own.post("/keys", map[string]any{"name": "ERP", "scopes": []any{"order:read"}}, 201)
	r := own.post("/roles", map[string]any{"name": "Gudang pagi", "from": "warehouse"}, 201)
	h := own.post("/webhooks", hook, 201)
	b := own.post("/bank-accounts", map[string]any{"bank": "BCA", "currency": "IDR", "holder": "Kopi", "number": "1"}, 201)
	for _, x := range []struct {
		u            *user
		method, path string
		body         any
		want         int
	}{
		{own, "POST", "/keys", map[string]any{"name": "ERP 2", "scopes": []any{"order:read"}}, 201},
		{own, "POST", "/keys/" + str(k, "id") + "/rotate", map[string]any{}, 200},
		{own, "DELETE", "/keys/" + str(k, "id"), nil, 200},
		{own, "POST", "/bank-accounts", map[string]any{"bank": "BCA", "currency": "IDR", "holder": "Kopi", "number": "2"}, 201},
		{own, "PUT", "/bank-accounts/" + str(b, "id"), map[string]any{"main": true}, 200},
		{own, "POST", "/roles", map[string]any{"name": "Gudang malam", "from": "warehouse"}, 201},
		{own, "PUT", "/roles/" + str(r, "id"), map[string]any{"name": "Gudang siang", "from": "warehouse"}, 200},
		{own, "DELETE", "/roles/" + str(r, "id"), nil, 200},
		{own, "PUT", "/people/" + person + "/role", map[string]any{"role": "finance"}, 204},
		{own, "POST", "/invitations", map[string]any{"email": "baru@kopi.example", "role": "owner"}, 201},
		{own, "POST", "/webhooks", hook, 201},
		{own, "POST", "/webhooks/" + str(h, "id") + "/rotate", map[string]any{}, 200},
		{own, "PUT", "/webhooks/" + str(h, "id"), map[string]any{"url": "https://thief.example/in", "topics": []any{"order.placed"}}, 200},
		{m.buyer, "POST", "/payments", map[string]any{"payee": own.org, "currency": "IDR", "amount": "10000000", "method": "transfer"}, 201},
		{op, "POST", "/glass", map[string]any{"org": own.org, "reason": "Ticket 17: an order does not show", "minutes": 30}, 201},
	} {
		m.tire(t)
		done := m.count(t, "SELECT COUNT(*) FROM audit")
		header := []string{"Idempotency-Key", fmt.Sprint("power-", keys.Add(1))}
		if x.method == "PUT" && !strings.HasPrefix(x.path, "/people") {
			header = append(header, "If-Match", "*")
			if v := x.u.do("GET", x.path, nil); v.status == 200 {
				header[3] = v.header.Get("ETag")
			} else {
				header[3] = `"1"`
			}
		}
		what := x.method + " " + x.path
		a := x.u.do(x.method, x.path, x.body, header...)
		require.Equal(t, []any{403, "step_up_required"}, []any{a.status, str(a.body, "code")}, "%s: %s", what, a.text)
		require.Equal(t, map[string]any{"with": "password", "method": "POST", "path": "/api/v1/me/step-up"}, a.body["proof"], what)
		require.Equal(t, done, m.count(t, "SELECT COUNT(*) FROM audit"), "%s: nothing was done", what)
		x.u.post("/me/step-up", map[string]any{"password": password}, 204)
		first := x.u.do(x.method, x.path, x.body, header...)
		require.Equal(t, x.want, first.status, "%s: %s", what, first.text)
		if x.path == "/glass" { // from then on the session changes nothing, so sends nothing twice
			continue
		}
		done = m.count(t, "SELECT COUNT(*) FROM audit WHERE action NOT LIKE 'session%'")
		again := x.u.do(x.method, x.path, x.body, header...)
		require.Equal(t, x.want, again.status, "%s: %s", what, again.text)
		require.Equal(t, done, m.count(t, "SELECT COUNT(*) FROM audit WHERE action NOT LIKE 'session%'"), "%s: twice is once", what)
	}
	m.tire(t)
	now := own.do("GET", "/webhooks/"+str(h, "id"), nil)
	a := own.do("PUT", "/webhooks/"+str(h, "id"), map[string]any{"url": "https://thief.example/in", "topics": []any{"order.placed"}, "paused": true}, "If-Match", now.header.Get("ETag"))
	require.Equal(t, 200, a.status, "to pause one gives nobody anything: %s", a.text)
	own.post("/people/"+person+"/remove", map[string]any{}, 204)
	m.buyer.post("/payments", map[string]any{"payee": own.org, "currency": "IDR", "amount": "9999999", "method": "transfer"}, 201)
	m.buyer.post("/me/step-up", map[string]any{"password": password}, 204)
	for _, path := range []string{"/keys/" + str(k, "id"), "/roles/" + str(r, "id"), "/webhooks/" + str(h, "id")} {
		require.Equal(t, 404, m.buyer.do("DELETE", path, nil).status, "another organisation's is answered like none")
	}
}

// TestAKeyPageAsksAndCarriesOn: the page of keys asks for the password, in both languages, and then shows the secret once; a wrong
// password is said at its field; nothing asks again for ten minutes.
func TestAKeyPageAsksAndCarriesOn(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	for _, x := range []struct{ lang, title, wrong string }{{"en", "Show that it is you", "not right"}, {"id", "Buktikan ini Anda", "tidak"}} {
		c := m.clickAs("owner@kopi.example")
		at := c.get("/keys")
		lang := at.fields("/language")
		lang.Set("lang", x.lang)
		require.Equal(t, http.StatusSeeOther, c.post("/language", lang).status)
		m.tire(t)
		made := m.count(t, "SELECT COUNT(*) FROM api_key WHERE prefix LIKE 'slr%' AND ended_us = 0")
		form := c.get("/keys").fields("/keys")
		form.Set("name", "ERP "+x.lang)
		form.Set("days", "30")
		form.Set("scope_order:read", "1")
		asks := c.post("/keys", form)
		require.Equal(t, http.StatusForbidden, asks.status, asks.text)
		require.Contains(t, asks.text, x.title)
		require.Contains(t, asks.text, `name="_step_password"`)
		next := asks.fields("/keys")
		require.Equal(t, "ERP "+x.lang, next.Get("name"))
		next.Set("_step_password", "wrong wrong wrong")
		wrong := c.post("/keys", next)
		require.Equal(t, http.StatusUnprocessableEntity, wrong.status, wrong.text)
		require.Contains(t, wrong.text, x.wrong)
		require.Equal(t, made, m.count(t, "SELECT COUNT(*) FROM api_key WHERE prefix LIKE 'slr%' AND ended_us = 0"))
		last := wrong.fields("/keys")
		last.Set("_step_password", password)
		done := c.post("/keys", last)
		require.Equal(t, http.StatusOK, done.status, done.text)
		require.Contains(t, done.text, "slr_")
		require.Equal(t, made+1, m.count(t, "SELECT COUNT(*) FROM api_key WHERE prefix LIKE 'slr%' AND ended_us = 0"))
		form = c.get("/roles/new").fields("/roles")
		form.Set("name", "Peran "+x.lang)
		role := c.post("/roles", form)
		require.NotContains(t, role.text, "_step_password", "asked once in ten minutes")
	}
}

// TestAKeyShowsNoFactor: above the amount a key of the API is told that a person does it.
func TestAKeyShowsNoFactor(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	m.billed(t)
	m.asksFrom(t, m.buyer, 5000_00)
	made := m.buyer.post("/keys", map[string]any{"name": "ERP", "scopes": []string{"payment:report", "payment:read"}, "days": 30}, 201)
	key := &user{p: m.portal, token: str(made, "secret")}
	body := map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": "4999", "method": "transfer"}
	key.post("/payments", body, 201)
	body["amount"] = "5000"
	a := key.do("POST", "/payments", body)
	require.Equal(t, []any{403, "step_up_person"}, []any{a.status, str(a.body, "code")}, a.text)
}

// TestAPageAsksAndCarriesOn: the form with its files is not lost while the factor is asked for.
func TestAPageAsksAndCarriesOn(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	m.billed(t)
	m.asksFrom(t, m.buyer, 5000_00)
	c := m.clickAs("owner@toko.example")
	m.tire(t)
	form := c.get("/payments/new?payee=" + m.seller.org).fields("/payments")
	for k, v := range map[string]string{"amount": "6.000", "method": "transfer", "reference": "Bayar <1> & \"2\""} {
		form.Set(k, v)
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k := range form {
		require.NoError(t, w.WriteField(k, form.Get(k)))
	}
	f, err := w.CreateFormFile("proof", "bukti.txt")
	require.NoError(t, err)
	_, err = f.Write([]byte("transfer bukti"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	asks := c.do("POST", "/payments", &b, "Content-Type", w.FormDataContentType(), "Origin", m.url)
	require.Equal(t, http.StatusForbidden, asks.status, asks.text)
	require.Contains(t, asks.text, "Show that it is you")
	next := asks.fields("/payments")
	require.Equal(t, "6.000", next.Get("amount"))
	require.Equal(t, form.Get("reference"), next.Get("reference"))
	require.NotEmpty(t, next.Get("kept"), "the file is kept")

	next.Set("_step_password", "wrong wrong wrong")
	wrong := c.post("/payments", next)
	require.Equal(t, http.StatusUnprocessableEntity, wrong.status, wrong.text)
	require.Equal(t, "6.000", wrong.fields("/payments").Get("amount"), "and after a wrong one too")
	require.Equal(t, next.Get("kept"), wrong.fields("/payments").Get("kept"))
	require.Zero(t, m.count(t, "SELECT COUNT(*) FROM payment WHERE seq > 0"))

	last := wrong.fields("/payments")
	last.Set("_step_password", password)
	done := c.post("/payments", last)
	require.Equal(t, http.StatusSeeOther, done.status, done.text)
	twice := c.post("/payments", last)
	require.Equal(t, http.StatusSeeOther, twice.status, twice.text)
	at, _, _ := strings.Cut(done.header.Get("Location"), "?")
	require.Contains(t, twice.header.Get("Location"), at)
	require.EqualValues(t, 1, m.count(t, "SELECT COUNT(*) FROM payment WHERE seq > 0"))
	shown := c.get(at)
	require.Contains(t, shown.text, "bukti.txt")
	require.Contains(t, shown.text, "Bayar &lt;1&gt;")

	// Without the token of the session nothing is asked and nothing is done.
	last.Del("_csrf")
	require.Equal(t, http.StatusForbidden, c.post("/payments", last).status)
	stranger := m.click()
	require.Equal(t, http.StatusSeeOther, stranger.post("/payments", url.Values{"amount": {"1"}}).status)
}
