package app_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	shown "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/i18n"
)

// guideShot is a picture of the guide: what somebody of the demonstration sees, and how one comes there.
type guideShot struct {
	name  string
	who   string // as in lookers
	phone bool
	show  func(*guideBook, *visitor)
}

// guideBook is a demonstration of which the guide's pictures are taken, in one language.
type guideBook struct {
	*walk
	lang             string
	statement, sheet string // addresses
}

// guideAt opens a path.
func guideAt(path string) func(*guideBook, *visitor) {
	return func(_ *guideBook, v *visitor) { v.page(path) }
}

// guideRow opens a list, then the row in which the word of a key stands; "": the first.
func guideRow(path, key string) func(*guideBook, *visitor) {
	return func(g *guideBook, v *visitor) {
		v.page(path)
		word := ""
		if key != "" {
			word = i18n.T(g.lang, key)
		}
		href := ask[string](v, `([...document.querySelectorAll('main a.rowlink')].find(a => (a.closest('tr,li') ?? a).innerText.includes($1)) ?? {getAttribute: () => ''}).getAttribute('href')`, word)
		require.NotEmpty(v.t, href, "%s has no row with %q: %s", path, word, v.text("main"))
		v.page(href)
	}
}

var guideShots = []guideShot{
	{"sign-in", "stranger", true, guideAt("/sign-in")},
	{"home-producer", "sales", false, guideAt("/")}, {"home-wholesaler", "wholesaler", false, guideAt("/")}, {"home-agent", "agent", false, guideAt("/")},
	{"home-finance", "finance", false, guideAt("/")},
	{"orders-sold", "sales", false, (*guideBook).twoPicked}, {"order-sold", "sales", false, guideRow("/orders?side=seller", "status.order.dispatched")},
	{"quick", "wholesaler", false, (*guideBook).fromAbove}, {"cart", "wholesaler", false, (*guideBook).deskCart}, {"stock", "wholesaler", false, guideAt("/stock")},
	{"commissions", "agent", false, guideAt("/commissions")}, {"payment", "finance", false, guideRow("/payments?side=seller&status=reported", "")},
	{"statement", "finance", false, func(g *guideBook, v *visitor) { v.page(g.statement) }}, {"glass", "operator", false, guideAt("/glass")},
	{"sheet", "distributor", false, func(g *guideBook, v *visitor) { v.page(g.sheet) }}, {"export", "finance", false, guideAt("/exports/new?report=payment-sheet")},
	{"invoice", "finance", false, (*guideBook).papers}, {"map", "sales", false, (*guideBook).chart}, {"help-topic", "wholesaler", false, guideAt("/help/order")},
	{"palette", "finance", false, (*guideBook).palette}, {"keyboard", "wholesaler", false, guideAt("/help/keyboard")},
	{"phone-order", "shop", true, (*guideBook).phoneOrder}, {"phone-cart", "shop", true, (*guideBook).phoneCart},
	{"phone-receive", "shop", true, guideRow("/shipments?side=in&status=in_transit", "")}, {"offline", "shop", true, nil},
}

// twoPicked is a list with two of its rows marked, and what may be done with them.
func (g *guideBook) twoPicked(v *visitor) {
	v.page("/orders?side=seller&status=placed")
	ask[bool](v, `(() => { [...document.querySelectorAll('main tbody input[type=checkbox]')].slice(0, 2).forEach(b => b.click()); return true; })()`)
}

// fillCart puts goods of the page into the basket until three lie there.
func (g *guideBook) fillCart(v *visitor) {
	v.until("the goods", `!!window.htmx && !!document.querySelector('main .m-it')`)
	for i, n := range []string{"6", "4", "10"} {
		if ask[int](v, `document.querySelectorAll('main .m-q').length`) <= i {
			v.do(chromedp.Click(chromedp.CSS("main button.m-add")))
			v.until("a line of the basket", `document.querySelectorAll('main .m-q').length > $1`, i)
		}
		ask[bool](v, `(() => { const f = document.querySelectorAll('main .m-q input')[$1]; if (f.getAttribute('value') !== $2) { f.value = $2; f.dispatchEvent(new Event('change', {bubbles: true})); } return true; })()`, i, n)
		v.until("its quantity", `document.querySelectorAll('main .m-q input')[$1].getAttribute('value') === $2`, i, n)
	}
}

