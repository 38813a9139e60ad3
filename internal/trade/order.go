package trade

import (
	"slices"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Status of an order.
type Status string

// The statuses; see the diagram in the package comment.
const (
	CreditHold     Status = "credit_hold"
	Placed         Status = "placed"
	Confirmed      Status = "confirmed"
	PartDispatched Status = "part_dispatched"
	Dispatched     Status = "dispatched"
	Delivered      Status = "delivered"
	Invoiced       Status = "invoiced"
	Paid           Status = "paid"
	Closed         Status = "closed"
	Rejected       Status = "rejected"
	Cancelled      Status = "cancelled"
	Returned       Status = "returned" // a return order, whole
)

// Statuses in the order in which an order passes through them; the ends that are no success come last.
var Statuses = []Status{CreditHold, Placed, Confirmed, PartDispatched, Dispatched, Delivered, Invoiced, Paid, Closed, Rejected, Cancelled, Returned}

// Order is one order, or a return (Kind "return", ReturnOf the order). Amounts are those of what was ordered, tax apart.
type Order struct {
	ID                                    id.ID
	Number, Kind                          string
	Seller, Buyer, Agent, Link, Agreement id.ID
	SellerName, BuyerName, AgentName      string
	PlacedBy, Currency                    string // PlacedBy: buyer, seller, agent
	Status                                Status
	Net, Tax, Total, CreditHeld           money.Minor
	ShipFrom, DeliverTo, ReturnOf         id.ID
	OrderedOn, WantedOn                   clock.Date
	Placed                                clock.Instant
	Reference, Note                       string
	Version, Seq                          int64
	Lines                                 []Line
	Blind                                 bool // the reader may not see money: amounts are zero
}

// Line of an order. Quantities are in base units, except UnitQty, which is in Unit. What is ordered and not cancelled falls
// into Dispatched (on the way or delivered), Held, Allotted (set aside as the buyer's) and the back-order.
type Line struct {
	N                                                                    int64
	Product                                                              id.ID
	SKU, Name                                                            string
	Service                                                              bool
	BaseUnit, Unit                                                       string
	Decimals                                                             int // of the base unit
	UnitQty, Qty                                                         qty.Qty
	Price                                                                money.Price
	Net, TaxBase, Tax                                                    money.Minor
	TaxCode, Purpose                                                     string
	Dir                                                                  int64 // 1 sold, -1 returned
	Held, Allotted, Dispatched, Delivered, Invoiced, Returned, Cancelled qty.Qty
	Forgone                                                              qty.Qty // came back before it was invoiced: never will be
	off                                                                  amounts // by how much its invoices differ from what Billed says: see Service.uneven
}

// Wanted is what is ordered and not cancelled.
func (l Line) Wanted() qty.Qty { return l.Qty - l.Cancelled }

// Open is what is wanted and neither on its way nor delivered.
func (l Line) Open() qty.Qty { return l.Wanted() - l.Dispatched }

// BackOrder is what is open and has nothing set aside. Services are never on back-order.
func (l Line) BackOrder() qty.Qty {
	if l.Service {
		return 0
	}
	return l.Open() - l.Held - l.Allotted
}

// Billed is how far the line is settled as paper: what is invoiced, cancelled or came back before. The rest still holds credit.
func (l Line) Billed() qty.Qty { return min(l.Invoiced+l.Cancelled+l.Forgone, l.Qty) }

// Billable is what may be invoiced now: what is delivered (wanted, where cash comes before delivery), not invoiced, and did not
// come back before it was invoiced.
func (l Line) Billable(prepay bool) qty.Qty {
	upper := l.Delivered
	if prepay {
		upper = l.Wanted()
	}
	return max(0, upper-l.Forgone-l.Invoiced)
}

// tooMuch is what was invoiced and will not come: it was ordered beforehand, and was short, damaged, refused or cancelled.
func (l Line) tooMuch() qty.Qty { return l.Invoiced + l.Forgone - l.Wanted() }

// Unbilled is what is on its way or delivered and will still be invoiced.
func (l Line) Unbilled() qty.Qty { return max(0, l.Dispatched-l.Invoiced-l.Forgone) }

// ToInvoice is what of the order is still to be invoiced, tax included: the total is what was ordered and stays; what was
// cancelled, lost, refused or came back before it was invoiced is not asked for, and what is invoiced is asked for there.
func (o Order) ToInvoice() money.Minor {
	c, err := money.Lookup(o.Currency)
	if err != nil || o.Kind != KindSale {
		return 0
	}
	return creditOf(c, o.Lines)
}

// Rel tells how an organisation stands to the order.
func (o Order) Rel(org id.ID) access.Rel { return access.RelOf(org, o.Seller, o.Buyer, o.Agent) }

// Line finds a line by its number; nil where there is none.
func (o *Order) Line(n int64) *Line {
	for i := range o.Lines {
		if o.Lines[i].N == n {
			return &o.Lines[i]
		}
	}
	return nil
}

// Action is something that one may do with an order: what guards check and what buttons show.
type Action string

// The actions on an order.
const (
	DoConfirm  Action = "confirm"
	DoReject   Action = "reject"
	DoCancel   Action = "cancel"
	DoAmend    Action = "amend"
	DoResume   Action = "resume" // from credit hold
	DoFill     Action = "fill"   // hold stock for back-orders
	DoDispatch Action = "dispatch"
	DoPerform  Action = "perform" // services: the seller has done it
	DoAccept   Action = "accept"  // services: the buyer agrees that it is done
	DoInvoice  Action = "invoice"
	DoReturn   Action = "return"
	DoClose    Action = "close"
)

type rule struct {
	from []Status
	by   []access.Rel
}

var (
	sellers = []access.Rel{access.Seller}
	sides   = []access.Rel{access.Seller, access.Buyer, access.Agent}
	running = []Status{Confirmed, PartDispatched}
	shipped = []Status{PartDispatched, Dispatched, Delivered, Invoiced, Paid}
)

// rules is the transition table: from which statuses, and on which side, an action may be taken.
var rules = map[Action]rule{
	DoConfirm:  {[]Status{Placed}, []access.Rel{access.Seller, access.Agent}},
	DoReject:   {[]Status{Placed, CreditHold}, sellers},
	DoCancel:   {[]Status{CreditHold, Placed, Confirmed, PartDispatched}, sides},
	DoAmend:    {[]Status{Placed, Confirmed, PartDispatched}, sides},
	DoResume:   {[]Status{CreditHold}, sellers},
	DoFill:     {[]Status{Placed, Confirmed, PartDispatched}, sellers},
	DoDispatch: {running, sellers},
	DoPerform:  {running, sellers},
	DoAccept:   {[]Status{Confirmed, PartDispatched, Dispatched}, []access.Rel{access.Buyer}},
	DoInvoice:  {[]Status{Confirmed, PartDispatched, Dispatched, Delivered, Invoiced}, sellers},
	DoReturn:   {shipped, sellers}, // it takes the debt back as well: nobody does that for itself
	DoClose:    {[]Status{Paid}, sellers},
}

// Allows tells whether the side rel may take the action on the order as it stands. Whether the person may is the Gate's.
func (o Order) Allows(do Action, rel access.Rel) bool {
	r, ok := rules[do]
	if !ok || o.Kind != KindSale || !slices.Contains(r.from, o.Status) || !slices.Contains(r.by, rel) {
		return false
	}
	if (do == DoCancel || do == DoAmend) && rel != access.Seller && o.Status != Placed && o.Status != CreditHold {
		return false // once confirmed, it is the seller who may still change it
	}
	return o.sensible(do)
}

// sensible leaves out what the rules allow and the lines make pointless.
func (o Order) sensible(do Action) bool {
	has := func(f func(Line) bool) bool { return slices.ContainsFunc(o.Lines, f) }
	switch do {
	case DoFill:
		return has(func(l Line) bool { return l.BackOrder() > 0 })
	case DoDispatch:
		return has(func(l Line) bool { return !l.Service && l.Open() > 0 })
	case DoPerform:
		return has(func(l Line) bool { return l.Service && l.Open() > 0 })
	case DoAccept:
		return has(func(l Line) bool { return l.Service && l.Dispatched > l.Delivered })
	case DoReturn:
		return has(func(l Line) bool { return l.returnable() > 0 })
	case DoCancel:
		return has(func(l Line) bool { return l.Open() > 0 })
	}
	return true
}

// Right is the name by which the services ask the gate for an action on an order.
func (do Action) Right() string {
	if do == DoInvoice {
		return "bill"
	}
	return string(do)
}

// Actions are those that rel may take on the order now, in the order of the work.
func (o Order) Actions(rel access.Rel) []Action {
	var out []Action
	for _, do := range []Action{DoConfirm, DoResume, DoFill, DoDispatch, DoPerform, DoAccept, DoInvoice, DoAmend, DoReturn, DoReject, DoCancel, DoClose} {
		if o.Allows(do, rel) {
			out = append(out, do)
		}
	}
	return out
}

// Kinds of orders and of shipments.
const (
	KindSale   = "sale"
	KindReturn = "return"
	KindOut    = "out"
)

// stage is the status that the quantities of a running order amount to. settled tells that nothing of its invoices is open.
func stage(o Order, settled bool) Status {
	var wanted, dispatched, delivered, invoiced qty.Qty
	for _, l := range o.Lines {
		wanted += l.Wanted()
		dispatched += l.Dispatched
		delivered += l.Delivered
		invoiced += l.Invoiced + l.Forgone
	}
	switch {
	case wanted == 0:
		return Cancelled
	case dispatched == 0 && o.Status == Placed, o.Status == CreditHold:
		return o.Status
	case dispatched == 0:
		return Confirmed
	case dispatched < wanted:
		return PartDispatched
	case delivered < wanted:
		return Dispatched
	case invoiced < wanted:
		return Delivered
	case !settled:
		return Invoiced
	}
	return Paid
}
