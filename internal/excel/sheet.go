package excel

import (
	"fmt"
	"io"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/money"
)

// Column of a sheet: its header and its width in characters.
type Column struct {
	Header string
	Width  int
}

// Sheet is a table under a frozen, filtered header. Cells are written from left to right, each row ended by EndRow. When the
// worksheet is full, it goes on in another one under the same header.
type Sheet struct {
	b       *Writer
	name    string
	cols    []Column
	table   bool // with header, frozen and filtered
	hint    Hint
	n       int   // which part this is
	row     int64 // last row written in this part
	data    int64 // data rows in all parts
	first   int64 // first data row of each part
	col     int   // next cell of the row
	inRow   bool
	begun   bool // the head of this part is out
	w       io.Writer
	ranges  []span
	style   []style // last number style of each column, for totals
	partRow int64   // data rows of this part
}

type span struct {
	name     string
	from, to int64
}

// Hint announces how long a table will be, so that its dimension can stand before its rows. Short tables need none.
type Hint struct {
	Rows  int64 // data rows, where that is known exactly; else 0. A number that does not come true fails the workbook
	Total bool  // a row of totals will follow
}

// Table begins a sheet with a header row.
func (b *Writer) Table(name string, cols []Column, h Hint) *Sheet {
	return b.begin(&Sheet{b: b, name: name, cols: cols, table: true, hint: h, first: 2})
}

// Page begins a sheet without header: for notes. Only the widths of cols count.
func (b *Writer) Page(name string, cols []Column) *Sheet {
	return b.begin(&Sheet{b: b, name: name, cols: cols, first: 1})
}

func (b *Writer) begin(s *Sheet) *Sheet {
	if b.open != nil {
		b.fail(fmt.Errorf("sheet %q begun before %q was closed", s.name, b.open.name))
	}
	b.open = s
	s.style = make([]style, len(s.cols))
	s.part()
	return s
}

// part begins the next worksheet of the sheet.
func (s *Sheet) part() {
	s.n++
	p := &part{name: s.b.sheetName(s.name, s.n), repeat: s.table}
	s.b.parts = append(s.b.parts, p)
	s.w = s.b.create(fmt.Sprintf("xl/worksheets/sheet%d.xml", len(s.b.parts)))
	s.row, s.partRow, s.begun = 0, 0, false
	s.b.buf = s.b.buf[:0]
	if s.table {
		s.startRow()
		for _, c := range s.cols {
			s.text(c.Header, header)
		}
		s.endRow()
	}
}

// capacity is how many data rows a part holds: a table keeps a row for the header and one for the total.
func (s *Sheet) capacity() int64 {
	if s.table {
		return s.b.maxRows - 2
	}
	return s.b.maxRows
}

func (s *Sheet) startRow() {
	s.row++
	s.col = 0
	s.inRow = true
	s.b.buf = append(s.b.buf, `<row r="`...)
	s.b.buf = append(appendInt(s.b.buf, s.row), `">`...)
}

func (s *Sheet) endRow() {
	s.b.buf = append(s.b.buf, "</row>"...)
	s.inRow = false
	if len(s.b.buf) >= bufferSize {
		s.flush()
	}
}

// cell makes sure that a row is begun before its first cell.
func (s *Sheet) cell() {
	if !s.inRow {
		if s.partRow == s.capacity() {
			s.endPart()
			s.part()
		}
		s.startRow()
	}
	s.col++
}

// EndRow ends a data row.
func (s *Sheet) EndRow() {
	if !s.inRow {
		s.cell()
		s.b.buf = append(s.b.buf, "<c/>"...)
	}
	s.partRow++
	s.data++
	s.endRow()
}

// Text writes text, as text, whatever it looks like.
func (s *Sheet) Text(v string) { s.cell(); s.text(v, plain) }

// Code writes a code or a number that is no quantity: its cell has the text format.
func (s *Sheet) Code(v string) { s.cell(); s.text(v, code) }

// Note writes text that wraps in its cell.
func (s *Sheet) Note(v string) { s.cell(); s.text(v, wrapped) }

// Bad writes text that something is wrong with: in red, as text, whatever it looks like.
func (s *Sheet) Bad(v string) { s.cell(); s.text(v, wrong) }

// Head writes a cell in the style of headers.
func (s *Sheet) Head(v string) { s.cell(); s.text(v, header) }

func (s *Sheet) text(v string, st style) {
	b := s.b.buf
	switch {
	case v == "" && (st == header || st == wrong):
		s.b.buf = append(append(b, open[st]...), "/>"...)
		return
	case v == "":
		s.b.buf = append(b, "<c/>"...)
		return
	case formulaLike(v) && st != wrong:
		st = guarded
	}
	b = append(b, open[st]...)
	if simple(v) {
		b = append(b, ` t="inlineStr"><is><t>`...)
		b = append(b, v...)
	} else {
		if tooLong(v) {
			s.b.fail(fmt.Errorf("a text of %d bytes does not fit a cell", len(v)))
		}
		b = append(b, ` t="inlineStr"><is><t`...)
		if keepBlanks(v) {
			b = append(b, ` xml:space="preserve"`...)
		}
		b = appendXML(append(b, '>'), v)
	}
	s.b.buf = append(b, "</t></is></c>"...)
}

