package paper

import (
	"io"
	"slices"
	"strings"
)

const (
	margin = 16.0 // mm
	wide   = 210 - 2*margin
	right  = 210 - margin
	low    = 297 - 20.0 // nothing but the foot stands below it
	small  = 8.0        // points
	body   = 9.5
	gap    = 6.0
	half   = (wide - gap) / 2
)

// a4 lays the sheet out on as many pages as it needs.
func (s *sheet) a4(w io.Writer) error {
	p := newPen(s, 210, 297, margin)
	p.SetAutoPageBreak(false, 0)
	p.SetFooterFunc(func() {
		p.rule(margin, 297-14, wide)
		p.ink(mute, "", 7.5)
		p.at(margin, 297-12.5, wide-30, 4, "L", s.title+" "+s.number+" · "+s.foot())
		of := s.t("paper.page", "page", itoa(p.PageNo()), "pages", "{nb}")
		p.at(right-p.GetStringWidth(strings.Replace(of, "{nb}", "9", 1))-1, 297-12.5, 40, 4, "L", of) // how many there are is known at the end
	})
	p.AliasNbPages("{nb}")
	p.AddPage()
	p.head()
	p.about()
	p.form()
	p.table()
	p.ages()
	p.totals()
	p.close()
	p.signs()
	return p.Output(w)
}

// head is the letterhead of who sends the document, what the document is, and the code that leads to the record.
func (p *pen) head() {
	s, edge, top := p.s, right, margin-2
	if s.url != "" {
		p.qr(s.url, right-22, top, 22)
		edge -= 26
	}
	p.ink(brand, "B", 15)
	p.at(margin+96, top, edge-margin-96, 7, "R", s.title)
	p.ink(ink, "B", 10.5)
	p.at(margin+96, top+7.5, edge-margin-96, 5, "R", s.number)
	if s.status != "" {
		p.ink(mute, "", body)
		p.at(margin+96, top+13, edge-margin-96, 4.6, "R", s.status)
	}
	p.SetY(top)
	if len(s.logo.Bytes) > 0 {
		p.SetY(top + p.picture(s.logo, margin, top, 46, 15) + 2)
	}
	p.ink(ink, "B", 13)
	p.wrap(margin, 92, 6.2, s.from.name)
	p.ink(mute, "", 8.5)
	for _, l := range s.from.lines {
		p.wrap(margin, 92, 4.1, l)
	}
	p.SetY(max(p.GetY(), top+22) + 3)
	p.stroke(margin, p.GetY(), wide, brand, 0.6)
	p.SetY(p.GetY() + 5)
}

// about names whom the document is for, and beside it what is to be known of it.
func (p *pen) about() {
	top, x := p.GetY(), margin
	if p.s.to.name != "" {
		p.ink(mute, "", small)
		p.at(margin, top, half, 4.2, "L", p.s.to.label)
		p.ink(ink, "B", 11)
		p.wrap(margin, half, 5.2, p.s.to.name)
		p.ink(ink, "", body)
		for _, l := range p.s.to.lines {
			p.wrap(margin, half, 4.5, l)
		}
		x += half + gap
	}
	bottom := p.GetY()
	p.SetY(top)
	for _, f := range p.s.facts {
		p.pair(x, right-x, f)
	}
	p.SetY(max(bottom, p.GetY()) + 5)
}

// pair is a label with what it names beside it.
func (p *pen) pair(x, width float64, f fact) {
	const label = 34.0
	y := p.GetY()
	p.ink(mute, "", 8.5)
	p.at(x, y, label, 4.9, "L", p.fit(f.label, label))
	p.SetY(y)
	p.ink(ink, "", body)
	p.wrap(x+label, width-label, 4.9, f.value)
}

