package app_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"saluran/internal/identity"
)

var update = flag.Bool("update", false, "write matrix.golden anew")

// The columns of the matrix: who asks for what belongs to a producer that sells to a distributor through its agent. upstream is
// the same producer before what the distributor sells to a shop; other is the owner of a producer that has nothing to do with it.
var columns = []string{"nobody", "other", "viewer", "upstream", "agent", "counterparty", "owner"}

// matrix asks the portal in process, and holds every answer against the words that it may not carry.
type matrix struct {
	*testing.T
	p      *portal
	serve  fasthttp.RequestHandler
	x, y   *realm
	probes int
	rows   map[string][]string
	line   net.Conn
	tokens map[*user][2]string // of the pages: session and its token for forms
}

// handed is a line that nobody reads: requests are handed over without it.
type handed struct{ net.Conn }

func (handed) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9} }

type reply struct {
	status int
	where  string // where it sends one
	body   string
}

// class of an answer: how far the request came.
func (r reply) class() string {
	switch {
	case r.status == 401 || r.status == 303 && strings.HasPrefix(r.where, "/sign-in"):
		return "sign in"
	case r.status == 403:
		return "refused"
	case r.status == 404:
		return "unknown"
	case r.status >= 500:
		return fmt.Sprint("broken ", r.status)
	}
	return "may"
}

func newMatrix(t *testing.T) *matrix {
	p := open(t)
	m := &matrix{T: t, p: p, x: newRealm(t, p, "RAHASIAX7"), y: newRealm(t, p, "RAHASIAY9"), rows: map[string][]string{}, tokens: map[*user][2]string{}}
	h, err := p.Handler()
	require.NoError(t, err)
	m.serve = h.Handler()
	line, _ := net.Pipe()
	m.line = handed{line}
	m.fresh()
	return m
}

// who is the user of a column.
func (m *matrix) who(column string) *user {
	switch column {
	case "other":
		return m.y.users[producer]["owner"]
	case "viewer":
		return m.x.users[producer]["viewer"]
	case "upstream", "owner":
		return m.x.users[producer]["owner"]
	case "agent":
		return m.x.users[agent]["owner"]
	case "counterparty":
		return m.x.users[distributor]["owner"]
	}
	return nil
}

// ask sends a request of a user, nil for nobody, to the API or to the pages.
func (m *matrix) ask(u *user, method, path string, body []byte, kind string) reply {
	m.Helper()
	var req fasthttp.Request
	req.Header.SetMethod(method)
	req.SetRequestURI("http://127.0.0.1" + path)
	req.Header.Set("Accept-Language", "en")
	pages := !strings.HasPrefix(path, "/api/")
	if u != nil {
		if pages {
			req.Header.SetCookie("saluran_session", m.page(u)[0])
		} else {
			req.Header.Set("Authorization", "Bearer "+u.token)
		}
	}
	if method != "GET" {
		req.Header.SetContentType(kind)
		req.Header.Set("Idempotency-Key", fmt.Sprint("matrix-", keys.Add(1)))
		req.Header.Set("If-Match", `"1"`)
	}
	var c fasthttp.RequestCtx
	c.Init2(m.line, nil, false)
	req.CopyTo(&c.Request)
	if method != "GET" {
		c.Request.SetBodyStream(bytes.NewReader(body), len(body)) // as the server does
	}
	m.serve(&c)
	m.probes++
	r := reply{c.Response.StatusCode(), string(c.Response.Header.Peek("Location")), string(c.Response.Body())}
	m.clean(u, method+" "+path, r, c.Response.Header.String())
	return r
}

// clean fails when an answer carries a word of a realm that the user has nothing to do with.
func (m *matrix) clean(u *user, what string, r reply, header string) {
	m.Helper()
	if r.status >= 500 {
		m.Errorf("%s answered %d: %s", what, r.status, r.body)
	}
	if what == "GET /_mail" { // everybody's letters, kept instead of sent, and read at the machine itself alone
		return
	}
	for _, z := range []*realm{m.x, m.y} {
		if z != nil && !z.has(u) && strings.Contains(strings.ToUpper(r.body+header), z.word) {
			m.Errorf("%s tells of %s: %s", what, z.word, around(r.body, z.word))
		}
	}
}

func around(text, word string) string {
	at := strings.Index(strings.ToUpper(text), word)
	if at < 0 {
		return "in the header"
	}
	return text[max(0, at-120):min(len(text), at+60)]
}

// page is a session of the pages for a user of the API, and its token for forms.
func (m *matrix) page(u *user) [2]string {
	if s, ok := m.tokens[u]; ok {
		return s
	}
	token, _, err := m.p.Identity.SignIn(m.Context(), identity.SignIn{Email: u.email, Password: password, Kind: "web", IP: "127.0.0.1"})
	require.NoError(m, err)
	a, csrf, err := m.p.Identity.Actor(m.Context(), token)
	csrf += "." + a.Org.String() // a form is of one organisation
	require.NoError(m, err)
	m.tokens[u] = [2]string{token, csrf}
	m.fresh()
	return m.tokens[u]
}

