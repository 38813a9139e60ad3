package hook

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"saluran/internal/clock"
	"saluran/internal/id"
)

// topic says which document a fact of the outbox is about: its kind, and where the fact names it.
type topic struct{ kind, key string }

var topics = map[string]topic{
	"order.placed": {"order", "order"}, "order.amended": {"order", "order"}, "order.confirmed": {"order", "order"}, "order.rejected": {"order", "order"},
	"order.cancelled": {"order", "order"}, "order.returned": {"order", "order"}, "order.sold_at_counter": {"order", "order"},
	"order.dispatched": {"shipment", "shipment"}, "shipment.received": {"shipment", "shipment"},
	"invoice.issued": {"invoice", "invoice"}, "invoice.credited": {"invoice", "credit"},
	"payment.reported": {"payment", "payment"}, "payment.confirmed": {"payment", "payment"}, "payment.rejected": {"payment", "payment"},
	"payment.bounced": {"payment", "payment"},
}

// Topics are what an endpoint may ask to hear of, in the order of a trade.
var Topics = []string{"order.placed", "order.amended", "order.confirmed", "order.rejected", "order.cancelled", "order.sold_at_counter", "order.dispatched",
	"shipment.received", "order.returned", "invoice.issued", "invoice.credited", "payment.reported", "payment.confirmed", "payment.rejected", "payment.bounced"}

// TestTopic is what a test message says.
const TestTopic = "webhook.test"

// Status of an endpoint.
const (
	Active   = "active"
	Paused   = "paused"   // by a person: what happens meanwhile is not queued
	Disabled = "disabled" // by the portal, after failing for long, because the receiver said 410, or because who set it up has left
	removed  = "removed"
)

// Status of a delivery.
const (
	Queued    = "queued"
	Delivered = "delivered"
	Failed    = "failed"
)

// Limits.
const (
	MaxEndpoints = 20 // of an organisation
	MaxTries     = 14
	MaxOverlap   = 7 * 24 * time.Hour
	KeepFor      = 30 * 24 * time.Hour // deliveries, and how far back a replay reaches
	DisableAfter = 72 * time.Hour      // of nothing but failures
	disableFails = 10
)

// Endpoint is an address that is told what happens.
type Endpoint struct {
	ID       id.ID
	Org      id.ID
	URL      string
	Topics   []string
	Status   string
	Reason   string // why it is disabled: failing, gone
	OldUntil clock.Instant
	Fails    int64         // in a row
	Failing  clock.Instant // since when; 0: it is well
	Replays  bool          // a replay is under way
	Created  clock.Instant
	Version  int64
}

// Delivery is one message to one endpoint.
type Delivery struct {
	ID       id.ID
	Endpoint id.ID
	Message  string // the webhook-id
	Topic    string
	Doc      id.ID
	Body     string
	Status   string
	Attempts int64
	Next     clock.Instant // when it is tried again; 0 where it is not
	Code     int64         // of the last answer; 0: there was none
	Problem  string        // see Problems
	Created  clock.Instant
	Ended    clock.Instant
}

// Attempt is one try of a delivery.
type Attempt struct {
	N       int64
	At      clock.Instant `gorm:"column:at_us"`
	TookMS  int64         `gorm:"column:took_ms"`
	Code    int64
	Problem string
	Excerpt string // the beginning of the answer
}

// Problems of an attempt. address: the name leads to no public address, or to none at all.
const (
	ProblemAddress  = "address"
	ProblemConnect  = "connect"
	ProblemTLS      = "tls"
	ProblemTimeout  = "timeout"
	ProblemRedirect = "redirect"
	ProblemAnswer   = "answer" // not 2xx
	ProblemBroken   = "broken" // no HTTP, or too large a header
)

// message is what is sent.
type message struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Seq       int64  `json:"seq,omitempty"`
	Data      data   `json:"data"`
}

type data struct {
	ID     id.ID  `json:"id,omitempty"`
	Kind   string `json:"kind,omitempty"`
	Number string `json:"number,omitempty"`
	Status string `json:"status,omitempty"`
	Side   string `json:"side,omitempty"` // as what the receiver stands in it
	Order  id.ID  `json:"order,omitempty"`
	Seller id.ID  `json:"seller,omitempty"`
	Buyer  id.ID  `json:"buyer,omitempty"`
	Payee  id.ID  `json:"payee,omitempty"`
	Payer  id.ID  `json:"payer,omitempty"`
	Agent  id.ID  `json:"agent,omitempty"`
}

func (m message) text() string {
	b, _ := json.Marshal(m) // strings and numbers: it cannot fail
	return string(b)
}

// wait is how long to wait after so many tries: 10 s, three times as long each time, at most 12 h; all of them are some three
// days. pick in [0, 1) spreads it by a fifth to both sides, so that receivers do not get everything at once when they return.
func wait(tries int64, pick float64) time.Duration {
	d := 10 * time.Second
	for range min(tries, 20) - 1 {
		if d *= 3; d >= 12*time.Hour {
			d = 12 * time.Hour
			break
		}
	}
	return d*4/5 + time.Duration(pick*float64(d)*2/5)
}

func jittered(tries int64) time.Duration { return wait(tries, rand.Float64()) }

func validTopics(in []string) (out []string, bad string) {
	for _, t := range in {
		if _, ok := topics[t]; !ok {
			return nil, t
		}
	}
	for _, t := range Topics {
		if slices.Contains(in, t) {
			out = append(out, t)
		}
	}
	return out, ""
}

func joined(topics []string) string { return strings.Join(topics, " ") }
