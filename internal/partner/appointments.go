package partner

import (
	"context"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/text"
)

// Appoint appoints an agent of the acting organisation. A sole appointment excludes another for the same area and time.
func (s *Service) Appoint(ctx context.Context, a access.Actor, n NewAppointment) (Appointment, []Finding, error) {
	if err := s.gate.Require(ctx, a, access.Own, "appointment", "write"); err != nil {
		return Appointment{}, nil, err
	}
	n.Area = strings.TrimSpace(n.Area)
	if n.Until == "" {
		n.Until = Open
	}
	if err := n.check(); err != nil {
		return Appointment{}, nil, err
	}
	if err := s.introduced(ctx, a, n.Agent, n.Code); err != nil {
		return Appointment{}, nil, err
	}
	var found []Finding
	doc, _, err := audit.Once(ctx, s.d, a.Org, n.Key, s.clock.Now(), func(ctx context.Context) (doc id.ID, err error) {
		doc, found, err = s.appoint(ctx, a, n)
		return doc, err
	})
	if err != nil {
		return Appointment{}, found, err
	}
	out, err := s.Appointment(ctx, a, doc)
	return out, found, err
}

func (n *NewAppointment) check() error {
	var bad []errs.Field
	if !known([]string{"order", "delivery", "payment"}, n.CommissionOn) {
		bad = append(bad, errs.F("commission_on", "appointment.bad_on"))
	}
	if n.CommissionBps < 0 || n.CommissionBps > 10_000 {
		bad = append(bad, errs.F("commission_bps", "out_of_range", "max", "10000"))
	}
	bad = append(bad, text.Line("area", &n.Area, 120)...)
	if _, err := clock.ParseDate(string(n.From)); err != nil {
		bad = append(bad, errs.F("from", "bad_date"))
	}
	if _, err := clock.ParseDate(string(n.Until)); err != nil || n.Until < n.From {
		bad = append(bad, errs.F("until", "bad_date"))
	}
	if len(bad) > 0 {
		return errs.OnFields("invalid", bad...)
	}
	return nil
}

func (s *Service) appoint(ctx context.Context, a access.Actor, n NewAppointment) (id.ID, []Finding, error) {
	principal, err := s.byID(ctx, a.Org)
	if err != nil {
		return 0, nil, err
	}
	agent, err := s.met(ctx, a, n.Agent, n.Code)
	if err != nil {
		return 0, nil, err
	}
	var rows []appointmentRow
	if err := s.d.R(ctx).Where("principal = ?", a.Org).Find(&rows).Error; err != nil {
		return 0, nil, err
	}
	others := make([]Appointment, len(rows))
	for i, r := range rows {
		others[i] = Appointment(r)
	}
	p := Appointment{ID: s.d.IDs.Next(), Principal: a.Org, Agent: n.Agent, Area: n.Area, CommissionBps: n.CommissionBps, CommissionOn: n.CommissionOn,
		MayBind: n.MayBind, MayCollect: n.MayCollect, Sole: n.Sole, From: n.From, Until: n.Until, Version: 1}
	found := checkAppointment(p, principal, agent, others)
	if err := stop(found); err != nil {
		return 0, found, err
	}
	r := appointmentRow(p)
	if err := s.d.W(ctx).Create(&r).Error; err != nil {
		if db.Classify(err) == db.Duplicate {
			err = errs.Wrap(errs.Conflict, "partner.appointed_already", err, "agent", agent.Name, "area", n.Area)
		}
		return 0, found, err
	}
	if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "appointment.created", p.ID, audit.Diff(map[string][2]any{
		"agent": {"", p.Agent}, "area": {"", p.Area}, "commission_bps": {"", p.CommissionBps}, "commission_on": {"", p.CommissionOn}, "may_bind": {false, p.MayBind},
		"may_collect": {false, p.MayCollect}, "sole": {false, p.Sole}, "from": {"", p.From}, "until": {clock.Date(""), p.Until}})); err != nil {
		return 0, found, err
	}
	return p.ID, found, s.d.BumpMaster(ctx)
}

// EndAppointment sets the last day of an appointment: its principal does.
func (s *Service) EndAppointment(ctx context.Context, a access.Actor, appointment id.ID, version int64, until clock.Date) (Appointment, error) {
	if err := s.gate.Require(ctx, a, access.Own, "appointment", "write"); err != nil {
		return Appointment{}, err
	}
	if _, err := clock.ParseDate(string(until)); err != nil {
		return Appointment{}, errs.OnFields("invalid", errs.F("until", "bad_date"))
	}
	err := s.d.InTx(ctx, func(ctx context.Context) error {
		var r appointmentRow
		if err := s.d.W(ctx).Where("id = ? AND principal = ?", appointment, a.Org).Take(&r).Error; err != nil {
			return gone(err)
		}
		if until < r.From {
			return errs.OnFields("invalid", errs.F("until", "bad_date"))
		}
		res := s.d.W(ctx).Model(&appointmentRow{}).Where("id = ? AND version = ?", appointment, version).
			Updates(map[string]any{"until_on": until, "version": version + 1})
		if err := changed(res.Error, res.RowsAffected); err != nil {
			return err
		}
		diff := audit.Diff(map[string][2]any{"until": {r.Until, until}})
		if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "appointment.ended", appointment, diff); err != nil {
			return err
		}
		return s.d.BumpMaster(ctx)
	})
	if err != nil {
		return Appointment{}, err
	}
	return s.Appointment(ctx, a, appointment)
}

// Appointment is one that the acting organisation is principal or agent of. Buyers never see one.
func (s *Service) Appointment(ctx context.Context, a access.Actor, appointment id.ID) (Appointment, error) {
	if err := s.gate.Require(ctx, a, access.Own, "appointment", "read"); err != nil {
		return Appointment{}, err
	}
	var r appointmentRow
	err := s.d.R(ctx).Where("id = ? AND (principal = ? OR agent = ?)", appointment, a.Org, a.Org).Take(&r).Error
	return Appointment(r), gone(err)
}

// Appointments are those of the acting organisation, as principal and as agent, the latest first.
func (s *Service) Appointments(ctx context.Context, a access.Actor) ([]Appointment, error) {
	if err := s.gate.Require(ctx, a, access.Own, "appointment", "read"); err != nil {
		return nil, err
	}
	var rows []appointmentRow
	err := s.d.R(ctx).Where("(principal = ? OR agent = ?)", a.Org, a.Org).Order("from_on DESC, id DESC").Limit(500).Find(&rows).Error
	out := make([]Appointment, len(rows))
	for i, r := range rows {
		out[i] = Appointment(r)
	}
	return out, err
}
