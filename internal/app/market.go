package app

import (
	"context"
	"iter"

	"saluran/internal/access"
	"saluran/internal/cart"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/trade"
)

// market gives baskets the goods of the catalogue and the books of trade.
type market struct {
	trade   *trade.Service
	catalog *catalog.Service
	// placed is told of each order that somebody placed; what it answers is no reason to take the order back.
	placed func(ctx context.Context, a access.Actor, seller, buyer, order id.ID)
}

func (m market) Quote(ctx context.Context, a access.Actor, seller, buyer id.ID, lines []cart.Ask) (cart.Quote, error) {
	c := trade.Place{Seller: seller, Buyer: buyer, Lines: make([]trade.PlaceLine, len(lines))}
	for i, l := range lines {
		c.Lines[i] = trade.PlaceLine{Product: l.Product, Qty: l.Qty, Unit: l.Unit}
	}
	q, err := m.trade.Quote(ctx, a, c)
	if err != nil {
		return cart.Quote{}, err
	}
	d := q.Deal
	out := cart.Quote{Terms: cart.Terms{Seller: d.Seller, Buyer: d.Buyer, SellerName: d.SellerName, BuyerName: d.BuyerName, Rel: q.Rel, Currency: d.Currency, MinOrder: d.MinOrder,
		NetDays: d.NetDays, Prepay: d.Prepay, BuyerKind: d.BuyerKind, On: q.On}, Lines: make([]cart.Quoted, len(lines)), Net: q.Net, Tax: q.Tax, Total: q.Total, Below: q.Below() > 0}
	for i, l := range q.Lines {
		out.Lines[i] = cart.Quoted{Base: l.Qty, Price: l.Price, Net: l.Net, Tax: l.Tax, Fault: q.Faults[i]}
	}
	return out, nil
}

func (m market) Offer(ctx context.Context, a access.Actor, seller, buyer id.ID, on clock.Date) (cart.Goods, error) {
	all, err := m.catalog.Whole(ctx, a, seller, buyer, on)
	return offering{all}, err
}

// offering is what a catalogue offers, as baskets know goods: each is turned into one when it is asked for.
type offering struct{ all *catalog.Offering }

func (o offering) Item(product id.ID) (cart.Item, bool) {
	it, ok := o.all.Item(product)
	if !ok {
		return cart.Item{}, false
	}
	return inBasket(it), true
}

func (o offering) All() iter.Seq[cart.Item] {
	return func(yield func(cart.Item) bool) {
		for it := range o.all.All() {
			if !yield(inBasket(it)) {
				return
			}
		}
	}
}

func inBasket(it catalog.Item) cart.Item {
	out := cart.ItemOf(it.Product, it.SKU, it.GTIN, it.Name, it.Service, it.BaseUnit, it.Decimals, it.Units)
	for _, b := range it.Breaks {
		out.Breaks = append(out.Breaks, cart.Break(b))
	}
	return out
}

func (m market) Usual(ctx context.Context, a access.Actor, seller, buyer id.ID, since clock.Date) ([]cart.Usual, error) {
	rows, err := m.trade.Usual(ctx, a, seller, buyer, since)
	out := make([]cart.Usual, len(rows))
	for i, u := range rows {
		out[i] = cart.Usual{Product: u.Product, Orders: u.Orders, Last: u.Last, Unit: u.Unit, Qty: u.UnitQty}
	}
	return out, err
}

func (m market) Earlier(ctx context.Context, a access.Actor, order id.ID) (cart.Earlier, error) {
	o, err := m.trade.Bare(ctx, a, order)
	if err != nil {
		return cart.Earlier{}, err
	}
	out := cart.Earlier{Seller: o.Seller, Buyer: o.Buyer}
	for _, l := range o.Lines {
		out.Lines = append(out.Lines, cart.EarlierLine{Ask: cart.Ask{Product: l.Product, Qty: l.UnitQty, Unit: l.Unit}, Name: l.Name})
	}
	return out, nil
}

func (m market) Place(ctx context.Context, a access.Actor, o cart.Order) (cart.Placed, error) {
	c := trade.Place{Key: trade.Key{Client: o.Client, Hash: o.Hash}, Seller: o.Seller, Buyer: o.Buyer, WantedOn: o.WantedOn, Reference: o.Reference, Note: o.Note, HoldCredit: o.HoldCredit}
	for _, l := range o.Lines {
		c.Lines = append(c.Lines, trade.PlaceLine{Product: l.Product, Qty: l.Qty, Unit: l.Unit, Purpose: l.Purpose, Price: &l.Price})
	}
	placed, err := m.trade.Place(ctx, a, c)
	if err == nil {
		m.placed(ctx, a, placed.Seller, placed.Buyer, placed.ID)
	}
	return cart.Placed{ID: placed.ID, Held: placed.Status == trade.CreditHold}, err
}
