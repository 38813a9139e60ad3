package site

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/catalog"
	"saluran/internal/goods"
	"saluran/internal/id"
	"saluran/internal/partner"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) changeRoutes(get, post route) {
	get("/products/:id", s.product)
	post("/products/:id", s.changeProduct)
	post("/prices/:id/name", s.renameList)
	get("/warehouses/:id", s.warehouse)
	post("/warehouses/:id", s.changeWarehouse)
	get("/organisation", s.organisation)
	post("/organisation", s.changeOrganisation)
	s.logoRoutes(get, post)
}

// morePacks is how many packs a form offers beside those that are there; allPacks is how many it reads at most.
const (
	morePacks = 2
	allPacks  = 40
)

func (s *Site) product(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.productEdit(r, no, refusal{Status: http.StatusOK})
}

func (s *Site) productEdit(r *request, no id.ID, back refusal) error {
	x, err := s.Catalog.Product(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	v := view.ProductEdit{ProductRow: view.ProductRow{ID: no.String(), SKU: x.SKU, Name: x.Name, Kind: "goods", BaseUnit: x.BaseUnit, VAT: x.VATClass, Expires: x.Expires, Active: x.Active},
		GTIN: x.GTIN, Version: x.Version, Form: back.Form, CanWrite: x.Producer == r.a.Org && r.can(access.Own, "product", "write")}
	if x.Service {
		v.Kind = "service"
	}
	if x.Producer != r.a.Org {
		names, err := s.Partner.Names(r.ctx, []id.ID{x.Producer})
		if err != nil {
			return err
		}
		v.Producer = names[x.Producer]
	}
	for _, u := range x.Units {
		v.Units = append(v.Units, view.UnitChoice{Unit: u.Name, Base: u.Base})
		if u.Name != x.BaseUnit {
			v.Packs = append(v.Packs, view.UnitChoice{Unit: u.Name, Base: u.Base})
		}
	}
	v.Packs = append(v.Packs, make([]view.UnitChoice, morePacks)...)
	sh := r.shell(x.Name, "products", r.crumb("nav.home", "/"), r.crumb("nav.products", "/products"), kit.Crumb{Text: x.Name})
	return r.html(back.Status, view.ProductEditPage(sh, v))
}

func (s *Site) changeProduct(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	old, err := s.Catalog.Product(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	f := r.reader()
	p := catalog.Product{ID: no, Version: f.version(), Name: f.needed("name"), VATClass: f.text("vat"), GTIN: f.text("gtin"), Expires: f.yes("expires"), Active: f.yes("active"), BaseUnit: old.BaseUnit}
	var names []string // which row of the form became which unit
	for i := range allPacks {
		n := strconv.Itoa(i)
		unit, q := f.text("pack-"+n), f.qty("pack_qty-"+n)
		switch {
		case unit == "" && q == 0:
			continue
		case unit == "":
			f.wrong("pack-"+n, "site.required")
		case q == 0 && f.text("pack_qty-"+n) == "":
			f.wrong("pack_qty-"+n, "site.required")
		}
		p.Units, names = append(p.Units, catalog.Unit{Name: unit, Base: q}), append(names, n)
	}
	if err = f.err(); err == nil {
		if _, err = s.Catalog.ChangeProduct(r.ctx, r.a, r.auditKey(), p); err == nil {
			return r.to("/products/"+no.String(), "product.changed")
		}
	}
	back, ok := r.refused(err, func(path string) string {
		if rest, ok := strings.CutPrefix(path, "units["); ok {
			i, _, _ := strings.Cut(rest, "]")
			if n, err := strconv.Atoi(i); err == nil && n >= 0 && n < len(names) {
				return "pack-" + names[n]
			}
		}
		return strings.NewReplacer("vat_class", "vat", "units", "pack-0").Replace(path)
	})
	if !ok {
		return err
	}
	return s.productEdit(r, no, alerted(back))
}

func (s *Site) renameList(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	l := catalog.PriceList{ID: no, Version: f.version(), Name: f.needed("list_name")}
	if err = f.err(); err == nil {
		if _, err = s.Catalog.RenameList(r.ctx, r.a, r.auditKey(), l); err == nil {
			return r.to("/prices/"+no.String(), "list.changed")
		}
	}
	back, ok := r.refused(err, func(path string) string {
		if path == "name" {
			return "list_name"
		}
		return path
	})
	if !ok {
		return err
	}
	return s.pricePage(r, no, alerted(back))
}

func (s *Site) warehouse(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.placeEdit(r, no, refusal{Status: http.StatusOK})
}

func (s *Site) placeEdit(r *request, no id.ID, back refusal) error {
	p, err := s.Goods.Place(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	v := view.PlaceEdit{PlaceRow: view.PlaceRow{ID: no.String(), Name: p.Name, Kind: p.Kind, Address: p.Address, Main: p.Main, Active: p.Active},
		Version: p.Version, Form: back.Form, CanWrite: r.can(access.Own, "place", "change")}
	sh := r.shell(p.Name, "lots", r.crumb("nav.home", "/"), r.crumb("nav.lots", "/warehouses"), kit.Crumb{Text: p.Name})
	return r.html(back.Status, view.PlaceEditPage(sh, v))
}

func (s *Site) changeWarehouse(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	p := goods.Place{ID: no, Version: f.version(), Name: f.needed("name"), Address: f.text("address"), Main: f.yes("main"), Active: f.yes("active")}
	if err = f.err(); err == nil {
		if _, err = s.Goods.ChangePlace(r.ctx, r.a, r.auditKey(), p); err == nil {
			return r.to("/warehouses/"+no.String(), "place.changed")
		}
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.placeEdit(r, no, alerted(back))
}

func (s *Site) organisation(r *request) error {
	return s.orgEdit(r, refusal{Status: http.StatusOK}, kit.Form{})
}

// orgEdit is the page of the own organisation; back is a change that was refused, logo a picture.
func (s *Site) orgEdit(r *request, back refusal, logo kit.Form) error {
	o, err := s.Partner.Org(r.ctx, r.a, r.a.Org)
	if err != nil {
		return err
	}
	v := view.OrgEdit{ID: o.ID.String(), Code: o.Code, Kind: o.Kind, Name: o.Name, Zone: o.Zone, TaxNo: o.TaxNo, Address: o.Address, City: o.City, Phone: o.Phone, Country: o.Country,
		Currency: o.Currency, VATRegistered: o.VATRegistered, Large: o.Large, Version: o.Version, Form: back.Form, CanWrite: r.can(access.Own, "partner", "write"),
		Logo: view.LogoPath(o.ID.String(), o.Logo), LogoForm: logo, Accept: partner.LogoAccept}
	return r.html(back.Status, view.OrgEditPage(r.shell(r.t("organisation.title"), "organisation", r.crumb("nav.home", "/"), r.crumb("organisation.title", "")), v))
}

func (s *Site) changeOrganisation(r *request) error {
	f := r.reader()
	u := partner.UpdateOrg{Key: r.auditKey(), Org: r.a.Org, Version: f.version(), Name: f.needed("name"), Zone: f.text("zone"), TaxNo: f.text("tax_no"), Address: f.text("address"),
		City: f.text("city"), Phone: f.text("phone"), VATRegistered: f.yes("vat"), Large: f.yes("large"), Active: true}
	err := f.err()
	if err == nil {
		if _, err = s.Partner.Update(r.ctx, r.a, u); err == nil {
			return r.to("/organisation", "organisation.changed")
		}
	}
	known := []string{"name", "zone", "tax_no", "address", "city", "phone"}
	back, ok := r.refused(err, func(path string) string {
		if slices.Contains(known, path) {
			return path
		}
		return ""
	})
	if !ok {
		return err
	}
	return s.orgEdit(r, alerted(back), kit.Form{})
}
