package paper

import (
	"io"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/i18n"
)

// sheet is a document as it will stand on paper, in words of its reader: everything but the layout.
type sheet struct {
	title, number, status string
	from, to              party
	facts                 []fact // what is to be known before the lines
	columns               []column
	lines                 []line
	sums                  []fact
	words                 string // the amount read out
	notes                 []string
	signs                 []string // who signs
	path                  string   // of the record
	seq                   int64    // of its journal
	zone                  string   // of who printed it

	lang, url string
	printed   clock.Instant
}

// party is a letterhead.
type party struct {
	label, name string
	lines       []string
}

// fact is a label with a value; strong ones are what the document is about.
type fact struct {
	label, value string
	strong       bool
}

// column of the table: its share of the width, and whether it holds figures.
type column struct {
	head  string
	share float64
	right bool
	aside bool // left out on a strip, where a quantity and a price stand as one sum
}

// line of the table: a cell for each column, and what stands small below the first.
type line struct {
	cells []string
	sub   string
}

// reading is every word of the sheet, in no order that matters.
func (s *sheet) reading() string {
	out := []string{s.title, s.number, s.status, s.words, s.url, s.foot()}
	for _, p := range []party{s.from, s.to} {
		out = append(append(out, p.label, p.name), p.lines...)
	}
	for _, f := range append(append([]fact{}, s.facts...), s.sums...) {
		out = append(out, f.label, f.value)
	}
	for _, l := range s.lines {
		out = append(append(out, l.cells...), l.sub)
	}
	return strings.Join(append(append(out, s.notes...), s.signs...), "\n")
}

func (s *sheet) t(key string, args ...string) string { return i18n.T(s.lang, key, args...) }

func (s *sheet) fact(key, value string) {
	if value != "" && value != "–" {
		s.facts = append(s.facts, fact{label: s.t(key), value: value})
	}
}

func (s *sheet) sum(key, value string, strong bool) {
	s.sums = append(s.sums, fact{s.t(key), value, strong})
}

// foot is what the last line of every page says: when it was printed, and under which number the books have it.
func (s *sheet) foot() string {
	out := []string{s.t("paper.printed", "at", i18n.Time(s.lang, s.printed, s.zone))}
	if s.seq > 0 {
		out = append(out, s.t("paper.journal", "no", i18n.Count(s.lang, s.seq)))
	}
	return strings.Join(out, " · ")
}

const (
	margin = 16.0 // mm
	wide   = 210 - 2*margin
	small  = 8.0 // points
	body   = 9.5
)

// a4 lays the sheet out on as many pages as it needs.
func (s *sheet) a4(w io.Writer) error {
	p := newPen(s, 210, 297, margin)
	p.SetAutoPageBreak(false, 0)
	p.SetFooterFunc(func() {
		p.SetXY(margin, 297-12)
		p.ink(mute, "", small)
		p.CellFormat(wide-30, 4, p.text(s.number+" · "+s.foot()), "", 0, "L", false, 0, "")
		p.CellFormat(30, 4, p.text(s.t("paper.page", "page", itoa(p.PageNo()), "pages", "{nb}")), "", 0, "R", false, 0, "")
	})
	p.AliasNbPages("{nb}")
	p.AddPage()
	p.head()
	p.parties()
	p.grid()
	p.table()
	p.totals()
	p.close()
	return p.Output(w)
}

// head is the title with the number and the code that leads to the record.
func (p *pen) head() {
	s := p.s
	if s.url != "" {
		p.qr(s.url, 210-margin-22, margin-2, 22)
	}
	p.SetXY(margin, margin)
	p.ink(brand, "B", 19)
	p.CellFormat(wide-30, 8, p.text(s.title), "", 2, "L", false, 0, "")
	p.ink(ink, "B", 12)
	p.CellFormat(wide-30, 6.5, p.text(s.number), "", 2, "L", false, 0, "")
	if s.status != "" {
		p.ink(mute, "", body)
		p.CellFormat(wide-30, 5, p.text(s.status), "", 2, "L", false, 0, "")
	}
	p.SetY(max(p.GetY(), margin+20) + 4)
}

func (p *pen) parties() {
	top, half := p.GetY(), wide/2-4
	low := top
	for i, who := range []party{p.s.from, p.s.to} {
		if who.name == "" {
			continue
		}
		x := margin + float64(i)*(half+8)
		p.SetXY(x, top)
		p.ink(mute, "", small)
		p.CellFormat(half, 4.2, p.text(who.label), "", 2, "L", false, 0, "")
		p.ink(ink, "B", 11)
		p.wrap(x, half, 5.2, who.name)
		p.ink(ink, "", body)
		for _, l := range who.lines {
			p.wrap(x, half, 4.6, l)
		}
		low = max(low, p.GetY())
	}
	p.SetY(low + 4)
}

