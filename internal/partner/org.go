package partner

import (
	"strings"
	"time"
	"unicode/utf8"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/text"
)

// Kinds are the kinds of organisations, in the order of the trade.
var Kinds = []string{"producer", "distributor", "wholesaler", "agent", "retailer", "consumer", "carrier", "financier", "operator"}

// Org is an organisation. It is known by kind and code; names repeat.
type Org struct {
	ID            id.ID
	Code          string
	Kind          string
	Name          string
	Country       string // ISO 3166, two letters
	Currency      string // ISO 4217
	Zone          string // Asia/Jakarta, …
	VATRegistered bool
	Large         bool // a large firm, for rules that spare small ones
	TaxNo         string
	Address       string
	City          string
	Phone         string
	Nameless      bool  // the consumer of a seller's walk-in sales
	RegisteredBy  id.ID // who entered it; 0 for the set-up
	Active        bool
	Created       clock.Instant
	Version       int64
	Logo          int64 // changes with its logo; 0: it has none
}

// NewOrg asks for an organisation. Code and Kind are for good; empty Country, Currency and Zone are Indonesia's.
type NewOrg struct {
	Key           audit.Key
	Code          string
	Kind          string
	Name          string
	Country       string
	Currency      string
	Zone          string
	VATRegistered bool
	Large         bool
	TaxNo         string
	Address       string
	City          string
	Phone         string
}

// UpdateOrg replaces what may change of an organisation. Version is what was seen.
type UpdateOrg struct {
	Key           audit.Key
	Org           id.ID
	Version       int64
	Name          string
	Zone          string
	VATRegistered bool
	Large         bool
	TaxNo         string
	Address       string
	City          string
	Phone         string
	Active        bool
}

// Bank is a bank account of an organisation.
type Bank struct {
	ID       id.ID
	Org      id.ID
	Bank     string
	Number   string
	Holder   string
	Currency string
	Main     bool
	Ended    clock.Instant // 0: in use
	Version  int64
}

// SetBank changes how a bank account of the acting organisation is used.
type SetBank struct {
	Key     audit.Key
	Bank    id.ID
	Version int64
	Main    bool
	Ended   bool
}

// NewBank asks for a bank account of the acting organisation; the first of a currency is its main one.
type NewBank struct {
	Key      audit.Key
	Bank     string
	Number   string
	Holder   string
	Currency string
	Main     bool
}

// Check says what is wrong with an organisation, before anything is made.
func (n NewOrg) Check() error { return n.clean() }

func (n *NewOrg) clean() error {
	for _, s := range []*string{&n.Code, &n.Name, &n.TaxNo, &n.Address, &n.City, &n.Phone} {
		*s = strings.TrimSpace(*s)
	}
	n.Country, n.Currency, n.Zone = orElse(n.Country, "ID"), orElse(n.Currency, "IDR"), orElse(n.Zone, "Asia/Jakarta")
	var bad []errs.Field
	if !known(Kinds, n.Kind) {
		bad = append(bad, errs.F("kind", "partner.bad_kind", "kind", n.Kind))
	}
	if !plain(n.Code, 32) {
		bad = append(bad, errs.F("code", "partner.bad_code"))
	}
	if !text.Country(n.Country) {
		bad = append(bad, errs.F("country", "partner.bad_country"))
	}
	if _, err := money.Lookup(n.Currency); err != nil {
		bad = append(bad, errs.F("currency", "partner.bad_currency", "currency", n.Currency))
	}
	bad = append(bad, checkTexts(n.Name, n.Zone, n.TaxNo, n.Address, n.City, n.Phone)...)
	if len(bad) > 0 {
		return errs.OnFields("invalid", bad...)
	}
	return nil
}

func checkTexts(name, zone, taxNo, address, city, phone string) (bad []errs.Field) {
	if name == "" {
		bad = append(bad, errs.F("name", "required"))
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "" || len(zone) > 32 {
		bad = append(bad, errs.F("zone", "partner.bad_zone", "zone", zone))
	}
	for _, t := range []struct {
		path, v string
		max     int
	}{{"name", name, 200}, {"tax_no", taxNo, 32}, {"address", address, 300}, {"city", city, 100}, {"phone", phone, 32}} {
		if t.path == "address" {
			bad = append(bad, text.Note(t.path, &t.v, t.max)...)
			continue
		}
		bad = append(bad, text.Line(t.path, &t.v, t.max)...)
	}
	return bad
}

// plain tells whether a code is 1 to max printable characters without blanks at its ends.
func plain(s string, max int) bool {
	return s != "" && utf8.RuneCountInString(s) <= max && text.Plain(s)
}

func orElse(s, other string) string {
	if s = strings.TrimSpace(s); s == "" {
		return other
	}
	return s
}

func known(all []string, s string) bool {
	for _, k := range all {
		if k == s {
			return true
		}
	}
	return false
}
