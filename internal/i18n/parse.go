package i18n

import (
	"strings"

	"saluran/internal/money"
	"saluran/internal/qty"
)

// plain turns what a person types into a plain decimal. "322.000" and "322,000" are three hundred and twenty-two thousand,
// "2,5" and "2.5" are two and a half: a lone mark with exactly three digits behind it groups, unless the number begins with 0;
// where both marks stand, the last one is the decimal mark. Words such as rb and jt multiply.
func plain(s string) (digits string, zeros int) {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, p := range []string{"rp", "$", "idr", "usd"} {
		s = strings.TrimPrefix(s, p)
	}
	s = strings.NewReplacer(" ", "", nbsp, "", minus, "-").Replace(s)
	for _, w := range []struct {
		word  string
		zeros int
	}{{"rb", 3}, {"jt", 6}, {"ribu", 3}, {"juta", 6}, {"k", 3}} {
		if t, ok := strings.CutSuffix(s, w.word); ok {
			return strings.ReplaceAll(t, ",", "."), w.zeros
		}
	}
	dot, comma := strings.Count(s, "."), strings.Count(s, ",")
	switch {
	case dot > 0 && comma > 0:
		group, mark := ".", ","
		if strings.LastIndex(s, ".") > strings.LastIndex(s, ",") {
			group, mark = ",", "."
		}
		whole, rest, _ := strings.Cut(s, mark)
		if !grouped(whole, group) || strings.Contains(rest, group) {
			return s, 0 // "1,2.3" is no number: the reader of decimals refuses it
		}
		return strings.ReplaceAll(whole, group, "") + "." + rest, 0
	case dot > 1 && grouped(s, "."), comma > 1 && grouped(s, ","):
		return strings.NewReplacer(".", "", ",", "").Replace(s), 0
	case dot+comma == 1:
		if at := strings.IndexAny(s, ".,"); grouped(s, s[at:at+1]) && !strings.HasPrefix(strings.TrimPrefix(s, "-"), "0") {
			return s[:at] + s[at+1:], 0
		}
		return strings.Replace(s, ",", ".", 1), 0
	}
	return s, 0
}

// grouped tells whether a mark divides digits as it does thousands: one to three of them, then three and three.
func grouped(s, mark string) bool {
	for i, group := range strings.Split(strings.TrimPrefix(s, "-"), mark) {
		if len(group) > 3 || len(group) == 0 || i > 0 && len(group) < 3 {
			return false
		}
	}
	return true
}

// Written is a plain decimal as it is put into a field: what is read back from there is the same, in either language. Three digits behind
// a mark may be thousands; a fourth says that they are not.
func Written(decimal string) string {
	if at := strings.IndexByte(decimal, '.'); at >= 0 && len(decimal)-at == 4 {
		return decimal + "0"
	}
	return decimal
}

func typed(s string, scale int) (int64, error) {
	d, zeros := plain(s)
	v, err := qty.Decimal(d, scale+zeros)
	if err != nil || zeros == 0 {
		return v, err
	}
	return v, nil // scale+zeros digits of d are exactly the value times 10^zeros at scale
}

// ParseMoney reads an amount as people type it: "322000", "322.000", "Rp322.000", "322rb", "1,2jt", "12.50".
func ParseMoney(currency, s string) (money.Minor, error) {
	c, err := money.Lookup(currency)
	if err != nil {
		return 0, err
	}
	v, err := typed(s, c.Digits)
	return money.Minor(v), err
}

// ParsePrice reads a unit price as people type it.
func ParsePrice(s string) (money.Price, error) {
	v, err := typed(s, 4)
	return money.Price(v), err
}

// ParseQty reads a quantity as people type it; see plain for what marks mean.
func ParseQty(s string) (qty.Qty, error) {
	v, err := typed(s, 3)
	return qty.Qty(v), err
}
