package report

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/policies"
)

const agency id.ID = 50

// commissioned gives the producer an agent who earned 30 on an order, 20 on the payment of an invoice and 10 on another order; 5
// of the first fell away. 40 were paid, of which 8 bounced.
func (w *world) commissioned() {
	w.insert("org", map[string]any{"id": agency, "code": "A1", "kind": "agent", "name": "Perantara", "currency": "USD", "zone": "Asia/Jakarta", "active": true})
	w.insert("bank_account", map[string]any{"id": 55, "org": agency, "bank": "BNI", "number": "0700", "holder": "Perantara", "currency": "USD", "main": true})
	w.order(101, producerA, dist)
	w.order(102, producerA, dist)
	total := w.invoice(1, 201, producerA, dist, 101, 0, "2026-03-01", "2026-03-31", line{61, 1000, 10000})
	w.claim(901, 1, producerA, dist, total, total)
	w.payment(2, 501, "confirmed", map[int64][]any{201: {"invoice", 11000}})
	w.claim(901, 2, producerA, dist, -11000, 0)
	w.earned(3, 601, 101, "order", 101, 3000)
	w.owes(3, 3000, 3000)
	w.earned(4, 602, 101, "payment", 501, 2000)
	w.owes(4, 2000, 5000)
	w.earned(5, 603, 101, "reversal", 101, -500)
	w.owes(5, -500, 4500)
	w.earned(6, 604, 102, "order", 102, 1000)
	w.owes(6, 1000, 5500)
	w.commissionPaid(7, 511, producerA, agency, "confirmed", 3200)
	w.owes(7, -3200, 2300)
	w.commissionPaid(8, 512, producerA, agency, "bounced", 800)
	w.owes(8, -800, 1500)
	w.at(9, "payment.bounced", 512, "2026-03-09")
	w.owes(9, 800, 2300)
}

// at is a journal of a day.
func (w *world) at(seq int64, kind string, doc int64, day clock.Date) {
	w.journal(seq, kind, doc)
	w.exec("UPDATE journal SET effective_us = ? WHERE seq = ?", day.Noon("Asia/Jakarta"), seq)
}

func (w *world) earned(seq, no, order int64, cause string, source, amount int64) {
	w.insert("commission", map[string]any{"id": no, "appointment": 70, "principal": producerA, "agent": agency, "order_id": order, "cause": cause, "source": source,
		"currency": "USD", "base": amount * 10, "amount": amount, "seq": seq})
	w.at(seq, "commission", order, clock.Date("2026-03-01").AddDays(int(seq)))
}

func (w *world) commissionPaid(seq, no int64, payer, payee id.ID, status string, amount int64) {
	w.insert("payment", map[string]any{"id": no, "number": "P" + id.ID(no).String(), "status": status, "payer": payer, "payee": payee, "agent": agency, "purpose": "commission", "currency": "USD", "amount": amount, "seq": seq})
	w.insert("payment_part", map[string]any{"payment_id": no, "n": 1, "kind": "commission", "amount": amount, "seq": seq})
	w.at(seq, "payment.confirmed", no, clock.Date("2026-03-01").AddDays(int(seq)))
}

// owes moves the claim of the agent on its principal.
func (w *world) owes(seq, amt, bal int64) { w.claimOf(5, 905, seq, agency, producerA, amt, bal) }

func TestCommissionIsOnTheSheetsOfBothSides(t *testing.T) {
	w := newWorld(t)
	w.commissioned()
	ask := Ask{Report: "payment-sheet", Org: producerA}
	b, sum := w.write(ask)
	who := "|A1|Perantara|BNI|0700|Perantara|"
	w.wantRows(w.sheet(b, ""), paymentHeader,
		"46085|46085|PO-101"+who+"25|25|0|0|commission", "46086|46086|INV-201"+who+"20|7|13|13|commission", "46088|46088|PO-102"+who+"10|0|10|23|commission",
		"Total||||||||55|32|23")
	w.wantRows(w.sheet(b, "By account")[1:], "A1|Perantara|BNI|0700|Perantara|3|55|32|23", "Total|||||3|55|32|23")
	w.agree(sum, 2300)
	b, sum = w.write(Ask{Report: "receivables", Org: agency, To: "2026-03-31"})
	w.wantRows(w.sheet(b, "Open invoices")[1:], "007|Kopi Utama|INV-201|46086|46086|26|20|7|13|commission", "007|Kopi Utama|PO-102|46088|46088|24|10|0|10|commission", "Total||||||30|7|23")
	w.agree(sum, 2300)
	_, sum = w.write(Ask{Report: "payment-sheet", Org: agency})
	w.agree(sum, 0)
	_, sum = w.write(Ask{Report: "payment-sheet", Org: producerA, From: "2026-03-05", To: "2026-03-05"}) // of one day: what came before is paid first
	if sum.Rows != 1 || sum.Totals[1].V != 700 {
		t.Errorf("of one day: %+v", sum)
	}
	_, sum = w.write(Ask{Report: "payment-sheet", Org: producerA, CutOff: 8}) // before the bounce
	w.agree(sum, 1500)
}

