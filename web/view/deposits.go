package view

import (
	"context"
	"net/url"

	"saluran/internal/clock"
	"saluran/internal/money"
	"saluran/web/kit"
)

// DepositRow is what one partner has standing with another one, beside all invoices.
type DepositRow struct {
	Partner  Ref
	Side     string // of the organisation that looks: seller, buyer
	Currency string
	Amount   money.Minor
}

func (d DepositRow) href() string { return DepositPath(d.Side, d.Partner.ID, d.Currency) }

// DepositPath is where the deposit between the organisation, on its side, and a partner is spent and paid back.
func DepositPath(side, partner, currency string) string {
	return "/deposits?" + url.Values{"side": {side}, "partner": {partner}, "currency": {currency}}.Encode()
}

// Deposits is the list.
type Deposits struct {
	List
	Side string
	Tabs []kit.Tab
	Rows []DepositRow
}

// Deposit is one deposit, with the forms that spend it and pay it back.
type Deposit struct {
	DepositRow
	Seller, Buyer       Ref
	Open                []OpenInvoice
	CanApply, CanRefund bool
	Today               clock.Date
	Form, RefundForm    kit.Form
	Conflict            string
}

// Collection is what an agent collected and has not handed over, with the form that says it did; below zero what it handed over of money
// that bounced, with the form that says that it was given back.
type Collection struct {
	Partner  Ref
	Currency string
	Amount   money.Minor
	CanRemit bool
	Today    clock.Date
	Form     kit.Form
	Open     bool
}

// word is the key of a word for the collection, in the direction in which it is owed.
func (c Collection) word(key string) string {
	if c.Amount < 0 {
		return "collection.back_" + key
	}
	return "collection." + key
}

// apart keeps the ids of the form's fields from those of the page's other forms; that which was sent has the plain ones, which its
// summary leads to.
func (c Collection) apart() string {
	if c.Open {
		return ""
	}
	return "kept-" + c.Partner.ID + c.Currency
}

func (c Collection) left() money.Minor { return max(c.Amount, -c.Amount) }

func handOverLabel(ctx context.Context) func(string) string { return paymentLabel(ctx) }
