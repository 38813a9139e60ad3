package api

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/qty"
	"saluran/internal/visit"
)

func (a *API) visits() {
	const tag = "Visits"
	handle(a, get("visit-plan", "/visit-plan", tag, "The rounds of your people: which shop is due on which days"), a.visitPlan)
	handle(a, made(post("add-visit-stop", "/visit-plan", tag, "Put a shop on somebody's round")), a.addVisitStop)
	handle(a, change("change-visit-stop", "/visit-plan/{id}", tag, "Change when and by whom a shop is visited"), a.changeVisitStop)
	handle(a, step("end-visit-stop", "/visit-plan/{id}/end", tag, "Take a shop off a round, from today on"), a.endVisitStop)
	handle(a, get("due-visits", "/visits/due", tag, "The visits of a day, in the order of the round: what is due, and what was done"), a.dueVisits)
	handle(a, get("visit-goods", "/visits/goods", tag, "What may be counted at a shop: what its seller lists for it today, by name"), a.visitGoods)
	handle(a, get("list-visits", "/visits", tag, "Visits, the latest day first"), a.listVisits)
	handle(a, get("visit", "/visits/{id}", tag, "A visit, with what was counted and ordered; its photos are files of the document kind visit"), a.visit)
	handle(a, told(made(post("check-in", "/visits", tag, "Check in at a shop, or send a whole visit that was taken without signal")),
		"Sent twice with one Idempotency-Key it is one visit: make the key when the visit is made, and keep it. Name the stop of the round, or seller and shop for a visit outside of it. "+
			"A visit that was taken without signal carries phone_at and, at once, what else was done: lines (the count), orders (placed before, with keys of their own), result, reason, note, phone_out_at. "+
			"409 where a person has to settle it: visit.taken (somebody checked in at this stop on this day already: see /visits/due), visit.not_in_plan (the stop has left the round: send seller and shop "+
			"instead, if the visit was made), visit.not_appointed, visit.not_listed (its fields name the lines whose products are listed no more: send them no more, see /visits/goods). Nothing of it is kept then."), a.checkIn)
	handle(a, told(step("count-visit", "/visits/{id}/count", tag, "What stands on the shelf: an observation, it moves no goods"),
		"Stands for an earlier count of the same visit. 409: visit.closed, visit.not_listed (its fields name the lines)."), a.countVisit)
	handle(a, told(step("order-on-visit", "/visits/{id}/orders", tag, "Say that an order was taken on a visit"),
		"An order that is placed by the same person at the shop while the visit lasts is linked by itself. Twice is once. 409: visit.closed, visit.order_elsewhere."), a.orderOnVisit)
	handle(a, told(step("check-out", "/visits/{id}/check-out", tag, "Check out: what came of the visit"),
		"result order needs an order that was taken on it; result none needs a reason. What was done without signal since it began goes along: lines and orders. 409: visit.closed, which says by whom and when; visit.not_listed."), a.checkOut)
}

func told(o huma.Operation, description string) huma.Operation {
	o.Description = description
	return o
}

type visitPlanIn struct {
	Paging
	Person string `query:"person" doc:"The id of who calls"`
	Shop   string `query:"shop" doc:"The id of a shop"`
	Q      string `query:"q" doc:"Part of the shop's name"`
}

func (a *API) visitPlan(ctx context.Context, who access.Actor, in *visitPlanIn) (*page[VisitStop], error) {
	p, err := a.Visits.Plan(ctx, who, in.query("person", in.Person, "shop", in.Shop, "q", in.Q))
	return pageOf(p, err, stopWire)
}

// VisitRound is how a stop is to be.
type VisitRound struct {
	Person   id.ID `json:"person,omitempty" doc:"Who calls; yourself where it is left out"`
	Weekdays []int `json:"weekdays" minItems:"1" maxItems:"7" doc:"1 is Monday, 7 Sunday"`
	Weeks    []int `json:"weeks,omitempty" maxItems:"4" doc:"Of the cycle of four weeks: 1, 2, 3, 4; every week where it is left out"`
	Turn     int64 `json:"turn,omitempty" minimum:"0" maximum:"999" doc:"Its place within the day"`
}

func (w VisitRound) set() visit.SetStop {
	weeks := w.Weeks
	if len(weeks) == 0 {
		weeks = []int{1, 2, 3, 4}
	}
	return visit.SetStop{Person: w.Person, Weekdays: toBits(w.Weekdays, 7), Weeks: toBits(weeks, 4), Turn: w.Turn}
}

type addVisitStopIn struct {
	Body struct {
		Seller id.ID  `json:"seller,omitempty" doc:"For whose goods; your organisation where it is left out, the principal where you are its agent"`
		Shop   id.ID  `json:"shop"`
		From   string `json:"from,omitempty" format:"date" doc:"Its first day; today where it is left out"`
		VisitRound
	}
}

func oneStop(t visit.Stop, err error) (*one[VisitStop], error) {
	if err != nil {
		return nil, err
	}
	return &one[VisitStop]{httpx.ETag(t.Version), stopWire(t)}, nil
}

