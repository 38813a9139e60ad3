package report

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/id"
)

const (
	producerA id.ID = 11
	producerB id.ID = 12
	dist      id.ID = 20
	shopA     id.ID = 31
	shopB     id.ID = 32
	carrier   id.ID = 40
)

// world is a database with a little trade in it, written by SQL as the ledger would have filed it.
type world struct {
	t *testing.T
	d *db.DB
	s *Service
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, d: dbtest.New(t)}
	w.s = &Service{DB: w.d}
	for _, o := range []struct {
		no         id.ID
		code, kind string
		name       string
	}{{producerA, "007", "producer", "Kopi Utama"}, {producerB, "035", "producer", "=cmd|' /C calc'!A0"}, {dist, "D1", "distributor", "Distribusi & Co"},
		{shopA, "S1", "retailer", "Toko \"Satu\""}, {shopB, "S2", "retailer", "Toko <Dua>"}, {carrier, "C1", "carrier", "Ekspedisi"}} {
		w.insert("org", map[string]any{"id": o.no, "code": o.code, "kind": o.kind, "name": o.name, "currency": "USD", "zone": "Asia/Jakarta", "active": true})
	}
	w.insert("bank_account", map[string]any{"id": 50, "org": producerA, "bank": "BCA", "number": "0012345678901234567", "holder": "PT Kopi Utama", "currency": "IDR", "main": true})
	w.insert("bank_account", map[string]any{"id": 51, "org": producerA, "bank": "Citi", "number": "0099", "holder": "PT Kopi Utama", "currency": "USD", "main": false})
	w.insert("product", map[string]any{"id": 61, "producer": producerA, "sku": "0100", "name": "Robusta", "kind": "goods", "base_unit": "kg", "decimals": 3, "vat_class": "standard", "active": true})
	w.insert("product", map[string]any{"id": 62, "producer": producerB, "sku": "200", "name": "Arabika", "kind": "goods", "base_unit": "pcs", "vat_class": "standard", "active": true})
	return w
}

// trades says that a pair has traded.
func (w *world) trades(seller, buyer id.ID) {
	w.order(int64(seller)*100+int64(buyer), seller, buyer)
}

// exec runs SQL as the one writer.
func (w *world) exec(q string, args ...any) {
	w.t.Helper()
	if err := w.d.InFreshTx(context.Background(), func(tx *sql.Tx) error { _, err := tx.Exec(q, args...); return err }); err != nil {
		w.t.Fatalf("%s: %v", q, err)
	}
}

// insert fills a row: columns that are not named are 0 or empty.
func (w *world) insert(table string, v map[string]any) {
	w.t.Helper()
	rows, err := w.d.ReadSQL().Query("SELECT * FROM " + table + " WHERE 1 = 0")
	if err != nil {
		w.t.Fatal(err)
	}
	types, err := rows.ColumnTypes()
	rows.Close()
	if err != nil {
		w.t.Fatal(err)
	}
	var cols, marks []string
	var args []any
	for _, c := range types {
		val, ok := v[c.Name()]
		if !ok {
			val = 0
			if n := c.DatabaseTypeName(); strings.Contains(n, "CHAR") || strings.Contains(n, "TEXT") || strings.Contains(n, "BLOB") || strings.Contains(n, "BINARY") {
				val = ""
			}
			if c.Name() == "client_key" || c.Name() == "reverses" || c.Name() == "request_hash" {
				val = nil
			}
		}
		cols, marks, args = append(cols, c.Name()), append(marks, "?"), append(args, val)
	}
	for k := range v {
		if !strings.Contains(" "+strings.Join(cols, " ")+" ", " "+k+" ") {
			w.t.Fatalf("%s has no column %s", table, k)
		}
	}
	w.exec("INSERT INTO "+table+" ("+strings.Join(cols, ", ")+") VALUES ("+strings.Join(marks, ", ")+")", args...)
}

// journal says that journal seq was recorded.
func (w *world) journal(seq int64, kind string, doc int64) {
	at := clock.Instant(1_700_000_000_000_000 + seq)
	w.insert("journal", map[string]any{"seq": seq, "kind": kind, "event_key": fmt.Sprint("e", seq), "doc": doc, "recorded_us": at, "hash": "x", "docs": ""})
	w.exec("UPDATE lane SET seq = ?, recorded_us = ?, hash = ? WHERE lane = 0", seq, at, "x")
}

