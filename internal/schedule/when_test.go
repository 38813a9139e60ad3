package schedule

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
)

func at(zone, s string) clock.Instant {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, clock.Zone(zone))
	if err != nil {
		panic(err)
	}
	return clock.At(t)
}

func TestTheNextDateIsThatOfTheZone(t *testing.T) {
	const wib, wit = "Asia/Jakarta", "Asia/Jayapura"
	for name, x := range map[string]struct {
		s           Schedule
		after, want string
	}{
		"today still":          {Schedule{Every: Daily, AtMinute: 420, Zone: wib}, "2026-03-10 06:59", "2026-03-10 07:00"},
		"on the minute":        {Schedule{Every: Daily, AtMinute: 420, Zone: wib}, "2026-03-10 07:00", "2026-03-11 07:00"},
		"the end of the year":  {Schedule{Every: Daily, AtMinute: 0, Zone: wib}, "2026-12-31 00:00", "2027-01-01 00:00"},
		"monday from a monday": {Schedule{Every: Weekly, OnDay: 1, AtMinute: 420, Zone: wib}, "2026-03-09 08:00", "2026-03-16 07:00"},
		"sunday":               {Schedule{Every: Weekly, OnDay: 7, AtMinute: 420, Zone: wib}, "2026-03-09 08:00", "2026-03-15 07:00"},
		"the first":            {Schedule{Every: Monthly, OnDay: 1, AtMinute: 420, Zone: wib}, "2026-03-01 07:01", "2026-04-01 07:00"},
		"the last":             {Schedule{Every: Monthly, OnDay: 28, AtMinute: 1439, Zone: wib}, "2026-02-01 00:00", "2026-02-28 23:59"},
		"another zone":         {Schedule{Every: Daily, AtMinute: 420, Zone: wit}, "2026-03-10 06:59", "2026-03-10 07:00"},
	} {
		require.Equal(t, at(x.s.Zone, x.want), x.s.next(at(x.s.Zone, x.after)), name)
	}
	require.Equal(t, at(wib, "2026-03-10 05:00"), Schedule{Every: Daily, AtMinute: 420, Zone: wit}.next(at(wib, "2026-03-10 04:59")), "seven in Jayapura is five in Jakarta")
}

// TestAReportIsOfTheDaysThatHaveEnded and of all that passed while nothing ran, so that none is missing.
func TestAReportIsOfTheDaysThatHaveEnded(t *testing.T) {
	for name, x := range map[string]struct {
		every, span, due, now string
		from, to              clock.Date
	}{
		"yesterday":              {Daily, "before", "2026-03-01 07:00", "2026-03-01 07:00", "2026-02-28", "2026-02-28"},
		"three days too late":    {Daily, "before", "2026-03-10 07:00", "2026-03-13 09:00", "2026-03-09", "2026-03-12"},
		"last week":              {Weekly, "before", "2026-03-11 07:00", "2026-03-11 07:00", "2026-03-02", "2026-03-08"},
		"last week on a sunday":  {Weekly, "before", "2026-03-15 07:00", "2026-03-15 07:00", "2026-03-02", "2026-03-08"},
		"last week on a monday":  {Weekly, "before", "2026-03-09 07:00", "2026-03-09 07:00", "2026-03-02", "2026-03-08"},
		"two weeks, too late":    {Weekly, "before", "2026-03-09 07:00", "2026-03-17 07:00", "2026-03-02", "2026-03-15"},
		"last month":             {Monthly, "before", "2026-03-01 07:00", "2026-03-01 07:00", "2026-02-01", "2026-02-28"},
		"last month of the year": {Monthly, "before", "2026-01-05 07:00", "2026-01-05 07:00", "2025-12-01", "2025-12-31"},
		"month so far":           {Daily, "month", "2026-03-31 07:00", "2026-04-02 07:00", "2026-03-01", "2026-04-02"},
		"year so far":            {Daily, "year", "2026-03-31 07:00", "2026-03-31 07:00", "2026-01-01", "2026-03-31"},
		"all":                    {Daily, "all", "2026-03-31 07:00", "2026-03-31 07:00", "", ""},
	} {
		s := Schedule{Every: x.every, Zone: "Asia/Jakarta", Asked: `{"report":"payment-sheet","span":"` + x.span + `"}`}
		from, to := s.days(at(s.Zone, x.due), at(s.Zone, x.now))
		require.Equal(t, [2]clock.Date{x.from, x.to}, [2]clock.Date{from, to}, name)
	}
}
