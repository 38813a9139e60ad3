package cart

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/list"
)

// MaxRows is how many lines may be read at once, and how many a basket holds: as many as one order may have.
const MaxRows = 5000

// maxText is the longest text of a line that is kept, in characters; what people write of one product is far shorter.
const maxText = 200

// longest is how many bytes of a line are looked at.
const longest = 4 * maxText

// Reading is one way to understand a line: what it calls the product, and how much of it in which unit, as it was written. An empty Qty
// is one that was not written.
type Reading struct{ Name, Qty, Unit string }

// Typed is a line as somebody typed it, with every way to understand it, the likeliest first. There is always one at least.
type Typed struct {
	Row      int // of the text or sheet, from 1
	Raw      string
	Readings []Reading
	Aside    bool // it says nothing but courtesies
}

// ReadPaste reads lines that somebody pasted: columns of a spreadsheet (tabs), lines with commas or semicolons, a message with one thing
// on each line. units are further words for units of measure, folded. It is pure, guesses nothing (a line that can be understood in two
// ways has two readings) and drops only empty lines, headings of columns, and what a messenger writes before a message. A line of nothing but
// courtesies ("Pagi, tolong kirim ya") is kept and says that it is one.
// More than MaxRows lines are refused as cart.too_many.
func ReadPaste(text string, units map[string]bool) ([]Typed, error) {
	text = strings.ToValidUTF8(strings.TrimPrefix(text, "\ufeff"), "\uFFFD")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u200b", "", "\u200e", "", "\u200f", "", "\u00a0", " ", "\u202f", " ").Replace(text)
	p := &paper{units: units}
	row := 0
	for len(text) > 0 {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		row++
		if err := p.line(row, line); err != nil {
			return nil, err
		}
	}
	return p.out, nil
}

// ReadRows reads the rows of a sheet: name or code, quantity, unit, in this order or as a first row says.
func ReadRows(rows [][]string, units map[string]bool) ([]Typed, error) {
	p := &paper{units: units}
	for i, cells := range rows {
		raw := strings.Join(cells, "\t")
		read := p.columns
		if courteous(raw) {
			read = func(row int, raw string, _ []string) error { return p.aside(row, raw, raw) }
		}
		if err := read(i+1, raw, cells); err != nil {
			return nil, err
		}
	}
	return p.out, nil
}

// paper is a text that is being read. head says which column is what, once a heading did.
type paper struct {
	units map[string]bool
	head  *heading
	out   []Typed
}

func (p *paper) add(row int, raw string, readings ...Reading) error {
	if len(p.out) >= MaxRows {
		return errs.New(errs.Invalid, "cart.too_many", "max", strconv.Itoa(MaxRows))
	}
	for i := range readings {
		r := &readings[i]
		r.Name, r.Qty, r.Unit = clip(r.Name), clip(r.Qty), clip(r.Unit)
	}
	p.out = append(p.out, Typed{Row: row, Raw: clip(raw), Readings: readings})
	return nil
}

// clip keeps a text to one plain line of bounded length.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > maxText {
		s = strings.TrimSpace(string([]rune(s)[:maxText]))
	}
	return s
}

var (
	// what messengers write before a message that is copied: [22/11/26 09.15] Bu Sri: …, 22/11/26, 09.15 - Bu Sri: …
	stampBrackets = regexp.MustCompile(`^\s*\[[^\]]{0,20}\d{1,2}[:.]\d{2}[^\]]{0,24}\]\s*[^:\t]{1,60}:\s*`)
	stampDashes   = regexp.MustCompile(`^\s*\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4},?\s+\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s*[APap]\.?[Mm]\.?)?\s+-\s+[^:\t]{1,60}:\s*`)
	bullet        = regexp.MustCompile(`^\s*(?:[-–—*•·▪◦●○■□☐☑✅✔➡>»]+\s*|\(?\d{1,3}[.)]\s+)`)
	priceSaid     = regexp.MustCompile(`(?i)\s*(?:@\s*(?:rp\.?\s*)?|=\s*rp\.?\s*|\bharga\s+(?:rp\.?\s*)?)[\d.,]+(?:\s*(?:rb|ribu|jt|juta|k))?(?:\s*/\s*\w+)?\s*$`)
)

