package api

import (
	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/internal/trade"
)

// Order as the API shows it.
type Order struct {
	ID         id.ID       `json:"id"`
	Number     string      `json:"number"`
	Kind       string      `json:"kind" enum:"sale,return"`
	Status     string      `json:"status"`
	Seller     Party       `json:"seller"`
	Buyer      Party       `json:"buyer"`
	Agent      *Party      `json:"agent,omitempty"`
	Agreement  id.ID       `json:"agreement,omitempty"`
	PlacedBy   string      `json:"placed_by" enum:"buyer,seller,agent"`
	Currency   string      `json:"currency" example:"IDR"`
	Net        string      `json:"net,omitempty" doc:"Before tax. Amounts are left out for those who may see goods and no prices"`
	Tax        string      `json:"tax,omitempty"`
	Total      string      `json:"total,omitempty"`
	ToInvoice  string      `json:"to_invoice,omitempty" doc:"What is still to be invoiced, tax included: the total is what was ordered; what was cancelled, lost, refused or came back is not asked for. Orders of a list leave it out"`
	CreditHeld string      `json:"credit_held,omitempty" doc:"What of the buyer's credit the order still holds"`
	ShipFrom   id.ID       `json:"ship_from,omitempty"`
	DeliverTo  id.ID       `json:"deliver_to,omitempty"`
	ReturnOf   id.ID       `json:"return_of,omitempty"`
	OrderedOn  string      `json:"ordered_on" format:"date"`
	WantedOn   string      `json:"wanted_on,omitempty"`
	PlacedAt   string      `json:"placed_at"`
	Reference  string      `json:"reference,omitempty" doc:"The buyer's own number"`
	Note       string      `json:"note,omitempty"`
	Version    int64       `json:"version"`
	Actions    []string    `json:"actions,omitempty" doc:"What you may do with it now, by its state, your role and the scopes of your key"`
	Lines      []OrderLine `json:"lines,omitempty"`
	Story      *Story      `json:"story,omitempty"`
}

// Story is what happened to an order, and how its goods and money stood after each event.
type Story struct {
	Timeline  []Event    `json:"timeline"`
	Lanes     []Lane     `json:"lanes"`
	Shipments []Shipment `json:"shipments"`
	Returns   []Order    `json:"returns"`
	ToCredit  []Due      `json:"to_credit" doc:"What was invoiced and is not the buyer's to pay for: it came short, damaged or not at all, or came back. A credit note is due for it"`
}

// Due is a quantity of an order line, in base units, for which a document is due.
type Due struct {
	OrderLine int64  `json:"order_line"`
	Qty       string `json:"qty"`
}

// Event of the timeline.
type Event struct {
	Seq        int64  `json:"seq"`
	At         string `json:"at"`
	RecordedAt string `json:"recorded_at"`
	Kind       string `json:"kind" example:"order.dispatched"`
	Document   id.ID  `json:"document,omitempty"`
	Org        Party  `json:"org"`
	Person     string `json:"person,omitempty"`
	Reason     string `json:"reason,omitempty" doc:"Why the step was taken, in the words of who took it"`
}

// Lane is how it stood after one event.
type Lane struct {
	Seq    int64   `json:"seq"`
	Kind   string  `json:"kind"`
	At     string  `json:"at"`
	Owner  []Share `json:"owner"`
	Holder []Share `json:"holder"`
	Bearer []Share `json:"bearer"`
	Owed   string  `json:"owed,omitempty" doc:"What the buyer owes the seller for this order"`
	Claim  string  `json:"claim,omitempty" doc:"What it owes the seller for goods of this order that were lost; below zero what the seller owes the buyer. Left out where nothing is"`
}

// Share is how much an organisation has; goods in transit have no id, nor has what is used up ("used").
type Share struct {
	Org  id.ID  `json:"org,omitempty"`
	Name string `json:"name"`
	Qty  string `json:"qty"`
}

