package site

import (
	"cmp"
	"net/http"
	"slices"

	"saluran/internal/access"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/qty"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) orderRoutes(get, post route) {
	get("/orders", s.orders)
	post("/orders", s.placeOrder)
	get("/orders/:id", s.order)
	for action, do := range steps {
		post("/orders/:id/"+string(action), func(r *request) error { return s.step(r, action, do) })
	}
	get("/shipments", s.shipments)
	get("/shipments/:id", s.shipment)
	post("/shipments/:id/receive", s.receive)
	post("/shipments/:id/take-back", s.takeBack)
}

// sides are the tabs of lists of trade documents: which side the organisation stands on.
func (r *request) sides(path, now string, tabs ...string) []kit.Tab {
	var out []kit.Tab
	for i := 0; i+1 < len(tabs); i += 2 {
		href := path
		if tabs[i] != "" {
			href += "?side=" + tabs[i]
		}
		out = append(out, kit.Tab{Text: r.t(tabs[i+1]), Href: href, Current: tabs[i] == now})
	}
	return out
}

func (s *Site) orders(r *request) error {
	side := r.Query("side")
	q := r.listQuery("orders")
	p, err := s.Trade.Orders(r.ctx, r.a, q)
	if err != nil {
		return err
	}
	v := view.Orders{CanPlace: r.mayPlace()}
	if v.List, err = s.list(r, "orders", p.Next); err != nil {
		return err
	}
	sum, err := s.Trade.OrderTotals(r.ctx, r.a, q)
	r.totals(&v.List, len(p.Items), sum, err)
	tabs := []string{"", "orders.all", "seller", "orders.sold", "buyer", "orders.bought"}
	if r.a.Kind == "agent" {
		tabs = nil
	}
	v.Tabs = r.sides("/orders", side, tabs...)
	for _, o := range p.Items {
		v.Rows = append(v.Rows, orderRow(r.a, o))
	}
	current := "orders"
	for _, g := range r.menu() {
		for _, it := range g.Items {
			if side != "" && it.Href == "/orders?side="+side {
				current = it.Key
			}
		}
	}
	return r.html(http.StatusOK, view.OrdersPage(r.shell(r.t("orders.title"), current), v))
}

// mayPlace tells whether the actor may place orders on any side.
func (r *request) mayPlace() bool {
	for _, rel := range []access.Rel{access.Buyer, access.Seller, access.Agent} {
		if r.can(rel, "order", "place") {
			return true
		}
	}
	return false
}

func orderRow(a access.Actor, o trade.OrderRow) view.OrderRow {
	out := view.OrderRow{ID: o.ID.String(), Number: o.Number, Kind: o.Kind, Status: o.Status, Currency: o.Currency, Total: o.Total,
		OrderedOn: o.OrderedOn, Reference: o.Reference, Blind: o.Blind}
	out.Partner, _ = partnerOf(a, o.Seller, o.SellerName, o.BuyerName, o.AgentName, o.Agent)
	out.PartnerSub = through(a, o.Agent, o.AgentName, o.SellerName)
	return out
}

// partnerOf is the other side of a document, and who stands between.
func partnerOf(a access.Actor, seller id.ID, sellerName, buyerName, agentName string, agent id.ID) (name, sub string) {
	switch a.Org {
	case seller:
		return buyerName, agentName
	case agent:
		return buyerName, sellerName
	}
	return sellerName, agentName
}

// through says in a list who acts for whom: to the agent for its principal, to the others by which agent; "" where there is none.
func through(a access.Actor, agent id.ID, agentName, principal string) string {
	switch agent {
	case 0:
		return ""
	case a.Org:
		return i18n.T(i18n.Lang(a.Lang), "doc.for", "principal", principal)
	}
	return i18n.T(i18n.Lang(a.Lang), "order.through", "agent", agentName)
}

func (s *Site) order(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.orderPage(r, no, "", refusal{Status: http.StatusOK})
}

