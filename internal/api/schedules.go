package api

import (
	"context"
	"fmt"
	"time"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/schedule"
)

// Schedule is a report or a list that you have sent to you by the calendar: a letter leads to the workbook.
type Schedule struct {
	ID       id.ID             `json:"id"`
	Title    string            `json:"title,omitempty" doc:"Your own name of it"`
	Report   string            `json:"report,omitempty"`
	Sharing  string            `json:"sharing,omitempty" doc:"With report shared: the agreement"`
	List     string            `json:"list,omitempty"`
	Filter   map[string]string `json:"filter,omitempty"`
	Span     string            `json:"span,omitempty" enum:"before,month,year,all" doc:"Of a report: the day, week or month that has just ended, the month or the year so far, all"`
	Currency string            `json:"currency,omitempty"`
	Every    string            `json:"every" enum:"day,week,month"`
	OnDay    int64             `json:"on_day" doc:"Of a week 1 (Monday) to 7, of a month 1 to 28, else 0"`
	At       string            `json:"at" doc:"HH:MM in the zone"`
	Zone     string            `json:"zone"`
	Lang     string            `json:"lang" enum:"id,en" doc:"Of the workbook"`
	Status   string            `json:"status" enum:"on,paused,stopped,ended" doc:"stopped: by the portal, because you may not have the workbook any more; see why"`
	Why      string            `json:"why,omitempty" enum:"right,gone,wish" doc:"What it was stopped for: the right was taken, what it is of is no more, it cannot be answered any more"`
	Detail   string            `json:"detail,omitempty" doc:"The same in your language"`
	NextAt   string            `json:"next_at,omitempty"`
	SentAt   string            `json:"sent_at,omitempty" doc:"When the last letter was written"`
	Job      string            `json:"job,omitempty" doc:"The export that was made last"`
	Version  int64             `json:"version"`
}

func (a *API) schedules() {
	const tag = "Work"
	handle(a, get("list-schedules", "/schedules", tag, "The reports and lists that you have sent to you by the calendar"), a.listSchedules)
	handle(a, get("schedule", "/schedules/{id}", tag, "One of them"), a.schedule)
	handle(a, made(post("add-schedule", "/schedules", tag, "Have a report or a list sent to you each day, week or month")), a.addSchedule)
	handle(a, change("change-schedule", "/schedules/{id}", tag, "Change when a report or list is sent to you, and of which days"), a.changeSchedule)
	handle(a, step("pause-schedule", "/schedules/{id}/pause", tag, "Have nothing sent for now"), a.scheduleStep((*schedule.Service).Pause))
	handle(a, step("resume-schedule", "/schedules/{id}/resume", tag, "Go on with what was paused or stopped"), a.scheduleStep((*schedule.Service).Resume))
	handle(a, step("end-schedule", "/schedules/{id}/end", tag, "Have it sent no more"), a.scheduleStep((*schedule.Service).End))
	handle(a, step("restore-schedule", "/schedules/{id}/restore", tag, "Take up again what has ended, by your rights of now"), a.scheduleStep((*schedule.Service).Restore))
}

func (a *API) oneSchedule(who access.Actor, x schedule.Schedule, err error) (*one[Schedule], error) {
	if err != nil {
		return nil, err
	}
	return &one[Schedule]{httpx.ETag(x.Version), scheduleWire(who.Lang)(x)}, nil
}

func scheduleWire(lang string) func(schedule.Schedule) Schedule {
	return func(x schedule.Schedule) Schedule {
		w := x.Wish()
		out := Schedule{ID: x.ID, Title: x.Title, Report: w.Report, List: w.List, Filter: w.Filter, Span: w.Span, Currency: w.Currency, Every: x.Every, OnDay: x.OnDay,
			At: fmt.Sprintf("%02d:%02d", x.AtMinute/60, x.AtMinute%60), Zone: x.Zone, Lang: x.Lang, Status: x.Status, Why: x.Why, NextAt: instant(x.Next), SentAt: instant(x.Sent), Version: x.Version}
		if x.Why != "" {
			out.Detail = i18n.T(i18n.Lang(lang), "schedule.why_"+x.Why)
		}
		if w.Sharing != 0 {
			out.Sharing = w.Sharing.String()
		}
		if x.Job != 0 {
			out.Job = x.Job.String()
		}
		return out
	}
}

