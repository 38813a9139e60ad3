package app_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/identity"
)

// field is a market with an agent of the seller at a second shop, whose people sign in.
type field struct {
	*market
	agent, shop2, sales *user
	today               string
}

func newField(t *testing.T, change ...func(*app.Config)) *field {
	m := newMarket(t, "delivery", change...)
	f := &field{market: m, today: time.Now().In(time.FixedZone("WIB", 7*3600)).Format(time.DateOnly)}
	enter := func(code, kind, email string) (*user, string) {
		no := str(m.seller.post("/orgs", map[string]any{"code": code, "kind": kind, "name": "PT " + code}, 201), "id")
		org, err := m.Partner.Resolve(context.Background(), code)
		require.NoError(t, err)
		_, err = m.Identity.Seed(context.Background(), org.ID, org.Kind, identity.NewPerson{Email: email, Name: "Orang " + code, Password: password, Lang: "id", Role: "owner"})
		require.NoError(t, err)
		return m.signIn(email), no
	}
	f.agent, _ = enter("AGN", "agent", "owner@agen.example")
	var shop2 string
	f.shop2, shop2 = enter("T02", "retailer", "owner@toko2.example")
	f.shop2.post("/places", map[string]any{"name": "Toko"}, 201)
	m.seller.post("/appointments", map[string]any{"agent": f.agent.org, "area": "Kota", "commission_bps": 300, "commission_on": "order", "from": "2025-01-01"}, 201)
	channel := m.seller.post("/channels", map[string]any{"name": "Lewat agen", "shape": "retail"}, 201)
	link := m.seller.post("/links", map[string]any{"channel": str(channel, "id"), "seller": m.seller.org, "buyer": shop2, "agent": f.agent.org, "place": true}, 201)
	g := m.seller.post("/agreements", map[string]any{"link": str(link, "id"), "from": "2025-01-01", "price_list": m.list, "currency": "IDR", "net_days": 30, "credit_limit": "50000000",
		"title_on": "delivery", "risk_on": "delivery"}, 201)
	f.shop2.post("/agreements/"+str(g, "id")+"/accept", nil, 200)
	m.seller.joins("sales@kopi.example", "Rina", "sales")
	f.sales = m.signIn("sales@kopi.example")
	return f
}

func everyDay() []any { return []any{1, 2, 3, 4, 5, 6, 7} }

// visits is how many there are.
func (f *field) visits() int64 {
	var n int64
	require.NoError(f.t, f.DB.R(context.Background()).Raw("SELECT COUNT(*) FROM visit WHERE org IN (?, ?)", f.seller.org, f.agent.org).Scan(&n).Error)
	return n
}

