package view

import (
	"context"

	"saluran/internal/clock"
	"saluran/internal/money"
	"saluran/web/kit"
)

// CommissionRow is commission that one event earned or took back.
type CommissionRow struct {
	On           clock.Date
	Partner      string
	Order        Ref
	Cause        string
	Currency     string
	Base, Amount money.Minor
}

// CommissionDue is what is due with one agent or principal; Form is that of the one whose payment was refused.
type CommissionDue struct {
	Partner       Ref
	Currency      string
	Due, Reported money.Minor
	Returning     money.Minor // paid back, not yet matched
	CanPay        bool
	CanRepay      bool
	Accounts      []BankAccount
	Form          kit.Form
	Open          bool
}

// Commissions is the page of commission, of an agent or of its principal.
type Commissions struct {
	List
	Rows        []CommissionRow
	Dues        []CommissionDue
	Collections []Collection
	From, To    string
	Agent       bool
	Today       clock.Date
	Conflict    string
}

func (v Commissions) lead() string {
	if v.Agent {
		return "commission.lead_agent"
	}
	return "commission.lead_principal"
}

// apart keeps the ids of the form's fields from those of the page's other forms, as a Collection's.
func (d CommissionDue) apart() string {
	if d.Open {
		return ""
	}
	return "owed-" + d.Partner.ID + d.Currency
}

// left is what may still be paid, or paid back.
func (d CommissionDue) left() money.Minor {
	if d.CanRepay {
		return max(0, -d.Due-d.Returning)
	}
	return max(0, d.Due-d.Reported)
}

// money names the payment that may be reported: key + "" for one to the agent, "_back" for one from it.
func (d CommissionDue) money(key string) string {
	if d.CanRepay {
		return key + "_back"
	}
	return key
}

func (d CommissionDue) action() string {
	if d.CanRepay {
		return "/commissions/repay"
	}
	return "/commissions/pay"
}

func commissionLabel(ctx context.Context) func(string) string { return paymentLabel(ctx) }
