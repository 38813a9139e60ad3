package app_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/i18n"
	"saluran/internal/mail"
)

func (m *market) order(line map[string]any, more ...any) map[string]any {
	b := map[string]any{"seller": m.seller.org, "lines": []any{line}}
	for i := 0; i+1 < len(more); i += 2 {
		b[more[i].(string)] = more[i+1]
	}
	return b
}

// counts is how many rows each table of the portal has, but for those that are named: they may grow.
func (p *portal) counts(except ...string) map[string]int64 {
	p.t.Helper()
	tables, err := p.DB.Catalogue(context.Background(), p.DB.ReadSQL())
	require.NoError(p.t, err)
	out := map[string]int64{}
	for _, x := range tables {
		if slices.Contains(except, x.Name) {
			continue
		}
		var n int64
		require.NoError(p.t, p.DB.ReadSQL().QueryRow("SELECT COUNT(*) FROM "+x.Name).Scan(&n), x.Name)
		out[x.Name] = n
	}
	require.Greater(p.t, len(out), 50)
	return out
}

// TestBadInputsHearWhyAndChangeNothing: every row is refused with a sentence, and no table grows. Blocks of ids are one row for each
// name from the start; who waits at the sign-in and who is signed in is as it was, because everybody has signed in before.
func TestBadInputsHearWhyAndChangeNothing(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true }) // they take audit rows into the chain, which is no answer to a request
	o := m.place(t, "10", "")
	confirmed := "/orders/" + str(m.place(t, "10", ""), "id")
	m.seller.post(confirmed+"/confirm", nil, 200)
	foreign := foreignOrder(t, m.portal)
	line := func(product, qty string, more ...any) map[string]any {
		l := map[string]any{"product": product, "qty": qty}
		for i := 0; i+1 < len(more); i += 2 {
			l[more[i].(string)] = more[i+1]
		}
		return l
	}
	before := m.counts()
	many := make([]any, 5001)
	for i := range many {
		many[i] = line(m.product, "1")
	}
	rows := []struct {
		name   string
		as     *user
		path   string
		body   any
		status int
		wants  string
	}{
		{"malformed JSON", m.buyer, "/orders", `{"seller": `, 400, "cannot be read"},
		{"two values", m.buyer, "/orders", `{"lines":[]} {}`, 400, "cannot be read"},
		{"no JSON at all", m.buyer, "/orders", "hello", 400, "cannot be read"},
		{"an unknown name", m.buyer, "/orders", m.order(line(m.product, "1"), "discount", "5"), 422, `"code":"field.unknown"`},
		{"a number for a quantity", m.buyer, "/orders", m.order(map[string]any{"product": m.product, "qty": 1e30}), 422, `"path":"lines[0].qty","code":"field.text"`},
		{"a control character in a note", m.buyer, "/orders", m.order(line(m.product, "1"), "note", "a\x1bb"), 422, `"path":"note","code":"text_not_plain"`},
		{"a line end in a reference", m.buyer, "/orders", m.order(line(m.product, "1"), "reference", "a\nb"), 422, `"path":"reference","code":"text_not_plain"`},
		{"a control character in a product", m.seller, "/products", map[string]any{"sku": "X-1", "name": "a\x07b"}, 422, `"path":"name","code":"text_not_plain"`},
		{"a control character in a price list", m.seller, "/price-lists", map[string]any{"name": "a\x00b", "currency": "IDR"}, 422, `"code":"text_not_plain"`},
		{"a control character in a place", m.seller, "/places", map[string]any{"name": "a\x00b"}, 422, `"path":"name","code":"text_not_plain"`},
		{"a control character in a firm", m.seller, "/orgs", map[string]any{"code": "T99", "kind": "retailer", "name": "a\tb"}, 422, `"path":"name","code":"text_not_plain"`},
		{"a control character in a lot", m.seller, "/lots", map[string]any{"product": m.product, "code": "a\x01", "expires_on": "2030-01-01", "qty": "1"}, 422, `"path":"code","code":"text_not_plain"`},
		{"wanted yesterday", m.buyer, "/orders", m.order(line(m.product, "1"), "wanted_on", "2020-01-01"), 422, `"path":"wanted_on","code":"order.wanted_in_past"`},
		{"1e30", m.buyer, "/orders", m.order(line(m.product, "1e30")), 422, `"code":"field.number"`},
		{"thirty digits", m.buyer, "/orders", m.order(line(m.product, strings.Repeat("9", 30))), 422, `"path":"lines[0].qty"`},
		{"too large a quantity", m.buyer, "/orders", m.order(line(m.product, "999999999999")), 422, "qty_too_large"},
		{"quantity 0", m.buyer, "/orders", m.order(line(m.product, "0")), 422, "lines[0].qty"},
		{"quantity -1", m.buyer, "/orders", m.order(line(m.product, "-1")), 422, "lines[0].qty"},
		{"half a piece", m.buyer, "/orders", m.order(line(m.product, "0.5")), 422, "lines[0].qty"},
		{"four decimals", m.buyer, "/orders", m.order(line(m.product, "0.5555")), 422, "field.decimals"},
		{"unknown product", m.buyer, "/orders", m.order(line("999999", "1")), 422, "lines[0].product"},
		{"no id", m.buyer, "/orders", m.order(line("abc", "1")), 422, `"code":"field.id"`},
		{"a negative id", m.buyer, "/orders", m.order(line("-5", "1")), 422, `"code":"field.id"`},
		{"wrong unit", m.buyer, "/orders", m.order(line(m.product, "1", "unit", "barrel")), 422, "lines[0].unit"},
		{"another price", m.buyer, "/orders", m.order(line(m.product, "1", "price", "1")), 422, "price"},
		{"no lines", m.buyer, "/orders", map[string]any{"seller": m.seller.org, "lines": []any{}}, 422, "lines"},
		{"5,001 lines", m.buyer, "/orders", map[string]any{"seller": m.seller.org, "lines": many}, 422, "lines"},
		{"to oneself", m.seller, "/orders", m.order(line(m.product, "1"), "buyer", m.seller.org), 422, "oneself"},
		{"to whom one does not trade with", m.buyer, "/orders", m.order(line(m.product, "1"), "seller", "999999"), 404, "not_found"},
		{"beyond the credit limit", m.buyer, "/orders", m.order(line(m.product, "900000")), 409, "credit"},
		{"a day that is none", m.buyer, "/orders", m.order(line(m.product, "1"), "wanted_on", "2026-02-30"), 422, "wanted_on"},
		{"a reference too long", m.buyer, "/orders", m.order(line(m.product, "1"), "reference", strings.Repeat("x", 65)), 422, "reference"},
		{"an order that does not exist", m.seller, "/orders/999999/confirm", nil, 404, "not_found"},
		{"somebody else's order", m.seller, "/orders/" + foreign + "/confirm", nil, 404, "not_found"},
		{"an id that is none", m.seller, "/orders/abc/confirm", nil, 422, "field.id"},
		{"the buyer confirms", m.buyer, "/orders/" + str(o, "id") + "/confirm", nil, 403, "may not"},
		{"an invoice of what is only placed", m.seller, "/orders/" + str(o, "id") + "/invoice", nil, 409, "order.not_now"},
		{"more than was ordered", m.seller, confirmed + "/invoice", map[string]any{"lines": []any{map[string]any{"line": 1, "qty": "11"}}}, 422, `"path":"lines[0].qty"`},
		{"more sent than was ordered", m.seller, confirmed + "/dispatch", map[string]any{"lines": []any{map[string]any{"line": 1, "qty": "11"}}}, 422, `"code":"order.more_than_open"`},
		{"a payment of nothing", m.buyer, "/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": "0", "method": "transfer"}, 422, "amount"},
		{"another currency", m.buyer, "/payments", map[string]any{"payee": m.seller.org, "currency": "XXX", "amount": "1", "method": "transfer"}, 422, "currency"},
		{"a report that is none", m.seller, "/exports", map[string]any{"report": "everything"}, 422, "report"},
		{"a parameter that nothing knows", m.buyer, "/orders?ordre=1", m.order(line(m.product, "1")), 422, `"code":"request.unknown_parameter"`},
		{"a name too long", m.seller, "/products", map[string]any{"sku": "X", "name": strings.Repeat("x", 201)}, 422, "name"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			a := r.as.do("POST", r.path, r.body)
			if r.status != 0 {
				require.Equal(t, r.status, a.status, a.text)
			} else {
				require.GreaterOrEqual(t, a.status, 400, a.text)
				require.Less(t, a.status, 500, a.text)
			}
			require.Contains(t, a.text, r.wants)
			require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
			require.NotContains(t, a.text, "cannot be processed (", "the sentence of %s is missing", str(a.body, "code"))
			for _, f := range a.fields() {
				require.NotContains(t, str(f, "detail"), "cannot be processed (", "the sentence of %s is missing", str(f, "code"))
			}
		})
	}
	require.Equal(t, before, m.counts(), "a refused request has left rows")
}

