package intake

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// rows reads the file: the header goes to head, each row that is not empty to use; broken is why one cannot be read as a row.
func (t *sheetRun) rows(head func(header []string) error, use func(row []string, at int64, broken string) error) error {
	f, err := open(t.job.File, Mapping{})
	if err != nil {
		return err
	}
	defer f.close()
	t.workbook, t.file = f.sheet, f
	if blank(f.header) {
		return errs.New(errs.Invalid, "import.bad_header", "file", f.name)
	}
	header := make([]string, len(f.header))
	for i, h := range f.header {
		header[i] = clip(strings.ToValidUTF8(h, "?"), 200)
	}
	if err := head(header); err != nil {
		return err
	}
	for n := 0; ; n++ {
		if n%1000 == 0 && t.ctx.Err() != nil {
			return context.Cause(t.ctx)
		}
		row, at, err := f.next()
		var bad *badRow
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			err = use(nil, bad.row, bad.code)
		case err != nil:
			return readError(f.name, err)
		case blank(row):
			continue
		default:
			err = use(row, at, "")
		}
		if err != nil {
			return err
		}
	}
}

// shown is a row's cells as far as they are shown.
func shown(row []string) []string {
	out := make([]string, len(row))
	for i, c := range row {
		out[i] = strings.Clone(clip(strings.ToValidUTF8(c, "?"), 120))
	}
	return out
}

// parse reads one row by the kind's columns.
func (t *sheetRun) parse(row []string, at int64) *record {
	r := &record{at: at, cells: make([]cell, len(t.job.Kind.Columns)), state: RowNew}
	for i, c := range t.job.Kind.Columns {
		v := t.view.Match[c.Name].Value
		book := false
		if n := t.columns[i]; n >= 0 {
			v, book = "", t.workbook
			if n < len(row) {
				v = strings.TrimSpace(row[n])
			}
		}
		x, why := t.read(c, v, book)
		if why != "" {
			r.bad(c.Name, why, "max", strconv.Itoa(c.Max))
		}
		r.cells[i] = x
	}
	if x, ok := t.file.surplus(row); ok {
		t.tooWide(r, row, x)
	}
	return r
}

// read reads one cell; why is the code of what is wrong.
func (t *sheetRun) read(c Column, v string, book bool) (x cell, why string) {
	if v == "" {
		if c.Must {
			return x, "import.missing"
		}
		return x, ""
	}
	if !utf8.ValidString(v) {
		return x, "import.not_utf8"
	}
	x = cell{said: true, text: strings.Clone(v)}
	switch c.Sort {
	case Text:
		if utf8.RuneCountInString(v) > c.Max {
			why = "sheet.too_long"
		}
	case Code:
		x.text, why = codeRead(v, c.Max, book)
	case Day:
		x.day, why = t.view.Reading.dayRead(v, book)
	case Choice:
		x.text, why = choose(c, v)
	default:
		x.text, why = t.view.Reading.plainNumber(v, book)
		if why == "" && c.Sort == Money {
			m, err := t.cur.Parse(x.text)
			x.n, why = int64(m), numberFault(err, int64(m))
		} else if why == "" {
			x.n, why = inUnits(c.Sort, x.text)
		}
	}
	return x, why
}

// codeRead keeps a code letter by letter. What a spreadsheet has made a number of with an exponent has lost figures: it is refused.
func codeRead(v string, max int, book bool) (string, string) {
	if i := strings.IndexAny(v, "eE"); i > 0 && strings.Contains(v, "+") && strings.Trim(v, "0123456789.,eE+") == "" {
		return v, "sheet.code_lost"
	}
	if book {
		v = strings.TrimSuffix(v, ".0")
	}
	if why := code(v, max); why != "" {
		if why == "import.too_long" {
			why = "sheet.too_long"
		}
		return v, why
	}
	return strings.Clone(v), ""
}

// inUnits is a plain number in the unit of its sort.
func inUnits(s Sort, plain string) (int64, string) {
	if len(plain) > 20 {
		return 0, "import.too_large"
	}
	switch s {
	case Price:
		p, err := money.ParsePrice(plain)
		return int64(p), numberFault(err, int64(p))
	case Whole:
		n, err := strconv.ParseInt(plain, 10, 64)
		if err != nil {
			return 0, "sheet.not_whole"
		}
		return n, ""
	}
	q, err := qty.Parse(plain)
	return int64(q), numberFault(err, int64(q))
}

func numberFault(err error, n int64) string {
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "more than"):
		return "import.too_many_decimals"
	case err != nil && strings.HasPrefix(err.Error(), "too large"):
		return "import.too_large"
	case err != nil:
		return "import.not_a_number"
	case n < 0:
		return "import.negative"
	}
	return ""
}

// choose finds the choice that a word means, in both languages.
func choose(c Column, v string) (string, string) {
	w := sameName(v)
	for _, k := range c.Choices {
		for _, lang := range []string{i18n.ID, i18n.EN} {
			for _, one := range strings.Split(i18n.T(lang, "sheet.choice."+c.Name+"."+k), "|") {
				if sameName(one) == w {
					return k, ""
				}
			}
		}
		if k == w {
			return k, ""
		}
	}
	return v, "sheet.no_choice"
}

// ChoiceLabel is what a choice is called: the first of its words.
func ChoiceLabel(lang string, c Column, key string) string {
	first, _, _ := strings.Cut(i18n.T(lang, "sheet.choice."+c.Name+"."+key), "|")
	return first
}
