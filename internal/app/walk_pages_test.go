package app_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

var (
	// untranslated is a key of the catalogue that reached a page.
	untranslated = regexp.MustCompile(`(^|[\s(])[a-z][a-z_]+(\.[a-z_]+)+($|[\s),:])`)
	spacedRupiah = regexp.MustCompile(`Rp[\s\x{a0}]`)
)

// mainPages are the pages of a firm that buys and sells; those with a selector are found by a link on another page.
var mainPages = []struct{ name, path, link string }{
	{"home", "/", ""}, {"orders", "/orders", ""}, {"order-sold", "/orders?side=seller", "a.rowlink"}, {"order-bought", "/orders?side=buyer", "a.rowlink"},
	{"order-choose", "/orders/new", ""}, {"order-form", "/orders/new", "a.rowlink"}, {"shipments", "/shipments", ""}, {"shipment", "/shipments", "a.rowlink"},
	{"stock", "/stock", ""}, {"warehouses", "/warehouses", ""}, {"invoices", "/invoices", ""}, {"invoice", "/invoices", "a.rowlink"},
	{"payments", "/payments", ""}, {"payment", "/payments", "a.rowlink"}, {"payment-new", "/payments/new", ""}, {"exports", "/exports", ""},
	{"imports", "/imports", ""}, {"partners", "/partners", ""}, {"partner", "/partners", "a.rowlink"}, {"products", "/products", ""},
	{"people", "/people", ""}, {"roles", "/roles", ""}, {"role-new", "/roles/new?from=sales", ""}, {"access", "/access", ""}, {"channels", "/channels", ""}, {"channel", "/channels", "a.rowlink"}, {"channel-links", "/channels", "a.rowlink?view=links"},
	{"appointments", "/appointments", ""}, {"banks", "/banks", ""}, {"prices", "/products", `a[href^="/prices/"]`}, {"counter", "/counter", ""}, {"own-use", "/counter/use", ""}, {"own-use-form", "/counter/use", "main a.rowlink"},
	{"account", "/account", ""}, {"security", "/account/security", ""}, {"my-data", "/account/data", ""}, {"fresh", "/account/fresh", ""}, {"sign-in-policy", "/organisation/sign-in", ""},
	{"invitations", "/invitations", ""}, {"parting", "/people", `form[action$="/remove"]`}, {"applications", "/applications", ""}, {"glass", "/glass", ""}, {"why", "/access/why?relation=seller&object=invoice&action=read", ""},
	{"keys", "/keys", ""}, {"webhooks", "/webhooks", ""}, {"sharing", "/sharing", ""}, {"audit", "/audit", ""}, {"commissions", "/commissions", ""},
	{"deposits", "/deposits", ""}, {"deposits-out", "/deposits?side=buyer", ""}, {"movements", "/movements", ""}, {"transfer-new", "/transfers/new", ""}, {"lot", "/warehouses", `a[href^="/lots/"]`},
	{"points", "/points", ""}, {"points-own", "/points?side=buyer", ""}, {"point-moves", "/points/moves", ""}, {"organisation", "/organisation", ""}, {"product", "/products", `a[href^="/products/"]`}, {"warehouse", "/warehouses", `a[href^="/warehouses/"]`},
	{"find", "/find?q=SO", ""}, {"no-page", "/nothing", ""},
}

// outerPages are the pages of somebody who is not signed in.
var outerPages = []string{"/sign-in", "/sign-in/code", "/sign-in/sso", "/forgot", "/my-data"}

// everyPage opens each main page in both languages and themes, on a phone and on a desk: nothing is wider than the window,
// nothing is untranslated, no rupiah stands off from its figures, and the console is silent (see visit).
func (w *walk) everyPage(t *testing.T) {
	v, out := w.signIn(t, "owner@grosirterong.example"), w.visit(t)
	out.who = "a stranger"
	for _, lang := range []string{"id", "en"} {
		v.page("/")
		if ask[string](v, `document.documentElement.lang`) != lang {
			v.pressIn(`form[action="/language"]`, "")
		}
		out.page("/sign-in")
		if ask[string](out, `document.documentElement.lang`) != lang {
			out.pressIn(`form[action="/language"]`, "")
		}
		for _, theme := range []string{"light", "dark"} {
			ask[string](v, `(localStorage.setItem('theme', $1), '')`, theme)
			ask[string](out, `(localStorage.setItem('theme', $1), '')`, theme)
			for _, width := range []int64{390, 1440} {
				if width == 1440 && (lang == "en") == (theme == "light") {
					continue // at a desk, each language in one theme
				}
				v.do(chromedp.EmulateViewport(width, 900))
				out.do(chromedp.EmulateViewport(width, 900))
				for _, p := range outerPages {
					out.inspect(p, p, "")
				}
				for _, p := range mainPages {
					v.inspect(p.name, p.path, p.link)
					v.picture(strings.Join([]string{p.name, lang, theme, map[int64]string{390: "phone", 1440: "desk"}[width]}, "-"))
				}
			}
		}
	}
}

func (v *visitor) inspect(name, path, link string) {
	v.t.Helper()
	v.open(path)
	if link != "" {
		link, more, _ := strings.Cut(link, "?")
		href := ask[string](v, `(e => e?.getAttribute('href') ?? e?.getAttribute('action').replace('/remove', '/leave') ?? '')(document.querySelector($1))`, link)
		require.NotEmpty(v.t, href, "%s has no link for %s", path, name)
		if more != "" {
			href += "?" + more
		}
		v.open(href)
	}
	if name != "no-page" && name != "fresh" { // which asks once more who it is
		require.EqualValues(v.t, 200, v.status, name)
	}
	wide := ask[[]int](v, `[document.documentElement.scrollWidth, innerWidth]`)
	require.LessOrEqual(v.t, wide[0], wide[1], "%s at %d pixels must not scroll sideways", name, wide[1])
	body := v.text("body")
	require.NotRegexp(v.t, spacedRupiah, body, name)
	for _, hit := range untranslated.FindAllString(body, -1) { // topics of webhooks are named as programs call them
		require.True(v.t, strings.Contains(hit, ".example") || strings.Contains(hit, ".xlsx") || strings.Contains(hit, ".csv") || name == "webhooks", "%s shows %q", name, hit)
	}
	require.NotContains(v.t, body, "NaN", name)
}
