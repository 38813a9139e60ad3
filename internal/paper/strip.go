package paper

import "io"

// strip lays the sheet out for a thermal printer: one column, no colours, as long as it must be. It is laid out twice, first to
// measure how long it becomes. The heads of such printers are narrower than their paper: 48 and 72 mm are printed, what stands beyond
// them is cut off.
func (s *sheet) strip(size Size, w io.Writer) error {
	width, edge := 80.0, 4.0
	if size == Strip5 {
		width, edge = 58, 5
	}
	length := s.roll(width, 3000, edge).GetY() + 8
	p := s.roll(width, length, edge)
	return p.Output(w)
}

func (s *sheet) roll(width, length, edge float64) *roll {
	p := &roll{pen: newPen(s, width, length, edge), edge: edge, wide: width - 2*edge}
	p.SetAutoPageBreak(false, 0)
	p.AddPage()
	slip := s.slip()
	for _, r := range slip.Rows {
		p.row(r)
	}
	if s.url != "" {
		p.qr(s.url, width/2-14, p.GetY()+3, 28) // large enough for 203 dots to the inch
		p.SetY(p.GetY() + 33)
	}
	p.row(slip.Foot)
	return p
}

func (p *roll) row(r Row) {
	style := ""
	if r.Strong {
		style = "B"
	}
	switch r.Kind {
	case Rule:
		p.dash()
	case Pair:
		p.pair(style, r.Points, r.Text, r.Value)
	case Centred:
		p.say(style, r.Points, "C", r.Text)
	default:
		p.say(style, r.Points, "L", r.Text)
	}
}

// inWords is the amount read out, wherever the document has it.
func (s *sheet) inWords() string {
	for _, f := range s.form {
		if f.strong {
			return f.value
		}
	}
	return s.words
}

// times stands between what a line says beside its name: a quantity times a price, or lots and their days.
func (s *sheet) times() string {
	if s.kind == Order {
		return " × "
	}
	return " · "
}

// middle are the cells between the name and the amount that a strip has room for.
func (s *sheet) middle(l line) (out []string) {
	for i := 1; i < len(l.cells)-1; i++ {
		if !s.columns[i].aside {
			out = append(out, l.cells[i])
		}
	}
	return out
}

// roll is a pen on a strip of paper.
type roll struct {
	*pen
	edge, wide float64
}

func (p *roll) say(style string, size float64, align, text string) {
	if text == "" {
		return
	}
	p.ink(color{}, style, size)
	for _, l := range p.lines(text, p.wide) {
		p.SetX(p.edge)
		p.CellFormat(p.wide, size*0.48, l, "", 2, align, false, 0, "")
	}
}

// pair prints a label and a value, below each other where they do not fit beside each other.
func (p *roll) pair(style string, size float64, label, value string) {
	if label == "" && value == "" {
		return
	}
	p.ink(color{}, style, size)
	label, value = p.text(label), p.text(value)
	if p.GetStringWidth(label)+p.GetStringWidth(value)+3 > p.wide {
		p.say(style, size, "L", label)
		p.say(style, size, "R", value)
		return
	}
	p.SetX(p.edge)
	p.CellFormat(p.GetStringWidth(label)+1, size*0.48, label, "", 0, "L", false, 0, "")
	p.CellFormat(p.wide-p.GetStringWidth(label)-1, size*0.48, value, "", 1, "R", false, 0, "")
}

func (p *roll) dash() {
	p.SetDrawColor(0, 0, 0)
	p.SetLineWidth(0.2)
	p.SetDashPattern([]float64{1, 1}, 0)
	p.Line(p.edge, p.GetY()+1.5, p.edge+p.wide, p.GetY()+1.5)
	p.SetDashPattern(nil, 0)
	p.SetY(p.GetY() + 3)
}
