package trade

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

var rupiah = money.Currencies["IDR"]

func TestLadderTakesTheLastBreakReached(t *testing.T) {
	steps := []Break{{qty.Units(1), 100}, {qty.Units(10), 90}, {qty.Units(100), 80}}
	for n, want := range map[int64]money.Price{1: 100, 9: 100, 10: 90, 99: 90, 100: 80, 5000: 80} {
		p, ok := ladder(steps, qty.Units(n))
		require.True(t, ok)
		require.Equal(t, want, p, "%d pieces", n)
	}
	_, ok := ladder(steps, qty.Qty(500))
	require.False(t, ok, "half a piece reaches no break")
}

func TestTaxIsRoundedOnTheBaseAndOnTheTax(t *testing.T) {
	for price, want := range map[money.Price]money.Minor{32: 3, 50: 6, 77: 9, 159: 18} {
		a, ok := lineAmounts(rupiah, qty.Units(1), price*money.PriceScale, vat11of12, true, false)
		require.True(t, ok)
		require.Equal(t, want*100, a.tax, "price %d", price)
		require.Equal(t, money.Minor(price)*100, a.net)
	}
	a, _ := lineAmounts(rupiah, qty.Units(1), 159*money.PriceScale, vat11of12, false, false)
	require.Equal(t, amounts{net: 15900}, a, "a seller who is not registered charges none")
	_, ok := lineAmounts(rupiah, qty.Max, 1<<55, vat11of12, true, false)
	require.False(t, ok, "beyond every amount")
}

func TestPricesThatIncludeTaxAddUpToWhatWasShown(t *testing.T) {
	odd := 0
	for gross := money.Price(1); gross < 3000; gross++ {
		a, ok := lineAmounts(rupiah, qty.Units(1), gross*money.PriceScale, vat11of12, true, true)
		require.True(t, ok)
		require.Equal(t, money.Minor(gross)*100, a.total())
		if _, tax := vat(rupiah, a.net, vat11of12); tax != a.tax {
			odd++
			require.LessOrEqual(t, max(tax-a.tax, a.tax-tax), money.Minor(100))
		}
	}
	require.Less(t, odd, 330, "the tax is that of its net wherever one exists")
}

func TestPartsOfALineUseItUpExactly(t *testing.T) {
	l := Line{Qty: qty.Units(7), Net: 1000100, TaxBase: 916800, Tax: 110000}
	var sum amounts
	for i, n := range []int64{1, 2, 1, 3} {
		m := l.slice(rupiah, qty.Units(n))
		sum = sum.plus(m)
		if i%2 == 0 {
			l.Invoiced += qty.Units(n)
		} else {
			l.Cancelled += qty.Units(n)
		}
	}
	require.Equal(t, l.amounts(), sum)
	require.Zero(t, creditOf(rupiah, []Line{l}))
}

func TestQuantitiesAndUnits(t *testing.T) {
	beans := Item{Product: 7, SKU: "KB", BaseUnit: "kg", Decimals: 1, Units: map[string]qty.Qty{"kg": 1000, "bag": 12500, "gram": 1},
		Breaks: []Break{{0, 10}}}
	for _, c := range []struct {
		n    qty.Qty
		unit string
		want qty.Qty
		code string
	}{
		{2000, "bag", 25000, ""}, {1500, "kg", 1500, ""}, {100_000, "gram", 100, ""},
		{0, "kg", 0, "order.qty_not_positive"}, {-1000, "kg", 0, "order.qty_not_positive"}, {1<<62 + 1, "kg", 0, "order.qty_too_large"},
		{qty.Max, "bag", 0, "order.qty_too_large"}, {1, "carton", 0, "order.unknown_unit"}, {1550, "kg", 0, "order.qty_decimals"},
		{1000, "gram", 0, "order.qty_decimals"},
	} {
		got, f := baseQty(beans, c.n, c.unit)
		require.Equal(t, c.code, f.Code, "%s %s", c.n, c.unit)
		require.Equal(t, c.want, got)
	}
	_, err := priceLines(pricing{currency: rupiah}, map[id.ID]Item{7: beans}, []PlaceLine{{Product: 7, Qty: 1000}, {Product: 8, Qty: 1000}, {Product: 7}}, 0)
	require.ErrorContains(t, err, "lines[1].product: order.unknown_product")
	require.ErrorContains(t, err, "lines[2].qty: order.qty_not_positive")
}
