package site

import (
	"net/http"
	"strings"

	"saluran/internal/access"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/partner"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) masterRoutes(get, post route) {
	get("/partners", s.partners)
	get("/partners/:id", s.partner)
	post("/partners/:id/agreements", s.propose)
	post("/agreements/:id/accept", s.accept)
	get("/products", s.products)
	post("/products", s.addProduct)
	post("/prices", s.addList)
	get("/prices/:id", s.prices)
	post("/prices/:id", s.setPrice)
	get("/account", s.account)
	post("/account/password", s.changePassword)
	post("/account/sessions", s.endSessions)
	get("/people", s.people)
	post("/people", s.addPerson)
	post("/people/:id/role", s.setRole)
	post("/people/:id/remove", s.removePerson)
}

func (s *Site) partners(r *request) error {
	v := view.Partners{Query: r.Query("q")}
	p, err := s.Partner.Links(r.ctx, r.a, r.query("q", v.Query))
	if err != nil {
		return err
	}
	v.Next, v.First = r.pages(p.Next)
	for _, l := range p.Items {
		v.Rows = append(v.Rows, s.partnerRow(r, l))
	}
	return r.html(http.StatusOK, view.PartnersPage(r.shell(r.t("nav.partners"), "partners"), v))
}

func (s *Site) partnerRow(r *request, l partner.LinkView) view.PartnerRow {
	row := view.PartnerRow{Link: l.ID.String(), Seller: l.Seller.String(), Buyer: l.Buyer.String(), Channel: l.ChannelName, Active: l.Active,
		Code: l.BuyerCode, Name: l.BuyerName, Side: "buyer"}
	other := l.Buyer
	switch r.a.Org {
	case l.Buyer:
		row.Code, row.Name, row.Side, other = l.SellerCode, l.SellerName, "seller", l.Seller
	case l.Agent:
		row.Side, row.Of = "agent", l.SellerName // one shop may stand here once for each of its sellers
	}
	if r.a.Org != l.Agent {
		row.Agent = l.AgentName
	}
	row.Kind, _ = s.Partner.KindOf(r.ctx, other)
	row.Terms = "none"
	if l.Agreement != 0 {
		row.Terms = "in_force"
	}
	return row
}

func (s *Site) partner(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.partnerPage(r, no, refusal{Status: http.StatusOK})
}

// linkView finds a link with its names.
func (s *Site) linkView(r *request, no id.ID) (partner.LinkView, error) {
	l, err := s.Partner.Link(r.ctx, r.a, no)
	if err != nil {
		return partner.LinkView{}, err
	}
	q := list.Query{Size: list.MaxSize, Filter: map[string]string{"ended": "1"}}
	if other := l.Seller; other != r.a.Org {
		q.Filter["partner"] = other.String()
	} else {
		q.Filter["partner"] = l.Buyer.String()
	}
	p, err := s.Partner.Links(r.ctx, r.a, q)
	if err != nil {
		return partner.LinkView{}, err
	}
	for _, x := range p.Items {
		if x.ID == no {
			return x, nil
		}
	}
	return partner.LinkView{Link: l}, nil
}

func (s *Site) partnerPage(r *request, no id.ID, back refusal) error {
	l, err := s.linkView(r, no)
	if err != nil {
		return err
	}
	v := view.Partner{PartnerRow: s.partnerRow(r, l), SellerName: l.SellerName, BuyerName: l.BuyerName, Form: back.Form, Conflict: back.Conflict}
	rel, other := access.Seller, l.Buyer
	switch r.a.Org {
	case l.Buyer:
		rel, other = access.Buyer, l.Seller
	case l.Agent:
		rel = access.Agent
	}
	if o, err := s.Partner.Org(r.ctx, r.a, other); err == nil {
		v.City, v.TaxNo, v.Address, v.Phone, v.Currency = o.City, o.TaxNo, o.Address, o.Phone, o.Currency
	}
	if err := s.agreements(r, no, rel, &v); err != nil {
		return err
	}
	if rel == access.Seller || rel == access.Buyer {
		v.Credit = s.credit(r, string(rel), other, v.Currency)
	}
	if rel == access.Buyer {
		v.Banks = s.accounts(r, l.Seller, v.Currency)
	}
	v.CanPlace = l.Active && v.HasNow && r.can(rel, "order", "place")
	v.CanAccept = r.can(rel, "agreement", "confirm")
	v.CanPropose = l.Active && rel == access.Seller && r.can(rel, "agreement", "write")
	if v.CanPropose {
		lists, err := s.Catalog.Lists(r.ctx, r.a)
		if err != nil {
			return err
		}
		for _, x := range lists {
			v.Lists = append(v.Lists, view.Ref{ID: x.ID.String(), Name: x.Name + " (" + x.Currency + ")"})
		}
	}
	sh := r.shell(v.Name, "partners", r.crumb("nav.home", "/"), r.crumb("nav.partners", "/partners"), kit.Crumb{Text: v.Name})
	return r.html(back.Status, view.PartnerPage(sh, v))
}

