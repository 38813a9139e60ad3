package qty

import "testing"

// FuzzParse: a quantity that is read is written as it is read again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"0", "-1", "1.001", "0.0001", "9223372036854775.807", "1e3", "", ".", "--1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(q.String()); err != nil || again != q {
			t.Fatalf("%q is %d, written %q, read %d: %v", s, q, q, again, err)
		}
	})
}
