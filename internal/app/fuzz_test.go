package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"saluran/internal/app"
	"saluran/internal/db/dbtest"
	"saluran/internal/identity"
)

// fuzzed is a market whose portal is asked in process, over SQLite.
type fuzzed struct {
	*market
	serve fasthttp.RequestHandler
	page  [2]string // of the buyer at the pages: session and the token of its forms
	line  net.Conn
	n     int
}

func newFuzzed(f *testing.F) *fuzzed {
	m := newMarket(f, "delivery", func(c *app.Config) { c.NoWorkers = true })
	dbtest.Lift(f, m.DB) // the books are held while requests are made
	m.place(f, "2", "")
	h, err := m.Handler()
	require.NoError(f, err)
	x := &fuzzed{market: m, serve: h.Handler()}
	token, _, err := m.Identity.SignIn(context.Background(), identity.SignIn{Email: "owner@toko.example", Password: password, Kind: "web", IP: "127.0.0.1"})
	require.NoError(f, err)
	_, csrf, err := m.Identity.Actor(context.Background(), token)
	require.NoError(f, err)
	x.page = [2]string{token, csrf}
	line, _ := net.Pipe()
	x.line = handed{line}
	return x
}

// ask sends a request as the buyer, with the headers given over its own, and fails where the portal breaks.
func (x *fuzzed) ask(t *testing.T, method, path string, body []byte, header ...string) (int, string) {
	t.Helper()
	x.n++
	var req fasthttp.Request
	req.Header.SetMethod(method)
	req.SetRequestURI("http://127.0.0.1" + path)
	if strings.HasPrefix(path, "/api/") {
		req.Header.Set("Authorization", "Bearer "+x.buyer.token)
		req.Header.SetContentType("application/json")
	} else {
		req.Header.SetCookie("saluran_session", x.page[0])
		req.Header.SetContentType("application/x-www-form-urlencoded")
	}
	req.Header.Set("Idempotency-Key", fmt.Sprint("fuzz-", x.n))
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	var c fasthttp.RequestCtx
	c.Init2(x.line, nil, false)
	req.CopyTo(&c.Request)
	if method != "GET" {
		c.Request.SetBodyStream(bytes.NewReader(body), len(body))
	}
	x.serve(&c)
	status, text := c.Response.StatusCode(), string(c.Response.Body())
	if status >= 500 && status != 503 {
		t.Fatalf("%s %s answered %d: %s", method, path, status, text)
	}
	if x.n == 100 || x.n%4000 == 0 { // the books grow, and each look at them takes longer
		x.holds(t)
	}
	return status, text
}

// holds recomputes the books.
func (x *fuzzed) holds(t *testing.T) {
	t.Helper()
	r, err := x.Verify(context.Background(), nil)
	require.NoError(t, err)
	require.Empty(t, r.Problems)
	var less int64
	require.NoError(t, x.DB.R(context.Background()).Raw("SELECT COUNT(*) FROM stock WHERE held < 0 OR held > sellable").Scan(&less).Error)
	require.Zero(t, less, "more is held than there is")
}

// FuzzOrderBody: a body of any bytes to POST /orders is an order or a refusal with a sentence, and the books add up.
func FuzzOrderBody(f *testing.F) {
	x := newFuzzed(f)
	f.Add(`{"seller":"SELLER","lines":[{"product":"PRODUCT","qty":"1"}]}`)
	f.Add(`{"seller":"SELLER","reference":"PO","note":"n","wanted_on":"2030-01-01","lines":[{"product":"PRODUCT","qty":"0.001","unit":"carton"},{"product":"PRODUCT","qty":"9223372036854775.807"}]}`)
	f.Add(`{"seller":"SELLER","lines":[{"product":"PRODUCT","qty":"-1"}]}`)
	f.Add(`{"seller":1,"lines":{}}`)
	f.Add(`[[[[[[[[[[`)
	f.Add(`{"seller":"SELLER","seller":"0","lines":[null]}`)
	f.Fuzz(func(t *testing.T, body string) {
		body = strings.NewReplacer("SELLER", x.seller.org, "PRODUCT", x.product).Replace(body)
		x.ask(t, "POST", "/api/v1/orders", []byte(body))
		x.ask(t, "POST", "/api/v1/orders/quote", []byte(body))
	})
}

// FuzzOrderInputs puts any text into the fields of an order that is otherwise whole.
func FuzzOrderInputs(f *testing.F) {
	x := newFuzzed(f)
	f.Add("1", "carton", "PO-1", "note", "2030-01-01")
	f.Add("1e9", "", "\u202e", "a\nb", "2030-02-30")
	f.Add("0.0005", "karton", strings.Repeat("x", 300), "\x00", "")
	f.Fuzz(func(t *testing.T, qty, unit, reference, note, wanted string) {
		line := map[string]any{"product": x.product, "qty": qty}
		if unit != "" {
			line["unit"] = unit
		}
		b := map[string]any{"seller": x.seller.org, "lines": []any{line}, "reference": reference, "note": note}
		if wanted != "" {
			b["wanted_on"] = wanted
		}
		x.ask(t, "POST", "/api/v1/orders", encoded(b))
	})
}

