package trade

import (
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Key makes a write safe to send twice: the sender's Idempotency-Key and the hash of what was sent.
type Key struct {
	Client string
	Hash   [32]byte
}

// Place asks for an order. The acting organisation is the buyer, the seller (a phone call) or the agent of the link; the
// others are named. HoldCredit asks to keep an order beyond the limit "on credit hold" instead of refusing it.
type Place struct {
	Key        Key
	Seller     id.ID
	Buyer      id.ID
	Lines      []PlaceLine // 1 to 5000
	WantedOn   clock.Date  // optional
	Reference  string      // the buyer's own number, at most 64
	Note       string      // at most 500; outside every hash
	DeliverTo  id.ID       // optional: a warehouse of the buyer
	HoldCredit bool
	Terms      string // of payment, as TermsOf says them, that the sender saw: refused as order.terms_changed when they are others now; "": not checked
}

// PlaceLine is one line: so many of a unit of a product. Purpose is resale (default), processing or enduse.
type PlaceLine struct {
	Product id.ID
	Qty     qty.Qty // in Unit
	Unit    string  // "" is the base unit
	Purpose string
	Price   *money.Price // what the sender saw, per base unit: refused as order.price_changed when it is another now; nil: not checked
}

// Step names an order to act on and the version that was seen.
type Step struct {
	Key     Key
	Order   id.ID
	Version int64 // 0: whatever it is now
	Reason  string
}

// Amend sets lines to new quantities (base unit of the line's product is not assumed: Unit as in PlaceLine); a quantity 0
// cancels the line, a line number beyond the last with a product adds one.
type Amend struct {
	Step
	Lines []AmendLine
}

// AmendLine is the new quantity of a line, or a new line when Line is 0. Purpose is that of a new line; "" is that of the order's
// lines, where they have one, else resale.
type AmendLine struct {
	Line    int64
	Product id.ID
	Qty     qty.Qty
	Unit    string
	Purpose string
}

// Dispatch sends part or all of an order. No lines: all that is held or allotted. Lots: chosen by first expiry unless named.
type Dispatch struct {
	Step
	Lines    []DispatchLine
	Carrier  id.ID
	Tracking string
	At       clock.Instant // when it left; 0: now
}

// DispatchLine is a quantity in base units of an order line, of a named lot or (0) of the first to expire.
type DispatchLine struct {
	Line int64
	Lot  id.ID
	Qty  qty.Qty
}

// Receive says what arrived of a shipment, by shipment line. Lines that are not named arrived whole.
type Receive struct {
	Key      Key
	Shipment id.ID
	Version  int64
	Lines    []ReceiveLine
	Note     string
	At       clock.Instant
}

// ReceiveLine splits what was sent: Received + Damaged + Short + Refused = sent. Damaged goods stand in the buyer's
// quarantine and do not pass; short is lost; refused stays in transit until it is taken back.
type ReceiveLine struct {
	N                                 int64
	Received, Damaged, Short, Refused qty.Qty
	Reason                            string
}

// Return brings delivered goods back: it makes a return order with a shipment back to the seller's warehouse and, where the
// goods were invoiced, a credit note.
type Return struct {
	Step
	Lines []DispatchLine
}

// Bill invoices an order. No lines: all that is delivered (or, before delivery, ordered when Prepay) and not yet invoiced.
type Bill struct {
	Step
	Lines []BillLine
	On    clock.Date // "" : today in the seller's zone
}

// BillLine is a quantity in base units of an order line.
type BillLine struct {
	Line int64
	Qty  qty.Qty
}

// Credit is a credit note on an invoice. No lines: all that is left of it.
type Credit struct {
	Key     Key
	Invoice id.ID
	Version int64
	Lines   []BillLine // Line is the invoice line n
	Reason  string
	On      clock.Date
}

// Report says that money was paid: by the buyer, or by the agent who collected it. It posts no money until it is confirmed.
type Report struct {
	Key         Key
	Payer       id.ID // the acting organisation when 0
	Payee       id.ID
	Currency    string
	Amount      money.Minor
	Method      string // transfer, va, qris, cash, giro
	ValueOn     clock.Date
	BankAccount id.ID // of the payee
	Reference   string
	Collected   bool // the agent holds the money for the principal
	Allocate    []Allocation
}

// Allocation settles an invoice by an amount.
type Allocation struct {
	Invoice id.ID
	Amount  money.Minor
}

// Confirm says that the money has arrived. Allocation is oldest due first unless told otherwise.
type Confirm struct {
	Key      Key
	Payment  id.ID
	Version  int64
	Allocate []Allocation // nil: as reported, else oldest first; the rest is a deposit
	At       clock.Instant
}

// Apply settles invoices out of a deposit that stands with the seller.
type Apply struct {
	Key      Key
	Seller   id.ID
	Buyer    id.ID
	Currency string
	Allocate []Allocation // nil: oldest first, as far as the deposit goes
}

// CounterSale is a sale over the counter: goods consumed, invoice and (where Paid) payment in one journal, to the seller's
// nameless consumer.
type CounterSale struct {
	Key    Key
	Lines  []PlaceLine
	List   id.ID // the price list of the shop
	Paid   bool
	Method string
}
