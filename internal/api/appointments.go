package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/partner"
)

// Appointment binds an agent to a principal.
type Appointment struct {
	ID            id.ID     `json:"id"`
	Principal     id.ID     `json:"principal"`
	Agent         id.ID     `json:"agent"`
	Area          string    `json:"area,omitempty"`
	CommissionBps int64     `json:"commission_bps" doc:"Hundredths of a percent"`
	CommissionOn  string    `json:"commission_on" enum:"order,delivery,payment"`
	MayBind       bool      `json:"may_bind" doc:"Its confirmation binds the principal"`
	MayCollect    bool      `json:"may_collect" doc:"It may take money for the principal"`
	Sole          bool      `json:"sole"`
	From          string    `json:"from"`
	Until         string    `json:"until,omitempty"`
	Version       int64     `json:"version"`
	Findings      []Finding `json:"findings,omitempty"`
}

func appointmentWire(p partner.Appointment) Appointment {
	return Appointment{ID: p.ID, Principal: p.Principal, Agent: p.Agent, Area: p.Area, CommissionBps: p.CommissionBps, CommissionOn: p.CommissionOn,
		MayBind: p.MayBind, MayCollect: p.MayCollect, Sole: p.Sole, From: string(p.From), Until: until(p.Until), Version: p.Version}
}

// findingsWire tells what the shape check found in the user's language.
func findingsWire(lang string, all []partner.Finding) []Finding {
	var out []Finding
	for _, f := range all {
		out = append(out, Finding{f.Code, f.Args, i18n.Code(lang, f.Code, errs.Args(f.Args))})
	}
	return out
}

func oneAppointment(p partner.Appointment, err error) (*one[Appointment], error) {
	if err != nil {
		return nil, err
	}
	return &one[Appointment]{httpx.ETag(p.Version), appointmentWire(p)}, nil
}

type appointIn struct {
	Body struct {
		Agent         id.ID  `json:"agent"`
		Code          string `json:"code,omitempty" doc:"Its code, where you do not see it yet"`
		Area          string `json:"area,omitempty"`
		CommissionBps int64  `json:"commission_bps" minimum:"0" maximum:"10000"`
		CommissionOn  string `json:"commission_on" enum:"order,delivery,payment"`
		MayBind       bool   `json:"may_bind,omitempty"`
		MayCollect    bool   `json:"may_collect,omitempty"`
		Sole          bool   `json:"sole,omitempty"`
		From          string `json:"from"`
		Until         string `json:"until,omitempty"`
	}
}

func (a *API) appoint(ctx context.Context, who access.Actor, in *appointIn) (*one[Appointment], error) {
	var r reader
	b := in.Body
	n := partner.NewAppointment{Key: key(ctx), Agent: b.Agent, Code: b.Code, Area: b.Area, CommissionBps: b.CommissionBps, CommissionOn: b.CommissionOn,
		MayBind: b.MayBind, MayCollect: b.MayCollect, Sole: b.Sole, From: r.date("from", b.From), Until: r.date("until", b.Until)}
	if err := r.err(); err != nil {
		return nil, err
	}
	p, found, err := a.Partner.Appoint(ctx, who, n)
	out, err := oneAppointment(p, err)
	if err == nil {
		out.Body.Findings = findingsWire(who.Lang, found)
	}
	return out, err
}

func (a *API) listAppointments(ctx context.Context, who access.Actor, _ *struct{}) (*page[Appointment], error) {
	all, err := a.Partner.Appointments(ctx, who)
	if err != nil {
		return nil, err
	}
	return whole(all, appointmentWire), nil
}

func (a *API) appointment(ctx context.Context, who access.Actor, in *ByID) (*one[Appointment], error) {
	return oneAppointment(a.Partner.Appointment(ctx, who, in.ID.ID))
}

type endIn struct {
	ByID
	Body struct {
		Until string `json:"until" doc:"YYYY-MM-DD, the last day"`
	}
}

func (a *API) endAppointment(ctx context.Context, who access.Actor, in *endIn) (*one[Appointment], error) {
	var r reader
	last := r.date("until", in.Body.Until)
	if err := r.err(); err != nil {
		return nil, err
	}
	version := httpx.Of(ctx).IfMatch
	if version == 0 {
		now, err := a.Partner.Appointment(ctx, who, in.ID.ID)
		if err != nil {
			return nil, err
		}
		if now.Until == last && now.Principal == who.Org {
			return oneAppointment(now, nil) // it is so already
		}
		version = now.Version
	}
	return oneAppointment(a.Partner.EndAppointment(ctx, who, in.ID.ID, version, last))
}
