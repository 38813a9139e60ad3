package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
	"saluran/internal/i18n"
)

// TestBrowserOrderAndTalk: a shopkeeper orders on the phone, also by what somebody wrote in a message, and talks with the seller about it.
func TestBrowserOrderAndTalk(t *testing.T) {
	m, nos := withGoods(t)
	_, phone := m.phone(t)
	var order string
	t.Run("phone", func(t *testing.T) { phone.t = t; order = m.ordersByPhone(phone, nos) })
	phone.t = t
	require.NotEmpty(t, order)
	t.Run("talk", func(t *testing.T) { phone.t = t; m.talksLive(t, phone, order) })
	phone.t = t
	dbtest.Lift(t, m.DB)
	m.verifies(t)
}

// tick checks the box whose label reads so, as a finger does.
func (v *visitor) tick(within, words string) {
	v.t.Helper()
	found := ask[bool](v, `(() => { document.querySelectorAll('[data-walk]').forEach(e => e.removeAttribute('data-walk'));
		const hit = [...document.querySelectorAll($1 + ' label')].find(l => l.innerText.includes($2)); hit?.setAttribute('data-walk', ''); hit?.scrollIntoView({block: 'center', behavior: 'instant'}); return !!hit; })()`, within, words)
	require.True(v.t, found, "%s at %s: no box that reads %q: %s", v.who, v.place(), words, v.text(within))
	v.touch()
}

// message is what somebody forwards: with the time and the name that the messenger writes, greetings, and things said in passing.
const message = "[23/11/26 08.12] Bu Sri: Pagi, tolong kirim ya\n10 dus robusta\nteh melati 5 pcs\n[23/11/26 08.13] Bu Sri: gula aren 2\nsabun colek 3 dus\nMakasih 🙏"

// ordersByPhone orders what is usual, what was ordered before, and what a message says; it answers the order of the message.
func (m *market) ordersByPhone(v *visitor, nos map[string]string) string {
	t := v.t
	v.page("/m/order")
	require.Equal(t, i18n.ID, ask[string](v, `document.documentElement.lang`))
	v.sees(say("cart.usual_90"), "Robusta 250 g", "Rp960.000/dus")
	v.narrow("phone-usual", 390)
	v.click(".m-list", say("cart.add"))
	v.until("one in the basket", `document.querySelector('#basket-bar').innerText.includes($1)`, say("cart.n_lines", "n", "1"))
	v.press(say("cart.tab_again"))
	v.narrow("phone-again", 390)
	v.pressIn(".m-list", say("cart.again"))
	require.Contains(t, v.place(), "/m/cart?")
	require.Equal(t, "3", ask[string](v, `document.querySelector('.c-line input[name=qty]').value`), "one from the list, two from the earlier order")
	v.press(say("cart.clear"))
	v.sees(say("cart.is_empty"))

	v.page("/m/order")
	v.press(say("cart.tab_paste"))
	v.fill(".m-form", "text", message)
	v.picture("phone-1-pasted")
	v.pressIn(".m-form", say("cart.read"))
	v.narrow("phone-read", 390)
	v.picture("phone-2-read")
	return m.settlesByPhone(v, nos)
}

// row is the line of the basket that was typed so.
func rowOf(v *visitor, typed string) string {
	v.t.Helper()
	at := ask[string](v, `[...document.querySelectorAll('.c-line')].find(r => [...r.querySelectorAll('.said')].some(x => x.innerText.startsWith($1) && x.innerText.endsWith($2)))?.id ?? ''`, strings.Split(say("cart.typed", "text", "|"), "|")[0], typed)
	require.NotEmpty(v.t, at, "what was typed stands beside what it was read as: %q in %s", typed, v.text("main"))
	return "#" + at
}