func (p *paper) line(row int, raw string) error {
	if len(raw) > longest { // no line of an order is as long: what follows says nothing more of it
		raw = strings.ToValidUTF8(raw[:longest], "")
	}
	s := stampDashes.ReplaceAllString(stampBrackets.ReplaceAllString(raw, ""), "")
	if strings.TrimSpace(s) == "" {
		return nil
	}
	if courteous(s) && bullet.ReplaceAllString(s, "") != "" {
		return p.aside(row, raw, s)
	}
	if strings.Contains(s, "\t") {
		return p.columns(row, raw, strings.Split(s, "\t"))
	}
	if cells := separated(s, ';'); len(cells) > 1 {
		return p.columns(row, raw, cells)
	}
	s = strings.TrimSpace(bullet.ReplaceAllString(s, ""))
	s = strings.Trim(priceSaid.ReplaceAllString(s, ""), " *_~")
	if s == "" {
		return nil
	}
	cells := commas(s)
	if len(cells) == 1 {
		return p.add(row, raw, p.free(s)...)
	}
	if all, ok := p.severalGoods(cells); ok {
		for i, readings := range all {
			if err := p.add(row, cells[i], readings...); err != nil {
				return err
			}
		}
		return nil
	}
	return p.columns(row, raw, cells)
}

// severalGoods reads "kopi 2 dus, gula 3 dus": each part names goods and a quantity of its own.
func (p *paper) severalGoods(cells []string) (all [][]Reading, ok bool) {
	for _, c := range cells {
		rs := p.free(c)
		if rs[0].Qty == "" || !hasLetter(rs[0].Name) || isUnit(rs[0].Name, p.units) {
			return nil, false
		}
		all = append(all, rs)
	}
	return all, true
}

// separated splits a line with quotes as spreadsheets write them.
func separated(s string, sep rune) []string {
	var out []string
	var cell strings.Builder
	quoted := false
	for _, r := range s {
		switch {
		case r == '"' && (quoted || strings.TrimSpace(cell.String()) == ""):
			quoted = !quoted
		case r == sep && !quoted:
			out = append(out, strings.TrimSpace(cell.String()))
			cell.Reset()
		default:
			cell.WriteRune(r)
		}
	}
	return append(out, strings.TrimSpace(cell.String()))
}

// commas splits at commas that separate: not the one within a number, as long as the line has blanks to tell them by.
func commas(s string) []string {
	if !strings.Contains(s, ",") {
		return []string{s}
	}
	if !strings.ContainsAny(s, " ") || strings.Contains(s, `"`) {
		return separated(s, ',')
	}
	rs := []rune(s)
	var out []string
	from := 0
	for i, r := range rs {
		within := i > 0 && i+1 < len(rs) && unicode.IsDigit(rs[i-1]) && unicode.IsDigit(rs[i+1])
		if r == ',' && !within {
			out = append(out, strings.TrimSpace(string(rs[from:i])))
			from = i + 1
		}
	}
	out = append(out, strings.TrimSpace(string(rs[from:])))
	if n := len(out); n > 1 && out[n-1] == "" { // a comma at the end of a line says nothing
		out = out[:n-1]
	}
	return out
}

func hasLetter(s string) bool { return strings.IndexFunc(s, unicode.IsLetter) >= 0 }

// isNumber tells whether a cell is a number as people write one: digits, with marks and a sign.
func isNumber(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && strings.Trim(s, "0123456789.,+-−") == "" && strings.ContainsAny(s, "0123456789")
}

// heading says which column of a sheet is what; -1 for none.
type heading struct{ code, name, qty, unit int }

