package view

import (
	"saluran/internal/clock"
	"saluran/internal/qty"
	"saluran/web/kit"
)

// ShipmentRow is a shipment in a list.
type ShipmentRow struct {
	ID, Number, Kind, Status string
	Order                    Ref
	From, To, Carrier        string
	Dispatched, Received     clock.Instant
	Tracking                 string
	Agent                    string // who acts for the seller, in a few words; "" for nobody
	Waits                    bool   // something of it waits to be taken back
}

// Shipments is the list.
type Shipments struct {
	List
	Rows []ShipmentRow
	Tabs []kit.Tab
}

// Shipment is one shipment, with the form that says what arrived.
type Shipment struct {
	Files *Files // nil: not shown
	Talk  *Talk  // nil: not shown
	ShipmentRow
	Version     int64
	Note        string         // of who received it
	Lines       []ShipmentLine // those of the part; all where the reader may receive them: one form says what arrived of each
	Part        Part
	CanReceive  bool
	CanTakeBack bool
	Form        kit.Form
	Conflict    string
	Events      []kit.Event
}

// ShipmentLine is a lot on its way.
type ShipmentLine struct {
	N                                       int64
	SKU, Name, Unit, Lot                    string
	ExpiresOn                               clock.Date
	Owner, Bearer                           string
	Sent, Received, Damaged, Short, Refused qty.Qty
	Reason                                  string
}

// Open is what has not been answered for.
func (l ShipmentLine) Open() qty.Qty { return l.Sent - l.Received - l.Damaged - l.Short - l.Refused }
