package site

import (
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/people"
	"saluran/web/kit"
	"saluran/web/view"
)

// joinRoutes are the pages of those who come: their links are all the right that is asked.
func (s *Site) joinRoutes(app *fiber.App) {
	app.Get("/invite/:token", s.invitePage)
	app.Post("/invite/:token", s.comes(s.acceptInvite))
	app.Post("/invite/:token/join", s.in(s.joinAs))
	app.Get("/join/:token", s.joinPage)
	app.Post("/join/:token", s.comes(s.apply))
	app.Get("/application/:token", s.applicantPage)
	for do, h := range map[string]func(fiber.Ctx, string) error{"confirm": s.confirmMine, "answer": s.answerMine, "withdraw": s.withdrawMine, "files": s.sendMine} {
		app.Post("/application/:token/"+do, s.comes(func(c fiber.Ctx) error { return s.onMine(c, do, h) }))
	}
}

// someone is who looks at a page that needs no signing in, if anybody is, and the context of the page.
func (s *Site) someone(c fiber.Ctx) (context.Context, access.Actor) {
	if token := c.Cookies(s.cookieName("session")); token != "" {
		if a, csrf, err := s.Identity.Actor(c.Context(), token); err == nil {
			return kit.With(c.Context(), kit.Env{Lang: i18n.Lang(a.Lang), Zone: "Asia/Jakarta", Help: helpFor(c), CSRF: forOrg(csrf, a.Org)}), a
		}
	}
	return s.anonymous(c), access.Actor{}
}

// comes lets writes of somebody pass who may be signed in or not.
func (s *Site) comes(h fiber.Handler) fiber.Handler {
	return func(c fiber.Ctx) error {
		want := c.Cookies(s.cookieName("visitor"))
		if ctx, a := s.someone(c); a.Person != 0 {
			want = kit.Of(ctx).CSRF
		}
		if err := genuine(c, want); err != nil {
			return err
		}
		return h(c)
	}
}

// askOnce shows a question once more, with what was typed, but for secrets, and what is wrong.
func (s *Site) askOnce(c fiber.Ctx, ctx context.Context, v view.Ask, err error) error {
	err = httpx.Known(err)
	if errs.Is(err, errs.Internal) {
		return err
	}
	if errs.Is(err, errs.Busy) {
		c.Set(fiber.HeaderRetryAfter, httpx.RetryAfterOf(err))
	}
	v.Form = said(kit.Of(ctx).Lang, err)
	v.Form.Values = values(c)
	delete(v.Form.Values, "password")
	delete(v.Form.Values, "code")
	return html(c, ctx, httpx.Status(err), view.AskPage(v, c.Path()))
}

func askInvite(ctx context.Context, in people.Invited, a access.Actor, token string) view.Ask {
	lang := kit.Of(ctx).Lang
	role := in.Role
	if i18n.Has(lang, "role."+role) {
		role = kit.T(ctx, "role."+role)
	}
	path := "/invite/" + url.PathEscape(token)
	v := view.Ask{Title: kit.T(ctx, "invite.title", "org", in.Org), Lead: kit.T(ctx, "invite.lead", "org", in.Org, "kind", kit.T(ctx, "kind."+in.Kind), "role", role),
		Note: kit.T(ctx, "invite.for", "email", in.Email, "until", i18n.Date(lang, in.Expires.In("Asia/Jakarta")))}
	if in.Mine {
		v.Action, v.Button = path+"/join", kit.T(ctx, "invite.accept_as", "name", a.Name)
		return v
	}
	switch {
	case in.Vouched:
		v.Note += "\n\n" + kit.T(ctx, "invite.vouched", "email", in.Email)
	case a.Person != 0:
		v.Note += "\n\n" + kit.T(ctx, "invite.other", "email", in.Email)
	}
	v.Action, v.Button = path, kit.T(ctx, "invite.accept")
	v.Hidden = [][2]string{{"username", in.Email}}
	v.Fields = []kit.Field{{Name: "name", Label: kit.T(ctx, "person.name"), Max: 120, Complete: "name", Optional: true, Hint: kit.T(ctx, "invite.name_hint")},
		{Name: "password", Label: kit.T(ctx, "invite.password"), Type: "password", Complete: "current-password", Required: true, Hint: kit.T(ctx, "invite.password_hint")},
		{Name: "code", Label: kit.T(ctx, "invite.code"), Max: 24, Complete: "one-time-code", Optional: true, Hint: kit.T(ctx, "invite.code_hint")}}
	return v
}

