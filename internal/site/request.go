package site

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v3"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/desk"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/goods"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

// request is one visit of somebody who is signed in.
type request struct {
	fiber.Ctx
	s         *Site
	ctx       context.Context // carries the deadline and what the parts of pages must know
	a         access.Actor
	lang      string
	today     clock.Date
	proof     []files.Attachment // what was sent with a payment that was refused
	fileFault string             // what is wrong with a file that was sent to the page of a document
	said      refusal            // what is wrong with a message that was sent to it, and the files that came with it
	kept      []files.Attachment
	standForm kit.Form      // the form of a representative that was refused
	chosen    *desk.Choices // what the person has chosen, once it was asked for
}

type handler func(r *request) error

// in lets those pass who are signed in, and writes only with the token of their session.
func (s *Site) in(h handler) fiber.Handler {
	return func(c fiber.Ctx) error {
		token := c.Cookies(s.cookieName("session"))
		if token == "" {
			return s.toSignIn(c)
		}
		ctx := c.Context()
		a, csrf, err := s.Identity.Actor(ctx, token)
		if errs.Is(err, errs.Unauthenticated) {
			s.dropCookie(c, "session")
			return s.toSignIn(c)
		}
		if err != nil {
			return err
		}
		a.IP = strings.Clone(c.IP())
		if err := httpx.Of(ctx).Admit(a); err != nil {
			return err
		}
		c.Set(httpx.ActingOrg, a.Org.String())
		csrf = forOrg(csrf, a.Org)
		if err := otherOrg(c, csrf, a); err != nil {
			return err
		}
		if err := httpx.Glass(c, s.Identity, a); err != nil {
			return err
		}
		if c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
			if err := genuine(c, csrf); err != nil {
				return err
			}
		}
		return s.handle(h, s.request(c, a, csrf))
	}
}

// handle works on a request; where it needs a fresh factor, it is asked for, and what was typed is kept.
func (s *Site) handle(h handler, r *request) error {
	write := r.Method() == fiber.MethodPost
	if write && stepped(r) {
		if err := s.stepUp(r); err != nil {
			if errs.Is(err, errs.Internal) {
				return err
			}
			return s.onceMore(r, err)
		}
	}
	err := h(r)
	if write && errs.CodeOf(err) == "step_up_required" {
		return s.onceMore(r, err)
	}
	return err
}

// forOrg binds the token of a session's forms to the organisation that the session acts for: a form that was opened for another
// one is known by it.
func forOrg(csrf string, org id.ID) string { return csrf + "." + org.String() }

// otherOrg refuses a form of this session that was opened while it acted for another organisation.
func otherOrg(c fiber.Ctx, want string, a access.Actor) error {
	if c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead || c.Path() == "/switch" || c.Path() == "/sign-out" {
		return nil
	}
	mine, _, _ := strings.Cut(want, ".")
	session, org, bound := strings.Cut(sentToken(c), ".")
	if bound && sameText(session, mine) && org != a.Org.String() {
		return errs.New(errs.Conflict, "site.other_org", "org", a.OrgName)
	}
	return nil
}

func (s *Site) request(c fiber.Ctx, a access.Actor, csrf string) *request {
	now := s.Clock.Now()
	r := &request{Ctx: c, s: s, a: a, lang: i18n.Lang(a.Lang), today: now.In(a.Zone)}
	owner, _ := s.owner(a)
	r.ctx = kit.With(c.Context(), kit.Env{Lang: r.lang, Zone: a.Zone, Today: r.today, Now: now, CSRF: csrf, Owner: owner, Help: helpFor(c), URL: s.URL, May: r.ever, Who: r.roles, Blind: a.Kind != "operator" && !s.Gate.Can(a, access.Own, "price", "read")})
	return r
}

// blind says whether what is shown from here on is shown without its money: what one may see hangs on the side that one's
// organisation has in a document.
func (r *request) blind(hidden bool) {
	env := kit.Of(r.ctx)
	env.Blind = hidden
	r.ctx = kit.With(r.ctx, env)
}

