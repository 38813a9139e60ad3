// Package kit is the set of parts that every page is made of: shell, buttons, fields, tables, money and dates, status pills,
// stages, lanes, timelines. The parts are templ components and know nothing of the contexts; what they need of the request
// (language, zone, token) rides in the context. In development /_kit shows each part in each of its states.
package kit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/web"
)

// Env is what the parts must know of the request.
type Env struct {
	Lang  string
	Zone  string // of the organisation: moments are shown in it
	Today clock.Date
	CSRF  string
	Now   clock.Instant
	Owner string                        // whose the page is, in a word that tells a device nothing else; "" for nobody's, ? for a page that belongs to the device itself
	Help  string                        // address of the help for this page; "" is that of all of it
	URL   string                        // how people reach the portal
	Blind bool                          // the reader may see goods and no money: amounts are left out
	May   func(rights ...string) bool   // whether the reader has one of them in some relation, each OBJECT:ACTION; nil: none
	Who   func(rights ...string) string // the roles of the reader's organisation that have one of them, in words; "" where none has
}

type envKey struct{}

// With puts an Env into a context.
func With(ctx context.Context, e Env) context.Context { return context.WithValue(ctx, envKey{}, e) }

// Of is the Env of a context; Indonesian in Jakarta without one.
func Of(ctx context.Context) Env {
	if e, ok := ctx.Value(envKey{}).(Env); ok {
		return e
	}
	return Env{Lang: i18n.ID, Zone: "Asia/Jakarta"}
}

// T is a text of the catalogue in the reader's language.
func T(ctx context.Context, key string, args ...string) string {
	return i18n.T(Of(ctx).Lang, key, args...)
}

// Lang is the reader's language.
func Lang(ctx context.Context) string { return Of(ctx).Lang }

// Amount is an amount in words of its currency.
func Amount(ctx context.Context, currency string, m money.Minor) string {
	return i18n.Money(Of(ctx).Lang, currency, m)
}

// Short is an amount at a glance; the full one belongs into the title beside it.
func Short(ctx context.Context, currency string, m money.Minor) string {
	return i18n.ShortMoney(Of(ctx).Lang, currency, m)
}

// UnitPrice is a unit price.
func UnitPrice(ctx context.Context, currency string, p money.Price) string {
	return i18n.Price(Of(ctx).Lang, currency, p)
}

// Quantity is a quantity with its unit.
func Quantity(ctx context.Context, q qty.Qty, unit string) string {
	return i18n.QtyUnit(Of(ctx).Lang, q, unit)
}

// Plain is a quantity without its unit.
func Plain(ctx context.Context, q qty.Qty) string { return i18n.Qty(Of(ctx).Lang, q) }

// Unit is the word for a unit of measure.
func Unit(ctx context.Context, u string) string { return i18n.UnitName(Of(ctx).Lang, u) }

// Count is a whole number.
func Count(ctx context.Context, n int64) string { return i18n.Count(Of(ctx).Lang, n) }

// Percent is hundredths of a percent.
func Percent(ctx context.Context, bps int64) string { return i18n.Percent(Of(ctx).Lang, bps) }

// Day is a business date with its year; ListDay leaves this year's out.
func Day(ctx context.Context, d clock.Date) string { return i18n.Date(Of(ctx).Lang, d) }

// ListDay is a business date as lists show it.
func ListDay(ctx context.Context, d clock.Date) string {
	e := Of(ctx)
	return i18n.ShortDate(e.Lang, d, e.Today)
}

// Moment is a moment in the organisation's zone.
func Moment(ctx context.Context, i clock.Instant) string {
	e := Of(ctx)
	return i18n.Time(e.Lang, i, e.Zone)
}

// NewKey makes an idempotency key for a form.
func NewKey() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// Sprite is the address of an icon.
func Sprite(name string) string { return web.URL("icons.svg") + "#" + name }

// Initials of a name: two letters for a tile.
func Initials(name string) string {
	var out []rune
	for _, w := range strings.Fields(name) {
		switch strings.ToUpper(strings.Trim(w, ".,")) {
		case "PT", "CV", "UD", "TOKO", "TB":
			continue
		}
		out = append(out, []rune(strings.ToUpper(w))[0])
		if len(out) == 2 {
			break
		}
	}
	if len(out) == 0 {
		return "–"
	}
	return string(out)
}

// FieldID is the id of the input of a field.
func FieldID(name string) string {
	return "f-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '-'
	}, name)
}

// helpHref is where the help for the page stands.
func helpHref(ctx context.Context) string {
	if h := Of(ctx).Help; h != "" {
		return h
	}
	return "/help"
}

func itoa(n int) string { return strconv.Itoa(n) }
