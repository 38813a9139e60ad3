package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func lineOf(n int, qty string) map[string]any {
	return map[string]any{"lines": []any{map[string]any{"line": n, "qty": qty}}}
}

// TestStepsOfOrdersByTheAPI takes those steps of an order that the main trade does not.
func TestStepsOfOrdersByTheAPI(t *testing.T) {
	f := newFull(t, "delivery")
	order := func(qty string, more ...any) string {
		o := f.buyer.post("/orders", f.market.order(map[string]any{"product": f.product, "qty": qty}, more...), 201)
		return "/orders/" + str(o, "id")
	}
	o := order("10")
	require.Equal(t, "8", f.once(f.buyer, f.buyerLooks, "POST", o+"/amend", lineOf(1, "8"), 200)["lines"].([]any)[0].(map[string]any)["qty"])
	f.seller.post(o+"/confirm", nil, 200)
	early := map[string]any{"at": "2025-01-02T00:00:00Z"}
	require.Contains(t, f.seller.do("POST", o+"/dispatch", early).text, "order.before_placed")
	ship := "/shipments/" + str(f.seller.post(o+"/dispatch", nil, 201), "id")
	f.buyer.post(ship+"/receive", map[string]any{"lines": []any{map[string]any{"n": 1, "received": "6", "refused": "2", "reason": "wet"}}}, 200)
	f.once(f.seller, f.sellerLooks, "POST", ship+"/takeback", nil, 200)
	require.Equal(t, 403, f.buyer.do("POST", o+"/return", lineOf(1, "1")).status, "nobody takes its own debt back")
	f.once(f.seller, f.sellerLooks, "POST", o+"/return", lineOf(1, "1"), 201)

	require.Equal(t, "rejected", f.once(f.seller, f.sellerLooks, "POST", order("1")+"/reject", map[string]any{"reason": "no"}, 200)["status"])

	big := order("900")
	held := order("800", "hold_credit", true)
	require.Equal(t, "credit_hold", str(f.buyer.get(held), "status"))
	f.seller.post(big+"/cancel", map[string]any{"reason": "too much"}, 200)
	f.once(f.seller, f.sellerLooks, "POST", held+"/resume", nil, 200)
	f.seller.post(held+"/cancel", map[string]any{"reason": "too much"}, 200)

	short := order("1050")
	f.seller.post(short+"/confirm", nil, 200)
	f.seller.post("/lots", map[string]any{"product": f.product, "code": "L-2", "expires_on": "2030-01-01", "qty": "500"}, 201)
	f.once(f.seller, f.sellerLooks, "POST", short+"/fill", nil, 200)
	f.seller.post("/shipments/"+str(f.seller.post(short+"/dispatch", lineOf(1, "100"), 201), "id")+"/takeback", nil, 409)
	f.seller.post(short+"/cancel", map[string]any{"reason": "the rest is not wanted"}, 200)

	done := order("2")
	f.seller.post(done+"/confirm", nil, 200)
	f.buyer.post("/shipments/"+str(f.seller.post(done+"/dispatch", nil, 201), "id")+"/receive", nil, 200)
	v := f.seller.post(done+"/invoice", nil, 201)
	f.seller.post("/payments/"+str(f.pay(str(v, "total")), "id")+"/confirm", nil, 200)
	require.Equal(t, "closed", f.once(f.seller, f.sellerLooks, "POST", done+"/close", nil, 200)["status"])

	service := str(f.seller.post("/products", map[string]any{"sku": "SRV", "name": "Barista", "kind": "service", "base_unit": "hour"}, 201), "id")
	f.seller.post("/price-lists/"+f.list+"/prices", map[string]any{"prices": []any{map[string]any{"product": service, "from": "2025-01-01", "price": "100000"}}}, 204)
	s := f.buyer.post("/orders", f.market.order(map[string]any{"product": service, "qty": "2"}), 201)
	f.seller.post("/orders/"+str(s, "id")+"/confirm", nil, 200)
	f.once(f.seller, f.sellerLooks, "POST", "/orders/"+str(s, "id")+"/perform", nil, 200)
	f.seller.post("/orders/"+str(s, "id")+"/invoice", nil, 409)
	require.Equal(t, 403, f.seller.do("POST", "/orders/"+str(s, "id")+"/accept", map[string]any{}).status)
	f.buyer.post("/orders/"+str(s, "id")+"/accept", map[string]any{"lines": []any{map[string]any{"line": 1, "qty": "3"}}}, 422)
	got := f.buyer.post("/orders/"+str(s, "id")+"/accept", nil, 200)
	require.Equal(t, "delivered", got["status"])
	f.seller.post("/orders/"+str(s, "id")+"/invoice", nil, 201)
	f.sound()
}

