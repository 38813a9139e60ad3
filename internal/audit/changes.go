package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Change is one value before and after, as text.
type Change struct {
	Table  string // of a document that a post changed; "" where the row is about one thing
	Key    string
	Field  string
	Before string
	After  string
}

// Changes reads what an audit row says was changed, of posts and of ordinary transactions alike.
func Changes(text string) []Change {
	var out []Change
	if strings.HasPrefix(text, "[") {
		var saved []struct {
			T string   `json:"t"`
			K []int64  `json:"k"`
			C [][3]any `json:"c"`
		}
		if decode(text, &saved) != nil {
			return nil
		}
		for _, s := range saved {
			key := make([]string, len(s.K))
			for i, k := range s.K {
				key[i] = strconv.FormatInt(k, 10)
			}
			for _, c := range s.C {
				if name := word(c[0]); name != "version" {
					out = append(out, Change{s.T, strings.Join(key, "/"), name, word(c[1]), word(c[2])})
				}
			}
		}
		return out
	}
	var fields map[string][]any
	if decode(text, &fields) != nil {
		return nil
	}
	for name, v := range fields {
		c := Change{Field: name}
		if len(v) == 2 {
			c.Before, c.After = word(v[0]), word(v[1])
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(x, y Change) int { return strings.Compare(x.Field, y.Field) })
	return out
}

func decode(text string, v any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

func word(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// Readable is what was changed in one line: "orders 812 status: placed → confirmed; …".
func Readable(text string) string {
	var b strings.Builder
	for _, c := range Changes(text) {
		if b.Len() > 30_000 { // a cell of a workbook holds 32,767
			b.WriteString("; …")
			break
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		if c.Table != "" {
			b.WriteString(c.Table + " " + c.Key + " ")
		}
		b.WriteString(c.Field + ": " + c.Before + " → " + c.After)
	}
	return b.String()
}
