package visit

import (
	"time"

	"saluran/internal/clock"
)

// Days and weeks of a stop are bits: Monday is 1, Tuesday 2 …; the weeks of the cycle 1, 2, 4, 8.
const (
	EveryDay  = 127
	EveryWeek = 15
)

// Bit is the bit of a day of the week.
func Bit(d time.Weekday) int64 { return 1 << ((int(d) + 6) % 7) }

// cycleFrom is a Monday: the first day of a first week of the cycle.
var cycleFrom = clock.Date("1970-01-05")

// Week is the week of the cycle of four in which a day lies: 1, 2, 3 or 4.
func Week(on clock.Date) int {
	w := on.Days(cycleFrom)
	if w < 0 { // before the count begins
		w -= 6
	}
	return ((w/7)%4+4)%4 + 1
}

// Due tells whether a stop is due on a day.
func (s Stop) Due(on clock.Date) bool {
	return s.From <= on && on <= s.Until && s.Weekdays&Bit(on.Time().Weekday()) != 0 && s.Weeks&(1<<(Week(on)-1)) != 0
}
