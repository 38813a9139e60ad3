package app_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// shelf is a photo of so many pixels, in a folder; each is another.
func shelf(t testing.TB, wide, high int) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, wide, high))
	for x := range wide {
		for y := range high {
			m.Set(x, y, color.RGBA{uint8(x / 8), uint8(y / 8), uint8(keys.Add(1)), 255})
		}
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, m, nil))
	path := filepath.Join(t.TempDir(), "rak.jpg")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

// begins a visit at a stop of the round that the phone keeps.
func (v *visitor) begins(stop string) {
	v.t.Helper()
	v.open("/m/today")
	v.presses(`#away-stops [data-stop="`+stop+`"] [data-go]`, 1)
	v.until("the visit", `document.querySelector('#away-visit').checkVisibility()`)
}

// ends the visit that is open on the phone, and has it kept.
func (v *visitor) ends(result string) {
	v.t.Helper()
	v.picks(result)
	v.tap("#away-visit", "Selesai, simpan kunjungan")
	v.reads("it waits", "Menunggu sinyal")
}

// standsAt makes the phone stand somewhere, and lets the portal ask for it.
func (v *visitor) standsAt(lat, lon float64) {
	v.t.Helper()
	_, err := chromedp.CallBrowser(v.ctx, browser.SetPermission, browser.SetPermissionParams{Permission: &browser.PermissionDescriptor{Name: "geolocation"}, Setting: "granted",
		BrowserContextID: chromedp.FromContext(v.ctx).BrowserContextID})
	require.NoError(v.t, err)
	near := 5.0
	_, err = chromedp.Call(v.ctx, emulation.SetGeolocationOverride, emulation.SetGeolocationOverrideParams{Latitude: &lat, Longitude: &lon, Accuracy: &near})
	require.NoError(v.t, err)
}

// sound holds a page of the phone, as it stands, against axe by day and by night, and against the narrowest phone.
func (v *visitor) sound(name string) {
	v.t.Helper()
	for _, theme := range []string{"dark", "light"} {
		v.accessible(name, theme, "[]")
		v.picture(name + "-" + theme)
	}
	v.narrow(name, 320)
	v.do(chromedp.EmulateViewport(390, 844))
}

// wentOut is how many of what the phone sent was taken by the portal.
func (v *visitor) wentOut(n int) {
	v.t.Helper()
	v.until(strconv.Itoa(n)+" that were sent", `document.querySelectorAll('#away-entries [data-state=sent]:not([hidden])').length === $1`, n)
}

// snaps chooses photos in a field.
func (v *visitor) snaps(field string, files ...string) {
	v.t.Helper()
	v.do(chromedp.SetUploadFiles(chromedp.CSS(field), files))
}

func (f *field) filesOf(visit string) []map[string]any {
	return items(f.agent.get("/files?document_kind=visit&document=" + visit))
}

