package qty

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFormatReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64Range(-1e17, 1e17).Draw(t, "v")
		scale := rapid.IntRange(0, 4).Draw(t, "scale")
		got, err := Decimal(Format(v, scale), scale)
		require.NoError(t, err)
		require.Equal(t, v, got)
	})
	for v, want := range map[int64]string{0: "0", 1: "0.001", -1: "-0.001", 1000: "1", 2500: "2.5", -12345: "-12.345", math.MinInt64: "-9223372036854775.808"} {
		require.Equal(t, want, Format(v, 3))
	}
}

func TestWhatIsNoNumber(t *testing.T) {
	for _, s := range []string{"", "-", ".", "1.", ".5", "1e30", "+1", " 1", "1 ", "1,5", "--1", "0x1", "1.2345", "9223372036854775.808", "NaN", "١"} {
		_, err := Parse(s)
		require.Error(t, err, "%q", s)
	}
	q, err := Parse("-2.500")
	require.NoError(t, err)
	require.Equal(t, Qty(-2500), q)
	require.True(t, Qty(2500).Fits(1))
	require.False(t, Qty(2500).Fits(0))
}