// invitePage shows what a link says. Following it changes nothing: programs that look through mail do so too.
func (s *Site) invitePage(c fiber.Ctx) error {
	ctx, a := s.someone(c)
	in, err := s.People.Invited(c.Context(), a, c.Params("token"))
	if err != nil {
		return s.askOnce(c, ctx, view.Ask{Title: kit.T(ctx, "invite.over"), Links: back(ctx)}, err)
	}
	return html(c, ctx, http.StatusOK, view.AskPage(askInvite(ctx, in, a, c.Params("token")), c.Path()))
}

func (s *Site) acceptInvite(c fiber.Ctx) error {
	ctx, a := s.someone(c)
	token := c.Params("token")
	err := s.People.Accept(c.Context(), people.Accept{Token: token, Name: c.FormValue("name"), Password: c.FormValue("password"), Code: c.FormValue("code"), Lang: kit.Of(ctx).Lang,
		IP: c.IP(), Device: c.Cookies(s.cookieName("device"))})
	if err == nil {
		return c.Redirect().Status(http.StatusSeeOther).To("/sign-in?done=invite.joined")
	}
	in, gone := s.People.Invited(c.Context(), a, token)
	if gone != nil {
		return s.askOnce(c, ctx, view.Ask{Title: kit.T(ctx, "invite.over"), Links: back(ctx)}, gone)
	}
	return s.askOnce(c, ctx, askInvite(ctx, in, a, token), err)
}

func (s *Site) joinAs(r *request) error {
	if err := s.People.AcceptAs(r.ctx, r.a, r.Params("token")); err != nil {
		return s.askOnce(r.Ctx, r.ctx, view.Ask{Title: r.t("invite.over"), Links: []view.AskLink{{Text: r.t("nav.home"), Href: "/"}}}, err)
	}
	return r.to("/", "invite.joined")
}

func askJoin(ctx context.Context, d people.Door) view.Ask {
	field := func(name, complete string, most int) kit.Field {
		return kit.Field{Name: name, Label: kit.T(ctx, "apply."+name), Max: most, Required: true, Complete: complete}
	}
	v := view.Ask{Title: kit.T(ctx, "apply.title", "org", d.Org), Lead: kit.T(ctx, "apply.lead", "channel", d.ChannelName), Action: "/join/" + url.PathEscape(d.Token),
		Button: kit.T(ctx, "apply.send")}
	if len(d.Kinds) > 1 {
		f := kit.Field{Name: "kind", Label: kit.T(ctx, "apply.kind")}
		for _, k := range d.Kinds {
			f.Options = append(f.Options, kit.Option{Value: k, Label: kit.T(ctx, "kind."+k)})
		}
		v.Fields = append(v.Fields, f)
	}
	tax, nib := field("tax_no", "off", 32), field("nib", "off", 20)
	tax.Mode, tax.Hint = "numeric", kit.T(ctx, "apply.tax_hint")
	nib.Mode, nib.Required, nib.Optional = "numeric", false, true
	mail := emailField(ctx)
	mail.Focus, mail.Complete = false, "email"
	v.Fields = append(v.Fields, field("name", "organization", 200), tax, nib, field("address", "street-address", 300), field("city", "address-level2", 100),
		field("phone", "tel", 32), field("contact", "name", 120), mail,
		kit.Field{Name: "message", Label: kit.T(ctx, "apply.message"), Max: 1000, Rows: 3, Optional: true})
	return v
}

func (s *Site) joinPage(c fiber.Ctx) error {
	d, err := s.People.OpenDoor(c.Context(), c.Params("token"))
	if err != nil {
		return err
	}
	ctx, _ := s.someone(c)
	return html(c, ctx, http.StatusOK, view.AskPage(askJoin(ctx, d), c.Path()))
}

func (s *Site) apply(c fiber.Ctx) error {
	ctx, _ := s.someone(c)
	d, err := s.People.OpenDoor(c.Context(), c.Params("token"))
	if err != nil {
		return err
	}
	f := values(c)
	err = s.People.Apply(c.Context(), people.Apply{Door: d.Token, Kind: f["kind"], Name: f["name"], TaxNo: f["tax_no"], NIB: f["nib"], Address: f["address"], City: f["city"],
		Phone: f["phone"], Contact: f["contact"], Email: f["email"], Lang: kit.Of(ctx).Lang, Message: f["message"], IP: strings.Clone(c.IP())})
	if err != nil {
		return s.askOnce(c, ctx, askJoin(ctx, d), err)
	}
	return html(c, ctx, http.StatusOK, view.AskPage(view.Ask{Title: kit.T(ctx, "apply.sent"), Lead: kit.T(ctx, "apply.sent_lead")}, "/sign-in"))
}

