package site_test

import (
	"html"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"saluran/internal/i18n"
	"saluran/policies"

	"saluran/internal/access"
)

var (
	ticked   = regexp.MustCompile(`name="(g_[^"]+)" value="1" checked`)
	boxes    = regexp.MustCompile(`name="(g_[^"]+)" value="1"`)
	menuLink = regexp.MustCompile(`(?s)<nav[^>]*>.*?</nav>`)
	href     = regexp.MustCompile(`<a href="(/[^"]*)"`)
	personID = regexp.MustCompile(`action="/people/(\d+)/role"`)
)

// post sends a form of a page.
func (b *browser) post(from, to string, form url.Values) answer {
	b.t.Helper()
	page := b.get(from)
	form.Set("_csrf", token(page))
	if form.Get("_key") == "" {
		form.Set("_key", regexp.MustCompile(`name="_key" value="([^"]+)"`).FindStringSubmatch(page.body)[1])
	}
	return b.do("POST", to, form)
}

func roleForm(name string, grants ...string) url.Values {
	f := url.Values{"name": {name}}
	for _, g := range grants {
		f.Set(g, "1")
	}
	return f
}

// TestRolesAreMadeChangedGivenAndEnded goes the whole way by forms, without a script.
func TestRolesAreMadeChangedGivenAndEnded(t *testing.T) {
	_, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	page := b.get("/roles/new?from=warehouse")
	on := ticked.FindAllStringSubmatch(page.body, -1)
	require.NotEmpty(t, on, "copying ticks what the role may do")
	var grants []string
	for _, m := range on {
		grants = append(grants, m[1])
		require.NotContains(t, m[1], "invoice", "the warehouse is denied invoices")
	}
	form := roleForm("Kepala gudang", grants...)
	form.Set("from", "warehouse")
	made := b.post("/roles/new", "/roles", form)
	require.Equal(t, 303, made.status, made.body)
	where, _, _ := strings.Cut(made.header.Get("Location"), "?")
	again := b.do("POST", "/roles", form)
	require.Equal(t, made.header.Get("Location"), again.header.Get("Location"), "sent twice, made once")
	require.Contains(t, b.get(where).body, "Kepala gudang")
	require.Contains(t, b.get("/roles").body, `href="`+where+`"`)

	// Given to a person, it is what the person may do.
	role := regexp.MustCompile(`value="(own:\d+)"`).FindStringSubmatch(b.get("/people").body)[1]
	who := personID.FindStringSubmatch(b.get("/people").body)[1]
	require.Equal(t, 303, b.post("/people", "/people/"+who+"/role", url.Values{"role": {role}}).status)
	held := signIn(t, f, "warehouse@kopi.example")
	require.Contains(t, held.get("/").body, "Kepala gudang")
	require.Equal(t, 200, held.get("/stock").status)
	require.Equal(t, 403, held.get("/people").status)
	refusedEnd := b.post(where, where+"/end", url.Values{})
	require.Equal(t, 409, refusedEnd.status)
	require.Contains(t, refusedEnd.body, i18n.T("id", "err.role.held", "n", "1"))

	// Changed: it holds from the next click.
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(b.get(where).body)[1]
	change := roleForm("Kepala gudang", "g_own.order.list", "g_own.person.read")
	change.Set("version", version)
	require.Equal(t, 303, b.post(where, where, change).status)
	require.Equal(t, 403, held.get("/stock").status)
	require.Equal(t, 200, held.get("/people").status)
	change.Del("_key")
	stale := b.post(where, where, change)
	require.Equal(t, 409, stale.status, "an old version is not written over a newer one")
	change.Del("version")
	change.Del("_key")
	require.Equal(t, 409, b.post(where, where, change).status, "nor is no version")

	require.Equal(t, 303, b.post("/people", "/people/"+who+"/role", url.Values{"role": {"viewer"}}).status)
	require.Equal(t, 303, b.post(where, where+"/end", url.Values{}).status)
	require.NotContains(t, b.get("/roles").body, where)
	require.Contains(t, b.get(where).body, "Peran ini diakhiri ")
}

