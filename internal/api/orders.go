package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/trade"
)

// Reasoned is a step's body.
type Reasoned struct {
	Body struct {
		Reason string `json:"reason,omitempty" doc:"Why, for the other side to read; at most 200 characters"`
	}
}

type onOrder struct{ ByID }

type onOrderBecause struct {
	ByID
	Reasoned
}

// AmendLine is a line's new quantity.
type AmendLine struct {
	Line    int64  `json:"line,omitempty" doc:"Left out for a new line"`
	Product id.ID  `json:"product,omitempty" doc:"Of a new line"`
	Qty     string `json:"qty" doc:"The new quantity, in unit; 0 cancels the line" example:"8"`
	Unit    string `json:"unit,omitempty"`
	Purpose string `json:"purpose,omitempty" enum:"resale,processing,enduse" doc:"Of a new line; that of the order's lines when left out, where they have one, else resale"`
}

// LineQty is a quantity of an order line, in base units.
type LineQty struct {
	Line int64  `json:"line" minimum:"1"`
	Qty  string `json:"qty" doc:"In base units"`
	Lot  id.ID  `json:"lot,omitempty" doc:"A lot that was chosen; the first to expire when left out"`
}

func (a *API) orders() {
	a.placeOrder()
	handle(a, get("list-orders", "/orders", "Orders", "The orders that your organisation is a party of"), a.listOrders)
	handle(a, get("order", "/orders/{id}", "Orders", "An order with its lines"), a.order)
	handle(a, made(post("counter-sale", "/counter-sales", "Orders", "Sell over the counter: goods consumed, invoiced and paid at once")), a.counterSale)
	handle(a, step("confirm-order", "/orders/{id}/confirm", "Orders", "Confirm, as the seller"), orderStep(a, (*trade.Service).Confirm))
	handle(a, step("reject-order", "/orders/{id}/reject", "Orders", "Reject, as the seller"), orderStepBecause(a, (*trade.Service).Reject))
	handle(a, step("cancel-order", "/orders/{id}/cancel", "Orders", "Cancel what is not yet dispatched"), orderStepBecause(a, (*trade.Service).Cancel))
	handle(a, step("resume-order", "/orders/{id}/resume", "Orders", "Take an order off credit hold"), orderStep(a, (*trade.Service).Resume))
	handle(a, step("fill-order", "/orders/{id}/fill", "Orders", "Hold stock for what is on back-order"), orderStep(a, (*trade.Service).FillBackorders))
	handle(a, step("close-order", "/orders/{id}/close", "Orders", "Close a paid order"), orderStep(a, (*trade.Service).Close))
	handle(a, step("amend-order", "/orders/{id}/amend", "Orders", "Change quantities, add or cancel lines"), a.amend)
	handle(a, made(step("dispatch-order", "/orders/{id}/dispatch", "Shipments", "Send goods of an order")), a.dispatch)
	handle(a, step("perform-order", "/orders/{id}/perform", "Orders", "Say that services were performed, as the seller"), a.served((*trade.Service).Perform))
	handle(a, step("accept-order", "/orders/{id}/accept", "Orders", "Accept services that were performed, as the buyer: they count as delivered"), a.served((*trade.Service).Accept))
	handle(a, made(step("return-order", "/orders/{id}/return", "Orders", "Record that delivered goods came back, as the seller: what was invoiced of them is credited")), a.giveBack)
	handle(a, made(step("invoice-order", "/orders/{id}/invoice", "Invoices", "Invoice what was delivered")), a.bill)
}

// stepOf is the step on an order that a request asks for, with the version that its sender saw.
func stepOf(ctx context.Context, order id.ID, reason string) trade.Step {
	r := httpx.Of(ctx)
	return trade.Step{Key: trade.Key(r.Key), Order: order, Version: r.IfMatch, Reason: reason}
}

type orderDo func(*trade.Service, context.Context, access.Actor, trade.Step) (trade.Order, error)

func orderStep(a *API, do orderDo) func(context.Context, access.Actor, *onOrder) (*one[Order], error) {
	return func(ctx context.Context, who access.Actor, in *onOrder) (*one[Order], error) {
		o, err := do(a.Trade, ctx, who, stepOf(ctx, in.ID.ID, ""))
		return a.oneOrder(who, o, err)
	}
}

