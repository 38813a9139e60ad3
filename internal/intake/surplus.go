package intake

import (
	"slices"
	"strconv"
	"strings"

	"saluran/internal/i18n"
)

// A row with more cells than the header has names is not what it seems: an amount such as 1,250.00 without quotation marks is two cells of
// a file with commas, and whatever stands behind it has moved. Such a row is never read.

// surplus is a cell behind the last column that has a name.
type surplus struct {
	at, n int    // the first one, counted from 0, and how many cells further the row goes, itself included
	value string // valid until the next row
	code  string
	args  []string
}

// surplus finds the cells of a row that no column of the header is for. Empty ones are none, and neither is what we said ourselves of a
// row in the workbook that went back.
func (t *table) surplus(row []string) (x surplus, ok bool) {
	for i := t.width; i < len(row); i++ {
		v := strings.TrimSpace(row[i])
		if v == "" || i < len(t.header) && ourProblems(t.header[i]) {
			continue
		}
		if x.n == 0 {
			x.at, x.value = i, v
		}
		x.n = i - x.at + 1
	}
	if x.n == 0 {
		return x, false
	}
	x.code, x.args = "import.surplus_cell", []string{"column", ColumnLetters(x.at), "n", strconv.Itoa(t.width)}
	switch t.sign {
	case "":
		x.code = "import.surplus_cell_book"
	case "\t":
		x.code = "import.surplus_cell_tab"
	default:
		x.args = append(x.args, "sign", t.sign)
	}
	return x, true
}

// ourProblems tells whether a header is that of the column in which a workbook that went back says what is wrong.
func ourProblems(h string) bool {
	n := sameName(h)
	return n == sameName(i18n.T(i18n.ID, "sheet.problems_column")) || n == sameName(i18n.T(i18n.EN, "sheet.problems_column"))
}

// ColumnLetters is what a spreadsheet calls a column, counted from 0: A, B, … Z, AA.
func ColumnLetters(i int) string {
	var s string
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

// columnNumber turns ColumnLetters back; ok is false for what it never says.
func columnNumber(s string) (i int, ok bool) {
	for _, r := range s {
		if r < 'A' || r > 'Z' || i > maxColumns {
			return 0, false
		}
		i = i*26 + int(r-'A') + 1
	}
	return i - 1, i > 0
}

// Beyond is the column of the file, counted from 0, that a mark is of where the header ends before it.
func (m Mark) Beyond() (int, bool) {
	if !strings.HasPrefix(m.Code, "import.surplus_cell") {
		return 0, false
	}
	return columnNumber(m.Args["column"])
}

// surplus lists a row of lines with cells too many. Its document is bad, and so is any other whose number it may be that stands there:
// behind the cell too many, whichever that is, all have moved.
func (p *plan) surplus(file string, n int32, c lineColumns, row []string, at int64, x surplus) error {
	p.problem(file, at, ColumnLetters(x.at), x.value, x.code, x.args...)
	var k key
	for moved := 0; moved <= x.n; moved++ {
		l := line{file: n, row: at, bad: true, perhaps: moved > 0, buyer: -1, product: -1}
		doc, _, why := c.doc.value(row[moved:])
		if why == "" {
			why = code(doc, 36)
		}
		var err error
		if l.seller, err = p.sellerOf(c.seller, row[moved:]); err != nil {
			return err
		}
		if why != "" || l.seller < 0 {
			continue
		}
		l.doc = doc
		k.reset()
		p.putLine(&k, l)
		if err := p.lines.add(k.b); err != nil {
			return err
		}
	}
	return nil
}

// tooWide lists a row of a products' or a partners' file that has cells too many, and tells whether it has.
func (p *plan) tooWide(t *table, row []string, at int64) bool {
	x, ok := t.surplus(row)
	if ok {
		p.problem(t.name, at, ColumnLetters(x.at), x.value, x.code, x.args...)
	}
	return ok
}

// sellerOf is the seller that a row names; -1 where it names none.
func (p *plan) sellerOf(b bound, row []string) (int32, error) {
	if p.own != nil {
		return p.own.index, nil
	}
	v, _, why := b.value(row)
	if why != "" || code(v, 32) != "" {
		return -1, nil
	}
	return p.ms.intern(p.m.Seller.Kind, v, "")
}

// tooWide marks a row of a spreadsheet that has cells too many. What else seems wrong with it is not said: its cells are not where they
// should be. It may be of any document whose number stands where that would be if they were.
func (t *sheetRun) tooWide(r *record, row []string, x surplus) {
	t.wide = max(t.wide, x.at+x.n)
	r.wide, r.marks = true, nil
	r.bad("", x.code, x.args...)
	g := t.job.Kind.index(t.job.Kind.Group)
	if g < 0 || t.columns[g] < 0 {
		return
	}
	for _, v := range row[t.columns[g]+1 : min(t.columns[g]+1+x.n, len(row))] {
		if v = strings.TrimSpace(v); v != "" {
			r.perhaps = append(r.perhaps, strings.Clone(v))
		}
	}
}

// columns names those behind the header that rows go into, as a spreadsheet would.
func (v *Preview) columns() {
	for n := range v.Files {
		f := &v.Files[n]
		f.Header = slices.Clone(f.Header)
		for _, r := range f.Rows {
			for i := f.width; i < len(r.Cells); i++ {
				if i == len(f.Header) {
					f.Header = append(f.Header, "")
				}
				if f.Header[i] == "" {
					f.Header[i] = ColumnLetters(i)
				}
			}
		}
	}
}
