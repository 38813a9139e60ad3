// Package i18n is the string catalogue and the way figures are written: Indonesian first, English beside it.
//
// A text lives in cat/<part>.<lang>.json, a flat object key → text; each part of the portal keeps its own pair of files. Keys
// name the meaning ("order.place"), never the words. Sentences of errors are "err.<code>". Values stand in braces: "Sisa {left}".
package i18n

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"

	"saluran/internal/errs"
	"saluran/internal/money"
)

// Languages of the portal; the first is what a newcomer sees.
const (
	ID = "id"
	EN = "en"
)

//go:embed cat/*.json
var files embed.FS

// texts is lang → key → text; read only after start.
var texts = mustLoad()

func mustLoad() map[string]map[string]string {
	t, err := load()
	if err != nil {
		panic(err) // the files are compiled in: a broken one is a broken build, which the tests show
	}
	return t
}

func load() (map[string]map[string]string, error) {
	out := map[string]map[string]string{ID: {}, EN: {}}
	dir, err := files.ReadDir("cat")
	if err != nil {
		return nil, err
	}
	for _, f := range dir {
		part := strings.Split(strings.TrimSuffix(f.Name(), ".json"), ".")
		lang := part[len(part)-1]
		if out[lang] == nil {
			return nil, fmt.Errorf("catalogue %s: the name must end in .id.json or .en.json", f.Name())
		}
		b, err := files.ReadFile("cat/" + f.Name())
		if err != nil {
			return nil, err
		}
		m := map[string]string{}
		if err := json.Unmarshal(b, &m); err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", f.Name(), err)
		}
		for k, v := range m {
			out[lang][k] = v
		}
	}
	return out, nil
}

// Lang is the language that is spoken for a wish: "en" for en, en-US, …; Indonesian for everything else.
func Lang(wish string) string {
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(wish)), EN) {
		return EN
	}
	return ID
}

// Has tells whether a key is in the catalogue of a language.
func Has(lang, key string) bool { _, ok := texts[Lang(lang)][key]; return ok }

// T is the text of a key; args are name, value pairs for its {name} places. A key that is missing is shown as it is, so that
// it is seen; the tests fail on one.
func T(lang, key string, args ...string) string {
	s, ok := texts[Lang(lang)][key]
	if !ok {
		return key
	}
	return fill(s, args)
}

func fill(s string, args []string) string {
	if len(args) == 0 || !strings.Contains(s, "{") {
		return s
	}
	r := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		r = append(r, "{"+args[i]+"}", args[i+1])
	}
	return strings.NewReplacer(r...).Replace(number(s, args))
}

// ofNumber is a place whose words follow a number: {n:order|orders}.
var ofNumber = regexp.MustCompile(`\{(\w+):([^{}|]*)\|([^{}|]*)\}`)

// number chooses the words that follow a number: the first where it is 1, the second where it is not. Indonesian needs none.
func number(s string, args []string) string {
	return ofNumber.ReplaceAllStringFunc(s, func(place string) string {
		m := ofNumber.FindStringSubmatch(place)
		for i := 0; i+1 < len(args); i += 2 {
			if args[i] == m[1] && args[i+1] == "1" {
				return m[2]
			}
		}
		return m[3]
	})
}

// Code is the sentence of an error code ("order.qty_zero"); the code's first word and the general sentence stand in where a
// sentence is missing.
func Code(lang, code string, args errs.Args) string {
	flat := make([]string, 0, 2*len(args))
	for k, v := range args {
		flat = append(flat, k, word(lang, k, v))
	}
	if text, ok := texts[Lang(lang)]["err."+code]; ok {
		return fill(amounts(lang, text, args), flat)
	}
	return T(lang, "err.other", "code", code)
}

// words are the arguments of refusals that are codes of the policies, and where the catalogue has words for them.
var words = map[string]string{"role": "role.", "object": "access.object.", "action": "access.action.", "rel": "access.rel."}

func word(lang, name, value string) string {
	if prefix := words[name]; prefix != "" && Has(lang, prefix+value) {
		return T(lang, prefix+value)
	}
	return value
}

// amounts writes the sums of a sentence, which reads "{currency} {sum}" for them, as the language writes money.
func amounts(lang, text string, args errs.Args) string {
	c, err := money.Lookup(args["currency"])
	if err != nil {
		return text
	}
	for name, plain := range args {
		if m, err := c.Parse(plain); err == nil && name != "currency" {
			text = strings.ReplaceAll(text, "{currency} {"+name+"}", Money(lang, c.Code, m))
		}
	}
	return text
}

// Error is the sentence that a person reads for any error. What is not an errs.Error shows the general sentence; its text is
// for the log only.
func Error(lang string, err error) string {
	var e *errs.Error
	if errors.As(err, &e) {
		return Code(lang, e.Code, e.Args)
	}
	return T(lang, "err.internal")
}

// FieldError is the sentence for one field of an error.
func FieldError(lang string, f errs.Field) string { return Code(lang, f.Code, f.Args) }

// Keys are all keys of a language, sorted: for tests and tools.
func Keys(lang string) []string {
	m := texts[Lang(lang)]
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