// settlesByPhone: nothing of the message was guessed, nothing is sent while something is not clear, and what was chosen is ordered as it was typed.
func (m *market) settlesByPhone(v *visitor, nos map[string]string) string {
	t := v.t
	state := func() [2]int {
		return ask[[2]int](v, `[document.querySelectorAll('.c-line').length, document.querySelectorAll('.c-line.bad').length]`)
	}
	require.Equal(t, [2]int{4, 3}, state(), v.text("main"))
	require.Contains(t, v.text(rowOf(v, "10 dus robusta")), say("err.cart.which", "n", "2"))
	require.Empty(t, ask[[]string](v, `[...document.querySelectorAll($1 + ' [name=qty]')].map(x => x.value)`, rowOf(v, "10 dus robusta")), "nothing is counted of what is not chosen")
	require.Contains(t, v.text(rowOf(v, "gula aren 2")), say("err.cart.unit_missing"))
	require.Contains(t, v.text(rowOf(v, "sabun colek 3 dus")), say("err.cart.unknown"))
	require.Equal(t, []string{"Pagi, tolong kirim ya", "Makasih 🙏"}, ask[[]string](v, `[...document.querySelectorAll('#asides li > span')].map(x => x.textContent.trim().replace(/^.*Bu Sri: /, ''))`), "what is said around the order is no goods, and can be read")
	require.Equal(t, "Rp100.000", ask[string](v, `document.querySelector('.c-sums dd').innerText`), "five tea, and nothing else")

	v.press(say("cart.send"))
	v.sees(say("err.cart.wrong_lines", "n", "3"))
	require.Len(t, items(m.buyer.get("/orders")), 1, "nothing was placed")

	v.pressIn(rowOf(v, "10 dus robusta"), "Robusta 500 g")
	v.pressIn(rowOf(v, "gula aren 2"), "dus")
	v.pressIn(rowOf(v, "sabun colek 3 dus"), say("cart.remove"))
	ask[bool](v, `document.querySelector('#asides').open = true`)
	v.pressIn("#asides li:last-child", say("cart.take"))
	require.Contains(t, v.text(rowOf(v, "Makasih 🙏")), say("err.cart.unknown"), "what was taken up again is asked like any line")
	require.Equal(t, [2]int{4, 1}, state(), v.text("main"))
	v.pressIn(rowOf(v, "Makasih 🙏"), say("cart.remove"))
	require.Equal(t, [2]int{3, 0}, state(), v.text("main"))
	v.picture("phone-3-clear")
	v.press(say("cart.send"))
	at := strings.TrimPrefix(v.place(), v.url)
	require.Regexp(t, `^/orders/\d+\?done=order.placed$`, at, v.text("main"))
	v.narrow("phone-placed", 390)
	order := strings.Split(at, "?")[0]
	got := map[string]string{}
	for _, l := range m.buyer.get(order)["lines"].([]any) {
		got[str(l.(map[string]any), "product")] = str(l.(map[string]any), "qty")
	}
	require.Equal(t, map[string]string{nos["ROB-500"]: "120", nos["GA330"]: "24", nos["007"]: "5"}, got)
	return order
}

