package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// wire is the line between a phone and the portal: it can be cut, and it can lose an answer whose question has arrived.
type wire struct {
	url    string
	mu     sync.Mutex
	cut    bool
	lose   int // how many answers to orders, visits and photos
	orders int // how many of these have arrived
}

func strung(t *testing.T, to string) *wire {
	at, err := url.Parse(to)
	require.NoError(t, err)
	through := &httputil.ReverseProxy{FlushInterval: -1, ErrorHandler: func(http.ResponseWriter, *http.Request, error) {},
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(at); r.Out.Host = r.In.Host }}
	w := &wire{}
	drop := func(res http.ResponseWriter) {
		if c, _, err := res.(http.Hijacker).Hijack(); err == nil {
			c.Close()
		}
	}
	s := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, req *http.Request) {
		order := req.Method == http.MethodPost && (req.URL.Path == "/orders" || req.URL.Path == "/attachments" || strings.HasPrefix(req.URL.Path, "/visits"))
		w.mu.Lock()
		cut, lose := w.cut, order && w.lose > 0
		if order && !cut {
			w.orders++
			w.lose = max(0, w.lose-1)
		}
		w.mu.Unlock()
		switch {
		case cut:
			drop(res)
		case lose:
			through.ServeHTTP(httptest.NewRecorder(), req)
			drop(res)
		default:
			through.ServeHTTP(res, req)
		}
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	w.url = s.URL
	return w
}

// loses makes the line lose the answers to so many orders that arrive from now on.
func (w *wire) loses(n int) { w.mu.Lock(); defer w.mu.Unlock(); w.lose = n }

func (w *wire) arrived() int { w.mu.Lock(); defer w.mu.Unlock(); return w.orders }

// signal gives a phone its line, or takes it away.
func (w *wire) signal(v *visitor, on bool) {
	v.t.Helper()
	w.mu.Lock()
	w.cut = !on
	w.mu.Unlock()
	_, err := chromedp.Call(v.ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: !on, DownloadThroughput: -1, UploadThroughput: -1})
	require.NoError(v.t, err)
	v.until("what the browser thinks of the line", `navigator.onLine === $1`, on)
}

// phone is a shopkeeper's, in Indonesian, 390 pixels wide, signed in, with goods and prices kept.
func (m *market) phone(t *testing.T) (*wire, *visitor) {
	m.place(t, "2", "carton")
	c := m.clickAs("owner@toko.example")
	require.Equal(t, 303, c.post("/language", url.Values{"lang": {"id"}, "_csrf": {c.kept("/m/device")["csrf"].(string)}}).status)
	line, v := m.handset(t)
	v.enterShop()
	return line, v
}

// handset is a phone, 390 pixels wide, on a line that can be cut.
func (p *portal) handset(t *testing.T) (*wire, *visitor) {
	return p.handsetOf(t, launch(t, chromium(t)))
}

// handsetOf is one more phone, in a browser that runs: with a line, cookies and a store of its own.
func (p *portal) handsetOf(t *testing.T, browser context.Context) (*wire, *visitor) {
	line := strung(t, p.url)
	w := &walk{t: t, url: line.url, ctx: browser}
	v := w.visit(t)
	t.Cleanup(func() { // a line that is cut says so; runs before the console is judged
		v.mu.Lock()
		defer v.mu.Unlock()
		v.said = slices.DeleteFunc(v.said, func(s string) bool { return strings.Contains(s, "net::ERR_") || strings.Contains(s, "Failed to fetch") })
	})
	v.do(chromedp.EmulateViewport(390, 844))
	return line, v
}

func (v *visitor) enterShop() {
	v.t.Helper()
	v.who = "owner@toko.example"
	v.page("/sign-in")
	v.fill("form.k-form", "email", v.who)
	v.fill("form.k-form", "password", password)
	v.pressIn("form.k-form", "")
	v.page("/m/order")
	v.held("packs", 1)
	v.eventually("the page for no signal", `caches.match('/m/outbox').then(x => !!x && !!navigator.serviceWorker.controller)`)
}

// promised evaluates what answers later.
func promised[T any](v *visitor, js string) (T, error) {
	ctx, stop := context.WithTimeout(v.ctx, 10*time.Second)
	defer stop()
	return chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
}

// eventually is until, of what answers later.
func (v *visitor) eventually(what, js string) {
	v.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(25 * time.Millisecond) {
		if ok, err := promised[bool](v, js); err == nil && ok {
			return
		}
		require.True(v.t, time.Now().Before(end), "%s at %s waits for %s: %s", v.who, v.place(), what, v.text("main"))
	}
}