// TestBrowserVisitsThatAPersonSettles: what came back from a phone without a line and was refused waits for a person, who is told what is
// the matter; what is settled is booked once, with its photos. The partner's page tells of it.
func TestBrowserVisitsThatAPersonSettles(t *testing.T) {
	var tea string
	f, line, v, first, second := caller(t, func(f *field) {
		tea = str(f.seller.post("/products", map[string]any{"sku": "TEH-9", "name": "Teh melati"}, 201), "id")
		f.seller.post("/price-lists/"+f.list+"/prices", map[string]any{"prices": []any{map[string]any{"product": tea, "from": "2025-01-01", "price": "1000"}}}, 204)
	})

	// what is dropped takes its photos along
	line.signal(v, false)
	v.begins(first)
	v.snaps("#visit-photo", shelf(t, 60, 40))
	v.held("photos", 1)
	ask[bool](v, `(() => { window.confirm = () => true; return true; })()`)
	v.tap("#away-visit", "Hapus kunjungan ini")
	v.held("photos", 0)
	v.held("entries", 0)

	// goods that are not sold there any more
	v.begins(first)
	ask[bool](v, `(() => { const i = document.querySelector('#visit-spot'); i.value = 'Rak depan'; i.dispatchEvent(new Event('input', {bubbles: true})); return true; })()`)
	v.standsAt(-7.797068, 110.370529)
	v.presses("#f-visit-here", 1)
	v.until("where one stands", `document.querySelector('#visit-here-said').innerText.includes('Lokasi didapat')`)
	v.presses(`[data-count="`+f.product+`"] [data-plus]`, 3)
	v.presses(`[data-count="`+tea+`"] [data-plus]`, 5)
	v.snaps("#visit-photo", shelf(t, 2400, 1200))
	v.until("the photo", `document.querySelector('#visit-photos canvas')?.width > 0`)
	v.held("photos", 1)
	v.sound("rounds-1-photo")
	v.ends("closed")
	f.unlists(tea)
	line.signal(v, true)
	v.reads("what is the matter", "sudah tidak dijual ke toko ini")
	v.reads("which it is", "Teh melati")
	v.until("it waits for a person", `document.querySelector('#outbox').innerText.includes('Perlu diputuskan: 1')`)
	v.sound("rounds-2-not-listed")
	require.Zero(t, f.visits())
	line.loses(2) // of the visit and of its photo: sent again, each is booked once
	v.tap("#away-entries", "Kirim tanpa barang itu")
	v.until("visit and photo are sent", `(() => { [...document.querySelectorAll('#away-waits button')].find(b => b.checkVisibility() && !b.disabled && b.innerText.trim() === 'Kirim sekarang')?.click();
		return document.querySelectorAll('#away-entries [data-state=sent]:not([hidden])').length === 2; })()`)
	made := items(f.agent.get("/visits"))
	require.Len(t, made, 1)
	require.Len(t, made[0]["counts"], 1, "what is sold there was counted")
	require.Equal(t, []any{"Rak depan", "-7.797068", "110.370529"}, []any{made[0]["spot"], made[0]["lat"], made[0]["lon"]})
	one := str(made[0], "id")
	photos := f.filesOf(one)
	require.Len(t, photos, 1)
	require.Equal(t, "image/jpeg", photos[0]["media"])
	v.held("photos", 0)
	v.page("/m/visits/" + one)
	v.until("the photo on the page", `document.querySelector('.v-photos img')?.naturalWidth > 0`)
	size := ask[[]int](v, `[document.querySelector('.v-photos img').naturalWidth, document.querySelector('.v-photos img').naturalHeight]`)
	require.Equal(t, []int{1600, 800}, size, "made smaller, and not cut")

	// a shop that has left the round
	line.signal(v, false)
	v.begins(second)
	v.presses(`[data-count="`+f.product+`"] [data-plus]`, 2)
	v.ends("closed")
	f.agent.post("/visit-plan/"+second+"/end", nil, 200)
	line.signal(v, true)
	v.reads("what is the matter", "sudah tidak ada di jadwal")
	v.picture("rounds-3-not-in-plan")
	require.EqualValues(t, 1, f.visits())
	v.tap("#away-entries", "Kirim sebagai di luar jadwal")
	v.wentOut(3)
	require.EqualValues(t, 2, f.visits())
	require.Nil(t, items(f.agent.get("/visits"))[0]["stop"], "it is none of the round's")

	f.countedMeanwhile(line, v)
	f.photosWithoutLine(line, v)
	f.toldOnThePartner(v)
	dbtest.Lift(t, f.DB)
	f.verifies(t)
}

// unlists takes a product out of what is sold.
func (f *field) unlists(product string) {
	f.t.Helper()
	a := f.seller.do("GET", "/products/"+product, nil)
	body := map[string]any{"name": a.body["name"], "active": false}
	a = f.seller.do("PUT", "/products/"+product, body, "If-Match", a.header.Get("ETag"))
	require.Equal(f.t, 200, a.status, a.text)
}

