package trade

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/qty"
)

// View is an order as its page shows it to one of its parties.
type View struct {
	Order
	Rel       access.Rel
	Actions   []Action // what this side may do now; whether the person may is the Gate's
	Shipments []Shipment
	Returns   []OrderRow
	Timeline  []Event
	Lanes     []Lane
	ToCredit  []BillLine // by order line: what was invoiced, will not come, and is not credited yet
}

// toCredit is what of an order was invoiced and is not the buyer's to pay for: short, damaged or refused goods that were not its own,
// what was cancelled after it was invoiced, and what came back, where the return broke off before its credit note. The invoice stands
// until the seller writes a credit note, because the two may agree on another delivery instead.
func (s *Service) toCredit(ctx context.Context, o Order) (out []BillLine, err error) {
	due := func(l Line) qty.Qty { return max(0, l.tooMuch()) + l.Returned - l.Forgone }
	if !slices.ContainsFunc(o.Lines, func(l Line) bool { return due(l) > 0 }) {
		return nil, nil
	}
	credited, err := s.creditedLines(ctx, o)
	if err != nil {
		return nil, err
	}
	for _, l := range o.Lines {
		if n := due(l) - credited[l.N]; n > 0 {
			out = append(out, BillLine{Line: l.N, Qty: n})
		}
	}
	return out, nil
}

// Order reads one order with everything around it: by seller, buyer or the agent between them.
func (s *Service) Order(ctx context.Context, a access.Actor, order id.ID) (View, error) {
	o, err := s.order(ctx, a.Org, order)
	if err != nil {
		return View{}, err
	}
	v := View{Order: o, Rel: o.Rel(a.Org)}
	if err := s.require(ctx, a, v.Rel, "order", "read"); err != nil {
		return View{}, err
	}
	v.Actions = o.Actions(v.Rel)
	if v.ToCredit, err = s.toCredit(ctx, o); err != nil {
		return View{}, err
	}
	if v.Shipments, err = s.shipmentsWhere(ctx, a.Org, "h.order_id = ?", order); err != nil {
		return View{}, err
	}
	for i := range v.Shipments {
		v.Shipments[i].veil(a.Org)
	}
	err = s.DB.R(ctx).Raw("SELECT "+orderColumns+" FROM orders o"+orderJoins+
		" WHERE o.return_of = ? AND (o.seller = ? OR o.buyer = ? OR o.agent = ?) ORDER BY o.id", order, a.Org, a.Org, a.Org).Scan(&v.Returns).Error
	if err != nil {
		return View{}, fmt.Errorf("returns of order %d: %w", order, err)
	}
	if v.Timeline, v.Lanes, err = s.story(ctx, a.Org, v); err != nil {
		return View{}, err
	}
	s.hideRows(ctx, a, v.Returns)
	if v.Order = s.seen(ctx, a, v.Order); v.Blind {
		v.hide()
	}
	return v, nil
}

// Bare reads one order with its lines alone.
func (s *Service) Bare(ctx context.Context, a access.Actor, order id.ID) (Order, error) {
	o, err := s.order(ctx, a.Org, order)
	if err != nil {
		return Order{}, err
	}
	if err := s.require(ctx, a, o.Rel(a.Org), "order", "read"); err != nil {
		return Order{}, err
	}
	return s.seen(ctx, a, o), nil
}

// OrderRow is an order in a list: without its lines.
type OrderRow = orderRow

// Orders lists orders, newest first. Filter: side (selling, buying, agent; none: all), status, partner (an organisation's id),
// from and to (dates of the order, both included), kind (sale, return), number (exact), find (a number, or a
// part of one), product, counter (the id of the
// own consumer of walk-in sales: sales over the counter alone). Sort: "-id" or "id".
func (s *Service) Orders(ctx context.Context, a access.Actor, q list.Query) (list.Page[OrderRow], error) {
	var none list.Page[OrderRow]
	if err := s.require(ctx, a, access.Own, "order", "list"); err != nil {
		return none, err
	}
	w, err := s.ordersWhere(ctx, a, q)
	if err != nil {
		return none, err
	}
	order, err := w.page("o.id", q)
	if err != nil {
		return none, err
	}
	key := func(r orderRow) list.Key { return list.Key{ID: int64(r.ID)} }
	rows, err := fromSides(w.sides(), func(w *filters) (rows []orderRow, err error) {
		return rows, s.DB.R(ctx).Raw("SELECT "+orderColumns+" FROM orders o"+orderJoins+" WHERE "+w.text()+order, append(w.args, q.Limit()+1)...).Scan(&rows).Error
	}, key, q.Sort != "id")
	if err != nil {
		return none, fmt.Errorf("list orders: %w", err)
	}
	s.hideRows(ctx, a, rows)
	return list.Cut(rows, q.Limit(), key), nil
}