func (a answer) fields() []map[string]any {
	var out []map[string]any
	all, _ := a.body["fields"].([]any)
	for _, f := range all {
		out = append(out, f.(map[string]any))
	}
	return out
}

// TestAPastPriceListAndAnExpiredAgreementAreRefused: what is not in force is not traded under.
func TestAPastPriceListAndAnExpiredAgreementAreRefused(t *testing.T) {
	m := newMarket(t, "delivery")
	old := str(m.seller.post("/products", map[string]any{"sku": "OLD", "name": "Old"}, 201), "id")
	m.seller.post("/price-lists/"+m.list+"/prices", map[string]any{"prices": []any{
		map[string]any{"product": old, "from": "2024-01-01", "until": "2024-12-31", "price": "1"}}}, 204)
	a := m.buyer.do("POST", "/orders", m.order(map[string]any{"product": old, "qty": "1"}))
	require.Equal(t, 422, a.status, a.text)
	require.Contains(t, a.text, `"code":"order.unknown_product"`)
	require.Contains(t, a.text, "lines[0].product")

	link := str(m.seller.get("/agreements/"+m.agreement), "link")
	g := m.seller.post("/agreements", map[string]any{"link": link, "from": "2024-01-01", "until": "2024-12-31", "price_list": m.list,
		"currency": "IDR", "title_on": "delivery", "risk_on": "delivery"}, 201)
	m.buyer.post("/agreements/"+str(g, "id")+"/accept", nil, 200)
	require.NoError(t, m.DB.InTx(t.Context(), func(ctx context.Context) error { // the one in force ends: as if time had passed
		if err := m.DB.W(ctx).Exec("UPDATE agreement SET until_on = '2025-01-31' WHERE id = ?", m.agreement).Error; err != nil {
			return err
		}
		return m.DB.BumpMaster(ctx)
	}))
	a = m.buyer.do("POST", "/orders", m.order(map[string]any{"product": m.product, "qty": "1"}))
	require.Equal(t, 422, a.status, a.text)
	require.Contains(t, a.text, "order.no_agreement")
}

