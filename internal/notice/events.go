package notice

import (
	"saluran/internal/access"
)

// Letters are the ways to write of an event.
const (
	None   = "none"
	Once   = "once"
	Digest = "digest"
)

// Letters in the order of the settings.
var Letters = []string{None, Once, Digest}

// Event is something that people hear of.
type Event struct {
	Name   string
	Kind   string       // of its record; "": each of those on which people talk
	Rels   []access.Rel // the sides that it concerns
	Rights []string     // OBJECT:ACTION: whoever may do one of them on that side is concerned; none: it names its people
	Others bool         // not the organisation that did it
}

var (
	sells = []access.Rel{access.Seller, access.Agent}
	buys  = []access.Rel{access.Buyer, access.Agent}
	both  = []access.Rel{access.Seller, access.Buyer, access.Agent}
	own   = []access.Rel{access.Own}
)

// Events are all of them, in the order of the settings.
var Events = []Event{
	{"order.placed", "order", sells, []string{"order:confirm"}, false},
	{"order.held", "order", both, []string{"order:resume", "order:place"}, false},
	{"order.confirmed", "order", buys, []string{"order:place"}, true},
	{"order.rejected", "order", buys, []string{"order:place"}, true},
	{"order.cancelled", "order", both, []string{"order:confirm", "order:place"}, true},
	{"order.dispatched", "shipment", []access.Rel{access.Buyer}, []string{"shipment:receive"}, true},
	{"shipment.differs", "shipment", []access.Rel{access.Seller}, []string{"shipment:take_back", "order:confirm"}, true},
	{"invoice.issued", "invoice", []access.Rel{access.Buyer}, []string{"payment:report"}, true},
	{"invoice.due", "invoice", []access.Rel{access.Buyer}, []string{"payment:report"}, false},
	{"invoice.overdue", "invoice", []access.Rel{access.Seller, access.Buyer}, []string{"payment:report", "payment:confirm"}, false},
	{"payment.reported", "payment", sells, []string{"payment:confirm"}, true},
	{"payment.confirmed", "payment", buys, []string{"payment:report"}, true},
	{"payment.rejected", "payment", buys, []string{"payment:report"}, true},
	{"payment.bounced", "payment", buys, []string{"payment:report"}, true},
	{"limit.changed", "limit", []access.Rel{access.Seller, access.Buyer}, []string{"agreement:write"}, false},
	{"mention", "", both, nil, false},
	{"message", "", both, nil, false},
	{"link.asked", "link", own, nil, false},
	{"terms.offered", "link", []access.Rel{access.Seller, access.Buyer}, []string{"agreement:confirm"}, true},
	{"job.done", "job", own, nil, false},
	{"job.failed", "job", own, nil, false},
}

var byName = func() map[string]Event {
	out := map[string]Event{}
	for _, e := range Events {
		out[e.Name] = e
	}
	return out
}()

// topic says which event a fact of the outbox is, and where the fact names its document.
type topic struct{ event, kind, key string }

var topics = map[string]topic{
	"order.placed": {"order.placed", "order", "order"}, "order.confirmed": {"order.confirmed", "order", "order"}, "order.rejected": {"order.rejected", "order", "order"},
	"order.cancelled": {"order.cancelled", "order", "order"}, "order.dispatched": {"order.dispatched", "shipment", "shipment"},
	"shipment.received": {"shipment.differs", "shipment", "shipment"}, "invoice.issued": {"invoice.issued", "invoice", "invoice"},
	"payment.reported": {"payment.reported", "payment", "payment"}, "payment.confirmed": {"payment.confirmed", "payment", "payment"},
	"payment.rejected": {"payment.rejected", "payment", "payment"}, "payment.bounced": {"payment.bounced", "payment", "payment"},
}
