package site

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/web/kit"
	"saluran/web/view"
)

// Fault answers an error with a page: what happened, whose turn it is, and how the request is called in our log.
func (s *Site) Fault(c fiber.Ctx, status int, err error) error {
	c.Set("Content-Security-Policy", policy)
	var ctx context.Context
	v := view.Fault{Status: status, Back: "/sign-in"}
	if status >= 500 || status == 409 || status == 422 {
		v.Reference = httpx.Of(c.Context()).ID
	}
	var shell kit.Shell
	if token := c.Cookies(s.cookieName("session")); token != "" && status != http.StatusTooManyRequests { // that page asks nothing of the database
		if a, csrf, aerr := s.Identity.Actor(c.Context(), token); aerr == nil {
			r := s.request(c, a, csrf)
			ctx, v.SignedIn, v.Back = r.ctx, true, "/"
			shell = r.shell("", "")
		}
	}
	if ctx == nil {
		ctx = s.anonymous(c) // which gives the visitor a token of its own
	}
	if d := httpx.DecisionOf(err); d != nil && v.SignedIn {
		v.Why = "/access/why?" + d.Query()
	}
	lang := kit.Of(ctx).Lang
	v.Text = i18n.Error(lang, err)
	v.Title = i18n.T(lang, "fault.title_other")
	if k := "fault.title_" + strconv.Itoa(status); i18n.Has(lang, k) {
		v.Title = i18n.T(lang, k)
	}
	if k := "fault.text_" + strconv.Itoa(status); i18n.Has(lang, k) && (status != 403 || v.SignedIn) {
		v.Text += " " + i18n.T(lang, k)
	}
	shell.Title = v.Title
	return html(c, ctx, status, view.FaultPage(shell, v))
}
