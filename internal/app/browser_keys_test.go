package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"saluran/internal/i18n"
)

// say is what the catalogue says in Indonesian.
func say(key string, with ...string) string { return i18n.T(i18n.ID, key, with...) }

// keysAlone does the main work of each role with nothing but a keyboard: a shop orders, its wholesaler confirms and dispatches, finance
// notes a payment, which the owner vouches for, and takes a workbook home, the owner of a channel sets a price, an agent orders for a shop.
func (w *walk) keysAlone(t *testing.T) {
	order := w.shopByKeys(t)
	w.sellerByKeys(t, order)
	w.financeByKeys(t, order)
	w.ownerByKeys(t)
	w.agentByKeys(t)
}

// fills puts goods into the basket by the keys of the quick order that stands open: one press adds, a number typed sets.
func (h hands) fills(qty string) {
	h.t.Helper()
	h.skip()
	h.strike("j")
	f := h.focus()
	require.True(h.t, f.Tag == "button" && f.Wrong == "", "J goes to the first good: %+v", f)
	at := ask[string](h.visitor, `document.activeElement.closest('li').id`)
	h.strike(kb.Enter)
	f = h.rests("the good in the basket", `!!document.querySelector('#' + CSS.escape($1) + ' input[name=qty]')`, at)
	require.Equal(h.t, at, ask[string](h.visitor, `document.activeElement.closest('li')?.id ?? ''`), "the focus stays with the good, and is not on %+v", f)
	before := ask[string](h.visitor, `document.querySelector('#' + CSS.escape($1) + ' input[name=qty]').value`, at)
	h.strike(" ")
	h.rests("one more", `document.querySelector('#' + CSS.escape($1) + ' input[name=qty]').value !== $2`, at, before)
	require.Equal(h.t, at, ask[string](h.visitor, `document.activeElement.closest('li')?.id ?? ''`))
	h.reach("the quantity", true, func(f focus) bool { return f.Name == "qty" })
	bar := h.text("#basket-bar")
	h.write(qty)
	h.strike(kb.Enter)
	f = h.rests("the basket", `document.querySelector('#basket-bar').innerText !== $1`, bar)
	require.Equal(h.t, "qty", f.Name, "Enter leaves one where one typed")
}

// sends sends the basket from wherever one is on its page, and answers the order's path.
func (h hands) sends() string {
	h.t.Helper()
	h.to(say("cart.send"))
	h.enter()
	at := strings.TrimPrefix(h.place(), h.url)
	require.Regexp(h.t, `^/orders/\d+\?done=order\.(placed|held)$`, at, h.text("main"))
	return strings.Split(at, "?")[0]
}

func (w *walk) shopByKeys(t *testing.T) string {
	h := w.comesIn(w.visit(t), shopBuys)
	h.goes("n", "/m/order")
	h.fills("4")
	h.to(say("cart.go_on"))
	h.enter()
	require.Contains(t, h.place(), "/m/cart")
	h.circles()

	// a line of the basket: fewer, and one is back where one was
	h.strike(kb.Enter)
	f := h.to(strings.Split(say("kit.less", "what", "|"), "|")[0])
	h.enter()
	require.Equal(t, "3", ask[string](h.visitor, `document.querySelector('.c-line input[name=qty]').value`))
	near := h.tab(false)
	require.NotContains(t, near.Href, "#content", "after %q one goes on at the line", f.Words)
	require.NotEmpty(t, ask[string](h.visitor, `document.activeElement.closest('.c-line')?.id ?? ''`), "after %q one goes on at the line, and not at %+v", f.Words, near)
	h.strike("g")
	h.strike("x") // no place: nothing happens
	order := h.sends()
	h.picture("keys-1-placed")
	return order
}

// opens goes to a row of the list that stands open with J, and opens it.
func (h hands) opens(path string) {
	h.t.Helper()
	for range 60 {
		h.strike("j")
		if f := h.focus(); f.Href == path {
			require.Empty(h.t, f.Wrong, "%s at %s: row %s", h.who, h.place(), path)
			h.enter()
			require.Equal(h.t, h.url+path, h.place())
			return
		}
	}
	require.Fail(h.t, "J does not come to the row", "%s at %s: %s", h.who, h.place(), path)
}

func (w *walk) sellerByKeys(t *testing.T, order string) {
	sales := w.comesIn(w.visit(t), sellerSells)
	sales.goes("j", "/orders?side=seller")
	sales.opens(order)
	sales.skip()
	sales.to(say("order.do_confirm"))
	sales.enter()
	sales.sees("Disepakati")

	stores := w.comesIn(w.visit(t), sellerStores)
	stores.goes("p", "/orders")
	stores.opens(order)
	stores.skip()
	stores.field("dispatch-1")
	stores.write("999999")
	stores.strike(kb.Enter)
	f := stores.rests("what is wrong", `document.activeElement?.id === 'form-errors' || !!document.querySelector('#form-errors')`)
	require.Contains(t, ask[string](stores.visitor, `document.activeElement.id`), "form-errors", "what is wrong takes the focus: %+v", f)
	stores.to("")
	require.Contains(t, stores.focus().Href, "#f-dispatch-1", "the first thing behind it leads to the field")
	stores.strike(kb.Enter)
	require.Equal(t, "dispatch-1", stores.focus().Name)
	stores.write("1")
	stores.to(say("order.do_dispatch"))
	stores.enter()
	stores.sees("Dikirim")
	stores.picture("keys-2-dispatched")
}

