package app_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/clock"
	"saluran/internal/db/dbtest"
	"saluran/internal/excel"
	"saluran/internal/intake"
	"saluran/internal/qty"
	"saluran/internal/report"
)

// TestLongWorkbooksOfIowa imports a real month of trade and reads it back out of the exported workbooks: sales by vendor, store,
// day, item and order, and what the State owes each vendor, equal the figures that others computed, to the cent and the
// bottle. SALURAN_FULL=1 takes the whole month instead of its small slice.
func TestLongWorkbooksOfIowa(t *testing.T) {
	slice, lines := "small", "small/lines.csv"
	if os.Getenv("SALURAN_FULL") != "" {
		slice, lines = "", "lines.csv.gz"
	}
	dir := filepath.Join(os.Getenv("SALURAN_DATA"), "iowa")
	if _, err := os.Stat(filepath.Join(dir, "open", lines)); os.Getenv("SALURAN_DATA") == "" || err != nil {
		t.Skip("SALURAN_DATA names no folder with iowa/open: this test needs real data")
	}
	a, err := app.Open(t.Context(), app.Config{DB: dbtest.Ready(t), NoWorkers: true})
	require.NoError(t, err)
	defer a.Close()
	m, err := intake.LoadMapping("iowa")
	require.NoError(t, err)
	products, stores := intake.File(filepath.Join(dir, "raw", "product-datefixed.csv")), intake.File(filepath.Join(dir, "raw", "stores.csv"))
	_, err = a.Intake.Run(t.Context(), intake.System(), intake.Job{Map: m, Lines: intake.Files(filepath.Join(dir, "open", lines)), Products: &products, Partners: &stores})
	require.NoError(t, err)
	want := func(file string) string { return filepath.Join(dir, "open", slice, "expected", file) }
	for _, c := range []struct{ report, file, code, amount string }{
		{"sales-by-supplier", "by_vendor.csv", "vendor", "dollars"},
		{"sales-by-partner", "by_store.csv", "store", "dollars"},
		{"sales-by-day", "by_day.csv", "date", "dollars"},
		{"sales-by-product", "by_item.csv", "item", "dollars"},
		{"sales-by-order", "orders.csv", "order", "dollars"},
		{"purchases-by-supplier", "by_vendor.csv", "vendor", "cost_at_master"},
	} {
		got := sheet(t, a, c.report)
		ref := reference(t, want(c.file), c.code)
		require.Len(t, got, len(ref), c.report)
		for _, r := range got {
			w := ref[r[0]]
			require.NotNil(t, w, "%s: %s", c.report, r[0])
			same(t, w["bottles"], r[4], 3, c.report, r[0])
			same(t, w[c.amount], r[5], 2, c.report, r[0])
			if c.amount == "dollars" {
				require.Equal(t, w["lines"], r[2], "%s: lines of %s", c.report, r[0])
				if w["orders"] != "" {
					require.Equal(t, w["orders"], r[3], "%s: orders of %s", c.report, r[0])
				}
			}
		}
	}
	owed := map[string]int64{}
	for _, r := range sheet(t, a, "payment-sheet") {
		if r[2] != "" { // the last row is the total
			owed[r[3]] += cents(t, r[10])
		}
	}
	for code, w := range reference(t, want("by_vendor.csv"), "vendor") {
		require.Equal(t, cents(t, w["cost_at_master"]), owed[code], "owed to %s", code)
	}
}

func cents(t *testing.T, s string) int64 {
	t.Helper()
	v, err := qty.Decimal(excel.Plain(s), 2)
	require.NoError(t, err)
	return v
}

func same(t *testing.T, want, got string, scale int, what, code string) {
	t.Helper()
	w, err := qty.Decimal(want, scale)
	require.NoError(t, err)
	g, err := qty.Decimal(excel.Plain(got), scale)
	require.NoError(t, err)
	require.Equal(t, w, g, "%s: %s", what, code)
}

// sheet writes a report of the State and reads its rows back, without the header.
func sheet(t *testing.T, a *app.App, name string) [][]string {
	t.Helper()
	org, err := a.Partner.Resolve(t.Context(), "State of Iowa")
	require.NoError(t, err)
	var buf bytes.Buffer
	_, err = a.Report.Print(t.Context(), report.Ask{Report: name, Org: org.ID, From: clock.Date("2022-09-01"), To: clock.Date("2022-09-30"), Lang: "en"}, &buf, nil)
	require.NoError(t, err)
	b, err := excel.OpenReader(&buf, excel.Usual)
	require.NoError(t, err)
	defer b.Close()
	rows, err := b.Rows(b.Sheets()[0])
	require.NoError(t, err)
	defer rows.Close()
	var out [][]string
	for rows.Next() {
		out = append(out, append([]string(nil), rows.Cells()...))
	}
	require.NoError(t, rows.Err())
	if name != "payment-sheet" {
		require.Equal(t, []string{"code", "name", "lines", "orders", "quantity", "amount"}, out[0])
	}
	return out[1:]
}

func reference(t *testing.T, file, key string) map[string]map[string]string {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	out := map[string]map[string]string{}
	for _, r := range rows[1:] {
		m := map[string]string{}
		for i, h := range rows[0] {
			m[h] = r[i]
		}
		out[m[key]] = m
	}
	return out
}
