package report

import (
	"slices"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
)

// Flow is what was invoiced in one direction, before tax, credit notes taken off: the sum is that of the reports of the same days.
type Flow struct {
	Net, Before money.Minor
	Gross       money.Minor   // with tax: what turns into debts
	Days        int           // over which it was invoiced: those of the span, or since the first invoice where there was none before
	Bars        []money.Minor // by bucket of the span
	Partners    []Part        // the largest, first one first
}

// Part is what one partner has of a figure; a counter's customers have no name and stand together.
type Part struct {
	Partner id.ID
	Name    string
	Counter bool // customers of the counter
	Net     money.Minor
}

// flow adds up what an organisation sold (mine is seller) or bought (mine is buyer).
func (d *desk) flow(mine string) (*Flow, error) {
	f := &Flow{Bars: make([]money.Minor, len(d.span.Buckets))}
	days, err := d.invoiced(mine)
	if err != nil {
		return nil, err
	}
	first := d.span.To
	for _, x := range days {
		first = min(first, x.day)
		if n := d.span.bucket(x.day); n >= 0 {
			f.Bars[n] += x.net
			f.Net += x.net
			f.Gross += x.gross
		}
		if x.day <= d.span.Before {
			f.Before += x.net
		}
	}
	f.Days = d.span.To.Days(max(first, d.span.From)) + 1
	return f, nil
}

// mostParts is how many partners a picture of them names.
const mostParts = 6

// biggest adds the largest partners of a flow.
func (d *desk) biggest(f *Flow, mine, other string) error {
	var rows []struct {
		Partner  id.ID
		Name     string
		Nameless bool
		Net      money.Minor
	}
	err := d.read(&rows, "SELECT i.partner, o.name, o.nameless, i.net FROM (SELECT "+other+" AS partner, SUM(net) AS net FROM invoice WHERE "+mine+
		" = ? AND issued_on >= ? AND issued_on <= ? AND currency = ? GROUP BY "+other+" ORDER BY 2 DESC, 1 LIMIT ?) i JOIN org o ON o.id = i.partner ORDER BY i.net DESC, i.partner",
		d.org, d.span.From, d.span.To, d.cur.Code, mostParts)
	for _, r := range rows {
		f.Partners = append(f.Partners, Part{r.Partner, r.Name, r.Nameless, r.Net})
	}
	return err
}

// Ageing is what is open of invoices, by how far it is from its day: the sums are those of the report of receivables. Claims and
// Commission are what else is owed.
type Ageing struct {
	Total                                           money.Minor // of invoices
	Later, Week, To14, To30, To60, To90, Beyond     money.Minor
	Late                                            money.Minor
	Bills, LateBills, LatePartners, WeekBills, Days int64 // Days: how long it takes to be paid (DSO, DPO); -1 where nothing was invoiced
	Claims, Commission                              money.Minor
	Said                                            Said // of what the organisation owes
}

// Said is what of open invoices is reported as paid and waits to be matched: the sums stay in those of the ageing, as in the books, and
// nobody is asked to pay them again. Bills are those that are reported to the last.
type Said struct {
	Total, Late, Week           money.Minor
	Bills, LateBills, WeekBills int64
}

// add puts so many days over, or to come, what is reported of the bills of a day: whole of them to the last.
func (s *Said) add(over int, said money.Minor, whole int64) {
	s.Total, s.Bills = s.Total+said, s.Bills+whole
	switch {
	case over > 0:
		s.Late, s.LateBills = s.Late+said, s.LateBills+whole
	case over >= -7:
		s.Week, s.WeekBills = s.Week+said, s.WeekBills+whole
	}
}

// unsettled are the states of an invoice of which something is open; a credit note that nothing was set against yet takes off.
const unsettled = "status IN ('open','part') AND currency = ?"

