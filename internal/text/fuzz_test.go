package text

import (
	"testing"
	"unicode/utf8"
)

// FuzzLine: what is accepted as a line is valid text without control characters, no longer than said.
func FuzzLine(f *testing.F) {
	for _, s := range []string{"a", " a ", "a\nb", "\u202e", "\x00", "\xff", "☕☕☕"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line, note := s, s
		if bad := Line("x", &line, 20); len(bad) == 0 && (!utf8.ValidString(line) || utf8.RuneCountInString(line) > 20 || !Plain(line)) {
			t.Fatalf("%q is accepted as %q", s, line)
		}
		if bad := Note("x", &note, 20); len(bad) == 0 && (!utf8.ValidString(note) || utf8.RuneCountInString(note) > 20) {
			t.Fatalf("%q is accepted as %q", s, note)
		}
	})
}
