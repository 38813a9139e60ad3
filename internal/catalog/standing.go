package catalog

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/qty"
)

// step is a quantity break of a product: of its prices the one that began last counts.
type step struct {
	product id.ID
	min     qty.Qty
}

// stand refuses prices that would say something else of days that are over, or of a price that counts already: what was sold
// was sold at what the list said. A price that has begun may only be ended, today or later; another follows it from a day on.
func (s *Service) stand(ctx context.Context, lid id.ID, rows []priceRow, today clock.Date) error {
	had, err := s.pricesOn(ctx, lid, rows)
	if err != nil {
		return err
	}
	var bad []errs.Field
	for i, n := range rows {
		for _, o := range had[n.Product] {
			same := o.MinQty == n.MinQty && o.FromOn == n.FromOn
			begun := o.FromOn <= today
			ends := o.Price == n.Price && (o.UntilOn == n.UntilOn || (o.UntilOn >= today && n.UntilOn >= today))
			switch {
			case same && begun && !ends:
				bad = append(bad, errs.F(fmt.Sprintf("prices.%d.from", i), "price_list.begun", "from", string(o.FromOn)))
			case !same && n.FromOn < today && o.FromOn < today && o.UntilOn >= n.FromOn && !known(had[n.Product], n):
				bad = append(bad, errs.F(fmt.Sprintf("prices.%d.from", i), "price_list.past", "from", string(today)))
			default:
				continue
			}
			break
		}
	}
	if len(bad) > 0 {
		return errs.OnFields("invalid_fields", bad...)
	}
	return nil
}

// known tells whether the list has exactly this step from exactly this day on.
func known(had []priceRow, n priceRow) bool {
	return slices.ContainsFunc(had, func(o priceRow) bool { return o.MinQty == n.MinQty && o.FromOn == n.FromOn })
}

// pricesOn are the prices that a list has of the products of rows.
func (s *Service) pricesOn(ctx context.Context, lid id.ID, rows []priceRow) (map[id.ID][]priceRow, error) {
	var products []id.ID
	for _, r := range rows {
		products = append(products, r.Product)
	}
	slices.Sort(products)
	out := map[id.ID][]priceRow{}
	for chunk := range slices.Chunk(slices.Compact(products), 500) {
		var found []priceRow
		if err := s.d.R(ctx).Where("list = ? AND product IN ?", lid, chunk).Order("product, min_qty, from_on").Find(&found).Error; err != nil {
			return nil, err
		}
		for _, r := range found {
			out[r.Product] = append(out[r.Product], r)
		}
	}
	return out, nil
}

// succeed ends each price on the day before another of the same step takes over for good. What counts on a day stays the same:
// the list only says so plainly. A price that is followed for a time alone goes on afterwards.
func (s *Service) succeed(ctx context.Context, lid id.ID, rows []priceRow) error {
	touched := map[step]bool{}
	for _, r := range rows {
		touched[step{r.Product, r.MinQty}] = true
	}
	had, err := s.pricesOn(ctx, lid, rows)
	if err != nil {
		return err
	}
	for _, steps := range had {
		for i, r := range steps {
			if !touched[step{r.Product, r.MinQty}] {
				continue
			}
			next := slices.IndexFunc(steps[i+1:], func(n priceRow) bool {
				return n.MinQty == r.MinQty && n.FromOn <= r.UntilOn && n.UntilOn >= r.UntilOn
			})
			if next < 0 {
				continue
			}
			last := steps[i+1+next].FromOn.AddDays(-1)
			if err := s.d.W(ctx).Model(&priceRow{}).Where("id = ?", r.ID).Update("until_on", last).Error; err != nil {
				return err
			}
		}
	}
	return nil
}
