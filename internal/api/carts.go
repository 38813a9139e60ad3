package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/cart"
	"saluran/internal/clock"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/id"
)

// Cart is the basket of a person for a seller and a buyer, priced as of today.
type Cart struct {
	ID       id.ID      `json:"id"`
	Seller   Party      `json:"seller"`
	Buyer    Party      `json:"buyer"`
	As       string     `json:"as" enum:"buyer,seller,agent" doc:"What your organisation is between the two"`
	Currency string     `json:"currency"`
	Net      string     `json:"net" doc:"Of the lines that can be ordered, before tax"`
	Tax      string     `json:"tax"`
	Total    string     `json:"total"`
	MinOrder string     `json:"min_order" doc:"The smallest order that was agreed"`
	Below    bool       `json:"below_min_order"`
	Good     int        `json:"good" doc:"Lines that can be ordered"`
	Wrong    int        `json:"wrong" doc:"Lines that somebody has to look at first"`
	Aside    int        `json:"aside" doc:"Lines that are no goods: greetings and thanks, which are not ordered"`
	Seen     string     `json:"seen" doc:"What you see, in short: send it with the order, which is refused where a price is another by then"`
	Lines    []CartLine `json:"lines"`
	Version  int64      `json:"version"`
}

// CartLine is a line of a basket: what was typed, and as much of it as could be understood without choosing for anybody.
type CartLine struct {
	Line       int64       `json:"line"`
	Typed      string      `json:"typed,omitempty" doc:"As it was pasted"`
	Name       string      `json:"name,omitempty" doc:"What it calls the product"`
	QtyTyped   string      `json:"qty_typed,omitempty"`
	UnitTyped  string      `json:"unit_typed,omitempty"`
	Product    id.ID       `json:"product,omitempty" doc:"Left out while it is not known which one is meant"`
	SKU        string      `json:"sku,omitempty"`
	Title      string      `json:"title,omitempty" doc:"The product's name"`
	Qty        string      `json:"qty,omitempty" doc:"In unit; left out while it is not clear"`
	Unit       string      `json:"unit,omitempty"`
	BaseQty    string      `json:"base_qty,omitempty"`
	Price      string      `json:"price,omitempty" doc:"Of a base unit, today, in this quantity"`
	WasPrice   string      `json:"was_price,omitempty" doc:"When the line was written, where it is another now"`
	Net        string      `json:"net,omitempty"`
	Tax        string      `json:"tax,omitempty"`
	Merged     int64       `json:"merged,omitempty" doc:"How many lines more went into this one"`
	Aside      bool        `json:"aside,omitempty" doc:"It is no goods but a greeting or thanks, and is not ordered; change it with do take where it is goods after all"`
	Problem    string      `json:"problem,omitempty" doc:"Why it cannot be ordered as it stands" example:"cart.which"`
	Detail     string      `json:"detail,omitempty" doc:"The same as a sentence"`
	Candidates []Candidate `json:"candidates,omitempty" doc:"Goods that may be meant: choose one by changing the line"`
}

// Candidate is a product that a line may mean.
type Candidate struct {
	Product id.ID  `json:"product"`
	SKU     string `json:"sku"`
	Name    string `json:"name"`
	Units   []Unit `json:"units"`
}

// CartGlance is a basket in a list.
type CartGlance struct {
	ID      id.ID  `json:"id"`
	Seller  Party  `json:"seller"`
	Buyer   Party  `json:"buyer"`
	Lines   int64  `json:"lines"`
	Touched string `json:"touched_at"`
}

func (a *API) carts() {
	const tag = "Carts"
	handle(a, get("list-carts", "/carts", tag, "Your baskets that have something in them, the latest first"), a.listCarts)
	handle(a, post("open-cart", "/carts", tag, "Open your basket for a seller and a buyer"), a.openCart)
	handle(a, get("cart", "/carts/{id}", tag, "A basket of yours, priced as of today"), a.cart)
	handle(a, get("usual-goods", "/carts/{id}/usual", tag, "What the buyer ordered from the seller within ninety days, the most frequent first"), a.usual)
	handle(a, step("change-cart-line", "/carts/{id}/lines", tag, "Add, change or remove a line"), a.changeCart)
	handle(a, step("read-into-cart", "/carts/{id}/read", tag, "Add what was pasted or the rows of a sheet; nothing is guessed"), a.readCart)
	handle(a, step("clear-cart", "/carts/{id}/clear", tag, "Empty a basket"), a.clearCart)
	handle(a, post("reorder", "/orders/{id}/reorder", tag, "Put the goods of an earlier order into your basket"), a.reorder)
	order := made(step("order-cart", "/carts/{id}/order", tag, "Place the order of a basket, once for each version of it"))
	order.Description = "If-Match and seen say what you looked at. Sent again with the same version it answers the same order; where the basket or a price changed meanwhile, nothing is placed."
	handle(a, order, a.orderCart)
}

