package site

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/catalog"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/partner"
	"saluran/internal/qty"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

// pairs are the sellers and buyers between whom the actor may place orders: the links of its organisation.
func (s *Site) pairs(r *request) ([]view.Pair, error) {
	var out []view.Pair
	kinds := map[id.ID]string{}
	q := list.Query{Size: list.MaxSize, Filter: map[string]string{}}
	for range 10 { // at most 2,000 partners are offered here; the others are found through their page
		p, err := s.Partner.Links(r.ctx, r.a, q)
		if err != nil {
			return nil, err
		}
		for _, l := range p.Items {
			if pair, ok := r.pair(l); ok {
				other := l.Seller
				if pair.As != "buyer" {
					other = l.Buyer
				}
				if kinds[other] == "" {
					kinds[other], _ = s.Partner.KindOf(r.ctx, other)
				}
				pair.Kind, pair.City = kinds[other], l.ChannelName
				out = append(out, pair)
			}
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			break
		}
	}
	slices.SortStableFunc(out, func(a, b view.Pair) int {
		return cmp.Or(cmp.Compare(a.As, b.As), cmp.Compare(strings.ToLower(a.Buyer.Name), strings.ToLower(b.Buyer.Name)))
	})
	return slices.CompactFunc(out, func(a, b view.Pair) bool { return a.Seller == b.Seller && a.Buyer == b.Buyer }), nil
}

// pair is a link as one may order on it; ok is false where the person may not.
func (r *request) pair(l partner.LinkView) (view.Pair, bool) {
	as, rel := "", access.None
	switch r.a.Org {
	case l.Buyer:
		as, rel = "buyer", access.Buyer
	case l.Seller:
		as, rel = "seller", access.Seller
	case l.Agent:
		as, rel = "agent", access.Agent
	}
	ok := rel != access.None && r.can(rel, "order", "place")
	return view.Pair{Seller: view.Ref{ID: l.Seller.String(), Name: l.SellerName}, Buyer: view.Ref{ID: l.Buyer.String(), Name: l.BuyerName}, As: as}, ok
}

func (s *Site) newOrder(r *request) error {
	if !r.mayPlace() {
		return errs.New(errs.Forbidden, "forbidden")
	}
	return s.orderForm(r, ref(r.Query("seller")), ref(r.Query("buyer")), refusal{Status: http.StatusOK}, nil)
}

// orderForm shows the catalogue of the chosen pair, with what was typed.
func (s *Site) orderForm(r *request, seller, buyer id.ID, back refusal, total *view.OrderTotal) error {
	pairs, err := s.pairs(r)
	if err != nil {
		return err
	}
	v := view.OrderForm{Pairs: pairs, Form: back.Form}
	if seller == 0 && len(pairs) == 1 {
		seller, buyer = ref(pairs[0].Seller.ID), ref(pairs[0].Buyer.ID)
	}
	for _, p := range pairs {
		if p.Seller.ID == seller.String() && p.Buyer.ID == buyer.String() {
			v.Pair, v.Chosen = p, true
		}
	}
	if seller != 0 && !v.Chosen {
		return errs.Gone()
	}
	if v.Chosen {
		if err := s.fillForm(r, seller, buyer, &v); err != nil {
			return err
		}
	}
	if total != nil {
		v.Total = *total
	}
	sh := r.shell(r.t("order.new"), "order", r.crumb("nav.home", "/"), r.crumb("nav.orders", "/orders"), r.crumb("order.new", ""))
	return r.html(back.Status, view.OrderFormPage(sh, v))
}

// fillForm adds the goods that the seller offers the buyer.
func (s *Site) fillForm(r *request, seller, buyer id.ID, v *view.OrderForm) error {
	d, _, err := s.Partner.Deal(r.ctx, r.a.Org, seller, buyer, r.today)
	if err != nil {
		if errs.CodeOf(err) == "order.no_agreement" {
			v.Form.Alert = i18n.Error(r.lang, err)
			return nil
		}
		return err
	}
	v.Currency, v.MinOrder = d.Currency.Code, d.MinOrder
	v.Terms = r.t("order.net_days", "n", i18n.Count(r.lang, int64(d.NetDays)))
	if d.Prepay {
		v.Terms = r.t("agreement.prepay")
	}
	v.Total = view.OrderTotal{Currency: v.Currency}
	again := s.again(r)
	offered, err := s.offer(r, seller, buyer)
	if err != nil {
		return err
	}
	free := s.free(r, seller)
	v.StockKnown = free != nil
	for _, it := range offered {
		v.Items = append(v.Items, formItem(it, free, again, v.Form))
	}
	return nil
}

