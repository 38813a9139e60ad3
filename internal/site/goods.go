package site

import (
	"net/http"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/catalog"
	"saluran/internal/goods"
	"saluran/internal/list"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) goodsRoutes(get, post route) {
	get("/stock", s.stock)
	get("/transfers/new", s.newTransfer)
	post("/transfers", s.transfer)
	get("/movements", s.movements)
	get("/movements/:id", s.movement)
	post("/movements/:id/reversal", s.reverse)
	get("/lots/:id", s.lot)
	post("/lots/:id/recall", s.recall)
	get("/warehouses", s.warehouses)
	post("/warehouses", s.addWarehouse)
	post("/lots", s.makeLot)
}

// stock shows positions by one of the three books.
func (s *Site) stock(r *request) error {
	by := goods.By(r.Query("by"))
	switch by {
	case goods.ByOwner, goods.ByHolder, goods.ByBearer:
	default:
		by = goods.ByOwner
	}
	v := view.Stock{By: string(by), Query: r.Query("q"), CanMove: r.can(access.Own, "stock", "transfer")}
	for _, b := range []goods.By{goods.ByOwner, goods.ByHolder, goods.ByBearer} {
		v.Tabs = append(v.Tabs, kit.Tab{Text: r.t("stock.by_" + string(b)), Href: "/stock?by=" + string(b), Current: b == by})
	}
	p, err := s.Goods.Stock(r.ctx, r.a, by, 0, r.query("q", strings.TrimSpace(v.Query)))
	if err != nil {
		return err
	}
	if v.List, err = s.list(r, "stock", p.Next); err != nil {
		return err
	}
	for _, x := range p.Items {
		v.Rows = append(v.Rows, r.standing(x))
	}
	if r.Query("after") == "" && r.a.Kind != "agent" {
		if counts, err := s.Goods.Counts(r.ctx, r.a, list.Query{Size: 100, Filter: found(v.Query, p.Items)}); err == nil {
			for _, c := range counts.Items {
				v.Sums = append(v.Sums, view.StockSum{SKU: c.SKU, Name: c.ProductName, Unit: c.BaseUnit, Sellable: c.Sellable, Held: c.Held})
			}
		}
	}
	return r.html(http.StatusOK, view.StockPage(r.shell(r.t("nav.stock"), "stock"), v))
}

// found keeps the counters to the goods of a search, by whatever it found them; nothing is searched for: all.
func found(q string, rows []goods.Standing) map[string]string {
	if strings.TrimSpace(q) == "" {
		return nil
	}
	ids := []string{"0"} // of nothing
	for _, x := range rows {
		if no := x.Product.String(); !slices.Contains(ids, no) {
			ids = append(ids, no)
		}
	}
	return map[string]string{"product": strings.Join(ids, ",")}
}

func (r *request) standing(x goods.Standing) view.StockRow {
	row := view.StockRow{SKU: x.SKU, Name: x.ProductName, Unit: x.BaseUnit, Lot: x.LotCode, ExpiresOn: x.ExpiresOn, Owner: x.OwnerName, Holder: x.HolderName,
		Bearer: x.BearerName, Place: x.PlaceName, Qty: x.Qty, Transit: x.PlaceKind == "transit"}
	if row.Transit {
		row.Holder = r.t("stock.transit")
		if x.HolderName != "" {
			row.Holder = x.HolderName + ", " + row.Holder
		}
	}
	if x.PlaceKind == goods.Quarantine {
		row.Place = r.t("place.quarantine") + ": " + row.Place
	}
	return row
}

func (s *Site) warehouses(r *request) error {
	return s.warehousePage(r, refusal{Status: http.StatusOK}, refusal{})
}

