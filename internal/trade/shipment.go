package trade

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// Statuses of a shipment.
const (
	InTransit  = "in_transit"
	Received   = "received"
	Refused    = "refused"    // turned away whole
	TakenBack  = "taken_back" // turned away whole, and back with the seller
	ReturnDone = "returned"   // a return: it arrives with the seller in the posting that sends it
)

// Shipment is goods on their way, and the place where they stand meanwhile.
type Shipment struct {
	ID                                 id.ID
	Number, Kind                       string // Kind: out, return
	OrderID                            id.ID
	OrderNumber                        string // as it is read; it is no business of who carries the goods
	Seller, Buyer, Agent, Carrier      id.ID
	SellerName, BuyerName, CarrierName string
	AgentName                          string // as it is read; "" where none stands between
	FromPlace, ToPlace                 id.ID
	Status                             string
	DispatchedAt, ReceivedAt           clock.Instant
	Waits                              bool // something of it, refused or damaged, waits to be taken back
	Tracking                           string
	Version, Seq                       int64
	Note                               string // of who received it
	Lines                              []ShipmentLine
}

// ShipmentLine is a quantity of one lot for one order line. Owner and Bearer are those at dispatch. Titled is what the buyer has
// got title to; Received + Damaged + Short + Refused = Qty once it is received.
type ShipmentLine struct {
	N, OrderLine                      int64
	Product                           id.ID
	SKU, Name, BaseUnit               string
	Decimals                          int
	Lot                               id.ID
	LotCode                           string
	ExpiresOn                         clock.Date
	Owner, Bearer                     id.ID
	Qty                               qty.Qty
	Received, Damaged, Short, Refused qty.Qty
	Titled, Returned                  qty.Qty
	Reason                            string // of a difference, in the words of who received it

	from id.ID // where the first of it stood
}

func (h Shipment) row() ledger.Row {
	return shipmentT.Row(h.ID, h.Number, h.Kind, h.OrderID, h.Seller, h.Buyer, h.Agent, h.Carrier, h.FromPlace, h.ToPlace, h.Status,
		h.DispatchedAt, h.ReceivedAt, h.Waits, h.Tracking, h.Version)
}

func (l ShipmentLine) row(ship id.ID) ledger.Row {
	return shipmentLineT.Row(ship, l.N, l.OrderLine, l.Product, l.Lot, l.Owner, l.Bearer, l.Qty, l.Received, l.Damaged, l.Short, l.Refused,
		l.Titled, l.Returned)
}

// changed adds to the post what differs between two states of a shipment line.
func (l ShipmentLine) changed(p *ledger.Post, ship id.ID, is ShipmentLine) {
	var set []ledger.Set
	for _, c := range []struct {
		col           string
		before, after qty.Qty
	}{{"received", l.Received, is.Received}, {"damaged", l.Damaged, is.Damaged}, {"short", l.Short, is.Short},
		{"refused", l.Refused, is.Refused}, {"titled", l.Titled, is.Titled}, {"returned", l.Returned, is.Returned}} {
		if c.before != c.after {
			set = append(set, ledger.Set{Col: c.col, Before: c.before, After: c.after})
		}
	}
	if len(set) > 0 {
		p.Change(shipmentLineT, []int64{int64(ship), l.N}, set...)
	}
}

const shipmentColumns = `h.id, h.number, h.kind, h.order_id, h.seller, h.buyer, h.agent, h.carrier, h.from_place, h.to_place, h.status,
 h.dispatched_us AS dispatched_at, h.received_us AS received_at, h.waits, h.tracking, h.version, h.seq,
 COALESCE(s.name, '') AS seller_name, COALESCE(b.name, '') AS buyer_name, COALESCE(c.name, '') AS carrier_name, COALESCE(g.name, '') AS agent_name,
 COALESCE(o.number, '') AS order_number`

const shipmentJoins = ` LEFT JOIN org s ON s.id = h.seller LEFT JOIN org b ON b.id = h.buyer LEFT JOIN org c ON c.id = h.carrier LEFT JOIN org g ON g.id = h.agent LEFT JOIN orders o ON o.id = h.order_id`

