package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm/clause"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/qty"
)

// SetPrices puts prices on a list of the acting organisation: at most 5,000 at once, all or none. A price with the same
// product, break and first day is replaced as long as that day is to come; one that has begun stands, and may only be ended or
// followed by another, which ends it. The products must be its own, or offered to it by a supplier.
//
// Right: price write. Errors: price_list.count, price_list.bad_price, order.unknown_product; fields prices.N.from with
// price_list.begun or price_list.past.
func (s *Service) SetPrices(ctx context.Context, a access.Actor, k audit.Key, lid id.ID, prices []Price) error {
	if err := s.gate.Require(ctx, a, access.Own, "price", "write"); err != nil {
		return err
	}
	if _, err := s.List(ctx, a, lid); err != nil {
		return err
	}
	rows, err := priceRows(lid, prices)
	if err != nil {
		return err
	}
	_, _, err = audit.Once(ctx, s.d, a.Org, k, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		if err := s.known(ctx, a, rows); err != nil {
			return 0, err
		}
		if err := s.stand(ctx, lid, rows, s.clock.Now().In(a.Zone)); err != nil {
			return 0, err
		}
		for i := range rows {
			rows[i].ID = s.d.IDs.Next()
		}
		diff, err := s.priceDiff(ctx, lid, rows)
		if err != nil {
			return 0, err
		}
		err = s.d.W(ctx).Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "list"}, {Name: "product"}, {Name: "min_qty"}, {Name: "from_on"}},
			DoUpdates: clause.AssignmentColumns([]string{"until_on", "price"}),
		}).CreateInBatches(rows, 500).Error
		if err != nil {
			return 0, err
		}
		if err := s.succeed(ctx, lid, rows); err != nil {
			return 0, err
		}
		if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "price_list.prices_set", lid, diff); err != nil {
			return 0, err
		}
		return lid, s.d.BumpMaster(ctx)
	})
	return err
}

// priceDiff says for the audit what prices become: by product, least quantity and first day, the price before ("" for none) and after.
func (s *Service) priceDiff(ctx context.Context, lid id.ID, rows []priceRow) (string, error) {
	type step struct {
		product id.ID
		minQty  qty.Qty
		from    clock.Date
	}
	of := func(r priceRow) step { return step{r.Product, r.MinQty, r.FromOn} }
	var products []id.ID
	for _, r := range rows {
		products = append(products, r.Product)
	}
	was := map[step]string{}
	for some := range slices.Chunk(products, 500) {
		var old []priceRow
		if err := s.d.R(ctx).Where("list = ? AND product IN ?", lid, some).Find(&old).Error; err != nil {
			return "", err
		}
		for _, r := range old {
			was[of(r)] = r.Price.String() + " until " + string(r.UntilOn)
		}
	}
	fields := map[string][2]any{}
	for _, r := range rows {
		fields[fmt.Sprintf("%d/%s/%s", r.Product, r.MinQty, r.FromOn)] = [2]any{was[of(r)], r.Price.String() + " until " + string(r.UntilOn)}
	}
	return audit.Diff(fields), nil
}

func priceRows(lid id.ID, prices []Price) ([]priceRow, error) {
	if len(prices) == 0 || len(prices) > 5000 {
		return nil, errs.New(errs.Invalid, "price_list.count")
	}
	rows := make([]priceRow, 0, len(prices))
	for _, p := range prices {
		if p.Until == "" {
			p.Until = forEver
		}
		if p.From == "" || p.Until < p.From || p.Price < 0 || p.MinQty < 0 || p.Product == 0 {
			return nil, errs.New(errs.Invalid, "price_list.bad_price", "product", p.Product.String())
		}
		rows = append(rows, priceRow{List: lid, Product: p.Product, MinQty: p.MinQty, FromOn: p.From, UntilOn: p.Until, Price: p.Price})
	}
	return rows, nil
}

// known refuses products that the organisation neither makes nor is offered.
func (s *Service) known(ctx context.Context, a access.Actor, rows []priceRow) error {
	want := map[id.ID]bool{}
	for _, r := range rows {
		want[r.Product] = true
	}
	ids := make([]id.ID, 0, len(want))
	for p := range want {
		ids = append(ids, p)
	}
	slices.Sort(ids)
	cond, args, err := s.seen(ctx, a.Org)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(ids, 500) {
		var found []id.ID
		err := s.d.R(ctx).Model(&productRow{}).Where("product.id IN ?", chunk).Where(cond, args...).Pluck("id", &found).Error
		if err != nil {
			return err
		}
		for _, p := range found {
			delete(want, p)
		}
	}
	for p := range want {
		return errs.New(errs.Invalid, "order.unknown_product", "product", p.String())
	}
	return nil
}