func storyWire(v trade.View) *Story {
	s := &Story{Timeline: []Event{}, Lanes: []Lane{}, Shipments: []Shipment{}, Returns: []Order{}, ToCredit: []Due{}}
	for _, e := range v.Timeline {
		s.Timeline = append(s.Timeline, Event{e.Seq, instant(e.At), instant(e.Recorded), e.Kind, e.Doc, Party{e.Org, e.OrgName}, e.Person, e.Reason})
	}
	for _, l := range v.Lanes {
		w := Lane{l.Seq, l.Kind, instant(l.At), sharesWire(l.Owner), sharesWire(l.Holder), sharesWire(l.Bearer), minor(v.Currency, l.Owed), ""}
		if l.Claim != 0 {
			w.Claim = minor(v.Currency, l.Claim)
		}
		s.Lanes = append(s.Lanes, w)
	}
	for _, h := range v.Shipments {
		s.Shipments = append(s.Shipments, shipmentWire(h))
	}
	for _, l := range v.ToCredit {
		s.ToCredit = append(s.ToCredit, Due{l.Line, l.Qty.String()})
	}
	for _, r := range v.Returns {
		s.Returns = append(s.Returns, orderRowWire(r))
	}
	if v.Blind {
		for i := range s.Lanes {
			s.Lanes[i].Owed, s.Lanes[i].Claim = "", ""
		}
	}
	return s
}

func sharesWire(all []trade.Share) []Share {
	out := make([]Share, 0, len(all))
	for _, x := range all {
		out = append(out, Share{x.Org, x.Name, x.Qty.String()})
	}
	return out
}

// orderRowWire is an order of a list: without its lines.
func orderRowWire(o trade.OrderRow) Order {
	w := Order{ID: o.ID, Number: o.Number, Kind: o.Kind, Status: o.Status, Seller: Party{o.Seller, o.SellerName},
		Buyer: Party{o.Buyer, o.BuyerName}, Agent: maybe(o.Agent, o.AgentName), Agreement: o.Agreement, PlacedBy: o.PlacedBy, Currency: o.Currency,
		Net: minor(o.Currency, o.Net), Tax: minor(o.Currency, o.Tax), Total: minor(o.Currency, o.Total), CreditHeld: minor(o.Currency, o.CreditHeld),
		ShipFrom: o.ShipFrom, DeliverTo: o.DeliverTo, ReturnOf: o.ReturnOf, OrderedOn: string(o.OrderedOn), WantedOn: string(o.WantedOn),
		PlacedAt: instant(o.PlacedUs), Reference: o.Reference, Note: o.Note, Version: o.Version}
	if o.Blind {
		w.hide()
	}
	return w
}

// hide leaves the amounts out.
func (w *Order) hide() {
	w.Net, w.Tax, w.Total, w.ToInvoice, w.CreditHeld = "", "", "", "", ""
	for i := range w.Lines {
		l := &w.Lines[i]
		l.Price, l.Net, l.TaxBase, l.Tax = "", "", "", ""
	}
}

// Party of a document.
type Party struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name,omitempty"`
}

// maybe is a party that there may not be.
func maybe(org id.ID, name string) *Party {
	if org == 0 {
		return nil
	}
	return &Party{org, name}
}

// OrderLine as the API shows it: quantities in base units, but unit_qty, which is in unit.
type OrderLine struct {
	Line       int64  `json:"line"`
	Product    id.ID  `json:"product"`
	SKU        string `json:"sku,omitempty"`
	Name       string `json:"name,omitempty"`
	Unit       string `json:"unit"`
	UnitQty    string `json:"unit_qty"`
	BaseUnit   string `json:"base_unit,omitempty"`
	Qty        string `json:"qty"`
	Price      string `json:"price,omitempty" doc:"Of one base unit"`
	Net        string `json:"net,omitempty"`
	TaxBase    string `json:"tax_base,omitempty"`
	Tax        string `json:"tax,omitempty"`
	TaxCode    string `json:"tax_code,omitempty"`
	Purpose    string `json:"purpose"`
	Held       string `json:"held" doc:"Promised out of the seller's stock"`
	Allotted   string `json:"allotted" doc:"Set aside as the buyer's"`
	BackOrder  string `json:"back_order" doc:"Waits for stock"`
	Dispatched string `json:"dispatched"`
	Delivered  string `json:"delivered"`
	Invoiced   string `json:"invoiced"`
	Returned   string `json:"returned"`
	Cancelled  string `json:"cancelled"`
}

