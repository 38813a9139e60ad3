package trade

import (
	"context"
	"fmt"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/internal/text"
)

// MaxLines is how many lines one order may have.
const MaxLines = 5000

// Place makes a firm order: priced under the agreement in force, its stock promised as far as there is any (the rest is a
// back-order) and its credit reserved, or refused whole. Sent twice with one key it answers the first order.
//
// The acting organisation is the buyer, the seller or the agent of the link. Errors: order.lines and order.too_many_lines,
// fields lines[i].qty, .unit, .product, .price and so on; order.to_oneself, order.no_agreement, order.below_minimum,
// order.credit_exceeded, order.terms_changed; not_found where the pair does not trade or is not the viewer's.
func (s *Service) Place(ctx context.Context, a access.Actor, c Place) (o Order, err error) {
	if err := c.check(); err != nil {
		return Order{}, err
	}
	err = s.decide(ctx, false, func() error {
		o, err = s.place(ctx, a, c)
		return err
	})
	if err != nil {
		no, err := s.orReplay(ctx, a, c.Key, err) // what is refused today may have been accepted the first time
		if err != nil {
			return Order{}, err
		}
		if o, err = s.order(ctx, a.Org, no); err != nil {
			return Order{}, err
		}
	}
	return s.seen(ctx, a, o), nil
}

// TermsOf is how an order is paid for, in short: prepay, or net and the days.
func TermsOf(prepay bool, days int) string {
	if prepay {
		return "prepay"
	}
	return "net" + strconv.Itoa(days)
}

func (c *Place) check() error {
	bad := append(text.Line("reference", &c.Reference, 64), text.Note("note", &c.Note, 500)...)
	switch {
	case c.Seller == c.Buyer && c.Seller != 0:
		return errs.New(errs.Invalid, "order.to_oneself")
	case len(c.Lines) == 0:
		return errs.OnFields("order.no_lines", errs.F("lines", "order.no_lines"))
	case len(c.Lines) > MaxLines:
		return errs.New(errs.Invalid, "order.too_many_lines", "max", strconv.Itoa(MaxLines), "lines", strconv.Itoa(len(c.Lines)))
	case len(bad) > 0:
		return errs.OnFields("order.invalid", bad...)
	}
	if c.WantedOn != "" {
		if _, err := clock.ParseDate(string(c.WantedOn)); err != nil {
			return errs.OnFields("order.invalid", errs.F("wanted_on", "date_malformed"))
		}
	}
	return nil
}

// parties fills in the acting organisation where the sender left a side out.
func (c *Place) parties(org id.ID) error {
	if c.Buyer == 0 && c.Seller != org {
		c.Buyer = org
	}
	if c.Seller == 0 && c.Buyer != org {
		c.Seller = org
	}
	switch {
	case c.Seller == 0:
		return errs.OnFields("order.invalid", errs.F("seller", "required"))
	case c.Buyer == 0, c.Seller == c.Buyer: // who names itself as seller and no buyer orders from itself
		return errs.New(errs.Invalid, "order.to_oneself")
	}
	return nil
}

// dealToday is the deal of a pair on today's date in the seller's zone.
func (s *Service) dealToday(ctx context.Context, a access.Actor, seller, buyer id.ID, now clock.Instant) (Deal, clock.Date, int64, error) {
	on := now.In(a.Zone)
	d, epoch, err := s.Deals.Deal(ctx, a.Org, seller, buyer, on)
	if err == nil && now.In(d.Zone) != on {
		on = now.In(d.Zone)
		d, epoch, err = s.Deals.Deal(ctx, a.Org, seller, buyer, on)
	}
	return d, on, epoch, err
}

