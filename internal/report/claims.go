package report

import (
	"database/sql"
	"fmt"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/money"
)

// claimed are the claims for lost goods between the organisation and one partner at the cut-off, in the direction of the report.
type claimed struct {
	items []item      // oldest first, with what confirmed money settled of them
	books money.Minor // what is open, as the books have it
}

// claimSides are the columns of an account in which the creditor and the debtor stand: who owes whom depends on the report.
func (b *book) claimSides() (mine, other string) {
	if b.party() == "buyer" {
		return "a.counterparty", "a.org"
	}
	return "a.org", "a.counterparty"
}

// claimQuery reads the entries of the organisation's claims; what a reversal took back is left out, with the reversal.
func (b *book) claimQuery() string {
	mine, _ := b.claimSides()
	return " FROM account a JOIN entry e ON e.acct = a.acct JOIN journal j ON j.seq = e.seq WHERE " + mine + " = ? AND a.book = 2 AND a.purpose = " +
		fmt.Sprint(purposeClaim) + " AND a.side = 1 AND e.seq <= ? AND j.reverses IS NULL AND NOT EXISTS (SELECT 1 FROM journal r WHERE r.reverses = j.seq AND r.seq <= ?)"
}

// readClaims reads the claims of the organisation with each partner, in the currency of the book. Money settles the oldest first.
func (b *book) readClaims() error {
	b.claims = map[int64]*claimed{}
	mine, other := b.claimSides()
	rows, err := b.side.QueryContext(b.ctx, "SELECT "+other+", e.seq, e.amt, j.effective_us, j.kind, j.doc, COALESCE((SELECT h.number FROM shipment h WHERE h.id = j.doc), ''),"+
		" COALESCE((SELECT y.number FROM payment y WHERE y.id = j.doc AND y.purpose = 'trade' AND (y.payer = "+mine+" OR y.payee = "+mine+")), '')"+
		b.claimQuery()+" AND a.unit = ? ORDER BY e.seq, e.leg", b.ask.Org, b.sum.Seq, b.sum.Seq, b.cur.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	paid := map[int64]money.Minor{}
	for rows.Next() {
		var partner, seq int64
		var amt money.Minor
		var at clock.Instant
		var kind string
		it := item{what: isClaim}
		var payment string // whose deposit was paid back before it bounced
		if err := rows.Scan(&partner, &seq, &amt, &at, &kind, &it.id, &it.number, &payment); err != nil {
			return err
		}
		it.number += payment
		c := b.claims[partner]
		if c == nil {
			c = &claimed{}
			b.claims[partner] = c
		}
		if c.books += amt; strings.HasPrefix(kind, "payment.") && payment == "" {
			paid[partner] -= amt
			continue
		}
		it.issued = string(at.In(b.org.zone))
		it.due, it.total, it.Due = it.issued, amt, amt
		c.items = append(c.items, it)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	from, to := b.period()
	for partner, c := range b.claims {
		left := paid[partner]
		within := c.items[:0]
		for _, it := range c.items {
			it.Paid = max(0, min(it.Due, left))
			it.Open = it.Due - it.Paid
			if left -= it.Paid; it.issued >= from && it.issued <= to {
				within = append(within, it)
			}
		}
		c.items = within
	}
	return nil
}

// claimItems streams the claims with a partner and says what the books have of them.
func (b *book) claimItems(partner int64, each func(*item) error) (books money.Minor, err error) {
	c := b.claims[partner]
	if c == nil {
		return 0, nil
	}
	for i := range c.items {
		if err := each(&c.items[i]); err != nil {
			return 0, err
		}
	}
	return c.books, nil
}

// claimRows counts the claims of the period.
func (b *book) claimRows() (n int64) {
	for _, c := range b.claims {
		n += int64(len(c.items))
	}
	return n
}

// claimCurrency is the span of currencies of the organisation's claims in the period.
func (b *book) claimCurrency() (first, last string, err error) {
	from, to := b.instants()
	rows, err := b.side.QueryContext(b.ctx, "SELECT DISTINCT a.unit"+b.claimQuery()+" AND j.effective_us >= ? AND j.effective_us < ?",
		b.ask.Org, b.sum.Seq, b.sum.Seq, from, to)
	if err != nil {
		return "", "", err
	}
	defer rows.Close()
	for rows.Next() {
		var unit sql.NullInt64
		if err := rows.Scan(&unit); err != nil {
			return "", "", err
		}
		code := money.ByID(unit.Int64).Code
		if first == "" {
			first, last = code, code
		}
		first, last = min(first, code), max(last, code)
	}
	return first, last, rows.Err()
}