func (a *API) addVisitStop(ctx context.Context, who access.Actor, in *addVisitStopIn) (*one[VisitStop], error) {
	var r reader
	n := in.Body.set()
	n.Key, n.Seller, n.Shop, n.From = key(ctx), in.Body.Seller, in.Body.Shop, r.date("from", in.Body.From)
	if err := r.err(); err != nil {
		return nil, err
	}
	return oneStop(a.Visits.AddStop(ctx, who, n))
}

type changeVisitStopIn struct {
	ByID
	Body VisitRound
}

func (a *API) changeVisitStop(ctx context.Context, who access.Actor, in *changeVisitStopIn) (*one[VisitStop], error) {
	n := in.Body.set()
	n.Key = key(ctx)
	return oneStop(a.Visits.ChangeStop(ctx, who, in.ID.ID, httpx.Of(ctx).IfMatch, n))
}

func (a *API) endVisitStop(ctx context.Context, who access.Actor, in *ByID) (*one[VisitStop], error) {
	return oneStop(a.Visits.EndStop(ctx, who, key(ctx), in.ID.ID, httpx.Of(ctx).IfMatch))
}

type dueVisitsIn struct {
	On     string `query:"on" format:"date" doc:"The day; today where it is left out"`
	Person string `query:"person" doc:"The id of a colleague; yourself where it is left out"`
}

