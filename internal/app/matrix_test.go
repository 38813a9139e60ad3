package app_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"saluran/internal/identity"
)

var update = flag.Bool("update", false, "write matrix.golden anew")

// The columns of the matrix: who asks for what belongs to a producer that sells to a distributor through its agent. upstream is
// the same producer before what the distributor sells to a shop; other is the owner of a producer that has nothing to do with it.
// sibling is the owner of another distributor of the same producer, in the same channel, with the same agent.
var columns = []string{"nobody", "other", "sibling", "viewer", "upstream", "agent", "counterparty", "owner"}

// matrix asks the portal in process, and holds every answer against the words that it may not carry.
type matrix struct {
	*testing.T
	p       *portal
	serve   fasthttp.RequestHandler
	x, y    *realm
	z       *realm // a distributor beside that of x, and its shop: m.beside
	probes  int
	rows    map[string][]string
	marks   map[string][]string // writes that were made → what the log says of each
	line    net.Conn
	html    bool   // as a browser asks for pages
	held    string // the last order that waited for credit
	asker   *user
	linked  bool                // nobody asks with the link of a letter, and so knows from whom it is
	version string              // in which the object of a write is known
	tokens  map[*user][2]string // of the pages: session and its token for forms
}

// anyone is the token of the forms of who has not signed in.
const anyone = "0123456789abcdef0123456789abcdef"

// handed is a line that nobody reads: requests are handed over without it.
type handed struct{ net.Conn }

func (handed) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9} }

type reply struct {
	status int
	where  string // where it sends one
	body   string
	header string
}

// class of an answer: how far the request came. "not now" is the state of the object, which only who may do the thing hears of;
// "form" is a form that a page gives back; "bad" is a body that was refused before anything was judged.
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
	case r.status < 400:
		return "may"
	case !strings.HasPrefix(r.body, "{") && r.status == 409:
		return "not now"
	case !strings.HasPrefix(r.body, "{"):
		return "form"
	}
	var v struct{ Code string }
	_ = json.Unmarshal([]byte(r.body), &v)
	if r.status == 409 {
		return "not now: " + v.Code
	}
	return "bad: " + v.Code
}

func newMatrix(t *testing.T) *matrix {
	p := open(t)
	m := &matrix{T: t, p: p, x: newRealm(t, p, "RAHASIAX7"), y: newRealm(t, p, "RAHASIAY9"), rows: map[string][]string{}, marks: map[string][]string{}, tokens: map[*user][2]string{}}
	h, err := p.Handler()
	require.NoError(t, err)
	m.serve = h.Handler()
	line, _ := net.Pipe()
	m.line = handed{line}
	m.fresh()
	return m
}

// runs has a sheet of x applied.
func (m *matrix) runs() {
	own := m.x.users[producer]["owner"]
	run := own.post("/imports/"+m.sheet()+"/apply", map[string]any{}, 202)
	own.waitJob("/imports/runs/" + str(run, "id"))
	m.x.ids["imports/runs"] = str(run, "id")
}

