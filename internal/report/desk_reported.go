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

// billSaid is an open bill of which something is reported as paid.
type billSaid struct {
	day        clock.Date
	currency   string
	open, said money.Minor
}

// whole tells that it is reported to the last: nobody is asked to pay it.
func (b billSaid) whole() bool { return b.open > 0 && b.said >= b.open }

// said is what is reported of the open bills of a side: read once, whatever of the page asks for it.
func (d *desk) said(side string) (map[id.ID]billSaid, error) {
	if all, ok := d.reported[side]; ok {
		return all, nil
	}
	query, args := reported.Of{Side: side, Org: d.org}.Bills()
	rows, err := d.s.DB.R(d.ctx).Raw("SELECT b.id, b.currency, b.due_on, b.open, b.said FROM ("+query+") b", args...).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[id.ID]billSaid{}
	for rows.Next() {
		var no, open, said int64
		var x billSaid
		if err := rows.Scan(&no, &x.currency, (*string)(&x.day), &open, &said); err != nil {
			return nil, err
		}
		x.open, x.said = money.Minor(open), money.Minor(said)
		all[id.ID(no)] = x
	}
	d.reported[side] = all
	return all, rows.Err()
}

// saidOf adds to an ageing of what the organisation owes what of it is reported.
func (d *desk) saidOf(a *Ageing) error {
	all, err := d.said("buyer")
	for _, b := range all {
		if b.currency != d.cur.Code {
			continue
		}
		whole := int64(0)
		if b.whole() {
			whole = 1
		}
		a.Said.add(d.today.Days(b.day), b.said, whole)
	}
	return err
}

// saidByDay is what is reported of the bills that fall due from one day to another.
func (d *desk) saidByDay(side string, from, to clock.Date) (map[clock.Date]money.Minor, error) {
	all, err := d.said(side)
	out := map[clock.Date]money.Minor{}
	for _, b := range all {
		if b.currency == d.cur.Code && b.day >= from && b.day <= to {
			out[b.day] += b.said
		}
	}
	return out, err
}

// saidSome is what is reported of some bills: of few it is told sooner than of all, where all are not known yet.
func (d *desk) saidSome(side string, bills []Bill) (map[id.ID]money.Minor, error) {
	all, ok := d.reported[side]
	out, ids := map[id.ID]money.Minor{}, make([]id.ID, len(bills))
	for i, b := range bills {
		ids[i], out[b.ID] = b.ID, all[b.ID].said
	}
	if ok {
		return out, nil
	}
	return reported.Of{Side: side, Org: d.org}.Some(d.read, ids)
}

// lastDay is after every day on which a bill may be due.
const lastDay = clock.Date("9999-12-31")

// which says which bills of a side are meant.
type which struct {
	side     string
	currency string     // "" for any
	upto     clock.Date // the last day on which they are due
}

// bills asks for the first of them to be paid, of each status as many: each is read by the index in the order of its days.
func (x which) bills(org id.ID, most int) (query string, args []any) {
	cond := x.side + " = ? AND status = ? AND kind = 'invoice' AND due_on <= ?"
	if x.currency != "" {
		cond += " AND currency = ?"
	}
	var parts []string
	for _, status := range []string{"open", "part"} {
		parts = append(parts, "SELECT * FROM (SELECT id, due_on FROM invoice WHERE "+cond+" ORDER BY due_on, id LIMIT ?) "+status+"_bills")
		args = append(args, org, status, x.upto)
		if x.currency != "" {
			args = append(args, x.currency)
		}
		args = append(args, most)
	}
	return strings.Join(parts, " UNION ALL "), args
}

// first are the first bills to be paid, the oldest due first, without those that are reported to the last: no more are read than there may
// be of those.
func (d *desk) first(x which, most int) ([]id.ID, error) {
	said, err := d.said(x.side)
	if err != nil {
		return nil, err
	}
	type bill struct {
		no  id.ID
		day clock.Date
	}
	var found []bill
	query, args := x.bills(d.org, most+len(said))
	rows, err := d.s.DB.R(d.ctx).Raw(query, args...).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var no int64
		var day string
		if err := rows.Scan(&no, &day); err != nil {
			return nil, err
		}
		if b := (bill{id.ID(no), clock.Date(day)}); !said[b.no].whole() {
			found = append(found, b)
		}
	}
	slices.SortFunc(found, func(a, b bill) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.no, b.no)) })
	var out []id.ID
	for _, b := range found[:min(len(found), most)] {
		out = append(out, b.no)
	}
	return out, rows.Err()
}