// route is an operation of the API or a page.
type route struct {
	method, path string
	op           *openapi3.Operation // nil for a page
}

func (r route) String() string { return r.method + " " + r.path }

// thing is what stands before a path's id: what kind of id belongs there.
func (r route) thing() string {
	before, after, ok := strings.Cut(r.path, "/{id}")
	switch {
	case !ok:
		return ""
	case before+after == "/api/v1/people/remove":
		return "leavers" // the pages still need the others
	}
	before = strings.Trim(strings.TrimPrefix(before, "/api/v1"), "/")
	return cmp.Or(map[string]string{"partners": "orgs", "prices": "price-lists", "banks": "bank-accounts", "imports/:run": "imports/runs"}[before], before)
}

// routes are all operations of the document and all routes of the pages.
func (m *matrix) routes() (out []route) {
	for path, item := range contract().Paths.Map() {
		for method, op := range item.Operations() {
			out = append(out, route{method, "/api/v1" + path, op})
		}
	}
	h, err := m.p.Handler()
	require.NoError(m, err)
	seen := map[string]bool{}
	for _, x := range h.GetRoutes(true) {
		path := strings.ReplaceAll(x.Path, ":id", "{id}")
		if strings.HasPrefix(path, "/api/") || strings.ContainsAny(path, "*") || (x.Method != "GET" && x.Method != "POST") || seen[x.Method+path] || strings.Contains(path, ":file") {
			continue
		}
		seen[x.Method+path] = true
		out = append(out, route{x.Method, path, nil})
	}
	slices.SortFunc(out, func(a, b route) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method)) })
	return out
}

// probe asks for a route as a user, with ids of things.
func (m *matrix) probe(u *user, r route, ids map[string]string, id string) reply {
	m.Helper()
	path := strings.ReplaceAll(r.path, "{id}", id)
	if r.method == "GET" {
		return m.ask(u, r.method, path, nil, "")
	}
	if r.op == nil {
		form := url.Values{"_key": {fmt.Sprintf("%032d", keys.Add(1))}}
		if u != nil {
			form.Set("_csrf", m.page(u)[1])
		}
		return m.ask(u, r.method, path, []byte(form.Encode()), "application/x-www-form-urlencoded")
	}
	var body []byte
	if r.op.RequestBody != nil {
		if media := r.op.RequestBody.Value.Content["application/json"]; media != nil {
			body, _ = json.Marshal(fillIn(media.Schema.Value, "", ids))
		}
	}
	return m.ask(u, r.method, path, body, "application/json")
}

// fillIn makes the smallest body that a schema allows, of ids that fit the names.
func fillIn(s *openapi3.Schema, name string, ids map[string]string) any {
	thing := map[string]string{"seller": "orgs", "payee": "orgs", "principal": "orgs", "org": "orgs", "buyer": distributor, "product": "products", "lot": "lots",
		"link": "links", "price_list": "price-lists", "invoice": "invoices", "order": "orders", "from": "places", "to": "places", "channel": "channels", agent: agent}
	switch {
	case s.Pattern != "" && ids[thing[name]] != "":
		return ids[thing[name]]
	case s.Pattern != "":
		return "999999999"
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type.Includes("object"):
		out := map[string]any{}
		for k, p := range s.Properties {
			if k != "$schema" && (slices.Contains(s.Required, k) || k == "seller" || k == "agent") {
				out[k] = fillIn(p.Value, k, ids)
			}
		}
		return out
	case s.Type.Includes("array"):
		return []any{fillIn(s.Items.Value, name, ids)}
	case s.Type.Includes("boolean"):
		return true
	case s.Type.Includes("integer"), s.Type.Includes("number"):
		return 1
	}
	return map[string]string{"currency": "IDR", "from": "2099-01-01", "until": "2099-12-31", "role": "viewer", "qty": "1", "amount": "1", "price": "1", "kind": shop,
		"zone": "Asia/Jakarta", "email": "new@x.example", "password": password, "old_password": password, "scopes": "order:read"}[name]
}

// ends says that a route ends what the asker itself needs to go on.
func (r route) ends() bool {
	return strings.Contains(r.path, "session") || strings.Contains(r.path, "password") || strings.HasSuffix(r.path, "/sign-out") || strings.HasSuffix(r.path, "/me/org") || strings.HasSuffix(r.path, "/leave") || strings.HasSuffix(r.path, "/erase") && !strings.Contains(r.path, "{id}") || strings.HasSuffix(r.path, "/switch")
}

