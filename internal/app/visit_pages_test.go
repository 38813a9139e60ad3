package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/clock"
	"saluran/internal/identity"
)

// round puts the agent's shop on its round, every day.
func (f *field) round() string {
	return str(f.agent.post("/visit-plan", map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "weekdays": everyDay(), "turn": 1}, 201), "id")
}

// one follows a link of a page.
func (p page) one(t *testing.T, begins string) string {
	t.Helper()
	_, rest, ok := strings.Cut(p.text, `href="`+begins)
	require.True(t, ok, "no link to %s in %s", begins, p.text)
	href, _, _ := strings.Cut(rest, `"`)
	return entities.Replace(begins + href)
}

// TestADayOnTheRoundWithoutAScript: an agent plans a round, checks in, counts, orders, sends a photo and checks out by forms alone; what is
// wrong is said beside what was typed, and changes nothing.
func TestADayOnTheRoundWithoutAScript(t *testing.T) {
	f := newField(t)
	c := f.clickAs("owner@agen.example")
	plan := c.get("/visit-plan")
	require.Contains(t, plan.text, "PT T02")
	form := plan.fields()
	for k, v := range map[string]string{"shop": f.seller.org + "-" + f.shop2.org, "weeks": "15", "turn": "3"} {
		form.Set(k, v)
	}
	bad := c.post("/visit-plan", form)
	require.Equal(t, 422, bad.status)
	require.Contains(t, bad.text, "Pilih paling sedikit satu hari")
	form = bad.fields()
	form.Set("shop", f.seller.org+"-"+f.shop2.org)
	form.Set("weeks", "15")
	form.Set("turn", "3")
	for i := range 7 {
		form.Set(fmt.Sprintf("day-%d", i+1), "1")
	}
	require.Equal(t, 303, c.post("/visit-plan", form).status)
	require.Equal(t, 303, c.post("/visit-plan", form).status, "sent twice it is one")
	require.Len(t, items(f.agent.get("/visit-plan")), 1)

	today := c.get("/m/today")
	require.Contains(t, today.text, "Belum dikunjungi")
	at := today.one(t, "/m/visits/new?")
	in := c.get(at)
	require.Contains(t, in.header.Get("Permissions-Policy"), "geolocation=(self)")
	form = in.fields("/visits")
	form.Set("spot", strings.Repeat("x", 200))
	bad = c.post("/visits", form)
	require.Equal(t, 422, bad.status)
	require.Contains(t, bad.text, strings.Repeat("x", 200), "what was typed stays")
	require.Zero(t, f.visits())
	form = bad.fields("/visits")
	form.Set("spot", "Depan kasir")
	got := c.post("/visits", form)
	require.Equal(t, 303, got.status, got.text)
	visit := strings.TrimSuffix(got.header.Get("Location"), "?done=visit.started")
	require.Equal(t, got.header.Get("Location"), c.post("/visits", form).header.Get("Location"), "sent twice it is one")
	require.EqualValues(t, 1, f.visits())
	colleague := c.post("/visits", c.get(at).fields("/visits"))
	require.Equal(t, 409, colleague.status)
	require.Contains(t, colleague.text, "Orang AGN sudah check-in")
	require.Contains(t, colleague.text, visit, "it leads to the visit that is in the way")

	step := func(do string, more ...string) url.Values {
		form := c.get(visit).fields("/visits/" + strings.TrimPrefix(visit, "/m/visits/") + "/" + do)
		for i := 0; i+1 < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return form
	}
	desk := strings.TrimPrefix(visit, "/m")
	bad = c.post(desk+"/count", step("count", "qty-"+f.product, "dua"))
	require.Equal(t, 422, bad.status)
	require.Contains(t, bad.text, `value="dua"`)
	bad = c.post(desk+"/count", step("count", "qty-"+f.product, "0,5", "unit-"+f.product, "pcs"))
	require.Equal(t, 422, bad.status)
	require.Contains(t, bad.text, "tidak dapat dibaca")
	require.Equal(t, 303, c.post(desk+"/count", step("count", "qty-"+f.product, "2", "unit-"+f.product, "carton")).status)
	bad = c.post(desk+"/check-out", step("check-out", "result", "order"))
	require.Equal(t, 422, bad.status)
	require.Contains(t, bad.text, "Belum ada pesanan")
	f.agent.post("/orders", map[string]any{"seller": f.seller.org, "buyer": f.shop2.org, "lines": []any{map[string]any{"product": f.product, "qty": "24"}}}, 201)
	require.Contains(t, c.get(visit).text, "SO-", "an order that is placed while the visit lasts stands on it")

	require.Equal(t, 303, c.photo(strings.TrimPrefix(visit, "/m/visits/")).status)
	old := step("check-out", "result", "order", "note", "Minta brosur")
	require.Equal(t, 303, c.post(desk+"/count", step("count", "qty-"+f.product, "3", "unit-"+f.product, "carton")).status)
	moved := c.post(desk+"/check-out", old)
	require.Equal(t, 409, moved.status, "it was counted meanwhile")
	require.Contains(t, moved.text, "Minta brosur", "what was typed stays")
	out := c.post(desk+"/check-out", step("check-out", "result", "order", "note", "Minta brosur"))
	require.Equal(t, "/m/today?done=visit.ended", out.header.Get("Location"))
	require.Contains(t, c.get("/m/today").text, "Pesanan diambil")
	require.NotContains(t, c.get(visit).text, "check-out", "what is over is not changed")
	require.Contains(t, c.get("/m/visits").text, visit)
	closed := c.post(desk+"/count", url.Values{"_csrf": old["_csrf"], "qty-" + f.product: {"9"}, "unit-" + f.product: {"pcs"}, "phone": {"1"}})
	require.Equal(t, 409, closed.status)
	require.Contains(t, closed.text, "sudah ditutup")

	// at the desk, for each who is told of it: as much as is its own
	for email, sees := range map[string]string{"owner@agen.example": "Minta brosur", "sales@kopi.example": "Minta brosur", "owner@toko2.example": ""} {
		who := f.clickAs(email)
		got := who.get(desk)
		require.Equal(t, 200, got.status, email)
		require.Contains(t, got.text, "Orang AGN", email)
		if sees != "" {
			require.Contains(t, got.text, sees, email)
		} else {
			require.NotContains(t, got.text, "Minta brosur", email)
		}
		require.Equal(t, email == "owner@agen.example", strings.Contains(got.text, "Depan kasir"), email)
		if email == "owner@toko2.example" {
			require.Contains(t, who.get("/visits").text, "Orang AGN")
		}
	}
	stranger := f.clickAs("owner@toko.example")
	require.Equal(t, 404, stranger.get(desk).status)
	require.Equal(t, 404, stranger.get(visit).status)
}