// TestMoneyByTheAPI takes those steps of money that the main trade does not.
func TestMoneyByTheAPI(t *testing.T) {
	f := newFull(t, "payment")
	_, v := f.sold("1")
	of := func(p map[string]any) string { return "/payments/" + str(p, "id") }
	past := time.Now().UTC().AddDate(0, 0, -20)
	p := f.pay("1000", "value_on", past.Format(time.DateOnly))
	a := f.seller.do("POST", of(p)+"/confirm", map[string]any{"at": past.AddDate(0, 0, 1).Format(time.RFC3339)})
	require.Equal(t, 422, a.status, a.text)
	require.Contains(t, a.text, "payment.before_invoice")
	f.once(f.seller, f.sellerLooks, "POST", of(p)+"/reject", map[string]any{"reason": "not in the account"}, 200)

	p = f.pay("5000")
	f.seller.post(of(p)+"/confirm", map[string]any{"allocate": []any{}, "currency": "IDR"}, 200)
	ask := map[string]any{"seller": f.seller.org, "buyer": f.shop, "currency": "IDR", "allocate": []any{map[string]any{"invoice": str(v, "id"), "amount": "2000"}}}
	f.once(f.seller, f.sellerLooks, "POST", "/deposits/apply", ask, 201)
	f.once(f.seller, f.sellerLooks, "POST", "/deposits/refund", map[string]any{"buyer": f.shop, "currency": "IDR", "method": "transfer"}, 201)

	p = f.pay("7000")
	f.seller.post(of(p)+"/confirm", nil, 200)
	f.once(f.seller, f.sellerLooks, "POST", of(p)+"/bounce", map[string]any{"reason": "no cover"}, 200)

	p = f.once(f.agent, f.agentLooks, "POST", "/payments", map[string]any{"payer": f.shop, "payee": f.seller.org, "currency": "IDR", "amount": "9000", "method": "cash", "collected": true}, 201)
	f.seller.post(of(p)+"/confirm", nil, 200)
	f.once(f.seller, f.sellerLooks, "POST", "/collections/remit", map[string]any{"agent": f.agent.org, "currency": "IDR", "method": "transfer"}, 201)
	f.once(f.seller, f.sellerLooks, "POST", "/invoices/"+str(v, "id")+"/write-off", map[string]any{"currency": "IDR", "amount": "100", "reason": "small"}, 200)
	f.sound()
}

