package trade

import (
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
)

// Commands on money that are not in commands.go.
type (
	// PayStep names a payment to act on, and why.
	PayStep struct {
		Key     Key
		Payment id.ID
		Version int64 // 0: whatever it is now
		Reason  string
	}
	// WriteOff forgives what is open of an invoice, or a part of it.
	WriteOff struct {
		Key     Key
		Invoice id.ID
		Version int64
		Amount  money.Minor // 0: all that is open
		Reason  string
	}
	// Refund pays a deposit back to the buyer. The acting organisation is the seller.
	Refund struct {
		Key       Key
		Buyer     id.ID
		Currency  string
		Amount    money.Minor // 0: all of it
		Method    string
		ValueOn   clock.Date
		Reference string
	}
	// PayCommission says that a principal paid its agent commission, or that the agent paid back what it had too much of. The
	// acting organisation is one of the two.
	PayCommission struct {
		Key         Key
		Principal   id.ID // the acting organisation when 0
		Agent       id.ID // the acting organisation when 0
		Currency    string
		Amount      money.Minor // 0: all that is due
		Back        bool        // from the agent to its principal
		Method      string
		ValueOn     clock.Date
		BankAccount id.ID // of whom is paid
		Reference   string
	}
	// PayClaim says that a claim for lost goods was paid. The acting organisation is one of the two.
	PayClaim struct {
		Key         Key
		Payer       id.ID // the acting organisation when 0
		Payee       id.ID // the acting organisation when 0
		Currency    string
		Amount      money.Minor // 0: all that is due
		Method      string
		ValueOn     clock.Date
		BankAccount id.ID // of whom is paid
		Reference   string
	}
	// Remit says that an agent has handed over what it collected, or that it was given Back what it handed over of money that
	// bounced. The acting organisation is the principal.
	Remit struct {
		Key       Key
		Agent     id.ID
		Back      bool // from the principal to the agent
		Currency  string
		Amount    money.Minor // 0: all of it
		Method    string
		ValueOn   clock.Date
		Reference string
	}
)