// orderWire shows an order to an actor, with the actions that the state, the role and the scopes allow.
func (a *API) orderWire(who access.Actor) func(trade.Order) Order {
	return func(o trade.Order) Order {
		w := Order{ID: o.ID, Number: o.Number, Kind: o.Kind, Status: string(o.Status), Seller: Party{o.Seller, o.SellerName},
			Buyer: Party{o.Buyer, o.BuyerName}, Agreement: o.Agreement, PlacedBy: o.PlacedBy, Currency: o.Currency,
			Net: minor(o.Currency, o.Net), Tax: minor(o.Currency, o.Tax), Total: minor(o.Currency, o.Total),
			ToInvoice: minor(o.Currency, o.ToInvoice()), CreditHeld: minor(o.Currency, o.CreditHeld), ShipFrom: o.ShipFrom,
			DeliverTo: o.DeliverTo, ReturnOf: o.ReturnOf, OrderedOn: string(o.OrderedOn), WantedOn: string(o.WantedOn), PlacedAt: instant(o.Placed), Reference: o.Reference,
			Note: o.Note, Version: o.Version}
		w.Agent = maybe(o.Agent, o.AgentName)
		rel := o.Rel(who.Org)
		for _, do := range o.Actions(rel) {
			if a.Gate.Can(who, rel, "order", do.Right()) {
				w.Actions = append(w.Actions, string(do))
			}
		}
		if len(o.Lines) > 0 {
			c, _ := money.Lookup(o.Currency)
			w.Lines = make([]OrderLine, len(o.Lines))
			for i, l := range o.Lines {
				w.Lines[i] = lineWire(c, l)
			}
		}
		if o.Blind {
			w.hide()
		}
		return w
	}
}

func lineWire(c money.Currency, l trade.Line) OrderLine {
	return OrderLine{Line: l.N, Product: l.Product, SKU: l.SKU, Name: l.Name, Unit: l.Unit, UnitQty: l.UnitQty.String(), BaseUnit: l.BaseUnit,
		Qty: l.Qty.String(), Price: l.Price.String(), Net: c.Format(l.Net), TaxBase: c.Format(l.TaxBase), Tax: c.Format(l.Tax),
		TaxCode: l.TaxCode, Purpose: l.Purpose, Held: l.Held.String(), Allotted: l.Allotted.String(), BackOrder: l.BackOrder().String(),
		Dispatched: l.Dispatched.String(), Delivered: l.Delivered.String(), Invoiced: l.Invoiced.String(), Returned: l.Returned.String(),
		Cancelled: l.Cancelled.String()}
}

// PlaceOrder is an order to be placed.
type PlaceOrder struct {
	Seller     id.ID       `json:"seller,omitempty" doc:"Left out where your organisation sells"`
	Buyer      id.ID       `json:"buyer,omitempty" doc:"Left out where your organisation buys"`
	Lines      []PlaceLine `json:"lines" maxItems:"5000"`
	WantedOn   string      `json:"wanted_on,omitempty" doc:"YYYY-MM-DD"`
	Reference  string      `json:"reference,omitempty" doc:"The buyer's own number, at most 64 characters"`
	Note       string      `json:"note,omitempty" doc:"At most 500 characters"`
	DeliverTo  id.ID       `json:"deliver_to,omitempty" doc:"A warehouse of the buyer; its main one when left out"`
	HoldCredit bool        `json:"hold_credit,omitempty" doc:"Keep the order on credit hold instead of refusing it when it is beyond the limit"`
	Terms      string      `json:"terms,omitempty" doc:"The terms of payment that you saw, prepay or net and the days: refused when they are others now" example:"net30"`
}

// PlaceLine is a line of it.
type PlaceLine struct {
	Product id.ID  `json:"product"`
	Qty     string `json:"qty" doc:"In unit" example:"10"`
	Unit    string `json:"unit,omitempty" doc:"The product's base unit when left out" example:"carton"`
	Purpose string `json:"purpose,omitempty" enum:"resale,processing,enduse" doc:"resale when left out"`
	Price   string `json:"price,omitempty" doc:"The price you saw, of one base unit: refused when it is another now"`
}

func (w *PlaceOrder) command(k trade.Key) (trade.Place, error) {
	var r reader
	c := trade.Place{Key: k, Seller: w.Seller, Buyer: w.Buyer, WantedOn: r.date("wanted_on", w.WantedOn), Reference: w.Reference, Note: w.Note,
		DeliverTo: w.DeliverTo, HoldCredit: w.HoldCredit, Terms: w.Terms, Lines: r.placeLines(w.Lines)}
	return c, r.err()
}

func (r *reader) placeLines(lines []PlaceLine) []trade.PlaceLine {
	out := make([]trade.PlaceLine, len(lines))
	for i, l := range lines {
		q, err := qty.Parse(l.Qty)
		if err != nil {
			r.wrong(at("lines", i, "qty"), numberCode(err))
		}
		out[i] = trade.PlaceLine{Product: l.Product, Qty: q, Unit: l.Unit, Purpose: l.Purpose}
		if l.Price != "" {
			p := r.price(at("lines", i, "price"), l.Price)
			out[i].Price = &p
		}
	}
	return out
}
