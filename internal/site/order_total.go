package site

import (
	"saluran/internal/catalog"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/partner"
	"saluran/internal/qty"
	"saluran/internal/trade"
	"saluran/web/view"
)

// addUp prices lines by the list of a deal.
func (s *Site) addUp(r *request, d partner.Deal, lines []trade.PlaceLine, t *view.OrderTotal) error {
	products := make([]id.ID, len(lines))
	for i, l := range lines {
		products[i] = l.Product
	}
	items, _, err := s.Catalog.Items(r.ctx, d.PriceList, d.Country, products, r.today)
	if err != nil {
		return httpx.Known(err)
	}
	for _, l := range lines {
		it, ok := items[l.Product]
		if !ok {
			t.Problem = i18n.T(r.lang, "order.no_goods")
			continue
		}
		net, tax, ok := lineAmount(d, it, l)
		if !ok {
			t.Problem = i18n.T(r.lang, "err.site.not_number")
			continue
		}
		t.Lines++
		t.Net += net
		t.Tax += tax
	}
	t.Total = t.Net + t.Tax
	return nil
}

// lineAmount is net and tax of a line: price by the ladder, rounded once, tax by its dated rule.
func lineAmount(d partner.Deal, it catalog.Item, l trade.PlaceLine) (net, tax money.Minor, ok bool) {
	unit := l.Unit
	if unit == "" {
		unit = it.BaseUnit
	}
	per, known := it.Units[unit]
	if !known {
		return 0, 0, false
	}
	base, ok := l.Qty.Times(int64(per), qty.Scale)
	if !ok || len(it.Breaks) == 0 {
		return 0, 0, false
	}
	price := it.Breaks[0].Price
	for _, b := range it.Breaks {
		if b.MinQty <= base {
			price = b.Price
		}
	}
	amount, ok := d.Currency.Amount(base, price)
	if !ok || !d.VATRegistered || it.Tax.RateBps == 0 {
		return amount, 0, ok
	}
	num, den := it.Tax.BaseNum, it.Tax.BaseDen
	if d.PricesIncludeVAT { // the tax is within: take it out of the amount
		all := den*10000 + num*it.Tax.RateBps
		net, ok = d.Currency.Share(amount, den*10000, all)
		return net, amount - net, ok
	}
	taxed, ok := d.Currency.Share(amount, num, den)
	if !ok {
		return 0, 0, false
	}
	tax, ok = d.Currency.Share(taxed, it.Tax.RateBps, 10000)
	return amount, tax, ok
}
