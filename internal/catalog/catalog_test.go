package catalog_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/policies"
)

// world is a maker, a shop that buys by the maker's list, and a stranger.
type world struct {
	t                     *testing.T
	d                     *db.DB
	s                     *catalog.Service
	maker, shop, stranger access.Actor
	list                  catalog.PriceList
}

// deals knows one pair: shop buys from maker by one list.
type deals struct{ w *world }

func (x deals) ListFor(_ context.Context, viewer, seller, buyer id.ID, _ clock.Date) (id.ID, string, string, error) {
	if seller != x.w.maker.Org || buyer != x.w.shop.Org || (viewer != seller && viewer != buyer) {
		return 0, "", "", errs.Gone()
	}
	return x.w.list.ID, "ID", "IDR", nil
}

func newWorld(t *testing.T) *world {
	d := dbtest.New(t)
	gate, err := access.New(policies.Model, policies.Grants)
	require.NoError(t, err)
	w := &world{t: t, d: d}
	w.s = catalog.New(d, clock.NewFixed(clock.Date("2026-03-02").Noon("Asia/Jakarta")), gate, deals{w})
	w.maker, w.shop, w.stranger = w.org("producer", 11), w.org("retailer", 12), w.org("producer", 13)
	w.list, err = w.s.AddList(t.Context(), w.maker, audit.Key{}, catalog.PriceList{Name: "Toko", Currency: "IDR"})
	require.NoError(t, err)
	return w
}

func (w *world) exec(sql string, args ...any) {
	require.NoError(w.t, w.d.InTx(w.t.Context(), func(ctx context.Context) error { return w.d.W(ctx).Exec(sql, args...).Error }))
}

func (w *world) org(kind string, n id.ID) access.Actor {
	w.exec(`INSERT INTO org (id, code, kind, name, name_fold, country, currency, zone, vat_registered, large, tax_no, address, city, phone, nameless, active, created_us, version)
		VALUES (?, ?, ?, 'Somebody', 'somebody', 'ID', 'IDR', 'Asia/Jakarta', ?, ?, '', '', '', '', ?, ?, 0, 1)`, n, n.String(), kind, true, false, false, true)
	return access.Actor{Person: n + 100, Org: n, Kind: kind, Role: "owner", Zone: "Asia/Jakarta"}
}

func (w *world) product(sku, name string) catalog.Product {
	p, err := w.s.AddProduct(w.t.Context(), w.maker, audit.Key{}, catalog.Product{SKU: sku, Name: name, BaseUnit: "pcs", Units: []catalog.Unit{{Name: "karton", Base: qty.Units(24)}}})
	require.NoError(w.t, err)
	return p
}

func (w *world) price(prices ...catalog.Price) {
	require.NoError(w.t, w.s.SetPrices(w.t.Context(), w.maker, audit.Key{}, w.list.ID, prices))
}

func (w *world) items(on clock.Date, ps ...id.ID) map[id.ID]catalog.Item {
	got, _, err := w.s.Items(w.t.Context(), w.list.ID, "ID", ps, on)
	require.NoError(w.t, err)
	return got
}

func TestProducts(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	k := audit.Key{Client: "k", Hash: audit.HashOf("p")}
	n := catalog.Product{SKU: "007", Name: "Kopi Gayo", BaseUnit: "kg", Decimals: 3, GTIN: "4006381333931", Units: []catalog.Unit{{Name: "sak", Base: qty.Units(50)}}}
	a, err := w.s.AddProduct(ctx, w.maker, k, n)
	require.NoError(t, err)
	b, err := w.s.AddProduct(ctx, w.maker, k, n)
	require.NoError(t, err)
	require.Equal(t, a.ID, b.ID, "twice with one key is one product")
	require.Equal(t, "007", b.SKU)
	_, err = w.s.AddProduct(ctx, w.maker, audit.Key{}, n)
	require.Equal(t, "product.sku_taken", errs.CodeOf(err))
	for _, bad := range []catalog.Product{{Name: "x"}, {SKU: "1"}, {SKU: "1", Name: "x", Decimals: 4}, {SKU: "1", Name: "x", VATClass: "free"}, {SKU: "1", Name: "x", GTIN: "4006381333932"},
		{SKU: "1", Name: "x", Units: []catalog.Unit{{Name: "pcs", Base: 2000}}}, {SKU: "1", Name: "x", Units: []catalog.Unit{{Name: "half", Base: 500}}}} {
		_, err = w.s.AddProduct(ctx, w.maker, audit.Key{}, bad)
		require.True(t, errs.Is(err, errs.Invalid), "%+v", bad)
	}
	_, err = w.s.Product(ctx, w.stranger, a.ID)
	require.True(t, errs.Is(err, errs.NotFound))
	a.Name = "Kopi Gayo Super"
	a.Units = b.Units // as they are listed, the base unit among them
	c, err := w.s.ChangeProduct(ctx, w.maker, audit.Key{}, a)
	require.NoError(t, err)
	require.EqualValues(t, 2, c.Version)
	require.Equal(t, b.Units, c.Units)
	_, err = w.s.ChangeProduct(ctx, w.maker, audit.Key{}, a)
	require.Equal(t, "changed", errs.CodeOf(err))
	a.Version = 2
	_, err = w.s.ChangeProduct(ctx, w.stranger, audit.Key{}, a)
	require.True(t, errs.Is(err, errs.NotFound))
	low := w.maker
	low.Role = "viewer"
	_, err = w.s.ChangeProduct(ctx, low, audit.Key{}, a)
	require.True(t, errs.Is(err, errs.Forbidden))
}

