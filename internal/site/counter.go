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
	"saluran/internal/goods"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/partner"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

// shelf is how many goods of the shelf a page of the counter shows; the others are searched for.
const shelf = 30

func (s *Site) counterRoutes(get, post route) {
	get("/counter", s.counter)
	post("/counter", s.sellAtCounter)
	post("/counter/pick", s.pickAtCounter)
	post("/counter/total", s.counterTotal)
	get("/counter/use", s.useGoods)
	post("/counter/use", s.takeIntoUse)
}

// maySell tells whether the person may sell over the counter; mayUse, whether goods may be taken into own use.
func (r *request) maySell() bool { return r.can(access.Seller, "order", "counter_sale") }
func (r *request) mayUse() bool  { return r.can(access.Own, "stock", "use") }

func (r *request) counterTabs(current string) (out []kit.Tab) {
	if r.maySell() {
		out = append(out, kit.Tab{Text: r.t("counter.sell"), Href: "/counter", Current: current == "sell"})
	}
	if r.mayUse() {
		out = append(out, kit.Tab{Text: r.t("counter.use"), Href: "/counter/use", Current: current == "use"})
	}
	return out
}

func (s *Site) counter(r *request) error {
	return s.counterPage(r, ref(r.Query("list")), trade.CounterSale{}, strings.TrimSpace(r.Query("q")), refusal{Status: http.StatusOK})
}

// pickAtCounter searches the shelf, and keeps what was picked so far.
func (s *Site) pickAtCounter(r *request) error {
	c, _, q, err := s.selling(r)
	if err != nil && !errs.Is(err, errs.Invalid) {
		return err
	}
	back := refusal{Status: http.StatusOK, Form: kit.Form{Values: values(r.Ctx)}}
	if err != nil && errs.CodeOf(err) != "site.no_lines" {
		back, _ = r.refused(err, same)
	}
	return s.counterPage(r, c.List, c, q, back)
}

// counterPage shows what was picked first, then what the search finds on the shelf, and the sales before.
func (s *Site) counterPage(r *request, priceList id.ID, c trade.CounterSale, q string, back refusal) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Seller, "order", "counter_sale"); err != nil {
		return err
	}
	lists, err := s.Catalog.Lists(r.ctx, r.a)
	if err != nil {
		return err
	}
	v := view.Counter{Tabs: r.counterTabs("sell"), Query: q, Form: back.Form, CanPrice: r.can(access.Own, "price", "write"), Found: true}
	for _, l := range lists {
		v.Lists = append(v.Lists, view.Ref{ID: l.ID.String(), Name: l.Name + " (" + l.Currency + ")"})
	}
	if priceList == 0 && len(lists) > 0 {
		priceList = lists[0].ID
	}
	if priceList != 0 {
		d, err := s.till(r, priceList)
		if err != nil {
			return err
		}
		v.List, v.Total = priceList.String(), view.OrderTotal{Currency: d.Currency.Code}
		if err := s.fillCounter(r, d, c, &v); err != nil {
			return err
		}
	}
	if err := s.pastSales(r, &v); err != nil {
		return err
	}
	return r.html(back.Status, view.CounterPage(r.shell(r.t("nav.counter"), "counter"), v))
}

// pastSales adds the sales over the counter, newest first.
func (s *Site) pastSales(r *request, v *view.Counter) error {
	consumer, err := s.Partner.WalkIn(r.ctx, r.a.Org)
	if err != nil || consumer == 0 {
		return err
	}
	q := r.query("counter", consumer.String())
	past, err := s.Trade.Orders(r.ctx, r.a, q)
	if err != nil {
		return err
	}
	v.PastList.Next, v.PastList.First = r.pages(past.Next)
	sum, err := s.Trade.OrderTotals(r.ctx, r.a, q)
	r.totals(&v.PastList, len(past.Items), sum, err)
	for _, o := range past.Items {
		row := orderRow(r.a, o)
		if o.Kind == trade.KindReturn { // it was given back
			row.Total = -row.Total
		}
		v.Past = append(v.Past, row)
	}
	return nil
}

