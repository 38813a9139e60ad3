package paper

import (
	"cmp"
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/trade"
)

// dutyAbove is the amount in sen above which a receipt bears a duty stamp in Indonesia (law 10 of 2020, article 3).
const dutyAbove money.Minor = 5_000_000_00

// invoice is an invoice, or a credit note: what a credit note gives back stands on it as people read such notes, above zero.
func (p *Printer) invoice(ctx context.Context, a access.Actor, ask Ask) (*sheet, error) {
	v, err := p.Trade.Invoice(ctx, a, ask.ID)
	if err != nil {
		return nil, err
	}
	h := heading{kind: Invoice, title: "paper.invoice", number: v.Number, path: "/invoices/" + v.ID.String(), seq: v.Seq, lang: ask.Lang, reader: ask.Reader,
		from: named{"paper.seller", v.Seller, v.SellerName}, to: named{"paper.bill_to", v.Buyer, v.BuyerName}}
	credit, factor := v.Kind == trade.KindCredit, money.Minor(1)
	if credit {
		h.title, h.to.label, factor = "paper.credit_note", "paper.credit_to", -1
	}
	s, err := p.begin(ctx, a, h)
	if err != nil {
		return nil, err
	}
	if err := s.invoiceFacts(ctx, p, a, v, credit); err != nil {
		return nil, err
	}
	s.columns = []column{{head: s.t("paper.goods"), share: 70}, {head: s.t("paper.qty"), share: 32, right: true}, {head: s.t("paper.tax"), share: 32, right: true, aside: true}, {head: s.t("paper.amount"), share: 36, right: true}}
	for _, l := range v.Lines {
		n := l.Qty
		if n < 0 {
			n = -n
		}
		s.lines = append(s.lines, line{cells: []string{l.Name, i18n.QtyUnit(s.lang, n, l.BaseUnit), i18n.Money(s.lang, v.Currency, factor*l.Tax), i18n.Money(s.lang, v.Currency, factor*l.Net)}, sub: l.SKU})
	}
	s.amounts(v.Currency, factor*v.Net, factor*v.Tax, factor*v.Total)
	if v.Tax != 0 {
		s.notes = append(s.notes, s.t("paper.tax_base", "base", i18n.Money(s.lang, v.Currency, factor*v.TaxBase)))
	}
	if v.Settled != 0 && !credit {
		s.sum("paper.settled", i18n.Money(s.lang, v.Currency, v.Settled), false)
		s.sum("paper.open", i18n.Money(s.lang, v.Currency, v.Open()), true)
	}
	s.words = said(s.lang, v.Currency, factor*v.Total)
	s.note(v.Reason)
	s.signs = []sign{{label: s.t("paper.sign_regards"), place: placeAndDay(s.from.city, i18n.Date(s.lang, v.IssuedOn)), name: s.from.name}}
	if !credit && v.Open() > 0 {
		return s, s.bank(ctx, p, a, v.Seller, v.Currency)
	}
	return s, nil
}

func (s *sheet) invoiceFacts(ctx context.Context, p *Printer, a access.Actor, v trade.InvoiceView, credit bool) error {
	s.date("paper.issued_on", v.IssuedOn)
	s.fact("paper.of_order", v.OrderNumber)
	if !credit {
		s.state("invoice", v.Status)
		s.date("paper.due_on", v.DueOn)
		return s.behalf(ctx, p, a, v.Agent, v.AgentName)
	}
	s.state("credit_note", cmp.Or(map[string]string{"paid": "used", "part": "part"}[v.Status], "open"))
	if v.Credits != 0 {
		of, err := p.Trade.Invoice(ctx, a, v.Credits)
		if err != nil {
			return err
		}
		s.fact("paper.credits", of.Number)
	}
	return s.behalf(ctx, p, a, v.Agent, v.AgentName)
}

// bank names the account that the seller wants to be paid on, to those who may see it.
func (s *sheet) bank(ctx context.Context, p *Printer, a access.Actor, seller id.ID, currency string) error {
	banks, err := p.Partners.Banks(ctx, a, seller)
	if errs.Is(err, errs.NotFound) || errs.Is(err, errs.Forbidden) {
		return nil
	}
	for _, b := range banks {
		if b.Main && b.Currency == currency {
			s.payTo = []string{b.Bank, b.Number, s.t("paper.holder", "holder", b.Holder)}
		}
	}
	return err
}