func (s *Service) place(ctx context.Context, a access.Actor, c Place) (Order, error) {
	if err := c.parties(a.Org); err != nil {
		return Order{}, err
	}
	now := s.Clock.Now()
	d, on, epoch, err := s.dealToday(ctx, a, c.Seller, c.Buyer, now)
	if err != nil {
		return Order{}, err
	}
	rel := access.RelOf(a.Org, d.Seller, d.Buyer, d.Agent)
	if err := s.require(ctx, a, rel, "order", "place"); err != nil {
		return Order{}, err
	}
	if c.Terms != "" && c.Terms != TermsOf(d.Prepay, d.NetDays) {
		return Order{}, errs.New(errs.Conflict, "order.terms_changed")
	}
	if c.WantedOn != "" && c.WantedOn < min(on, now.In(a.Zone)) { // where sender and seller have different days, either will do
		return Order{}, errs.OnFields("order.wanted_in_past", errs.F("wanted_on", "order.wanted_in_past", "today", string(on)))
	}
	deliver, err := s.deliverTo(ctx, d, c.DeliverTo)
	if err != nil {
		return Order{}, err
	}
	lines, epoch2, err := s.priced(ctx, d, on, c.Lines)
	if err != nil {
		return Order{}, err
	}
	o := Order{ID: s.DB.IDs.Next(), Kind: KindSale, Seller: d.Seller, Buyer: d.Buyer, Agent: d.Agent,
		SellerName: d.SellerName, BuyerName: d.BuyerName, AgentName: d.AgentName, Link: d.Link, Agreement: d.Agreement,
		PlacedBy: string(rel), Currency: d.Currency.Code, Status: Placed, ShipFrom: d.ShipFrom, DeliverTo: deliver, OrderedOn: on,
		WantedOn: c.WantedOn, Placed: now, Reference: c.Reference, Note: c.Note, Version: 1, Lines: lines}
	o.Number = "SO-" + o.ID.String()
	o.sum()
	if err := o.bounds(d); err != nil {
		return Order{}, err
	}
	return s.postPlace(ctx, a, rel, c, d, min(epoch, epoch2), o)
}

// bounds holds the order against the largest amount and the agreement's smallest.
func (o Order) bounds(d Deal) error {
	if o.Total > maxAmount {
		return errs.New(errs.Invalid, "order.amount_too_large")
	}
	goods := o.Net
	if d.PricesIncludeVAT {
		goods = o.Total
	}
	return d.least(goods)
}

// least refuses goods for less than the agreement's smallest order.
func (d Deal) least(goods money.Minor) error {
	if goods >= d.MinOrder {
		return nil
	}
	return errs.New(errs.Invalid, "order.below_minimum", "minimum", d.Currency.Format(d.MinOrder), "amount", d.Currency.Format(goods),
		"currency", d.Currency.Code)
}

// deliverTo is the warehouse that the sender named, if it is the buyer's; else the buyer's main one.
func (s *Service) deliverTo(ctx context.Context, d Deal, named id.ID) (id.ID, error) {
	if named == 0 || named == d.DeliverTo {
		return d.DeliverTo, nil
	}
	var n int64
	err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM place WHERE id = ? AND org = ? AND kind = 'warehouse' AND active = ?", named, d.Buyer, true).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("read warehouse %d: %w", named, err)
	}
	if n == 0 {
		return 0, errs.OnFields("order.invalid", errs.F("deliver_to", "order.not_the_buyers_warehouse"))
	}
	return named, nil
}

// postPlace holds as much stock as there is: first everything is tried, and only where that is refused less.
func (s *Service) postPlace(ctx context.Context, a access.Actor, rel access.Rel, c Place, d Deal, epoch int64, o Order) (Order, error) {
	left := map[id.ID]qty.Qty{}
	plain := o
	for range tries {
		o := plain.clone()
		if o.Status == Placed {
			o.promise(left)
		}
		if !d.Prepay && o.Status == Placed {
			o.CreditHeld = o.Total
		}
		p := draft("order.placed", "order/"+o.ID.String()+"/place", by(a, o.Seller, rel), o.ID, o.Placed, c.Key).At(epoch)
		p.File(o.row())
		holds := newTally()
		for _, l := range o.Lines {
			p.File(l.row(o.ID))
			holds.add(l.Product, l.Held)
		}
		holds.each(func(product id.ID, n qty.Qty) { p.Hold(o.Seller, product, n) })
		p.Credit(o.Seller, o.Buyer, d.Currency, o.CreditHeld).Tell("order.placed", o.fact())
		p.OrElse(func(sh ledger.Short) error { return shortage{sh} })
		r, err := s.Book.Post(ctx, p)
		sh, short := shortOf(err)
		switch {
		case err == nil && r.Replayed && r.Doc != o.ID:
			return s.order(ctx, a.Org, r.Doc)
		case err == nil:
			o.Seq = r.Seq
			return o, nil
		case !short:
			return Order{}, err
		case sh.What == ledger.ShortStock:
			if err := s.free(ctx, o, sh, left); err != nil {
				return Order{}, err
			}
		case sh.What == ledger.ShortCredit && c.HoldCredit:
			plain.Status = CreditHold
		default:
			return Order{}, creditExceeded(d.Currency, sh)
		}
	}
	return Order{}, errs.New(errs.Busy, "busy")
}