var headWords = map[string]string{"kode": "code", "kode barang": "code", "sku": "code", "code": "code", "barcode": "code", "gtin": "code", "ean": "code", "item code": "code",
	"nama": "name", "nama barang": "name", "barang": "name", "produk": "name", "nama produk": "name", "name": "name", "item": "name", "product": "name", "product name": "name", "description": "name", "uraian": "name",
	"jumlah": "qty", "jml": "qty", "qty": "qty", "quantity": "qty", "kuantitas": "qty", "banyaknya": "qty", "pesan": "qty", "jumlah pesan": "qty", "order": "qty",
	"satuan": "unit", "unit": "unit", "uom": "unit", "kemasan": "unit"}

// headed reads a row of headings; nil where it is none: one that names the quantity and what it is of, and holds no number.
func headed(cells []string) *heading {
	h := &heading{-1, -1, -1, -1}
	for i, c := range cells {
		if isNumber(c) {
			return nil
		}
		at := map[string]*int{"code": &h.code, "name": &h.name, "qty": &h.qty, "unit": &h.unit}[headWords[strings.Trim(list.Fold(c), " .:*")]]
		if at != nil && *at < 0 {
			*at = i
		}
	}
	if h.qty < 0 || (h.code < 0 && h.name < 0) {
		return nil
	}
	return h
}

// columns reads a row of cells. A cell that is empty stays empty: a quantity that was left out is not there.
func (p *paper) columns(row int, raw string, cells []string) error {
	for len(cells) > 0 && strings.TrimSpace(cells[0]) == "" && p.head == nil {
		cells = cells[1:]
	}
	if strings.TrimSpace(strings.Join(cells, "")) == "" {
		return nil
	}
	if h := headed(cells); h != nil {
		p.head = h
		return nil
	}
	return p.add(row, raw, p.cells(cells))
}

func (p *paper) cells(cells []string) Reading {
	at := func(i int) string {
		if i < 0 || i >= len(cells) {
			return ""
		}
		return strings.TrimSpace(cells[i])
	}
	h := p.head
	if h == nil {
		h = p.laidOut(cells, at)
	}
	r := Reading{Name: at(h.code), Qty: at(h.qty), Unit: at(h.unit)}
	if r.Name == "" {
		r.Name = at(h.name)
	}
	if r.Unit == "" { // "10 dus" in one cell
		if n, unit, ok := p.amount(r.Qty); ok {
			r.Qty, r.Unit = n, unit
		}
	}
	return r
}

// laidOut tells the columns of a row without headings: goods, quantity, unit; or code, name, quantity, unit.
func (p *paper) laidOut(cells []string, at func(int) string) *heading {
	amount := func(i int) bool {
		_, _, both := p.amount(at(i))
		return isNumber(at(i)) || both
	}
	switch {
	case len(cells) < 3 || amount(1) || at(1) == "" && !amount(2) || isUnit(at(2), p.units) && !amount(3):
		return &heading{0, -1, 1, 2}
	default:
		return &heading{0, 1, 2, 3}
	}
}

// Sheet splits a text file into rows: by the mark that its first line has most of.
func Sheet(text string) (rows [][]string) {
	text = strings.ReplaceAll(strings.ToValidUTF8(strings.TrimPrefix(text, "\ufeff"), "\uFFFD"), "\r\n", "\n")
	first, _, _ := strings.Cut(text, "\n")
	sep := ';'
	for _, mark := range []rune{',', '\t'} {
		if strings.Count(first, string(mark)) > strings.Count(first, string(sep)) {
			sep = mark
		}
	}
	for line := range strings.Lines(text) {
		rows = append(rows, separated(strings.TrimRight(line, "\r\n"), sep))
	}
	return rows
}

var stored = regexp.MustCompile(`^-?\d+\.\d{3}$`)

// Stored is a number as a workbook keeps it, whose point always divides: so written that it is read back like that.
func Stored(cell string) string {
	if stored.MatchString(cell) {
		return i18n.Written(cell)
	}
	return cell
}