type line struct {
	product, qty, net int64
}

// invoice files an invoice or credit note of lines with 10 per cent of tax.
func (w *world) invoice(seq, no int64, seller, buyer id.ID, order, credits int64, on, due string, lines ...line) int64 {
	kind := "invoice"
	if lines[0].qty < 0 {
		kind = "credit"
	}
	var net, tax int64
	for n, l := range lines {
		net, tax = net+l.net, tax+l.net/10
		w.insert("invoice_line", map[string]any{"invoice_id": no, "n": n + 1, "order_id": order, "order_line": n + 1, "product": l.product, "qty": l.qty, "net": l.net, "tax": l.net / 10, "seq": seq})
	}
	w.insert("invoice", map[string]any{"id": no, "number": fmt.Sprintf("INV-%03d", no), "kind": kind, "order_id": order, "credits": credits, "seller": seller, "buyer": buyer,
		"currency": "USD", "issued_on": on, "due_on": due, "net": net, "tax": tax, "total": net + tax, "seq": seq})
	w.journal(seq, "order.invoiced", no)
	return net + tax
}

func (w *world) order(no int64, seller, buyer id.ID) {
	w.insert("orders", map[string]any{"id": no, "number": fmt.Sprintf("PO-%03d", no), "seller": seller, "buyer": buyer, "currency": "USD"})
}

func (w *world) payment(seq, no int64, status string, parts map[int64][]any) {
	w.insert("payment", map[string]any{"id": no, "number": fmt.Sprint("P", no), "status": status, "seq": seq})
	n := 0
	for inv, p := range parts {
		n++
		w.insert("payment_part", map[string]any{"payment_id": no, "n": n, "invoice_id": inv, "kind": p[0], "amount": p[1], "seq": seq})
		w.exec("UPDATE payment SET payer = (SELECT buyer FROM invoice WHERE id = ?), payee = (SELECT seller FROM invoice WHERE id = ?) WHERE id = ?", inv, inv, no)
	}
	w.journal(seq, "payment.confirmed", no)
}

// claim is what a debtor owes for goods, as the ledger holds it after seq.
func (w *world) claim(acct, seq int64, creditor, debtor id.ID, amt, bal int64) {
	w.claimOf(purposeTrade, acct, seq, creditor, debtor, amt, bal)
}

func (w *world) claimOf(purpose int, acct, seq int64, creditor, debtor id.ID, amt, bal int64) {
	var n int
	w.d.ReadSQL().QueryRow("SELECT COUNT(*) FROM account WHERE acct = ?", acct).Scan(&n)
	if n == 0 {
		w.insert("account", map[string]any{"acct": acct, "book": 2, "unit": 840, "org": creditor, "counterparty": debtor, "purpose": purpose, "side": 1})
	}
	w.insert("entry", map[string]any{"acct": acct, "seq": seq, "leg": 1, "amt": amt, "bal_after": bal})
}

func (w *world) write(a Ask) ([]byte, Summary) {
	w.t.Helper()
	var b bytes.Buffer
	sum, err := w.s.Print(context.Background(), a, &b, nil)
	if err != nil {
		w.t.Fatalf("%+v: %v", a, err)
	}
	return b.Bytes(), sum
}

// sheet reads a sheet back, raw; "" is the first.
func (w *world) sheet(b []byte, name string) [][]string {
	w.t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	if name == "" {
		name = f.GetSheetList()[0]
	}
	rows, err := f.GetRows(name, excelize.Options{RawCellValue: true})
	if err != nil {
		w.t.Fatalf("%s in %q: %v", name, f.GetSheetList(), err)
	}
	return rows
}

func (w *world) wantRows(got [][]string, want ...string) {
	w.t.Helper()
	var flat []string
	for _, r := range got {
		flat = append(flat, strings.Join(r, "|"))
	}
	if !reflect.DeepEqual(flat, want) {
		w.t.Errorf("got\n  %s\nwant\n  %s", strings.Join(flat, "\n  "), strings.Join(want, "\n  "))
	}
}