// held waits until the device holds so many of a sort.
func (v *visitor) held(store string, n int) {
	v.t.Helper()
	v.eventually(fmt.Sprint(n, " of ", store), fmt.Sprintf(`(async () => { if (!(await indexedDB.databases()).some(d => d.name === 'saluran')) return %d === 0;
		const db = await new Promise((ok, no) => { const r = indexedDB.open('saluran'); r.onsuccess = () => ok(r.result); r.onerror = no; });
		const n = await new Promise(ok => { const r = db.transaction(%q).objectStore(%q).count(); r.onsuccess = () => ok(r.result); });
		db.close(); return n === %d; })()`, n, store, store, n))
}

// take writes an order down: so many presses on a good.
func (v *visitor) take(good string, presses int) {
	v.t.Helper()
	v.until("the goods", `!!document.querySelector('[data-good="' + $1 + '"]')`, good)
	ask[bool](v, `(() => { for (let i = 0; i < $2; i++) document.querySelector('[data-good="' + $1 + '"] [data-plus]').click(); return true; })()`, good, presses)
	v.tap("#away-bar", "Simpan pesanan")
	v.until("the order is kept", `document.querySelector('#away-entries').innerText.includes('Menunggu sinyal') || document.querySelector('#away-entries').innerText.includes('jawaban belum datang')`)
}

// tap presses a button of the page for no signal, whose rows are made anew whenever something of them has changed.
func (v *visitor) tap(within, words string) {
	v.t.Helper()
	v.until(words, `(() => { const b = [...document.querySelectorAll($1 + ' button')].find(b => b.checkVisibility() && !b.disabled && b.innerText.trim() === $2); b?.click(); return !!b; })()`, within, words)
}

func (v *visitor) reads(what, words string) {
	v.t.Helper()
	v.until(what, `document.querySelector('#away-entries').innerText.includes($1)`, words)
}

// TestBrowserOrdersTakenWithoutSignal: what was taken is kept, sent once, and settled by a person where the portal says no.
func TestBrowserOrdersTakenWithoutSignal(t *testing.T) {
	m, nos := withGoods(t)
	line, v := m.phone(t)
	line.signal(v, false)
	v.open("/m/order")
	v.until("the page for no signal", `document.querySelector('#away-goods li') !== null`)
	v.sees("Tidak ada sinyal", "Robusta 250 g", "Rp960.000/dus")
	v.take(m.product, 2)
	v.until("what waits", `document.querySelector('#outbox').innerText.includes('Menunggu sinyal: 1')`)
	v.picture("device-1-waits")
	require.Len(t, items(m.buyer.get("/orders")), 1)

	// the line is back, and loses every answer, until the person has seen so: it is sent again and again, and booked once
	line.loses(1000)
	line.signal(v, true)
	v.reads("an answer that was lost", "jawaban belum datang")
	require.NotContains(t, v.text("#away-entries"), "Ubah", "what may be booked is not changed")
	line.loses(0)
	v.until("the order is sent", `(() => { [...document.querySelectorAll('#away-waits button')].find(b => b.checkVisibility() && !b.disabled && b.innerText.trim() === 'Kirim sekarang')?.click();
		return document.querySelector('#away-entries').innerText.includes('Terkirim'); })()`)
	require.Greater(t, line.arrived(), 1)
	require.Len(t, items(m.buyer.get("/orders")), 2, "sent more than once, booked once")
	v.picture("device-2-sent")
	v.page(ask[string](v, `document.querySelector('#away-entries a').getAttribute('href')`))
	v.sees("Robusta 250 g")

	// a price that changed meanwhile: nothing is booked until a person says so
	line.signal(v, false)
	v.open("/m/order")
	v.take(nos["007"], 3)
	today := time.Now().In(time.FixedZone("WIB", 7*3600)).Format(time.DateOnly)
	m.seller.post("/price-lists/"+m.list+"/prices", map[string]any{"prices": []any{map[string]any{"product": nos["007"], "from": today, "price": "21000"}}}, 204)
	line.signal(v, true)
	v.reads("what changed", "Rp20.000 menjadi Rp21.000")
	v.until("it waits for a person", `document.querySelector('#outbox').innerText.includes('Perlu diputuskan: 1')`)
	v.picture("device-3-changed")
	require.Len(t, items(m.buyer.get("/orders")), 2)
	v.tap("#away-entries", "Kirim dengan harga baru")
	v.until("the order at the new price", `document.querySelectorAll('#away-entries a').length === 2`)
	require.Len(t, items(m.buyer.get("/orders")), 3)
	require.Equal(t, "63000", str(items(m.buyer.get("/orders"))[0], "net"))

	// what cannot be ordered so is said beside what was taken, and changed
	line.signal(v, false)
	v.open("/m/order")
	v.until("the goods", `!!document.querySelector('[data-good="' + $1 + '"] input')`, nos["007"])
	ask[bool](v, `(() => { const i = document.querySelector('[data-good="' + $1 + '"] input'); i.value = '1,5'; i.dispatchEvent(new Event('input', {bubbles: true})); return true; })()`, nos["007"])
	v.tap("#away-bar", "Simpan pesanan")
	line.signal(v, true)
	v.until("what is wrong", `!!document.querySelector('#away-entries [data-state=refused]:not([hidden])')`)
	v.picture("device-4-refused")
	require.Len(t, items(m.buyer.get("/orders")), 3)
	v.tap("#away-entries", "Ubah")
	v.until("the order to change", `document.querySelector('[data-good="' + $1 + '"] input')?.value === '1,5'`, nos["007"])
	ask[bool](v, `(() => { const i = document.querySelector('[data-good="' + $1 + '"] input'); i.value = '2'; i.dispatchEvent(new Event('input', {bubbles: true})); return true; })()`, nos["007"])
	v.tap("#away-bar", "Simpan pesanan")
	v.until("three that were sent", `document.querySelectorAll('#away-entries a').length === 3`)
	require.Len(t, items(m.buyer.get("/orders")), 4)
	dbtest.Lift(t, m.DB)
	m.verifies(t)
}

