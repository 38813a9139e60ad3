package site

import (
	"net/http"
	"net/url"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

// pairing is who stands on which side of a deposit: the organisation that asks, and a partner.
type pairing struct {
	rel                    access.Rel
	partner, seller, buyer id.ID
	currency               string
}

// pairing reads a pair out of the fields side, partner and currency.
func (r *request) pairing(side, partner, currency string) (p pairing, err error) {
	p = pairing{access.Seller, ref(partner), r.a.Org, ref(partner), currency}
	if side == string(access.Buyer) {
		p = pairing{access.Buyer, p.partner, p.partner, r.a.Org, currency}
	}
	if _, err := money.Lookup(currency); err != nil || p.partner == 0 {
		return p, errs.Gone()
	}
	return p, nil
}

// depositOf is what stands between the two; 0 where the person may not see it.
func (s *Site) depositOf(r *request, rel access.Rel, seller, buyer id.ID, currency string) money.Minor {
	partner := seller
	if rel == access.Seller {
		partner = buyer
	}
	p, err := s.Trade.Deposits(r.ctx, r.a, list.Query{Filter: map[string]string{"side": string(rel), "partner": partner.String(), "currency": currency}})
	if err != nil || len(p.Items) == 0 {
		return 0
	}
	return p.Items[0].Amount
}

// deposits lists them, or shows the one with a partner.
func (s *Site) deposits(r *request) error {
	if r.Query("partner") != "" {
		p, err := r.pairing(r.Query("side"), r.Query("partner"), r.Query("currency"))
		if err != nil {
			return err
		}
		return s.depositPage(r, p, refusal{Status: http.StatusOK}, kit.Form{})
	}
	side := r.side("payment")
	q := r.query("side", side)
	p, err := s.Trade.Deposits(r.ctx, r.a, q)
	if err != nil {
		return err
	}
	r.blind(false) // who may read payments may read what they say
	v := view.Deposits{Side: side, Tabs: s.moneyTabs(r, "/deposits", side, "deposits.in", "deposits.out")}
	v.Next, v.First = r.pages(p.Next)
	sum, err := s.Trade.DepositTotals(r.ctx, r.a, q)
	r.totals(&v.List, len(p.Items), sum, err)
	for _, x := range p.Items {
		row := view.DepositRow{Partner: view.Ref{ID: x.Creditor.String(), Name: x.CreditorName}, Side: side, Currency: x.Currency, Amount: x.Amount}
		if x.Creditor == r.a.Org {
			row.Partner = view.Ref{ID: x.Debtor.String(), Name: x.DebtorName}
		}
		v.Rows = append(v.Rows, row)
	}
	return r.html(http.StatusOK, view.DepositsPage(r.shell(r.t("deposits.title"), "payments", r.crumb("nav.home", "/"), r.crumb("nav.payments", "/payments"), r.crumb("deposits.title", "")), v))
}

// heldFor is the deposit of a pair, also where it is used up; a pair that never had one does not exist.
func (s *Site) heldFor(r *request, p pairing) (trade.HeldMoney, error) {
	held, err := s.Trade.Deposits(r.ctx, r.a, list.Query{Filter: map[string]string{"side": string(p.rel), "partner": p.partner.String(), "currency": p.currency, "spent": "1"}})
	if err == nil && len(held.Items) == 0 {
		err = errs.Gone()
	}
	if err != nil {
		return trade.HeldMoney{}, err
	}
	return held.Items[0], nil
}

// depositPage shows a deposit with its forms; back is a use that was refused, refund a payment back.
func (s *Site) depositPage(r *request, p pairing, back refusal, refund kit.Form) error {
	x, err := s.heldFor(r, p)
	if err != nil {
		return err
	}
	r.blind(false)
	seller, buyer := view.Ref{ID: p.seller.String(), Name: x.DebtorName}, view.Ref{ID: p.buyer.String(), Name: x.CreditorName}
	partner := seller
	if p.rel == access.Seller {
		partner = buyer
	}
	v := view.Deposit{DepositRow: view.DepositRow{Partner: partner, Side: string(p.rel), Currency: p.currency, Amount: x.Amount}, Seller: seller, Buyer: buyer, Today: r.today,
		Form: back.Form, RefundForm: refund, Conflict: back.Conflict}
	v.CanApply = x.Amount > 0 && r.can(p.rel, "payment", "allocate")
	v.CanRefund = x.Amount > 0 && p.rel == access.Seller && r.can(p.rel, "payment", "confirm")
	if v.CanApply {
		open, _, err := s.open(r, p.buyer, p.seller, p.currency)
		if err != nil {
			return err
		}
		left := x.Amount
		for _, o := range open {
			row := openRow(o)
			row.Given = min(left, o.Open())
			left -= row.Given
			v.Open = append(v.Open, row)
		}
	}
	sh := r.shell(r.t("deposit.title"), "payments", r.crumb("nav.home", "/"), r.crumb("nav.payments", "/payments"),
		r.crumb("deposits.title", "/deposits?side="+url.QueryEscape(string(p.rel))), kit.Crumb{Text: v.Partner.Name})
	return r.html(back.Status, view.DepositPage(sh, v))
}

// applyDeposit settles invoices out of a deposit: it shows what will be settled first.
func (s *Site) applyDeposit(r *request) error {
	f := r.reader()
	p, err := r.pairing(f.text("side"), f.text("partner"), f.text("currency"))
	if err != nil {
		return err
	}
	c := trade.Apply{Key: r.tradeKey(), Seller: p.seller, Buyer: p.buyer, Currency: p.currency}
	var names []string
	c.Allocate, names = f.settling(p.currency)
	switch err = f.err(); {
	case f.changed():
		return s.depositPage(r, p, r.backTo(), kit.Form{})
	case err == nil && f.sure():
		var v trade.Payment
		if v, err = s.Trade.Apply(r.ctx, r.a, c); err == nil {
			return r.to("/payments/"+v.ID.String(), "deposit.applied")
		}
	case err == nil && len(c.Allocate) == 0:
		err = errs.New(errs.Invalid, "site.nothing_settled")
	case err == nil:
		if err = s.weighDeposit(r, p, c); err == nil {
			return nil
		}
	}
	back, ok := r.refused(err, bySettling(names))
	if !ok {
		return err
	}
	return s.depositPage(r, p, back, kit.Form{})
}

// weighDeposit shows what each invoice and the deposit come to.
func (s *Site) weighDeposit(r *request, p pairing, c trade.Apply) error {
	if err := s.Gate.Require(r.ctx, r.a, p.rel, "payment", "allocate"); err != nil {
		return err
	}
	open, _, err := s.open(r, p.buyer, p.seller, p.currency)
	if err != nil {
		return err
	}
	byID := map[id.ID]trade.InvoiceItem{}
	for _, x := range open {
		byID[x.ID] = x
	}
	r.blind(false)
	x, err := s.heldFor(r, p)
	if err != nil {
		return err
	}
	have := x.Amount
	v := view.Weigh{Title: r.t("deposit.apply"), Lead: x.DebtorName, Icon: "check", Look: "pri"}
	if p.rel == access.Seller {
		v.Lead = x.CreditorName
	}
	var sum money.Minor
	for _, a := range c.Allocate {
		x, ok := byID[a.Invoice]
		if !ok {
			return errs.New(errs.Conflict, "payment.nothing_open")
		}
		if a.Amount > x.Open() {
			return errs.OnFields("site.check_form", errs.F("settle-"+a.Invoice.String(), "payment.more_than_open", "invoice", x.Number))
		}
		sum += a.Amount
		v.Facts = append(v.Facts, view.WeighFact{What: r.t("weigh.open_of", "number", x.Number), Href: "/invoices/" + x.ID.String(), Now: r.money(p.currency, x.Open()), Then: r.money(p.currency, x.Open()-a.Amount)})
	}
	if cur, err := money.Lookup(p.currency); err != nil || sum > have {
		return errs.New(errs.Conflict, "payment.no_deposit", "left", cur.Format(have), "currency", p.currency)
	}
	v.Facts = append(v.Facts, view.WeighFact{What: r.t("deposit.amount"), Now: r.money(p.currency, have), Then: r.money(p.currency, have-sum)})
	v.Says = []string{r.t("deposit.apply_says", "amount", r.money(p.currency, sum)), r.t("weigh.no_money")}
	v.Button = r.t("deposit.apply_do", "amount", r.money(p.currency, sum))
	return s.weigh(r, "payments", v, nil, r.crumb("nav.payments", "/payments"), r.crumb("deposits.title", "/deposits"))
}

// handed reads the fields of money that is handed over.
func (f *reader) handed(currency string) (amount money.Minor) {
	f.needed("amount")
	if amount = f.amount("amount", currency); amount == 0 && f.text("amount") != "" && len(f.bad) == 0 {
		f.wrong("amount", "site.not_positive")
	}
	return amount
}

// refundDeposit pays a deposit back.
func (s *Site) refundDeposit(r *request) error {
	f := r.reader()
	p, err := r.pairing(f.text("side"), f.text("partner"), f.text("currency"))
	if err != nil || p.rel != access.Seller {
		return errs.Gone()
	}
	c := trade.Refund{Key: r.tradeKey(), Buyer: p.buyer, Currency: p.currency, Amount: f.handed(p.currency), Method: f.text("method"),
		ValueOn: f.date("value_on"), Reference: f.text("reference")}
	switch err = f.err(); {
	case f.changed():
		return s.depositPage(r, p, refusal{Status: http.StatusOK}, r.backTo().Form)
	case err == nil && f.sure():
		var v trade.Payment
		if v, err = s.Trade.Refund(r.ctx, r.a, c); err == nil {
			return r.to("/payments/"+v.ID.String(), "deposit.refunded")
		}
	case err == nil:
		if err = s.weighRefund(r, p, c); err == nil {
			return nil
		}
	}
	back, ok := r.refused(err, bySettling(nil))
	if !ok {
		return err
	}
	refund := back.Form
	back.Form = kit.Form{}
	return s.depositPage(r, p, back, refund)
}

func (s *Site) weighRefund(r *request, p pairing, c trade.Refund) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Seller, "payment", "confirm"); err != nil {
		return err
	}
	x, err := s.heldFor(r, p)
	if err != nil {
		return err
	}
	r.blind(false)
	have, buyer := x.Amount, x.CreditorName
	if cur, err := money.Lookup(p.currency); err != nil || c.Amount > have {
		return errs.New(errs.Conflict, "payment.no_deposit", "left", cur.Format(have), "currency", p.currency)
	}
	sum := r.money(p.currency, c.Amount)
	v := view.Weigh{Title: r.t("deposit.refund"), Lead: buyer, Look: "pri", Icon: "cash",
		Facts:  []view.WeighFact{{What: r.t("deposit.amount"), Now: r.money(p.currency, have), Then: r.money(p.currency, have-c.Amount)}},
		Says:   []string{r.t("deposit.refund_says", "amount", sum, "buyer", buyer, "method", r.methodWord(c.Method)), r.t("weigh.send_money")},
		Button: r.t("deposit.refund_do", "amount", sum)}
	return s.weigh(r, "payments", v, nil, r.crumb("nav.payments", "/payments"), r.crumb("deposits.title", "/deposits"))
}
