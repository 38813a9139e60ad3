package app_test

import (
	"cmp"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/db/dbtest"
	"saluran/internal/identity"
)

// full is a market with an agent of the seller, somebody who may only look in each organisation, and a stranger.
type full struct {
	*market
	agent, other                        *user
	sellerLooks, buyerLooks, agentLooks *user
	appointment, link, channel          string
}

func newFull(t *testing.T, earnedOn string) *full {
	f := &full{market: newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })}
	for code, kind := range map[string]string{"A01": "agent", "T02": "retailer"} {
		f.seller.post("/orgs", map[string]any{"code": code, "kind": kind, "name": "PT " + code}, 201)
		f.person(code, "owner")
	}
	f.agent, f.other = f.signIn("owner@A01.example"), f.signIn("owner@T02.example")
	f.sellerLooks, f.buyerLooks, f.agentLooks = f.person("KOPI", "viewer"), f.person("T01", "viewer"), f.person("A01", "viewer")
	a := f.once(f.seller, f.sellerLooks, "POST", "/appointments", map[string]any{"agent": f.agent.org, "commission_bps": 500, "commission_on": earnedOn,
		"may_collect": true, "from": "2025-01-01"}, 201)
	f.appointment = str(a, "id")
	l := items(f.seller.get("/links"))[0]
	f.link, f.channel = str(l, "id"), str(l, "channel")
	f.replace("/links/"+f.link, map[string]any{"active": true, "agent": f.agent.org})
	return f
}

func (f *full) person(code, role string) *user {
	org, err := f.Partner.Resolve(f.t.Context(), code)
	require.NoError(f.t, err)
	email := role + "@" + code + ".example"
	_, err = f.Identity.Seed(f.t.Context(), org.ID, org.Kind, identity.NewPerson{Email: email, Name: role, Password: password, Lang: "en", Role: role})
	require.NoError(f.t, err)
	return f.signIn(email)
}

var number = regexp.MustCompile(`/\d+`)

// once does a write: refused for whom it is not allowed, unknown to another organisation as if it did not exist, done by who it
// is for, and not done again under the same key.
func (f *full) once(who, not *user, method, path string, body any, want int, header ...string) map[string]any {
	t := f.t
	t.Helper()
	if not != nil {
		a := not.do(method, path, body, header...)
		require.Equal(t, 403, a.status, "%s %s by somebody without the right: %s", method, path, a.text)
	}
	f.unknown(method, path, body, header...)
	header = append(header, "Idempotency-Key", fmt.Sprint("once-", keys.Add(1)))
	first := who.do(method, path, body, header...)
	require.Equal(t, want, first.status, "%s %s: %s", method, path, first.text)
	before := f.written()
	again := who.do(method, path, body, header...)
	require.Equal(t, want, again.status, "%s %s, again: %s", method, path, again.text)
	require.Equal(t, str(first.body, "id"), str(again.body, "id"), "%s %s", method, path)
	require.Equal(t, before, f.written(), "%s %s was done twice", method, path)
	return first.body
}

// unknown: another organisation hears of a document what it hears of one that does not exist.
func (f *full) unknown(method, path string, body any, header ...string) {
	f.t.Helper()
	if !number.MatchString(path) {
		return
	}
	is, none := f.other.do(method, path, body, header...), f.other.do(method, number.ReplaceAllString(path, "/999999"), body, header...)
	require.GreaterOrEqual(f.t, is.status, 400, "%s %s by a stranger: %s", method, path, is.text)
	for _, k := range []string{"status", "code", "title", "detail"} {
		require.Equal(f.t, none.body[k], is.body[k], "%s %s by a stranger: %s, of nothing: %s", method, path, is.text, none.text)
	}
}

func (f *full) written() (n [3]int64) {
	err := f.DB.R(f.t.Context()).Raw("SELECT (SELECT MAX(seq) FROM journal WHERE kind NOT LIKE 'audit.%'), (SELECT COUNT(*) FROM audit), (SELECT COUNT(*) FROM bank_account) + (SELECT COUNT(*) FROM appointment)").
		Row().Scan(&n[0], &n[1], &n[2])
	require.NoError(f.t, err)
	return n
}

