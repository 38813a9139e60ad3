package visit

import (
	"context"
	"fmt"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/qty"
)

// Count keeps what stands on the shelf; a second count stands for the first. Right: visit write. Errors: not_found, visit.closed, changed,
// invalid_fields (lines[i].qty, .unit, .product), visit.not_listed (a conflict, with the lines).
func (s *Service) Count(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, lines []Line) (Visit, error) {
	return s.on(ctx, a, k, no, version, func(ctx context.Context, v visitRow) error { return s.count(ctx, a, v, lines) })
}

func (s *Service) count(ctx context.Context, a access.Actor, v visitRow, lines []Line) error {
	if len(lines) > MaxCounts {
		return errs.OnFields("visit.too_many_lines", errs.F("lines", "visit.too_many_lines", "max", strconv.Itoa(MaxCounts)))
	}
	if _, err := s.calls(ctx, a, v.Seller, v.Shop, v.DayOn); err != nil {
		return err
	}
	products := make([]id.ID, len(lines))
	for i, l := range lines {
		products[i] = l.Product
	}
	good, err := s.Goods.Which(ctx, a, v.Seller, v.Shop, s.Clock.Now().In(a.Zone), products)
	if err != nil {
		return err
	}
	rows, err := judge(v.ID, lines, good)
	if err != nil {
		return err
	}
	if err := s.DB.W(ctx).Exec("DELETE FROM visit_count WHERE visit = ?", v.ID).Error; err != nil {
		return err
	}
	if len(rows) > 0 {
		if err := s.DB.W(ctx).Create(&rows).Error; err != nil {
			return fmt.Errorf("count of visit %d: %w", v.ID, err)
		}
	}
	return audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), "visit.counted", v.ID, audit.One("products", -1, len(rows)))
}

type countRow struct {
	Visit   id.ID `gorm:"primaryKey"`
	Product id.ID `gorm:"primaryKey"`
	SKU     string
	Name    string
	Qty     qty.Qty
	Unit    string
	Base    qty.Qty
}

func (countRow) TableName() string { return "visit_count" }

// judge makes rows of what was counted. What is not listed any more is a conflict: it was, when the phone got its list.
func judge(visit id.ID, lines []Line, good map[id.ID]Good) ([]countRow, error) {
	var bad, gone []errs.Field
	rows := make([]countRow, 0, len(lines))
	seen := map[id.ID]bool{}
	for i, l := range lines {
		path := func(f string) string { return "lines[" + strconv.Itoa(i) + "]." + f }
		g, ok := good[l.Product]
		per, unit := g.Units[l.Unit], l.Unit
		if unit == "" || unit == g.BaseUnit {
			per, unit = qty.Units(1), g.BaseUnit
		}
		base, fits := l.Qty.Times(int64(per), qty.Scale)
		switch {
		case !ok:
			gone = append(gone, errs.F(path("product"), "visit.not_listed", "n", strconv.Itoa(1)))
		case seen[l.Product]:
			bad = append(bad, errs.F(path("product"), "visit.counted_twice", "name", g.Name))
		case per == 0:
			bad = append(bad, errs.F(path("unit"), "visit.unit", "name", g.Name))
		case l.Qty < 0 || !fits || base > qty.Max || !base.Fits(g.Decimals):
			bad = append(bad, errs.F(path("qty"), "visit.qty", "name", g.Name))
		}
		seen[l.Product] = true
		rows = append(rows, countRow{visit, l.Product, g.SKU, g.Name, l.Qty, unit, base})
	}
	if len(bad) > 0 {
		return nil, errs.OnFields("invalid_fields", bad...)
	}
	if len(gone) > 0 {
		e := errs.New(errs.Conflict, "visit.not_listed", "n", strconv.Itoa(len(gone)))
		e.Fields = gone
		return nil, e
	}
	return rows, nil
}