// TestCommissionPaidTooMuchIsOwedBack: it leaves the principal's sheet and stands on the agent's, less what was paid back.
func TestCommissionPaidTooMuchIsOwedBack(t *testing.T) {
	w := newWorld(t)
	w.commissioned()
	sheet := Ask{Report: "payment-sheet", Org: producerA}
	sheet.CutOff = 9
	before, _ := w.write(sheet)
	w.invoice(10, 202, producerA, dist, 101, 201, "2026-03-10", "2026-03-10", line{61, -1000, -10000})
	w.earned(10+1, 605, 101, "reversal", 202, -4500)
	w.earned(12, 606, 102, "reversal", 102, -1000)
	w.owes(12, -2300, 0)
	w.claimOf(5, 906, 12, producerA, agency, 3200, 3200)
	w.commissionPaid(13, 513, agency, producerA, "confirmed", 1200)
	w.claimOf(5, 906, 13, producerA, agency, -1200, 2000)
	_, sum := w.write(Ask{Report: "payment-sheet", Org: producerA})
	w.agree(sum, 0)
	b, sum := w.write(Ask{Report: "payment-sheet", Org: agency})
	w.wantRows(w.sheet(b, "")[1:], "46094|46094|PO-102|007|Kopi Utama|Citi|0099|PT Kopi Utama|32|12|20|20|commission", "Total||||||||32|12|20")
	w.agree(sum, 2000)
	_, sum = w.write(Ask{Report: "receivables", Org: producerA})
	w.agree(sum, 2000)
	_, sum = w.write(Ask{Report: "receivables", Org: agency})
	w.agree(sum, 0)
	after, _ := w.write(sheet)
	if !bytes.Equal(before, after) {
		t.Error("what came later shows at an earlier cut-off")
	}
}

// TestCommissionOfOneYearIsStreamed: rows are as many as were announced, payments reach as far as they do, memory holds none.
func TestLongCommissionOfManyRowsIsStreamed(t *testing.T) {
	w := newWorld(t)
	w.insert("org", map[string]any{"id": agency, "code": "A1", "kind": "agent", "name": "Perantara", "currency": "USD", "zone": "Asia/Jakarta", "active": true})
	w.journal(1, "x", 0)
	const n = 5000
	var rows []string
	for i := range n {
		rows = append(rows, "("+id.ID(1000+i).String()+",70,11,50,"+id.ID(1+i/3).String()+",'delivery',1,'USD',100,10,1)")
	}
	w.exec("INSERT INTO commission (id, appointment, principal, agent, order_id, cause, source, currency, base, amount, seq) VALUES " + strings.Join(rows, ","))
	w.owes(1, n*10, n*10)
	w.commissionPaid(2, 511, producerA, agency, "confirmed", 10*4321+5)
	w.owes(2, -10*4321-5, n*10-10*4321-5)
	_, sum := w.write(Ask{Report: "payment-sheet", Org: producerA})
	if sum.Rows != n {
		t.Errorf("%d rows", sum.Rows)
	}
	w.agree(sum, n*10-10*4321-5)
}

// agree holds the open total of a sheet against the books.
func (w *world) agree(sum Summary, want int64) {
	w.t.Helper()
	if open := sum.Totals[len(sum.Totals)-1].V; open != want || sum.Books != money.Minor(want) {
		w.t.Errorf("%s: open %d, by the books %d, want %d", sum.Report, open, sum.Books, want)
	}
}

// TestAnAgentMayHaveTheSheetsOfItsDebts: by the rights on the only side on which it trades.
func TestAnAgentMayHaveTheSheetsOfItsDebts(t *testing.T) {
	w := newWorld(t)
	w.commissioned()
	gate, err := access.New(policies.Model, policies.Grants)
	if err != nil {
		t.Fatal(err)
	}
	w.s.Gate = gate
	for role, want := range map[string]bool{"owner": true, "finance": true, "warehouse": false, "service": false, "viewer": false} {
		for _, name := range []string{"payment-sheet", "receivables"} {
			_, err := w.s.Write(t.Context(), access.Actor{Org: agency, Kind: "agent", Role: role}, Ask{Report: name}, io.Discard, nil)
			if (err == nil) != want {
				t.Errorf("%s %s: %v", role, name, err)
			}
		}
	}
}
