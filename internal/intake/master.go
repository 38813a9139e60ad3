package intake

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
)

// party is an organisation that the files name. It is made only if a document needs it.
type party struct {
	kind, code, name, address, city string

	used  bool
	sells bool
	id    id.ID
	place id.ID // main warehouse
}

// product is a product that the files name.
type product struct {
	code, name, gtin string
	producer         int32 // partner
	pack             int64
	cost, price      money.Price
	priced           bool

	used bool
	id   id.ID
	lot  id.ID
}

// maxMasters bounds what is kept in memory: partners and products that one import may know.
const maxMasters = 400_000

// masters are the partners and products that the files name, each with a small number.
type masters struct {
	partners []party
	byCode   map[string]int32 // kind NUL code
	products []product
	bySKU    map[string]int32 // code where a products' file is given, else producer NUL code
	fromFile bool             // a products' file was given
	buyers   bool             // a partners' file was given
}

func newMasters() *masters {
	return &masters{byCode: map[string]int32{}, bySKU: map[string]int32{}}
}

func (m *masters) partner(kind, code string) (int32, bool) {
	i, ok := m.byCode[kind+"\x00"+code]
	return i, ok
}

// intern finds a partner or adds it; the first name stands.
func (m *masters) intern(kind, code, name string) (int32, error) {
	if i, ok := m.partner(kind, code); ok {
		if p := &m.partners[i]; p.name == "" && name != "" {
			p.name = strings.Clone(name)
		}
		return i, nil
	}
	if len(m.partners) >= maxMasters {
		return 0, errs.New(errs.TooLarge, "import.too_many_partners", "max", strconv.Itoa(maxMasters))
	}
	code = strings.Clone(code)
	m.partners = append(m.partners, party{kind: kind, code: code, name: strings.Clone(name)})
	i := int32(len(m.partners) - 1)
	m.byCode[kind+"\x00"+code] = i
	return i, nil
}

// reader takes values out of the rows of one file.
type reader struct {
	t     *table
	cols  map[string]int
	low   map[string]int
	twice map[string]bool
	join  []byte
}

func newReader(t *table) *reader {
	r := &reader{t: t, cols: map[string]int{}, low: map[string]int{}, twice: map[string]bool{}}
	for i, h := range t.header {
		if _, ok := r.cols[h]; ok {
			r.twice[h] = true
			continue
		}
		r.cols[h] = i
		r.low[strings.ToLower(h)] = i
	}
	return r
}

// col is one column of a file; -1 where the file has none.
func (r *reader) col(name string, optional bool) (int, error) {
	if r.twice[name] {
		return 0, errs.New(errs.Invalid, "import.column_twice", "file", r.t.name, "column", name)
	}
	if i, ok := r.cols[name]; ok {
		return i, nil
	}
	if i, ok := r.low[strings.ToLower(name)]; ok {
		return i, nil
	}
	if optional {
		return -1, nil
	}
	return 0, errs.New(errs.Invalid, "import.no_column", "file", r.t.name, "column", name, "has", clip(strings.Join(r.t.header, ", "), 200))
}

// bound is a Field tied to the columns of one file.
type bound struct {
	f    Field
	cols []int
	name string // of the column, for problems
}

func (r *reader) bind(f Field) (bound, error) {
	b := bound{f: f, name: f.Column}
	names := f.Columns
	if f.Column != "" {
		names = []string{f.Column}
	}
	if b.name == "" {
		b.name = strings.Join(f.Columns, f.Join)
	}
	for _, n := range names {
		i, err := r.col(n, f.Optional)
		if err != nil {
			return b, err
		}
		b.cols = append(b.cols, i)
	}
	return b, nil
}

