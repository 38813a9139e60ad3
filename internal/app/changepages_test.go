package app_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// changed sends a form that changes what its page shows: it is done, and sent once more it is answered alike and not done again.
func (f *full) changed(c *clicker, at, action string, fields url.Values) page {
	t := f.t
	t.Helper()
	form := c.get(at).fields(action)
	require.NotEmpty(t, form, "%s has no form for %s", at, action)
	for k, v := range fields {
		form[k] = v
	}
	before := f.written()
	done := c.post(action, form)
	require.Equal(t, 303, done.status, done.text)
	after := f.written()
	require.NotEqual(t, before, after, "%s did nothing", action)
	twice := c.post(action, form)
	require.Equal(t, []any{done.status, done.header.Get("Location")}, []any{twice.status, twice.header.Get("Location")}, "%s twice", action)
	require.Equal(t, after, f.written(), "%s was done twice", action)
	form.Set("_key", strings.Repeat("9", 32))
	late := c.post(action, form)
	require.Equal(t, 409, late.status, "%s with what was seen before the change", action)
	require.Equal(t, after, f.written(), "%s changed what somebody else had changed", action)
	return c.get(done.header.Get("Location"))
}

// TestMasterDataIsChangedByThePages: products, price lists, warehouses and one's own organisation are changed: refused in words,
// closed to others, done once, and not over somebody else's change.
func TestMasterDataIsChangedByThePages(t *testing.T) {
	f := newFull(t, "delivery")
	c := f.clickAs("owner@kopi.example")
	second := str(f.seller.post("/places", map[string]any{"name": "Gudang belakang"}, 201), "id")
	f.seller.post("/places", map[string]any{"name": "Gudang muka"}, 201)
	list := str(f.seller.post("/price-lists", map[string]any{"name": "Harga toko", "currency": "IDR"}, 201), "id")
	f.seller.post("/price-lists", map[string]any{"name": "Harga grosir", "currency": "IDR"}, 201)

	product := "/products/" + f.product
	require.Contains(t, c.get("/products").text, `href="`+product+`"`)
	f.closed(product, map[string]string{"version": "1", "name": "Curian", "vat": "standard", "active": "1"}, "viewer@KOPI.example")
	f.kept(c, product, product, map[string]string{"name": ""}, 422, "This field is needed.")
	f.kept(c, product, product, map[string]string{"gtin": "123"}, 422, "GTIN")
	f.kept(c, product, product, map[string]string{"pack-1": "sak"}, 422, "This field is needed.")
	got := f.changed(c, product, product, url.Values{"name": {"Robusta <b>tua</b>"}, "pack-0": {"karton"}, "pack_qty-0": {"24"}, "pack-1": {"sak"}, "pack_qty-1": {"40"}})
	require.Contains(t, got.text, "The product was saved.")
	require.Contains(t, got.text, "Robusta &lt;b&gt;tua&lt;/b&gt;")
	units := items(map[string]any{"items": f.seller.get("/products/" + f.product)["units"]})
	require.Len(t, units, 3, "the base unit and both packs")
	looks := f.clickAs("viewer@KOPI.example").get(product)
	require.Equal(t, 200, looks.status)
	require.Empty(t, looks.fields(product), "who may not change it has no form")
	require.Equal(t, 404, f.clickAs("owner@T02.example").get(product).status)

	prices := "/prices/" + list
	f.closed(prices+"/name", map[string]string{"version": "1", "list_name": "Curian"}, "viewer@KOPI.example")
	f.kept(c, prices, prices+"/name", map[string]string{"list_name": ""}, 422, "This field is needed.")
	f.kept(c, prices, prices+"/name", map[string]string{"list_name": "Harga grosir"}, 409, "already a price list named Harga grosir")
	require.Contains(t, f.changed(c, prices, prices+"/name", url.Values{"list_name": {"Harga toko 2026"}}).text, "Harga toko 2026")

	place := "/warehouses/" + second
	require.Contains(t, c.get("/warehouses").text, `href="`+place+`"`)
	f.closed(place, map[string]string{"version": "1", "name": "Curian"}, "viewer@KOPI.example")
	f.kept(c, place, place, map[string]string{"name": ""}, 422, "This field is needed.")
	f.kept(c, place, place, map[string]string{"name": "Gudang muka"}, 422, "Gudang muka")
	got = f.changed(c, place, place, url.Values{"name": {"Gudang timur"}, "address": {"Jalan Timur 1"}, "main": {"1"}})
	require.Contains(t, got.text, "Gudang timur")
	require.Contains(t, got.text, "This is your main warehouse.")
	require.Equal(t, 404, f.clickAs("owner@T02.example").get(place).status)

	const own = "/organisation"
	require.Contains(t, c.get("/").text, `href="/organisation"`)
	f.forbidden(own, "viewer@KOPI.example")
	f.kept(c, own, own, map[string]string{"name": ""}, 422, "This field is needed.")
	f.kept(c, own, own, map[string]string{"zone": "Mars/Olympus"}, 422, "")
	f.kept(c, own, own, map[string]string{"phone": strings.Repeat("1", 33)}, 422, "32")
	got = f.changed(c, own, own, url.Values{"name": {"PT Kopi Nusantara"}, "tax_no": {"0012345678901234"}, "city": {"Malang"}, "zone": {"Asia/Makassar"}})
	require.Contains(t, got.text, "PT Kopi Nusantara")
	require.Equal(t, "Asia/Makassar", f.seller.get("/orgs/" + f.seller.org)["zone"])
	require.NotContains(t, f.clickAs("owner@T02.example").get(own).text, "0012345678901234", "everybody changes his own")
	f.sound()
}

// forbidden refuses a form to those without the right; what it changes is everybody's own, so there is nobody else's to name.
func (f *full) forbidden(action string, emails ...string) {
	f.t.Helper()
	for _, email := range emails {
		c := f.clickAs(email)
		form := url.Values{"_csrf": {c.get("/account").fields().Get("_csrf")}, "_key": {strings.Repeat("7", 32)}, "version": {"1"}, "name": {"Curian"}}
		before := f.written()
		require.Equal(f.t, 403, c.post(action, form).status, "%s by %s", action, email)
		require.Equal(f.t, before, f.written(), action)
	}
}
