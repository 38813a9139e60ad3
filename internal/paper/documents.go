package paper

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/partner"
	"saluran/internal/qty"
	"saluran/internal/trade"
)

// begin is an empty sheet with the two parties. who prints gives the zone; a party whom the printer may not look up stands with
// the name that the document has.
func (p *Printer) begin(ctx context.Context, a access.Actor, lang, title, number, path string, from, to named) (*sheet, error) {
	s := &sheet{lang: i18n.Lang(lang), number: number, path: path}
	s.title = s.t(title)
	own, err := p.look(ctx, a, a.Org)
	if err != nil {
		return nil, err
	}
	s.zone = own.Zone
	for _, x := range []struct {
		to *party
		named
	}{{&s.from, from}, {&s.to, to}} {
		if x.org == 0 {
			continue
		}
		o, err := p.look(ctx, a, x.org)
		if err != nil {
			return nil, err
		}
		*x.to = letterhead(s, x.named, o)
	}
	return s, nil
}

// named is a party as a document names it.
type named struct {
	label string
	org   id.ID
	name  string
}

// look is an organisation that the actor may see; none at all where it may not.
func (p *Printer) look(ctx context.Context, a access.Actor, org id.ID) (partner.Org, error) {
	o, err := p.Partners.Org(ctx, a, org)
	if errs.Is(err, errs.NotFound) || errs.Is(err, errs.Forbidden) {
		return partner.Org{}, nil
	}
	return o, err
}

func letterhead(s *sheet, n named, o partner.Org) party {
	out := party{label: s.t(n.label), name: n.name}
	if out.name == "" {
		out.name = o.Name
	}
	for _, l := range []string{o.Address, o.City} {
		if l != "" {
			out.lines = append(out.lines, l)
		}
	}
	if o.Phone != "" {
		out.lines = append(out.lines, s.t("paper.phone", "no", o.Phone))
	}
	if o.TaxNo != "" {
		out.lines = append(out.lines, s.t("paper.tax_no", "no", o.TaxNo))
	}
	return out
}

func (s *sheet) date(key string, d clock.Date) {
	if d != "" {
		s.fact(key, i18n.Date(s.lang, d))
	}
}

func (s *sheet) state(kind, code string) { s.status = s.t("status." + kind + "." + code) }

// behalf names the agent who stands between the two.
func (s *sheet) behalf(ctx context.Context, p *Printer, a access.Actor, agent id.ID, name string) error {
	if agent == 0 {
		return nil
	}
	if name == "" {
		o, err := p.look(ctx, a, agent)
		if err != nil {
			return err
		}
		name = o.Name
	}
	s.fact("paper.agent", name)
	return nil
}

func (p *Printer) order(ctx context.Context, a access.Actor, ask Ask) (*sheet, error) {
	o, err := p.Trade.Order(ctx, a, ask.ID)
	if err != nil {
		return nil, err
	}
	title := "paper.order"
	if o.Kind == "return" {
		title = "paper.return"
	}
	s, err := p.begin(ctx, a, ask.Lang, title, o.Number, "/orders/"+o.ID.String(),
		named{"paper.seller", o.Seller, o.SellerName}, named{"paper.buyer", o.Buyer, o.BuyerName})
	if err != nil {
		return nil, err
	}
	s.seq = o.Seq
	s.state("order", string(o.Status))
	s.date("paper.ordered_on", o.OrderedOn)
	s.date("paper.wanted_on", o.WantedOn)
	s.fact("paper.reference", o.Reference)
	if err := s.behalf(ctx, p, a, o.Agent, o.AgentName); err != nil {
		return nil, err
	}
	s.columns = []column{{head: s.t("paper.goods"), share: 46}, {head: s.t("paper.qty"), share: 20, right: true}}
	if !o.Blind {
		s.columns = append(s.columns, column{head: s.t("paper.price"), share: 24, right: true}, column{head: s.t("paper.amount"), share: 26, right: true})
	}
	for _, l := range o.Lines {
		cells := []string{l.Name, i18n.QtyUnit(s.lang, l.UnitQty, l.Unit)}
		if !o.Blind {
			cells = append(cells, i18n.Price(s.lang, o.Currency, l.Price), i18n.Money(s.lang, o.Currency, l.Net))
		}
		sub := l.SKU
		if l.Cancelled > 0 {
			sub += " · " + s.t("paper.cancelled", "qty", i18n.QtyUnit(s.lang, l.Cancelled, l.BaseUnit))
		}
		s.lines = append(s.lines, line{cells, sub})
	}
	if !o.Blind {
		s.amounts(o.Currency, o.Net, o.Tax, o.Total)
	}
	s.note(o.Note)
	s.signs = []string{s.t("paper.sign_buyer"), s.t("paper.sign_seller")}
	return s, nil
}

func (s *sheet) note(text string) {
	if text != "" {
		s.notes = append(s.notes, s.t("paper.note", "text", text))
	}
}

func (s *sheet) amounts(currency string, net, tax, total money.Minor) {
	if tax != 0 {
		s.sum("paper.net", i18n.Money(s.lang, currency, net), false)
		s.sum("paper.tax", i18n.Money(s.lang, currency, tax), false)
	}
	s.sum("paper.total", i18n.Money(s.lang, currency, total), true)
}

