package trade

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/internal/text"
)

// Receive says what arrived of a shipment: by the buyer, or by the seller where the buyer is a consumer. What is received stands
// in the buyer's warehouse (a consumer uses it up, and so does any buyer of a line for end use), with title and risk where the terms say so. Damaged goods stand in the
// buyer's quarantine and pass only where it must pay for them; short ones are lost, and a bearer who is not the owner owes for them; refused ones stay in
// transit until TakeBack. What the buyer neither got nor must pay is cancelled on the order line and its credit released.
func (s *Service) Receive(ctx context.Context, a access.Actor, c Receive) (Shipment, error) {
	if bad := text.Note("note", &c.Note, 500); len(bad) > 0 {
		return Shipment{}, errs.OnFields("order.invalid", bad...)
	}
	err := s.decide(ctx, false, func() error {
		h, err := s.shipment(ctx, a.Org, c.Shipment)
		if err != nil {
			return err
		}
		return s.receive(ctx, a, h, c)
	})
	if err != nil {
		if _, err = s.orReplay(ctx, a, c.Key, err); err != nil {
			return Shipment{}, err
		}
	}
	return s.Shipment(ctx, a, c.Shipment)
}

// arrival is a receipt in the making.
type arrival struct {
	s          *Service
	p          *ledger.Post
	d          Deal
	h          Shipment
	is         *Order
	g          *passage
	here       *pool
	paid       map[int64]qty.Qty // of each order line: settled and not yet titled, where title comes with payment
	at         clock.Instant
	zone       string // the receiver's
	quarantine id.ID
	came       map[int64]qty.Qty // delivered by order line
	waits      bool              // something is left to be taken back
}

func (s *Service) receive(ctx context.Context, a access.Actor, h Shipment, c Receive) error {
	rel := access.RelOf(a.Org, h.Seller, h.Buyer, h.Agent)
	if err := s.receivable(ctx, a, rel, h, c); err != nil {
		return err
	}
	o, err := s.order(ctx, a.Org, h.OrderID)
	if err != nil {
		return err
	}
	d, _, err := s.deal(ctx, o.Seller, o)
	if err != nil {
		return err
	}
	if rel != access.Buyer && !(rel == access.Seller && d.BuyerKind == "consumer") {
		return errs.New(errs.Forbidden, "shipment.buyer_receives")
	}
	when, err := s.when(c.At)
	if err != nil {
		return err
	}
	if when < h.DispatchedAt {
		return errs.OnFields("shipment.before_dispatch", errs.F("at", "shipment.before_dispatch"))
	}
	split, err := h.split(c.Lines)
	if err != nil {
		return err
	}
	if h.ToPlace == 0 {
		h.ToPlace = d.DeliverTo // it had none when the goods left
	}
	if d.BuyerKind != "consumer" && h.ToPlace == 0 {
		return errs.New(errs.Conflict, "shipment.buyer_has_no_warehouse")
	}
	is := o.clone()
	p := draft("shipment.received", "shipment/"+h.ID.String()+"/receive/1", by(a, o.Seller, rel), h.ID, when, c.Key)
	if _, err := s.settled(ctx, p, o); err != nil { // guarded before anything is read that depends on it
		return err
	}
	r := &arrival{s: s, p: p, d: d, h: h, is: &is, g: s.passage(p, when), at: when, zone: a.Zone, came: map[int64]qty.Qty{}}
	if r.here, err = s.standingAt(ctx, "a.place = ?", h.ID); err != nil {
		return err
	}
	if err := r.learn(ctx, o); err != nil {
		return err
	}
	receipt, err := r.record(ctx, o, c.Note, split)
	if err != nil {
		return err
	}
	if err := r.carryOn(ctx, o); err != nil {
		return err
	}
	_, err = s.post(ctx, p.Tell("shipment.received", fmt.Sprintf(`{"shipment":"%d","order":"%d","receipt":"%d"}`, h.ID, o.ID, receipt)), d.Currency)
	return err
}

// receivable is nil where the actor may receive, has seen the shipment as it is, and it is on its way.
func (s *Service) receivable(ctx context.Context, a access.Actor, rel access.Rel, h Shipment, c Receive) error {
	if err := s.require(ctx, a, rel, "shipment", "receive"); err != nil {
		return err
	}
	if err := sameVersion(c.Version, h.Version); err != nil {
		return err
	}
	if h.Status != InTransit || h.Kind != KindOut {
		return errs.New(errs.Conflict, "shipment.not_in_transit", "status", h.Status, "shipment", h.Number)
	}
	return nil
}

// verdict is the status of a shipment after its receipt: refused where all of it was turned away.
func verdict(said []ReceiveLine, sent []ShipmentLine) string {
	for i, l := range sent {
		if said[i].Refused != l.Qty {
			return Received
		}
	}
	return Refused
}

