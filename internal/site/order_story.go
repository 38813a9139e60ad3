package site

import (
	"slices"

	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/qty"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

// stages are the bar of an order: what is done, where it stands, what is to come.
func (r *request) stages(o trade.View) []kit.Step {
	wanted := sum(o.Lines, trade.Line.Wanted)
	at := map[string]clock.Instant{}
	for _, e := range o.Timeline {
		at[e.Kind] = e.At
	}
	reached := []struct {
		key  string
		got  qty.Qty
		when clock.Instant
	}{
		{"placed", wanted, o.Placed},
		{"confirmed", wanted, at["order.confirmed"]},
		{"dispatched", sum(o.Lines, func(l trade.Line) qty.Qty { return l.Dispatched }), at["order.dispatched"]},
		{"delivered", sum(o.Lines, func(l trade.Line) qty.Qty { return l.Delivered }), at["shipment.received"]},
		{"invoiced", sum(o.Lines, func(l trade.Line) qty.Qty { return l.Invoiced }), at["order.invoiced"]},
		{"paid", 0, at["payment.confirmed"]},
	}
	if o.Status == trade.Placed || o.Status == trade.CreditHold || slices.Contains(ended, o.Status) {
		reached[1].got = 0
	}
	if o.Status == trade.Paid || o.Status == trade.Closed {
		reached[5].got = wanted
	}
	var out []kit.Step
	open := false
	for i, x := range reached {
		st := kit.Step{Text: r.t("order.stage_" + x.key)}
		switch {
		case x.got >= wanted && wanted > 0 && !open:
			st.State = "done"
			st.When = r.day(x.when)
		case !open:
			open = true
			st.State = "now"
			if x.got > 0 {
				st.When = r.t("order.stage_part")
			}
			if slices.Contains(ended, o.Status) || wanted == 0 {
				return append(out, kit.Step{Text: r.t("status.order." + string(o.Status)), State: "stop"})
			}
		case x.got > 0:
			st.When = r.t("order.stage_part")
		case i == 3 && o.WantedOn != "":
			st.When = r.t("order.stage_planned", "on", i18n.ShortDate(r.lang, o.WantedOn, r.today))
		}
		out = append(out, st)
	}
	return out
}

var ended = []trade.Status{trade.Rejected, trade.Cancelled}

func (r *request) day(at clock.Instant) string {
	if at == 0 {
		return ""
	}
	return i18n.ShortDate(r.lang, at.In(r.a.Zone), r.today)
}

// maxPoints is how many places in time stand beside each other in the lanes; see condense for what is left out when there are
// more, and nobody asked for all. Of these mostPoints are shown, the newest.
const (
	maxPoints  = 5
	mostPoints = 200
)

// lanes shows how the goods and the money of an order stood after each event. Where nothing has moved yet, it says where the
// goods are going to start.
func (r *request) lanes(o trade.View) (parts []view.LanePart, left int) {
	var lanes []trade.Lane
	for _, l := range o.Lanes { // what changed nothing is in the history
		if len(lanes) == 0 || !alike(l, lanes[len(lanes)-1]) {
			lanes = append(lanes, l)
		}
	}
	room := maxPoints
	if o.Status != trade.Paid && o.Status != trade.Closed {
		room-- // for what comes next
	}
	left = max(0, len(lanes)-room)
	if left > 0 && r.Query("lanes") == "all" {
		left = max(0, len(lanes)-mostPoints)
		for some := range slices.Chunk(lanes[left:], maxPoints) {
			parts = append(parts, r.lanePart(o, some))
		}
	} else {
		parts = []view.LanePart{r.lanePart(o, condense(lanes, room))}
	}
	last := &parts[len(parts)-1]
	last.Points, last.Lanes = r.planned(o, last.Points, last.Lanes)
	if kit.Of(r.ctx).Blind {
		for i := range parts {
			parts[i].Lanes = parts[i].Lanes[:3]
		}
	}
	return parts, left
}

// lanePart are lanes that stand beside each other.
func (r *request) lanePart(o trade.View, lanes []trade.Lane) view.LanePart {
	var points []kit.LanePoint
	rows := []kit.Lane{{Name: r.t("order.lane_owner")}, {Name: r.t("order.lane_holder")}, {Name: r.t("order.lane_bearer")}, {Name: r.t("order.lane_money")}}
	for _, l := range lanes {
		points = append(points, kit.LanePoint{Text: r.event(l.Kind), When: r.day(l.At)})
		for i, shares := range [][]trade.Share{l.Owner, l.Holder, l.Bearer} {
			rows[i].Cells = append(rows[i].Cells, r.laneCell(o, shares))
		}
		rows[3].Cells = append(rows[3].Cells, r.moneyCell(o, l))
	}
	return view.LanePart{Points: points, Lanes: rows}
}

// condense leaves out lanes until no more than room are there: first those between in which only money moved, from the oldest
// on, then the oldest after the first. How things began and how they stand is always shown.
func condense(lanes []trade.Lane, room int) []trade.Lane {
	for len(lanes) > room {
		out := 1
		for i := 1; i < len(lanes)-1; i++ {
			before := lanes[i-1]
			if before.Owed, before.Claim = lanes[i].Owed, lanes[i].Claim; alike(before, lanes[i]) {
				out = i
				break
			}
		}
		lanes = slices.Delete(lanes, out, out+1)
	}
	return lanes
}

// alike tells whether goods and money stand the same after two events.
func alike(a, b trade.Lane) bool {
	return a.Owed == b.Owed && a.Claim == b.Claim && slices.Equal(a.Owner, b.Owner) && slices.Equal(a.Holder, b.Holder) && slices.Equal(a.Bearer, b.Bearer)
}

// planned adds what is still to come, as the terms of the agreement have it.
func (r *request) planned(o trade.View, points []kit.LanePoint, rows []kit.Lane) ([]kit.LanePoint, []kit.Lane) {
	ag, err := r.s.Partner.Agreement(r.ctx, r.a, o.Agreement)
	if err != nil || slices.Contains(ended, o.Status) || o.Kind != trade.KindSale {
		return points, rows
	}
	title := map[string]int{"confirmation": 0, "dispatch": 1, "delivery": 2, "payment": 3}[ag.Terms.TitleOn]
	risk, known := map[string]int{"dispatch": 1, "delivery": 2}[ag.Terms.RiskOn]
	if !known {
		risk = title
	}
	side := func(at, passes int) string {
		if at >= passes {
			return o.BuyerName
		}
		return o.SellerName
	}
	for i, x := range []struct {
		kind, point, money string
		done               func(trade.Line) qty.Qty
	}{{"order.dispatched", "order.point_transit", "order.money_none", func(l trade.Line) qty.Qty { return l.Dispatched }},
		{"shipment.received", "order.point_buyer", "order.money_bill", func(l trade.Line) qty.Qty { return l.Delivered }}, {"payment.confirmed", "order.point_after", "order.money_paid", trade.Line.Wanted}} {
		at := i + 1
		rest := sum(o.Lines, trade.Line.Wanted) - sum(o.Lines, x.done)
		if x.kind == "payment.confirmed" {
			rest = 0
		}
		if rest <= 0 && slices.ContainsFunc(o.Timeline, func(e trade.Event) bool { return e.Kind == x.kind }) || len(points) >= maxPoints {
			continue
		}
		holder := o.BuyerName
		if at == 1 {
			holder = r.t("stock.transit")
		}
		points = append(points, kit.LanePoint{Text: r.t(x.point), When: r.t("order.planned")})
		for n, text := range []string{r.ofAll(o, side(at, title), rest), r.ofAll(o, holder, rest), r.ofAll(o, side(at, risk), rest), r.t(x.money)} {
			rows[n].Cells = append(rows[n].Cells, kit.LaneCell{Text: text, Tone: "plan"})
		}
	}
	return points, rows
}

func (r *request) laneCell(o trade.View, shares []trade.Share) kit.LaneCell {
	switch len(shares) {
	case 0:
		if sum(o.Lines, func(l trade.Line) qty.Qty { return l.Held + l.Allotted + l.Dispatched }) > 0 {
			return kit.LaneCell{Text: o.SellerName, Tone: "seller"} // held from its stock, no lot set aside yet
		}
		return kit.LaneCell{Text: o.SellerName, Tone: "plan"}
	case 1:
		return kit.LaneCell{Text: r.ofAll(o, r.shareName(shares[0]), shares[0].Qty), Tone: shareTone(o, shares[0])}
	}
	text := ""
	for i, sh := range shares {
		if i > 0 {
			text += " · "
		}
		text += r.shareName(sh) + " " + i18n.Qty(r.lang, sh.Qty)
	}
	return kit.LaneCell{Text: text, Tone: shareTone(o, shares[len(shares)-1])}
}

// ofAll says of how much of an order something is true, where that is a part of it: goods that nothing has moved yet stand in no lane.
func (r *request) ofAll(o trade.View, text string, n qty.Qty) string {
	if all := sum(o.Lines, trade.Line.Wanted); n > 0 && n < all {
		return r.t("order.lane_part", "what", text, "n", i18n.Qty(r.lang, n), "all", i18n.Qty(r.lang, all))
	}
	return text
}

func (r *request) shareName(sh trade.Share) string {
	switch {
	case sh.Org == 0 && sh.Name == "transit":
		return r.t("stock.transit")
	case sh.Org == 0 && sh.Name == "used":
		return r.t("stock.used")
	case sh.Name == "":
		return r.t("order.lane_other")
	}
	return sh.Name
}

func shareTone(o trade.View, sh trade.Share) string {
	switch sh.Org {
	case o.Seller:
		return "seller"
	case o.Buyer:
		return "buyer"
	case 0:
		return "transit"
	}
	return "money"
}

func (r *request) moneyCell(o trade.View, l trade.Lane) kit.LaneCell {
	if kit.Of(r.ctx).Blind {
		return kit.LaneCell{Text: "–", Tone: "none"}
	}
	switch {
	case l.Claim != 0:
		return kit.LaneCell{Text: r.claimText(o, l), Tone: "money"}
	case l.Owed > 0:
		return kit.LaneCell{Text: r.t("order.money_owed", "amount", i18n.Money(r.lang, o.Currency, l.Owed)), Tone: "money"}
	case l.Owed == 0 && slices.ContainsFunc(o.Lanes, func(x trade.Lane) bool { return x.Seq < l.Seq && x.Owed > 0 }):
		return kit.LaneCell{Text: r.ofAll(o, r.t("order.money_paid"), sum(o.Lines, func(l trade.Line) qty.Qty { return l.Invoiced })), Tone: "paid"}
	case l.Owed < 0:
		return kit.LaneCell{Text: r.t("order.money_deposit"), Tone: "paid"}
	}
	return kit.LaneCell{Text: r.t("order.money_none"), Tone: "plan"}
}

// claimText says what one side owes the other for lost goods, behind what the buyer owes for the rest.
func (r *request) claimText(o trade.View, l trade.Lane) string {
	key, n := "order.money_claim", l.Claim
	if n < 0 {
		key, n = "order.money_claim_back", -n
	}
	text := r.t(key, "amount", i18n.Money(r.lang, o.Currency, n))
	if l.Owed > 0 {
		text = r.t("order.money_owed", "amount", i18n.Money(r.lang, o.Currency, l.Owed)) + " · " + text
	}
	return text
}

// looks of events: which tone and which glyph.
var looks = map[string][2]string{
	"order.placed": {"info", "clipboard-text"}, "order.confirmed": {"ok", "check"}, "order.rejected": {"bad", "x"}, "order.cancelled": {"idle", "ban"},
	"order.amended": {"idle", "pencil"}, "order.resumed": {"ok", "check"}, "order.filled": {"info", "box"}, "order.dispatched": {"info", "truck-delivery"},
	"service.performed": {"info", "check"}, "service.accepted": {"ok", "check"}, "order.invoiced": {"info", "file-invoice"}, "order.returned": {"viol", "truck-return"}, "order.closed": {"idle", "archive"},
	"shipment.received": {"ok", "package"}, "shipment.taken_back": {"viol", "truck-return"}, "invoice.credited": {"viol", "receipt"},
	"payment.confirmed": {"ok", "cash"}, "payment.reported": {"warn", "clock"}, "payment.rejected": {"bad", "x"}, "payment.bounced": {"bad", "alert-triangle"},
}

// event is the sentence of a journal's kind.
func (r *request) event(kind string) string {
	if i18n.Has(r.lang, "event."+kind) {
		return r.t("event." + kind)
	}
	return r.t("order.event_other")
}

// events is the history, newest first.
func (r *request) events(o trade.View) []kit.Event {
	var out []kit.Event
	for _, e := range slices.Backward(o.Timeline) {
		x := kit.Event{Tone: "idle", Icon: "dots", Text: r.event(e.Kind), When: i18n.Time(r.lang, e.At, r.a.Zone), At: rfc(e.At), Sub: e.OrgName}
		if l, ok := looks[e.Kind]; ok {
			x.Tone, x.Icon = l[0], l[1]
		}
		if e.Person != "" {
			x.Sub = e.Person + ", " + e.OrgName
		}
		if e.Reason != "" {
			x.Note = e.Reason
			if e.Kind != "shipment.received" {
				x.Note = r.t("order.because", "reason", e.Reason)
			}
		}
		out = append(out, x)
	}
	return out
}
