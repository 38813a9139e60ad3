package site

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/errs"
	"saluran/internal/identity"
	"saluran/web/kit"
	"saluran/web/view"
)

func asError(err error, into **errs.Error) bool { return errors.As(err, into) }

func emailField(ctx context.Context) kit.Field {
	return kit.Field{Name: "email", Label: kit.T(ctx, "sign_in.email"), Type: "email", Complete: "username", Mode: "email", Required: true, Focus: true}
}

func back(ctx context.Context) []view.AskLink {
	return []view.AskLink{{Text: kit.T(ctx, "sign_in.back"), Href: "/sign-in"}}
}

func askCode(ctx context.Context) view.Ask {
	return view.Ask{Title: kit.T(ctx, "code.title"), Lead: kit.T(ctx, "code.lead"), Action: "/sign-in/code", Button: kit.T(ctx, "code.send"),
		Fields: []kit.Field{emailField(ctx)}, Links: back(ctx)}
}

func enterCode(ctx context.Context) view.Ask {
	return view.Ask{Title: kit.T(ctx, "code.enter"), Lead: kit.T(ctx, "code.sent"), Action: "/sign-in/code/enter", Button: kit.T(ctx, "sign_in.go"),
		Fields: []kit.Field{codeField(ctx, "code", "code.code", "")}, Links: append(back(ctx), view.AskLink{Text: kit.T(ctx, "code.again"), Href: "/sign-in/code"})}
}

func (s *Site) codePage(c fiber.Ctx) error {
	ctx := s.anonymous(c)
	return html(c, ctx, http.StatusOK, view.AskPage(askCode(ctx), "/sign-in"))
}

// asker is where a request for a letter comes from.
func (s *Site) asker(c fiber.Ctx) identity.From {
	in := s.comer(c)
	return identity.From{IP: in.IP, Device: in.Device}
}

// mailCode says the same whether or not the address has an account.
func (s *Site) mailCode(c fiber.Ctx) error {
	ctx := s.anonymous(c)
	token, err := s.Identity.MailCode(c.Context(), c.FormValue("email"), s.asker(c))
	if err != nil {
		return s.askAgain(c, ctx, askCode(ctx), err)
	}
	s.setCookie(c, "code", token, 600)
	return html(c, ctx, http.StatusOK, view.AskPage(enterCode(ctx), "/sign-in"))
}

func (s *Site) byCode(c fiber.Ctx) error {
	token, sess, pending, err := s.Identity.Mailed(c.Context(), c.Cookies(s.cookieName("code")), c.FormValue("code"), s.comer(c))
	return s.entered(c, token, sess, pending, "/", err, func(err error) error {
		ctx := s.anonymous(c)
		return s.askAgain(c, ctx, enterCode(ctx), err)
	})
}

func askForgot(ctx context.Context) view.Ask {
	return view.Ask{Title: kit.T(ctx, "forgot.title"), Lead: kit.T(ctx, "forgot.lead"), Action: "/forgot", Button: kit.T(ctx, "forgot.send"),
		Fields: []kit.Field{emailField(ctx)}, Links: back(ctx)}
}

func (s *Site) forgotPage(c fiber.Ctx) error {
	ctx := s.anonymous(c)
	return html(c, ctx, http.StatusOK, view.AskPage(askForgot(ctx), "/sign-in"))
}

func (s *Site) forgot(c fiber.Ctx) error {
	ctx := s.anonymous(c)
	if err := s.Identity.Forgot(c.Context(), c.FormValue("email"), s.asker(c)); err != nil {
		return s.askAgain(c, ctx, askForgot(ctx), err)
	}
	return html(c, ctx, http.StatusOK, view.AskPage(view.Ask{Title: kit.T(ctx, "forgot.title"), Lead: kit.T(ctx, "forgot.sent"), Links: back(ctx)}, "/sign-in"))
}

func askReset(ctx context.Context, token string) view.Ask {
	field := func(name, label, hint string) kit.Field {
		return kit.Field{Name: name, Label: kit.T(ctx, label), Type: "password", Complete: "new-password", Required: true, Hint: hint}
	}
	return view.Ask{Title: kit.T(ctx, "reset.title"), Lead: kit.T(ctx, "reset.lead"), Action: "/reset/" + url.PathEscape(token), Button: kit.T(ctx, "account.change_password"),
		Fields: []kit.Field{field("password", "account.new_password", kit.T(ctx, "reset.hint")), field("again", "account.again", "")}}
}

