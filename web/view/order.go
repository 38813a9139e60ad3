package view

import (
	"context"
	"slices"
	"strconv"

	"saluran/internal/clock"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/web/kit"
)

// Order is the page of one order: what may be done, how far it is, what is in it, who owns, holds, risks and owes.
type Order struct {
	Stand *Representatives // nil: not shown
	Files *Files           // nil: not shown
	Talk  *Talk            // nil: not shown
	OrderRow
	Carriers        []Ref // whom the goods may be given to
	Version         int64
	Seller, Buyer   Ref
	Agent           Ref
	PlacedBy        string
	ToCredit        []string // what was invoiced beforehand and will not come
	Bought          bool     // the reader is the buyer
	Net, Tax        money.Minor
	ToInvoice       money.Minor // what of it is still to be invoiced
	WantedOn        clock.Date
	Note            string
	NetDays         int64
	TitleOn, RiskOn string
	Steps           []kit.Step
	Lines           []OrderLine // those of the part
	Part            Part
	Lanes           []LanePart
	LanesLeft       int // how many points between were left out
	Credit          Credit
	Events          []kit.Event
	Shipments       []ShipmentRow
	Arriving        []ShipmentRow // those of them that the reader may receive
	Unpaid          []InvoiceRow  // those of its invoices that the reader may pay
	Reported        []InvoiceRow  // those that are reported as paid to the last
	Invoices        []InvoiceRow
	Actions         []string
	Open            string // the action whose form is open: it was answered with an error
	Form            kit.Form
	Conflict        string // a sentence, where somebody else was faster
	ReturnOf        Ref
	MayPlace        bool
}

// OrderLine is a line with all its quantities, in base units.
type OrderLine struct {
	N                                                                                int64
	SKU, Name, Unit, BaseUnit, Purpose                                               string
	UnitQty, Qty                                                                     qty.Qty
	Price                                                                            money.Price
	Net                                                                              money.Minor
	Service                                                                          bool
	Held, Allotted, BackOrder, Open, Dispatched, Delivered, Invoiced, Returned, Gone qty.Qty
	Billable                                                                         qty.Qty // what may be invoiced now
}

// Credit is the effect of an order on what the buyer may still owe.
type Credit struct {
	Known                   bool
	Currency                string
	Limit, Used, Held, This money.Minor
	Unlimited               bool // no limit was agreed
}

// LanePart is a stretch of the lanes that fits beside each other: points in time, and how each lane stood there.
type LanePart struct {
	Points []kit.LanePoint
	Lanes  []kit.Lane
}

// Left is what remains of the limit.
func (c Credit) Left() money.Minor { return c.Limit - c.Used - c.Held }

func (c Credit) state() string {
	switch {
	case c.Unlimited:
		return "none"
	case c.Limit <= 0:
		return "zero"
	case c.Left() < 0:
		return "short"
	case c.Left()*10 < c.Limit:
		return "near"
	}
	return "enough"
}

// share of the limit in hundredths of a percent, never more than the whole.
func (c Credit) share(m money.Minor) int64 {
	if c.Limit <= 0 || m <= 0 {
		return 0
	}
	return int64(min(m, c.Limit)) / max(int64(c.Limit)/10000, 1)
}

func (c Credit) parts() []kit.MeterPart {
	other := c.Used + c.Held - c.This
	return []kit.MeterPart{{Share: min(c.share(other), 10000), Fill: "1"}, {Share: min(c.share(c.This), 10000), Fill: "2"}}
}

func (c Credit) legends(ctx context.Context) []kit.Legend {
	row := func(fill, key string, m money.Minor) kit.Legend {
		return kit.Legend{Fill: fill, Text: t(ctx, key), Value: kit.Short(ctx, c.Currency, m), Title: amount(ctx, c.Currency, m),
			Share: kit.Percent(ctx, (c.share(m)+50)/100*100)}
	}
	out := []kit.Legend{row("1", "credit.used", c.Used+c.Held-c.This)}
	if c.This > 0 {
		out = append(out, row("2", "credit.this", c.This))
	}
	if c.Unlimited {
		return out
	}
	return append(out, row("5", "credit.left", max(c.Left(), 0)))
}

// first are as many as one reads at a glance; the tables below hold all.
func first[T any](rows []T) []T { return rows[:min(len(rows), 3)] }

// leads is the look of the one button that comes first, and of those after it.
func leads(yes bool) string {
	if yes {
		return "pri"
	}
	return "sm"
}

// next tells whether anything waits for the reader.
func (o Order) next(ctx context.Context) bool {
	return len(o.Actions)+len(o.Arriving) > 0 || len(o.Unpaid)+len(o.Reported) > 0 && seen(ctx)
}

func (o Order) can(action string) bool { return slices.Contains(o.Actions, action) }

// path is where the form of a step goes.
func (o Order) path(step string) string { return "/orders/" + o.ID + "/" + step }

// primary is the one action that the page offers first.
func (o Order) primary() string {
	for _, a := range []string{"resume", "confirm", "fill", "dispatch", "perform", "accept", "invoice", "close"} {
		if o.can(a) {
			return a
		}
	}
	return ""
}

// simple actions need nothing but a press.
func simple(action string) bool {
	return slices.Contains([]string{"resume", "confirm", "fill", "close"}, action)
}

// wholesale actions may be done for all lines at once, as far as each can.
func wholesale(action string) bool {
	return slices.Contains([]string{"dispatch", "perform", "accept", "invoice"}, action)
}

func actionIcon(action string) string {
	switch action {
	case "confirm", "resume", "perform", "accept", "close":
		return "check"
	case "dispatch":
		return "truck-delivery"
	case "invoice":
		return "file-invoice"
	case "fill":
		return "box"
	case "amend":
		return "pencil"
	case "return":
		return "truck-return"
	}
	return "x"
}

func lineField(action string, n int64) string { return action + "-" + strconv.FormatInt(n, 10) }

// amendable is what a line may be changed from, in the unit in which it was ordered where that divides, else in its base unit.
func amendable(l OrderLine) (qty.Qty, string) {
	if left := l.Qty - l.Gone; l.Qty > 0 {
		if n, ok := l.UnitQty.Times(int64(left), int64(l.Qty)); ok {
			return n, l.Unit
		}
		return left, l.BaseUnit
	}
	return 0, l.Unit
}

// offered is what an action may take of a line, and in which unit.
func offered(action string, l OrderLine) (qty.Qty, string) {
	if action == "amend" {
		return amendable(l)
	}
	return movable(action, l), l.BaseUnit
}

// rest are the actions other than the first one.
func (o Order) rest() []string {
	var out []string
	for _, a := range o.Actions {
		if a != o.primary() {
			out = append(out, a)
		}
	}
	return out
}

// movable is what an action may still take of a line.
func movable(action string, l OrderLine) qty.Qty {
	switch action {
	case "dispatch":
		if l.Service {
			return 0
		}
		return l.Held + l.Allotted
	case "perform":
		if !l.Service {
			return 0
		}
		return l.Open
	case "accept":
		if !l.Service {
			return 0
		}
		return l.Dispatched - l.Delivered
	case "invoice":
		return l.Billable
	case "return":
		if l.Service {
			return 0
		}
		return l.Delivered - l.Returned
	}
	return l.Qty - l.Gone
}

// CanPlaceAgain tells whether the same goods may be ordered again from here.
func (o Order) CanPlaceAgain() bool { return o.Kind == "sale" && o.MayPlace }

// numberOf is the key of what the buyer's own number is called before the buyer and before others.
func numberOf(buyer bool) string {
	if buyer {
		return "order.own_number"
	}
	return "order.buyer_number"
}