// ordersWhere is the filter of a list of orders.
func (s *Service) ordersWhere(ctx context.Context, a access.Actor, q list.Query) (*filters, error) {
	w, err := sided("o.", a.Org, q.Filter)
	if err != nil {
		return nil, err
	}
	if v := q.Filter["counter"]; v != "" { // read by the index of the buyer: the seller's may hold thousands of other orders between
		c, err := id.Parse(v)
		if err != nil {
			return nil, errs.OnFields("list.bad_filter", errs.F("counter", "list.bad_filter"))
		}
		w = &filters{}
		w.add("o.buyer = ? AND o.seller + 0 = ?", c, a.Org)
	}
	if v := q.Filter["status"]; v != "" {
		var known []string
		for _, x := range strings.Split(v, ",") {
			if !slices.Contains(Statuses, Status(x)) {
				return nil, errs.OnFields("list.bad_filter", errs.F("status", "list.bad_filter"))
			}
			known = append(known, x)
		}
		w.add("o.status IN ?", known)
	}
	if v := q.Filter["kind"]; v != "" {
		w.add("o.kind = ?", v)
	}
	if v := q.Filter["find"]; v != "" {
		cond, args, err := s.byNumber(ctx, orderPapers, a, v, "o")
		if err != nil {
			return nil, err
		}
		w.add(cond, args...)
		w.any = nil // few, by their ids
	}
	if v := q.Filter["number"]; v != "" {
		w.add("(o.number = ? OR o.reference = ?)", v, v)
	}
	if v := q.Filter["product"]; v != "" {
		p, err := id.Parse(v)
		if err != nil {
			return nil, errs.OnFields("list.bad_filter", errs.F("product", "list.bad_filter"))
		}
		w.add("EXISTS (SELECT 1 FROM order_line l WHERE l.order_id = o.id AND l.product = ?)", p)
	}
	if err := w.dates("o.ordered_on", q.Filter); err != nil {
		return nil, err
	}
	return w, nil
}

// Shipments lists shipments, newest first, without their lines; to a carrier those that it carries. Filter: side, status, partner, find (a number), from and to (dispatched, UTC).
func (s *Service) Shipments(ctx context.Context, a access.Actor, q list.Query) (list.Page[Shipment], error) {
	var none list.Page[Shipment]
	if err := s.require(ctx, a, access.Own, "shipment", "list"); err != nil {
		return none, err
	}
	w, err := sided("h.", a.Org, q.Filter)
	if a.Kind == "carrier" && q.Filter["side"] == "" {
		w, err = &filters{}, nil
		w.add("h.carrier = ?", a.Org)
		if v := q.Filter["partner"]; v != "" {
			p, err := id.Parse(v)
			if err != nil {
				return none, errs.OnFields("list.bad_filter", errs.F("partner", "list.bad_filter"))
			}
			w.add("(h.seller = ? OR h.buyer = ?)", p, p)
		}
	}
	if err != nil {
		return none, err
	}
	if v := q.Filter["status"]; v != "" {
		w.add("h.status IN ?", strings.Split(v, ","))
	}
	if v := q.Filter["kind"]; v != "" {
		w.add("h.kind = ?", v)
	}
	if v := q.Filter["find"]; v != "" {
		cond, args, err := s.byNumber(ctx, shipmentPapers, a, v, "h")
		if err != nil {
			return none, err
		}
		w.add(cond, args...)
		w.any = nil // few, by their ids
	}
	for field, op := range map[string]string{"from": ">=", "to": "<"} {
		if v := q.Filter[field]; v != "" {
			d, err := clock.ParseDate(v)
			if err != nil {
				return none, errs.OnFields("list.bad_filter", errs.F(field, "date_malformed"))
			}
			if field == "to" {
				d = d.AddDays(1)
			}
			w.add("h.dispatched_us "+op+" ?", clock.At(d.Time()))
		}
	}
	order, err := w.page("h.id", q)
	if err != nil {
		return none, err
	}
	rows, err := fromSides(w.sides(), func(w *filters) (rows []shipmentRow, err error) {
		return rows, s.DB.R(ctx).Raw("SELECT "+shipmentColumns+" FROM shipment h"+shipmentJoins+" WHERE "+w.text()+order, append(w.args, q.Limit()+1)...).Scan(&rows).Error
	}, func(r shipmentRow) list.Key { return list.Key{ID: int64(r.ID)} }, q.Sort != "id")
	if err != nil {
		return none, fmt.Errorf("list shipments: %w", err)
	}
	out := make([]Shipment, len(rows))
	for i, r := range rows {
		out[i] = r.shipment()
	}
	return list.Cut(out, q.Limit(), func(h Shipment) list.Key { return list.Key{ID: int64(h.ID)} }), nil
}

