package site

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/identity"
	"saluran/internal/money"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) securityRoutes(get, post route) {
	get("/account/security", s.security)
	post("/account/totp/begin", s.beginTOTP)
	post("/account/totp", s.confirmTOTP)
	post("/account/recovery", s.newRecovery)
	post("/account/passkeys/begin", s.beginAddPasskey)
	post("/account/passkeys", s.addPasskey)
	post("/account/factors/rename", s.renameFactor)
	post("/account/factors/remove", s.removeFactor)
	post("/account/sessions/end", s.endSession)
	post("/account/email", s.changeEmail)
	post("/step-up/begin", s.beginStepUp)
	post("/step-up/sso", s.stepUpSSO)
	get("/organisation/sign-in", s.signInPolicy)
	post("/organisation/sign-in", s.setSignInPolicy)
}

func (s *Site) security(r *request) error { return s.securityPage(r, refusal{Status: http.StatusOK}) }

func (s *Site) securityPage(r *request, back refusal) error {
	factors, left, err := s.Identity.Factors(r.ctx, r.a)
	if err != nil {
		return err
	}
	if r.a.Vouched { // the person's own: not shown here either
		factors, left = nil, 0
	}
	sessions, err := s.Identity.Sessions(r.ctx, r.a)
	if err != nil {
		return err
	}
	v := view.Security{Recovery: left, Form: back.Form, Vouched: r.a.Vouched, Policy: r.can(access.Own, "person", "manage")}
	if v.Email, err = s.Identity.EmailOf(r.ctx, r.a.Person); err != nil {
		return err
	}
	when := func(i clock.Instant) string {
		if i == 0 {
			return "–"
		}
		return kit.Moment(r.ctx, i)
	}
	for _, f := range factors {
		fv := view.FactorView{ID: f.ID.String(), Name: f.Name, Created: when(f.Created), Used: when(f.Used)}
		if f.Kind == "totp" {
			v.TOTP = &fv
		} else {
			v.Passkeys = append(v.Passkeys, fv)
		}
	}
	for _, x := range sessions {
		way := "way." + x.Way
		if !i18n.Has(r.lang, way) {
			way = "way.sso"
		}
		v.Sessions = append(v.Sessions, view.SessionView{ID: x.ID.String(), Device: device(r, x), From: x.IP, Way: r.t(way), Org: x.OrgName,
			Seen: when(x.Seen), Created: when(x.Created), Current: x.Current})
	}
	return r.html(back.Status, view.SecurityPage(r.shell(r.t("security.title"), ""), v))
}

// device says in a few words what a session was opened with.
func device(r *request, x identity.OpenSession) string {
	if x.Kind == "api" {
		return r.t("device.api")
	}
	if said := browser(x.Agent); said != "" {
		return said
	}
	return r.t("device.other")
}

// browser names what sent such a line, in a few words; "" where nobody knows it.
func browser(agent string) string {
	var out []string
	for _, n := range []string{"Edg", "OPR", "Firefox", "Chrome", "Safari"} {
		if strings.Contains(agent, n+"/") {
			out = append(out, map[string]string{"Edg": "Edge", "OPR": "Opera"}[n]+map[bool]string{true: n}[n != "Edg" && n != "OPR"])
			break
		}
	}
	for _, n := range []string{"Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"} {
		if strings.Contains(agent, n) {
			out = append(out, n)
			break
		}
	}
	return strings.Join(out, ", ")
}

func (s *Site) beginTOTP(r *request) error {
	e, err := s.Identity.BeginTOTP(r.ctx, r.a)
	if err != nil {
		return err
	}
	return s.totpPage(r, e, http.StatusOK, kit.Form{})
}

func (s *Site) totpPage(r *request, e identity.Enrolment, status int, f kit.Form) error {
	img, err := identity.QR(e.URI, 220)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return err
	}
	return r.html(status, view.AskPage(view.Ask{Title: r.t("totp.title"), Lead: r.t("totp.lead"), Image: "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()),
		ImageAlt: r.t("totp.alt"), Note: r.t("totp.secret", "secret", spaced(e.Secret)), Action: "/account/totp", Button: r.t("totp.confirm"), Form: f,
		Hidden: [][2]string{{"enrolment", e.Token}}, Fields: []kit.Field{codeField(r.ctx, "code", "second.code", "")},
		Links: []view.AskLink{{Text: r.t("security.back"), Href: "/account/security"}}}, "/account/security"))
}

