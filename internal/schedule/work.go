package schedule

import (
	"context"
	"encoding/json"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/jobs"
	"saluran/internal/mail"
)

// atOnce is how many schedules one round looks at.
const atOnce = 100

// Run sends what is due until ctx ends.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		if err := s.Round(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("schedules", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Round writes of what was made, and has made what is due. Several instances may do it at once. What fails for one schedule is tried again in
// the next round, and is in no other's way.
func (s *Service) Round(ctx context.Context) error {
	err := s.tell(ctx)
	if ferr := s.fire(ctx); err == nil {
		err = ferr
	}
	return err
}

// fire has made what is due. What was not told yet is told first: so no date is lost behind the one before.
func (s *Service) fire(ctx context.Context) error {
	now := s.Clock.Now()
	var due []Schedule
	err := s.DB.R(ctx).Raw("SELECT "+columns+" FROM schedule WHERE next_us > 0 AND next_us <= ? AND waiting = 0 AND status = 'on' ORDER BY next_us LIMIT ?", now, atOnce).Scan(&due).Error
	for _, x := range due {
		if ferr := s.fireOne(ctx, x, now); ferr != nil && err == nil {
			err = ferr
		}
	}
	return err
}

func (s *Service) fireOne(ctx context.Context, x Schedule, now clock.Instant) error {
	a, err := s.seat(ctx, x)
	if gone(err) {
		return s.DB.InTx(ctx, func(ctx context.Context) error { _, err := s.stop(ctx, s.by(x), x, Ended, ""); return err })
	}
	if err != nil {
		return err
	}
	from, to := x.days(x.Next, now)
	w, err := s.want(ctx, a, x, from, to)
	if errs.Is(err, errs.Internal) || errs.Is(err, errs.Busy) {
		return err
	}
	if err != nil {
		return s.refused(ctx, x, err)
	}
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		r := s.DB.W(ctx).Exec("UPDATE schedule SET next_us = ? WHERE id = ? AND person = ? AND org = ? AND next_us = ? AND waiting = 0 AND status = 'on'", x.next(now), x.ID, x.Person, x.Org, x.Next)
		if r.Error != nil || r.RowsAffected == 0 {
			return r.Error
		}
		j, err := s.Exports.Ask(ctx, w, audit.Key{})
		if err != nil {
			return err
		}
		return s.DB.W(ctx).Exec("UPDATE schedule SET job = ?, waiting = ? WHERE id = ? AND person = ? AND org = ?", j.ID, j.ID, x.ID, x.Person, x.Org).Error
	})
}

// seat is by whose right a schedule goes on.
func (s *Service) seat(ctx context.Context, x Schedule) (a access.Actor, err error) {
	if x.APIKey != 0 {
		a, err = s.Seats.SeatOfKey(ctx, x.Org, x.Person, x.APIKey)
	} else {
		a, err = s.Seats.Seat(ctx, x.Org, x.Person)
	}
	a.Lang = x.Lang
	return a, err
}

// gone tells that nobody has the seat any more.
func gone(err error) bool {
	return errs.Is(err, errs.NotFound) || errs.Is(err, errs.Unauthenticated) || errs.CodeOf(err) == "job.asker_gone"
}

func (s *Service) by(x Schedule) id.By {
	by := s.By
	by.Org = x.Org
	return by
}

// stop ends a schedule, or stops it for a reason, in the transaction of ctx; met is false where another was faster.
func (s *Service) stop(ctx context.Context, by id.By, x Schedule, status, why string) (met bool, err error) {
	slot := x.Slot
	if status == Ended {
		slot = int64(x.ID)
	}
	r := s.DB.W(ctx).Exec("UPDATE schedule SET status = ?, why = ?, slot = ?, next_us = 0, waiting = 0, version = version + 1 WHERE id = ? AND person = ? AND org = ? AND version = ?",
		status, why, slot, x.ID, x.Person, x.Org, x.Version)
	if r.Error != nil || r.RowsAffected == 0 {
		return false, r.Error
	}
	is := x
	is.Status = status
	return true, audit.Record(ctx, s.DB, by, s.Clock.Now(), "schedule."+status, x.ID, audit.Diff(is.said(x)))
}

// Why the portal stops a schedule: the right to it was taken, what it was of is no more, or it cannot be answered any more.
const (
	NoRight  = "right"
	NoObject = "gone"
	NoAnswer = "wish"
)