// TestGoodsAndTermsByTheAPI: stock, lots, the counter, members of a channel, terms that are declined, jobs.
func TestGoodsAndTermsByTheAPI(t *testing.T) {
	f := newFull(t, "delivery")
	f.sold("2")
	at := str(items(f.buyer.get("/places"))[0], "id")
	second := str(f.buyer.post("/places", map[string]any{"name": "Gudang belakang"}, 201), "id")
	moved := f.once(f.buyer, f.buyerLooks, "POST", "/stock/transfers", map[string]any{"product": f.product, "from": at, "to": second, "qty": "5"}, 200)
	used := f.once(f.buyer, f.buyerLooks, "POST", "/stock/uses", map[string]any{"product": f.product, "from": second, "qty": "1"}, 200)
	undo := func(m map[string]any) string { return fmt.Sprintf("/journals/%.0f/reversal", m["seq"]) }
	require.Equal(t, 409, f.buyer.do("POST", undo(moved), nil).status, "one of the five is used")
	f.once(f.buyer, f.buyerLooks, "POST", undo(used), nil, 201)
	require.Equal(t, 409, f.buyer.do("POST", undo(used), nil).status, "once")
	f.unknown("POST", undo(used), nil)
	require.Equal(t, 422, f.buyer.do("POST", "/journals/x/reversal", nil).status)
	f.once(f.buyer, f.buyerLooks, "POST", "/stock/uses", map[string]any{"product": f.product, "from": second, "qty": "1"}, 200)

	hidden := str(f.seller.post("/products", map[string]any{"sku": "SECRET", "name": "Belum dijual"}, 201), "id")
	for _, path := range []string{"/stock/uses", "/stock/transfers", "/lots"} {
		ask := func(product string) answer {
			b := map[string]any{"product": product, "from": at, "to": second, "qty": "1"}
			switch path {
			case "/stock/uses":
				delete(b, "to")
			case "/lots":
				b = map[string]any{"product": product, "code": "X", "kind": "opening", "qty": "1"}
			}
			return f.buyer.do("POST", path, b)
		}
		is, none := ask(hidden), ask("999999")
		require.NotContains(t, is.text, "SECRET")
		require.Equal(t, none.status, is.status, "%s: %s", path, is.text)
		for _, k := range []string{"code", "title", "detail", "errors"} {
			require.Equal(t, none.body[k], is.body[k], path)
		}
	}
	list := str(f.buyer.post("/price-lists", map[string]any{"name": "Eceran", "currency": "IDR"}, 201), "id")
	f.buyer.post("/price-lists/"+list+"/prices", map[string]any{"prices": []any{map[string]any{"product": f.product, "from": "2025-01-01", "price": "60000"}}}, 204)
	f.once(f.buyer, f.buyerLooks, "POST", "/counter-sales", map[string]any{"price_list": list, "paid": true, "method": "cash",
		"lines": []any{map[string]any{"product": f.product, "qty": "3"}}}, 201)
	require.NotEmpty(t, items(f.seller.get("/stock/available")))
	f.seller.get("/lots/expiring?days=3650")
	lot := str(f.seller.post("/lots", map[string]any{"product": f.product, "code": "L-9", "expires_on": "2030-01-01", "qty": "1"}, 201), "id")
	f.once(f.seller, f.sellerLooks, "POST", "/lots/"+lot+"/recall", nil, 200)

	require.NotEmpty(t, items(f.seller.get("/channels/"+f.channel+"/members")))
	f.unknown("GET", "/channels/"+f.channel+"/members", nil)
	f.once(f.seller, f.sellerLooks, "PUT", "/channels/"+f.channel+"/members", map[string]any{"org": f.other.org, "tier": 2}, 204)
	g := f.seller.post("/agreements", map[string]any{"link": f.link, "from": "2031-01-01", "price_list": f.list, "currency": "IDR", "title_on": "delivery", "risk_on": "delivery"}, 201)
	f.once(f.buyer, f.buyerLooks, "POST", "/agreements/"+str(g, "id")+"/decline", map[string]any{"reason": "too dear"}, 200)

	j := str(f.seller.post("/exports", map[string]any{"report": "stock"}, 202), "id")
	require.NotEmpty(t, items(f.seller.get("/jobs")))
	f.seller.get("/jobs/" + j)
	f.unknown("GET", "/jobs/"+j, nil)
	f.unknown("GET", "/imports/runs/1", nil)
	f.unknown("POST", "/imports/1/apply", nil)
	f.unknown("POST", "/jobs/"+j+"/cancel", nil)
	f.seller.post("/jobs/"+j+"/cancel", nil, 204)
	f.sound()
}

// TestSessionsAndPasswordsByTheAPI: a new password ends the other sessions; a session that was ended is none.
func TestSessionsAndPasswordsByTheAPI(t *testing.T) {
	f := newFull(t, "delivery")
	role := items(f.seller.get("/people"))
	var looks string
	for _, p := range role {
		if str(p, "role") == "viewer" {
			looks = str(p, "person")
		}
	}
	require.NotEmpty(t, looks, "%v", role)
	f.once(f.seller, f.sellerLooks, "PUT", "/people/"+looks+"/role", map[string]any{"role": "sales"}, 204)

	const email = "owner@T02.example"
	beside := f.signIn(email)
	change := map[string]any{"old_password": "wrong", "password": "another long secret"}
	require.Equal(t, 422, f.other.do("POST", "/me/password", change).status)
	change["old_password"] = password
	change["password"] = "short"
	require.Equal(t, 422, f.other.do("POST", "/me/password", change).status)
	change["password"] = "another long secret"
	require.Equal(t, 401, (&user{p: f.portal}).do("POST", "/me/password", change).status)
	f.other.post("/me/password", change, 204)
	require.Equal(t, 200, f.other.do("GET", "/me", nil).status, "who changed it stays")
	require.Equal(t, 401, beside.do("GET", "/me", nil).status, "the others go")
	in := map[string]any{"email": email, "password": password}
	require.Equal(t, 401, (&user{p: f.portal}).do("POST", "/sessions", in).status)
	in["password"] = "another long secret"
	again := &user{p: f.portal}
	again.token = str(again.post("/sessions", in, 201), "token")

	require.Equal(t, 204, again.do("DELETE", "/sessions", nil).status)
	require.Equal(t, 200, again.do("GET", "/me", nil).status, "the one that asked stays")
	require.Equal(t, 401, f.other.do("GET", "/me", nil).status)
	require.Equal(t, 204, again.do("DELETE", "/sessions/current", nil).status)
	require.Equal(t, 401, again.do("GET", "/me", nil).status)
	require.Equal(t, 401, again.do("DELETE", "/sessions", nil).status)
}

