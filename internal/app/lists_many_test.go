package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"saluran/internal/app"
)

// many is how many rows stand behind each list.
const many = 5000

// TestLongListsWithThousandsOfRows: each page with a list puts few questions and reads few rows, whatever stands behind it. How long
// each takes is printed; nothing here is timed.
func TestLongListsWithThousandsOfRows(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true }) // they would be counted too
	m.seller.post("/points/programmes", map[string]any{"name": "Poin", "currency": "IDR", "earn_on": "delivery", "points": 1, "per_amount": "1000", "worth": "10"}, 201)
	sold := m.place(t, "1", "carton")
	path := "/orders/" + str(sold, "id")
	m.seller.post(path+"/confirm", nil, 200)
	ship := m.seller.post(path+"/dispatch", nil, 201)
	m.buyer.post("/shipments/"+str(ship, "id")+"/receive", nil, 200)
	v := m.seller.post(path+"/invoice", nil, 201)
	m.buyer.post("/payments", map[string]any{"payee": m.seller.org, "currency": "IDR", "amount": str(v, "total"), "method": "transfer"}, 201)
	m.seller.post("/counter-sales", map[string]any{"price_list": m.list, "lines": []any{map[string]any{"product": m.product, "qty": "1"}}}, 201)
	m.multiply()

	asked := m.counting()
	read, counts := m.reading()
	seller, shop := m.enter("owner@kopi.example"), m.enter("owner@toko.example")
	pages := []string{"/", "/orders", "/orders?side=seller&status=confirmed", "/orders?status=rejected", "/orders/quick", "/orders/quick?tab=find&seller=" + m.seller.org + "&buyer=" + m.shop, "/orders/quick?tab=find&q=4999&seller=" + m.seller.org + "&buyer=" + m.shop,
		"/m/order", "/m/order?seller=" + m.seller.org + "&buyer=" + m.shop, "/m/order?tab=find&q=4999&seller=" + m.seller.org + "&buyer=" + m.shop, "/orders/quick?tab=again&seller=" + m.seller.org + "&buyer=" + m.shop, "/cart?seller=" + m.seller.org + "&buyer=" + m.shop,
		"/shipments", "/shipments?side=out", "/invoices", "/invoices?side=seller&status=unpaid", "/payments", "/payments/new", "/stock", "/stock?by=holder", "/stock?by=bearer",
		"/stock?q=nothing", "/deposits", "/movements", "/transfers/new", "/points", "/points/moves", "/stock?q=" + url.QueryEscape("Barang 4999"), "/warehouses", "/exports", "/imports", "/partners", "/partners?q=4999", "/products", "/products?q=4999",
		"/prices/" + m.list, "/people", "/counter", "/counter?q=4999", "/warehouses?goods=4999", "/payments/new?q=4999", "/orders/quick?q=4999", "/counter/use", "/find?q=4999", "/find?q=" + str(sold, "number"), "/find?q=zzz", path}
	for who, browser := range map[string]*http.Client{"seller": seller, "shop": shop} {
		for _, p := range pages {
			if who == "shop" && (strings.HasPrefix(p, "/prices/")) {
				continue
			}
			visit := func() (string, int) {
				res, err := browser.Get(m.url + p)
				require.NoError(t, err)
				return body(t, res), res.StatusCode
			}
			began := time.Now()
			visit()
			took := time.Since(began)
			q, n := asked.Load(), read.Load()
			counts.Store(true)
			text, status := visit()
			counts.Store(false)
			q, n = asked.Load()-q, read.Load()-n
			t.Logf("%-7s %-45s %3d questions %5d rows %7d bytes %v", who, p, q, n, len(text), took.Round(time.Millisecond))
			require.Equal(t, 200, status, p)
			if q > 45 || n > 1500 || len(text) > 700_000 {
				t.Errorf("%s %s: %d questions, %d rows, %d bytes", who, p, q, n, len(text))
			}
		}
	}
}

// reading counts the rows that each reading through gorm gives, by asking again how many they are; only while it is on.
func (p *portal) reading() (rows *atomic.Int64, on *atomic.Bool) {
	rows, on = new(atomic.Int64), new(atomic.Bool)
	add := func(tx *gorm.DB) {
		sql := tx.Statement.SQL.String()
		if !on.Load() || !strings.HasPrefix(sql, "SELECT") {
			return
		}
		var n int64
		require.NoError(p.t, p.DB.ReadSQL().QueryRow("SELECT COUNT(*) FROM ("+sql+") counted", tx.Statement.Vars...).Scan(&n), sql)
		rows.Add(n)
	}
	c := p.DB.R(context.Background()).Callback()
	require.NoError(p.t, c.Query().After("gorm:query").Register("count:rows", add))
	require.NoError(p.t, c.Row().After("gorm:row").Register("count:rows", add))
	return rows, on
}

