package app

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/visit"
)

// wireVisits makes visits over partners, goods and orders.
func (a *App) wireVisits() {
	x := rounds{a}
	a.Visits = visit.New(visit.Config{DB: a.DB, Clock: a.Config.Clock, Gate: a.Gate, Files: a.Files, Shops: x, Goods: x, Orders: x, Staff: a.Identity})
}

// rounds gives visits what they need of other contexts.
type rounds struct{ app *App }

func (x rounds) Calling(ctx context.Context, org, seller, shop id.ID, on clock.Date) (visit.Call, error) {
	c, err := x.app.Partner.Calling(ctx, org, seller, shop, on)
	return visit.Call(c), err
}

func (x rounds) Listed(ctx context.Context, a access.Actor, seller, shop id.ID, on clock.Date, q list.Query) (page list.Page[visit.Good], err error) {
	p, _, err := x.app.Catalog.Offer(ctx, a, seller, shop, on, list.Query{Cursor: q.Cursor, Size: q.Size, Filter: map[string]string{"q": q.Filter["q"], "kind": "goods"}})
	page.Next = p.Next
	for _, it := range p.Items {
		page.Items = append(page.Items, onShelf(it))
	}
	return page, err
}

func (x rounds) Which(ctx context.Context, a access.Actor, seller, shop id.ID, on clock.Date, products []id.ID) (map[id.ID]visit.Good, error) {
	all, err := x.app.Catalog.Whole(ctx, a, seller, shop, on)
	if err != nil {
		return nil, err
	}
	out := map[id.ID]visit.Good{}
	for _, no := range products {
		if it, ok := all.Item(no); ok && !it.Service {
			out[no] = onShelf(it)
		}
	}
	return out, nil
}

func onShelf(it catalog.Item) visit.Good {
	return visit.Good{Product: it.Product, SKU: it.SKU, Name: it.Name, BaseUnit: it.BaseUnit, Decimals: it.Decimals, Units: it.Units}
}

func (x rounds) Usual(ctx context.Context, a access.Actor, seller, shop id.ID, since clock.Date) (out []id.ID, err error) {
	rows, err := x.app.Trade.Usual(ctx, a, seller, shop, since)
	for _, u := range rows {
		out = append(out, u.Product)
	}
	return out, err
}

func (x rounds) Taken(ctx context.Context, a access.Actor, order id.ID) (visit.Taken, error) {
	o, err := x.app.Trade.Bare(ctx, a, order)
	return visit.Taken{Seller: o.Seller, Buyer: o.Buyer, Number: o.Number}, err
}

func (x rounds) Since(ctx context.Context, org, person, seller, shop id.ID, from clock.Instant) ([]id.ID, error) {
	return x.app.Trade.PlacedSince(ctx, org, person, seller, shop, from)
}

// placed links an order with the visit on which it was taken.
func (a *App) placed(ctx context.Context, who access.Actor, seller, buyer, order id.ID) {
	if err := a.Visits.Placed(ctx, who, seller, buyer, order); err != nil {
		a.Log.Warn("order of a visit", "error", err.Error())
	}
}
