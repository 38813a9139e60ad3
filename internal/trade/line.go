package trade

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// EndUse is the purpose of a line whose goods the buyer uses up: they are used when they arrive, and never stand in its stock.
const EndUse = "enduse"

var purposes = []string{"resale", "processing", EndUse}

// priced turns what was asked for into priced lines, or names every line that is wrong.
func (s *Service) priced(ctx context.Context, d Deal, on clock.Date, asked []PlaceLine) ([]Line, int64, error) {
	products := make([]id.ID, len(asked))
	for i, l := range asked {
		products[i] = l.Product
	}
	items, epoch, err := s.Prices.Items(ctx, d.PriceList, d.Country, products, on)
	if err != nil {
		return nil, 0, fmt.Errorf("prices of list %d: %w", d.PriceList, err)
	}
	lines, err := priceLines(pricing{d.Currency, d.VATRegistered, d.PricesIncludeVAT}, items, asked, 0)
	return lines, epoch, err
}

// pricing is how the lines of one seller are priced.
type pricing struct {
	currency          money.Currency
	charged, included bool // the seller charges tax; prices contain it
}

// priceLines is pure. Lines are numbered on from after.
func priceLines(r pricing, items map[id.ID]Item, asked []PlaceLine, after int64) ([]Line, error) {
	lines := make([]Line, len(asked))
	var bad []errs.Field
	for i, ask := range asked {
		l, f := r.line(items, ask)
		if f.Code != "" {
			f.Path = strings.TrimSuffix(fmt.Sprintf("lines[%d].%s", i, f.Path), ".")
			if bad = append(bad, f); len(bad) >= 100 {
				break
			}
		}
		l.N = after + int64(i) + 1
		lines[i] = l
	}
	if len(bad) > 0 {
		e := errs.OnFields("order.bad_lines", bad...)
		if len(bad) == 1 {
			e.Code, e.Args = bad[0].Code, bad[0].Args
		}
		return nil, e
	}
	return lines, nil
}

func (r pricing) line(items map[id.ID]Item, ask PlaceLine) (Line, errs.Field) {
	item, ok := items[ask.Product]
	if !ok {
		return Line{}, errs.F("product", "order.unknown_product", "product", ask.Product.String())
	}
	unit := ask.Unit
	if unit == "" {
		unit = item.BaseUnit
	}
	n, f := baseQty(item, ask.Qty, unit)
	if f.Code != "" {
		return Line{}, f
	}
	purpose := ask.Purpose
	if purpose == "" {
		purpose = purposes[0]
	}
	if !slices.Contains(purposes, purpose) {
		return Line{}, errs.F("purpose", "order.unknown_purpose", "sku", item.SKU)
	}
	price, ok := ladder(item.Breaks, n)
	switch {
	case len(item.Breaks) == 0:
		return Line{}, errs.F("product", "order.no_price", "sku", item.SKU)
	case !ok:
		return Line{}, errs.F("qty", "order.below_first_break", "sku", item.SKU, "min", item.Breaks[0].MinQty.String())
	case ask.Price != nil && *ask.Price != price:
		return Line{}, errs.F("price", "order.price_changed", "sku", item.SKU, "seen", ask.Price.String(), "now", price.String())
	}
	a, ok := lineAmounts(r.currency, n, price, item.Tax, r.charged, r.included)
	if !ok {
		return Line{}, errs.F("qty", "order.amount_too_large", "sku", item.SKU)
	}
	l := Line{Product: item.Product, SKU: item.SKU, Name: item.Name, Service: item.Service, BaseUnit: item.BaseUnit, Decimals: item.Decimals, Unit: unit, UnitQty: ask.Qty,
		Qty: n, Price: price, Net: a.net, TaxBase: a.base, Tax: a.tax, Purpose: purpose, Dir: 1}
	if r.charged {
		l.TaxCode = item.Tax.Code
	}
	return l, errs.Field{}
}

// baseQty converts a quantity in a unit of the product to base units and holds it against what the product allows.
func baseQty(item Item, n qty.Qty, unit string) (qty.Qty, errs.Field) {
	per, ok := item.Units[unit]
	switch {
	case !ok:
		return 0, errs.F("unit", "order.unknown_unit", "sku", item.SKU, "unit", unit)
	case n <= 0:
		return 0, errs.F("qty", "order.qty_not_positive", "sku", item.SKU, "qty", n.String())
	case n > qty.Max:
		return 0, errs.F("qty", "order.qty_too_large", "sku", item.SKU, "max", qty.Max.String())
	}
	base, ok := n.Times(int64(per), qty.Scale)
	switch {
	case !ok || !base.Fits(item.Decimals):
		return 0, errs.F("qty", "order.qty_decimals", "sku", item.SKU, "unit", item.BaseUnit, "decimals", fmt.Sprint(item.Decimals))
	case base > qty.Max:
		return 0, errs.F("qty", "order.qty_too_large", "sku", item.SKU, "max", qty.Max.String())
	}
	return base, errs.Field{}
}
