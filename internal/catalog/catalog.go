package catalog

import (
	"slices"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/internal/text"
)

// Product is something that can be ordered.
type Product struct {
	ID       id.ID
	Producer id.ID
	SKU      string // a code: text, leading zeros kept; unique for each producer
	Name     string
	Service  bool
	BaseUnit string // pcs, kg, …: what quantities and prices are counted in
	Decimals int    // 0 to 3: how finely the base unit may be divided
	VATClass string // standard, luxury, exempt
	GTIN     string
	Expires  bool // its lots carry an expiry date
	Active   bool
	Units    []Unit
	Version  int64
}

// Unit is a pack of a product: one carton is 24 pcs.
type Unit struct {
	Name string
	Base qty.Qty
}

// PriceList is a list of an organisation that sells.
type PriceList struct {
	ID       id.ID
	Org      id.ID
	Name     string
	Currency string
	Version  int64
}

// Price is one break of a product on a list: from MinQty base units on, between the days (Until "" is for ever).
type Price struct {
	ID      id.ID
	List    id.ID
	Product id.ID
	MinQty  qty.Qty
	From    clock.Date
	Until   clock.Date
	Price   money.Price
}

// Item is a product as a list offers it on a day: what an order line needs to know.
type Item struct {
	Product  id.ID
	SKU      string
	GTIN     string
	Name     string
	Service  bool
	Expires  bool
	BaseUnit string
	Decimals int
	Units    map[string]qty.Qty
	Breaks   []Break
	Tax      Tax
}

// Break of a price ladder.
type Break struct {
	MinQty qty.Qty
	Price  money.Price
}

// Tax is a dated rule: base × BaseNum ÷ BaseDen, then × RateBps ÷ 10000.
type Tax struct {
	Code             string
	BaseNum, BaseDen int64
	RateBps          int64
}

// vatClasses that a product may have; the rules for them are rows of vat_rule.
var vatClasses = map[string]bool{"standard": true, "luxury": true, "exempt": true}

// check answers what is wrong with a product, field by field.
func (p *Product) check() error {
	p.SKU, p.Name, p.BaseUnit, p.GTIN = strings.TrimSpace(p.SKU), strings.TrimSpace(p.Name), strings.TrimSpace(p.BaseUnit), strings.TrimSpace(p.GTIN)
	if p.VATClass == "" {
		p.VATClass = "standard"
	}
	if p.BaseUnit == "" {
		p.BaseUnit = "pcs"
	}
	p.Units = slices.DeleteFunc(slices.Clone(p.Units), func(u Unit) bool { return u.Name == p.BaseUnit && u.Base == qty.Units(1) }) // as it is listed
	var bad []errs.Field
	for path, s := range map[string]string{"sku": p.SKU, "name": p.Name, "base_unit": p.BaseUnit} {
		if !text.Plain(s) {
			bad = append(bad, errs.F(path, "text_not_plain"))
		}
	}
	for _, u := range p.Units {
		if !text.Plain(u.Name) {
			bad = append(bad, errs.F("units", "text_not_plain"))
		}
	}
	add := func(ok bool, path, code string) {
		if !ok {
			bad = append(bad, errs.F(path, code))
		}
	}
	add(p.SKU != "" && len(p.SKU) <= 40, "sku", "field.length_1_40")
	add(p.Name != "" && len(p.Name) <= 200, "name", "field.length_1_200")
	add(len(p.BaseUnit) <= 16, "base_unit", "field.length_1_16")
	add(p.Decimals >= 0 && p.Decimals <= 3, "decimals", "product.decimals")
	add(vatClasses[p.VATClass], "vat_class", "product.vat_class")
	add(p.GTIN == "" || validGTIN(p.GTIN), "gtin", "product.gtin")
	seen := map[string]bool{p.BaseUnit: true}
	for _, u := range p.Units {
		add(u.Name != "" && len(u.Name) <= 16 && !seen[u.Name], "units."+u.Name, "product.unit_name")
		add(u.Base > 0 && u.Base <= qty.Max && u.Base.Fits(p.Decimals), "units."+u.Name, "product.unit_qty")
		seen[u.Name] = true
	}
	if len(bad) > 0 {
		return errs.OnFields("invalid_fields", bad...)
	}
	return nil
}

// validGTIN checks length and check digit (GS1: weights 3, 1 from the right).
func validGTIN(s string) bool {
	if len(s) != 8 && len(s) != 12 && len(s) != 13 && len(s) != 14 {
		return false
	}
	sum := 0
	for i := range len(s) {
		c := s[len(s)-1-i]
		if c < '0' || c > '9' {
			return false
		}
		w := 1
		if i%2 == 1 {
			w = 3
		}
		sum += int(c-'0') * w
	}
	return sum%10 == 0
}
