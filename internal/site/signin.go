package site

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/identity"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) signInRoutes(app *fiber.App) {
	app.Get("/sign-in", s.signInPage)
	app.Post("/sign-in", s.visited(s.signIn))
	app.Get("/sign-in/second", s.secondPage)
	app.Post("/sign-in/second", s.visited(s.second))
	app.Post("/sign-in/second/begin", s.visited(s.beginSecond))
	app.Post("/sign-in/second/passkey", s.visited(s.secondByPasskey))
	app.Post("/sign-in/passkey/begin", s.visited(s.beginPasskey))
	app.Post("/sign-in/passkey", s.visited(s.byPasskey))
	app.Get("/sign-in/code", s.codePage)
	app.Post("/sign-in/code", s.visited(s.mailCode))
	app.Post("/sign-in/code/enter", s.visited(s.byCode))
	app.Get("/sign-in/sso", s.ssoPage)
	app.Post("/sign-in/sso", s.visited(s.beginSSO))
	app.Get("/sign-in/sso/back", s.ssoBack)
	app.Get("/forgot", s.forgotPage)
	app.Post("/forgot", s.visited(s.forgot))
	app.Get("/reset/:token", s.resetPage)
	app.Post("/reset/:token", s.visited(s.reset))
	app.Get("/account/email/:token", s.confirmEmailPage)
	app.Post("/account/email/:token", s.visited(s.confirmEmail))
	app.Post("/language", s.language)
}

// visited lets writes of somebody who is not signed in pass with the token of the visit.
func (s *Site) visited(h fiber.Handler) fiber.Handler {
	return func(c fiber.Ctx) error {
		if err := genuine(c, c.Cookies(s.cookieName("visitor"))); err != nil {
			if errs.CodeOf(err) == "site.cross_site" || c.Path() != "/sign-in" {
				return err
			}
			return s.signInAgain(c, s.anonymous(c), err)
		}
		return h(c)
	}
}

// anonymous is the context of a page for somebody who is not signed in.
func (s *Site) anonymous(c fiber.Ctx) context.Context {
	lang := i18n.Lang(c.Get(fiber.HeaderAcceptLanguage, i18n.ID))
	if l := c.Cookies(s.cookieName("lang")); l != "" {
		lang = i18n.Lang(l)
	}
	return kit.With(c.Context(), kit.Env{Lang: lang, Zone: "Asia/Jakarta", Help: helpFor(c), CSRF: s.visitor(c)})
}

// comer is who tries to get in, and from where.
func (s *Site) comer(c fiber.Ctx) identity.SignIn {
	return identity.SignIn{Kind: "web", IP: c.IP(), Agent: c.Get(fiber.HeaderUserAgent), Device: c.Cookies(s.cookieName("device")), Prior: c.Cookies(s.cookieName("session"))}
}

func (s *Site) signInPage(c fiber.Ctx) error {
	if token := c.Cookies(s.cookieName("session")); token != "" {
		if _, _, err := s.Identity.Actor(c.Context(), token); err == nil {
			return c.Redirect().Status(http.StatusSeeOther).To("/")
		}
	}
	ctx := s.anonymous(c)
	v := view.SignIn{Next: within(c.Query("next"))}
	if d := c.Query("done"); d != "" && i18n.Has(kit.Of(ctx).Lang, "done."+d) {
		v.Done = kit.T(ctx, "done."+d)
	}
	return html(c, ctx, http.StatusOK, view.SignInPage(v))
}

func (s *Site) signIn(c fiber.Ctx) error {
	v, in := values(c), s.comer(c)
	in.Email, in.Password = v["email"], c.FormValue("password")
	token, sess, err := s.Identity.SignIn(c.Context(), in)
	return s.entered(c, token, sess, sess.Pending, v["next"], err, func(err error) error { return s.signInAgain(c, s.anonymous(c), err) })
}

