package bench

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/db"
)

// The world of the benchmark of exports: one payer, a thousand payees.
const (
	payer      = 10
	payees     = 1000
	firstPayee = int64(1000)
)

// makeInvoices fills a new database by plain multi-row SQL: invoices of the payer, six of ten paid in full, one of ten in part,
// one of a hundred with a credit note; and the claims that the books would hold.
func makeInvoices(ctx context.Context, url string, n int) error {
	d, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	defer d.Close()
	if _, err := d.Migrate(ctx); err != nil {
		return err
	}
	for from := 0; from < n; from += 50_000 {
		err := d.InFreshTx(ctx, func(tx *sql.Tx) error {
			m := &invoiceMaker{ctx: ctx, tx: tx, bulk: map[string]*strings.Builder{}}
			if from == 0 {
				m.partners()
			}
			for i := from; i < min(n, from+50_000); i++ {
				m.invoice(i)
			}
			m.flushAll()
			return m.err
		})
		if err != nil {
			return err
		}
	}
	return claims(ctx, d)
}

// invoiceMaker gathers rows and writes them many at a time.
type invoiceMaker struct {
	ctx  context.Context
	tx   *sql.Tx
	bulk map[string]*strings.Builder
	into []string // in the order in which they were first met: parents before children
	err  error
}

func (m *invoiceMaker) add(into, format string, args ...any) {
	b := m.bulk[into]
	if b == nil {
		b = &strings.Builder{}
		m.bulk[into] = b
		m.into = append(m.into, into)
	}
	if b.Len() == 0 {
		b.WriteString("INSERT INTO " + into + " VALUES ")
	} else {
		b.WriteByte(',')
	}
	fmt.Fprintf(b, "("+format+")", args...)
	if b.Len() > 200_000 {
		m.flushAll()
	}
}

func (m *invoiceMaker) flush(b *strings.Builder) {
	if m.err == nil && b.Len() > 0 {
		_, m.err = m.tx.ExecContext(m.ctx, b.String())
	}
	b.Reset()
}

func (m *invoiceMaker) flushAll() {
	for _, into := range m.into {
		m.flush(m.bulk[into])
	}
}

const (
	orgCols     = "org (id, code, kind, name, name_fold, country, currency, zone, vat_registered, large, tax_no, address, city, phone, nameless, registered_by, active, created_us, version)"
	bankCols    = "bank_account (id, org, bank, number, holder, currency, main, version)"
	invoiceCols = "invoice (id, number, serial_no, kind, order_id, credits, seller, buyer, agent, currency, issued_on, due_on, net, tax_base, tax, total, settled, status, reason, version, seq)"
	payCols     = "payment (id, number, payer, payee, agent, collected, purpose, currency, amount, method, value_on, bank_account, reference, status, allocated, deposited, reported_by, confirmed_by, confirmed_us, reason, version, seq)"
	partCols    = "payment_part (payment_id, n, invoice_id, kind, amount, seq)"
	orgValues   = "%d, '%s', '%s', '%s', '', 'ID', 'IDR', 'Asia/Jakarta', 1, 0, '', '', '', '', 0, 0, 1, 1, 1"
)

func (m *invoiceMaker) partners() {
	m.add(orgCols, orgValues, payer, "D-1", "distributor", "PT Distribusi Nusantara")
	for p := range payees {
		no := firstPayee + int64(p)
		m.add(orgCols, orgValues, no, fmt.Sprintf("P-%04d", p), "producer", fmt.Sprintf("PT Produsen Kopi & Teh %d", p))
		m.add(bankCols, "%d, %d, 'Bank Central Asia', '%010d', 'PT Produsen Kopi & Teh %d', 'IDR', 1, 1", no+100_000, no, 520_000_000+p*7919, p)
	}
}

// invoice adds the i-th invoice with what settled it. Ids are made so that they never meet: 4 for each invoice.
func (m *invoiceMaker) invoice(i int) {
	no := int64(10_000_000 + 4*i)
	seller := firstPayee + int64(i*7919%payees)
	seq := int64(1 + i/500)
	net := int64(1_000_00 + i*104_729%90_000_000*100)
	tax := net / 100 * 11 / 100 * 100
	total := net + tax
	on := firstDay.AddDays(i * 300 / 1_000_000)
	m.add(invoiceCols, "%d, 'INV/%s/%07d', %d, 'invoice', %d, 0, %d, %d, 0, 'IDR', '%s', '%s', %d, %d, %d, %d, 0, 'open', '', 1, %d", no, on[:4], i, i, no+1, seller, payer,
		on, on.AddDays(14+i%30), net, net, tax, total, seq)
	if i%100 == 7 {
		m.add(invoiceCols, "%d, 'CN/%s/%07d', %d, 'credit', %d, %d, %d, %d, 0, 'IDR', '%s', '%s', %d, %d, %d, %d, 0, 'paid', '', 1, %d", no+2, on[:4], i, i, no+1, no, seller, payer,
			on, on, -net/10, -net/10, -tax/10, -net/10-tax/10, seq)
	}
	paid := (i + i/1000) % 10 // not in step with the payees
	if paid > 6 {
		return
	}
	amount := total
	if paid == 6 {
		amount = total / 3
	}
	if i%100 == 7 {
		amount = total / 2
	}
	m.payment(no+3, no, seller, amount, on.AddDays(10), seq)
}

func (m *invoiceMaker) payment(no, invoice, seller, amount int64, on clock.Date, seq int64) {
	m.add(payCols, "%d, 'PAY-%d', %d, %d, 0, 0, 'trade', 'IDR', %d, 'transfer', '%s', %d, '', 'confirmed', %d, 0, 1, 1, 1, '', 1, %d", no, no, payer, seller, amount, on, seller+100_000, amount, seq)
	m.add(partCols, "%d, 1, %d, 'invoice', %d, %d", no, invoice, amount, seq)
}

// claims makes the accounts of the books: what is invoiced less what was paid and credited.
func claims(ctx context.Context, d *db.DB) error {
	return d.InFreshTx(ctx, func(tx *sql.Tx) error {
		for _, q := range []string{
			"INSERT INTO account (acct, book, unit, product, owner, place, bearer, seller, org, counterparty, purpose, side, seq)" +
				" SELECT id + 500000, 2, 360, 0, 0, 0, 0, 0, id, 10, 1, 1, 1 FROM org WHERE kind = 'producer'",
			"INSERT INTO entry (acct, seq, leg, amt, bal_after, effective_us, late)" +
				" SELECT i.seller + 500000, MAX(i.seq), 1, SUM(i.total) - COALESCE(MAX(p.paid), 0), SUM(i.total) - COALESCE(MAX(p.paid), 0), 1, 0 FROM invoice i LEFT JOIN" +
				" (SELECT payee, SUM(amount) AS paid FROM payment GROUP BY payee) p ON p.payee = i.seller GROUP BY i.seller",
			"UPDATE lane SET seq = (SELECT MAX(seq) FROM invoice), recorded_us = 1767225600000000 WHERE lane = 0",
		} {
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
}
