package report

import (
	"io"
	"strings"
	"testing"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/policies"
)

// debts is what the distributor owes: paid in part, credited while open, credited after payment, a payment that bounced, a
// discount, a credit note without invoice, and money that is only reported.
func (w *world) debts() {
	w.order(301, producerA, dist)
	w.order(302, producerB, dist)
	a := w.invoice(1, 401, producerA, dist, 301, 0, "2026-03-01", "2026-03-31", line{61, 1000, 10000})
	w.claim(901, 1, producerA, dist, a, a)
	b := w.invoice(2, 402, producerA, dist, 301, 0, "2026-03-02", "2026-03-20", line{61, 1000, 20000})
	w.claim(901, 2, producerA, dist, b, a+b)
	w.payment(3, 501, "confirmed", map[int64][]any{401: {"invoice", 4000}, 402: {"invoice", 22000}})
	w.claim(901, 3, producerA, dist, -26000, 7000)
	w.invoice(4, 403, producerA, dist, 301, 401, "2026-03-05", "2026-03-05", line{61, -200, -1000}) // -1100: all of it set against 401
	w.claim(901, 4, producerA, dist, -1100, 5900)
	w.invoice(5, 404, producerA, dist, 301, 402, "2026-03-06", "2026-03-06", line{61, -100, -2000}) // 402 is paid: a deposit
	w.insert("payment", map[string]any{"id": 502, "number": "P502", "status": "reported", "seq": 6})
	w.insert("payment_part", map[string]any{"payment_id": 502, "n": 1, "invoice_id": 401, "kind": "asked", "amount": 500, "seq": 6})
	w.journal(6, "payment.reported", 502)
	c := w.invoice(7, 405, producerB, dist, 302, 0, "2026-03-07", "2026-04-06", line{62, 1000, 5000})
	w.claim(902, 7, producerB, dist, c, c)
	w.payment(8, 503, "confirmed", map[int64][]any{405: {"invoice", 5400}})
	w.insert("payment_part", map[string]any{"payment_id": 503, "n": 9, "invoice_id": 405, "kind": "discount", "amount": 100, "seq": 8})
	w.claim(902, 8, producerB, dist, -5500, 0)
	w.exec("UPDATE payment SET status = 'bounced' WHERE id = 503")
	w.journal(9, "payment.bounced", 503)
	w.claim(902, 9, producerB, dist, 5500, 5500)
	w.invoice(10, 406, producerB, dist, 302, 0, "2026-03-09", "2026-03-09", line{62, -100, -1000})
	w.claim(902, 10, producerB, dist, -1100, 4400)
}

const paymentHeader = "date|due|invoice|partner code|partner|bank|account no|account holder|amount due|paid|balance|running total|for"

func TestPaymentSheet(t *testing.T) {
	w := newWorld(t)
	w.debts()
	b, sum := w.write(Ask{Report: "payment-sheet", Org: dist, From: "2026-03-01", To: "2026-03-31"})
	nasty := "=cmd|' /C calc'!A0"
	w.wantRows(w.sheet(b, "Payment sheet"), paymentHeader,
		"46083|46101|INV-402|007|Kopi Utama|Citi|0099|PT Kopi Utama|220|220|0|0|goods and services",
		"46082|46112|INV-401|007|Kopi Utama|Citi|0099|PT Kopi Utama|99|40|59|59|goods and services",
		"46090|46090|INV-406|035|"+nasty+"||||-11|0|-11|48|goods and services",
		"46088|46118|INV-405|035|"+nasty+"||||55|0|55|103|goods and services",
		"Total||||||||363|260|103")
	w.wantRows(w.sheet(b, "By account"), "partner code|partner|bank|account no|account holder|invoices|amount due|paid|balance",
		"007|Kopi Utama|Citi|0099|PT Kopi Utama|2|319|260|59", "035|"+nasty+"||||2|44|0|44", "Total|||||4|363|260|103")
	if sum.Rows != 4 || sum.Totals[2].V != 10300 {
		t.Errorf("summary %+v", sum)
	}
	var notes []string
	for _, r := range w.sheet(b, "Notes") {
		notes = append(notes, strings.Join(r, "|"))
	}
	all := strings.Join(notes, "\n")
	for _, s := range []string{"Owed by the books (trade, commission and claims)|103", "Difference to the books|0|", "Total: balance|103", sum.SHA256} {
		if !strings.Contains(all, s) {
			t.Errorf("the notes lack %q:\n%s", s, all)
		}
	}
	// Before the bounce and the credit notes it was another picture, and still is at that cut-off.
	b, _ = w.write(Ask{Report: "payment-sheet", Org: dist, CutOff: 8})
	rows := w.sheet(b, "")
	if got := strings.Join(rows[len(rows)-1], "|"); got != "Total||||||||373|314|59" {
		t.Errorf("at journal 8: %s", got)
	}
}