// copier copies one row of a table many times, by SQL; what is changed in them is said in SQL, where # is the number of a copy, which it
// begins after the number that is answered.
func (m *market) copier() func(table, where string, change map[string]string) int64 {
	base := int64(20_000_000_000)
	columns := "SELECT name FROM pragma_table_info(?)"
	if m.DB.R(context.Background()).Dialector.Name() != "sqlite" {
		columns = "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?"
	}
	const digit = "(SELECT 0 AS i UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"
	const numbers = "(SELECT 1 + a.i + 10 * b.i + 100 * c.i + 1000 * d.i AS i FROM " + digit + " a, " + digit + " b, " + digit + " c, " + digit + " d)"
	return func(table, where string, change map[string]string) int64 {
		base += 100_000
		var cols []string
		require.NoError(m.t, m.DB.R(context.Background()).Raw(columns, table).Scan(&cols).Error)
		from := make([]string, len(cols))
		for i, c := range cols {
			from[i] = "x." + c
			if e, ok := change[c]; ok {
				from[i] = strings.ReplaceAll(e, "#", fmt.Sprintf("(%d + n.i)", base))
			}
		}
		sql := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s n, (SELECT * FROM %s WHERE %s ORDER BY 1 LIMIT 1) x WHERE n.i <= %d", // never the competitor's, whose ids are the largest
			table, strings.Join(cols, ", "), strings.Join(from, ", "), numbers, table, where, many)
		err := m.DB.InTx(context.Background(), func(ctx context.Context) error { return m.DB.W(ctx).Exec(sql).Error })
		require.NoError(m.t, err, table)
		return base
	}
}

// of is the number of a copy of another table.
func of(base int64) string { return fmt.Sprintf("(%d + n.i)", base) }

// multiply copies one row of each kind many times: enough to be listed, no more.
func (m *market) multiply() {
	copies := m.copier()
	seller := "seller = " + m.seller.org
	orgs := copies("org", "code = 'T01'", map[string]string{"id": "#", "code": "CONCAT('M', n.i)", "name": "CONCAT('Toko ', n.i)", "name_fold": "CONCAT('toko ', n.i)"})
	links := copies("link", seller, map[string]string{"id": "#", "buyer": of(orgs)})
	copies("link", seller, map[string]string{"id": "#", "seller": of(orgs), "buyer": m.shop})
	copies("agreement", "seller_by <> 0 AND buyer_by <> 0", map[string]string{"id": "#", "link": of(links), "buyer": of(orgs)})
	products := copies("product", "sku = 'ROB-250'", map[string]string{"id": "#", "sku": "CONCAT('B', n.i)", "name": "CONCAT('Barang ', n.i)", "name_fold": "CONCAT('barang ', n.i, ' b', n.i)"})
	copies("product_unit", "unit = 'carton'", map[string]string{"product": of(products)})
	copies("price", "min_qty = 0", map[string]string{"id": "#", "product": of(products)})
	lots := copies("lot", "1 = 1", map[string]string{"id": "#", "product": of(products)})
	for _, org := range []string{m.seller.org, m.shop} {
		stands := copies("account", "book = 1 AND place > 0 AND owner = "+org+" AND place IN (SELECT id FROM place WHERE org = "+org+")",
			map[string]string{"acct": "#", "unit": of(lots), "product": of(products)})
		copies("balance", "acct = (SELECT MIN(acct) FROM account WHERE book = 1 AND place > 0 AND owner = "+m.seller.org+")", map[string]string{"acct": of(stands), "posted": "1000000"})
		copies("stock", "1 = 1", map[string]string{"seller": org, "product": of(products)})
	}
	orders := copies("orders", "number LIKE 'SO-%'", map[string]string{"id": "#", "number": "CONCAT('SO-', #)"})
	copies("orders", "number LIKE 'CS-%'", map[string]string{"id": "#", "number": "CONCAT('CS-', #)"})
	copies("shipment", "1 = 1", map[string]string{"id": "#", "number": "CONCAT('SJ-', #)", "order_id": of(orders)})
	copies("invoice", seller+" AND buyer = "+m.shop, map[string]string{"id": "#", "number": "CONCAT('INV-', #)", "order_id": of(orders), "settled": "0", "status": "'open'"})
	copies("payment", "payer = "+m.shop, map[string]string{"id": "#", "number": "CONCAT('PAY-', #)"})
	copies("exposure", "1 = 1", map[string]string{"bill_to": of(orgs)})
	copies("points_move", seller, map[string]string{"id": "#", "holder": of(orgs)})
	copies("points_move", seller, map[string]string{"id": "#", "holder": m.shop})
	persons := copies("person", "1 = 1", map[string]string{"id": "#", "email": "CONCAT('m', n.i, '@kopi.example')"})
	copies("membership", "org = "+m.seller.org, map[string]string{"person": of(persons)})
	require.NoError(m.t, m.DB.InTx(context.Background(), func(ctx context.Context) error { return m.DB.BumpMaster(ctx) }))
}
