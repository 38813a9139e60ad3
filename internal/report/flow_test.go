package report

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/id"
	"saluran/internal/money"
)

// ledgerful is a year between the distributor and suppliers whose codes are not in the order of their numbers: invoices with none
// or several payments, payments of several invoices, what bounced, discounts, write-offs, deposits, credit notes on invoices and on none.
func (w *world) ledgerful(r *rand.Rand) (suppliers []id.ID) {
	for i, code := range []string{"M", "b", "A", "Z", "K"} {
		no := id.ID(70 + i)
		suppliers = append(suppliers, no)
		w.insert("org", map[string]any{"id": no, "code": code, "kind": "producer", "name": "Supplier " + code, "currency": "USD", "zone": "Asia/Jakarta", "active": true})
		w.order(int64(300+i), no, dist)
	}
	open := map[id.ID][]int64{}
	seq := int64(0)
	for n := range 120 {
		i := r.IntN(len(suppliers))
		who, mine := suppliers[i], open[suppliers[i]]
		on := clock.Date("2026-01-01").AddDays(n)
		no := int64(1000 + n)
		seq++
		switch k := r.IntN(10); {
		case k < 5 || len(mine) == 0:
			w.invoice(seq, no, who, dist, int64(300+i), 0, string(on), string(on.AddDays(r.IntN(40))), line{61, 1000, int64(1 + r.IntN(90_000))})
			open[who] = append(mine, no)
		case k == 5:
			w.invoice(seq, no, who, dist, int64(300+i), 0, string(on), string(on), line{61, -100, -int64(1 + r.IntN(900))})
		case k == 6:
			w.invoice(seq, no, who, dist, int64(300+i), mine[r.IntN(len(mine))], string(on), string(on), line{61, -100, -int64(1 + r.IntN(50_000))})
		default:
			parts := map[int64][]any{}
			for range 1 + r.IntN(3) {
				kind := []string{"invoice", "invoice", "applied", "discount", "writeoff", "asked"}[r.IntN(6)]
				parts[mine[r.IntN(len(mine))]] = []any{kind, 1 + r.IntN(30_000)}
			}
			w.payment(seq, no, "confirmed", parts)
			if r.IntN(3) == 0 {
				seq++
				w.exec("UPDATE payment SET status = 'bounced' WHERE id = ?", no)
				w.journal(seq, "payment.bounced", no)
			}
		}
	}
	return suppliers
}

// slowItem works an invoice out by asking for everything about it alone.
func (w *world) slowItem(it *item, cut int64) {
	rows, err := w.d.ReadSQL().Query("SELECT kind, amount, seq, id, 0, 0 FROM (SELECT 'credit' AS kind, -total AS amount, seq, id FROM invoice WHERE credits = ?) c WHERE seq <= ?"+
		" UNION ALL SELECT x.kind, x.amount, x.seq, x.payment_id, x.n, CASE WHEN p.status = 'bounced' THEN 1 ELSE 0 END FROM payment_part x JOIN payment p ON p.id = x.payment_id"+
		" WHERE x.invoice_id = ? AND x.seq <= ? AND x.kind <> 'asked'", it.id, cut, it.id, cut)
	require.NoError(w.t, err)
	defer rows.Close()
	for rows.Next() {
		var e event
		var bounced bool
		require.NoError(w.t, rows.Scan(&e.kind, &e.amount, &e.seq, &e.doc, &e.n, &bounced))
		it.events = append(it.events, e)
		if bounced && (e.kind == "invoice" || e.kind == "discount") && e.seq+1 <= cut { // it bounces in the journal after its own
			e.seq, e.amount = e.seq+1, -e.amount
			it.events = append(it.events, e)
		}
	}
	require.NoError(w.t, rows.Err())
	it.settle()
}

// slowSheet is the rows of the payment sheet, made of one invoice after the other.
func (w *world) slowSheet(partners []partner, a Ask) (out []string) {
	var running money.Minor
	from, to := (&book{ask: a}).period()
	for _, p := range partners {
		var items []*item
		rows, err := w.d.ReadSQL().Query("SELECT id, number, issued_on, due_on, total FROM invoice WHERE buyer = ? AND seller = ? AND credits = 0 AND seq <= ? AND issued_on >= ? AND issued_on <= ?"+
			" ORDER BY due_on, id", a.Org, p.id, a.CutOff, from, to)
		require.NoError(w.t, err)
		for rows.Next() {
			it := &item{}
			require.NoError(w.t, rows.Scan(&it.id, &it.number, &it.issued, &it.due, &it.total))
			items = append(items, it)
		}
		require.NoError(w.t, rows.Close())
		for _, it := range items {
			w.slowItem(it, a.CutOff)
			running += it.Open
			out = append(out, fmt.Sprintf("%s|%s|%s|%s|%s|%s", it.number, p.code, cents(it.Due), cents(it.Paid), cents(it.Open), cents(running)))
		}
	}
	return out
}

