package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"saluran/internal/errs"
	"saluran/internal/money"
	words "saluran/internal/text"
)

// traders are the kinds that sell and buy goods in their own name.
var traders = []string{"producer", "distributor", "wholesaler", "retailer"}

// taxCode is what a tax may be called: as long as an order line keeps it.
var taxCode = regexp.MustCompile(`^[A-Za-z0-9./-]{0,16}$`)

// faulty is a mapping refused on one field.
func faulty(path, code string, args ...string) error {
	return errs.OnFields(code, errs.F(path, code, args...))
}

// unread says why a mapping is not one at all: which name it does not know, which value is of the wrong sort, or where the JSON
// breaks off.
func unread(b []byte, err error) error {
	var syntax *json.SyntaxError
	var sort *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		before := b[:min(int(syntax.Offset), len(b))]
		return faulty("mapping", "import.map_syntax", "line", fmt.Sprint(1+strings.Count(string(before), "\n")))
	case errors.As(err, &sort):
		name := sort.Field
		if name == "" {
			name = "mapping"
		}
		return faulty(name, "import.map_sort", "field", name, "found", sort.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return faulty("mapping", "import.map_end")
	}
	if _, name, ok := strings.Cut(err.Error(), "unknown field "); ok {
		name = clip(strings.ToValidUTF8(strings.Trim(name, `"`), "?"), 60)
		return faulty(name, "import.map_unknown_field", "field", name)
	}
	return errs.Wrap(errs.Invalid, "import.bad_mapping", err)
}

// check says which field of a mapping is wrong, and why; it fills in the defaults.
func (m *Mapping) check() *errs.Field {
	m.defaults()
	bad := func(path, code string, args ...string) *errs.Field {
		f := errs.F(path, code, append(args, "field", path)...)
		return &f
	}
	own := m.Seller.Own
	switch {
	case !nameRule.MatchString(m.Name):
		return bad("name", "import.map_name")
	case m.Decimal != "." && m.Decimal != ",":
		return bad("decimal", "import.map_decimal")
	case m.Thousand == m.Decimal, utf8.RuneCountInString(m.Thousand) > 1:
		return bad("thousand", "import.map_thousand")
	case m.Delimiter != "" && !slices.Contains([]string{",", ";", "\t", `\t`, "tab", "|"}, m.Delimiter):
		return bad("delimiter", "import.map_delimiter")
	case m.Currency == "" && !own:
		return bad("currency", "import.map_missing")
	case m.Country == "" && !own:
		return bad("country", "import.map_missing")
	case m.Country != "" && !words.Country(m.Country):
		return bad("country", "import.map_country")
	case m.Product.Decimals < 0 || m.Product.Decimals > 3:
		return bad("product.decimals", "import.map_range", "from", "0", "to", "3")
	case m.NetDays < 0 || m.NetDays > 3650:
		return bad("net_days", "import.map_range", "from", "0", "to", "3650")
	case m.Supply != nil && (m.Supply.NetDays < 0 || m.Supply.NetDays > 3650):
		return bad("supply.net_days", "import.map_range", "from", "0", "to", "3650")
	case m.Supply != nil && m.Product.Producer.empty():
		return bad("product.producer", "import.map_supply")
	case m.TaxIncluded && m.Tax == nil:
		return bad("tax", "import.map_tax")
	case !taxCode.MatchString(m.TaxCode):
		return bad("tax_code", "import.map_tax_code")
	case own && (m.Seller.Kind != "" || !m.Seller.Code.empty() || !m.Seller.Name.empty()):
		return bad("seller", "import.map_own")
	case !own && !slices.Contains(traders, m.Seller.Kind):
		return bad("seller.kind", "import.map_kind")
	case m.Buyer.Own:
		return bad("buyer.own", "import.map_buyer_own")
	case !slices.Contains(traders, m.Buyer.Kind):
		return bad("buyer.kind", "import.map_kind")
	}
	if f := m.checkPlace(bad); f != nil {
		return f
	}
	return m.checkFields(bad)
}

func (m *Mapping) defaults() {
	if m.Decimal == "" {
		m.Decimal = "."
	}
	if len(m.Formats) == 0 {
		m.Formats = []string{"YYYY-MM-DD"}
	}
	if m.Product.Unit == "" {
		m.Product.Unit = "piece"
	}
	if m.Zone == "" && !m.Seller.Own {
		m.Zone = "UTC"
	}
}

func (m *Mapping) checkPlace(bad func(path, code string, args ...string) *errs.Field) *errs.Field {
	if m.Currency != "" {
		if _, err := money.Lookup(m.Currency); err != nil {
			return bad("currency", "import.map_currency", "value", clip(m.Currency, 20))
		}
	}
	if m.Zone != "" {
		if _, err := time.LoadLocation(m.Zone); err != nil || len(m.Zone) > 32 {
			return bad("zone", "import.map_zone", "value", clip(m.Zone, 40))
		}
	}
	for _, f := range m.Formats {
		if _, ok := layout(f); !ok {
			return bad("date_formats", "import.map_date", "value", clip(f, 40))
		}
	}
	return nil
}

// checkFields looks at what names columns: in the order in which a person reads them.
func (m *Mapping) checkFields(bad func(path, code string, args ...string) *errs.Field) *errs.Field {
	needed := []struct {
		name string
		f    Field
	}{{"document", m.Document}, {"date", m.Date}, {"quantity", m.Quantity}, {"buyer.code", m.Buyer.Code}, {"product.code", m.Product.Code}}
	if m.Price == nil {
		needed = append(needed, struct {
			name string
			f    Field
		}{"amount", m.Amount})
	}
	if !m.Seller.Own {
		needed = append(needed, struct {
			name string
			f    Field
		}{"seller.code", m.Seller.Code})
	}
	for _, x := range needed {
		if x.f.empty() {
			return bad(x.name, "import.map_no_column")
		}
	}
	for _, x := range m.fields() {
		f := x.f
		if f.Last < 0 || f.DropLast < 0 || f.DropFirst < 0 || max(f.Last, f.DropLast, f.DropFirst) > 1000 {
			return bad(x.name, "import.map_part")
		}
		if n := len(f.Columns) + len(f.Any); n > 50 {
			return bad(x.name, "import.map_columns")
		}
	}
	return nil
}

// named is a field of a mapping by its name.
type named struct {
	name string
	f    Field
}

// fields are the fields of the lines, in the order in which they are shown.
func (m *Mapping) fields() []named {
	out := []named{{"document", m.Document}, {"date", m.Date}, {"buyer.code", m.Buyer.Code}, {"buyer.name", m.Buyer.Name},
		{"product.code", m.Product.Code}, {"product.name", m.Product.Name}, {"quantity", m.Quantity}, {"amount", m.Amount},
		{"seller.code", m.Seller.Code}, {"product.producer", m.Product.Producer}}
	for _, x := range []struct {
		name string
		f    *Field
	}{{"line", m.Line}, {"unit", m.Unit}, {"price", m.Price}, {"tax", m.Tax}, {"buyer.kind", m.Buyer.KindFrom}} {
		if x.f != nil {
			out = append(out, named{x.name, *x.f})
		}
	}
	return out
}

func (f Field) empty() bool {
	return f.Column == "" && len(f.Columns) == 0 && len(f.Any) == 0 && f.Const == ""
}
