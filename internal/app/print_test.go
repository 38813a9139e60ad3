package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"saluran/internal/i18n"
	"saluran/internal/paper/papertest"
)

// onPaper prints what the window shows, and answers the text of each page without its blanks.
func (v *visitor) onPaper() (pages []string) {
	v.t.Helper()
	for _, text := range papertest.Text(v.t, v.printed()) {
		pages = append(pages, bare(text))
	}
	return pages
}

// printed prints what the window shows, as the browser's own menu does.
func (v *visitor) printed() []byte {
	v.t.Helper()
	asCSS := true
	file, err := chromedp.Run(v.ctx, chromedp.Action[[]byte](func(ctx context.Context, target *chromedp.Target) ([]byte, error) {
		res, err := cdp.Call(ctx, target, cdppage.PrintToPDF, cdppage.PrintToPDFParams{PreferCSSPageSize: &asCSS})
		return res.Data, err
	}))
	require.NoError(v.t, err)
	return file
}

func bare(s string) string { return strings.Join(strings.Fields(s), "") }

// clearOfTheEdges sees that nothing of a slip stands where the head of a printer does not reach, and that no amount is cut or broken into
// two lines, be it the largest that there is.
func (v *visitor) clearOfTheEdges(wide, edge float64) {
	v.t.Helper()
	_, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	require.NoError(v.t, err)
	v.do(chromedp.EmulateViewport(int64(wide*96/25.4), 900))
	for _, sum := range []string{"", "Rp90.071.992.547.409,91"} {
		wrong := ask[[]string](v, `(() => { const mm = 96 / 25.4, slip = document.querySelector('.k-slip'), at = slip.getBoundingClientRect();
			const sums = [...slip.querySelectorAll('.num')].filter(e => /Rp/.test(e.innerText)); if ($3) sums.forEach(e => { e.textContent = $3; });
			const text = e => { const r = document.createRange(); r.selectNodeContents(e); return [...r.getClientRects()]; };
			return (sums.length < 3 ? ['too few amounts'] : []).concat([...slip.querySelectorAll('p, p > *, svg')].filter(e => text(e).concat(e.getBoundingClientRect()).some(r => r.left < at.left + $2 * mm - .5 || r.right > at.left + ($1 - $2) * mm + .5)).map(e => e.outerHTML),
				sums.filter(e => text(e).length !== 1).map(e => 'broken: ' + e.outerHTML)); })()`, wide, edge, sum)
		require.Empty(v.t, wrong, "on paper of %v mm", wide)
	}
	_, err = chromedp.Call(v.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	require.NoError(v.t, err)
	v.do(chromedp.EmulateViewport(1440, 900))
}

// prints puts an order, an invoice, an account and a list on paper: no shell, no buttons, what they say, and the heads of a table on
// every page that has rows of it.
func (w *walk) prints(t *testing.T) {
	at := map[string]string{}
	own := w.asks(t, lookers["wholesaler"])
	bill := own.get("/invoices/" + str(items(own.get("/invoices?side=seller&status=open"))[0], "id"))
	at["invoice"], at["order"] = "/invoices/"+str(bill, "id"), "/orders/"+str(bill, "order")
	at["statement"] = "/statement?seller=" + own.org + "&buyer=" + str(bill["buyer"].(map[string]any), "id") + "&currency=IDR"
	v := w.signIn(t, lookers["wholesaler"])
	for kind, path := range at {
		v.page(path)
		pages := v.onPaper()
		text := strings.Join(pages, "")
		require.Contains(t, text, bare(v.text("h1")), kind)
		require.Contains(t, text, str(bill, "number"), kind)
		require.LessOrEqual(t, len(pages), 6, kind)
		for _, word := range []string{"nav.home", "paper.print", "kit.skip"} {
			require.NotContains(t, text, bare(i18n.T("id", word)), "the shell of %s", kind)
		}
	}
	for _, size := range []float64{58, 80} {
		v.page(at["invoice"] + fmt.Sprintf("/slip?size=%.0f", size))
		file := v.printed()
		wide, _ := papertest.Box(t, file)
		require.InDelta(t, size, wide, 1, "a page as wide as the paper")
		pages := papertest.Text(t, file)
		require.Len(t, pages, 1, "and long enough for all of it")
		require.Contains(t, bare(pages[0]), str(bill, "number"))
		require.NotContains(t, bare(pages[0]), bare(i18n.T("id", "slip.app")), "nothing but the slip")
		for _, lang := range []string{"id", "en"} {
			v.page(at["invoice"] + fmt.Sprintf("/slip?size=%.0f&lang=%s", size, lang))
			v.clearOfTheEdges(size, map[float64]float64{58: 5, 80: 4}[size])
		}
	}
	v.page("/orders?side=seller")
	numbers := ask[[]string](v, `[...document.querySelectorAll('tbody a.rowlink')].map((x) => x.innerText.trim())`)
	head := bare(ask[string](v, `[...document.querySelectorAll('thead th')].map((x) => x.innerText.trim()).filter(Boolean)[1]`))
	pages := v.onPaper()
	require.Greater(t, len(numbers), 20)
	require.Greater(t, len(pages), 1)
	text := strings.Join(pages, "")
	for _, number := range numbers {
		require.Contains(t, text, bare(number), "every row is there")
	}
	for i, text := range pages {
		if strings.Contains(text, "SO-") {
			require.Contains(t, text, head, "the head on page %d", i+1)
		}
	}
}
