package view

import (
	"saluran/internal/clock"
	"saluran/internal/money"
)

// Statement is the account of a buyer with a seller over a period. Before is the balance before the first of its Rows; Query names
// the same statement in an address.
type Statement struct {
	Seller, Buyer    Ref
	Currency         string
	From, To         clock.Date
	Known            string
	Opening, Closing money.Minor
	Before, Open     money.Minor
	Rows             []StatementRow
	Part             Part
	Ages             []Aged
	Query            string
}

// sums are what the rows that are shown come to, and the balance behind them.
func (v Statement) sums() (debit, credit, balance money.Minor) {
	balance = v.Before
	for _, r := range v.Rows {
		balance = r.Balance
		if r.Amount >= 0 {
			debit += r.Amount
		} else {
			credit -= r.Amount
		}
	}
	return debit, credit, balance
}

// StatementRow is an event of it; Path is where its document is, "" where that has no page.
type StatementRow struct {
	On              clock.Date
	Event, Document string
	Path            string
	Amount, Balance money.Minor
}

// Aged is a step of an ageing.
type Aged struct {
	Label  string
	Amount money.Minor
}
