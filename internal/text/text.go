// Package text is what people write by themselves: names, references, reasons, notes. All parts clean and bound it here, so that
// nothing that cannot be shown gets into a document, an export or a log.
package text

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"saluran/internal/errs"
)

// Line trims a text of one line, at most so many characters long, and says what is wrong with it: text_not_plain for control
// characters (line ends and tabs too) and what is no UTF-8, text_too_long.
func Line(path string, s *string, most int) []errs.Field {
	*s = strings.TrimSpace(*s)
	return wrong(path, *s, most, "")
}

// Note is Line for a text that may have several lines; they end as in Unix.
func Note(path string, s *string, most int) []errs.Field {
	*s = strings.TrimSpace(strings.ReplaceAll(*s, "\r\n", "\n"))
	return wrong(path, *s, most, "\n\t")
}

// Plain tells whether a text has nothing but characters that can be shown, all on one line.
func Plain(s string) bool { return plain(s, "") }

func plain(s, also string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune(also, r) }) < 0
}

func wrong(path, s string, most int, also string) []errs.Field {
	switch {
	case !plain(s, also):
		return []errs.Field{errs.F(path, "text_not_plain")}
	case utf8.RuneCountInString(s) > most:
		return []errs.Field{errs.F(path, "text_too_long", "max", strconv.Itoa(most))}
	}
	return nil
}
