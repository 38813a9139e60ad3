package intake

import (
	"saluran/internal/errs"
)

func salesKind() Kind {
	return Kind{Name: "sales", Right: [2]string{"import", "run"}, begin: func(t *sheetRun) (worker, error) { return &salesSheet{t: t}, nil }, Columns: []Column{
		{Name: "document", Sort: Code, Max: 36, Words: []string{"no faktur", "nomor faktur", "faktur", "no tagihan", "nomor tagihan", "tagihan", "invoice", "invoice number", "invoice/item number", "invoice item number", "nomor dokumen", "dokumen", "no bukti"}},
		{Name: "date", Sort: Day, Must: true, Words: []string{"tanggal", "tgl", "tanggal faktur", "tanggal tagihan", "invoice date"}},
		{Name: "buyer", Sort: Code, Must: true, Max: 32, Words: []string{"pembeli", "kode pelanggan", "pelanggan", "kode toko", "customer", "customer code", "store number", "store", "buyer code"}},
		{Name: "buyer_name", Sort: Text, Max: 200, Words: []string{"nama pelanggan", "nama toko", "customer name", "store name"}},
		{Name: "sku", Sort: Code, Must: true, Max: 40, Words: []string{"kode produk", "kd barang", "produk", "product", "item number", "item code"}},
		{Name: "name", Sort: Text, Max: 200, Words: []string{"nama produk", "item description", "item name", "description"}},
		{Name: "qty", Sort: Number, Must: true, Words: []string{"jumlah", "kuantitas", "quantity", "bottles sold", "banyaknya"}},
		{Name: "unit", Sort: Text, Max: 16, Words: []string{"satuan", "uom"}},
		{Name: "amount", Sort: Money, Words: []string{"nilai", "dpp", "amount", "net", "sale (dollars)", "sale dollars", "jumlah harga"}},
		{Name: "price", Sort: Price, Words: []string{"harga", "harga satuan", "unit price"}},
		{Name: "tax", Sort: Money, Words: []string{"ppn", "pajak", "vat", "tax amount"}},
	}}
}

// salesSheet takes in the organisation's own sales of the past: what a person has matched becomes a mapping, and the import of history does
// the rest.
type salesSheet struct{ t *sheetRun }

func (w *salesSheet) check([]*record) error            { return nil }
func (w *salesSheet) apply(*sheetRun, []*record) error { return nil }
func (w *salesSheet) blames(string) string             { return "document" }

// field is where a column of ours comes from, as a mapping says it; nil: nowhere.
func (w *salesSheet) field(name string) *Field {
	f, ok := w.t.view.Match[name]
	switch {
	case !ok:
		return nil
	case f.Value != "":
		return &Field{Const: f.Value}
	}
	return &Field{Column: w.t.view.Header[f.Column]}
}

// mapping is what was matched. Its name stands in every event, so that the same document comes in once, whatever the file.
func (w *salesSheet) mapping() (Mapping, error) {
	need := func(name string) Field {
		if f := w.field(name); f != nil {
			return *f
		}
		return Field{}
	}
	m := Mapping{Name: "sheet", Decimal: ".", Thousand: ",", Strip: []string{"Rp.", "Rp", "IDR", "USD", "$", " ", "\u00a0"},
		Formats: []string{"YYYY-MM-DD", "YYYY/MM/DD", "DD/MM/YYYY", "DD-MM-YYYY", "DD.MM.YYYY", "YYYYMMDD"},
		Date:    need("date"), Quantity: need("qty"), Unit: w.field("unit"), Amount: need("amount"), Price: w.field("price"), Tax: w.field("tax"), Line: nil,
		Seller: Partner{Own: true}, Buyer: Partner{Kind: "retailer", Code: need("buyer"), Name: need("buyer_name")},
		Product: Product{Code: need("sku"), Name: need("name"), Unit: "pcs"}}
	if u := w.field("unit"); u != nil {
		m.Product.UnitFrom = *u
	}
	if w.t.view.Reading.Decimal == "," {
		m.Decimal, m.Thousand = ",", "."
	}
	if w.t.view.Reading.Order == "mdy" {
		m.Formats = []string{"YYYY-MM-DD", "YYYY/MM/DD", "MM/DD/YYYY", "MM-DD-YYYY", "YYYYMMDD"}
	}
	if f := w.field("document"); f != nil {
		m.Document = *f
	} else if d, b := w.field("date"), w.field("buyer"); d.Column != "" && b.Column != "" {
		m.Document = Field{Columns: []string{d.Column, b.Column}, Join: " "} // what a buyer bought on a day
	}
	if m.Amount.empty() && m.Price == nil {
		return m, errs.OnFields("invalid_fields", errs.F("match.amount", "sheet.amount_or_price"))
	}
	if f := m.check(); f != nil {
		return m, errs.OnFields(f.Code, *f)
	}
	return m, nil
}

