package intake

import (
	"slices"

	"saluran/internal/catalog"
	"saluran/internal/id"
	"saluran/internal/qty"
)

// yesNo are the choices of a question.
var yesNo = []string{"yes", "no"}

func productKind() Kind {
	return Kind{Name: "products", Right: [2]string{"product", "write"}, begin: beginProducts, Columns: []Column{
		{Name: "sku", Sort: Code, Must: true, Max: 40, Words: []string{"kode produk", "kd barang", "kode", "code", "item code", "item number", "kode item", "artikel", "plu"}},
		{Name: "name", Sort: Text, Must: true, Max: 200, Words: []string{"nama produk", "nm barang", "nama", "item name", "description", "item description", "deskripsi", "nama item"}},
		{Name: "base_unit", Sort: Text, Max: 16, Words: []string{"satuan", "unit", "uom", "satuan jual", "satuan kecil"}},
		{Name: "gtin", Sort: Code, Max: 14, Words: []string{"barcode", "ean", "upc", "kode batang", "barcode (gtin)"}},
		{Name: "pack_unit", Sort: Text, Max: 16, Words: []string{"satuan besar", "satuan beli", "kemasan", "pack"}},
		{Name: "pack_qty", Sort: Number, Words: []string{"isi", "beli isi", "isi kemasan", "pack size", "isi satuan besar"}},
		{Name: "decimals", Sort: Whole},
		{Name: "vat_class", Sort: Choice, Choices: []string{"standard", "luxury", "exempt"}, Words: []string{"ppn", "pajak", "tax class", "vat"}},
		{Name: "expires", Sort: Choice, Choices: yesNo, Words: []string{"kedaluwarsa", "expired"}},
		{Name: "active", Sort: Choice, Choices: yesNo, Words: []string{"status aktif", "aktif"}},
	}}
}

// productSheet brings in the products of the organisation's own making.
type productSheet struct {
	t    *sheetRun
	seen map[string]int64 // code → row
	gtin map[string]int64
}

func beginProducts(t *sheetRun) (worker, error) {
	return &productSheet{t, map[string]int64{}, map[string]int64{}}, nil
}

// at reads the cells of a record by the names of their columns.
func (t *sheetRun) at(r *record, name string) cell { return r.cells[t.job.Kind.index(name)] }

func (w *productSheet) check(batch []*record) error {
	var skus []string
	for _, r := range batch {
		if c := w.t.at(r, "sku"); c.said {
			skus = append(skus, c.text)
		}
	}
	have, err := w.t.s.Catalog.BySKU(w.t.ctx, w.t.a, skus)
	if err != nil {
		return err
	}
	for _, r := range batch {
		w.one(r, have)
	}
	return nil
}

func (w *productSheet) one(r *record, have map[string]catalog.Product) {
	sku, g := w.t.at(r, "sku"), w.t.at(r, "gtin")
	if sku.said {
		if first, twice := w.seen[sku.text]; twice {
			r.bad("sku", "sheet.twice", "row", itoa(first))
		} else {
			w.seen[sku.text] = r.at
		}
	}
	if g.said {
		if first, twice := w.gtin[g.text]; twice && first != r.at {
			r.bad("gtin", "sheet.twice", "row", itoa(first))
		} else {
			w.gtin[g.text] = r.at
		}
	}
	pack, n := w.t.at(r, "pack_unit"), w.t.at(r, "pack_qty")
	switch {
	case n.said && n.n > qty.Scale && !pack.said:
		r.bad("pack_unit", "sheet.pack_without_unit")
	case pack.said && !n.said && !slices.ContainsFunc(r.marks, func(m Mark) bool { return m.Column == "pack_qty" }):
		if u := w.t.at(r, "base_unit"); pack.text != u.text {
			r.bad("pack_qty", "sheet.pack_without_qty")
		}
	}
	if d := w.t.at(r, "decimals"); d.said && (d.n < 0 || d.n > 3) {
		r.bad("decimals", "product.decimals")
	}
	old, known := have[sku.text]
	if u := w.t.at(r, "base_unit"); known && u.said && u.text != old.BaseUnit {
		r.bad("base_unit", "sheet.unit_stands", "unit", old.BaseUnit)
	}
	if d := w.t.at(r, "decimals"); known && d.said && int(d.n) != old.Decimals {
		r.bad("decimals", "sheet.decimals_stand", "n", itoa(int64(old.Decimals)))
	}
	if len(r.marks) > 0 {
		return
	}
	p := w.merged(r, old, known)
	if err := p.Check(); err != nil {
		w.t.blame(w, []*record{r}, err)
		return
	}
	r.data = p
	switch {
	case !known:
		r.state = RowNew
	case sameProduct(old, p):
		r.state = RowSame
	default:
		r.state = RowChanged
	}
}

