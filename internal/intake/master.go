package intake

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// party is an organisation that the files name. It is made only if a document needs it.
type party struct {
	kind, code, name, address, city string

	stored string // the code under which it is made, where another organisation bears its own; else ""
	used   bool
	sells  bool
	id     id.ID
	place  id.ID      // main warehouse
	live   clock.Date // from when on it and the importing organisation trade by the portal; "" for never
}

// product is a product that the files name.
type product struct {
	code, name, gtin string
	producer         int32 // partner
	unit, packUnit   string
	pack             int64
	units            map[string]pack // by name in small letters; nil: the base unit alone
	decimals         int             // that its quantities may have; of a new one: that they do have
	unitRead         bool            // its base unit is that of a line: another line must say one too
	cost, price      money.Price
	priced           bool

	used bool
	id   id.ID
	lot  id.ID
}

// pack is a unit of a product.
type pack struct {
	name string
	base qty.Qty // base units in one
}

// maxMasters bounds what is kept in memory: partners and products that one import may know.
const maxMasters = 400_000

// masters are the partners and products that the files name, each with a small number.
type masters struct {
	partners []party
	byCode   map[string]int32 // kind NUL code
	products []product
	bySKU    map[string]int32 // code where a products' file is given, else producer NUL code
	anyKind  map[string]int32 // buyers by code, where rows need not say their kind
	units    []string         // of lines, as the files write them; the first is none
	unitNo   map[string]int32
	fromFile bool // a products' file was given
	buyers   bool // a partners' file was given
}

func newMasters() *masters {
	return &masters{byCode: map[string]int32{}, bySKU: map[string]int32{}, anyKind: map[string]int32{}, units: []string{""},
		unitNo: map[string]int32{"": 0}}
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

// maxUnits bounds how many names of units an import may have.
const maxUnits = 10_000

// unit is the number of a unit's name.
func (m *masters) unit(name string) (int32, error) {
	if i, ok := m.unitNo[name]; ok {
		return i, nil
	}
	if len(m.units) == maxUnits {
		return 0, errs.New(errs.TooLarge, "import.too_many_units", "max", strconv.Itoa(maxUnits))
	}
	name = strings.Clone(name)
	m.units = append(m.units, name)
	m.unitNo[name] = int32(len(m.units) - 1)
	return m.unitNo[name], nil
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

// present tells whether there is anything to take a value from.
func (b bound) present() bool {
	return b.f.Const != "" || (len(b.cols) > 0 && !slices.Contains(b.cols, -1))
}

// sameName reduces the name of a column to what makes a difference.
func sameName(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.NewReplacer("_", " ", "-", " ", ".", " ").Replace(s))), " ")
}

// bindAny ties a field to the first of its names that the file has.
func (r *reader) bindAny(f Field) (bound, error) {
	for _, want := range f.Any {
		at := -1
		for i, h := range r.t.header {
			if sameName(h) != sameName(want) {
				continue
			}
			if at >= 0 {
				return bound{}, errs.New(errs.Invalid, "import.column_twice", "file", r.t.name, "column", h)
			}
			at = i
		}
		if at >= 0 {
			return bound{f: f, name: r.t.header[at], cols: []int{at}}, nil
		}
	}
	if f.Optional {
		return bound{f: f, name: f.Any[0]}, nil
	}
	return bound{}, errs.New(errs.Invalid, "import.no_column_of", "file", r.t.name, "columns", clip(strings.Join(f.Any, ", "), 200),
		"has", clip(strings.Join(r.t.header, ", "), 200))
}

func (r *reader) bind(f Field) (bound, error) {
	if len(f.Any) > 0 {
		return r.bindAny(f)
	}
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
		b, err := bindAll(r, c.Code, c.Name, c.Address, c.City, c.Kind)
		if err != nil {
			return nil, err
		}
		return func(row []string, n int64) error {
			if p.tooWide(r.t, row, n) {
				return nil
			}
			cd, raw, why := b[0].value(row)
			if why == "" {
				why = code(cd, 32)
			}
			if why != "" {
				p.problem(s.Name, n, b[0].name, raw, why)
				return nil
			}
			kind, raw, why := p.kindOf(b[4], row)
			if why != "" {
				p.problem(s.Name, n, b[4].name, raw, why)
				return nil
			}
			name, _, _ := b[1].value(row)
			if _, ok := p.ms.partner(kind, cd); ok && p.own == nil {
				return nil
			}
			i, why, err := p.internBuyer(kind, kind != "", cd, name)
			if err != nil {
				return err
			}
			if why != "" {
				p.problem(s.Name, n, b[0].name, cd, why)
				return nil
			}
			addr, _, _ := b[2].value(row)
			city, _, _ := b[3].value(row)
			p.ms.partners[i].address, p.ms.partners[i].city = strings.Clone(clip(addr, 300)), strings.Clone(clip(city, 100))
			return nil
		}, nil
	})
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
			p.sum.Torn = cmp.Or(p.sum.Torn, bad.row)
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
