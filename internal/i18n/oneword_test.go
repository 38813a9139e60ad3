package i18n

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// instead is one word for one thing: words that are not used, and what is said for them. Where the other word is meant in another sense,
// the key of the text stands behind.
var instead = map[string][]struct{ not, use, where string }{
	ID: {
		{`faktur`, "tagihan", ""}, // the tax invoice, faktur pajak, is another thing, and taken out below
		{`invois|invoice`, "tagihan", ""},
		{`produk`, "barang", ""},
		{`deposit`, "uang muka", ""},
		{`batas kredit|limit kredit|batas plafon`, "plafon kredit", ""},
		{`perusahaan`, "organisasi", "organisation.large"}, // a large enterprise, as the law calls it
		{`pemohon`, "pendaftar", ""},
		{`barcode`, "kode batang", ""},
		{`email|e-mail`, "surel", ""},
		{`password`, "kata sandi", ""},
		{`silakan|silahkan`, "nothing: say what to do", ""},
	},
	EN: {
		{`organi[z]ation\w*`, "organisation", ""},
		{`compan(y|ies)`, "organisation", "organisation.large"},
		{`bills?`, "invoice; as a verb, to bill", "access.action.bill device.app_name paper.bill_to"},
		{`down payments?|advance payments?`, "deposit", ""},
		{`credit lines?`, "credit limit", ""},
		{`bar codes?`, "barcode", ""},
	},
}

// outside are words that are no text: what the tax law calls so, what is filled in, and where links and pictures lead.
var outside = regexp.MustCompile(`(?i)faktur pajak|e-faktur|\{[a-z_]+\}|https?://\S+|\(\.?\.?/[^)]*\)`)

// TestOneWordForOneThing: neither the catalogue nor the help, nor the guide, nor the README calls a thing by two names.
func TestOneWordForOneThing(t *testing.T) {
	for lang, list := range instead {
		texts := map[string]string{}
		for _, k := range Keys(lang) {
			texts[k] = T(lang, k)
		}
		for _, f := range prose(t, lang) {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			texts[filepath.ToSlash(f)] = string(b)
		}
		for _, w := range list {
			not := regexp.MustCompile(`(?i)\b(` + w.not + `)(nya)?\b`)
			for _, k := range slices.Sorted(maps.Keys(texts)) {
				if slices.Contains(strings.Fields(w.where), k) {
					if !not.MatchString(texts[k]) {
						t.Errorf("%s no longer says %q: take it off the list", k, w.not)
					}
					continue
				}
				if m := not.FindString(outside.ReplaceAllString(texts[k], " ")); m != "" {
					t.Errorf("%s (%s) says %q: say %s", k, lang, m, w.use)
				}
			}
		}
	}
}

// prose are the files of a language that speak of the product: its help, its guide, and the README, which is in English.
func prose(t *testing.T, lang string) []string {
	t.Helper()
	var out []string
	for where, least := range map[string]int{"../help/text/*." + lang + ".md": 30, "../../web/guide/" + lang + "/*.md": 10} {
		files, err := filepath.Glob(where)
		if err != nil || len(files) < least {
			t.Fatal(where, len(files), err)
		}
		out = append(out, files...)
	}
	if lang == EN {
		out = append(out, "../../README.md")
	}
	return out
}
