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
	"saluran/internal/money"
	"saluran/internal/partner"
	"saluran/internal/qty"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

// pairs are the sellers and buyers between whom the actor may place orders: a page of the links of its organisation that the
// search finds.
func (s *Site) pairs(r *request, v *view.OrderForm) error {
	v.Query = strings.TrimSpace(r.Query("q"))
	p, err := s.Partner.Links(r.ctx, r.a, r.query("q", v.Query))
	if err != nil {
		return err
	}
	v.Next, v.First = r.pages(p.Next)
	for _, l := range p.Items {
		pair, ok := r.pair(l)
		if !ok || slices.ContainsFunc(v.Pairs, func(x view.Pair) bool { return x.Seller == pair.Seller && x.Buyer == pair.Buyer }) {
			continue
		}
		other := l.Seller
		if pair.As != "buyer" {
			other = l.Buyer
		}
		pair.Kind, _ = s.Partner.KindOf(r.ctx, other)
		pair.City = l.ChannelName
		v.Pairs = append(v.Pairs, pair)
	}
	slices.SortStableFunc(v.Pairs, func(a, b view.Pair) int {
		return cmp.Or(cmp.Compare(a.As, b.As), cmp.Compare(strings.ToLower(a.Buyer.Name), strings.ToLower(b.Buyer.Name)))
	})
	return nil
}

// between is the link between a seller and a buyer, as the actor may order on it; what it may not answers like what is not there.
func (s *Site) between(r *request, seller, buyer id.ID) (view.Pair, error) {
	partner := buyer
	if buyer == r.a.Org {
		partner = seller
	}
	p, err := s.Partner.Links(r.ctx, r.a, list.Query{Size: list.MaxSize, Filter: map[string]string{"partner": partner.String()}})
	if err != nil {
		return view.Pair{}, err
	}
	for _, l := range p.Items {
		if l.Seller == seller && l.Buyer == buyer {
			if pair, ok := r.pair(l); ok {
				return pair, nil
			}
		}
	}
	return view.Pair{}, errs.Gone()
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
		return s.Gate.Require(r.ctx, r.a, access.Buyer, "order", "place")
	}
	return s.orderForm(r, ref(r.Query("seller")), ref(r.Query("buyer")), refusal{Status: http.StatusOK}, nil)
}

