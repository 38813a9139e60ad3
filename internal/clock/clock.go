// Package clock is time as an argument: instants in microseconds UTC, business dates in the seller's zone.
package clock

import (
	"fmt"
	"sync"
	"time"
)

// Instant is a moment in microseconds since 1970 UTC. It is stored as BIGINT on both engines.
type Instant int64

// Date is a business date "YYYY-MM-DD" in the zone of the seller. It is stored as CHAR(10).
type Date string

// Clock tells the time. Everything below app takes one.
type Clock interface{ Now() Instant }

// System is the machine's clock.
type System struct{}

// Now is the machine's time.
func (System) Now() Instant { return At(time.Now()) }

// Fixed is a clock that stands until it is moved: for tests and for the demonstration.
type Fixed struct {
	mu sync.Mutex
	at Instant
}

// NewFixed makes a clock that stands at t.
func NewFixed(t Instant) *Fixed { return &Fixed{at: t} }

// Now is where the clock stands; each reading moves it one microsecond, so that no two events coincide.
func (f *Fixed) Now() Instant {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at++
	return f.at
}

// Set moves the clock.
func (f *Fixed) Set(t Instant) { f.mu.Lock(); f.at = t; f.mu.Unlock() }

// At converts from time.Time.
func At(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time converts to time.Time, UTC.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

// Add moves an instant.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Microseconds()) }

// RFC3339 is the instant as the API shows it.
func (i Instant) RFC3339() string { return i.Time().Format("2006-01-02T15:04:05.000000Z") }

// In is the business date of the instant in a zone ("Asia/Jakarta"); an unknown zone counts as UTC.
func (i Instant) In(zone string) Date { return Date(i.Time().In(Zone(zone)).Format(time.DateOnly)) }

// Zone finds a location, once for each name; the tz data is embedded in the program (main imports time/tzdata). An unknown zone
// is UTC.
func Zone(name string) *time.Location {
	if l, ok := zones.Load(name); ok {
		return l.(*time.Location)
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC // not kept: names come from outside
	}
	zones.Store(name, l)
	return l
}

var zones sync.Map

// ParseDate accepts YYYY-MM-DD of the calendar and nothing else.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1900 || t.Year() > 9999 {
		return "", fmt.Errorf("not a date (YYYY-MM-DD): %q", s)
	}
	return Date(s), nil
}

// Time is midnight UTC of the date.
func (d Date) Time() time.Time {
	t, _ := time.Parse(time.DateOnly, string(d))
	return t
}

// lastDate is the last that has four figures for its year, and so sorts as text.
const lastDate Date = "9999-12-31"

// AddDays moves a date; never beyond the last one that can be written.
func (d Date) AddDays(n int) Date {
	t := d.Time().AddDate(0, 0, n)
	if t.Year() > 9999 {
		return lastDate
	}
	return Date(t.Format(time.DateOnly))
}

// Days is the number of days from e to d.
func (d Date) Days(e Date) int { return int(d.Time().Sub(e.Time()).Hours() / 24) }

// Noon is twelve o'clock of the date in a zone: the effective instant of a document that has only a date.
func (d Date) Noon(zone string) Instant {
	t := d.Time()
	return At(time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, Zone(zone)))
}
