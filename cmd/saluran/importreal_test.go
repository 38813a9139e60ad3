package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
	"saluran/internal/i18n"
)

// TestLongRealFilesByTheCommandLine: what people really have goes in by the command line, and what is wrong with it is said in words: the master of a
// shop (over ten thousand rows, as products and as prices), and extracts of sales in other shapes: ";", "$" and MM/DD/YYYY; 16 columns and no
// number of an invoice; snake_case. With SALURAN_FULL all of the sales are applied, else those of the smallest file.
func TestLongRealFilesByTheCommandLine(t *testing.T) {
	data := os.Getenv("SALURAN_DATA")
	if data == "" {
		t.Skip("SALURAN_DATA names no folder with real data: this test needs indonesia-minimarket/ and iowa/other-samples/ in it")
	}
	for _, lang := range []string{i18n.ID, i18n.EN} {
		t.Run(lang, func(t *testing.T) {
			c := sits(t, lang)
			shop := c.real(data, "indonesia-minimarket/barang.csv")
			rows := c.takes(true, "products", shop)
			rows += c.takes(true, "prices", shop, "--all", "list=Eceran", "--match", "sku=kd_barang", "--match", "price=harga_jual")
			require.Greater(t, rows, 10_000)
			for _, x := range []struct {
				file string
				rows int
			}{{"cc5212_Iowa_Liquor_Sales_10k.csv", 10_000}, {"lukefiorio_2012-01-31_full_day.csv", 9_510}, {"APersonalVoyage_iowa_liquor_sales_1000.csv", 1_000}} {
				n := c.takes(x.rows < 2_000 || os.Getenv("SALURAN_FULL") != "", "sales", c.real(data, "iowa/other-samples/"+x.file))
				require.InDelta(t, x.rows, n, 2, x.file)
			}
			dbtest.Lift(t, dbtest.Open(t, c.url))
			_, err := typed(t, "verify", "--db", c.url)
			require.NoError(t, err)
		})
	}
}

func (c *clerk) real(data, name string) string {
	path := filepath.Join(data, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		c.Skipf("SALURAN_DATA has no %s: this test needs it", name)
	}
	return path
}

// takes checks a file, and where it is asked for applies the good rows of it, twice; it answers how many rows it has.
func (c *clerk) takes(apply bool, kind, file string, more ...string) (rows int) {
	c.Helper()
	args := append([]string{"import", kind, "--db", c.url, "--org", "KOPI", "--lang", c.lang}, append(more, file)...)
	began := time.Now()
	out, err := typed(c.T, append(args, "--check")...)
	if err != nil {
		require.ErrorIs(c, err, errQuiet)
	}
	found := c.figures(out)
	c.Logf("%s %s (%s): checked in %.1f s: %s", kind, filepath.Base(file), c.lang, time.Since(began).Seconds(), out[len(out)-1])
	for _, said := range out[:len(out)-1] {
		require.NotContains(c, said, "err.", "every reason is said in words")
		require.NotContains(c, said, "--", "the file is understood: %s", said)
		c.Log("  " + said)
	}
	if kind != "sales" { // there documents are counted
		require.Equal(c, found["rows"], found["new"]+found["changed"]+found["same"]+found["bad"])
	}
	require.Zero(c, found["applied"])
	require.Equal(c, found["bad"] > 0, len(out) > 1)
	if apply {
		began = time.Now()
		out, err = typed(c.T, append(args, "--accept-good")...)
		require.NoError(c, err, strings.Join(out, "\n"))
		did := c.figures(out)
		c.Logf("  applied in %.1f s: %s", time.Since(began).Seconds(), out[len(out)-1])
		require.Equal(c, found["new"]+found["changed"], did["applied"])
		require.Positive(c, did["applied"])
		out, err = typed(c.T, append(args, "--accept-good")...)
		require.NoError(c, err)
		require.Zero(c, c.figures(out)["applied"], "again, nothing")
	}
	return found["rows"]
}
