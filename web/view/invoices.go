package view

import (
	"context"

	"saluran/internal/clock"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/web/kit"
)

// InvoiceRow is an invoice or a credit note in a list.
type InvoiceRow struct {
	ID, Number, Kind, Status string
	Partner                  string
	Agent                    string // who acts for the seller, in a few words; "" for nobody
	Order                    Ref
	Currency                 string
	Total, Settled           money.Minor
	Said                     money.Minor // of what is open: reported as paid, not matched yet
	IssuedOn, DueOn          clock.Date
}

// Open is what is still to be paid.
func (r InvoiceRow) Open() money.Minor { return r.Total - r.Settled }

// state is the kind and the code of the state as it is shown. A credit note is never paid: it is used, in part or up.
func (r InvoiceRow) state(ctx context.Context) (kind, code string) {
	if r.Kind != "credit" {
		return "invoice", dueStatus(ctx, r.Status, r.DueOn)
	}
	return "credit_note", CreditState(r.Status)
}

// CreditState is the state of a credit note: its own words for those of an invoice.
func CreditState(status string) string {
	switch status {
	case "paid":
		return "used"
	case "part":
		return "part"
	}
	return "open"
}

// Invoices is the list, with totals of what is shown by currency.
type Invoices struct {
	List
	Rows   []InvoiceRow
	Tabs   []kit.Tab
	Side   string
	CanPay bool
}

// Sum is a total of one currency.
type Sum struct {
	Currency string
	Amount   money.Minor
}

// Invoice is one invoice with its lines and what settled it.
type Invoice struct {
	Files *Files // nil: not shown
	Talk  *Talk  // nil: not shown
	InvoiceRow
	Version           int64
	Seller, Buyer     Ref
	Net, TaxBase, Tax money.Minor
	Reason            string
	Lines             []InvoiceLine // those of the part
	Part              Part
	Payments          []SettledBy
	Credits           Ref
	CanCredit, CanPay bool
	CanRecord         bool // that it was paid
	CanWriteOff       bool
	WriteOffForm      kit.Form
	Side              string       // of the organisation that looks
	Deposit           money.Minor  // of the buyer, that may settle this invoice
	Cards             []PointsCard // points that may be spent on it
	PointsForm        kit.Form
	Form              kit.Form
	Conflict          string
	PayTo             []BankAccount
	Reported          Reported // what waits to be matched
}

// payLook is how the way to the form of a payment looks: first of all, but where all is reported already.
func (v Invoice) payLook() string {
	if v.Reported.Said > 0 && v.Reported.Left == 0 {
		return ""
	}
	return "pri"
}

// other is who stands on the other side.
func (v Invoice) other() Ref {
	if v.Side == "seller" {
		return v.Buyer
	}
	return v.Seller
}

// InvoiceLine is a line.
type InvoiceLine struct {
	N         int64
	SKU, Name string
	Unit      string
	Qty       qty.Qty
	Net, Tax  money.Minor
	Settled   money.Minor
	Credited  qty.Qty // what credit notes took of it
}

// Left is what a credit note may still take.
func (l InvoiceLine) Left() qty.Qty { return l.Qty - l.Credited }

// creditField says which line a field of the credit note is about.
func (v Invoice) creditField(name string) string {
	for _, l := range v.Lines {
		if name == lineField("credit", l.N) {
			return l.Name
		}
	}
	return ""
}

// SettledBy is a payment, a deposit or a credit note that settled part of the invoice.
type SettledBy struct {
	Payment Ref
	Kind    string
	On      clock.Date
	Amount  money.Minor
}

// BankAccount is where to pay.
type BankAccount struct{ ID, Bank, Number, Holder string }

func invoiceQty(ctx context.Context, q qty.Qty, unit string) string {
	return kit.Quantity(ctx, q, unit)
}

// pointsForm is what was typed for the points of one programme.
func (v Invoice) pointsForm(c PointsCard) kit.Form {
	if v.PointsForm.V("programme", "") == c.Programme.ID {
		return v.PointsForm
	}
	return kit.Form{}
}