// sales is a month of the distributor: two orders to shop A, one to shop B, a return; purchases from both producers.
func (w *world) sales() {
	w.order(101, dist, shopA)
	w.order(102, dist, shopA)
	w.order(103, dist, shopB)
	w.order(104, dist, shopB)
	w.order(105, producerA, dist)
	w.invoice(1, 201, dist, shopA, 101, 0, "2026-03-01", "2026-03-31", line{61, 2500, 1000}, line{62, 3000, 900})
	w.invoice(2, 202, dist, shopA, 102, 0, "2026-03-02", "2026-04-01", line{61, 1000, 400})
	w.invoice(3, 203, dist, shopB, 103, 0, "2026-03-02", "2026-04-01", line{62, 10000, 3001})
	w.invoice(4, 204, dist, shopB, 104, 0, "2026-03-31", "2026-03-31", line{62, -1000, -300})
	w.invoice(5, 205, dist, shopB, 103, 0, "2026-04-01", "2026-05-01", line{62, 1000, 300})
	w.invoice(6, 206, producerA, dist, 105, 0, "2026-03-05", "2026-04-04", line{61, 9000, 2000})
}

func TestSalesReports(t *testing.T) {
	w := newWorld(t)
	w.sales()
	ask := Ask{Org: dist, From: "2026-03-01", To: "2026-03-31"}
	header := "code|name|lines|orders|quantity|amount"
	for report, want := range map[string][]string{
		"sales-by-partner":      {`S1|Toko "Satu"|3|2|6.5|23`, "S2|Toko <Dua>|2|2|9|27.01"},
		"sales-by-product":      {"0100|Robusta|2|2|3.5|14", "200|Arabika|3|3|12|36.01"},
		"sales-by-supplier":     {"007|Kopi Utama|2|2|3.5|14", "035|=cmd|' /C calc'!A0|3|3|12|36.01"},
		"sales-by-day":          {"2026-03-01|Sunday|2|1|5.5|19", "2026-03-02|Monday|2|2|11|34.01", "2026-03-31|Tuesday|1|1|-1|-3"},
		"sales-by-order":        {`PO-101|Toko "Satu"|2|1|5.5|19`, `PO-102|Toko "Satu"|1|1|1|4`, "PO-103|Toko <Dua>|1|1|10|30.01", "PO-104|Toko <Dua>|1|1|-1|-3"},
		"purchases-by-supplier": {"007|Kopi Utama|1|1|9|20"},
	} {
		ask.Report = report
		b, sum := w.write(ask)
		w.wantRows(w.sheet(b, ""), append([]string{header}, want...)...)
		if sum.Rows != int64(len(want)) || sum.Currency != "USD" || sum.Seq != 6 {
			t.Errorf("%s: summary %+v", report, sum)
		}
		again, _ := w.write(ask)
		if !bytes.Equal(b, again) {
			t.Errorf("%s: the second workbook differs", report)
		}
		notes := fmt.Sprint(w.sheet(b, "Notes"))
		for _, s := range []string{"[Cut-off: ledger number 6]", "2026-03-01 to 2026-03-31, both days included", sum.SHA256, "D1 · Distribusi & Co"} {
			if !strings.Contains(notes, s) {
				t.Errorf("%s: the notes lack %q: %s", report, s, notes)
			}
		}
	}
	ask.Report, ask.Lang = "sales-by-partner", "id"
	b, _ := w.write(ask)
	w.wantRows(w.sheet(b, "Penjualan per mitra")[:1], "kode|nama|baris|pesanan|jumlah|nilai")
	ask.Lang, ask.Org = "", shopA // a shop sells nothing here: an empty table, not somebody else's
	b, sum := w.write(ask)
	w.wantRows(w.sheet(b, ""), header)
	if sum.Rows != 0 {
		t.Errorf("rows %d", sum.Rows)
	}
}

func TestTheSameCutOffGivesTheSameBytes(t *testing.T) {
	w := newWorld(t)
	w.sales()
	for i, name := range Names() {
		a := Ask{Report: name, Org: dist, CutOff: 3}
		before, sum := w.write(a)
		if sum.Seq != 3 || sum.Recorded != 1_700_000_000_000_003 {
			t.Fatalf("cut-off %+v", sum)
		}
		w.invoice(int64(100+i), int64(1000+i), dist, shopA, 101, 0, "2026-03-03", "2026-03-31", line{61, 1000, 1000})
		after, _ := w.write(a)
		if !bytes.Equal(before, after) {
			t.Errorf("%s: what came later shows at an earlier cut-off", name)
		}
	}
}

