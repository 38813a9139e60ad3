package app_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/db/dbtest"
)

// run does an act with many rows by the API, and answers what became of each: "done", or the code of why not.
func (u *user) run(list, do, reason, key string, ids ...string) (out []string) {
	u.p.t.Helper()
	body := map[string]any{"list": list, "do": do, "ids": ids}
	if reason != "" {
		body["reason"] = reason
	}
	header := []string{}
	if key != "" {
		header = append(header, "Idempotency-Key", key)
	}
	for i, row := range items(u.post("/bulk", body, 200, header...)) {
		require.Equal(u.p.t, ids[i], str(row, "id"))
		said := "done"
		if row["done"] != true {
			require.NotEmpty(u.p.t, str(row, "detail"), "why a row was not done is said in words")
			said = str(row, "code")
		}
		out = append(out, said)
	}
	return out
}

// TestBulkActsAnswerForEachRow: each act on many rows goes to its end with those that can, says of the others why not, and does nothing
// twice, be it sent again or by two at once; who may not do it at all is told so before anything is read.
func TestBulkActsAnswerForEachRow(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	const nothing = "999999999"
	place := func() string { return str(m.place(t, "1", ""), "id") }
	status := func(order string) string { return str(m.seller.get("/orders/"+order), "status") }
	a, b, bad := place(), place(), place()

	for _, body := range []map[string]any{{"list": "orders", "do": "confirm", "ids": []string{}}, {"list": "orders", "do": "archive", "ids": []string{a}}, {"list": "orders", "do": "reject", "ids": []string{a}}} {
		got := m.seller.do("POST", "/bulk", body)
		require.Contains(t, []int{404, 422}, got.status, got.text)
	}
	require.Equal(t, "placed", status(a))
	m.seller.joins("lihat@kopi.example", "Lia", "viewer")
	viewer := m.signIn("lihat@kopi.example")
	require.Equal(t, 403, viewer.do("POST", "/bulk", `{"`).status, "the right is asked for before the body is read")
	require.Equal(t, 403, viewer.do("POST", "/bulk", map[string]any{"list": "orders", "do": "confirm", "ids": []string{a}}).status)

	require.Equal(t, []string{"done", "done"}, m.seller.run("orders", "reject", "Habis", "tolak-1", bad, place()))
	again := m.seller.run("orders", "reject", "Habis", "tolak-1", bad)
	require.Equal(t, []string{"done"}, again, "sent again it answers as it did")
	require.Equal(t, "rejected", status(bad))

	got := m.seller.run("orders", "confirm", "", "setuju-1", a, b, bad, nothing)
	require.Equal(t, []string{"done", "done"}, got[:2])
	require.NotContains(t, got[2:], "done")
	require.Equal(t, "not_found", got[3], "what is none of ours is as if it were not there")
	require.Equal(t, got, m.seller.run("orders", "confirm", "", "setuju-1", a, b, bad, nothing), "sent again it answers alike")
	require.NotContains(t, m.seller.run("orders", "confirm", "", "", a, b), "done", "what is confirmed is not confirmed again under another key")

	m.atOnce(func() { m.seller.run("orders", "dispatch", "", "kirim-1", a, b, bad) })
	shipments := items(m.seller.get("/shipments"))
	require.Len(t, shipments, 2, "two who send the same run at once send each order once")
	for _, s := range shipments {
		m.buyer.post("/shipments/"+str(s, "id")+"/receive", nil, 200)
	}

	m.atOnce(func() { m.seller.run("orders", "invoice", "", "tagih-1", a, bad, b) })
	bills := items(m.seller.get("/invoices?side=seller"))
	require.Len(t, bills, 2, "each order is invoiced once")
	require.NotEqual(t, "done", m.seller.run("orders", "invoice", "", "", a)[0])

	var paid []string
	for _, v := range bills {
		p := m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": str(v, "total"), "method": "transfer"}, 201)
		paid = append(paid, str(p, "id"))
	}
	require.NotContains(t, m.buyer.run("payments", "confirm", "", "", paid[0]), "done", "who pays does not say that it has arrived")
	m.atOnce(func() { m.seller.run("payments", "confirm", "", "uang-1", paid[0], nothing) })
	require.Equal(t, "confirmed", str(m.seller.get("/payments/"+paid[0]), "status"))
	require.Equal(t, 422, m.seller.do("POST", "/bulk", map[string]any{"list": "payments", "do": "reject", "ids": []string{paid[1]}}).status, "a reason is asked for")
	turned := m.seller.run("payments", "reject", "Tidak masuk", "uang-2", paid[0], paid[1])
	require.NotEqual(t, "done", turned[0], "money that has arrived is not turned down")
	require.Equal(t, "done", turned[1])
	require.Equal(t, turned, m.seller.run("payments", "reject", "Tidak masuk", "uang-2", paid[0], paid[1]))

	dbtest.Lift(t, m.DB)
	m.verifies(t)
}

// atOnce does the same from several sides at the same time.
func (m *market) atOnce(do func()) {
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(do)
	}
	wg.Wait()
}

// TestSavedViewsOnceAndTwice: a view is saved once however often it is sent, changed in the version that was seen, ended and brought
// back, and is nobody else's unless it is the team's.
func TestSavedViewsOnceAndTwice(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	m.seller.joins("jual@kopi.example", "Ani", "sales")
	sales := m.signIn("jual@kopi.example")
	views := func(u *user) (names []string) {
		for _, v := range items(u.get("/views?list=orders")) {
			names = append(names, str(v, "name"))
		}
		return names
	}
	save := map[string]any{"list": "orders", "name": "Menunggu", "query": "status=placed&hack=1"}
	m.atOnce(func() { m.seller.post("/views", save, 201, "Idempotency-Key", "lihat-1") })
	require.Equal(t, []string{"Menunggu"}, views(m.seller))
	v := items(m.seller.get("/views?list=orders"))[0]
	require.Equal(t, "status=placed", str(v, "query"), "what the list does not know is left out")
	path := "/views/" + str(v, "id")

	require.Empty(t, views(sales))
	require.Empty(t, views(m.buyer))
	for _, u := range []*user{sales, m.buyer} {
		require.Equal(t, 404, u.do("POST", path+"/end", nil, "If-Match", `"1"`).status, "another's view is as if it were not there")
		require.Equal(t, 404, u.do("PUT", path, map[string]any{"name": "Milikku"}, "If-Match", `"1"`).status)
	}
	require.Equal(t, 422, m.seller.do("POST", "/views", map[string]any{"list": "orders", "name": ""}).status)

	got := m.seller.do("PUT", path, map[string]any{"name": "Semua menunggu", "team": true}, "If-Match", `"1"`)
	require.Equal(t, 200, got.status, got.text)
	require.Equal(t, 412, m.seller.do("PUT", path, map[string]any{"name": "Lain"}, "If-Match", `"1"`).status, "it was changed meanwhile")
	require.Equal(t, []string{"Semua menunggu"}, views(sales))
	require.Empty(t, views(m.buyer), "a team ends at its organisation")

	m.atOnce(func() { m.seller.do("POST", path+"/end", nil, "If-Match", `"2"`) })
	require.Empty(t, views(m.seller))
	m.atOnce(func() { m.seller.do("POST", path+"/restore", nil, "If-Match", `"3"`) })
	require.Equal(t, []string{"Semua menunggu"}, views(m.seller))
}