// orderPage shows an order; after a step that was refused, with its form as it was.
func (s *Site) orderPage(r *request, no id.ID, open string, back refusal) error {
	o, err := s.Trade.Order(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	r.blind(o.Blind)
	v := s.orderView(r, o)
	v.Open, v.Form, v.Conflict = open, back.Form, back.Conflict
	v.Files = s.papers(r, "order", no)
	v.Talk = s.talk(r, "order", no)
	if slices.Contains(v.Actions, string(trade.DoDispatch)) {
		v.Carriers = s.carriers(r)
	}
	v.Lines, v.Part = part(r, "/orders/"+v.ID, v.Lines)
	other := o.Seller
	if r.a.Org == o.Seller || r.a.Org == o.Agent {
		other = o.Buyer
	}
	if v.Stand, err = s.standIns(r, other); err != nil {
		return err
	}
	sh := r.shell(o.Number, "orders", r.crumb("nav.home", "/"), r.crumb("nav.orders", "/orders"), kit.Crumb{Text: o.Number})
	sh.Live = v.Talk.Live()
	return r.html(back.Status, view.OrderPage(sh, v))
}

// carriers are those whom the organisation may give goods to, as far as the person may see partners; the first by name.
func (s *Site) carriers(r *request) (out []view.Ref) {
	p, err := s.Partner.List(r.ctx, r.a, list.Query{Size: list.MaxSize, Filter: map[string]string{"kind": "carrier"}})
	if err != nil {
		return nil
	}
	for _, o := range p.Items {
		out = append(out, view.Ref{ID: o.ID.String(), Name: o.Name})
	}
	return out
}

func (s *Site) orderView(r *request, o trade.View) view.Order {
	v := view.Order{Version: o.Version, Seller: view.Ref{ID: o.Seller.String(), Name: o.SellerName}, Buyer: view.Ref{ID: o.Buyer.String(), Name: o.BuyerName},
		PlacedBy: o.PlacedBy, Bought: o.Rel == access.Buyer, Net: o.Net, Tax: o.Tax, WantedOn: o.WantedOn, Note: o.Note, ToInvoice: o.ToInvoice()}
	v.OrderRow = view.OrderRow{ID: o.ID.String(), Number: o.Number, Kind: o.Kind, Status: string(o.Status), Currency: o.Currency, Total: o.Total,
		OrderedOn: o.OrderedOn, Reference: o.Reference}
	v.Partner, v.PartnerSub = partnerOf(r.a, o.Seller, o.SellerName, o.BuyerName, o.AgentName, o.Agent)
	if o.Agent != 0 {
		v.Agent = view.Ref{ID: o.Agent.String(), Name: o.AgentName}
	}
	for _, l := range o.Lines {
		v.Lines = append(v.Lines, view.OrderLine{N: l.N, SKU: l.SKU, Name: l.Name, Unit: l.Unit, BaseUnit: l.BaseUnit, Purpose: l.Purpose,
			UnitQty: l.UnitQty, Qty: l.Qty, Price: l.Price, Net: l.Net, Service: l.Service, Held: l.Held, Allotted: l.Allotted,
			BackOrder: l.BackOrder(), Open: l.Open(), Dispatched: l.Dispatched, Delivered: l.Delivered, Invoiced: l.Invoiced, Returned: l.Returned, Gone: l.Cancelled})
	}
	v.MayPlace = r.can(o.Rel, "order", "place")
	prepay := s.orderTerms(r, o, &v)
	var billable qty.Qty
	for i, l := range o.Lines {
		v.Lines[i].Billable = l.Billable(prepay)
		billable += v.Lines[i].Billable
	}
	for _, do := range o.Actions {
		if r.mayStep(o.Rel, do) && (do != trade.DoInvoice || billable > 0) {
			v.Actions = append(v.Actions, string(do))
		}
	}
	for _, x := range o.ToCredit {
		l := o.Line(x.Line)
		v.ToCredit = append(v.ToCredit, i18n.Qty(r.lang, x.Qty)+" "+l.BaseUnit+" "+l.Name)
	}
	v.Steps = r.stages(o)
	v.Lanes, v.LanesLeft = r.lanes(o)
	v.Events = r.events(o)
	for _, h := range o.Shipments {
		row := shipmentRow(r.a, h, o.Number)
		v.Shipments = append(v.Shipments, row)
		if r.mayReceive(h) {
			v.Arriving = append(v.Arriving, row)
		}
	}
	return v
}

// mayStep asks the gate by the names that the services ask by.
func (r *request) mayStep(rel access.Rel, do trade.Action) bool {
	return r.can(rel, "order", do.Right())
}

// orderTerms adds what the person may see of money around an order: terms, credit, invoices. What may not be seen is left out.
// It tells whether the terms ask for cash before delivery.
func (s *Site) orderTerms(r *request, o trade.View, v *view.Order) (prepay bool) {
	if ag, err := s.Partner.Agreement(r.ctx, r.a, o.Agreement); err == nil {
		prepay = ag.Terms.Prepay
		v.NetDays, v.TitleOn, v.RiskOn = ag.Terms.NetDays, ag.Terms.TitleOn, ag.Terms.RiskOn
	}
	if o.Rel == access.Seller || o.Rel == access.Buyer {
		side, other := "seller", o.Buyer
		if o.Rel == access.Buyer {
			side, other = "buyer", o.Seller
		}
		v.Credit = s.credit(r, side, other, o.Currency)
		v.Credit.This = min(o.CreditHeld, v.Credit.Used+v.Credit.Held)
	}
	if p, err := s.Trade.Invoices(r.ctx, r.a, list.Query{Filter: map[string]string{"order": o.ID.String()}}); err == nil {
		for _, x := range p.Items {
			row := invoiceRow(r.a, x)
			v.Invoices = append(v.Invoices, row)
			switch {
			case o.Rel != access.Buyer || row.Kind == "credit" || row.Open() <= 0 || !r.can(o.Rel, "payment", "report"):
			case row.Said < row.Open():
				v.Unpaid = append(v.Unpaid, row)
			default:
				v.Reported = append(v.Reported, row)
			}
		}
	}
	return prepay
}

// credit is what a buyer owes and may still owe; not Known where it may not be seen or is nothing yet.
func (s *Site) credit(r *request, side string, partner id.ID, currency string) (c view.Credit) {
	all, err := s.Trade.CreditLines(r.ctx, r.a, list.Query{Filter: map[string]string{"side": side, "partner": partner.String()}})
	if err != nil {
		return c
	}
	for _, e := range all {
		if e.Currency == currency {
			c = view.Credit{Known: true, Currency: e.Currency, Limit: e.Limit, Used: e.Used, Held: e.Held}
			if _, limited := e.Free(); !limited {
				c.Limit, c.Unlimited = 0, true
			}
		}
	}
	return c
}

// sum of the lines of an order.
func sum(lines []trade.Line, f func(trade.Line) qty.Qty) (n qty.Qty) {
	for _, l := range lines {
		n += f(l)
	}
	return n
}

// part is those lines of a document that the reader asked for.
func part[T any](r *request, path string, lines []T) ([]T, view.Part) {
	p := view.PartOf(path, cmp.Or(r.Query("line"), r.reader().text("line")), len(lines))
	return lines[p.From-1 : p.To], p
}
