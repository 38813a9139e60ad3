package app_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// TestAnImportGoesOnByTheRightOfNow: a queued run stops where the right was taken away in between, and what lies in the queue, the
// log and the copy of one's data names nobody beyond numbers.
func TestAnImportGoesOnByTheRightOfNow(t *testing.T) {
	m, sales := distributed(t, func(c *app.Config) { c.NoWorkers = true })
	working := func(do func()) {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { m.Jobs.Run(ctx); close(ended) }()
		do()
		stop()
		<-ended
	}
	var check string
	working(func() { check, _ = sales.checked("sales", "lines", "history.csv", history) })
	run := sales.do("POST", "/imports/"+check+"/apply", map[string]any{})
	require.Equal(t, 202, run.status, run.text)
	owner := m.signIn("owner@sebar.example")
	person := str(sales.get("/me"), "person")
	require.Equal(t, 204, owner.do("PUT", "/people/"+person+"/role", map[string]any{"role": "warehouse"}).status)
	var ended map[string]any
	working(func() { ended = owner.waitJob("/imports/runs/" + str(run.body, "id")) })
	require.Equal(t, "failed", str(ended["job"].(map[string]any), "status"), "%v", ended)
	require.Empty(t, items(owner.get("/orders")), "nothing was posted")

	require.Contains(t, sales.do("GET", "/me/data", nil).text, "import.check")
	var kept []string
	require.NoError(t, m.App.DB.R(t.Context()).Raw("SELECT payload FROM job WHERE person = ?", person).Scan(&kept).Error)
	require.Len(t, kept, 2)
	for _, p := range kept {
		require.NotContains(t, p, "127.0.0.1")
		require.NotContains(t, p, "actor")
	}
	var said []string
	require.NoError(t, m.App.DB.R(t.Context()).Raw("SELECT changes FROM audit WHERE action LIKE 'import.%.asked'").Scan(&said).Error)
	require.Len(t, said, 2)
	for _, c := range said {
		require.NotContains(t, c, "history.csv", "names of files stay out of the chain")
		require.Contains(t, c, "map sales")
	}
}

// TestAKeyAndARoleOfOnesOwnImport within what they may.
func TestAKeyAndARoleOfOnesOwnImport(t *testing.T) {
	m, _ := distributed(t)
	owner := m.signIn("owner@sebar.example")
	made := owner.post("/keys", map[string]any{"name": "ERP", "scopes": []string{"import:read", "import:run", "job:read"}, "days": 30}, 201)
	key := &user{p: m.portal, token: str(made, "secret")}
	id, found := key.checked("sales", "lines", "history.csv", history)
	require.Empty(t, found["summary"].(map[string]any)["problems"], "%v", found)
	run := key.do("POST", "/imports/"+id+"/apply", map[string]any{})
	require.Equal(t, 202, run.status, run.text)
	require.EqualValues(t, 3, key.waitJob("/imports/runs/" + str(run.body, "id"))["summary"].(map[string]any)["applied_documents"])
	var named int64
	require.NoError(t, m.App.DB.R(t.Context()).Raw("SELECT COUNT(*) FROM audit WHERE api_key = ? AND seq > 0", str(made, "id")).Scan(&named).Error)
	require.Positive(t, named, "what the key brought in names the key")

	role := owner.post("/roles", map[string]any{"name": "Pemindah data", "from": "sales"}, 201)
	people := items(owner.get("/people"))
	for _, p := range people {
		if str(p, "role") == "warehouse" {
			require.Equal(t, 204, owner.do("PUT", "/people/"+str(p, "person")+"/role", map[string]any{"role": "own:" + str(role, "id")}).status, "%v", p)
		}
	}
	mover := m.signIn("warehouse@sebar.example")
	_, found = mover.checked("sales", "lines", "history.csv", history)
	require.EqualValues(t, 3, found["summary"].(map[string]any)["already_there"], "%v", found)
}

// TestWhatWasSoldSinceOneTradesHereIsNotImported: nobody writes debt and stock into the books of an organisation that has people of its
// own for days on which it could have ordered; what was before may come.
func TestWhatWasSoldSinceOneTradesHereIsNotImported(t *testing.T) {
	m, _ := distributed(t)
	sku := str(m.seller.get("/products/"+m.product), "sku")
	const week = 7 * 24 * 3600 * 1_000_000 // they have been here for a week
	for _, q := range []string{"UPDATE membership SET created_us = created_us - ?", "UPDATE agreement SET seller_us = seller_us - ?, buyer_us = buyer_us - ?"} {
		_, err := m.App.DB.WriteSQL().ExecContext(t.Context(), q, []any{week, week}[:strings.Count(q, "?")]...)
		require.NoError(t, err)
	}
	yesterday := string(m.Config.Clock.Now().In("Asia/Jakarta").AddDays(-1))
	const header = "Document,Date,Buyer code,Product code,Quantity,Amount,Tax\n"
	_, found := m.seller.checked("sales", "lines", "new.csv", header+"L-1,"+yesterday+",DST,"+sku+",10,100000,0\n")
	sum := found["summary"].(map[string]any)
	require.Len(t, sum["problems"], 1, "%v", sum)
	require.Equal(t, "import.trades_here", str(sum["problems"].([]any)[0].(map[string]any), "code"))
	_, found = m.seller.checked("sales", "lines", "old.csv", header+"L-2,2026-01-05,DST,"+sku+",10,100000,0\n")
	require.Empty(t, found["summary"].(map[string]any)["problems"])
}
