package trade

import (
	"context"
	"fmt"
	"sort"

	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// standing finds where goods of a shipment line stand that its buyer has no title to: in the buyer's warehouses as the
// seller's, then there as an earlier owner's, then, as the seller's, wherever the buyer has sent them.
func (g *passage) standing(ctx context.Context, l *shipLine) ([]stand, error) {
	at, err := g.found(ctx, l.Lot, l.Product, "a.owner <> ? AND a.place IN (SELECT id FROM place WHERE org = ? AND (kind = 'warehouse' OR a.bearer = ?))",
		l.Buyer, l.Buyer, l.Buyer)
	if err != nil {
		return nil, err
	}
	sort.SliceStable(at, func(i, j int) bool { return at[i].Pos.Owner == l.Seller && at[j].Pos.Owner != l.Seller })
	orgs, ships, err := g.downstream(ctx, l.Lot, l.Buyer)
	if err != nil || len(ships) == 0 {
		return at, err
	}
	far, err := g.found(ctx, l.Lot, l.Product, "a.owner = ? AND (a.place IN (SELECT id FROM place WHERE org IN ? AND kind = 'warehouse') OR a.place IN ?)",
		l.Seller, orgs, ships)
	return append(at, far...), err
}

// downstream are the organisations that an organisation has sent a lot to, directly and through others, and the shipments.
func (g *passage) downstream(ctx context.Context, lot, org id.ID) (orgs, ships []id.ID, err error) {
	seen, from := map[id.ID]bool{org: true}, []id.ID{org}
	for len(from) > 0 {
		var rows []struct{ ID, Buyer id.ID }
		err := g.s.DB.R(ctx).Raw(`SELECT DISTINCT sh.id, sh.buyer FROM shipment sh JOIN shipment_line l ON l.shipment_id = sh.id
			WHERE l.lot = ? AND sh.kind = 'out' AND sh.seller IN ? ORDER BY sh.id`, lot, from).Scan(&rows).Error
		if err != nil {
			return nil, nil, fmt.Errorf("where a lot went: %w", err)
		}
		from = nil
		for _, r := range rows {
			ships = append(ships, r.ID)
			if !seen[r.Buyer] {
				seen[r.Buyer] = true
				from = append(from, r.Buyer)
				orgs = append(orgs, r.Buyer)
			}
		}
	}
	return orgs, ships, nil
}

// found reads positions of a lot that hold goods, what this post has moved included.
func (g *passage) found(ctx context.Context, lot, product id.ID, where string, args ...any) ([]stand, error) {
	var rows []struct {
		Owner, Place, Bearer, Seller id.ID
		Posted                       qty.Qty
	}
	err := g.s.DB.R(ctx).Raw(`SELECT a.owner, a.place, a.bearer, a.seller, b.posted FROM account a JOIN balance b ON b.acct = a.acct
		WHERE a.book = 1 AND a.unit = ? AND b.posted > 0 AND a.place > 0 AND `+where+` ORDER BY a.acct`, append([]any{lot}, args...)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("positions of a lot: %w", err)
	}
	var out []stand
	for _, r := range rows {
		pos := ledger.Position{Lot: lot, Product: product, Owner: r.Owner, Place: r.Place, Bearer: r.Bearer, Seller: r.Seller}
		if n := r.Posted + g.drift[pos]; n > 0 {
			out = append(out, stand{pos, n})
		}
	}
	return out, nil
}