// shipment is the delivery note: what goes, of which lots, and room to write what came. It bears no prices.
func (p *Printer) shipment(ctx context.Context, a access.Actor, ask Ask) (*sheet, error) {
	h, err := p.Trade.Shipment(ctx, a, ask.ID)
	if err != nil {
		return nil, err
	}
	from, to, title := named{"paper.sender", h.Seller, h.SellerName}, named{"paper.receiver", h.Buyer, h.BuyerName}, "paper.shipment"
	if h.Kind == "return" {
		from, to, title = named{"paper.sender", h.Buyer, h.BuyerName}, named{"paper.receiver", h.Seller, h.SellerName}, "paper.shipment_back"
	}
	s, err := p.begin(ctx, a, ask.Lang, title, h.Number, "/shipments/"+h.ID.String(), from, to)
	if err != nil {
		return nil, err
	}
	s.seq = h.Seq
	s.state("shipment", h.Status)
	s.fact("paper.dispatched_at", i18n.Time(s.lang, h.DispatchedAt, s.zone))
	s.fact("paper.received_at", i18n.Time(s.lang, h.ReceivedAt, s.zone))
	s.fact("paper.carrier", h.CarrierName)
	s.fact("paper.tracking", h.Tracking)
	if err := s.behalf(ctx, p, a, h.Agent, ""); err != nil {
		return nil, err
	}
	s.columns = []column{{head: s.t("paper.goods"), share: 44}, {head: s.t("paper.lot"), share: 24}, {head: s.t("paper.sent"), share: 20, right: true}, {head: s.t("paper.received"), share: 20, right: true}}
	for _, l := range h.Lines {
		lot, came := l.LotCode, "______"
		if l.ExpiresOn != "" {
			lot += " · " + i18n.Date(s.lang, l.ExpiresOn)
		}
		sub := l.SKU
		if h.ReceivedAt > 0 {
			came = i18n.QtyUnit(s.lang, l.Received, l.BaseUnit)
			for _, x := range []struct {
				key string
				n   qty.Qty
			}{{"paper.damaged", l.Damaged}, {"paper.short", l.Short}, {"paper.refused", l.Refused}} {
				if x.n > 0 {
					sub += " · " + s.t(x.key, "qty", i18n.QtyUnit(s.lang, x.n, l.BaseUnit))
				}
			}
		}
		s.lines = append(s.lines, line{[]string{l.Name, lot, i18n.QtyUnit(s.lang, l.Qty, l.BaseUnit), came}, sub})
	}
	s.signs = []string{s.t("paper.sign_sender"), s.t("paper.sign_carrier"), s.t("paper.sign_receiver")}
	return s, nil
}

func (p *Printer) invoice(ctx context.Context, a access.Actor, ask Ask) (*sheet, error) {
	v, err := p.Trade.Invoice(ctx, a, ask.ID)
	if err != nil {
		return nil, err
	}
	title, kind := "paper.invoice", "invoice"
	if v.Kind == trade.KindCredit {
		title, kind = "paper.credit_note", "credit_note"
	}
	s, err := p.begin(ctx, a, ask.Lang, title, v.Number, "/invoices/"+v.ID.String(),
		named{"paper.seller", v.Seller, v.SellerName}, named{"paper.bill_to", v.Buyer, v.BuyerName})
	if err != nil {
		return nil, err
	}
	s.seq = v.Seq
	s.state(kind, v.Status)
	s.date("paper.issued_on", v.IssuedOn)
	s.date("paper.due_on", v.DueOn)
	s.fact("paper.of_order", v.OrderNumber)
	if err := s.behalf(ctx, p, a, v.Agent, v.AgentName); err != nil {
		return nil, err
	}
	s.columns = []column{{head: s.t("paper.goods"), share: 46}, {head: s.t("paper.qty"), share: 22, right: true}, {head: s.t("paper.tax"), share: 22, right: true, aside: true}, {head: s.t("paper.amount"), share: 26, right: true}}
	for _, l := range v.Lines {
		s.lines = append(s.lines, line{[]string{l.Name, i18n.QtyUnit(s.lang, l.Qty, l.BaseUnit), i18n.Money(s.lang, v.Currency, l.Tax), i18n.Money(s.lang, v.Currency, l.Net)}, l.SKU})
	}
	s.amounts(v.Currency, v.Net, v.Tax, v.Total)
	if v.Tax != 0 {
		s.notes = append(s.notes, s.t("paper.tax_base", "base", i18n.Money(s.lang, v.Currency, v.TaxBase)))
	}
	if v.Settled != 0 {
		s.sum("paper.settled", i18n.Money(s.lang, v.Currency, v.Settled), false)
		s.sum("paper.open", i18n.Money(s.lang, v.Currency, v.Open()), true)
	}
	s.words = i18n.Words(s.lang, v.Currency, v.Total)
	s.note(v.Reason)
	if kind == "invoice" && v.Open() > 0 {
		if err := s.payTo(ctx, p, a, v.Seller, v.Currency); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// payTo names the account that the seller wants to be paid on, to those who may see it.
func (s *sheet) payTo(ctx context.Context, p *Printer, a access.Actor, seller id.ID, currency string) error {
	banks, err := p.Partners.Banks(ctx, a, seller)
	if errs.Is(err, errs.NotFound) || errs.Is(err, errs.Forbidden) {
		return nil
	}
	for _, b := range banks {
		if b.Main && b.Currency == currency {
			s.notes = append(s.notes, s.t("paper.pay_to", "bank", b.Bank, "number", b.Number, "holder", b.Holder))
		}
	}
	return err
}
