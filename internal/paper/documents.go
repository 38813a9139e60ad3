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

// begin is an empty sheet with the two parties. Who prints gives the zone; a party whom the printer may not look up stands with
// the name that the document has.
func (p *Printer) begin(ctx context.Context, a access.Actor, h heading) (*sheet, error) {
	own, err := p.look(ctx, a, a.Org)
	if err != nil {
		return nil, err
	}
	from, err := p.look(ctx, a, h.from.org)
	if err != nil {
		return nil, err
	}
	to, err := p.look(ctx, a, h.to.org)
	if err != nil {
		return nil, err
	}
	s := &sheet{kind: h.kind, lang: h.language(a, to), number: h.number, path: h.path, seq: h.seq, zone: own.Zone}
	s.title = s.t(h.title)
	s.from, s.to = letterhead(s, h.from, from), letterhead(s, h.to, to)
	if from.Logo != 0 {
		if s.logo, err = p.Partners.Logo(ctx, a, from.ID); errs.Is(err, errs.NotFound) { // taken away meanwhile
			err = nil
		}
	}
	return s, err
}

// heading is what every document begins with.
type heading struct {
	kind, title, number, path string
	seq                       int64
	from, to                  named
	lang, reader              string
}

// language is the one asked for; else that of who receives the document: the reader's own where the reader receives it, and
// otherwise that of the receiver's country.
func (h heading) language(a access.Actor, to partner.Org) string {
	switch {
	case h.lang != "":
		return i18n.Lang(h.lang)
	case h.reader != "" && (a.Org == h.to.org || to.ID == 0):
		return i18n.Lang(h.reader)
	case to.ID != 0 && to.Country != "ID":
		return i18n.EN
	}
	return i18n.ID
}

// named is a party as a document names it.
type named struct {
	label string
	org   id.ID
	name  string
}

// look is an organisation that the actor may see; none at all where it may not.
func (p *Printer) look(ctx context.Context, a access.Actor, org id.ID) (partner.Org, error) {
	if org == 0 {
		return partner.Org{}, nil
	}
	o, err := p.Partners.Org(ctx, a, org)
	if errs.Is(err, errs.NotFound) || errs.Is(err, errs.Forbidden) {
		return partner.Org{}, nil
	}
	return o, err
}

func letterhead(s *sheet, n named, o partner.Org) party {
	out := party{label: s.t(n.label), name: n.name, city: o.City}
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
	h := heading{kind: Order, title: "paper.order", number: o.Number, path: "/orders/" + o.ID.String(), seq: o.Seq, lang: ask.Lang, reader: ask.Reader,
		from: named{"paper.seller", o.Seller, o.SellerName}, to: named{"paper.buyer", o.Buyer, o.BuyerName}}
	if o.Kind == "return" {
		h.title, h.from, h.to = "paper.return", named{"paper.returned_by", o.Buyer, o.BuyerName}, named{"paper.returned_to", o.Seller, o.SellerName}
	}
	s, err := p.begin(ctx, a, h)
	if err != nil {
		return nil, err
	}
	s.state("order", string(o.Status))
	s.date("paper.ordered_on", o.OrderedOn)
	s.date("paper.wanted_on", o.WantedOn)
	s.fact("paper.reference", o.Reference)
	if err := s.behalf(ctx, p, a, o.Agent, o.AgentName); err != nil {
		return nil, err
	}
	s.columns = []column{{head: s.t("paper.goods"), share: 66}, {head: s.t("paper.qty"), share: 28, right: true}}
	if !o.Blind {
		s.columns = append(s.columns, column{head: s.t("paper.price"), share: 40, right: true}, column{head: s.t("paper.amount"), share: 36, right: true})
	}
	for _, l := range o.Lines {
		s.lines = append(s.lines, s.orderLine(o.Order, l))
	}
	if !o.Blind {
		s.amounts(o.Currency, o.Net, o.Tax, o.Total)
	}
	s.note(o.Note)
	s.sign("paper.sign_buyer", o.BuyerName)
	s.sign("paper.sign_seller", o.SellerName)
	return s, nil
}

func (s *sheet) orderLine(o trade.Order, l trade.Line) line {
	cells := []string{l.Name, i18n.QtyUnit(s.lang, l.UnitQty, l.Unit)}
	if !o.Blind {
		cells = append(cells, i18n.Price(s.lang, o.Currency, l.Price)+"/"+i18n.UnitName(s.lang, l.BaseUnit), i18n.Money(s.lang, o.Currency, l.Net))
	}
	sub := l.SKU
	if l.Unit != l.BaseUnit {
		sub += " · " + i18n.QtyUnit(s.lang, l.Qty, l.BaseUnit)
	}
	if l.Cancelled > 0 {
		sub += " · " + s.t("paper.cancelled", "qty", i18n.QtyUnit(s.lang, l.Cancelled, l.BaseUnit))
	}
	return line{cells: cells, sub: sub}
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
	x := heading{kind: Shipment, title: "paper.shipment", number: h.Number, path: "/shipments/" + h.ID.String(), seq: h.Seq, lang: ask.Lang, reader: ask.Reader,
		from: named{"paper.sender", h.Seller, h.SellerName}, to: named{"paper.receiver", h.Buyer, h.BuyerName}}
	if h.Kind == "return" {
		x.title, x.from, x.to = "paper.shipment_back", named{"paper.sender", h.Buyer, h.BuyerName}, named{"paper.receiver", h.Seller, h.SellerName}
	}
	s, err := p.begin(ctx, a, x)
	if err != nil {
		return nil, err
	}
	s.state("shipment", h.Status)
	s.fact("paper.dispatched_at", i18n.Time(s.lang, h.DispatchedAt, s.zone))
	s.fact("paper.received_at", i18n.Time(s.lang, h.ReceivedAt, s.zone))
	s.fact("paper.of_order", h.OrderNumber)
	s.fact("paper.carrier", h.CarrierName)
	s.fact("paper.tracking", h.Tracking)
	if err := s.behalf(ctx, p, a, h.Agent, h.AgentName); err != nil {
		return nil, err
	}
	s.columns = []column{{head: s.t("paper.goods"), share: 58}, {head: s.t("paper.lot"), share: 34}, {head: s.t("paper.expires"), share: 26},
		{head: s.t("paper.sent"), share: 26, right: true}, {head: s.t("paper.received"), share: 26, right: true}}
	for _, l := range h.Lines {
		s.lines = append(s.lines, s.shipmentLine(h, l))
	}
	s.note(h.Note)
	s.sign("paper.sign_sender", s.from.name)
	s.sign("paper.sign_carrier", h.CarrierName)
	s.sign("paper.sign_receiver", s.to.name)
	for i := range s.signs {
		if s.signs[i].name == "" {
			s.signs[i].name = s.t("paper.sign_name")
		}
	}
	return s, nil
}

func (s *sheet) shipmentLine(h trade.Shipment, l trade.ShipmentLine) line {
	came, sub, expires := "________", l.SKU, ""
	if l.ExpiresOn != "" {
		expires = i18n.Date(s.lang, l.ExpiresOn)
	}
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
	return line{cells: []string{l.Name, l.LotCode, expires, i18n.QtyUnit(s.lang, l.Qty, l.BaseUnit), came}, sub: sub}
}
