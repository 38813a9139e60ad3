package site

import (
	"strings"

	"github.com/a-h/templ"

	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/money"
	"saluran/internal/report"
	"saluran/web/kit"
	"saluran/web/view"
)

func shareOf(part, whole money.Minor) int64 {
	if whole == 0 {
		return 0
	}
	n, _ := (money.Currency{Round: 1}).Share(part, 10_000, int64(whole))
	return int64(n)
}

// blocks are the cards of a page, in the order in which they are looked at. A pair of them fills a row.
func (b board) blocks() []view.Block {
	var left, right []view.Block
	wide := func(x ...view.Block) { left = append(left, x...) }
	side := func(x ...view.Block) { right = append(right, x...) }
	d := b.d
	switch d.Page {
	case "finance":
		wide(b.cashBlock(), b.lateBlock())
		side(b.owedBlock(true), b.owingBlock(), b.dueBlock())
	case "agent":
		wide(b.silentBlock(), b.earnedBlock())
	case "shop":
		wide(b.oftenBlock(), b.reorderBlock())
		side(b.dueBlock(), b.roomsBlock(), b.expiryBlock())
	case "wholesaler":
		wide(b.reorderBlock(), b.flowBlock(), b.marginBlock(), b.lateBlock())
		side(b.owedBlock(false), b.silentBlock(), b.expiryBlock())
	default:
		wide(b.flowBlock(), b.lateBlock(), b.reorderBlock())
		side(b.owedBlock(false), b.partsBlock(), b.roomsBlock(), b.expiryBlock(), b.awayBlock())
	}
	return paired(there(left), there(right))
}

func there(all []view.Block) (out []view.Block) {
	for _, x := range all {
		if x.Body != nil {
			out = append(out, x)
		}
	}
	return out
}

// paired lays wide cards beside narrow ones; what is left over shares rows among itself.
func paired(left, right []view.Block) (out []view.Block) {
	for len(left) > 0 && len(right) > 0 {
		left[0].Size, right[0].Size = "c8", "c4"
		out = append(out, left[0], right[0])
		left, right = left[1:], right[1:]
	}
	rest := append(left, right...)
	for i := range rest {
		rest[i].Size = "c6"
		if i == len(rest)-1 && i%2 == 0 {
			rest[i].Size = "c12"
		}
	}
	return append(out, rest...)
}

// flowBlock is the main picture: what went out beside what came in.
func (b board) flowBlock() view.Block {
	d := b.d
	x := view.Block{ID: "flow", Title: b.t("desk.flow_sold"), Sub: b.period()}
	chart := kit.Bars{Head: b.t("desk.time"), Short: func(v int64) string { return b.short(money.Minor(v)) }, Long: func(v int64) string { return b.full(money.Minor(v)) }}
	for _, k := range d.Span.Buckets {
		short, full := b.bucketLabel(k)
		chart.Labels, chart.Full = append(chart.Labels, short), append(chart.Full, full)
	}
	var said []string
	add := func(key, fill string, f *report.Flow) {
		if f != nil {
			chart.Series = append(chart.Series, kit.Series{Name: b.t(key), Fill: fill, Values: bare(f.Bars)})
			said = append(said, b.t(key)+" "+b.short(f.Net))
		}
	}
	if d.Page == "producer" {
		add("desk.sell_in", "1", d.Sold)
		if d.Through != nil && d.Through.Grantors > 0 {
			add("desk.sell_in_shared", "3", &d.Through.To)
			add("desk.sell_through", "2", d.Through.Flow)
			x.Title, x.Sub = b.t("desk.flow_through"), b.t("desk.flow_through_sub", "n", b.count(d.Through.Grantors))
		}
	} else {
		add("desk.bought", "2", d.Bought)
		add("desk.sales", "1", d.Sold)
		if d.Bought != nil && d.Sold != nil {
			x.Title, x.Sub = b.t("desk.flow_both"), b.t("desk.flow_both_sub")
		} else if d.Bought != nil {
			x.Title = b.t("desk.flow_bought")
		}
	}
	if len(chart.Series) == 0 {
		return view.Block{}
	}
	chart.Finding = b.t("desk.find_bars", "said", strings.Join(said, ", "), "period", b.period())
	x.Body = kit.BarChart(chart)
	return x
}

