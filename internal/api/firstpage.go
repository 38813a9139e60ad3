package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/money"
	"saluran/internal/report"
)

func (a *API) firstPages() {
	handle(a, get("desk", "/desk", "Reports", "Your first page: what waits for you, and the figures of a period"), a.firstPage)
	handle(a, get("first-steps", "/desk/steps", "Reports", "The first things to do for you, each with what of yours it is about, ticked off by what you have done"), a.firstSteps)
}

// FirstStep is one of the first things to do.
type FirstStep struct {
	Kind   string `json:"kind" doc:"goods, price, link, people, bank, confirm, ship, receive, order, order_for, pay, match, late, notices"`
	Done   bool   `json:"done"`
	ID     string `json:"id,omitempty" doc:"Of what it is about"`
	Number string `json:"number,omitempty"`
	Who    string `json:"who,omitempty"`
	DueOn  string `json:"due_on,omitempty"`
}

func (a *API) firstSteps(ctx context.Context, who access.Actor, _ *struct{}) (*page[FirstStep], error) {
	all, err := a.Report.FirstSteps(ctx, who)
	if err != nil {
		return nil, err
	}
	return whole(all, func(x report.Step) FirstStep {
		out := FirstStep{Kind: x.Kind, Done: x.Done, Number: x.Number, Who: x.Who, DueOn: string(x.Due)}
		if x.ID != 0 {
			out.ID = x.ID.String()
		}
		return out
	}), nil
}

type deskIn struct {
	Period   string `query:"period" enum:"quarter,30d,year" doc:"The quarter up to today when left out"`
	Currency string `query:"currency" doc:"Your organisation's own when left out"`
}

func (a *API) firstPage(ctx context.Context, who access.Actor, in *deskIn) (*struct{ Body Desk }, error) {
	d, err := a.Report.Desk(ctx, who, report.DeskAsk{Span: in.Period, Currency: in.Currency})
	if err != nil {
		return nil, err
	}
	w := deskWire{d}
	out := &struct{ Body Desk }{Desk{Page: d.Page, Period: d.Span.Name, From: string(d.Span.From), To: string(d.Span.To), BeforeFrom: string(d.Span.BeforeFrom),
		BeforeTo: string(d.Span.Before), Buckets: []DeskBucket{}, Currency: d.Currency, Others: d.Others, Waits: []DeskWait{}}}
	for _, b := range d.Span.Buckets {
		out.Body.Buckets = append(out.Body.Buckets, DeskBucket{string(b.From), string(b.To)})
	}
	for _, x := range d.Waits {
		v := DeskWait{Kind: x.Kind, Count: x.N}
		if x.Known {
			v.Amount = w.m(x.Amount)
		}
		out.Body.Waits = append(out.Body.Waits, v)
	}
	w.money(&out.Body)
	w.goods(&out.Body)
	w.people(&out.Body)
	return out, nil
}

// deskWire puts a first page into the words of the API.
type deskWire struct{ *report.Desk }

func (w deskWire) m(v money.Minor) string { return minor(w.Currency, v) }

func (w deskWire) all(vs []money.Minor) []string {
	out := make([]string, len(vs))
	for i, v := range vs {
		out[i] = w.m(v)
	}
	return out
}

func (w deskWire) flow(f *report.Flow) *DeskFlow {
	if f == nil {
		return nil
	}
	out := &DeskFlow{Net: w.m(f.Net), Before: w.m(f.Before), Gross: w.m(f.Gross), Bars: w.all(f.Bars)}
	for _, p := range f.Partners {
		x := DeskPart{Net: w.m(p.Net)}
		if !p.Counter {
			x.Partner = maybe(p.Partner, p.Name)
		}
		out.Partners = append(out.Partners, x)
	}
	return out
}

func (w deskWire) ageing(a *report.Ageing) *DeskAgeing {
	if a == nil {
		return nil
	}
	out := &DeskAgeing{Total: w.m(a.Total), NotDue: w.m(a.Later), Due7: w.m(a.Week), Late14: w.m(a.To14), Late30: w.m(a.To30), Late60: w.m(a.To60), Late90: w.m(a.To90),
		Beyond: w.m(a.Beyond), Late: w.m(a.Late), Bills: a.Bills, LateBills: a.LateBills, WeekBills: a.WeekBills, Partners: a.LatePartners, Days: a.Days,
		Claims: w.m(a.Claims), Commission: w.m(a.Commission), SaidBills: a.Said.Bills}
	if a.Said.Total != 0 {
		out.Reported = w.m(a.Said.Total)
	}
	return out
}

