package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// weighed sends a form of a page, is shown what will happen, and sends it: done once, whoever sends it again.
func (f *full) weighed(c *clicker, at, action string, fields map[string]string, shows ...string) string {
	t := f.t
	t.Helper()
	form := c.get(at).fields(action)
	require.NotEmpty(t, form, "%s has no form for %s", at, action)
	for k, v := range fields {
		form.Set(k, v)
	}
	before := f.written()
	look := c.post(action, form)
	require.Equal(t, http.StatusOK, look.status, look.text)
	require.Contains(t, look.text, "Nothing has been saved yet", action)
	require.Equal(t, before, f.written(), "%s: a look writes nothing", action)
	for _, x := range shows {
		require.Contains(t, look.text, x, action)
	}
	sure := look.fields(action)
	for k, v := range form {
		if k != "_key" && k != "_csrf" {
			require.Equal(t, v, sure[k], "%s keeps what was typed", k)
		}
	}
	back := url.Values{}
	for k, v := range sure {
		back[k] = v
	}
	back.Set("sure", "back")
	again := c.post(action, back)
	require.Equal(t, http.StatusOK, again.status, again.text)
	require.NotContains(t, again.text, "Nothing has been saved yet")
	require.Equal(t, before, f.written(), "%s: going back writes nothing", action)
	sure.Set("sure", "1")
	done := c.post(action, sure)
	require.Equal(t, http.StatusSeeOther, done.status, done.text)
	after := f.written()
	require.NotEqual(t, before, after, "%s did nothing", action)
	twice := c.post(action, sure)
	require.Equal(t, []any{done.status, done.header.Get("Location")}, []any{twice.status, twice.header.Get("Location")}, "%s twice", action)
	require.Equal(t, after, f.written(), "%s was done twice", action)
	where, _, _ := strings.Cut(done.header.Get("Location"), "?done=")
	require.Equal(t, http.StatusOK, c.get(where).status)
	return where
}

// kept refuses a form in words, keeps what was typed, and changes nothing.
func (f *full) kept(c *clicker, at, action string, fields map[string]string, status int, says string) {
	t := f.t
	t.Helper()
	form := c.get(at).fields(action)
	for k, v := range fields {
		form.Set(k, v)
	}
	before := f.written()
	got := c.post(action, form)
	require.Equal(t, status, got.status, "%s: %s", action, got.text)
	require.Contains(t, got.text, says, action)
	require.Equal(t, before, f.written(), "%s changes nothing", action)
}

// closed refuses a form to somebody without the right, and to another organisation as if there were nothing of the kind.
func (f *full) closed(action string, fields map[string]string, forbidden ...string) {
	t := f.t
	t.Helper()
	in := map[string]*clicker{}
	for _, email := range append(forbidden, "owner@T02.example") { // which is written down
		in[email] = f.clickAs(email)
	}
	send := func(email string) page {
		c := in[email]
		form := url.Values{"_csrf": {c.get("/account").fields().Get("_csrf")}, "_key": {strings.Repeat("7", 32)}, "sure": {"1"}}
		for k, v := range fields {
			form.Set(k, v)
		}
		return c.post(action, form)
	}
	before := f.written()
	for _, email := range forbidden {
		require.Equal(t, http.StatusForbidden, send(email).status, "%s by %s", action, email)
	}
	require.Contains(t, []int{403, 404, 409}, send("owner@T02.example").status, action)
	require.Equal(t, before, f.written(), "%s changes nothing", action)
}

