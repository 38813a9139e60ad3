package site

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/identity"
	"saluran/internal/list"
	"saluran/web/view"
)

func (s *Site) people(r *request) error { return s.peoplePage(r, refusal{Status: http.StatusOK}) }

func (s *Site) peoplePage(r *request, back refusal) error {
	p, err := s.Identity.People(r.ctx, r.a, list.Query{Size: list.MaxSize})
	if err != nil {
		return err
	}
	v := view.People{Roles: identity.Roles, CanManage: r.can(access.Own, "person", "manage"), Form: back.Form}
	if r.a.Kind == "operator" {
		v.Roles = []string{"operator"}
	}
	for _, m := range p.Items {
		v.Rows = append(v.Rows, view.PersonRow{ID: m.Person.String(), Name: m.Name, Email: m.Email, Role: m.Role, Active: true, Self: m.Person == r.a.Person})
	}
	return r.html(back.Status, view.PeoplePage(r.shell(r.t("nav.people"), "people"), v))
}

func (s *Site) addPerson(r *request) error {
	f := r.reader()
	n := identity.NewPerson{Email: f.needed("email"), Name: f.needed("name"), Password: r.FormValue("password"), Lang: r.lang, Role: f.text("role")}
	err := f.err()
	if err == nil {
		_, err = s.Identity.Add(r.ctx, r.a, r.auditKey(), n)
	}
	if err == nil {
		return r.to("/people", "person.added")
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	delete(back.Form.Values, "password")
	return s.peoplePage(r, alerted(back))
}

func (s *Site) setRole(r *request) error { return s.giveRole(r, r.FormValue("role"), "person.role") }

func (s *Site) removePerson(r *request) error { return s.giveRole(r, "", "person.removed") }

func (s *Site) giveRole(r *request, role, done string) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	if role == "" && done == "person.role" {
		return errs.New(errs.Invalid, "site.required")
	}
	if err := s.Identity.SetRole(r.ctx, r.a, no, role); err != nil {
		back, ok := r.refused(err, func(string) string { return "" })
		if !ok {
			return err
		}
		return s.peoplePage(r, alerted(back))
	}
	return r.to("/people", done)
}

// find opens the record of a number, or lists what a word may mean.
func (s *Site) find(r *request) error {
	want := strings.TrimSpace(r.Query("q"))
	v := view.Found{Query: want}
	if want != "" {
		o, err := s.Trade.Orders(r.ctx, r.a, list.Query{Size: 10, Filter: map[string]string{"number": want}})
		if err != nil && !quiet(err) {
			return err
		}
		for _, x := range o.Items {
			name, _ := partnerOf(r.a, x.Seller, x.SellerName, x.BuyerName, x.AgentName, x.Agent)
			v.Rows = append(v.Rows, view.FoundRow{Icon: "shopping-cart", Title: x.Number, Sub: name, Href: "/orders/" + x.ID.String(), Kind: r.t("nav.orders")})
		}
		l, err := s.Partner.Links(r.ctx, r.a, list.Query{Size: 20, Filter: map[string]string{"q": want}})
		if err != nil && !quiet(err) {
			return err
		}
		for _, x := range l.Items {
			row := s.partnerRow(r, x)
			v.Rows = append(v.Rows, view.FoundRow{Icon: "users-group", Title: row.Name, Sub: i18n.T(r.lang, "kind."+row.Kind) + " · " + row.Code, Href: "/partners/" + row.Link, Kind: r.t("nav.partners")})
		}
		if n, err := strconv.ParseInt(want, 10, 64); err == nil && n > 0 && len(v.Rows) == 0 {
			if x, err := s.Trade.Bare(r.ctx, r.a, id.ID(n)); err == nil {
				v.Rows = append(v.Rows, view.FoundRow{Icon: "shopping-cart", Title: x.Number, Href: "/orders/" + x.ID.String(), Kind: r.t("nav.orders")})
			}
		}
	}
	if len(v.Rows) == 1 {
		return r.to(v.Rows[0].Href, "")
	}
	return r.html(http.StatusOK, view.FoundPage(r.shell(r.t("find.title"), ""), v))
}

// quiet tells whether an error only means that one may not look there.
func quiet(err error) bool {
	var e *errs.Error
	return errors.As(err, &e) && (e.Kind == errs.Forbidden || e.Kind == errs.NotFound || e.Kind == errs.Invalid)
}