// TestBrowserWhoseDeviceItIs: a session that ends takes its goods and prices along, what waits stays unreadable until its person is back,
// and signing out leaves nothing.
func TestBrowserWhoseDeviceItIs(t *testing.T) {
	m, _ := withGoods(t)
	line, v := m.phone(t)
	line.signal(v, false)
	v.open("/m/order")
	v.take(m.product, 2)
	c := m.clickAs("owner@toko.example")
	form := c.get("/account").fields("/account/sessions")
	got := c.post("/account/sessions", form)
	require.Equal(t, 303, got.status, got.text)
	line.signal(v, true)
	v.until("that it takes signing in", `document.querySelector('#outbox').innerText.includes('Masuk untuk mengirim')`)
	v.held("packs", 0)
	v.held("own", 0)
	v.held("entries", 1)
	sealed, err := promised[string](v, `(async () => { const db = await new Promise(ok => { const r = indexedDB.open('saluran'); r.onsuccess = () => ok(r.result); });
		const all = await new Promise(ok => { const r = db.transaction('entries').objectStore('entries').getAll(); r.onsuccess = () => ok(r.result); }); db.close();
		return all.map(e => Object.entries(e).map(([k, x]) => k + '=' + (x instanceof ArrayBuffer ? String.fromCharCode(...new Uint8Array(x)) : x)).join()).join(); })()`)
	require.NoError(t, err)
	require.Contains(t, sealed, "order")
	require.NotContains(t, sealed, "Robusta")
	require.Len(t, items(m.seller.get("/orders")), 1)
	v.enterShop()
	v.page("/m/outbox")
	v.reads("the order is sent", "Terkirim")
	require.Len(t, items(m.seller.get("/orders")), 2)

	// a line that is lost while one orders: what was typed stays, and is sent by the button
	v.page("/m/order")
	v.until("htmx", `!!window.htmx`)
	line.signal(v, false)
	v.click("main", "Tambah")
	v.until("that the line is lost", `document.querySelector('#toasts').innerText.includes('Sambungan terputus')`)
	line.signal(v, true)
	v.click("#toasts", "Coba lagi")
	v.until("the basket", `document.querySelector('#basket-bar').innerText.includes('1 barang')`)

	// signing out asks while something waits, and wipes the device
	line.signal(v, false)
	v.open("/m/order")
	v.take(m.product, 2)
	line.mu.Lock()
	line.lose = 1 << 20 // the line is back for pages, and loses what it is told of orders
	line.mu.Unlock()
	line.signal(v, true)
	v.page("/account")
	v.until("scripts", `document.readyState === 'complete'`)
	ask[bool](v, `(() => { document.querySelector('form[action="/sign-out"]').requestSubmit(); return true; })()`)
	v.until("the question", `document.querySelector('#leave-unsent').open`)
	v.sees("catatan belum terkirim")
	v.pressIn("#leave-unsent", "Keluar dan hapus")
	require.Equal(t, v.url+"/sign-in", v.place())
	v.held("packs", 0)
	v.eventually("nothing of the person", `indexedDB.databases().then(all => !all.some(d => d.name === 'saluran'))`)
	v.page("/m/outbox")
	v.until("an empty device", `!document.querySelector('#away-empty').hidden`)
	require.NotContains(t, v.text("main"), "Robusta")
	v.offersToInstall()
}

// offersToInstall: that this can be put on the home screen is offered from the first paint of the next page on, so that nothing moves
// while one reads, until it is declined.
func (v *visitor) offersToInstall() {
	v.t.Helper()
	offered := func() bool { return ask[bool](v, `document.querySelector('#install').checkVisibility()`) }
	ask[bool](v, `(localStorage.removeItem('can-install'), delete document.documentElement.dataset.install)`)
	ask[bool](v, `(dispatchEvent(new Event('beforeinstallprompt', {cancelable: true})), true)`)
	require.False(v.t, offered())
	v.page("/m/outbox")
	require.True(v.t, offered())
	v.click("#install", "Not now")
	require.False(v.t, offered())
	v.page("/m/outbox")
	require.False(v.t, offered())
}
