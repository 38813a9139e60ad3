package site

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) moneyRoutes(get, post route) {
	get("/invoices", s.invoices)
	get("/invoices/:id", s.invoice)
	post("/invoices/:id/credit", s.creditNote)
	post("/invoices/:id/write-off", s.writeOff)
	get("/commissions", s.commissions)
	post("/collections/remit", s.remit)
	get("/deposits", s.deposits)
	post("/deposits/apply", s.applyDeposit)
	post("/deposits/refund", s.refundDeposit)
	post("/payments/:id/bounce", s.bouncePayment)
	post("/commissions/pay", s.payCommission)
	post("/commissions/repay", s.repayCommission)
	s.pointsRoutes(get, post)
	get("/payments", s.payments)
	get("/payments/new", s.newPayment)
	post("/payments", s.reportPayment)
	get("/payments/:id", s.payment)
	post("/payments/:id/confirm", s.confirmPayment)
	post("/payments/:id/reject", s.rejectPayment)
}

func invoiceRow(a access.Actor, x trade.InvoiceItem) view.InvoiceRow {
	out := view.InvoiceRow{ID: x.ID.String(), Number: x.Number, Kind: x.Kind, Status: x.Status, Partner: x.SellerName,
		Order: view.Ref{ID: x.OrderID.String(), Name: x.OrderNumber}, Currency: x.Currency, Total: x.Total, Settled: x.Settled, Said: x.Said, IssuedOn: x.IssuedOn, DueOn: x.DueOn,
		Agent: through(a, x.Agent, x.AgentName, x.SellerName)}
	if a.Org == x.Seller || a.Org == x.Agent {
		out.Partner = x.BuyerName
	}
	if x.Kind == trade.KindCredit {
		out.Settled = x.Total // nobody owes anything by a credit note
	}
	return out
}

// side of lists of money: what was asked for, else the one that the kind and role of the actor work on.
func (r *request) side(object string) string { return r.sideIn(r.sought(), object) }

// sideIn is the same of a query that was kept.
func (r *request) sideIn(q url.Values, object string) string {
	switch s := q.Get("side"); s {
	case "seller", "buyer", "agent":
		return s
	}
	for _, rel := range []access.Rel{access.Seller, access.Buyer, access.Agent} {
		if r.a.Kind == "retailer" || r.a.Kind == "consumer" {
			rel = access.Buyer
		}
		if r.can(rel, object, "read") {
			return string(rel)
		}
	}
	return ""
}

func (s *Site) moneyTabs(r *request, path, side, out, in string) []kit.Tab {
	if r.a.Kind == "agent" {
		return nil
	}
	return r.sides(path, side, "seller", out, "buyer", in)
}

func (s *Site) invoices(r *request) error {
	side := r.side("invoice")
	q := r.listQuery("invoices")
	p, err := s.Trade.Invoices(r.ctx, r.a, q)
	if err != nil {
		return err
	}
	r.blind(false) // who may read invoices may read what they say
	v := view.Invoices{Side: side, Tabs: s.moneyTabs(r, "/invoices", side, "invoices.out", "invoices.in")}
	v.CanPay = side != "seller" && (r.can(access.Buyer, "payment", "report") || r.can(access.Agent, "payment", "report"))
	if v.List, err = s.list(r, "invoices", p.Next); err != nil {
		return err
	}
	sum, err := s.Trade.InvoiceTotals(r.ctx, r.a, q)
	r.totals(&v.List, len(p.Items), sum, err)
	for _, x := range p.Items {
		v.Rows = append(v.Rows, invoiceRow(r.a, x))
	}
	return r.html(http.StatusOK, view.InvoicesPage(r.shell(r.t("nav.invoices"), "invoices"), v))
}

func (s *Site) invoice(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.invoicePage(r, no, refusal{Status: http.StatusOK}, invoiceForms{})
}

// invoiceForms are the forms of an invoice, beside its credit note, as somebody left them: a debt to forgive, points to spend.
type invoiceForms struct{ Off, Points kit.Form }