// resetPage shows the form that a letter leads to. Following the link changes nothing: programs that look through mail do so too.
func (s *Site) resetPage(c fiber.Ctx) error {
	ctx := s.anonymous(c)
	if err := s.Identity.MayReset(c.Context(), c.Params("token")); err != nil {
		return s.askAgain(c, ctx, askForgot(ctx), err)
	}
	return html(c, ctx, http.StatusOK, view.AskPage(askReset(ctx, c.Params("token")), "/sign-in"))
}

func (s *Site) reset(c fiber.Ctx) error {
	ctx, fresh := s.anonymous(c), c.FormValue("password")
	var err error
	if fresh != c.FormValue("again") {
		err = errs.OnFields("invalid_fields", errs.F("again", "person.passwords_differ"))
	} else {
		err = s.Identity.Reset(c.Context(), c.Params("token"), fresh)
	}
	if errs.CodeOf(err) == "sign_in.link_stale" {
		return s.askAgain(c, ctx, askForgot(ctx), err)
	}
	if err != nil {
		return s.askAgain(c, ctx, askReset(ctx, c.Params("token")), err)
	}
	s.dropCookie(c, "session")
	return c.Redirect().Status(http.StatusSeeOther).To("/sign-in?done=account.reset")
}

func (s *Site) confirmEmailPage(c fiber.Ctx) error {
	ctx := s.anonymous(c)
	return html(c, ctx, http.StatusOK, view.AskPage(view.Ask{Title: kit.T(ctx, "email.title"), Lead: kit.T(ctx, "email.lead"),
		Action: "/account/email/" + url.PathEscape(c.Params("token")), Button: kit.T(ctx, "email.confirm")}, "/sign-in"))
}

func (s *Site) confirmEmail(c fiber.Ctx) error {
	ctx := s.anonymous(c)
	done, err := s.Identity.ConfirmEmail(c.Context(), c.Params("token"))
	if err != nil {
		return s.askAgain(c, ctx, view.Ask{Title: kit.T(ctx, "email.title"), Links: back(ctx)}, err)
	}
	v := view.Ask{Title: kit.T(ctx, "email.title"), Lead: kit.T(ctx, "email.half"), Links: back(ctx)}
	if done {
		v.Lead = kit.T(ctx, "email.done")
	}
	return html(c, ctx, http.StatusOK, view.AskPage(v, "/sign-in"))
}

func askSSO(ctx context.Context) view.Ask {
	return view.Ask{Title: kit.T(ctx, "sign_in.by_sso"), Lead: kit.T(ctx, "sso.ask"), Action: "/sign-in/sso", Button: kit.T(ctx, "sso.go"),
		Fields: []kit.Field{{Name: "org", Label: kit.T(ctx, "sso.code"), Required: true, Focus: true, Max: 40}}, Links: back(ctx)}
}

func (s *Site) ssoPage(c fiber.Ctx) error {
	ctx := s.anonymous(c)
	return html(c, ctx, http.StatusOK, view.AskPage(askSSO(ctx), "/sign-in"))
}

// beginSSO leads to the provider by a page of its own: a form of ours may not be sent on to another site.
func (s *Site) beginSSO(c fiber.Ctx) error {
	ctx := s.anonymous(c)
	to, token, err := s.Identity.BeginSSO(c.Context(), c.FormValue("org"), c.IP(), within(c.FormValue("next")))
	if err != nil {
		return s.askAgain(c, ctx, askSSO(ctx), err)
	}
	s.setCookie(c, "sso", token, 600)
	s.dropCookie(c, "again")
	c.Set("Refresh", "0; url="+to)
	return html(c, ctx, http.StatusOK, view.AskPage(view.Ask{Title: kit.T(ctx, "sign_in.by_sso"), Lead: kit.T(ctx, "sso.leaving"),
		Links: []view.AskLink{{Text: kit.T(ctx, "sso.go"), Href: to}}}, "/sign-in"))
}

// ssoBack is the way back from a provider: in, or, for who is in and was asked anew, to where it was asked.
func (s *Site) ssoBack(c fiber.Ctx) error {
	if c.Cookies(s.cookieName("again")) != "" {
		return s.in(s.steppedUp)(c)
	}
	token, sess, next, err := s.Identity.FinishSSO(c.Context(), c.Cookies(s.cookieName("sso")), c.Query("state"), c.Query("code"), s.comer(c))
	return s.entered(c, token, sess, "", next, err, func(err error) error {
		ctx := s.anonymous(c)
		s.Log.Warn("single sign-on was refused", "error", err.Error())
		s.dropCookie(c, "sso")
		return s.askAgain(c, ctx, askSSO(ctx), err)
	})
}