// filters collects conditions; the first one names the viewer.
type filters struct {
	parts []string
	args  []any
	any   []string // conditions of which the first part is one or the other, about org
	org   id.ID
}

func (w *filters) add(cond string, args ...any) {
	w.parts = append(w.parts, cond)
	w.args = append(w.args, args...)
}

func (w *filters) text() string { return strings.Join(w.parts, " AND ") }

// sides are the condition once for each side that it leaves open: each is read by its own index.
func (w *filters) sides() (out []*filters) {
	if w.any == nil {
		return []*filters{w}
	}
	for _, side := range w.any {
		out = append(out, &filters{parts: append([]string{side}, w.parts[1:]...), args: append([]any{w.org}, w.args[len(w.any):]...)})
	}
	return out
}

// sided begins a condition with the viewer's side, and the partner on the other one.
func sided(t string, org id.ID, f map[string]string) (*filters, error) {
	w := &filters{}
	switch f["side"] {
	case "selling":
		w.add(t+"seller = ?", org)
	case "buying":
		w.add(t+"buyer = ?", org)
	case "agent":
		w.add(t+"agent = ?", org)
	case "":
		w.add("("+t+"seller = ? OR "+t+"buyer = ? OR "+t+"agent = ?)", org, org, org)
		w.any, w.org = []string{t + "seller = ?", t + "buyer = ?", t + "agent = ?"}, org
	default:
		return nil, errs.OnFields("list.bad_filter", errs.F("side", "list.bad_filter"))
	}
	if v := f["partner"]; v != "" {
		p, err := id.Parse(v)
		if err != nil {
			return nil, errs.OnFields("list.bad_filter", errs.F("partner", "list.bad_filter"))
		}
		w.add("("+t+"seller = ? OR "+t+"buyer = ? OR "+t+"agent = ?)", p, p, p)
	}
	return w, nil
}

func (w *filters) dates(col string, f map[string]string) error {
	for field, op := range map[string]string{"from": " >= ?", "to": " <= ?"} {
		if v := f[field]; v != "" {
			d, err := clock.ParseDate(v)
			if err != nil {
				return errs.OnFields("list.bad_filter", errs.F(field, "date_malformed"))
			}
			w.add(col+op, d)
		}
	}
	return nil
}

// page adds the cursor and gives ORDER BY and LIMIT ?.
func (w *filters) page(col string, q list.Query) (string, error) {
	dir, op := " DESC", " < ?"
	switch q.Sort {
	case "", "-id":
	case "id":
		dir, op = "", " > ?"
	default:
		return "", errs.OnFields("list.bad_sort", errs.F("sort", "list.bad_sort"))
	}
	k, ok, err := q.After()
	if err != nil {
		return "", err
	}
	if ok {
		w.add(col+op, k.ID)
	}
	return " ORDER BY " + col + dir + " LIMIT ?", nil
}
