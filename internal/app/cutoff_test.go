package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"saluran/internal/id"
	"saluran/internal/report"
)

func idIn(t testing.TB, text string) id.ID {
	n, err := id.Parse(text)
	require.NoError(t, err)
	return n
}

// through carries an order to its payment.
func (m *market) through(t testing.TB, qty string) (invoice, payment string) {
	o := "/orders/" + str(m.place(t, qty, "carton"), "id")
	m.seller.post(o+"/confirm", nil, 200)
	ship := m.seller.post(o+"/dispatch", nil, 201)
	m.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)
	v := m.seller.post(o+"/invoice", nil, 201)
	pay := m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": str(v, "total"), "method": "transfer"}, 201)
	m.seller.post("/payments/"+str(pay, "id")+"/confirm", nil, 200)
	return str(v, "id"), str(pay, "id")
}

// file fetches the workbook that an ask makes.
func (u *user) file(ask map[string]any) string {
	j := u.post("/exports", ask, 202)
	done := u.waitJob("/exports/" + str(j, "id"))
	require.Equal(u.p.t, "done", done["status"], "%v: %v", ask, done)
	req, err := http.NewRequest("GET", u.p.url+str(done, "file"), nil)
	require.NoError(u.p.t, err)
	req.Header.Set("Authorization", "Bearer "+u.token)
	res, err := http.DefaultClient.Do(req)
	require.NoError(u.p.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(u.p.t, err)
	require.Equal(u.p.t, 200, res.StatusCode, string(b))
	return string(b)
}

// TestTheSameCutOffGivesTheSameBytes: for every report, by the command's way and by the API, whatever was traded, sealed,
// renamed and entered since.
func TestTheSameCutOffGivesTheSameBytes(t *testing.T) {
	m := newMarket(t, "payment")
	m.through(t, "2")
	_, bounces := m.through(t, "1")
	credited, _ := m.through(t, "1")
	m.place(t, "1", "carton")
	bank := m.seller.post("/bank-accounts", map[string]any{"bank": "BCA", "number": "001", "holder": "PT Kopi", "currency": "IDR"}, 201)
	require.NoError(t, m.Seals.Vouch(t.Context()))
	head := m.head(t)

	write := func(u *user, name string, cut int64) []byte {
		var b bytes.Buffer
		_, err := m.Report.Print(context.Background(), report.Ask{Report: name, Org: idIn(t, u.org), To: "2099-12-31", CutOff: cut}, &b, nil)
		require.NoError(t, err)
		return b.Bytes()
	}
	before, asked := map[string][]byte{}, map[string]string{}
	for who, u := range map[string]*user{"seller": m.seller, "buyer": m.buyer} {
		for _, name := range report.Names() {
			before[who+name] = write(u, name, head)
			asked[who+name] = u.file(map[string]any{"report": name, "lang": "id", "cut_off": strconv.FormatInt(head, 10)})
		}
	}
	m.seller.post("/seals", nil, 201)
	m.through(t, "3")
	m.seller.post("/payments/"+bounces+"/bounce", map[string]any{"reason": "no cover"}, 200)
	m.seller.post("/invoices/"+credited+"/credit-notes", map[string]any{"reason": "price", "lines": []any{map[string]any{"line": 1, "qty": "1"}}}, 201)
	m.seller.post("/seals", nil, 201)
	m.renamed(t, str(bank, "id"))
	for who, u := range map[string]*user{"seller": m.seller, "buyer": m.buyer} {
		for _, name := range report.Names() {
			require.True(t, bytes.Equal(before[who+name], write(u, name, head)), "%s of the %s", name, who)
			again := u.file(map[string]any{"report": name, "lang": "id", "cut_off": strconv.FormatInt(head, 10)})
			require.True(t, asked[who+name] == again, "%s of the %s by the API", name, who)
		}
	}
	require.NotEqual(t, before["sellerstock"], write(m.seller, "stock", 0), "and another cut-off is another workbook")
	sheet := m.buyer.file(map[string]any{"report": "payment-sheet", "lang": "id"})
	for _, now := range []string{"PT Kopi Lembah", "Toko Baru", "Mandiri", "002"} {
		require.True(t, holds(t, sheet, now), "now the sheet says %s", now)
	}
	for _, was := range []string{"PT Kopi Gunung", "BCA", "Toko Satu"} {
		require.False(t, holds(t, sheet, was), "now the sheet does not say %s", was)
		require.True(t, holds(t, asked["buyerpayment-sheet"], was), "it did say %s", was)
	}
	stock := m.seller.file(map[string]any{"report": "stock", "lang": "id"})
	for _, now := range []string{"Robusta baru", "Gudang baru"} {
		require.True(t, holds(t, stock, now), "now the stock says %s", now)
		require.False(t, holds(t, asked["sellerstock"], now), "then it did not say %s", now)
	}
}

func (m *market) head(t testing.TB) (n int64) {
	t.Helper()
	require.NoError(t, m.DB.ReadSQL().QueryRow("SELECT seq FROM lane").Scan(&n))
	return n
}

// change reads what is to be changed, and changes it.
func (u *user) change(path string, body map[string]any) {
	u.p.t.Helper()
	a := u.do("PUT", path, body, "If-Match", u.do("GET", path, nil).header.Get("ETag"))
	require.Equal(u.p.t, 200, a.status, "PUT %s: %s", path, a.text)
}

// renamed changes all master data that workbooks show: the names of both sides, of the product and the places, a zone, and where
// the seller is paid, whose account is ended.
func (m *market) renamed(t testing.TB, bank string) {
	t.Helper()
	m.seller.change("/orgs/"+m.seller.org, map[string]any{"name": "PT Kopi Lembah", "zone": "Asia/Jayapura", "vat_registered": true, "active": true})
	m.buyer.change("/orgs/"+m.buyer.org, map[string]any{"name": "Toko Baru", "zone": "Asia/Makassar", "vat_registered": false, "active": true})
	m.seller.change("/products/"+m.product, map[string]any{"name": "Robusta baru", "vat_class": "standard", "active": true, "expires": true,
		"units": []any{map[string]any{"name": "carton", "base": "24"}}})
	for i, u := range []*user{m.seller, m.buyer} {
		for j, p := range items(u.get("/places")) {
			a := u.do("PUT", "/places/"+str(p, "id"), map[string]any{"name": fmt.Sprint("Gudang baru ", i, j), "main": j == 0, "active": true},
				"If-Match", fmt.Sprintf("%q", fmt.Sprint(p["version"])))
			require.Equal(t, 200, a.status, a.text)
		}
	}
	m.seller.post("/bank-accounts", map[string]any{"bank": "Mandiri", "number": "002", "holder": "PT Lembah", "currency": "IDR", "main": true}, 201)
	a := m.seller.do("PUT", "/bank-accounts/"+bank, map[string]any{"ended": true}, "If-Match", `"2"`)
	require.Equal(t, 200, a.status, a.text)
}

// holds tells whether a cell of a workbook has words in it.
func holds(t testing.TB, workbook, words string) bool {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(workbook))
	require.NoError(t, err)
	defer f.Close()
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		require.NoError(t, err)
		if strings.Contains(fmt.Sprint(rows), words) {
			return true
		}
	}
	return false
}

