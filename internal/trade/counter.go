package trade

import (
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/ledger"
)

// counterMethods are the ways to pay at a counter.
var counterMethods = []string{"cash", "qris", "transfer", "va"}

// CounterSale sells over the counter to the seller's nameless consumer: goods consumed (title passes through every owner first,
// where the seller has none yet), invoice and, where it is paid, payment, all in one journal. What is promised to orders is not
// sold: order.stock_promised.
func (s *Service) CounterSale(ctx context.Context, a access.Actor, c CounterSale) (o Order, err error) {
	if err := (&Place{Seller: a.Org, Lines: c.Lines}).check(); err != nil {
		return Order{}, err
	}
	if c.Method == "" {
		c.Method = counterMethods[0]
	}
	if !slices.Contains(counterMethods, c.Method) {
		return Order{}, errs.OnFields("payment.invalid", errs.F("method", "payment.unknown_method"))
	}
	if err := s.require(ctx, a, access.Seller, "order", "counter_sale"); err != nil {
		return Order{}, err
	}
	err = s.decide(ctx, false, func() error {
		o, err = s.sell(ctx, a, c)
		return err
	})
	if err != nil {
		if o.ID, err = s.orReplay(ctx, a, c.Key, err); err != nil {
			return Order{}, err
		}
	}
	if o, err = s.order(ctx, a.Org, o.ID); err != nil {
		return Order{}, err
	}
	return s.seen(ctx, a, o), nil
}

func (s *Service) sell(ctx context.Context, a access.Actor, c CounterSale) (Order, error) {
	now := s.Clock.Now()
	shop, epoch, err := s.Shops.Shop(ctx, a.Org, c.List)
	if err != nil {
		return Order{}, err
	}
	on := now.In(shop.Zone)
	d := Deal{Seller: a.Org, Buyer: shop.Consumer, BuyerKind: "consumer", PriceList: c.List, Currency: shop.Currency, Country: shop.Country,
		Zone: shop.Zone, PricesIncludeVAT: shop.PricesIncludeVAT, VATRegistered: shop.VATRegistered, ShipFrom: shop.Warehouse}
	for i := range c.Lines {
		c.Lines[i].Purpose = EndUse
	}
	lines, epoch2, err := s.priced(ctx, d, on, c.Lines)
	if err != nil {
		return Order{}, err
	}
	o := Order{ID: s.DB.IDs.Next(), Kind: KindSale, Seller: a.Org, Buyer: shop.Consumer, PlacedBy: "seller", Currency: d.Currency.Code,
		ShipFrom: d.ShipFrom, OrderedOn: on, Placed: now, Version: 1, Lines: lines}
	o.Number = "CS-" + o.ID.String()
	o.sum()
	if err := o.bounds(d); err != nil {
		return Order{}, err
	}
	p := draft("order.sold_at_counter", "order/"+o.ID.String()+"/counter", by(a, o.Seller, access.Seller), o.ID, now, c.Key).At(min(epoch, epoch2))
	if err := s.handOverCounter(ctx, p, d, o, now); err != nil {
		return Order{}, err
	}
	for i := range o.Lines {
		l := &o.Lines[i]
		l.Dispatched, l.Delivered, l.Invoiced = l.Qty, l.Qty, l.Qty
		p.File(l.row(o.ID))
	}
	o.Status = stage(o, c.Paid)
	p.File(o.row())
	s.receipt(p, a, d, o, c, now)
	r, err := s.post(ctx, p.Tell("order.sold_at_counter", o.fact()), d.Currency)
	o.ID = r.Doc
	return o, err
}

// handOverCounter takes the goods from the shelf, first expired first, into use.
func (s *Service) handOverCounter(ctx context.Context, p *ledger.Post, d Deal, o Order, now clock.Instant) error {
	pick, err := s.picker(ctx, o.Seller, o.ShipFrom, o.goodsOf(), now, d.Zone)
	if err != nil {
		return err
	}
	g := s.passage(p, now)
	for _, l := range o.Lines {
		if l.Service {
			continue
		}
		goods, err := pick.take(l.Product, 0, l.Qty, l.SKU)
		if err != nil {
			return err
		}
		for _, from := range goods {
			ups, err := g.mustBring(ctx, from.Pos, o.Seller, from.Qty)
			if err != nil {
				return err
			}
			for _, up := range ups {
				p.Move(up.Pos, ledger.Outside(ledger.Consumed, up.Pos.Lot, up.Pos.Product), up.Qty)
			}
		}
	}
	g.finish()
	return nil
}

// receipt files the invoice and, where it is paid at once, the payment.
func (s *Service) receipt(p *ledger.Post, a access.Actor, d Deal, o Order, c CounterSale, now clock.Instant) {
	v := Invoice{ID: s.DB.IDs.Next(), Kind: KindInvoice, OrderID: o.ID, Seller: o.Seller, Buyer: o.Buyer, Currency: o.Currency,
		IssuedOn: o.OrderedOn, DueOn: o.OrderedOn, Version: 1}
	var lines []InvoiceLine
	for _, l := range o.Lines {
		x := InvoiceLine{InvoiceID: v.ID, N: l.N, OrderID: o.ID, OrderLine: l.N, Product: l.Product, Qty: l.Qty, Net: l.Net, TaxBase: l.TaxBase, Tax: l.Tax}
		if c.Paid {
			x.Settled = x.Net + x.Tax
		}
		lines = append(lines, x)
	}
	v.sum(lines)
	if c.Paid {
		v.Settled = v.Total
	}
	v.Status = invoiceStatus(v.Total, v.Settled, 0)
	fileInvoice(p, d.Currency, v, lines)
	if !c.Paid || v.Total == 0 {
		return
	}
	pay := s.newPayment(a, o.Buyer, o.Seller, 0, d.Currency, v.Total, PayConfirmed, c.Method, now)
	pay.Allocated, pay.Reference = v.Total, o.Number
	p.File(pay.row(), Part{PaymentID: pay.ID, N: 1, InvoiceID: v.ID, Kind: partInvoice, Amount: v.Total}.row())
	moneyIn(p, pay, d.Currency, v.Total)
}
