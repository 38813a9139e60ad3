package app_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"saluran/internal/goods"
	"saluran/internal/list"
	"saluran/internal/money"
)

// onBehalf: the seller orders for a buyer, the agent orders for a shop; both are told so on the order.
func (w *walk) onBehalf(t *testing.T) {
	seller := w.signIn(t, sellerSells)
	seller.page("/orders/quick")
	seller.press("Toko Sinar Losari")
	seller.basket(seller.offered(w.plenty(t, sellerSells)), "200")
	order := seller.order()
	seller.sees("dicatat penjual untuk pembeli")
	buyer := w.signIn(t, shopBuys)
	buyer.page(order)
	buyer.sees("dicatat penjual untuk pembeli", "Menunggu konfirmasi")

	agent := w.signIn(t, agentSells)
	agent.page("/orders/quick")
	agent.press("Toko Magelang Tidar")
	agent.basket(agent.offered(w.plenty(t, producerSells)), "300")
	order = agent.order()
	agent.sees("dicatat agen", "Toko Magelang Tidar")
	producer := w.signIn(t, producerSells)
	producer.page(order)
	producer.sees("dicatat agen", "Melalui agen CV Perantara Bumi Jawa, atas nama PT Kopi Lereng Welirang")
}

// books: one stock, looked at by owner, holder and bearer, says on each tab what the service says.
func (w *walk) books(t *testing.T) {
	v := w.signIn(t, sellerStores)
	a := w.actor(t, sellerStores)
	v.page("/stock")
	for _, x := range []struct {
		tab string
		by  goods.By
	}{{"Hak milik", goods.ByOwner}, {"Fisik", goods.ByHolder}, {"Risiko", goods.ByBearer}} {
		v.pressIn(".k-tabs", x.tab)
		p, err := w.Goods.Stock(context.Background(), a, x.by, 0, list.Query{})
		require.NoError(t, err)
		require.NotEmpty(t, p.Items)
		require.Equal(t, len(p.Items), ask[int](v, `document.querySelectorAll('.k-t')[0].querySelectorAll('tbody tr').length`), x.tab)
		require.Equal(t, x.tab, v.text(".k-tabs [aria-current]"))
	}
	v.fill("main", "q", "tidak ada yang begini")
	v.pressIn("main", "Saring")
	require.Empty(t, v.text(".k-pager"))
	v.sees("Hapus saringan")
}

// downloads makes the window keep what it downloads in a folder, and answers the folder.
func (v *visitor) downloads() string {
	dir := v.t.TempDir()
	_, err := chromedp.CallBrowser(v.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: "allow", DownloadPath: dir,
		BrowserContextID: chromedp.FromContext(v.ctx).BrowserContextID})
	require.NoError(v.t, err)
	return dir
}

// downloaded waits for a file in the folder of downloads, and answers where it is.
func (v *visitor) downloaded(dir, pattern string) string {
	v.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(25 * time.Millisecond) {
		if found, _ := filepath.Glob(filepath.Join(dir, pattern)); len(found) > 0 {
			return found[0]
		}
		require.True(v.t, time.Now().Before(end), "%s at %s: nothing was downloaded", v.who, v.place())
	}
}

// workbook: finance asks for the payment sheet, sees it being made, downloads it; its totals are those of the invoices.
func (w *walk) workbook(t *testing.T) {
	v := w.signIn(t, sellerCounts)
	v.page("/exports")
	v.fill("main", "report", "payment-sheet")
	v.fill("main", "from", "2020-01-01")
	v.fill("main", "lang", "id")
	v.pressIn("main", "Susun Excel")
	v.until("the workbook", `!!document.querySelector('main a[href^="/files/"]') && /Lembar pembayaran[^]*Siap/.test(document.querySelector('[aria-labelledby=h-jobs]').innerText)`)
	v.picture("walk-7-export")
	dir := v.downloads()
	v.click("main", "Unduh")
	f, err := excelize.OpenFile(v.downloaded(dir, "*.xlsx"))
	require.NoError(t, err)
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetList()[0], excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	require.Greater(t, len(rows), 2)
	require.Equal(t, []string{"nilai tagihan", "dibayar", "sisa"}, rows[0][8:11])
	var due, open int64
	for _, r := range rows[1 : len(rows)-1] {
		due += whole(t, r[8])
		open += whole(t, r[10])
	}
	last := rows[len(rows)-1]
	require.Equal(t, []int64{due, open}, []int64{whole(t, last[8]), whole(t, last[10])}, "the totals are the sums of their columns")
	require.Equal(t, w.owed(t), open, "and what the books say is owed")
}