// grid shows the facts, three beside each other.
func (p *pen) grid() {
	const each = wide / 3
	for len(p.s.facts)%3 != 0 {
		p.s.facts = append(p.s.facts, fact{})
	}
	for row := 0; row < len(p.s.facts); row += 3 {
		top, low := p.GetY(), p.GetY()
		for i, f := range p.s.facts[row : row+3] {
			x := margin + float64(i)*each
			p.SetXY(x, top)
			p.ink(mute, "", small)
			p.CellFormat(each-4, 4.2, p.text(f.label), "", 2, "L", false, 0, "")
			p.ink(ink, "", body)
			p.wrap(x, each-4, 4.6, f.value)
			low = max(low, p.GetY())
		}
		p.SetY(low + 2.5)
	}
	p.SetY(p.GetY() + 2)
}

// table prints the lines; its head stands on every page.
func (p *pen) table() {
	if len(p.s.columns) == 0 {
		return
	}
	p.tableHead()
	for _, l := range p.s.lines {
		first := p.lines(l.cells[0], p.width(0)-2)
		height := 5.0*float64(len(first)) + 2
		if l.sub != "" {
			height += 4
		}
		if p.GetY()+height > 297-24 {
			p.AddPage()
			p.SetY(margin)
			p.tableHead()
		}
		p.row(l, first, height)
	}
	p.rule(p.GetY())
	p.SetY(p.GetY() + 4)
}

func (p *pen) width(i int) float64 {
	all := 0.0
	for _, c := range p.s.columns {
		all += c.share
	}
	return wide * p.s.columns[i].share / all
}

func (p *pen) tableHead() {
	p.rule(p.GetY())
	p.ink(mute, "", small)
	p.SetX(margin)
	for i, c := range p.s.columns {
		p.CellFormat(p.width(i), 6.5, p.text(c.head), "", 0, c.align(), false, 0, "")
	}
	p.Ln(6.5)
	p.rule(p.GetY())
}

func (c column) align() string {
	if c.right {
		return "R"
	}
	return "L"
}

func (p *pen) row(l line, first []string, height float64) {
	top, x := p.GetY()+1, margin
	for i, c := range l.cells {
		p.ink(ink, "", body)
		if i == 0 {
			for n, part := range first {
				p.SetXY(x, top+5*float64(n))
				p.CellFormat(p.width(i), 5, part, "", 0, "L", false, 0, "")
			}
		} else {
			p.SetXY(x, top)
			p.CellFormat(p.width(i), 5, p.fit(c, p.width(i)), "", 0, p.s.columns[i].align(), false, 0, "")
		}
		x += p.width(i)
	}
	if l.sub != "" {
		p.SetXY(margin, top+5*float64(len(first))-0.5)
		p.ink(mute, "", small)
		p.CellFormat(p.width(0), 4, p.fit(l.sub, p.width(0)), "", 0, "L", false, 0, "")
	}
	p.SetY(top - 1 + height)
}

// totals stand below the figures, kept together.
func (p *pen) totals() {
	const label, value = 52.0, 44.0
	p.room(6 * float64(len(p.s.sums)))
	for _, f := range p.s.sums {
		style, size, tall := "", body, 5.4
		if f.strong {
			style, size, tall = "B", 11.5, 7.0
			p.rule2(p.GetY(), 210-margin-label-value)
		}
		p.SetX(210 - margin - label - value)
		p.ink(mute, style, size)
		p.CellFormat(label, tall, p.text(f.label), "", 0, "L", false, 0, "")
		p.ink(ink, style, size)
		p.CellFormat(value, tall, p.text(f.value), "", 1, "R", false, 0, "")
	}
	p.SetY(p.GetY() + 3)
}

// close prints the words, the notes and the lines to sign on.
func (p *pen) close() {
	if p.s.words != "" {
		p.room(14)
		p.ink(mute, "", small)
		p.SetX(margin)
		p.CellFormat(wide, 4.4, p.text(p.s.t("paper.words")), "", 1, "L", false, 0, "")
		p.ink(ink, "B", 10.5)
		p.wrap(margin, wide, 5.4, p.s.words)
		p.SetY(p.GetY() + 3)
	}
	for _, n := range p.s.notes {
		p.ink(ink, "", body)
		p.room(5 * float64(len(p.lines(n, wide))))
		p.wrap(margin, wide, 4.8, n)
		p.SetY(p.GetY() + 1.5)
	}
	if len(p.s.signs) == 0 {
		return
	}
	p.room(38)
	each := wide / float64(len(p.s.signs))
	top := p.GetY() + 4
	for i, who := range p.s.signs {
		x := margin + float64(i)*each
		p.SetXY(x, top)
		p.ink(mute, "", small)
		p.CellFormat(each-8, 4.4, p.text(who), "", 0, "L", false, 0, "")
		p.rule3(x, top+24, each-10)
	}
	p.SetY(top + 26)
}