// replace is a PUT of a whole: 428 without the version that was read, 412 with one that has passed, 200 with it.
func (f *full) replace(path string, body map[string]any) map[string]any {
	t := f.t
	t.Helper()
	f.unknown("PUT", path, body, "If-Match", `"1"`)
	a := f.seller.do("PUT", path, body)
	require.Equal(t, 428, a.status, "PUT %s: %s", path, a.text)
	require.Equal(t, "request.precondition_required", str(a.body, "code"))
	a = f.seller.do("PUT", path, body, "If-Match", `"77"`)
	require.Equal(t, 412, a.status, "PUT %s: %s", path, a.text)
	require.Equal(t, 403, f.sellerLooks.do("PUT", path, body, "If-Match", `"1"`).status)
	for _, version := range []string{`"1"`, `"2"`} {
		if a = f.seller.do("PUT", path, body, "If-Match", version); a.status == 200 {
			break
		}
	}
	require.Equal(t, 200, a.status, "PUT %s: %s", path, a.text)
	require.NotEmpty(t, a.header.Get("ETag"))
	return a.body
}

// sold orders, confirms and delivers so many cartons, and invoices them.
func (f *full) sold(cartons string) (order, invoice map[string]any) {
	o := f.place(f.t, cartons, "carton")
	path := "/orders/" + str(o, "id")
	f.seller.post(path+"/confirm", nil, 200)
	ship := f.seller.post(path+"/dispatch", nil, 201)
	f.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)
	return o, f.seller.post(path+"/invoice", nil, 201)
}

func (f *full) pay(amount string, more ...any) map[string]any {
	b := map[string]any{"payee": f.seller.org, "currency": "IDR", "amount": amount, "method": "transfer"}
	for i := 0; i+1 < len(more); i += 2 {
		b[more[i].(string)] = more[i+1]
	}
	return f.once(f.buyer, f.buyerLooks, "POST", "/payments", b, 201)
}

// TestWholesAreReplacedByWhoHasReadThem: every PUT that needs If-Match says 428 without it and 412 when it has passed.
func TestWholesAreReplacedByWhoHasReadThem(t *testing.T) {
	f := newFull(t, "delivery")
	bank := f.once(f.seller, f.sellerLooks, "POST", "/bank-accounts", map[string]any{"bank": "BCA", "currency": "IDR", "holder": "PT Kopi", "number": "0001"}, 201)
	require.Len(t, items(f.seller.get("/orgs/"+f.seller.org+"/bank-accounts")), 1)
	place := f.once(f.seller, f.sellerLooks, "POST", "/places", map[string]any{"name": "Gudang dua"}, 201)
	role := f.once(f.seller, f.sellerLooks, "POST", "/roles", map[string]any{"name": "Penjual", "from": "sales"}, 201)
	hook := f.once(f.seller, f.sellerLooks, "POST", "/webhooks", map[string]any{"url": "https://hooks.example/saluran", "topics": []any{"order.placed"}}, 201)
	prices := f.once(f.seller, f.sellerLooks, "POST", "/price-lists", map[string]any{"name": "Harga dua", "currency": "IDR"}, 201)
	stop := f.once(f.seller, f.sellerLooks, "POST", "/visit-plan", map[string]any{"shop": f.buyer.org, "weekdays": []any{1}}, 201)
	done := map[string]bool{"change-link": true, "change-view": true, "change-schedule": true} // newFull, and at the end
	for path, body := range map[string]map[string]any{
		"/bank-accounts/" + str(bank, "id"): {"main": true},
		"/places/" + str(place, "id"):       {"name": "Gudang tiga"},
		"/price-lists/" + str(prices, "id"): {"name": "Harga tiga"},
		"/visit-plan/" + str(stop, "id"):    {"weekdays": []any{1, 4}, "turn": 2},
		"/webhooks/" + str(hook, "id"):      {"url": "https://hooks.example/other", "topics": []any{"order.placed"}},
		"/roles/" + str(role, "id"):         {"name": "Penjual senior", "from": "sales"},
		"/products/" + f.product:            {"sku": "ROB-250", "name": "Robusta", "expires": true, "units": []any{map[string]any{"name": "carton", "base": "24"}}},
		"/orgs/" + f.seller.org:             {"name": "PT Kopi Baru", "zone": "Asia/Jakarta", "vat_registered": true},
	} {
		f.replace(path, body)
		op, _ := operation("PUT", path)
		done[op.OperationID] = true
	}
	f.replace("/orgs/"+f.seller.org+"/logo", map[string]any{"picture": drawnLogo(t, 120, 60)})
	done["set-logo"] = true
	own := map[string]map[string]any{ // of a person
		"/views/" + str(f.seller.post("/views", map[string]any{"list": "orders", "name": "Tampilan", "query": "status=placed"}, 201), "id"): {"name": "Tampilan lain"},
		"/schedules/" + str(f.seller.post("/schedules", stockDaily(), 201), "id"):                                                           {"every": "week", "on_day": 1, "at": "07:00", "zone": "Asia/Jakarta", "lang": "id"},
	}
	for path, body := range own {
		for _, x := range []struct {
			status int
			header []string
		}{{428, nil}, {412, []string{"If-Match", `"77"`}}, {200, []string{"If-Match", `"1"`}}} {
			a := f.seller.do("PUT", path, body, x.header...)
			require.Equal(t, x.status, a.status, "%s: %s", path, a.text)
		}
		require.Equal(t, 404, f.sellerLooks.do("PUT", path, body, "If-Match", `"2"`).status, path)
	}
	for _, item := range contract().Paths.Map() {
		for _, op := range item.Operations() {
			if p := op.Parameters.GetByInAndName("header", "If-Match"); p != nil && p.Required {
				require.True(t, done[op.OperationID], "%s needs If-Match and is not tested", op.OperationID)
			}
		}
	}
}

