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
