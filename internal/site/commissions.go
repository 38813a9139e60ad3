package site

import (
	"net/http"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/trade"
	"saluran/web/view"
)

func (s *Site) commissions(r *request) error {
	return s.commissionsPage(r, 0, "", refusal{Status: http.StatusOK}, false)
}

// commissionsPage shows what agents have in hand, what is due and how it was earned; a refused payment is shown with the partner
// and currency it was for, and whether it handed over what was collected.
func (s *Site) commissionsPage(r *request, partner id.ID, currency string, back refusal, remitting bool) error {
	dues, err := s.Trade.CommissionBalances(r.ctx, r.a)
	if err != nil {
		return err
	}
	q := r.query("from", r.Query("from"), "to", r.Query("to"))
	p, err := s.Trade.Commissions(r.ctx, r.a, q)
	if err != nil {
		return err
	}
	v := view.Commissions{Agent: r.a.Kind == "agent", From: r.Query("from"), To: r.Query("to"), Today: r.today, Conflict: back.Conflict}
	v.Next, v.First = r.pages(p.Next)
	sum, err := s.Trade.CommissionTotals(r.ctx, r.a, q)
	r.totals(&v.List, len(p.Items), sum, err)
	for _, x := range dues {
		other := x.Agent
		d := view.CommissionDue{Partner: view.Ref{ID: x.Agent.String(), Name: x.AgentName}, Currency: x.Currency, Due: x.Due, Reported: x.Reported,
			Returning: x.Returning, CanPay: !v.Agent && x.Due > x.Reported && r.can(access.Seller, "payment", "report")}
		if v.Agent {
			other = x.Principal
			d.Partner = view.Ref{ID: x.Principal.String(), Name: x.PrincipalName}
			d.CanRepay = -x.Due > x.Returning && r.can(access.Agent, "payment", "report")
		}
		if d.CanPay || d.CanRepay {
			d.Accounts = s.accounts(r, other, x.Currency)
		}
		if other == partner && x.Currency == currency && !remitting {
			d.Form, d.Open = back.Form, true
		}
		v.Dues = append(v.Dues, d)
	}
	if err := s.collections(r, &v, partner, currency, back, remitting); err != nil {
		return err
	}
	for _, x := range p.Items {
		row := view.CommissionRow{On: x.On, Partner: x.AgentName, Order: view.Ref{ID: x.OrderID.String(), Name: x.OrderNumber}, Cause: x.Cause,
			Currency: x.Currency, Base: x.Base, Amount: x.Amount}
		if v.Agent {
			row.Partner = x.PrincipalName
		}
		v.Rows = append(v.Rows, row)
	}
	return r.html(back.Status, view.CommissionsPage(r.shell(r.t("nav.commission"), "commission"), v))
}

func (s *Site) payCommission(r *request) error {
	return s.commissionMoney(r, trade.PayCommission{Agent: ref(r.FormValue("partner"))})
}

func (s *Site) repayCommission(r *request) error {
	return s.commissionMoney(r, trade.PayCommission{Principal: ref(r.FormValue("partner")), Back: true})
}

func (s *Site) commissionMoney(r *request, c trade.PayCommission) error {
	f := r.reader()
	c = trade.PayCommission{Key: r.tradeKey(), Agent: c.Agent, Principal: c.Principal, Back: c.Back, Currency: f.text("currency"), Method: f.text("method"),
		ValueOn: f.date("value_on"), BankAccount: ref(f.text("account")), Reference: f.text("reference")}
	if _, err := money.Lookup(c.Currency); err != nil || c.Agent == 0 && c.Principal == 0 {
		return errs.Gone()
	}
	f.needed("amount")
	if c.Amount = f.amount("amount", c.Currency); c.Amount == 0 && f.text("amount") != "" && len(f.bad) == 0 {
		f.wrong("amount", "site.not_positive")
	}
	err := f.err()
	if err == nil {
		var p trade.Payment
		if p, err = s.Trade.PayCommission(r.ctx, r.a, c); err == nil {
			return r.to("/payments/"+p.ID.String(), "payment.reported")
		}
	}
	back, ok := r.refused(err, bySettling(nil))
	if !ok {
		return err
	}
	return s.commissionsPage(r, max(c.Agent, c.Principal), c.Currency, back, false)
}
