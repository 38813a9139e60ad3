package app_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
	"saluran/internal/identity"
)

// TestErasureLeavesEveryProofWhole: what somebody wrote and is called is nowhere left, and the books still prove themselves.
func TestErasureLeavesEveryProofWhole(t *testing.T) {
	m := newMarket(t, "delivery")
	ctx := context.Background()
	org, err := m.Partner.Resolve(ctx, "T01")
	require.NoError(t, err)
	_, err = m.Identity.Seed(ctx, org.ID, org.Kind, identity.NewPerson{Email: "kenanga.wulandari@toko.example", Name: "Kenanga Wulandari", Password: password, Lang: "en", Role: "purchasing"})
	require.NoError(t, err)
	k := m.signIn("kenanga.wulandari@toko.example")
	o := k.post("/orders", map[string]any{"seller": m.seller.org, "note": "Ring Kenanga at 0812-555",
		"lines": []any{map[string]any{"product": m.product, "qty": "24"}}}, 201)
	path := "/orders/" + str(o, "id")
	m.seller.post(path+"/confirm", nil, 200)
	ship := m.seller.post(path+"/dispatch", nil, 201)
	k.post("/shipments/"+str(ship, "id")+"/receive", map[string]any{"note": "Kenanga took it"}, 200)
	m.seller.post(path+"/invoice", nil, 201)
	m.holds(t)
	story := func() string { return m.buyer.do("GET", path+"?story=true", nil).text }
	require.Contains(t, story(), "Kenanga Wulandari")

	data := fmt.Sprint(items(k.get("/me/data")))
	for _, want := range []string{"Kenanga Wulandari", "kenanga.wulandari@toko.example", "Ring Kenanga at 0812-555", "Kenanga took it", "127.0.0.1", "order.placed"} {
		require.Contains(t, data, want)
	}
	require.NotContains(t, data, "owner@toko.example", "of oneself alone")
	require.Equal(t, 422, k.do("POST", "/me/erase", map[string]any{"password": "not it at all"}).status)
	require.Equal(t, 409, m.buyer.do("POST", "/me/erase", map[string]any{"password": password}).status, "the last owner")
	person := str(k.get("/me"), "person")
	log := m.buyer.post("/exports", map[string]any{"report": "audit", "lang": "en"}, 202)
	m.buyer.waitJob("/exports/" + str(log, "id"))
	workbook := "/exports/" + str(log, "id") + "/file"
	require.Equal(t, 200, m.buyer.do("GET", workbook, nil).status)
	require.True(t, m.onDisk(t, "Kenanga Wulandari", true))
	require.Equal(t, 204, k.do("POST", "/me/erase", map[string]any{"password": password}).status)
	require.Equal(t, 401, k.do("GET", "/me", nil).status)
	require.Equal(t, 401, stranger(m.portal).do("POST", "/sessions", map[string]any{"email": "kenanga.wulandari@toko.example", "password": password}).status)
	m.holds(t)
	m.nowhere(t, "enanga", "0812-555")
	require.Equal(t, 404, m.buyer.do("GET", workbook, nil).status, "a stored workbook may name them")
	require.False(t, m.onDisk(t, "enanga", false), "nor in a free page")
	var traces int
	require.NoError(t, m.DB.ReadSQL().QueryRow("SELECT COUNT(*) FROM audit WHERE ip <> '' AND person = "+person).Scan(&traces))
	require.Zero(t, traces)
	require.Contains(t, story(), identity.Erased)
	trail := fmt.Sprint(items(m.buyer.get("/audit?document=" + person)))
	require.Contains(t, trail, identity.Erased)
	require.Contains(t, trail, "person.erased")
	require.Equal(t, "24", m.buyer.get(path)["lines"].([]any)[0].(map[string]any)["qty"], "the document stays")

	shop := m.seller.post("/orgs", map[string]any{"code": "C-1", "kind": "consumer", "name": "Bapak Suryadarma", "phone": "0899-1", "address": "Jl. Melati 7"}, 201)
	m.seller.change("/orgs/"+str(shop, "id"), map[string]any{"name": "Ibu Suryadarma", "zone": "Asia/Jakarta", "phone": "0899-1", "address": "Jl. Melati 7", "vat_registered": false, "active": true})
	require.Equal(t, 404, m.buyer.do("POST", "/orgs/"+str(shop, "id")+"/erase", nil).status)
	require.Equal(t, 409, m.seller.do("POST", "/orgs/"+m.shop+"/erase", nil).status, "a shop is no natural person")
	require.Equal(t, 204, m.seller.do("POST", "/orgs/"+str(shop, "id")+"/erase", nil).status)
	m.holds(t)
	m.nowhere(t, "uryadarma", "0899-1", "Melati 7")
	require.NoError(t, m.People.Sweep(ctx))
	m.holds(t)
}

func (m *market) holds(t *testing.T) {
	t.Helper()
	dbtest.Lift(m.t, m.DB)
	rep, err := m.Verify(context.Background(), nil)
	require.NoError(t, err)
	require.Zero(t, rep.Failed(), "%v", rep.Problems)
}

// nowhere reads every text of every table.
func (m *market) nowhere(t *testing.T, words ...string) {
	t.Helper()
	tables, err := m.DB.Catalogue(context.Background(), m.DB.ReadSQL())
	require.NoError(t, err)
	require.Greater(t, len(tables), 30)
	for _, tb := range tables {
		rows, err := m.DB.ReadSQL().Query("SELECT * FROM " + tb.Name)
		require.NoError(t, err)
		cols, err := rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			v, to := make([]any, len(cols)), make([]any, len(cols))
			for i := range v {
				to[i] = &v[i]
			}
			require.NoError(t, rows.Scan(to...))
			for i, x := range v {
				s := fmt.Sprintf("%s", x)
				for _, w := range words {
					require.False(t, strings.Contains(s, w), "%s.%s holds %q", tb.Name, cols[i], s)
				}
			}
		}
		require.NoError(t, rows.Close())
	}
}

// onDisk tells whether a word stands in the file of an SQLite database, free pages included; of MariaDB it answers other.
func (m *market) onDisk(t *testing.T, word string, other bool) bool {
	t.Helper()
	file, ok := strings.CutPrefix(m.Config.DB, "sqlite:")
	if !ok {
		return other
	}
	unlock := m.DB.LockWriter()
	_, err := m.DB.WriteSQL().Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	unlock()
	require.NoError(t, err)
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	return bytes.Contains(raw, []byte(word))
}
