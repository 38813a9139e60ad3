package list

import (
	"testing"

	"saluran/internal/errs"
)

// FuzzCursor: what is no cursor of ours is a bad input, and what is reads as it was written.
func FuzzCursor(f *testing.F) {
	f.Add(Key{V: -1, S: "a\x00☕", ID: 9}.Encode(), 50)
	f.Add("", -1)
	f.Add("eyJpIjoxfQ", 1<<30)
	f.Fuzz(func(t *testing.T, cursor string, size int) {
		q := Query{Cursor: cursor, Size: size}
		if n := q.Limit(); n < 1 || n > MaxSize {
			t.Fatalf("a page of %d", n)
		}
		k, ok, err := q.After()
		switch {
		case err != nil && !errs.Is(err, errs.Invalid):
			t.Fatal(err)
		case err == nil && ok:
			again, _, err := Query{Cursor: k.Encode()}.After()
			if err != nil || again != k {
				t.Fatalf("%q is %+v, again %+v: %v", cursor, k, again, err)
			}
		}
	})
}

// FuzzFold: what is folded once stays as it is, and a search for it never becomes another pattern.
func FuzzFold(f *testing.F) {
	f.Add("Kopi ÀÉ ﷺ İ")
	f.Add("100%_\\")
	f.Fuzz(func(t *testing.T, s string) {
		if once := Fold(s); Fold(once) != once {
			t.Fatalf("%q folds to %q, then to %q", s, once, Fold(once))
		}
		_ = Like(s)
	})
}