// toSignIn asks who it is, and comes back afterwards.
func (s *Site) toSignIn(c fiber.Ctx) error {
	to := "/sign-in"
	if c.Method() == fiber.MethodGet && c.OriginalURL() != "/" {
		to += "?next=" + url.QueryEscape(c.OriginalURL())
	}
	if c.Get("HX-Request") != "" {
		c.Set("HX-Redirect", "/sign-in")
		return c.SendStatus(http.StatusUnauthorized)
	}
	return c.Redirect().Status(http.StatusSeeOther).To(to)
}

func (r *request) t(key string, args ...string) string { return i18n.T(r.lang, key, args...) }

// can tells whether the actor may do something to an object to which its organisation stands in rel.
func (r *request) can(rel access.Rel, object, action string) bool {
	return r.s.Gate.Can(r.a, rel, object, action)
}

// ever tells whether the actor has one of the rights, each OBJECT:ACTION, in some relation.
func (r *request) ever(rights ...string) bool { return r.s.Gate.Ever(r.ctx, r.a, rights...) == nil }

// roles names the built-in roles of the actor's kind of organisation that have one of the rights.
func (r *request) roles(rights ...string) string {
	var names []string
	for _, role := range r.s.Gate.BuiltIn(r.a.Kind) {
		if r.s.Gate.Ever(r.ctx, access.Actor{Kind: r.a.Kind, Role: role}, rights...) == nil {
			names = append(names, r.t("role."+role))
		}
	}
	return strings.Join(names, ", ")
}

// html answers with a page.
func (r *request) html(status int, page templ.Component) error {
	return html(r.Ctx, r.ctx, status, page)
}

func html(c fiber.Ctx, ctx context.Context, status int, page templ.Component) error {
	var b bytes.Buffer
	if err := page.Render(ctx, &b); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(status).Send(b.Bytes())
}

// fragment tells whether htmx asks for a part of the page.
func (r *request) fragment() bool { return r.Get("HX-Request") != "" }

// to sends on after a write: the browser loads the page anew, and a message says what was done.
func (r *request) to(path, done string) error {
	if done != "" {
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		path += sep + "done=" + done
	}
	if r.fragment() {
		r.Set("HX-Redirect", path)
		return r.SendStatus(http.StatusOK)
	}
	return r.Redirect().Status(http.StatusSeeOther).To(path)
}

// shell is what surrounds the page: title, place in the menu, the way here.
func (r *request) shell(title, current string, crumbs ...kit.Crumb) kit.Shell {
	sh := kit.Shell{Title: title, Current: current, Crumbs: crumbs, OrgName: r.a.OrgName, OrgKind: r.a.Kind, Person: r.a.Name, Role: r.roleWord(r.a.Role, ownName(r.a)),
		Nav: r.menu(), Path: r.OriginalURL(), Glass: r.a.Glass != 0, Bell: r.s.bell(r)}
	if r.Method() != fiber.MethodGet {
		sh.Path = "/"
	}
	if r.a.Kind == "agent" || r.can(access.Seller, "payment", "read") && r.s.Trade.HasAgents(r.ctx, r.a.Org) {
		sh.Nav = kit.WithCommission(sh.Nav)
	}
	if d := r.Query("done"); d != "" && i18n.Has(r.lang, "done."+d) {
		sh.Done = r.t("done." + d)
	}
	if kind, no, _ := strings.Cut(r.Query("undo"), "-"); kind == "view" && ref(no) != 0 && sh.Done != "" {
		sh.Undo = "/views/" + ref(no).String() + "/restore"
	}
	if c, err := r.choices(); err != nil {
		r.s.Log.Warn("choices", "error", err.Error())
	} else {
		sh.KeysOff = !c.Keys
	}
	mine, err := r.s.Identity.Memberships(r.ctx, r.a)
	if err != nil {
		r.s.Log.Warn("memberships", "error", err.Error())
	}
	for _, m := range mine {
		if m.Org == r.a.Org {
			sh.Logo = view.LogoPath(m.Org.String(), m.OrgLogo)
		}
		sh.Orgs = append(sh.Orgs, kit.OrgChoice{ID: m.Org.String(), Name: m.OrgName, Kind: m.OrgKind, Role: r.roleWord(m.Role, m.RoleName), Current: m.Org == r.a.Org})
	}
	return sh
}

