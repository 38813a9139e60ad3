package intake

import (
	"regexp"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/catalog"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/internal/trade"
)

func orderKind() Kind {
	return Kind{Name: "orders", Right: [2]string{"order", "place"}, Rels: []access.Rel{access.Seller, access.Buyer}, Group: "document", Alone: true, begin: beginOrders, Columns: []Column{
		{Name: "document", Sort: Code, Must: true, Max: 64, Words: []string{"nomor pesanan", "no pesanan", "no po", "po", "nomor po", "po number", "order", "order number", "nomor dokumen"}},
		{Name: "side", Sort: Choice, Must: true, Choices: []string{"sell", "buy"}, Words: []string{"arah", "jenis"}},
		{Name: "partner", Sort: Code, Must: true, Max: 32, Words: []string{"kode mitra", "mitra", "kode pelanggan", "pelanggan", "kode toko", "customer code", "partner code", "customer", "pembeli", "buyer"}},
		{Name: "sku", Sort: Code, Must: true, Max: 40, Words: []string{"kode produk", "kd barang", "kode", "code", "item code", "item number", "kode item", "plu"}},
		{Name: "qty", Sort: Number, Must: true, Words: []string{"jumlah", "kuantitas", "quantity", "banyaknya"}},
		{Name: "unit", Sort: Text, Max: 16, Words: []string{"satuan", "uom"}},
		{Name: "price", Sort: Price, Words: []string{"harga", "harga satuan", "unit price"}},
		{Name: "wanted_on", Sort: Day, Words: []string{"tanggal kirim", "diminta tanggal", "delivery date", "tgl kirim"}},
		{Name: "note", Sort: Text, Max: 500, Words: []string{"catatan", "keterangan", "remarks"}},
	}}
}

// orderSheet places orders: the rows of one number are one order.
type orderSheet struct {
	t       *sheetRun
	traders tradersOf
}

// asked is what a row says of its order.
type orderLine struct {
	head trade.Place // without lines
	line trade.PlaceLine
}

func beginOrders(t *sheetRun) (worker, error) {
	all, err := t.tradersOf()
	return &orderSheet{t, all}, err
}

func (w *orderSheet) check(batch []*record) error {
	var skus, refs []string
	for _, r := range batch {
		if c := w.t.at(r, "sku"); c.said {
			skus = append(skus, c.text)
		}
		if c := w.t.at(r, "document"); c.said {
			refs = append(refs, c.text)
		}
	}
	known, err := w.t.s.Catalog.Coded(w.t.ctx, w.t.a, skus)
	if err != nil {
		return err
	}
	have, err := w.t.s.Trade.OrdersReferenced(w.t.ctx, w.t.a, refs)
	if err != nil {
		return err
	}
	first := map[string]*record{}
	for _, r := range batch {
		w.one(r, known)
		l, ok := r.data.(orderLine)
		if !ok {
			continue
		}
		if f := first[l.head.Reference]; f == nil {
			first[l.head.Reference] = r
		} else if h := f.data.(orderLine).head; h.Seller != l.head.Seller || h.Buyer != l.head.Buyer || h.WantedOn != l.head.WantedOn && l.head.WantedOn != "" {
			r.bad("document", "sheet.document_differs", "row", itoa(f.at))
			continue
		}
		if r.state = RowNew; have[trade.Referenced{Seller: l.head.Seller, Buyer: l.head.Buyer, Reference: l.head.Reference}] != 0 {
			r.state = RowSame
		}
	}
	return nil
}

func (w *orderSheet) one(r *record, known map[string][]catalog.Product) {
	h := trade.Place{Reference: w.t.at(r, "document").text, WantedOn: w.t.at(r, "wanted_on").day, Note: w.t.at(r, "note").text}
	switch w.t.at(r, "side").text {
	case "sell":
		h.Seller, h.Buyer = w.t.a.Org, w.traders.find(r, "partner", w.t.at(r, "partner"), "buyer")
	case "buy":
		h.Seller, h.Buyer = w.traders.find(r, "partner", w.t.at(r, "partner"), "seller"), w.t.a.Org
	}
	if h.WantedOn != "" && h.WantedOn < w.t.today {
		r.bad("wanted_on", "order.wanted_in_past", "today", string(w.t.today))
	}
	q := w.t.at(r, "qty")
	if q.said && q.n == 0 && len(r.marks) == 0 {
		r.bad("qty", "import.quantity_zero")
	}
	l := trade.PlaceLine{Qty: qty.Qty(q.n), Unit: w.t.at(r, "unit").text}
	if c := w.t.at(r, "sku"); c.said {
		p := theOne(r, "sku", known[c.text])
		if l.Product = p.ID; p.ID != 0 {
			w.t.inBase(r, p, q, w.t.at(r, "unit"))
		}
	}
	if c := w.t.at(r, "price"); c.said {
		p := money.Price(c.n)
		l.Price = &p
	}
	if len(r.marks) == 0 {
		r.data = orderLine{h, l}
	}
}

func (w *orderSheet) apply(t *sheetRun, rows []*record) error {
	c := rows[0].data.(orderLine).head
	what := []string{c.Seller.String(), c.Buyer.String(), c.Reference}
	for _, r := range rows {
		l := r.data.(orderLine)
		c.Lines = append(c.Lines, l.line)
		if c.WantedOn == "" {
			c.WantedOn = l.head.WantedOn
		}
		if c.Note == "" {
			c.Note = l.head.Note
		}
		what = append(what, l.line.Product.String(), l.line.Qty.String(), l.line.Unit)
	}
	k := t.key(rows[0].at, what...)
	c.Key = trade.Key{Client: k.Client, Hash: k.Hash}
	_, err := t.s.Trade.Place(t.ctx, t.a, c)
	return err
}

var orderField = regexp.MustCompile(`^lines\[(\d+)\]\.(\w+)`)

func (w *orderSheet) blames(field string) string {
	if m := orderField.FindStringSubmatch(field); m != nil {
		if c := map[string]string{"product": "sku", "qty": "qty", "unit": "unit", "price": "price"}[m[2]]; c != "" {
			return c
		}
		return "sku"
	}
	switch field {
	case "wanted_on", "note":
		return field
	}
	return "document"
}

// rowOf is which row of a document a field of an order is about; -1: all of them.
func (w *orderSheet) rowOf(field string) int {
	if m := orderField.FindStringSubmatch(field); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return -1
}
