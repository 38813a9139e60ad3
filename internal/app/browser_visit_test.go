package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// caller is an agent's phone, signed in, on whose round stand two shops.
func caller(t *testing.T, before ...func(*field)) (f *field, line *wire, v *visitor, first, second string) {
	chromium(t)
	f = newField(t)
	first = f.round()
	second = str(f.agent.post("/visit-plan", map[string]any{"seller": f.seller.org, "shop": f.opens("B01"), "weekdays": everyDay(), "turn": 2}, 201), "id")
	for _, do := range before {
		do(f)
	}
	line, v = f.handset(t)
	v.setsOut()
	return f, line, v, first, second
}

// setsOut signs the agent in, and has the phone keep what it needs for the round.
func (v *visitor) setsOut() {
	v.t.Helper()
	v.who = "owner@agen.example"
	v.page("/sign-in")
	v.fill("form.k-form", "email", v.who)
	v.fill("form.k-form", "password", password)
	v.pressIn("form.k-form", "")
	v.page("/m/today")
	v.held("packs", 5) // the round, and of each shop what can be counted and what can be ordered
	v.eventually("the page for no signal", `caches.match('/m/outbox').then(x => !!x && !!navigator.serviceWorker.controller)`)
}

// press so many times on what is counted or ordered.
func (v *visitor) presses(selector string, n int) {
	v.t.Helper()
	v.until(selector, `(() => { const b = document.querySelector($1); for (let i = 0; b && i < $2; i++) b.click(); return !!b; })()`, selector, n)
}

// picks what came of a visit.
func (v *visitor) picks(result string) {
	v.t.Helper()
	v.presses(`#away-visit input[value="`+result+`"]`, 1)
}

// TestBrowserVisitsMadeWithoutSignal: an agent without a line makes visits from what the phone keeps; they are booked once when the line is
// back, and what others did meanwhile is settled by the person.
func TestBrowserVisitsMadeWithoutSignal(t *testing.T) {
	f, line, v, first, second := caller(t)
	line.signal(v, false)
	v.open("/m/today")
	v.until("the round", `document.querySelectorAll('#away-stops li').length === 2`)
	v.sees("Tidak ada sinyal", "PT T02", "Toko B01", "Belum dikunjungi")
	v.picture("visit-1-round")
	v.presses(`#away-stops [data-stop="`+first+`"] [data-go]`, 1)
	v.presses(`[data-count="`+f.product+`"] [data-plus]`, 3)
	v.tap("#away-visit", "Selesai, simpan kunjungan")
	v.until("what is missing", `document.querySelector('#visit-fault').innerText.includes('Pilih hasil')`)
	v.tap("#away-visit", "Ambil pesanan")
	v.until("what can be ordered there", `document.querySelector('#away-take').checkVisibility() && document.querySelector('#away-pair').selectedOptions[0].text.includes('PT T02')`)
	v.presses(`[data-good="`+f.product+`"] [data-plus]`, 2)
	v.tap("#away-bar", "Simpan pesanan")
	v.until("the visit again", `document.querySelector('#away-visit').checkVisibility() && document.querySelector('#away-visit input[value=order]').checked`)
	v.sees("Pesanan di ponsel ini", "1 barang dihitung")
	v.picture("visit-2-at-the-shop")
	v.open("/m/today") // what was begun is there again when the phone was put away
	v.presses(`#away-stops [data-stop="`+first+`"] [data-go]`, 1)
	v.until("the count that was made", `document.querySelector('[data-count="' + $1 + '"] input')?.value === '3'`, f.product)
	v.tap("#away-visit", "Selesai, simpan kunjungan")
	v.until("both wait", `document.querySelectorAll('#away-entries > li').length === 2`)
	require.Zero(t, f.visits())

	// the line is back, and loses answers: what is sent again and again is booked once, the order before its visit
	line.loses(2)
	line.signal(v, true)
	v.until("order and visit are sent", `(() => { [...document.querySelectorAll('#away-waits button')].find(b => b.checkVisibility() && !b.disabled && b.innerText.trim() === 'Kirim sekarang')?.click();
		return document.querySelectorAll('#away-entries [data-state=sent]:not([hidden])').length === 2; })()`)
	require.Greater(t, line.arrived(), 2)
	require.EqualValues(t, 1, f.visits())
	made := items(f.agent.get("/visits"))[0]
	require.Equal(t, "order", made["result"])
	require.Equal(t, first, str(made, "stop"))
	require.Len(t, made["orders"], 1)
	require.Len(t, made["counts"], 1)
	require.Len(t, items(f.shop2.get("/orders")), 1)
	v.until("the round as it is now", `document.querySelector('[data-stop="' + $1 + '"]').innerText.includes('Pesanan diambil')`, first)
	v.picture("visit-3-sent")

	// a colleague was there meanwhile
	f.agent.joins("dwi@agen.example", "Dwi", "sales")
	dwi := f.signIn("dwi@agen.example")
	line.signal(v, false)
	v.open("/m/today")
	v.presses(`#away-stops [data-stop="`+second+`"] [data-go]`, 1)
	v.presses(`[data-count="`+f.product+`"] [data-plus]`, 5)
	v.picks("closed")
	v.tap("#away-visit", "Selesai, simpan kunjungan")
	v.until("it waits", `document.querySelector('#away-entries').innerText.includes('Menunggu sinyal')`)
	theirs := str(dwi.post("/visits", map[string]any{"stop": second}, 201), "id")
	line.signal(v, true)
	v.reads("who was there", "Dwi sudah check-in")
	v.until("it waits for a person", `document.querySelector('#outbox').innerText.includes('Perlu diputuskan: 1')`)
	v.picture("visit-4-taken")
	require.EqualValues(t, 2, f.visits())
	v.tap("#away-entries", "Kirim sebagai di luar jadwal")
	v.until("three that were sent", `document.querySelectorAll('#away-entries [data-state=sent]:not([hidden])').length === 3`)
	require.EqualValues(t, 3, f.visits())

	// a visit that has begun with a line goes on without; meanwhile somebody ends it
	v.page("/m/visits/" + theirs)
	v.until("scripts", `document.readyState === 'complete'`)
	line.signal(v, false)
	v.fill("form[data-visit]", "qty-"+f.product, "9")
	v.click("form[action$='/count']", "Simpan hitungan")
	v.until("the count is kept", `document.querySelector('form[action$="/count"] [data-said]').innerText.includes('Disimpan di ponsel ini')`)
	ask[bool](v, `(() => { document.querySelector('form[action$="/check-out"] input[value=closed]').click(); return true; })()`)
	v.pressIn("form[action$='/check-out']", "check-out")
	v.until("it waits", `document.querySelector('#away-entries').innerText.includes('Hasil kunjungan')`)
	dwi.post("/visits/"+theirs+"/check-out", map[string]any{"result": "none", "reason": "later"}, 200)
	line.signal(v, true)
	v.reads("who ended it", "sudah ditutup Dwi")
	v.picture("visit-5-closed")
	ask[bool](v, `(() => { window.confirm = () => true; return true; })()`)
	v.until("it is dropped", `(() => { const li = [...document.querySelectorAll('#away-entries > li')].find(li => li.innerText.includes('ditutup Dwi'));
		[...(li?.querySelectorAll('button') || [])].find(b => !b.disabled && b.innerText.trim() === 'Hapus')?.click(); return !li; })()`)
	require.Equal(t, "later", f.agent.get("/visits/" + theirs)["reason"])
	require.EqualValues(t, 3, f.visits())
	dbtest.Lift(t, f.DB)
	f.verifies(t)
}

