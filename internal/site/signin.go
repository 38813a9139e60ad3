package site

import (
	"context"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/identity"
	"saluran/web/kit"
	"saluran/web/view"
)

// anonymous is the context of a page for somebody who is not signed in.
func (s *Site) anonymous(c fiber.Ctx) context.Context {
	lang := i18n.Lang(c.Get(fiber.HeaderAcceptLanguage, i18n.ID))
	if l := c.Cookies(s.cookieName("lang")); l != "" {
		lang = i18n.Lang(l)
	}
	return kit.With(c.Context(), kit.Env{Lang: lang, Zone: "Asia/Jakarta", CSRF: s.visitor(c)})
}

func (s *Site) signInPage(c fiber.Ctx) error {
	if token := c.Cookies(s.cookieName("session")); token != "" {
		if _, _, err := s.Identity.Actor(c.Context(), token); err == nil {
			return c.Redirect().Status(http.StatusSeeOther).To("/")
		}
	}
	return html(c, s.anonymous(c), http.StatusOK, view.SignInPage(view.SignIn{Next: within(c.Query("next"))}))
}

func (s *Site) signIn(c fiber.Ctx) error {
	ctx := s.anonymous(c)
	v := values(c)
	if err := genuine(c, c.Cookies(s.cookieName("visitor"))); err != nil {
		if errs.CodeOf(err) == "site.cross_site" {
			return err
		}
		return s.signInAgain(c, ctx, err)
	}
	token, _, err := s.Identity.SignIn(c.Context(), identity.SignIn{Email: v["email"], Password: c.FormValue("password"), Kind: "web",
		IP: c.IP(), Agent: c.Get(fiber.HeaderUserAgent)})
	if err != nil {
		return s.signInAgain(c, ctx, err)
	}
	s.dropCookie(c, "visitor")
	s.setCookie(c, "session", token, int(identity.Life.Seconds()))
	return c.Redirect().Status(http.StatusSeeOther).To(within(v["next"]))
}

// signInAgain shows the form with one sentence; what was typed stays, the password does not.
func (s *Site) signInAgain(c fiber.Ctx, ctx context.Context, err error) error {
	err = httpx.Known(err)
	if errs.Is(err, errs.Internal) {
		return err
	}
	form := kit.Form{Values: map[string]string{"email": c.FormValue("email")}, Alert: i18n.Error(kit.Of(ctx).Lang, err)}
	return html(c, ctx, httpx.Status(err), view.SignInPage(view.SignIn{Form: form, Next: within(c.FormValue("next"))}))
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

func (s *Site) gallery(r *request) error {
	return r.html(http.StatusOK, kit.Gallery(r.shell("Kit", "")))
}
