package site

import (
	"net/http"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/goods"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/qty"
	"saluran/web/kit"
	"saluran/web/view"
)

// newTransfer is the page on which goods are moved between warehouses: one finds the goods, then says how many from where to where.
func (s *Site) newTransfer(r *request) error {
	return s.transferPage(r, ref(r.Query("product")), refusal{Status: http.StatusOK})
}

func (s *Site) transferPage(r *request, product id.ID, back refusal) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "stock", "transfer"); err != nil {
		return err
	}
	v := view.Transfer{Query: strings.TrimSpace(r.Query("q")), Form: back.Form}
	if product == 0 {
		p, err := s.Goods.Counts(r.ctx, r.a, r.query("q", v.Query))
		if err != nil {
			return err
		}
		v.Next, v.First = r.pages(p.Next)
		for _, x := range p.Items {
			v.Rows = append(v.Rows, view.StockSum{Product: x.Product.String(), SKU: x.SKU, Name: x.ProductName, Unit: x.BaseUnit, Sellable: x.Sellable, Held: x.Held})
		}
		sh := r.shell(r.t("transfer.title"), "stock", r.crumb("nav.home", "/"), r.crumb("nav.stock", "/stock"), r.crumb("transfer.title", ""))
		return r.html(back.Status, view.TransferPage(sh, v))
	}
	x, err := s.ownCount(r, product)
	if err != nil {
		return err
	}
	v.Chosen = &view.StockSum{Product: product.String(), SKU: x.SKU, Name: x.ProductName, Unit: x.BaseUnit, Sellable: x.Sellable, Held: x.Held}
	if err := s.transferStands(r, product, &v); err != nil {
		return err
	}
	sh := r.shell(x.ProductName, "stock", r.crumb("nav.home", "/"), r.crumb("nav.stock", "/stock"), r.crumb("transfer.title", "/transfers/new"), kit.Crumb{Text: x.ProductName})
	return r.html(back.Status, view.TransferPage(sh, v))
}

// transferStands adds the warehouses, and what stands in them by lot.
func (s *Site) transferStands(r *request, product id.ID, v *view.Transfer) error {
	places, err := s.Goods.Places(r.ctx, r.a)
	if err != nil {
		return err
	}
	stands, err := s.inWarehouses(r, product)
	if err != nil {
		return err
	}
	held := map[string]bool{}
	v.Lots = []kit.Option{{Label: r.t("transfer.first_expiring")}}
	for _, x := range stands {
		held[x.Place.String()] = true
		v.Stands = append(v.Stands, view.MoveRow{Lot: x.LotCode, SKU: x.SKU, Name: x.ProductName, Unit: x.BaseUnit, Place: x.PlaceName, Qty: x.Qty})
		o := kit.Option{Value: x.Lot.String(), Label: x.LotCode}
		if x.ExpiresOn != "" {
			o.Label += " · " + r.t("shipment.expires", "on", kit.Day(r.ctx, x.ExpiresOn))
		}
		if !slices.Contains(v.Lots, o) {
			v.Lots = append(v.Lots, o)
		}
	}
	for _, p := range places {
		if p.Kind != goods.Warehouse || !p.Active {
			continue
		}
		at := view.Ref{ID: p.ID.String(), Name: p.Name}
		if v.To = append(v.To, at); held[at.ID] {
			v.From = append(v.From, at)
		}
	}
	if len(v.From) == 1 { // the other end first
		slices.SortStableFunc(v.To, func(a, b view.Ref) int {
			switch {
			case a == v.From[0] && b != v.From[0]:
				return 1
			case b == v.From[0] && a != v.From[0]:
				return -1
			}
			return 0
		})
	}
	return nil
}

// inWarehouses is what stands of a product in the organisation's warehouses, by place and lot, at most a page of it.
func (s *Site) inWarehouses(r *request, product id.ID) ([]goods.Standing, error) {
	p, err := s.Goods.Stock(r.ctx, r.a, goods.ByHolder, 0, list.Query{Size: list.MaxSize, Filter: map[string]string{"product": product.String()}})
	if err != nil {
		return nil, err
	}
	var out []goods.Standing
	for _, x := range p.Items {
		if x.PlaceKind != goods.Warehouse {
			continue
		}
		i := slices.IndexFunc(out, func(y goods.Standing) bool { return y.Place == x.Place && y.Lot == x.Lot })
		if i < 0 {
			out = append(out, x)
			continue
		}
		out[i].Qty += x.Qty
	}
	return out, nil
}

// transfer moves goods between two warehouses: it shows what each will hold first.
func (s *Site) transfer(r *request) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "stock", "transfer"); err != nil {
		return err
	}
	f := r.reader()
	c := goods.Transfer{Key: r.goodsKey(), Product: ref(f.text("product")), Lot: ref(f.text("lot")), From: ref(f.text("from")), To: ref(f.text("to")), Qty: f.qty("qty")}
	x, err := s.ownCount(r, c.Product)
	if err != nil {
		return err
	}
	if f.needed("qty"); c.Qty == 0 && len(f.bad) == 0 {
		f.wrong("qty", "site.not_positive")
	}
	if c.From == c.To && c.From != 0 {
		f.wrong("to", "goods.same_place")
	}
	switch err = f.err(); {
	case f.changed():
		return s.transferPage(r, c.Product, r.backTo())
	case err == nil && f.sure():
		if _, err = s.Goods.Transfer(r.ctx, r.a, c); err == nil {
			return r.to("/transfers/new?product="+c.Product.String(), "goods.moved")
		}
	case err == nil:
		if err = s.weighTransfer(r, x, c); err == nil {
			return nil
		}
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.transferPage(r, c.Product, alerted(back))
}

