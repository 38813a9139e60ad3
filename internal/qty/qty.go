// Package qty is exact quantities: whole thousandths of a product's base unit.
package qty

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Qty is a quantity in thousandths of the base unit: 1 piece is 1000, 2.5 kg is 2500. The product says how many decimals
// (0 to 3) its unit allows.
type Qty int64

// Scale is how many Qty make one base unit.
const Scale = 1000

// Max is the largest quantity that a document line may carry: a thousand million base units.
const Max = Qty(1_000_000_000) * Scale

// Units makes a Qty of whole base units.
func Units(n int64) Qty { return Qty(n) * Scale }

// Parse reads a decimal number with a point ("12", "2.5", "-1.250"), at most three decimals, exactly.
func Parse(s string) (Qty, error) {
	v, err := Decimal(s, 3)
	return Qty(v), err
}

// Decimal reads a decimal with a point as an integer of 10^-scale, refusing more decimals, exponents, blanks and overflow.
func Decimal(s string, scale int) (int64, error) {
	t := strings.TrimPrefix(s, "-")
	whole, frac, dot := strings.Cut(t, ".")
	if whole == "" || (dot && frac == "") || strings.Trim(whole+frac, "0123456789") != "" {
		return 0, fmt.Errorf("not a number: %q", clip(s))
	}
	if len(whole) > 18 {
		return 0, fmt.Errorf("too large: %q", clip(s))
	}
	frac = strings.TrimRight(frac, "0")
	if len(frac) > scale {
		return 0, fmt.Errorf("more than %d decimals: %q", scale, clip(s))
	}
	var v int64
	for _, c := range whole + frac + strings.Repeat("0", scale-len(frac)) {
		if v > (math.MaxInt64-int64(c-'0'))/10 {
			return 0, fmt.Errorf("too large: %q", clip(s))
		}
		v = v*10 + int64(c-'0')
	}
	if len(t) < len(s) {
		v = -v
	}
	return v, nil
}

func clip(s string) string {
	if len(s) > 32 {
		return s[:32] + "…"
	}
	return s
}

// String is the plain decimal, without trailing zeros: "12", "2.5".
func (q Qty) String() string { return Format(int64(q), 3) }

// Format prints an integer of 10^-scale as a plain decimal without trailing zeros.
func Format(v int64, scale int) string {
	var buf [24]byte
	b := strconv.AppendInt(buf[:0], v, 10)
	neg := b[0] == '-'
	if neg {
		b = b[1:]
	}
	whole, frac := "0", ""
	if len(b) > scale {
		whole, frac = string(b[:len(b)-scale]), string(b[len(b)-scale:])
	} else {
		frac = strings.Repeat("0", scale-len(b)) + string(b)
	}
	if frac = strings.TrimRight(frac, "0"); frac != "" {
		whole += "." + frac
	}
	if neg {
		whole = "-" + whole
	}
	return whole
}

// Fits tells whether the quantity has at most so many decimals (0 to 3).
func (q Qty) Fits(decimals int) bool {
	m := int64(1)
	for i := decimals; i < 3; i++ {
		m *= 10
	}
	return int64(q)%m == 0
}

// Times multiplies by num/den exactly; ok is false where it does not divide or overflows (a pack of 12: Times(12,1)).
func (q Qty) Times(num, den int64) (Qty, bool) {
	n := new(big.Int).Mul(big.NewInt(int64(q)), big.NewInt(num))
	r := new(big.Int)
	n.QuoRem(n, big.NewInt(den), r)
	if r.Sign() != 0 || !n.IsInt64() {
		return 0, false
	}
	return Qty(n.Int64()), true
}
