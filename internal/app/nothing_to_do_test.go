package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// TestAStatementDoesNotTellWhoIsAnAgent: what kind an organisation is that one has nothing to do with, and whether there is one, is not
// told by which right is asked for.
func TestAStatementDoesNotTellWhoIsAnAgent(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	far := m.stranger(t, "PBJ", "agent")
	with := func(u *user, other string) string {
		a := u.do("GET", "/statement?seller="+other+"&buyer="+u.org+"&currency=IDR&from=2026-01-01&to=2026-11-01", nil)
		return fmt.Sprint(a.status, strings.ReplaceAll(a.text, other, "N"))
	}
	owner := m.buyer
	for _, role := range []string{"purchasing", "sales", "finance", "warehouse"} {
		u := m.seed(t, "T01", role, "statement")
		u.org = owner.org
		a, b := with(u, far), with(u, "999999999")
		plain := func(s string) string { s, _, _ = strings.Cut(s, `"request_id"`); return s }
		require.Equal(t, plain(b), plain(a), role)
	}
	agent := m.firm(t, "AGN", "agent")
	m.seller.post("/appointments", map[string]any{"agent": agent.org, "commission_on": "order", "commission_bps": 100, "from": "2025-01-01"}, 201)
	m.seller.get("/statement?seller=" + agent.org + "&buyer=" + m.seller.org + "&currency=IDR&from=2026-01-01&to=2026-11-01")
}

// TestWhoseAccountAnIDIsIsNotTold: what is paid beside invoices names an account; whose it is, is told to those who pay there alone.
func TestWhoseAccountAnIDIsIsNotTold(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	far := m.firm(t, "AGN", "agent")
	account := str(far.post("/bank-accounts", map[string]any{"bank": "BCA", "number": "0011", "holder": "Agen", "currency": "IDR"}, 201), "id")
	for path, named := range map[string]string{"/commissions/payments": "agent", "/claims/payments": "payee"} {
		var first string
		for _, x := range [][2]string{{"999999999", "999999998"}, {far.org, account}, {far.org, "999999998"}, {"999999999", account}} {
			a := m.buyer.do("POST", path, map[string]any{named: x[0], "currency": "IDR", "method": "transfer", "amount": "1", "bank_account": x[1]})
			got := fmt.Sprint(a.status, str(a.body, "code"), a.body["fields"])
			if first == "" {
				first = got
			}
			require.Equal(t, first, got, "%s %v", path, x)
		}
	}
}

// TestAnEmptyRoleHandsOverToo: somebody whose work is open is not taken out by giving no role.
func TestAnEmptyRoleHandsOverToo(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	budi, citra := m.seller.joins("budi@kopi.example", "Budi", "sales"), m.seller.joins("citra@kopi.example", "Citra", "sales")
	m.seller.put("/orgs/"+m.shop+"/representatives", map[string]any{"duty": "sales", "person": budi}, 204)
	a := m.seller.do("PUT", "/people/"+budi+"/role", map[string]any{"role": ""})
	require.Equal(t, []any{409, "person.open_work"}, []any{a.status, str(a.body, "code")}, a.text)
	require.Contains(t, m.seller.do("GET", "/people", nil).text, "budi@kopi.example")
	m.seller.post("/people/"+budi+"/hand-over", map[string]any{"heir": citra}, 204)
	a = m.seller.do("PUT", "/people/"+budi+"/role", map[string]any{"role": ""})
	require.Equal(t, 204, a.status, a.text)
	require.NotContains(t, m.seller.do("GET", "/people", nil).text, "budi@kopi.example")
	reps := m.buyer.do("GET", "/orgs/"+m.seller.org+"/representatives", nil).text
	require.NotContains(t, reps, "budi@kopi.example")
	require.Contains(t, reps, "citra@kopi.example")
}

// TestAWaitingFileIsItsSendersAlone: until it hangs on a document, no colleague reads, attaches or ends a file, and no key but the one
// that sent it.
func TestAWaitingFileIsItsSendersAlone(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	o := m.place(t, "4", "")
	finance, warehouse := m.seed(t, "KOPI", "finance", "files"), m.seed(t, "KOPI", "warehouse", "files")
	key := func() *user {
		k := m.seller.post("/keys", map[string]any{"name": "Scanner", "scopes": []string{"file:attach", "file:end", "order:read", "invoice:read"}, "days": 3}, 201)
		return &user{p: m.portal, token: str(k, "secret"), org: m.seller.org}
	}
	one, two := key(), key()
	for n, x := range []struct{ sender, other *user }{{finance, warehouse}, {finance, m.seller}, {m.seller, finance}, {one, two}, {m.seller, one}} {
		sent := x.sender.sendFile("kontrak.txt", strings.NewReader(fmt.Sprint("secret price list ", n)), fmt.Sprint("w", n))
		require.Equal(t, 201, sent.status, sent.text)
		no := str(sent.body, "id")
		x.sender.get("/files/" + no)
		for _, probe := range []struct {
			method, path string
			body         any
		}{{"GET", "", nil}, {"GET", "/content", nil}, {"POST", "/attach", map[string]any{"document_kind": "order", "document": str(o, "id")}}, {"DELETE", "", nil}} {
			a := x.other.do(probe.method, "/files/"+no+probe.path, probe.body)
			if probe.path == "/attach" && a.status == 403 {
				continue // the document is asked first, and who may not attach to it hears so whatever the file
			}
			require.Equal(t, 404, a.status, "%d %s %s: %s", n, probe.method, probe.path, a.text)
		}
		at := x.sender.do("POST", "/files/"+no+"/attach", map[string]any{"document_kind": "order", "document": str(o, "id")})
		require.Less(t, at.status, 300, at.text)
	}
}