func orderStepBecause(a *API, do orderDo) func(context.Context, access.Actor, *onOrderBecause) (*one[Order], error) {
	return func(ctx context.Context, who access.Actor, in *onOrderBecause) (*one[Order], error) {
		o, err := do(a.Trade, ctx, who, stepOf(ctx, in.ID.ID, in.Body.Reason))
		return a.oneOrder(who, o, err)
	}
}

func (a *API) oneOrder(who access.Actor, o trade.Order, err error) (*one[Order], error) {
	if err != nil {
		return nil, err
	}
	return &one[Order]{httpx.ETag(o.Version), a.orderWire(who)(o)}, nil
}

type orderIn struct {
	ByID
	Story bool `query:"story" doc:"With its timeline, the four lanes (owner, holder, bearer, money), shipments and returns"`
}

func (a *API) order(ctx context.Context, who access.Actor, in *orderIn) (*one[Order], error) {
	if !in.Story {
		o, err := a.Trade.Bare(ctx, who, in.ID.ID)
		return a.oneOrder(who, o, err)
	}
	v, err := a.Trade.Order(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	out, err := a.oneOrder(who, v.Order, nil)
	if err == nil {
		out.Body.Story = storyWire(v)
	}
	return out, err
}

type ordersIn struct {
	Paging
	Side    string `query:"side" enum:"selling,buying,agent"`
	Status  string `query:"status" doc:"One or several, with commas"`
	Kind    string `query:"kind" enum:"sale,return"`
	Partner string `query:"partner"`
	Number  string `query:"number" doc:"The seller's or the buyer's, exactly"`
	Product string `query:"product"`
	From    string `query:"from" doc:"YYYY-MM-DD, included"`
	To      string `query:"to" doc:"YYYY-MM-DD, included"`
}

func (a *API) listOrders(ctx context.Context, who access.Actor, in *ordersIn) (*page[Order], error) {
	p, err := a.Trade.Orders(ctx, who, in.query("side", in.Side, "status", in.Status, "kind", in.Kind, "partner", in.Partner, "number", in.Number,
		"product", in.Product, "from", in.From, "to", in.To))
	if err != nil {
		return nil, err
	}
	return listed(p, orderRowWire), nil
}

type counterIn struct {
	Body struct {
		List   id.ID       `json:"price_list" doc:"Of your own"`
		Lines  []PlaceLine `json:"lines" minItems:"1" maxItems:"5000"`
		Paid   *bool       `json:"paid,omitempty" doc:"true when left out; false leaves the invoice open"`
		Method string      `json:"method,omitempty" enum:"cash,qris,transfer,va" doc:"cash when left out"`
	}
}

func (a *API) counterSale(ctx context.Context, who access.Actor, in *counterIn) (*one[Order], error) {
	var r reader
	c := trade.CounterSale{Key: trade.Key(httpx.Of(ctx).Key), Lines: r.placeLines(in.Body.Lines), List: in.Body.List, Paid: in.Body.Paid == nil || *in.Body.Paid,
		Method: in.Body.Method}
	if err := r.err(); err != nil {
		return nil, err
	}
	o, err := a.Trade.CounterSale(ctx, who, c)
	return a.oneOrder(who, o, err)
}

type amendIn struct {
	ByID
	Body struct {
		Lines  []AmendLine `json:"lines" minItems:"1" maxItems:"5000"`
		Reason string      `json:"reason,omitempty" doc:"Why, for the other side to read; at most 200 characters"`
	}
}

func (a *API) amend(ctx context.Context, who access.Actor, in *amendIn) (*one[Order], error) {
	var r reader
	c := trade.Amend{Step: stepOf(ctx, in.ID.ID, in.Body.Reason)}
	for i, l := range in.Body.Lines {
		c.Lines = append(c.Lines, trade.AmendLine{Line: l.Line, Product: l.Product, Qty: r.qty(at("lines", i, "qty"), l.Qty), Unit: l.Unit, Purpose: l.Purpose})
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	o, err := a.Trade.Amend(ctx, who, c)
	return a.oneOrder(who, o, err)
}

// Dispatching says what is sent of an order.
type Dispatching struct {
	Lines    []LineQty `json:"lines,omitempty" maxItems:"5000" doc:"All that is held or set aside when left out"`
	Carrier  id.ID     `json:"carrier,omitempty"`
	Tracking string    `json:"tracking,omitempty" maxLength:"64"`
	At       string    `json:"at,omitempty" doc:"When it left; now when left out"`
}

type dispatchIn struct {
	ByID
	Body Dispatching
}

type shipmentIn struct {
	Body struct {
		Order id.ID `json:"order"`
		Dispatching
	}
}

func (a *API) ship(ctx context.Context, who access.Actor, in *shipmentIn) (*one[Shipment], error) {
	return a.dispatch(ctx, who, &dispatchIn{ByID{ref{in.Body.Order}}, in.Body.Dispatching})
}

func (r *reader) lineQtys(lines []LineQty) []trade.DispatchLine {
	var out []trade.DispatchLine
	for i, l := range lines {
		out = append(out, trade.DispatchLine{Line: l.Line, Lot: l.Lot, Qty: r.qty(at("lines", i, "qty"), l.Qty)})
	}
	return out
}

func (r *reader) billLines(lines []LineQty) []trade.BillLine {
	var out []trade.BillLine
	for i, l := range lines {
		out = append(out, trade.BillLine{Line: l.Line, Qty: r.qty(at("lines", i, "qty"), l.Qty)})
	}
	return out
}

func (a *API) dispatch(ctx context.Context, who access.Actor, in *dispatchIn) (*one[Shipment], error) {
	var r reader
	c := trade.Dispatch{Step: stepOf(ctx, in.ID.ID, ""), Lines: r.lineQtys(in.Body.Lines), Carrier: in.Body.Carrier, Tracking: in.Body.Tracking,
		At: r.instant("at", in.Body.At)}
	if err := r.err(); err != nil {
		return nil, err
	}
	s, err := a.Trade.Dispatch(ctx, who, c)
	return oneShipment(s, err)
}

type linesIn struct {
	ByID
	Body struct {
		Lines  []LineQty `json:"lines,omitempty" maxItems:"5000" doc:"All that is possible when left out"`
		Reason string    `json:"reason,omitempty"`
	}
}

// served is a step on the services of an order.
func (a *API) served(do func(*trade.Service, context.Context, access.Actor, trade.Step, []trade.BillLine) (trade.Order, error)) func(context.Context, access.Actor, *linesIn) (*one[Order], error) {
	return func(ctx context.Context, who access.Actor, in *linesIn) (*one[Order], error) {
		var r reader
		lines := r.billLines(in.Body.Lines)
		if err := r.err(); err != nil {
			return nil, err
		}
		o, err := do(a.Trade, ctx, who, stepOf(ctx, in.ID.ID, in.Body.Reason), lines)
		return a.oneOrder(who, o, err)
	}
}

func (a *API) giveBack(ctx context.Context, who access.Actor, in *linesIn) (*one[Order], error) {
	var r reader
	c := trade.Return{Step: stepOf(ctx, in.ID.ID, in.Body.Reason), Lines: r.lineQtys(in.Body.Lines)}
	if err := r.err(); err != nil {
		return nil, err
	}
	o, err := a.Trade.Return(ctx, who, c)
	return a.oneOrder(who, o, err)
}

// Billing says what is invoiced of an order.
type Billing struct {
	Lines []LineQty `json:"lines,omitempty" maxItems:"5000" doc:"All that is delivered and not invoiced when left out"`
	On    string    `json:"on,omitempty" doc:"YYYY-MM-DD; today in the seller's zone when left out"`
}

type billIn struct {
	ByID
	Body Billing
}

type invoiceIn struct {
	Body struct {
		Order id.ID `json:"order"`
		Billing
	}
}

func (a *API) invoice(ctx context.Context, who access.Actor, in *invoiceIn) (*one[Invoice], error) {
	return a.bill(ctx, who, &billIn{ByID{ref{in.Body.Order}}, in.Body.Billing})
}

func (a *API) bill(ctx context.Context, who access.Actor, in *billIn) (*one[Invoice], error) {
	var r reader
	c := trade.Bill{Step: stepOf(ctx, in.ID.ID, ""), Lines: r.billLines(in.Body.Lines), On: r.date("on", in.Body.On)}
	if err := r.err(); err != nil {
		return nil, err
	}
	v, err := a.Trade.Bill(ctx, who, c)
	return oneInvoice(v, err)
}
