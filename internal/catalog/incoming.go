package catalog

import (
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Check says what is wrong with a product before it is made, field by field.
func (p Product) Check() error {
	p.Units = slices.Clone(p.Units)
	return p.check()
}

// BySKU finds products of the acting organisation's own making by their codes. Right: product read.
func (s *Service) BySKU(ctx context.Context, a access.Actor, skus []string) (map[string]Product, error) {
	if err := s.gate.Require(ctx, a, access.Own, "product", "read"); err != nil {
		return nil, err
	}
	out := map[string]Product{}
	for some := range slices.Chunk(skus, 500) {
		var rows []productRow
		if err := s.d.R(ctx).Where("producer = ? AND sku IN ?", a.Org, some).Find(&rows).Error; err != nil {
			return nil, err
		}
		ps := make([]Product, len(rows))
		for i, r := range rows {
			ps[i] = r.product()
		}
		if err := s.withUnits(ctx, ps); err != nil {
			return nil, err
		}
		for _, p := range ps {
			out[p.SKU] = p
		}
	}
	return out, nil
}

// Coded finds the products that the acting organisation makes, sells or is offered by their codes: several where makers call different
// goods the same. One of its own making goes before all others. Right: product read.
func (s *Service) Coded(ctx context.Context, a access.Actor, skus []string) (map[string][]Product, error) {
	if err := s.gate.Require(ctx, a, access.Own, "product", "read"); err != nil {
		return nil, err
	}
	cond, args, err := s.seen(ctx, a.Org)
	if err != nil {
		return nil, err
	}
	out := map[string][]Product{}
	for some := range slices.Chunk(skus, 500) {
		var rows []productRow
		if err := s.d.R(ctx).Where("sku IN ?", some).Where(cond, args...).Order("id").Find(&rows).Error; err != nil {
			return nil, err
		}
		ps := make([]Product, len(rows))
		for i, r := range rows {
			ps[i] = r.product()
		}
		if err := s.withUnits(ctx, ps); err != nil {
			return nil, err
		}
		for _, p := range ps {
			switch {
			case p.Producer == a.Org:
				out[p.SKU] = []Product{p}
			case len(out[p.SKU]) == 0 || out[p.SKU][0].Producer != a.Org:
				out[p.SKU] = append(out[p.SKU], p)
			}
		}
	}
	return out, nil
}

// CheckPrices is SetPrices without setting anything: what it would refuse, by the number of the price.
func (s *Service) CheckPrices(ctx context.Context, a access.Actor, lid id.ID, prices []Price) error {
	if _, err := s.List(ctx, a, lid); err != nil {
		return err
	}
	rows, err := priceRows(lid, prices)
	if err != nil {
		return err
	}
	if err := s.known(ctx, a, rows); err != nil {
		return err
	}
	return s.stand(ctx, lid, rows, s.clock.Now().In(a.Zone))
}

// PricesFor are the prices that a list of the acting organisation has of some products. Right: price read.
func (s *Service) PricesFor(ctx context.Context, a access.Actor, lid id.ID, products []id.ID) (map[id.ID][]Price, error) {
	if _, err := s.List(ctx, a, lid); err != nil {
		return nil, err
	}
	if len(products) == 0 {
		return nil, nil
	}
	ask := make([]priceRow, len(products))
	for i, p := range products {
		ask[i].Product = p
	}
	had, err := s.pricesOn(ctx, lid, ask)
	out := map[id.ID][]Price{}
	for p, rows := range had {
		for _, r := range rows {
			x := Price{r.ID, r.List, r.Product, r.MinQty, r.FromOn, r.UntilOn, r.Price}
			if x.Until == forEver {
				x.Until = ""
			}
			out[p] = append(out[p], x)
		}
	}
	return out, err
}

// ListNamed is the acting organisation's price list of a name. Right: price read. NotFound where it has none.
func (s *Service) ListNamed(ctx context.Context, a access.Actor, name string) (PriceList, error) {
	if err := s.gate.Require(ctx, a, access.Own, "price", "read"); err != nil {
		return PriceList{}, err
	}
	var rows []listRow
	if err := s.d.R(ctx).Where("org = ? AND name = ?", a.Org, name).Limit(1).Find(&rows).Error; err != nil {
		return PriceList{}, err
	}
	if len(rows) == 0 {
		return PriceList{}, errs.Gone()
	}
	return PriceList(rows[0]), nil
}
