package site

import (
	"net/http"

	"saluran/internal/catalog"
	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/partner"
	"saluran/internal/qty"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

// orderTotal counts what is typed so far: the fragment while one types, the whole form without scripts.
func (s *Site) orderTotal(r *request) error {
	c, _, err := s.placing(r)
	if c.Seller == 0 || c.Buyer == 0 {
		return errs.Gone()
	}
	d, _, derr := s.Partner.Deal(r.ctx, r.a.Org, c.Seller, c.Buyer, r.today)
	if derr != nil {
		return derr
	}
	t := view.OrderTotal{Currency: d.Currency.Code, MinOrder: d.MinOrder}
	switch {
	case errs.CodeOf(err) == "site.no_lines": // nothing typed yet is no mistake
	case err != nil:
		t.Problem = i18n.Error(r.lang, err)
	default:
		if err := s.count(r, d, c, &t); err != nil {
			return err
		}
	}
	if r.fragment() {
		return html(r.Ctx, r.ctx, http.StatusOK, view.OrderTotalPart(t))
	}
	return s.orderForm(r, c.Seller, c.Buyer, refusal{Status: http.StatusOK, Form: kit.Form{Values: values(r.Ctx)}}, &t)
}

// typed is what the lines of a refused order come to; nil where they cannot be counted.
func (s *Site) typed(r *request, c trade.Place) *view.OrderTotal {
	d, _, err := s.Partner.Deal(r.ctx, r.a.Org, c.Seller, c.Buyer, r.today)
	if err != nil || len(c.Lines) == 0 {
		return nil
	}
	t := view.OrderTotal{Currency: d.Currency.Code, MinOrder: d.MinOrder}
	if err := s.count(r, d, c, &t); err != nil {
		return nil
	}
	return &t
}

// count adds the lines up under the deal, as placing the order would, and says what it does to the credit.
func (s *Site) count(r *request, d partner.Deal, c trade.Place, t *view.OrderTotal) error {
	if err := s.addUp(r, d, c.Lines, t); err != nil {
		return err
	}
	t.Below = t.Lines > 0 && t.Net < d.MinOrder
	side, other := "buyer", c.Seller
	if r.a.Org == c.Seller {
		side, other = "seller", c.Buyer
	}
	if cr := s.credit(r, side, other, t.Currency); cr.Known && cr.Limit > 0 && t.Lines > 0 {
		left := cr.Left() - t.Total
		t.HasCredit, t.CreditLeft, t.Beyond = true, max(left, 0), left < 0
		if t.Beyond {
			t.CreditLeft = max(cr.Left(), 0)
		}
	}
	return nil
}

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