func whole(t *testing.T, cell string) int64 {
	n, err := strconv.ParseFloat(cell, 64)
	require.NoError(t, err, cell)
	return int64(n)
}

// owed is what the wholesaler has open with those whom it buys from, in rupiah.
func (w *walk) owed(t *testing.T) (sum int64) {
	q := list.Query{Size: list.MaxSize, Filter: map[string]string{"side": "buyer", "status": "unpaid", "kind": "invoice"}}
	p, err := w.Trade.Invoices(context.Background(), w.actor(t, sellerCounts), q)
	require.NoError(t, err)
	require.Empty(t, p.Next)
	c, err := money.Lookup("IDR")
	require.NoError(t, err)
	for _, x := range p.Items {
		sum += int64(x.Open()) / c.Factor()
	}
	return sum
}

// upload: a file with bad cells is shown with its marks and is not applied; a good one is.
func (w *walk) upload(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	const head = "Nomor faktur;Baris;Tanggal;Kode pembeli;Nama pembeli;Kode produk;Nama produk;Kuantitas;Satuan;DPP;PPN\n"
	const first = "JUAL-1;1;05/01/2026;LAMA-1;Toko Lama;TEH-1;Teh celup;12;dus;1.080.000;118.800\n"
	bad := write("bad.csv", head+first+"JUAL-2;1;06/01/2026;LAMA-1;Toko Lama;TEH-1;Teh celup;dua belas;dus;90.000;9.900\n")
	good := write("good.csv", head+first+"JUAL-2;1;06/01/2026;LAMA-1;Toko Lama;TEH-1;Teh celup;24;dus;2.160.000;237.600\n")
	products := write("products.csv", "Kode;Nama;Satuan\nTEH-1;Teh celup 25;dus\n")
	stores := write("stores.csv", "Kode;Nama;Alamat;Kota\nLAMA-1;Toko Lama;Jl. Satu 1;Gowa\n")

	v := w.signIn(t, "sales@niagatimur.example")
	send := func(lines string) {
		v.page("/imports")
		v.do(chromedp.SetUploadFiles(chromedp.CSS(`input[name="lines"]`), []string{lines}),
			chromedp.SetUploadFiles(chromedp.CSS(`input[name="products"]`), []string{products}),
			chromedp.SetUploadFiles(chromedp.CSS(`input[name="partners"]`), []string{stores}))
		v.pressIn("main", "Unggah dan periksa")
		require.Contains(t, v.place(), "done=import.started", v.text("main"))
		at := strings.Split(strings.TrimPrefix(v.place(), w.url), "?")[0]
		for end := time.Now().Add(30 * time.Second); v.text("[aria-labelledby=h-rows]") == ""; time.Sleep(50 * time.Millisecond) {
			require.True(t, time.Now().Before(end), v.text("main"))
			v.page(at)
		}
	}
	send(bad)
	v.picture("walk-8-preview")
	problem := v.text("[aria-labelledby=h-bad] tbody tr")
	require.Contains(t, problem, "Kuantitas")
	require.Contains(t, problem, "dua belas")
	require.Contains(t, problem, "3", "the row in the file")
	require.Equal(t, "dua belas", ask[string](v, `document.querySelector('[aria-labelledby=h-rows] td.bad').firstChild.data.trim()`))
	v.pressIn("main", "Batalkan semua")
	require.Contains(t, v.place(), "done=import.cancelled")

	send(good)
	require.Empty(t, v.text("[aria-labelledby=h-bad]"))
	v.pressIn("main", "Impor semua")
	require.Contains(t, v.place(), "done=import.applied", v.text("main"))
	at := strings.Split(strings.TrimPrefix(v.place(), w.url), "?")[0]
	for end := time.Now().Add(30 * time.Second); !strings.Contains(v.text("main"), "Dibukukan"); time.Sleep(50 * time.Millisecond) {
		require.True(t, time.Now().Before(end), v.text("main"))
		v.page(at)
	}
	v.picture("walk-9-imported")
	org, err := w.Partner.Resolve(context.Background(), "MNT")
	require.NoError(t, err)
	var n int64
	require.NoError(t, w.DB.R(context.Background()).Raw("SELECT SUM(net) FROM orders WHERE seller = ? AND number IN ('JUAL-1', 'JUAL-2')", org.ID).Scan(&n).Error)
	require.EqualValues(t, 3_240_000_00, n)
}

