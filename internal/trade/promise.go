package trade

import (
	"context"
	"fmt"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// Holding is goods at a position: what other contexts say of goods that are about to be used.
type Holding struct {
	Pos ledger.Position
	Qty qty.Qty
}

// BringTitle adds to a post what makes org the owner of goods that it holds, hop by hop, and says where they stand then. It is for
// contexts that use goods up; their own use case has asked for the right.
func (s *Service) BringTitle(ctx context.Context, p *ledger.Post, at clock.Instant, org id.ID, goods []Holding) ([]Holding, error) {
	g := s.passage(p, at)
	var out []Holding
	for _, x := range goods {
		ups, err := g.mustBring(ctx, x.Pos, org, x.Qty)
		if err != nil {
			return nil, err
		}
		for _, up := range ups {
			out = append(out, Holding(up))
		}
	}
	g.finish()
	return out, nil
}

// promised is a line that holds stock, and the version of its order.
type promised struct {
	OrderID id.ID
	Version int64
	Line    int64
	Held    qty.Qty
}

// promisePage is how many promises, or orders, one query reads.
var promisePage = 500

// promises of a seller on a product that come after a line in the order of taking back: the newest orders first. The first page
// comes after the zero line.
func (s *Service) promises(ctx context.Context, seller, product id.ID, after promised) (rows []promised, err error) {
	cond, args := "", []any{seller, product}
	if after.OrderID != 0 {
		cond, args = " AND (l.order_id < ? OR (l.order_id = ? AND l.line < ?))", append(args, after.OrderID, after.OrderID, after.Line)
	}
	err = s.DB.R(ctx).Raw(`SELECT l.order_id, o.version, l.line, l.held FROM order_line l JOIN orders o ON o.id = l.order_id
 WHERE o.seller = ? AND l.product = ? AND l.held > 0`+cond+" ORDER BY l.order_id DESC, l.line DESC LIMIT ?", append(args, promisePage)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("promises of %d: %w", seller, err)
	}
	return rows, nil
}

// ShrinkPromises adds to a post what lowers the promises of a seller on a product by n, the newest orders first: what they held
// becomes back-order. It is for contexts that take stock out of sale. It reads no further than n reaches.
func (s *Service) ShrinkPromises(ctx context.Context, p *ledger.Post, seller, product id.ID, n qty.Qty) error {
	var last promised
	for n > 0 {
		rows, err := s.promises(ctx, seller, product, last)
		if err != nil {
			return err
		}
		for _, r := range rows {
			m := min(n, r.Held)
			if m <= 0 {
				break
			}
			if r.OrderID != last.OrderID {
				p.Advance(ordersT, r.OrderID, r.Version)
			}
			last = r
			p.Change(orderLineT, []int64{int64(r.OrderID), r.Line}, ledger.Set{Col: "held", Before: r.Held, After: r.Held - m})
			p.Hold(seller, product, -m)
			n -= m
		}
		if len(rows) < promisePage {
			break
		}
	}
	return nil
}
