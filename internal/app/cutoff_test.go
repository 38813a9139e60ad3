package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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

// TestTheSameCutOffGivesTheSameBytes: for every report, by the command's way and by the API, whatever was traded and sealed since.
func TestTheSameCutOffGivesTheSameBytes(t *testing.T) {
	m := newMarket(t, "payment")
	m.through(t, "2")
	_, bounces := m.through(t, "1")
	credited, _ := m.through(t, "1")
	m.place(t, "1", "carton")
	var head int64
	require.NoError(t, m.DB.ReadSQL().QueryRow("SELECT seq FROM lane").Scan(&head))

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
	for who, u := range map[string]*user{"seller": m.seller, "buyer": m.buyer} {
		for _, name := range report.Names() {
			require.True(t, bytes.Equal(before[who+name], write(u, name, head)), "%s of the %s", name, who)
			again := u.file(map[string]any{"report": name, "lang": "id", "cut_off": strconv.FormatInt(head, 10)})
			require.True(t, asked[who+name] == again, "%s of the %s by the API", name, who)
		}
	}
	require.NotEqual(t, before["sellerstock"], write(m.seller, "stock", 0), "and another cut-off is another workbook")
}

// TestCutOffsArePast: a number, a day and a moment find the ledger as it was then; what lies ahead is refused by API and page.
func TestCutOffsArePast(t *testing.T) {
	m := newMarket(t, "delivery")
	m.place(t, "1", "carton")
	var head int64
	require.NoError(t, m.DB.ReadSQL().QueryRow("SELECT seq FROM lane").Scan(&head))
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
