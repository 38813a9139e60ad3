package site

import (
	"net/http"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/web/view"
)

func (s *Site) people(r *request) error { return s.peoplePage(r, refusal{Status: http.StatusOK}) }

func (s *Site) peoplePage(r *request, back refusal) error {
	p, err := s.Identity.People(r.ctx, r.a, r.query())
	if err != nil {
		return err
	}
	v := view.People{CanManage: r.can(access.Own, "person", "manage"), Form: back.Form}
	if v.Roles, err = s.roleOptions(r); err != nil {
		return err
	}
	v.Next, v.First = r.pages(p.Next)
	for _, m := range p.Items {
		v.Rows = append(v.Rows, view.PersonRow{ID: m.Person.String(), Name: m.Name, Email: m.Email, Role: m.Role, RoleWord: r.roleWord(m.Role, m.RoleName), Active: true, Self: m.Person == r.a.Person})
	}
	return r.html(back.Status, view.PeoplePage(r.shell(r.t("nav.people"), "people"), v))
}

func (s *Site) setRole(r *request) error { return s.giveRole(r, r.FormValue("role"), "person.role") }

// removePerson takes somebody out of the organisation; who goes on with the work is asked where there is any.
func (s *Site) removePerson(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	if err := s.People.Remove(r.ctx, r.a, r.auditKey(), no, ref(r.FormValue("heir"))); err != nil {
		back, ok := r.refused(err, same)
		if !ok {
			return err
		}
		if errs.CodeOf(err) == "person.open_work" || back.Form.E("heir") != "" {
			return s.partingPage(r, no, alerted(back))
		}
		return s.peoplePage(r, alerted(back))
	}
	return r.to("/people", "person.removed")
}

func (s *Site) giveRole(r *request, role, done string) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	if role == "" && done == "person.role" {
		return errs.New(errs.Invalid, "site.required")
	}
	if err := s.Identity.SetRole(r.ctx, r.a, r.auditKey(), no, role); err != nil {
		back, ok := r.refused(err, func(string) string { return "" })
		if !ok {
			return err
		}
		return s.peoplePage(r, alerted(back))
	}
	return r.to("/people", done)
}