// PricesOf lists the breaks of a list of the acting organisation, by product, first day and quantity.
func (s *Service) PricesOf(ctx context.Context, a access.Actor, lid id.ID, q list.Query) (list.Page[Price], error) {
	if _, err := s.List(ctx, a, lid); err != nil {
		return list.Page[Price]{}, err
	}
	tx := s.d.R(ctx).Where("list = ?", lid)
	k, ok, err := q.After()
	if err != nil {
		return list.Page[Price]{}, err
	}
	if ok {
		tx = tx.Where("id > ?", k.ID)
	}
	var rows []priceRow
	if err := tx.Order("id").Limit(q.Limit() + 1).Find(&rows).Error; err != nil {
		return list.Page[Price]{}, err
	}
	cut := list.Cut(rows, q.Limit(), func(r priceRow) list.Key { return list.Key{ID: int64(r.ID)} })
	out := list.Page[Price]{Next: cut.Next}
	for _, r := range cut.Items {
		p := Price{r.ID, r.List, r.Product, r.MinQty, r.FromOn, r.UntilOn, r.Price}
		if p.Until == forEver {
			p.Until = ""
		}
		out.Items = append(out.Items, p)
	}
	return out, nil
}

type listDay struct {
	list    id.ID
	country string
	on      clock.Date
}

// Items finds what a list offers of these products on a day, with the tax rules of the seller's country. What is unknown,
// inactive or without a price in force is not in the map. A list is read whole and kept for as long as the epoch stands:
// the caller has already been allowed to see it (see trade.Prices).
func (s *Service) Items(ctx context.Context, lid id.ID, country string, products []id.ID, on clock.Date) (map[id.ID]Item, int64, error) {
	all, epoch, err := s.items.Get(ctx, listDay{lid, country, on}, s.loadList)
	if err != nil {
		return nil, 0, err
	}
	out := make(map[id.ID]Item, len(products))
	for _, p := range products {
		if it, ok := all.items[p]; ok {
			out[p] = it
		}
	}
	return out, epoch, nil
}

func (s *Service) loadList(ctx context.Context, k listDay) (*Offering, error) {
	var prices []priceRow
	err := s.d.R(ctx).Where("list = ? AND from_on <= ? AND until_on >= ?", k.list, k.on, k.on).Order("product, min_qty, from_on DESC").Find(&prices).Error
	if err != nil {
		return nil, err
	}
	taxes, err := s.taxes(ctx, k.country, k.on)
	if err != nil {
		return nil, err
	}
	items := map[id.ID]Item{}
	for _, p := range prices {
		it := items[p.Product]
		if n := len(it.Breaks); n == 0 || it.Breaks[n-1].MinQty != p.MinQty { // of one break the latest first day counts
			it.Breaks = append(it.Breaks, Break{p.MinQty, p.Price})
		}
		items[p.Product] = it
	}
	return &Offering{items: items}, s.describe(ctx, items, taxes)
}

// describe fills in the products; inactive ones go.
func (s *Service) describe(ctx context.Context, items map[id.ID]Item, taxes map[string]Tax) error {
	ids := make([]id.ID, 0, len(items))
	for p := range items {
		ids = append(ids, p)
	}
	slices.Sort(ids)
	for chunk := range slices.Chunk(ids, 500) {
		var rows []productRow
		if err := s.d.R(ctx).Where("id IN ?", chunk).Find(&rows).Error; err != nil {
			return err
		}
		ps := make([]Product, len(rows))
		for i, r := range rows {
			ps[i] = r.product()
		}
		if err := s.withUnits(ctx, ps); err != nil {
			return err
		}
		for _, p := range ps {
			if !p.Active {
				delete(items, p.ID)
				continue
			}
			it := items[p.ID]
			it.Product, it.SKU, it.GTIN, it.Name, it.Service, it.Expires, it.BaseUnit, it.Decimals = p.ID, p.SKU, p.GTIN, p.Name, p.Service, p.Expires, p.BaseUnit, p.Decimals
			it.Tax = taxes[p.VATClass]
			it.Units = map[string]qty.Qty{}
			for _, u := range p.Units {
				it.Units[u.Name] = u.Base
			}
			items[p.ID] = it
		}
	}
	return nil
}

// taxes are the rules of a country in force on a day, by class; a country without rules charges none.
func (s *Service) taxes(ctx context.Context, country string, on clock.Date) (map[string]Tax, error) {
	var rows []vatRow
	if err := s.d.R(ctx).Where("country = ? AND from_on <= ?", country, on).Find(&rows).Error; err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(x, y vatRow) int { return cmp.Compare(x.FromOn, y.FromOn) })
	out := map[string]Tax{"standard": none, "luxury": none, "exempt": none}
	for _, r := range rows {
		out[r.Class] = Tax{r.Code, r.BaseNum, r.BaseDen, r.RateBps}
	}
	return out, nil
}

var none = Tax{Code: "none", BaseNum: 1, BaseDen: 1}
