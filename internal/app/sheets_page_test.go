package app_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/excel"
)

// sheet sends a spreadsheet and waits for its check.
func (u *user) sheet(kind, content string) (path string, found map[string]any) {
	u.p.t.Helper()
	a := u.sendSheet(kind, kind+".csv", content, "Idempotency-Key", fmt.Sprint("sheet-", keys.Add(1)))
	require.Equal(u.p.t, 202, a.status, a.text)
	path = "/sheets/" + str(a.body, "id")
	return path, u.waitJob(path)
}

// brought applies a spreadsheet.
func (u *user) brought(path string, good bool) map[string]any {
	u.p.t.Helper()
	a := u.do("POST", path+"/apply", map[string]any{"accept_good": good}, "Idempotency-Key", fmt.Sprint("apply-", keys.Add(1)))
	require.Equal(u.p.t, 202, a.status, a.text)
	return u.waitJob("/sheets/" + str(a.body, "id"))
}

func count(v map[string]any) string {
	return fmt.Sprint(v["rows"], " new ", v["new"], " changed ", v["changed"], " same ", v["same"], " bad ", v["bad"], " applied ", v["applied"])
}

func TestASpreadsheetByTheAPI(t *testing.T) {
	m := newMarket(t, "delivery")
	s := m.seller
	require.Equal(t, 422, s.sendSheet("kapal", "x.csv", "a\n1\n").status, "no such kind")
	require.Equal(t, 401, stranger(m.portal).do("GET", "/sheet-kinds", nil).status)
	require.Len(t, items(s.get("/sheet-kinds")), 7)
	once := s.sendSheet("products", "p.csv", "kode,nama\nA1,Satu\n", "Idempotency-Key", "one")
	require.Equal(t, str(once.body, "id"), str(s.sendSheet("products", "p.csv", "kode,nama\nA1,Satu\n", "Idempotency-Key", "one").body, "id"), "sent twice, checked once")
	require.Equal(t, 422, s.sendSheet("products", "p.csv", "kode,nama\nA2,Dua\n", "Idempotency-Key", "one").status)
	s.waitJob("/sheets/" + str(once.body, "id"))

	torn, _ := s.sheet("products", "kode,nama\nT1,Satu\nT2,Papan 12\"\n")
	refused := s.do("POST", torn+"/apply", map[string]any{"accept_good": true})
	require.Equal(t, 422, refused.status, "nobody knows which rows there are: %s", refused.text)
	require.Contains(t, refused.text, `"import.torn"`)

	path, v := s.sheet("products", "Nr;Bezeichnung\n00123;Kopi\n00124;\n")
	require.Equal(t, []any{"sku", "name"}, v["needs"])
	require.Equal(t, 409, s.do("POST", path+"/apply", map[string]any{}).status, "not understood yet")
	require.Equal(t, 422, s.do("POST", path+"/match", map[string]any{"match": map[string]any{"sku": map[string]any{"column": 7}}}).status)
	match := map[string]any{"match": map[string]any{"sku": map[string]any{"column": 0}, "name": map[string]any{"column": 1}}}
	require.Equal(t, 404, m.buyer.do("POST", path+"/match", match).status, "another organisation's")
	require.Equal(t, 404, m.buyer.do("GET", path, nil).status)
	next := s.do("POST", path+"/match", match)
	require.Equal(t, 202, next.status, next.text)
	path = "/sheets/" + str(next.body, "id")
	v = s.waitJob(path)
	require.Equal(t, "2 new 1 changed 0 same 0 bad 1 applied 0", count(v))
	require.Equal(t, "import.missing", v["problems"].([]any)[0].(map[string]any)["code"])
	book := s.do("GET", path+"/workbook", nil)
	require.Equal(t, 200, book.status)
	b, err := excel.OpenReader(strings.NewReader(book.text), excel.Usual)
	require.NoError(t, err)
	require.NoError(t, b.Close())
	require.Equal(t, 422, s.do("POST", path+"/apply", map[string]any{}).status, "one is bad: the good ones or none")

	// at once: one does it
	var wg sync.WaitGroup
	answers := make([]answer, 4)
	for i := range answers {
		wg.Go(func() {
			answers[i] = s.do("POST", path+"/apply", map[string]any{"accept_good": true}, "Idempotency-Key", fmt.Sprint("at-once-", i))
		})
	}
	wg.Wait()
	var run string
	for _, a := range answers {
		if a.status == 202 {
			require.Empty(t, run, "applied twice")
			run = str(a.body, "id")
			continue
		}
		require.Equal(t, 409, a.status, a.text)
	}
	require.Equal(t, "2 new 1 changed 0 same 0 bad 1 applied 1", count(s.waitJob("/sheets/"+run)))
	_, v = s.sheet("products", "Nr;Bezeichnung\n00123;Kopi\n")
	require.Equal(t, "1 new 0 changed 0 same 1 bad 0 applied 0", count(v), "columns are remembered, and nothing comes twice")
	require.Equal(t, 403, m.sign("warehouse").sendSheet("products", "x.csv", "a\n").status)
}