// orderForm shows the catalogue of the chosen pair, with what was typed.
func (s *Site) orderForm(r *request, seller, buyer id.ID, back refusal, total *view.OrderTotal) error {
	v := view.OrderForm{Form: back.Form}
	if seller == 0 {
		if err := s.pairs(r, &v); err != nil {
			return err
		}
		if len(v.Pairs) == 1 && v.Query == "" && v.Next == "" && v.First == "" {
			seller, buyer = ref(v.Pairs[0].Seller.ID), ref(v.Pairs[0].Buyer.ID)
		}
	}
	if seller != 0 {
		pair, err := s.between(r, seller, buyer)
		if err != nil {
			return err
		}
		v.Others, v.Pair, v.Chosen = len(v.Pairs) == 0, pair, true
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
	return s.goodsOf(r, d, v)
}

// catalogue is how many goods an order form shows besides those that were picked; the others are searched for.
const catalogue = 100

// goodsOf adds what was picked so far, and what the search finds of what the seller offers the buyer.
func (s *Site) goodsOf(r *request, d partner.Deal, v *view.OrderForm) error {
	again := s.again(r)
	v.Purpose = purposeOf(d, again)
	v.Query = strings.TrimSpace(v.Form.V("q", r.Query("q")))
	p, _, err := s.Catalog.Offer(r.ctx, r.a, d.Seller, d.Buyer, r.today, list.Query{Size: catalogue, Filter: map[string]string{"q": v.Query}})
	if err != nil {
		return err
	}
	v.More, v.Found = p.Next != "", len(p.Items) > 0 || v.Query == ""
	picked := slices.Sorted(maps.Keys(again))
	for k, typed := range v.Form.Values {
		if no, ok := strings.CutPrefix(k, "qty-"); ok && typed != "" && typed != "0" && ref(no) != 0 && again[ref(no)].Product == 0 {
			picked = append(picked, ref(no))
		}
	}
	slices.Sort(picked)
	known, _, err := s.Catalog.Items(r.ctx, d.PriceList, d.Country, picked, r.today)
	if err != nil {
		return err
	}
	var shown []catalog.Item
	for _, no := range picked {
		if it, ok := known[no]; ok {
			shown = append(shown, it)
		}
	}
	for _, it := range p.Items {
		if _, ok := known[it.Product]; !ok {
			shown = append(shown, it)
		}
	}
	free := s.free(r, d.Seller, shown)
	v.StockKnown = free != nil
	for _, it := range shown {
		v.Items = append(v.Items, formItem(it, free, again, v.Form))
	}
	return nil
}

// purposeOf is what an order is for until somebody says so: a consumer uses goods up; what is ordered again is for the same as before.
func purposeOf(d partner.Deal, again map[id.ID]trade.Line) (purpose string) {
	if d.BuyerKind == "consumer" {
		return trade.EndUse
	}
	for _, l := range again {
		if purpose != "" && purpose != l.Purpose {
			return "resale"
		}
		purpose = l.Purpose
	}
	return cmp.Or(purpose, "resale")
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

// free is what the seller has free of each of these goods, where it is the reader's own to know; nil otherwise.
func (s *Site) free(r *request, seller id.ID, items []catalog.Item) map[id.ID]qty.Qty {
	if seller != r.a.Org {
		return nil
	}
	out := map[id.ID]qty.Qty{}
	for some := range slices.Chunk(items, list.MaxSize) {
		nos := make([]string, len(some))
		for i, it := range some {
			nos[i] = it.Product.String()
		}
		p, err := s.Goods.Counts(r.ctx, r.a, list.Query{Size: list.MaxSize, Filter: map[string]string{"product": strings.Join(nos, ",")}})
		if err != nil {
			return nil
		}
		for _, c := range p.Items {
			out[c.Product] = c.Free()
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
		Reference: f.text("reference"), Note: f.text("note"), HoldCredit: f.yes("hold_credit"), Terms: f.text("terms")}
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
		line := trade.PlaceLine{Product: product, Qty: n, Unit: f.text("unit-" + no), Purpose: f.text("purpose")}
		if seen := f.v["price-"+no]; seen != "" { // written by a phone, not typed
			p, err := money.ParsePrice(seen)
			if err != nil {
				f.wrong(k, "site.not_amount")
			}
			line.Price = &p
		}
		c.Lines = append(c.Lines, line)
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

// findGoods searches the catalogue, and keeps what was picked so far.
func (s *Site) findGoods(r *request) error {
	c, _, err := s.placing(r)
	if c.Seller == 0 || c.Buyer == 0 {
		return errs.Gone()
	}
	back := refusal{Status: http.StatusOK, Form: kit.Form{Values: values(r.Ctx)}}
	if err != nil && errs.CodeOf(err) != "site.no_lines" {
		back, _ = r.refused(err, same)
	}
	return s.orderForm(r, c.Seller, c.Buyer, back, s.typed(r, c))
}

func (s *Site) placeOrder(r *request) error {
	c, names, err := s.placing(r)
	if err == nil {
		var o trade.Order
		if o, err = s.Trade.Place(r.ctx, r.a, c); err == nil {
			if err := s.Visits.Placed(r.ctx, r.a, o.Seller, o.Buyer, o.ID); err != nil { // the order stands; it is linked by hand then
				s.Log.Warn("order of a visit", "error", err.Error())
			}
			done := "order.placed"
			if o.Status == trade.CreditHold {
				done = "order.held"
			}
			return r.to("/orders/"+o.ID.String(), done)
		}
	}
	if r.taken() {
		return refusedTaken(err, names)
	}
	field := byLine(names)
	back, ok := r.refused(err, func(path string) string {
		switch path {
		case "wanted_on", "reference", "note", "purpose":
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