// crumb is a step on the way here: the key of a text and an address.
func (r *request) crumb(key, href string) kit.Crumb { return kit.Crumb{Text: r.t(key), Href: href} }

// id reads an id out of the path; what is no id is not found.
func (r *request) id(name string) (id.ID, error) {
	v, err := id.Parse(r.Params(name))
	if err != nil {
		return 0, errs.Gone()
	}
	return v, nil
}

// ref reads an id out of a query or form; 0 where there is none or it is no id.
func ref(s string) id.ID {
	v, err := id.Parse(s)
	if err != nil {
		return 0
	}
	return v
}

// query is the page of a list that was asked for.
func (r *request) query(filters ...string) list.Query {
	q := list.Query{Cursor: r.Query("after"), Filter: map[string]string{}}
	for i := 0; i+1 < len(filters); i += 2 {
		if filters[i+1] != "" {
			q.Filter[filters[i]] = filters[i+1]
		}
	}
	return q
}

// pages are the addresses of the next page and of the first.
func (r *request) pages(next string) (onward, first string) {
	u, err := url.Parse(r.OriginalURL())
	if err != nil {
		return "", ""
	}
	q := u.Query()
	q.Del("done")
	q.Del("undo")
	if q.Has("after") {
		q.Del("after")
		first = u.Path + "?" + q.Encode()
	}
	if next != "" {
		q.Set("after", next)
		onward = u.Path + "?" + q.Encode()
	}
	return onward, first
}

func (r *request) tradeKey() trade.Key {
	client, hash := key(r.Ctx)
	return trade.Key{Client: client, Hash: hash}
}

func (r *request) goodsKey() goods.Key {
	client, hash := key(r.Ctx)
	return goods.Key{Client: client, Hash: hash}
}

func (r *request) auditKey() audit.Key {
	client, hash := key(r.Ctx)
	return audit.Key{Client: client, Hash: hash}
}

// refusal is how a form is shown again: with what was typed, what is wrong, and the status of the answer.
type refusal struct {
	Status   int
	Form     kit.Form
	Conflict string
}

// refused turns the error of a write into the form shown again; ok is false for errors that are a page of their own. name
// says which field of the form a path of the error means; "" lists it on top.
func (r *request) refused(err error, name func(path string) string) (refusal, bool) {
	err = httpx.Known(err)
	out := refusal{Status: httpx.Status(err), Form: kit.Form{Values: values(r.Ctx), Errors: map[string]string{}}}
	var e *errs.Error
	if !errors.As(err, &e) {
		return out, false
	}
	switch e.Kind {
	case errs.Invalid, errs.Busy, errs.TooLarge:
	case errs.Conflict:
		out.Conflict = i18n.Error(r.lang, err)
		return out, true
	default:
		return out, false
	}
	out.Form.Alert = i18n.Error(r.lang, err)
	for _, f := range e.Fields {
		said := i18n.FieldError(r.lang, f)
		if n := name(f.Path); n != "" {
			if out.Form.Errors[n] == "" { // the first one is the cause
				out.Form.Errors[n] = said
			}
		} else {
			out.Form.Alert += " " + said
		}
	}
	for _, said := range out.Form.Errors {
		if said == out.Form.Alert {
			out.Form.Alert = "" // the field says it already
		}
	}
	return out, true
}

// same takes the path of an error for the name of the field.
func same(path string) string { return path }

// hour of the day where the organisation is.
func (r *request) hour() int {
	return r.s.Clock.Now().Time().In(clock.Zone(r.a.Zone)).Hour()
}

func rfc(i clock.Instant) string { return i.Time().Format(time.RFC3339) }