// around: organisations, languages, themes, and the pages that say no.
func (w *walk) around(t *testing.T) {
	v := w.signIn(t, sellerCounts)
	v.click("aside", "Grosir Pasar Terong")
	v.pressIn("aside .pop", "Toko Cahaya Maros")
	require.Contains(t, v.text(".k-org summary"), "Toko Cahaya Maros")
	v.click("aside", "Toko Cahaya Maros")
	v.pressIn("aside .pop", "Grosir Pasar Terong")

	v.page("/orders?side=seller")
	v.pressIn(`form[action="/language"]`, "")
	require.Equal(t, "en", ask[string](v, `document.documentElement.lang`))
	require.Equal(t, w.url+"/orders?side=seller", v.place(), "one stays where one was")
	require.Equal(t, "Orders", v.text("h1"))
	v.pressIn(`form[action="/language"]`, "")
	require.Equal(t, "Pesanan", v.text("h1"))

	before := ask[string](v, `document.documentElement.dataset.bsTheme`)
	v.do(chromedp.Click(chromedp.CSS("[data-theme-toggle]")))
	after := ask[string](v, `document.documentElement.dataset.bsTheme`)
	require.NotEqual(t, before, after)
	v.page("/")
	require.Equal(t, after, ask[string](v, `document.documentElement.dataset.bsTheme`), "the choice is remembered")

	stores := w.signIn(t, shopStores)
	for path, status := range map[string]int64{"/people": 403, "/orders/999999999": 404, "/orders/abc": 404, "/nothing": 404, "/orders/new": 403} {
		stores.open(path)
		require.Equal(t, status, stores.status, path)
		require.Contains(t, stores.text("h1"), map[int64]string{403: "Anda tidak punya hak", 404: "Tidak ditemukan"}[status], path)
	}
	buyer := w.signIn(t, shopBuys)
	foreign := w.foreign(t)
	buyer.open("/orders/" + foreign)
	require.EqualValues(t, 404, buyer.status, "an order of others is not there")
	buyer.page("/")
	buyer.click("header", "Akun")
	buyer.pressIn("header", "Keluar")
	buyer.open("/orders")
	require.Contains(t, buyer.place(), "/sign-in?next=", "signed out")
}

// foreign is the id of an order of which the shop is no part.
func (w *walk) foreign(t *testing.T) string {
	p, err := w.Trade.Orders(context.Background(), w.actor(t, producerSells), list.Query{Size: 1, Filter: map[string]string{"side": "selling"}})
	require.NoError(t, err)
	require.NotEmpty(t, p.Items)
	return p.Items[0].ID.String()
}

// noScripts: sign in, order and confirm while the browser runs no scripts.
func (w *walk) noScripts(t *testing.T) {
	quiet := func(email string) *visitor {
		v := w.visit(t)
		v.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			return err
		}))
		v.enter(email)
		require.False(t, ask[bool](v, `document.documentElement.classList.contains('js')`))
		return v
	}
	buyer := quiet(shopBuys)
	buyer.page("/orders/quick")
	buyer.basket(buyer.offered(w.plenty(t, sellerSells)), "210")
	require.Regexp(t, `Rp[1-9]`, buyer.text(".c-sums .all"))
	order := buyer.order()
	seller := quiet(sellerSells)
	seller.page(order)
	seller.press("Konfirmasi pesanan")
	seller.sees("Disepakati")
	seller.picture("walk-10-no-scripts")
}
