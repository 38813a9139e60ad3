package site

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/files"
	"saluran/internal/id"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

func shipmentRow(a access.Actor, h trade.Shipment, order string) view.ShipmentRow {
	v := view.ShipmentRow{ID: h.ID.String(), Number: h.Number, Kind: h.Kind, Status: h.Status, Order: view.Ref{ID: h.OrderID.String(), Name: order},
		From: h.SellerName, To: h.BuyerName, Carrier: h.CarrierName, Dispatched: h.DispatchedAt, Received: h.ReceivedAt, Tracking: h.Tracking, Waits: h.Waits,
		Agent: through(a, h.Agent, h.AgentName, h.SellerName)}
	if a.Org == h.Carrier {
		v.Order = view.Ref{} // the order is no business of who carries its goods
	}
	return v
}

// mayReceive tells whether the reader may say what arrived.
func (r *request) mayReceive(h trade.Shipment) bool {
	return h.Status == trade.InTransit && r.a.Org == h.Buyer && r.can(access.Buyer, "shipment", "receive")
}

func (s *Site) shipments(r *request) error {
	side := r.Query("side")
	p, err := s.Trade.Shipments(r.ctx, r.a, r.listQuery("shipments"))
	if err != nil {
		return err
	}
	v := view.Shipments{Tabs: r.sides("/shipments", side, "", "shipments.all", "in", "shipments.in", "out", "shipments.out")}
	if v.List, err = s.list(r, "shipments", p.Next); err != nil {
		return err
	}
	for _, h := range p.Items {
		v.Rows = append(v.Rows, shipmentRow(r.a, h, h.OrderNumber))
	}
	return r.html(http.StatusOK, view.ShipmentsPage(r.shell(r.t("nav.shipments"), "shipments"), v))
}

func (s *Site) shipment(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.shipmentPage(r, no, refusal{Status: http.StatusOK})
}

func (s *Site) shipmentPage(r *request, no id.ID, back refusal) error {
	h, err := s.Trade.Shipment(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	number := ""
	if o, err := s.Trade.Bare(r.ctx, r.a, h.OrderID); err == nil {
		number = o.Number
	}
	v := view.Shipment{ShipmentRow: shipmentRow(r.a, h, number), Version: h.Version, Note: h.Note, Form: back.Form, Conflict: back.Conflict}
	if h.Agent != 0 {
		v.Agent = r.t("doc.agent", "agent", h.AgentName, "principal", h.SellerName)
	}
	rel := access.None
	switch r.a.Org {
	case h.Buyer:
		rel = access.Buyer
	case h.Seller:
		rel = access.Seller
	}
	v.CanReceive = r.mayReceive(h)
	v.CanTakeBack = h.Waits && rel == access.Seller && r.can(rel, "shipment", "take_back")
	v.Files = s.papers(r, "shipment", no)
	v.Talk = s.talk(r, "shipment", no)
	var orgs []id.ID
	for _, l := range h.Lines {
		orgs = append(orgs, l.Owner, l.Bearer)
	}
	names, err := s.Partner.Names(r.ctx, orgs)
	if err != nil {
		return err
	}
	for _, l := range h.Lines {
		v.Lines = append(v.Lines, view.ShipmentLine{N: l.N, SKU: l.SKU, Name: l.Name, Unit: l.BaseUnit, Lot: l.LotCode, ExpiresOn: l.ExpiresOn,
			Owner: r.known(h, l.Owner, names), Bearer: r.known(h, l.Bearer, names), Sent: l.Qty, Received: l.Received, Damaged: l.Damaged, Short: l.Short, Refused: l.Refused, Reason: l.Reason})
	}
	if !v.CanReceive {
		v.Lines, v.Part = part(r, "/shipments/"+v.ID, v.Lines)
	}
	sh := r.shell(h.Number, "shipments", r.crumb("nav.home", "/"), r.crumb("nav.shipments", "/shipments"), kit.Crumb{Text: h.Number})
	sh.Live = v.Talk.Live()
	return r.html(back.Status, view.ShipmentPage(sh, v))
}

// known is the name of an owner or bearer; one that is neither side of the shipment is the seller's business alone.
func (r *request) known(h trade.Shipment, org id.ID, names map[id.ID]string) string {
	if org == h.Seller || org == h.Buyer || r.a.Org == h.Seller {
		return names[org]
	}
	return r.t("order.lane_other")
}

var arrivals = []string{"received", "damaged", "short", "refused"}

func (s *Site) receive(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	version, _ := strconv.ParseInt(f.text("version"), 10, 64)
	c := trade.Receive{Key: r.tradeKey(), Shipment: no, Version: version, Note: f.text("note")}
	h, err := s.Trade.Shipment(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	for _, l := range h.Lines {
		if _, sent := f.v[fmt.Sprintf("received-%d", l.N)]; !sent {
			continue
		}
		at := func(what string) string { return fmt.Sprintf("%s-%d", what, l.N) }
		c.Lines = append(c.Lines, trade.ReceiveLine{N: l.N, Received: f.qty(at("received")), Damaged: f.qty(at("damaged")), Short: f.qty(at("short")),
			Refused: f.qty(at("refused")), Reason: f.text(at("reason"))})
	}
	if err = f.err(); err == nil { // photos first: they belong to the shipment whether or not this receipt is accepted
		_, err = s.keepFiles(r, "photos", files.Doc{Kind: "shipment", ID: no})
	}
	if err == nil {
		_, err = s.Trade.Receive(r.ctx, r.a, c)
	}
	if err == nil {
		return r.to("/shipments/"+no.String(), "shipment.received")
	}
	back, ok := r.refused(err, func(path string) string {
		if path == "photos" {
			return path
		}
		for _, what := range arrivals {
			if strings.HasPrefix(path, what+"-") {
				return path
			}
		}
		rest, _ := strings.CutPrefix(path, "lines[")
		n, what, _ := strings.Cut(rest, "].")
		i, err := strconv.Atoi(n)
		if err != nil || i < 0 || i >= len(c.Lines) {
			return ""
		}
		if what == "qty" || what == "n" || what == "" {
			what = "received"
		}
		return fmt.Sprintf("%s-%d", what, c.Lines[i].N)
	})
	if !ok {
		return err
	}
	return s.shipmentPage(r, no, back)
}

func (s *Site) takeBack(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.FormValue("version"), 10, 64)
	if _, err = s.Trade.TakeBack(r.ctx, r.a, no, version, r.tradeKey()); err == nil {
		return r.to("/shipments/"+no.String(), "shipment.taken_back")
	}
	back, ok := r.refused(err, func(string) string { return "" })
	if !ok {
		return err
	}
	return s.shipmentPage(r, no, back)
}
