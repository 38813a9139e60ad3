// Package view is the pages. Each takes a plain struct that its handler fills; a page decides how things look, never what
// they are. A page and its htmx fragment are the same component.
package view

import (
	"context"
	"slices"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/web/kit"
)

// Ref names something that has a page of its own.
type Ref struct{ ID, Name string }

// Line of text helpers: the catalogue, in the reader's language.
func t(ctx context.Context, key string, args ...string) string { return kit.T(ctx, key, args...) }

func amount(ctx context.Context, currency string, m money.Minor) string {
	if kit.Of(ctx).Blind {
		return "–"
	}
	return kit.Amount(ctx, currency, m)
}

func quantity(ctx context.Context, q qty.Qty, unit string) string { return kit.Quantity(ctx, q, unit) }

// some is a quantity without its unit, a dash for nothing: tables stay quiet where nothing happened.
func some(ctx context.Context, q qty.Qty) string {
	if q == 0 {
		return "–"
	}
	return kit.Plain(ctx, q)
}

// anySeen tells whether the money of any of some orders may be seen.
func anySeen(rows []OrderRow) bool {
	return slices.ContainsFunc(rows, func(o OrderRow) bool { return !o.Blind })
}

func seen(ctx context.Context) bool { return !kit.Of(ctx).Blind }

// dueTone tells how urgent a due date is: paid invoices never are.
func dueStatus(ctx context.Context, status string, due clock.Date) string {
	today := kit.Of(ctx).Today
	if (status == "open" || status == "part" || status == "part_paid") && due != "" && due < today {
		if today.Days(due) > 14 {
			return "overdue"
		}
		return "late"
	}
	return status
}

// plainQty is a quantity for an input: no grouping, a decimal comma in Indonesian, and read back as it is.
func plainQty(ctx context.Context, q qty.Qty) string {
	s := i18n.Written(q.String())
	if kit.Lang(ctx) == i18n.ID {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}

func plainAmount(currency string, m money.Minor) string {
	c, err := money.Lookup(currency)
	if err != nil {
		return ""
	}
	return i18n.Written(c.Format(m))
}

// apart keeps the ids of fields apart that several forms of a page have; those of the form that was answered are plain, for the
// summary of what is wrong leads to them.
func apart(open, form string) string {
	if open == form {
		return ""
	}
	return form
}
