package api

import (
	"fmt"
	"strings"
	"time"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// reader turns the strings of a request into exact values and collects what is wrong with them.
type reader struct{ fields []errs.Field }

func (r *reader) wrong(path, code string, args ...string) {
	if len(r.fields) < 20 {
		r.fields = append(r.fields, errs.F(path, code, args...))
	}
}

// err is nil where every value could be read.
func (r *reader) err() error {
	if len(r.fields) == 0 {
		return nil
	}
	return errs.OnFields("request.fields", r.fields...)
}

// numberCode says what is wrong with a decimal that could not be read.
func numberCode(err error) string {
	switch {
	case strings.HasPrefix(err.Error(), "more than"):
		return "field.decimals"
	case strings.HasPrefix(err.Error(), "too large"):
		return "field.range"
	}
	return "field.number"
}

func (r *reader) qty(path, s string) qty.Qty {
	v, err := qty.Parse(s)
	if err != nil {
		r.wrong(path, numberCode(err))
	}
	return v
}

// optQty reads a quantity that may be left out.
func (r *reader) optQty(path, s string) qty.Qty {
	if s == "" {
		return 0
	}
	return r.qty(path, s)
}

func (r *reader) currency(path, code string) money.Currency {
	c, err := money.Lookup(code)
	if err != nil {
		r.wrong(path, "field.currency")
	}
	return c
}

func (r *reader) money(path string, c money.Currency, s string) money.Minor {
	v, err := c.Parse(s)
	if err != nil {
		r.wrong(path, numberCode(err))
	}
	return v
}

func (r *reader) price(path, s string) money.Price {
	v, err := money.ParsePrice(s)
	if err != nil {
		r.wrong(path, numberCode(err))
	}
	return v
}

// date reads a business date; "" stays "".
func (r *reader) date(path, s string) clock.Date {
	if s == "" {
		return ""
	}
	d, err := clock.ParseDate(s)
	if err != nil {
		r.wrong(path, "field.date")
	}
	return d
}

// instant reads RFC 3339; "" is 0.
func (r *reader) instant(path, s string) clock.Instant {
	if s == "" {
		return 0
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		r.wrong(path, "field.instant")
		return 0
	}
	return clock.At(t)
}

// at is a path into a list: at("lines", 2, "qty") is lines[2].qty.
func at(listName string, i int, field string) string {
	return fmt.Sprintf("%s[%d].%s", listName, i, field)
}

// Paging is how every list is asked for.
type Paging struct {
	Cursor string `query:"cursor" doc:"The next of the page before; left out for the first page"`
	Size   int    `query:"size" minimum:"1" maximum:"200" default:"50" doc:"How many at most"`
	Sort   string `query:"sort" doc:"A column of the list, with a leading minus for descending"`
}

func (p Paging) query(filter ...string) list.Query {
	q := list.Query{Cursor: p.Cursor, Size: p.Size, Sort: p.Sort, Filter: map[string]string{}}
	for i := 0; i+1 < len(filter); i += 2 {
		if filter[i+1] != "" {
			q.Filter[filter[i]] = filter[i+1]
		}
	}
	return q
}

// Listed is a page of a list as the API shows it.
type Listed[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; left out on the last"`
}

type page[T any] struct{ Body Listed[T] }

func listed[D, W any](p list.Page[D], wire func(D) W) *page[W] {
	out := &page[W]{Body: Listed[W]{Items: make([]W, 0, len(p.Items)), Next: p.Next}}
	for _, d := range p.Items {
		out.Body.Items = append(out.Body.Items, wire(d))
	}
	return out
}

// whole is a list that is short enough to be one page.
func whole[D, W any](all []D, wire func(D) W) *page[W] { return listed(list.Page[D]{Items: all}, wire) }

// ByID is the input of an operation on one document.
type ByID struct {
	ID ref `path:"id" doc:"The document's id"`
}

// ref is an id in an address: the framework reads numbers by itself, and would take what is no id.
type ref struct{ id.ID }

// one is an answer with its version as ETag.
type one[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

func instant(i clock.Instant) string {
	if i == 0 {
		return ""
	}
	return i.RFC3339()
}

func minor(code string, m money.Minor) string {
	c, err := money.Lookup(code)
	if err != nil {
		return qty.Format(int64(m), 2)
	}
	return c.Format(m)
}
