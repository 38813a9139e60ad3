package view

import (
	"strconv"

	"saluran/web/kit"
)

// Slip is a document as it comes out of a thermal printer.
type Slip struct {
	Path          string // of the record
	Size, Lang    string
	Title, Number string
	Rows          []SlipRow
	Code, Dots    string // what the QR code says, and its drawing
	Side          int    // in dots
	Foot          string
}

// SlipRow is a row of it: centred, left, pair or rule.
type SlipRow struct {
	Kind, Text, Value string
	Strong            bool
	Points            float64
}

// again is the same slip on paper of another width, or in another language.
func (v Slip) again(size, lang string) string {
	return v.Path + "/slip?size=" + size + "&lang=" + lang
}

func (v Slip) sizes() []kit.Tab {
	var out []kit.Tab
	for _, s := range []string{"58", "80"} {
		out = append(out, kit.Tab{Text: s + " mm", Href: v.again(s, v.Lang), Current: s == v.Size})
	}
	return out
}

func (v Slip) langs() []kit.Tab {
	var out []kit.Tab
	for _, l := range [][2]string{{"id", "Indonesia"}, {"en", "English"}} {
		out = append(out, kit.Tab{Text: l[1], Href: v.again(v.Size, l[0]), Current: l[0] == v.Lang})
	}
	return out
}

// lengths are how long the pages are that a browser prints a slip on, in millimetres: style sheets know no page as long as what is on it.
var lengths = []int{100, 140, 200, 300, 500}

// class says how wide and how long the paper is. The length is what the rows come to at most, and the next of lengths.
func (v Slip) class() string {
	letters, mm := 27, 16
	if v.Size == "80" {
		letters = 44
	}
	for _, r := range v.Rows {
		lines := 1
		if n := len(r.Text) + len(r.Value); r.Kind != "rule" && n > letters {
			lines = n/letters + 1
		}
		mm += 4 * lines
	}
	if v.Dots != "" {
		mm += 34
	}
	long := lengths[len(lengths)-1]
	for i := len(lengths) - 1; i >= 0 && lengths[i] >= mm; i-- {
		long = lengths[i]
	}
	return "k-slip w" + v.Size + " l" + strconv.Itoa(long)
}

func (r SlipRow) class() string {
	c := r.Kind
	switch {
	case r.Points >= 9:
		c += " big"
	case r.Points < 8:
		c += " small"
	}
	if r.Strong {
		c += " b"
	}
	return c
}