func (s *Site) weighTransfer(r *request, x goods.Count, c goods.Transfer) error {
	places, err := s.Goods.Places(r.ctx, r.a)
	if err != nil {
		return err
	}
	stands, err := s.inWarehouses(r, c.Product)
	if err != nil {
		return err
	}
	held, all := map[id.ID]qty.Qty{}, map[id.ID]qty.Qty{}
	for _, y := range stands {
		all[y.Place] += y.Qty
		if c.Lot == 0 || y.Lot == c.Lot {
			held[y.Place] += y.Qty
		}
	}
	names := map[id.ID]string{}
	for _, p := range places {
		if p.Kind == goods.Warehouse && p.Active {
			names[p.ID] = p.Name
		}
	}
	if names[c.From] == "" || names[c.To] == "" {
		return errs.Gone()
	}
	if c.Qty > held[c.From] {
		return errs.OnFields("site.check_form", errs.F("qty", "site.only_there", "there", kit.Quantity(r.ctx, held[c.From], x.BaseUnit), "place", names[c.From]))
	}
	n := kit.Quantity(r.ctx, c.Qty, x.BaseUnit)
	fact := func(at id.ID, change qty.Qty) view.WeighFact {
		return view.WeighFact{What: names[at], Now: kit.Quantity(r.ctx, all[at], x.BaseUnit), Then: kit.Quantity(r.ctx, all[at]+change, x.BaseUnit)}
	}
	v := view.Weigh{Title: r.t("transfer.title"), Lead: x.ProductName + " · " + x.SKU, Look: "pri", Icon: "arrows-exchange",
		Facts: []view.WeighFact{fact(c.From, -c.Qty), fact(c.To, c.Qty)}, Says: []string{r.t("transfer.says"), r.t("transfer.undo")}, Button: r.t("transfer.do", "qty", n)}
	return s.weigh(r, "stock", v, nil, r.crumb("nav.stock", "/stock"), kit.Crumb{Text: r.t("transfer.title"), Href: "/transfers/new"})
}

// lot shows a lot, and where the organisation sees it.
func (s *Site) lot(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.lotPage(r, no, refusal{Status: http.StatusOK})
}

func (s *Site) lotPage(r *request, no id.ID, back refusal) error {
	l, err := s.Goods.Lot(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	p, err := s.Goods.Stock(r.ctx, r.a, goods.All, 0, list.Query{Size: list.MaxSize, Filter: map[string]string{"lot": no.String()}})
	if err != nil && !errs.Is(err, errs.Forbidden) {
		return err
	}
	v := view.Lot{LotRow: view.LotRow{ID: no.String(), Code: l.Code, SKU: l.SKU, Name: l.ProductName, Status: l.Status, MadeOn: l.MadeOn, ExpiresOn: l.ExpiresOn},
		Form: back.Form, Conflict: back.Conflict, CanRecall: l.Maker == r.a.Org && l.Status != goods.LotRecalled && r.can(access.Own, "lot", "recall")}
	for _, x := range p.Items {
		v.Rows = append(v.Rows, r.standing(x))
	}
	sh := r.shell(l.Code, "lots", r.crumb("nav.home", "/"), r.crumb("nav.lots", "/warehouses"), kit.Crumb{Text: l.Code})
	return r.html(back.Status, view.LotPage(sh, v))
}

// recall puts a lot out of sale everywhere.
func (s *Site) recall(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	l, err := s.Goods.Lot(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "lot", "recall"); err != nil {
		return err
	}
	if l.Maker != r.a.Org {
		return errs.New(errs.Forbidden, "lot.not_the_maker", "code", l.Code)
	}
	f := r.reader()
	switch {
	case f.changed():
		return s.lotPage(r, no, refusal{Status: http.StatusOK})
	case f.sure():
		if _, err = s.Goods.Recall(r.ctx, r.a, no, r.goodsKey()); err == nil {
			return r.to("/lots/"+no.String(), "lot.recalled")
		}
		back, ok := r.refused(err, same)
		if !ok {
			return err
		}
		return s.lotPage(r, no, back)
	}
	_, _, now := kit.Status("lot", l.Status)
	_, _, then := kit.Status("lot", goods.LotRecalled)
	v := view.Weigh{Title: r.t("lot.recall"), Lead: l.Code + " · " + l.ProductName, Look: "bad", Icon: "alert-triangle", Button: r.t("lot.recall_do", "code", l.Code),
		Facts: []view.WeighFact{{What: l.Code, Now: r.t(now), Then: r.t(then)}}, Says: []string{r.t("lot.recall_says"), r.t("lot.recall_held"), r.t("weigh.no_undo")}}
	return s.weigh(r, "lots", v, nil, r.crumb("nav.lots", "/warehouses"), kit.Crumb{Text: l.Code, Href: "/lots/" + no.String()})
}