func (s *Site) warehousePage(r *request, make, add refusal) error {
	places, err := s.Goods.Places(r.ctx, r.a)
	if err != nil {
		return err
	}
	v := view.Warehouses{Form: make.Form, AddForm: add.Form, Today: r.today, CanMake: r.can(access.Own, "lot", "make"), CanAdd: r.can(access.Own, "place", "create")}
	for _, p := range places {
		v.Places = append(v.Places, view.PlaceRow{ID: p.ID.String(), Name: p.Name, Kind: p.Kind, Address: p.Address, Main: p.Main, Active: p.Active})
	}
	lots, err := s.Goods.NearExpiry(r.ctx, r.a, "9999-12-31", r.query())
	if err != nil {
		return err
	}
	v.Next, v.First = r.pages(lots.Next)
	for _, l := range lots.Items {
		v.Lots = append(v.Lots, view.LotRow{ID: l.ID.String(), Code: l.Code, SKU: l.SKU, Name: l.ProductName, Status: l.Status, MadeOn: l.MadeOn, ExpiresOn: l.ExpiresOn, Qty: l.Qty})
	}
	if v.CanMake {
		if v.Products, err = s.productChoices(r, make.Form.V("product", "")); err != nil {
			return err
		}
	}
	status := make.Status
	if add.Status != 0 {
		status = add.Status
	}
	return r.html(status, view.WarehousesPage(r.shell(r.t("nav.lots"), "lots"), v))
}

// choosable is how many goods a select offers; the others are searched for.
const choosable = 100

// productChoices are the goods that the organisation makes or sells, for a select: those that the search "goods" finds, at most
// choosable of them, and the one that was chosen before. more tells whether there are others.
func (s *Site) productChoices(r *request, chosen string) (c view.Choices, err error) {
	c.Query = strings.TrimSpace(r.Query("goods"))
	p, err := s.Catalog.Products(r.ctx, r.a, list.Query{Size: choosable, Filter: map[string]string{"q": c.Query}})
	if err != nil {
		return c, err
	}
	c.More = p.Next != "" || c.Query != ""
	if no := ref(chosen); no != 0 && !slices.ContainsFunc(p.Items, func(x catalog.Product) bool { return x.ID == no }) {
		if x, err := s.Catalog.Product(r.ctx, r.a, no); err == nil {
			p.Items = append(p.Items, x)
		}
	}
	for _, x := range p.Items {
		if x.Active {
			c.Refs = append(c.Refs, view.Ref{ID: x.ID.String(), Name: x.Name + " (" + x.SKU + ", " + x.BaseUnit + ")"})
		}
	}
	return c, nil
}

func (s *Site) makeLot(r *request) error {
	f := r.reader()
	c := goods.NewLot{Key: r.goodsKey(), Kind: "bought", Product: ref(f.text("product")), Warehouse: ref(f.text("place")), Code: f.needed("code"),
		MadeOn: f.date("made_on"), ExpiresOn: f.date("expires_on"), Qty: f.qty("qty")}
	if r.a.Kind == "producer" {
		c.Kind = "make"
	}
	if c.Qty == 0 && len(f.bad) == 0 {
		f.wrong("qty", "site.not_positive")
	}
	err := f.err()
	if err == nil {
		_, err = s.Goods.MakeLot(r.ctx, r.a, c)
	}
	if err == nil {
		return r.to("/warehouses", "lot.made")
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	if back.Conflict != "" {
		back.Form.Alert = back.Conflict
	}
	return s.warehousePage(r, back, refusal{})
}

func (s *Site) addWarehouse(r *request) error {
	f := r.reader()
	name, address := f.needed("place_name"), f.text("place_address")
	err := f.err()
	if err == nil {
		_, err = s.Goods.AddPlace(r.ctx, r.a, r.auditKey(), name, address, false)
	}
	if err == nil {
		return r.to("/warehouses", "place.added")
	}
	back, ok := r.refused(err, func(path string) string {
		if strings.HasPrefix(path, "place_") {
			return path
		}
		return "place_" + path
	})
	if !ok {
		return err
	}
	if back.Conflict != "" {
		back.Form.Alert = back.Conflict
	}
	return s.warehousePage(r, refusal{}, back)
}
