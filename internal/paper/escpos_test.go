package paper

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/paper/papertest"
)

// TestASlipIsReadBackFromItsBytes: what a printer makes of the bytes is every word of the slip, no line wider than the paper, the code of
// the record, and a cut at the end; nothing that somebody is called is taken for a command.
func TestASlipIsReadBackFromItsBytes(t *testing.T) {
	for _, n := range []int{0, 1, 40} {
		for _, columns := range []int{32, 48} {
			s := long(n)
			s.from.name = "Toko \x1b@\x1dVB Café “Enak” – 茶"
			s.notes = []string{"Harga × 2 · Rp\u00a01.000 \x00 ok", strings.Repeat("y", 500)}
			got := papertest.Slip(t, s.slip().raw(columns))
			require.True(t, got.Cut)
			require.Equal(t, s.url, got.Code)
			squeezed := strings.ReplaceAll(got.Words(), " ", "")
			for _, r := range append(s.slip().Rows, s.slip().Foot) {
				for _, words := range []string{r.Text, r.Value} {
					require.Contains(t, squeezed, strings.ReplaceAll(strings.Join(strings.Fields(plain(words)), ""), " ", ""), "%d lines on %d", n, columns)
				}
			}
			require.Contains(t, got.Bold[0], `Toko @VB Cafe "Enak" - ?`, "an accent falls away, and a command is letters")
			require.Contains(t, got.Words(), "Harga x 2 - Rp 1.000 ok")
			for _, l := range got.Lines {
				require.LessOrEqual(t, len(l), columns, l)
			}
		}
	}
}

// TestASumStandsAtTheEdge: a label and what it comes to stand at both edges of the paper, or below each other where they do not fit.
func TestASumStandsAtTheEdge(t *testing.T) {
	r := &rawSlip{wide: 32}
	r.row(Row{Kind: Pair, Text: "Total", Value: "Rp2.736.000"})
	r.row(Row{Kind: Pair, Text: "Uang yang sudah diterima dari", Value: "Toko Sinar"})
	got := papertest.Slip(t, append([]byte(escInit), r.Bytes()...))
	require.Equal(t, []string{"Total                Rp2.736.000", "Uang yang sudah diterima dari", "                      Toko Sinar"}, got.Lines)
}