// TestCommissionByTheAPI: earned, listed on both sides, paid, taken back, paid back.
func TestCommissionByTheAPI(t *testing.T) {
	f := newFull(t, "delivery")
	require.Equal(t, str(f.agent.get("/appointments/"+f.appointment), "id"), str(items(f.seller.get("/appointments"))[0], "id"))
	f.unknown("GET", "/appointments/"+f.appointment, nil)
	_, v := f.sold("2")
	due := func() string { return str(items(f.agent.get("/commissions/balances"))[0], "due") }
	earned := due()
	for _, u := range []*user{f.seller, f.agent} {
		require.Equal(t, earned, str(items(u.get("/commissions?currency=IDR"))[0], "amount"))
		require.Equal(t, earned, str(items(u.get("/commissions/balances"))[0], "due"))
	}
	for _, u := range []*user{f.buyer, f.other} {
		require.Empty(t, items(u.get("/commissions")))
		require.Empty(t, items(u.get("/commissions/balances")))
	}
	money := map[string]any{"agent": f.agent.org, "currency": "IDR", "method": "transfer"}
	back := map[string]any{"principal": f.seller.org, "currency": "IDR", "method": "transfer"}
	require.Equal(t, "commission.nothing_owed_back", str(f.agent.post("/commissions/repayments", back, 409), "code"))
	none := map[string]any{"agent": "999999", "currency": "IDR", "method": "transfer"}
	for _, path := range []string{"/commissions/payments", "/commissions/repayments"} {
		require.Equal(t, f.other.post(path, none, 404)["detail"], f.other.post(path, money, 404)["detail"], "who it is between shows nothing")
	}
	p := f.once(f.seller, f.sellerLooks, "POST", "/commissions/payments", money, 201)
	f.once(f.agent, f.agentLooks, "POST", "/payments/"+str(p, "id")+"/confirm", nil, 200)
	require.Equal(t, "0", due())
	f.once(f.seller, f.sellerLooks, "POST", "/invoices/"+str(v, "id")+"/credit-notes", map[string]any{"reason": "stale", "lines": []any{map[string]any{"line": 1, "qty": "48"}}}, 201)
	require.Equal(t, "-"+earned, due())
	p = f.once(f.agent, f.agentLooks, "POST", "/commissions/repayments", back, 201)
	require.Equal(t, []string{earned, "commission"}, []string{str(p, "amount"), str(p, "purpose")})
	require.Equal(t, earned, str(items(f.seller.get("/commissions/balances"))[0], "returning"))
	f.once(f.seller, f.sellerLooks, "POST", "/payments/"+str(p, "id")+"/confirm", nil, 200)
	require.Equal(t, "0", due())
	f.once(f.seller, f.sellerLooks, "POST", "/appointments/"+f.appointment+"/end", map[string]any{"until": time.Now().UTC().Format(time.DateOnly)}, 200)
	f.sound()
}