// agreements adds the editions of a link, where the person may see them.
func (s *Site) agreements(r *request, link id.ID, rel access.Rel, v *view.Partner) error {
	if !r.can(access.Own, "agreement", "read") {
		return nil
	}
	p, err := s.Partner.Agreements(r.ctx, r.a, list.Query{Filter: map[string]string{"link": link.String()}})
	if err != nil {
		return err
	}
	for _, x := range p.Items {
		t := x.Terms
		a := view.Agreement{ID: x.ID.String(), Edition: x.Edition, Version: x.Version, From: t.From, Until: t.Until, Currency: t.Currency, PriceList: x.ListName,
			IncludesVAT: t.PricesIncludeVAT, Prepay: t.Prepay, MinOrder: t.MinOrder, Limit: t.CreditLimit, NetDays: t.NetDays, EarlyDays: t.EarlyDays,
			EarlyBps: t.EarlyBps, OverBps: t.OverBps, TitleOn: t.TitleOn, RiskOn: t.RiskOn, Resale: t.ResaleBeforeTitle, SellerAccepted: x.SellerAt, BuyerAccepted: x.BuyerAt}
		if a.Until == partner.Open {
			a.Until = ""
		}
		switch {
		case !x.Accepted():
			a.State = "proposed"
			a.Waits = (rel == access.Seller && x.SellerBy == 0) || (rel == access.Buyer && x.BuyerBy == 0)
		case t.From > r.today:
			a.State = "future"
		case x.Covers(r.today) && !v.HasNow:
			a.State = "in_force"
			v.Now, v.HasNow, v.Currency = a, true, t.Currency
		default:
			a.State = "ended"
		}
		v.Editions = append(v.Editions, a)
	}
	if v.HasNow {
		v.Now.State = "in_force"
	}
	return nil
}

func (s *Site) propose(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	currency := "IDR"
	priceList := ref(f.text("list"))
	if l, err := s.Catalog.List(r.ctx, r.a, priceList); err == nil {
		currency = l.Currency
	} else {
		f.wrong("list", "site.required")
	}
	terms := partner.Terms{From: f.date("from"), Until: f.date("until"), PriceList: priceList, Currency: currency, PricesIncludeVAT: f.yes("includes_vat"),
		MinOrder: f.amount("min_order", currency), NetDays: f.count("net_days"), Prepay: f.yes("prepay"), CreditLimit: f.amount("limit", currency),
		TitleOn: f.text("title_on"), RiskOn: f.text("risk_on"), ResaleBeforeTitle: f.yes("resale"), FreightBy: "seller"}
	f.needed("from")
	if err = f.err(); err == nil {
		_, _, err = s.Partner.Propose(r.ctx, r.a, partner.Propose{Key: r.auditKey(), Link: no, Terms: terms})
	}
	if err == nil {
		return r.to("/partners/"+no.String(), "agreement.proposed")
	}
	back, ok := r.refused(err, func(path string) string {
		return map[string]string{"terms.from": "from", "terms.until": "until", "credit_limit": "limit", "price_list": "list"}[path] + map[bool]string{true: path}[isTerm(path)]
	})
	if !ok {
		return err
	}
	return s.partnerPage(r, no, back)
}

func isTerm(path string) bool {
	switch path {
	case "from", "until", "list", "net_days", "limit", "min_order", "title_on", "risk_on":
		return true
	}
	return false
}

func (s *Site) accept(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	link := ref(r.FormValue("link"))
	if _, err := s.Partner.Accept(r.ctx, r.a, no); err != nil {
		back, ok := r.refused(err, func(string) string { return "" })
		if !ok || link == 0 {
			return err
		}
		return s.partnerPage(r, link, back)
	}
	return r.to("/partners/"+link.String(), "agreement.accepted")
}

func (s *Site) products(r *request) error {
	return s.productPage(r, refusal{Status: http.StatusOK})
}

func (s *Site) productPage(r *request, back refusal) error {
	v := view.Products{Query: r.Query("q"), Form: back.Form, CanWrite: r.a.Kind == "producer" && r.can(access.Own, "product", "write"), CanPrice: r.can(access.Own, "price", "write")}
	p, err := s.Catalog.Products(r.ctx, r.a, r.query("q", v.Query))
	if err != nil {
		return err
	}
	v.Next, v.First = r.pages(p.Next)
	var makers []id.ID
	for _, x := range p.Items {
		makers = append(makers, x.Producer)
	}
	names, err := s.Partner.Names(r.ctx, makers)
	if err != nil {
		return err
	}
	for _, x := range p.Items {
		row := view.ProductRow{ID: x.ID.String(), SKU: x.SKU, Name: x.Name, Kind: "goods", BaseUnit: x.BaseUnit, VAT: x.VATClass, Expires: x.Expires, Active: x.Active}
		if x.Service {
			row.Kind = "service"
		}
		if x.Producer != r.a.Org {
			row.Producer = names[x.Producer]
		}
		for _, u := range x.Units {
			row.Units = append(row.Units, view.UnitChoice{Unit: u.Name, Base: u.Base})
		}
		v.Rows = append(v.Rows, row)
	}
	if r.can(access.Own, "price", "read") {
		lists, err := s.Catalog.Lists(r.ctx, r.a)
		if err != nil {
			return err
		}
		for _, l := range lists {
			v.Lists = append(v.Lists, view.PriceListRow{ID: l.ID.String(), Name: l.Name, Currency: l.Currency})
		}
	}
	return r.html(back.Status, view.ProductsPage(r.shell(r.t("nav.products"), "products"), v))
}

