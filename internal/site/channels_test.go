package site_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"saluran/internal/access"
	"saluran/internal/app"
	"saluran/internal/id"
	"saluran/internal/partner"
)

// submit sends a form with a key of its own, as a page would.
func (b *browser) submit(path, key string, pairs ...string) answer {
	b.t.Helper()
	form := url.Values{"_csrf": {token(b.get("/"))}, "_key": {strings.Repeat(key, 32)[:32]}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.do("POST", path, form)
}

func (b *browser) done(a answer, prefix string) string {
	b.t.Helper()
	at := a.header.Get("Location")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(at, prefix) {
		b.t.Fatalf("%d to %q, want %s\n%s", a.status, at, prefix, a.body)
	}
	return strings.Split(at, "?")[0]
}

func (b *browser) refused(a answer, status int, words ...string) {
	b.t.Helper()
	if a.status != status {
		b.t.Fatalf("%d, want %d\n%s", a.status, status, a.body)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			b.t.Errorf("%q is missing", w)
		}
	}
}

// firm makes an organisation with an owner who can sign in.
func firm(t *testing.T, a *app.App, kind, code, name string) id.ID {
	t.Helper()
	kopi, err := a.Partner.Resolve(t.Context(), "KOPI")
	if err != nil {
		t.Fatal(err)
	}
	o, err := a.Partner.Create(t.Context(), access.Actor{Person: 1, Org: kopi.ID, Kind: "producer", Role: "owner"}, partner.NewOrg{Code: code, Kind: kind, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	seed(t, a, o.ID, kind, "owner@"+strings.ToLower(code)+".example", "owner")
	return o.ID
}

func TestAChannelFromNothingToTermsInForce(t *testing.T) {
	a, f := portal(t)
	firm(t, a, "retailer", "T1", "Toko Ibu")
	firm(t, a, "producer", "TEH", "PT Teh")
	b, shop, other := signIn(t, f, "owner@kopi.example"), signIn(t, f, "owner@t1.example"), signIn(t, f, "owner@teh.example")
	b.refused(b.submit("/channels", "a", "name", "", "shape", "retail"), 422, `href="#f-name"`)
	channel := b.done(b.submit("/channels", "b", "name", "Toko", "shape", "retail"), "/channels/")
	if again := b.done(b.submit("/channels", "b", "name", "Toko", "shape", "retail"), "/channels/"); again != channel {
		t.Errorf("twice with one key: %s and %s", channel, again)
	}
	b.refused(b.submit("/channels", "c", "name", "Bebas", "shape", "free", "tier_1", "producer"), 422, "2 sampai 8")
	b.done(b.submit("/channels", "d", "name", "Bebas", "shape", "free", "tier_1", "producer", "tier_2", "any"), "/channels/")
	gone, never := other.get(channel), other.get("/channels/99999999")
	if gone.status != 404 || never.status != 404 {
		t.Errorf("another's channel %d, none %d", gone.status, never.status)
	}
	other.refused(other.submit(channel+"/members", "e", "tier", "2", "kind", "retailer", "code", "T1"), 404)

	b.refused(b.submit(channel+"/members", "f", "tier", "2", "kind", "retailer", "code", "T9"), 422, `href="#f-code"`, "T9")
	b.done(b.submit(channel+"/members", "g", "tier", "2", "kind", "retailer", "code", "T1"), channel)
	b.done(b.submit(channel+"/members", "g", "tier", "2", "kind", "retailer", "code", "T1"), channel)
	b.refused(b.submit(channel+"/members", "g", "tier", "3", "kind", "retailer", "code", "T1"), 422)
	b.done(b.submit(channel+"/members", "h", "tier", "2", "kind", "retailer", "code", "T2", "name", "Toko Baru"), channel)
	if got := b.get(channel + "?tier=2"); strings.Count(got.body, "Toko Ibu") == 0 || !strings.Contains(got.body, "Toko Baru") {
		t.Error("the members are not shown")
	}
	links := b.get(channel + "?view=links")
	pick := func(page, name string) string {
		m := regexp.MustCompile(`<option value="(\d+)"[^>]*>` + regexp.QuoteMeta(name)).FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("no choice %q", name)
		}
		return m[1]
	}
	me, buyer := pick(links.body, "PT Kopi &lt;b&gt;Gunung"), pick(links.body, "Toko Ibu")
	b.refused(b.submit(channel+"/links", "i", "seller", me, "buyer", me), 422, "dirinya sendiri")
	link := b.done(b.submit(channel+"/links", "j", "seller", me, "buyer", buyer), "/partners/")
	b.done(b.submit("/prices", "k", "list_name", "Harga toko", "list_currency", "IDR"), "/products")
	list := pick(b.get(link).body, "Harga toko")
	terms := []string{"from", "2026-01-01", "list", list, "net_days", "30", "limit", "5000000", "early_percent", "2,5", "early_days", "10", "title_on", "delivery", "risk_on", "delivery", "freight", "buyer", "resale", "1"}
	b.refused(b.submit(link+"/agreements", "l", append(terms, "net_days", "5")...), 422, `href="#f-early_days"`)
	b.done(b.submit(link+"/agreements", "m", terms...), link)

	page := shop.get(link)
	edition := regexp.MustCompile(`action="/agreements/(\d+)/decline"`).FindStringSubmatch(page.body)
	if edition == nil || !strings.Contains(page.body, "2,5%") {
		t.Fatal("the shop sees no offer to decline")
	}
	path := "/agreements/" + edition[1] + "/decline"
	other.refused(other.submit(path, "n", "link", "1"), 404)
	shop.refused(shop.submit(path, "o", "link", strings.TrimPrefix(link, "/partners/"), "reason", strings.Repeat("x", 301)), 422, "300 huruf")
	for range 2 {
		shop.done(shop.submit(path, "p", "link", strings.TrimPrefix(link, "/partners/"), "reason", "Tempo terlalu pendek"), link)
	}
	if page = b.get(link); !strings.Contains(page.body, "Ditolak") || !strings.Contains(page.body, "Tempo terlalu pendek") {
		t.Error("the seller does not see why it was declined")
	}
	shop.done(shop.submit(link+"/agreements", "q", append(terms, "net_days", "45")...), link)
	page = b.get(link)
	edition = regexp.MustCompile(`action="/agreements/(\d+)/accept"`).FindStringSubmatch(page.body)
	if edition == nil {
		t.Fatal("the seller cannot accept what the buyer offers")
	}
	b.done(b.submit("/agreements/"+edition[1]+"/accept", "r", "link", strings.TrimPrefix(link, "/partners/")), link)
	if page = shop.get(link); !strings.Contains(page.body, "Perjanjian yang berlaku") || !strings.Contains(page.body, "45") {
		t.Error("the terms are not in force")
	}
	b.done(b.submit(strings.Replace(link, "partners", "links", 1), "s", "version", "2", "active", "0"), channel)
	b.done(b.submit(strings.Replace(link, "partners", "links", 1), "t", "version", "2", "active", "0"), channel)
	b.refused(b.submit(strings.Replace(link, "partners", "links", 1), "u", "version", "1", "active", "1"), 409, "berubah")
	shop.refused(shop.submit(strings.Replace(link, "partners", "links", 1), "v", "version", "3", "active", "1"), 403)
}

func TestAgentsAreAppointedAndEnded(t *testing.T) {
	a, f := portal(t)
	firm(t, a, "agent", "A1", "Agen Budi")
	firm(t, a, "producer", "TEH", "PT Teh")
	b, agent, other, low := signIn(t, f, "owner@kopi.example"), signIn(t, f, "owner@a1.example"), signIn(t, f, "owner@teh.example"), signIn(t, f, "warehouse@kopi.example")
	form := []string{"agent", "A1", "percent", "2,5", "on", "payment", "from", "2026-01-01", "collect", "1"}
	low.refused(low.get("/appointments"), 403)
	low.refused(low.submit("/appointments", "a", form...), 403)
	b.refused(b.submit("/appointments", "b", append(form, "agent", "A9", "percent", "dua")...), 422, `href="#f-percent"`)
	b.refused(b.submit("/appointments", "b", append(form, "agent", "A9")...), 422, `href="#f-agent"`, "A9")
	b.done(b.submit("/appointments", "c", form...), "/appointments")
	b.done(b.submit("/appointments", "c", form...), "/appointments")
	page := b.get("/appointments")
	row := regexp.MustCompile(`action="/appointments/(\d+)/end"`).FindAllStringSubmatch(page.body, -1)
	if len(row) != 1 || !strings.Contains(page.body, "2,5%") || !strings.Contains(page.body, "menagih") {
		t.Fatalf("%d appointments", len(row))
	}
	if got := agent.get("/appointments"); !strings.Contains(got.body, "Agen Budi") || strings.Contains(got.body, "/end\"") {
		t.Error("the agent sees its appointment, and does not end it")
	}
	path, field := "/appointments/"+row[0][1]+"/end", "until_"+row[0][1]
	other.refused(other.submit(path, "d", field, "2026-12-31", "version", "1"), 404)
	b.refused(b.submit(path, "e", field, "2025-01-01", "version", "1"), 422, `id="f-`+field+`-h"`)
	for range 2 {
		b.done(b.submit(path, "f", field, "2026-12-31", "version", "1"), "/appointments")
	}
	b.refused(b.submit(path, "g", field, "2026-06-30", "version", "1"), 409)
}

func TestBankAccountsOfOnesOwn(t *testing.T) {
	a, f := portal(t)
	kopi, err := a.Partner.Resolve(t.Context(), "KOPI")
	if err != nil {
		t.Fatal(err)
	}
	seed(t, a, kopi.ID, "producer", "sales@kopi.example", "sales")
	firm(t, a, "producer", "TEH", "PT Teh")
	b, sales, other, low := signIn(t, f, "owner@kopi.example"), signIn(t, f, "sales@kopi.example"), signIn(t, f, "owner@teh.example"), signIn(t, f, "warehouse@kopi.example")
	b.refused(b.submit("/banks", "a", "bank", "BCA", "holder", "PT Kopi", "currency", "IDR"), 422, `href="#f-number"`, `value="BCA"`)
	for range 2 {
		b.done(b.submit("/banks", "b", "bank", "BCA", "number", "0012345678", "holder", "PT Kopi", "currency", "IDR"), "/banks")
	}
	b.refused(b.submit("/banks", "c", "bank", "BCA", "number", "0012345678", "holder", "PT Kopi", "currency", "IDR"), 409, "sudah ada")
	if got := sales.get("/banks"); got.status != 200 || strings.Contains(got.body, "0012345678") || !strings.Contains(got.body, "•••678") {
		t.Errorf("sales sees the number: %d", got.status)
	}
	low.refused(low.get("/banks"), 403)
	sales.refused(sales.submit("/banks", "d", "bank", "X", "number", "1", "holder", "X"), 403)
	row := regexp.MustCompile(`action="/banks/(\d+)"`).FindAllStringSubmatch(b.get("/banks").body, -1)
	if len(row) != 1 {
		t.Fatalf("%d accounts", len(row))
	}
	other.refused(other.submit("/banks/"+row[0][1], "e", "do", "end", "version", "1"), 404)
	other.refused(other.submit("/banks/99999999", "e", "do", "end", "version", "1"), 404)
	for range 2 {
		b.done(b.submit("/banks/"+row[0][1], "f", "do", "end", "version", "1"), "/banks")
	}
	if got := b.get("/banks"); !strings.Contains(got.body, "Berakhir") {
		t.Error("the account has not ended")
	}
}

// TestManyPeopleTurnPages: the list of people has a pager, and everybody is on one of its pages.
func TestManyPeopleTurnPages(t *testing.T) {
	a, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	kopi, err := a.Partner.Resolve(t.Context(), "KOPI")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		seed(t, a, kopi.ID, "producer", "many"+id.ID(i).String()+"@kopi.example", "viewer")
	}
	seen, pages := map[string]bool{}, 0
	for at := "/people"; at != "" && pages < 5; pages++ {
		page := b.get(at).body
		for _, m := range regexp.MustCompile(`many\d+@kopi\.example`).FindAllString(page, -1) {
			seen[m] = true
		}
		next := regexp.MustCompile(`href="(/people\?after=[^"]+)"`).FindStringSubmatch(page)
		at = ""
		if next != nil {
			at = strings.ReplaceAll(next[1], "&amp;", "&")
		}
	}
	if len(seen) != 60 || pages != 2 {
		t.Fatalf("%d people on %d pages", len(seen), pages)
	}
}
