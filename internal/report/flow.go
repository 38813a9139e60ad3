package report

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"saluran/internal/money"
)

// flow is every invoice between the organisation and its partners, in the order of the sheet: partner by partner, oldest due
// first. The database sorts two streams for all partners at once, because asking pair by pair makes it look up each row of a
// long book by itself: the invoices with their credit notes, and what was paid of them.
type flow struct {
	b     *book
	bills *reader[bill]
	parts *reader[part]
	stop  context.CancelFunc
	it    item
}

// bill is an invoice, or a credit note (credits is not 0), which follows the invoice that it credits.
type bill struct {
	id, credits, partner int64
	number, issued, due  string
	total                money.Minor
	seq                  int64
}

// part is a part of a payment that settles an invoice.
type part struct {
	invoice int64
	event
	bounced bool
}

// wholeBook keeps MariaDB off the indices by day where every invoice of an organisation is read: where these are most of the table,
// reading the table is four times as quick, and MariaDB takes it then; where they are few, the other indices name them too.
// SQLite reads a comment.
const wholeBook = " /*! IGNORE INDEX (invoice_by_buyer, invoice_by_seller) */"

// DebtQueries are the two statements of a flow. Party is the column of an invoice in which the viewer stands, buyer or seller;
// partners are those on the other side, in the order of the sheet, every one of them. Arguments of the first: viewer, cut-off,
// currency, first day, last day; of the second: viewer, cut-off, viewer, cut-off, currency, first day, last day. The benchmark
// reads the same rows with them.
func DebtQueries(party string, partners []int64) (bills, parts string) {
	other, paid := "i.seller", "y.payer"
	if party == "seller" {
		other, paid = "i.buyer", "y.payee"
	}
	order := " ORDER BY " + placeOf(other, partners)
	// issued_on >= '' is always true: it shows SQLite that the index by day, in whose order the rows lie, is better than that by pair.
	bills = "SELECT i.id, i.credits, " + other + ", i.number, i.issued_on, i.due_on, i.total, i.seq FROM invoice i" + wholeBook +
		" WHERE i." + party + " = ? AND i.issued_on >= '' AND i.seq <= ? AND i.currency = ? AND (i.credits <> 0 OR i.issued_on >= ? AND i.issued_on <= ?)" + order +
		", CASE WHEN i.credits = 0 THEN i.due_on ELSE (SELECT o.due_on FROM invoice o WHERE o.id = i.credits AND o." + party + " = i." + party + ") END" +
		", CASE WHEN i.credits = 0 THEN i.id ELSE i.credits END, i.credits, i.id"
	// Both engines join in the order written: payments and their parts lie beside each other, and near the invoices that they pay. A plus,
	// which changes nothing, keeps SQLite from looking for each kind of part by itself, and from reading all invoices of the days for each
	// part, where one is to be found by its id.
	parts = "SELECT /*! STRAIGHT_JOIN */ x.invoice_id, x.kind, x.amount, x.seq, x.payment_id, x.n, CASE WHEN y.status = 'bounced' THEN 1 ELSE 0 END" +
		" FROM payment y CROSS JOIN payment_part x ON x.payment_id = y.id CROSS JOIN invoice i ON i.id = x.invoice_id" +
		" WHERE " + paid + " = ? AND x.seq <= ? AND +x.kind IN ('invoice', 'applied', 'discount', 'writeoff', 'offset')" +
		" AND i." + party + " = ? AND i.credits = 0 AND i.seq <= ? AND i.currency = ? AND +i.issued_on >= ? AND +i.issued_on <= ?" + order +
		", i.due_on, i.id"
	return bills, parts
}

// placeOf is an expression for the place of an id among ids: a search by halves, which costs the database less than a join does.
func placeOf(column string, ids []int64) string {
	if len(ids) < 2 {
		return column
	}
	place := make(map[int64]int, len(ids))
	for i, no := range ids {
		place[no] = i
	}
	sorted := slices.Sorted(slices.Values(ids))
	var b []byte
	var half func([]int64)
	half = func(ids []int64) {
		if len(ids) == 1 {
			b = strconv.AppendInt(b, int64(place[ids[0]]), 10)
			return
		}
		m := len(ids) / 2
		b = append(append(b, "CASE WHEN "...), column...)
		b = strconv.AppendInt(append(b, " < "...), ids[m], 10)
		b = append(b, " THEN "...)
		half(ids[:m])
		b = append(b, " ELSE "...)
		half(ids[m:])
		b = append(b, " END"...)
	}
	half(sorted)
	return string(b)
}

// flow begins to read what is owed between the organisation and its partners, who are asked for by items in this order.
func (b *book) flow(partners []partner) *flow {
	ids := make([]int64, 0, len(partners))
	for _, p := range partners {
		ids = append(ids, p.id)
	}
	bills, parts := DebtQueries(b.party(), ids)
	ctx, stop := context.WithCancel(b.ctx)
	from, to := b.period()
	me, seq := int64(b.ask.Org), b.sum.Seq
	return &flow{b: b, stop: stop,
		bills: readAhead(ctx, b.conn, bills, []any{me, seq, b.cur.Code, from, to}, scanBill),
		parts: readAhead(ctx, b.beside, parts, []any{me, seq, me, seq, b.cur.Code, from, to}, scanPart)}
}

func scanBill(rows *sql.Rows, p *bill) error {
	return rows.Scan(&p.id, &p.credits, &p.partner, &p.number, &p.issued, &p.due, &p.total, &p.seq)
}

func scanPart(rows *sql.Rows, p *part) error {
	return rows.Scan(&p.invoice, &p.kind, &p.amount, &p.seq, &p.doc, &p.n, &p.bounced)
}

// items streams the invoices of a partner, oldest due first, with what had settled them by the cut-off. Credit notes that belong
// to an invoice are in it; those that belong to none are items below zero.
func (f *flow) items(partner int64, each func(*item) error) error {
	for p := f.bills.head(); p != nil && p.partner == partner; p = f.bills.head() {
		if p.credits != 0 { // of an invoice that is not of the period
			f.bills.skip()
			continue
		}
		it := &f.it
		*it = item{id: p.id, number: p.number, issued: p.issued, due: p.due, total: p.total, events: it.events[:0]}
		f.bills.skip()
		for c := f.bills.head(); c != nil && c.credits == it.id; c = f.bills.head() {
			it.events = append(it.events, event{kind: "credit", seq: c.seq, amount: -c.total, doc: c.id})
			f.bills.skip()
		}
		for x := f.parts.head(); x != nil && x.invoice == it.id; x = f.parts.head() {
			it.events = append(it.events, x.event)
			if x.bounced && (x.kind == "invoice" || x.kind == "discount") {
				if err := f.b.bounce(it, x.event); err != nil {
					return err
				}
			}
			f.parts.skip()
		}
		it.settle()
		if err := each(it); err != nil {
			return err
		}
	}
	return nil
}

// end says why reading ended, or that something was left over: then the streams were not in one order, and sums are wrong.
func (f *flow) end() error {
	p, x := f.bills.head(), f.parts.head()
	if p != nil || x != nil {
		return fmt.Errorf("the streams of debts are out of step: %+v and %+v are left", p, x)
	}
	return errors.Join(f.bills.wait(), f.parts.wait())
}

// close ends the reading, also where it is not done, and frees the connections for the next flow.
func (f *flow) close() {
	f.stop()
	_ = errors.Join(f.bills.wait(), f.parts.wait())
}
