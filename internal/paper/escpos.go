package paper

import (
	"bytes"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Thermal printers read ESC/POS: letters, with commands between them. What the cheapest ones share is used here and nothing else: letters
// of ASCII in font A, bold, centring, double height, the QR code that the printer draws itself, feed and cut.
const (
	escInit   = "\x1b@"
	escCode   = "\x1bt\x00" // code page 437, whose lower half is ASCII
	escBold   = "\x1bE"     // 0 or 1
	escAlign  = "\x1ba"     // 0 left, 1 centre
	escFeed   = "\x1bd"     // lines
	gsTall    = "\x1d!"     // 0, or 1 for double height
	gsCut     = "\x1dVB\x00"
	gsCode    = "\x1d(k"
	codeDot   = "1C\x06"  // dots of a module
	codeModel = "1A2\x00" // model 2
	codeSafe  = "1E1"     // error correction M
	codeKeep  = "1P0"     // followed by what it says
	codePrint = "1Q0"
)

// raw is a slip as bytes for a printer of so many letters on a line.
func (p Slip) raw(columns int) []byte {
	r := &rawSlip{wide: columns}
	r.WriteString(escInit + escCode)
	for _, row := range p.Rows {
		r.row(row)
	}
	if p.Code != "" {
		r.code(p.Code)
	}
	r.row(p.Foot)
	r.WriteString(escFeed + "\x03" + gsCut)
	return r.Bytes()
}

type rawSlip struct {
	bytes.Buffer
	wide int
}

func (r *rawSlip) row(x Row) {
	tall := x.Points >= 10
	r.set(escAlign, x.Kind == Centred)
	r.set(escBold, x.Strong)
	r.set(gsTall, tall)
	switch x.Kind {
	case Rule:
		r.line(strings.Repeat("-", r.wide))
	case Pair:
		left, right := plain(x.Text), plain(x.Value)
		if len(left)+len(right) < r.wide {
			r.line(left + strings.Repeat(" ", r.wide-len(left)-len(right)) + right)
			break
		}
		r.wrap(left)
		for _, l := range wrapped(right, r.wide) {
			r.line(strings.Repeat(" ", r.wide-len(l)) + l)
		}
	default:
		r.wrap(plain(x.Text))
	}
}

func (r *rawSlip) set(command string, on bool) {
	r.WriteString(command)
	if on {
		r.WriteByte(1)
	} else {
		r.WriteByte(0)
	}
}

func (r *rawSlip) line(s string) { r.WriteString(s + "\n") }

func (r *rawSlip) wrap(s string) {
	for _, l := range wrapped(s, r.wide) {
		r.line(l)
	}
}

// code has the printer draw a QR code.
func (r *rawSlip) code(text string) {
	r.set(escAlign, true)
	for _, x := range []string{codeModel, codeDot, codeSafe, codeKeep + plain(text), codePrint} {
		r.WriteString(gsCode)
		r.WriteByte(byte(len(x) % 256))
		r.WriteByte(byte(len(x) / 256))
		r.WriteString(x)
	}
	r.line("")
}

// wrapped are the lines of a text, broken between words where they can be.
func wrapped(s string, wide int) (out []string) {
	for _, par := range strings.Split(s, "\n") {
		line := ""
		for _, word := range strings.Fields(par) {
			for len(word) > wide {
				if line != "" {
					out, line = append(out, line), ""
				}
				out, word = append(out, word[:wide]), word[wide:]
			}
			switch {
			case line == "":
				line = word
			case len(line)+1+len(word) <= wide:
				line += " " + word
			default:
				out, line = append(out, line), word
			}
		}
		if line != "" {
			out = append(out, line)
		}
	}
	return out
}

var asASCII = strings.NewReplacer("·", "-", "–", "-", "—", "-", "−", "-", "×", "x", "“", `"`, "”", `"`, "‘", "'", "’", "'", "…", "...", "\u00a0", " ", "\u202f", " ", "½", "1/2", "ß", "ss", "ø", "o", "Ø", "O", "æ", "ae", "Æ", "AE")

// plain is a text in the letters that every printer has: accents fall away, and what has no likeness is a question mark. Nothing of a
// text is a command.
func plain(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c >= ' ' && c < 0x7f:
			return c
		case c < ' ' || c == 0x7f || unicode.Is(unicode.Mn, c):
			return -1
		}
		return '?'
	}, norm.NFD.String(asASCII.Replace(s)))
}