// refused stops a schedule whose person may not have the workbook any more, and tells so, once.
func (s *Service) refused(ctx context.Context, x Schedule, err error) error {
	why := NoAnswer
	switch {
	case errs.Is(err, errs.Forbidden):
		why = NoRight
	case errs.Is(err, errs.NotFound):
		why = NoObject
	}
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		met, err := s.stop(ctx, s.by(x), x, Stopped, why)
		if err != nil || !met {
			return err
		}
		return s.write(ctx, x, "schedule_stopped", "/schedules/"+x.ID.String(), func(lang string) string { return i18n.T(lang, "schedule.why_"+why) })
	})
}

// made is a workbook whose letter waits.
type made struct {
	Schedule
	JobStatus  jobs.Status
	JobFile    id.ID
	JobMessage string
}

// tell writes of workbooks that were made, or could not be.
func (s *Service) tell(ctx context.Context) error {
	var rows []made
	err := s.DB.R(ctx).Raw("SELECT s.id, s.org, s.person, s.api_key, s.slot, s.title, s.asked, s.every, s.zone, s.lang, s.status, s.next_us, s.job, s.waiting, s.version, j.status AS job_status, j.file AS job_file, j.message AS job_message"+
		" FROM schedule s JOIN job j ON j.id = s.waiting AND j.org = s.org WHERE s.waiting > 0 AND j.status IN ('done','failed','cancelled') ORDER BY s.waiting LIMIT ?", atOnce).Scan(&rows).Error
	for _, m := range rows {
		if terr := s.tellOne(ctx, m); terr != nil && err == nil {
			err = terr
		}
	}
	return err
}

func (s *Service) tellOne(ctx context.Context, m made) error {
	x := m.Schedule
	_, err := s.seat(ctx, x)
	if gone(err) {
		return s.DB.InTx(ctx, func(ctx context.Context) error { _, err := s.stop(ctx, s.by(x), x, Ended, ""); return err })
	}
	if err != nil {
		return err
	}
	problem := jobs.Job{Message: m.JobMessage}.Problem()
	if m.JobStatus == jobs.Failed && errs.Is(orNil(problem), errs.Forbidden) { // taken away between the asking and the writing
		return s.refused(ctx, x, problem)
	}
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		sent := clock.Instant(0)
		if m.JobStatus == jobs.Done {
			sent = s.Clock.Now()
		}
		r := s.DB.W(ctx).Exec("UPDATE schedule SET waiting = 0, sent_us = CASE WHEN ? > 0 THEN ? ELSE sent_us END WHERE id = ? AND person = ? AND org = ? AND waiting = ?",
			sent, sent, x.ID, x.Person, x.Org, x.Waiting)
		if r.Error != nil || r.RowsAffected == 0 {
			return r.Error
		}
		switch {
		case m.JobStatus == jobs.Done && m.JobFile != 0:
			return s.write(ctx, x, "schedule_made", "/files/"+m.JobFile.String(), nil)
		case m.JobStatus == jobs.Failed:
			return s.write(ctx, x, "schedule_failed", "/schedules/"+x.ID.String(), func(lang string) string { return i18n.Error(lang, orNil(problem)) })
		}
		return nil // it was cancelled
	})
}

func orNil(e *errs.Error) error {
	if e == nil {
		return nil
	}
	return e
}

// write sends a letter to whom a schedule belongs, in the transaction of ctx. It names what was wished for, and no figure.
func (s *Service) write(ctx context.Context, x Schedule, kind, link string, why func(lang string) string) error {
	var to []struct{ Name, Email, Lang, OrgName string }
	err := s.DB.R(ctx).Raw("SELECT p.name, p.email, p.lang, o.name AS org_name FROM person p JOIN membership m ON m.person = p.id JOIN org o ON o.id = m.org WHERE p.id = ? AND m.org = ? AND p.active = ?",
		x.Person, x.Org, true).Scan(&to).Error
	if err != nil || len(to) == 0 || to[0].Email == "" {
		return err
	}
	lang := i18n.Lang(to[0].Lang)
	m := mail.Message{To: to[0].Email, Lang: lang, Kind: kind, Link: link,
		Args: map[string]string{"person": to[0].Name, "org": to[0].OrgName, "what": x.Called(lang), "all": s.Post.Link("/schedules")}}
	if why != nil {
		m.Args["why"] = why(lang)
	}
	return s.Post.Send(ctx, m)
}

// Called is how a schedule is called: by its person, or as what it sends.
func (s Schedule) Called(lang string) string {
	var w Wish
	switch _ = json.Unmarshal([]byte(s.Asked), &w); {
	case s.Title != "":
		return s.Title
	case w.List != "":
		return i18n.T(lang, "list."+w.List)
	}
	return i18n.T(lang, "report."+w.Report)
}