// owedBlock is what partners owe by age; strict takes the steps of the report of receivables.
func (b board) owedBlock(strict bool) view.Block {
	a := b.d.Owed
	if a == nil {
		return b.owingBlock()
	}
	v := view.DeskAgeing{Currency: b.d.Currency, Total: a.Total, Chart: b.ages(a, strict, "seller"), More: b.besides(a)}
	if l := b.d.Limits; l != nil {
		if l.Limit > 0 {
			v.Note = b.t("desk.limits_note", "limit", b.short(l.Limit), "used", b.percent(shareOf(l.Used, l.Limit)))
		}
		if !strict {
			v.Near = b.near(l)
		}
	}
	return view.Block{ID: "owed", Title: b.t("desk.ageing"), Href: "/invoices?side=seller&status=unpaid", LinkText: b.t("desk.see_all"), Body: view.DeskAgeingBody(v)}
}

func (b board) owingBlock() view.Block {
	a := b.d.Owing
	if a == nil {
		return view.Block{}
	}
	v := view.DeskAgeing{Currency: b.d.Currency, Total: a.Total, Chart: b.ages(a, true, "buyer"), More: b.besides(a)}
	return view.Block{ID: "owing", Title: b.t("desk.ageing_owing"), Href: "/invoices?side=buyer&status=unpaid", LinkText: b.t("desk.see_all"), Body: view.DeskAgeingBody(v)}
}

// ages cuts a debt into its parts; nothing where nothing is owed.
func (b board) ages(a *report.Ageing, strict bool, side string) (out kit.Ageing) {
	if a.Total <= 0 {
		return out
	}
	part := func(key, fill string, m money.Minor, before clock.Date) {
		if m == 0 && strict {
			return
		}
		s := shareOf(m, a.Total)
		p := kit.AgePart{Text: b.t(key), Fill: fill, Share: max(s, 0), Value: b.short(m), Title: b.full(m), Percent: b.percent(s)}
		if before != "" {
			p.Href = "/invoices?side=" + side + "&status=unpaid&due_before=" + string(before)
		}
		out.Parts = append(out.Parts, p)
	}
	if strict {
		part("desk.age_not_due", "1", a.Later+a.Week, "")
		part("desk.age_30", "3", a.To14+a.To30, b.today)
		part("desk.age_60", "2", a.To60, b.today.AddDays(-30))
		part("desk.age_90", "4", a.To90, b.today.AddDays(-60))
		part("desk.age_beyond", "bad", a.Beyond, b.today.AddDays(-90))
	} else {
		part("desk.age_later", "1", a.Later, "")
		part("desk.age_week", "3", a.Week, "")
		part("desk.age_14", "2", a.To14, b.today)
		part("desk.age_15", "bad", a.To30+a.To60+a.To90+a.Beyond, b.today.AddDays(-14))
	}
	out.Finding = b.t("desk.find_ages", "sum", b.short(a.Total), "late", b.short(a.Late), "share", b.percent(shareOf(a.Late, a.Total)))
	return out
}

// besides is what is owed besides invoices.
func (b board) besides(a *report.Ageing) (out []view.DeskPair) {
	if a.Claims != 0 {
		out = append(out, view.DeskPair{Text: b.t("desk.claims"), Value: b.short(a.Claims), Title: b.full(a.Claims)})
	}
	if a.Commission != 0 {
		out = append(out, view.DeskPair{Text: b.t("desk.commission"), Value: b.short(a.Commission), Title: b.full(a.Commission), Href: "/commissions"})
	}
	return out
}

func (b board) near(l *report.Limits) (out []kit.Gauge) {
	for _, n := range l.Near {
		fill := "2"
		if n.Share >= 9500 {
			fill = "bad"
		}
		share := b.percent((n.Share + 50) / 100 * 100)
		out = append(out, kit.Gauge{Text: n.Name, Share: n.Share, Fill: fill, Value: share, Title: b.full(n.Used) + " / " + b.full(n.Limit),
			Finding: b.t("desk.find_near", "name", n.Name, "share", share)})
	}
	return out
}

// lateBlock are the invoices of partners whose day is over.
func (b board) lateBlock() view.Block {
	if b.d.Owed == nil {
		return view.Block{}
	}
	a := b.d.Owed
	v := view.DeskBills{Currency: b.d.Currency, Sum: a.Late, None: b.t("desk.none_late"),
		Count: b.t("desk.late_sum", "bills", b.count(a.LateBills), "partners", b.count(a.LatePartners))}
	return b.bills("late", "desk.late_bills", "/invoices?side=seller&status=unpaid&due_before="+string(b.today), b.d.Late, v)
}

// noBills says that nothing is to be paid: where nothing is open, or all that is was reported.
func (b board) noBills() string {
	if b.d.Owing.Said.Total > 0 {
		return b.t("reported.none")
	}
	return b.t("desk.no_bills")
}

