package trade

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
	"saluran/internal/text"
)

// Return brings delivered goods back to the seller, agreed between the two and recorded by the seller, whose goods and credit notes
// they become. It makes a return order
// with a shipment, which arrives in the posting that sends it: place back through transit, owner and bearer back only where they
// had passed. What was invoiced of it is credited, invoice by invoice, each in a post of its own; the same call again completes
// what broke in between. Damaged goods come out of the buyer's quarantine into the seller's.
func (s *Service) Return(ctx context.Context, a access.Actor, c Return) (Order, error) {
	if bad := text.Note("reason", &c.Reason, 200); len(bad) > 0 {
		return Order{}, errs.OnFields("order.invalid", bad...)
	}
	var ret id.ID
	err := s.decide(ctx, false, func() error {
		o, rel, err := s.may(ctx, a, c.Step, DoReturn)
		if err != nil {
			return err
		}
		ret, err = s.bringBack(ctx, a, rel, o, c)
		return err
	})
	if err != nil {
		if ret, err = s.orReplay(ctx, a, c.Key, err); err != nil {
			return Order{}, err
		}
	}
	r, err := s.order(ctx, a.Org, ret)
	if err != nil {
		return Order{}, err
	}
	return s.seen(ctx, a, r), s.creditReturn(ctx, a, r, c.Reason)
}

// homeward is a return in the making.
type homeward struct {
	s          *Service
	p          *ledger.Post
	o          Order // as it is read
	is         *Order
	ret        Order
	ship, home id.ID
	quarantine id.ID // of the seller
	bad        id.ID // of the buyer
	at         clock.Instant
	zone       string // the seller's
	lines      []ShipmentLine
}

func (s *Service) bringBack(ctx context.Context, a access.Actor, rel access.Rel, o Order, c Return) (id.ID, error) {
	d, _, err := s.deal(ctx, o.Seller, o)
	if err != nil {
		return 0, err
	}
	if d.BuyerKind == "consumer" {
		return 0, errs.New(errs.Conflict, "order.used_up")
	}
	asked, err := o.toReturn(c.Lines)
	if err != nil {
		return 0, err
	}
	from, err := d.destination(o)
	if err != nil {
		return 0, err
	}
	now := s.Clock.Now()
	is := o.clone()
	ret := Order{ID: s.DB.IDs.Next(), Kind: KindReturn, Seller: o.Seller, Buyer: o.Buyer, Agent: o.Agent, Link: o.Link, Agreement: o.Agreement,
		PlacedBy: string(rel), Currency: o.Currency, Status: Returned, ShipFrom: from, DeliverTo: o.ShipFrom, ReturnOf: o.ID,
		OrderedOn: now.In(d.Zone), Placed: now, Note: c.Reason, Version: 1}
	ret.Number = "RT-" + ret.ID.String()
	h := &homeward{s: s, o: o, is: &is, ret: ret, ship: s.DB.IDs.Next(), home: o.ShipFrom, at: now, zone: d.Zone,
		p: draft("order.returned", "order/"+o.ID.String()+"/return/"+ret.ID.String(), by(a, o.Seller, rel), ret.ID, now, c.Key).Because(c.Reason)}
	if h.home == 0 {
		return 0, errs.New(errs.Conflict, "order.seller_has_no_warehouse")
	}
	if h.quarantine, err = s.Places.Quarantine(ctx, o.Seller, h.home); err != nil {
		return 0, err
	}
	if h.bad, err = s.Places.Quarantine(ctx, o.Buyer, from); err != nil {
		return 0, err
	}
	if err := h.goods(ctx, asked); err != nil {
		return 0, err
	}
	h.file()
	is.CreditHeld = d.credit(o.CreditHeld, is.Lines)
	if is.Status, err = s.ended(ctx, h.p, is); err != nil {
		return 0, err
	}
	if err := s.returned(ctx, h.p, d, o, is, ret.ID); err != nil {
		return 0, err
	}
	advance(h.p, o, is, d.Currency)
	r, err := s.post(ctx, h.p.Tell("order.returned", h.ret.fact()), d.Currency)
	return r.Doc, err
}

