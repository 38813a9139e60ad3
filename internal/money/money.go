// Package money is exact money: integers of a currency's ISO minor unit, unit prices with four decimals, one rounding.
package money

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"saluran/internal/qty"
)

// Minor is an amount in the smallest ISO unit of its currency: sen for IDR, cents for USD, yen for JPY.
type Minor int64

// Price is a unit price in ten-thousandths of the major unit (Rp12.500 is 125000000), per base unit of the product.
type Price int64

// PriceScale is how many Price make one major unit.
const PriceScale = 10000

// Currency is what the books must know of an ISO 4217 currency.
type Currency struct {
	Code   string
	ID     int64 // ISO numeric code: the unit of money accounts
	Digits int   // minor digits
	Round  int64 // rounding unit in minor units: 100 for IDR (whole rupiah), 1 for USD (a cent)
}

// Currencies that the portal trades in, by code. A currency that is missing here is refused by name.
var Currencies = map[string]Currency{
	"IDR": {"IDR", 360, 2, 100},
	"USD": {"USD", 840, 2, 1},
	"EUR": {"EUR", 978, 2, 1},
	"GBP": {"GBP", 826, 2, 1},
	"SGD": {"SGD", 702, 2, 1},
	"MYR": {"MYR", 458, 2, 1},
	"JPY": {"JPY", 392, 0, 1},
	"AUD": {"AUD", 36, 2, 1},
	"NZD": {"NZD", 554, 2, 1},
	"CNY": {"CNY", 156, 2, 1},
	"HKD": {"HKD", 344, 2, 1},
	"KRW": {"KRW", 410, 0, 1},
	"INR": {"INR", 356, 2, 1},
	"THB": {"THB", 764, 2, 1},
	"PHP": {"PHP", 608, 2, 1},
	"VND": {"VND", 704, 0, 1},
	"BND": {"BND", 96, 2, 1},
	"AED": {"AED", 784, 2, 1},
	"SAR": {"SAR", 682, 2, 1},
	"CHF": {"CHF", 756, 2, 1},
}

// Codes are the currencies that the portal trades in, the portal's own first.
func Codes() []string {
	codes := slices.Sorted(maps.Keys(Currencies))
	i := slices.Index(codes, "IDR")
	return append([]string{"IDR"}, slices.Delete(codes, i, i+1)...)
}

// Lookup finds a currency by its ISO code.
func Lookup(code string) (Currency, error) {
	c, ok := Currencies[code]
	if !ok {
		return Currency{}, fmt.Errorf("unknown currency %q", code)
	}
	return c, nil
}

// ByID finds a currency by its ISO number.
func ByID(id int64) Currency {
	for _, c := range Currencies {
		if c.ID == id {
			return c
		}
	}
	return Currency{Code: fmt.Sprint(id), ID: id, Digits: 2, Round: 1}
}

// Factor is 10^Digits: how many minor units make one major unit.
func (c Currency) Factor() int64 {
	f := int64(1)
	for i := 0; i < c.Digits; i++ {
		f *= 10
	}
	return f
}

// Parse reads a plain decimal ("1250000", "12.50") as minor units; more decimals than the currency has are refused.
func (c Currency) Parse(s string) (Minor, error) {
	v, err := qty.Decimal(s, c.Digits)
	return Minor(v), err
}

// Format prints minor units as a plain decimal with the currency's digits, whole rupiah without them: "1250000", "12.50".
func (c Currency) Format(m Minor) string {
	s := qty.Format(int64(m), c.Digits)
	if c.Code == "IDR" || c.Digits == 0 {
		return s
	}
	whole, frac, _ := strings.Cut(s, ".")
	return whole + "." + frac + strings.Repeat("0", c.Digits-len(frac))
}

// ParsePrice reads a plain decimal with at most four decimals.
func ParsePrice(s string) (Price, error) {
	v, err := qty.Decimal(s, 4)
	return Price(v), err
}

func (p Price) String() string { return qty.Format(int64(p), 4) }

// Amount is quantity × unit price, rounded once, half away from zero, to the currency's rounding unit (DOMAIN: a line's
// amount). ok is false on overflow.
func (c Currency) Amount(q qty.Qty, p Price) (Minor, bool) {
	n := new(big.Int).Mul(big.NewInt(int64(q)), big.NewInt(int64(p)))
	n.Mul(n, big.NewInt(c.Factor()))
	return c.round(n, big.NewInt(qty.Scale*PriceScale))
}

// Share is m × num ÷ den, rounded once, half away from zero, to the rounding unit.
func (c Currency) Share(m Minor, num, den int64) (Minor, bool) {
	return c.round(new(big.Int).Mul(big.NewInt(int64(m)), big.NewInt(num)), big.NewInt(den))
}

func (c Currency) round(n, den *big.Int) (Minor, bool) {
	unit := big.NewInt(c.Round)
	d := new(big.Int).Mul(den, unit)
	neg := n.Sign() < 0
	n = new(big.Int).Abs(n)
	n.Mul(n, big.NewInt(2)).Add(n, d)
	n.Quo(n, d.Mul(d, big.NewInt(2))).Mul(n, unit)
	if neg {
		n.Neg(n)
	}
	return Minor(n.Int64()), n.IsInt64()
}

// PerUnit is the unit price that an authoritative amount implies, to four decimals, half away from zero.
func (c Currency) PerUnit(m Minor, q qty.Qty) Price {
	if q == 0 {
		return 0
	}
	n := new(big.Int).Mul(big.NewInt(int64(m)), big.NewInt(PriceScale*qty.Scale))
	d := new(big.Int).Mul(big.NewInt(int64(q)), big.NewInt(c.Factor()))
	v, _ := Currency{Round: 1}.round(n, d)
	return Price(v)
}

// Split divides m in proportion to the weights; the parts sum exactly to m, the last part takes the remainder.
func (c Currency) Split(m Minor, weights []int64) []Minor {
	var total, seen int64
	for _, w := range weights {
		total += w
	}
	out := make([]Minor, len(weights))
	var given Minor
	for i, w := range weights {
		seen += w
		if total == 0 {
			continue
		}
		upTo, _ := c.Share(m, seen, total)
		if i == len(weights)-1 {
			upTo = m
		}
		out[i] = upTo - given
		given = upTo
	}
	return out
}
