package schedule

import (
	"slices"
	"strconv"
	"time"

	"saluran/internal/clock"
	"saluran/internal/errs"
)

// How often.
const (
	Daily   = "day"
	Weekly  = "week"
	Monthly = "month"
)

// Spans are which days a report is of, in the order of the form: those that have just ended (yesterday, the week before, the month
// before), the month or the year so far, all.
var Spans = []string{"before", "month", "year", "all"}

// LastDay is the last day of a month that every month has.
const LastDay = 28

// next is the first date of a schedule after a moment.
func (x Schedule) next(after clock.Instant) clock.Instant {
	t := after.Time().In(clock.Zone(x.Zone))
	due := time.Date(t.Year(), t.Month(), t.Day(), int(x.AtMinute/60), int(x.AtMinute%60), 0, 0, t.Location())
	for !due.After(t) || !x.on(due) {
		due = time.Date(due.Year(), due.Month(), due.Day()+1, int(x.AtMinute/60), int(x.AtMinute%60), 0, 0, t.Location())
	}
	return clock.At(due)
}

// on tells whether a day is one of the schedule's.
func (x Schedule) on(t time.Time) bool {
	switch x.Every {
	case Weekly:
		return (int64(t.Weekday())+6)%7+1 == x.OnDay
	case Monthly:
		return int64(t.Day()) == x.OnDay
	}
	return true
}

// days are those that a report is of which was due at one moment and is made at another, later one: what passed between them is in
// it, so that nothing is missing of the days on which no instance ran. Both are included; "" is no bound.
func (x Schedule) days(due, now clock.Instant) (from, to clock.Date) {
	was, is := due.In(x.Zone), now.In(x.Zone)
	switch x.Wish().Span {
	case "before":
		return x.begin(x.begin(was).AddDays(-1)), x.begin(is).AddDays(-1)
	case "month":
		return was[:8] + "01", is
	case "year":
		return was[:5] + "01-01", is
	}
	return "", ""
}

// begin is the first day of the day, week or month in which a day is.
func (x Schedule) begin(d clock.Date) clock.Date {
	switch x.Every {
	case Weekly:
		return d.AddDays(-int(d.Time().Weekday()+6) % 7)
	case Monthly:
		return d[:8] + "01"
	}
	return d
}

// dated says what is wrong with the dates of a schedule whose zone may also be that of its organisation.
func (x Schedule) dated(zones []string) (bad []errs.Field) {
	most := map[string]int64{Daily: 0, Weekly: 7, Monthly: LastDay}
	last, ok := most[x.Every]
	if !ok {
		bad = append(bad, errs.F("every", "schedule.choice"))
	} else if x.OnDay > last || x.OnDay < min(last, 1) {
		bad = append(bad, errs.F("on_day", "schedule.day", "last", strconv.FormatInt(last, 10)))
	}
	if x.AtMinute < 0 || x.AtMinute >= 24*60 {
		bad = append(bad, errs.F("at", "schedule.time"))
	}
	if !slices.Contains(zones, x.Zone) {
		bad = append(bad, errs.F("zone", "schedule.choice"))
	}
	if x.Lang != "id" && x.Lang != "en" {
		bad = append(bad, errs.F("lang", "schedule.choice"))
	}
	return bad
}
