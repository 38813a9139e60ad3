package trade

import (
	"context"
	"database/sql"
	"fmt"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

type orderRow struct {
	ID                                    id.ID
	Number, Kind                          string
	Seller, Buyer, Agent, Link, Agreement id.ID
	SellerName, BuyerName, AgentName      string
	PlacedBy, Currency, Status            string
	Net, Tax, Total, CreditHeld           money.Minor
	ShipFrom, DeliverTo, ReturnOf         id.ID
	OrderedOn, WantedOn                   clock.Date
	PlacedUs                              clock.Instant
	Reference, Note                       string
	Version, Seq                          int64
	Blind                                 bool `gorm:"-"` // the reader may not see money: amounts are zero
}

const orderColumns = `o.id, o.number, o.kind, o.seller, o.buyer, o.agent, o.link, o.agreement, o.placed_by, o.currency, o.status, o.net,
 o.tax, o.total, o.credit_held, o.ship_from, o.deliver_to, o.return_of, o.ordered_on, o.wanted_on, o.placed_us, o.reference, o.note,
 o.version, o.seq, COALESCE(s.name, '') AS seller_name, COALESCE(b.name, '') AS buyer_name, COALESCE(g.name, '') AS agent_name`

const orderJoins = ` LEFT JOIN org s ON s.id = o.seller LEFT JOIN org b ON b.id = o.buyer LEFT JOIN org g ON g.id = o.agent`

func (r orderRow) order() Order {
	return Order{ID: r.ID, Number: r.Number, Kind: r.Kind, Seller: r.Seller, Buyer: r.Buyer, Agent: r.Agent, Link: r.Link, Agreement: r.Agreement,
		SellerName: r.SellerName, BuyerName: r.BuyerName, AgentName: r.AgentName,
		PlacedBy: r.PlacedBy, Currency: r.Currency, Status: Status(r.Status), Net: r.Net, Tax: r.Tax, Total: r.Total, CreditHeld: r.CreditHeld,
		ShipFrom: r.ShipFrom, DeliverTo: r.DeliverTo, ReturnOf: r.ReturnOf, OrderedOn: r.OrderedOn, WantedOn: r.WantedOn, Placed: r.PlacedUs,
		Reference: r.Reference, Note: r.Note, Version: r.Version, Seq: r.Seq}
}

// row is the order as the ledger files it.
func (o Order) row() ledger.Row {
	return ordersT.Row(o.ID, o.Number, o.Kind, o.Seller, o.Buyer, o.Agent, o.Link, o.Agreement, o.PlacedBy, o.Currency, string(o.Status),
		o.Net, o.Tax, o.Total, o.CreditHeld, o.ShipFrom, o.DeliverTo, o.ReturnOf, o.OrderedOn, o.WantedOn, o.Placed, o.Reference, o.Note, o.Version)
}

func (l Line) row(order id.ID) ledger.Row {
	return orderLineT.Row(order, l.N, l.Product, l.Unit, l.UnitQty, l.Qty, l.Price, l.Net, l.TaxBase, l.Tax, l.TaxCode, l.Purpose, l.Dir,
		l.Held, l.Allotted, l.Dispatched, l.Delivered, l.Invoiced, l.Returned, l.Cancelled, l.Forgone)
}

// order reads an order with its lines, as one of its parties sees it.
func (s *Service) order(ctx context.Context, viewer, order id.ID) (Order, error) {
	var r orderRow
	err := s.each(ctx, r.scan, "SELECT "+orderColumns+" FROM orders o"+orderJoins+" WHERE o.id = ? AND (o.seller = ? OR o.buyer = ? OR o.agent = ?)",
		order, viewer, viewer, viewer)
	if err != nil {
		return Order{}, fmt.Errorf("read order %d: %w", order, err)
	}
	if r.ID == 0 || viewer == 0 {
		return Order{}, errs.Gone()
	}
	o := r.order()
	if o.Lines, err = s.lines(ctx, viewer, order); err != nil {
		return Order{}, err
	}
	return o, s.uneven(ctx, &o)
}

func (s *Service) lines(ctx context.Context, viewer, order id.ID) (out []Line, err error) {
	err = s.each(ctx, func(rows *sql.Rows) error {
		var l Line
		err := l.scan(rows)
		out = append(out, l)
		return err
	}, "SELECT "+lineColumns+` FROM order_line l JOIN orders o ON o.id = l.order_id LEFT JOIN product p ON p.id = l.product
 WHERE l.order_id = ? AND (o.seller = ? OR o.buyer = ? OR o.agent = ?) ORDER BY l.line`, order, viewer, viewer, viewer)
	if err != nil {
		return nil, fmt.Errorf("read the lines of order %d: %w", order, err)
	}
	return out, nil
}

// changeLine adds to the post what differs between two states of a line.
func changeLine(p *ledger.Post, order id.ID, was, is Line) {
	var set []ledger.Set
	add := func(col string, before, after int64) {
		if before != after {
			set = append(set, ledger.Set{Col: col, Before: before, After: after})
		}
	}
	if was.Unit != is.Unit {
		set = append(set, ledger.Set{Col: "unit", Before: was.Unit, After: is.Unit})
	}
	add("unit_qty", int64(was.UnitQty), int64(is.UnitQty))
	add("qty", int64(was.Qty), int64(is.Qty))
	add("price", int64(was.Price), int64(is.Price))
	add("net", int64(was.Net), int64(is.Net))
	add("tax_base", int64(was.TaxBase), int64(is.TaxBase))
	add("tax", int64(was.Tax), int64(is.Tax))
	add("held", int64(was.Held), int64(is.Held))
	add("allotted", int64(was.Allotted), int64(is.Allotted))
	add("dispatched", int64(was.Dispatched), int64(is.Dispatched))
	add("delivered", int64(was.Delivered), int64(is.Delivered))
	add("invoiced", int64(was.Invoiced), int64(is.Invoiced))
	add("returned", int64(was.Returned), int64(is.Returned))
	add("cancelled", int64(was.Cancelled), int64(is.Cancelled))
	add("forgone", int64(was.Forgone), int64(is.Forgone))
	if len(set) > 0 {
		p.Change(orderLineT, []int64{int64(order), is.N}, set...)
	}
}

// advance adds to the post everything that differs between two states of an order: the header, guarded by its version, the
// lines, the stock and the credit that the difference promises or releases. New lines are filed.
func advance(p *ledger.Post, was, is Order, c money.Currency) {
	var set []ledger.Set
	if was.Status != is.Status {
		set = append(set, ledger.Set{Col: "status", Before: string(was.Status), After: string(is.Status)})
	}
	for _, m := range []struct {
		col           string
		before, after money.Minor
	}{{"net", was.Net, is.Net}, {"tax", was.Tax, is.Tax}, {"total", was.Total, is.Total}, {"credit_held", was.CreditHeld, is.CreditHeld}} {
		if m.before != m.after {
			set = append(set, ledger.Set{Col: m.col, Before: m.before, After: m.after})
		}
	}
	p.Advance(ordersT, was.ID, was.Version, set...)
	p.Credit(was.Seller, was.Buyer, c, is.CreditHeld-was.CreditHeld)
	holds := newTally()
	for i, l := range is.Lines {
		if i >= len(was.Lines) {
			p.File(l.row(was.ID))
			holds.add(l.Product, l.Held)
			continue
		}
		changeLine(p, was.ID, was.Lines[i], l)
		holds.add(l.Product, l.Held-was.Lines[i].Held)
	}
	holds.each(func(product id.ID, n qty.Qty) { p.Hold(was.Seller, product, n) })
}

// tally sums quantities by product and keeps the order of first mention, so that a post reads the same every time.
type tally struct {
	n     map[id.ID]qty.Qty
	order []id.ID
}

func newTally() *tally { return &tally{n: map[id.ID]qty.Qty{}} }

func (t *tally) add(product id.ID, n qty.Qty) {
	if n == 0 {
		return
	}
	if _, ok := t.n[product]; !ok {
		t.order = append(t.order, product)
	}
	t.n[product] += n
}

func (t *tally) each(f func(product id.ID, n qty.Qty)) {
	for _, p := range t.order {
		f(p, t.n[p])
	}
}

// clone is an order whose lines may be changed without changing the original's.
func (o Order) clone() Order {
	o.Lines = append([]Line(nil), o.Lines...)
	return o
}

// sum sets the order's amounts to those of its lines.
func (o *Order) sum() {
	o.Net, o.Tax = 0, 0
	for _, l := range o.Lines {
		o.Net += l.Net
		o.Tax += l.Tax
	}
	o.Total = o.Net + o.Tax
}

// settled tells that the order's invoices have nothing open.
//
// What a step decides by it, the stage of the order and the title that comes with payment, must not be overtaken by a payment, a
// credit note or a bounce beside it: the post, where there is one, advances those invoices, as whatever settles them does.
func (s *Service) settled(ctx context.Context, p *ledger.Post, o Order) (bool, error) {
	var rows []struct {
		ID             id.ID
		Version        int64
		Total, Settled money.Minor
	}
	// +seller: SQLite would read all invoices of the seller, since an index gives them in the order that is asked for.
	err := s.DB.R(ctx).Raw("SELECT id, version, total, settled FROM invoice WHERE order_id = ? AND +seller = ? AND kind = 'invoice' ORDER BY id",
		o.ID, o.Seller).Scan(&rows).Error
	if err != nil {
		return false, fmt.Errorf("invoices of order %d: %w", o.ID, err)
	}
	settled := true
	for _, v := range rows {
		settled = settled && v.Settled >= v.Total
		if p != nil && !p.Advances(v.ID) {
			p.Advance(invoiceT, v.ID, v.Version)
		}
	}
	return settled, nil
}
