package excel

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"saluran/internal/clock"
)

func appendInt(b []byte, v int64) []byte { return strconv.AppendInt(b, v, 10) }

// appendDecimal writes v × 10^-scale exactly, without trailing zeros.
func appendDecimal(b []byte, v int64, scale int) []byte {
	for scale > 0 && v%10 == 0 {
		v /= 10
		scale--
	}
	if scale == 0 {
		return appendInt(b, v)
	}
	u := uint64(v)
	if v < 0 {
		b = append(b, '-')
		u = -u
	}
	var d [24]byte
	s := strconv.AppendUint(d[:0], u, 10)
	for len(s) <= scale {
		s = append(s, 0)
		copy(s[1:], s)
		s[0] = '0'
	}
	b = append(b, s[:len(s)-scale]...)
	b = append(b, '.')
	return append(b, s[len(s)-scale:]...)
}

// formulaLike tells whether a spreadsheet program would take typed text for a formula.
func formulaLike[T string | []byte](s T) bool {
	if len(s) == 0 {
		return false
	}
	switch s[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n', 0:
		return true
	}
	return false
}

// CSV is text as it may stand in a CSV cell: what looks like a formula gets a leading apostrophe.
func CSV(s string) string {
	if formulaLike(s) {
		return "'" + s
	}
	return s
}

// simple tells whether s needs neither escaping nor a mark for its blanks.
func simple[T string | []byte](s T) bool {
	if len(s) == 0 || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '&' || c == '<' || c == '>' || c == '"' || c == '_' {
			return false
		}
	}
	return true
}

// appendXML escapes text for XML. What XML cannot carry is written as Excel writes it (_x0007_), and text that happens to look
// like that is escaped in turn; broken UTF-8 becomes the replacement character.
func appendXML(b []byte, s string) []byte {
	for i, r := range s {
		switch {
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '"':
			b = append(b, "&quot;"...)
		case r == '_' && escapeLike(s[i:]):
			b = append(b, "_x005F_"...)
		case r < ' ' && r != '\t' && r != '\n':
			b = append(b, "_x00"...)
			b = append(b, "0123456789ABCDEF"[r>>4], "0123456789ABCDEF"[r&15], '_')
		case r == 0xfffe || r == 0xffff:
			b = utf8.AppendRune(b, utf8.RuneError)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

func escapeLike(s string) bool {
	if len(s) < 7 || (s[1] != 'x' && s[1] != 'X') || s[6] != '_' {
		return false
	}
	for _, c := range []byte(s[2:6]) {
		if !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) {
			return false
		}
	}
	return true
}

// keepBlanks tells whether XML readers would change the blanks of s.
func keepBlanks(s string) bool {
	return s != strings.TrimSpace(s) || strings.ContainsAny(s, "\n\t") || strings.Contains(s, "  ")
}

// tooLong tells whether a cell cannot hold s.
func tooLong(s string) bool { return len(s) > maxText && len(utf16.Encode([]rune(s))) > maxText }

// daysOf is Excel's serial number of a date; ok is false before 1900-03-01, where Excel's calendar is wrong, and for no date.
func daysOf[T string | []byte](d T) (n int64, ok bool) {
	if len(d) != 10 || d[4] != '-' || d[7] != '-' {
		return 0, false
	}
	num := func(a, b int) (v int64) {
		for i := a; i < b; i++ {
			if d[i] < '0' || d[i] > '9' {
				return -1 << 20
			}
			v = v*10 + int64(d[i]-'0')
		}
		return v
	}
	y, m, day := num(0, 4), num(5, 7), num(8, 10)
	if y < 1900 || m < 1 || m > 12 || day < 1 || day > 31 {
		return 0, false
	}
	if m <= 2 { // days from civil: years begin in March
		y--
		m += 12
	}
	n = 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + day - 1 - 693899 // 0000-03-01 to 1899-12-30
	return n, n >= 61
}

// DateOf is the date of a raw cell that holds one: Excel's serial number (a time of day is dropped), or YYYY-MM-DD as text.
func DateOf(raw string) (clock.Date, bool) {
	raw = strings.TrimSpace(raw)
	if d, err := clock.ParseDate(raw); err == nil {
		return d, true
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil || f < 61 || f >= 2958466 {
		return "", false
	}
	return clock.Date("1899-12-30").AddDays(int(f)), true
}

// Plain is a raw number cell as a plain decimal: what binary fractions add beyond 15 digits is dropped ("41.233299999999998"
// is 41.2333), exponents are written out. Text that is no number is returned as it is.
func Plain(raw string) string {
	s := strings.TrimSpace(raw)
	if !strings.ContainsAny(s, ".eE") {
		return s
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f > 1e18 || f < -1e18 {
		return s
	}
	digits := 0
	for _, c := range s {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	if digits <= 15 && !strings.ContainsAny(s, "eE") {
		return s
	}
	g, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'e', 14, 64), 64)
	return strconv.FormatFloat(g, 'f', -1, 64)
}
