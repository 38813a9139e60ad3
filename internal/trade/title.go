package trade

import (
	"context"
	"fmt"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// passage gathers what passes title within one post: it emits the moves at once, in order, hop by hop, and at the end the
// changes of the shipment lines whose "titled" grew (or shrank). One post has one passage.
type passage struct {
	s     *Service
	p     *ledger.Post
	at    clock.Instant // when the post is effective
	lines map[shipKey]*shipLine
	order []shipKey // as first met: changes are written in this order
	drift map[ledger.Position]qty.Qty
	deals map[id.ID]Deal
}

type shipKey struct {
	Shipment id.ID
	N        int64
}

// shipLine is a shipment line with what title needs of its shipment and order.
type shipLine struct {
	ShipmentID, OrderID id.ID
	N, OrderLine        int64
	Product, Lot        id.ID
	Seller, Buyer       id.ID
	Received, Titled    qty.Qty // Received: what the buyer got and pays for, damaged goods at its risk included
	Returned            qty.Qty
	Version             int64
	OrderedOn           clock.Date
	Agreement           id.ID
	Currency            string
	grown, gone         qty.Qty // of titled and returned, by this post
}

// left is what the buyer got, kept, and has no title to yet.
func (l *shipLine) left() qty.Qty { return max(0, l.Received-l.Returned-l.gone-l.Titled-l.grown) }

func (l *shipLine) key() shipKey { return shipKey{l.ShipmentID, l.N} }

// stand is a quantity at a position.
type stand struct {
	Pos ledger.Position
	Qty qty.Qty
}

func (s *Service) passage(p *ledger.Post, at clock.Instant) *passage {
	return &passage{s: s, p: p, at: at, lines: map[shipKey]*shipLine{}, drift: map[ledger.Position]qty.Qty{}, deals: map[id.ID]Deal{}}
}

// bring makes org the owner of n at from, by passing title through every owner in turn: what each holder had received and not
// paid is titled, oldest shipment first. It answers where the goods stand then (the bearer may differ); less than n where the
// chain of shipments does not lead from the owner to org.
func (g *passage) bring(ctx context.Context, from ledger.Position, org id.ID, n qty.Qty) ([]stand, error) {
	return g.bringBy(ctx, from, org, n, map[id.ID]bool{})
}

func (g *passage) bringBy(ctx context.Context, from ledger.Position, org id.ID, n qty.Qty, path map[id.ID]bool) ([]stand, error) {
	if from.Owner == org {
		return []stand{{from, n}}, nil
	}
	if path[org] {
		return nil, nil
	}
	path[org] = true
	defer delete(path, org)
	lines, err := g.untitled(ctx, "l.lot = ? AND sh.buyer = ?", from.Lot, org)
	if err != nil {
		return nil, err
	}
	var out []stand
	for _, l := range lines {
		m := min(n, l.left())
		if m <= 0 {
			continue
		}
		ups, err := g.bringBy(ctx, from, l.Seller, m, path)
		if err != nil {
			return nil, err
		}
		for _, up := range ups {
			to, err := g.hop(ctx, up, l)
			if err != nil {
				return nil, err
			}
			out = append(out, stand{to, up.Qty})
			n -= up.Qty
		}
	}
	return out, nil
}

// mustBring is bring for who acts as the owner: where the chain does not lead to it, it may not.
func (g *passage) mustBring(ctx context.Context, from ledger.Position, org id.ID, n qty.Qty) ([]stand, error) {
	got, err := g.bring(ctx, from, org, n)
	if err != nil {
		return nil, err
	}
	for _, s := range got {
		n -= s.Qty
	}
	if n > 0 {
		return nil, errs.New(errs.Conflict, "title.not_yours", "lot", from.Lot.String(), "missing", n.String())
	}
	return got, nil
}

// hop passes title of what stands at up from the seller of a shipment line to its buyer. The risk goes along where the terms
// say so and the seller still bears it.
func (g *passage) hop(ctx context.Context, up stand, l *shipLine) (ledger.Position, error) {
	d, err := g.deal(ctx, l)
	if err != nil {
		return ledger.Position{}, err
	}
	to := up.Pos
	to.Owner = l.Buyer
	if d.RiskOn == "title" && to.Bearer == l.Seller {
		to.Bearer = l.Buyer
	}
	if to.Seller == 0 {
		if to.Seller, err = g.sellableBy(ctx, to); err != nil {
			return to, err
		}
	}
	g.p.Move(up.Pos, to, up.Qty)
	g.drift[up.Pos] -= up.Qty
	g.drift[to] += up.Qty
	l.grown += up.Qty
	return to, nil
}

// sellableBy is whose sellable stock goods become that their holder has come to own: the owner's, in its own warehouse, where
// the lot may be sold; else nobody's.
func (g *passage) sellableBy(ctx context.Context, pos ledger.Position) (id.ID, error) {
	var zones []string
	err := g.s.DB.R(ctx).Raw("SELECT o.zone FROM place p JOIN org o ON o.id = p.org WHERE p.id = ? AND p.org = ? AND p.kind = 'warehouse'",
		pos.Place, pos.Owner).Scan(&zones).Error
	if err != nil || len(zones) == 0 {
		return 0, err
	}
	ok, err := g.s.lotSells(ctx, pos.Lot, g.at, zones[0])
	if err != nil || !ok {
		return 0, err
	}
	return pos.Owner, nil
}

func (g *passage) deal(ctx context.Context, l *shipLine) (Deal, error) {
	if d, ok := g.deals[l.OrderID]; ok {
		return d, nil
	}
	d, _, err := g.s.deal(ctx, l.Seller, Order{ID: l.OrderID, Seller: l.Seller, Buyer: l.Buyer, OrderedOn: l.OrderedOn, Agreement: l.Agreement, Currency: l.Currency})
	if err != nil {
		return Deal{}, err
	}
	g.deals[l.OrderID] = d
	return d, nil
}

// pass gives the buyer title to n of an order line that it holds: the point is reached (payment). Goods that are passed on,
// lost or used do not move. It answers what passed.
func (g *passage) pass(ctx context.Context, order id.ID, line int64, n qty.Qty) (passed qty.Qty, err error) {
	lines, err := g.untitled(ctx, "sh.order_id = ? AND l.order_line = ?", order, line)
	if err != nil {
		return 0, err
	}
	for _, l := range lines {
		m := min(n-passed, l.left())
		if m <= 0 {
			continue
		}
		stands, err := g.standing(ctx, l)
		if err != nil {
			return passed, err
		}
		for _, at := range stands {
			if m <= 0 {
				break
			}
			ups, err := g.bring(ctx, at.Pos, l.Seller, min(m, at.Qty))
			if err != nil {
				return passed, err
			}
			for _, up := range ups {
				if _, err := g.hop(ctx, up, l); err != nil {
					return passed, err
				}
				m -= up.Qty
				passed += up.Qty
			}
		}
	}
	return passed, nil
}

// back returns title of up to n of an order line to its seller, as far as the goods still stand in the buyer's warehouses as
// its own and are not promised to others. Risk that came with title goes back with it. What was ordered for end use is used up.
func (g *passage) back(ctx context.Context, order id.ID, line int64, n qty.Qty) error {
	lines, err := g.load(ctx, "sh.order_id = ? AND l.order_line = ? AND l.titled > 0 AND NOT EXISTS (SELECT 1 FROM order_line u WHERE u.order_id = sh.order_id AND u.line = l.order_line AND u.purpose = ?)",
		order, line, EndUse)
	if err != nil {
		return err
	}
	for i := len(lines) - 1; i >= 0 && n > 0; i-- {
		l := lines[i]
		m := min(n, l.Titled+l.grown)
		stands, err := g.found(ctx, l.Lot, l.Product, "a.owner = ? AND a.place IN (SELECT id FROM place WHERE org = ?)", l.Buyer, l.Buyer)
		if err != nil {
			return err
		}
		d, err := g.deal(ctx, l)
		if err != nil {
			return err
		}
		for _, at := range stands {
			k := min(m, at.Qty)
			to := at.Pos
			to.Owner = l.Seller
			if d.RiskOn == "title" && to.Bearer == l.Buyer {
				to.Bearer = l.Seller
			}
			if !d.ResaleBeforeTitle && to.Seller != 0 {
				to.Seller = 0
				if k, err = g.free(ctx, at.Pos, k); err != nil {
					return err
				}
			}
			if k <= 0 {
				continue
			}
			g.p.Move(at.Pos, to, k)
			g.drift[at.Pos] -= k
			g.drift[to] += k
			l.grown -= k
			m -= k
			n -= k
		}
	}
	return nil
}

// free is how much of n leaves the seller's sellable stock without breaking a promise that stands.
func (g *passage) free(ctx context.Context, pos ledger.Position, n qty.Qty) (qty.Qty, error) {
	var row struct{ Sellable, Held qty.Qty }
	err := g.s.DB.R(ctx).Raw("SELECT sellable, held FROM stock WHERE seller = ? AND product = ?", pos.Seller, pos.Product).Scan(&row).Error
	var gone qty.Qty
	for p, d := range g.drift {
		if p.Seller == pos.Seller && p.Product == pos.Product {
			gone += d
		}
	}
	return min(n, max(0, row.Sellable+gone-row.Held)), err
}

// returns notes that n of a shipment line go back, titled of them the buyer's own: a post that returns goods and settles
// invoices changes each shipment once.
func (g *passage) returns(ctx context.Context, shipment id.ID, line int64, n, titled qty.Qty) error {
	lines, err := g.load(ctx, "l.shipment_id = ? AND l.n = ?", shipment, line)
	if err != nil {
		return err
	}
	for _, l := range lines {
		l.gone += n
		l.grown -= titled
	}
	return nil
}

// finish writes what the shipment lines have become. Nothing may pass afterwards.
func (g *passage) finish() {
	advanced := map[id.ID]bool{}
	for _, k := range g.order {
		l := g.lines[k]
		if l.grown == 0 && l.gone == 0 {
			continue
		}
		if !advanced[k.Shipment] {
			advanced[k.Shipment] = true
			g.p.Advance(shipmentT, k.Shipment, l.Version)
		}
		var set []ledger.Set
		if l.grown != 0 {
			set = append(set, ledger.Set{Col: "titled", Before: l.Titled, After: l.Titled + l.grown})
		}
		if l.gone != 0 {
			set = append(set, ledger.Set{Col: "returned", Before: l.Returned, After: l.Returned + l.gone})
		}
		g.p.Change(shipmentLineT, []int64{int64(k.Shipment), k.N}, set...)
	}
}

// paidFor is what of a shipment line the buyer has to pay for because it has it.
const paidFor = "l.received + CASE WHEN l.bearer = sh.buyer THEN l.damaged ELSE 0 END"

// untitled finds shipment lines with goods that were received and not yet titled, oldest first.
func (g *passage) untitled(ctx context.Context, where string, args ...any) ([]*shipLine, error) {
	return g.load(ctx, where+" AND "+paidFor+" - l.returned > l.titled", args...)
}

func (g *passage) load(ctx context.Context, where string, args ...any) ([]*shipLine, error) {
	var rows []shipLine
	err := g.s.DB.R(ctx).Raw(`SELECT l.shipment_id, l.n, l.order_line, l.product, l.lot, `+paidFor+` AS received, l.titled, l.returned,
		sh.order_id, sh.seller, sh.buyer, sh.version, o.ordered_on, o.agreement, o.currency
		FROM shipment_line l JOIN shipment sh ON sh.id = l.shipment_id JOIN orders o ON o.id = sh.order_id
		WHERE sh.kind = 'out' AND `+where+` ORDER BY l.shipment_id, l.n`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("shipment lines for title: %w", err)
	}
	out := make([]*shipLine, 0, len(rows))
	for i := range rows {
		k := rows[i].key()
		if g.lines[k] == nil {
			g.lines[k] = &rows[i]
			g.order = append(g.order, k)
		}
		out = append(out, g.lines[k])
	}
	return out, nil
}
