package demo

import (
	"saluran/internal/audit"
	"saluran/internal/desk"
	"saluran/internal/report"
)

// desks is what people have put in order on the last day: views that they come back to, and workbooks that they have asked for. Those
// are made by the program that serves the demonstration, as all are.
func (l *load) desks() {
	l.latest(16.6, "views", l.views)
	l.latest(16.8, "exports", l.exports)
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