// value is what a row says, trimmed; it is valid until the next row. raw is the whole cell, for problems.
func (b bound) value(row []string) (v, raw, problem string) {
	switch {
	case b.f.Const != "":
		return b.f.Const, b.f.Const, ""
	case len(b.cols) == 0:
		return "", "", ""
	case len(b.cols) == 1:
		i := b.cols[0]
		if i < 0 {
			return "", "", ""
		}
		if i >= len(row) {
			return "", "", "import.short_row"
		}
		raw = strings.TrimSpace(row[i])
	default:
		parts := make([]string, 0, len(b.cols))
		for _, i := range b.cols {
			if i >= len(row) {
				return "", "", "import.short_row"
			}
			if i >= 0 {
				parts = append(parts, strings.TrimSpace(row[i]))
			}
		}
		raw = strings.Join(parts, b.f.Join)
	}
	v, ok := b.f.cut(raw)
	if !ok && raw != "" {
		return v, raw, "import.too_short"
	}
	return v, raw, ""
}

// readPartners reads the partners' file: buyers by code. It lists rows that cannot be used.
func (p *plan) readPartners(s Source) error {
	c := p.m.Buyer.Master
	if c == nil {
		return errs.New(errs.Invalid, "import.no_partner_columns", "map", p.m.Name)
	}
	p.ms.buyers = true
	return p.eachRow(s, func(r *reader) (func(row []string, n int64) error, error) {
		b, err := bindAll(r, c.Code, c.Name, c.Address, c.City)
		if err != nil {
			return nil, err
		}
		return func(row []string, n int64) error {
			cd, raw, why := b[0].value(row)
			if why == "" {
				why = code(cd, 32)
			}
			if why != "" {
				p.problem(s.Name, n, b[0].name, raw, why)
				return nil
			}
			if _, ok := p.ms.partner(p.m.Buyer.Kind, cd); ok {
				return nil
			}
			name, _, _ := b[1].value(row)
			i, err := p.ms.intern(p.m.Buyer.Kind, cd, clip(name, 200))
			if err != nil {
				return err
			}
			addr, _, _ := b[2].value(row)
			city, _, _ := b[3].value(row)
			p.ms.partners[i].address, p.ms.partners[i].city = strings.Clone(clip(addr, 300)), strings.Clone(clip(city, 100))
			return nil
		}, nil
	})
}

// readProducts reads the products' file.
func (p *plan) readProducts(s Source) error {
	p.ms.fromFile = true
	return p.eachRow(s, func(r *reader) (func(row []string, n int64) error, error) {
		f := p.m.Product.MasterCode
		if f.empty() {
			f = p.m.Product.Code
		}
		pc, err := p.bindProduct(r, f)
		if err != nil {
			return nil, err
		}
		return func(row []string, n int64) error {
			_, err := p.internProduct(pc, row, func(b bound, raw, why string) { p.problem(s.Name, n, b.name, raw, why) })
			return err
		}, nil
	})
}

// productColumns are the columns of a product, in the products' file or in the lines.
type productColumns struct {
	code, name, pack, gtin, price, producer, producerName, cost bound
}

func (p *plan) bindProduct(r *reader, codeField Field) (productColumns, error) {
	c := p.m.Product
	cost := Field{}
	if p.m.Supply != nil {
		cost = p.m.Supply.Cost
	}
	b, err := bindAll(r, codeField, c.Name, c.Pack, c.GTIN, c.Price, c.Producer, c.ProducerName, cost)
	if err != nil {
		return productColumns{}, err
	}
	return productColumns{b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]}, nil
}

func bindAll(r *reader, fields ...Field) ([]bound, error) {
	out := make([]bound, len(fields))
	for i, f := range fields {
		b, err := r.bind(f)
		if err != nil {
			return nil, err
		}
		out[i] = b
	}
	return out, nil
}

