package api

import (
	"cmp"
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/catalog"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/qty"
)

// Product as the API shows it.
type Product struct {
	ID       id.ID  `json:"id"`
	Producer id.ID  `json:"producer"`
	SKU      string `json:"sku"`
	Name     string `json:"name"`
	Kind     string `json:"kind" enum:"goods,service"`
	BaseUnit string `json:"base_unit"`
	Decimals int    `json:"decimals" doc:"How finely the base unit may be divided"`
	VATClass string `json:"vat_class"`
	GTIN     string `json:"gtin,omitempty"`
	Expires  bool   `json:"expires" doc:"Its lots carry an expiry date"`
	Active   bool   `json:"active"`
	Units    []Unit `json:"units"`
	Version  int64  `json:"version"`
}

// Unit is a pack: one carton is 24 pcs.
type Unit struct {
	Name string `json:"name" example:"carton"`
	Base string `json:"base" doc:"How many base units it has" example:"24"`
}

// NewProduct is a product to be made, or its new state.
type NewProduct struct {
	SKU      string `json:"sku,omitempty" doc:"Not to be changed later" maxLength:"40"`
	Name     string `json:"name" maxLength:"200"`
	Kind     string `json:"kind,omitempty" enum:"goods,service" doc:"goods when left out; not to be changed later"`
	BaseUnit string `json:"base_unit,omitempty" doc:"pcs when left out; not to be changed later"`
	Decimals int    `json:"decimals,omitempty" minimum:"0" maximum:"3" doc:"Not to be changed later"`
	VATClass string `json:"vat_class,omitempty" enum:"standard,luxury,exempt"`
	GTIN     string `json:"gtin,omitempty"`
	Expires  bool   `json:"expires,omitempty"`
	Active   *bool  `json:"active,omitempty" doc:"true when left out"`
	Units    []Unit `json:"units,omitempty" maxItems:"20"`
}

func (w NewProduct) product(r *reader) catalog.Product {
	p := catalog.Product{SKU: w.SKU, Name: w.Name, Service: w.Kind == "service", BaseUnit: w.BaseUnit, Decimals: w.Decimals, VATClass: w.VATClass,
		GTIN: w.GTIN, Expires: w.Expires, Active: w.Active == nil || *w.Active}
	for i, u := range w.Units {
		p.Units = append(p.Units, catalog.Unit{Name: u.Name, Base: r.qty(at("units", i, "base"), u.Base)})
	}
	return p
}

func productWire(p catalog.Product) Product {
	w := Product{ID: p.ID, Producer: p.Producer, SKU: p.SKU, Name: p.Name, Kind: "goods", BaseUnit: p.BaseUnit, Decimals: p.Decimals,
		VATClass: p.VATClass, GTIN: p.GTIN, Expires: p.Expires, Active: p.Active, Units: []Unit{}, Version: p.Version}
	if p.Service {
		w.Kind = "service"
	}
	for _, u := range p.Units {
		w.Units = append(w.Units, Unit{u.Name, u.Base.String()})
	}
	return w
}

func oneProduct(p catalog.Product, err error) (*one[Product], error) {
	if err != nil {
		return nil, err
	}
	return &one[Product]{httpx.ETag(p.Version), productWire(p)}, nil
}

func (a *API) products() {
	const tag = "Products"
	handle(a, made(post("add-product", "/products", tag, "Make a product of your organisation")), a.addProduct)
	handle(a, get("list-products", "/products", tag, "The products that you make, sell or are offered"), a.listProducts)
	handle(a, get("product", "/products/{id}", tag, "A product"), a.product)
	handle(a, change("change-product", "/products/{id}", tag, "Change a product"), a.changeProduct)
	handle(a, get("offer", "/offers", tag, "What a seller offers a buyer today, with prices"), a.offer)
	handle(a, made(post("add-price-list", "/price-lists", tag, "Make a price list")), a.addPriceList)
	handle(a, get("list-price-lists", "/price-lists", tag, "Your price lists"), a.listPriceLists)
	handle(a, get("price-list", "/price-lists/{id}", tag, "A price list of yours"), a.priceList)
	handle(a, change("change-price-list", "/price-lists/{id}", tag, "Rename a price list"), a.renameList)
	handle(a, get("list-prices", "/price-lists/{id}/prices", tag, "The prices of a list"), a.listPrices)
	handle(a, post("set-prices", "/price-lists/{id}/prices", tag, "Put prices on a list, all or none"), a.setPrices)
}

