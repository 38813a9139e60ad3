// Package schedule sends people their reports and lists by the calendar: a workbook each day, week or month, and a letter that leads to it.
//
// # Words
//
// A schedule is a wish of one person in one organisation: what is wanted (a report, or a list as it was filtered), when, in which zone and
// language. When it is due, a job of the ordinary kind is asked for in the name and with the rights that the person, or the key by which
// it was wished, has at that moment; when the job has ended, a letter says so and leads to the file. The letter carries no file and no
// figure: who opens the link signs in, and the rights are asked again.
//
// Who may not have the workbook any more is told so once, and the schedule stops until the person goes on with it; who has left the
// organisation, or whose key has ended, has no schedules any more.
//
// # Once
//
// Moving next_us to the next date is the arbiter: the instance whose update meets the row writes the job in the same transaction. So
// each date is sent once, however many instances there are; dates that passed while no instance ran are sent as one, over all of
// their days. The letter is written by the instance that takes waiting back.
package schedule

import (
	"context"
	"encoding/json"
	"log/slog"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/jobs"
	"saluran/internal/mail"
	"saluran/internal/report"
)

// Most is how many schedules a person has in an organisation.
const Most = 20

// maxTitle is how many characters the own name of a schedule has.
const maxTitle = 60

// Status of a schedule.
const (
	On      = "on"
	Paused  = "paused"  // by the person
	Stopped = "stopped" // by the portal: Why says for what
	Ended   = "ended"
)

// Wish is what is sent: a report, what a partner shares, or a list.
type Wish struct {
	Report   string            `json:"report,omitempty"`
	Sharing  id.ID             `json:"sharing,omitempty"`
	List     string            `json:"list,omitempty"`
	Filter   map[string]string `json:"filter,omitempty"`
	Query    string            `json:"query,omitempty"` // of the page of the list, as a saved view has it
	Span     string            `json:"span,omitempty"`  // which days a report is of
	Currency string            `json:"currency,omitempty"`
}

// Schedule is a wish with its dates.
type Schedule struct {
	ID, Org, Person id.ID
	APIKey          id.ID `gorm:"column:api_key"`
	Slot            int64
	Title           string // the person's own; "" for that of the report or list
	Asked           string // a Wish
	Every           string // day, week, month
	OnDay           int64  // of a week 1 (Monday) to 7, of a month 1 to 28, of a day 0
	AtMinute        int64
	Zone            string
	Lang            string // of the workbook
	Status          string
	Why             string        // code of what it was stopped for
	Next            clock.Instant `gorm:"column:next_us"`
	Sent            clock.Instant `gorm:"column:sent_us"`
	Job             id.ID
	Waiting         id.ID
	Created         clock.Instant `gorm:"column:created_us"`
	Version         int64
}

// TableName of schedules.
func (Schedule) TableName() string { return "schedule" }

// Wish is what is sent.
func (s Schedule) Wish() Wish {
	var w Wish
	_ = json.Unmarshal([]byte(s.Asked), &w)
	return w
}

// Exports is what schedules need of package jobs.
type Exports interface {
	Want(ctx context.Context, who access.Actor, orgCode string, a report.Ask) (jobs.Wanted, error)
	WantList(ctx context.Context, who access.Actor, orgCode, list string, filter map[string]string, lang string) (jobs.Wanted, error)
	Ask(ctx context.Context, w jobs.Wanted, key audit.Key) (jobs.Job, error)
}

// Post sends letters, in the transaction of ctx, and knows how the portal is reached.
type Post interface {
	Send(ctx context.Context, m mail.Message) error
	Link(path string) string
}

// Config is what the service stands on.
type Config struct {
	DB      *db.DB
	Clock   clock.Clock
	Log     *slog.Logger
	Gate    *access.Gate
	Exports Exports
	Seats   jobs.Seats
	Post    Post
	By      id.By // the program, where it stops a schedule
}

// Service keeps schedules. It is safe for concurrent use.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

// want weighs a wish for an actor, who must run exports and may have this one. Errors: those of package jobs's Want and
// WantList; access.denied.
func (s *Service) want(ctx context.Context, a access.Actor, x Schedule, from, to clock.Date) (jobs.Wanted, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "export", "run"); err != nil {
		return jobs.Wanted{}, err
	}
	var codes []string
	if err := s.DB.R(ctx).Raw("SELECT code FROM org WHERE id = ?", a.Org).Scan(&codes).Error; err != nil || len(codes) == 0 {
		if err == nil {
			err = errs.Gone()
		}
		return jobs.Wanted{}, err
	}
	w := x.Wish()
	if w.List != "" {
		a.Zone = x.Zone
		return s.Exports.WantList(ctx, a, codes[0], w.List, w.Filter, x.Lang)
	}
	return s.Exports.Want(ctx, a, codes[0], report.Ask{Report: w.Report, Sharing: w.Sharing, Org: a.Org, From: from, To: to, Lang: x.Lang, Currency: w.Currency})
}
