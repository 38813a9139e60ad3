package trade

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Quoted is what lines would come to if they were placed now. Lines and Faults stand beside what was asked: a line that could not be
// placed is zero and has a fault, with the field of the line that it is about.
type Quoted struct {
	Deal            Deal
	Rel             access.Rel
	On              clock.Date // today, where the seller is
	Lines           []Line
	Faults          []errs.Field
	Net, Tax, Total money.Minor // of the lines without fault
}

// Below is the agreement's smallest order where the lines come to less; 0 where they do not.
func (q Quoted) Below() money.Minor {
	goods := q.Net
	if q.Deal.PricesIncludeVAT {
		goods = q.Total
	}
	if goods >= q.Deal.MinOrder {
		return 0
	}
	return q.Deal.MinOrder
}

// Quote prices lines as Place would, and posts and holds nothing: of the command it reads the sides and the lines. No lines tell the
// deal alone.
//
// Right: order place. Errors: order.too_many_lines, order.to_oneself, order.no_agreement, not_found.
func (s *Service) Quote(ctx context.Context, a access.Actor, c Place) (Quoted, error) {
	if len(c.Lines) > MaxLines {
		return Quoted{}, errs.New(errs.Invalid, "order.too_many_lines", "max", fmt.Sprint(MaxLines), "lines", fmt.Sprint(len(c.Lines)))
	}
	if err := c.parties(a.Org); err != nil {
		return Quoted{}, err
	}
	d, on, _, err := s.dealToday(ctx, a, c.Seller, c.Buyer, s.Clock.Now())
	if err != nil {
		return Quoted{}, err
	}
	q := Quoted{Deal: d, Rel: access.RelOf(a.Org, d.Seller, d.Buyer, d.Agent), On: on, Lines: make([]Line, len(c.Lines)), Faults: make([]errs.Field, len(c.Lines))}
	if err := s.require(ctx, a, q.Rel, "order", "place"); err != nil {
		return Quoted{}, err
	}
	products := make([]id.ID, len(c.Lines))
	for i, l := range c.Lines {
		products[i] = l.Product
	}
	items, _, err := s.Prices.Items(ctx, d.PriceList, d.Country, products, on)
	if err != nil {
		return Quoted{}, fmt.Errorf("prices of list %d: %w", d.PriceList, err)
	}
	r := pricing{d.Currency, d.VATRegistered, d.PricesIncludeVAT}
	for i, ask := range c.Lines {
		q.Lines[i], q.Faults[i] = r.line(items, ask)
		q.Net += q.Lines[i].Net
		q.Tax += q.Lines[i].Tax
	}
	q.Total = q.Net + q.Tax
	return q, nil
}

// Usual is a product that a buyer orders again and again from a seller: how often within the time, and how much of it the last time.
type Usual struct {
	Product id.ID
	Orders  int64
	Last    clock.Date
	Unit    string
	UnitQty qty.Qty
}

// mostUsual is how many products Usual answers.
const mostUsual = 60

// Usual are the products that the buyer ordered from the seller since a day, the most frequent first. The acting organisation is one
// of the two, or the agent of the orders.
//
// Right: order place, as whoever the actor is between the two. Errors: order.no_agreement, not_found.
func (s *Service) Usual(ctx context.Context, a access.Actor, seller, buyer id.ID, since clock.Date) ([]Usual, error) {
	c := Place{Seller: seller, Buyer: buyer}
	q, err := s.Quote(ctx, a, c)
	if err != nil {
		return nil, err
	}
	cond, args := "", []any{q.Deal.Seller, q.Deal.Buyer}
	if q.Rel == access.Agent { // an agent knows the orders that went through it
		cond, args = " AND o.agent = ?", append(args, a.Org)
	}
	var rows []struct {
		Product, LastOrder id.ID
		Orders             int64
	}
	err = s.DB.R(ctx).Raw(`SELECT l.product, COUNT(DISTINCT o.id) AS orders, MAX(o.id) AS last_order FROM orders o JOIN order_line l ON l.order_id = o.id
 WHERE o.seller = ? AND o.buyer = ?`+cond+` AND o.kind = 'sale' AND o.ordered_on >= ? AND o.status NOT IN ('cancelled', 'rejected')
 GROUP BY l.product ORDER BY orders DESC, last_order DESC, l.product LIMIT ?`, append(args, since, mostUsual)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("usual goods of %d from %d: %w", buyer, seller, err)
	}
	out, orders, at := make([]Usual, len(rows)), []id.ID{}, map[id.ID]int{}
	for i, r := range rows {
		out[i] = Usual{Product: r.Product, Orders: r.Orders}
		orders, at[r.Product] = append(orders, r.LastOrder), i
	}
	if len(rows) == 0 {
		return nil, nil
	}
	var last []struct {
		OrderID, Product id.ID
		OrderedOn        clock.Date
		Unit             string
		UnitQty          qty.Qty
	}
	err = s.DB.R(ctx).Raw("SELECT l.order_id, l.product, o.ordered_on, l.unit, l.unit_qty FROM order_line l"+s.DB.InOrder()+`orders o ON o.id = l.order_id
 WHERE o.seller = ? AND o.buyer = ? AND l.order_id IN ? ORDER BY l.order_id, l.line`, q.Deal.Seller, q.Deal.Buyer, orders).Scan(&last).Error
	if err != nil {
		return nil, fmt.Errorf("last orders of %d from %d: %w", buyer, seller, err)
	}
	for _, l := range last {
		if i, ok := at[l.Product]; ok && rows[i].LastOrder == l.OrderID {
			out[i].Last, out[i].Unit, out[i].UnitQty = l.OrderedOn, l.Unit, l.UnitQty
		}
	}
	return out, nil
}