// till is the deal of a counter as its total is counted: prices of an own list, VAT included.
func (s *Site) till(r *request, priceList id.ID) (partner.Deal, error) {
	l, err := s.Catalog.List(r.ctx, r.a, priceList)
	if err != nil {
		return partner.Deal{}, err
	}
	o, err := s.Partner.Org(r.ctx, r.a, r.a.Org)
	if err != nil {
		return partner.Deal{}, err
	}
	cur, err := money.Lookup(l.Currency)
	return partner.Deal{Seller: r.a.Org, PriceList: l.ID, Currency: cur, Country: o.Country, VATRegistered: o.VATRegistered, PricesIncludeVAT: true}, err
}

// fillCounter adds the goods: those that were picked, then at most a shelf of those that the search finds.
func (s *Site) fillCounter(r *request, d partner.Deal, c trade.CounterSale, v *view.Counter) error {
	var stands []goods.Count
	if len(c.Lines) > 0 {
		nos := make([]string, len(c.Lines))
		for i, l := range c.Lines {
			nos[i] = l.Product.String()
		}
		p, err := s.Goods.Counts(r.ctx, r.a, list.Query{Size: counterLines, Filter: map[string]string{"product": strings.Join(nos, ",")}})
		if err != nil {
			return err
		}
		stands = p.Items
	}
	picked := len(stands)
	p, err := s.Goods.Counts(r.ctx, r.a, list.Query{Size: shelf, Filter: map[string]string{"q": v.Query, "free": "1"}})
	if err != nil {
		return err
	}
	v.More, v.Found = p.Next != "", len(p.Items) > 0 || v.Query == ""
	for _, x := range p.Items {
		if !slices.ContainsFunc(stands[:picked], func(y goods.Count) bool { return y.Product == x.Product }) {
			stands = append(stands, x)
		}
	}
	products := make([]id.ID, len(stands))
	for i, x := range stands {
		products[i] = x.Product
	}
	items, _, err := s.Catalog.Items(r.ctx, d.PriceList, d.Country, products, r.today)
	if err != nil {
		return httpx.Known(err)
	}
	for _, x := range stands {
		v.Items = append(v.Items, counterItem(x, items, v.Form))
	}
	if len(c.Lines) > 0 {
		return s.addUp(r, d, c.Lines, &v.Total)
	}
	return nil
}

// counterItem is a good of the shelf; without a price in the list it is shown and cannot be sold.
func counterItem(x goods.Count, items map[id.ID]catalog.Item, f kit.Form) view.FormItem {
	it, priced := items[x.Product]
	if !priced {
		return view.FormItem{Product: x.Product.String(), SKU: x.SKU, Name: x.ProductName, BaseUnit: x.BaseUnit, Free: x.Free(), FreeKnown: true}
	}
	out := formItem(it, x.Free(), f)
	out.Unit = f.V("unit-"+out.Product, it.BaseUnit) // a counter sells by the piece
	return out
}

// selling reads the form of the counter; names remembers which field became which line, q is what was searched for.
func (s *Site) selling(r *request) (c trade.CounterSale, names []string, q string, err error) {
	if err := s.Gate.Require(r.ctx, r.a, access.Seller, "order", "counter_sale"); err != nil {
		return c, nil, "", err
	}
	f := r.reader()
	c = trade.CounterSale{Key: r.tradeKey(), List: ref(f.text("list")), Paid: !f.yes("unpaid"), Method: f.text("method")}
	if c.List == 0 {
		return c, nil, "", errs.Gone()
	}
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
	if len(c.Lines) > counterLines {
		return c, names, f.text("q"), errs.New(errs.Invalid, "order.too_many_lines", "max", i18n.Count(r.lang, counterLines), "lines", i18n.Count(r.lang, int64(len(c.Lines))))
	}
	if err = f.err(); err == nil && len(c.Lines) == 0 {
		err = errs.New(errs.Invalid, "site.no_lines")
	}
	return c, names, strings.TrimSpace(f.text("q")), err
}

// counterLines is how many goods one receipt of the page may hold; the API takes more.
const counterLines = 100

func (s *Site) sellAtCounter(r *request) error {
	c, names, q, err := s.selling(r)
	if err == nil {
		if _, err = s.Trade.CounterSale(r.ctx, r.a, c); err == nil {
			return r.to("/counter?list="+c.List.String(), "counter.sold")
		}
	}
	field := byLine(names)
	back, ok := r.refused(err, func(path string) string {
		if path == "method" || strings.HasPrefix(path, "qty-") {
			return path
		}
		return field(path)
	})
	if !ok {
		return err
	}
	if len(c.Lines) > counterLines {
		c.Lines = c.Lines[:counterLines]
	}
	return s.counterPage(r, c.List, c, q, alerted(back))
}