// TestNamesBelongToCutOffsWhileTheyChange: names change and goods move at once; whatever a workbook said at the head of its moment, it
// says at that cut-off for ever.
func TestNamesBelongToCutOffsWhileTheyChange(t *testing.T) {
	m := newMarket(t, "delivery")
	m.through(t, "1")
	org := idIn(t, m.seller.org)
	write := func(cut int64) (string, int64) {
		var b bytes.Buffer
		sum, err := m.Report.Print(t.Context(), report.Ask{Report: "sales-by-partner", Org: org, CutOff: cut}, &b, nil)
		require.NoError(t, err)
		return b.String(), sum.Seq
	}
	done := make(chan struct{})
	var work sync.WaitGroup
	for _, again := range []func(n int){
		func(n int) {
			m.buyer.change("/orgs/"+m.buyer.org, map[string]any{"name": fmt.Sprint("Toko ", n), "zone": "Asia/Jakarta", "vat_registered": false, "active": true})
		},
		func(n int) { m.place(t, "1", "") },
	} {
		work.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
					again(n)
				}
			}
		})
	}
	said, names := map[int64]string{}, map[string]bool{}
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		b, seq := write(0)
		if was, ok := said[seq]; ok {
			require.True(t, was == b, "at %d", seq)
		}
		said[seq] = b
	}
	close(done)
	work.Wait()
	for seq, was := range said {
		again, _ := write(seq)
		require.True(t, was == again, "at %d, afterwards", seq)
		f, err := excelize.OpenReader(strings.NewReader(again))
		require.NoError(t, err)
		name, err := f.GetCellValue(f.GetSheetName(0), "B2")
		require.NoError(t, errors.Join(err, f.Close()))
		names[name] = true
	}
	require.Greater(t, len(said), 1)
	require.Greater(t, len(names), 2, "several names were seen")
}

// TestCutOffsArePast: a number, a day and a moment find the ledger as it was then; what lies ahead is refused by API and page.
func TestCutOffsArePast(t *testing.T) {
	m := newMarket(t, "delivery")
	m.place(t, "1", "carton")
	head := m.head(t)
	org := idIn(t, m.seller.org)
	for words, want := range map[string]int64{"": 0, " 2 ": 2, fmt.Sprint(head): head} {
		got, err := m.Report.CutOff(t.Context(), org, words)
		require.NoError(t, err, words)
		require.Equal(t, want, got, words)
	}
	now := m.Config.Clock.Now().Time()
	zone := time.FixedZone("WIB", 7*3600)
	for _, words := range []string{"0", "-1", fmt.Sprint(head + 1000), "99999999999999999999", "tomorrow", "2026-02-30", now.In(zone).Format("2006-01-02"), "1980-01-01",
		now.In(zone).Format("2006-01-02 15:04:05"), now.Add(time.Hour).Format(time.RFC3339)} {
		a := m.seller.do("POST", "/exports", map[string]any{"report": "stock", "cut_off": words})
		require.Equal(t, 422, a.status, "%s: %s", words, a.text)
	}
	require.NoError(t, m.DB.InFreshTx(t.Context(), func(tx *sql.Tx) error { // in January 1970
		_, err := tx.Exec("UPDATE journal SET recorded_us = seq * 1000000 WHERE seq < ?", head)
		return err
	}))
	at := func(words string) int64 {
		n, err := m.Report.CutOff(t.Context(), org, words)
		require.NoError(t, err, words)
		return n
	}
	require.Equal(t, int64(2), at("1970-01-01T00:00:02Z"), "what was recorded then is in it")
	require.Equal(t, int64(2), at("1970-01-01 07:00:02"), "a moment without a zone is the organisation's")
	require.Equal(t, head-1, at("1970-01-01"), "a day is cut at its end")

	// A statement by the page, as it was known on a day.
	seller := m.clickAs("owner@kopi.example")
	statement := func(known string) page {
		return seller.get("/statement/pdf?seller=" + m.seller.org + "&buyer=" + m.shop + "&currency=IDR&from=1970-01-01&to=2099-01-01&known=" + known)
	}
	require.Equal(t, 200, statement("1970-01-01").status)
	for _, known := range []string{"2099-01-01", "soon"} {
		require.Equal(t, 422, statement(known).status, known)
	}
}