// do checks the sales, or brings them in.
func (w *salesSheet) do(run bool) error {
	t := w.t
	m, err := w.mapping()
	if err != nil {
		return err
	}
	job := Job{Map: m, Lines: []Source{t.job.File}, AcceptGood: true, Org: t.a.Org, Progress: func(p Progress) {
		if t.job.Progress != nil {
			t.job.Progress(p.Done, p.Total)
		}
	}}
	var sum *Summary
	if run {
		job.AcceptGood = t.job.AcceptGood
		sum, err = t.s.Sales.Run(t.ctx, t.a, job)
	} else {
		sum, err = t.s.Sales.Check(t.ctx, t.a, job)
	}
	if sum != nil {
		w.tell(sum)
	}
	if errs.CodeOf(err) == "import.refused" && sum != nil { // the same figures as in what is shown
		return errs.New(errs.Invalid, "import.refused", "bad", itoa(sum.BadLines+sum.NConflicts), "conflicts", "0")
	}
	if err != nil {
		return err
	}
	return w.show()
}

// tell turns what the import found into marks of cells.
func (w *salesSheet) tell(sum *Summary) {
	t := w.t
	t.forget()
	v := t.view
	v.Rows, v.New, v.Same, v.Bad, v.Applied = sum.Lines, sum.New, sum.Already, sum.BadLines+sum.NConflicts, sum.Applied
	of := map[string]string{}
	for name, f := range v.Match {
		if f.Value == "" {
			of[v.Header[f.Column]] = name
		}
	}
	put := func(m Mark, row int64, value string) {
		if row > 0 {
			t.marks[row] = append(t.marks[row], m)
		}
		k := m.Column + "/" + m.Code
		if t.problems[k] == nil {
			t.problems[k] = &SheetProblem{Mark: m, Row: row, Value: value}
		}
		t.problems[k].N++
	}
	for _, p := range sum.Problems {
		if p.Value == "" && p.Code == "import.not_a_number" {
			p.Code = "import.missing"
		}
		m := Mark{of[p.Column], p.Code, p.Args}
		if _, beyond := m.Beyond(); beyond {
			m.Column = ""
		}
		put(m, p.Row, p.Value)
	}
	for _, c := range sum.Conflicts {
		put(Mark{"document", c.Code, nil}, 0, c.Document)
	}
	t.told()
}

// show keeps the first rows, and the first that something is wrong with.
func (w *salesSheet) show() error {
	t := w.t
	return t.rows(func([]string) error { return nil }, func(row []string, at int64, _ string) error {
		if x, ok := t.file.surplus(row); ok {
			t.wide = max(t.wide, x.at+x.n)
		}
		r := SheetRow{at, RowNew, nil, t.marks[at]}
		if len(r.Marks) > 0 {
			r.State = RowBad
		}
		switch {
		case len(t.view.First) < shownRows:
			r.Cells = shown(row)
			t.view.First = append(t.view.First, r)
		case len(r.Marks) > 0 && len(t.view.Wrong) < wrongRows:
			r.Cells = shown(row)
			t.view.Wrong = append(t.view.Wrong, r)
		}
		return nil
	})
}
