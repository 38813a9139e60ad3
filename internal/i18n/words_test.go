package i18n

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"saluran/internal/money"
)

func TestAmountsAreReadOut(t *testing.T) {
	for _, c := range []struct {
		m      money.Minor
		id, en string
	}{
		{0, "nol rupiah", "zero rupiah"},
		{100, "satu rupiah", "one rupiah"},
		{1000_00, "seribu rupiah", "one thousand rupiah"},
		{1111_00, "seribu seratus sebelas rupiah", "one thousand one hundred eleven rupiah"},
		{21_000_00, "dua puluh satu ribu rupiah", "twenty-one thousand rupiah"},
		{101_000_00, "seratus satu ribu rupiah", "one hundred one thousand rupiah"},
		{1_001_000_00, "satu juta seribu rupiah", "one million one thousand rupiah"},
		{522_607_000_00, "lima ratus dua puluh dua juta enam ratus tujuh ribu rupiah", "five hundred twenty-two million six hundred seven thousand rupiah"},
		{2_000_000_000_50, "dua miliar rupiah lima puluh sen", "two billion rupiah fifty sen"},
		{-15_00, "minus lima belas rupiah", "minus fifteen rupiah"},
	} {
		require.Equal(t, c.id, Words(ID, "IDR", c.m))
		require.Equal(t, c.en, Words(EN, "IDR", c.m))
	}
	require.Equal(t, "twelve US dollars five cents", Words(EN, "USD", 1205))
	require.Equal(t, "dua belas CHF 5/100", Words(ID, "CHF", 1205))
	require.NotContains(t, Words(ID, "IDR", math.MaxInt64), "  ")
}

// TestWordsTellAmountsApart: two amounts are never read alike.
func TestWordsTellAmountsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := money.Minor(rapid.Int64().Draw(t, "a")), money.Minor(rapid.Int64().Draw(t, "b"))
		for _, lang := range []string{ID, EN} {
			x, y := Words(lang, "IDR", a), Words(lang, "IDR", b)
			if (a == b) != (x == y) || strings.Contains(x, "  ") || x != strings.TrimSpace(x) {
				t.Fatalf("%d: %q, %d: %q", a, x, b, y)
			}
		}
	})
}
