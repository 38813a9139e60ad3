package paper

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode/qr"
	bold "github.com/go-fonts/liberation/liberationsansbold"
	regular "github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/sfnt"

	"saluran/internal/partner"
)

// color is red, green, blue.
type color [3]int

var (
	ink   = color{22, 32, 46}
	mute  = color{86, 98, 116}
	brand = color{11, 107, 99}
	hair  = color{207, 214, 223}
	tint  = color{241, 245, 247}
)

// pen draws one document. The fonts are part of the program: every printer prints the same.
type pen struct {
	*fpdf.Fpdf
	s *sheet
}

func newPen(s *sheet, width, height, edge float64) *pen {
	f := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: width, Ht: height}})
	f.SetMargins(edge, edge, edge)
	f.AddUTF8FontFromBytes("sans", "", regular.TTF)
	f.AddUTF8FontFromBytes("sans", "B", bold.TTF)
	at := s.printed.Time().UTC().Truncate(time.Second)
	f.SetCreationDate(at)
	f.SetModificationDate(at)
	f.SetCatalogSort(true)
	f.SetTitle(s.title+" "+s.number, true)
	f.SetProducer("Saluran", true)
	f.SetLang(s.lang)
	p := &pen{f, s}
	p.SetCellMargin(0.6)
	p.ink(ink, "", body)
	return p
}

func (p *pen) ink(c color, style string, size float64) {
	p.SetTextColor(c[0], c[1], c[2])
	p.SetFont("sans", style, size)
}

func (p *pen) rule(x, y, length float64) { p.stroke(x, y, length, hair, 0.25) }

func (p *pen) stroke(x, y, length float64, c color, thick float64) {
	p.SetDrawColor(c[0], c[1], c[2])
	p.SetLineWidth(thick)
	p.Line(x, y, x+length, y)
}

// fill paints a ground for what is written over it.
func (p *pen) fill(x, y, width, height float64) {
	p.SetFillColor(tint[0], tint[1], tint[2])
	p.Rect(x, y, width, height, "F")
}

// room begins a new page where so many millimetres are not left on this one.
func (p *pen) room(mm float64) {
	if p.GetY()+mm > low {
		p.AddPage()
		p.SetY(margin)
	}
}

// wrap writes text in as many lines as it needs, on more pages where it must, and leaves the pen below it.
func (p *pen) wrap(x, width, height float64, text string) {
	for _, l := range p.lines(text, width) {
		p.room(height)
		p.SetX(x)
		p.CellFormat(width, height, l, "", 2, "L", false, 0, "")
	}
}

// at writes one line at a place.
func (p *pen) at(x, y, width, height float64, align, text string) {
	p.SetXY(x, y)
	p.CellFormat(width, height, p.text(text), "", 2, align, false, 0, "")
}

// figure writes a figure on one line: where it is too wide its letters are smaller, and nothing of it is ever cut off.
func (p *pen) figure(x, y, width, height, size float64, text string) {
	text = p.text(text)
	for at := size; p.GetStringWidth(text) > width-1.5 && at > 3; {
		at -= 0.5
		p.SetFontSize(at)
	}
	p.at(x, y, width, height, "R", text)
	p.SetFontSize(size)
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
	f, err := sfnt.Parse(regular.TTF)
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

// picture draws a logo as large as it fits, and answers how high it is.
func (p *pen) picture(l partner.Logo, x, y, width, height float64) float64 {
	scale := min(width/float64(l.Width), height/float64(l.Height), 25.4/96) // never larger than it is on a screen
	o := fpdf.ImageOptions{ImageType: "PNG"}
	p.RegisterImageOptionsReader("logo", o, bytes.NewReader(l.Bytes))
	p.ImageOptions("logo", x, y, scale*float64(l.Width), scale*float64(l.Height), false, o, 0, "")
	return scale * float64(l.Height)
}

// qr draws a code as squares, without an image.
func (p *pen) qr(text string, x, y, side float64) {
	bars, n, err := barsOf(text)
	if err != nil {
		p.SetError(err)
		return
	}
	dot := side / float64(n)
	p.SetFillColor(0, 0, 0)
	for _, b := range bars {
		p.Rect(x+float64(b.col)*dot, y+float64(b.row)*dot, float64(b.run)*dot, dot, "F")
	}
}

// bar is a run of dark dots of a code.
type bar struct{ col, row, run int }

// barsOf is a text as a QR code of n by n dots.
func barsOf(text string) (bars []bar, n int, err error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, 0, err
	}
	n = code.Bounds().Dx()
	for row := range n {
		for col := 0; col < n; col++ {
			run := 0
			for col+run < n && dark(code.At(col+run, row).RGBA()) {
				run++
			}
			if run > 0 {
				bars = append(bars, bar{col, row, run})
				col += run - 1
			}
		}
	}
	return bars, n, nil
}

func dark(r, _, _, _ uint32) bool { return r < 0x8000 }

func itoa(n int) string { return strconv.Itoa(n) }
