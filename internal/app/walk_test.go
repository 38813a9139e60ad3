package app_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/db/dbtest"
	"saluran/internal/demo"
	"saluran/internal/goods"
	"saluran/internal/identity"
	"saluran/internal/list"
)

// The people of the walks: a shop, its wholesaler, an agent.
const (
	shopBuys, shopStores, shopPays          = "purchasing@sinarlosari.example", "warehouse@sinarlosari.example", "finance@sinarlosari.example"
	sellerSells, sellerStores, sellerCounts = "sales@grosirterong.example", "warehouse@grosirterong.example", "finance@grosirterong.example"
	agentSells, producerSells               = "sales@perantarabumi.example", "sales@lerengwelirang.example"
)

// TestBrowser walks through the pages as people do, with a real browser on the demonstration channel.
func TestBrowser(t *testing.T) {
	w := newWalk(t)
	for _, x := range []struct {
		name string
		walk func(*walk, *testing.T)
	}{
		{"trade", (*walk).trade}, {"on behalf", (*walk).onBehalf}, {"stock", (*walk).books}, {"export", (*walk).workbook}, {"import", (*walk).upload},
		{"keys alone", (*walk).keysAlone}, {"every key", (*walk).everyKey},
		{"around", (*walk).around}, {"prints", (*walk).prints}, {"no scripts", (*walk).noScripts}, {"every page", (*walk).everyPage},
	} {
		t.Run(x.name, func(t *testing.T) { x.walk(w, t) })
	}
	dbtest.Lift(t, w.DB)
	rep, err := w.Verify(context.Background(), nil)
	require.NoError(t, err)
	require.Zero(t, rep.Failed(), "%v", rep.Problems)
}

// actor is somebody of the demonstration, for looking at what the pages should say.
func (w *walk) actor(t *testing.T, email string) access.Actor {
	t.Helper()
	token, _, err := w.Identity.SignIn(context.Background(), identity.SignIn{Email: email, Password: demo.Password, Kind: "api", IP: "127.0.0.1"})
	require.NoError(t, err)
	a, _, err := w.Identity.Actor(context.Background(), token)
	require.NoError(t, err)
	return a
}

// plenty are the codes of the seller's products, that of which it has most first.
func (w *walk) plenty(t *testing.T, email string) []string {
	t.Helper()
	p, err := w.Goods.Counts(context.Background(), w.actor(t, email), list.Query{Size: list.MaxSize})
	require.NoError(t, err)
	slices.SortStableFunc(p.Items, func(a, b goods.Count) int { return cmp.Compare(b.Free(), a.Free()) })
	var out []string
	for _, c := range p.Items {
		out = append(out, c.SKU)
	}
	return out
}

// offered are the codes of the first two of the products that stand among all goods of the quick order that is open.
func (v *visitor) offered(products []string) []string {
	v.t.Helper()
	v.pressIn(".m-chips", "Semua barang")
	found := ask[[]string](v, `$1.filter(p => [...document.querySelectorAll('.m-it .meta')].some(e => e.innerText.includes(p))).slice(0, 2)`, products)
	require.Len(v.t, found, 2, v.text("main"))
	return found
}

// basket pastes so many base units of products into the basket of the quick order that stands open.
func (v *visitor) basket(products []string, n string) {
	v.t.Helper()
	v.pressIn(".m-chips", "Tempel daftar")
	list := ""
	for _, p := range products {
		list += p + "\t" + n + "\n"
	}
	v.fill(`form[action="/cart/read"]`, "text", list)
	v.fill(`form[action="/cart/read"]`, "rule", "small")
	v.pressIn(`form[action="/cart/read"]`, "Baca daftar")
}

// order sends the basket that stands open; it answers the order's path.
func (v *visitor) order() string {
	v.t.Helper()
	v.pressIn("#checkout", "Kirim pesanan")
	at := strings.TrimPrefix(v.place(), v.url)
	require.Regexp(v.t, `^/orders/\d+\?done=order.placed$`, at, v.text("main"))
	return strings.TrimSuffix(at, "?done=order.placed")
}