// returnable is what of a line may come back: what was delivered, unless it was ordered to be used up.
func (l Line) returnable() qty.Qty {
	if l.Service || l.Purpose == EndUse {
		return 0
	}
	return l.Delivered - l.Returned
}

// toReturn is what is asked for, or everything that was delivered and has not come back.
func (o Order) toReturn(asked []DispatchLine) ([]DispatchLine, error) {
	left := map[int64]qty.Qty{}
	for _, l := range o.Lines {
		left[l.N] = l.returnable()
	}
	if len(asked) == 0 {
		for _, l := range o.Lines {
			if left[l.N] > 0 {
				asked = append(asked, DispatchLine{Line: l.N, Qty: left[l.N]})
			}
		}
		return asked, nil
	}
	for i, x := range asked {
		l := o.Line(x.Line)
		if l == nil || l.Service {
			return nil, onLine(at(i), errs.F("line", "order.unknown_line"))
		}
		if l.Purpose == EndUse && l.Delivered > 0 {
			return nil, onLine(at(i), errs.F("line", "order.used_up"))
		}
		if x.Qty <= 0 || x.Qty > left[l.N] || !x.Qty.Fits(l.Decimals) {
			return nil, onLine(at(i), errs.F("qty", "order.more_than_delivered", "sku", l.SKU, "most", left[l.N].String()))
		}
		left[l.N] -= x.Qty
	}
	return asked, nil
}

// sentLine is a shipment line of the order that goods may come back of.
type sentLine struct {
	ShipmentID            id.ID
	Version, N, OrderLine int64
	Lot                   id.ID
	Received, Damaged     qty.Qty
	Titled                qty.Qty
	Returned              qty.Qty
	now, titled           qty.Qty
}

// goods finds the goods, shipment by shipment, newest first, and moves them home.
func (h *homeward) goods(ctx context.Context, asked []DispatchLine) error {
	var sent []sentLine
	err := h.s.DB.R(ctx).Raw(`SELECT l.shipment_id, h.version, l.n, l.order_line, l.lot, l.received, l.damaged, l.titled, l.returned FROM shipment_line l
 JOIN shipment h ON h.id = l.shipment_id WHERE h.order_id = ? AND h.seller = ? AND h.kind = 'out' ORDER BY l.shipment_id DESC, l.n`,
		h.o.ID, h.o.Seller).Scan(&sent).Error
	if err != nil {
		return fmt.Errorf("shipments of order %d: %w", h.o.ID, err)
	}
	there, err := h.s.standingAt(ctx, "a.place IN (SELECT id FROM place WHERE org = ?) AND a.unit IN (SELECT l.lot FROM shipment_line l JOIN shipment h ON h.id = l.shipment_id WHERE h.order_id = ?)",
		h.o.Buyer, h.o.ID)
	if err != nil {
		return err
	}
	for _, ask := range asked {
		n := ask.Qty
		for i := range sent {
			x := &sent[i]
			m := min(n, x.Received+x.Damaged-x.Returned-x.now)
			if x.OrderLine != ask.Line || m <= 0 || (ask.Lot != 0 && x.Lot != ask.Lot) {
				continue
			}
			for _, own := range []bool{true, false} { // the buyer's own as far as this line brought title, then the seller's
				k := m
				if own {
					k = min(m, x.Titled-x.titled)
				}
				like := func(p ledger.Position) bool { return p.Place != h.bad && (p.Owner == h.o.Buyer) == own }
				for _, stand := range there.take(x.Lot, k, like) {
					if err := h.home1(ctx, ask.Line, x.Lot, stand); err != nil {
						return err
					}
					if stand.Pos.Owner == h.o.Buyer {
						x.titled += stand.Qty
					}
					x.now += stand.Qty
					n -= stand.Qty
					m -= stand.Qty
				}
			}
		}
		if n > 0 {
			l := h.o.Line(ask.Line)
			return errs.New(errs.Conflict, "order.not_there_any_more", "sku", l.SKU, "missing", n.String())
		}
		l := h.is.Line(ask.Line)
		l.Returned += ask.Qty
		l.Forgone += min(ask.Qty, max(0, l.Delivered-l.Invoiced-l.Forgone))
	}
	return h.mark(ctx, sent)
}

