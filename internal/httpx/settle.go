package httpx

import (
	"cmp"
	"context"
	"slices"
	"time"

	"saluran/internal/db"
)

// mostTold is of how many callers the database is told at once: the busiest.
const mostTold = 200

// talker is what is to be said of a caller, and what comes back.
type talker struct {
	caller
	who             string
	here, add       int64
	others, earlier int64
}

// Settle tells the database what the busiest did here, and learns what they did elsewhere. It writes nothing where nobody asks
// for much.
func (l *Limiter) Settle(ctx context.Context) error {
	if l == nil {
		return nil
	}
	now := int64(l.clock.Now()) / spanUs
	all := l.busiest(now)
	if len(all) == 0 {
		return nil
	}
	err := l.d.InTx(ctx, func(ctx context.Context) error {
		for i := range all {
			all[i].others, all[i].earlier = 0, 0
			if err := l.tell(ctx, now, all[i]); err != nil {
				return err
			}
		}
		if err := l.learn(ctx, now, all); err != nil {
			return err
		}
		return l.d.W(ctx).Exec("DELETE FROM rate_count WHERE span < ?", now-1).Error
	})
	if err == nil {
		l.keep(now, all)
	}
	return err
}

// busiest are those who have used up an eighth of what they may, in an order that all instances have; others who are long gone are
// forgotten.
func (l *Limiter) busiest(now int64) (all []talker) {
	for i := range l.parts {
		p := &l.parts[i]
		p.Lock()
		for who, k := range p.m {
			k.roll(now)
			if k.here+k.before+k.others+k.othersBefore == 0 {
				p.seen.Remove(k.at)
				delete(p.m, who)
				continue
			}
			rate := l.rate.Account
			if who.kind == 'a' {
				rate = l.rate.Address
			}
			if (k.here+k.others)*8 >= int64(rate)*int64(spanFor/time.Second) {
				all = append(all, talker{caller: who, here: k.here, add: k.here - k.told})
			}
		}
		p.Unlock()
	}
	slices.SortFunc(all, func(a, b talker) int { return cmp.Compare(b.here, a.here) })
	all = all[:min(len(all), mostTold)]
	for i := range all {
		all[i].who = all[i].caller.who()
	}
	slices.SortFunc(all, func(a, b talker) int { return cmp.Compare(a.who, b.who) })
	return all
}

func (l *Limiter) tell(ctx context.Context, now int64, x talker) error {
	if x.add == 0 {
		return nil
	}
	for range 2 {
		r := l.d.W(ctx).Exec("UPDATE rate_count SET n = n + ? WHERE who = ? AND span = ?", x.add, x.who, now)
		if r.Error != nil || r.RowsAffected > 0 {
			return r.Error
		}
		err := l.d.W(ctx).Exec("INSERT INTO rate_count (who, span, n) VALUES (?, ?, ?)", x.who, now, x.add).Error
		if db.Classify(err) != db.Duplicate {
			return err
		}
	}
	return nil
}

func (l *Limiter) learn(ctx context.Context, now int64, all []talker) error {
	names, place := make([]string, len(all)), make(map[string]int, len(all))
	for i, x := range all {
		names[i], place[x.who] = x.who, i
	}
	var rows []struct {
		Who     string
		Span, N int64
	}
	if err := l.d.W(ctx).Raw("SELECT who, span, n FROM rate_count WHERE who IN ? AND span >= ?", names, now-1).Scan(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		x := &all[place[r.Who]]
		if r.Span == now {
			x.others = max(0, r.N-x.here)
		} else {
			x.earlier = r.N
		}
	}
	return nil
}

// keep remembers what was learnt, where the span is still the same.
func (l *Limiter) keep(now int64, all []talker) {
	for _, x := range all {
		p := &l.parts[x.part()]
		p.Lock()
		if k := p.m[x.caller]; k != nil && k.span == now {
			k.told, k.others = x.here, x.others
			k.othersBefore = max(k.othersBefore, x.earlier-k.before)
		}
		p.Unlock()
	}
}
