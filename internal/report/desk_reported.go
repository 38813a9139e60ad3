package report

import (
	"cmp"
	"slices"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/reported"
)

// daySaid is what is reported as paid of the open bills that fall due on a day: whole of them to the last.
type daySaid struct {
	day   clock.Date
	said  money.Minor
	whole int64
}

// reports are those of a side that wait, with what the page has learnt of them so far.
func (d *desk) reports(side string) *reported.Of {
	if d.waiting[side] == nil {
		if d.waiting == nil {
			d.waiting = map[string]*reported.Of{}
		}
		d.waiting[side] = &reported.Of{Side: side, Org: d.org}
	}
	return d.waiting[side]
}

// said is what is reported of the open bills of a side, by their days: summed up once, whatever of the page asks for it.
func (d *desk) said(side string) ([]daySaid, error) {
	if all, ok := d.reported[side]; ok {
		return all, nil
	}
	of := d.reports(side)
	all, unnamed, err := d.saidOn(*of, true)
	if err == nil && unnamed {
		all, _, err = d.saidOn(*of, false)
	}
	if err != nil {
		return nil, err
	}
	of.Learn(unnamed)
	d.reported[side] = all
	return all, nil
}

// saidOn sums up what is reported by days: as if every report named its bills, and then whether one does not, or all of it.
func (d *desk) saidOn(of reported.Of, named bool) (all []daySaid, unnamed bool, err error) {
	var rows []struct {
		Day   clock.Date
		Said  money.Minor
		Whole int64
	}
	of.Named = named
	query, args := of.Bills()
	query = "SELECT b.due_on AS day, SUM(b.said) AS said, SUM(CASE WHEN b.said >= b.open THEN 1 ELSE 0 END) AS whole FROM (" + query + ") b WHERE b.currency = ? GROUP BY b.due_on"
	args = append(args, d.cur.Code)
	if named {
		loose, more := of.Unnamed()
		query, args = query+" UNION ALL SELECT '', 0, u.n FROM ("+loose+") u", append(args, more...)
	}
	if err := d.read(&rows, query, args...); err != nil {
		return nil, false, err
	}
	for _, r := range rows {
		if r.Day == "" {
			unnamed = r.Whole > 0
			continue
		}
		all = append(all, daySaid{r.Day, r.Said, r.Whole})
	}
	return all, unnamed, nil
}

// saidOf adds to an ageing of what the organisation owes what of it is reported.
func (d *desk) saidOf(a *Ageing) error {
	all, err := d.said("buyer")
	for _, b := range all {
		a.Said.add(d.today.Days(b.day), b.said, b.whole)
	}
	return err
}

// saidByDay is what is reported of the bills that fall due from one day to another.
func (d *desk) saidByDay(side string, from, to clock.Date) (map[clock.Date]money.Minor, error) {
	all, err := d.said(side)
	out := map[clock.Date]money.Minor{}
	for _, b := range all {
		if b.day >= from && b.day <= to {
			out[b.day] += b.said
		}
	}
	return out, err
}

// lastDay is after every day on which a bill may be due.
const lastDay = clock.Date("9999-12-31")

// which says which bills of a side are meant.
type which struct {
	side     string
	currency string       // "" for any
	upto     clock.Date   // the last day on which they are due
	left     *reported.Of // leave those out that are reported to the last, by these reports
}

// bills asks for the first of them to be paid, of each status as many: each is read by the index in the order of its days.
func (x which) bills(org id.ID, most int) (query string, args []any) {
	cond := x.side + " = ? AND status = ? AND kind = 'invoice' AND due_on <= ?"
	if x.currency != "" {
		cond += " AND currency = ?"
	}
	var reports []any
	if x.left != nil {
		left, args := x.left.Left()
		cond, reports = cond+" AND "+left, args
	}
	var parts []string
	for _, status := range []string{"open", "part"} {
		parts = append(parts, "SELECT * FROM (SELECT id, due_on AS day, total - settled AS open FROM invoice v WHERE "+cond+" ORDER BY due_on, id LIMIT ?) "+status+"_bills")
		args = append(args, org, status, x.upto)
		if x.currency != "" {
			args = append(args, x.currency)
		}
		args = append(append(args, reports...), most)
	}
	return strings.Join(parts, " UNION ALL "), args
}

// looked is how many bills more than are wanted are looked at, for those that are reported to the last: of a few it is told by the bill.
const looked = 24

// toPay is a bill to be paid.
type toPay struct {
	ID   id.ID
	Day  clock.Date
	Open money.Minor
}

func sooner(a, b toPay) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.ID, b.ID)) }

// unreported are the first bills to be paid of which something is left, where very many of the oldest are reported: where reports name
// their bills they are read in their order until there are enough, else the whole list of what is reported is held against them.
func (d *desk) unreported(x which, of reported.Of, most int) (found []toPay, err error) {
	if of.Named {
		x.left = &of
		query, args := x.bills(d.org, most)
		err = d.read(&found, query, args...)
		slices.SortFunc(found, sooner)
		return found, err
	}
	whole, more := of.Whole()
	err = d.read(&found, "SELECT v.id, v.due_on AS day, v.total - v.settled AS open FROM invoice v WHERE v."+x.side+" = ? AND v.status IN ('open','part') AND v.kind = 'invoice' AND v.due_on <= ?"+
		" AND (? = '' OR v.currency = ?) AND v.id NOT IN ("+whole+") ORDER BY v.due_on, v.id LIMIT ?", append(append([]any{d.org, x.upto, x.currency, x.currency}, more...), most)...)
	return found, err
}

// first are the first bills to be paid, the oldest due first, without those that are reported to the last.
func (d *desk) first(x which, most int) ([]id.ID, error) {
	var found []toPay
	query, args := x.bills(d.org, most+looked)
	if err := d.read(&found, query, args...); err != nil {
		return nil, err
	}
	slices.SortFunc(found, sooner)
	all := len(found) < most+looked
	found = found[:min(len(found), most+looked)]
	ids := make([]id.ID, len(found))
	for i, b := range found {
		ids[i] = b.ID
	}
	of := d.reports(x.side)
	said, err := of.Some(d.read, ids)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(b toPay) bool { return b.Open > 0 && said[b.ID] >= b.Open })
	if len(found) < most && !all { // nearly all of the oldest are reported: they are asked for without those
		if found, err = d.unreported(x, *of, most); err != nil {
			return nil, err
		}
	}
	var out []id.ID
	for _, b := range found[:min(len(found), most)] {
		out = append(out, b.ID)
	}
	return out, nil
}
