package app_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// everyKey presses each key that the help of the keyboard names, and sees that it does what it says there.
func (w *walk) everyKey(t *testing.T) {
	h := w.comesIn(w.visit(t), lookers["wholesaler"])
	h.page("/help/keyboard")
	said := ask[[][2]string](h.visitor, `[...document.querySelectorAll('main .k-keys dl > div')].map(d => [[...d.querySelectorAll('kbd')].map(k => k.innerText).join(' '), d.querySelector('dd').innerText])`)
	does := map[string]func(hands){
		"Ctrl K": func(h hands) { h.finds(func() { h.strike("k", chromedp.ModifierCtrl) }) }, "/": func(h hands) { h.finds(func() { h.strike("/") }) },
		"?": func(h hands) { h.asksForKeys(len(said)) }, "J": hands.down, "K": hands.up, "X": hands.picks, "Enter": hands.opensRow, "Esc": hands.closes,
	}
	places := 0
	for _, x := range said {
		key, text := x[0], x[1]
		t.Run(key, func(t *testing.T) {
			whole := h.t
			h.t = t
			defer func() { h.t = whole }()
			if letter, ok := strings.CutPrefix(key, "G "); ok {
				h.leads(letter, text)
				places++
				return
			}
			require.Contains(t, does, key, "the help names a key that nothing here tries")
			h.page("/orders?side=seller")
			does[key](h)
		})
		delete(does, key)
	}
	require.Empty(t, does, "keys that the help does not name")
	require.Greater(t, places, 10)

	h.page("/orders?side=seller") // where one types, letters are letters
	h.skip()
	h.field("q")
	h.strike("gpjkx?/")
	require.Equal(t, "gpjkx?/", ask[string](h.visitor, `document.activeElement.value`))
	require.False(t, ask[bool](h.visitor, `!!document.querySelector('dialog[open]')`))
	h.switchedOff()
	h.onThePhone()
}

// finds opens the palette in a way, looks for something, goes through what was found, and opens it.
func (h hands) finds(opening func()) {
	h.t.Helper()
	opening()
	h.until("the palette", `document.querySelector('#palette').open && document.activeElement.id === 'palette-q' && document.querySelectorAll('#palette-list [role=option]').length > 2`)
	require.Empty(h.t, h.focus().Wrong)
	chosen := `document.querySelector('#palette-list [aria-selected=true]')?.id ?? ''`
	first := ask[string](h.visitor, chosen)
	h.strike(kb.ArrowDown)
	require.NotEqual(h.t, first, ask[string](h.visitor, chosen), "down")
	h.strike(kb.ArrowUp)
	require.Equal(h.t, first, ask[string](h.visitor, chosen), "up")
	h.strike(say("nav.payments"))
	h.until("what was found", `document.querySelector('#palette-all')?.dataset.href.endsWith($1) && !!document.querySelector('#palette-list [data-href="/payments"]')`, say("nav.payments"))
	require.Equal(h.t, "/payments", ask[string](h.visitor, `document.querySelector('#palette-list [aria-selected=true]').dataset.href`), "what is called exactly so comes first")
	h.enter()
	require.Equal(h.t, h.url+"/payments", h.place())
}

func (h hands) asksForKeys(n int) {
	h.t.Helper()
	h.strike("j")
	row := h.focus().Href
	h.strike("?")
	h.until("the help of the keyboard", `document.querySelector('#shortcuts').open`)
	require.Equal(h.t, n, ask[int](h.visitor, `document.querySelectorAll('#shortcuts dt').length`), "all keys")
	for range 6 { // Tab stays within the dialog, or leaves for the browser itself
		h.strike(kb.Tab)
		require.True(h.t, ask[bool](h.visitor, `document.activeElement === document.body || !!document.activeElement.closest('#shortcuts')`))
	}
	h.strike(kb.Escape)
	h.until("that it is closed", `!document.querySelector('#shortcuts').open`)
	require.Equal(h.t, row, h.focus().Href, "one is back where one was")
}

func (h hands) rowAt() int {
	h.t.Helper()
	f := h.focus()
	require.True(h.t, !f.None && f.Wrong == "", "%+v", f)
	return ask[int](h.visitor, `[...document.querySelectorAll('main tbody a.rowlink')].indexOf(document.activeElement)`)
}

func (h hands) down() {
	h.t.Helper()
	for i := range 3 {
		h.strike("j")
		require.Equal(h.t, i, h.rowAt())
	}
}

func (h hands) up() {
	h.t.Helper()
	h.down()
	for _, want := range []int{1, 0, 0} {
		h.strike("k")
		require.Equal(h.t, want, h.rowAt())
	}
}

func (h hands) picks() {
	h.t.Helper()
	h.strike("jj")
	for _, want := range []string{"1", "0"} {
		h.strike("x")
		require.Equal(h.t, want, ask[string](h.visitor, `String(document.querySelectorAll('tbody .pick input:checked').length)`))
		require.Equal(h.t, want, h.text("#bulk [data-picked]"))
		require.Equal(h.t, 1, h.rowAt(), "the row keeps the focus")
	}
}