// invoicePage shows an invoice; back is a credit note that was refused, more are other forms.
func (s *Site) invoicePage(r *request, no id.ID, back refusal, more invoiceForms) error {
	x, err := s.Trade.Invoice(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	r.blind(false)
	v := view.Invoice{InvoiceRow: invoiceRow(r.a, x.InvoiceItem), Version: x.Version, Seller: view.Ref{ID: x.Seller.String(), Name: x.SellerName},
		Buyer: view.Ref{ID: x.Buyer.String(), Name: x.BuyerName}, Net: x.Net, TaxBase: x.TaxBase, Tax: x.Tax, Reason: x.Reason, Form: back.Form, Conflict: back.Conflict}
	if x.Agent != 0 {
		v.Agent = r.t("doc.agent", "agent", x.AgentName, "principal", x.SellerName)
	}
	for _, l := range x.Lines {
		v.Lines = append(v.Lines, view.InvoiceLine{N: l.N, SKU: l.SKU, Name: l.Name, Unit: l.BaseUnit, Qty: l.Qty, Net: l.Net, Tax: l.Tax, Settled: l.Settled, Credited: l.Credited})
	}
	v.Lines, v.Part = part(r, "/invoices/"+v.ID, v.Lines)
	for _, p := range x.Settlements {
		by := view.SettledBy{Kind: p.Kind, On: p.On, Amount: p.Amount}
		if p.Kind != "credit" {
			by.Payment = view.Ref{ID: p.Document.String(), Name: p.Number}
		}
		if !p.Failed {
			v.Payments = append(v.Payments, by)
		}
	}
	v.Files = s.papers(r, "invoice", no)
	v.Talk = s.talk(r, "invoice", no)
	v.Reported = reportedOn(x)
	rel, open := x.Rel(r.a.Org), x.Kind == trade.KindInvoice && x.Open() > 0
	v.CanCredit = open && rel == access.Seller && r.can(rel, "invoice", "credit")
	v.CanWriteOff, v.WriteOffForm, v.Side = v.CanCredit, more.Off, string(rel)
	if open && (rel == access.Seller || rel == access.Buyer) && r.can(rel, "payment", "allocate") {
		v.Deposit = s.depositOf(r, rel, x.Seller, x.Buyer, x.Currency)
	}
	if open {
		v.Cards, v.PointsForm = s.cardsFor(r, x, rel), more.Points
	}
	v.CanPay = open && rel != access.Seller && r.can(rel, "payment", "report")
	v.CanRecord = open && rel == access.Seller && r.can(rel, "payment", "report")
	if rel == access.Buyer {
		v.PayTo = s.accounts(r, x.Seller, x.Currency)
	}
	sh := r.shell(x.Number, "invoices", r.crumb("nav.home", "/"), r.crumb("nav.invoices", "/invoices"), kit.Crumb{Text: x.Number})
	sh.Live = v.Talk.Live()
	return r.html(back.Status, view.InvoicePage(sh, v))
}

// reportedOn is what is reported of an invoice.
func reportedOn(x trade.InvoiceView) view.Reported {
	v := view.Reported{Currency: x.Currency, Said: x.Said, Left: x.ToPay()}
	for _, p := range x.Reports {
		v.By = append(v.By, view.ReportOn{ID: p.Payment.String(), Number: p.Number, On: p.On, Amount: p.Amount, Early: p.Early, By: p.ByName, Loose: p.Loose})
	}
	return v
}

// accounts are the bank accounts of an organisation in a currency, as far as the actor may see them.
func (s *Site) accounts(r *request, org id.ID, currency string) (out []view.BankAccount) {
	all, err := s.Partner.Banks(r.ctx, r.a, org)
	if err != nil {
		return nil
	}
	for _, b := range all {
		if b.Currency == currency {
			out = append(out, view.BankAccount{ID: b.ID.String(), Bank: b.Bank, Number: b.Number, Holder: b.Holder})
		}
	}
	return out
}

func (s *Site) creditNote(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	version, _ := strconv.ParseInt(f.text("version"), 10, 64)
	x, err := s.Trade.Invoice(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	c := trade.Credit{Key: r.tradeKey(), Invoice: no, Version: version, Reason: f.needed("reason")}
	for _, l := range x.Lines { // nothing named is the whole invoice
		if at := fmt.Sprintf("credit-%d", l.N); f.text(at) != "" {
			c.Lines = append(c.Lines, trade.BillLine{Line: l.N, Qty: f.qty(at)})
		}
	}
	if err = f.err(); err == nil {
		_, err = s.Trade.Credit(r.ctx, r.a, c)
	}
	if err == nil {
		return r.to("/invoices/"+no.String(), "invoice.credited")
	}
	back, ok := r.refused(err, func(path string) string {
		rest, is := strings.CutPrefix(path, "lines[")
		n, _, _ := strings.Cut(rest, "].")
		if i, err := strconv.Atoi(n); is && err == nil && i >= 0 && i < len(c.Lines) {
			return fmt.Sprintf("credit-%d", c.Lines[i].Line)
		}
		return path
	})
	if !ok {
		return err
	}
	return s.invoicePage(r, no, back, invoiceForms{})
}

// bookCurrencies are the currencies that a workbook may be asked for in: those in which the organisation has books, and the one that was
// chosen before.
func (s *Site) bookCurrencies(r *request, chosen string) ([]string, error) {
	out, err := s.Report.Currencies(r.ctx, r.a)
	if chosen != "" && !slices.Contains(out, chosen) {
		out = append(out, chosen)
	}
	return out, err
}
