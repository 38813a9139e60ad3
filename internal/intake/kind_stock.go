package intake

import (
	"strings"

	"saluran/internal/catalog"
	"saluran/internal/goods"
	"saluran/internal/id"
	"saluran/internal/qty"
)

func stockKind() Kind {
	return Kind{Name: "stock", Right: [2]string{"lot", "make"}, Alone: true, begin: beginStock, Columns: []Column{
		{Name: "sku", Sort: Code, Must: true, Max: 40, Words: []string{"kode produk", "kd barang", "kode", "code", "item code", "item number", "kode item", "plu"}},
		{Name: "qty", Sort: Number, Must: true, Words: []string{"stok", "stock", "jumlah", "kuantitas", "saldo", "qty on hand", "on hand", "opname", "stok opname"}},
		{Name: "unit", Sort: Text, Max: 16, Words: []string{"satuan", "uom"}},
		{Name: "warehouse", Sort: Text, Max: 120, Words: []string{"gudang", "lokasi", "location"}},
		{Name: "lot", Sort: Code, Max: 60, Words: []string{"kode lot", "batch", "no batch", "lot number", "no lot"}},
		{Name: "made_on", Sort: Day, Words: []string{"tanggal produksi", "production date"}},
		{Name: "expires_on", Sort: Day, Words: []string{"kedaluwarsa", "kadaluarsa", "expired", "exp date", "tanggal kedaluwarsa", "expiry"}},
		{Name: "source", Sort: Choice, Choices: []string{"opening", "bought", "make"}, Words: []string{"asal", "sumber"}},
	}}
}

// stockSheet brings in goods that stand in the organisation's warehouses: each row is a lot.
type stockSheet struct {
	t      *sheetRun
	places map[string]goods.Place
	main   id.ID
	seen   map[goods.LotKey]int64
}

func beginStock(t *sheetRun) (worker, error) {
	w := &stockSheet{t: t, places: map[string]goods.Place{}, seen: map[goods.LotKey]int64{}}
	all, err := t.s.Goods.Places(t.ctx, t.a)
	for _, p := range all {
		if p.Kind == goods.Warehouse && p.Active {
			w.places[sameName(p.Name)] = p
			if p.Main {
				w.main = p.ID
			}
		}
	}
	return w, err
}

func (w *stockSheet) check(batch []*record) error {
	var skus []string
	for _, r := range batch {
		if c := w.t.at(r, "sku"); c.said {
			skus = append(skus, c.text)
		}
	}
	known, err := w.t.s.Catalog.Coded(w.t.ctx, w.t.a, skus)
	if err != nil {
		return err
	}
	var products []id.ID
	var codes []string
	for _, r := range batch {
		if w.one(r, known) {
			l := r.data.(goods.NewLot)
			products, codes = append(products, l.Product), append(codes, l.Code)
		}
	}
	have, err := w.t.s.Goods.LotsCoded(w.t.ctx, w.t.a, products, codes)
	if err != nil {
		return err
	}
	for _, r := range batch {
		if l, ok := r.data.(goods.NewLot); ok && len(r.marks) == 0 {
			k := goods.LotKey{Product: l.Product, Code: l.Code}
			if first, twice := w.seen[k]; twice {
				r.bad("sku", "sheet.lot_twice", "row", itoa(first), "lot", l.Code)
				continue
			}
			w.seen[k] = r.at
			if r.state = RowNew; have[k] != 0 {
				r.state = RowSame
			}
		}
	}
	return nil
}

func (w *stockSheet) one(r *record, known map[string][]catalog.Product) bool {
	l := goods.NewLot{Kind: "opening", Code: w.t.at(r, "lot").text, MadeOn: w.t.at(r, "made_on").day, ExpiresOn: w.t.at(r, "expires_on").day}
	if c := w.t.at(r, "source"); c.said {
		l.Kind = c.text
	}
	place := w.main
	if c := w.t.at(r, "warehouse"); c.said {
		p, ok := w.places[sameName(c.text)]
		if place = p.ID; !ok {
			r.bad("warehouse", "sheet.unknown_warehouse", "warehouse", c.text)
		}
	}
	l.Warehouse = place
	if l.Code == "" { // stock that stood there in the beginning is entered once
		l.Code = "AWAL"
		if l.ExpiresOn != "" {
			l.Code += "-" + strings.ReplaceAll(string(l.ExpiresOn), "-", "")
		}
		if place != w.main {
			l.Code += "-" + place.String()
		}
	}
	if c := w.t.at(r, "sku"); c.said {
		p := theOne(r, "sku", known[c.text])
		if l.Product = p.ID; p.ID != 0 {
			l.Qty = w.t.inBase(r, p, w.t.at(r, "qty"), w.t.at(r, "unit"))
			switch {
			case p.Service:
				r.bad("sku", "sheet.service")
			case p.Expires && l.ExpiresOn == "":
				r.bad("expires_on", "lot.needs_expiry", "sku", p.SKU)
			case l.Kind == "make" && p.Producer != w.t.a.Org:
				r.bad("source", "lot.not_the_producer", "sku", p.SKU)
			}
		}
	}
	if c := w.t.at(r, "qty"); c.said && c.n == 0 && len(r.marks) == 0 {
		r.bad("qty", "import.quantity_zero")
	}
	r.data = l
	return len(r.marks) == 0
}

// inBase is a quantity in the product's base unit: exactly, or the row is bad.
func (t *sheetRun) inBase(r *record, p catalog.Product, q, unit cell) qty.Qty {
	n := qty.Qty(q.n)
	if unit.said && !strings.EqualFold(unit.text, p.BaseUnit) {
		base := qty.Qty(0)
		for _, u := range p.Units {
			if strings.EqualFold(u.Name, unit.text) {
				base = u.Base
			}
		}
		if base == 0 {
			r.bad("unit", "import.unknown_unit")
			return n
		}
		var exact bool
		if n, exact = n.Times(int64(base), qty.Scale); !exact {
			r.bad("qty", "import.too_many_decimals")
			return n
		}
	}
	switch {
	case n > qty.Max:
		r.bad("qty", "import.too_large")
	case !n.Fits(p.Decimals):
		r.bad("qty", "import.too_many_decimals")
	}
	return n
}

func (w *stockSheet) apply(t *sheetRun, batch []*record) error {
	l := batch[0].data.(goods.NewLot)
	k := t.key(batch[0].at, l.Product.String(), l.Code, l.Qty.String())
	l.Key = goods.Key{Client: k.Client, Hash: k.Hash}
	_, err := t.s.Goods.MakeLot(t.ctx, t.a, l)
	return err
}

func (w *stockSheet) blames(field string) string {
	if c := map[string]string{"code": "lot", "kind": "source"}[field]; c != "" {
		return c
	}
	if w.t.job.Kind.index(field) >= 0 {
		return field
	}
	return "sku"
}