// TestRolesRefuseBadInputWithASentence, and keep what was typed.
func TestRolesRefuseBadInputWithASentence(t *testing.T) {
	_, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	for _, x := range []struct {
		name  string
		form  url.Values
		wants string
	}{
		{"no name", roleForm("", "g_own.order.list"), "err.role.name_length"},
		{"nothing ticked", roleForm("Kosong"), "err.role.empty"},
		{"a name of all", roleForm("Pemilik", "g_own.order.list"), "err.role.name_built_in"},
		{"only what nobody knows", roleForm("Aneh", "g_own.universe.read"), "err.role.empty"},
	} {
		got := b.post("/roles/new", "/roles", x.form)
		require.Equal(t, 422, got.status, x.name)
		require.Contains(t, html.UnescapeString(got.body), i18n.T("id", x.wants), x.name)
		require.Contains(t, got.body, `value="`+x.form.Get("name")+`"`, x.name)
	}
	require.Equal(t, 404, b.get("/roles/999999").status)
	require.Equal(t, 404, b.post("/roles/new", "/roles/999999/end", url.Values{}).status)

	w := signIn(t, f, "warehouse@kopi.example")
	require.Equal(t, 200, w.get("/roles").status, "the names of roles are no secret among its people")
	require.NotContains(t, w.get("/roles").body, "/roles/new")
	for _, path := range []string{"/roles/new", "/people"} {
		got := w.get(path)
		require.Equal(t, 403, got.status)
		require.Contains(t, got.body, `href="/access/why?`, "a refusal says where it is explained")
	}
	why := regexp.MustCompile(`href="(/access/why\?[^"]+)"`).FindStringSubmatch(w.get("/roles/new").body)[1]
	page := w.get(html.UnescapeString(why))
	require.Equal(t, 200, page.status)
	for _, key := range []string{"role.warehouse", "access.object.person", "access.rel.own", "access.action.manage", "access.refused", "access.no_rule", "role.owner"} {
		require.Contains(t, html.UnescapeString(page.body), i18n.T("id", key), key)
	}
	// Denied by a line: the line is shown.
	page = w.get("/access/why?relation=seller&object=invoice&action=read")
	require.Contains(t, page.body, "p, warehouse, *, price|invoice")

	// A maker hands on no more than it may itself, and hears what it was and why.
	require.Equal(t, 303, b.post("/roles/new", "/roles", roleForm("Personalia", "g_own.person.read", "g_own.person.manage")).status)
	role := regexp.MustCompile(`value="(own:\d+)"`).FindStringSubmatch(b.get("/people").body)[1]
	who := personID.FindStringSubmatch(b.get("/people").body)[1]
	require.Equal(t, 303, b.post("/people", "/people/"+who+"/role", url.Values{"role": {role}}).status)
	p := signIn(t, f, "warehouse@kopi.example")
	require.Len(t, boxes.FindAllString(p.get("/roles/new").body, -1), 2, "only what it may itself is offered")
	got := p.post("/roles/new", "/roles", roleForm("Kasir", "g_seller.payment.confirm"))
	require.Equal(t, 403, got.status)
	require.Contains(t, got.body, "/access/why?")
}

// TestMenusOfOwnRolesShowWhatOpens: whatever an organisation puts into a role, each place of its menu opens, and so does the first
// page.
func TestMenusOfOwnRolesShowWhatOpens(t *testing.T) {
	_, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	var all []string
	for _, m := range boxes.FindAllStringSubmatch(b.get("/roles/new").body, -1) {
		all = append(all, m[1])
	}
	require.Greater(t, len(all), 100)
	who := personID.FindStringSubmatch(b.get("/people").body)[1]
	rng := rand.New(rand.NewPCG(3, 5))
	for i := range 12 {
		var some []string
		for _, g := range all {
			if rng.IntN(12) <= i {
				some = append(some, g)
			}
		}
		made := b.post("/roles/new", "/roles", roleForm("Acak "+string(rune('A'+i)), some...))
		require.Equal(t, 303, made.status, made.body)
		no := regexp.MustCompile(`/roles/(\d+)`).FindStringSubmatch(made.header.Get("Location"))[1]
		role := regexp.MustCompile(`value="(own:\d+)">Acak ` + string(rune('A'+i))).FindStringSubmatch(b.get("/people").body)
		require.NotNil(t, role, no)
		require.Equal(t, 303, b.post("/people", "/people/"+who+"/role", url.Values{"role": {role[1]}}).status)
		held := signIn(t, f, "warehouse@kopi.example")
		page := held.get("/")
		require.Equal(t, 200, page.status, some)
		for _, l := range href.FindAllStringSubmatch(strings.Join(menuLink.FindAllString(page.body, -1), ""), -1) {
			got := held.get(html.UnescapeString(l[1]))
			assert.Equal(t, 200, got.status, "%s: %s with %v", l[1], regexp.MustCompile(`/access/why[^"]*`).FindString(got.body), some)
		}
	}
}

// TestWhatCanBeAskedHasWords in both languages.
func TestWhatCanBeAskedHasWords(t *testing.T) {
	g, err := access.New(policies.Model, policies.Grants)
	require.NoError(t, err)
	rels, objects, actions := g.Vocabulary()
	for _, lang := range []string{i18n.ID, i18n.EN} {
		for _, r := range rels {
			require.True(t, i18n.Has(lang, "access.rel."+r), r)
		}
		for _, o := range objects {
			require.True(t, i18n.Has(lang, "access.object."+o), "%s access.object.%s", lang, o)
			require.True(t, i18n.Has(lang, "object."+o), "%s object.%s, a heading of the page of keys", lang, o)
			for _, a := range actions[o] {
				require.True(t, i18n.Has(lang, "access.action."+a), "%s access.action.%s", lang, a)
			}
		}
	}
}
