package app_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/paper/papertest"
)

// TestSlipsForShops: an invoice and a receipt on a strip of paper, as a page to print and as the bytes that printers read, in both
// languages and widths, for both sides and nobody else: the words and figures are those of the document.
func TestSlipsForShops(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.URL, c.NoWorkers = "https://portal.example", true })
	at, things := papersOf(t, m)
	rival := m.rival(t)
	for kind, titles := range map[string][2]string{"invoice": {"Invoice", "Tagihan"}, "payment": {"Receipt", "Kuitansi"}, "credit": {"Credit note", "Nota kredit"}} {
		for i, lang := range []string{"en", "id"} {
			for size, columns := range map[string]int{"58": 32, "80": 48} {
				q := "?lang=" + lang + "&size=" + size
				var same string
				for _, who := range []*user{m.seller, m.buyer} {
					a := who.do("GET", at[kind]+"/escpos"+q, nil)
					require.Equal(t, 200, a.status, a.text)
					require.Equal(t, "application/octet-stream", a.header.Get("Content-Type"))
					require.Regexp(t, `^attachment; filename="`+strings.ReplaceAll(titles[i], " ", "-")+`-[A-Za-z0-9-]+\.bin"$`, a.header.Get("Content-Disposition"))
					got := papertest.Slip(t, []byte(a.text))
					require.True(t, got.Cut)
					require.Equal(t, "https://portal.example"+at[kind], got.Code)
					require.Contains(t, got.Bold, titles[i])
					for _, l := range got.Lines {
						require.LessOrEqual(t, len(l), columns)
					}
					for _, figure := range slipFigures(t, kind, things[kind], lang) {
						require.Contains(t, got.Words(), figure, "%s %s", kind, lang)
					}
					same = got.Words()
				}
				c := m.clickAs("owner@toko.example")
				bytes := c.get(at[kind] + "/escpos" + q)
				require.Equal(t, 200, bytes.status)
				require.Equal(t, same[:40], papertest.Slip(t, []byte(bytes.text)).Words()[:40])
				page := c.get(at[kind] + "/slip" + q)
				require.Equal(t, 200, page.status, page.text)
				require.Contains(t, page.text, "data-print")
				require.Contains(t, page.text, `/escpos?size=`+size)
				text := strings.Join(strings.Fields(slipMarks.ReplaceAllString(page.text, " ")), " ")
				for _, figure := range append(figuresOf(t, kind, things[kind], lang), titles[i]) {
					require.Contains(t, text, figure, "%s %s", kind, lang)
				}
			}
		}
		require.Equal(t, http.StatusNotFound, rival.do("GET", at[kind]+"/escpos", nil).status)
		require.Contains(t, m.clickAs("owner@toko.example").get(at[kind]).text, at[kind]+`/slip"`)
	}
	require.Equal(t, 422, m.seller.do("GET", at["invoice"]+"/escpos?size=7", nil).status)
}

var slipMarks = regexp.MustCompile(`<[^>]*>`)

// slipFigures are the figures of a document as a strip of ASCII has them: without the column of tax.
func slipFigures(t *testing.T, kind string, x map[string]any, lang string) (out []string) {
	for _, f := range figuresOf(t, kind, x, lang) {
		out = append(out, strings.NewReplacer("−", "-", "\u00a0", " ").Replace(f))
	}
	return out
}