func (a *API) dueVisits(ctx context.Context, who access.Actor, in *dueVisitsIn) (*page[VisitDue], error) {
	var r reader
	on := r.date("on", in.On)
	person := who.Person
	if in.Person != "" {
		no, err := id.Parse(in.Person)
		if err != nil {
			r.wrong("person", "field.id")
		}
		person = no
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	all, err := a.Visits.Day(ctx, who, person, cmp.Or(on, a.Clock.Now().In(who.Zone)))
	if err != nil {
		return nil, err
	}
	return whole(all, dueWire), nil
}

type visitGoodsIn struct {
	Paging
	Q      string `query:"q" doc:"A part of the name or code, or a bar code"`
	Seller string `query:"seller" doc:"Your organisation where it is left out"`
	Shop   string `query:"shop" required:"true"`
}

func (a *API) visitGoods(ctx context.Context, who access.Actor, in *visitGoodsIn) (*page[VisitGood], error) {
	shop, err := id.Parse(in.Shop)
	seller := who.Org
	if err == nil && in.Seller != "" {
		seller, err = id.Parse(in.Seller)
	}
	if err != nil {
		return nil, errs.OnFields("request.fields", errs.F("shop", "field.id"))
	}
	p, err := a.Visits.Listed(ctx, who, seller, shop, in.query("q", in.Q))
	return pageOf(p, err, func(g visit.Good) VisitGood {
		w := VisitGood{Product: g.Product, SKU: g.SKU, Name: g.Name, BaseUnit: g.BaseUnit, Units: []Unit{}}
		for name, base := range g.Units {
			w.Units = append(w.Units, Unit{Name: name, Base: base.String()})
		}
		slices.SortFunc(w.Units, func(x, y Unit) int { return strings.Compare(x.Name, y.Name) })
		return w
	})
}

type listVisitsIn struct {
	Paging
	Side    string `query:"side" enum:"own,principal,shop" doc:"own: your people's (the default); principal: your agents' in your name; shop: at your shop"`
	Person  string `query:"person" doc:"The id of who called"`
	Partner string `query:"partner" doc:"The id of the shop, the seller or who called"`
	From    string `query:"from" format:"date"`
	To      string `query:"to" format:"date"`
	Result  string `query:"result" enum:"order,none,closed,open"`
	Q       string `query:"q" doc:"Part of the shop's name"`
}

func (a *API) listVisits(ctx context.Context, who access.Actor, in *listVisitsIn) (*page[Visit], error) {
	p, err := a.Visits.Visits(ctx, who, in.query("side", in.Side, "person", in.Person, "partner", in.Partner, "from", in.From, "to", in.To, "result", in.Result, "q", in.Q))
	return pageOf(p, err, visitWire)
}

func oneVisit(v visit.Visit, err error) (*one[Visit], error) {
	if err != nil {
		return nil, err
	}
	return &one[Visit]{httpx.ETag(v.Version), visitWire(v)}, nil
}

func (a *API) visit(ctx context.Context, who access.Actor, in *ByID) (*one[Visit], error) {
	return oneVisit(a.Visits.Visit(ctx, who, in.ID.ID))
}

// VisitLine is one product of a count.
type VisitLine struct {
	Product id.ID  `json:"product"`
	Qty     string `json:"qty" doc:"In unit; 0 says that nothing stands there"`
	Unit    string `json:"unit,omitempty" maxLength:"20" doc:"The base unit where it is left out"`
}

func countLines(r *reader, lines []VisitLine) []visit.Line {
	out := make([]visit.Line, 0, len(lines))
	for i, l := range lines {
		out = append(out, visit.Line{Product: l.Product, Qty: r.qty(at("lines", i, "qty"), l.Qty), Unit: l.Unit})
	}
	return out
}

type checkInIn struct {
	Body struct {
		Stop       id.ID       `json:"stop,omitempty" doc:"Of the round"`
		Seller     id.ID       `json:"seller,omitempty" doc:"Of a visit outside the round: for whose goods; your organisation where it is left out"`
		Shop       id.ID       `json:"shop,omitempty" doc:"Of a visit outside the round"`
		PhoneAt    string      `json:"phone_at,omitempty" format:"date-time" doc:"When it was by the phone's clock; kept beside the portal's own time"`
		Spot       string      `json:"spot,omitempty" maxLength:"120" doc:"Where the person is, in words"`
		Consent    bool        `json:"consent,omitempty" doc:"The person wants lat and lon to be kept; needed with them"`
		Lat        string      `json:"lat,omitempty" maxLength:"12" doc:"In degrees, six decimals at most"`
		Lon        string      `json:"lon,omitempty" maxLength:"12"`
		Lines      []VisitLine `json:"lines,omitempty" maxItems:"500" doc:"The count, where the visit was taken without signal"`
		Orders     []id.ID     `json:"orders,omitempty" maxItems:"20" doc:"That were taken on it, and placed before"`
		Result     string      `json:"result,omitempty" enum:"order,none,closed" doc:"With it the visit is closed at once"`
		Reason     string      `json:"reason,omitempty" enum:"enough,price,rival,money,absent,later,other" doc:"Of the result none"`
		Note       string      `json:"note,omitempty" maxLength:"1000"`
		PhoneOutAt string      `json:"phone_out_at,omitempty" format:"date-time"`
	}
}

func (a *API) checkIn(ctx context.Context, who access.Actor, in *checkInIn) (*one[Visit], error) {
	b, r := in.Body, reader{}
	n := visit.Start{Key: key(ctx), Stop: b.Stop, Seller: b.Seller, Shop: b.Shop, At: r.instant("phone_at", b.PhoneAt), Consent: b.Consent}
	n.Spot = b.Spot
	if b.Lat != "" || b.Lon != "" {
		n.Located, n.Lat, n.Lon = true, r.degrees("lat", b.Lat), r.degrees("lon", b.Lon)
	}
	w := visit.Whole{Lines: countLines(&r, b.Lines), Orders: b.Orders, Close: visit.Close{Result: b.Result, Reason: b.Reason, Note: b.Note, At: r.instant("phone_out_at", b.PhoneOutAt)}}
	if err := r.err(); err != nil {
		return nil, err
	}
	n.Whole = &w
	return oneVisit(a.Visits.Start(ctx, who, n))
}

// degrees reads millionths of a degree.
func (r *reader) degrees(path, s string) int64 {
	v, err := qty.Decimal(s, 6)
	if err != nil {
		r.wrong(path, numberCode(err))
	}
	return v
}

type countVisitIn struct {
	ByID
	Body struct {
		Lines []VisitLine `json:"lines" maxItems:"500"`
	}
}

func (a *API) countVisit(ctx context.Context, who access.Actor, in *countVisitIn) (*one[Visit], error) {
	var r reader
	lines := countLines(&r, in.Body.Lines)
	if err := r.err(); err != nil {
		return nil, err
	}
	return oneVisit(a.Visits.Count(ctx, who, key(ctx), in.ID.ID, httpx.Of(ctx).IfMatch, lines))
}

type orderOnVisitIn struct {
	ByID
	Body struct {
		Order id.ID `json:"order"`
	}
}

func (a *API) orderOnVisit(ctx context.Context, who access.Actor, in *orderOnVisitIn) (*one[Visit], error) {
	return oneVisit(a.Visits.Order(ctx, who, key(ctx), in.ID.ID, httpx.Of(ctx).IfMatch, in.Body.Order))
}

type checkOutIn struct {
	ByID
	Body struct {
		Result  string      `json:"result" enum:"order,none,closed"`
		Reason  string      `json:"reason,omitempty" enum:"enough,price,rival,money,absent,later,other" doc:"Of the result none"`
		Note    string      `json:"note,omitempty" maxLength:"1000"`
		PhoneAt string      `json:"phone_at,omitempty" format:"date-time"`
		Lines   []VisitLine `json:"lines,omitempty" maxItems:"500" doc:"The count, where the visit went on without signal"`
		Orders  []id.ID     `json:"orders,omitempty" maxItems:"20" doc:"That were taken on it without signal, and placed before"`
	}
}

func (a *API) checkOut(ctx context.Context, who access.Actor, in *checkOutIn) (*one[Visit], error) {
	var r reader
	w := visit.Whole{Lines: countLines(&r, in.Body.Lines), Orders: in.Body.Orders,
		Close: visit.Close{Result: in.Body.Result, Reason: in.Body.Reason, Note: in.Body.Note, At: r.instant("phone_at", in.Body.PhoneAt)}}
	if err := r.err(); err != nil {
		return nil, err
	}
	return oneVisit(a.Visits.Close(ctx, who, key(ctx), in.ID.ID, httpx.Of(ctx).IfMatch, w))
}