// said is an amount in words as a sentence begins.
func said(lang, currency string, m money.Minor) string {
	words := i18n.Words(lang, currency, m)
	first, n := utf8.DecodeRuneInString(words)
	return string(unicode.ToUpper(first)) + words[n:]
}

func placeAndDay(city, day string) string {
	if city == "" {
		return day
	}
	return city + ", " + day
}

// payment is the receipt of money that was confirmed; of what is only reported, or came to nothing, it is a record, and no receipt.
func (p *Printer) payment(ctx context.Context, a access.Actor, ask Ask) (*sheet, error) {
	v, err := p.Trade.Payment(ctx, a, ask.ID)
	if err != nil {
		return nil, err
	}
	h := heading{kind: Payment, title: "paper.payment", number: v.Number, path: "/payments/" + v.ID.String(), seq: v.Seq, lang: ask.Lang, reader: ask.Reader,
		from: named{"paper.received_by", v.Payee, v.PayeeName}, to: named{"paper.payer", v.Payer, v.PayerName}}
	receipt := v.Status == trade.PayConfirmed
	if receipt {
		h.title = "paper.receipt"
	}
	s, err := p.begin(ctx, a, h)
	if err != nil {
		return nil, err
	}
	s.state("payment", v.Status)
	s.date("paper.value_on", v.ValueOn)
	s.fact("paper.method", s.t("method."+v.Method))
	s.fact("paper.reference", v.Reference)
	if err := s.behalf(ctx, p, a, v.Agent, v.AgentName); err != nil {
		return nil, err
	}
	s.parts(v)
	if !v.Blind {
		s.sum("paper.total", i18n.Money(s.lang, v.Currency, v.Amount), true)
	}
	s.note(v.Reason)
	if receipt {
		s.receipt(v)
	}
	return s, nil
}

// parts are what the money went to. What is only asked for stands there until it is booked; a discount is no money.
func (s *sheet) parts(v trade.PaymentView) {
	booked := v.Status != trade.PayReported && v.Status != trade.PayRejected
	s.columns = []column{{head: s.t("paper.paid_for"), share: 70}, {head: s.t("paper.document"), share: 60}}
	if !v.Blind {
		s.columns = append(s.columns, column{head: s.t("paper.amount"), share: 40, right: true})
	}
	for _, x := range v.Parts {
		if (x.Kind == "asked") == booked || x.Kind == "discount" || x.Kind == "offset" {
			continue
		}
		cells := []string{s.t("settle." + x.Kind), x.Number}
		if !v.Blind {
			cells = append(cells, i18n.Money(s.lang, v.Currency, x.Amount))
		}
		s.lines = append(s.lines, line{cells: cells})
	}
	if len(s.lines) == 0 {
		s.columns = nil
	}
}

// receipt says who paid, how much in words and what for, as such papers do, and leaves room for the duty stamp where one is due.
func (s *sheet) receipt(v trade.PaymentView) {
	var papers []string
	for _, l := range s.lines {
		if l.cells[1] != "" && len(papers) < 6 {
			papers = append(papers, l.cells[1])
		} else if l.cells[1] == "" {
			papers = append(papers, l.cells[0])
		}
	}
	if left := len(s.lines) - len(papers); left > 0 {
		papers = append(papers, s.t("paper.and_more", "n", itoa(left)))
	}
	s.form = []fact{{label: s.t("paper.paid_by"), value: s.to.name}}
	if !v.Blind {
		s.form = append(s.form, fact{label: s.t("paper.sum_of"), value: said(s.lang, v.Currency, v.Amount), strong: true})
	}
	if len(papers) > 0 {
		s.form = append(s.form, fact{label: s.t("paper.in_payment_of"), value: strings.Join(papers, ", ")})
	}
	s.signs = []sign{{label: s.t("paper.sign_payee"), place: placeAndDay(s.from.city, i18n.Date(s.lang, v.ValueOn)), name: s.from.name,
		stamped: !v.Blind && v.Currency == "IDR" && v.Amount > dutyAbove}}
}