func TestReceivablesAge(t *testing.T) {
	w := newWorld(t)
	w.debts()
	b, sum := w.write(Ask{Report: "receivables", Org: producerA, To: "2026-05-15"})
	w.wantRows(w.sheet(b, ""), "code|name|invoices|not due|1–30 days|31–60 days|61–90 days|over 90 days|total",
		"D1|Distribusi & Co|1|0|0|59|0|0|59", "Total||1|0|0|59|0|0|59")
	w.wantRows(w.sheet(b, "Open invoices"), "partner code|partner|invoice|date|due|days overdue|amount due|paid|balance|for",
		"D1|Distribusi & Co|INV-401|46082|46112|45|99|40|59|goods and services", "Total||||||99|40|59")
	if sum.Rows != 1 {
		t.Errorf("summary %+v", sum)
	}
	for days, want := range map[int]int{-3: 0, 0: 0, 1: 1, 30: 1, 31: 2, 60: 2, 90: 3, 91: 4} {
		if got := bucket(days); got != want {
			t.Errorf("%d days: bucket %d", days, got)
		}
	}
}

// goods puts a quantity in a position.
func (w *world) goods(acct, seq, lot, product int64, owner, place, bearer, seller, amt, bal int64) {
	w.insert("account", map[string]any{"acct": acct, "book": 1, "unit": lot, "product": product, "owner": owner, "place": place, "bearer": bearer, "seller": seller})
	w.insert("entry", map[string]any{"acct": acct, "seq": seq, "leg": 1, "amt": amt, "bal_after": bal})
}

func TestStockByOwnerHolderBearer(t *testing.T) {
	w := newWorld(t)
	w.insert("place", map[string]any{"id": 71, "org": dist, "kind": "warehouse", "name": "Gudang", "active": true})
	w.insert("place", map[string]any{"id": 72, "org": shopA, "kind": "warehouse", "name": "Toko", "active": true})
	w.insert("lot", map[string]any{"id": 81, "product": 61, "maker": producerA, "code": "L-1", "expires_on": "2026-12-31"})
	w.insert("shipment", map[string]any{"id": 91, "number": "SJ-1", "kind": "sale", "seller": dist, "buyer": shopA, "carrier": carrier})
	w.journal(1, "opening", 0)
	w.goods(1, 1, 81, 61, int64(dist), 71, int64(dist), int64(dist), 10000, 10000)
	w.goods(2, 1, 81, 61, int64(dist), 71, int64(dist), 0, 500, 500) // the same position, not sellable
	w.goods(3, 1, 81, 61, int64(dist), 91, int64(shopA), 0, 2000, 2000)
	w.goods(4, 1, 81, 61, int64(producerA), 71, int64(dist), int64(dist), 7000, 7000)
	w.goods(5, 1, 81, 61, 0, -1, 0, 0, -19500, -19500)
	w.journal(2, "order.dispatched", 0)
	w.insert("entry", map[string]any{"acct": 1, "seq": 2, "leg": 1, "amt": -4000, "bal_after": 6000})
	head := "product code|product|lot|expires|owner code|owner|place|holder code|holder|bearer code|bearer of risk|quantity|unit"
	own := "0100|Robusta|L-1|46387|D1|Distribusi & Co|Gudang|D1|Distribusi & Co|D1|Distribusi & Co|6.5|kg"
	transit := "0100|Robusta|L-1|46387|D1|Distribusi & Co|in transit SJ-1|C1|Ekspedisi|S1|Toko \"Satu\"|2|kg"
	w.trades(producerA, dist)
	w.trades(dist, shopA)
	kept := "0100|Robusta|L-1|46387|007|Kopi Utama|Gudang|D1|Distribusi & Co|D1|Distribusi & Co|7|kg"
	b, sum := w.write(Ask{Report: "stock", Org: dist})
	w.wantRows(w.sheet(b, "By owner"), head, own, transit)
	w.wantRows(w.sheet(b, "By holder"), head, kept, own)
	w.wantRows(w.sheet(b, "By bearer"), head, kept, own)
	if sum.Rows != 2 {
		t.Errorf("summary %+v", sum)
	}
	b, _ = w.write(Ask{Report: "stock", Org: shopA})
	w.wantRows(w.sheet(b, "By bearer"), head, transit)
	b, _ = w.write(Ask{Report: "stock", Org: carrier})
	w.wantRows(w.sheet(b, "By holder"), head, transit)
	b, _ = w.write(Ask{Report: "stock", Org: dist, CutOff: 1})
	if got := w.sheet(b, "By owner")[1][11]; got != "10.5" {
		t.Errorf("at journal 1 there were %s", got)
	}
}