// fromAbove is quick order of who buys from one and sells to many.
func (g *guideBook) fromAbove(v *visitor) {
	v.page("/orders/quick")
	v.page(ask[string](v, `[...document.querySelectorAll('main a')].find(a => a.innerText.includes('PT Makassar Niaga Timur')).getAttribute('href')`))
	g.fillCart(v)
}

func (g *guideBook) deskCart(v *visitor) {
	g.fromAbove(v)
	v.pressIn("#basket-bar", i18n.T(g.lang, "cart.open"))
}

func (g *guideBook) phoneOrder(v *visitor) {
	v.page("/m/order")
	g.fillCart(v)
}

func (g *guideBook) phoneCart(v *visitor) {
	g.phoneOrder(v)
	v.pressIn("#basket-bar", i18n.T(g.lang, "cart.go_on"))
}

// papers is an invoice with the menu of its papers open.
func (g *guideBook) papers(v *visitor) {
	guideRow("/invoices?side=seller", "")(g, v)
	v.click("main", i18n.T(g.lang, "paper.print"))
}

// chart is the map of the longest channel.
func (g *guideBook) chart(v *visitor) {
	v.page("/channels")
	v.page(ask[string](v, `[...document.querySelectorAll('main a.rowlink')].find(a => a.closest('tr,li').innerText.includes('Distribusi Nusantara')).getAttribute('href') + '/map'`))
}

func (g *guideBook) palette(v *visitor) {
	v.page("/")
	ask[bool](v, `(() => { document.dispatchEvent(new KeyboardEvent('keydown', {key: 'k', ctrlKey: true, bubbles: true})); const q = document.getElementById('palette-q');
		q.value = $1; q.dispatchEvent(new Event('input', {bubbles: true})); return true; })()`, map[string]string{i18n.ID: "pembayaran", i18n.EN: "pay"}[g.lang])
	v.until("what is found", `document.querySelectorAll('#palette-list [role=option]').length > 1`)
}

// offline is an order that waits on a phone whose line is cut.
func (g *guideBook) offline(t *testing.T) *visitor {
	line := strung(t, g.url)
	far := *g.walk
	far.url = line.url
	v := far.visit(t)
	t.Cleanup(func() { // a line that is cut says so; runs before the console is judged
		v.mu.Lock()
		defer v.mu.Unlock()
		v.said = slices.DeleteFunc(v.said, func(s string) bool { return strings.Contains(s, "net::ERR_") || strings.Contains(s, "Failed to fetch") })
	})
	v.inHand()
	require.NoError(t, g.Identity.SetLang(context.Background(), g.actor(t, lookers["shop"]), g.lang))
	v.enter(lookers["shop"])
	v.page("/m/order")
	v.held("packs", 1)
	v.eventually("the page for no signal", `caches.match('/m/outbox').then(x => !!x && !!navigator.serviceWorker.controller)`)
	line.signal(v, false)
	v.open("/m/order")
	v.until("the goods", `document.querySelectorAll('#away-goods [data-plus]').length > 2`)
	ask[bool](v, `(() => { for (const [i, n] of [[0, 6], [1, 4]]) for (let k = 0; k < n; k++) document.querySelectorAll('#away-goods [data-plus]')[i].click(); return true; })()`)
	v.tap("#away-bar", i18n.T(g.lang, "device.keep"))
	v.reads("that it waits", i18n.T(g.lang, "device.state_waiting"))
	v.until("what says that it is kept", `!!document.querySelector('#toasts button')`)
	v.until("nothing but the page", `(() => { document.querySelectorAll('#toasts button').forEach(b => b.click()); return !document.querySelector('#toasts button'); })()`)
	return v
}

func (v *visitor) inHand() {
	v.t.Helper()
	v.do(chromedp.EmulateViewport(390, 780, chromedp.EmulateScale(1.5)))
}