// TestPagesOfTheAccountAndOfCommission: whoever is signed in has an account; commission is for the two it is between.
func TestPagesOfTheAccountAndOfCommission(t *testing.T) {
	f := newFull(t, "delivery")
	_, v := f.sold("2")
	agent, seller, shop := f.enter("owner@A01.example"), f.enter("owner@kopi.example"), f.enter("owner@toko.example")
	browsers := map[string]*http.Client{"agent": agent, "seller": seller, "shop": shop}
	look := func(who string, path string, wants ...string) string {
		res, err := browsers[who].Get(f.url + path)
		require.NoError(t, err)
		text := body(t, res)
		require.Equal(t, 200, res.StatusCode, text)
		for _, s := range wants {
			require.Contains(t, text, s, "%s at %s", who, path)
		}
		return text
	}
	send := func(who, path string, form url.Values) (status int, text string) {
		form.Set("_csrf", formToken.FindStringSubmatch(look(who, "/account"))[1])
		form.Set("_key", fmt.Sprint("page-", keys.Add(1)))
		res, err := browsers[who].PostForm(f.url+path, form)
		require.NoError(t, err)
		return res.StatusCode, body(t, res)
	}
	for _, who := range []string{"agent", "seller", "shop"} {
		look(who, "/account", `action="/account/password"`, `action="/account/sessions"`)
	}
	status, text := send("shop", "/account/password", url.Values{"old_password": {"wrong"}, "password": {"another long secret"}, "again": {"another long secret"}})
	require.Equal(t, 422, status)
	require.NotContains(t, text, "another long secret", "what was typed does not travel back")
	status, _ = send("shop", "/account/password", url.Values{"old_password": {password}, "password": {"another long secret"}, "again": {"another other secret"}})
	require.Equal(t, 422, status)
	status, _ = send("shop", "/account/password", url.Values{"old_password": {password}, "password": {"another long secret"}, "again": {"another long secret"}})
	require.Equal(t, 200, status)
	require.Equal(t, 401, f.buyer.do("GET", "/me", nil).status, "the other sessions have ended")
	status, _ = send("agent", "/account/sessions", url.Values{})
	require.Equal(t, 200, status)
	require.Equal(t, 401, f.agent.do("GET", "/me", nil).status)

	look("seller", "/commissions", `action="/commissions/pay"`, "PT A01")
	require.NotContains(t, look("agent", "/commissions", "PT Kopi Gunung"), `action="/commissions/`)
	require.NotContains(t, look("shop", "/commissions"), "PT A01")
	pay := url.Values{"partner": {f.agent.org}, "currency": {"IDR"}, "amount": {"1"}, "method": {"transfer"}}
	status, _ = send("shop", "/commissions/pay", pay)
	require.Equal(t, 404, status)
	status, text = send("seller", "/commissions/pay", url.Values{"partner": {f.agent.org}, "currency": {"IDR"}, "amount": {"999999999"}, "method": {"transfer"}})
	require.Equal(t, 409, status, text)
	p := f.seller.post("/commissions/payments", map[string]any{"agent": f.agent.org, "currency": "IDR", "method": "transfer"}, 201)
	ag := f.signIn("owner@A01.example")
	ag.post("/payments/"+str(p, "id")+"/confirm", nil, 200)
	f.seller.post("/invoices/"+str(v, "id")+"/credit-notes", map[string]any{"reason": "stale", "lines": []any{map[string]any{"line": 1, "qty": "48"}}}, 201)
	look("agent", "/commissions", `action="/commissions/repay"`)
	require.NotContains(t, look("seller", "/commissions"), `action="/commissions/`)
	status, text = send("agent", "/commissions/repay", url.Values{"partner": {f.seller.org}, "currency": {"IDR"}, "amount": {str(p, "amount")}, "method": {"transfer"}})
	require.Equal(t, 200, status, text)
	require.Contains(t, text, "PAY-", "the payment that was reported")
}