// entered goes in with a session, on to the second factor, or back.
func (s *Site) entered(c fiber.Ctx, token string, sess identity.Session, pending, next string, err error, again func(error) error) error {
	if errs.CodeOf(err) == "sign_in.code_needed" && pending != "" {
		s.setCookie(c, "second", pending, 600)
		return c.Redirect().Status(http.StatusSeeOther).To("/sign-in/second?next=" + url.QueryEscape(within(next)))
	}
	if err != nil {
		return again(err)
	}
	for _, name := range []string{"visitor", "second", "code", "sso"} {
		s.dropCookie(c, name)
	}
	// a provider's word makes no device known: that one passes by what is counted for the account
	if email, err := s.Identity.EmailOf(c.Context(), sess.Person); err == nil && !sess.Vouched {
		if d := s.Identity.Device(email); d != "" {
			s.setCookie(c, "device", d, 365*24*3600)
		}
	}
	s.setCookie(c, "session", token, int(identity.Life.Seconds()))
	return c.Redirect().Status(http.StatusSeeOther).To(within(next))
}

// signInAgain shows the form with one sentence; what was typed stays, the password does not.
func (s *Site) signInAgain(c fiber.Ctx, ctx context.Context, err error) error {
	err = httpx.Known(err)
	if errs.Is(err, errs.Internal) {
		return err
	}
	if errs.Is(err, errs.Busy) {
		c.Set(fiber.HeaderRetryAfter, httpx.RetryAfterOf(err))
	}
	form := kit.Form{Values: map[string]string{"email": c.FormValue("email")}, Alert: i18n.Error(kit.Of(ctx).Lang, err)}
	return html(c, ctx, httpx.Status(err), view.SignInPage(view.SignIn{Form: form, Next: within(c.FormValue("next"))}))
}

// askAgain shows a page of one question with what is wrong; what is secret does not travel back.
func (s *Site) askAgain(c fiber.Ctx, ctx context.Context, v view.Ask, err error) error {
	err = httpx.Known(err)
	if errs.Is(err, errs.Internal) {
		return err
	}
	if errs.Is(err, errs.Busy) {
		c.Set(fiber.HeaderRetryAfter, httpx.RetryAfterOf(err))
	}
	v.Form = said(kit.Of(ctx).Lang, err)
	v.Form.Values = map[string]string{"email": c.FormValue("email"), "org": c.FormValue("org")}
	return html(c, ctx, httpx.Status(err), view.AskPage(v, "/sign-in"))
}

// said puts an error into a form: at its fields, or on top.
func said(lang string, err error) kit.Form {
	f := kit.Form{Errors: map[string]string{}}
	var e *errs.Error
	if asError(err, &e) && len(e.Fields) > 0 {
		for _, x := range e.Fields {
			f.Errors[x.Path] = i18n.FieldError(lang, x)
		}
		return f
	}
	f.Alert = i18n.Error(lang, err)
	return f
}

func (s *Site) askSecond(ctx context.Context, next string) view.Ask {
	return view.Ask{Title: kit.T(ctx, "second.title"), Lead: kit.T(ctx, "second.lead"), Action: "/sign-in/second", Button: kit.T(ctx, "sign_in.go"),
		Hidden: [][2]string{{"next", within(next)}}, Fields: []kit.Field{codeField(ctx, "code", "second.code", "second.hint")},
		Passkey: &view.PasskeyAsk{Begin: "/sign-in/second/begin", Action: "/sign-in/second/passkey", Label: kit.T(ctx, "sign_in.passkey")},
		Links:   []view.AskLink{{Text: kit.T(ctx, "sign_in.back"), Href: "/sign-in"}}}
}

func codeField(ctx context.Context, name, label, hint string) kit.Field {
	f := kit.Field{Name: name, Label: kit.T(ctx, label), Complete: "one-time-code", Required: true, Max: 24, Focus: true}
	if hint != "" {
		f.Hint = kit.T(ctx, hint)
	}
	return f
}

