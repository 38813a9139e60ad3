package site

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/identity"
	"saluran/web/kit"
	"saluran/web/view"
)

// fresh asks for a factor before something that a script does.
func (s *Site) fresh(r *request) error {
	if r.Method() == fiber.MethodGet {
		return s.askFresh(r, "/account/fresh", [][2]string{{"next", within(r.Query("next"))}}, nil)
	}
	if err := s.Identity.Fresh(r.ctx, r.a); err != nil {
		return err
	}
	return r.to(within(r.FormValue("next")), "")
}

// stepUp takes the factor that a form carries beside its own fields, before the form is worked on.
func (s *Site) stepUp(r *request) error {
	if s.Identity.Fresh(r.ctx, r.a) == nil {
		return nil // the form was sent twice: what it shows is good once
	}
	in := identity.Shown{Password: r.FormValue("_step_password"), Code: r.FormValue("_step_code"), Ceremony: r.FormValue("_step_ceremony"),
		Device: r.Cookies(s.cookieName("device"))}
	if a := r.FormValue("_step_answer"); a != "" {
		in.Assertion = []byte(a)
	}
	return s.Identity.StepUp(r.ctx, r.a, in)
}

// stepped tells whether a form brings a factor. Adding a passkey answers a challenge of its own.
func stepped(r *request) bool {
	v := values(r.Ctx)
	return r.Path() != "/account/passkeys" && (v["_step_password"] != "" || v["_step_code"] != "" || v["_step_answer"] != "")
}

// onceMore asks for a factor and keeps all that was typed: the same form is sent once more, with the factor beside it. Files that came
// with it are kept already, and are named.
func (s *Site) onceMore(r *request, why error) error {
	typed := all(r.Ctx)
	if len(r.proof) > 0 {
		delete(typed, "kept")
	}
	var hidden [][2]string
	for _, k := range slices.Sorted(maps.Keys(typed)) {
		if k == "_csrf" || strings.HasPrefix(k, "_step_") {
			continue
		}
		for _, v := range typed[k] {
			hidden = append(hidden, [2]string{k, strings.TrimSpace(v)})
		}
	}
	for _, x := range r.proof {
		hidden = append(hidden, [2]string{"kept", x.ID.String()})
	}
	if r.fragment() { // htmx would put a whole page where a part belongs
		r.Set("HX-Retarget", "body")
		r.Set("HX-Reswap", "innerHTML")
	}
	return s.askFresh(r, r.OriginalURL(), hidden, why)
}

func (s *Site) askFresh(r *request, action string, hidden [][2]string, why error) error {
	m, err := s.Identity.Means(r.ctx, r.a)
	if err != nil {
		return err
	}
	v := view.Ask{Title: r.t("step_up.title"), Lead: r.t("step_up.lead"), Action: action, Button: r.t("step_up.go"), Hidden: hidden}
	switch {
	case m.TOTP || m.Passkey:
		v.Fields = []kit.Field{codeField(r.ctx, "_step_code", "second.code", "second.hint")}
	case m.Password:
		v.Fields = []kit.Field{{Name: "_step_password", Label: r.t("sign_in.password"), Type: "password", Complete: "current-password", Required: !m.Provider, Focus: true}}
	case !m.Provider: // nothing to show: what was typed is lost, since a new password ends the session
		v.Action, v.Lead = "", r.t("err.step_up_password")
		v.Links = []view.AskLink{{Text: r.t("forgot.title"), Href: "/forgot"}, {Text: r.t("nav.home"), Href: "/"}}
	}
	if m.Passkey {
		v.Passkey = &view.PasskeyAsk{Begin: "/step-up/begin", Action: action, Label: r.t("sign_in.passkey")}
	}
	if m.Provider {
		v.Elsewhere = &view.ElsewhereAsk{Action: "/step-up/sso", Lead: r.t("step_up.provider_lead"), Label: r.t("step_up.provider")}
	}
	status := http.StatusForbidden
	if why != nil && errs.CodeOf(why) != "step_up_required" {
		why = httpx.Known(why)
		status = httpx.Status(why)
		v.Form = said(r.lang, why)
		if said, ok := v.Form.Errors["password"]; ok {
			v.Form = kit.Form{Errors: map[string]string{"_step_password": said}}
		}
	}
	return r.html(status, view.AskPage(v, "/"))
}

func (s *Site) beginStepUp(r *request) error {
	options, ceremony, err := s.Identity.BeginPasskey(r.ctx, r.a.Person)
	return challenge(r.Ctx, options, ceremony, err)
}

// stepUpSSO leads somebody whom a provider let in there once more, in a tab of its own: the form that waits stays open in this one.
func (s *Site) stepUpSSO(r *request) error {
	to, token, err := s.Identity.BeginStepUp(r.ctx, r.a)
	if err != nil {
		return err
	}
	s.setCookie(r.Ctx, "again", token, 600)
	s.dropCookie(r.Ctx, "sso")
	r.Set("Refresh", "0; url="+to)
	return r.html(http.StatusOK, view.AskPage(view.Ask{Title: r.t("step_up.provider"), Lead: r.t("sso.leaving"),
		Links: []view.AskLink{{Text: r.t("sso.go"), Href: to}}}, "/"))
}

// steppedUp is the way back from there.
func (s *Site) steppedUp(r *request) error {
	err := s.Identity.FinishStepUp(r.ctx, r.a, r.Cookies(s.cookieName("again")), r.Query("state"), r.Query("code"))
	s.dropCookie(r.Ctx, "again")
	v := view.Ask{Title: r.t("step_up.title"), Lead: r.t("step_up.provider_done"), Links: []view.AskLink{{Text: r.t("nav.home"), Href: "/"}}}
	if err == nil {
		return r.html(http.StatusOK, view.AskPage(v, "/"))
	}
	if err = httpx.Known(err); errs.Is(err, errs.Internal) {
		return err
	}
	s.Log.Warn("single sign-on was refused", "error", err.Error())
	v.Lead, v.Form = "", said(r.lang, err)
	return r.html(httpx.Status(err), view.AskPage(v, "/"))
}