// TestLongWhoMayDoWhat asks for every operation and page as everybody, and holds the outcome against matrix.golden: one without a
// row fails. Nobody gets anywhere without signing in; a stranger hears of what exists what it hears of what does not; and no
// answer at all carries a word of somebody else's channel.
func TestLongWhoMayDoWhat(t *testing.T) {
	m := newMatrix(t)
	all := m.routes()
	for _, r := range all {
		row := make([]string, len(columns))
		for i, c := range columns {
			row[i] = m.cell(r, c)
		}
		m.rows[r.String()] = row
	}
	m.strangers(all)
	m.compare(all)
	t.Logf("%d operations and pages, %d probes, 0 leaks", len(all), m.probes)
	if !t.Failed() {
		require.GreaterOrEqual(t, m.probes, 100_000)
	}
}

// cell is what becomes of a route in a column; - where there is nothing of the kind.
func (m *matrix) cell(r route, column string) string {
	ids, id := m.x.ids, ""
	if column == "upstream" {
		ids = m.x.lower
	}
	if thing := r.thing(); thing != "" {
		if id = ids[thing]; id == "" {
			return "-"
		}
	} else if column == "upstream" {
		return "-"
	}
	u := m.who(column)
	if u != nil && r.ends() && r.method != "GET" {
		if column != "other" { // one asker is enough, and is let in anew
			return "-"
		}
		defer m.again(u)
	}
	got := m.probe(u, r, ids, id)
	if column == "other" && id != "" && alike(got, m.probe(u, r, ids, "999999999"), id) {
		return "unknown" // whatever it is told about the rest of what it sent
	}
	return got.class()
}

// again signs a user in anew.
func (m *matrix) again(u *user) {
	*u = *m.p.signIn(u.email)
	delete(m.tokens, u)
}

// strangers asks for every id of a channel as everybody of the other one: the answer is that of an id that does not exist.
func (m *matrix) strangers(all []route) {
	for _, z := range [][2]*realm{{m.x, m.y}, {m.y, m.x}} {
		for _, kind := range []string{producer, distributor, shop, agent} {
			for _, role := range roles {
				u := z[1].users[kind][role]
				for _, r := range all {
					if r.thing() == "" || r.ends() {
						continue
					}
					none := m.probe(u, r, z[0].ids, "999999999")
					for _, id := range z[0].all {
						if got := m.probe(u, r, z[0].ids, id); !alike(got, none, id) {
							m.Errorf("%s %s as %s of %s: id %s answers %d %s\nnothing answers %d %s", r.method, r.path, role, z[1].word, id, got.status, got.body, none.status, none.body)
						}
					}
				}
			}
		}
	}
}

// alike holds two answers against each other, but for the id that was asked for, and what differs from request to request.
func alike(got, none reply, id string) bool {
	strip := func(r reply, id string) string {
		if r.status == 404 || strings.HasPrefix(r.body, "{") {
			var v map[string]any
			if json.Unmarshal([]byte(r.body), &v) == nil {
				return fmt.Sprint(v["status"], v["code"], v["title"], v["detail"])
			}
		}
		return ""
	}
	return got.status == none.status && strings.ReplaceAll(got.where, id, "") == strings.ReplaceAll(none.where, "999999999", "") && strip(got, id) == strip(none, "999999999")
}

// compare holds the rows against the golden file.
func (m *matrix) compare(all []route) {
	var b strings.Builder
	fmt.Fprintf(&b, "# Who comes how far: %s. Written by go test ./internal/app -run TestLongWhoMayDoWhat -update; read the difference.\n", strings.Join(columns, " | "))
	for _, r := range all {
		fmt.Fprintf(&b, "%s | %s\n", r, strings.Join(m.rows[r.String()], " | "))
	}
	if *update {
		require.NoError(m, os.WriteFile("matrix.golden", []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile("matrix.golden")
	require.NoError(m, err)
	rows := strings.Split(string(want), "\n")
	for _, row := range strings.Split(b.String(), "\n") {
		if !slices.Contains(rows, row) {
			m.Errorf("matrix.golden has no such row (a new operation, or one that lets others in than before): %s", row)
		}
	}
	require.Len(m, rows, strings.Count(b.String(), "\n")+1, "matrix.golden has rows of what is no more")
	for _, r := range all {
		row := m.rows[r.String()]
		if row[0] == "may" && !slices.Contains(public, r.String()) {
			m.Errorf("%s lets in who has not signed in", r)
		}
		if row[1] == "may" && r.thing() != "" {
			m.Errorf("%s lets in a stranger", r)
		}
	}
}

// public are the routes that need no signing in.
var public = []string{"POST /api/v1/sessions", "GET /sign-in", "POST /sign-in", "POST /language", "GET /_mail", "GET /healthz", "GET /readyz",
	"GET /metrics", "GET /.well-known/saluran-seals.json", "POST /api/v1/join/application/answer", "POST /api/v1/join/application/confirm", "POST /api/v1/join/application/withdraw",
	"POST /api/v1/join/applications", "POST /api/v1/join/application", "POST /api/v1/join/invitation", "POST /api/v1/join/invitation/accept",
	"GET /sign-in/sso", "GET /sign-in/sso/back", "GET /sign-in/code", "GET /forgot", "GET /reset/:token", "GET /account/email/:token"}