// who is the user of a column.
func (m *matrix) who(column string) *user {
	switch column {
	case "other":
		return m.y.users[producer]["owner"]
	case "sibling":
		return m.z.users[distributor]["owner"]
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
	req.Header.SetHost("127.0.0.1")
	req.Header.Set("Accept-Language", "en")
	req.Header.Set("X-Request-Id", "the-same-for-all")
	pages := !strings.HasPrefix(path, "/api/")
	if pages && m.html {
		req.Header.Set("Accept", "text/html")
	}
	switch {
	case u == nil && pages:
		req.Header.SetCookie("saluran_visitor", anyone)
	case pages:
		req.Header.SetCookie("saluran_session", m.page(u)[0])
	case u != nil:
		req.Header.Set("Authorization", "Bearer "+u.token)
	}
	if method != "GET" {
		req.Header.SetContentType(kind)
		req.Header.Set("Idempotency-Key", fmt.Sprint("matrix-", keys.Add(1)))
		if m.version != "" {
			req.Header.Set("If-Match", m.version)
		}
	}
	var c fasthttp.RequestCtx
	c.Init2(m.line, nil, false)
	req.CopyTo(&c.Request)
	if method != "GET" {
		c.Request.SetBodyStream(bytes.NewReader(body), len(body)) // as the server does
	}
	m.serve(&c)
	m.probes++
	r := reply{c.Response.StatusCode(), string(c.Response.Header.Peek("Location")), string(c.Response.Body()), c.Response.Header.String()}
	m.clean(u, method+" "+path, r)
	return r
}

// clean fails when an answer carries a word of a realm that the user has nothing to do with.
func (m *matrix) clean(u *user, what string, r reply) {
	m.Helper()
	if r.status >= 500 {
		m.Errorf("%s answered %d: %s", what, r.status, r.body)
	}
	if what == "GET /_mail" { // everybody's letters, kept instead of sent, and read at the machine itself alone
		return
	}
	text := strings.ToUpper(r.body + r.header)
	for _, z := range []*realm{m.x, m.y, m.z} {
		if z == m.x && m.linked {
			continue
		}
		buys := z == m.x && m.z != nil && m.z.has(u) // and so knows its goods
		if z != nil && !z.has(u) && !buys && strings.Contains(text, z.word) {
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

// probe asks for a route as a user, with ids of things.
func (m *matrix) probe(u *user, r route, ids map[string]string, id string) reply {
	m.Helper()
	path := strings.NewReplacer("{id}", id, "{delivery}", ids["deliveries"], ":token", cmp.Or(ids["token"], ":token"), ":list", "orders", ":topic", "orders").Replace(r.path)
	switch {
	case r.method == "GET":
		return m.ask(u, r.method, path+m.asks(r), nil, "")
	case r.op == nil:
		csrf := anyone
		if u != nil {
			csrf = m.page(u)[1]
		}
		if op := sendsFiles[r.path]; op != "" {
			body, kind := m.parts(op, ids, csrf)
			return m.ask(u, r.method, path, body, kind)
		}
		form := m.form(r, ids, id)
		form.Set("_csrf", csrf)
		return m.ask(u, r.method, path, []byte(form.Encode()), "application/x-www-form-urlencoded")
	case r.op.OperationID == "send-file" || r.op.OperationID == "upload-import" || r.op.OperationID == "send-sheet":
		body, kind := m.parts(r.op.OperationID, ids, "")
		return m.ask(u, r.method, path, body, kind)
	}
	return m.ask(u, r.method, path, m.body(r.op, ids), "application/json")
}

// TestLongWhoMayDoWhat asks for every operation and page as everybody, and holds the outcome against matrix.golden: one without a
// row fails. Nobody gets anywhere without signing in; a stranger, be it the nearest competitor, hears of what exists what it hears
// of what does not; whoever may do a thing gets to do it, or hears what stands in its way; and no answer at all carries a word of
// somebody else's trade.
func TestLongWhoMayDoWhat(t *testing.T) {
	m := newMatrix(t)
	m.beside()
	m.runs()
	all := m.routes()
	m.strangers(all)
	for _, r := range all {
		row := make([]string, len(columns))
		for i, c := range columns {
			row[i] = m.cell(r, c)
		}
		m.rows[r.String()] = row
	}
	m.compare(all)
	t.Run("every write leaves a row of who did what", func(t *testing.T) { m.audited(t, all) })
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
	thing := r.thing()
	if thing != "" {
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
	m.version, m.html = `"1"`, false
	m.asker, m.linked = u, column == "nobody" && r.linked()
	if r.method != "GET" && slices.Contains([]string{"agent", "counterparty", "owner"}, column) || m.linked {
		ids, id = m.ready(r, ids, id)
	}
	switch {
	case thing != "":
		m.version = m.read(thing, id)
	case r.op != nil && (r.op.OperationID == "issue-invoice" || r.op.OperationID == "ship"):
		m.version = m.read("orders", ids["orders"])
	case r.method == "POST" && strings.HasPrefix(r.path, "/organisation"):
		if found := versionField.FindStringSubmatch(m.ask(u, "GET", strings.TrimSuffix(strings.TrimSuffix(r.path, "/remove"), "/logo"), nil, "").body); found != nil {
			m.version = found[1]
		}
	}
	if strings.Contains(r.path, "logo") {
		m.pictured(id, u)
	}
	start := m.p.Config.Clock.Now()
	got := m.probe(u, r, ids, id)
	if r.method != "GET" && got.class() == "may" && u != nil && !r.ends() {
		m.witness(r, u, start)
	}
	if m.html = false; thing != "" && (column == "other" || column == "sibling" && !m.common(id)) {
		if none := m.probe(u, r, ids, nothing); !alike(got, none, id) {
			m.Errorf("%s as %s: id %s answers otherwise than nothing does: %s", r, column, id, difference(got, none, id))
		}
		if got.status != 404 && !(got.status == 403 && column == "sibling") {
			m.Errorf("%s as %s: whose %s it is was never asked: %d %.300s", r, column, thing, got.status, got.body)
		}
	}
	return got.class()
}

// again signs a user in anew.
func (m *matrix) again(u *user) {
	*u = *m.p.signIn(u.email)
	delete(m.tokens, u)
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
		m.right(r, m.rows[r.String()])
	}
}

// right holds a row against what is true of every row.
func (m *matrix) right(r route, row []string) {
	if row[0] == "may" && !slices.Contains(public, r.String()) {
		m.Errorf("%s lets in who has not signed in", r)
	}
	for _, i := range []int{1, 2} { // other, sibling
		if c := row[i]; r.thing() != "" && (c == "may" || strings.HasPrefix(c, "not now")) && !(i == 2 && slices.Contains(commons, r.thing())) {
			m.Errorf("%s lets in a stranger: %s", r, columns[i])
		}
	}
	if why, ok := unjudged[r.String()]; slices.Contains(row, "may") == ok {
		m.Errorf("%s: does somebody get to do it (give it what it needs in bodies_test.go, forms_test.go or states_test.go), or why does nobody? %q: %s", r, why, strings.Join(row, " | "))
	}
}

// versionField is where a form says of which version it was made.
var versionField = regexp.MustCompile(`name="version" value="(\d+)"`)