// sign signs somebody in who joins the seller in a role.
func (m *market) sign(role string) *user {
	m.seller.joins(role+"@kopi.example", "Orang", role)
	return m.signIn(role + "@kopi.example")
}

func TestPartnersStockOrdersAndPaymentsComeInFromSpreadsheets(t *testing.T) {
	m := newMarket(t, "delivery")
	s := m.seller
	path, v := s.sheet("partners", "Jenis;Kode;Nama;Kota;HP;Saluran\nToko;00077;Toko Jaya;Solo;0812 3456;Toko langsung\nkapal;9;X;;;\nToko;T01;Toko Satu;;;\n")
	require.Equal(t, "3 new 1 changed 0 same 1 bad 1 applied 0", count(v), "%v", v["problems"])
	require.Equal(t, "3 new 1 changed 0 same 1 bad 1 applied 1", count(s.brought(path, true)))
	require.Len(t, items(s.get("/links?q=00077")), 1, "placed and linked, with its zeros")

	path, v = s.sheet("stock", "kode;jumlah;satuan;kedaluwarsa;batch\nROB-250;2;carton;31/12/2030;B-1\nROB-250;5;;;\nNIX;1;;;\n")
	require.Equal(t, "3 new 1 changed 0 same 0 bad 2 applied 0", count(v), "%v", v["problems"])
	require.Equal(t, "1", fmt.Sprint(s.brought(path, true)["applied"]))
	require.Contains(t, fmt.Sprint(items(s.get("/stock?by=owner"))), "qty:48", "two cartons of 24")
	_, v = s.sheet("stock", "kode;jumlah;satuan;kedaluwarsa;batch\nROB-250;2;carton;31/12/2030;B-1\n")
	require.Equal(t, "1", fmt.Sprint(v["same"]))

	wanted := time.Now().AddDate(0, 0, 20).Format(time.DateOnly)
	orders := "no po;arah;pelanggan;kode barang;qty;satuan;tgl kirim\nPO-7;jual;T01;ROB-250;2;carton;" + wanted + "\nPO-7;jual;T01;ROB-250;6;;\nPO-8;jual;T01;NIX;1;;\nPO-8;jual;T01;ROB-250;1;;\n"
	path, v = s.sheet("orders", orders)
	require.Equal(t, "4 new 2 changed 0 same 0 bad 2 applied 0", count(v), "%v", v["problems"])
	require.Equal(t, "2", fmt.Sprint(s.brought(path, true)["applied"]))
	placed := items(s.get("/orders?side=selling"))
	require.Len(t, placed, 1)
	require.Equal(t, "PO-7", placed[0]["reference"])
	path, v = s.sheet("orders", orders)
	require.Equal(t, "4 new 0 changed 0 same 2 bad 2 applied 0", count(v), "placed already, whatever the file")

	pay := "arah,mitra,nominal,tanggal,metode,referensi\nmasuk,T01,1.500.000,2026-01-25,transfer,TRX 0001\nmasuk,T99,10,2026-01-25,transfer,TRX 0002\nmasuk,T01,0,2026-01-25,giro,\n"
	path, v = s.sheet("payments", pay)
	require.Equal(t, "3 new 1 changed 0 same 0 bad 2 applied 0", count(v), "%v", v["problems"])
	require.Equal(t, "1", fmt.Sprint(s.brought(path, true)["applied"]))
	paid := items(s.get("/payments"))
	require.Len(t, paid, 1)
	require.Equal(t, "1500000 TRX 0001", fmt.Sprint(paid[0]["amount"], " ", paid[0]["reference"]))
	_, v = s.sheet("payments", pay)
	require.Equal(t, "1", fmt.Sprint(v["same"]))
	require.Equal(t, 403, m.sign("warehouse").do("GET", path, nil).status)
}

func TestASpreadsheetByThePages(t *testing.T) {
	m := newMarket(t, "delivery")
	v := m.visit("owner@kopi.example")
	require.Equal(t, 200, v.get("/imports"))
	require.Contains(t, v.page, "/sheets/new?kind=products")
	require.Equal(t, 200, v.get("/sheets/new?kind=prices"))
	require.Equal(t, 404, v.get("/sheets/new?kind=kapal"))
	require.Equal(t, http.StatusOK, v.get("/sheets/template?kind=partners"))
	b, err := excel.OpenReader(bytes.NewReader([]byte(v.page)), excel.Usual)
	require.NoError(t, err)
	require.NoError(t, b.Close())
	path, _ := m.seller.sheet("prices", "sku;harga;mulai\nROB-250;1.500;03/04/2027\n")
	require.Equal(t, 200, v.get(path))
	require.Contains(t, v.page, `name="c_list"`, "the list is asked for")
	require.Contains(t, v.page, `name="order"`, "and so is the order of day and month")
	require.Contains(t, v.page, `name="decimal"`)
}
