package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/partner"
	"saluran/internal/report"
)

// ChannelMap is a channel as the caller may see it at the end of a day: its own links, and nothing of links between others.
type ChannelMap struct {
	Channel  id.ID     `json:"channel"`
	Name     string    `json:"name"`
	Tiers    []string  `json:"tiers"`
	Mine     int64     `json:"tier" doc:"Yours"`
	On       string    `json:"on" format:"date"`
	Period   string    `json:"period" enum:"quarter,30d,year"`
	From     string    `json:"from" format:"date" doc:"The first day of the sales"`
	Currency string    `json:"currency"`
	Stock    []MapQty  `json:"stock,omitempty" doc:"Your goods at your own places"`
	Nodes    []MapNode `json:"nodes" doc:"Who is linked with you there, those who sell to you first; then the producer of the channel, where you are not linked with it. The largest by the measure first"`
	Next     string    `json:"next,omitempty"`
	More     bool      `json:"more,omitempty" doc:"There are more links than are drawn: those with figures and the latest others are"`
}

// MapNode is a member of a channel; its figures are those between it and the caller, in all channels.
type MapNode struct {
	Org     id.ID     `json:"org"`
	Code    string    `json:"code"`
	Name    string    `json:"name"`
	Kind    string    `json:"kind"`
	City    string    `json:"city,omitempty"`
	Tier    int64     `json:"tier,omitempty"`
	Link    id.ID     `json:"link,omitempty"`
	Side    string    `json:"side,omitempty" enum:"buyer,seller" doc:"What it is to you"`
	Agent   string    `json:"agent,omitempty"`
	Waits   bool      `json:"waits,omitempty" doc:"The link is not agreed to by both yet"`
	Sales   string    `json:"sales,omitempty" doc:"Invoiced in the period before tax, less credit notes"`
	Dues    string    `json:"dues,omitempty" doc:"Owed for goods, out of the books"`
	Overdue string    `json:"overdue,omitempty" doc:"Of invoices whose day was over; left out where that was too long ago to be worked out"`
	Last    string    `json:"last_invoice_on,omitempty" doc:"Where it is of the period or of sixty days"`
	Stock   []MapQty  `json:"stock,omitempty" doc:"Your goods there or on the way there"`
	Shared  *MapShare `json:"shared,omitempty" doc:"By measure: what it sold on, or its stock, as far as it shares it"`
	Terms   *MapTerms `json:"terms,omitempty" doc:"In force on the day"`
}

// MapQty is a quantity in a base unit.
type MapQty struct {
	Unit string `json:"unit"`
	Qty  string `json:"qty"`
}

// MapShare is what a partner shares.
type MapShare struct {
	Sharing id.ID      `json:"sharing"`
	From    string     `json:"from,omitempty"`
	To      string     `json:"to,omitempty"`
	Goods   []MapQty   `json:"goods"`
	Places  []MapPlace `json:"places,omitempty"`
}

// MapPlace is a region, or a shop under a name that says nothing, below a partner.
type MapPlace struct {
	Name  string   `json:"name"`
	Goods []MapQty `json:"goods"`
}

// MapTerms are terms in short.
type MapTerms struct {
	Edition     int64  `json:"edition"`
	NetDays     int64  `json:"net_days"`
	Prepay      bool   `json:"prepay"`
	CreditLimit string `json:"credit_limit,omitempty" doc:"None where there is no limit"`
	Currency    string `json:"currency"`
	TitleOn     string `json:"title_on"`
	RiskOn      string `json:"risk_on"`
	From        string `json:"from"`
	Until       string `json:"until,omitempty"`
}

type channelMapIn struct {
	ByID
	Cursor   string `query:"cursor" doc:"The next of the page before; left out for the first page"`
	Size     int    `query:"size" minimum:"1" maximum:"200" default:"50" doc:"How many at most"`
	On       string `query:"on" doc:"Today when left out"`
	Period   string `query:"period" enum:"quarter,30d,year" doc:"The quarter up to that day when left out"`
	Currency string `query:"currency" doc:"Your organisation's own when left out"`
	Measure  string `query:"measure" enum:"sales,stock,dues,overdue"`
}

func (a *API) channelMap(ctx context.Context, who access.Actor, in *channelMapIn) (*struct{ Body ChannelMap }, error) {
	ask := report.MapAsk{Channel: in.ID.ID, Span: in.Period, Currency: in.Currency, Measure: in.Measure}
	if in.On != "" {
		d, err := clock.ParseDate(in.On)
		if err != nil {
			return nil, errs.OnFields("invalid", errs.F("on", "bad_date"))
		}
		ask.On = d
	}
	q := list.Query{Cursor: in.Cursor, Size: in.Size}
	k, _, err := q.After()
	if err != nil {
		return nil, err
	}
	m, err := a.Report.Map(ctx, who, ask)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body ChannelMap }{ChannelMap{Channel: m.Channel, Name: m.Name, Tiers: m.Tiers, Mine: m.Mine, On: string(m.On), Period: m.Span.Name, From: string(m.Span.From),
		Currency: m.Currency, Stock: qtysWire(m.Self.Stock), Nodes: []MapNode{}, More: m.More}}
	from := min(max(int(k.V), 0), len(m.Partners))
	upto := min(from+q.Limit(), len(m.Partners))
	if upto < len(m.Partners) {
		out.Body.Next = list.Key{V: int64(upto)}.Encode()
	}
	some := make([]*report.MapNode, 0, upto-from)
	for i := from; i < upto; i++ {
		some = append(some, &m.Partners[i])
	}
	if err := a.Report.Agreed(ctx, who, m, some); err != nil {
		return nil, err
	}
	for _, n := range some {
		out.Body.Nodes = append(out.Body.Nodes, mapNodeWire(m, n))
	}
	return out, nil
}

