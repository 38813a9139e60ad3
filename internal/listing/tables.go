package listing

import (
	"context"
	"strings"

	"saluran/internal/access"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/goods"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/internal/trade"
)

// table is a list as a workbook: its columns (keys of words) and how a page of its rows is read.
type table struct {
	columns []column
	sort    string
	right   string // of whoever reads it
	rows    func(s *Service, ctx context.Context, a access.Actor, q list.Query) (rows [][]any, next string, err error)
}

type column struct {
	key   string
	width int
}

// A cell is a string (text), code (text that stays as it is), clock.Date, amount, int64 or qty.Qty.
type (
	code   string
	amount struct {
		of       money.Minor
		currency string
		hidden   bool
	}
)

var tables = map[string]table{
	"orders": {[]column{{"order.number", 18}, {"col.kind", 10}, {"order.status", 16}, {"col.seller", 28}, {"col.buyer", 28}, {"col.agent", 24}, {"order.reference", 18},
		{"order.ordered_on", 12}, {"col.wanted_on", 12}, {"col.currency", 9}, {"col.net", 16}, {"order.total", 16}}, "-id", "order:list", ordersOf},
	"shipments": {[]column{{"shipment.number", 18}, {"order.status", 16}, {"col.seller", 28}, {"col.buyer", 28}, {"col.carrier", 24}, {"col.tracking", 20}, {"shipment.left", 12}, {"col.received", 12}}, "-id", "shipment:list", shipmentsOf},
	"invoices": {[]column{{"invoice.number", 18}, {"col.kind", 12}, {"order.status", 14}, {"col.seller", 28}, {"col.buyer", 28}, {"shipment.order", 18}, {"invoice.issued_on", 12}, {"invoice.due_on", 12},
		{"col.currency", 9}, {"order.total", 16}, {"invoice.open", 16}}, "-issued_on", "invoice:read", invoicesOf},
	"payments": {[]column{{"payment.number", 18}, {"order.status", 14}, {"col.payer", 28}, {"col.payee", 28}, {"payment.method", 14}, {"order.reference", 20}, {"payment.value_on", 12}, {"col.currency", 9}, {"payment.amount", 16}}, "-id", "payment:read", paymentsOf},
	"partners": {[]column{{"order.partner", 32}, {"col.code", 14}, {"partner.side", 14}, {"col.channel", 24}, {"partner.agent", 24}}, "", "partner:read", partnersOf},
	"products": {[]column{{"col.code", 16}, {"col.name", 36}, {"product.kind", 10}, {"col.unit", 10}, {"product.vat", 12}, {"order.status", 12}}, "", "product:read", productsOf},
	"stock": {[]column{{"col.code", 16}, {"col.name", 36}, {"col.lot", 16}, {"col.expires", 12}, {"stock.owner", 28}, {"stock.holder", 28}, {"col.place", 24}, {"stock.bearer", 28},
		{"order.qty", 12}, {"col.unit", 10}}, "", "stock:read", stockOf},
	"visits": {[]column{{"visit.day", 12}, {"visit.shop", 32}, {"visit.who", 24}, {"visit.org", 28}, {"visit.result", 18}, {"visit.label_reason", 20}, {"visit.in", 18}, {"visit.out", 18}, {"visit.counted", 10},
		{"visit.order", 24}, {"visit.label_note", 40}}, "", "visit:read", visitsOf},
	"lots": {[]column{{"col.lot", 16}, {"col.code", 16}, {"col.name", 36}, {"order.status", 12}, {"col.made", 12}, {"col.expires", 12}, {"order.qty", 12}}, "", "stock:read", lotsOf},
	"channel-map": {[]column{{"col.side", 16}, {"order.partner", 32}, {"col.code", 14}, {"col.kind", 14}, {"col.city", 20}, {"col.tier", 8}, {"partner.agent", 24}, {"map.terms", 18}, {"col.currency", 9},
		{"map.sales", 18}, {"map.dues", 18}, {"map.overdue", 18}, {"col.last", 12}, {"map.stock_there", 28}}, "", "channel:read", mapOf},
}

