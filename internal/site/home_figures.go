package site

import (
	"saluran/internal/report"
	"saluran/web/kit"
)

// figures are the cards of numbers of a page: at most four.
func (b board) figures() (out []kit.Figure) {
	d := b.d
	add := func(there bool, f func() kit.Figure) {
		if there && len(out) < 4 {
			out = append(out, f())
		}
	}
	switch d.Page {
	case "finance":
		add(d.Owed != nil, func() kit.Figure { return b.daysFigure("desk.dso", d.Owed.Days, b.t("desk.dso_note")) })
		add(d.Owing != nil, func() kit.Figure { return b.daysFigure("desk.dpo", d.Owing.Days, b.t("desk.dpo_note")) })
		add(d.Owed != nil, b.lateFigure)
		add(d.Cash != nil, b.cashFigure)
	case "agent":
		add(d.Earned != nil, b.earnedFigure)
		add(d.Earned != nil, func() kit.Figure {
			return b.moneyFigure("desk.earned_on", d.Earned.Base, "", "", b.t("desk.earned_on_note"), "")
		})
		add(d.Earned != nil, func() kit.Figure {
			return b.moneyFigure("desk.commission_due", d.Earned.Due, "", "", b.t("desk.commission_due_note"), "/commissions")
		})
		add(d.Silence != nil, b.silenceFigure)
	case "shop":
		add(len(d.Rooms) > 0, b.roomFigure)
		add(d.Owing != nil, b.nextBillFigure)
		add(d.Bought != nil, func() kit.Figure { return b.flowFigure("desk.bought", "1", d.Bought, 0) })
		add(d.Owing != nil && d.Owing.Late > d.Owing.Said.Late, func() kit.Figure {
			a := d.Owing
			return b.moneyFigure("home.fig_overdue", a.Late-a.Said.Late, "", "bad", b.t("desk.bills_n", "n", b.count(a.LateBills-a.Said.LateBills)), "")
		})
	case "distributor":
		add(d.Sold != nil, func() kit.Figure { return b.flowFigure("desk.sold_on", "1", d.Sold, 1) })
		add(d.Fill != nil, b.fillFigure)
		add(d.Cover != nil, b.coverFigure)
		add(d.Owed != nil && d.Owing != nil, b.gapFigure)
	case "wholesaler":
		add(d.Sold != nil, func() kit.Figure { return b.flowFigure("desk.sales", "1", d.Sold, 1) })
		add(d.Margin != nil, b.marginFigure)
		add(d.Cover != nil, b.coverFigure)
		add(d.Owed != nil, b.owedFigure)
	default:
		add(d.Sold != nil, func() kit.Figure { return b.flowFigure("desk.sell_in", "1", d.Sold, 1) })
		add(d.Through != nil, b.throughFigure)
		add(d.Owed != nil, b.owedFigure)
		add(d.Cover != nil, b.coverFigure)
		add(d.Fill != nil, b.fillFigure)
		add(d.Expiry != nil && !d.Money, b.expiryFigure)
		add(d.Cover != nil && !d.Money, b.lowFigure)
	}
	add(d.Bought != nil && d.Sold == nil && d.Page != "shop", func() kit.Figure { return b.flowFigure("desk.bought", "2", d.Bought, 0) })
	add(d.Owing != nil && d.Owed == nil && d.Page != "shop" && d.Page != "finance", func() kit.Figure {
		return b.moneyFigure("home.fig_payable", d.Owing.Total, "", "", b.t("desk.bills_n", "n", b.count(d.Owing.Bills)), "/invoices?side=buyer&status=unpaid")
	})
	return out
}

func (b board) lateFigure() kit.Figure {
	a := b.d.Owed
	tone := ""
	if a.Late > 0 {
		tone = "bad"
	}
	return b.moneyFigure("desk.late", a.Late, b.percent(shareOf(a.Late, a.Total)), tone, b.t("desk.of_receivables"), "")
}

func (b board) cashFigure() kit.Figure {
	c := b.d.Cash
	return b.moneyFigure("desk.cash", c.Deposits+c.Reported, "", "", b.t("desk.cash_note", "deposits", b.short(c.Deposits), "reported", b.short(c.Reported)), "/deposits")
}

func (b board) earnedFigure() kit.Figure {
	e := b.d.Earned
	delta, tone, note := b.change(e.Amount, e.Before, 1)
	f := b.moneyFigure("desk.earned", e.Amount, delta, tone, note, "/commissions")
	f.Spark, f.Fill = bare(e.Bars), "1"
	f.Finding = b.t("desk.find_line", "what", f.Label, "sum", b.short(e.Amount), "period", b.period())
	return f
}

func (b board) silenceFigure() kit.Figure {
	s := b.d.Silence
	f := kit.Figure{Label: b.t("desk.silent_figure"), Value: b.count(s.Silent), Note: b.t("desk.silent_note", "all", b.count(s.Buyers), "days", b.count(report.SilentDays))}
	return f
}