// rename gives a row another name, as the services do.
func (w *world) rename(kind string, no id.ID, to string) {
	w.t.Helper()
	err := w.d.InTx(w.t.Context(), func(ctx context.Context) error {
		head, err := w.d.Head(ctx)
		if err != nil {
			return err
		}
		var was string
		if err := w.d.R(ctx).Raw("SELECT name FROM "+kind+" WHERE id = ?", no).Row().Scan(&was); err != nil {
			return err
		}
		if err := w.d.Keep(ctx, head, kind, no, "name", was, to); err != nil {
			return err
		}
		return w.d.W(ctx).Exec("UPDATE "+kind+" SET name = ? WHERE id = ?", to, no).Error
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestNamesAtCutOffs: a name holds for the cut-offs up to the one at which it was changed, whatever it is called later.
func TestNamesAtCutOffs(t *testing.T) {
	w := newWorld(t)
	w.sales()
	said := map[string][]byte{}
	keep := func() {
		for _, name := range Names() {
			for cut := int64(3); ; cut++ {
				at := fmt.Sprint(name, " at ", cut)
				b, sum := w.write(Ask{Report: name, Org: dist, CutOff: cut})
				if said[at] != nil && !bytes.Equal(said[at], b) {
					t.Errorf("%s: not what it was", at)
				}
				if said[at] = b; sum.Seq == 8 {
					break
				}
			}
		}
	}
	name := func(cut int64, report string) string {
		b, _ := w.write(Ask{Report: report, Org: dist, CutOff: cut})
		return w.sheet(b, "")[1][1]
	}
	w.rename("org", shopA, "Toko Dua Kali")
	w.rename("org", shopA, "Toko Kedua") // at the same head: the one between was there at no cut-off
	w.rename("product", 61, "Robusta pilihan")
	if got := name(6, "sales-by-partner"); got != `Toko "Satu"` {
		t.Errorf("at the cut-off of the change it is %s", got)
	}
	w.journal(7, "audit.vouched", 0)
	if got := name(0, "sales-by-partner") + ", " + name(0, "sales-by-product"); got != "Toko Kedua, Robusta pilihan" {
		t.Errorf("after the change it is %s", got)
	}
	w.journal(8, "audit.vouched", 0)
	keep()
	w.rename("org", shopA, "Toko Ketiga")
	w.rename("org", dist, "Distribusi Baru")
	w.rename("org", producerA, "Kopi Lain")
	w.rename("product", 61, "Robusta tua")
	w.journal(9, "audit.vouched", 0)
	keep()
	for cut, want := range map[int64]string{5: `Toko "Satu"`, 6: `Toko "Satu"`, 7: "Toko Kedua", 8: "Toko Kedua", 9: "Toko Ketiga"} {
		if got := name(cut, "sales-by-partner"); got != want {
			t.Errorf("at %d it is %s, want %s", cut, got, want)
		}
	}
	if err := w.d.InTx(t.Context(), func(ctx context.Context) error { return w.d.Forget(ctx, "org", shopA) }); err != nil {
		t.Fatal(err)
	}
	if got := name(5, "sales-by-partner"); got != "Toko Ketiga" {
		t.Errorf("what is forgotten is still %s", got)
	}
}

func TestAsksThatCannotBeAnswered(t *testing.T) {
	w := newWorld(t)
	w.sales()
	for code, a := range map[string]Ask{
		"report.unknown":       {Report: "secrets", Org: dist},
		"report.dates":         {Report: "stock", Org: dist, From: "2026-03-02", To: "2026-03-01"},
		"report.currency":      {Report: "stock", Org: dist, Currency: "XXX"},
		"not_found":            {Report: "stock", Org: 999},
		"report.cutoff_future": {Report: "stock", Org: dist, CutOff: 7},
	} {
		if _, err := w.s.Print(t.Context(), a, &bytes.Buffer{}, nil); errs.CodeOf(err) != code {
			t.Errorf("%+v: %v, want %s", a, err, code)
		}
	}
	w.exec("UPDATE invoice SET currency = 'IDR' WHERE id = 203")
	_, err := w.s.Print(t.Context(), Ask{Report: "sales-by-day", Org: dist}, &bytes.Buffer{}, nil)
	if errs.CodeOf(err) != "report.several_currencies" {
		t.Errorf("two currencies: %v", err)
	}
	b, sum := w.write(Ask{Report: "sales-by-partner", Org: dist, Currency: "IDR"})
	if sum.Rows != 1 || w.sheet(b, "")[1][5] != "30.01" {
		t.Errorf("rupiah alone: %+v", sum)
	}
}