func (s *Site) addProduct(r *request) error {
	f := r.reader()
	p := catalog.Product{SKU: f.needed("sku"), Name: f.needed("name"), Service: f.text("kind") == "service", BaseUnit: f.needed("base_unit"),
		VATClass: f.text("vat"), Expires: f.yes("expires"), Active: true}
	if n := f.qty("pack_qty"); n > 0 && f.text("pack") != "" {
		p.Units = append(p.Units, catalog.Unit{Name: f.text("pack"), Base: n})
	}
	err := f.err()
	if err == nil {
		_, err = s.Catalog.AddProduct(r.ctx, r.a, r.auditKey(), p)
	}
	if err == nil {
		return r.to("/products", "product.added")
	}
	back, ok := r.refused(err, func(path string) string {
		return strings.NewReplacer("vat_class", "vat", "units", "pack_qty").Replace(path)
	})
	if !ok {
		return err
	}
	return s.productPage(r, alerted(back))
}

// alerted says a conflict on top of the form, where the page has no panel of its own for it.
func alerted(back refusal) refusal {
	if back.Conflict != "" {
		back.Form.Alert = back.Conflict
	}
	return back
}

func (s *Site) addList(r *request) error {
	f := r.reader()
	l := catalog.PriceList{Name: f.needed("list_name"), Currency: f.needed("list_currency")}
	err := f.err()
	if err == nil {
		_, err = s.Catalog.AddList(r.ctx, r.a, r.auditKey(), l)
	}
	if err == nil {
		return r.to("/products", "list.added")
	}
	back, ok := r.refused(err, func(path string) string {
		if strings.HasPrefix(path, "list_") {
			return path
		}
		return "list_" + path
	})
	if !ok {
		return err
	}
	return s.productPage(r, alerted(back))
}

func (s *Site) prices(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.pricePage(r, no, refusal{Status: http.StatusOK})
}

func (s *Site) pricePage(r *request, no id.ID, back refusal) error {
	l, err := s.Catalog.List(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	p, err := s.Catalog.PricesOf(r.ctx, r.a, no, r.query())
	if err != nil {
		return err
	}
	v := view.Prices{ID: l.ID.String(), Name: l.Name, Currency: l.Currency, Form: back.Form, Today: r.today, CanWrite: r.can(access.Own, "price", "write")}
	v.Next, v.First = r.pages(p.Next)
	seen := map[id.ID]catalog.Product{}
	for _, x := range p.Items {
		prod, ok := seen[x.Product]
		if !ok {
			if prod, err = s.Catalog.Product(r.ctx, r.a, x.Product); err != nil && !errs.Is(err, errs.NotFound) {
				return err
			}
			seen[x.Product] = prod
		}
		v.Rows = append(v.Rows, view.PriceRow{SKU: prod.SKU, Name: prod.Name, Unit: prod.BaseUnit, Min: x.MinQty, Price: x.Price, From: x.From, Until: ended9999(x.Until)})
	}
	if v.CanWrite {
		if v.Products, err = s.productChoices(r); err != nil {
			return err
		}
	}
	sh := r.shell(l.Name, "products", r.crumb("nav.home", "/"), r.crumb("nav.products", "/products"), kit.Crumb{Text: l.Name})
	return r.html(back.Status, view.PricesPage(sh, v))
}

func ended9999(d clock.Date) clock.Date {
	if d == partner.Open {
		return ""
	}
	return d
}

func (s *Site) setPrice(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	f.needed("price")
	p := catalog.Price{List: no, Product: ref(f.text("product")), MinQty: f.qty("min"), From: f.date("from"), Until: f.date("until"), Price: f.price("price")}
	if err = f.err(); err == nil {
		err = s.Catalog.SetPrices(r.ctx, r.a, r.auditKey(), no, []catalog.Price{p})
	}
	if err == nil {
		return r.to("/prices/"+no.String(), "price.set")
	}
	back, ok := r.refused(err, func(path string) string {
		if i := strings.LastIndex(path, "."); i >= 0 {
			path = path[i+1:]
		}
		return map[string]string{"product": "product", "min_qty": "min", "min": "min", "from": "from", "until": "until", "price": "price"}[path]
	})
	if !ok {
		return err
	}
	return s.pricePage(r, no, alerted(back))
}
