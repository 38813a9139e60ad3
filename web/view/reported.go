package view

import (
	"context"

	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/money"
	"saluran/web/kit"
)

// Reported is what of an invoice, or of several, is reported as paid and waits to be matched.
type Reported struct {
	Currency string
	Said     money.Minor // never more than is open
	Left     money.Minor // open and not reported
	By       []ReportOn
	All      string // where more of them are listed; "" for nowhere
	Pays     bool   // it stands beside a form that reports money
}

// ReportOn is one of the payments behind it.
type ReportOn struct {
	ID, Number, By string
	On             clock.Date
	Amount         money.Minor
	Early          money.Minor // the discount that it earns by being early
	Loose          bool        // it names no invoice
}

// text says what one of them says.
func (v Reported) text(ctx context.Context, x ReportOn) string {
	key := "reported.one"
	if x.Loose {
		key = "reported.loose"
	} else if x.Early > 0 {
		key = "reported.one_early"
	}
	return t(ctx, key, "amount", amount(ctx, v.Currency, x.Amount), "off", amount(ctx, v.Currency, x.Early), "on", i18n.ShortDate(kit.Lang(ctx), x.On, kit.Of(ctx).Today), "by", x.By)
}

// left says what is still to be paid.
func (v Reported) left(ctx context.Context) string {
	key := "reported.left"
	switch {
	case v.Left > 0:
	case v.Pays:
		key = "reported.all_form"
	default:
		key = "reported.all"
	}
	return t(ctx, key, "amount", amount(ctx, v.Currency, v.Left), "said", amount(ctx, v.Currency, v.Said))
}
