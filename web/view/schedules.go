package view

import (
	"saluran/internal/clock"
	"saluran/web/kit"
)

// Schedules are the reports and lists that the reader has sent by the calendar.
type Schedules struct {
	Rows    []ScheduleRow
	Past    []ScheduleRow // that have ended
	CanMake bool
	Full    bool
	Most    int64
}

// ScheduleRow is one of them, in words.
type ScheduleRow struct {
	ID, Called, What, Filter string
	Open                     string // where the list is; "" for a report
	Span, Currency           string
	When, Zone               string
	Status, Why              string
	Next, Sent               clock.Instant
	Making                   bool
	Version                  int64
}

// ScheduleForm is a schedule as it is made, or changed where there is a Row.
type ScheduleForm struct {
	Row                               *ScheduleRow
	Last                              *Job // the workbook that was made last
	What, Filter                      string
	Reports                           []string // those to choose from, of a new one
	Report, List, Query, Sharing, Map string
	Title, When, At, Zone, Span       string
	Currency, Lang, Conflict          string
	Dated                             bool // it is of days
	Spans                             []string
	MayChange, MayRestore             bool
	Currencies                        []string // of the organisation's books
	Dates, Zones                      []kit.Option
	Form                              kit.Form
}

func (f ScheduleForm) action() string {
	if f.Row == nil {
		return "/schedules"
	}
	return "/schedules/" + f.Row.ID
}
