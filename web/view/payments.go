package view

import (
	"context"

	"saluran/internal/clock"
	"saluran/internal/money"
	"saluran/web/kit"
)

// PaymentRow is a payment in a list.
type PaymentRow struct {
	ID, Number, Status string
	Partner, Method    string
	Currency           string
	Amount             money.Minor
	ValueOn            clock.Date
	Reference          string
	Collected          bool
	Through            string // who acts for the payee, in a few words; "" for nobody
}

// Payments is the list.
type Payments struct {
	List
	Rows      []PaymentRow
	Tabs      []kit.Tab
	CanReport bool
	CanRecord bool // what came in
	Deposits  bool // the person may see them
}

// PaymentForm reports that money was paid.
type PaymentForm struct {
	Proof    bool   // the person may attach files
	Kept     []File // files that were sent with an earlier try
	Payees   []Ref
	Payee    Ref
	Payers   []Ref // for an agent who collected, or a seller who notes it
	Payer    Ref
	Currency string
	Open     []OpenInvoice
	Accounts []BankAccount
	Today    clock.Date
	Form     kit.Form
	Agent    bool
	Incoming bool   // the organisation notes what it was paid
	Query    string // what was searched for among payees and payers
	Reported Reported
	More     bool // there are more of them than the selects hold, or fewer were asked for
}

// Title is the key of what the form does.
func (v PaymentForm) Title() string {
	if v.Incoming {
		return "payment.record"
	}
	return "payment.report"
}

// OpenInvoice is an invoice that may be settled; Amount is what is given to it.
type OpenInvoice struct {
	ID, Number  string
	DueOn       clock.Date
	Currency    string
	Open, Given money.Minor
	Said        money.Minor // of what is open: reported as paid, not matched yet
}

// openSum is what is open of several invoices; ok is false where they are of several currencies, or there are not several.
func openSum(open []OpenInvoice) (sum money.Minor, currency string, ok bool) {
	for _, x := range open {
		if x.Currency != open[0].Currency {
			return 0, "", false
		}
		sum += x.Open
	}
	return sum, open[0].Currency, len(open) > 1
}

// Payment is one payment, with the form that confirms it.
type Payment struct {
	Files *Files // nil: not shown
	Talk  *Talk  // nil: not shown
	PaymentRow
	Version              int64
	Payer, Payee, Agent  Ref
	Account              BankAccount
	Allocated, Deposited money.Minor
	Parts                []SettledBy
	Confirmed            clock.Instant
	Open                 []OpenInvoice
	CanReject            bool // the payee's finance may say that the money did not arrive
	CanConfirm           bool // and that it did: not who reported it
	CanBounce            bool
	BounceForm           kit.Form
	Deposit              string // where the deposit that it left is spent; "" for none
	Reason               string // why it was declined, bounced or forgiven
	For                  string // trade; what else it is for settles no invoice
	Form                 kit.Form
	Conflict             string
}

func given(x OpenInvoice) string {
	if x.Given == 0 {
		return ""
	}
	return plainAmount(x.Currency, x.Given)
}

func accounts(list []BankAccount, none string) []kit.Option {
	out := []kit.Option{{Label: none}}
	for _, b := range list {
		out = append(out, kit.Option{Value: b.ID, Label: b.Bank + " " + b.Number + ", " + b.Holder})
	}
	return out
}

func paymentLabel(ctx context.Context) func(string) string {
	keys := map[string]string{"amount": "payment.amount", "method": "payment.method", "value_on": "payment.value_on", "reference": "payment.reference"}
	return func(name string) string {
		if k, ok := keys[name]; ok {
			return t(ctx, k)
		}
		return ""
	}
}

// matching is the sentence that asks to compare a payment with the bank account.
func (v Payment) matching() string {
	if !v.CanConfirm {
		return "payment.match_others"
	}
	switch v.For {
	case "commission":
		return "commission.match_text"
	case "claim":
		return "claim.match_text"
	}
	return "payment.match_text"
}