func (w *walk) financeByKeys(t *testing.T, order string) {
	h := w.comesIn(w.visit(t), sellerCounts)
	h.goes("t", "/invoices")
	bill := ask[string](h.visitor, `document.querySelector('main a[href="/invoices?side=seller"]') ? '/invoices?side=seller' : ''`)
	require.NotEmpty(t, bill, h.text("main"))
	h.skip()
	h.reach("what is owed to us", false, func(f focus) bool { return f.Href == bill })
	h.enter()
	open := ask[string](h.visitor, `[...document.querySelectorAll('main tbody tr')].find(r => !r.innerText.includes($1) && !/Rp0\b|–/.test(r.querySelector('td:last-child').innerText))?.querySelector('a.rowlink').getAttribute('href') ?? ''`, say("status.invoice.paid"))
	require.NotEmpty(t, open, h.text("main"))
	h.opens(open)
	number := h.text("h1")
	h.skip()
	h.to(say("payment.record"))
	h.enter()
	h.skip()
	h.field("method")
	h.choose("cash")
	h.field("reference")
	h.strike("KAS-" + strings.TrimPrefix(number, "INV-"))
	h.to(say("payment.record_send"))
	h.enter()
	require.Contains(t, h.place(), "done=payment.reported", h.text("main"))
	payment := strings.TrimPrefix(strings.Split(h.place(), "?")[0], h.url)
	owner := w.comesIn(w.visit(t), lookers["wholesaler"]) // who notes money does not vouch for it, too
	owner.goes("y", "/payments")
	owner.opens(payment)
	owner.skip()
	owner.to(strings.Split(say("payment.confirm", "amount", "|"), "|")[0])
	owner.enter()
	require.Contains(t, owner.place(), "done=payment.confirmed", owner.text("main"))
	owner.picture("keys-3-paid")

	h.goes("e", "/exports")
	h.skip()
	h.field("report")
	h.choose("payment-sheet")
	h.field("from")
	h.strike("01012020") // day, month, year, as the field of an Indonesian browser asks for them
	h.to(say("export.start"))
	h.enter()
	h.until("the workbook", `!!document.querySelector('[aria-labelledby=h-jobs] article a[href^="/files/"]') && !document.querySelector('[aria-labelledby=h-jobs] [hx-sse\\:connect] progress')`)
	dir := h.downloads()
	h.skip()
	require.Contains(t, h.to(say("export.download")).Href, "/files/")
	h.strike(kb.Enter)
	require.NotZero(t, h.downloaded(dir, "*.xlsx"))
	require.Contains(t, h.place(), "/exports", "who downloads stays where one is")
	h.goes("p", "/orders")
	h.opens(order)
	h.circles()
}

// ownerByKeys: the owner of a channel finds the price list, and says what a product will cost.
func (w *walk) ownerByKeys(t *testing.T) {
	h := w.comesIn(w.visit(t), lookers["producer"])
	h.to(say("nav.products"))
	h.enter()
	require.Equal(t, "/products", ask[string](h.visitor, `location.pathname`))
	h.skip()
	h.reach("a price list", false, func(f focus) bool { return strings.HasPrefix(f.Href, "/prices/") })
	h.enter()
	h.skip()
	h.field("price")
	h.write("dua belas")
	h.strike(kb.Enter)
	f := h.rests("what is wrong", `!!document.querySelector('#form-errors')`)
	require.Contains(t, ask[string](h.visitor, `document.activeElement.id`), "form-errors", "what is wrong takes the focus: %+v", f)
	h.field("price")
	h.write("98.765")
	h.field("from")
	h.strike("01012031")
	h.to(say("prices.save"))
	h.enter()
	list := ask[string](h.visitor, `location.pathname`)
	require.Equal(t, list+"?done=price.set", strings.TrimPrefix(h.place(), h.url), h.text("main"))
	h.picture("keys-4-price")
	prices := items(w.asks(t, lookers["producer"]).get("/price-lists/" + strings.TrimPrefix(list, "/prices/") + "/prices?size=200"))
	require.True(t, slices.ContainsFunc(prices, func(x map[string]any) bool { return x["from"] == "2031-01-01" && x["price"] == "98765" }), "%v", prices)
}

// agentByKeys: an agent finds a shop of its principal, orders for it, and sees in whose name that was.
func (w *walk) agentByKeys(t *testing.T) {
	h := w.comesIn(w.visit(t), agentSells)
	h.goes("n", "/orders/quick")
	h.skip()
	h.field("q")
	h.strike("Malioboro")
	h.reach("the shop", false, func(f focus) bool { return f.Tag == "a" && strings.Contains(f.Words, "Toko Malioboro Lestari") })
	h.enter()
	h.fills("30")
	h.to(say("cart.open"))
	h.enter()
	h.skip()
	h.sends()
	h.sees("dicatat agen", "Toko Malioboro Lestari")
	h.picture("keys-5-agent")
}

// circles goes once around the page that is open, to the way past the menu: everything that has the focus is seen to have it, and nothing
// keeps it.
func (h hands) circles() {
	h.t.Helper()
	h.page(strings.TrimPrefix(h.place(), h.url))
	first := h.tab(false)
	h.reach("where one began", false, func(f focus) bool { return f.Key == first.Key })
}