func (w deskWire) bills(all []report.Bill) (out []DeskBill) {
	for _, x := range all {
		b := DeskBill{x.ID, x.Number, Party{x.Partner, x.PartnerName}, string(x.IssuedOn), string(x.DueOn), w.m(x.Open), ""}
		if x.Said != 0 {
			b.Said = w.m(x.Said)
		}
		out = append(out, b)
	}
	return out
}

func (w deskWire) money(out *Desk) {
	out.Sales, out.Purchases = w.flow(w.Sold), w.flow(w.Bought)
	out.Receivables, out.Payables = w.ageing(w.Owed), w.ageing(w.Owing)
	out.Late, out.Due = w.bills(w.Desk.Late), w.bills(w.Desk.Due)
	if t := w.Through; t != nil {
		out.SellThrough = &DeskThrough{w.m(t.Net), w.all(t.Bars), w.m(t.To.Net), t.Grantors, t.Unpriced}
	}
	if l := w.Desk.Limits; l != nil {
		out.Limits = &DeskLimits{Limit: w.m(l.Limit), Used: w.m(l.Used), Partners: l.Partners, Near: []DeskNear{}}
		for _, n := range l.Near {
			out.Limits.Near = append(out.Limits.Near, DeskNear{Party{n.Partner, n.Name}, w.m(n.Limit), w.m(n.Used), n.Share})
		}
	}
	for _, r := range w.Rooms {
		x := DeskRoom{Seller: Party{r.Seller, r.Name}, Used: w.m(r.Used + r.Held)}
		if !r.Unlimited {
			x.Limit, x.Left = w.m(r.Limit), w.m(r.Left())
		}
		out.Credit = append(out.Credit, x)
	}
	if c := w.Desk.Cash; c != nil {
		out.Cash = &DeskCash{w.m(c.Deposits), w.m(c.Reported), c.Reports}
	}
	for _, c := range w.Desk.Calendar {
		out.Calendar = append(out.Calendar, DeskDay{string(c.Day), w.m(c.In), w.m(c.Out), w.m(c.InSaid), w.m(c.OutSaid)})
	}
	if m := w.Desk.Margin; m != nil {
		out.Margin = &DeskMargin{Net: w.m(m.Net), Cost: w.m(m.Cost), Margin: w.m(m.Net - m.Cost), Share: m.Share, Days: m.Days, Unknown: m.Unknown, Goods: []DeskEarning{}}
		for _, g := range m.Goods {
			out.Margin.Goods = append(out.Margin.Goods, DeskEarning{g.Product, g.SKU, g.Name, w.m(g.Net), w.m(g.Margin), g.Share})
		}
	}
}

func (w deskWire) goods(out *Desk) {
	if c := w.Cover; c != nil {
		out.Stock = &DeskStock{Days: c.Days, Pace: c.Pace, Goods: c.Goods, Low: c.Low, Out: c.Out, Reorder: []DeskReorder{}, Away: []DeskAway{}}
		for _, g := range c.Reorder {
			out.Stock.Reorder = append(out.Stock.Reorder, DeskReorder{g.Product, g.SKU, g.Name, g.Unit, g.Free.String(), g.Coming.String(), g.Days, g.Suggest.String()})
		}
		for _, g := range c.Away {
			out.Stock.Away = append(out.Stock.Away, DeskAway{g.Product, g.SKU, g.Name, g.Unit, g.Qty.String(), g.Holders})
		}
	}
	if e := w.Desk.Expiry; e != nil {
		out.Expiry = &DeskExpiry{Lots: e.Lots, Days: report.ExpireDays, Near: []DeskLot{}}
		for _, l := range e.Near {
			out.Expiry.Near = append(out.Expiry.Near, DeskLot{l.Lot, l.Code, l.SKU, l.Name, l.Unit, string(l.ExpiresOn), l.Qty.String()})
		}
	}
	if f := w.Desk.Fill; f != nil {
		out.Fill = &DeskFill{f.Lines, f.Whole, f.Share}
	}
}

func (w deskWire) people(out *Desk) {
	if e := w.Earned; e != nil {
		out.Commission = &DeskEarned{w.m(e.Amount), w.m(e.Before), w.m(e.Base), w.m(e.Due), w.all(e.Bars)}
	}
	if s := w.Silence; s != nil {
		out.Silent = &DeskSilence{Buyers: s.Buyers, Silent: s.Silent, Days: report.SilentDays, Longest: []DeskSilent{}}
		for _, x := range s.Longest {
			out.Silent.Longest = append(out.Silent.Longest, DeskSilent{Party{x.Buyer, x.Name}, x.Seller, x.City, string(x.Last)})
		}
	}
	for _, g := range w.Often {
		out.Usual = append(out.Usual, DeskUsual{g.Product, g.SKU, g.Name, g.Orders, string(g.Last), g.Seller, g.Unit, g.UnitQty.String()})
	}
}
