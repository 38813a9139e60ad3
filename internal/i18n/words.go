package i18n

import (
	"strings"

	"saluran/internal/money"
)

// speech is how a language reads whole numbers out.
type speech struct {
	zero, minus string
	upTo19      [20]string
	tens        [10]string
	hundred     func(n int64, digit string) string // n hundreds, of which digit is the word
	thousands   [7]string                          // 10^3, 10^6 …
	oneThousand string                             // the whole of "one thousand", where it is one word
	join        string                             // between tens and ones
}

var speeches = map[string]speech{
	ID: {zero: "nol", minus: "minus",
		upTo19: [20]string{"", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas",
			"dua belas", "tiga belas", "empat belas", "lima belas", "enam belas", "tujuh belas", "delapan belas", "sembilan belas"},
		tens: [10]string{"", "", "dua puluh", "tiga puluh", "empat puluh", "lima puluh", "enam puluh", "tujuh puluh", "delapan puluh", "sembilan puluh"},
		hundred: func(n int64, digit string) string {
			if n == 1 {
				return "seratus"
			}
			return digit + " ratus"
		},
		thousands: [7]string{"", "ribu", "juta", "miliar", "triliun", "kuadriliun", "kuintiliun"}, oneThousand: "seribu", join: " "},
	EN: {zero: "zero", minus: "minus",
		upTo19: [20]string{"", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
			"fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"},
		tens:      [10]string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"},
		hundred:   func(_ int64, digit string) string { return digit + " hundred" },
		thousands: [7]string{"", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion"}, join: "-"},
}

// currencyWords are the words for whole and minor units; other currencies are read with their code, and their minor units as a
// fraction.
var currencyWords = map[string]map[string][2]string{
	"IDR": {ID: {"rupiah", "sen"}, EN: {"rupiah", "sen"}},
	"USD": {ID: {"dolar Amerika Serikat", "sen"}, EN: {"US dollars", "cents"}},
	"SGD": {ID: {"dolar Singapura", "sen"}, EN: {"Singapore dollars", "cents"}},
	"EUR": {ID: {"euro", "sen"}, EN: {"euros", "cents"}},
	"MYR": {ID: {"ringgit Malaysia", "sen"}, EN: {"Malaysian ringgit", "sen"}},
}

// Words reads an amount out, as receipts do: "satu juta dua ratus ribu rupiah". Nothing is rounded.
func Words(lang, currency string, m money.Minor) string {
	lang = Lang(lang)
	s, factor := speeches[lang], int64(100)
	if c, err := money.Lookup(currency); err == nil {
		factor = c.Factor()
	}
	neg := m < 0
	whole, minor := int64(m)/factor, int64(m)%factor
	if neg {
		whole, minor = -whole, -minor
	}
	words, known := currencyWords[currency][lang]
	if !known {
		words = [2]string{currency, "/" + Count(lang, factor)}
	}
	out := s.whole(whole) + " " + words[0]
	switch {
	case minor > 0 && known:
		out += " " + s.whole(minor) + " " + words[1]
	case minor > 0:
		out += " " + Count(lang, minor) + words[1]
	}
	if neg {
		out = s.minus + " " + out
	}
	return out
}

func (s speech) whole(n int64) string {
	if n == 0 {
		return s.zero
	}
	var parts []string
	for i := 0; n > 0; i, n = i+1, n/1000 {
		switch group := n % 1000; {
		case group == 0:
		case i == 0:
			parts = append(parts, s.below1000(group))
		case i == 1 && group == 1 && s.oneThousand != "":
			parts = append(parts, s.oneThousand)
		default:
			parts = append(parts, s.below1000(group)+" "+s.thousands[i])
		}
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, " ")
}

func (s speech) below1000(n int64) string {
	var parts []string
	if h := n / 100; h > 0 {
		parts = append(parts, s.hundred(h, s.upTo19[h]))
	}
	switch n %= 100; {
	case n == 0:
	case n < 20:
		parts = append(parts, s.upTo19[n])
	case n%10 == 0:
		parts = append(parts, s.tens[n/10])
	default:
		parts = append(parts, s.tens[n/10]+s.join+s.upTo19[n%10])
	}
	return strings.Join(parts, " ")
}