type shipmentRow struct {
	ID, OrderID                        id.ID
	Number, Kind, OrderNumber          string
	Seller, Buyer, Agent, Carrier      id.ID
	SellerName, BuyerName, CarrierName string
	AgentName                          string
	FromPlace, ToPlace                 id.ID
	Status                             string
	DispatchedAt, ReceivedAt           clock.Instant
	Waits                              bool
	Tracking                           string
	Version, Seq                       int64
}

func (r shipmentRow) shipment() Shipment {
	return Shipment{ID: r.ID, Number: r.Number, Kind: r.Kind, OrderID: r.OrderID, OrderNumber: r.OrderNumber, Seller: r.Seller, Buyer: r.Buyer, Agent: r.Agent, Carrier: r.Carrier,
		SellerName: r.SellerName, BuyerName: r.BuyerName, CarrierName: r.CarrierName, AgentName: r.AgentName, FromPlace: r.FromPlace, ToPlace: r.ToPlace, Status: r.Status,
		DispatchedAt: r.DispatchedAt, ReceivedAt: r.ReceivedAt, Waits: r.Waits, Tracking: r.Tracking, Version: r.Version, Seq: r.Seq}
}

// Rel is how an organisation stands to a shipment.
func (h Shipment) Rel(org id.ID) access.Rel { return access.RelOf(org, h.Seller, h.Buyer, h.Agent) }

// Shipment reads one shipment with its lines, as seller, buyer, agent or carrier see it. Owners and bearers that are neither seller nor
// buyer are shown to the seller alone; to others they are 0.
func (s *Service) Shipment(ctx context.Context, a access.Actor, ship id.ID) (Shipment, error) {
	h, err := s.shipment(ctx, a.Org, ship)
	if err != nil {
		return Shipment{}, err
	}
	rel := access.RelOf(a.Org, h.Seller, h.Buyer, h.Agent)
	if rel == access.None && h.Carrier == a.Org && a.Org != 0 {
		rel = access.Own // what it carries is its own business; it takes no step on it, and reads no words of the receiver
		h.Note = ""
		for i := range h.Lines {
			h.Lines[i].Reason = ""
		}
	}
	if rel == access.None {
		return Shipment{}, errs.Gone()
	}
	h.veil(a.Org)
	return h, s.require(ctx, a, rel, "shipment", "read")
}

// veil leaves out the owners and bearers that are the seller's alone to know.
func (h *Shipment) veil(viewer id.ID) {
	if viewer == h.Seller {
		return
	}
	for i := range h.Lines {
		l := &h.Lines[i]
		for _, org := range []*id.ID{&l.Owner, &l.Bearer} {
			if *org != h.Seller && *org != h.Buyer {
				*org = 0
			}
		}
	}
}

func (s *Service) shipment(ctx context.Context, viewer, ship id.ID) (Shipment, error) {
	all, err := s.shipmentsWhere(ctx, viewer, "h.id = ?", ship)
	if err != nil {
		return Shipment{}, err
	}
	if len(all) == 0 || viewer == 0 {
		return Shipment{}, errs.Gone()
	}
	return all[0], nil
}

// shipmentsWhere reads shipments that an organisation is a party of, with their lines and what was said when
// they arrived, in three questions however many they are.
func (s *Service) shipmentsWhere(ctx context.Context, viewer id.ID, cond string, arg id.ID) ([]Shipment, error) {
	cond += " AND (h.seller = ? OR h.buyer = ? OR h.agent = ? OR h.carrier = ?)"
	var rows []shipmentRow
	err := s.DB.R(ctx).Raw("SELECT "+shipmentColumns+" FROM shipment h"+shipmentJoins+" WHERE "+cond+" ORDER BY h.id", arg, viewer, viewer, viewer, viewer).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read shipments: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	out, at := make([]Shipment, len(rows)), map[id.ID]int{}
	for i, r := range rows {
		out[i], at[r.ID] = r.shipment(), i
	}
	err = s.each(ctx, func(rows *sql.Rows) error {
		var l ShipmentLine
		ship, err := l.scan(rows)
		if i, ok := at[ship]; ok { // one that was made between the two questions is left for the next time
			out[i].Lines = append(out[i].Lines, l)
		}
		return err
	}, "SELECT "+shipmentLineColumns+` FROM shipment_line l LEFT JOIN product p ON p.id = l.product LEFT JOIN lot t ON t.id = l.lot
 JOIN shipment h ON h.id = l.shipment_id WHERE `+cond+" ORDER BY l.shipment_id, l.n", arg, viewer, viewer, viewer, viewer)
	if err != nil {
		return nil, fmt.Errorf("read the lines of shipments: %w", err)
	}
	return out, s.words(ctx, out, at, cond, arg, viewer, viewer, viewer, viewer)
}