// TestARoundAndItsVisits: an agent plans a round, checks in, counts, takes an order and checks out; the seller and the shop are told as much
// as is theirs; what moves goods or money did not happen.
func TestARoundAndItsVisits(t *testing.T) {
	f := newField(t)
	stock := f.seller.get("/stock")
	stop := f.agent.post("/visit-plan", map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "weekdays": everyDay(), "turn": 2}, 201)
	due := items(f.agent.get("/visits/due"))
	require.Len(t, due, 1)
	require.Equal(t, "PT T02", str(due[0]["stop"].(map[string]any)["shop"].(map[string]any), "name"))
	require.Nil(t, due[0]["visit"])

	phone := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	v := f.agent.post("/visits", map[string]any{"stop": str(stop, "id"), "phone_at": phone, "spot": "Depan kasir", "consent": true, "lat": "-7.797068", "lon": "110.370529"}, 201)
	at := "/visits/" + str(v, "id")
	require.Equal(t, "-7.797068", v["lat"])
	require.Equal(t, f.today, v["day"])
	goods := items(f.agent.get("/visits/goods?seller=" + f.seller.org + "&shop=" + f.shop2.org))
	require.Len(t, goods, 1)
	v = f.agent.post(at+"/count", map[string]any{"lines": []any{map[string]any{"product": f.product, "qty": "2", "unit": "carton"}}}, 200, "If-Match", `"1"`)
	require.Equal(t, "48", v["counts"].([]any)[0].(map[string]any)["base_qty"])

	early := f.agent.do("POST", at+"/check-out", map[string]any{"result": "order"})
	require.Equal(t, 422, early.status)
	require.Contains(t, early.text, "visit.needs_order")
	o := f.agent.post("/orders", map[string]any{"seller": f.seller.org, "buyer": f.shop2.org, "lines": []any{map[string]any{"product": f.product, "qty": "24"}}}, 201)
	v = f.agent.get(at)
	require.Equal(t, str(o, "id"), v["orders"].([]any)[0].(map[string]any)["order"], "an order that is placed while the visit lasts was taken on it")
	f.agent.post(at+"/orders", map[string]any{"order": str(o, "id")}, 200)
	other := f.place(t, "24", "")
	require.Equal(t, 404, f.agent.do("POST", at+"/orders", map[string]any{"order": str(other, "id")}).status, "an order that the agent may not read is none")
	require.Contains(t, f.agent.do("POST", at+"/check-out", map[string]any{"result": "closed"}).text, "visit.has_order")
	photo := f.agent.sendFile("rak.txt", strings.NewReader("Rak"), "rak-1", "document_kind", "visit", "document", str(v, "id"))
	require.Equal(t, 201, photo.status, photo.text)
	v = f.agent.post(at+"/check-out", map[string]any{"result": "order", "note": "Pemilik minta brosur"}, 200)
	require.NotEmpty(t, v["checked_out_at"])
	require.Equal(t, true, items(f.agent.get("/visits/due"))[0]["done"])

	shop := f.shop2.get(at)
	require.Equal(t, "shop", shop["as"])
	require.Len(t, shop["counts"], 1)
	for _, hidden := range []string{"note", "reason", "spot", "lat", "stop"} {
		require.NotContains(t, shop, hidden)
	}
	require.Equal(t, 200, f.shop2.do("GET", "/files/"+str(photo.body, "id"), nil).status)
	principal := f.sales.get(at)
	require.Equal(t, "Pemilik minta brosur", principal["note"])
	require.NotContains(t, principal, "lat", "where an agent's person stood is its organisation's alone")
	require.Len(t, items(f.sales.get("/visits?side=principal")), 1)
	require.Empty(t, items(f.sales.get("/visits")))
	require.Len(t, items(f.shop2.get("/visits?side=shop")), 1)
	require.Equal(t, 403, f.sales.do("POST", at+"/count", map[string]any{"lines": []any{}}).status)
	require.Equal(t, 404, f.buyer.do("GET", at, nil).status)
	require.Equal(t, f.buyer.do("GET", "/visits/"+nothing, nil).body["code"], f.buyer.do("GET", at, nil).body["code"])
	require.Equal(t, stock, f.seller.get("/stock"), "a count moves no goods")
}

// TestWhoMayCall: nobody calls where its organisation has no business, with goods that are not listed, or without a right; nothing of it is kept.
func TestWhoMayCall(t *testing.T) {
	f := newField(t)
	was := f.visits()
	in := map[string]any{"seller": f.seller.org, "shop": f.shop2.org}
	rival := f.rival(t)
	for name, x := range map[string]struct {
		who    *user
		body   map[string]any
		status int
		code   string
	}{
		"a rival":                {rival, in, 404, "not_found"},
		"the agent elsewhere":    {f.agent, map[string]any{"seller": f.seller.org, "shop": f.shop}, 404, "not_found"},
		"the shop at its seller": {f.buyer, map[string]any{"seller": f.seller.org, "shop": f.buyer.org}, 404, "not_found"},
		"no such stop":           {f.agent, map[string]any{"stop": nothing}, 404, "not_found"},
		"without consent":        {f.agent, map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "lat": "1", "lon": "2"}, 422, "visit.consent"},
		"beyond the pole":        {f.agent, map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "consent": true, "lat": "91", "lon": "2"}, 422, "visit.coordinates"},
		"a bad count":            {f.agent, map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "lines": []any{map[string]any{"product": f.product, "qty": "0.5"}}}, 422, "visit.qty"},
		"a strange unit":         {f.agent, map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "lines": []any{map[string]any{"product": f.product, "qty": "1", "unit": "truk"}}}, 422, "visit.unit"},
		"goods not listed":       {f.agent, map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "lines": []any{map[string]any{"product": nothing, "qty": "1"}}}, 409, "visit.not_listed"},
		"no reason":              {f.agent, map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "result": "none"}, 422, "visit.reason"},
	} {
		a := x.who.do("POST", "/visits", x.body)
		require.Equal(t, x.status, a.status, name+": "+a.text)
		require.Contains(t, a.text, x.code, name)
	}
	require.Equal(t, 422, f.agent.do("POST", "/visit-plan", map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "weekdays": []any{8}}).status)
	f.seller.joins("gudang@kopi.example", "Gudang", "warehouse")
	require.Equal(t, 403, f.signIn("gudang@kopi.example").do("POST", "/visits", map[string]any{"shop": f.shop}).status)
	require.Equal(t, was, f.visits(), "what was refused left nothing")
}