// dueBlock are the own invoices to pay next.
func (b board) dueBlock() view.Block {
	if b.d.Owing == nil {
		return view.Block{}
	}
	a := b.d.Owing
	v := view.DeskBills{Currency: b.d.Currency, Sum: a.Total - a.Said.Total, None: b.noBills(), Count: b.t("desk.bills_n", "n", b.count(a.Bills-a.Said.Bills))}
	out := b.bills("due", "desk.due_bills", "/invoices?side=buyer&status=to_pay", b.d.Due, v)
	if a.Said.Total > 0 {
		out.Sub = b.t("reported.waits", "amount", b.short(a.Said.Total))
	}
	if len(b.d.Due) == 0 && a.Said.Total > 0 {
		out.Href, out.LinkText = "/payments?side=buyer&status=reported", b.t("reported.see")
	}
	return out
}

func (b board) bills(id, title, href string, all []report.Bill, v view.DeskBills) view.Block {
	for _, x := range all {
		v.Rows = append(v.Rows, view.DeskBill{ID: x.ID.String(), Number: x.Number, Partner: x.PartnerName, Due: x.DueOn, Days: b.today.Days(x.DueOn), Open: x.Open, Said: x.Said})
	}
	return view.Block{ID: id, Title: b.t(title), Href: href, LinkText: b.t("desk.see_all"), Flush: len(v.Rows) > 0, Body: view.DeskBillsBody(v)}
}

// partsBlock are the partners with the largest part of the main figure.
func (b board) partsBlock() view.Block {
	f, title := b.d.Sold, "desk.by_partner"
	if b.d.Page == "distributor" && b.d.Bought != nil {
		f, title = b.d.Bought, "desk.by_supplier"
	}
	if f == nil || len(f.Partners) == 0 {
		return view.Block{}
	}
	var rows []kit.Row
	for _, p := range f.Partners {
		name := p.Name
		if p.Counter {
			name = b.t("desk.counter")
		}
		rows = append(rows, kit.Row{Text: name, N: int64(p.Net), Value: b.short(p.Net), Title: b.full(p.Net), Fill: "1", Sub: b.t("desk.of_all", "part", b.percent(shareOf(p.Net, f.Net)))})
	}
	return view.Block{ID: "parts", Title: b.t(title), Sub: b.period(), Body: kit.RowChart(b.t(title), rows)}
}

// cashBlock is what falls due by day, in and out.
func (b board) cashBlock() view.Block {
	if len(b.d.Calendar) == 0 {
		return view.Block{}
	}
	c := kit.Calendar{In: b.t("desk.cash_in"), Out: b.t("desk.cash_out")}
	var in, out, said money.Minor
	for i := range 7 {
		c.Weekdays = append(c.Weekdays, b.t("desk.weekday_"+string(rune('0'+i))))
	}
	for _, x := range b.d.Calendar {
		in, out, said = in+x.In, out+x.Out, said+x.InSaid+x.OutSaid
		c.Days = append(c.Days, kit.CalendarDay{Number: b.count(int64(x.Day.Time().Day())), Name: i18n.Date(b.lang, x.Day), In: int64(x.In), Out: int64(x.Out),
			InText: b.full(x.In), OutText: b.full(x.Out), InSub: b.reported(x.InSaid), OutSub: b.reported(x.OutSaid), Today: x.Day == b.today, Past: x.Day < b.today})
	}
	c.InSum, c.OutSum = b.short(in), b.short(out)
	c.Finding = b.t("desk.find_cash", "in", c.InSum, "out", c.OutSum, "until", i18n.Date(b.lang, b.d.Calendar[len(b.d.Calendar)-1].Day))
	if said > 0 {
		c.Note = b.t("desk.cash_reported", "amount", b.short(said))
	}
	return view.Block{ID: "cash", Title: b.t("desk.calendar"), Sub: b.t("desk.calendar_sub"), Body: kit.CashCalendar(c)}
}

// reported is what of a day is reported as paid, "" for nothing.
func (b board) reported(said money.Minor) string {
	if said == 0 {
		return ""
	}
	return b.t("desk.cash_said", "amount", b.full(said))
}

// block is a card of a list, empty where the list is.
func listBlock(id, title, sub string, n int, flush bool, body templ.Component) view.Block {
	if n == 0 {
		return view.Block{}
	}
	return view.Block{ID: id, Title: title, Sub: sub, Flush: flush, Body: body}
}
