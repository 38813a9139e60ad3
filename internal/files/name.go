package files

import (
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// endings are what a name ends in for its type; the first one is added to a name that has none of them.
var endings = map[string][]string{PDF: {".pdf"}, JPEG: {".jpg", ".jpeg"}, PNG: {".png"}, WEBP: {".webp"}, XLSX: {".xlsx"}, CSV: {".csv", ".tsv"}, Text: {".txt"}}

// maxName is how many characters of a name are kept.
const maxName = 100

// CleanName is what a sender called a file, fit to be shown: no folders, no control, direction or invisible characters, at most
// 100 characters, and the ending of what it is.
func CleanName(name, media string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r), unicode.IsControl(r), r == 0x2028, r == 0x2029, r == utf8.RuneError, r == 0x3164, r == 0x115f, r == 0x1160:
			return -1
		case unicode.IsSpace(r):
			return ' '
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), " ./")
	ending := ""
	for _, e := range endings[media] {
		if strings.HasSuffix(strings.ToLower(name), e) {
			ending = e
		}
	}
	name = name[:len(name)-len(ending)]
	if r := []rune(name); len(r) > maxName {
		name = string(r[:maxName])
	}
	if name = strings.Trim(name, " ."); name == "" {
		name = "file"
	}
	if ending == "" && len(endings[media]) > 0 {
		ending = endings[media][0]
	}
	return name + ending
}

// Disposition is the header under which a file is served (RFC 6266): pictures may be shown, everything else is a
// download (browsers show no PDF without rights of its own).
func Disposition(name, media string, show bool) string {
	how := "attachment"
	if show && strings.HasPrefix(media, "image/") {
		how = "inline"
	}
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%;`, r) {
			return '_'
		}
		return r
	}, name)
	return how + `; filename="` + plain + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}
