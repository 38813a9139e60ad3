package report

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/money"
)

// reports says that one who owes reported money: for invoices, or for none.
func (w *world) reports(seq, no, amount int64, parts map[int64]int64) {
	w.insert("payment", map[string]any{"id": no, "number": fmt.Sprint("R", no), "status": "reported", "purpose": "trade", "currency": "USD", "payer": dist, "payee": producerA, "amount": amount, "seq": seq})
	n := 0
	for inv, m := range parts {
		n++
		w.insert("payment_part", map[string]any{"payment_id": no, "n": n, "invoice_id": inv, "kind": "asked", "amount": m, "seq": seq})
	}
	w.journal(seq, "payment.reported", no)
}

// TestNobodyIsAskedToPayWhatIsReported: what waits and what is due leave out what is reported; the sums of the books keep it.
func TestNobodyIsAskedToPayWhatIsReported(t *testing.T) {
	w := newWorld(t)
	w.debts()
	w.settle() // 401: 5900 of 11000 open since 31 March; 405: 5500 due on 6 April to another
	w.atDesk("2026-04-02")
	type seen struct {
		late, week int64
		amount     money.Minor
		due        int
		out, said  money.Minor // of the calendar
		step       string
	}
	look := func() (s seen) {
		d := w.desk(dist, "distributor", "finance", DeskAsk{Currency: "USD"})
		for _, x := range d.Waits {
			switch x.Kind {
			case "due":
				s.late, s.amount = x.N, x.Amount
			case "due_week":
				s.week = x.N
			}
		}
		s.due = len(d.Due)
		for _, x := range d.Calendar {
			s.out, s.said = s.out+x.Out, s.said+x.OutSaid
		}
		if d.Owing.Total != 10300 || d.Owing.Late != 5900-1100 {
			t.Errorf("the books: %+v", d.Owing)
		}
		steps, err := w.s.FirstSteps(context.Background(), access.Actor{Org: dist, Kind: "distributor", Role: "finance", Zone: "Asia/Jakarta"})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range steps {
			if x.Kind == "pay" {
				s.step = x.Number
			}
		}
		return s
	}
	want := func(what string, s seen) {
		t.Helper()
		if got := look(); got != s {
			t.Errorf("%s: %+v, want %+v", what, got, s)
		}
	}
	want("nothing reported", seen{1, 1, 4800, 2, 5500, 0, "INV-401"})
	w.reports(20, 601, 900, map[int64]int64{401: 900})
	want("a part", seen{1, 1, 3900, 2, 5500, 0, "INV-401"})
	w.reports(21, 602, 5000, nil)
	want("the rest without a name", seen{0, 1, 0, 1, 5500, 0, "INV-405"})
	w.exec("UPDATE payment SET status = 'rejected' WHERE id = 602")
	want("rejected", seen{1, 1, 3900, 2, 5500, 0, "INV-401"})
	w.reports(22, 603, 5000, map[int64]int64{401: 5000})
	want("by name", seen{late: 0, week: 1, due: 1, out: 5500, step: "INV-405"})
	w.insert("payment", map[string]any{"id": 604, "number": "R604", "status": "reported", "purpose": "trade", "currency": "USD", "payer": dist, "payee": producerB, "amount": 2000, "seq": 23})
	w.journal(23, "payment.reported", 604)
	want("of what is to come", seen{late: 0, week: 1, due: 1, out: 3500, said: 2000, step: "INV-405"})
}

// TestTheFirstToPayStandsBehindManyReported: where more of the oldest bills are reported than are looked at one by one, the next that is
// not is found, with reports that name their bills and with one that names none.
func TestTheFirstToPayStandsBehindManyReported(t *testing.T) {
	w := newWorld(t)
	for i := range int64(60) {
		w.invoice(100+i, 1000+i, producerA, dist, 101, 0, "2026-03-01", fmt.Sprintf("2026-03-%02d", 2+i/3), line{61, 1000, 1000})
	}
	w.settle()
	w.atDesk("2026-04-02")
	totals := map[int64]int64{}
	rows, err := w.d.ReadSQL().Query("SELECT id, total FROM invoice WHERE buyer = ? AND id >= 1000 AND id < 1060", dist)
	require.NoError(t, err)
	for rows.Next() {
		var no, total int64
		require.NoError(t, rows.Scan(&no, &total))
		totals[no] = total
	}
	require.NoError(t, rows.Close())
	require.Len(t, totals, 60)
	first := func() (out []string) {
		for _, x := range w.desk(dist, "distributor", "finance", DeskAsk{}).Due {
			out = append(out, x.Number)
		}
		return out
	}
	require.Equal(t, "INV-1000", first()[0])
	for i := range int64(50) { // all of each, but for the least of the 46th
		said := totals[1000+i]
		if i == 45 {
			said--
		}
		w.reports(300+i, 5000+i, said, map[int64]int64{1000 + i: said})
	}
	require.Equal(t, []string{"INV-1045", "INV-1050", "INV-1051", "INV-1052"}, first()[:4])
	w.reports(400, 5100, totals[1050]+1, nil)
	require.Equal(t, []string{"INV-1051", "INV-1052"}, first()[:2])
}
