package text

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/errs"
)

func TestTextsAreTrimmedBoundedAndPlain(t *testing.T) {
	for _, c := range []struct{ in, line, note, out string }{
		{"", "", "", ""},
		{"  Toko Sinar \n", "", "", "Toko Sinar"},
		{"Café ☕ 咖啡", "", "", "Café ☕ 咖啡"},
		{"a\nb\tc", "text_not_plain", "", "a\nb\tc"},
		{"a\r\nb", "text_not_plain", "", "a\nb"},
		{"a\rb", "text_not_plain", "text_not_plain", "a\rb"},
		{"a\x00b", "text_not_plain", "text_not_plain", "a\x00b"},
		{"a\x1b[31mb", "text_not_plain", "text_not_plain", "a\x1b[31mb"},
		{"a\x7fb", "text_not_plain", "text_not_plain", "a\x7fb"},
		{"a\u0085b", "text_not_plain", "text_not_plain", "a\u0085b"},
		{"a\xffb", "text_not_plain", "text_not_plain", "a\xffb"},
		{strings.Repeat("é", 20), "", "", strings.Repeat("é", 20)},
		{strings.Repeat("é", 21), "text_too_long", "text_too_long", strings.Repeat("é", 21)},
	} {
		line, note := c.in, c.in
		require.Equal(t, c.line, code(Line("x", &line, 20)), "%q", c.in)
		require.Equal(t, c.note, code(Note("x", &note, 20)), "%q", c.in)
		require.Equal(t, c.out, note)
	}
}

func code(bad []errs.Field) string {
	if len(bad) == 0 {
		return ""
	}
	return bad[0].Code
}
