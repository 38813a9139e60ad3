package site

import (
	"net/http"
	"strings"

	"saluran/internal/access"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/partner"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) masterRoutes(get, post route) {
	get("/partners", s.partners)
	get("/partners/:id", s.partner)
	get("/partners/:id/story", s.storyPart)
	post("/partners/:id/agreements", s.propose)
	post("/agreements/:id/accept", s.accept)
	post("/agreements/:id/decline", s.decline)
	s.channelRoutes(get, post)
	s.changeRoutes(get, post)
	get("/products", s.products)
	post("/products", s.addProduct)
	post("/prices", s.addList)
	get("/prices/:id", s.prices)
	post("/prices/:id", s.setPrice)
	get("/account", s.account)
	post("/account/password", s.changePassword)
	post("/account/sessions", s.endSessions)
	get("/audit", s.audit)
	get("/people", s.people)
	post("/people/:id/role", s.setRole)
	post("/people/:id/remove", s.removePerson)
}

func (s *Site) partners(r *request) error {
	v := view.Partners{Query: r.Query("q")}
	p, err := s.Partner.Links(r.ctx, r.a, r.listQuery("partners"))
	if err != nil {
		return err
	}
	if v.List, err = s.list(r, "partners", p.Next); err != nil {
		return err
	}
	v.Tabs = []kit.Tab{{Text: r.t("listing.all"), Href: "/partners", Current: v.Saved == nil}}
	for _, l := range p.Items {
		v.Rows = append(v.Rows, s.partnerRow(r, l))
	}
	if v.Query == "" && v.First == "" {
		if v.Mine, err = s.represented(r); err != nil {
			return err
		}
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
	places := map[string]access.Rel{"buyer": access.Seller, "seller": access.Buyer, "agent": access.Agent}
	row.CanPlace = l.Active && r.can(places[row.Side], "order", "place")
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
	return s.partnerPage(r, no, refusal{Status: http.StatusOK}, kit.Form{})
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

func (s *Site) products(r *request) error {
	return s.productPage(r, refusal{Status: http.StatusOK})
}

func (s *Site) productPage(r *request, back refusal) error {
	v := view.Products{Query: r.Query("q"), Form: back.Form, CanWrite: r.a.Kind == "producer" && r.can(access.Own, "product", "write"), CanPrice: r.can(access.Own, "price", "write")}
	p, err := s.Catalog.Products(r.ctx, r.a, r.listQuery("products"))
	if err != nil {
		return err
	}
	if v.List, err = s.list(r, "products", p.Next); err != nil {
		return err
	}
	v.Tabs = []kit.Tab{{Text: r.t("listing.all"), Href: "/products", Current: v.Saved == nil}}
	if !v.CanWrite {
		v.Acts = nil
	}
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
	v := view.Prices{ID: l.ID.String(), Name: l.Name, Currency: l.Currency, Version: l.Version, Today: r.today, CanWrite: r.can(access.Own, "price", "write")}
	if back.Form.Values != nil && back.Form.V("list_name", "-") != "-" {
		v.Rename = back.Form
	} else {
		v.Form = back.Form
	}
	v.Next, v.First = r.pages(p.Next)
	ids := make([]id.ID, len(p.Items))
	for i, x := range p.Items {
		ids[i] = x.Product
	}
	goods, err := s.Catalog.Named(r.ctx, r.a, ids)
	if err != nil {
		return err
	}
	for _, x := range p.Items {
		prod := goods[x.Product]
		v.Rows = append(v.Rows, view.PriceRow{SKU: prod.SKU, Name: prod.Name, Unit: prod.BaseUnit, Min: x.MinQty, Price: x.Price, From: x.From,
			Until: ended9999(x.Until), State: spell(r.today, x.From, x.Until)})
	}
	if v.CanWrite {
		if v.Products, err = s.productChoices(r, back.Form.V("product", "")); err != nil {
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