// sound holds the books.
func (f *full) sound() {
	f.t.Helper()
	dbtest.Lift(f.t, f.DB)
	rep, err := f.Verify(f.t.Context(), nil)
	require.NoError(f.t, err)
	require.Zero(f.t, rep.Failed(), "%v", rep.Problems)
}

// TestAClaimForLostGoodsByTheAPI: title on delivery, risk on dispatch, all of it lost on the way: both sides see the claim, the
// buyer pays it, the seller confirms it, and no more than it comes to is taken; why an order was cancelled both read.
func TestAClaimForLostGoodsByTheAPI(t *testing.T) {
	f := newFull(t, "delivery")
	g := f.seller.post("/agreements", map[string]any{"link": f.link, "from": "2025-01-02", "price_list": f.list, "currency": "IDR", "net_days": 30,
		"credit_limit": "50000000", "title_on": "delivery", "risk_on": "dispatch"}, 201)
	f.buyer.post("/agreements/"+str(g, "id")+"/accept", nil, 200)
	o := f.place(t, "10", "")
	path := "/orders/" + str(o, "id")
	f.seller.post(path+"/confirm", nil, 200)
	ship := f.seller.post(path+"/dispatch", map[string]any{"lines": []any{map[string]any{"line": 1, "qty": "6"}}}, 201)
	f.buyer.post("/shipments/"+str(ship, "id")+"/receive", map[string]any{"lines": []any{map[string]any{"n": 1, "received": "0", "short": "6", "reason": "gone"}}}, 200)
	f.seller.post(path+"/cancel", map[string]any{"reason": "The lorry never came"}, 200)

	money := map[string]any{"payee": f.seller.org, "currency": "IDR", "method": "transfer"}
	seen := func(due string) {
		t.Helper()
		for side, u := range map[string]*user{"seller": f.seller, "buyer": f.buyer} {
			e := items(u.get("/exposures?side=" + side))[0]
			require.Equal(t, []string{due, "0", "0"}, []string{str(e, "claims"), str(e, "claims_back"), str(e, "used")})
			st := u.get("/statement?seller=" + f.seller.org + "&buyer=" + f.buyer.org + "&currency=IDR&from=2025-01-01&to=2099-12-31")
			require.Equal(t, due, str(st, "closing"))
			v := u.get(path + "?story=true")["story"].(map[string]any)
			lanes := v["lanes"].([]any)
			last, _ := lanes[len(lanes)-1].(map[string]any)["claim"].(string)
			require.Equal(t, due, cmp.Or(last, "0"))
			require.Contains(t, fmt.Sprint(v["timeline"]), "reason:The lorry never came")
		}
	}
	seen("240000")
	more := map[string]any{"payee": f.seller.org, "currency": "IDR", "method": "transfer", "amount": "240001"}
	a := f.buyer.do("POST", "/claims/payments", more)
	require.Equal(t, 409, a.status, a.text)
	require.Contains(t, a.text, "Only 240000 IDR of claims is due.")
	p := f.once(f.buyer, f.buyerLooks, "POST", "/claims/payments", money, 201)
	require.Equal(t, []string{"240000", "claim", "reported"}, []string{str(p, "amount"), str(p, "purpose"), str(p, "status")})
	require.Len(t, items(f.seller.get("/payments?purpose=claim")), 1)
	f.once(f.seller, f.sellerLooks, "POST", "/payments/"+str(p, "id")+"/confirm", nil, 200)
	seen("0")
	require.Equal(t, "claim.nothing_due", str(f.buyer.post("/claims/payments", money, 409), "code"))
	f.sound()
}
