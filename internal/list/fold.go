package list

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold is how a text is stored and looked up in the search columns (name_fold): lower case, without accents, blanks as one
// space. Two texts that a reader takes for the same fold to the same.
func Fold(s string) string {
	var b strings.Builder
	blank := false
	for _, r := range norm.NFKD.String(strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD"))) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsSpace(r):
			blank = true
		default:
			if blank && b.Len() > 0 { // an accent alone before it leaves nothing
				b.WriteByte(' ')
			}
			blank = false
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// Like is the pattern that finds a folded text anywhere: use it as column LIKE ? ESCAPE '!', which both engines read alike.
func Like(q string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(Fold(q)) + "%"
}