// counterTotal is the running total while one types.
func (s *Site) counterTotal(r *request) error {
	c, _, _, err := s.selling(r)
	if err != nil && !errs.Is(err, errs.Invalid) {
		return err
	}
	d, derr := s.till(r, c.List)
	if derr != nil {
		return derr
	}
	t := view.OrderTotal{Currency: d.Currency.Code}
	switch {
	case errs.CodeOf(err) == "site.no_lines": // nothing picked yet is no mistake
	case err != nil:
		t.Problem = i18n.Error(r.lang, err)
	default:
		if err := s.addUp(r, d, c.Lines, &t); err != nil {
			return err
		}
	}
	return html(r.Ctx, r.ctx, http.StatusOK, view.OrderTotalPart(t))
}

// useGoods is the page on which goods are taken into own use: one finds the goods, then says how many from where.
func (s *Site) useGoods(r *request) error {
	return s.usePage(r, ref(r.Query("product")), refusal{Status: http.StatusOK})
}

func (s *Site) usePage(r *request, product id.ID, back refusal) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "stock", "use"); err != nil {
		return err
	}
	current := "use"
	if r.maySell() {
		current = "counter"
	}
	v := view.Use{Tabs: r.counterTabs("use"), Query: strings.TrimSpace(r.Query("q")), Form: back.Form}
	if product == 0 {
		p, err := s.Goods.Counts(r.ctx, r.a, r.query("q", v.Query, "free", "1"))
		if err != nil {
			return err
		}
		v.Next, v.First = r.pages(p.Next)
		for _, x := range p.Items {
			v.Rows = append(v.Rows, view.StockSum{Product: x.Product.String(), SKU: x.SKU, Name: x.ProductName, Unit: x.BaseUnit, Sellable: x.Sellable, Held: x.Held})
		}
		return r.html(back.Status, view.UsePage(r.shell(r.t("counter.use_title"), current), v))
	}
	x, err := s.ownCount(r, product)
	if err != nil {
		return err
	}
	v.Chosen = &view.StockSum{Product: product.String(), SKU: x.SKU, Name: x.ProductName, Unit: x.BaseUnit, Sellable: x.Sellable, Held: x.Held}
	places, err := s.Goods.Places(r.ctx, r.a)
	if err != nil {
		return err
	}
	slices.SortStableFunc(places, func(a, b goods.Place) int { return cmp.Compare(rank(a), rank(b)) })
	for _, p := range places {
		if p.Kind == goods.Warehouse && p.Active {
			v.Places = append(v.Places, view.Ref{ID: p.ID.String(), Name: p.Name})
		}
	}
	sh := r.shell(x.ProductName, current, r.crumb("nav.home", "/"), r.crumb("counter.use", "/counter/use"), kit.Crumb{Text: x.ProductName})
	return r.html(back.Status, view.UsePage(sh, v))
}

// rank puts the main warehouse first.
func rank(p goods.Place) int {
	if p.Main {
		return 0
	}
	return 1
}

// ownCount is what the organisation has of a product; what it has none of answers like what does not exist.
func (s *Site) ownCount(r *request, product id.ID) (goods.Count, error) {
	p, err := s.Goods.Counts(r.ctx, r.a, list.Query{Size: 1, Filter: map[string]string{"product": product.String()}})
	if err == nil && len(p.Items) == 0 {
		err = errs.Gone()
	}
	if err != nil {
		return goods.Count{}, err
	}
	return p.Items[0], nil
}

func (s *Site) takeIntoUse(r *request) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "stock", "use"); err != nil {
		return err
	}
	f := r.reader()
	c := goods.Use{Key: r.goodsKey(), Product: ref(f.text("product")), From: ref(f.text("place")), Qty: f.qty("qty")}
	if _, err := s.ownCount(r, c.Product); err != nil {
		return err
	}
	if f.needed("qty"); c.Qty == 0 && len(f.bad) == 0 {
		f.wrong("qty", "site.not_positive")
	}
	err := f.err()
	if err == nil {
		_, err = s.Goods.Use(r.ctx, r.a, c)
	}
	if err == nil {
		return r.to("/counter/use", "counter.used")
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.usePage(r, c.Product, alerted(back))
}