// countedMeanwhile: a colleague counts the shelf that somebody counts without a line.
func (f *field) countedMeanwhile(line *wire, v *visitor) {
	t := f.t
	f.agent.joins("dwi@agen.example", "Dwi", "sales")
	dwi := f.signIn("dwi@agen.example")
	open := str(f.agent.post("/visits", map[string]any{"seller": f.seller.org, "shop": f.shop2.org}, 201), "id")
	v.page("/m/visits/" + open)
	v.until("scripts", `document.readyState === 'complete'`)
	line.signal(v, false)
	v.fill("form[data-visit]", "qty-"+f.product, "9")
	v.click("form[action$='/count']", "Simpan hitungan")
	v.until("the count is kept", `document.querySelector('form[action$="/count"] [data-said]').innerText.includes('Disimpan di ponsel ini')`)
	count := func() any { return f.agent.get("/visits/" + open)["counts"].([]any)[0].(map[string]any)["qty"] }
	dwi.post("/visits/"+open+"/count", map[string]any{"lines": []any{map[string]any{"product": f.product, "qty": "4"}}}, 200)
	v.open("/m/outbox")
	line.signal(v, true)
	v.until("it waits for a person", `!!document.querySelector('#away-entries [data-state=refused]:not([hidden])')`)
	v.reads("what is the matter", "diubah sementara itu")
	v.picture("rounds-4-counted-meanwhile")
	require.EqualValues(t, "4", count(), "nobody's count is written over unasked")
	v.tap("#away-entries", "Tetap kirim")
	v.wentOut(4)
	require.EqualValues(t, "9", count())
	f.agent.post("/visits/"+open+"/check-out", map[string]any{"result": "none", "reason": "later"}, 200)
}

// photosWithoutLine: photos of a visit's page wait on the phone, are sent once, and are bounded in number.
func (f *field) photosWithoutLine(line *wire, v *visitor) {
	t := f.t
	open := str(f.agent.post("/visits", map[string]any{"seller": f.seller.org, "shop": f.shop2.org}, 201), "id")
	v.page("/m/visits/" + open)
	v.until("scripts", `document.readyState === 'complete'`)
	v.snaps("#files input[name=file]", shelf(t, 60, 40))
	v.pressIn("#files", "Kirim foto") // with a line it is sent at once
	require.Contains(t, v.place(), "/m/visits/"+open+"?done=file.attached", "one stays on the phone's page")
	require.Len(t, f.filesOf(open), 1)

	line.signal(v, false)
	v.snaps("#files input[name=file]", shelf(t, 60, 40))
	v.click("#files", "Kirim foto")
	v.until("the photo is kept", `document.querySelector('#files [data-said]').innerText.includes('Foto disimpan di ponsel ini')`)
	v.picture("rounds-5-photo-kept")
	line.loses(1)
	line.signal(v, true)
	v.open("/m/outbox")
	v.until("the photo is sent", `(() => { [...document.querySelectorAll('#away-waits button')].find(b => b.checkVisibility() && !b.disabled && b.innerText.trim() === 'Kirim sekarang')?.click();
		return document.querySelectorAll('#away-entries [data-state=sent]:not([hidden])').length === 5; })()`)
	require.Len(t, f.filesOf(open), 2, "sent more than once, there once")

	v.page("/m/visits/" + open)
	v.until("scripts", `document.readyState === 'complete'`)
	line.signal(v, false)
	var many []string
	for range 21 {
		many = append(many, shelf(t, 20, 20))
	}
	v.snaps("#files input[name=file]", many...)
	v.click("#files", "Kirim foto")
	v.until("that there is no more room", `document.querySelector('#files [data-said]').innerText.includes('paling banyak 20 foto')`)
	v.held("photos", 20)
	note := filepath.Join(t.TempDir(), "rak.jpg")
	require.NoError(t, os.WriteFile(note, []byte("no photo"), 0o600))
	v.snaps("#files input[name=file]", note)
	v.click("#files", "Kirim foto")
	v.until("that it is no photo", `document.querySelector('#files [data-said]').innerText.includes('bukan foto')`)
	v.sound("rounds-6-photos-full")
	line.signal(v, true)
	v.held("photos", 0)
	require.Len(t, f.filesOf(open), 22)
	f.agent.post("/visits/"+open+"/check-out", map[string]any{"result": "closed"}, 200)
}

// linkOf is the link of a shop with the seller, as the agent finds it.
func (f *field) linkOf(shop string) string {
	all := items(f.agent.get("/links?side=agent&q=" + shop))
	require.Len(f.t, all, 1)
	return str(all[0], "id")
}

