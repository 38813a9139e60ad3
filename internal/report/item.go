package report

import (
	"database/sql"
	"errors"
	"sort"

	"saluran/internal/money"
)

// item is an invoice as it stood at the cut-off. Due is what had to be paid: its total less what credit notes, discounts and
// write-offs were set against it; Due - Paid is what the books call owed.
type item struct {
	id              int64
	number          string
	issued, due     string
	total           money.Minor
	events          []event // what settled it
	what            what    // an invoice, or what else is owed
	Due, Paid, Open money.Minor
}

// what a row is for.
type what int

const (
	isTrade      what = iota
	isCommission      // what an agent earned, or owes back
	isClaim           // what was lost of another's goods
)

// event is a change of what is open of an invoice. Credit notes settle no more than what is open when they come; what they
// leave becomes a deposit.
type event struct {
	seq    int64
	kind   string // of the part of a payment; credit
	amount money.Minor
	doc, n int64 // the payment and its part, or the credit note
}

// unforgives tells whether it takes back a discount or a write-off.
func (e event) unforgives() bool {
	return e.amount < 0 && (e.kind == "discount" || e.kind == "writeoff")
}

// bounce adds what took a part of a payment back, where that had happened by the cut-off.
func (b *book) bounce(it *item, e event) error {
	var seq int64
	err := b.side.QueryRowContext(b.ctx, "SELECT seq FROM journal WHERE doc = ? AND kind = 'payment.bounced' AND seq <= ? ORDER BY seq LIMIT 1", e.doc, b.sum.Seq).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	e.seq, e.amount, e.n = seq, -e.amount, -e.n
	it.events = append(it.events, e)
	return err
}

// settle works out Due, Paid and Open from the events, in the order in which they were recorded; in one journal, what a credit note
// takes back of what was forgiven comes before it, and it before all others.
func (it *item) settle() {
	it.Due, it.Paid = it.total, 0
	if len(it.events) > 1 {
		sort.SliceStable(it.events, func(i, j int) bool {
			a, b := it.events[i], it.events[j]
			return a.seq < b.seq || a.seq == b.seq && a.unforgives() && !b.unforgives()
		})
	}
	for _, e := range it.events {
		switch e.kind {
		case "credit":
			it.Due -= min(e.amount, max(it.Due-it.Paid, 0))
		case "discount", "writeoff":
			it.Due -= e.amount
		default:
			it.Paid += e.amount
		}
	}
	it.Open = it.Due - it.Paid
}

// Purposes of claims, as the ledger numbers them.
const (
	purposeTrade      = 1
	purposeCommission = 5
	purposeClaim      = 6
)

// owed is what the books say a debtor owes a creditor for goods and services at the cut-off.
func (b *book) owed(creditor, debtor int64) (money.Minor, error) {
	return b.claim(creditor, debtor, purposeTrade)
}

// claim is what the books say a debtor owes a creditor for a purpose at the cut-off.
func (b *book) claim(creditor, debtor int64, purpose int) (amt money.Minor, err error) {
	err = b.side.QueryRowContext(b.ctx, "SELECT COALESCE(SUM(t.bal), 0) FROM (SELECT (SELECT e.bal_after FROM entry e WHERE e.acct = a.acct AND e.seq <= ?"+
		" ORDER BY e.seq DESC, e.leg DESC LIMIT 1) AS bal FROM account a WHERE a.org = ? AND a.counterparty = ? AND a.book = 2"+
		" AND a.unit = ? AND a.purpose = ? AND a.side = 1) t", b.sum.Seq, creditor, debtor, b.cur.ID, purpose).Scan(&amt)
	return amt, err
}

// booksNote adds what the books say to the notes, and how far the sheet is from it.
func (b *book) booksNote(books, sheet money.Minor) {
	b.sum.Books = books
	b.extra = append(b.extra, note{label: b.t("report.note.books"), amount: books, isMoney: true},
		note{label: b.t("report.note.difference"), amount: sheet - books, isMoney: true, text: b.t("report.note.difference_all")})
}
