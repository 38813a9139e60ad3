package site

import (
	"strings"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// reader reads the fields of a form as people type them, and remembers what it could not read.
type reader struct {
	v   map[string]string
	bad []errs.Field
}

func (r *request) reader() *reader { return &reader{v: values(r.Ctx)} }

func (f *reader) wrong(name, code string, args ...string) {
	f.bad = append(f.bad, errs.F(name, code, args...))
}

// err is nil where everything could be read.
func (f *reader) err() error {
	if len(f.bad) == 0 {
		return nil
	}
	return errs.OnFields("site.check_form", f.bad...)
}

func (f *reader) text(name string) string { return f.v[name] }

func (f *reader) needed(name string) string {
	if f.v[name] == "" {
		f.wrong(name, "site.required")
	}
	return f.v[name]
}

func (f *reader) yes(name string) bool { return f.v[name] == "1" }

// unread is why a number cannot be used: it is too large, or not one.
func unread(err error, code string) string {
	if err != nil && strings.HasPrefix(err.Error(), "too large") {
		return "site.too_large"
	}
	return code
}

// qty reads a quantity; an empty field is 0.
func (f *reader) qty(name string) qty.Qty {
	if f.v[name] == "" {
		return 0
	}
	q, err := i18n.ParseQty(f.v[name])
	if err != nil {
		f.wrong(name, unread(err, "site.not_number"))
	} else if q < 0 {
		f.wrong(name, "site.not_number")
	}
	return q
}

func (f *reader) amount(name, currency string) money.Minor {
	if f.v[name] == "" {
		return 0
	}
	m, err := i18n.ParseMoney(currency, f.v[name])
	if err != nil || m < 0 {
		f.wrong(name, unread(err, "site.not_amount"))
	}
	return m
}

func (f *reader) price(name string) money.Price {
	p, err := i18n.ParsePrice(f.v[name])
	if err != nil || p < 0 {
		f.wrong(name, unread(err, "site.not_amount"))
	}
	return p
}

func (f *reader) date(name string) clock.Date {
	if f.v[name] == "" {
		return ""
	}
	d, err := clock.ParseDate(f.v[name])
	if err != nil {
		f.wrong(name, "site.not_date")
	}
	return d
}

// count reads a whole number; an empty field is 0.
func (f *reader) count(name string) int64 {
	q := f.qty(name)
	if q%qty.Scale != 0 {
		f.wrong(name, "site.not_number")
	}
	return int64(q / qty.Scale)
}
