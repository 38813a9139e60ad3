package site

import (
	"slices"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/partner"
	"saluran/web/kit"
	"saluran/web/view"
)

// standIns are who stands for the acting organisation towards a partner, and for the partner; nil where the person may not see it.
func (s *Site) standIns(r *request, other id.ID) (*view.Representatives, error) {
	if !r.can(access.Own, "partner", "read") {
		return nil, nil
	}
	ours, theirs, err := s.Partner.Representatives(r.ctx, r.a, other)
	if errs.Is(err, errs.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v := &view.Representatives{Partner: other.String()}
	for _, x := range ours {
		v.Ours = append(v.Ours, r.standIn(x))
	}
	for _, x := range theirs {
		v.Theirs = append(v.Theirs, r.standIn(x))
	}
	return v, nil
}

func (r *request) standIn(x partner.Representative) view.Representative {
	v := view.Representative{Duty: x.Duty, Person: x.Person.String(), Name: x.Name, Email: x.Email, Version: x.Version}
	_, name, email, covering := x.On(r.today)
	switch {
	case covering:
		v.Name, v.Email = name, email
		v.Note = r.t("representative.covered", "name", name, "person", x.Name, "until", i18n.Date(r.lang, x.CoverUntil))
	case x.Cover != 0 && x.CoverUntil >= r.today:
		v.Note = r.t("representative.will_cover", "name", x.CoverName, "from", i18n.Date(r.lang, x.CoverFrom), "until", i18n.Date(r.lang, x.CoverUntil))
	}
	if x.Cover != 0 {
		v.Cover, v.From, v.Until = x.Cover.String(), x.CoverFrom, x.CoverUntil
	}
	return v
}

// setters adds the form to those who may name representatives.
func (s *Site) setters(r *request, v *view.Representatives, link id.ID, form kit.Form) error {
	if v == nil || !r.can(access.Own, "partner", "write") {
		return nil
	}
	all, err := s.People.Colleagues(r.ctx, r.a)
	if err != nil {
		return err
	}
	v.Link, v.Form = link.String(), form
	for _, c := range all {
		v.People = append(v.People, view.Ref{ID: c.Person.String(), Name: c.Name})
	}
	for _, d := range partner.Duties {
		if !slices.Contains(v.Held(), d) {
			v.Duties = append(v.Duties, d)
		}
	}
	return nil
}

func (s *Site) setRepresentative(r *request) error {
	link, err := r.id("id")
	if err != nil {
		return err
	}
	l, err := s.Partner.Link(r.ctx, r.a, link)
	if err != nil {
		return err
	}
	other := l.Buyer
	if r.a.Org == l.Buyer {
		other = l.Seller
	}
	f := r.reader()
	n := partner.SetRepresentative{Key: r.auditKey(), Partner: other, Duty: f.text("duty"), Person: ref(f.text("person")), Cover: ref(f.text("cover")),
		CoverFrom: f.date("cover_from"), CoverUntil: f.date("cover_until"), Version: f.version()}
	if err = f.err(); err == nil {
		err = s.Partner.SetRepresentative(r.ctx, r.a, n)
	}
	if err == nil {
		return r.to("/partners/"+link.String(), "representative")
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	r.standForm = alerted(back).Form
	return s.partnerPage(r, link, refusal{Status: back.Status}, kit.Form{})
}

// represented are the partners that the person stands for its organisation towards, or covers for today: they come first.
func (s *Site) represented(r *request) (out []view.PartnerRow, err error) {
	partners, err := s.Partner.Represented(r.ctx, r.a, r.today)
	if err != nil {
		return nil, err
	}
	for _, no := range partners[:min(len(partners), 50)] {
		p, err := s.Partner.Links(r.ctx, r.a, list.Query{Size: 1, Filter: map[string]string{"partner": no.String()}})
		if err != nil {
			return nil, err
		}
		for _, l := range p.Items {
			out = append(out, s.partnerRow(r, l))
		}
	}
	return out, nil
}