// shoot takes the picture, once fonts and charts are there.
func (g *guideBook) shoot(v *visitor, dir, name string, phone bool) {
	v.t.Helper()
	ask[bool](v, `(() => { if (!document.querySelector('dialog[open]')) document.activeElement?.blur(); scrollTo({top: 0, behavior: 'instant'}); return true; })()`)
	_, err := promised[bool](v, `Promise.all([document.fonts.ready, ...document.getAnimations().filter(a => a.effect?.getTiming().iterations !== Infinity).map(a => a.finished.catch(() => 0))])
		.then(() => new Promise(ok => requestAnimationFrame(() => requestAnimationFrame(() => ok(true)))))`)
	require.NoError(v.t, err, name)
	size, quality := [2]float64{1280, 860}, int64(70)
	if phone {
		size = [2]float64{390, 780}
	}
	ctx, stop := context.WithTimeout(v.ctx, 20*time.Second)
	defer stop()
	r, err := chromedp.Call(ctx, shown.CaptureScreenshot, shown.CaptureScreenshotParams{Format: shown.CaptureScreenshotFormatWebp, Quality: &quality,
		Clip: &shown.Viewport{Width: size[0], Height: size[1], Scale: 1}})
	require.NoError(v.t, err, name)
	require.NoError(v.t, os.WriteFile(filepath.Join(dir, g.lang, name+".webp"), r.Data, 0o644))
}

// TestBrowserGuide takes the pictures of the guide into the folder that SALURAN_TEST_GUIDE names, from the demonstration as `serve --demo`
// loads it.
func TestBrowserGuide(t *testing.T) {
	dir := os.Getenv("SALURAN_TEST_GUIDE")
	if dir == "" {
		t.Skip("SALURAN_TEST_GUIDE names no folder: make guide takes the pictures of the guide")
	}
	w := newDemo(t, 0, func(*app.App) {})
	g := &guideBook{walk: w}
	own, above := w.asks(t, lookers["finance"]), w.asks(t, lookers["distributor"])
	g.statement = "/statement?seller=" + own.org + "&buyer=" + str(items(own.get("/invoices?side=seller&status=open"))[0]["buyer"].(map[string]any), "id") + "&currency=IDR"
	a := above.sendSheet("partners", "toko-baru.csv", "Jenis;Kode;Nama toko;Kota;HP\nToko;00071;Toko Melati;Makassar;0812 4411 702\nToko;00072;Toko Anggrek;Gowa;0813 5520 118\nTok;00073;Toko Kamboja;Maros;\n"+
		"Toko;00071;Toko Melati 2;Makassar;0811 4400 310\nToko;00074;;Takalar;0852 9910 440\nToko;00075;Kios Pelabuhan;Parepare;0821 7745 006\n")
	require.Equal(t, http.StatusAccepted, a.status, a.text)
	g.sheet = "/sheets/" + str(a.body, "id")
	above.waitJob(g.sheet)
	for _, lang := range []string{i18n.ID, i18n.EN} {
		g.lang = lang
		require.NoError(t, os.MkdirAll(filepath.Join(dir, lang), 0o755))
		t.Run(lang, func(t *testing.T) { g.takeAll(t, dir) })
	}
}

func (g *guideBook) takeAll(t *testing.T, dir string) {
	there := map[string]*visitor{}
	for _, x := range guideShots {
		if !strings.Contains(x.name, os.Getenv("SALURAN_TEST_ONLY")) {
			continue
		}
		if x.show != nil && there[x.who] == nil {
			there[x.who] = g.enters(t, x.who)
		}
		t.Run(x.name, func(t *testing.T) {
			if x.show == nil {
				g.shoot(g.offline(t), dir, x.name, x.phone)
				return
			}
			v := there[x.who]
			v.t = t
			if x.phone {
				v.inHand()
			} else {
				v.do(chromedp.EmulateViewport(1280, 860))
			}
			x.show(g, v)
			g.shoot(v, dir, x.name, x.phone)
		})
	}
}

// enters opens a window for one of the lookers, in the book's language.
func (g *guideBook) enters(t *testing.T, who string) *visitor {
	v := g.visit(t)
	email := lookers[who]
	if email == "" {
		v.page("/sign-in")
		if ask[string](v, `document.documentElement.lang`) != g.lang {
			v.pressIn(`form[action="/language"]`, "")
		}
		return v
	}
	require.NoError(t, g.Identity.SetLang(context.Background(), g.actor(t, email), g.lang))
	v.enter(email)
	return v
}