// photo sends a picture of the shelf.
func (c *clicker) photo(visit string) page {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range c.get("/m/visits/" + visit).fields("/attachments") {
		require.NoError(c.t, w.WriteField(k, v[0]))
	}
	file, err := w.CreateFormFile("file", "rak.txt")
	require.NoError(c.t, err)
	fmt.Fprint(file, "Rak")
	require.NoError(c.t, w.Close())
	return c.do("POST", "/attachments", &b, "Content-Type", w.FormDataContentType(), "Origin", c.p.url, "Sec-Fetch-Site", "same-origin")
}

// TestAVisitOfAPhoneIsKeptOnce: the forms of a phone that had no signal are booked once, or it is said what a person has to settle.
func TestAVisitOfAPhoneIsKeptOnce(t *testing.T) {
	f := newField(t)
	stop := f.round()
	c := f.clickAs("owner@agen.example")
	round := c.kept("/m/today/kept")
	days := round["days"].([]any)
	require.Len(t, days, 2)
	kept := days[0].(map[string]any)["stops"].([]any)[0].(map[string]any)
	require.Equal(t, stop, str(kept, "stop"))
	require.Equal(t, f.today, days[0].(map[string]any)["on"])
	shelf := c.kept(str(kept, "shelf"))["goods"].([]any)
	require.Equal(t, f.product, str(shelf[0].(map[string]any), "id"))
	csrf := c.kept("/m/device")["csrf"].(string)
	send := func(path string, n int, more ...string) page {
		form := url.Values{"_csrf": {csrf}, "_key": {fmt.Sprintf("%032x", n)}, "phone": {"1"}}
		for i := 0; i+1 < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return c.post(path, form, "Accept", "application/json", "HX-Request", "true")
	}
	said := func(status int, got page) (out map[string]any) {
		require.Equal(t, status, got.status, got.text)
		require.NoError(t, json.Unmarshal([]byte(got.text), &out))
		return out
	}
	whole := []string{"stop", stop, "seller", f.seller.org, "shop", f.shop2.org, "phone_at", "2020-01-01T00:00:00Z", "result", "none", "reason", "enough", "qty-" + f.product, "7", "unit-" + f.product, "pcs"}
	require.Equal(t, "qty-"+nothing, said(409, send("/visits", 1, append(whole, "qty-"+nothing, "1", "unit-"+nothing, "pcs")...))["fields"].([]any)[0].(map[string]any)["path"])
	require.Equal(t, "visit.reason", said(422, send("/visits", 1, append(whole, "reason", "")...))["fields"].([]any)[0].(map[string]any)["code"])
	require.Equal(t, "qty-"+f.product, said(422, send("/visits", 1, append(whole, "qty-"+f.product, "0,5")...))["fields"].([]any)[0].(map[string]any)["path"])
	said(404, send("/visits", 1, append(whole, "stop", nothing)...))
	require.Zero(t, f.visits(), "what was refused left nothing")
	first := send("/visits", 1, whole...)
	require.Equal(t, 200, first.status, first.text)
	require.Equal(t, first.header.Get("HX-Redirect"), send("/visits", 1, whole...).header.Get("HX-Redirect"))
	require.EqualValues(t, 1, f.visits())
	require.True(t, strings.HasSuffix(fmt.Sprint(said(422, send("/visits", 1, append(whole, "reason", "price")...))["code"]), "key_reused"))
	require.Equal(t, "visit.taken", said(409, send("/visits", 2, whole...))["code"])
	own := send("/visits", 2, append(whole, "stop", "")...)
	require.Equal(t, 200, own.status, "as one outside the round it is kept: %s", own.text)
	f.agent.post("/visit-plan/"+stop+"/end", nil, 200)
	require.Equal(t, "visit.not_in_plan", said(409, send("/visits", 3, whole...))["code"])

	// one that had begun with signal goes on without: count, orders and end come at once
	open := f.agent.post("/visits", map[string]any{"seller": f.seller.org, "shop": f.shop2.org}, 201)
	path := "/visits/" + str(open, "id") + "/check-out"
	rest := []string{"version", "1", "result", "none", "reason", "price", "qty-" + f.product, "4", "unit-" + f.product, "carton"}
	require.Equal(t, 200, send(path, 4, rest...).status)
	require.Equal(t, 200, send(path, 4, rest...).status)
	v := f.agent.get("/visits/" + str(open, "id"))
	require.Equal(t, "96", v["counts"].([]any)[0].(map[string]any)["base_qty"])
	require.Equal(t, "price", v["reason"])
	require.Equal(t, "visit.closed", said(409, send(path, 5, rest...))["code"])
	for _, who := range []string{"owner@toko.example", "owner@toko2.example"} {
		other := f.clickAs(who)
		require.Equal(t, 404, other.get(str(kept, "shelf")).status, who)
		require.NotContains(t, other.get("/m/today/kept").text, "PT T02", who)
	}
	require.Equal(t, 404, f.clickAs("owner@kopi.example").get("/m/visits/goods?seller="+f.agent.org+"&shop="+f.shop2.org).status)
}

