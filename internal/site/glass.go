package site

import (
	"net/http"

	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/people"
	"saluran/web/view"
)

func (s *Site) glassRoutes(get, post route) {
	get("/glass", s.glass)
	post("/glass", s.breakGlass)
	post("/glass/end", s.mendGlass)
}

func (s *Site) glass(r *request) error { return s.glassPage(r, refusal{Status: http.StatusOK}) }

// glassPage shows who looked, to those who were looked at and to the operator, who breaks it here.
func (s *Site) glassPage(r *request, back refusal) error {
	all, err := s.People.Looks(r.ctx, r.a)
	if err != nil {
		return err
	}
	v := view.Glass{Form: back.Form, Operator: r.a.Kind == "operator", Min: people.MinGlass, Max: people.MaxGlass}
	for _, x := range all {
		row := view.GlassRow{ID: x.ID.String(), Who: x.Person, Org: x.OrgName, Reason: x.Reason, From: x.Since, Until: x.Until, Ended: x.Ended}
		v.Rows = append(v.Rows, row)
	}
	return r.html(back.Status, view.GlassPage(r.shell(r.t("glass.title"), "glass"), v))
}

func (s *Site) breakGlass(r *request) error {
	if r.a.Kind != "operator" {
		return errs.Gone()
	}
	f := r.reader()
	org, minutes := s.named(r, f.needed("org")), f.count("minutes")
	f.needed("minutes")
	if org == 0 && f.text("org") != "" {
		f.wrong("org", "glass.org")
	}
	err := f.err()
	if err == nil {
		err = s.People.Break(r.ctx, r.a, r.auditKey(), org, f.text("reason"), minutes)
	}
	if errs.Is(err, errs.NotFound) {
		err = errs.OnFields("site.check_form", errs.F("org", "glass.org"))
	}
	if err == nil {
		return r.to("/", "")
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.glassPage(r, alerted(back))
}

// named is the organisation that an operator means by its number or code; 0 where there is none, or several.
func (s *Site) named(r *request, text string) id.ID {
	if text == "" {
		return 0
	}
	o, err := s.Partner.Resolve(r.ctx, text)
	if err != nil {
		return 0
	}
	return o.ID
}

func (s *Site) mendGlass(r *request) error {
	if err := s.People.Mend(r.ctx, r.a); err != nil {
		return err
	}
	return r.to("/glass", "glass.ended")
}