func spaced(s string) string {
	var b strings.Builder
	for i, c := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

func (s *Site) confirmTOTP(r *request) error {
	token := r.FormValue("enrolment")
	codes, err := s.Identity.ConfirmTOTP(r.ctx, r.a, token, r.FormValue("code"))
	if errs.CodeOf(err) == "invalid_fields" {
		e, perr := s.Identity.PendingTOTP(r.ctx, r.a, token)
		if perr != nil {
			return perr
		}
		return s.totpPage(r, e, httpx.Status(err), said(r.lang, err))
	}
	if err != nil {
		return err
	}
	return s.codesPage(r, codes)
}

// codesPage shows recovery codes, this once; without any it goes back.
func (s *Site) codesPage(r *request, codes []string) error {
	if len(codes) == 0 {
		return r.to("/account/security", "security.changed")
	}
	return r.html(http.StatusOK, view.AskPage(view.Ask{Title: r.t("recovery.title"), Lead: r.t("recovery.lead"), Codes: codes,
		Links: []view.AskLink{{Text: r.t("recovery.done"), Href: "/account/security"}}}, "/account/security"))
}

func (s *Site) newRecovery(r *request) error {
	codes, err := s.Identity.NewRecovery(r.ctx, r.a)
	if err != nil {
		return err
	}
	return s.codesPage(r, codes)
}

func (s *Site) beginAddPasskey(r *request) error {
	options, ceremony, err := s.Identity.BeginAddPasskey(r.ctx, r.a)
	if errs.CodeOf(err) == "step_up_required" { // the script goes and asks, and comes back
		return r.JSON(map[string]string{"location": "/account/fresh?next=" + url.QueryEscape("/account/security")})
	}
	return challenge(r.Ctx, options, ceremony, err)
}

func (s *Site) addPasskey(r *request) error {
	codes, err := s.Identity.AddPasskey(r.ctx, r.a, r.FormValue("_step_ceremony"), r.FormValue("name"), []byte(r.FormValue("_step_answer")))
	if back, ok := r.refused(err, same); err != nil && ok {
		return s.securityPage(r, back)
	}
	if err != nil {
		return err
	}
	return s.codesPage(r, codes)
}

func (s *Site) renameFactor(r *request) error {
	err := s.Identity.RenameFactor(r.ctx, r.a, ref(r.FormValue("factor")), r.FormValue("name"))
	if back, ok := r.refused(err, same); err != nil && ok {
		return s.securityPage(r, back)
	}
	if err != nil {
		return err
	}
	return r.to("/account/security", "security.changed")
}

func (s *Site) removeFactor(r *request) error {
	if err := s.Identity.RemoveFactor(r.ctx, r.a, ref(r.FormValue("factor"))); err != nil {
		return err
	}
	return r.to("/account/security", "security.changed")
}

func (s *Site) endSession(r *request) error {
	if err := s.Identity.EndSession(r.ctx, r.a, ref(r.FormValue("session"))); err != nil {
		return err
	}
	return r.to("/account/security", "account.session")
}

func (s *Site) changeEmail(r *request) error {
	err := s.Identity.ChangeEmail(r.ctx, r.a, r.FormValue("email"))
	if back, ok := r.refused(err, same); err != nil && ok {
		return s.securityPage(r, back)
	}
	if err != nil {
		return err
	}
	return r.to("/account/security", "security.email_asked")
}

func (s *Site) signInPolicy(r *request) error {
	return s.signInPolicyPage(r, refusal{Status: http.StatusOK})
}

func (s *Site) signInPolicyPage(r *request, back refusal) error {
	p, err := s.Identity.PolicyOf(r.ctx, r.a)
	if err != nil {
		return err
	}
	cur, err := s.currency(r)
	if err != nil {
		return err
	}
	v := view.SignInPolicy{Issuer: p.Issuer, ClientID: p.ClientID, Domains: strings.Join(p.Domains, " "), HasSecret: p.HasSecret, Required: p.Required, Version: p.Version,
		Back: strings.TrimRight(s.Identity.URL, "/") + "/sign-in/sso/back", Currency: cur, Form: back.Form}
	if back.Conflict != "" {
		v.Form.Alert = back.Conflict
	}
	if c, err := money.Lookup(cur); err == nil {
		v.Else = kit.Amount(r.ctx, cur, identity.AsksFrom(c))
		if p.StepUpFrom > 0 {
			v.StepUp = c.Format(money.Minor(p.StepUpFrom))
		}
	}
	return r.html(back.Status, view.SignInPolicyPage(r.shell(r.t("sso.title"), ""), v))
}

func (s *Site) setSignInPolicy(r *request) error {
	cur, err := s.currency(r)
	if err != nil {
		return err
	}
	f := r.reader()
	version, _ := strconv.ParseInt(f.text("version"), 10, 64)
	n := identity.SetPolicy{Issuer: f.text("issuer"), ClientID: f.text("client_id"), Secret: r.FormValue("secret"), Domains: f.text("domains"),
		Required: f.yes("required"), StepUpFrom: int64(f.amount("step_up_from", cur)), Version: version, Key: r.auditKey()}
	if err = f.err(); err == nil {
		_, err = s.Identity.SetPolicy(r.ctx, r.a, n)
	}
	if back, ok := r.refused(err, same); err != nil && ok {
		delete(back.Form.Values, "secret")
		return s.signInPolicyPage(r, back)
	}
	if err != nil {
		return err
	}
	return r.to("/organisation/sign-in", "security.changed")
}

// currency is the acting organisation's.
func (s *Site) currency(r *request) (string, error) { return s.Identity.Currency(r.ctx, r.a.Org) }