// TestBrowserADayOnTheRound: an agent's day at 390 pixels with a line, from the round to what came of it.
func TestBrowserADayOnTheRound(t *testing.T) {
	f, _, v, _, _ := caller(t)
	v.page("/m/today")
	v.sees("0 dari 2")
	v.picture("round-1-today")
	v.pressIn("main", "Check-in")
	v.sees("Tiba di toko")
	v.picture("round-2-arrive")
	v.fill("form[action='/visits']", "spot", "Depan kasir")
	v.pressIn("form[action='/visits']", "Check-in")
	v.sees("Sedang berlangsung")
	v.fill("form[action$='/count']", "qty-"+f.product, "2")
	v.pressIn("form[action$='/count']", "Simpan hitungan")
	v.sees("1 barang dihitung")
	v.pressIn("main", "Ambil pesanan")
	v.pressIn("main", "Semua barang")
	v.until("htmx", `!!window.htmx`)
	v.click("main", "Tambah")
	v.until("the basket", `document.querySelector('#basket-bar').innerText.includes('1 barang')`)
	v.page("/m/today")
	v.pressIn("main", "Lanjutkan")
	v.picture("round-3-at-the-shop")
	v.pressIn("form[action$='/check-out']", "check-out") // nothing chosen: it is said, and what stands there stays
	v.sees("Pilih hasil kunjungan")
	ask[bool](v, `(() => { document.querySelector('form[action$="/check-out"] input[value=none]').click(); return true; })()`)
	v.fill("form[action$='/check-out']", "reason", "enough")
	v.fill("form[action$='/check-out']", "note", "Minta brosur")
	v.pressIn("form[action$='/check-out']", "check-out")
	v.sees("1 dari 2", "Tanpa pesanan", "Kunjungan selesai")
	v.picture("round-4-after")
	made := items(f.agent.get("/visits"))
	require.Len(t, made, 1)
	require.Equal(t, "Minta brosur", made[0]["note"])
	require.NotEmpty(t, made[0]["phone_in_at"], "a visit carries the time of the phone")
	require.NotEmpty(t, made[0]["phone_out_at"])
	require.False(t, slices.ContainsFunc([]string{"/m/today", "/m/visits", "/m/shops"}, func(p string) bool {
		v.page(p)
		return strings.Contains(v.text("body"), "undefined") || ask[bool](v, `document.documentElement.scrollWidth > innerWidth`)
	}), "pages of the phone fit it")
}
