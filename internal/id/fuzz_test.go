package id

import "testing"

// FuzzParse: an id that is read is written as it was sent, so that no id has two spellings.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"1", "0", "-1", "+1", "01", " 1", "9223372036854775807", "9223372036854775808", "1e1", "٣", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := Parse(s)
		if err == nil && (v <= 0 || v.String() != s) {
			t.Fatalf("%q is %d", s, v)
		}
	})
}