// ageing adds up what is open where an organisation is the creditor (mine is seller) or the debtor.
func (d *desk) ageing(mine, other string, f *Flow) (*Ageing, error) {
	var rows []struct {
		What string // "": open of a day; partners: how many are late; else: N is a purpose of the books
		Day  clock.Date
		Due  money.Minor
		N    int64
	}
	// each status by itself: the index holds the days of each in order, and those of both would have to be sorted
	state := "SELECT '' AS what, due_on AS day, SUM(total - settled) AS due, SUM(CASE WHEN total > settled THEN 1 ELSE 0 END) AS n FROM invoice WHERE " + mine + " = ? AND status = ? AND currency = ? GROUP BY due_on UNION ALL "
	ask := state + state + "SELECT 'partners', '', 0, COUNT(DISTINCT " + other + ") FROM invoice WHERE " + mine + " = ? AND " + unsettled + " AND due_on < ? AND total > settled" +
		" UNION ALL SELECT 'else', '', COALESCE(SUM(b.posted), 0), a.purpose FROM account a JOIN balance b ON b.acct = a.acct WHERE a.org = ? AND a.book = 2 AND a.unit = ? AND a.side = ? AND a.purpose IN (?, ?) GROUP BY a.purpose"
	creditor := map[string]int{"seller": 1, "buyer": -1}[mine]
	if err := d.read(&rows, ask, d.org, "open", d.cur.Code, d.org, "part", d.cur.Code, d.org, d.cur.Code, d.today, d.org, d.cur.ID, creditor, int16(ledger.Claim), int16(ledger.Commission)); err != nil {
		return nil, err
	}
	a := &Ageing{}
	for _, x := range rows {
		switch {
		case x.What == "":
			a.add(d.today.Days(x.Day), x.Due, x.N)
		case x.What == "partners":
			a.LatePartners = x.N
		case x.N == int64(ledger.Claim):
			a.Claims = x.Due * money.Minor(creditor)
		default:
			a.Commission = x.Due * money.Minor(creditor)
		}
	}
	if mine == "buyer" {
		if err := d.saidOf(a); err != nil {
			return nil, err
		}
	}
	a.Late = a.To14 + a.To30 + a.To60 + a.To90 + a.Beyond
	if a.Days = -1; f != nil && f.Gross > 0 {
		if n, ok := (money.Currency{Round: 1}).Share(a.Total, int64(f.Days), int64(f.Gross)); ok {
			a.Days = int64(n)
		}
	}
	return a, nil
}

// add is what is open of a day that is over for so many days; below zero it is to come.
func (a *Ageing) add(over int, due money.Minor, bills int64) {
	a.Total, a.Bills = a.Total+due, a.Bills+bills
	switch {
	case over < -7:
		a.Later += due
	case over <= 0:
		a.Week, a.WeekBills = a.Week+due, a.WeekBills+bills
	case over <= 14:
		a.To14 += due
	case over <= 30:
		a.To30 += due
	case over <= 60:
		a.To60 += due
	case over <= 90:
		a.To90 += due
	default:
		a.Beyond += due
	}
	if over > 0 {
		a.LateBills += bills
	}
}

// Bill is an invoice that is late or falls due.
type Bill struct {
	ID          id.ID
	Number      string
	Partner     id.ID
	PartnerName string
	IssuedOn    clock.Date
	DueOn       clock.Date
	Open        money.Minor
	Said        money.Minor // of it: reported as paid, not matched yet
}

// ToPay is what is open and not reported.
func (b Bill) ToPay() money.Minor { return b.Open - b.Said }

// bills are the first invoices to be paid, the oldest due first; late: only those whose day is over. Of the own ones those are left out
// that are reported as paid to the last.
func (d *desk) bills(mine, other string, late bool, most int) (out []Bill, err error) {
	x := which{side: mine, currency: d.cur.Code, upto: lastDay}
	if late {
		x.upto = d.today.AddDays(-1)
	}
	from, args := "", []any{}
	if mine == "buyer" {
		ids, err := d.first(x, most)
		if err != nil || len(ids) == 0 {
			return nil, err
		}
		from, args = "invoice v JOIN org o ON o.id = v."+other+" WHERE v.id IN ? AND", append(args, ids)
	} else {
		from, args = x.bills(d.org, most)
		from = "(" + from + ") w" + d.s.DB.InOrder() + "invoice v ON v.id = w.id JOIN org o ON o.id = v." + other + " WHERE"
	}
	if err = d.read(&out, "SELECT v.id, v.number, v."+other+" AS partner, o.name AS partner_name, v.issued_on, v.due_on, v.total - v.settled AS open FROM "+from+
		" v."+mine+" = ? ORDER BY v.due_on, v.id LIMIT ?", append(args, d.org, most)...); err != nil {
		return nil, err
	}
	shown := make([]id.ID, len(out))
	for i, b := range out {
		shown[i] = b.ID
	}
	said, err := d.reports(mine).Some(d.read, shown)
	for i := range out {
		out[i].Said = said[out[i].ID]
	}
	return out, err
}

// CashDay is what falls due on a day and is still to be paid: In from partners, Out to them. InSaid and OutSaid fall due then too, and are
// reported as paid already.
type CashDay struct {
	Day             clock.Date
	In, Out         money.Minor
	InSaid, OutSaid money.Minor
}

// calendarWeeks is how far the calendar of cash looks ahead; it begins on the Monday of this week.
const calendarWeeks = 5

