package app_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// TestVisitsWithThousandsOfRows: rounds of a thousand shops, four hundred of them one person's on one day, and five thousand visits: each
// page puts few questions and reads few rows. How long each takes is printed; nothing here is timed.
func TestVisitsWithThousandsOfRows(t *testing.T) {
	f := newField(t, func(c *app.Config) { c.NoWorkers = true })
	dwi, tono := f.agent.joins("dwi@agen.example", "Dwi", "sales"), f.agent.joins("tono@agen.example", "Tono", "sales")
	stop := f.round()
	order := f.agent.post("/orders", map[string]any{"seller": f.seller.org, "buyer": f.shop2.org, "lines": []any{map[string]any{"product": f.product, "qty": "24"}}}, 201)
	v := f.agent.post("/visits", map[string]any{"stop": stop, "lines": []any{map[string]any{"product": f.product, "qty": "1"}}, "orders": []any{order["id"]}, "result": "order"}, 201)
	copies := f.copier()
	orgs := copies("org", "code = 'T02'", map[string]string{"id": "#", "code": "CONCAT('M', n.i)", "name": "CONCAT('Toko ', n.i)", "name_fold": "CONCAT('toko ', n.i)"})
	copies("link", "agent = "+f.agent.org, map[string]string{"id": "#", "buyer": of(orgs)})
	rest := fmt.Sprintf("CASE WHEN n.i < 400 THEN x.person WHEN n.i < 700 THEN %s WHEN n.i <= 1000 THEN %s ELSE x.person END", dwi, tono)
	copies("visit_stop", "id = "+stop, map[string]string{"id": "#", "shop": of(orgs), "person": rest, "ended_us": "CASE WHEN n.i <= 1000 THEN 0 ELSE n.i END", "until_on": "CASE WHEN n.i <= 1000 THEN x.until_on ELSE x.from_on END"})
	visits := copies("visit", "id = "+str(v, "id"), map[string]string{"id": "#", "stop": "0", "caller": "x.person", "nth": "n.i", "day_on": "CASE WHEN n.i <= 50 THEN x.day_on ELSE CONCAT('2025-0', 1 + n.i % 9, '-', 10 + n.i % 18) END"})
	copies("visit_count", "visit = "+str(v, "id"), map[string]string{"visit": of(visits)})
	require.NoError(t, f.DB.InTx(context.Background(), func(ctx context.Context) error { return f.DB.BumpMaster(ctx) }))

	asked := f.counting()
	read, counts := f.reading()
	link := f.linkOf("T02")
	shop := "seller=" + f.seller.org + "&shop=" + f.shop2.org
	for who, pages := range map[string][]string{
		"owner@agen.example": {"/", "/visits", "/visits?result=order", "/visits?result=none", "/visits?q=4999", "/visits?from=2025-03-01&to=2025-04-01", "/visits?person=" + dwi, "/visits/" + str(v, "id"), "/visit-plan", "/visit-plan?q=toko+99",
			"/visit-plan?person=" + tono, "/visit-plan/" + stop, "/m/today", "/m/today/kept", "/m/visits", "/m/shops", "/m/shops?q=4999", "/m/visits/new?" + shop, "/m/visits/" + str(v, "id"), "/m/visits/goods?" + shop, "/partners/" + link + "?part=visits"},
		"sales@kopi.example": {"/visits?side=principal", "/visits?side=principal&q=T02", "/visits", "/visit-plan"}, "owner@toko2.example": {"/visits?side=shop", "/partners/" + link + "?part=visits"},
	} {
		browser := f.enter(who)
		for _, p := range pages {
			open := func() string {
				res, err := browser.Get(f.url + p)
				require.NoError(t, err)
				require.Equal(t, http.StatusOK, res.StatusCode, p)
				return body(t, res)
			}
			open()
			began := time.Now()
			open()
			took := time.Since(began)
			q, n := asked.Load(), read.Load()
			counts.Store(true)
			text := open()
			counts.Store(false)
			q, n = asked.Load()-q, read.Load()-n
			t.Logf("%-20s %-50s %3d questions %5d rows %7d bytes %v", who, p, q, n, len(text), took.Round(time.Millisecond))
			if q > 45 || n > 2500 || len(text) > 700_000 {
				t.Errorf("%s %s: %d questions, %d rows, %d bytes", who, p, q, n, len(text))
			}
		}
	}
	plan, seen := "/visit-plan?size=100", 0 // and one can go through all of it
	for {
		p := f.agent.get(plan)
		seen += len(items(p))
		next, _ := p["next"].(string)
		if next == "" {
			break
		}
		plan = "/visit-plan?size=100&cursor=" + next
	}
	require.Equal(t, 1001, seen)
}