// TestStockOfStrangersHasNoName: goods of an organisation two tiers up stand at the shop; the shop sees them, and not whose they are.
func TestStockOfStrangersHasNoName(t *testing.T) {
	w := newWorld(t)
	w.trades(producerA, dist)
	w.trades(dist, shopA)
	w.insert("place", map[string]any{"id": 72, "org": shopA, "kind": "warehouse", "name": "Toko", "active": true})
	w.insert("lot", map[string]any{"id": 81, "product": 61, "maker": producerA, "code": "L-1", "expires_on": "2026-12-31"})
	w.journal(1, "opening", 0)
	w.goods(1, 1, 81, 61, int64(producerA), 72, int64(dist), 0, 3000, 3000)
	b, _ := w.write(Ask{Report: "stock", Org: shopA})
	w.wantRows(w.sheet(b, "By holder")[1:], `0100|Robusta|L-1|46387|||Toko|S1|Toko "Satu"|D1|Distribusi & Co|3|kg`)
	b, _ = w.write(Ask{Report: "stock", Org: producerA})
	w.wantRows(w.sheet(b, "By owner")[1:], `0100|Robusta|L-1|46387|007|Kopi Utama||||D1|Distribusi & Co|3|kg`)
}

// TestEveryReportAsksForTheRightsOfWhatItShows goes through all roles; whoever may not have one is refused by the report itself.
func TestEveryReportAsksForTheRightsOfWhatItShows(t *testing.T) {
	w := newWorld(t)
	w.sales()
	gate, err := access.New(policies.Model, policies.Grants)
	if err != nil {
		t.Fatal(err)
	}
	w.s.Gate = gate
	sales := "sales-by-day sales-by-order sales-by-partner sales-by-product sales-by-supplier"
	for role, want := range map[string]string{
		"owner":      "audit payment-sheet purchases-by-supplier receivables " + sales + " stock",
		"finance":    "audit payment-sheet purchases-by-supplier receivables " + sales + " stock",
		"sales":      "receivables " + sales + " stock",
		"purchasing": "payment-sheet purchases-by-supplier stock",
		"warehouse":  "stock",
		"service":    "", "marketing": "", "viewer": "", "operator": "",
	} {
		who := access.Actor{Org: dist, Kind: "distributor", Role: role}
		var may []string
		for _, name := range Names() {
			// the organisation is the actor's own, whatever the ask says
			_, err := w.s.Write(t.Context(), who, Ask{Report: name, Org: shopA}, io.Discard, nil)
			switch {
			case err == nil:
				may = append(may, name)
			case errs.CodeOf(err) != "access.denied":
				t.Errorf("%s %s: %v", role, name, err)
			}
		}
		if got := strings.Join(may, " "); got != want {
			t.Errorf("%s may have\n %s\nwant\n %s", role, got, want)
		}
	}
}
