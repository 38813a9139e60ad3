package money

import "testing"

// FuzzParse: an amount that is read is written as it is read again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"0", "-1", "12.34", "1e9", "9223372036854775807", "0.001", ".5", "1.", "+1", "١"} {
		f.Add("IDR", s)
		f.Add("JPY", s)
	}
	f.Fuzz(func(t *testing.T, code, s string) {
		c, ok := Currencies[code]
		if !ok {
			c = Currencies["USD"]
		}
		if m, err := c.Parse(s); err == nil {
			again, err := c.Parse(c.Format(m))
			if err != nil || again != m {
				t.Fatalf("%q is %d, written %q, read %d: %v", s, m, c.Format(m), again, err)
			}
		}
		if p, err := ParsePrice(s); err == nil {
			if again, err := ParsePrice(p.String()); err != nil || again != p {
				t.Fatalf("%q is %d, written %q, read %d: %v", s, p, p, again, err)
			}
		}
	})
}
