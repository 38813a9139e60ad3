package intake

import (
	"errors"
	"regexp"
	"slices"
	"strconv"

	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

func priceKind() Kind {
	return Kind{Name: "prices", Right: [2]string{"price", "write"}, begin: beginPrices, Columns: []Column{
		{Name: "list", Sort: Text, Must: true, Max: 120, Words: []string{"daftar", "price list", "nama daftar"}},
		{Name: "sku", Sort: Code, Must: true, Max: 40, Words: []string{"kode produk", "kd barang", "kode", "code", "item code", "item number", "kode item", "plu"}},
		{Name: "price", Sort: Price, Must: true, Words: []string{"harga", "harga jual", "harga satuan", "unit price", "selling price"}},
		{Name: "min_qty", Sort: Number, Words: []string{"min qty", "jumlah minimal", "mulai jumlah"}},
		{Name: "from", Sort: Day, Words: []string{"mulai", "berlaku dari", "start", "valid from", "tanggal mulai"}},
		{Name: "until", Sort: Day, Words: []string{"sampai", "berlaku sampai", "end", "valid until", "tanggal akhir"}},
	}}
}

// priceSheet brings in prices of the organisation's own lists.
type priceSheet struct {
	t     *sheetRun
	lists map[string]id.ID // by name; 0 for none
	seen  map[priceStep]int64
}

type priceStep struct {
	list, product id.ID
	min           qty.Qty
	from          clock.Date
}

func beginPrices(t *sheetRun) (worker, error) {
	return &priceSheet{t, map[string]id.ID{}, map[priceStep]int64{}}, nil
}

func (w *priceSheet) check(batch []*record) error {
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
	byList := map[id.ID][]*record{}
	var order []id.ID
	for _, r := range batch {
		ok, err := w.one(r, known)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		l := r.data.(catalog.Price).List
		if byList[l] == nil {
			order = append(order, l)
		}
		byList[l] = append(byList[l], r)
	}
	for _, l := range order {
		if err := w.against(l, byList[l]); err != nil {
			return err
		}
	}
	return nil
}

// one reads a row as a price; ok is false where it is bad.
func (w *priceSheet) one(r *record, known map[string][]catalog.Product) (ok bool, err error) {
	list, sku := w.t.at(r, "list"), w.t.at(r, "sku")
	p := catalog.Price{From: w.t.today, Price: money.Price(w.t.at(r, "price").n), MinQty: qty.Qty(w.t.at(r, "min_qty").n), Until: w.t.at(r, "until").day}
	if c := w.t.at(r, "from"); c.day != "" {
		p.From = c.day
	}
	if list.said && len(r.marks) == 0 {
		if p.List, err = w.listOf(list.text); err != nil {
			return false, err
		}
		if p.List == 0 {
			r.bad("list", "sheet.unknown_list", "list", list.text)
		}
	}
	if sku.said {
		if p.Product = theOne(r, "sku", known[sku.text]).ID; p.Product != 0 {
			step := priceStep{p.List, p.Product, p.MinQty, p.From}
			if first, twice := w.seen[step]; twice {
				r.bad("sku", "sheet.twice", "row", itoa(first))
			} else if p.List != 0 {
				w.seen[step] = r.at
			}
		}
	}
	if p.Until != "" && p.Until < p.From {
		r.bad("until", "sheet.until_before_from")
	}
	r.data = p
	return len(r.marks) == 0, nil
}

// theOne is the product of a code, where there is exactly one.
func theOne(r *record, column string, all []catalog.Product) catalog.Product {
	switch {
	case len(all) == 0:
		r.bad(column, "sheet.unknown_product")
	case len(all) > 1:
		r.bad(column, "sheet.ambiguous_product")
	default:
		return all[0]
	}
	return catalog.Product{}
}

func (w *priceSheet) listOf(name string) (id.ID, error) {
	if no, ok := w.lists[name]; ok {
		return no, nil
	}
	l, err := w.t.s.Catalog.ListNamed(w.t.ctx, w.t.a, name)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return 0, err
	}
	if len(w.lists) < 10_000 {
		w.lists[name] = l.ID
	}
	return l.ID, nil
}

// against holds the prices of one list against those that it has.
func (w *priceSheet) against(list id.ID, rows []*record) error {
	var ask []catalog.Price
	var products []id.ID
	for _, r := range rows {
		p := r.data.(catalog.Price)
		ask, products = append(ask, p), append(products, p.Product)
	}
	had, err := w.t.s.Catalog.PricesFor(w.t.ctx, w.t.a, list, products)
	if err != nil {
		return err
	}
	for i, r := range rows {
		r.state = stateOf(ask[i], had[ask[i].Product])
	}
	err = w.t.s.Catalog.CheckPrices(w.t.ctx, w.t.a, list, ask)
	var e *errs.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	for _, f := range e.Fields {
		m := priceField.FindStringSubmatch(f.Path)
		if m == nil {
			return err
		}
		if n, _ := strconv.Atoi(m[1]); n < len(rows) && rows[n].state != RowSame {
			rows[n].marks, rows[n].state = append(rows[n].marks, Mark{"from", f.Code, f.Args}), RowBad
		}
	}
	return nil
}

var priceField = regexp.MustCompile(`^prices\.(\d+)\.`)

// stateOf tells whether a list has a price already: of one step the price that began last counts.
func stateOf(p catalog.Price, had []catalog.Price) string {
	state := RowNew
	var last catalog.Price
	for _, o := range had {
		if o.MinQty != p.MinQty {
			continue
		}
		state = RowChanged
		if o.From <= p.From && (o.Until == "" || o.Until >= p.From) && o.From >= last.From {
			last = o
		}
	}
	if last.ID != 0 && last.Price == p.Price && (last.Until == p.Until || p.Until == "" && followed(last, had)) {
		return RowSame
	}
	return state
}

// followed tells whether a price ends only because another follows it, as open ones do.
func followed(last catalog.Price, had []catalog.Price) bool {
	return last.Until != "" && slices.ContainsFunc(had, func(o catalog.Price) bool { return o.MinQty == last.MinQty && o.From == last.Until.AddDays(1) })
}

func (w *priceSheet) apply(t *sheetRun, batch []*record) error {
	byList := map[id.ID][]catalog.Price{}
	first := map[id.ID]int64{}
	var order []id.ID
	for _, r := range batch {
		p := r.data.(catalog.Price)
		if byList[p.List] == nil {
			order, first[p.List] = append(order, p.List), r.at
		}
		byList[p.List] = append(byList[p.List], p)
	}
	for _, l := range order {
		k := t.key(first[l])
		k.Client = "" // a price that a list has already is not set again: see stateOf
		if err := t.s.Catalog.SetPrices(t.ctx, t.a, k, l, byList[l]); err != nil {
			return err
		}
	}
	return nil
}

func (w *priceSheet) blames(field string) string {
	if priceField.MatchString(field) {
		return "from"
	}
	if w.t.job.Kind.index(field) >= 0 {
		return field
	}
	return "sku"
}