func (s *Sheet) number(v int64, scale int, st style) {
	if s.col <= len(s.style) {
		if prev := &s.style[s.col-1]; *prev != decimal && !(*prev == cents && st == whole) {
			*prev = st
		}
	}
	b := append(s.b.buf, open[st]...)
	b = appendDecimal(append(b, "><v>"...), v, scale)
	s.b.buf = append(b, "</v></c>"...)
}

// Int writes a whole number.
func (s *Sheet) Int(v int64) { s.cell(); s.number(v, 0, whole) }

// Decimal writes v × 10^-scale, exactly.
func (s *Sheet) Decimal(v int64, scale int) { s.cell(); s.number(v, scale, decimalStyle(v, scale)) }

func decimalStyle(v int64, scale int) style {
	for ; scale > 0; scale-- {
		if v%10 != 0 {
			return decimal
		}
		v /= 10
	}
	return whole
}

// Money writes an amount in major units with the currency's digits; rupiah show sen only where there are any.
func (s *Sheet) Money(v money.Minor, c money.Currency) {
	s.cell()
	s.number(int64(v), c.Digits, moneyStyle(int64(v), c))
}

func moneyStyle(v int64, c money.Currency) style {
	if c.Digits == 0 || (c.Code == "IDR" && v%100 == 0) {
		return whole
	}
	return cents
}

// Date writes a date as a date; no date as nothing, and what is no date of Excel's calendar as text.
func (s *Sheet) Date(d clock.Date) {
	s.cell()
	n, ok := daysOf(string(d))
	if !ok {
		s.text(string(d), code)
		return
	}
	b := append(s.b.buf, open[date]...)
	b = appendInt(append(b, "><v>"...), n)
	s.b.buf = append(b, "</v></c>"...)
}

// Formula writes a formula of our own making with the value that it has: v × 10^-scale.
func (s *Sheet) Formula(f string, v int64, scale int) {
	s.cell()
	s.formula(f, v, scale, decimalStyle(v, scale))
}

// MoneyFormula is Formula for an amount.
func (s *Sheet) MoneyFormula(f string, v money.Minor, c money.Currency) {
	s.cell()
	s.formula(f, int64(v), c.Digits, moneyStyle(int64(v), c))
}

func (s *Sheet) formula(f string, v int64, scale int, st style) {
	b := append(s.b.buf, open[st]...)
	b = appendXML(append(b, "><f>"...), f)
	b = appendDecimal(append(b, "</f><v>"...), v, scale)
	s.b.buf = append(b, "</v></c>"...)
}

// Total is the sum under a column: v × 10^-scale is what it comes to.
type Total struct {
	Col   int // from 0
	V     int64
	Scale int
}

// Totals writes the last row of a table: a label in the first column, sums as formulas with their values. It ends the sheet.
func (s *Sheet) Totals(label string, totals ...Total) {
	s.startRow()
	for i := range s.cols {
		s.col++
		switch t := find(totals, i); {
		case i == 0:
			s.text(label, boldText)
		case t == nil:
			s.b.buf = append(append(s.b.buf, open[boldText]...), "/>"...)
		default:
			st := s.style[i].bold()
			if s.style[i] == plain {
				st = decimalStyle(t.V, t.Scale).bold()
			}
			s.formula(s.sum(i, true), t.V, t.Scale, st)
		}
	}
	s.endRow()
}

func find(totals []Total, col int) *Total {
	for i := range totals {
		if totals[i].Col == col {
			return &totals[i]
		}
	}
	return nil
}

// Sum is the formula that adds a column (from 0) over all data rows of the closed sheet, from anywhere in the workbook.
func (s *Sheet) Sum(col int) string { return s.sum(col, false) }

func (s *Sheet) sum(col int, here bool) string {
	c := columnName(col)
	var refs []string
	for _, r := range s.ranges {
		refs = append(refs, fmt.Sprintf("%s!%s%d:%s%d", quoted(r.name), c, r.from, c, r.to))
	}
	if here && s.partRow > 0 {
		refs = append(refs, fmt.Sprintf("%s%d:%s%d", c, s.first, c, s.first+s.partRow-1))
	}
	if len(refs) == 0 {
		return "SUM(0)"
	}
	return "SUM(" + strings.Join(refs, ",") + ")"
}

// Rows is how many data rows were written so far.
func (s *Sheet) Rows() int64 { return s.data }