// split is what is said of each line; lines that are not named arrived whole.
func (h Shipment) split(said []ReceiveLine) ([]ReceiveLine, error) {
	out := make([]ReceiveLine, len(h.Lines))
	for i, l := range h.Lines {
		out[i] = ReceiveLine{N: l.N, Received: l.Qty}
	}
	named := map[int64]bool{}
	for i, x := range said {
		k := slices.IndexFunc(h.Lines, func(l ShipmentLine) bool { return l.N == x.N })
		if k < 0 || named[x.N] {
			return nil, onLine(at(i), errs.F("n", "shipment.unknown_line"))
		}
		named[x.N] = true
		l := h.Lines[k]
		sum := qty.Qty(0)
		for _, s := range []struct {
			field string
			n     qty.Qty
		}{{"received", x.Received}, {"damaged", x.Damaged}, {"short", x.Short}, {"refused", x.Refused}} {
			if s.n < 0 || s.n > l.Qty || !s.n.Fits(l.Decimals) {
				return nil, onLine(at(i), errs.F(s.field, "shipment.bad_quantity", "sku", l.SKU, "qty", s.n.String()))
			}
			sum += s.n
		}
		if sum != l.Qty {
			return nil, onLine(at(i), errs.F("received", "shipment.does_not_add_up", "sku", l.SKU, "sent", l.Qty.String(), "said", sum.String()))
		}
		if bad := text.Note("reason", &x.Reason, 200); len(bad) > 0 {
			return nil, onLine(at(i), bad[0])
		}
		out[k] = x
	}
	return out, nil
}

// learn reads what the lines need: the quarantine, and what was paid before it arrived.
func (r *arrival) learn(ctx context.Context, o Order) (err error) {
	if r.d.BuyerKind != "consumer" {
		if r.quarantine, err = r.s.Places.Quarantine(ctx, r.h.Buyer, r.h.ToPlace); err != nil {
			return err
		}
	}
	r.paid = map[int64]qty.Qty{}
	if r.d.TitleOn != "payment" {
		return nil
	}
	var rows []struct {
		OrderLine int64
		Qty       qty.Qty
	}
	// What a credit note took back to be invoiced anew is settled by that note, not paid: it is what was invoiced beyond what counts as
	// invoiced now.
	err = r.s.DB.R(ctx).Raw(`SELECT l.order_line, SUM(CASE WHEN v.settled >= v.total OR l.net + l.tax <> 0 AND l.settled >= l.net + l.tax THEN l.qty ELSE 0 END)
 - SUM(l.qty) AS qty FROM invoice_line l JOIN invoice v ON v.id = l.invoice_id
 WHERE v.order_id = ? AND +v.seller = ? AND v.kind = 'invoice' GROUP BY l.order_line
 UNION ALL SELECT l.order_line, -SUM(l.titled) AS qty FROM shipment_line l JOIN shipment h ON h.id = l.shipment_id JOIN orders o ON o.id = h.order_id
 WHERE (o.id = ? OR o.return_of = ?) AND +h.seller = ? GROUP BY l.order_line`, o.ID, o.Seller, o.ID, o.ID, o.Seller).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("what is paid of order %d: %w", o.ID, err)
	}
	for _, l := range o.Lines {
		r.paid[l.N] = l.Invoiced
	}
	for _, x := range rows {
		r.paid[x.OrderLine] += x.Qty
	}
	return nil
}

// line moves one shipment line and says what it has become.
func (r *arrival) line(ctx context.Context, l ShipmentLine, x ReceiveLine) (ShipmentLine, error) {
	is := l
	is.Received, is.Damaged, is.Short, is.Refused = x.Received, x.Damaged, x.Short, x.Refused
	sells, err := r.s.lotSells(ctx, l.Lot, r.at, r.zone)
	if err != nil {
		return is, err
	}
	ol := r.is.Line(l.OrderLine)
	for _, part := range []struct {
		n  qty.Qty
		do func(stand) error
	}{
		{x.Received, func(at stand) error { return r.take(ctx, ol, &is, at, sells) }},
		{x.Damaged, func(at stand) error { return r.damage(ctx, ol, &is, at) }},
		{x.Short, func(at stand) error { r.lose(ol, at); return nil }},
		{x.Refused, func(at stand) error { r.waits = true; r.drop(ol, at.Qty); return nil }},
	} {
		goods := r.here.take(l.Lot, part.n, func(p ledger.Position) bool { return p.Owner == l.Owner && p.Bearer == l.Bearer })
		for _, at := range goods {
			part.n -= at.Qty
			if err := part.do(at); err != nil {
				return is, err
			}
		}
		if part.n > 0 {
			return is, errs.New(errs.Conflict, codeMoved)
		}
	}
	return is, nil
}

// take receives goods into the buyer's warehouse, or into use.
func (r *arrival) take(ctx context.Context, ol *Line, is *ShipmentLine, at stand, sells bool) error {
	r.deliver(ol, at.Qty)
	if r.d.BuyerKind == "consumer" {
		ups, err := r.g.mustBring(ctx, at.Pos, r.h.Seller, at.Qty)
		for _, up := range ups {
			r.p.Move(up.Pos, ledger.Outside(ledger.Consumed, up.Pos.Lot, up.Pos.Product), up.Qty)
		}
		is.Titled += at.Qty
		return err
	}
	if ol.Purpose == EndUse {
		return r.use(ctx, ol, is, at)
	}
	ups, err := r.titled(ctx, ol, is, at)
	if err != nil {
		return err
	}
	for _, up := range ups {
		to := r.d.toBuyer(up.Pos, up.passes, r.d.RiskOn != "title")
		to.Place = r.h.ToPlace
		if sells && (to.Owner == r.d.Buyer || r.d.ResaleBeforeTitle) {
			to.Seller = r.d.Buyer
		}
		r.p.Move(up.Pos, to, up.Qty)
	}
	return nil
}