func (h hands) opensRow() {
	h.t.Helper()
	h.strike("j")
	to := h.focus().Href
	h.enter()
	require.Equal(h.t, h.url+to, h.place())
}

// closes: what lies over the page goes away, and the focus is where it was.
func (h hands) closes() {
	h.t.Helper()
	h.strike("jj")
	row := h.focus().Href
	h.strike("/")
	h.until("the palette", `document.querySelector('#palette').open`)
	h.strike(kb.Escape)
	h.until("that it is closed", `!document.querySelector('#palette').open`)
	require.Equal(h.t, row, h.focus().Href)

	h.page("/orders?side=seller")
	menu := h.to(strings.Split(say("kit.account", "name", "|"), "|")[0])
	h.strike(kb.Enter)
	require.True(h.t, ask[bool](h.visitor, `document.querySelector('header .k-menu').open`))
	h.to(say("account.title"))
	h.strike(kb.Escape)
	require.Equal(h.t, menu.Words, h.focus().Words, "Esc leads back to the button of the menu")
	h.strike(kb.Enter)
	require.True(h.t, ask[bool](h.visitor, `document.querySelector('header .k-menu').open`))
	h.reach("what is behind the menu", false, func(f focus) bool { return ask[bool](h.visitor, `!!document.activeElement.closest('main')`) })
	require.False(h.t, ask[bool](h.visitor, `document.querySelector('header .k-menu').open`), "a menu that was left does not stay over the page")
}

// leads presses G and a letter: the place of the menu that reads so opens.
func (h hands) leads(letter, text string) {
	h.t.Helper()
	h.page("/account")
	href := ask[string](h.visitor, `[...document.querySelectorAll('.k-nav a[data-go]')].find(a => a.innerText.trim().startsWith($1))?.getAttribute('href') ?? ''`, text)
	require.NotEmpty(h.t, href, "no place in the menu reads %q", text)
	h.goes(strings.ToLower(letter), href)
}

// switchedOff: who wants no single keys switches them off and on by the keyboard; Ctrl K stays.
func (h hands) switchedOff() {
	h.t.Helper()
	for _, off := range []bool{true, false} {
		h.page("/help/keyboard")
		h.skip()
		h.to(say(map[bool]string{true: "shortcuts.off", false: "shortcuts.on"}[off]))
		h.enter()
		h.page("/orders?side=seller")
		h.strike("j")
		require.Equal(h.t, off, h.focus().None)
		h.strike("/")
		require.Equal(h.t, !off, ask[bool](h.visitor, `document.querySelector('#palette').open`))
		h.strike(kb.Escape)
		h.strike("k", chromedp.ModifierCtrl)
		h.until("the palette", `document.querySelector('#palette').open`)
	}
}

// onThePhone: a page that is made for phones knows the same keys, and the menu of a narrow window is opened and left by the keyboard.
func (h hands) onThePhone() {
	h.t.Helper()
	h.page("/m/order")
	h.strike("?")
	h.until("the help of the keyboard", `document.querySelector('#shortcuts').open`)
	h.strike(kb.Escape)
	h.finds(func() { h.strike("k", chromedp.ModifierCtrl) })
	h.page("/m/order")
	h.goes("s", "/stock")

	h.do(chromedp.EmulateViewport(390, 844))
	defer h.do(chromedp.EmulateViewport(1440, 900))
	h.page("/orders?side=seller")
	h.unfolds()
	f := h.to(say("kit.menu"))
	h.strike(kb.Enter)
	require.True(h.t, ask[bool](h.visitor, `!!document.activeElement.closest('.k-side')`), "who opens the menu is in it")
	h.strike(kb.Escape)
	require.Equal(h.t, f.Words, h.focus().Words, "and comes back to its button")
	h.strike(kb.Enter)
	h.to(say("nav.stock"))
	h.enter()
	require.Equal(h.t, h.url+"/stock", h.place())
}

// unfolds: the fields of a filter are away on a phone until the keyboard asks for them, and stand open in a wide window, where nothing
// that is folded stands in the way.
func (h hands) unfolds() {
	h.t.Helper()
	shown := `[...document.querySelectorAll('.k-fold :is(input,select,button)')].filter(e => e.checkVisibility()).length`
	require.Zero(h.t, ask[int](h.visitor, shown), "the rows come first")
	h.to(say("kit.filter"))
	h.strike(kb.Enter)
	require.Equal(h.t, 5, ask[int](h.visitor, shown))
	h.do(chromedp.EmulateViewport(1440, 900))
	h.page("/orders?side=seller&status=placed")
	require.Equal(h.t, 5, ask[int](h.visitor, shown), "in a wide window they stand open")
	require.False(h.t, ask[bool](h.visitor, `document.querySelector('.k-fold > summary').checkVisibility()`))
	h.field("status")
	require.True(h.t, ask[bool](h.visitor, `!!document.activeElement.closest('.k-fold')`), "and the keyboard comes to them")
	h.do(chromedp.EmulateViewport(390, 844))
	h.page("/orders?side=seller&status=placed")
	require.Contains(h.t, ask[string](h.visitor, `document.querySelector('.k-fold > summary').innerText`), say("kit.filter_used", "n", "1"))
	h.page("/orders?side=seller")
}