type listSchedulesIn struct {
	Ended bool `query:"ended" doc:"Those that have ended, the latest first; else all others"`
}

func (a *API) listSchedules(ctx context.Context, who access.Actor, in *listSchedulesIn) (*page[Schedule], error) {
	read := a.Schedules.Mine
	if in.Ended {
		read = a.Schedules.Past
	}
	all, err := read(ctx, who)
	if err != nil {
		return nil, err
	}
	return whole(all, scheduleWire(who.Lang)), nil
}

func (a *API) schedule(ctx context.Context, who access.Actor, in *ByID) (*one[Schedule], error) {
	x, err := a.Schedules.Schedule(ctx, who, in.ID.ID)
	return a.oneSchedule(who, x, err)
}

// Dates say when something is sent.
type Dates struct {
	Title    string `json:"title,omitempty" maxLength:"60"`
	Span     string `json:"span,omitempty" enum:"before,month,year,all" doc:"Needed of a report that has days"`
	Currency string `json:"currency,omitempty" doc:"Of a report: needed where its days have several"`
	Every    string `json:"every" enum:"day,week,month"`
	OnDay    int64  `json:"on_day,omitempty" minimum:"0" maximum:"28"`
	At       string `json:"at" doc:"HH:MM"`
	Zone     string `json:"zone" doc:"Asia/Jakarta, Asia/Makassar, Asia/Jayapura, or that of your organisation"`
	Lang     string `json:"lang" enum:"id,en"`
}

func (d Dates) plan() (schedule.Plan, error) {
	at, err := time.Parse("15:04", d.At)
	if err != nil {
		return schedule.Plan{}, errs.OnFields("request.fields", errs.F("at", "schedule.time"))
	}
	return schedule.Plan{Wish: schedule.Wish{Span: d.Span, Currency: d.Currency}, Title: d.Title, Every: d.Every, OnDay: d.OnDay, AtMinute: int64(at.Hour()*60 + at.Minute()), Zone: d.Zone, Lang: d.Lang}, nil
}

type addScheduleIn struct {
	Body struct {
		Dates
		Report  string            `json:"report,omitempty" enum:"payment-sheet,sales-by-partner,sales-by-product,sales-by-supplier,sales-by-day,sales-by-order,purchases-by-supplier,stock,receivables,audit,shared" doc:"Either this or list"`
		Sharing *id.ID            `json:"sharing,omitempty" doc:"With report shared: the agreement"`
		List    string            `json:"list,omitempty" enum:"orders,shipments,invoices,payments,partners,products,stock,lots,channel-map,visits"`
		Filter  map[string]string `json:"filter,omitempty" doc:"As the list itself is filtered; see export-list"`
	}
}

func (a *API) addSchedule(ctx context.Context, who access.Actor, in *addScheduleIn) (*one[Schedule], error) {
	p, err := in.Body.plan()
	if err != nil {
		return nil, err
	}
	p.Report, p.List, p.Filter = in.Body.Report, in.Body.List, in.Body.Filter
	if in.Body.Sharing != nil {
		p.Sharing = *in.Body.Sharing
	}
	x, err := a.Schedules.Make(ctx, who, key(ctx), p)
	return a.oneSchedule(who, x, err)
}

type changeScheduleIn struct {
	ByID
	Body Dates
}

func (a *API) changeSchedule(ctx context.Context, who access.Actor, in *changeScheduleIn) (*one[Schedule], error) {
	p, err := in.Body.plan()
	if err != nil {
		return nil, err
	}
	x, err := a.Schedules.Change(ctx, who, in.ID.ID, httpx.Of(ctx).IfMatch, p)
	return a.oneSchedule(who, x, err)
}

func (a *API) scheduleStep(do func(*schedule.Service, context.Context, access.Actor, id.ID, int64) (schedule.Schedule, error)) func(context.Context, access.Actor, *ByID) (*one[Schedule], error) {
	return func(ctx context.Context, who access.Actor, in *ByID) (*one[Schedule], error) {
		x, err := do(a.Schedules, ctx, who, in.ID.ID, httpx.Of(ctx).IfMatch)
		return a.oneSchedule(who, x, err)
	}
}