// roomFigure is what may still be ordered from the seller with whom the least is left.
func (b board) roomFigure() kit.Figure {
	for _, r := range b.d.Rooms {
		if !r.Unlimited {
			used := shareOf(r.Used+r.Held, r.Limit)
			tone := ""
			if used >= 8000 {
				tone = "bad"
			}
			return b.moneyFigure("credit.left", r.Left(), b.percent(used), tone, b.t("desk.room_note", "seller", r.Name), "")
		}
	}
	return kit.Figure{Label: b.t("credit.left"), Value: b.t("desk.no_limit"), Note: b.d.Rooms[0].Name}
}

func (b board) nextBillFigure() kit.Figure {
	if len(b.d.Due) == 0 {
		return kit.Figure{Label: b.t("desk.next_bill"), Value: "–", Note: b.noBills()}
	}
	x := b.d.Due[0]
	f := b.moneyFigure("desk.next_bill", x.ToPay(), "", "", b.dueWord(x)+" · "+x.PartnerName, "/invoices/"+x.ID.String())
	if x.DueOn < b.today {
		f.Delta, f.Tone, f.Note = b.dueWord(x), "bad", x.PartnerName
	}
	return f
}

func (b board) dueWord(x report.Bill) string {
	switch n := b.today.Days(x.DueOn); {
	case n > 0:
		return b.t("desk.late_days", "n", b.count(int64(n)))
	case n == 0:
		return b.t("desk.due_today")
	default:
		return b.t("desk.due_in", "n", b.count(int64(-n)))
	}
}

func (b board) fillFigure() kit.Figure {
	f := b.d.Fill
	if f.Lines == 0 {
		return kit.Figure{Label: b.t("desk.fill"), Value: "–", Note: b.t("chart.none")}
	}
	return kit.Figure{Label: b.t("desk.fill"), Value: b.percent(f.Share), Note: b.t("desk.fill_note", "whole", b.count(f.Whole), "lines", b.count(f.Lines))}
}

func (b board) coverFigure() kit.Figure {
	c := b.d.Cover
	f := b.daysFigure("desk.cover", c.Days, b.t("desk.cover_note", "days", b.count(int64(c.Pace))))
	if c.Days < 0 {
		f.Note = b.t("desk.cover_none")
	} else if low := c.Low + c.Out; low > 0 {
		f.Delta, f.Tone, f.Note = b.count(low), "bad", b.t("desk.cover_low", "days", b.count(report.LowDays))
	}
	return f
}

// gapFigure is what partners owe less what is owed to them.
func (b board) gapFigure() kit.Figure {
	in, out := b.d.Owed.Total, b.d.Owing.Total
	return b.moneyFigure("desk.gap", in-out, "", "", b.t("desk.gap_note", "in", b.short(in), "out", b.short(out)), "")
}

func (b board) owedFigure() kit.Figure {
	a := b.d.Owed
	f := b.moneyFigure("home.fig_receivable", a.Total, "", "", b.t("desk.bills_n", "n", b.count(a.Bills)), "/invoices?side=seller&status=unpaid")
	if a.Days >= 0 {
		f.Note += " · " + b.t("desk.dso_days", "n", b.count(a.Days))
	}
	if a.Late > 0 {
		f.Delta, f.Tone = b.t("desk.late_part", "part", b.percent(shareOf(a.Late, a.Total))), "bad"
	}
	return f
}

func (b board) marginFigure() kit.Figure {
	m := b.d.Margin
	if m.Net == 0 {
		return kit.Figure{Label: b.t("desk.margin"), Value: "–", Note: b.t("desk.margin_none")}
	}
	return b.moneyFigure("desk.margin", m.Net-m.Cost, b.percent(m.Share), "", b.t("desk.margin_note", "days", b.marginDays()), "")
}

// marginDays are the days of the margin, which are those of the pace of goods and not of the sums beside it.
func (b board) marginDays() string {
	return b.between(b.today.AddDays(1-b.d.Margin.Days), b.today)
}

func (b board) expiryFigure() kit.Figure {
	return kit.Figure{Label: b.t("desk.expiry"), Value: b.count(b.d.Expiry.Lots), Note: b.t("desk.expiry_note", "days", b.count(report.ExpireDays))}
}

func (b board) lowFigure() kit.Figure {
	c := b.d.Cover
	return kit.Figure{Label: b.t("desk.low"), Value: b.count(c.Low + c.Out), Note: b.t("desk.low_note", "out", b.count(c.Out), "days", b.count(report.LowDays))}
}

// throughFigure is what partners sold on, as far as they share it.
func (b board) throughFigure() kit.Figure {
	t := b.d.Through
	if t.Grantors == 0 {
		return kit.Figure{Label: b.t("desk.sell_through"), Value: "–", Note: b.t("desk.through_none"), Href: "/sharing"}
	}
	f := b.moneyFigure("desk.sell_through", t.Net, "", "", b.t("desk.through_note", "part", b.percent(shareOf(t.Net, t.To.Net)), "n", b.count(t.Grantors)), "/sharing")
	f.Spark, f.Fill = bare(t.Bars), "2"
	f.Finding = b.t("desk.find_line", "what", f.Label, "sum", b.short(t.Net), "period", b.period())
	return f
}