func mapNodeWire(m *report.Map, n *report.MapNode) MapNode {
	w := MapNode{Org: n.Org, Code: n.Code, Name: n.Name, Kind: n.Kind, City: n.City, Tier: n.Tier, Link: n.Link, Side: n.Side, Agent: n.Agent, Waits: n.Waits, Last: string(n.Last), Stock: qtysWire(n.Stock)}
	if n.Known {
		w.Sales, w.Dues, w.Overdue = minor(m.Currency, n.Sales), minor(m.Currency, n.Dues), minor(m.Currency, n.Late)
		if m.LateLeft {
			w.Overdue = ""
		}
	}
	if x := n.Shared; x != nil {
		w.Shared = &MapShare{Sharing: x.Sharing, From: string(x.From), To: string(x.To), Goods: qtysWire(x.Goods)}
		for _, p := range x.Places {
			w.Shared.Places = append(w.Shared.Places, MapPlace{p.Name, qtysWire(p.Goods)})
		}
	}
	if t := n.Terms; t != nil {
		w.Terms = &MapTerms{Edition: t.Edition, NetDays: t.NetDays, Prepay: t.Prepay, Currency: t.Currency, TitleOn: t.TitleOn, RiskOn: t.RiskOn, From: string(t.From)}
		if t.Limit < partner.NoLimit {
			w.Terms.CreditLimit = minor(t.Currency, t.Limit)
		}
		if t.Until != partner.Open {
			w.Terms.Until = string(t.Until)
		}
	}
	return w
}

func qtysWire(all []report.Goods) []MapQty {
	out := make([]MapQty, len(all))
	for i, g := range all {
		out[i] = MapQty{g.Unit, g.Qty.String()}
	}
	return out
}

// Told is something that happened between two organisations, when it was written down.
type Told struct {
	At       string `json:"at"`
	Kind     string `json:"kind" enum:"order,change,shipment,receipt,claim,invoice,credit,payment,agreement,visit,message,note,file"`
	Event    string `json:"event,omitempty"`
	Document id.ID  `json:"document,omitempty"`
	Of       string `json:"document_kind,omitempty"`
	Number   string `json:"number,omitempty"`
	Status   string `json:"status,omitempty" doc:"Of the document, now"`
	On       string `json:"on,omitempty" doc:"Its own day"`
	Currency string `json:"currency,omitempty"`
	Amount   string `json:"amount,omitempty"`
	By       *Party `json:"by,omitempty"`
	Person   string `json:"person,omitempty"`
	Text     string `json:"text,omitempty"`
	Counted  int64  `json:"counted,omitempty" doc:"Products on the shelf, on a visit"`
	Reason   string `json:"reason,omitempty" doc:"Why nothing was ordered on a visit"`
}

type timelineIn struct {
	ByID
	Cursor string `query:"cursor" doc:"The next of the page before; left out for the first page"`
	Size   int    `query:"size" minimum:"1" maximum:"200" default:"50" doc:"How many; a few more where they belong together"`
	Part   string `query:"part" enum:"orders,goods,money,terms,visits,talk,files" doc:"Everything when left out"`
}

func (a *API) timeline(ctx context.Context, who access.Actor, in *timelineIn) (*page[Told], error) {
	p, err := a.Report.Story(ctx, who, report.StoryAsk{Link: in.ID.ID, Part: in.Part, Query: list.Query{Cursor: in.Cursor, Size: in.Size}})
	return pageOf(p, err, toldWire)
}

func toldWire(v report.Told) Told {
	w := Told{At: instant(v.At), Kind: v.Kind, Event: v.Event, Document: v.Doc, Of: v.DocKind, Number: v.Number, Status: v.Status, On: string(v.Day), Person: v.Person, Text: v.Text, By: maybe(v.By, v.ByName), Counted: v.Counted, Reason: v.Reason}
	if v.Kind == "file" { // its own id, not an event
		w.Event = ""
	}
	if v.Known {
		w.Currency, w.Amount = v.Currency, minor(v.Currency, v.Amount)
	}
	return w
}

// PartnerStanding is how a partner stands to the caller today.
type PartnerStanding struct {
	Waits  []DeskWait `json:"waits"`
	Orders int64      `json:"orders"`
	Last   string     `json:"last_order_on,omitempty"`
	Rhythm int64      `json:"days_between_orders,omitempty" doc:"As a rule; left out where there are too few orders to say"`
	Since  int64      `json:"days_since_last,omitempty"`
	Late   bool       `json:"late" doc:"The last order is longer ago than any of the last was from the one before it"`
}

func (a *API) standing(ctx context.Context, who access.Actor, in *ByID) (*struct{ Body PartnerStanding }, error) {
	s, err := a.Report.Standing(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body PartnerStanding }{PartnerStanding{Waits: []DeskWait{}, Orders: s.Orders, Last: string(s.Last), Rhythm: s.Rhythm, Since: s.Since, Late: s.Late}}
	for _, x := range s.Waits {
		out.Body.Waits = append(out.Body.Waits, DeskWait{Kind: x.Kind, Count: x.N})
	}
	return out, nil
}