// home1 takes one stand through transit to the seller.
func (h *homeward) home1(ctx context.Context, line int64, lot id.ID, from stand) error {
	road := h.o.backToSeller(from.Pos)
	road.Place, road.Seller = h.ship, 0
	end := road
	end.Place = h.home
	if from.Pos.Place == h.bad {
		end.Place = h.quarantine
	} else if ok, err := h.s.lotSells(ctx, lot, h.at, h.zone); err != nil {
		return err
	} else if ok {
		end.Seller = h.o.Seller
	}
	h.p.HeldBy(h.ship, 0).Move(from.Pos, road, from.Qty).Move(road, end, from.Qty)
	l := ShipmentLine{N: int64(len(h.lines)) + 1, OrderLine: line, Product: from.Pos.Product, Lot: lot, Owner: road.Owner, Bearer: road.Bearer,
		Qty: from.Qty}
	if from.Pos.Owner == h.o.Buyer {
		l.Titled = from.Qty
	}
	if end.Place == h.home {
		l.Received = from.Qty
	} else {
		l.Damaged = from.Qty
	}
	h.lines = append(h.lines, l)
	return nil
}

// mark counts what came back, and what of it the buyer had title to, on the shipments that had brought it.
func (h *homeward) mark(ctx context.Context, sent []sentLine) error {
	g := h.s.passage(h.p, h.at)
	over := map[id.ID]qty.Qty{} // by lot: title that came back beyond what the line had brought; another line had
	for i := range sent {
		x := &sent[i]
		if x.titled > x.Titled {
			over[x.Lot] += x.titled - x.Titled
			x.titled = x.Titled
		}
	}
	for _, x := range sent {
		more := min(over[x.Lot], x.Titled-x.titled)
		over[x.Lot] -= more
		if x.now == 0 && more == 0 {
			continue
		}
		if err := g.returns(ctx, x.ShipmentID, x.N, x.now, x.titled+more); err != nil {
			return err
		}
	}
	g.finish()
	return nil
}

// file adds the papers: the return order, whose lines bear the numbers of the lines that they take back, and its shipment.
func (h *homeward) file() {
	for i, l := range h.is.Lines {
		n := l.Returned - h.o.Lines[i].Returned
		if n == 0 {
			continue
		}
		c, _ := currency(h.o.Currency)
		was := h.o.Lines[i].Returned
		part := partOf(c, l.amounts(), partOf(c, l.amounts(), amounts{}, was, l.Qty), was+n, l.Qty)
		back := Line{N: l.N, Product: l.Product, Unit: l.BaseUnit, UnitQty: n, Qty: n, Price: l.Price, Net: part.net, TaxBase: part.base, Tax: part.tax,
			TaxCode: l.TaxCode, Purpose: l.Purpose, Dir: -1, Dispatched: n, Delivered: n, Returned: n}
		h.ret.Lines = append(h.ret.Lines, back)
	}
	h.ret.sum()
	h.p.File(h.ret.row())
	for _, l := range h.ret.Lines {
		h.p.File(l.row(h.ret.ID))
	}
	h.p.File(shipmentT.Row(h.ship, "SH-"+h.ship.String(), KindReturn, h.ret.ID, h.o.Seller, h.o.Buyer, h.o.Agent, id.ID(0), h.ret.ShipFrom, h.home,
		ReturnDone, h.at, h.at, false, "", int64(1)))
	for _, l := range h.lines {
		h.p.File(l.row(h.ship))
	}
}

func (l Line) amounts() amounts { return amounts{l.Net, l.TaxBase, l.Tax} }