// cents is an amount of dollars as a workbook shows it, without zeros at its end.
func cents(v money.Minor) string {
	s := string(appendMinor(nil, int64(v), 2))
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// TestTheStreamsSayWhatEachInvoiceSays: the sheet that is merged of two streams has the rows that come of asking for every invoice by
// itself, at any cut-off, for any period.
func TestTheStreamsSayWhatEachInvoiceSays(t *testing.T) {
	w := newWorld(t)
	w.ledgerful(rand.New(rand.NewPCG(7, 7)))
	var partners []partner
	for i, code := range []string{"A", "K", "M", "Z", "b"} { // as bytes are sorted
		partners = append(partners, partner{id: []int64{72, 74, 70, 73, 71}[i], code: code})
	}
	var head int64
	require.NoError(t, w.d.ReadSQL().QueryRow("SELECT seq FROM lane WHERE lane = 0").Scan(&head))
	for _, a := range []Ask{{CutOff: head}, {CutOff: head / 2}, {CutOff: 9}, {CutOff: head, From: "2026-02-01"}, {CutOff: head, From: "2026-01-20", To: "2026-03-10"},
		{CutOff: head * 2 / 3, To: "2026-02-20"}} {
		a.Report, a.Org = "payment-sheet", dist
		want := w.slowSheet(partners, a)
		b, sum := w.write(a)
		rows := w.sheet(b, "")
		var got []string
		for _, r := range rows[1 : len(rows)-1] {
			got = append(got, fmt.Sprintf("%s|%s|%s|%s|%s|%s", r[2], r[3], r[8], r[9], r[10], r[11]))
		}
		require.Equal(t, want, got, "%+v", a)
		require.EqualValues(t, len(want), sum.Rows)
	}
	for _, supplier := range partners { // the other side of the same papers
		b, _ := w.write(Ask{Report: "receivables", Org: id.ID(supplier.id), CutOff: head, To: "2026-12-31"})
		var got []string
		rows := w.sheet(b, "Open invoices")
		for _, r := range rows[1 : len(rows)-1] {
			got = append(got, fmt.Sprintf("%s|%s|%s|%s", r[2], r[6], r[7], r[8]))
		}
		var want []string
		for _, it := range w.openOf(supplier.id, head) {
			want = append(want, fmt.Sprintf("%s|%s|%s|%s", it.number, cents(it.Due), cents(it.Paid), cents(it.Open)))
		}
		require.Equal(t, want, got, supplier.code)
	}
}

// openOf are the invoices of a supplier that are not settled at a cut-off.
func (w *world) openOf(supplier, cut int64) (out []*item) {
	rows, err := w.d.ReadSQL().Query("SELECT id, number, total FROM invoice WHERE seller = ? AND credits = 0 AND seq <= ? ORDER BY due_on, id", supplier, cut)
	require.NoError(w.t, err)
	for rows.Next() {
		it := &item{}
		require.NoError(w.t, rows.Scan(&it.id, &it.number, &it.total))
		out = append(out, it)
	}
	require.NoError(w.t, rows.Close())
	for _, it := range out {
		w.slowItem(it, cut)
	}
	return slices.DeleteFunc(out, func(it *item) bool { return it.Open == 0 })
}

func TestPlaceOf(t *testing.T) {
	require.Equal(t, "i.seller", placeOf("i.seller", nil))
	require.Equal(t, "i.seller", placeOf("i.seller", []int64{7}))
	require.Equal(t, "CASE WHEN i.seller < 7 THEN 1 ELSE CASE WHEN i.seller < 9 THEN 0 ELSE 2 END END", placeOf("i.seller", []int64{7, 5, 9}))
}

// TestAPartFindsItsInvoice: a part of a payment looks its invoice up. By the days of an invoice, which both engines have an index for,
// it would read the book once more for every part.
func TestAPartFindsItsInvoice(t *testing.T) {
	if dbtest.Engine() != db.SQLite {
		t.Skip("there is no SQLite in this run, whose plan this is about; MariaDB plans by the rows that there are")
	}
	d := dbtest.New(t)
	for _, side := range []string{"buyer", "seller"} {
		bills, parts := DebtQueries(side, []int64{1, 2})
		require.NotContains(t, plan(t, d, bills, 1, 1, "IDR", "", ""), "SCAN ")
		p := plan(t, d, parts, 1, 1, 1, 1, "IDR", "", "")
		require.NotContains(t, p, "SCAN ")
		require.Regexp(t, `SEARCH x .*\(payment_id=\?\)`, p)
		require.Regexp(t, `SEARCH i .*\bid=\?`, p)
	}
}

// plan is how SQLite means to answer a question.
func plan(t *testing.T, d *db.DB, query string, args ...any) string {
	rows, err := d.ReadSQL().Query("EXPLAIN QUERY PLAN "+query, args...)
	require.NoError(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var id, parent, unused int
		var line string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &line))
		all = append(all, line)
	}
	require.NoError(t, rows.Err())
	return strings.Join(all, "\n")
}
