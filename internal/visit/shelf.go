package visit

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
)

// MostKept is how many goods are put before somebody who counts at a shop, or kept on a phone; the search finds the others.
const MostKept = 150

// latestCounts is how many visits tell what is usually counted at a shop, and usualDays since when its orders do.
const (
	latestCounts = 5
	usualDays    = 180
)

// Listed is a page of what may be counted at a shop, by name. Filter: q (part of name or code, or a bar code). Right: visit read. Errors:
// not_found, visit.not_appointed, order.no_agreement.
func (s *Service) Listed(ctx context.Context, a access.Actor, seller, shop id.ID, q list.Query) (page list.Page[Good], err error) {
	c, on, err := s.shelfOf(ctx, a, seller, shop)
	if err != nil {
		return page, err
	}
	return s.Goods.Listed(ctx, a, c.Seller, c.Shop, on, q)
}

// Which are those of some products that may be counted at a shop, by name. Right and errors as Listed.
func (s *Service) Which(ctx context.Context, a access.Actor, seller, shop id.ID, products []id.ID) (out []Good, err error) {
	c, on, err := s.shelfOf(ctx, a, seller, shop)
	if err != nil {
		return nil, err
	}
	all, err := s.Goods.Which(ctx, a, c.Seller, c.Shop, on, products)
	for _, g := range all {
		out = append(out, g)
	}
	byName(out)
	return out, err
}

func byName(goods []Good) {
	slices.SortFunc(goods, func(x, y Good) int {
		return cmp.Or(cmp.Compare(list.Fold(x.Name), list.Fold(y.Name)), cmp.Compare(x.Product, y.Product))
	})
}

// Shelf is what somebody who counts at a shop is shown first, by name: everything that may be counted there where that is little; else what
// was counted there lately, what the shop usually orders, and others as far as there is room. more says that there are others. Right and
// errors as Listed.
func (s *Service) Shelf(ctx context.Context, a access.Actor, seller, shop id.ID) (out []Good, more bool, err error) {
	c, on, err := s.shelfOf(ctx, a, seller, shop)
	if err != nil {
		return nil, false, err
	}
	page, err := s.Goods.Listed(ctx, a, c.Seller, c.Shop, on, list.Query{Size: MostKept})
	if err != nil || page.Next == "" {
		return page.Items, false, err
	}
	known, err := s.usual(ctx, a, c, on)
	if err != nil {
		return nil, false, err
	}
	listed, err := s.Goods.Which(ctx, a, c.Seller, c.Shop, on, known)
	if err != nil {
		return nil, false, err
	}
	for _, no := range known {
		if g, ok := listed[no]; ok && len(out) < MostKept {
			out = append(out, g)
		}
	}
	for _, g := range page.Items {
		if _, ok := listed[g.Product]; !ok && len(out) < MostKept {
			out = append(out, g)
		}
	}
	byName(out)
	return out, true, nil
}

func (s *Service) shelfOf(ctx context.Context, a access.Actor, seller, shop id.ID) (c Call, on clock.Date, err error) {
	if err = s.Gate.Require(ctx, a, access.Own, "visit", "read"); err == nil {
		on = s.Clock.Now().In(a.Zone)
		c, err = s.calls(ctx, a, seller, shop, on)
	}
	return c, on, err
}

// usual are the products that the actor's organisation counted at a shop on its latest visits, then those that the shop usually orders, as
// far as the actor may know.
func (s *Service) usual(ctx context.Context, a access.Actor, c Call, on clock.Date) (out []id.ID, err error) {
	err = s.DB.R(ctx).Raw("SELECT DISTINCT c.product FROM (SELECT id FROM visit WHERE shop = ? AND org = ? AND seller = ? ORDER BY day_on DESC, id DESC LIMIT ?) v JOIN visit_count c ON c.visit = v.id ORDER BY c.product LIMIT ?",
		c.Shop, a.Org, c.Seller, latestCounts, MostKept).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("counted at %d: %w", c.Shop, err)
	}
	ordered, err := s.Orders.Usual(ctx, a, c.Seller, c.Shop, on.AddDays(-usualDays))
	if errs.Is(err, errs.Forbidden) {
		return out, nil
	}
	for _, no := range ordered {
		if !slices.Contains(out, no) {
			out = append(out, no)
		}
	}
	return out, err
}