func creditExceeded(c money.Currency, sh ledger.Short) error {
	return errs.New(errs.Conflict, "order.credit_exceeded", "asked", c.Format(money.Minor(sh.Asked)),
		"available", c.Format(money.Minor(max(0, sh.Available))), "currency", c.Code)
}

// free learns what is left of each product of the order: exactly of the one that was short, by a look at the counters of the
// others, so that one refusal is mostly the only one.
func (s *Service) free(ctx context.Context, o Order, sh ledger.Short, left map[id.ID]qty.Qty) error {
	if len(left) == 0 {
		var products []id.ID
		for _, l := range o.Lines {
			if !l.Service {
				products = append(products, l.Product)
			}
		}
		free, err := s.freeStock(ctx, o.Seller, products)
		if err != nil {
			return err
		}
		for _, p := range products {
			left[p] = free[p]
		}
	}
	now := qty.Qty(max(0, sh.Available))
	if was, ok := left[sh.Product]; ok && now >= was && qty.Qty(sh.Asked) <= was {
		now = 0 // it answers more than what it has just refused: hold none rather than turn in circles
	}
	left[sh.Product] = now
	return nil
}

// freeStock is what stands sellable and is not held, by product.
func (s *Service) freeStock(ctx context.Context, seller id.ID, products []id.ID) (map[id.ID]qty.Qty, error) {
	out := map[id.ID]qty.Qty{}
	for len(products) > 0 {
		n := min(len(products), 500)
		var rows []struct {
			Product id.ID
			Free    qty.Qty
		}
		err := s.DB.R(ctx).Raw("SELECT product, sellable - held AS free FROM stock WHERE seller = ? AND product IN ?", seller, products[:n]).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("read the stock of %d: %w", seller, err)
		}
		for _, r := range rows {
			out[r.Product] = r.Free
		}
		products = products[n:]
	}
	return out, nil
}

// promise holds what is on back-order: all of it, or, where left knows the product, only that much, the first lines first.
func (o *Order) promise(left map[id.ID]qty.Qty) {
	rest := map[id.ID]qty.Qty{}
	for i := range o.Lines {
		l := &o.Lines[i]
		want := l.BackOrder()
		if most, known := left[l.Product]; known && want > 0 {
			if _, seen := rest[l.Product]; !seen {
				rest[l.Product] = most
			}
			want = min(want, rest[l.Product])
			rest[l.Product] -= want
		}
		l.Held += max(0, want)
	}
}

// promising posts what build makes, holding as much stock as there is: build is told what is left of products that ran short.
func (s *Service) promising(ctx context.Context, o Order, c money.Currency, build func(left map[id.ID]qty.Qty) (*ledger.Post, error)) (ledger.Receipt, error) {
	left := map[id.ID]qty.Qty{}
	for range tries {
		p, err := build(left)
		if err != nil {
			return ledger.Receipt{}, err
		}
		r, err := s.Book.Post(ctx, p.OrElse(func(sh ledger.Short) error { return shortage{sh} }))
		sh, short := shortOf(err)
		switch {
		case !short:
			return r, err
		case sh.What == ledger.ShortCredit:
			return r, creditExceeded(c, sh)
		case sh.What != ledger.ShortStock:
			return r, errs.New(errs.Conflict, codeMoved)
		}
		if err := s.free(ctx, o, sh, left); err != nil {
			return r, err
		}
	}
	return ledger.Receipt{}, errs.New(errs.Busy, "busy")
}

// fact is what the outbox says of an order.
func (o Order) fact() string {
	return fmt.Sprintf(`{"order":"%d","number":"%s","seller":"%d","buyer":"%d","agent":"%d","status":"%s"}`,
		o.ID, o.Number, o.Seller, o.Buyer, o.Agent, o.Status)
}
