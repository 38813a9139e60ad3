package app_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
)

// TestMoneyAsOf: what is owed and the statement look back in both times, over HTTP; a moment that is none is refused.
func TestMoneyAsOf(t *testing.T) {
	f := newFull(t, "delivery")
	f.sold("2")
	account := "/statement?seller=" + f.seller.org + "&buyer=" + f.shop + "&currency=IDR&from=2020-01-01&to=2099-12-31"
	now, used := f.seller.get(account), str(items(f.seller.get("/exposures"))[0], "used")
	require.Equal(t, used, str(now, "closing"))
	require.NotEqual(t, "0", used)
	for _, later := range []string{"asof=2099-01-01T00:00:00Z", "at=2099-01-01T00:00:00Z"} {
		require.Equal(t, now, f.seller.get(account+"&"+later), later)
		e := items(f.seller.get("/exposures?" + later))[0]
		require.Equal(t, used, str(e, "used"), later)
		require.NotContains(t, e, "held", "what was promised is not in the books")
	}
	require.Equal(t, "0", str(f.seller.get(account+"&at=2001-01-01T00:00:00Z"), "closing"))
	require.Equal(t, "0", str(items(f.seller.get("/exposures?at=2001-01-01T00:00:00Z"))[0], "used"))
	for _, path := range []string{account + "&", "/exposures?"} {
		require.Equal(t, 422, f.seller.do("GET", path+"asof=yesterday", nil).status)
		require.Equal(t, 422, f.seller.do("GET", path+"asof=2001-01-01T00:00:00Z", nil).status, "before the first journal")
		require.Equal(t, 422, f.seller.do("GET", path+"at=9", nil).status)
	}
}

// TestMasterDataSentTwiceChangesOnce: the same key answers the same thing again, and with other content it is refused.
func TestMasterDataSentTwiceChangesOnce(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers = true })
	count := func(sql string) (n int64) {
		require.NoError(t, m.DB.R(context.Background()).Raw(sql).Scan(&n).Error)
		return n
	}
	person := m.seller.joins("sales@kopi.example", "Ani", "sales")
	channel := str(m.seller.post("/channels", map[string]any{"name": "Langsung", "shape": "retail"}, 201), "id")
	place := str(m.seller.post("/places", map[string]any{"name": "Gudang lama"}, 201), "id")
	prices := str(m.seller.post("/price-lists", map[string]any{"name": "Harga", "currency": "IDR"}, 201), "id")
	product := map[string]any{"name": "Robusta tua", "vat_class": "standard", "active": true}
	org := map[string]any{"name": "PT Kopi Tua", "zone": "Asia/Jakarta", "vat_registered": true, "active": true}
	tag := m.seller.do("GET", "/orgs/"+m.seller.org, nil).header.Get("ETag")
	for _, c := range []struct {
		name, method, path string
		body, other        map[string]any
		more               []string
	}{
		{"place", "POST", "/places", map[string]any{"name": "Gudang baru"}, map[string]any{"name": "Gudang lain"}, nil},
		{"change-of-place", "PUT", "/places/" + place, map[string]any{"name": "Gudang tua"}, map[string]any{"name": "Gudang usang"}, []string{"If-Match", `"1"`}},
		{"role", "PUT", "/people/" + person + "/role", map[string]any{"role": "finance"}, map[string]any{"role": "viewer"}, nil},
		{"member", "PUT", "/channels/" + channel + "/members", map[string]any{"org": m.shop, "tier": 2}, map[string]any{"org": m.shop, "tier": 3}, nil},
		{"change-of-product", "PUT", "/products/" + m.product, product, map[string]any{"name": "Lain", "vat_class": "standard", "active": true}, []string{"If-Match", `"1"`}},
		{"name-of-price-list", "PUT", "/price-lists/" + prices, map[string]any{"name": "Harga 2026"}, map[string]any{"name": "Harga 2027"}, []string{"If-Match", `"1"`}},
		{"own-organisation", "PUT", "/orgs/" + m.seller.org, org, map[string]any{"name": "PT Lain", "zone": "Asia/Jakarta", "vat_registered": true, "active": true}, []string{"If-Match", tag}},
	} {
		key := append([]string{"Idempotency-Key", "twice-" + c.name}, c.more...)
		first := m.seller.do(c.method, c.path, c.body, key...)
		require.Less(t, first.status, 300, "%s: %s", c.name, first.text)
		audits := count("SELECT COUNT(*) FROM audit")
		again := m.seller.do(c.method, c.path, c.body, key...)
		require.Equal(t, first.status, again.status, "%s: %s", c.name, again.text)
		require.Equal(t, first.text, again.text, c.name)
		require.Equal(t, audits, count("SELECT COUNT(*) FROM audit"), "%s is written down once", c.name)
		other := m.seller.do(c.method, c.path, c.other, key...)
		require.Equal(t, 422, other.status, "%s: %s", c.name, other.text)
		require.Contains(t, other.text, "key_reused", c.name)
	}
}
