package i18n

import (
	"strings"
	"testing"

	"saluran/internal/money"
)

// FuzzTyped: numbers as people type them, with Indonesian or English marks: what is put into a field of what was read reads the same.
func FuzzTyped(f *testing.F) {
	for _, s := range []string{"1.234.567,89", "1,234,567.89", "Rp1.500", "1.5", "1,5", "1.000", "-3", " 12 ", "1.2.3", "9.223.372.036.854.775.807", "٣", "1e5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range []string{ID, EN} {
			if q, err := ParseQty(s); err == nil {
				_ = Qty(lang, q)
				field := Written(q.String())
				if lang == ID {
					field = strings.Replace(field, ".", ",", 1)
				}
				if again, err := ParseQty(field); err != nil || again != q {
					t.Fatalf("%q is %v, and %q is %v: %v", s, q, field, again, err)
				}
			}
			if p, err := ParsePrice(s); err == nil {
				_ = Price(lang, "IDR", p)
			}
			for code := range money.Currencies {
				if m, err := ParseMoney(code, s); err == nil {
					_, _ = Money(lang, code, m), ShortMoney(lang, code, m)
				}
			}
		}
		_ = Error(ID, nil)
	})
}