// word is a key in the reader's language.
func word(a access.Actor, key string) string { return i18n.T(i18n.Lang(a.Lang), key) }

func ordersOf(s *Service, ctx context.Context, a access.Actor, q list.Query) (out [][]any, next string, err error) {
	p, err := s.Trade.Orders(ctx, a, q)
	for _, o := range p.Items {
		out = append(out, []any{code(o.Number), word(a, "col.order_"+o.Kind), word(a, "status.order."+o.Status), o.SellerName, o.BuyerName, o.AgentName, code(o.Reference), o.OrderedOn, o.WantedOn,
			code(o.Currency), amount{o.Net, o.Currency, o.Blind}, amount{o.Total, o.Currency, o.Blind}})
	}
	return out, p.Next, err
}

func shipmentsOf(s *Service, ctx context.Context, a access.Actor, q list.Query) (out [][]any, next string, err error) {
	p, err := s.Trade.Shipments(ctx, a, q)
	for _, h := range p.Items {
		out = append(out, []any{code(h.Number), word(a, "status.shipment."+h.Status), h.SellerName, h.BuyerName, h.CarrierName, code(h.Tracking), day(a, h.DispatchedAt), day(a, h.ReceivedAt)})
	}
	return out, p.Next, err
}

func day(a access.Actor, at clock.Instant) clock.Date {
	if at == 0 {
		return ""
	}
	return at.In(a.Zone)
}

func invoicesOf(s *Service, ctx context.Context, a access.Actor, q list.Query) (out [][]any, next string, err error) {
	p, err := s.Trade.Invoices(ctx, a, q)
	for _, v := range p.Items {
		open, status := v.Open(), "status.invoice."+v.Status
		if v.Kind == trade.KindCredit {
			open, status = 0, "col.invoice_credit"
		}
		out = append(out, []any{code(v.Number), word(a, "col.invoice_"+v.Kind), word(a, status), v.SellerName, v.BuyerName, code(v.OrderNumber), v.IssuedOn, v.DueOn, code(v.Currency),
			amount{v.Total, v.Currency, false}, amount{open, v.Currency, false}})
	}
	return out, p.Next, err
}

func paymentsOf(s *Service, ctx context.Context, a access.Actor, q list.Query) (out [][]any, next string, err error) {
	p, err := s.Trade.Payments(ctx, a, q)
	for _, v := range p.Items {
		out = append(out, []any{code(v.Number), word(a, "status.payment."+v.Status), v.PayerName, v.PayeeName, word(a, "method."+v.Method), code(v.Reference), v.ValueOn, code(v.Currency), amount{v.Amount, v.Currency, false}})
	}
	return out, p.Next, err
}

func partnersOf(s *Service, ctx context.Context, a access.Actor, q list.Query) (out [][]any, next string, err error) {
	p, err := s.Partner.Links(ctx, a, q)
	for _, l := range p.Items {
		name, no, side := l.BuyerName, l.BuyerCode, "buyer"
		switch a.Org {
		case l.Buyer:
			name, no, side = l.SellerName, l.SellerCode, "seller"
		case l.Agent:
			side = "agent"
		}
		out = append(out, []any{name, code(no), word(a, "partner.is_"+side), l.ChannelName, l.AgentName})
	}
	return out, p.Next, err
}

func productsOf(s *Service, ctx context.Context, a access.Actor, q list.Query) (out [][]any, next string, err error) {
	p, err := s.Catalog.Products(ctx, a, q)
	for _, x := range p.Items {
		kind, active := "goods", "yes"
		if x.Service {
			kind = "service"
		}
		if !x.Active {
			active = "no"
		}
		out = append(out, []any{code(x.SKU), x.Name, word(a, "product."+kind), i18n.UnitName(i18n.Lang(a.Lang), x.BaseUnit), word(a, "vat."+x.VATClass), word(a, "status.active."+active)})
	}
	return out, p.Next, err
}

