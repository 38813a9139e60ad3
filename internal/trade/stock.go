package trade

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// lotSells tells whether a lot may be sold at an instant: neither recalled nor expired.
func (s *Service) lotSells(ctx context.Context, lot id.ID, at clock.Instant) (bool, error) {
	var rows []struct {
		Status    string
		ExpiresOn clock.Date
	}
	if err := s.DB.R(ctx).Raw("SELECT status, expires_on FROM lot WHERE id = ?", lot).Scan(&rows).Error; err != nil {
		return false, fmt.Errorf("read lot %d: %w", lot, err)
	}
	if len(rows) == 0 {
		return false, nil
	}
	return sells(rows[0].Status, rows[0].ExpiresOn, at), nil
}

// sells: the expiry date itself is the last day on which a lot is sold.
func sells(status string, expires clock.Date, at clock.Instant) bool {
	return status == "ok" && (expires == "" || expires >= at.In("UTC"))
}

// picker chooses goods for one post, first expired first, and never the same goods twice.
type picker struct {
	s    *Service
	pool map[id.ID][]goodsAt // by product, in the order of choice
}

type goodsAt struct {
	pos     ledger.Position
	n       qty.Qty
	expires clock.Date
}

// picker reads what a seller has that it may sell: in its own warehouses, its own goods and those that it may resell before
// title; what is expired or recalled is left out. Goods of the warehouse first come before others of the same expiry.
func (s *Service) picker(ctx context.Context, seller, first id.ID, products []id.ID, at clock.Instant) (*picker, error) {
	k := &picker{s, map[id.ID][]goodsAt{}}
	slices.Sort(products)
	for chunk := range slices.Chunk(slices.Compact(products), 500) {
		var rows []struct {
			Lot, Product, Owner, Place, Bearer id.ID
			Posted                             qty.Qty
			Status                             string
			ExpiresOn                          clock.Date
		}
		err := s.DB.R(ctx).Raw(`SELECT a.unit AS lot, a.product, a.owner, a.place, a.bearer, b.posted, l.status, l.expires_on
 FROM account a JOIN balance b ON b.acct = a.acct JOIN lot l ON l.id = a.unit
 WHERE a.book = 1 AND a.seller = ? AND a.product IN ? AND a.place IN (SELECT id FROM place WHERE org = ?) AND b.posted > 0`,
			seller, chunk, seller).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("goods of %d: %w", seller, err)
		}
		for _, r := range rows {
			if sells(r.Status, r.ExpiresOn, at) {
				k.pool[r.Product] = append(k.pool[r.Product], goodsAt{ledger.Position{Lot: r.Lot, Product: r.Product, Owner: r.Owner,
					Place: r.Place, Bearer: r.Bearer, Seller: seller}, r.Posted, r.ExpiresOn})
			}
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
	return cmp.Or(cmp.Compare(last(x.expires), last(y.expires)), cmp.Compare(far(x.pos.Place), far(y.pos.Place)),
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