// applicantPage is an application as its applicant sees it, by the link of the latest letter.
func (s *Site) applicantPage(c fiber.Ctx) error {
	return s.applicant(c, http.StatusOK, kit.Form{}, "")
}

func (s *Site) applicant(c fiber.Ctx, status int, form kit.Form, done string) error {
	ctx, _ := s.someone(c)
	token := c.Params("token")
	x, err := s.People.Mine(c.Context(), token)
	if err != nil {
		return s.askOnce(c, ctx, view.Ask{Title: kit.T(ctx, "apply.over"), Links: back(ctx)}, err)
	}
	v := view.Applicant{Application: applicationView(x), Path: "/application/" + url.PathEscape(token), Form: form, Done: done, Accept: files.Accept}
	if d := c.Query("done"); d != "" && i18n.Has(kit.Of(ctx).Lang, "done."+d) {
		v.Done = kit.T(ctx, "done."+d)
	}
	sent, err := s.Files.Apart(c.Context(), x.Upstream, files.Doc{Kind: "application", ID: x.ID})
	if err != nil {
		return err
	}
	for _, f := range sent {
		v.Sent = append(v.Sent, f.Name)
	}
	v.MaySend = (x.Status == "new" || x.Status == "asked") && len(sent) < files.MaxApart
	return html(c, ctx, status, view.ApplicantPage(v))
}

// onMine takes one step of the applicant, and shows the page again.
func (s *Site) onMine(c fiber.Ctx, do string, h func(fiber.Ctx, string) error) error {
	token := c.Params("token")
	err := h(c, token)
	if err == nil {
		done := map[string]string{"confirm": "apply.confirmed", "answer": "apply.answered", "withdraw": "apply.withdrawn", "files": "file.attached"}[do]
		return c.Redirect().Status(http.StatusSeeOther).To("/application/" + url.PathEscape(token) + "?done=" + done)
	}
	err = httpx.Known(err)
	if errs.Is(err, errs.Internal) {
		return err
	}
	ctx, _ := s.someone(c)
	form := said(kit.Of(ctx).Lang, err)
	form.Values = values(c)
	return s.applicant(c, httpx.Status(err), form, "")
}

func (s *Site) confirmMine(c fiber.Ctx, token string) error {
	return s.People.Confirm(c.Context(), token)
}

func (s *Site) answerMine(c fiber.Ctx, token string) error {
	return s.People.Answer(c.Context(), token, values(c)["said"])
}

func (s *Site) withdrawMine(c fiber.Ctx, token string) error {
	return s.People.Retract(c.Context(), token)
}

// sendMine keeps the papers that an applicant sends: they are seen with the application, by those who decide on it.
func (s *Site) sendMine(c fiber.Ctx, token string) error {
	no, upstream, err := s.People.Sender(c.Context(), token)
	if err != nil {
		return err
	}
	form, err := c.MultipartForm()
	if err != nil {
		return errs.Wrap(errs.Invalid, "request.malformed", err)
	}
	sent := slices.DeleteFunc(form.File["file"], func(h *multipart.FileHeader) bool { return h.Size == 0 && h.Filename == "" })
	if len(sent) == 0 {
		return errs.OnFields("site.no_file", errs.F("file", "site.no_file"))
	}
	client, _ := key(c)
	for i, h := range sent {
		if err := s.sendOne(c.Context(), upstream, no, audit.Key{Client: client}, i, h); err != nil {
			return onField(err, "file")
		}
	}
	return nil
}

func (s *Site) sendOne(ctx context.Context, upstream, no id.ID, k audit.Key, n int, h *multipart.FileHeader) error {
	f, err := h.Open()
	if err != nil {
		return errs.Wrap(errs.Invalid, "request.malformed", err)
	}
	defer f.Close()
	if k.Client != "" {
		k.Client += "-f" + string(rune('0'+n%10))
	}
	return s.Files.UploadApart(ctx, upstream, files.Upload{Key: k, Doc: files.Doc{Kind: "application", ID: no}, Name: h.Filename, Content: f, Size: h.Size})
}

// sentPaper tells whether a path takes the papers of an application, and for which link.
func sentPaper(path string) (token string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/application/")
	if !ok {
		return "", false
	}
	token, ok = strings.CutSuffix(rest, "/files")
	return token, ok && !strings.Contains(token, "/")
}