// internProduct finds or adds the product of a row; -1 where the row is bad, which bad was told.
func (p *plan) internProduct(c productColumns, row []string, bad func(b bound, raw, why string)) (int32, error) {
	sku, raw, why := c.code.value(row)
	if why == "" {
		why = code(sku, 40)
	}
	if why != "" {
		bad(c.code, raw, why)
		return -1, nil
	}
	producer := int32(-1) // the seller
	maker := ""
	if !p.m.Product.Producer.empty() {
		maker, raw, why = c.producer.value(row)
		if why == "" {
			why = code(maker, 32)
		}
		if why != "" {
			bad(c.producer, raw, why)
			return -1, nil
		}
	}
	k := sku
	if !p.ms.fromFile {
		k = maker + "\x00" + sku
	}
	if i, ok := p.ms.bySKU[k]; ok {
		return i, nil
	}
	if len(p.ms.products) >= maxMasters {
		return 0, errs.New(errs.TooLarge, "import.too_many_products", "max", strconv.Itoa(maxMasters))
	}
	if maker != "" {
		name, _, _ := c.producerName.value(row)
		i, err := p.ms.intern("producer", maker, clip(name, 200))
		if err != nil {
			return 0, err
		}
		producer = i
	}
	x := product{code: strings.Clone(sku), producer: producer, pack: 1}
	if !p.fillProduct(&x, c, row, bad) {
		return -1, nil
	}
	p.ms.products = append(p.ms.products, x)
	i := int32(len(p.ms.products) - 1)
	p.ms.bySKU[strings.Clone(k)] = i
	return i, nil
}

func (p *plan) fillProduct(x *product, c productColumns, row []string, bad func(b bound, raw, why string)) bool {
	name, raw, why := c.name.value(row)
	if name == "" {
		name = x.code
	} else if why = code(name, 200); why != "" {
		bad(c.name, raw, why)
		return false
	}
	x.name = strings.Clone(name)
	if g, _, _ := c.gtin.value(row); g != "" {
		x.gtin = gtin(g)
	}
	if v, raw, _ := c.pack.value(row); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 1 || n > 1_000_000 {
			bad(c.pack, raw, "import.bad_pack")
			return false
		}
		x.pack = n
	}
	if v, raw, _ := c.price.value(row); v != "" {
		price, why := p.values.price(v)
		if why != "" {
			bad(c.price, raw, why)
			return false
		}
		x.price, x.priced = price, true
	}
	if p.m.Supply != nil {
		v, raw, _ := c.cost.value(row)
		cost, why := p.values.price(v)
		if why != "" {
			bad(c.cost, raw, why)
			return false
		}
		x.cost = cost
	}
	return true
}

func (v *values) price(s string) (money.Price, string) {
	if s == "" {
		return 0, "import.missing"
	}
	t, ok := v.plain(s)
	if !ok {
		return 0, "import.not_a_number"
	}
	x, err := money.ParsePrice(t)
	switch {
	case err != nil:
		return 0, "import.not_a_number"
	case x < 0:
		return 0, "import.negative"
	}
	return x, ""
}

// gtin pads a barcode to 12 digits at least and keeps it only if its check digit is right: the rest are shop codes.
func gtin(s string) string {
	for len(s) < 12 {
		s = "0" + s
	}
	if len(s) > 14 {
		return ""
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i]) - '0'
		if d < 0 || d > 9 {
			return ""
		}
		if i%2 == 1 {
			d *= 3
		}
		sum += d
	}
	if sum%10 != 0 {
		return ""
	}
	return strings.Clone(s)
}

// eachRow reads a file: prepare ties the columns, use takes each row.
func (p *plan) eachRow(s Source, prepare func(*reader) (func(row []string, n int64) error, error)) error {
	t, err := open(s, p.m)
	if err != nil {
		return err
	}
	defer t.close()
	p.values.sheet, p.values.lastText = t.sheet, ""
	use, err := prepare(newReader(t))
	if err != nil {
		return err
	}
	for {
		row, n, err := t.next()
		var bad *badRow
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			p.problem(s.Name, bad.row, "", "", bad.code)
			continue
		case err != nil:
			return readError(s.Name, err)
		case blank(row):
			continue
		}
		if err := p.ctx.Err(); err != nil {
			return err
		}
		if err := use(row, n); err != nil {
			return err
		}
	}
}

func blank(row []string) bool {
	for _, f := range row {
		if f != "" {
			return false
		}
	}
	return true
}

// clip cuts a text to so many characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	r := []rune(strings.ToValidUTF8(s, "?"))
	return string(r[:min(n, len(r))])
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
