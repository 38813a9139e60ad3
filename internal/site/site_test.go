package site_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/app"
	"saluran/internal/db/dbtest"
	"saluran/internal/id"
	"saluran/internal/identity"
	"saluran/internal/partner"
)

// browser is somebody who clicks: it keeps cookies and sends what a browser sends.
type browser struct {
	t       *testing.T
	app     *fiber.App
	cookies map[string]string
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (b *browser) do(method, path string, form url.Values, header ...string) answer {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req := httptest.NewRequest(method, path, body)
	req.Header.Set("Accept", "text/html")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", "http://example.com") // httptest's own host
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	for k, v := range b.cookies {
		req.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	res, err := b.app.Test(req, fiber.TestConfig{Timeout: 0})
	if err != nil {
		b.t.Fatal(method, path, err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 || c.Value == "" {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

func (b *browser) get(path string) answer { return b.do("GET", path, nil) }

var csrf = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)

func token(a answer) string {
	if m := csrf.FindStringSubmatch(a.body); m != nil {
		return m[1]
	}
	return ""
}

const password = "sandi-yang-panjang-1"

// portal opens a portal with a producer and its owner.
func portal(t *testing.T) (*app.App, *fiber.App) {
	t.Helper()
	a, err := app.Open(context.Background(), app.Config{DB: dbtest.Ready(t), Log: dbtest.Log()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	_, org, err := a.Partner.Setup(t.Context(), partner.NewOrg{Code: "OP", Kind: "operator", Name: "Operator"}, partner.NewOrg{Code: "KOPI", Kind: "producer", Name: "PT Kopi <b>Gunung</b>"})
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Plant(t, a.DB)
	seed(t, a, org.ID, "producer", "owner@kopi.example", "owner")
	seed(t, a, org.ID, "producer", "warehouse@kopi.example", "warehouse")
	f, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return a, f
}

func seed(t *testing.T, a *app.App, org id.ID, kind, email, role string) {
	t.Helper()
	if _, err := a.Identity.Seed(t.Context(), org, kind, identity.NewPerson{Email: email, Name: "Ratna Wijaya", Password: password, Lang: "id", Role: role}); err != nil {
		t.Fatal(err)
	}
}

func signIn(t *testing.T, f *fiber.App, email string) *browser {
	t.Helper()
	b := &browser{t, f, map[string]string{}}
	page := b.get("/sign-in")
	got := b.do("POST", "/sign-in", url.Values{"_csrf": {token(page)}, "email": {email}, "password": {password}, "next": {"/orders"}})
	if got.status != http.StatusSeeOther || got.header.Get("Location") != "/orders" {
		t.Fatalf("sign-in: %d %s", got.status, got.body)
	}
	return b
}

func TestEveryPageOpensEmpty(t *testing.T) {
	_, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	for _, path := range []string{"/", "/orders", "/orders?side=seller&status=placed", "/orders/quick", "/shipments", "/invoices", "/payments", "/payments/new", "/stock",
		"/stock?by=holder", "/stock?by=bearer&q=kopi", "/warehouses", "/exports", "/imports", "/partners", "/products", "/people", "/roles", "/roles/new", "/roles/new?from=sales", "/access", "/access/why?relation=own&object=order&action=list", "/channels", "/appointments", "/banks", "/find?q=SO-1"} {
		got := b.get(path)
		if got.status != http.StatusOK || strings.Count(got.body, "<h1") != 1 {
			t.Errorf("%s: %d, %d h1", path, got.status, strings.Count(got.body, "<h1"))
		}
		if strings.Contains(got.body, "<b>Gunung") {
			t.Errorf("%s shows a name unescaped", path)
		}
		for _, banned := range []string{" style=", "<style", " onclick="} {
			if strings.Contains(got.body, banned) {
				t.Errorf("%s contains %q, which the Content-Security-Policy forbids", path, banned)
			}
		}
		if p := got.header.Get("Content-Security-Policy"); !strings.Contains(p, "script-src 'self'") || strings.Contains(p, "unsafe") {
			t.Errorf("%s: policy %q", path, p)
		}
		if got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be cached", path)
		}
	}
}

func TestNobodyWritesFromElsewhere(t *testing.T) {
	_, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	good := token(b.get("/warehouses"))
	form := func(tok string) url.Values {
		return url.Values{"_csrf": {tok}, "_key": {strings.Repeat("a", 32)}, "place_name": {"Gudang A"}}
	}
	rows := []struct {
		name   string
		form   url.Values
		header []string
		want   int
	}{
		{"no token", form(""), nil, http.StatusForbidden},
		{"another token", form(strings.Repeat("x", len(good))), nil, http.StatusForbidden},
		{"another site", form(good), []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		{"another origin", form(good), []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		{"a null origin", form(good), []string{"Origin", "null"}, http.StatusForbidden},
		{"text/plain", form(good), []string{"Content-Type", "text/plain"}, http.StatusForbidden},
		{"our own page", form(good), nil, http.StatusSeeOther},
	}
	for _, r := range rows {
		if got := b.do("POST", "/warehouses", r.form, r.header...); got.status != r.want {
			t.Errorf("%s: %d, want %d", r.name, got.status, r.want)
		}
	}
	if got := b.get("/warehouses"); strings.Count(got.body, ">Gudang A<") == 0 {
		t.Error("the warehouse is not there")
	}
}

func TestSessions(t *testing.T) {
	_, f := portal(t)
	stranger := &browser{t, f, map[string]string{}}
	if got := stranger.get("/orders?status=placed"); got.status != http.StatusSeeOther || got.header.Get("Location") != "/sign-in?next=%2Forders%3Fstatus%3Dplaced" {
		t.Errorf("a stranger: %d %s", got.status, got.header.Get("Location"))
	}
	page := stranger.get("/sign-in?next=//evil.example")
	if strings.Contains(page.body, "evil.example") {
		t.Error("sign-in leads to another site")
	}
	wrong := stranger.do("POST", "/sign-in", url.Values{"_csrf": {token(page)}, "email": {"owner@kopi.example"}, "password": {"salah"}})
	unknown := stranger.do("POST", "/sign-in", url.Values{"_csrf": {token(page)}, "email": {"nobody@kopi.example"}, "password": {"salah"}})
	if wrong.status != unknown.status || wrong.status < 400 || strings.Contains(wrong.body, "salah") {
		t.Errorf("wrong password %d, unknown account %d", wrong.status, unknown.status)
	}
	b := signIn(t, f, "owner@kopi.example")
	old := b.cookies["saluran_session"]
	if got := b.do("POST", "/sign-out", url.Values{"_csrf": {token(b.get("/"))}}); got.status != http.StatusSeeOther {
		t.Errorf("sign-out: %d", got.status)
	}
	b.cookies["saluran_session"] = old
	if got := b.get("/"); got.status != http.StatusSeeOther {
		t.Errorf("an ended session still opens: %d", got.status)
	}
}

func TestFaults(t *testing.T) {
	_, f := portal(t)
	b := signIn(t, f, "warehouse@kopi.example")
	rows := []struct {
		path   string
		status int
		text   string
	}{
		{"/orders/999999999", http.StatusNotFound, "Tidak ditemukan"},
		{"/orders/abc", http.StatusNotFound, "Tidak ditemukan"},
		{"/nothing/here", http.StatusNotFound, "Tidak ditemukan"},
		{"/invoices", http.StatusForbidden, "tidak punya hak"},
		{"/payments", http.StatusForbidden, "tidak punya hak"},
		{"/people", http.StatusForbidden, "tidak punya hak"},
		{"/files/12", http.StatusNotFound, "Tidak ditemukan"},
		{"/orders?after=xyz", http.StatusUnprocessableEntity, ""},
		{"/assets/..%2fgo.mod", http.StatusNotFound, ""},
	}
	for _, r := range rows {
		got := b.get(r.path)
		if got.status != r.status || !strings.Contains(got.body, r.text) {
			t.Errorf("%s: %d, want %d with %q", r.path, got.status, r.status, r.text)
		}
	}
}

func TestABadFormKeepsWhatWasTyped(t *testing.T) {
	_, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	tok := token(b.get("/products"))
	got := b.do("POST", "/products", url.Values{"_csrf": {tok}, "sku": {""}, "name": {"Kopi <i>Susu</i>"}, "kind": {"goods"}, "base_unit": {"pcs"}, "vat": {"standard"}, "pack": {"carton"}, "pack_qty": {"dua"}})
	if got.status != http.StatusUnprocessableEntity {
		t.Fatalf("status %d", got.status)
	}
	for _, want := range []string{"Kopi &lt;i&gt;Susu&lt;/i&gt;", "Ada 2 isian", `href="#f-sku"`, `aria-invalid="true"`, `value="dua"`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%q is missing", want)
		}
	}
}
