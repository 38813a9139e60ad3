package trade

import (
	"context"
	"database/sql"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// each runs a query of the hot paths past the mapper and hands over its rows one by one.
func (s *Service) each(ctx context.Context, row func(*sql.Rows) error, query string, args ...any) error {
	rows, err := s.DB.R(ctx).Statement.ConnPool.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// marks are n placeholders.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

func (r *orderRow) scan(rows *sql.Rows) error {
	return rows.Scan(&r.ID, &r.Number, &r.Kind, &r.Seller, &r.Buyer, &r.Agent, &r.Link, &r.Agreement, &r.PlacedBy, &r.Currency, &r.Status, &r.Net,
		&r.Tax, &r.Total, &r.CreditHeld, &r.ShipFrom, &r.DeliverTo, &r.ReturnOf, &r.OrderedOn, &r.WantedOn, &r.PlacedUs, &r.Reference, &r.Note,
		&r.Version, &r.Seq, &r.SellerName, &r.BuyerName, &r.AgentName)
}

const lineColumns = `l.line, l.product, COALESCE(p.sku, ''), COALESCE(p.name, ''), CASE WHEN p.kind = 'service' THEN 1 ELSE 0 END,
 COALESCE(p.base_unit, ''), COALESCE(p.decimals, 3), l.unit, l.unit_qty, l.qty, l.price, l.net, l.tax_base, l.tax, l.tax_code, l.purpose, l.dir,
 l.held, l.allotted, l.dispatched, l.delivered, l.invoiced, l.returned, l.cancelled, l.forgone`

func (l *Line) scan(rows *sql.Rows) error {
	return rows.Scan(&l.N, &l.Product, &l.SKU, &l.Name, &l.Service, &l.BaseUnit, &l.Decimals, &l.Unit, &l.UnitQty, &l.Qty, &l.Price, &l.Net, &l.TaxBase,
		&l.Tax, &l.TaxCode, &l.Purpose, &l.Dir, &l.Held, &l.Allotted, &l.Dispatched, &l.Delivered, &l.Invoiced, &l.Returned, &l.Cancelled, &l.Forgone)
}

const shipmentLineColumns = `l.shipment_id, l.n, l.order_line, l.product, COALESCE(p.sku, ''), COALESCE(p.name, ''), COALESCE(p.base_unit, ''), COALESCE(p.decimals, 3),
 l.lot, COALESCE(t.code, ''), COALESCE(t.expires_on, ''), l.owner, l.bearer, l.qty, l.received, l.damaged, l.short, l.refused, l.titled, l.returned`

// scan reads a line and answers the shipment that it is of.
func (l *ShipmentLine) scan(rows *sql.Rows) (ship id.ID, err error) {
	err = rows.Scan(&ship, &l.N, &l.OrderLine, &l.Product, &l.SKU, &l.Name, &l.BaseUnit, &l.Decimals, &l.Lot, &l.LotCode, &l.ExpiresOn, &l.Owner, &l.Bearer,
		&l.Qty, &l.Received, &l.Damaged, &l.Short, &l.Refused, &l.Titled, &l.Returned)
	return ship, err
}

// lotOf is what dispatching must know of a lot.
type lotOf struct {
	code    string
	expires clock.Date
}

// goodsAt is goods that may be chosen.
type goodsAt struct {
	pos ledger.Position
	n   qty.Qty
	lot lotOf
}

// sellableGoods reads what a seller may sell of some products, in no order; what is recalled or expired on a day is left out.
func (s *Service) sellableGoods(ctx context.Context, seller id.ID, products []id.ID, on clock.Date, found func(goodsAt)) error {
	args := []any{seller}
	for _, p := range products {
		args = append(args, p)
	}
	return s.each(ctx, func(rows *sql.Rows) error {
		x := goodsAt{pos: ledger.Position{Seller: seller}}
		var status string
		err := rows.Scan(&x.pos.Lot, &x.pos.Product, &x.pos.Owner, &x.pos.Place, &x.pos.Bearer, &x.n, &status, &x.lot.expires, &x.lot.code)
		if err == nil && sells(status, x.lot.expires, on) {
			found(x)
		}
		return err
	}, `SELECT a.unit, a.product, a.owner, a.place, a.bearer, b.posted, l.status, l.expires_on, l.code
 FROM place w JOIN account a ON a.place = w.id JOIN balance b ON b.acct = a.acct JOIN lot l ON l.id = a.unit
 WHERE w.org = ? AND a.product IN (`+marks(len(products))+`) AND a.book = 1 AND a.seller = w.org AND b.posted > 0`, args...)
}
