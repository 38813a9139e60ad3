package demo

import (
	"saluran/internal/audit"
	"saluran/internal/desk"
	"saluran/internal/report"
	"saluran/internal/schedule"
)

// desks is what people have put in order on the last day: views that they come back to, workbooks that they have asked for, and those
// that they have sent to them by the calendar. Workbooks are made by the program that serves the demonstration, as all are.
func (l *load) desks() {
	l.latest(16.6, "views", l.views)
	l.latest(16.8, "exports", l.exports)
	l.latest(16.9, "schedules", l.schedules)
}

func (l *load) views() error {
	for _, v := range []struct {
		code, role string
		view       desk.View
	}{
		{producer, "owner", desk.View{List: "orders", Name: "Tertahan kredit", Query: "status=credit_hold", Team: true}},
		{"GPT", "owner", desk.View{List: "orders", Name: "Menunggu jawaban kami", Query: "status=placed", Team: true}},
		{"GPT", "finance", desk.View{List: "invoices", Name: "Lewat jatuh tempo", Query: "side=seller&status=overdue"}},
	} {
		if _, err := l.Desk.Save(l.ctx, l.firms[v.code].as(v.role), audit.Key(l.key("view")), v.view); err != nil {
			return err
		}
	}
	return nil
}

func (l *load) exports() error {
	first := l.today.AddDays(-l.days / 3)
	for _, x := range []struct{ code, report string }{{"GPT", "payment-sheet"}, {"GPT", "receivables"}, {producer, "payment-sheet"}} {
		f := l.firms[x.code]
		if _, err := l.Jobs.Export(l.ctx, f.as("finance"), f.Code, report.Ask{Report: x.report, Org: f.ID, From: first, To: l.today.AddDays(-1), Lang: "id"}, audit.Key(l.key("export"))); err != nil {
			return err
		}
	}
	return nil
}

func (l *load) schedules() error {
	for _, x := range []struct {
		code, role string
		plan       schedule.Plan
	}{
		{"GPT", "finance", schedule.Plan{Wish: schedule.Wish{Report: "payment-sheet", Span: "before"}, Title: "Yang harus dibayar", Every: schedule.Weekly, OnDay: 1}},
		{"GPT", "owner", schedule.Plan{Wish: schedule.Wish{Report: "receivables", Span: "all"}, Every: schedule.Monthly, OnDay: 1}},
		{producer, "owner", schedule.Plan{Wish: schedule.Wish{List: "orders", Filter: map[string]string{"status": "credit_hold"}, Query: "status=credit_hold"}, Title: "Tertahan kredit", Every: schedule.Weekly, OnDay: 1}},
	} {
		p := x.plan
		p.AtMinute, p.Zone, p.Lang = 7*60, l.firms[x.code].Zone, "id"
		if _, err := l.Schedules.Make(l.ctx, l.firms[x.code].as(x.role), audit.Key(l.key("schedule")), p); err != nil {
			return err
		}
	}
	return nil
}
