package site

import (
	"net/http"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/people"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) applicationRoutes(get, post route) {
	get("/applications", s.applications)
	get("/applications/:id", s.application)
	for _, do := range []string{"approve", "ask", "refuse"} {
		post("/applications/:id/"+do, s.decide(do))
	}
	post("/doors/:id", s.setDoor)
}

func applicationView(x people.Application) view.Application {
	v := view.Application{ID: x.ID.String(), Name: x.Name, Kind: x.Kind, Status: x.Status, Upstream: x.UpstreamOrg, Channel: x.ChannelName, TaxNo: x.TaxNo, NIB: x.Nib,
		Address: x.Address, City: x.City, Phone: x.Phone, Contact: x.Contact, Email: x.Email, Created: x.Created, Version: x.Version}
	for _, n := range x.Notes {
		v.Notes = append(v.Notes, view.ApplicationNote{At: n.At, Step: n.Step, Said: n.Said, Name: n.Name})
	}
	return v
}

func (s *Site) applications(r *request) error {
	return s.applicationsPage(r, refusal{Status: http.StatusOK})
}

func (s *Site) applicationsPage(r *request, back refusal) error {
	status := r.Query("status")
	p, err := s.People.Applications(r.ctx, r.a, r.query("status", status))
	if err != nil {
		return err
	}
	v := view.Applications{Conflict: back.Conflict}
	for _, x := range []string{"", "new", "asked", "approved", "refused", "withdrawn"} {
		tab := kit.Tab{Text: r.t("apply.all"), Href: "/applications", Current: status == x}
		if x != "" {
			tab.Text, tab.Href = r.t("status.application."+x), "/applications?status="+x
		}
		v.Tabs = append(v.Tabs, tab)
	}
	v.Next, v.First = r.pages(p.Next)
	for _, x := range p.Items {
		v.Rows = append(v.Rows, applicationView(x))
	}
	if v.Doors, err = s.doors(r); err != nil {
		return err
	}
	return r.html(back.Status, view.ApplicationsPage(r.shell(r.t("nav.applications"), "applications"), v))
}

// doors are the channels in which somebody can stand below the acting organisation, with their public pages.
func (s *Site) doors(r *request) (out []view.Door, err error) {
	open, err := s.People.Doors(r.ctx, r.a)
	if err != nil {
		return nil, err
	}
	paths := map[id.ID]string{}
	for _, d := range open {
		if d.Active {
			paths[d.Channel] = "/join/" + d.Token
		}
	}
	if !r.can(access.Own, "channel", "read") {
		return nil, nil
	}
	all, err := s.Partner.Channels(r.ctx, r.a)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		kinds, err := s.Partner.Below(r.ctx, r.a.Org, c.ID)
		if err != nil {
			return nil, err
		}
		if len(kinds) > 0 {
			out = append(out, view.Door{Channel: c.ID.String(), Name: c.Name, Path: paths[c.ID], URL: r.BaseURL() + paths[c.ID]})
		}
	}
	return out, nil
}

func (s *Site) application(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.applicationPage(r, no, "", refusal{Status: http.StatusOK})
}

// applicationPage shows an application; open is the form that was refused.
func (s *Site) applicationPage(r *request, no id.ID, open string, back refusal) error {
	x, err := s.People.Application(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	v := view.ApplicationReview{Application: applicationView(x), Open: open, Form: back.Form, Conflict: back.Conflict,
		CanDecide: x.Status == "new" || x.Status == "asked", CanApprove: r.can(access.Own, "partner", "write")}
	if x.Org != 0 {
		v.Org = x.Org.String()
	}
	v.Files = s.papers(r, "application", no)
	sh := r.shell(x.Name, "applications", r.crumb("nav.home", "/"), r.crumb("nav.applications", "/applications"), kit.Crumb{Text: x.Name})
	return r.html(back.Status, view.ApplicationPage(sh, v))
}

func (s *Site) decide(do string) handler {
	return func(r *request) error {
		no, err := r.id("id")
		if err != nil {
			return err
		}
		f := r.reader()
		k, version := r.auditKey(), f.version()
		switch do {
		case "approve":
			_, err = s.People.Approve(r.ctx, r.a, k, no, version, f.text("code"))
		case "ask":
			_, err = s.People.AskMore(r.ctx, r.a, k, no, version, f.text("said"))
		default:
			_, err = s.People.Refuse(r.ctx, r.a, k, no, version, f.text("said"))
		}
		if err == nil {
			return r.to("/applications/"+no.String(), "apply."+map[string]string{"approve": "approved", "ask": "asked", "refuse": "refused"}[do])
		}
		back, ok := r.refused(err, same)
		if !ok {
			return err
		}
		return s.applicationPage(r, no, do, back)
	}
}

func (s *Site) setDoor(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	if _, err := s.People.SetDoor(r.ctx, r.a, r.auditKey(), no, r.FormValue("open") == "1"); err != nil {
		back, ok := r.refused(err, same)
		if !ok {
			return err
		}
		return s.applicationsPage(r, back)
	}
	return r.to("/applications", "apply.door")
}
