package kit

import (
	"context"
	"sort"
	"strings"

	"github.com/a-h/templ"

	"saluran/internal/clock"
)

// Form is what a person typed and what is wrong with it. A form that is answered with 422 is shown again from it.
type Form struct {
	Values map[string]string
	Errors map[string]string // field name → sentence
	Alert  string            // what is wrong with the whole; shown on top
}

// V is the typed value of a field, or what stands there before anybody typed.
func (f Form) V(name, otherwise string) string {
	if v, ok := f.Values[name]; ok {
		return v
	}
	return otherwise
}

// E is what is wrong with a field.
func (f Form) E(name string) string { return f.Errors[name] }

// Bad tells whether anything is wrong.
func (f Form) Bad() bool { return f.Alert != "" || len(f.Errors) > 0 }

// Wrong are the names of the fields that are wrong, sorted.
func (f Form) Wrong() []string {
	out := make([]string, 0, len(f.Errors))
	for k := range f.Errors {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// Field is one input with its label, hint and error. The label is a finished text.
type Field struct {
	Name, Label, Value, Type, Hint, Err string
	Apart                               string // keeps the ids of two fields of one name on a page apart
	Optional, Required, Number, Focus   bool
	Mode, Complete, Accept, List        string
	Capture                             string // of a file: "environment" opens the camera of a phone
	Several                             bool   // several files
	Max                                 int
	Options                             []Option // a select where there are any
	Rows                                int      // a text area where > 0
}

// Used is how many of some values are not empty: of the fields of a filter.
func Used(values ...string) (n int) {
	for _, v := range values {
		if v != "" {
			n++
		}
	}
	return n
}

// Option of a select.
type Option struct{ Value, Label string }

// In fills a field with what was typed and what is wrong with it.
func (f Field) In(form Form) Field {
	f.Value, f.Err = form.V(f.Name, f.Value), form.E(f.Name)
	return f
}

func (f Field) id() string {
	if f.Apart != "" {
		return FieldID(f.Apart + "-" + f.Name)
	}
	return FieldID(f.Name)
}

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

func (f Field) attributes() templ.Attributes {
	a := templ.Attributes{}
	set := func(k, v string) {
		if v != "" {
			a[k] = v
		}
	}
	set("inputmode", f.Mode)
	set("autocomplete", f.Complete)
	set("accept", f.Accept)
	set("list", f.List)
	set("capture", f.Capture)
	if f.Several {
		a["multiple"] = true
	}
	if f.Max > 0 {
		a["maxlength"] = itoa(f.Max)
	}
	if f.Err != "" {
		a["aria-invalid"] = "true"
	}
	var by []string
	if f.Type == "date" {
		by = append(by, f.id()+"-d")
	}
	if f.Err != "" || f.Hint != "" {
		by = append(by, f.id()+"-h")
	}
	set("aria-describedby", strings.Join(by, " "))
	if f.Focus {
		a["autofocus"] = true
	}
	if f.Required {
		a["required"] = true
	}
	return a
}

// said is a date that was typed, in the reader's language; "" where there is none.
func said(ctx context.Context, v string) string {
	d, err := clock.ParseDate(v)
	if err != nil {
		return ""
	}
	return Day(ctx, d)
}

func named(label func(string) string, name string) string {
	if label == nil {
		return ""
	}
	if s := label(name); s != "" {
		return s + ": "
	}
	return ""
}
