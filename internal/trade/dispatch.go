package trade

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
	"saluran/internal/text"
)

func at(i int) string { return "lines[" + strconv.Itoa(i) + "]." }

// Dispatch sends goods of an order: what is set aside first, then from the seller's stock, first expired first, unless a lot is
// named. The shipment is the place where they stand until they are received. Title and risk pass where the terms say so; where
// the seller has no title yet, it passes through every owner in turn in this post. Under cash before delivery it is refused
// with order.prepay_due until the order's own invoices are paid as far as it goes, or the buyer's deposit covers it.
func (s *Service) Dispatch(ctx context.Context, a access.Actor, c Dispatch) (Shipment, error) {
	if bad := text.Line("tracking", &c.Tracking, 64); len(bad) > 0 {
		return Shipment{}, errs.OnFields("order.invalid", bad...)
	}
	var h Shipment
	err := s.decide(ctx, false, func() error {
		o, rel, err := s.may(ctx, a, c.Step, DoDispatch)
		if err != nil {
			return err
		}
		h, err = s.dispatch(ctx, a, rel, o, c)
		return err
	})
	if err != nil {
		if h.ID, err = s.orReplay(ctx, a, c.Key, err); err != nil {
			return Shipment{}, err
		}
		h.Seq = 0
	}
	if h.Seq == 0 {
		return s.Shipment(ctx, a, h.ID)
	}
	return h, s.require(ctx, a, access.Seller, "shipment", "read")
}

// consignment is a dispatch in the making.
type consignment struct {
	s     *Service
	p     *ledger.Post
	d     Deal
	is    *Order
	ship  id.ID
	pick  *picker
	g     *passage
	lines []ShipmentLine
	index map[shipKeyOf]int
	lots  []allotRow
	moved map[allotKey]qty.Qty
	grown bool // more is sent than was ordered
}

type shipKeyOf struct {
	line               int64
	lot, owner, bearer id.ID
}

// mayLeave refuses an instant, where one is named, before the order was placed or confirmed.
func (s *Service) mayLeave(ctx context.Context, o Order, at clock.Instant) error {
	if at == 0 {
		return nil
	}
	if at < o.Placed {
		return errs.OnFields("order.invalid", errs.F("at", "order.before_placed"))
	}
	var confirmed []clock.Instant
	err := s.DB.R(ctx).Raw("SELECT effective_us FROM journal WHERE event_key = ? AND doc = ?", "order/"+o.ID.String()+"/confirm", o.ID).Scan(&confirmed).Error
	if err != nil {
		return fmt.Errorf("when order %d was confirmed: %w", o.ID, err)
	}
	if len(confirmed) > 0 && at < confirmed[0] {
		return errs.OnFields("order.invalid", errs.F("at", "order.before_confirmed"))
	}
	return nil
}

// mayCarry refuses a carrier that is none, and one that the actor does not see in the very words of one that does not exist. 0 is
// the transport of seller or buyer.
func (s *Service) mayCarry(ctx context.Context, a access.Actor, carrier id.ID) error {
	if carrier == 0 {
		return nil
	}
	var err error = errs.Gone()
	if s.Carriers != nil {
		err = s.Carriers.Carrier(ctx, a, carrier)
	}
	switch errs.KindOf(err) {
	case errs.NotFound:
		return errs.OnFields("order.invalid", errs.F("carrier", "order.unknown_carrier"))
	case errs.Invalid:
		return errs.OnFields("order.invalid", errs.F("carrier", "order.not_a_carrier"))
	}
	return err
}

