package paper

import (
	"context"
	"io"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/egress"
	"saluran/internal/errs"
)

// Slip is a document on a strip of thermal paper, row by row: the PDF, the page that opens the print dialogue, and the bytes for printers
// say the same.
type Slip struct {
	Title, Number, Lang string
	Rows                []Row
	Code                string // address of the record, for the QR code; "" where there is none
	Foot                Row    // below the code

}

// Kinds of rows.
const (
	Centred = "centred"
	Left    = "left"
	Pair    = "pair" // Text to the left, Value to the right
	Rule    = "rule"
)

// Row of a slip.
type Row struct {
	Kind        string
	Text, Value string
	Strong      bool
	Points      float64 // how large the letters are in print
}

// slip is the sheet as rows.
func (s *sheet) slip() Slip {
	out := Slip{Title: s.title, Number: s.number, Lang: s.lang, Code: s.url, Foot: Row{Kind: Centred, Text: s.foot(), Points: 6.5}}
	out.say(Centred, 10, true, s.from.name)
	for _, l := range s.from.lines {
		out.say(Centred, 7, false, l)
	}
	out.rule()
	out.say(Centred, 9, true, s.title)
	out.say(Centred, 8, false, s.number)
	out.say(Centred, 7.5, false, s.status)
	out.rule()
	if s.to.name != "" {
		out.pair(7.5, false, s.to.label, s.to.name)
	}
	for _, f := range s.facts {
		out.pair(7.5, false, f.label, f.value)
	}
	for _, f := range s.form[min(1, len(s.form)):] { // whom it is from stands above
		if !f.strong {
			out.pair(7.5, false, f.label, f.value)
		}
	}
	out.rule()
	for _, l := range s.lines {
		last := len(l.cells) - 1
		out.say(Left, 8, false, l.cells[0])
		if last > 0 {
			out.pair(8, false, strings.Join(s.middle(l), s.times()), l.cells[last])
		}
	}
	if len(s.lines) > 0 {
		out.rule()
	}
	s.slipEnd(&out)
	return out
}

// slipEnd is what stands below the lines: sums, the amount in words, where to pay, notes.
func (s *sheet) slipEnd(out *Slip) {
	for _, f := range s.sums {
		out.pair(8.5, f.strong, f.label, f.value)
	}
	out.say(Left, 7.5, false, s.inWords())
	if len(s.payTo) > 0 {
		out.say(Left, 7.5, true, s.t("paper.pay_to"))
	}
	for _, n := range slices.Concat(s.payTo, s.notes) {
		out.say(Left, 7.5, false, n)
	}
}

func (p *Slip) say(kind string, points float64, strong bool, text string) {
	if text != "" {
		p.Rows = append(p.Rows, Row{Kind: kind, Text: text, Strong: strong, Points: points})
	}
}

func (p *Slip) pair(points float64, strong bool, label, value string) {
	if label != "" || value != "" {
		p.Rows = append(p.Rows, Row{Kind: Pair, Text: label, Value: value, Strong: strong, Points: points})
	}
}

func (p *Slip) rule() { p.Rows = append(p.Rows, Row{Kind: Rule}) }

// Dots is the code as the path of a drawing of n by n dots.
func (p Slip) Dots() (path string, n int) {
	if p.Code == "" {
		return "", 0
	}
	bars, n, err := barsOf(p.Code)
	if err != nil {
		return "", 0
	}
	var b strings.Builder
	for _, x := range bars {
		b.WriteString("M" + itoa(x.col) + " " + itoa(x.row) + "h" + itoa(x.run) + "v1h-" + itoa(x.run) + "z")
	}
	return b.String(), n
}

// Slip reads a document as a slip: for a page. Errors: those of reading it.
func (p *Printer) Slip(ctx context.Context, a access.Actor, ask Ask) (Slip, error) {
	s, err := p.sheetOf(ctx, a, ask)
	if err != nil {
		return Slip{}, err
	}
	p.stamp(s)
	return s.slip(), nil
}

// Raw writes a document to w as the bytes that thermal printers understand (ESC/POS), and answers its file name. Errors: those of
// reading it; paper.size.
func (p *Printer) Raw(ctx context.Context, a access.Actor, ask Ask, w io.Writer) (name string, err error) {
	columns := map[Size]int{Strip5: 32, Strip8: 48}[ask.Size]
	if columns == 0 {
		return "", errs.OnFields("paper.size", errs.F("size", "paper.size"))
	}
	s, err := p.sheetOf(ctx, a, ask)
	if err != nil {
		return "", err
	}
	p.stamp(s)
	if egress.Watched() {
		egress.Out(egress.File, s.number, []byte(s.reading()))
	}
	_, err = w.Write(s.slip().raw(columns))
	return s.file("bin"), err
}
