package report

import (
	"cmp"
	"slices"
	"sync"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
)

// What was invoiced on a day changes by nothing but further invoices: those that are filed stay as they are (see package ledger). So the
// sums of days are remembered for whoever has very many, with the journal up to which they were added up, and only what was filed since is
// added. The hash of that journal proves that the books are still the same: after a restore they may be others.

// dayNet is what was invoiced on a day.
type dayNet struct {
	day        clock.Date
	net, gross money.Minor
}

// daysOf says whose days: of an organisation on a side, in a currency.
type daysOf struct {
	org            id.ID
	side, currency string
}

// daysKnown are the days from one on, as of a journal. It is never changed: what is added makes another.
type daysKnown struct {
	from clock.Date
	seq  int64
	hash string
	all  []dayNet // by day
}

const (
	worthKnowing = 5000 // from how many invoices on they are remembered
	mostKnown    = 256  // how many are remembered at most
	longSince    = 5000 // journals after which they are added up anew: to look for an organisation's own among so many takes as long
)

// daysMemory is safe for use by many.
type daysMemory struct {
	mu    sync.Mutex
	days  map[daysOf]*daysKnown
	worth int64 // worthKnowing, where it is 0; tests set it
}

func (m *daysMemory) get(k daysOf) *daysKnown {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.days[k]
}

func (m *daysMemory) put(k daysOf, v *daysKnown) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.days == nil || len(m.days) >= mostKnown && m.days[k] == nil {
		m.days = map[daysOf]*daysKnown{}
	}
	m.days[k] = v
}

// invoiced is what an organisation invoiced (mine is seller), or was invoiced, on each day of the span and the one before it.
func (d *desk) invoiced(mine string) ([]dayNet, error) {
	k, from := daysOf{d.org, mine, d.cur.Code}, d.span.BeforeFrom
	known := d.s.days.get(k)
	if known != nil {
		head, err := d.headAfter(known)
		if err != nil {
			return nil, err
		}
		switch {
		case head < known.seq || head > known.seq+longSince || from < known.from:
			from, known = min(from, known.from), nil
		case head == known.seq:
			return known.within(d.span), nil
		}
	}
	fresh, n, err := d.addUp(k, from, known)
	if err != nil {
		return nil, err
	}
	if known != nil || n >= cmp.Or(d.s.days.worth, worthKnowing) {
		d.s.days.put(k, fresh)
	}
	return fresh.within(d.span), nil
}

// headAfter is the last journal of the books, -1 where they are not those any more of which something is known.
func (d *desk) headAfter(known *daysKnown) (int64, error) {
	var head []int64
	err := d.s.DB.R(d.ctx).Raw("SELECT l.seq FROM lane l JOIN journal j ON j.seq = ? WHERE l.lane = 0 AND HEX(j.hash) = ?", known.seq, known.hash).Scan(&head).Error
	if err != nil || len(head) == 0 {
		return -1, err
	}
	return head[0], nil
}

// addUp adds up days and says of how many invoices, by one statement, which sees the books as of one journal: from a day on, or, where
// something is known, what was filed since, beside that.
func (d *desk) addUp(k daysOf, from clock.Date, known *daysKnown) (*daysKnown, int64, error) {
	var rows []struct {
		Day        clock.Date
		Net, Gross money.Minor
		N          int64
		Hash       string
	}
	cond, args := k.side+" = ? AND issued_on >= ? AND currency = ?", []any{k.org, from, k.currency}
	if known != nil { // by the journal, and not by the index of the side, which holds all
		cond, args = "(seller = ? OR buyer = ? OR agent = ?) AND "+k.side+" + 0 = ? AND issued_on >= ? AND currency = ? AND seq > ?", []any{k.org, k.org, k.org, k.org, known.from, k.currency, known.seq}
	}
	err := d.read(&rows, "SELECT '' AS day, seq AS net, 0 AS gross, 0 AS n, HEX(hash) AS hash FROM lane WHERE lane = 0 UNION ALL SELECT issued_on, SUM(net), SUM(total), COUNT(*), '' FROM invoice WHERE "+cond+" GROUP BY issued_on", args...)
	if err != nil {
		return nil, 0, err
	}
	out, n := &daysKnown{from: from}, int64(0)
	sums := map[clock.Date]dayNet{}
	if known != nil {
		out.from = known.from
		for _, x := range known.all {
			sums[x.day] = x
		}
	}
	for _, r := range rows {
		if r.Day == "" {
			out.seq, out.hash = int64(r.Net), r.Hash
			continue
		}
		x := sums[r.Day]
		sums[r.Day], n = dayNet{r.Day, x.net + r.Net, x.gross + r.Gross}, n+r.N
	}
	for _, x := range sums {
		out.all = append(out.all, x)
	}
	slices.SortFunc(out.all, func(a, b dayNet) int { return cmp.Compare(a.day, b.day) })
	return out, n, nil
}

// within are the days of a span and the one before it.
func (k *daysKnown) within(s Span) (out []dayNet) {
	for _, x := range k.all {
		if x.day >= s.BeforeFrom && x.day <= s.To {
			out = append(out, x)
		}
	}
	return out
}
