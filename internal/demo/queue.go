package demo

import (
	"container/heap"
	"errors"
	"fmt"
	"time"

	"saluran/internal/clock"
	"saluran/internal/errs"
)

// event is something that will be done at a moment.
type event struct {
	at   clock.Instant
	n    int
	what string
	do   func() error
}

type queue []event

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].n < q[j].n
}
func (q *queue) Push(x any) { *q = append(*q, x.(event)) }
func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}

// moment is an hour (with its fraction) of a day in Indonesia's west.
func moment(d clock.Date, hour float64) clock.Instant {
	return clock.At(d.Time()).Add(time.Duration((hour - 7) * float64(time.Hour)))
}

// on puts an event into the queue: so many days after the first, at an hour. Nobody works on Sundays.
func (l *load) on(day int, hour float64, what string, do func() error) {
	d := l.start.AddDays(day)
	if d.Time().Weekday() == time.Sunday {
		d = d.AddDays(1)
	}
	l.push(moment(d, hour), what, do)
}

// latest puts an event into the last working day of the demonstration.
func (l *load) latest(hour float64, what string, do func() error) {
	d := l.today.AddDays(-1)
	if d.Time().Weekday() == time.Sunday {
		d = d.AddDays(-1)
	}
	l.push(moment(d, hour), what, do)
}

func (l *load) push(at clock.Instant, what string, do func() error) {
	l.serial++
	heap.Push(&l.queue, event{at, l.serial, what, do})
}

// later puts an event so many days after the present one, at an hour of the working day that chance chooses; 0 days is two
// hours later.
func (l *load) later(days int, what string, do func() error) {
	if days <= 0 {
		l.push(l.now().Add(time.Duration(30+l.rnd.IntN(150))*time.Minute), what, do)
		return
	}
	today := l.now().In(wib)
	l.on(today.Days(l.start)+days, 8+7*l.rnd.Float64(), what, do)
}

// now is the present moment, without moving it.
func (l *load) now() clock.Instant { return l.clock.Now() }

// live lets the days pass, until the evening before today.
func (l *load) live() error {
	end := moment(l.today, 0)
	done := 0
	for len(l.queue) > 0 {
		e := heap.Pop(&l.queue).(event)
		if e.at >= end {
			return nil
		}
		if e.at > l.now() {
			l.clock.Set(e.at)
		}
		if err := l.ctx.Err(); err != nil {
			return err
		}
		if err := e.do(); err != nil {
			return fmt.Errorf("%s, %s: %w", l.now().RFC3339(), e.what, err)
		}
		if done++; done%1000 == 0 {
			l.say("%s: %d things done", l.now().In(wib), done)
		}
	}
	return nil
}

// unless is nil where err bears one of the codes: what may happen in the trade, and is no failure of the demonstration.
func unless(err error, codes ...string) error {
	var e *errs.Error
	if errors.As(err, &e) {
		for _, c := range codes {
			if e.Code == c {
				return nil
			}
		}
	}
	return err
}

// chance is true so many times of a hundred.
func (l *load) chance(percent int) bool { return l.rnd.IntN(100) < percent }