// opens is one more shop at which the agent calls.
func (f *field) opens(code string) string {
	channel := f.seller.post("/channels", map[string]any{"name": "Toko " + code, "shape": "retail"}, 201)
	shop := str(f.seller.post("/orgs", map[string]any{"code": code, "kind": "retailer", "name": "Toko " + code}, 201), "id")
	org, err := f.Partner.Resolve(context.Background(), code)
	require.NoError(f.t, err)
	_, err = f.Identity.Seed(context.Background(), org.ID, org.Kind, identity.NewPerson{Email: code + "@b.example", Name: "Ibu " + code, Password: password, Lang: "id", Role: "owner"})
	require.NoError(f.t, err)
	buyer := f.signIn(code + "@b.example")
	buyer.post("/places", map[string]any{"name": "Toko"}, 201)
	link := f.seller.post("/links", map[string]any{"channel": str(channel, "id"), "seller": f.seller.org, "buyer": shop, "agent": f.agent.org, "place": true}, 201)
	g := f.seller.post("/agreements", map[string]any{"link": str(link, "id"), "from": "2025-01-01", "price_list": f.list, "currency": "IDR", "net_days": 30, "title_on": "delivery",
		"risk_on": "delivery"}, 201)
	buyer.post("/agreements/"+str(g, "id")+"/accept", nil, 200)
	return shop
}

