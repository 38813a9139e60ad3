package money

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"saluran/internal/qty"
)

func TestAmountsAreRoundedOnceAndAwayFromZero(t *testing.T) {
	idr, usd := Currencies["IDR"], Currencies["USD"]
	for _, c := range []struct {
		cur  Currency
		q    qty.Qty
		p    Price
		want Minor
	}{
		{idr, qty.Units(3), 12500 * PriceScale, 37500_00},
		{idr, 500, 1 * PriceScale, 1_00},   // half a rupiah
		{idr, -500, 1 * PriceScale, -1_00}, // away from zero
		{usd, qty.Units(3), 412333, 123_70},
		{usd, qty.Units(1), 49, 0},
		{usd, qty.Units(1), 50, 1},
	} {
		got, ok := c.cur.Amount(c.q, c.p)
		require.True(t, ok)
		require.Equal(t, c.want, got, "%v", c)
	}
	_, ok := idr.Amount(qty.Max*1000, Price(1)<<60)
	require.False(t, ok, "overflow is said, not wrapped")
}

func TestVATOnElevenTwelfths(t *testing.T) {
	idr := Currencies["IDR"]
	for price, want := range map[Minor]Minor{32_00: 3_00, 50_00: 6_00, 77_00: 9_00, 159_00: 18_00} {
		base, _ := idr.Share(price, 11, 12)
		tax, _ := idr.Share(base, 1200, 10000)
		require.Equal(t, want, tax, "price %d", price)
	}
}

func TestPartsSumToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Currencies[rapid.SampledFrom([]string{"IDR", "USD", "JPY"}).Draw(t, "cur")]
		m := Minor(rapid.Int64Range(-1e12, 1e12).Draw(t, "m")) * Minor(c.Round)
		w := rapid.SliceOfN(rapid.Int64Range(1, 1e9), 1, 20).Draw(t, "w")
		var sum Minor
		for _, part := range c.Split(m, w) {
			sum += part
		}
		require.Equal(t, m, sum)
	})
}

func TestCurrenciesReadAndWrite(t *testing.T) {
	m, err := Currencies["IDR"].Parse("1250000")
	require.NoError(t, err)
	require.Equal(t, Minor(1250000_00), m)
	require.Equal(t, "1250000", Currencies["IDR"].Format(m))
	require.Equal(t, "12.50", Currencies["USD"].Format(1250))
	require.Equal(t, "-0.05", Currencies["USD"].Format(-5))
	require.Equal(t, "7", Currencies["JPY"].Format(7))
	_, err = Currencies["JPY"].Parse("7.5")
	require.Error(t, err)
	require.Equal(t, Price(412333), Currencies["USD"].PerUnit(123_70, qty.Units(3)))
}