// trade is the main job: order, confirm, ship in two parts, receive with a difference, invoice, pay, match, credit.
func (w *walk) trade(t *testing.T) {
	buyer := w.signIn(t, shopBuys)
	require.Equal(t, "id", ask[string](buyer, `document.documentElement.lang`))
	buyer.click("nav", "Pesan barang")
	buyer.until("the quick order", `location.pathname === '/m/order' && document.body.innerText.includes('Biasa dibeli')`)
	buyer.page("/orders/quick")
	goods := buyer.offered(w.plenty(t, sellerSells))
	buyer.basket(goods[:1], "2")
	buyer.sees("Pesanan terkecil Rp150.000")
	buyer.pressIn("#checkout", "Kirim pesanan")
	buyer.sees("di bawah batas minimum")
	buyer.press("Kosongkan")
	buyer.page("/orders/quick")
	buyer.basket(goods, "200")
	require.Regexp(t, `Rp[1-9]`, buyer.text(".c-sums .all"))
	buyer.fill("#checkout", "reference", "PO-JALAN-1")
	order := buyer.order()
	buyer.sees("Menunggu konfirmasi", "Hak milik", "Fisik", "Risiko", "Uang", "PO-JALAN-1", "Diajukan")
	require.Equal(t, 6, ask[int](buyer, `document.querySelectorAll('.k-steps li').length`))
	buyer.picture("walk-1-placed")

	sales := w.signIn(t, sellerSells)
	sales.page(order)
	sales.press("Konfirmasi pesanan")
	sales.sees("Disepakati")

	stores := w.signIn(t, sellerStores)
	stores.page(order)
	for i := range 2 {
		if i == 0 {
			stores.fill("main", "dispatch-1", "80")
			stores.fill("main", "dispatch-2", "0")
		}
		stores.pressIn("main", "Kirim barang")
		stores.sees([]string{"Dikirim sebagian", "Dikirim"}[i])
	}
	require.Equal(t, "2", ask[string](stores, `String(document.querySelectorAll('[aria-labelledby=h-ship] tbody tr').length)`))
	stores.picture("walk-2-dispatched")

	takes := w.signIn(t, shopStores)
	takes.page(order)
	shipments := ask[[]string](takes, `[...document.querySelectorAll('[aria-labelledby=h-ship] a.rowlink')].map(a => a.getAttribute('href')).sort()`)
	require.Len(t, shipments, 2)
	takes.page(shipments[0])
	takes.fill("main", "received-1", "81")
	takes.pressIn("main", "Catat penerimaan")
	require.NotContains(t, takes.place(), "done=", "80 were sent, 81 cannot arrive")
	takes.page(shipments[0])
	takes.fill("main", "received-1", "78")
	takes.fill("main", "damaged-1", "1")
	takes.fill("main", "short-1", "1")
	takes.fill("main", "reason-1", "dus penyok")
	takes.picture("walk-3-receiving")
	takes.pressIn("main", "Catat penerimaan")
	require.Contains(t, takes.place(), "done=shipment.received", takes.text("main"))
	takes.page(shipments[1])
	takes.pressIn("main", "Catat penerimaan")
	takes.page(order)
	takes.picture("walk-4-received")

	w.settle(t, order)
}

// settle invoices what was received, pays and matches it, and makes a credit note for an invoice that nobody paid.
func (w *walk) settle(t *testing.T, order string) {
	counts := w.signIn(t, sellerCounts)
	counts.page(order)
	counts.fill("main", "invoice-1", "50")
	counts.pressIn("main", "Buat tagihan")
	require.Contains(t, counts.place(), "done=order.invoice", counts.text("main"))
	invoice := ask[string](counts, `document.querySelector('[aria-labelledby=h-inv] a.rowlink').getAttribute('href')`)

	pays := w.signIn(t, shopPays)
	pays.page(invoice)
	pays.press("Laporkan pembayaran")
	pays.fill("main", "reference", "TRF-77")
	pays.picture("walk-5-paying")
	pays.pressIn("main", ask[string](pays, `document.querySelector('form[action="/payments"] button.pri').innerText.trim()`))
	require.Contains(t, pays.place(), "done=payment.reported", pays.text("main"))
	payment := strings.TrimPrefix(strings.Split(pays.place(), "?")[0], w.url)

	counts.page(payment)
	counts.press(ask[string](counts, `document.querySelector('form[action$="/confirm"] button.pri').innerText.trim()`))
	require.Contains(t, counts.place(), "done=payment.confirmed", counts.text("main"))
	counts.page(invoice)
	counts.sees("Lunas")

	counts.page(order)
	counts.pressIn("main", "Buat tagihan")
	require.Contains(t, counts.place(), "done=order.invoice", counts.text("main"))
	rest := ask[string](counts, `[...document.querySelectorAll('[aria-labelledby=h-inv] a.rowlink')].map(a => a.getAttribute('href')).find(h => h !== $1)`, invoice)
	counts.page(rest)
	counts.fill(`form[action$="/credit"]`, "reason", "barang rusak")
	counts.pressIn(`form[action$="/credit"]`, "")
	require.Contains(t, counts.place(), "done=invoice.credited", counts.text("main"))
	counts.page(order)
	counts.sees("Lunas", "Nota kredit")
	counts.picture("walk-6-paid")
}
