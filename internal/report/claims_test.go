package report

import (
	"bytes"
	"saluran/internal/id"
	"testing"
)

// lost gives the distributor a claim on the producer of 30 and one of 50 for lost goods, of which 40 is paid; the producer has
// one of 7 on the distributor, one of 99 was booked by mistake and taken back, and 12 bounced.
func (w *world) lost() {
	for n, s := range []int64{701, 702, 703} {
		w.insert("shipment", map[string]any{"id": s, "number": []string{"SJ-701", "SJ-702", "SJ-703"}[n], "order_id": 101, "seller": producerA, "buyer": dist})
	}
	w.at(1, "shipment.received", 701, "2026-03-02")
	w.claimOf(purposeClaim, 921, 1, dist, producerA, 3000, 3000)
	w.at(2, "shipment.received", 702, "2026-03-04")
	w.claimOf(purposeClaim, 921, 2, dist, producerA, 5000, 8000)
	w.at(3, "shipment.received", 703, "2026-03-05")
	w.claimOf(purposeClaim, 922, 3, producerA, dist, 700, 700)
	w.at(4, "test.mistake", 1, "2026-03-06")
	w.claimOf(purposeClaim, 921, 4, dist, producerA, 9900, 17900)
	w.at(5, "reversal", 1, "2026-03-06")
	w.exec("UPDATE journal SET reverses = 4 WHERE seq = 5")
	w.claimOf(purposeClaim, 921, 5, dist, producerA, -9900, 8000)
	w.claimPaid(6, 521, "confirmed", 4000)
	w.claimOf(purposeClaim, 921, 6, dist, producerA, -4000, 4000)
	w.claimPaid(7, 522, "bounced", 1200)
	w.claimOf(purposeClaim, 921, 7, dist, producerA, -1200, 2800)
	w.at(8, "payment.bounced", 522, "2026-03-09")
	w.claimOf(purposeClaim, 921, 8, dist, producerA, 1200, 4000)
}

func (w *world) claimPaid(seq, no int64, status string, amount int64) {
	w.insert("payment", map[string]any{"id": no, "number": "PAY-" + id.ID(no).String(), "status": status, "payer": producerA, "payee": dist, "purpose": "claim", "currency": "USD", "amount": amount, "seq": seq})
	w.insert("payment_part", map[string]any{"payment_id": no, "n": 1, "kind": "claim", "amount": amount, "seq": seq})
	w.at(seq, "payment.confirmed", no, "2026-03-08")
}

// TestClaimsAreOnTheSheetsOfBothSides: what is owed for lost goods is a row of its own on the payment sheet of whoever owes it and
// among the receivables of the other, equal to the books.
func TestClaimsAreOnTheSheetsOfBothSides(t *testing.T) {
	w := newWorld(t)
	w.lost()
	b, sum := w.write(Ask{Report: "payment-sheet", Org: producerA})
	rows := w.sheet(b, "")
	if len(rows) != 4 {
		t.Fatalf("rows: %v", rows)
	}
	for i, want := range [][]string{{"46083", "46083", "SJ-701", "30", "30", "0", "0"}, {"46085", "46085", "SJ-702", "50", "10", "40", "40"}} {
		r := rows[i+1]
		got := []string{r[0], r[1], r[2], r[8], r[9], r[10], r[11]}
		for k := range want {
			if got[k] != want[k] || r[12] != "claim for lost goods" {
				t.Errorf("row %d: %v, want %v", i, r, want)
			}
		}
	}
	w.agree(sum, 4000)
	if sum.Rows != 2 || sum.Currency != "USD" {
		t.Errorf("summary: %+v", sum)
	}
	before, sum := w.write(Ask{Report: "payment-sheet", Org: producerA, CutOff: 7})
	w.agree(sum, 2800)
	again, _ := w.write(Ask{Report: "payment-sheet", Org: producerA, CutOff: 7})
	if !bytes.Equal(before, again) {
		t.Error("the same cut-off gives other bytes")
	}
	_, sum = w.write(Ask{Report: "payment-sheet", Org: producerA, CutOff: 4})
	w.agree(sum, 17900)
	_, sum = w.write(Ask{Report: "payment-sheet", Org: producerA, From: "2026-03-04", To: "2026-03-04"}) // the older was paid first
	if sum.Rows != 1 || sum.Totals[1].V != 1000 || sum.Totals[2].V != 4000 {
		t.Errorf("of one day: %+v", sum)
	}
	b, sum = w.write(Ask{Report: "receivables", Org: dist, To: "2026-03-31"})
	w.wantRows(w.sheet(b, "Open invoices")[1:], "007|Kopi Utama|SJ-702|46085|46085|27|50|10|40|claim for lost goods", "Total||||||50|10|40")
	w.agree(sum, 4000)
	_, sum = w.write(Ask{Report: "payment-sheet", Org: dist})
	w.agree(sum, 700)
	_, sum = w.write(Ask{Report: "receivables", Org: producerA})
	w.agree(sum, 700)
	_, sum = w.write(Ask{Report: "payment-sheet", Org: producerB})
	w.agree(sum, 0)
}
