package trade

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// Confirm accepts an order: by the seller, or by the agent where it may bind. Where the terms say that title passes on
// confirmation, lots are set aside, first expired first, and become the buyer's where they stand.
func (s *Service) Confirm(ctx context.Context, a access.Actor, st Step) (Order, error) {
	return s.turn(ctx, a, st, DoConfirm, func(o Order, rel access.Rel) (Order, error) {
		d, _, err := s.deal(ctx, o.Seller, o)
		if err != nil {
			return Order{}, err
		}
		if rel == access.Agent && !d.MayBind {
			return Order{}, errs.New(errs.Forbidden, "order.agent_may_not_bind")
		}
		now := s.Clock.Now()
		p := draft("order.confirmed", "order/"+o.ID.String()+"/confirm", by(a, o.Seller, rel), o.ID, now, st.Key)
		is := o.clone()
		is.Status = Confirmed
		if err := s.allot(ctx, p, d, &is, now); err != nil {
			return Order{}, err
		}
		s.earn(p, d, o.ID, OnOrder, o.ID, is.wantedNet(d.Currency))
		advance(p, o, is, d.Currency)
		return is.became(s.post(ctx, p.Tell("order.confirmed", is.fact()), d.Currency))
	})
}

type allotKey struct {
	Line                      int64
	Lot, Owner, Place, Bearer id.ID
}

type allotRow struct {
	allotKey
	Qty, Dispatched qty.Qty
	lot             lotOf
}

// allotments of an order, first expired first.
func (s *Service) allotments(ctx context.Context, o Order) (out []allotRow, err error) {
	err = s.each(ctx, func(rows *sql.Rows) error {
		var r allotRow
		err := rows.Scan(&r.Line, &r.Lot, &r.Owner, &r.Place, &r.Bearer, &r.Qty, &r.Dispatched, &r.lot.code, &r.lot.expires)
		out = append(out, r)
		return err
	}, `SELECT m.line, m.lot, m.owner, m.place, m.bearer, m.qty, m.dispatched, l.code, l.expires_on FROM allotment m
 JOIN lot l ON l.id = m.lot JOIN orders o ON o.id = m.order_id WHERE m.order_id = ? AND o.seller = ?
 ORDER BY m.line, CASE WHEN l.expires_on = '' THEN 1 ELSE 0 END, l.expires_on, m.lot, m.owner, m.place, m.bearer`, o.ID, o.Seller)
	if err != nil {
		return nil, fmt.Errorf("allotments of order %d: %w", o.ID, err)
	}
	return out, nil
}

// key is the primary key of the row.
func (r allotKey) key(order id.ID) []int64 {
	return []int64{int64(order), r.Line, int64(r.Lot), int64(r.Owner), int64(r.Place), int64(r.Bearer)}
}

func (r allotKey) position(product id.ID) ledger.Position {
	return ledger.Position{Lot: r.Lot, Product: product, Owner: r.Owner, Place: r.Place, Bearer: r.Bearer}
}

// allot turns what the lines hold into lots set aside as the buyer's, where the terms pass title on confirmation.
func (s *Service) allot(ctx context.Context, p *ledger.Post, d Deal, is *Order, at clock.Instant) error {
	if d.TitleOn != "confirmation" || d.BuyerKind == "consumer" {
		return nil
	}
	before, err := s.allotments(ctx, *is)
	if err != nil {
		return err
	}
	pick, err := s.picker(ctx, is.Seller, is.ShipFrom, is.goodsOf(), at, d.Zone)
	if err != nil {
		return err
	}
	g := s.passage(p, at)
	more := map[allotKey]qty.Qty{}
	var order []allotKey
	for i := range is.Lines {
		l := &is.Lines[i]
		if l.Held == 0 {
			continue
		}
		goods, err := pick.take(l.Product, 0, l.Held, l.SKU)
		if err != nil {
			return err
		}
		for _, from := range goods {
			ups, err := g.mustBring(ctx, from.Pos, is.Seller, from.Qty)
			if err != nil {
				return err
			}
			for _, up := range ups {
				to := d.toBuyer(up.Pos, true, false)
				to.Seller = 0
				p.Move(up.Pos, to, up.Qty)
				k := allotKey{l.N, to.Lot, to.Owner, to.Place, to.Bearer}
				if _, ok := more[k]; !ok {
					order = append(order, k)
				}
				more[k] += up.Qty
			}
		}
		l.Allotted += l.Held
		l.Held = 0
	}
	g.finish()
	fileAllotments(p, is.ID, before, order, more)
	return nil
}