func TestTheLadderOfTheDay(t *testing.T) {
	w := newWorld(t)
	p := w.product("A", "Kopi")
	w.price(catalog.Price{Product: p.ID, From: "2024-01-01", Price: 100_000},
		catalog.Price{Product: p.ID, From: "2026-01-01", Until: "2026-06-30", Price: 120_000},
		catalog.Price{Product: p.ID, MinQty: qty.Units(24), From: "2026-01-01", Price: 110_000})
	for on, want := range map[clock.Date][]catalog.Break{
		"2023-12-31": nil,
		"2025-12-31": {{Price: 100_000}},
		"2026-03-01": {{Price: 120_000}, {MinQty: qty.Units(24), Price: 110_000}},
		"2026-07-01": {{Price: 100_000}, {MinQty: qty.Units(24), Price: 110_000}},
	} {
		require.Equal(t, want, w.items(on, p.ID)[p.ID].Breaks, on)
	}
	it := w.items("2026-03-01", p.ID)[p.ID]
	require.Equal(t, map[string]qty.Qty{"pcs": qty.Units(1), "karton": qty.Units(24)}, it.Units)
	require.Equal(t, catalog.Tax{Code: "ID-12-11/12", BaseNum: 11, BaseDen: 12, RateBps: 1200}, it.Tax)
	require.EqualValues(t, 1100, w.items("2024-12-31", p.ID)[p.ID].Tax.RateBps)
	require.Empty(t, w.items("2026-03-01", 999), "what is unknown is not in the map")
	p.Active = false
	_, err := w.s.ChangeProduct(t.Context(), w.maker, audit.Key{}, p)
	require.NoError(t, err)
	require.Empty(t, w.items("2026-03-01", p.ID), "a change shows at once")
}

func TestWhoSeesPrices(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	for i := range 5 {
		p := w.product(fmt.Sprintf("S%d", i), fmt.Sprintf("Kopi %d", i))
		w.price(catalog.Price{Product: p.ID, From: "2026-01-01", Price: money.Price(10_000 * (i + 1))})
	}
	hidden := w.product("H", "Rahasia")
	var names []string
	q := list.Query{Size: 2}
	for {
		page, cur, err := w.s.Offer(ctx, w.shop, w.maker.Org, w.shop.Org, "2026-03-02", q)
		require.NoError(t, err)
		require.Equal(t, "IDR", cur)
		for _, it := range page.Items {
			names = append(names, it.Name)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	require.Equal(t, []string{"Kopi 0", "Kopi 1", "Kopi 2", "Kopi 3", "Kopi 4"}, names)
	_, _, err := w.s.Offer(ctx, w.stranger, w.maker.Org, w.shop.Org, "2026-03-02", list.Query{})
	require.True(t, errs.Is(err, errs.NotFound))
	low := w.shop
	low.Role = "warehouse"
	_, _, err = w.s.Offer(ctx, low, w.maker.Org, w.shop.Org, "2026-03-02", list.Query{})
	require.True(t, errs.Is(err, errs.Forbidden), "the warehouse sees goods and no price")
	_, err = w.s.List(ctx, w.shop, w.list.ID)
	require.True(t, errs.Is(err, errs.NotFound), "a list is its organisation's")
	err = w.s.SetPrices(ctx, w.stranger, audit.Key{}, w.list.ID, []catalog.Price{{Product: hidden.ID, From: "2026-01-01", Price: 1}})
	require.True(t, errs.Is(err, errs.NotFound))
	theirs, err := w.s.AddList(ctx, w.stranger, audit.Key{}, catalog.PriceList{Name: "Mine", Currency: "IDR"})
	require.NoError(t, err)
	err = w.s.SetPrices(ctx, w.stranger, audit.Key{}, theirs.ID, []catalog.Price{{Product: hidden.ID, From: "2026-01-01", Price: 1}})
	require.Equal(t, "order.unknown_product", errs.CodeOf(err), "nobody sells what he may not see")
	page, err := w.s.Products(ctx, w.stranger, list.Query{})
	require.NoError(t, err)
	require.Empty(t, page.Items)
	page, err = w.s.Products(ctx, w.maker, list.Query{Filter: map[string]string{"q": "RAHA"}})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
}

func TestBulkTwiceAddsNothing(t *testing.T) {
	w := newWorld(t)
	var ps []catalog.Product
	for i := range 1200 {
		ps = append(ps, catalog.Product{Producer: w.maker.Org, SKU: fmt.Sprintf("%05d", i), Name: "Whisky", BaseUnit: "btl", Units: []catalog.Unit{{Name: "case", Base: qty.Units(12)}}})
	}
	var first []id.ID
	for range 2 {
		require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
			ids, err := w.s.BulkProducts(ctx, w.maker.By(), ps)
			if err != nil {
				return err
			}
			if first == nil {
				first = ids
			}
			require.Equal(t, first, ids)
			var prices []catalog.Price
			for _, p := range ids {
				prices = append(prices, catalog.Price{Product: p, From: "2020-01-01", Price: 70_000})
			}
			lid, err := w.s.BulkPrices(ctx, w.maker.By(), catalog.PriceList{Org: w.maker.Org, Name: "Import", Currency: "USD"}, prices)
			if err == nil {
				w.list.ID = lid
			}
			return err
		}))
	}
	require.Len(t, w.items("2020-05-05", first...), 1200)
	var n int64
	require.NoError(t, w.d.R(t.Context()).Table("price").Where("list = ?", w.list.ID).Count(&n).Error)
	require.EqualValues(t, 1200, n)
}