// offer is everything that the seller offers the buyer, at most 5,000 goods: what one order may hold.
func (s *Site) offer(r *request, seller, buyer id.ID) (out []catalog.Item, err error) {
	q := list.Query{Size: list.MaxSize, Filter: map[string]string{}}
	for len(out) < 5000 {
		p, _, err := s.Catalog.Offer(r.ctx, r.a, seller, buyer, r.today, q)
		if err != nil {
			return nil, err
		}
		out = append(out, p.Items...)
		if q.Cursor = p.Next; q.Cursor == "" {
			break
		}
	}
	return out, nil
}

// again is what an earlier order held, to be ordered again: product → quantity in its unit.
func (s *Site) again(r *request) map[id.ID]trade.Line {
	out := map[id.ID]trade.Line{}
	if no := ref(r.Query("like")); no != 0 {
		if o, err := s.Trade.Bare(r.ctx, r.a, no); err == nil {
			for _, l := range o.Lines {
				out[l.Product] = l
			}
		}
	}
	return out
}

// free is what the seller has free of each product, where it is the reader's own to know; nil otherwise.
func (s *Site) free(r *request, seller id.ID) map[id.ID]qty.Qty {
	if seller != r.a.Org {
		return nil
	}
	out := map[id.ID]qty.Qty{}
	q := list.Query{Size: list.MaxSize, Filter: map[string]string{}}
	for range 25 {
		p, err := s.Goods.Counts(r.ctx, r.a, q)
		if err != nil {
			return nil
		}
		for _, c := range p.Items {
			out[c.Product] = c.Free()
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			break
		}
	}
	return out
}

func formItem(it catalog.Item, free map[id.ID]qty.Qty, again map[id.ID]trade.Line, f kit.Form) view.FormItem {
	no := it.Product.String()
	out := view.FormItem{Product: no, SKU: it.SKU, Name: it.Name, Service: it.Service, BaseUnit: it.BaseUnit, Err: f.E("qty-" + no),
		Free: free[it.Product], FreeKnown: free != nil}
	for _, u := range slices.Sorted(maps.Keys(it.Units)) {
		out.Units = append(out.Units, view.UnitChoice{Unit: u, Base: it.Units[u]})
	}
	slices.SortStableFunc(out.Units, func(a, b view.UnitChoice) int { return cmp.Compare(a.Base, b.Base) })
	for _, b := range it.Breaks {
		out.Breaks = append(out.Breaks, view.PriceBreak{From: b.MinQty, Price: b.Price})
	}
	if len(out.Breaks) > 0 {
		out.Price = out.Breaks[0].Price
	}
	unit, n := it.BaseUnit, "0"
	if len(out.Units) > 0 {
		unit = out.Units[len(out.Units)-1].Unit
	}
	if l, ok := again[it.Product]; ok {
		unit, n = l.Unit, l.UnitQty.String()
	}
	out.Unit, out.Qty = f.V("unit-"+no, unit), f.V("qty-"+no, n)
	return out
}

// placing reads the order form. names remembers which field became which line.
func (s *Site) placing(r *request) (trade.Place, []string, error) {
	f := r.reader()
	c := trade.Place{Key: r.tradeKey(), Seller: ref(f.text("seller")), Buyer: ref(f.text("buyer")), WantedOn: f.date("wanted_on"),
		Reference: f.text("reference"), Note: f.text("note"), HoldCredit: f.yes("hold_credit")}
	var names []string
	for _, k := range slices.Sorted(maps.Keys(f.v)) {
		no, ok := strings.CutPrefix(k, "qty-")
		product := ref(no)
		if !ok || product == 0 || f.v[k] == "" || f.v[k] == "0" {
			continue
		}
		bad := len(f.bad)
		n := f.qty(k)
		if n == 0 && len(f.bad) == bad {
			f.wrong(k, "site.not_positive")
		}
		c.Lines = append(c.Lines, trade.PlaceLine{Product: product, Qty: n, Unit: f.text("unit-" + no)})
		names = append(names, k)
	}
	if err := f.err(); err != nil {
		return c, names, err
	}
	if len(c.Lines) == 0 {
		return c, names, errs.New(errs.Invalid, "site.no_lines")
	}
	return c, names, nil
}

func (s *Site) placeOrder(r *request) error {
	c, names, err := s.placing(r)
	if err == nil {
		var o trade.Order
		if o, err = s.Trade.Place(r.ctx, r.a, c); err == nil {
			done := "order.placed"
			if o.Status == trade.CreditHold {
				done = "order.held"
			}
			return r.to("/orders/"+o.ID.String(), done)
		}
	}
	field := byLine(names)
	back, ok := r.refused(err, func(path string) string {
		switch path {
		case "wanted_on", "reference", "note":
			return path
		}
		if strings.HasPrefix(path, "qty-") {
			return path
		}
		return field(path)
	})
	if !ok {
		return err
	}
	if back.Conflict != "" {
		back.Form.Alert = back.Conflict
	}
	return s.orderForm(r, c.Seller, c.Buyer, back, s.typed(r, c))
}