// TestPagesOfVisitsAskTheSameWhateverTheirLength: a round of many shops puts as many questions as a round of one.
func TestPagesOfVisitsAskTheSameWhateverTheirLength(t *testing.T) {
	f := newField(t, func(c *app.Config) { c.NoWorkers = true })
	asked := f.counting()
	call := func(shop string) {
		f.agent.post("/visit-plan", map[string]any{"seller": f.seller.org, "shop": shop, "weekdays": everyDay()}, 201)
		v := f.agent.post("/visits", map[string]any{"seller": f.seller.org, "shop": shop, "lines": []any{map[string]any{"product": f.product, "qty": "1"}}}, 201)
		f.agent.post("/visits/"+str(v, "id")+"/check-out", map[string]any{"result": "closed"}, 200)
	}
	call(f.shop2.org)
	pages := []string{"/m/today", "/m/today/kept", "/m/visits", "/m/shops", "/m/commission", "/visits", "/visit-plan", "/m/visits/new?seller=" + f.seller.org + "&shop=" + f.shop2.org}
	browser := f.enter("owner@agen.example")
	count := func() map[string]int64 {
		out := map[string]int64{}
		for _, p := range pages {
			for i := range 4 {
				before := asked.Load()
				res, err := browser.Get(f.url + p)
				require.NoError(t, err)
				res.Body.Close()
				require.Equal(t, 200, res.StatusCode, p)
				if n := asked.Load() - before; i == 0 || n < out[p] {
					out[p] = n
				}
			}
		}
		return out
	}
	one := count()
	for i := range 12 {
		call(f.opens(fmt.Sprintf("B%02d", i)))
	}
	many := count()
	for _, p := range pages {
		require.LessOrEqual(t, many[p], one[p]+2, "questions of %s with more rows", p)
		require.Less(t, many[p], int64(40), "questions of %s", p)
	}
	t.Log(many)
}

// TestStopsOfADayAreNumberedFromOne: the plan's own numbers have gaps, where a shop is left out or not due that day; those that a person
// reads on the round have none.
func TestStopsOfADayAreNumberedFromOne(t *testing.T) {
	f := newField(t)
	today := int(time.Now().In(clock.Zone("Asia/Jakarta")).Weekday()+6)%7 + 1
	for i, turn := range []int{2, 4, 9, 30} {
		shop, days := f.shop2.org, everyDay()
		if i > 0 {
			shop = f.opens(fmt.Sprintf("N%02d", i))
		}
		if i == 1 {
			days = []any{today%7 + 1, (today+1)%7 + 1} // on other days
		}
		f.agent.post("/visit-plan", map[string]any{"seller": f.seller.org, "shop": shop, "weekdays": days, "turn": turn}, 201)
	}
	var got []string
	for _, m := range regexp.MustCompile(`<span class="m-th[^>]*><b>(\d+)</b>`).FindAllStringSubmatch(f.clickAs("owner@agen.example").get("/m/today").text, -1) {
		got = append(got, m[1])
	}
	require.Equal(t, []string{"1", "2", "3"}, got)
}
