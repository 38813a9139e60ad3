package site_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"saluran/internal/access"
	"saluran/internal/app"
	"saluran/internal/partner"
)

var (
	priceHref = regexp.MustCompile(`href="/prices/(\d+)"`)
	qtyField  = regexp.MustCompile(`name="qty-(\d+)"`)
	choice    = regexp.MustCompile(`<option value="(\d+)"`)
)

// find is the first group of a pattern in an answer.
func find(t *testing.T, a answer, re *regexp.Regexp, after string) string {
	t.Helper()
	_, rest, ok := strings.Cut(a.body, after)
	m := re.FindStringSubmatch(rest)
	if !ok || m == nil {
		t.Fatalf("no %s after %q (status %d)", re, after, a.status)
	}
	return m[1]
}

// send posts a form of a page with its token, and a key.
func (b *browser) send(page, path, key string, form url.Values) answer {
	b.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	form.Set("_csrf", token(b.get(page)))
	form.Set("_key", strings.Repeat(key, 32)[:32])
	return b.do("POST", path, form)
}

func (b *browser) must(page, path, key string, form url.Values) {
	b.t.Helper()
	if got := b.send(page, path, key, form); got.status != http.StatusSeeOther {
		b.t.Fatalf("%s: %d %s", path, got.status, got.body)
	}
}

// stocked gives an organisation a shelf: a price list and goods KB1 … KBn, 10 of each, the last without a price.
func stocked(b *browser, n int) (list string, products []string) {
	b.t.Helper()
	b.must("/products", "/prices", "a", url.Values{"list_name": {"Toko"}, "list_currency": {"IDR"}})
	b.must("/warehouses", "/warehouses", "b", url.Values{"place_name": {"Gudang A"}})
	list = find(b.t, b.get("/products"), priceHref, "<main")
	for i := range n {
		sku := fmt.Sprintf("KB%d", i+1)
		b.must("/products", "/products", "c"+sku, url.Values{"sku": {sku}, "name": {"Kopi " + sku}, "kind": {"goods"}, "base_unit": {"pcs"}, "vat": {"standard"}})
		product := find(b.t, b.get("/prices/"+list+"?q="+sku), regexp.MustCompile(`<option value="(\d+)"[^>]*>Kopi `+sku+` `), `name="product"`)
		products = append(products, product)
		if i < n-1 || n == 1 {
			b.must("/prices/"+list, "/prices/"+list, "d"+sku, url.Values{"product": {product}, "price": {"12000"}, "min": {"0"}, "from": {"2020-01-01"}})
		}
		place := find(b.t, b.get("/warehouses"), choice, `name="place"`)
		b.must("/warehouses", "/lots", "e"+sku, url.Values{"product": {product}, "place": {place}, "code": {"L" + sku}, "qty": {"10"}, "made_on": {"2026-01-01"}})
	}
	return list, products
}

// other opens a second producer beside the first one.
func other(t *testing.T, a *app.App) {
	t.Helper()
	kopi, err := a.Partner.Resolve(t.Context(), "KOPI")
	if err != nil {
		t.Fatal(err)
	}
	org, err := a.Partner.Create(t.Context(), access.Actor{Person: 1, Org: kopi.ID, Kind: "producer", Role: "owner"}, partner.NewOrg{Code: "TEH", Kind: "producer", Name: "PT Teh"})
	if err != nil {
		t.Fatal(err)
	}
	seed(t, a, org.ID, "producer", "owner@teh.example", "owner")
}