// form is the body of a receipt: one statement under the other, the amount in words on a ground of its own.
func (p *pen) form() {
	const label = 42.0
	for _, f := range p.s.form {
		style := map[bool]string{true: "B"}[f.strong]
		p.ink(ink, style, 10.5)
		lines := p.lines(f.value, wide-label-4)
		tall := 5.6*float64(len(lines)) + 3
		p.room(tall)
		y := p.GetY()
		if f.strong {
			p.fill(margin+label, y, wide-label, tall)
		}
		p.ink(mute, "", body)
		p.at(margin, y+1.5, label, 5.6, "L", f.label)
		p.SetY(y + 1.5)
		p.ink(ink, style, 10.5)
		p.wrap(margin+label+2, wide-label-4, 5.6, f.value)
		if y = y + tall; !f.strong {
			p.rule(margin+label, y, wide-label)
		}
		p.SetY(y + 1.5)
	}
	if len(p.s.form) > 0 {
		p.SetY(p.GetY() + 3)
	}
}

// table prints the lines; its head stands on every page.
func (p *pen) table() {
	if len(p.s.columns) == 0 || len(p.s.lines) == 0 {
		return
	}
	p.room(20)
	p.tableHead()
	for _, l := range p.s.lines {
		p.ink(ink, map[bool]string{true: "B"}[l.strong], body)
		first := p.lines(l.cells[0], p.width(0)-1)
		height := 4.6*float64(len(first)) + 2.4
		if l.sub != "" {
			height += 3.6
		}
		if p.GetY()+height > low {
			p.AddPage()
			p.SetY(margin)
			p.tableHead()
		}
		p.row(l, first, height)
	}
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
	p.fill(margin, p.GetY(), wide, 7)
	p.ink(ink, "B", small)
	x, y := margin, p.GetY()
	for i, c := range p.s.columns {
		p.at(x, y, p.width(i), 7, c.align(), p.fit(c.head, p.width(i)))
		x += p.width(i)
	}
	p.SetY(y + 7)
}

func (c column) align() string {
	if c.right {
		return "R"
	}
	return "L"
}

func (p *pen) row(l line, first []string, height float64) {
	top, x := p.GetY(), margin
	for i, c := range l.cells {
		switch {
		case i == 0:
			for n, part := range first {
				p.at(x, top+1.2+4.6*float64(n), p.width(i), 4.6, "L", part)
			}
		case p.s.columns[i].right:
			p.figure(x, top+1.2, p.width(i), 4.6, body, c)
		default:
			p.at(x, top+1.2, p.width(i), 4.6, "L", p.fit(c, p.width(i)))
		}
		x += p.width(i)
	}
	if l.sub != "" {
		p.ink(mute, "", 7.5)
		p.at(margin, top+1+4.6*float64(len(first)), p.width(0), 3.6, "L", p.fit(l.sub, p.width(0)))
	}
	p.rule(margin, top+height, wide)
	p.SetY(top + height)
}

// ages is what is open by how long it has been due, a column for each step.
func (p *pen) ages() {
	if len(p.s.ages) == 0 {
		return
	}
	p.room(22)
	y, each := p.GetY(), wide/float64(len(p.s.ages))
	p.ink(ink, "B", body)
	p.at(margin, y, wide, 5, "L", p.s.t("paper.ageing"))
	p.fill(margin, y+6, wide, 12)
	for i, f := range p.s.ages {
		x := margin + float64(i)*each
		p.ink(mute, "", 7.5)
		p.at(x, y+7, each-1, 4, "R", f.label)
		p.ink(ink, map[bool]string{true: "B"}[f.strong], 9)
		p.figure(x, y+11.5, each-1, 5, 9, f.value)
	}
	p.SetY(y + 22)
}