func stockOf(s *Service, ctx context.Context, a access.Actor, q list.Query) (out [][]any, next string, err error) {
	by := goods.By(q.Filter["by"])
	if by == "" {
		by = goods.ByOwner
	}
	p, err := s.Goods.Stock(ctx, a, by, 0, q)
	for _, x := range p.Items {
		out = append(out, []any{code(x.SKU), x.ProductName, code(x.LotCode), x.ExpiresOn, x.OwnerName, x.HolderName, x.PlaceName, x.BearerName, x.Qty, i18n.UnitName(i18n.Lang(a.Lang), x.BaseUnit)})
	}
	return out, p.Next, err
}

func lotsOf(s *Service, ctx context.Context, a access.Actor, q list.Query) (out [][]any, next string, err error) {
	p, err := s.Goods.NearExpiry(ctx, a, "9999-12-31", q)
	for _, l := range p.Items {
		out = append(out, []any{code(l.Code), code(l.SKU), l.ProductName, word(a, "status.lot."+l.Status), l.MadeOn, l.ExpiresOn, l.Qty})
	}
	return out, p.Next, err
}

// IDs are the ids of what a filter of a list finds, where they are not more than Most; of the lists that have acts alone.
func (s *Service) IDs(ctx context.Context, a access.Actor, name string, filter map[string]string) (out []id.ID, err error) {
	q := list.Query{Size: list.MaxSize, Filter: filter}
	var next string
	switch name {
	case "orders":
		var p list.Page[trade.OrderRow]
		p, err = s.Trade.Orders(ctx, a, q)
		next, out = p.Next, idsOf(p.Items, func(o trade.OrderRow) id.ID { return o.ID })
	case "payments":
		var p list.Page[trade.PaymentItem]
		p, err = s.Trade.Payments(ctx, a, q)
		next, out = p.Next, idsOf(p.Items, func(v trade.PaymentItem) id.ID { return v.ID })
	case "products":
		var p list.Page[catalog.Product]
		p, err = s.Catalog.Products(ctx, a, q)
		next, out = p.Next, idsOf(p.Items, func(x catalog.Product) id.ID { return x.ID })
	default:
		return nil, errs.Gone()
	}
	if err == nil && next != "" {
		err = errs.New(errs.Invalid, "bulk.too_many", "n", "200")
	}
	return out, err
}

func idsOf[T any](rows []T, of func(T) id.ID) (out []id.ID) {
	for _, r := range rows {
		out = append(out, of(r))
	}
	return out
}

// text is a cell as the digest and a search see it.
func text(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case code:
		return string(x)
	case clock.Date:
		return string(x)
	case amount:
		if x.hidden {
			return ""
		}
		return money.Currencies[x.currency].Format(x.of)
	case qty.Qty:
		return x.String()
	}
	return ""
}

// line is a row as the digest reads it.
func line(row []any) string {
	cells := make([]string, len(row))
	for i, v := range row {
		cells[i] = text(v)
	}
	return strings.Join(cells, "\t") + "\n"
}

func visitsOf(s *Service, ctx context.Context, a access.Actor, q list.Query) (out [][]any, next string, err error) {
	p, err := s.Visits.Visits(ctx, a, q)
	moment := func(at clock.Instant) code {
		if at == 0 {
			return ""
		}
		return code(at.Time().In(clock.Zone(a.Zone)).Format("2006-01-02 15:04"))
	}
	for _, v := range p.Items {
		state, why, orders := "open", "", make([]string, len(v.Orders))
		if v.Out != 0 {
			state = v.Result
		}
		if v.Reason != "" {
			why = word(a, "visit.why_"+v.Reason)
		}
		for i, o := range v.Orders {
			orders[i] = o.Number
		}
		out = append(out, []any{v.Day, v.ShopName, v.PersonName, v.OrgName, word(a, "status.visit."+state), why, moment(v.In), moment(v.Out), qty.Units(int64(len(v.Counts))), code(strings.Join(orders, ", ")), v.Note})
	}
	return out, p.Next, err
}
