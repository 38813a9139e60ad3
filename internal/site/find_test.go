package site_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestFindByNumberAndName(t *testing.T) {
	a, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	list, products := stocked(b, 2)
	b.must("/counter", "/counter", "s", url.Values{"list": {list}, "qty-" + products[0]: {"1"}})
	b.must("/counter", "/counter", "t", url.Values{"list": {list}, "qty-" + products[0]: {"1"}})
	receipt := find(t, b.get("/counter"), regexp.MustCompile(`>(CS-\d+)<`), "<main")
	invoice := find(t, b.get("/invoices?side=seller"), regexp.MustCompile(`rowlink[^>]*>([^<]+)<`), "<main")
	payment := find(t, b.get("/payments?side=seller"), regexp.MustCompile(`rowlink[^>]*>([^<]+)<`), "<main")

	for want, to := range map[string]string{receipt: "/orders/", strings.ToLower(receipt): "/orders/", invoice: "/invoices/", payment: "/payments/", "KB2": "/products/"} {
		got := b.get("/find?q=" + url.QueryEscape(want))
		ok := got.status == http.StatusSeeOther && strings.HasPrefix(got.header.Get("Location"), to)
		if !ok && !(got.status == 200 && strings.Contains(got.body, `href="`+to)) { // one number may be a part of another kind's
			t.Errorf("%s: %d %s", want, got.status, got.header.Get("Location"))
		}
	}
	for part, groups := range map[string][]string{"CS-": {"Pesanan"}, "kopi": {"Katalog &amp; harga"}, "-": {"Pesanan", "Pembayaran"}} {
		got := b.get("/find?q=" + part)
		for _, g := range groups {
			if !strings.Contains(got.body, `<h2 class="grow">`+g) {
				t.Errorf("%q finds no %s: %d", part, g, got.status)
			}
		}
	}
	for _, odd := range []string{"%", "_", "!", "' OR 1=1 --", strings.Repeat("é", 90), "999999999999999999999", "", "   "} {
		if got := b.get("/find?q=" + url.QueryEscape(odd)); got.status != 200 || strings.Contains(got.body, `<h2 class="grow">Pesanan`) {
			t.Errorf("%q: %d", odd, got.status)
		}
	}

	w := signIn(t, f, "warehouse@kopi.example")
	for _, secret := range []string{invoice, payment} {
		if got := w.get("/find?q=" + url.QueryEscape(secret)); got.status != 200 || strings.Contains(got.body, "/invoices/") || strings.Contains(got.body, "/payments/") {
			t.Errorf("the warehouse finds %s: %d", secret, got.status)
		}
	}

	other(t, a)
	o := signIn(t, f, "owner@teh.example")
	for _, theirs := range []string{receipt, strings.TrimPrefix(receipt, "CS-"), invoice, payment, "KB1"} {
		if got := o.get("/find?q=" + url.QueryEscape(theirs)); got.status != 200 || !strings.Contains(got.body, "Tidak ada yang cocok") && strings.Contains(got.body, "rowlink") {
			t.Errorf("another organisation finds %s: %d", theirs, got.status)
		}
	}
}

// TestWhatIsCalledSoComesFirst: the page that is called exactly what was typed stands above the reports and all that only begins so, in
// either language; what is found is found once.
func TestWhatIsCalledSoComesFirst(t *testing.T) {
	_, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	stocked(b, 2)
	option := regexp.MustCompile(`data-href="([^"]+)"`)
	for want, first := range map[string]string{"Pembayaran": "/payments", "pembayaran ": "/payments", "payments": "/payments", "Tagihan": "/invoices", "KB2": "/products/", "Stok": "/stock"} {
		page := b.get("/find?in=palette&q=" + url.QueryEscape(want))
		found := option.FindAllStringSubmatch(page.body, -1)
		if len(found) == 0 || !strings.HasPrefix(found[0][1], first) {
			t.Errorf("%q: %v", want, found)
		}
		seen := map[string]bool{}
		for _, x := range found {
			if seen[x[1]] {
				t.Errorf("%q finds %s twice", want, x[1])
			}
			seen[x[1]] = true
		}
	}
	page := b.get("/find?in=palette&q=lembar").body
	if !strings.Contains(page, "/exports?report=payment-sheet") {
		t.Error("reports are not found")
	}
	page = b.get("/find?q=pembayaran").body
	page = page[strings.Index(page, "<main"):]
	if at, report := strings.Index(page, `href="/payments"`), strings.Index(page, "/exports?report=payment"); at < 0 || report < at {
		t.Errorf("the page stands at %d, the report at %d", at, report)
	}
}

func TestDatesAreSaidInTheReadersLanguage(t *testing.T) {
	_, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	page := b.get("/exports")
	for _, want := range []string{`<html lang="id"`, `<output class="said" for="f-to" id="f-to-d" data-said>`, `aria-describedby="f-to-d`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if !regexp.MustCompile(`id="f-to-d" data-said>\d{1,2} \pL+ \d{4}<`).MatchString(page.body) {
		t.Error("the date is not said")
	}
}