// TestMoneyByThePages: a giro that bounced, a deposit that is used and paid back, an agent's remittance, a debt that is forgiven:
// each looked at before it is sent, refused in words, closed to others, and done once.
func TestMoneyByThePages(t *testing.T) {
	f := newFull(t, "payment")
	c, looks := f.clickAs("owner@kopi.example"), "viewer@KOPI.example"
	_, v := f.sold("1")
	invoice := "/invoices/" + str(v, "id")
	pay := func(amount string, more ...any) string { return "/payments/" + str(f.pay(amount, more...), "id") }

	// The giro pays the invoice in part, and fails.
	giro := pay("7000", "method", "giro")
	f.closed(giro+"/bounce", map[string]string{"reason": "x"}, looks, "owner@toko.example")
	require.NotContains(t, c.get(giro).text, giro+"/bounce", "what is only reported has not failed")
	f.seller.post(giro+"/confirm", nil, 200)
	f.kept(c, giro, giro+"/bounce", map[string]string{"reason": ""}, 422, "This field is needed.")
	f.weighed(c, giro, giro+"/bounce", map[string]string{"reason": "giro kosong"}, "Rp7,000", str(v, "number"), "owed again")
	require.Contains(t, c.get(giro).text, "giro kosong")
	f.kept(c, "/account", giro+"/bounce", map[string]string{"reason": "again", "_csrf": c.get("/account").fields().Get("_csrf")}, 409, "Only confirmed incoming money can fail.")

	// A deposit of 5,000: 2,000 for the invoice, from its page and from that of the deposit, the rest goes back.
	p := pay("5000")
	f.seller.post(p+"/confirm", map[string]any{"allocate": []any{}, "currency": "IDR"}, 200)
	pair := map[string]string{"side": "seller", "partner": f.shop, "currency": "IDR"}
	at := "/deposits?" + url.Values{"side": {"seller"}, "partner": {f.shop}, "currency": {"IDR"}}.Encode()
	require.Contains(t, c.get("/deposits").text, "Rp5,000")
	require.Contains(t, strings.ReplaceAll(c.get(p).text, "&amp;", "&"), "/deposits?currency=IDR&partner="+f.shop)
	require.Contains(t, f.clickAs("owner@toko.example").get("/deposits?side=buyer").text, "Rp5,000", "the buyer sees its own")
	require.Equal(t, 404, f.clickAs("owner@T02.example").get("/deposits?side=buyer&currency=IDR&partner="+f.seller.org).status)
	f.closed("/deposits/apply", map[string]string{"side": "seller", "partner": f.shop, "currency": "IDR", "settle-" + str(v, "id"): "1"}, looks)
	f.closed("/deposits/refund", map[string]string{"side": "seller", "partner": f.shop, "currency": "IDR", "amount": "1", "method": "cash"}, looks)
	f.kept(c, at, "/deposits/apply", map[string]string{"settle-" + str(v, "id"): "6000"}, 409, "not enough")
	f.kept(c, at, "/deposits/apply", map[string]string{"settle-" + str(v, "id"): "seribu"}, 422, "amount")
	f.kept(c, at, "/deposits/apply", pair, 422, "which invoices")
	f.kept(c, at, "/deposits/refund", map[string]string{"amount": "6000", "method": "transfer"}, 409, "not enough")
	f.kept(c, at, "/deposits/refund", map[string]string{"amount": "0", "method": "transfer"}, 422, "more than 0")
	require.Contains(t, c.get(invoice).text, "has a deposit of Rp5,000")
	f.weighed(c, at, "/deposits/apply", map[string]string{"settle-" + str(v, "id"): "2000"}, "Rp5,000", "Rp3,000")
	f.weighed(c, at, "/deposits/refund", map[string]string{"amount": "2.500", "method": "transfer", "value_on": "", "reference": "TRX-9"}, "Rp2,500", "Rp500", "Toko Satu", "ransfer")
	require.Contains(t, c.get(invoice).text, "has a deposit of Rp500")
	f.weighed(c, invoice, "/deposits/apply", nil, "Rp500", "Rp0")
	require.NotContains(t, c.get(invoice).text, "has a deposit")

	// The agent collected 9,000 and hands over 4,000.
	col := f.agent.post("/payments", map[string]any{"payer": f.shop, "payee": f.seller.org, "currency": "IDR", "amount": "9000", "method": "cash", "collected": true}, 201)
	f.seller.post("/payments/"+str(col, "id")+"/confirm", nil, 200)
	require.Contains(t, f.clickAs("owner@A01.example").get("/commissions").text, "You owe this to the principal")
	f.closed("/collections/remit", map[string]string{"partner": f.agent.org, "currency": "IDR", "amount": "1", "method": "cash"}, looks)
	f.kept(c, "/commissions", "/collections/remit", map[string]string{"amount": "9001", "method": "transfer"}, 409, "not enough")
	f.weighed(c, "/commissions", "/collections/remit", map[string]string{"amount": "4000", "method": "transfer"}, "Rp9,000", "Rp5,000")
	require.Contains(t, c.get("/commissions").text, "Rp5,000")

	// The rest is forgiven.
	f.closed(invoice+"/write-off", map[string]string{"amount": "1", "why": "x"}, looks, "owner@toko.example")
	f.kept(c, invoice, invoice+"/write-off", map[string]string{"amount": "999999999", "why": "x"}, 422, str(v, "number"))
	f.kept(c, invoice, invoice+"/write-off", map[string]string{"amount": "5", "why": ""}, 422, "This field is needed.")
	f.kept(c, invoice, invoice+"/write-off", map[string]string{"amount": "5", "why": "x", "version": "1"}, 409, "changed")
	open := str(f.seller.get(invoice), "open")
	f.weighed(c, invoice, invoice+"/write-off", map[string]string{"amount": open, "why": "toko tutup"}, "Rp0", "loss")
	require.Equal(t, "0", str(f.seller.get(invoice), "open"))
	require.NotContains(t, c.get(invoice).text, invoice+"/write-off")
	f.sound()
}
