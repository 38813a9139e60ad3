package site

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/catalog"
	"saluran/internal/errs"
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
func (s *Site) pairs(r *request, v *view.PairChoice) error {
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

func formItem(it catalog.Item, free qty.Qty, f kit.Form) view.FormItem {
	no := it.Product.String()
	out := view.FormItem{Product: no, SKU: it.SKU, Name: it.Name, Service: it.Service, BaseUnit: it.BaseUnit, Err: f.E("qty-" + no),
		Free: free, FreeKnown: true}
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
	out.Unit, out.Qty = f.V("unit-"+no, unit), f.V("qty-"+no, n)
	return out
}

// placing reads a form of goods and quantities. names remembers which field became which line.
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
				f.wrong(k, unread(err, "site.not_amount"))
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

// placeOrder takes an order that was filled in on a phone; at the desk, and where there is signal, it goes through the basket.
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
	return err
}