// FuzzAPIBodies sends any bytes to every writing operation of the document.
func FuzzAPIBodies(f *testing.F) {
	x := newFuzzed(f)
	all := writes("/api/")
	for i := range all {
		f.Add(uint16(i), []byte(`{"name":"x","version":1,"reason":"y"}`), "1")
	}
	f.Add(uint16(0), []byte("\xef\xbb\xbf{}"), "99999999999999999999")
	f.Fuzz(func(t *testing.T, which uint16, body []byte, id string) {
		o := all[int(which)%len(all)]
		x.ask(t, o[0], strings.ReplaceAll(o[1], "{id}", url.PathEscape(id)), body, "If-Match", `"1"`)
	})
}

// FuzzQueries asks every list and page with any query.
func FuzzQueries(f *testing.F) {
	x := newFuzzed(f)
	all := reads()
	for i := range all {
		f.Add(uint16(i), "cursor=eyJpIjoxfQ&after=eyJpIjoxfQ&size=-1&status=open&side=seller&q=%25_&from=2026-01-01", "1")
	}
	f.Add(uint16(3), "q=%00%ff&size=99999999999999999999&cursor=%%%", "x")
	f.Fuzz(func(t *testing.T, which uint16, query, id string) {
		if strings.ContainsAny(query, " \r\n#") {
			return
		}
		x.ask(t, "GET", strings.ReplaceAll(all[int(which)%len(all)], "{id}", url.PathEscape(id))+"?"+query, nil)
	})
}

// FuzzForms types any text into the forms of the pages, with the token that they carry.
func FuzzForms(f *testing.F) {
	x := newFuzzed(f)
	all := pageWrites(f, x)
	for i := range all {
		f.Add(uint16(i), "name", "Toko", "qty", "1.234,5", "1")
	}
	f.Add(uint16(0), "lines[0].qty", "1,5", "seller", "\x00", "-1")
	f.Fuzz(func(t *testing.T, which uint16, a, av, b, bv, id string) {
		form := url.Values{a: {av}, b: {bv}, "_csrf": {x.page[1]}, "_key": {fmt.Sprintf("%032d", x.n)}, "seller": {x.seller.org}, "amount": {av}, "qty_" + x.product: {bv}, "version": {"1"}}
		x.ask(t, "POST", strings.ReplaceAll(all[int(which)%len(all)], "{id}", url.PathEscape(id)), []byte(form.Encode()))
	})
}

// FuzzRequestHeaders sends any Idempotency-Key, If-Match, Authorization and Content-Type.
func FuzzRequestHeaders(f *testing.F) {
	x := newFuzzed(f)
	f.Add("k", `"1"`, "Bearer slk_1_x", "application/json")
	f.Add(strings.Repeat("k", 65), `W/"-1"`, "bearer ", "multipart/form-data; boundary=")
	f.Add("\x7f", "*", "Bearer "+strings.Repeat("A", 43), "text/plain")
	f.Add("a", "", "", "multipart/form-data; boundary=x")
	f.Fuzz(func(t *testing.T, key, match, auth, kind string) {
		body := encoded(map[string]any{"name": "Gudang"})
		x.ask(t, "POST", "/api/v1/places", body, "Idempotency-Key", key, "If-Match", match, "Content-Type", kind)
		x.ask(t, "POST", "/api/v1/places", body, "Authorization", auth, "Idempotency-Key", key)
		x.ask(t, "GET", "/orders", nil, "Cookie", "saluran_session="+auth, "Accept-Language", kind, "X-Request-ID", key, "X-Forwarded-For", match)
	})
}

func writes(prefix string) (out [][2]string) {
	for path, item := range contract().Paths.Map() {
		for method := range item.Operations() {
			if method != "GET" && !strings.Contains(path, "session") && !strings.Contains(path, "password") && !strings.HasSuffix(path, "/me/org") {
				out = append(out, [2]string{method, prefix + "v1" + path})
			}
		}
	}
	slices.SortFunc(out, func(a, b [2]string) int { return strings.Compare(a[1]+a[0], b[1]+b[0]) })
	return out
}

func reads() (out []string) {
	for path, item := range contract().Paths.Map() {
		if item.Get != nil && !strings.HasSuffix(path, "/stream") {
			out = append(out, "/api/v1"+path)
		}
	}
	slices.Sort(out)
	for _, x := range sights {
		if strings.HasPrefix(x.at, "/") {
			out = append(out, x.at)
		}
	}
	return append(out, "/access/why", "/roles", "/audit", "/sign-in", "/prices/{id}", "/orders/{id}", "/invoices/{id}")
}

// pageWrites are the addresses that forms of the pages are sent to, but for those that end the session.
func pageWrites(f *testing.F, x *fuzzed) (out []string) {
	h, err := x.Handler()
	require.NoError(f, err)
	for _, r := range h.GetRoutes(true) {
		if r.Method != "POST" || strings.HasPrefix(r.Path, "/api/") || slices.ContainsFunc([]string{"sign", "password", "session", "switch", "account", "reset", "forgot"}, func(w string) bool { return strings.Contains(r.Path, w) }) {
			continue
		}
		out = append(out, strings.ReplaceAll(r.Path, ":id", "{id}"))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func encoded(v any) []byte {
	b, _ := json.Marshal(v)
	return b
}
