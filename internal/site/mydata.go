package site

import (
	"net/http"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) dataRoutes(get, post route) {
	get("/account/data", s.myData)
	get("/account/data.json", s.myDataFile)
	post("/account/erase", s.eraseMe)
	post("/account/leave", s.leave)
	get("/people/:id/leave", s.parting)
}

// shownRows is how many rows of each kind the page shows; the download has all.
const shownRows = 20

func (s *Site) myData(r *request) error { return s.myDataPage(r, refusal{Status: http.StatusOK}) }

func (s *Site) myDataPage(r *request, back refusal) error {
	if err := r.a.Oneself(); err != nil { // the person itself reads its letters
		return r.html(httpx.Status(err), view.AskPage(view.Ask{Title: r.t("data.title"), Lead: i18n.Error(r.lang, err), Note: r.t("own_data.instead"),
			Links: []view.AskLink{{Text: r.t("own_data.send"), Href: "/my-data"}, {Text: r.t("nav.home"), Href: "/"}}}, "/"))
	}
	all, err := s.People.MyFirstData(r.ctx, r.a, shownRows)
	if err != nil {
		return err
	}
	v := view.MyData{Form: back.Form, Shown: shownRows}
	for _, x := range all {
		sec := view.DataSection{Name: x.Name, Columns: x.Columns, Rows: x.Rows}
		if len(sec.Rows) > shownRows {
			sec.Rows, sec.More = sec.Rows[:shownRows], true
		}
		v.Sections = append(v.Sections, sec)
	}
	sh := r.shell(r.t("data.title"), "", r.crumb("nav.home", "/"), r.crumb("account.title", "/account"), kit.Crumb{Text: r.t("data.title")})
	return r.html(back.Status, view.MyDataPage(sh, v))
}

func (s *Site) myDataFile(r *request) error {
	all, err := s.People.MyData(r.ctx, r.a)
	if err != nil {
		return err
	}
	return dataFile(r.Ctx, all)
}

func (s *Site) eraseMe(r *request) error {
	err := s.People.EraseMe(r.ctx, r.a, r.FormValue("password"))
	if err == nil {
		s.dropCookie(r.Ctx, "session")
		s.dropCookie(r.Ctx, "device")
		return r.to("/sign-in", "data.erased")
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	delete(back.Form.Values, "password")
	return s.myDataPage(r, alerted(back))
}

// leave takes the person out of the organisation that it acts for; its sessions there are over.
func (s *Site) leave(r *request) error {
	err := s.People.Leave(r.ctx, r.a, r.auditKey(), ref(r.FormValue("heir")))
	if err == nil {
		s.dropCookie(r.Ctx, "session")
		return r.to("/sign-in", "leave")
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.accountPage(r, refusal{Status: back.Status, Conflict: leaving(back)})
}

// leaving is what is wrong with leaving, in one sentence.
func leaving(back refusal) string {
	if back.Conflict != "" {
		return back.Conflict
	}
	if e := back.Form.E("heir"); e != "" {
		return e
	}
	return back.Form.Alert
}

// heirs are the colleagues who may go on with somebody's work.
func (s *Site) heirs(r *request, person id.ID) ([]kit.Option, error) {
	all, err := s.People.Colleagues(r.ctx, r.a)
	if err != nil {
		return nil, err
	}
	out := []kit.Option{{Label: r.t("person.heir_none")}}
	for _, c := range all {
		if c.Person != person {
			out = append(out, kit.Option{Value: c.Person.String(), Label: c.Name + " (" + r.roleWord(c.Role, "") + ")"})
		}
	}
	return out, nil
}

// parting asks who goes on with the work of somebody who is to be taken out of the organisation.
func (s *Site) parting(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.partingPage(r, no, refusal{Status: http.StatusOK})
}

func (s *Site) partingPage(r *request, no id.ID, back refusal) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "person", "manage"); err != nil {
		return err
	}
	all, err := s.People.Colleagues(r.ctx, r.a)
	if err != nil {
		return err
	}
	v := view.Parting{ID: no.String(), Form: back.Form}
	for _, c := range all {
		if c.Person == no {
			v.Name = c.Name
		}
	}
	if v.Name == "" {
		return errs.Gone()
	}
	if v.Open, err = s.People.OpenWork(r.ctx, r.a, no); err != nil {
		return err
	}
	if v.Heirs, err = s.heirs(r, no); err != nil {
		return err
	}
	title := r.t("person.part", "name", v.Name)
	sh := r.shell(title, "people", r.crumb("nav.home", "/"), r.crumb("nav.people", "/people"), kit.Crumb{Text: title})
	return r.html(back.Status, view.PartingPage(sh, v))
}