// merged is the product as the row says it; what the row says nothing of stays as it was.
func (w *productSheet) merged(r *record, p catalog.Product, known bool) catalog.Product {
	p.SKU = w.t.at(r, "sku").text
	p.Units = slices.Clone(p.Units)
	if !known {
		p = catalog.Product{SKU: p.SKU, Active: true}
	}
	if c := w.t.at(r, "name"); c.said {
		p.Name = c.text
	}
	if c := w.t.at(r, "base_unit"); c.said {
		p.BaseUnit = c.text
	}
	if p.BaseUnit == "" {
		p.BaseUnit = "pcs"
	}
	if c := w.t.at(r, "gtin"); c.said {
		p.GTIN = c.text
	}
	if c := w.t.at(r, "decimals"); c.said {
		p.Decimals = int(c.n)
	}
	if c := w.t.at(r, "vat_class"); c.said {
		p.VATClass = c.text
	} else if p.VATClass == "" {
		p.VATClass = "standard"
	}
	if c := w.t.at(r, "expires"); c.said {
		p.Expires = c.text == "yes"
	}
	if c := w.t.at(r, "active"); c.said {
		p.Active = c.text == "yes"
	}
	pack, n := w.t.at(r, "pack_unit"), w.t.at(r, "pack_qty")
	if pack.said && n.said && n.n > 0 && pack.text != p.BaseUnit {
		u := catalog.Unit{Name: pack.text, Base: qty.Qty(n.n)}
		if i := slices.IndexFunc(p.Units, func(x catalog.Unit) bool { return x.Name == u.Name }); i >= 0 {
			p.Units[i] = u
		} else {
			p.Units = append(p.Units, u)
		}
	}
	return p
}

func sameProduct(a, b catalog.Product) bool {
	own := func(p catalog.Product) []catalog.Unit {
		u := slices.DeleteFunc(slices.Clone(p.Units), func(x catalog.Unit) bool { return x.Name == p.BaseUnit })
		slices.SortFunc(u, func(x, y catalog.Unit) int { return int(x.Base - y.Base) })
		return u
	}
	return a.Name == b.Name && a.GTIN == b.GTIN && a.VATClass == b.VATClass && a.Expires == b.Expires && a.Active == b.Active && slices.Equal(own(a), own(b))
}

func (w *productSheet) apply(t *sheetRun, batch []*record) error {
	for _, r := range batch {
		p := r.data.(catalog.Product)
		k := t.key(r.at, p.SKU, p.Name, p.BaseUnit, p.GTIN, p.VATClass)
		var err error
		if p.ID == id.ID(0) {
			_, err = t.s.Catalog.AddProduct(t.ctx, t.a, k, p)
		} else {
			k.Client = "" // the version that was seen makes it safe: the row of a file may change a product again after others did
			_, err = t.s.Catalog.ChangeProduct(t.ctx, t.a, k, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *productSheet) blames(field string) string {
	switch {
	case len(field) > 6 && field[:6] == "units.":
		return "pack_qty"
	case field == "units":
		return "pack_unit"
	case w.t.job.Kind.index(field) >= 0:
		return field
	}
	return ""
}
