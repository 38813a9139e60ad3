package paper

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
)

func long(lines int) *sheet {
	s := &sheet{lang: "id", title: "Tagihan", number: "INV/1", zone: "Asia/Jakarta", printed: clock.Instant(1_780_000_000_000_000), url: "https://portal.example/invoices/1",
		from: party{label: "Penjual", name: "PT Kopi", lines: []string{"Jalan Satu", strings.Repeat("panjang ", 40)}}, to: party{label: "Pembeli", name: strings.Repeat("X", 300)},
		columns: []column{{head: "Barang", share: 50}, {head: "Nilai", share: 30, right: true}}, words: "satu rupiah", signs: []sign{{label: "Penjual"}, {label: "Pembeli", name: strings.Repeat("Z", 90), stamped: true}}}
	for range lines {
		s.lines = append(s.lines, line{cells: []string{strings.Repeat("kopi ", 30), "Rp1"}, sub: "SKU"})
	}
	s.sum("paper.total", "Rp1", true)
	return s
}

// TestPaperOfAnyLength: many lines, endless words and letters that no font has end in a document, and the same one twice.
func TestPaperOfAnyLength(t *testing.T) {
	for _, n := range []int{0, 1, 40, 1000} {
		for _, size := range []Size{A4, Strip8, Strip5} {
			var out [2]bytes.Buffer
			for i := range out {
				s := long(n)
				s.notes = []string{"茶 🙂 \x00 ok", strings.Repeat("y", 500)}
				if size == A4 {
					require.NoError(t, s.a4(&out[i]))
				} else {
					require.NoError(t, s.strip(size, &out[i]))
				}
			}
			require.True(t, bytes.HasPrefix(out[0].Bytes(), []byte("%PDF-")))
			require.Equal(t, out[0].Bytes(), out[1].Bytes(), "%d lines on %s", n, size)
		}
	}
}

func TestLettersThatNoFontHasAreSeen(t *testing.T) {
	p := newPen(&sheet{lang: "id"}, 210, 297, margin)
	require.Equal(t, "Rp1.000 – é ? ?", p.text("Rp1.000 – é 茶 🙂"))
}