// talksLive: two people in two browsers on one order. What one says, shows and asks somebody stands before the other at once, without a
// page that is loaded anew and without loss of what is being written there; what is for one's own side stays there.
func (m *market) talksLive(t *testing.T, shop *visitor, order string) {
	seller := (&walk{t: t, url: m.url, ctx: shop.walk.ctx}).visit(t)
	seller.who = "owner@kopi.example"
	seller.page("/sign-in")
	seller.fill("form.k-form", "email", seller.who)
	seller.fill("form.k-form", "password", password)
	seller.pressIn("form.k-form", "")
	en := func(key string, with ...string) string { return i18n.T(i18n.EN, key, with...) }
	said := `document.querySelector('#talk-list').innerText.includes($1)`
	shop.page(order)
	shop.until("htmx", `!!window.htmx`)
	ask[bool](shop, `window.stays = true`)
	shop.fill("#talk", "body", "Kapan dikirim?")
	shop.click("#talk", say("talk.send"))
	shop.until("what was asked", said, "Kapan dikirim?")
	seller.page(order)
	seller.until("htmx", `!!window.htmx`)
	ask[bool](seller, `window.stays = true`)
	seller.sees("Kapan dikirim?")
	bell := shop.text("#bell .n")
	shop.fill("#talk", "body", "Boleh dikirim pagi?") // is being written while the other speaks

	shop.click("#talk", say("talk.mention"))
	require.NotContains(t, shop.text("#f-mentions"), "Budi", "nobody of the seller has written yet")

	slip := filepath.Join(t.TempDir(), "surat-jalan.txt")
	require.NoError(t, os.WriteFile(slip, []byte("SJ-001"), 0o600))
	seller.fill("#talk", "body", "Truk berangkat pukul 7.")
	seller.click("#talk", en("talk.mention"))
	seller.tick("#talk", "Sri")
	seller.click("#talk", en("talk.attach"))
	seller.do(chromedp.SetUploadFiles(chromedp.CSS("#talk-file"), []string{slip}))
	seller.click("#talk", en("talk.send"))
	seller.until("what was said", said, "Truk berangkat pukul 7.")
	seller.until("the field for the next", `document.activeElement?.name === 'body' && document.activeElement.value === ''`)

	shop.until("what the seller said", said, "Truk berangkat pukul 7.")
	shop.until("who is meant", said, "Sri")
	require.True(t, ask[bool](shop, `window.stays === true`), "the page was not loaded anew")
	require.Equal(t, "Boleh dikirim pagi?", ask[string](shop, `document.querySelector('#f-body').value`), "what is being written stays")
	file := ask[string](shop, `document.querySelector('#talk-list .files a').getAttribute('href')`)
	got, err := promised[string](shop, `fetch('`+file+`').then(r => r.ok ? r.text() : String(r.status))`)
	require.NoError(t, err)
	require.Equal(t, "SJ-001", got)
	shop.until("the bell", `(document.querySelector('#bell .n')?.innerText ?? '') !== $1`, bell)
	shop.picture("talk-1-heard")

	shop.tick("#f-mentions", "Budi") // has just written
	shop.click("#talk", say("talk.send"))
	shop.until("whom the shop means", `[...document.querySelectorAll('#talk-list .k-msg')].some(m => m.innerText.includes('Boleh dikirim pagi?') && m.innerText.includes('Budi'))`)
	seller.until("the answer", said, "Boleh dikirim pagi?")
	ask[bool](seller, `(() => { const f = window.fetch; window.fetch = (...a) => f(...a).then(r => window.gone ? r : new Promise(ok => (window.held ??= []).push(() => ok(r)))); return true })()`)
	seller.fill("#talk", "body", "Jangan beri potongan lagi.")
	seller.tick("#talk", strings.Split(en("talk.for_us", "org", "|"), "|")[0])
	seller.click("#talk", en("talk.send"))
	seller.until("the note, which the stream tells before the answer is here", said, "Jangan beri potongan lagi.")
	require.Equal(t, []bool{true, true}, ask[[]bool](seller, `['textarea', 'button[type=submit]'].map(x => document.querySelector('#talk form.write ' + x).disabled)`), "what would be typed now would be lost with the answer")
	seller.until("the answer on its way", `window.held?.length > 0`)
	shop.fill("#talk", "body", "Bisa lebih pagi?")
	shop.click("#talk", say("talk.send"))
	seller.until("what was said meanwhile", said, "Bisa lebih pagi?")
	ask[bool](seller, `window.gone = true, window.held.forEach(f => f()), true`)
	seller.until("the field for the next", `document.activeElement?.name === 'body' && document.activeElement.value === ''`)
	require.Contains(t, seller.text("#talk-list"), "Bisa lebih pagi?", "an answer of before takes nothing back")
	seller.fill("#talk", "body", "Bisa, pukul 6.")
	seller.tick("#talk", strings.Split(en("talk.for_all", "who", "|"), "|")[0])
	seller.click("#talk", en("talk.send"))
	shop.until("the last word", said, "Bisa, pukul 6.")
	require.NotContains(t, shop.text("main"), "potongan", "a note for one's own side")
	for _, v := range []*visitor{seller, shop} {
		require.True(t, ask[bool](v, `window.stays === true`), v.who)
	}
	require.Equal(t, 5, ask[int](shop, `document.querySelectorAll('#talk-list .k-msg').length`))
	require.Equal(t, 6, ask[int](seller, `document.querySelectorAll('#talk-list .k-msg').length`))
	shop.narrow("talk", 390)
	seller.picture("talk-2-seller")
}