// use gives a business what it has ordered for its own use: title and risk reach it hop by hop, whatever the terms say, and the goods
// are used up in the same journal. What is owed for them stays due.
func (r *arrival) use(ctx context.Context, ol *Line, is *ShipmentLine, at stand) (err error) {
	ups := []stand{at}
	if at.Pos.Owner != r.d.Buyer {
		if ups, err = r.g.mustBring(ctx, at.Pos, r.h.Seller, at.Qty); err != nil {
			return err
		}
		is.Titled += at.Qty
		r.paid[ol.N] -= min(at.Qty, max(0, r.paid[ol.N]))
	}
	for _, up := range ups {
		own := r.d.toBuyer(up.Pos, true, true)
		if own != up.Pos {
			r.p.Move(up.Pos, own, up.Qty)
		}
		r.p.Move(own, ledger.Outside(ledger.Consumed, own.Lot, own.Product), up.Qty)
	}
	return nil
}

// coming is goods that arrive; passes tells that title comes with them.
type coming struct {
	stand
	passes bool
}

// titled brings title of what arrives as far as the buyer gets it now, and says what stands where.
func (r *arrival) titled(ctx context.Context, ol *Line, is *ShipmentLine, at stand) (out []coming, err error) {
	n := qty.Qty(0)
	switch {
	case at.Pos.Owner == r.d.Buyer:
	case r.d.TitleOn == "payment":
		n = max(0, min(at.Qty, r.paid[ol.N]))
		r.paid[ol.N] -= n
	default:
		n = at.Qty
	}
	if n > 0 {
		ups, err := r.g.mustBring(ctx, at.Pos, r.h.Seller, n)
		if err != nil {
			return nil, err
		}
		for _, up := range ups {
			out = append(out, coming{up, true})
		}
		is.Titled += n
	}
	if n < at.Qty {
		out = append(out, coming{stand{at.Pos, at.Qty - n}, false})
	}
	return out, nil
}

// damage puts damaged goods into quarantine. Where they were the buyer's risk it pays for them, and gets title as with any other
// goods; else, even if they were its own already, they are neither invoiced nor kept: they wait there to be taken back.
func (r *arrival) damage(ctx context.Context, ol *Line, is *ShipmentLine, at stand) error {
	if r.d.BuyerKind == "consumer" {
		r.waits = true // a consumer has no place: they stay in transit until they are taken back
		r.drop(ol, at.Qty)
		return nil
	}
	ups := []coming{{at, false}}
	if at.Pos.Bearer == r.d.Buyer {
		r.deliver(ol, at.Qty)
		var err error
		if ups, err = r.titled(ctx, ol, is, at); err != nil {
			return err
		}
	} else {
		r.waits = true
		r.drop(ol, at.Qty)
	}
	for _, up := range ups {
		to := r.d.toBuyer(up.Pos, up.passes, false)
		to.Place = r.quarantine
		r.p.Move(up.Pos, to, up.Qty)
	}
	return nil
}

// lose writes off what did not arrive. Who bore the risk without owning owes the owner the price before tax, unless those
// goods are invoiced to it: then the invoice stands. The buyer pays for what was its own.
func (r *arrival) lose(ol *Line, at stand) {
	r.p.Move(at.Pos, ledger.Outside(ledger.Lost, at.Pos.Lot, at.Pos.Product), at.Qty)
	owns, bears := at.Pos.Owner == r.d.Buyer, at.Pos.Bearer == r.d.Buyer
	price := func(n qty.Qty) money.Minor {
		m, _ := r.d.Currency.Share(ol.Net, int64(n), int64(ol.Qty))
		return m
	}
	switch {
	case owns && bears:
		r.deliver(ol, at.Qty)
	case owns:
		r.deliver(ol, at.Qty)
		r.p.Owe(r.d.Buyer, r.d.Seller, r.d.Currency, ledger.Claim, price(at.Qty))
	case bears:
		billed := min(at.Qty, max(0, ol.Invoiced-ol.Delivered))
		r.deliver(ol, billed)
		r.drop(ol, at.Qty-billed)
		r.p.Owe(r.d.Seller, r.d.Buyer, r.d.Currency, ledger.Claim, price(at.Qty-billed))
	default:
		r.drop(ol, at.Qty)
	}
}

// deliver counts goods that the buyer got, or must pay for.
func (r *arrival) deliver(ol *Line, n qty.Qty) {
	ol.Delivered += n
	r.came[ol.N] += n
}

// drop takes what was sent in vain off the order: it will neither come nor be invoiced.
func (r *arrival) drop(ol *Line, n qty.Qty) {
	ol.Dispatched -= n
	ol.Cancelled += n
}