func (s *Site) secondPage(c fiber.Ctx) error {
	if c.Cookies(s.cookieName("second")) == "" {
		return c.Redirect().Status(http.StatusSeeOther).To("/sign-in")
	}
	ctx := s.anonymous(c)
	return html(c, ctx, http.StatusOK, view.AskPage(s.askSecond(ctx, c.Query("next")), "/sign-in"))
}

func (s *Site) second(c fiber.Ctx) error {
	token, sess, err := s.Identity.Second(c.Context(), c.Cookies(s.cookieName("second")), c.FormValue("code"), s.comer(c))
	return s.entered(c, token, sess, "", c.FormValue("next"), err, func(err error) error { return s.secondAgain(c, err) })
}

func (s *Site) secondAgain(c fiber.Ctx, err error) error {
	ctx := s.anonymous(c)
	if errs.CodeOf(err) == "sign_in.link_stale" { // from the beginning
		s.dropCookie(c, "second")
		return s.signInAgain(c, ctx, err)
	}
	return s.askAgain(c, ctx, s.askSecond(ctx, c.FormValue("next")), err)
}

// challenge answers the script of a passkey form.
func challenge(c fiber.Ctx, options []byte, ceremony string, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(map[string]any{"options": json.RawMessage(options), "ceremony": ceremony})
}

func (s *Site) beginSecond(c fiber.Ctx) error {
	options, ceremony, err := s.Identity.BeginSecond(c.Context(), c.Cookies(s.cookieName("second")))
	return challenge(c, options, ceremony, err)
}

func (s *Site) secondByPasskey(c fiber.Ctx) error {
	token, sess, err := s.Identity.SecondByPasskey(c.Context(), c.Cookies(s.cookieName("second")), c.FormValue("_step_ceremony"), []byte(c.FormValue("_step_answer")), s.comer(c))
	return s.entered(c, token, sess, "", c.FormValue("next"), err, func(err error) error { return s.secondAgain(c, err) })
}

func (s *Site) beginPasskey(c fiber.Ctx) error {
	options, ceremony, err := s.Identity.BeginPasskey(c.Context(), 0)
	return challenge(c, options, ceremony, err)
}

func (s *Site) byPasskey(c fiber.Ctx) error {
	token, sess, err := s.Identity.SignInByPasskey(c.Context(), c.FormValue("_step_ceremony"), []byte(c.FormValue("_step_answer")), s.comer(c))
	return s.entered(c, token, sess, "", c.FormValue("next"), err, func(err error) error { return s.signInAgain(c, s.anonymous(c), err) })
}

// within is an address of ours, whatever was asked for.
func within(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") || len(next) > 1000 {
		return "/"
	}
	return next
}

func (s *Site) language(c fiber.Ctx) error {
	lang := i18n.Lang(c.FormValue("lang"))
	if token := c.Cookies(s.cookieName("session")); token != "" {
		if a, csrf, err := s.Identity.Actor(c.Context(), token); err == nil {
			if err := genuine(c, csrf); err != nil {
				return err
			}
			if err := s.Identity.SetLang(c.Context(), a, lang); err != nil {
				return err
			}
			return c.Redirect().Status(http.StatusSeeOther).To(within(c.FormValue("back")))
		}
	}
	if err := genuine(c, c.Cookies(s.cookieName("visitor"))); err != nil {
		return err
	}
	s.setCookie(c, "lang", lang, 365*24*3600)
	return c.Redirect().Status(http.StatusSeeOther).To(within(c.FormValue("back")))
}

func (s *Site) signOut(r *request) error {
	if err := s.Identity.SignOut(r.ctx, r.a); err != nil {
		return err
	}
	s.dropCookie(r.Ctx, "session")
	return r.to("/sign-in", "")
}

func (s *Site) switchOrg(r *request) error {
	if err := s.Identity.SwitchOrg(r.ctx, r.a, ref(r.FormValue("org"))); err != nil {
		return err
	}
	return r.to("/", "")
}

// gallery shows the parts to anybody: nothing of it is of the database.
func (s *Site) gallery(c fiber.Ctx) error {
	return html(c, s.anonymous(c), http.StatusOK, kit.Sample())
}
