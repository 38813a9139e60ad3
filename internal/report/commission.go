package report

import (
	"database/sql"
	"errors"
	"time"

	"saluran/internal/clock"
	"saluran/internal/money"
)

// standing is how commission stands between a principal and its agent at the cut-off: what the rows are made of.
type standing struct {
	principal, agent int64
	net              money.Minor // earned less what fell away
	paid, repaid     money.Minor // confirmed money, to the agent and back; what bounced is in neither
	rows             int64       // accruals in the period
}

// over is what the agent was paid beyond what it earned, and has not paid back.
func (c standing) over() money.Minor { return max(0, c.paid-c.repaid-c.net) }

// standings reads the commission of the organisation with each of its agents and principals.
func (b *book) standings() error {
	b.agents, b.principals = map[int64]standing{}, map[int64]standing{}
	for _, side := range []struct {
		mine, other string
		all         map[int64]standing
	}{{"principal", "agent", b.agents}, {"agent", "principal", b.principals}} {
		ids, err := b.distinct("SELECT DISTINCT "+side.other+" FROM commission WHERE "+side.mine+" = ?", b.ask.Org)
		if err != nil {
			return err
		}
		for _, no := range ids {
			c := standing{principal: int64(b.ask.Org), agent: no}
			if side.mine == "agent" {
				c.principal, c.agent = no, int64(b.ask.Org)
			}
			if err := b.standing(&c); err != nil {
				return err
			}
			side.all[no] = c
		}
	}
	return nil
}

func (b *book) standing(c *standing) error {
	from, to := b.instants()
	err := b.side.QueryRowContext(b.ctx, "SELECT COALESCE(SUM(c.amount), 0), COALESCE(SUM(CASE WHEN c.cause <> 'reversal' AND j.effective_us >= ? AND j.effective_us < ? THEN 1 ELSE 0 END), 0)"+
		" FROM commission c JOIN journal j ON j.seq = c.seq WHERE c.principal = ? AND c.agent = ? AND c.currency = ? AND c.seq <= ?",
		from, to, c.principal, c.agent, b.cur.Code, b.sum.Seq).Scan(&c.net, &c.rows)
	if err == nil {
		c.paid, err = b.paidCommission(c.principal, c.agent)
	}
	if err == nil {
		c.repaid, err = b.paidCommission(c.agent, c.principal)
	}
	return err
}

// paidCommission is the confirmed commission money from one to the other; a payment counts until it bounces.
func (b *book) paidCommission(payer, payee int64) (amt money.Minor, err error) {
	err = b.side.QueryRowContext(b.ctx, "SELECT COALESCE(SUM(CASE WHEN p.status = 'bounced' AND EXISTS (SELECT 1 FROM journal j WHERE j.doc = p.id AND j.kind = 'payment.bounced' AND j.seq <= ?)"+
		" THEN 0 ELSE x.amount END), 0) FROM payment p JOIN payment_part x ON x.payment_id = p.id AND x.kind = 'commission' AND x.seq <= ?"+
		" WHERE p.payer = ? AND p.payee = ? AND p.currency = ? AND p.purpose = 'commission'", b.sum.Seq, b.sum.Seq, payer, payee, b.cur.Code).Scan(&amt)
	return amt, err
}

// instants are the bounds of the period in time, in the organisation's zone; the second is not included.
func (b *book) instants() (from, to clock.Instant) {
	midnight := func(d clock.Date) clock.Instant {
		t := d.Time()
		return clock.At(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, clock.Zone(b.org.zone)))
	}
	to = 1<<63 - 1
	if b.ask.From != "" {
		from = midnight(b.ask.From)
	}
	if b.ask.To != "" {
		to = midnight(b.ask.To.AddDays(1))
	}
	return from, to
}

// paper is the document that commission came from: the invoice, where a payment earned it or a credit note took it back, else the order.
const paper = "COALESCE((SELECT MIN(i.number) FROM payment_part x JOIN invoice i ON i.id = x.invoice_id WHERE x.payment_id = c.source AND x.kind = 'invoice' AND i.order_id = c.order_id)," +
	" (SELECT i.number FROM invoice i WHERE i.id = c.source), (SELECT o.number FROM orders o WHERE o.id = c.order_id), '')"

// fallen is what fell away of the commission of the same order, and earlier what had been earned of it before: what fell away
// is set against what was earned first.
const (
	fallen  = "COALESCE((SELECT -SUM(r.amount) FROM commission r WHERE r.order_id = c.order_id AND r.appointment = c.appointment AND +r.principal = c.principal AND +r.agent = c.agent AND r.currency = c.currency AND r.cause = 'reversal' AND r.seq <= ?), 0)"
	earlier = "COALESCE((SELECT SUM(r.amount) FROM commission r WHERE r.order_id = c.order_id AND r.appointment = c.appointment AND +r.principal = c.principal AND +r.agent = c.agent AND r.currency = c.currency AND r.cause <> 'reversal' AND r.id < c.id AND r.seq <= ?), 0)"
)

