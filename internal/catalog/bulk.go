package catalog

import (
	"context"

	"gorm.io/gorm/clause"

	"saluran/internal/audit"
	"saluran/internal/id"
	"saluran/internal/qty"
)

// BulkProducts makes many products of many producers, for an import that has been allowed: those whose (producer, SKU) exist
// stay as they are. It answers the ids of all of them, in order. Call it inside InTx.
func (s *Service) BulkProducts(ctx context.Context, by id.By, ps []Product) ([]id.ID, error) {
	type key struct {
		producer id.ID
		sku      string
	}
	known := map[key]id.ID{}
	producers := map[id.ID]bool{}
	for _, p := range ps {
		producers[p.Producer] = true
	}
	for producer := range producers {
		var rows []productRow
		if err := s.d.R(ctx).Select("id, producer, sku").Where("producer = ?", producer).Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			known[key{r.Producer, r.SKU}] = r.ID
		}
	}
	out := make([]id.ID, len(ps))
	var rows []productRow
	var units []unitRow
	for i := range ps {
		p := ps[i]
		k := key{p.Producer, p.SKU}
		if known[k] == 0 {
			if err := p.check(); err != nil {
				return nil, err
			}
			p.ID, p.Active, p.Version = s.d.IDs.Next(), true, 1
			known[k] = p.ID
			rows = append(rows, p.row())
			units = append(units, unitRow{p.ID, p.BaseUnit, qty.Scale})
			for _, u := range p.Units {
				units = append(units, unitRow{p.ID, u.Name, u.Base})
			}
		}
		out[i] = known[k]
	}
	if len(rows) == 0 {
		return out, nil
	}
	if err := s.d.W(ctx).CreateInBatches(rows, 500).Error; err != nil {
		return nil, err
	}
	if err := s.d.W(ctx).CreateInBatches(units, 500).Error; err != nil {
		return nil, err
	}
	if err := audit.Record(ctx, s.d, by, s.clock.Now(), "product.imported", rows[0].ID, audit.One("products", 0, len(rows))); err != nil {
		return nil, err
	}
	return out, s.d.BumpMaster(ctx)
}

// BulkPrices makes the list (by organisation and name) where it is missing, and puts prices on it; prices that stand already
// stay. Call it inside InTx.
func (s *Service) BulkPrices(ctx context.Context, by id.By, l PriceList, prices []Price) (id.ID, error) {
	var have []listRow
	if err := s.d.R(ctx).Where("org = ? AND name = ?", l.Org, l.Name).Limit(1).Find(&have).Error; err != nil {
		return 0, err
	}
	lid := id.ID(0)
	if len(have) == 1 {
		lid = have[0].ID
	} else {
		lid = s.d.IDs.Next()
		row := listRow{lid, l.Org, l.Name, l.Currency, 1}
		if err := s.d.W(ctx).Create(&row).Error; err != nil {
			return 0, err
		}
	}
	rows := make([]priceRow, 0, len(prices))
	for _, p := range prices {
		if p.Until == "" {
			p.Until = forEver
		}
		rows = append(rows, priceRow{s.d.IDs.Next(), lid, p.Product, p.MinQty, p.From, p.Until, p.Price})
	}
	if len(rows) > 0 {
		if err := s.d.W(ctx).Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, 500).Error; err != nil {
			return 0, err
		}
	}
	if err := audit.Record(ctx, s.d, by, s.clock.Now(), "price_list.imported", lid, audit.Diff(map[string][2]any{"name": {"", l.Name}, "prices": {0, len(rows)}})); err != nil {
		return 0, err
	}
	return lid, s.d.BumpMaster(ctx)
}