// TestAHugeBodyAndABombAreRefused: 50 MB of JSON, and a workbook that unpacks to gigabytes.
func TestAHugeBodyAndABombAreRefused(t *testing.T) {
	m := newMarket(t, "delivery")
	// An upload is itself kept, with who sent it, until it has been looked at, and its sender has a notice of what came of it, with the
	// hour of the first digest; the journal is of audit rows taken into the chain, which a worker seals meanwhile.
	grows := []string{"job", "file", "file_part", "request_key", "audit", "journal", "seal", "seal_key", "notice", "notice_hours"}
	before := m.counts(grows...)
	a := m.buyer.do("POST", "/orders", strings.Repeat(" ", 50<<20))
	require.Equal(t, 413, a.status)
	require.Equal(t, "request.too_large", a.body["code"])
	require.NotEmpty(t, str(a.body, "detail"))
	require.Contains(t, a.text, "too large")
	require.Equal(t, before, m.counts(grows...), "a body that was refused has left rows")

	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	for _, name := range []string{"[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"} {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = io.Copy(w, io.LimitReader(zeros{}, 150<<20))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	var form bytes.Buffer
	f := multipart.NewWriter(&form)
	require.NoError(t, f.WriteField("map", "sales"))
	w, err := f.CreateFormFile("lines", "bomb.xlsx")
	require.NoError(t, err)
	_, err = w.Write(bomb.Bytes())
	require.NoError(t, err)
	require.NoError(t, f.Close())
	up := m.seller.do("POST", "/imports", form.String(), "Content-Type", f.FormDataContentType())
	require.Equal(t, 202, up.status, up.text)
	j := m.seller.waitJob("/imports/" + str(up.body, "id"))
	job := j["job"].(map[string]any)
	require.Equal(t, "failed", str(job, "status"), "%v", j)
	require.Equal(t, i18n.T("en", "err.excel.bomb"), str(job, "problem"))
	var problem string
	require.NoError(t, m.DB.R(t.Context()).Raw("SELECT message FROM job WHERE id = ?", str(up.body, "id")).Scan(&problem).Error)
	require.Contains(t, problem, `"excel.bomb"`)
	require.Equal(t, before, m.counts(grows...), "a workbook that was refused has left rows")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestNothingIsOpen: without a session nothing answers but what is meant to.
func TestNothingIsOpen(t *testing.T) {
	p := open(t)
	var doc struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	res, err := http.Get(p.url + "/api/openapi.json")
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, 200, res.StatusCode)
	require.NoError(t, json.NewDecoder(res.Body).Decode(&doc))
	nobody := &user{p: p}
	n := 0
	for path, ops := range doc.Paths {
		for method := range ops {
			if path == "/sessions" || strings.HasPrefix(path, "/join/") || strings.HasPrefix(path, "/own-data") { // strangers come in there
				continue
			}
			n++
			a := nobody.do(strings.ToUpper(method), strings.ReplaceAll(path, "{id}", "1"), nil)
			require.Equal(t, 401, a.status, "%s %s: %s", method, path, a.text)
		}
	}
	require.Greater(t, n, 60)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200} {
		res, err := http.Get(p.url + path)
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, want, res.StatusCode, path)
	}
	req, _ := http.NewRequest("GET", p.url+"/metrics", nil)
	req.Header.Set("X-Forwarded-For", "203.0.113.9")
	res, err = http.DefaultClient.Do(req)
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, 404, res.StatusCode, "figures are not for the world")
}