// toldOnThePartner: the part of visits in what happened with a partner, for the agent, and as much as is the shop's for the shop.
func (f *field) toldOnThePartner(v *visitor) {
	t := f.t
	link := f.linkOf("T02")
	v.do(chromedp.EmulateViewport(1440, 900))
	v.page("/partners/" + link)
	v.until("htmx", `!!window.htmx`)
	v.click("#story nav", "Kunjungan")
	v.until("visits alone", `document.querySelector('#story [aria-current]').innerText.trim() === 'Kunjungan' && document.querySelectorAll('#story .k-tl > li').length === 3`)
	told := v.text("#story")
	require.Contains(t, told, "Minta datang lagi")
	require.Contains(t, told, "Toko tutup")
	require.NotContains(t, told, "SO-")
	v.picture("rounds-7-partner")
	shop := f.clickAs("owner@toko2.example").get("/partners/" + link + "?part=visits")
	require.Equal(t, 200, shop.status)
	require.Contains(t, shop.text, "Orang AGN")
	require.NotContains(t, shop.text, "Minta datang lagi", "why nothing was ordered is not the shop's")
	require.Equal(t, 404, f.clickAs("owner@toko.example").get("/partners/"+link+"?part=visits").status)
}

// TestBrowserOneAgentOnTwoDevices: the same person makes one visit on two phones, both without a line. One of them wins; the other is told
// so, and the person settles it: nothing is lost and nothing is there twice.
func TestBrowserOneAgentOnTwoDevices(t *testing.T) {
	f, line, v, first, second := caller(t)
	line2, u := f.handsetOf(t, v.walk.ctx)
	u.setsOut()
	lines := map[*visitor]*wire{v: line, u: line2}
	for x, n := range map[*visitor]int{v: 3, u: 5} {
		lines[x].signal(x, false)
		x.begins(first)
		x.presses(`[data-count="`+f.product+`"] [data-plus]`, n)
		x.ends("closed")
	}
	for x, l := range lines { // both lines are back at once
		l.mu.Lock()
		l.cut = false
		l.mu.Unlock()
		l.signal(x, true)
	}
	ended := func(x *visitor) string {
		x.until("an answer", `['sent', 'refused'].some(s => document.querySelector('#away-entries [data-state=' + s + ']:not([hidden])'))`)
		return ask[string](x, `document.querySelector('#away-entries [data-state=sent]:not([hidden])') ? 'sent' : 'refused'`)
	}
	won, lost := v, u
	if ended(v) == "refused" {
		won, lost = u, v
	}
	require.Equal(t, "sent", ended(won))
	require.Equal(t, "refused", ended(lost))
	lost.reads("who was there", "Orang AGN sudah check-in")
	lost.picture("rounds-8-other-device")
	require.EqualValues(t, 1, f.visits())
	lost.tap("#away-entries", "Kirim sebagai di luar jadwal")
	lost.wentOut(1)
	all := items(f.agent.get("/visits"))
	require.Len(t, all, 2)
	var counts []string
	for _, x := range all {
		counts = append(counts, x["counts"].([]any)[0].(map[string]any)["qty"].(string))
	}
	require.ElementsMatch(t, []string{"3", "5"}, counts, "what was counted on each of the two is there")

	// a visit that has begun with a line is carried on by both: one counts, the other ends it
	open := str(f.agent.post("/visits", map[string]any{"stop": second}, 201), "id")
	for _, x := range []*visitor{v, u} {
		x.page("/m/visits/" + open)
		x.until("scripts", `document.readyState === 'complete'`)
		lines[x].signal(x, false)
	}
	v.fill("form[data-visit]", "qty-"+f.product, "7")
	v.click("form[action$='/count']", "Simpan hitungan")
	v.until("the count is kept", `document.querySelector('form[action$="/count"] [data-said]').innerText.includes('Disimpan di ponsel ini')`)
	ask[bool](u, `(() => { document.querySelector('form[action$="/check-out"] input[value=closed]').click(); return true; })()`)
	u.pressIn("form[action$='/check-out']", "check-out")
	u.reads("it waits", "Hasil kunjungan")
	v.open("/m/outbox")
	line.signal(v, true)
	v.wentOut(2)
	line2.signal(u, true)
	u.until("it waits for a person", `!!document.querySelector('#away-entries [data-state=refused]:not([hidden])')`)
	u.picture("rounds-9-changed")
	u.tap("#away-entries", "Tetap kirim")
	u.wentOut(2)
	x := f.agent.get("/visits/" + open)
	require.Equal(t, "closed", x["result"])
	require.Equal(t, "7", x["counts"].([]any)[0].(map[string]any)["qty"], "what the other counted stays")
	require.EqualValues(t, 3, f.visits())
	dbtest.Lift(t, f.DB)
	f.verifies(t)
}
