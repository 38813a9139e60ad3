package trade

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// lotSells tells whether a lot may be sold at an instant by who keeps that zone's days: neither recalled nor expired.
func (s *Service) lotSells(ctx context.Context, lot id.ID, at clock.Instant, zone string) (ok bool, err error) {
	err = s.each(ctx, func(rows *sql.Rows) error {
		var status string
		var expires clock.Date
		err := rows.Scan(&status, &expires)
		ok = sells(status, expires, at.In(zone))
		return err
	}, "SELECT status, expires_on FROM lot WHERE id = ?", lot)
	if err != nil {
		return false, fmt.Errorf("read lot %d: %w", lot, err)
	}
	return ok, nil
}

// sells: the expiry date itself is the last day on which a lot is sold.
func sells(status string, expires, on clock.Date) bool {
	return status == "ok" && (expires == "" || expires >= on)
}

// picker chooses goods for one post, first expired first, and never the same goods twice.
type picker struct {
	pool map[id.ID][]goodsAt // by product, in the order of choice
	lots map[id.ID]lotOf     // that were taken
}

// picker reads what a seller has that it may sell: in its own warehouses, its own goods and those that it may resell before
// title; what is expired or recalled is left out. Goods of the warehouse first come before others of the same expiry.
func (s *Service) picker(ctx context.Context, seller, first id.ID, products []id.ID, at clock.Instant, zone string) (*picker, error) {
	k := &picker{map[id.ID][]goodsAt{}, map[id.ID]lotOf{}}
	slices.Sort(products)
	for chunk := range slices.Chunk(slices.Compact(products), 500) {
		err := s.sellableGoods(ctx, seller, chunk, at.In(zone), func(x goodsAt) { k.pool[x.pos.Product] = append(k.pool[x.pos.Product], x) })
		if err != nil {
			return nil, fmt.Errorf("goods of %d: %w", seller, err)
		}
	}
	for _, pool := range k.pool {
		slices.SortFunc(pool, func(x, y goodsAt) int { return x.compare(y, first) })
	}
	return k, nil
}

func (x goodsAt) compare(y goodsAt, first id.ID) int {
	last := func(d clock.Date) clock.Date {
		if d == "" {
			return "9999-12-31"
		}
		return d
	}
	far := func(p id.ID) int {
		if p == first {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(last(x.lot.expires), last(y.lot.expires)), cmp.Compare(far(x.pos.Place), far(y.pos.Place)),
		cmp.Compare(x.pos.Lot, y.pos.Lot), cmp.Compare(x.pos.Place, y.pos.Place), cmp.Compare(x.pos.Owner, y.pos.Owner),
		cmp.Compare(x.pos.Bearer, y.pos.Bearer))
}

// take chooses n of a product, of one lot if it is named. Where there is less it refuses with order.no_stock.
func (k *picker) take(product, lot id.ID, n qty.Qty, sku string) ([]stand, error) {
	var out []stand
	missing := n
	pool := k.pool[product]
	for i := range pool {
		g := &pool[i]
		m := min(missing, g.n)
		if m <= 0 || (lot != 0 && g.pos.Lot != lot) {
			continue
		}
		out = append(out, stand{g.pos, m})
		k.lots[g.pos.Lot] = g.lot
		g.n -= m
		missing -= m
	}
	if missing > 0 {
		return nil, errs.New(errs.Conflict, "order.no_stock", "sku", sku, "asked", n.String(), "available", (n - missing).String())
	}
	return out, nil
}

// goodsOf are the products of the lines that are goods.
func (o Order) goodsOf() []id.ID {
	var out []id.ID
	for _, l := range o.Lines {
		if !l.Service {
			out = append(out, l.Product)
		}
	}
	return out
}

// toBuyer is where goods stand once what has come about is applied: title and risk only ever go to the buyer here, and a
// consumer takes neither before the goods are used.
func (d Deal) toBuyer(pos ledger.Position, title, risk bool) ledger.Position {
	if d.BuyerKind == "consumer" {
		return pos
	}
	if title {
		pos.Owner = d.Buyer
	}
	if risk || (title && d.RiskOn == "title") {
		pos.Bearer = d.Buyer
	}
	return pos
}

// backToSeller is the position with what had passed to the buyer passed back.
func (o Order) backToSeller(pos ledger.Position) ledger.Position {
	if pos.Owner == o.Buyer {
		pos.Owner = o.Seller
	}
	if pos.Bearer == o.Buyer {
		pos.Bearer = o.Seller
	}
	return pos
}