func (a *API) addProduct(ctx context.Context, who access.Actor, in *struct{ Body NewProduct }) (*one[Product], error) {
	var r reader
	p := in.Body.product(&r)
	if err := r.err(); err != nil {
		return nil, err
	}
	made, err := a.Catalog.AddProduct(ctx, who, audit.Key(httpx.Of(ctx).Key), p)
	return oneProduct(made, err)
}

type changeProductIn struct {
	ByID
	Body NewProduct
}

func (a *API) changeProduct(ctx context.Context, who access.Actor, in *changeProductIn) (*one[Product], error) {
	var r reader
	p := in.Body.product(&r)
	if err := r.err(); err != nil {
		return nil, err
	}
	p.ID, p.Version = in.ID.ID, httpx.Of(ctx).IfMatch
	changed, err := a.Catalog.ChangeProduct(ctx, who, audit.Key(httpx.Of(ctx).Key), p)
	return oneProduct(changed, err)
}

func (a *API) product(ctx context.Context, who access.Actor, in *ByID) (*one[Product], error) {
	return oneProduct(a.Catalog.Product(ctx, who, in.ID.ID))
}

type productsIn struct {
	Paging
	Q    string `query:"q" doc:"A part of the name"`
	Mine bool   `query:"mine" doc:"Only what your organisation makes"`
}

func (a *API) listProducts(ctx context.Context, who access.Actor, in *productsIn) (*page[Product], error) {
	mine := ""
	if in.Mine {
		mine = "1"
	}
	p, err := a.Catalog.Products(ctx, who, in.query("q", in.Q, "mine", mine))
	if err != nil {
		return nil, err
	}
	return listed(p, productWire), nil
}

// Offered is a product as it is offered today.
type Offered struct {
	Product  id.ID   `json:"product"`
	SKU      string  `json:"sku"`
	GTIN     string  `json:"gtin,omitempty"`
	Name     string  `json:"name"`
	Kind     string  `json:"kind" enum:"goods,service"`
	BaseUnit string  `json:"base_unit"`
	Decimals int     `json:"decimals"`
	Units    []Unit  `json:"units"`
	Prices   []Break `json:"prices" doc:"Of one base unit, by quantity"`
	TaxCode  string  `json:"tax_code"`
}

// Break of a price ladder.
type Break struct {
	MinQty string `json:"min_qty"`
	Price  string `json:"price"`
}

type offerIn struct {
	Paging
	Seller ref    `query:"seller" required:"true"`
	Buyer  ref    `query:"buyer" doc:"Your organisation when left out"`
	Q      string `query:"q" doc:"A part of the name or code, or a bar code"`
	Kind   string `query:"kind" enum:"goods,service"`
	Ladder bool   `query:"ladder" doc:"Only what costs less in quantity"`
}

type offerOut struct {
	Body struct {
		Currency string `json:"currency"`
		Listed[Offered]
	}
}

func (a *API) offer(ctx context.Context, who access.Actor, in *offerIn) (*offerOut, error) {
	if in.Buyer.ID == 0 {
		in.Buyer.ID = who.Org
	}
	ladder := ""
	if in.Ladder {
		ladder = "1"
	}
	p, currency, err := a.Catalog.Offer(ctx, who, in.Seller.ID, in.Buyer.ID, a.Clock.Now().In(who.Zone), in.query("q", in.Q, "kind", in.Kind, "ladder", ladder))
	if err != nil {
		return nil, err
	}
	out := &offerOut{}
	out.Body.Currency, out.Body.Listed = currency, listed(p, offeredWire).Body
	return out, nil
}

func offeredWire(it catalog.Item) Offered {
	w := Offered{Product: it.Product, SKU: it.SKU, GTIN: it.GTIN, Name: it.Name, Kind: "goods", BaseUnit: it.BaseUnit, Decimals: it.Decimals, TaxCode: it.Tax.Code,
		Units: unitsWire(it.Units), Prices: []Break{}}
	if it.Service {
		w.Kind = "service"
	}
	for _, b := range it.Breaks {
		w.Prices = append(w.Prices, Break{b.MinQty.String(), b.Price.String()})
	}
	return w
}

