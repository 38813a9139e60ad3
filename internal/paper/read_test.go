package paper

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/paper/papertest"
)

// TestTheCodeLeadsToTheRecord: a scanner reads the address of the record off every size, however long it is.
func TestTheCodeLeadsToTheRecord(t *testing.T) {
	for _, url := range []string{"https://p.id/orders/1", "https://portal.example/statement?" + strings.Repeat("seller=1234567890123456789&", 6)} {
		for _, size := range []Size{A4, Strip8, Strip5} {
			var b bytes.Buffer
			s := long(2)
			s.url = url
			if size == A4 {
				require.NoError(t, s.a4(&b))
			} else {
				require.NoError(t, s.strip(size, &b))
			}
			require.Equal(t, url, papertest.Code(t, b.Bytes()), size)
		}
	}
}

// TestHeadsAndFiguresOnEveryPage: a long document repeats its heads, counts its pages, and cuts no figure.
func TestHeadsAndFiguresOnEveryPage(t *testing.T) {
	s := long(0)
	const huge = "Rp92.233.720.368.547.758,07"
	for range 200 {
		s.lines = append(s.lines, line{cells: []string{"Kopi", huge}, sub: "SKU"})
	}
	s.columns[1].share = 6
	s.sum("paper.total", huge, true)
	var b bytes.Buffer
	require.NoError(t, s.a4(&b))
	pages := papertest.Text(t, b.Bytes())
	require.Greater(t, len(pages), 4)
	for i, text := range pages[:len(pages)-1] {
		require.Contains(t, text, "Barang", "the head on page %d", i+1)
		require.Contains(t, text, "Halaman "+itoa(i+1)+" dari "+itoa(len(pages)))
		require.NotContains(t, text, "{nb}")
	}
	require.Equal(t, 201, strings.Count(strings.Join(pages, ""), huge))
	require.Contains(t, pages[len(pages)-1], "Pembeli")
}