// TestAVisitWithoutSignal: it is sent whole, with the key that it was given when it was made; twice is one; what is in its way is a
// conflict that a person settles.
func TestAVisitWithoutSignal(t *testing.T) {
	f := newField(t)
	stop := f.agent.post("/visit-plan", map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "weekdays": everyDay()}, 201)
	ago := time.Now().Add(-26 * time.Hour).UTC()
	whole := map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "phone_at": ago.Format(time.RFC3339), "phone_out_at": ago.Add(20 * time.Minute).Format(time.RFC3339),
		"lines": []any{map[string]any{"product": f.product, "qty": "7"}}, "result": "none", "reason": "enough"}
	first := f.agent.do("POST", "/visits", whole, "Idempotency-Key", "phone-1")
	require.Equal(t, 201, first.status, first.text)
	again := f.agent.do("POST", "/visits", whole, "Idempotency-Key", "phone-1")
	require.Equal(t, str(first.body, "id"), str(again.body, "id"))
	require.Equal(t, true, first.body["offline"])
	require.Equal(t, ago.In(time.FixedZone("WIB", 7*3600)).Format(time.DateOnly), first.body["day"])
	require.NotEmpty(t, first.body["checked_out_at"])
	closed := f.agent.do("POST", "/visits/"+str(first.body, "id")+"/count", map[string]any{"lines": []any{}})
	require.Equal(t, 409, closed.status)
	require.Contains(t, closed.text, "Orang AGN", "it says who closed it")

	f.agent.joins("dwi@agen.example", "Dwi", "sales")
	colleague := f.signIn("dwi@agen.example")
	colleague.post("/visits", map[string]any{"stop": str(stop, "id")}, 201)
	taken := f.agent.do("POST", "/visits", map[string]any{"stop": str(stop, "id"), "result": "closed"})
	require.Equal(t, 409, taken.status)
	require.Contains(t, taken.text, "visit.taken")
	require.Contains(t, taken.text, "Dwi")

	f.agent.post("/visit-plan/"+str(stop, "id")+"/end", nil, 200)
	f.agent.post("/visit-plan/"+str(stop, "id")+"/end", nil, 200)
	require.Contains(t, f.agent.do("POST", "/visits", map[string]any{"stop": str(stop, "id")}).text, "visit.not_in_plan")
	require.EqualValues(t, 2, f.visits())
	wild := f.agent.post("/visits", map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "phone_at": "1999-01-01T00:00:00Z"}, 201)
	require.Equal(t, f.today, wild["day"], "a clock that cannot be true decides nothing")
	again = f.agent.do("POST", "/visits", map[string]any{"seller": f.seller.org, "shop": f.shop2.org})
	require.Contains(t, again.text, "visit.taken", "one at a time")

	app := items(f.seller.get("/appointments"))[0]
	f.seller.post("/appointments/"+str(app, "id")+"/end", map[string]any{"until": "2025-02-01"}, 200)
	require.Contains(t, f.agent.do("POST", "/visits", whole).text, "visit.not_appointed")
}

