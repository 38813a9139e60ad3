package intake

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/money"
)

var usd = money.Currencies["USD"]

// expected reads a reference file: code → columns by name.
func expected(t testing.TB, slice, file string) []map[string]string {
	f, err := os.Open(filepath.Join(sharedData(t), "iowa", "open", slice, "expected", file))
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	var out []map[string]string
	for _, r := range rows[1:] {
		m := map[string]string{}
		for i, h := range rows[0] {
			m[h] = r[i]
		}
		out = append(out, m)
	}
	return out
}

type figure struct {
	Code          string
	Lines, Orders int64
	Qty, Net      int64
}

// figures of what the State sold, by a column.
func (w *world) figures(column string) map[string]figure {
	var rows []figure
	require.NoError(w, w.d.R(w.Context()).Raw(`SELECT `+column+` AS code, COUNT(*) AS `+"`lines`"+`, COUNT(DISTINCT v.order_id) AS orders, SUM(l.qty) AS qty, SUM(l.net) AS net
		FROM invoice_line l JOIN invoice v ON v.id = l.invoice_id JOIN org s ON s.id = v.seller JOIN org b ON b.id = v.buyer
		JOIN orders o ON o.id = v.order_id JOIN product p ON p.id = l.product JOIN org m ON m.id = p.producer
		WHERE s.kind = 'distributor' AND s.code = 'IOWA' GROUP BY `+column).Scan(&rows).Error)
	out := map[string]figure{}
	for _, r := range rows {
		out[r.Code] = r
	}
	return out
}

func (w *world) compare(slice, file, codeColumn, sqlColumn string) {
	got := w.figures(sqlColumn)
	want := expected(w.TB, slice, file)
	require.Len(w, got, len(want), file)
	for _, r := range want {
		g := got[r[codeColumn]]
		require.Equal(w, r["lines"], strconv.FormatInt(g.Lines, 10), "%s %s: lines", file, r[codeColumn])
		if r["orders"] != "" {
			require.Equal(w, r["orders"], strconv.FormatInt(g.Orders, 10), "%s %s: orders", file, r[codeColumn])
		}
		require.Equal(w, r["bottles"], strconv.FormatInt(g.Qty/1000, 10), "%s %s: bottles", file, r[codeColumn])
		require.Equal(w, r["dollars"], usd.Format(money.Minor(g.Net)), "%s %s: dollars", file, r[codeColumn])
	}
}

// owed is what the State owes each vendor, as the ledger says.
func (w *world) owed(slice string) {
	var rows []struct {
		Code   string
		Posted int64
	}
	require.NoError(w, w.d.R(w.Context()).Raw(`SELECT v.code, b.posted FROM account a JOIN balance b ON b.acct = a.acct JOIN org v ON v.id = a.org
		JOIN org s ON s.id = a.counterparty WHERE a.book = 2 AND a.side = 1 AND a.purpose = 1 AND v.kind = 'producer' AND s.code = 'IOWA'`).Scan(&rows).Error)
	got := map[string]string{}
	for _, r := range rows {
		got[r.Code] = usd.Format(money.Minor(r.Posted))
	}
	want := expected(w.TB, slice, "by_vendor.csv")
	require.Len(w, got, len(want))
	for _, r := range want {
		require.Equal(w, r["cost_at_master"], got[r["vendor"]], "owed to vendor %s", r["vendor"])
	}
}

func (w *world) equalsReference(slice string) {
	w.compare(slice, "by_vendor.csv", "vendor", "m.code")
	w.compare(slice, "by_store.csv", "store", "b.code")
	w.compare(slice, "by_item.csv", "item", "p.sku")
	w.compare(slice, "by_day.csv", "date", "v.issued_on")
	w.compare(slice, "orders.csv", "order", "o.number")
	w.owed(slice)
	require.Zero(w, w.one(`SELECT COUNT(*) FROM account a JOIN balance b ON b.acct = a.acct JOIN org o ON o.id = a.owner
		WHERE a.book = 1 AND o.kind = 'distributor' AND b.posted <> 0`), "the State keeps nothing")
}

func (w *world) rows() map[string]int64 {
	out := map[string]int64{}
	for _, t := range []string{"journal", "entry", "account", "balance", "orders", "order_line", "invoice", "invoice_line", "audit", "org", "product", "lot"} {
		out[t] = w.one("SELECT COUNT(*) FROM " + t)
	}
	return out
}

func TestLongIowa(t *testing.T) {
	for _, c := range []struct{ slice, lines string }{{"tiny", "tiny/lines.csv"}, {"small", "small/lines.csv"}, {"", "lines.csv.gz"}} {
		t.Run(c.lines, func(t *testing.T) {
			if c.slice == "" && os.Getenv("SALURAN_FULL") == "" {
				t.Skip("all 220,359 lines take a minute: set SALURAN_FULL=1")
			}
			if c.slice == "small" && testing.Short() {
				t.Skip("go test -short leaves out this test, which takes its time: run it without -short")
			}
			w := newWorld(t)
			job := iowa(t, c.lines)
			sum, err := w.svc.Run(t.Context(), System(), job)
			require.NoError(t, err, "%+v", sum)
			t.Logf("%+v", *sum)
			w.equalsReference(c.slice)

			w.verify()
			before := w.rows()
			again, err := w.svc.Run(t.Context(), System(), job)
			require.NoError(t, err)
			require.Equal(t, before, w.rows(), "a second run adds nothing")
			require.Equal(t, sum.Documents, again.Already)
			require.Zero(t, again.Applied+again.Purchases+again.PurchaseBacks+again.New)
			t.Logf("first run %d ms, second %d ms, rows %v, peak %s", sum.Millis, again.Millis, before, peak())
		})
	}
}

// peak is the most memory that this process has held.
func peak() string {
	b, _ := os.ReadFile("/proc/self/status")
	for _, l := range strings.Split(string(b), "\n") {
		if strings.HasPrefix(l, "VmHWM") {
			return strings.Join(strings.Fields(l)[1:], " ")
		}
	}
	return "unknown"
}