func fileAllotments(p *ledger.Post, order id.ID, before []allotRow, keys []allotKey, more map[allotKey]qty.Qty) {
	known := map[allotKey]allotRow{}
	for _, b := range before {
		known[b.allotKey] = b
	}
	for _, k := range keys {
		if b, ok := known[k]; ok {
			p.Change(allotmentT, k.key(order), ledger.Set{Col: "qty", Before: b.Qty, After: b.Qty + more[k]})
			continue
		}
		p.File(allotmentT.Row(order, k.Line, k.Lot, k.Owner, k.Place, k.Bearer, more[k], qty.Qty(0)))
	}
}

// FillBackorders holds stock for what an order has on back-order, as far as there is any; where title passes on confirmation
// and the order is confirmed, the goods are set aside in a second post.
func (s *Service) FillBackorders(ctx context.Context, a access.Actor, st Step) (Order, error) {
	o, err := s.act(ctx, a, st, DoFill, func(o Order, rel access.Rel) error {
		d, _, err := s.deal(ctx, o.Seller, o)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		_, err = s.promising(ctx, o, d.Currency, func(left map[id.ID]qty.Qty) (*ledger.Post, error) {
			p := draft("order.filled", o.event("fill", o.Version), by(a, o.Seller, rel), o.ID, now, st.Key)
			is := o.clone()
			is.promise(left)
			advance(p, o, is, d.Currency)
			return p, nil
		})
		return err
	})
	if err != nil || o.Status == Placed {
		return o, err
	}
	return o, s.allotLate(ctx, a, &o)
}

// allotLate sets aside what a confirmed order holds, where title passes on confirmation.
func (s *Service) allotLate(ctx context.Context, a access.Actor, o *Order) error {
	err := s.decide(ctx, false, func() error {
		now, err := s.order(ctx, a.Org, o.ID)
		if err != nil {
			return err
		}
		d, _, err := s.deal(ctx, now.Seller, now)
		if err != nil || d.TitleOn != "confirmation" || !slices.ContainsFunc(now.Lines, func(l Line) bool { return l.Held > 0 }) {
			return err
		}
		at := s.Clock.Now()
		p := draft("order.allotted", now.event("allot", now.Version), by(a, now.Seller, now.Rel(a.Org)), now.ID, at, Key{})
		is := now.clone()
		if err := s.allot(ctx, p, d, &is, at); err != nil {
			return err
		}
		advance(p, now, is, d.Currency)
		_, err = s.post(ctx, p, d.Currency)
		return err
	})
	if err != nil {
		return err
	}
	*o, err = s.order(ctx, a.Org, o.ID)
	return err
}

// FillAll fills the back-orders of a seller, oldest order first, for instance after goods arrived. It answers how many orders
// it could hold something for. Orders are read page by page; where nothing is left to promise, the next page is empty.
func (s *Service) FillAll(ctx context.Context, a access.Actor) (filled int, err error) {
	for last := id.ID(0); ; {
		var orders []id.ID
		err = s.DB.R(ctx).Raw(`SELECT DISTINCT o.id FROM orders o JOIN order_line l ON l.order_id = o.id JOIN stock k ON k.seller = o.seller AND k.product = l.product
 WHERE o.seller = ? AND o.id > ? AND o.kind = 'sale' AND o.status IN ('placed','confirmed','part_dispatched') AND k.sellable > k.held
 AND l.qty - l.cancelled - l.dispatched - l.held - l.allotted > 0 ORDER BY o.id LIMIT ?`, a.Org, last, promisePage).Scan(&orders).Error
		if err != nil {
			return filled, fmt.Errorf("back-orders of %d: %w", a.Org, err)
		}
		for _, order := range orders {
			_, err := s.FillBackorders(ctx, a, Step{Order: order})
			if err == nil {
				filled++
			} else if !errs.Is(err, errs.Conflict) {
				return filled, err
			}
			last = order
		}
		if len(orders) < promisePage {
			return filled, nil
		}
	}
}
