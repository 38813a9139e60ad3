package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/audit"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
)

func TestAPriceThatHasBegunStands(t *testing.T) {
	w := newWorld(t) // today is 2026-03-02
	p := w.product("A", "Kopi")
	set := func(x catalog.Price) error {
		x.Product = p.ID
		return w.s.SetPrices(t.Context(), w.maker, audit.Key{}, w.list.ID, []catalog.Price{x})
	}
	at := func(on clock.Date) money.Price { return w.items(on, p.ID)[p.ID].Breaks[0].Price }
	refused := func(code string, x catalog.Price) {
		t.Helper()
		err := set(x)
		var e *errs.Error
		require.ErrorAs(t, err, &e)
		require.Len(t, e.Fields, 1)
		require.Equal(t, code, e.Fields[0].Code)
		require.Equal(t, "prices.0.from", e.Fields[0].Path)
		require.EqualValues(t, 100_000, at("2026-02-01"), "nothing changed")
	}
	require.NoError(t, set(catalog.Price{From: "2026-01-01", Price: 100_000}))
	require.NoError(t, set(catalog.Price{From: "2026-01-01", Price: 100_000}), "the same once more is no change")
	refused("price_list.begun", catalog.Price{From: "2026-01-01", Price: 90_000})
	refused("price_list.begun", catalog.Price{From: "2026-01-01", Until: "2026-02-01", Price: 100_000})
	refused("price_list.past", catalog.Price{From: "2026-02-01", Price: 90_000})
	refused("price_list.past", catalog.Price{From: "2026-02-01", MinQty: qty.Units(10), Price: 90_000})

	require.NoError(t, set(catalog.Price{From: "2026-05-01", Price: 120_000}))
	require.NoError(t, set(catalog.Price{From: "2026-05-01", Price: 125_000}), "what is to come may be changed")
	require.EqualValues(t, 100_000, at("2026-04-30"))
	require.EqualValues(t, 125_000, at("2026-05-01"))
	page, err := w.s.PricesOf(t.Context(), w.maker, w.list.ID, list.Query{})
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
	require.EqualValues(t, "2026-04-30", page.Items[0].Until, "the new price ends the old one")

	require.NoError(t, set(catalog.Price{From: "2026-03-02", Until: "2026-03-31", Price: 80_000}), "from today on")
	refused("price_list.begun", catalog.Price{From: "2026-03-02", Until: "2026-03-31", Price: 70_000})
	require.EqualValues(t, 80_000, at("2026-03-31"))
	require.EqualValues(t, 100_000, at("2026-04-01"), "after a price for a time the former goes on")
	require.NoError(t, set(catalog.Price{From: "2026-03-02", Until: "2026-03-10", Price: 80_000}), "what counts may be ended")
	require.EqualValues(t, 100_000, at("2026-03-11"))
}
