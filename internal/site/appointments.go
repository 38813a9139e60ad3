package site

import (
	"net/http"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/partner"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) appointments(r *request) error {
	return s.appointmentsPage(r, refusal{Status: http.StatusOK}, "")
}

// appointmentsPage shows the agents; endOf is the appointment whose ending was refused.
func (s *Site) appointmentsPage(r *request, back refusal, endOf string) error {
	p, err := s.Partner.AppointmentPage(r.ctx, r.a, r.query())
	if err != nil {
		return err
	}
	v := view.Appointments{Form: back.Form, Conflict: back.Conflict, EndOf: endOf, CanWrite: r.a.Kind != "agent" && r.can(access.Own, "appointment", "write")}
	if endOf != "" {
		v.Form, v.EndForm = kit.Form{}, back.Form
	}
	v.Next, v.First = r.pages(p.Next)
	for _, x := range p.Items {
		row := view.AppointmentRow{ID: x.ID.String(), Principal: x.PrincipalName, Agent: x.AgentName, Area: x.Area, On: x.CommissionOn, Bps: x.CommissionBps,
			Bind: x.MayBind, Collect: x.MayCollect, Sole: x.Sole, From: x.From, Until: ended9999(x.Until), State: spell(r.today, x.From, x.Until), Version: x.Version}
		row.MayEnd = v.CanWrite && x.Principal == r.a.Org && row.State != "ended"
		v.Rows = append(v.Rows, row)
	}
	return r.html(back.Status, view.AppointmentsPage(r.shell(r.t("nav.agents"), "agents"), v))
}

func (s *Site) appoint(r *request) error {
	f := r.reader()
	n := partner.NewAppointment{Key: r.auditKey(), Area: f.text("area"), CommissionBps: f.percent("percent"), CommissionOn: f.text("on"), MayBind: f.yes("bind"),
		MayCollect: f.yes("collect"), Sole: f.yes("sole"), From: f.date("from"), Until: f.date("until")}
	f.needed("percent")
	f.needed("from")
	code := f.needed("agent")
	err := f.err()
	if err == nil {
		var o partner.Org
		if o, err = s.Partner.Lookup(r.ctx, r.a, "agent", code); errs.Is(err, errs.NotFound) {
			err = errs.OnFields("site.check_form", errs.F("agent", "site.no_such_org", "kind", r.t("kind.agent"), "code", code))
		}
		n.Agent, n.Code = o.ID, code
	}
	if err == nil {
		_, _, err = s.Partner.Appoint(r.ctx, r.a, n)
	}
	if err == nil {
		return r.to("/appointments", "appointment.added")
	}
	back, ok := r.refused(err, func(path string) string {
		switch path {
		case "commission_bps":
			return "percent"
		case "commission_on":
			return "on"
		}
		return path
	})
	if !ok {
		return err
	}
	return s.appointmentsPage(r, back, "")
}

func (s *Site) endAppointment(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	field := "until_" + no.String()
	f.needed(field)
	last := f.date(field)
	if err = f.err(); err == nil {
		_, err = s.Partner.EndAppointment(r.ctx, r.a, no, f.version(), last)
	}
	if errs.Is(err, errs.Conflict) { // sent twice: it ends on that day already
		if now, e := s.Partner.Appointment(r.ctx, r.a, no); e == nil && now.Until == last {
			err = nil
		}
	}
	if err == nil {
		return r.to("/appointments", "appointment.ended")
	}
	back, ok := r.refused(err, func(path string) string {
		if path == "until" {
			return field
		}
		return path
	})
	if !ok {
		return err
	}
	return s.appointmentsPage(r, back, no.String())
}

func (s *Site) banks(r *request) error { return s.banksPage(r, refusal{Status: http.StatusOK}) }

func (s *Site) banksPage(r *request, back refusal) error {
	all, err := s.Partner.OwnBanks(r.ctx, r.a)
	if err != nil {
		return err
	}
	v := view.Banks{Form: back.Form, Conflict: back.Conflict, CanWrite: r.can(access.Own, "bank", "write")}
	for _, b := range all {
		row := view.BankRow{ID: b.ID.String(), Bank: b.Bank, Number: b.Number, Holder: b.Holder, Currency: b.Currency, State: "used", Version: b.Version}
		switch {
		case b.Ended != 0:
			row.State = "ended"
		case b.Main:
			row.State = "main"
		}
		v.Rows = append(v.Rows, row)
	}
	return r.html(back.Status, view.BanksPage(r.shell(r.t("nav.banks"), "banks"), v))
}

func (s *Site) addBank(r *request) error {
	f := r.reader()
	n := partner.NewBank{Key: r.auditKey(), Bank: f.needed("bank"), Number: f.needed("number"), Holder: f.needed("holder"), Currency: f.text("currency"), Main: f.yes("main")}
	err := f.err()
	if err == nil {
		_, err = s.Partner.AddBank(r.ctx, r.a, n)
	}
	if err == nil {
		return r.to("/banks", "bank.added")
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.banksPage(r, back)
}

func (s *Site) setBank(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	do := f.text("do")
	done := map[string]string{"main": "bank.main", "end": "bank.ended", "reopen": "bank.reopened"}[do]
	if done == "" {
		return errs.New(errs.Invalid, "site.required")
	}
	if _, err := s.Partner.SetBank(r.ctx, r.a, partner.SetBank{Key: r.auditKey(), Bank: no, Version: f.version(), Main: do == "main", Ended: do == "end"}); err != nil {
		back, ok := r.refused(err, func(string) string { return "" })
		if !ok {
			return err
		}
		back.Form = kit.Form{}
		return s.banksPage(r, back)
	}
	return r.to("/banks", done)
}
