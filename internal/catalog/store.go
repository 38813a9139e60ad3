package catalog

import (
	"context"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
)

type productRow struct {
	ID       id.ID `gorm:"primaryKey"`
	Producer id.ID
	SKU      string `gorm:"column:sku"`
	Name     string
	NameFold string
	Kind     string
	BaseUnit string
	Decimals int
	VatClass string
	Gtin     string
	Expires  bool
	Active   bool
	Version  int64
}

func (productRow) TableName() string { return "product" }

type unitRow struct {
	Product id.ID  `gorm:"primaryKey"`
	Unit    string `gorm:"primaryKey"`
	BaseQty qty.Qty
}

func (unitRow) TableName() string { return "product_unit" }

type listRow struct {
	ID       id.ID `gorm:"primaryKey"`
	Org      id.ID
	Name     string
	Currency string
	Version  int64
}

func (listRow) TableName() string { return "price_list" }

type priceRow struct {
	ID      id.ID `gorm:"primaryKey"`
	List    id.ID
	Product id.ID
	MinQty  qty.Qty
	FromOn  clock.Date
	UntilOn clock.Date
	Price   money.Price
}

func (priceRow) TableName() string { return "price" }

type vatRow struct {
	Country string
	Class   string
	FromOn  clock.Date
	BaseNum int64
	BaseDen int64
	RateBps int64
	Code    string
}

func (vatRow) TableName() string { return "vat_rule" }

// forEver is how an open end is stored, so that "in force" is one comparison.
const forEver clock.Date = "9999-12-31"

func (p Product) row() productRow {
	kind := "goods"
	if p.Service {
		kind = "service"
	}
	return productRow{p.ID, p.Producer, p.SKU, p.Name, list.Fold(p.Name + " " + p.SKU), kind, p.BaseUnit, p.Decimals, p.VATClass, p.GTIN, p.Expires, p.Active, p.Version}
}

func (r productRow) product() Product {
	return Product{ID: r.ID, Producer: r.Producer, SKU: r.SKU, Name: r.Name, Service: r.Kind == "service", BaseUnit: r.BaseUnit,
		Decimals: r.Decimals, VATClass: r.VatClass, GTIN: r.Gtin, Expires: r.Expires, Active: r.Active, Version: r.Version}
}

// withUnits reads the units of products in one query.
func (s *Service) withUnits(ctx context.Context, ps []Product) error {
	ids := make([]id.ID, len(ps))
	at := map[id.ID]int{}
	for i, p := range ps {
		ids[i], at[p.ID] = p.ID, i
	}
	if len(ids) == 0 {
		return nil
	}
	var units []unitRow
	if err := s.d.R(ctx).Where("product IN ?", ids).Order("product, base_qty, unit").Find(&units).Error; err != nil {
		return err
	}
	for _, u := range units {
		p := &ps[at[u.Product]]
		p.Units = append(p.Units, Unit{u.Unit, u.BaseQty})
	}
	return nil
}