// calendar is what falls due by day, and what of it is reported.
func (d *desk) calendar(in, out bool) ([]CashDay, error) {
	first := d.today.AddDays(-(int(d.today.Time().Weekday()) + 6) % 7)
	last := first.AddDays(7*calendarWeeks - 1)
	days := make([]CashDay, 7*calendarWeeks)
	for i := range days {
		days[i].Day = first.AddDays(i)
	}
	for _, side := range []string{"seller", "buyer"} {
		if side == "seller" && !in || side == "buyer" && !out {
			continue
		}
		var rows []struct {
			Day clock.Date
			Due money.Minor
		}
		err := d.read(&rows, "SELECT due_on AS day, SUM(total - settled) AS due FROM invoice WHERE "+side+" = ? AND "+unsettled+" AND due_on >= ? AND due_on <= ? GROUP BY due_on",
			d.org, d.cur.Code, d.today, last)
		if err != nil {
			return nil, err
		}
		said, err := d.saidByDay(side, d.today, last)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if x, said := &days[r.Day.Days(first)], said[r.Day]; side == "seller" {
				x.In, x.InSaid = r.Due-said, said
			} else {
				x.Out, x.OutSaid = r.Due-said, said
			}
		}
	}
	return days, nil
}

// Limits is how far partners have used what they may owe: those with a limit together, and the ones that have the least of it left.
type Limits struct {
	Limit, Used money.Minor
	Partners    int64
	Near        []Near `gorm:"-"`
}

// Near is a partner that has used four fifths of its limit or more; Share in hundredths of a percent.
type Near struct {
	Partner     id.ID
	Name        string
	Used, Limit money.Minor
	Share       int64
}

// mostNear is how many of them are named.
const mostNear = 5

// safeLimit keeps products of limits within whole numbers; a limit beyond it is none that anybody comes near to.
const safeLimit = ledger.NoLimit / 16

func (d *desk) limits() (*Limits, error) {
	var sums []Limits
	const limited = " FROM exposure e JOIN org o ON o.id = e.bill_to WHERE e.seller = ? AND e.currency = ? AND e.limit_amt > 0 AND e.limit_amt < ?"
	err := d.read(&sums, "SELECT COALESCE(SUM(e.limit_amt), 0) AS `limit`, COALESCE(SUM(e.used + e.held), 0) AS used, COUNT(*) AS partners"+limited, d.org, d.cur.ID, safeLimit)
	if err != nil {
		return nil, err
	}
	l := &sums[0]
	err = d.read(&l.Near, "SELECT e.bill_to AS partner, o.name, e.used + e.held AS used, e.limit_amt AS `limit`"+limited+
		" AND (e.used + e.held) * 5 >= e.limit_amt * 4 ORDER BY e.limit_amt - e.used - e.held, e.bill_to LIMIT ?", d.org, d.cur.ID, safeLimit, mostNear)
	for i, n := range l.Near {
		l.Near[i].Share = share(n.Used, n.Limit)
	}
	slices.SortStableFunc(l.Near, func(a, b Near) int { return int(b.Share - a.Share) })
	return l, err
}

// share is how much of a whole a part is, in hundredths of a percent; 0 of nothing.
func share(part, whole money.Minor) int64 {
	if whole == 0 {
		return 0
	}
	n, _ := (money.Currency{Round: 1}).Share(part, 10_000, int64(whole))
	return int64(n)
}

// Loose is money that has come, or is said to have come, and belongs to no invoice yet.
type Loose struct {
	Deposits money.Minor // paid beforehand or too much: stands with us
	Reported money.Minor // said to be paid, not confirmed
	Reports  int64
}

func (d *desk) loose() (*Loose, error) {
	var l []Loose
	err := d.read(&l, "SELECT COALESCE(SUM(amount), 0) AS reported, COUNT(*) AS reports FROM payment WHERE payee = ? AND status = 'reported' AND currency = ?", d.org, d.cur.Code)
	if err != nil {
		return nil, err
	}
	var stand []struct{ Amount money.Minor }
	err = d.read(&stand, "SELECT COALESCE(SUM(b.posted), 0) AS amount FROM account a JOIN balance b ON b.acct = a.acct WHERE a.org = ? AND a.book = 2 AND a.purpose = ? AND a.side = -1 AND a.unit = ?",
		d.org, int16(ledger.Deposit), d.cur.ID)
	if err != nil {
		return nil, err
	}
	l[0].Deposits = -stand[0].Amount
	return &l[0], nil
}

// Room is what a buyer may still order from a seller.
type Room struct {
	Seller            id.ID
	Name              string
	Used, Held, Limit money.Minor
	Unlimited         bool
}

// Left is how much more may be ordered.
func (r Room) Left() money.Minor { return max(0, r.Limit-r.Used-r.Held) }

// rooms are what the organisation may still order, from the sellers with whom it has used most.
func (d *desk) rooms() (out []Room, err error) {
	err = d.read(&out, "SELECT e.seller, o.name, e.used, e.held, e.limit_amt AS `limit` FROM exposure e JOIN org o ON o.id = e.seller WHERE e.bill_to = ? AND e.currency = ? AND e.limit_amt > 0 ORDER BY e.used + e.held DESC, e.seller LIMIT 4",
		d.org, d.cur.ID)
	for i := range out {
		out[i].Unlimited = out[i].Limit >= ledger.NoLimit
	}
	return out, err
}