// totals stand below the figures, and beside them the amount in words and where to pay it; they are not torn apart.
func (p *pen) totals() {
	tall := 0.0
	for _, f := range p.s.sums {
		tall += sumHeight(f)
	}
	p.ink(ink, "B", body)
	said := 6 + 4.8*float64(len(p.lines(p.s.words, half-6)))
	p.room(min(max(tall, said+float64(len(p.s.payTo))*4.6+8), 120))
	page, top := p.PageNo(), p.GetY()
	for _, f := range p.s.sums {
		p.total(f)
	}
	bottom := p.GetY()
	p.SetY(top)
	p.wordsAndBank()
	if p.PageNo() == page {
		p.SetY(max(p.GetY(), bottom))
	}
	p.SetY(p.GetY() + 3)
}

func sumHeight(f fact) float64 {
	if f.strong {
		return 8.5
	}
	return 5.4
}

func (p *pen) total(f fact) {
	const label = 42.0
	x, y, tall := right-half, p.GetY(), sumHeight(f)
	style, size := "", body
	if f.strong {
		style, size = "B", 11.0
		p.fill(x, y, half, tall-0.5)
	}
	p.ink(mute, style, size)
	if f.strong {
		p.ink(ink, style, size)
	}
	p.at(x, y, label, tall-0.5, "L", p.fit(f.label, label))
	p.ink(ink, style, size)
	p.figure(x+label, y, half-label, tall-0.5, size, f.value)
	p.SetY(y + tall)
}

func (p *pen) wordsAndBank() {
	if p.s.words != "" {
		p.ink(mute, "", small)
		p.at(margin, p.GetY(), half, 4.4, "L", p.s.t("paper.words"))
		p.ink(ink, "B", body)
		p.wrap(margin, half-4, 4.8, p.s.words)
		p.SetY(p.GetY() + 2.5)
	}
	for i, l := range p.s.payTo {
		if i == 0 {
			p.ink(mute, "", small)
			p.at(margin, p.GetY(), half, 4.4, "L", p.s.t("paper.pay_to"))
		}
		p.ink(ink, map[bool]string{true: "B"}[i == 1], body)
		p.wrap(margin, half-4, 4.6, l)
	}
}

// close prints the notes.
func (p *pen) close() {
	for _, n := range p.s.notes {
		p.ink(ink, "", 9)
		p.wrap(margin, wide, 4.5, n)
		p.SetY(p.GetY() + 1.2)
	}
}

// signs are the places to sign on, beside each other; a single one stands on the right.
func (p *pen) signs() {
	all := p.s.signs
	if len(all) == 0 {
		return
	}
	p.room(44)
	each, top := wide/float64(max(3, len(all))), p.GetY()+4
	first := max(3, len(all)) - len(all)
	if len(all) == 2 { // one at each edge
		all = slices.Insert(slices.Clone(all), 1, sign{})
		first = 0
	}
	for i, who := range all {
		x := margin + float64(first+i)*each
		if who.label == "" {
			continue
		}
		p.ink(ink, "", 9)
		if who.place != "" {
			p.at(x, top, each-6, 4.4, "L", p.fit(who.place, each-6))
		}
		p.at(x, top+4.6, each-6, 4.4, "L", p.fit(who.label, each-6))
		if who.stamped {
			p.stamp(x, top+11)
		}
		p.stroke(x, top+31, each-8, mute, 0.25)
		p.ink(mute, "", small)
		p.at(x, top+31.6, each-8, 4.2, "L", p.fit(who.name, each-8))
	}
	p.SetY(top + 37)
}

// stamp is the place for the duty stamp.
func (p *pen) stamp(x, y float64) {
	p.SetDrawColor(mute[0], mute[1], mute[2])
	p.SetLineWidth(0.2)
	p.SetDashPattern([]float64{1, 1}, 0)
	p.Rect(x, y, 26, 17, "D")
	p.SetDashPattern(nil, 0)
	p.ink(mute, "", 7)
	p.at(x, y+4.5, 26, 4, "C", p.s.t("paper.stamp"))
	p.at(x, y+8.5, 26, 4, "C", p.s.t("paper.stamp_duty"))
}
