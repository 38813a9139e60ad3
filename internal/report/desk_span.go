package report

import (
	"time"

	"saluran/internal/clock"
)

// Spans that a first page may show: the last thirty days, and the quarter and the year of the calendar up to today.
const (
	Days30  = "30d"
	Quarter = "quarter"
	Year    = "year"
)

// Spans are the names of the spans, the first one being that of whoever names none.
var Spans = []string{Quarter, Days30, Year}

// Span is the time that figures are of, both days included, and the one before it that they are held against: as many days of the
// quarter or the year before, or the thirty days before.
type Span struct {
	Name               string
	From, To           clock.Date
	BeforeFrom, Before clock.Date
	Buckets            []Bucket
}

// Bucket is a bar of a picture: a day, a week from Monday to Sunday, or a month, cut to the span.
type Bucket struct {
	From, To clock.Date
	By       string // day, week, month
	N        int    // of the week of the year, or of the month
}

// Days is how many days a span has.
func (s Span) Days() int { return s.To.Days(s.From) + 1 }

// SpanOf is the span of a name on a day; a name that is none is the first one.
func SpanOf(name string, today clock.Date) Span {
	t := today.Time()
	s := Span{Name: name, To: today}
	switch name {
	case Days30:
		s.From, s.Before = today.AddDays(-29), today.AddDays(-30)
		s.BeforeFrom = s.Before.AddDays(-29)
	case Year:
		s.From = dateOf(t.Year(), time.January, 1)
		s.BeforeFrom = dateOf(t.Year()-1, time.January, 1)
		s.Before = dateOf(t.Year()-1, t.Month(), min(t.Day(), daysIn(t.Year()-1, t.Month())))
	default:
		s.Name = Quarter
		first := time.Month((int(t.Month())-1)/3*3 + 1)
		s.From = dateOf(t.Year(), first, 1)
		s.BeforeFrom = dateOf(t.Year(), first-3, 1)
		s.Before = min(s.BeforeFrom.AddDays(s.Days()-1), s.From.AddDays(-1))
	}
	s.cut()
	return s
}

func dateOf(y int, m time.Month, d int) clock.Date {
	return clock.Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
}

func daysIn(y int, m time.Month) int { return time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// cut makes the bars: by day as long as there are few, then by week, a year by month.
func (s *Span) cut() {
	by := "week"
	switch n := s.Days(); {
	case n <= 14:
		by = "day"
	case n > 100:
		by = "month"
	}
	for d := s.From; d <= s.To; {
		b := Bucket{From: d, To: d, By: by}
		t := d.Time()
		switch by {
		case "week":
			b.To = d.AddDays((7 - int(t.Weekday())) % 7)
			_, b.N = t.ISOWeek()
		case "month":
			b.N = int(t.Month())
			b.To = dateOf(t.Year(), t.Month(), daysIn(t.Year(), t.Month()))
		default:
			b.N = t.Day()
		}
		b.To = min(b.To, s.To)
		s.Buckets = append(s.Buckets, b)
		d = b.To.AddDays(1)
	}
}

// bucket is the number of the bar of a day, -1 outside of the span.
func (s Span) bucket(d clock.Date) int {
	for i, b := range s.Buckets {
		if d >= b.From && d <= b.To {
			return i
		}
	}
	return -1
}
