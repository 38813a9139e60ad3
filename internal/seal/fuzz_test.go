package seal

import (
	"bytes"
	"testing"
)

// FuzzParse: a seal that is read is written as it was, and files that hold seals, whatever else they are, end in seals or an error.
func FuzzParse(f *testing.F) {
	k := newKey(bytes.Repeat([]byte{7}, 32), "test")
	s := Seal{Org: 5, N: 3, ToSeq: 9, Hash: make([]byte, 32), Root: make([]byte, 32), Prev: make([]byte, 32)}
	k.sign(&s)
	f.Add([]byte(s.Text()))
	f.Add([]byte("note: " + s.Text() + "\n" + s.Text()))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte(form))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := Parse(string(b)); err == nil && got.Text() != string(b) {
			t.Fatalf("%q is read as %q", b, got.Text())
		}
		all, err := Find(bytes.NewReader(b))
		if err == nil && len(all) == 0 {
			t.Fatal("no seal and no error")
		}
		_, _ = ParsePublic(string(b))
	})
}