// commissions streams what a principal owes its agent, one item for each time that commission was earned, oldest first. Due is
// what was earned less what fell away of it; payments are set against the oldest. What was paid beyond all of it the agent
// owes back: that is owedBack, on the other's sheet. each asks the database nothing.
func (b *book) commissions(c standing, each func(*item) error) error {
	rows, err := b.side.QueryContext(b.ctx, "SELECT c.id, c.amount, j.effective_us, "+paper+", "+fallen+", "+earlier+
		" FROM commission c JOIN journal j ON j.seq = c.seq WHERE c.principal = ? AND c.agent = ? AND c.currency = ? AND c.cause <> 'reversal' AND c.seq <= ? ORDER BY c.id",
		b.sum.Seq, b.sum.Seq, c.principal, c.agent, b.cur.Code, b.sum.Seq)
	if err != nil {
		return err
	}
	defer rows.Close()
	from, to := b.instants()
	left := c.paid - c.repaid
	for rows.Next() {
		it := item{what: isCommission}
		var at clock.Instant
		var gone, before money.Minor
		if err := rows.Scan(&it.id, &it.total, &at, &it.number, &gone, &before); err != nil {
			return err
		}
		it.issued = string(at.In(b.org.zone))
		it.due = it.issued
		it.Due = it.total - min(max(gone-before, 0), it.total)
		it.Paid = min(it.Due, max(left, 0))
		it.Open = it.Due - it.Paid
		left -= it.Paid
		if at < from || at >= to {
			continue
		}
		if err := each(&it); err != nil {
			return err
		}
	}
	return rows.Err()
}

// owedBack is what an agent owes its principal of commission that fell away after it was paid, and what it paid back; ok is
// false where there is nothing of it in the period.
func (b *book) owedBack(c standing) (it item, ok bool, err error) {
	if c.over()+c.repaid == 0 {
		return it, false, nil
	}
	it, ok, err = b.lastFallen(c)
	it.Due, it.Paid, it.Open = c.over()+c.repaid, c.repaid, c.over()
	return it, ok, err
}

// lastFallen is the document with which commission fell away last: that of what was paid too much. in tells whether it is of
// the period.
func (b *book) lastFallen(c standing) (it item, in bool, err error) {
	it.what = isCommission
	var at clock.Instant
	err = b.side.QueryRowContext(b.ctx, "SELECT c.id, j.effective_us, "+paper+" FROM commission c JOIN journal j ON j.seq = c.seq"+
		" WHERE c.principal = ? AND c.agent = ? AND c.currency = ? AND c.cause = 'reversal' AND c.seq <= ? ORDER BY c.id DESC LIMIT 1",
		c.principal, c.agent, b.cur.Code, b.sum.Seq).Scan(&it.id, &at, &it.number)
	if errors.Is(err, sql.ErrNoRows) {
		return it, false, nil
	}
	it.issued = string(at.In(b.org.zone))
	it.due = it.issued
	from, to := b.instants()
	return it, at >= from && at < to, err
}

// commissionRows counts what the rows of the payment sheet have of commission.
func (b *book) commissionRows() (n int64, err error) {
	for _, c := range b.agents {
		n += c.rows
	}
	for _, c := range b.principals {
		_, in, err := b.owedBack(c)
		if err != nil {
			return 0, err
		}
		if in {
			n++
		}
	}
	return n, nil
}

// commissionOwed is what the books say a principal owes its agent, what the agent owes back deducted: below zero it is the
// agent who owes.
func (b *book) commissionOwed(c standing) (money.Minor, error) {
	due, err := b.claim(c.agent, c.principal, purposeCommission)
	if err != nil {
		return 0, err
	}
	back, err := b.claim(c.principal, c.agent, purposeCommission)
	return due - back, err
}

// between streams what a debtor owes a creditor beside invoices, one of which is the organisation: commission that the creditor
// earned as an agent (due), commission that the debtor owes back as an agent (back). It says what the books say of all that is owed.
func (b *book) between(creditor, debtor int64, due, back *standing, each func(*item) error) (books money.Minor, err error) {
	books, err = b.owed(creditor, debtor)
	if due != nil && err == nil {
		var more money.Minor
		if err = b.commissions(*due, each); err == nil {
			more, err = b.commissionOwed(*due)
		}
		books += max(0, more)
	}
	if back == nil || err != nil {
		return books, err
	}
	it, in, err := b.owedBack(*back)
	if err == nil && in {
		err = each(&it)
	}
	if err != nil {
		return books, err
	}
	more, err := b.commissionOwed(*back)
	return books + max(0, -more), err
}

// payable streams what the organisation owes a partner, receivable what the partner owes it; partners are asked for in the
// order of the flow.
func (b *book) payable(f *flow, p int64, each func(*item) error) (books money.Minor, err error) {
	if err := f.items(p, each); err != nil {
		return 0, err
	}
	books, err = b.between(p, int64(b.ask.Org), of(b.agents, p), of(b.principals, p), each)
	if err != nil {
		return 0, err
	}
	more, err := b.claimItems(p, each)
	return books + more, err
}

func (b *book) receivable(f *flow, p int64, each func(*item) error) (books money.Minor, err error) {
	if err := f.items(p, each); err != nil {
		return 0, err
	}
	books, err = b.between(int64(b.ask.Org), p, of(b.principals, p), of(b.agents, p), each)
	if err != nil {
		return 0, err
	}
	more, err := b.claimItems(p, each)
	return books + more, err
}

func of(all map[int64]standing, p int64) *standing {
	if c, ok := all[p]; ok {
		return &c
	}
	return nil
}

// commissionCurrency is the span of currencies of the organisation's commission in the period.
func (b *book) commissionCurrency() (first, last string, err error) {
	from, to := b.instants()
	q := "SELECT COALESCE(MIN(c.currency), ''), COALESCE(MAX(c.currency), '') FROM commission c JOIN journal j ON j.seq = c.seq" +
		" WHERE (c.principal = ? OR c.agent = ?) AND c.seq <= ? AND j.effective_us >= ? AND j.effective_us < ?"
	err = b.side.QueryRowContext(b.ctx, q, b.ask.Org, b.ask.Org, b.sum.Seq, from, to).Scan(&first, &last)
	return first, last, err
}
