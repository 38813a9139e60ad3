package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/trade"
)

// Shipment as the API shows it.
type Shipment struct {
	ID           id.ID          `json:"id"`
	Number       string         `json:"number"`
	Kind         string         `json:"kind" enum:"out,return"`
	Order        id.ID          `json:"order"`
	Seller       Party          `json:"seller"`
	Buyer        Party          `json:"buyer"`
	Agent        *Party         `json:"agent,omitempty" doc:"Who acts for the seller"`
	Carrier      *Party         `json:"carrier,omitempty"`
	From         id.ID          `json:"from,omitempty"`
	To           id.ID          `json:"to,omitempty"`
	Status       string         `json:"status"`
	DispatchedAt string         `json:"dispatched_at"`
	ReceivedAt   string         `json:"received_at,omitempty"`
	Waits        bool           `json:"waits" doc:"Something of it, refused or damaged, waits to be taken back"`
	Tracking     string         `json:"tracking,omitempty"`
	Note         string         `json:"note,omitempty" doc:"What the receiver wrote of it"`
	Version      int64          `json:"version"`
	Lines        []ShipmentLine `json:"lines,omitempty"`
}

// ShipmentLine as the API shows it: base units. Owner and bearer are those at dispatch.
type ShipmentLine struct {
	N         int64  `json:"n"`
	OrderLine int64  `json:"order_line"`
	Product   id.ID  `json:"product"`
	SKU       string `json:"sku,omitempty"`
	Name      string `json:"name,omitempty"`
	BaseUnit  string `json:"base_unit,omitempty"`
	Lot       id.ID  `json:"lot,omitempty"`
	LotCode   string `json:"lot_code,omitempty"`
	ExpiresOn string `json:"expires_on,omitempty"`
	Owner     id.ID  `json:"owner,omitempty"`
	Bearer    id.ID  `json:"bearer,omitempty"`
	Qty       string `json:"qty"`
	Received  string `json:"received"`
	Damaged   string `json:"damaged"`
	Short     string `json:"short"`
	Refused   string `json:"refused"`
	Titled    string `json:"titled" doc:"What the buyer has title to"`
	Returned  string `json:"returned"`
	Reason    string `json:"reason,omitempty" doc:"Why less of it arrived whole, in the words of the receiver"`
}

func shipmentWire(s trade.Shipment) Shipment {
	w := Shipment{ID: s.ID, Number: s.Number, Kind: s.Kind, Order: s.OrderID, Seller: Party{s.Seller, s.SellerName}, Buyer: Party{s.Buyer, s.BuyerName},
		From: s.FromPlace, To: s.ToPlace, Status: s.Status, DispatchedAt: instant(s.DispatchedAt), ReceivedAt: instant(s.ReceivedAt),
		Waits: s.Waits, Tracking: s.Tracking, Note: s.Note, Version: s.Version}
	w.Agent, w.Carrier = maybe(s.Agent, s.AgentName), maybe(s.Carrier, s.CarrierName)
	for _, l := range s.Lines {
		w.Lines = append(w.Lines, ShipmentLine{N: l.N, OrderLine: l.OrderLine, Product: l.Product, SKU: l.SKU, Name: l.Name, BaseUnit: l.BaseUnit,
			Lot: l.Lot, LotCode: l.LotCode, ExpiresOn: string(l.ExpiresOn), Owner: l.Owner, Bearer: l.Bearer, Qty: l.Qty.String(),
			Received: l.Received.String(), Damaged: l.Damaged.String(), Short: l.Short.String(), Refused: l.Refused.String(),
			Titled: l.Titled.String(), Returned: l.Returned.String(), Reason: l.Reason})
	}
	return w
}

func oneShipment(s trade.Shipment, err error) (*one[Shipment], error) {
	if err != nil {
		return nil, err
	}
	return &one[Shipment]{httpx.ETag(s.Version), shipmentWire(s)}, nil
}

func (a *API) shipments() {
	handle(a, made(post("ship", "/shipments", "Shipments", "Send goods of an order")), a.ship)
	handle(a, get("list-shipments", "/shipments", "Shipments", "The shipments that your organisation is a party of"), a.listShipments)
	handle(a, get("shipment", "/shipments/{id}", "Shipments", "A shipment with its lines"), a.shipment)
	handle(a, step("receive-shipment", "/shipments/{id}/receive", "Shipments", "Say what arrived, as the buyer"), a.receive)
	handle(a, step("take-back-shipment", "/shipments/{id}/takeback", "Shipments", "Take refused goods back, as the seller"), a.takeBack)
}

func (a *API) shipment(ctx context.Context, who access.Actor, in *ByID) (*one[Shipment], error) {
	s, err := a.Trade.Shipment(ctx, who, in.ID.ID)
	return oneShipment(s, err)
}

type shipmentsIn struct {
	Paging
	Side    string `query:"side" enum:"selling,buying,agent"`
	Status  string `query:"status" doc:"One or several, with commas"`
	Kind    string `query:"kind" enum:"out,return"`
	Partner string `query:"partner"`
	From    string `query:"from" doc:"Dispatched, YYYY-MM-DD in UTC, included"`
	To      string `query:"to" doc:"Dispatched, YYYY-MM-DD in UTC, included"`
}

func (a *API) listShipments(ctx context.Context, who access.Actor, in *shipmentsIn) (*page[Shipment], error) {
	p, err := a.Trade.Shipments(ctx, who, in.query("side", in.Side, "status", in.Status, "kind", in.Kind, "partner", in.Partner,
		"from", in.From, "to", in.To))
	if err != nil {
		return nil, err
	}
	return listed(p, shipmentWire), nil
}

// ReceiveLine splits what was sent: received + damaged + short + refused = sent.
type ReceiveLine struct {
	N        int64  `json:"n" minimum:"1" doc:"Line of the shipment"`
	Received string `json:"received,omitempty"`
	Damaged  string `json:"damaged,omitempty"`
	Short    string `json:"short,omitempty"`
	Refused  string `json:"refused,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

type receiveIn struct {
	ByID
	Body struct {
		Lines []ReceiveLine `json:"lines,omitempty" maxItems:"5000" doc:"Lines that are not named arrived whole"`
		Note  string        `json:"note,omitempty"`
		At    string        `json:"at,omitempty" doc:"When it arrived; now when left out"`
	}
}

func (a *API) receive(ctx context.Context, who access.Actor, in *receiveIn) (*one[Shipment], error) {
	var r reader
	req := httpx.Of(ctx)
	c := trade.Receive{Key: trade.Key(req.Key), Shipment: in.ID.ID, Version: req.IfMatch, Note: in.Body.Note, At: r.instant("at", in.Body.At)}
	for i, l := range in.Body.Lines {
		c.Lines = append(c.Lines, trade.ReceiveLine{N: l.N, Received: r.optQty(at("lines", i, "received"), l.Received),
			Damaged: r.optQty(at("lines", i, "damaged"), l.Damaged), Short: r.optQty(at("lines", i, "short"), l.Short),
			Refused: r.optQty(at("lines", i, "refused"), l.Refused), Reason: l.Reason})
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	s, err := a.Trade.Receive(ctx, who, c)
	return oneShipment(s, err)
}

func (a *API) takeBack(ctx context.Context, who access.Actor, in *ByID) (*one[Shipment], error) {
	r := httpx.Of(ctx)
	s, err := a.Trade.TakeBack(ctx, who, in.ID.ID, r.IfMatch, trade.Key(r.Key))
	return oneShipment(s, err)
}
