package site

import (
	"net/http"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/i18n"
	"saluran/internal/list"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) findLots(r *request, want string, n int) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "box", Title: r.t("nav.lots")}
	if len([]rune(want)) < 2 { // one letter begins half of all codes
		return g, nil
	}
	lots, err := s.Goods.FindLots(r.ctx, r.a, want, n)
	for _, x := range lots {
		g.Rows = append(g.Rows, view.FoundRow{Title: x.Code, Sub: x.ProductName, Href: "/lots/" + x.ID.String(), Kind: "lot", Status: x.Status})
	}
	return g, err
}

func (s *Site) findPeople(r *request, want string, n int) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "users", Title: r.t("nav.people")}
	p, err := s.Identity.People(r.ctx, r.a, list.Query{Size: n, Filter: map[string]string{"q": want}})
	for _, x := range p.Items {
		g.Rows = append(g.Rows, view.FoundRow{Title: x.Name, Sub: r.roleWord(x.Role, x.RoleName), Href: "/people#p-" + x.Person.String()})
	}
	return g, err
}

// findReports finds the workbooks that the person may have, by their titles in either language.
func (s *Site) findReports(r *request, want string, _ int) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "report-analytics", Title: r.t("find.reports")}
	if !r.can(access.Own, "export", "run") {
		return g, nil
	}
	for _, name := range s.Reports {
		if spoken(want, "report."+name) && r.mayExport(name) {
			g.Rows = append(g.Rows, view.FoundRow{Title: r.t("report." + name), Sub: r.t("find.as_excel"), Href: "/exports?report=" + name, Named: called(want, "report."+name)})
		}
	}
	return g, nil
}

// command is something that one can begin from anywhere, where may allows it.
type command struct {
	key, icon, href string
	may             func(r *request) bool
}

var commands = []command{
	{"command.pay", "cash", "/payments/new", func(r *request) bool {
		return r.can(access.Buyer, "payment", "report") || r.can(access.Agent, "payment", "report")
	}},
	{"command.record_payment", "cash", "/payments/new?side=seller", func(r *request) bool { return r.can(access.Seller, "payment", "report") }},
	{"command.move_stock", "building-warehouse", "/transfers/new", func(r *request) bool { return r.can(access.Own, "stock", "transfer") }},
	{"command.movements", "history", "/movements", func(r *request) bool { return r.can(access.Own, "stock", "read") }},
	{"account.title", "user", "/account", func(*request) bool { return true }},
	{"security.title", "shield-check", "/account/security", func(*request) bool { return true }},
	{"help.title", "help", "/help", func(*request) bool { return true }},
	{"shortcuts.title", "info-circle", "/help/keyboard", func(*request) bool { return true }},
}

// findPages finds places of the menu and commands, by their words in either language; all of them where nothing is asked for.
func (s *Site) findPages(r *request, want string, _ int) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "arrow-right", Title: r.t("find.pages")}
	add := func(key, icon, href, keys string) {
		if spoken(want, key) {
			g.Rows = append(g.Rows, view.FoundRow{Title: r.t(key), Href: href, Icon: icon, Keys: keys, Named: called(want, key)})
		}
	}
	for _, of := range r.menu() {
		for _, it := range of.Items {
			add("nav."+it.Key, it.Icon, it.Href, it.Go())
		}
	}
	for _, c := range commands {
		if c.may(r) {
			add(c.key, c.icon, c.href, "")
		}
	}
	return g, nil
}

// spoken tells whether the words of a key begin with what is wanted, or one of their words does, in any language.
func spoken(want, key string) bool {
	want = list.Fold(want)
	if want == "" {
		return true
	}
	return slices.ContainsFunc([]string{i18n.ID, i18n.EN}, func(lang string) bool { return begins(i18n.T(lang, key), want) })
}

// called tells whether a key's words are exactly what is wanted, in any language.
func called(want, key string) bool {
	want = list.Fold(want)
	return want != "" && slices.ContainsFunc([]string{i18n.ID, i18n.EN}, func(lang string) bool { return list.Fold(i18n.T(lang, key)) == want })
}

// begins tells whether a text, or one of its words, begins with what is wanted.
func begins(text, want string) bool {
	text, want = list.Fold(text), list.Fold(want)
	return strings.HasPrefix(text, want) || strings.Contains(text, " "+want)
}

// shortcuts is the help of the keyboard: as a page, and as what the dialog shows.
func (s *Site) shortcuts(r *request) error {
	c, err := r.choices()
	if err != nil {
		return err
	}
	v := view.Shortcuts{On: c.Keys}
	for _, g := range r.menu() {
		for _, it := range g.Items {
			if k := it.Go(); k != "" {
				v.Places = append(v.Places, view.Shortcut{Keys: k, Text: r.t("nav." + it.Key)})
			}
		}
	}
	if r.Query("in") == "dialog" {
		return r.html(http.StatusOK, view.ShortcutList(v))
	}
	return r.html(http.StatusOK, view.ShortcutsPage(r.shell(r.t("shortcuts.title"), "", r.crumb("nav.home", "/"), kit.Crumb{Text: r.t("shortcuts.title")}), v))
}

// setKeys switches single keys on or off for the person.
func (s *Site) setKeys(r *request) error {
	if err := s.Desk.SetKeys(r.ctx, r.a, r.reader().yes("keys")); err != nil {
		return err
	}
	return r.to("/help/keyboard", "desk.keys")
}
