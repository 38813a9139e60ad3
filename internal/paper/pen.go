package paper

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode/qr"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// color is red, green, blue.
type color [3]int

var (
	ink   = color{22, 32, 46}
	mute  = color{86, 98, 116}
	brand = color{11, 107, 99}
	hair  = color{207, 214, 223}
)

// pen draws one document. The fonts are part of the program: every printer prints the same.
type pen struct {
	*fpdf.Fpdf
	s *sheet
}

func newPen(s *sheet, width, height, edge float64) *pen {
	f := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: width, Ht: height}})
	f.SetMargins(edge, edge, edge)
	f.AddUTF8FontFromBytes("go", "", goregular.TTF)
	f.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	at := s.printed.Time().UTC().Truncate(time.Second)
	f.SetCreationDate(at)
	f.SetModificationDate(at)
	f.SetCatalogSort(true)
	f.SetTitle(s.title+" "+s.number, true)
	f.SetProducer("Saluran", true)
	f.SetLang(s.lang)
	p := &pen{f, s}
	p.ink(ink, "", body)
	return p
}

func (p *pen) ink(c color, style string, size float64) {
	p.SetTextColor(c[0], c[1], c[2])
	p.SetFont("go", style, size)
}

func (p *pen) rule(y float64)     { p.rule3(margin, y, wide) }
func (p *pen) rule2(y, x float64) { p.rule3(x, y, 210-margin-x) }
func (p *pen) rule3(x, y, length float64) {
	p.SetDrawColor(hair[0], hair[1], hair[2])
	p.SetLineWidth(0.25)
	p.Line(x, y, x+length, y)
}

// room begins a new page where so many millimetres are not left on this one.
func (p *pen) room(mm float64) {
	if p.GetY()+mm > 297-20 {
		p.AddPage()
		p.SetY(margin)
	}
}

// wrap writes text in as many lines as it needs, and leaves the pen below it.
func (p *pen) wrap(x, width, height float64, text string) {
	for _, l := range p.lines(text, width) {
		p.SetX(x)
		p.CellFormat(width, height, l, "", 2, "L", false, 0, "")
	}
}

// lines breaks a text, at its own line ends and where it is too wide; a word wider than a line is broken too.
func (p *pen) lines(text string, width float64) (out []string) {
	for _, par := range strings.Split(p.text(text), "\n") {
		now := ""
		for _, word := range strings.Fields(par) {
			for p.GetStringWidth(word) > width-2 {
				n := len([]rune(word))
				for n > 1 && p.GetStringWidth(string([]rune(word)[:n])) > width-2 {
					n--
				}
				if now != "" {
					out, now = append(out, now), ""
				}
				out, word = append(out, string([]rune(word)[:n])), string([]rune(word)[n:])
			}
			if next := strings.TrimSpace(now + " " + word); now == "" || p.GetStringWidth(next) <= width-2 {
				now = next
			} else {
				out, now = append(out, now), word
			}
		}
		out = append(out, now)
	}
	return out
}

// fit cuts a text that must stand in one line.
func (p *pen) fit(text string, width float64) string {
	r := []rune(p.text(text))
	if p.GetStringWidth(string(r)) <= width-1.5 {
		return string(r)
	}
	for len(r) > 0 && p.GetStringWidth(string(r)+"…") > width-1.5 {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}

// covered tells which characters the fonts have.
var covered = sync.OnceValue(func() func(rune) bool {
	f, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		panic("paper: the font that is built in cannot be read: " + err.Error())
	}
	var has [0x10000]bool
	var b sfnt.Buffer
	for r := range rune(len(has)) {
		i, err := f.GlyphIndex(&b, r)
		has[r] = err == nil && i != 0
	}
	return func(r rune) bool { return r >= 0 && int(r) < len(has) && has[r] }
})

// text is what the fonts can print of it: what they cannot is a question mark, never a gap that nobody sees.
func (p *pen) text(s string) string {
	has := covered()
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || has(r):
			return r
		case r == '\t' || r == '\r':
			return ' '
		case r < 0x20:
			return -1
		}
		return '?'
	}, s)
}

// qr draws a code as squares, without an image.
func (p *pen) qr(text string, x, y, side float64) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		p.SetError(err)
		return
	}
	n := code.Bounds().Dx()
	dot := side / float64(n)
	p.SetFillColor(0, 0, 0)
	for row := range n {
		for col := 0; col < n; col++ {
			run := 0
			for col+run < n && dark(code.At(col+run, row).RGBA()) {
				run++
			}
			if run > 0 {
				p.Rect(x+float64(col)*dot, y+float64(row)*dot, float64(run)*dot, dot, "F")
				col += run - 1
			}
		}
	}
}

func dark(r, _, _, _ uint32) bool { return r < 0x8000 }

func itoa(n int) string { return strconv.Itoa(n) }
