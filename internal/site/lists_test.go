package site_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestListsAreFilteredKeptAndActedOn: filters stand as chips, a view is kept, taken away and brought back, columns are left out, several
// rows are acted on at once with an answer for each, and the list is asked for as a workbook.
func TestListsAreFilteredKeptAndActedOn(t *testing.T) {
	_, f := portal(t)
	b := signIn(t, f, "owner@kopi.example")
	list, products := stocked(b, 2)
	for _, key := range []string{"s", "t"} {
		b.must("/counter", "/counter", key, url.Values{"list": {list}, "qty-" + products[0]: {"1"}})
	}
	for _, page := range []string{"/orders", "/orders?status=closed&from=2020-01-01&sort=id", "/invoices?side=seller&sort=-due_on", "/payments?side=seller&status=confirmed&sort=value_on", "/shipments?status=received", "/partners", "/products", "/stock", "/warehouses"} {
		if got := b.get(page); got.status != 200 {
			t.Errorf("%s: %d", page, got.status)
		}
	}
	page := b.get("/orders?status=placed&q=zzz")
	for _, want := range []string{`class="k-chip"`, "Hapus semua", `action="/lists/orders/export"`, `action="/lists/orders/views"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if !strings.Contains(b.get("/orders").body, "jumlah ") {
		t.Error("the list does not say how many there are")
	}

	b.must("/orders", "/lists/orders/views", "v1", url.Values{"name": {"Baru saja"}, "query": {"status=closed&hack=1"}})
	view := find(t, b.get("/orders"), regexp.MustCompile(`/orders\?view=(\d+)&amp;status=closed"`), "<main")
	if got := b.get("/orders?view=" + view + "&status=closed"); !strings.Contains(got.body, `action="/views/`+view+`"`) {
		t.Error("the view cannot be changed where it is shown")
	}
	b.must("/orders?view="+view, "/views/"+view, "v2", url.Values{"do": {"end"}, "version": {"1"}})
	if got := b.get("/orders?undo=view-" + view + "&done=view.ended"); !strings.Contains(got.body, `action="/views/`+view+`/restore"`) || strings.Contains(got.body, "Baru saja") {
		t.Error("a view that was taken away is there, or cannot be brought back")
	}
	b.must("/orders", "/views/"+view+"/restore", "v3", url.Values{})
	if !strings.Contains(b.get("/orders").body, "Baru saja") {
		t.Error("the view is not back")
	}

	b.must("/orders", "/lists/orders/columns", "c1", url.Values{"show-partner": {"1"}, "show-status": {"1"}, "show-total": {"1"}, "show-ordered_on": {"1"}, "dense": {"1"}})
	if !regexp.MustCompile(`k-t cards dense no-\d`).MatchString(b.get("/orders").body) {
		t.Error("the column is still there")
	}

	none := b.post("/products", "/lists/products/act", url.Values{"do": {"archive"}})
	if none.status != http.StatusUnprocessableEntity {
		t.Errorf("nothing chosen: %d", none.status)
	}
	ran := b.post("/products", "/lists/products/act", url.Values{"do": {"archive"}, "id": {products[1], "999999999"}})
	for _, want := range []string{"1 selesai, 1 tidak.", "Urungkan"} {
		if ran.status != 200 || !strings.Contains(ran.body, want) {
			t.Errorf("%d: %q is missing", ran.status, want)
		}
	}
	order := find(t, b.get("/orders"), regexp.MustCompile(`href="/orders/(\d+)"`), "<main")
	sure := b.post("/orders", "/lists/orders/act", url.Values{"do": {"confirm"}, "id": {order}})
	if sure.status != 200 || !strings.Contains(sure.body, `name="sure" value="1"`) {
		t.Errorf("what is not undone is not asked for twice: %d", sure.status)
	}
	b.must("/orders", "/lists/orders/export", "x1", url.Values{"query": {"status=closed"}})
	if got := b.get("/exports"); got.status != 200 || !strings.Contains(got.body, "Daftar Pesanan") {
		t.Error("the workbook was not asked for")
	}
}
