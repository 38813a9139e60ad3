package intake

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"saluran/internal/clock"
	"saluran/internal/excel"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// layout turns a date format of a mapping into one of Go's.
func layout(f string) (string, bool) {
	out := strings.NewReplacer("YYYY", "2006", "MMM", "Jan", "MM", "01", "DD", "02", "hh", "15", "mm", "04", "ss", "05").Replace(f)
	if _, err := time.Parse(out, time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC).Format(out)); err != nil || !strings.Contains(out, "2006") ||
		!strings.Contains(out, "02") || !(strings.Contains(out, "01") || strings.Contains(out, "Jan")) {
		return "", false
	}
	return out, true
}

// values reads numbers and dates as a mapping writes them. It remembers the last date, which most rows share.
type values struct {
	decimal, thousand string
	strip             []string
	layouts           []string
	sheet             bool // the file is a workbook: its cells hold plain numbers and serial dates
	lastText          string
	lastDate          clock.Date
}

func newValues(m Mapping) *values {
	v := &values{decimal: m.Decimal, thousand: m.Thousand, strip: m.Strip}
	for _, f := range m.Formats {
		l, _ := layout(f)
		v.layouts = append(v.layouts, l)
	}
	return v
}

// plain reduces a number to digits, a point and a leading minus: "$1,234.50" and "(1,234.50)" and "1234.50-" are numbers that
// people send. ok is false where a thousand separator stands where none can be.
func (v *values) plain(s string) (string, bool) {
	if v.sheet {
		if t := excel.Plain(s); strings.Trim(t, "-.0123456789") == "" && strings.Count(t, ".") <= 1 {
			return t, true
		}
	}
	for _, x := range v.strip {
		s = strings.ReplaceAll(s, x, "")
	}
	s = strings.TrimSpace(s)
	neg := false
	switch {
	case strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")"):
		neg, s = true, s[1:len(s)-1]
	case strings.HasSuffix(s, "-") && len(s) > 1:
		neg, s = true, s[:len(s)-1]
	case strings.HasPrefix(s, "-"):
		neg, s = true, s[1:]
	}
	s = strings.TrimSpace(s)
	whole, frac, point := strings.Cut(s, v.decimal)
	if v.thousand != "" && strings.Contains(whole, v.thousand) {
		groups := strings.Split(whole, v.thousand)
		for i, g := range groups {
			if (i > 0 && len(g) != 3) || (i == 0 && (len(g) == 0 || len(g) > 3)) {
				return "", false
			}
		}
		whole = strings.Join(groups, "")
	}
	if strings.HasPrefix(whole, "-") {
		return "", false
	}
	if whole == "" && point && frac != "" {
		whole = "0"
	}
	if point && frac != "" {
		whole += "." + frac
	}
	if neg {
		whole = "-" + whole
	}
	return whole, true
}

// quantity reads a quantity of at most so many decimals; reason is the code of what is wrong.
func (v *values) quantity(s string, decimals int) (qty.Qty, string) {
	t, ok := v.plain(s)
	if !ok {
		return 0, "import.not_a_number"
	}
	q, err := qty.Parse(t)
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "more than"):
		return 0, "import.too_many_decimals"
	case err != nil && strings.HasPrefix(err.Error(), "too large"):
		return 0, "import.too_large"
	case err != nil:
		return 0, "import.not_a_number"
	case q == 0:
		return 0, "import.quantity_zero"
	case q > qty.Max || q < -qty.Max:
		return 0, "import.too_large"
	case !q.Fits(decimals):
		return 0, "import.too_many_decimals"
	}
	return q, ""
}

// maxAmount is the largest amount of a line: far beyond any trade, and far from where sums overflow.
const maxAmount = money.Minor(1) << 50

// amount reads an amount exactly: more decimals than the currency has are a mistake, not something to round.
func (v *values) amount(s string, c money.Currency) (money.Minor, string) {
	t, ok := v.plain(s)
	if !ok {
		return 0, "import.not_a_number"
	}
	a, err := c.Parse(t)
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "more than"):
		return 0, "import.too_many_decimals"
	case err != nil && strings.HasPrefix(err.Error(), "too large"):
		return 0, "import.too_large"
	case err != nil:
		return 0, "import.not_a_number"
	case a > maxAmount || a < -maxAmount:
		return 0, "import.too_large"
	}
	return a, ""
}

// date reads a day of the calendar.
func (v *values) date(s string) (clock.Date, string) {
	if s == v.lastText && s != "" {
		return v.lastDate, ""
	}
	for _, l := range v.layouts {
		t, err := time.Parse(l, s)
		if err != nil || t.Year() < 1970 || t.Year() > 9999 {
			continue
		}
		v.lastText, v.lastDate = strings.Clone(s), clock.Date(t.Format(time.DateOnly))
		return v.lastDate, ""
	}
	if d, ok := excel.DateOf(s); ok && v.sheet && d >= "1970-01-01" {
		v.lastText, v.lastDate = strings.Clone(s), d
		return d, ""
	}
	return "", "import.bad_date"
}

// code checks a code that is kept as text: leading zeros stay.
func code(s string, max int) string {
	switch {
	case s == "":
		return "import.missing"
	case !utf8.ValidString(s):
		return "import.not_utf8"
	case utf8.RuneCountInString(s) > max:
		return "import.too_long"
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return "import.control_character"
		}
	}
	return ""
}

// cut is the part of a value that a field names; ok is false where the value is shorter than that.
func (f Field) cut(s string) (string, bool) {
	if f.Last == 0 && f.DropLast == 0 && f.DropFirst == 0 {
		return s, true
	}
	r := len(s)
	if f.Last > r || f.DropLast+f.DropFirst >= r {
		return s, false
	}
	if f.Last > 0 {
		return s[r-f.Last:], true
	}
	return s[f.DropFirst : r-f.DropLast], true
}