func (a *API) listCarts(ctx context.Context, who access.Actor, _ *struct{}) (*page[CartGlance], error) {
	all, err := a.Cart.List(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &page[CartGlance]{Body: Listed[CartGlance]{Items: []CartGlance{}}}
	for _, g := range all {
		out.Body.Items = append(out.Body.Items, CartGlance{g.ID, Party{g.Seller, g.SellerName}, Party{g.Buyer, g.BuyerName}, g.Lines, instant(clock.Instant(g.TouchedUs))})
	}
	return out, nil
}

type openCartIn struct {
	Body struct {
		Seller id.ID `json:"seller,omitempty" doc:"Your organisation when left out"`
		Buyer  id.ID `json:"buyer,omitempty" doc:"Your organisation when left out"`
	}
}

func (a *API) openCart(ctx context.Context, who access.Actor, in *openCartIn) (*one[Cart], error) {
	b, err := a.Cart.Make(ctx, who, key(ctx), cart.Pair{Seller: in.Body.Seller, Buyer: in.Body.Buyer})
	return a.oneCart(ctx, who, b, err)
}

func (a *API) cart(ctx context.Context, who access.Actor, in *ByID) (*one[Cart], error) {
	b, err := a.Cart.Get(ctx, who, in.ID.ID)
	return a.oneCart(ctx, who, b, err)
}

// UsualGoods is a product that is ordered again and again.
type UsualGoods struct {
	Candidate
	Orders int64  `json:"orders" doc:"In how many orders of ninety days"`
	LastOn string `json:"last_on"`
	Unit   string `json:"unit" doc:"Of the last time"`
	Qty    string `json:"qty" doc:"The last time"`
}

func (a *API) usual(ctx context.Context, who access.Actor, in *ByID) (*page[UsualGoods], error) {
	p, err := a.Cart.PairOf(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	all, err := a.Cart.Usual(ctx, who, p)
	if err != nil {
		return nil, err
	}
	out := &page[UsualGoods]{Body: Listed[UsualGoods]{Items: []UsualGoods{}}}
	for _, u := range all {
		out.Body.Items = append(out.Body.Items, UsualGoods{candidateWire(u.Item), u.Orders, string(u.Last), u.Unit, u.Qty.String()})
	}
	return out, nil
}

type changeCartIn struct {
	ByID
	Body struct {
		Line    int64  `json:"line,omitempty" doc:"Left out for a line of product and unit, new or there already"`
		Product id.ID  `json:"product,omitempty" doc:"Which one the line means"`
		Unit    string `json:"unit,omitempty" maxLength:"16"`
		Do      string `json:"do,omitempty" enum:"set,more,less,remove,take" doc:"set when left out: the quantity becomes qty; one more; one less; the line goes; a line aside is goods after all"`
		Qty     string `json:"qty,omitempty" maxLength:"40" doc:"As people type it; an empty one, 0 or what is no number stays in the line as its problem"`
	}
}

func (a *API) changeCart(ctx context.Context, who access.Actor, in *changeCartIn) (*one[Cart], error) {
	p, err := a.Cart.PairOf(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	w := in.Body
	b, err := a.Cart.Change(ctx, who, key(ctx), cart.Change{Pair: p, Version: httpx.Of(ctx).IfMatch, Line: w.Line, Product: w.Product, Unit: w.Unit, Do: cart.Do(w.Do), Qty: w.Qty})
	return a.oneCart(ctx, who, b, err)
}

type readCartIn struct {
	ByID
	Body struct {
		Text        string     `json:"text,omitempty" maxLength:"1000000" doc:"Lines of a spreadsheet or a message"`
		Rows        [][]string `json:"rows,omitempty" maxItems:"5001" doc:"Or the rows of a sheet: name or code, quantity, unit, or as the first row says"`
		WithoutUnit string     `json:"without_unit,omitempty" enum:"ask,large,small" doc:"What a quantity without a unit is counted in: ask (when left out) leaves it open, large and small are the largest and smallest pack"`
	}
}

// ReadCart is what was added, and the basket as it is now.
type ReadCart struct {
	Read   int  `json:"read"`
	Added  int  `json:"added"`
	Merged int  `json:"merged" doc:"Lines that went into others"`
	Wrong  int  `json:"wrong" doc:"Lines that somebody has to look at"`
	Aside  int  `json:"aside" doc:"Lines that are no goods: greetings and thanks"`
	Cart   Cart `json:"cart"`
}

func (a *API) readCart(ctx context.Context, who access.Actor, in *readCartIn) (*one[ReadCart], error) {
	p, err := a.Cart.PairOf(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	rule, version := cart.UnitRule(in.Body.WithoutUnit), httpx.Of(ctx).IfMatch
	if len(in.Body.Rows) > 0 {
		g, err := a.Cart.ReadSheet(ctx, who, key(ctx), p, version, in.Body.Rows, rule)
		return a.gathered(ctx, who, g, err)
	}
	g, err := a.Cart.Read(ctx, who, key(ctx), p, version, in.Body.Text, rule)
	return a.gathered(ctx, who, g, err)
}

func (a *API) reorder(ctx context.Context, who access.Actor, in *ByID) (*one[ReadCart], error) {
	g, err := a.Cart.Like(ctx, who, key(ctx), in.ID.ID)
	return a.gathered(ctx, who, g, err)
}

func (a *API) gathered(ctx context.Context, who access.Actor, g cart.Gathered, err error) (*one[ReadCart], error) {
	c, err := a.oneCart(ctx, who, g.Basket, err)
	if err != nil {
		return nil, err
	}
	return &one[ReadCart]{c.ETag, ReadCart{g.Read, g.Added, g.Merged, g.Wrong, g.Aside, c.Body}}, nil
}

func (a *API) clearCart(ctx context.Context, who access.Actor, in *ByID) (*one[Cart], error) {
	p, err := a.Cart.PairOf(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	b, err := a.Cart.Clear(ctx, who, key(ctx), p, httpx.Of(ctx).IfMatch)
	return a.oneCart(ctx, who, b, err)
}

type orderCartIn struct {
	ByID
	Body struct {
		Seen       string `json:"seen" minLength:"1" maxLength:"64" doc:"Of the basket that you looked at"`
		Purpose    string `json:"purpose,omitempty" enum:"resale,processing,enduse"`
		WantedOn   string `json:"wanted_on,omitempty"`
		Reference  string `json:"reference,omitempty" maxLength:"64" doc:"The buyer's own number"`
		Note       string `json:"note,omitempty" maxLength:"500"`
		HoldCredit bool   `json:"hold_credit,omitempty" doc:"Beyond the limit the order waits on credit hold instead of being refused"`
	}
}

func (a *API) orderCart(ctx context.Context, who access.Actor, in *orderCartIn) (*one[Order], error) {
	p, err := a.Cart.PairOf(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	var r reader
	w := in.Body
	c := cart.Send{Pair: p, Version: httpx.Of(ctx).IfMatch, Seen: w.Seen, Purpose: w.Purpose, WantedOn: r.date("wanted_on", w.WantedOn), Reference: w.Reference, Note: w.Note, HoldCredit: w.HoldCredit}
	if err := r.err(); err != nil {
		return nil, err
	}
	placed, err := a.Cart.Send(ctx, who, c)
	if err != nil {
		return nil, err
	}
	o, err := a.Trade.Bare(ctx, who, placed.ID)
	return a.oneOrder(who, o, err)
}

// mostAsked is for how many lines an answer looks up what they may mean.
const mostAsked = 100

func (a *API) oneCart(ctx context.Context, who access.Actor, b cart.Basket, err error) (*one[Cart], error) {
	if err != nil {
		return nil, err
	}
	var ask []int
	for i, l := range b.Lines {
		if l.Product == 0 && !l.Aside && len(ask) < mostAsked {
			ask = append(ask, i)
		}
	}
	some := make([]cart.Line, len(ask))
	for i, at := range ask {
		some[i] = b.Lines[at]
	}
	if err := a.Cart.Candidates(ctx, who, b, some); err != nil {
		return nil, err
	}
	for i, at := range ask {
		b.Lines[at] = some[i]
	}
	return &one[Cart]{httpx.ETag(b.Version), cartWire(i18n.Lang(who.Lang), b)}, nil
}

func cartWire(lang string, b cart.Basket) Cart {
	w := Cart{ID: b.ID, Seller: Party{b.Seller, b.SellerName}, Buyer: Party{b.Buyer, b.BuyerName}, As: string(b.Rel), Currency: b.Currency.Code, Net: b.Currency.Format(b.Net), Tax: b.Currency.Format(b.Tax),
		Total: b.Currency.Format(b.Total), MinOrder: b.Currency.Format(b.MinOrder), Below: b.Below, Good: b.Good, Wrong: b.Wrong, Aside: b.Aside, Seen: b.Seen, Lines: []CartLine{}, Version: b.Version}
	for _, l := range b.Lines {
		x := CartLine{Line: l.N, Typed: l.Typed, Name: l.Name, QtyTyped: l.QtyTyped, UnitTyped: l.UnitTyped, Product: l.Product, SKU: l.Item.SKU, Title: l.Item.Name, Unit: l.Unit, Merged: l.Merged, Aside: l.Aside}
		if l.Qty > 0 {
			x.Qty = l.Qty.String()
		}
		if l.Good() {
			x.BaseQty, x.Price, x.Net, x.Tax = l.Base.String(), l.Price.String(), b.Currency.Format(l.Net), b.Currency.Format(l.Tax)
		} else if l.Wrong() {
			x.Problem, x.Detail = l.Problem.Code, i18n.FieldError(lang, l.Problem)
		}
		if l.Changed() {
			x.WasPrice = l.Was.String()
		}
		for _, it := range l.Candidates {
			x.Candidates = append(x.Candidates, candidateWire(it))
		}
		w.Lines = append(w.Lines, x)
	}
	return w
}

func candidateWire(it cart.Item) Candidate {
	c := Candidate{Product: it.ID, SKU: it.SKU, Name: it.Name, Units: []Unit{}}
	for _, u := range it.Units {
		c.Units = append(c.Units, Unit{u.Name, u.Base.String()})
	}
	return c
}