// TestTwoHundredCheckInAtOnce: at one stop on one day there is one visit; all others hear who is there.
func TestTwoHundredCheckInAtOnce(t *testing.T) {
	f := newField(t)
	stop := str(f.agent.post("/visit-plan", map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "weekdays": everyDay()}, 201), "id")
	for n, body := range []map[string]any{{"stop": stop}, {"seller": f.seller.org, "shop": f.shop2.org}} {
		was := f.visits()
		var mu sync.Mutex
		got := map[int]int{}
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				a := f.agent.do("POST", "/visits", body, "Idempotency-Key", fmt.Sprintf("many-%d-%d", n, i))
				for a.status == 503 {
					a = f.agent.do("POST", "/visits", body, "Idempotency-Key", fmt.Sprintf("many-%d-%d", n, i))
				}
				mu.Lock()
				defer mu.Unlock()
				got[a.status]++
			})
		}
		wg.Wait()
		require.Equal(t, map[int]int{201: 1, 409: 199}, got)
		require.Equal(t, was+1, f.visits())
	}
}

// TestAnOrderWhoseLinkWasLostIsLinkedAtTheEnd: a portal that stopped between an order and its link with the visit loses none; what others
// placed, or what was placed before, is none of the visit's.
func TestAnOrderWhoseLinkWasLostIsLinkedAtTheEnd(t *testing.T) {
	f := newField(t)
	order := map[string]any{"seller": f.seller.org, "buyer": f.shop2.org, "lines": []any{map[string]any{"product": f.product, "qty": "24"}}}
	f.agent.post("/orders", order, 201) // before it
	v := f.agent.post("/visits", map[string]any{"seller": f.seller.org, "shop": f.shop2.org}, 201)
	at := "/visits/" + str(v, "id")
	mine := f.agent.post("/orders", order, 201)
	f.shop2.post("/orders", map[string]any{"seller": f.seller.org, "lines": order["lines"]}, 201)
	require.Len(t, f.agent.get(at)["orders"], 1)
	require.NoError(t, f.DB.InTx(context.Background(), func(ctx context.Context) error {
		return f.DB.W(ctx).Exec("DELETE FROM visit_order WHERE visit = ?", str(v, "id")).Error
	}))
	require.Empty(t, f.agent.get(at)["orders"])
	require.Contains(t, f.agent.do("POST", at+"/check-out", map[string]any{"result": "closed"}).text, "visit.has_order")
	require.Empty(t, f.agent.get(at)["orders"], "what was refused left nothing")
	v = f.agent.post(at+"/check-out", map[string]any{"result": "order"}, 200)
	require.Len(t, v["orders"], 1)
	require.Equal(t, str(mine, "id"), v["orders"].([]any)[0].(map[string]any)["order"])
}

// TestTheRoundOfWhoLeaves goes to the colleague who takes over, each shop once; with nobody to take it the plan keeps it for somebody.
func TestTheRoundOfWhoLeaves(t *testing.T) {
	f := newField(t)
	dwi, tono := f.agent.joins("dwi@agen.example", "Dwi", "sales"), f.agent.joins("tono@agen.example", "Tono", "sales")
	plan := func(person, shop string) {
		f.agent.post("/visit-plan", map[string]any{"seller": f.seller.org, "shop": shop, "weekdays": everyDay(), "person": person}, 201)
	}
	other := f.opens("B02")
	plan(dwi, f.shop2.org)
	plan(dwi, other)
	plan(tono, other)
	f.agent.post("/people/"+dwi+"/remove", map[string]any{"heir": tono}, 204)
	all := items(f.agent.get("/visit-plan"))
	require.Len(t, all, 2)
	for _, x := range all {
		require.Equal(t, tono, str(x["person"].(map[string]any), "id"))
	}
	f.agent.post("/people/"+tono+"/remove", map[string]any{}, 204)
	require.Len(t, items(f.agent.get("/visit-plan")), 2)
	require.Contains(t, f.clickAs("owner@agen.example").get("/visit-plan").text, "Tidak berkunjung lagi")
}