func TestCounterSale(t *testing.T) {
	_, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	if got := b.get("/counter"); got.status != 200 || !strings.Contains(got.body, "Belum ada daftar harga") {
		t.Fatalf("a counter without prices: %d", got.status)
	}
	list, products := stocked(b, 2)
	page := b.get("/counter")
	if n := len(qtyField.FindAllString(page.body, -1)); n != 1 || !strings.Contains(page.body, "Belum ada harga") {
		t.Fatalf("%d goods to sell, want that with a price alone", n)
	}
	sale := url.Values{"list": {list}, "qty-" + products[0]: {"2"}, "unit-" + products[0]: {"pcs"}, "method": {"qris"}}
	for i := range 2 { // a tap too many
		got := b.send("/counter", "/counter", "s", sale)
		if got.status != http.StatusSeeOther || got.header.Get("Location") != "/counter?list="+list+"&done=counter.sold" {
			t.Fatalf("sale %d: %d %s", i, got.status, got.body)
		}
	}
	page = b.get("/counter?done=counter.sold")
	if n := strings.Count(page.body, ">CS-"); n != 1 {
		t.Errorf("%d receipts, want 1 for two sends of one key", n)
	}
	for _, want := range []string{"sisa 8\u00a0pcs", "Rp24.000", "Terjual."} {
		if !strings.Contains(page.body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	sale.Set("qty-"+products[0], "3")
	if got := b.send("/counter", "/counter", "s", sale); got.status != http.StatusUnprocessableEntity {
		t.Errorf("the same key for another sale: %d", got.status)
	}
	sale.Set("qty-"+products[0], "900")
	if got := b.send("/counter", "/counter", "x", sale); got.status != http.StatusConflict || !strings.Contains(got.body, `value="900"`) || !strings.Contains(got.body, "KB1") {
		t.Errorf("more than there is: %d", got.status)
	}
	for _, bad := range []string{"", "0", "dua", "-1"} {
		sale.Set("qty-"+products[0], bad)
		if got := b.send("/counter", "/counter", "y", sale); got.status != http.StatusUnprocessableEntity || strings.Contains(got.body, "err.") {
			t.Errorf("quantity %q: %d", bad, got.status)
		}
	}
}

func TestCounterKeepsWhatWasPicked(t *testing.T) {
	_, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	list, products := stocked(b, 3)
	form := url.Values{"list": {list}, "q": {"KB2"}, "qty-" + products[0]: {"4"}, "unit-" + products[0]: {"pcs"}}
	got := b.send("/counter", "/counter/pick", "p", form)
	for _, want := range []string{`name="qty-` + products[0] + `" value="4"`, `name="qty-` + products[1] + `"`, "Rp48.000"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%q is missing (%d)", want, got.status)
		}
	}
	if strings.Contains(got.body, "Kopi KB3") {
		t.Error("the search shows what does not fit")
	}
	if got := b.send("/counter", "/counter/total", "p", form); !strings.Contains(got.body, "Rp48.000") || strings.Contains(got.body, "<html") {
		t.Errorf("the running total: %d %s", got.status, got.body)
	}
}

func TestOwnUse(t *testing.T) {
	_, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	_, products := stocked(b, 1)
	if got := b.get("/counter/use?q=kb1"); !strings.Contains(got.body, "/counter/use?product="+products[0]) {
		t.Fatalf("the goods are not offered: %d", got.status)
	}
	path := "/counter/use?product=" + products[0]
	place := find(t, b.get(path), choice, `name="place"`)
	use := url.Values{"product": {products[0]}, "place": {place}, "qty": {"3"}}
	b.must(path, "/counter/use", "u", use)
	b.must(path, "/counter/use", "u", use)
	if got := b.get(path); !strings.Contains(got.body, "sisa 7\u00a0pcs") {
		t.Error("twice with one key is not once")
	}
	for _, bad := range []string{"", "0", "satu"} {
		if got := b.send(path, "/counter/use", "v", url.Values{"product": {products[0]}, "place": {place}, "qty": {bad}}); got.status != http.StatusUnprocessableEntity {
			t.Errorf("quantity %q: %d", bad, got.status)
		}
	}
	if got := b.send(path, "/counter/use", "w", url.Values{"product": {products[0]}, "place": {place}, "qty": {"80"}}); got.status != http.StatusConflict || !strings.Contains(got.body, `value="80"`) {
		t.Errorf("more than there is: %d", got.status)
	}
}

func TestTheCounterIsItsOwnersAlone(t *testing.T) {
	a, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	list, products := stocked(b, 1)
	b.must("/counter", "/counter", "s", url.Values{"list": {list}, "qty-" + products[0]: {"1"}})

	w := signIn(t, f, "warehouse@kopi.example")
	for path, want := range map[string]int{"/counter": http.StatusForbidden, "/counter?list=" + list: http.StatusForbidden, "/counter/use": http.StatusOK} {
		if got := w.get(path); got.status != want || strings.Contains(got.body, "Rp12.000") {
			t.Errorf("the warehouse at %s: %d, want %d", path, got.status, want)
		}
	}
	for _, path := range []string{"/counter", "/counter/pick", "/counter/total"} {
		if got := w.send("/counter/use", path, "f", url.Values{"list": {list}, "qty-" + products[0]: {"1"}}); got.status != http.StatusForbidden {
			t.Errorf("the warehouse sends %s: %d", path, got.status)
		}
	}

	other(t, a)
	o := signIn(t, f, "owner@teh.example")
	same := func(what string, theirs, nobodys answer, no string) {
		t.Helper()
		clean := func(x answer) string {
			return regexp.MustCompile(`[0-9a-f]{32}|ref[^<]*|\d{6,}`).ReplaceAllString(strings.ReplaceAll(x.body, no, "999"), "")
		}
		if theirs.status != http.StatusNotFound || nobodys.status != theirs.status || len(clean(theirs)) != len(clean(nobodys)) {
			t.Errorf("%s: %d for what is another's, %d for what is nobody's", what, theirs.status, nobodys.status)
		}
	}
	same("list", o.get("/counter?list="+list), o.get("/counter?list=999"), list)
	same("use", o.get("/counter/use?product="+products[0]), o.get("/counter/use?product=999"), products[0])
	for _, path := range []string{"/counter", "/counter/pick", "/counter/total"} {
		same(path, o.send("/counter/use", path, "g", url.Values{"list": {list}, "qty-" + products[0]: {"1"}}),
			o.send("/counter/use", path, "h", url.Values{"list": {"999"}, "qty-" + products[0]: {"1"}}), list)
	}
	same("use it", o.send("/counter/use", "/counter/use", "i", url.Values{"product": {products[0]}, "place": {"1"}, "qty": {"1"}}),
		o.send("/counter/use", "/counter/use", "j", url.Values{"product": {"999"}, "place": {"1"}, "qty": {"1"}}), products[0])
	if got := o.get("/counter"); strings.Contains(got.body, "CS-") {
		t.Error("the receipts of another counter are shown")
	}
}