// PriceList as the API shows it.
type PriceList struct {
	ID       id.ID  `json:"id"`
	Name     string `json:"name"`
	Currency string `json:"currency"`
	Version  int64  `json:"version"`
}

func priceListWire(l catalog.PriceList) PriceList {
	return PriceList{l.ID, l.Name, l.Currency, l.Version}
}

type addListIn struct {
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"120"`
		Currency string `json:"currency" example:"IDR"`
	}
}

func (a *API) addPriceList(ctx context.Context, who access.Actor, in *addListIn) (*one[PriceList], error) {
	l, err := a.Catalog.AddList(ctx, who, audit.Key(httpx.Of(ctx).Key), catalog.PriceList{Name: in.Body.Name, Currency: in.Body.Currency})
	if err != nil {
		return nil, err
	}
	return &one[PriceList]{httpx.ETag(l.Version), priceListWire(l)}, nil
}

func (a *API) priceList(ctx context.Context, who access.Actor, in *ByID) (*one[PriceList], error) {
	l, err := a.Catalog.List(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	return &one[PriceList]{httpx.ETag(l.Version), priceListWire(l)}, nil
}

type renameListIn struct {
	ByID
	Body struct {
		Name string `json:"name"`
	}
}

func (a *API) renameList(ctx context.Context, who access.Actor, in *renameListIn) (*one[PriceList], error) {
	req := httpx.Of(ctx)
	l, err := a.Catalog.RenameList(ctx, who, audit.Key(req.Key), catalog.PriceList{ID: in.ID.ID, Name: in.Body.Name, Version: req.IfMatch})
	if err != nil {
		return nil, err
	}
	return &one[PriceList]{httpx.ETag(l.Version), priceListWire(l)}, nil
}

func (a *API) listPriceLists(ctx context.Context, who access.Actor, _ *struct{}) (*page[PriceList], error) {
	all, err := a.Catalog.Lists(ctx, who)
	if err != nil {
		return nil, err
	}
	return whole(all, priceListWire), nil
}

// Price is one break of a product on a list.
type Price struct {
	Product id.ID  `json:"product"`
	MinQty  string `json:"min_qty,omitempty" doc:"From so many base units on; 0 when left out"`
	From    string `json:"from" doc:"YYYY-MM-DD, the first day"`
	Until   string `json:"until,omitempty" doc:"The last day; for ever when left out"`
	Price   string `json:"price" doc:"Of one base unit, at most four decimals"`
}

type pricesIn struct {
	ByID
	Paging
}

func (a *API) listPrices(ctx context.Context, who access.Actor, in *pricesIn) (*page[Price], error) {
	p, err := a.Catalog.PricesOf(ctx, who, in.ID.ID, in.query())
	if err != nil {
		return nil, err
	}
	return listed(p, func(p catalog.Price) Price {
		return Price{p.Product, p.MinQty.String(), string(p.From), string(p.Until), p.Price.String()}
	}), nil
}

type setPricesIn struct {
	ByID
	Body struct {
		Prices []Price `json:"prices" minItems:"1" maxItems:"5000"`
	}
}

func (a *API) setPrices(ctx context.Context, who access.Actor, in *setPricesIn) (*struct{}, error) {
	var r reader
	prices := make([]catalog.Price, len(in.Body.Prices))
	for i, p := range in.Body.Prices {
		from := r.date(at("prices", i, "from"), p.From)
		prices[i] = catalog.Price{Product: p.Product, MinQty: r.optQty(at("prices", i, "min_qty"), p.MinQty), From: from,
			Until: r.date(at("prices", i, "until"), p.Until), Price: r.price(at("prices", i, "price"), p.Price)}
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return nil, a.Catalog.SetPrices(ctx, who, audit.Key(httpx.Of(ctx).Key), in.ID.ID, prices)
}

func unitsWire(m map[string]qty.Qty) []Unit {
	out := make([]Unit, 0, len(m))
	for name, base := range m {
		out = append(out, Unit{name, base.String()})
	}
	slices.SortFunc(out, func(x, y Unit) int { return cmp.Compare(x.Name, y.Name) })
	return out
}
