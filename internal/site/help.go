package site

import (
	"net/http"
	"slices"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/errs"
	"saluran/internal/help"
	"saluran/internal/i18n"
	"saluran/web/kit"
	"saluran/web/view"
)

// helpRoutes are the pages of the help. Who is not signed in reads what is about coming in.
func (s *Site) helpRoutes(app *fiber.App, get, post route) {
	app.Get("/help", s.either(s.helpIndex, s.helpIndexOpen))
	get("/help/keyboard", s.shortcuts)
	post("/help/keyboard", s.setKeys)
	post("/help/steps", s.setSteps)
	app.Get("/help/:topic", s.either(s.helpTopic, s.helpTopicOpen))
}

// either serves a page to who is signed in, or another to who is not.
func (s *Site) either(in handler, out fiber.Handler) fiber.Handler {
	known := s.in(in)
	return func(c fiber.Ctx) error {
		if token := c.Cookies(s.cookieName("session")); token != "" {
			if _, _, err := s.Identity.Actor(c.Context(), token); err == nil {
				return known(c)
			}
		}
		return out(c)
	}
}

// helpFor is where the help for the page of a request stands.
func helpFor(c fiber.Ctx) string {
	at := c.Route().Path
	if at == "/" && c.Path() != "/" { // no page of ours
		return ""
	}
	topic, _ := help.Of(at)
	if topic == "" {
		return ""
	}
	return "/help/" + topic
}

// helpIndex lists the topics: first those of one's menu, group by group.
func (s *Site) helpIndex(r *request) error {
	var v view.HelpIndex
	var err error
	if v.Steps, err = s.steps(r); err != nil {
		return err
	}
	rest := help.All(r.lang)
	take := func(key string, of func(t help.Topic) bool) {
		g := view.HelpGroup{Head: r.t(key)}
		rest = slices.DeleteFunc(slices.Clone(rest), func(t help.Topic) bool {
			if !of(t) {
				return false
			}
			g.Topics = append(g.Topics, view.HelpLink{Href: "/help/" + t.Key, Title: t.Title, Lead: t.Lead})
			return true
		})
		if key == "help.always" {
			g.Topics = append(g.Topics, view.HelpLink{Href: "/help/" + help.Keyboard, Title: r.t("shortcuts.title"), Lead: r.t("shortcuts.lead")})
		}
		if len(g.Topics) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	for _, m := range r.menu() {
		key := m.Head
		if key == "" {
			key = "help.daily"
		}
		take(key, func(t help.Topic) bool {
			return slices.ContainsFunc(m.Items, func(i kit.NavItem) bool { return slices.Contains(t.Places, i.Key) })
		})
	}
	take("help.always", func(t help.Topic) bool { return len(t.Places) == 0 })
	take("help.others", func(help.Topic) bool { return true })
	return r.html(http.StatusOK, view.HelpIndexPage(r.shell(r.t("help.title"), "", r.crumb("nav.home", "/"), kit.Crumb{Text: r.t("help.title")}), v))
}

// helpTopic is one page of it.
func (s *Site) helpTopic(r *request) error {
	t, ok := help.Get(r.lang, r.Params("topic"))
	if !ok {
		return errs.Gone()
	}
	v := topicOf(r.lang, t, func(help.Topic) bool { return true })
	for _, m := range r.menu() {
		for _, i := range m.Items {
			if slices.Contains(t.Places, i.Key) && v.Open == "" {
				v.Open, v.OpenText, v.OpenIcon = i.Href, r.t("nav."+i.Key), i.Icon
			}
		}
	}
	sh := r.shell(t.Title, "", r.crumb("help.title", "/help"), kit.Crumb{Text: t.Title})
	return r.html(http.StatusOK, view.HelpTopicPage(sh, v))
}

func topicOf(lang string, t help.Topic, may func(help.Topic) bool) view.HelpTopic {
	v := view.HelpTopic{Title: t.Title, Lead: t.Lead, HTML: t.HTML}
	for _, key := range t.See {
		if key == help.Keyboard {
			if may(help.Topic{}) {
				v.See = append(v.See, view.HelpLink{Href: "/help/" + key, Title: i18n.T(lang, "shortcuts.title")})
			}
			continue
		}
		if x, ok := help.Get(lang, key); ok && may(x) {
			v.See = append(v.See, view.HelpLink{Href: "/help/" + key, Title: x.Title})
		}
	}
	return v
}

func (s *Site) helpIndexOpen(c fiber.Ctx) error {
	ctx := s.anonymous(c)
	var v view.HelpGroup
	for _, t := range help.All(kit.Of(ctx).Lang) {
		if t.Open {
			v.Topics = append(v.Topics, view.HelpLink{Href: "/help/" + t.Key, Title: t.Title, Lead: t.Lead})
		}
	}
	return html(c, ctx, http.StatusOK, view.HelpOpenPage(v))
}

// helpTopicOpen is a topic for who is not signed in; the others, and what is none, ask who it is.
func (s *Site) helpTopicOpen(c fiber.Ctx) error {
	ctx := s.anonymous(c)
	t, ok := help.Get(kit.Of(ctx).Lang, c.Params("topic"))
	if !ok || !t.Open {
		return s.toSignIn(c)
	}
	v := topicOf(kit.Of(ctx).Lang, t, func(x help.Topic) bool { return x.Open })
	return html(c, ctx, http.StatusOK, view.HelpTopicOpenPage(v, "/help/"+t.Key))
}

// findHelp finds topics by their titles in either language, and by the words of their first paragraph.
func (s *Site) findHelp(r *request, want string, _ int) (view.FoundGroup, error) {
	g := view.FoundGroup{Icon: "help", Title: r.t("help.title")}
	if want == "" {
		return g, nil
	}
	for _, t := range help.All(r.lang) {
		if saysTopic(want, t.Key) {
			g.Rows = append(g.Rows, view.FoundRow{Title: t.Title, Sub: r.t("help.title"), Href: "/help/" + t.Key})
		}
	}
	return g, nil
}

func saysTopic(want, key string) bool {
	return slices.ContainsFunc([]string{i18n.ID, i18n.EN}, func(lang string) bool {
		t, _ := help.Get(lang, key)
		return begins(t.Title, want)
	})
}
