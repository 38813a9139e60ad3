package site

import (
	"net/http"
	"slices"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

// methodWord is a way of paying in words; what is none stays as it was sent, and is refused where it is used.
func (r *request) methodWord(m string) string {
	if slices.Contains(trade.Methods, m) {
		return r.t("method." + m)
	}
	return m
}

// afterwards adds what may be done with a payment that stands: say that its money failed, spend what it left over.
func (s *Site) afterwards(r *request, p trade.PaymentView, v *view.Payment) {
	rel := p.Rel(r.a.Org)
	v.Reason = p.Reason
	handed := slices.ContainsFunc(p.Parts, func(x trade.PartView) bool { return x.Kind == "refund" || x.Kind == "remittance" })
	v.CanBounce = p.Status == trade.PayConfirmed && p.Payee == r.a.Org && !handed && r.can(rel, "payment", "confirm")
	if p.Status == trade.PayConfirmed && p.Deposited > 0 && (rel == access.Seller || rel == access.Buyer) && r.can(rel, "payment", "read") &&
		s.depositOf(r, rel, p.Payee, p.Payer, p.Currency) > 0 {
		partner := p.Payee
		if rel == access.Seller {
			partner = p.Payer
		}
		v.Deposit = view.DepositPath(string(rel), partner.String(), p.Currency)
	}
}

// bouncePayment says that money which was matched failed: it shows what is open again first.
func (s *Site) bouncePayment(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	p, err := s.Trade.Payment(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	if err := s.Gate.Require(r.ctx, r.a, p.Rel(r.a.Org), "payment", "confirm"); err != nil {
		return err
	}
	if p.Payee != r.a.Org { // an agent who collects confirms other things
		return errs.New(errs.Forbidden, "payment.payee_confirms")
	}
	f := r.reader()
	c := trade.PayStep{Key: r.tradeKey(), Payment: no, Version: f.version(), Reason: f.needed("reason")}
	switch err = f.err(); {
	case f.changed():
		return s.paymentPage(r, no, refusal{Status: http.StatusOK}, r.backTo().Form)
	case err == nil && f.sure():
		if _, err = s.Trade.Bounce(r.ctx, r.a, c); err == nil {
			return r.to("/payments/"+no.String(), "payment.bounced")
		}
	case err == nil && p.Status != trade.PayConfirmed:
		err = errs.New(errs.Conflict, "payment.not_confirmed", "status", p.Status)
	case err == nil:
		return s.weighBounce(r, p)
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	bounce := back.Form
	back.Form = kit.Form{}
	return s.paymentPage(r, no, back, bounce)
}

// weighBounce shows which invoices are open again, and what becomes of the deposit.
func (s *Site) weighBounce(r *request, p trade.PaymentView) error {
	r.blind(false)
	cur, sum := p.Currency, r.money(p.Currency, p.Amount)
	v := view.Weigh{Title: r.t("payment.bounce"), Lead: p.Number + " · " + p.PayerName, Look: "bad", Icon: "alert-triangle", Button: r.t("payment.bounce_do", "amount", sum)}
	_, _, now := kit.Status("payment", p.Status)
	_, _, then := kit.Status("payment", trade.PayBounced)
	v.Facts = append(v.Facts, view.WeighFact{What: p.Number, Now: r.t(now), Then: r.t(then)})
	settled, order := map[id.ID]money.Minor{}, []trade.PartView{}
	var deposit, again money.Minor
	for _, x := range p.Parts {
		switch x.Kind {
		case "invoice", "discount":
			if _, seen := settled[x.InvoiceID]; !seen {
				order = append(order, x)
			}
			settled[x.InvoiceID] += x.Amount
			again += x.Amount
		case "deposit":
			deposit += x.Amount
		}
	}
	for _, x := range order {
		v.Facts = append(v.Facts, view.WeighFact{What: r.t("weigh.settled_of", "number", x.Number), Href: "/invoices/" + x.InvoiceID.String(),
			Now: r.money(cur, settled[x.InvoiceID]), Then: r.money(cur, 0)})
	}
	v.Says = append(v.Says, r.t("payment.bounce_says", "amount", sum, "payer", p.PayerName))
	if again > 0 {
		v.Says = append(v.Says, r.t("payment.bounce_open", "amount", r.money(cur, again)))
	}
	if deposit > 0 {
		have := s.depositOf(r, access.Seller, p.Payee, p.Payer, cur)
		v.Facts = append(v.Facts, view.WeighFact{What: r.t("deposit.amount"), Now: r.money(cur, have), Then: r.money(cur, max(0, have-deposit))})
		if have < deposit {
			v.Says = append(v.Says, r.t("payment.bounce_spent", "amount", r.money(cur, deposit-have)))
		}
	}
	if p.Purpose != trade.ForTrade {
		v.Says = append(v.Says, r.t("payment.bounce_"+p.Purpose, "payer", p.PayerName))
	}
	v.Says = append(v.Says, r.t("weigh.kept"))
	return s.weigh(r, "payments", v, nil, r.crumb("nav.payments", "/payments"), kit.Crumb{Text: p.Number, Href: "/payments/" + p.ID.String()})
}

// writeOff forgives what is open of an invoice, or a part of it.
func (s *Site) writeOff(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	x, err := s.Trade.Invoice(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	if err := s.Gate.Require(r.ctx, r.a, x.Rel(r.a.Org), "invoice", "credit"); err != nil {
		return err
	}
	f := r.reader()
	c := trade.WriteOff{Key: r.tradeKey(), Invoice: no, Version: f.version(), Amount: f.handed(x.Currency), Reason: f.needed("why")}
	switch err = f.err(); {
	case f.changed():
		return s.invoicePage(r, no, refusal{Status: http.StatusOK}, invoiceForms{Off: r.backTo().Form})
	case err == nil && f.sure():
		if _, err = s.Trade.WriteOff(r.ctx, r.a, c); err == nil {
			return r.to("/invoices/"+no.String(), "invoice.written_off")
		}
	case err == nil && c.Amount > x.Open():
		err = errs.OnFields("site.check_form", errs.F("amount", "payment.more_than_open", "invoice", x.Number))
	case err == nil && c.Version != 0 && c.Version != x.Version:
		err = errs.New(errs.Conflict, "changed")
	case err == nil:
		return s.weighWriteOff(r, x, c)
	}
	back, ok := r.refused(err, func(path string) string {
		if path == "reason" {
			return "why"
		}
		return path
	})
	if !ok {
		return err
	}
	off := back.Form
	back.Form = kit.Form{}
	return s.invoicePage(r, no, back, invoiceForms{Off: off})
}

func (s *Site) weighWriteOff(r *request, x trade.InvoiceView, c trade.WriteOff) error {
	r.blind(false)
	sum := r.money(x.Currency, c.Amount)
	v := view.Weigh{Title: r.t("invoice.write_off"), Lead: x.Number + " · " + x.BuyerName, Look: "bad", Icon: "receipt", Button: r.t("invoice.write_off_do", "amount", sum),
		Facts: []view.WeighFact{{What: r.t("weigh.open_of", "number", x.Number), Href: "/invoices/" + x.ID.String(), Now: r.money(x.Currency, x.Open()), Then: r.money(x.Currency, x.Open()-c.Amount)}},
		Says:  []string{r.t("invoice.write_off_says", "amount", sum, "buyer", x.BuyerName)}}
	if x.AgentName != "" {
		v.Says = append(v.Says, r.t("invoice.write_off_agent", "agent", x.AgentName))
	}
	if c.Amount == x.Open() {
		v.Says = append(v.Says, r.t("invoice.write_off_all"))
	}
	v.Says = append(v.Says, r.t("weigh.no_undo"))
	return s.weigh(r, "invoices", v, nil, r.crumb("nav.invoices", "/invoices"), kit.Crumb{Text: x.Number, Href: "/invoices/" + x.ID.String()})
}

// collections adds what agents have in hand; a refused hand-over is shown with the partner and currency it was for.
func (s *Site) collections(r *request, v *view.Commissions, partner id.ID, currency string, back refusal, remitting bool) error {
	p, err := s.Trade.Collections(r.ctx, r.a, list.Query{Size: list.MaxSize})
	if err != nil {
		return err
	}
	for _, x := range p.Items {
		c := view.Collection{Partner: view.Ref{ID: x.Debtor.String(), Name: x.DebtorName}, Currency: x.Currency, Amount: x.Amount, Today: r.today,
			CanRemit: !v.Agent && x.Amount != 0 && r.can(access.Seller, "payment", "confirm")}
		if v.Agent {
			c.Partner = view.Ref{ID: x.Creditor.String(), Name: x.CreditorName}
		}
		if remitting && x.Debtor == partner && x.Currency == currency {
			c.Form, c.Open = back.Form, true
		}
		v.Collections = append(v.Collections, c)
	}
	return nil
}

// remit says that an agent has handed over what it collected.
func (s *Site) remit(r *request) error {
	f := r.reader()
	c := trade.Remit{Key: r.tradeKey(), Agent: ref(f.text("partner")), Back: f.text("back") != "", Currency: f.text("currency"), Method: f.text("method"), ValueOn: f.date("value_on"), Reference: f.text("reference")}
	if _, err := money.Lookup(c.Currency); err != nil || c.Agent == 0 {
		return errs.Gone()
	}
	c.Amount = f.handed(c.Currency)
	err := f.err()
	switch {
	case f.changed():
		return s.commissionsPage(r, c.Agent, c.Currency, r.backTo(), true)
	case err == nil && f.sure():
		var v trade.Payment
		if v, err = s.Trade.Remit(r.ctx, r.a, c); err == nil {
			return r.to("/payments/"+v.ID.String(), collectionWord(c, "remitted"))
		}
	case err == nil:
		if err = s.weighRemit(r, c); err == nil {
			return nil
		}
	}
	back, ok := r.refused(err, bySettling(nil))
	if !ok {
		return err
	}
	return s.commissionsPage(r, c.Agent, c.Currency, back, true)
}

// collectionWord is the key of a word for a remittance, in its direction.
func collectionWord(c trade.Remit, key string) string {
	if c.Back {
		return "collection.back_" + key
	}
	return "collection." + key
}

func (s *Site) weighRemit(r *request, c trade.Remit) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Seller, "payment", "confirm"); err != nil {
		return err
	}
	p, err := s.Trade.Collections(r.ctx, r.a, list.Query{Filter: map[string]string{"partner": c.Agent.String(), "currency": c.Currency}})
	if err != nil {
		return err
	}
	if len(p.Items) == 0 {
		p.Items = append(p.Items, trade.HeldMoney{})
	}
	x := p.Items[0]
	if c.Back {
		x.Amount = -x.Amount
	}
	if cur, err := money.Lookup(c.Currency); err != nil || c.Amount > x.Amount {
		return errs.New(errs.Conflict, "payment.nothing_collected", "left", cur.Format(max(0, x.Amount)), "currency", c.Currency)
	}
	r.blind(false)
	sum := r.money(c.Currency, c.Amount)
	v := view.Weigh{Title: r.t(collectionWord(c, "remit")), Lead: x.DebtorName, Look: "pri", Icon: "cash",
		Facts:  []view.WeighFact{{What: r.t(collectionWord(c, "held")), Now: r.money(c.Currency, x.Amount), Then: r.money(c.Currency, x.Amount-c.Amount)}},
		Says:   []string{r.t(collectionWord(c, "remit_says"), "amount", sum, "agent", x.DebtorName, "method", r.methodWord(c.Method)), r.t(collectionWord(c, "remit_check"))},
		Button: r.t(collectionWord(c, "remit_do"), "amount", sum)}
	return s.weigh(r, "commission", v, nil, r.crumb("nav.commission", "/commissions"))
}