func (s *Service) dispatch(ctx context.Context, a access.Actor, rel access.Rel, o Order, c Dispatch) (Shipment, error) {
	d, _, err := s.deal(ctx, o.Seller, o)
	if err != nil {
		return Shipment{}, err
	}
	when, err := s.when(c.At)
	if err != nil {
		return Shipment{}, err
	}
	if err := s.mayLeave(ctx, o, c.At); err != nil {
		return Shipment{}, err
	}
	if err := s.mayCarry(ctx, a, c.Carrier); err != nil {
		return Shipment{}, err
	}
	spare, err := s.spare(ctx, d, o)
	if err != nil {
		return Shipment{}, err
	}
	lines, err := o.toSend(c.Lines, spare)
	if err != nil {
		return Shipment{}, err
	}
	to, err := d.destination(o)
	if err != nil {
		return Shipment{}, err
	}
	is := o.clone()
	ship := s.DB.IDs.Next()
	p := draft("order.dispatched", "order/"+o.ID.String()+"/dispatch/"+ship.String(), by(a, o.Seller, rel), ship, when, c.Key)
	n := &consignment{s: s, p: p, d: d, is: &is, ship: ship, g: s.passage(p, when), index: map[shipKeyOf]int{}, moved: map[allotKey]qty.Qty{}}
	if n.pick, err = s.picker(ctx, o.Seller, o.ShipFrom, o.goodsOf(), when, d.Zone); err != nil {
		return Shipment{}, err
	}
	if slices.ContainsFunc(o.Lines, func(l Line) bool { return l.Allotted > 0 }) {
		if n.lots, err = s.allotments(ctx, o); err != nil {
			return Shipment{}, err
		}
	}
	if err := n.supplement(lines); err != nil {
		return Shipment{}, err
	}
	for _, l := range lines {
		if err := n.send(ctx, is.Line(l.Line), l.Lot, l.Qty); err != nil {
			return Shipment{}, err
		}
	}
	if err := s.covered(ctx, p, d, o, &is); err != nil {
		return Shipment{}, err
	}
	n.g.finish()
	from := o.ShipFrom
	if from == 0 {
		from = n.lines[0].from
	}
	h := Shipment{ID: ship, Number: "SH-" + ship.String(), Kind: KindOut, OrderID: o.ID, Seller: o.Seller, Buyer: o.Buyer, Agent: o.Agent,
		Carrier: c.Carrier, SellerName: o.SellerName, BuyerName: o.BuyerName, FromPlace: from, ToPlace: to, Status: InTransit,
		DispatchedAt: when, Tracking: c.Tracking, Version: 1, Lines: n.lines}
	p.HeldBy(ship, c.Carrier).File(h.row())
	for _, l := range n.lines {
		p.File(l.row(ship))
	}
	for _, r := range n.lots {
		if m := n.moved[r.allotKey]; m > 0 {
			p.Change(allotmentT, r.key(o.ID), ledger.Set{Col: "dispatched", Before: r.Dispatched, After: r.Dispatched + m})
		}
	}
	if n.grown {
		if err := s.ordered(ctx, p, d, o, is, ship); err != nil {
			return Shipment{}, err
		}
	}
	is.Status = stage(is, false)
	advance(p, o, is, d.Currency)
	r, err := s.post(ctx, p.Tell("order.dispatched", fmt.Sprintf(`{"shipment":"%d","order":"%d"}`, ship, o.ID)), d.Currency)
	if err != nil || r.Replayed || c.Carrier != 0 {
		return Shipment{ID: r.Doc}, err // to be read: it is another one, or bears a name that is not known here
	}
	h.Seq = r.Seq
	return h, nil
}

// destination is where goods of an order go: the warehouse it names, else the buyer's main one as it is by now. Goods do not leave
// for a buyer who could not receive them; only a consumer needs no warehouse.
func (d Deal) destination(o Order) (id.ID, error) {
	switch {
	case o.DeliverTo != 0:
		return o.DeliverTo, nil
	case d.DeliverTo == 0 && d.BuyerKind != "consumer":
		return 0, errs.New(errs.Conflict, "order.buyer_has_no_warehouse", "order", o.Number, "buyer", o.BuyerName)
	}
	return d.DeliverTo, nil
}