// words adds what the receiver wrote of shipments that have arrived: the note of a receipt, and why a line differs.
func (s *Service) words(ctx context.Context, all []Shipment, at map[id.ID]int, cond string, args ...any) error {
	if !slices.ContainsFunc(all, func(h Shipment) bool { return h.ReceivedAt != 0 }) {
		return nil
	}
	var rows []struct {
		Ship id.ID
		N    int64
		Said string
	}
	err := s.DB.R(ctx).Raw(`SELECT h.id AS ship, 0 AS n, r.note AS said FROM receipt r JOIN shipment h ON h.id = r.shipment_id WHERE r.note <> '' AND `+cond+`
 UNION ALL SELECT h.id, l.n, l.reason FROM receipt_line l JOIN receipt r ON r.id = l.receipt_id JOIN shipment h ON h.id = r.shipment_id
 WHERE l.reason <> '' AND `+cond, append(args, args...)...).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read the receipts of shipments: %w", err)
	}
	for _, r := range rows {
		i, ok := at[r.Ship]
		if !ok {
			continue
		}
		h := &all[i]
		if r.N == 0 {
			h.Note = r.Said
		} else if k := slices.IndexFunc(h.Lines, func(l ShipmentLine) bool { return l.N == r.N }); k >= 0 {
			h.Lines[k].Reason = r.Said
		}
	}
	return nil
}

// said is all that the receiver wrote of a shipment: its note, then why each line differs.
func (h Shipment) said() string {
	var out []string
	if h.Note != "" {
		out = append(out, h.Note)
	}
	for _, l := range h.Lines {
		if l.Reason != "" {
			out = append(out, l.Name+": "+l.Reason)
		}
	}
	return strings.Join(out, "\n")
}

// pool is what stands at a place, lot by lot, and is used up by one post.
type pool struct{ stands []stand }

// standingAt reads what stands at a place.
func (s *Service) standingAt(ctx context.Context, where string, args ...any) (*pool, error) {
	var rows []struct {
		Lot, Product, Owner, Place, Bearer, Seller id.ID
		Posted                                     qty.Qty
	}
	err := s.DB.R(ctx).Raw(`SELECT a.unit AS lot, a.product, a.owner, a.place, a.bearer, a.seller, b.posted FROM account a JOIN balance b ON b.acct = a.acct
 WHERE a.book = 1 AND b.posted > 0 AND `+where+` ORDER BY a.acct`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("positions at a place: %w", err)
	}
	p := &pool{}
	for _, r := range rows {
		p.stands = append(p.stands, stand{ledger.Position{Lot: r.Lot, Product: r.Product, Owner: r.Owner, Place: r.Place, Bearer: r.Bearer,
			Seller: r.Seller}, r.Posted})
	}
	return p, nil
}

// take uses up n of a lot, what ok likes best first; it answers less where there is less.
func (p *pool) take(lot id.ID, n qty.Qty, ok func(ledger.Position) bool) (out []stand) {
	for _, liked := range []bool{true, false} {
		for i := range p.stands {
			x := &p.stands[i]
			m := min(n, x.Qty)
			if x.Pos.Lot != lot || m <= 0 || ok(x.Pos) != liked {
				continue
			}
			out = append(out, stand{x.Pos, m})
			x.Qty -= m
			n -= m
		}
	}
	return out
}