// TestPagesOfTheMachineAnswerUnderItsOwnNames: a name of a stranger's that points here (DNS rebinding) opens neither the figures nor
// the letters; the machine's own names do, the portal's, and any name with the token.
func TestPagesOfTheMachineAnswerUnderItsOwnNames(t *testing.T) {
	p := open(t, func(c *app.Config) {
		c.URL, c.MetricsToken, c.Mail = "https://Saluran.Example:8443/", "rahasia", &mail.Sink{}
	})
	_, port, err := net.SplitHostPort(strings.TrimPrefix(p.url, "http://"))
	require.NoError(t, err)
	for host, want := range map[string]int{"evil.example": 404, "evil.example:" + port: 404, "localhost.evil.example": 404, "127.0.0.1.evil.example": 404, "127.0.0.2": 404, "evil@localhost": 404,
		"localhost/evil": 404, "localhost": 200, "LOCALHOST:" + port: 200, "127.0.0.1": 200, "127.0.0.1:" + port: 200, "[::1]": 200, "[::1]:" + port: 200, "saluran.example": 200, "saluran.example:8443": 200} {
		for _, path := range []string{"/metrics", "/_mail"} {
			req, err := http.NewRequest("GET", p.url+path, nil)
			require.NoError(t, err)
			req.Host = host
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			res.Body.Close()
			if res.StatusCode != 400 || want != 404 { // what is no name at all does not come so far
				require.Equal(t, want, res.StatusCode, "%s of %s", path, host)
			}
		}
	}
	req, _ := http.NewRequest("GET", p.url+"/metrics", nil)
	req.Host = "figures.example"
	req.Header.Set("Authorization", "Bearer rahasia")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, 200, res.StatusCode)
}

// TestAStopLosesNothingAcknowledged stops the portal while clients place orders: what was answered 201 is in the books.
func TestAStopLosesNothingAcknowledged(t *testing.T) {
	m := newMarket(t, "delivery")
	var acked sync.Map
	var n atomic.Int64
	var all sync.WaitGroup
	for range 16 {
		all.Add(1)
		go func() {
			defer all.Done()
			for {
				body, _ := json.Marshal(m.order(map[string]any{"product": m.product, "qty": "1"}))
				req, _ := http.NewRequest("POST", m.url+"/api/v1/orders", bytes.NewReader(body))
				req.Header.Set("Authorization", "Bearer "+m.buyer.token)
				req.Header.Set("Idempotency-Key", fmt.Sprint("stop-", n.Add(1)))
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					return
				}
				var o struct{ ID string }
				err = json.NewDecoder(res.Body).Decode(&o)
				res.Body.Close()
				if res.StatusCode != 201 || err != nil {
					return
				}
				acked.Store(o.ID, true)
			}
		}()
	}
	for until := time.Now().Add(30 * time.Second); n.Load() < 100 && time.Now().Before(until); {
		time.Sleep(10 * time.Millisecond)
	}
	url := m.Config.DB
	require.NoError(t, m.stop())
	all.Wait()
	count := 0
	again := reopen(t, url)
	acked.Range(func(k, _ any) bool {
		count++
		var found int64
		require.NoError(t, again.R(context.Background()).Raw("SELECT COUNT(*) FROM orders WHERE id = ?", k).Scan(&found).Error)
		require.EqualValues(t, 1, found, "order %s was acknowledged and is gone", k)
		return true
	})
	require.Greater(t, count, 20)
}