// toSend is what is asked for, checked, or all that is held or set aside; spare is how much more of a line may be sent.
func (o Order) toSend(asked []DispatchLine, spare map[int64]qty.Qty) ([]DispatchLine, error) {
	if len(asked) == 0 {
		for _, l := range o.Lines {
			if n := l.Held + l.Allotted; n > 0 {
				asked = append(asked, DispatchLine{Line: l.N, Qty: n})
			}
		}
		if len(asked) == 0 {
			return nil, errs.New(errs.Conflict, "order.nothing_to_dispatch", "order", o.Number)
		}
		return asked, nil
	}
	open := map[int64]qty.Qty{}
	for i, ask := range asked {
		l := o.Line(ask.Line)
		if l == nil || l.Service {
			return nil, onLine(at(i), errs.F("line", "order.unknown_line"))
		}
		if _, ok := open[l.N]; !ok {
			open[l.N] = l.Open() + spare[l.N]
		}
		if ask.Qty > open[l.N] && spare[l.N] > 0 {
			return nil, onLine(at(i), errs.F("qty", "order.more_than_tolerance", "sku", l.SKU, "most", open[l.N].String(), "open", l.Open().String()))
		}
		if ask.Qty <= 0 {
			return nil, onLine(at(i), errs.F("qty", "order.qty_not_positive", "sku", l.SKU, "qty", ask.Qty.String()))
		}
		if ask.Qty > open[l.N] || !ask.Qty.Fits(l.Decimals) {
			return nil, onLine(at(i), errs.F("qty", "order.more_than_open", "sku", l.SKU, "most", open[l.N].String()))
		}
		open[l.N] -= ask.Qty
	}
	return asked, nil
}

// send puts a quantity of a line on its way.
func (n *consignment) send(ctx context.Context, l *Line, lot id.ID, q qty.Qty) error {
	l.Dispatched += q
	for _, r := range n.lots {
		m := min(q, r.Qty-r.Dispatched-n.moved[r.allotKey])
		if r.Line != l.N || m <= 0 || (lot != 0 && r.Lot != lot) {
			continue
		}
		n.load(l, r.position(l.Product), m, true, r.lot)
		n.moved[r.allotKey] += m
		l.Allotted -= m
		q -= m
	}
	if q == 0 {
		return nil
	}
	l.Held -= min(l.Held, q)
	goods, err := n.pick.take(l.Product, lot, q, l.SKU)
	if err != nil {
		return err
	}
	passes := (n.d.TitleOn == "confirmation" || n.d.TitleOn == "dispatch") && n.d.BuyerKind != "consumer"
	for _, from := range goods {
		ups := []stand{from}
		if passes {
			if ups, err = n.g.mustBring(ctx, from.Pos, n.is.Seller, from.Qty); err != nil {
				return err
			}
		}
		for _, up := range ups {
			n.load(l, up.Pos, up.Qty, passes, n.pick.lots[up.Pos.Lot])
		}
	}
	return nil
}

// load moves goods onto the shipment and notes the shipment line.
func (n *consignment) load(l *Line, from ledger.Position, q qty.Qty, title bool, lot lotOf) {
	to := n.d.toBuyer(from, title, n.d.RiskOn == "dispatch")
	to.Place, to.Seller = n.ship, 0
	n.p.Move(from, to, q)
	k := shipKeyOf{l.N, to.Lot, to.Owner, to.Bearer}
	i, ok := n.index[k]
	if !ok {
		i = len(n.lines)
		n.index[k] = i
		n.lines = append(n.lines, ShipmentLine{N: int64(i) + 1, OrderLine: l.N, Product: l.Product, SKU: l.SKU, Name: l.Name, BaseUnit: l.BaseUnit,
			Decimals: l.Decimals, Lot: to.Lot, LotCode: lot.code, ExpiresOn: lot.expires, Owner: to.Owner, Bearer: to.Bearer, from: from.Place})
	}
	n.lines[i].Qty += q
	if to.Owner == n.d.Buyer {
		n.lines[i].Titled += q
	}
}
