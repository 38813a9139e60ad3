package httpx

import (
	"strings"
	"testing"

	"saluran/internal/errs"
)

// FuzzHeaders: If-Match and Authorization are read or refused as bad input; the name of a request is one line of plain letters.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{`"1"`, `W/"9"`, "*", `"-1"`, `"9223372036854775808"`, "Bearer x", "bearer \x00", `""1""`, "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := ifMatch(s)
		if v < 0 || err != nil && !errs.Is(err, errs.Invalid) {
			t.Fatalf("%q is %d, %v", s, v, err)
		}
		if b := bearer(s); strings.TrimSpace(b) != b {
			t.Fatalf("%q carries %q", s, b)
		}
		if n := requestID(s); n == "" || len(n) > 64 || !printable(n) {
			t.Fatalf("%q is called %q", s, n)
		}
		_ = told(s)
	})
}
