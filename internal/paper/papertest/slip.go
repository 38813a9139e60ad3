package papertest

import (
	"strings"
	"testing"
)

// Printed is what a thermal printer makes of the bytes that it is sent.
type Printed struct {
	Lines []string // as they stand on the paper
	Bold  []string // those of them that are printed bold
	Code  string   // what its QR code says
	Cut   bool     // the paper is cut at the end, and nothing comes after it
}

// Words is all that was printed, with a blank between words.
func (p Printed) Words() string { return strings.Join(strings.Fields(strings.Join(p.Lines, " ")), " ") }

// Slip reads ESC/POS as a printer does. A command that it does not know, a letter beyond ASCII, a printer that was not set up, or anything
// after the cut fails the test.
func Slip(t testing.TB, b []byte) (p Printed) {
	t.Helper()
	line, bold, ready := "", false, false
	arg := func(at int) byte {
		if at >= len(b) {
			t.Fatalf("the bytes end within a command at %d", at)
		}
		return b[at]
	}
	for i := 0; i < len(b); {
		if p.Cut {
			t.Fatalf("%d bytes after the cut", len(b)-i)
		}
		switch c := b[i]; {
		case c == 0x1b && arg(i+1) == '@':
			ready = true
			i += 2
		case c == 0x1b && strings.IndexByte("tEad", arg(i+1)) >= 0:
			if arg(i+1) == 'E' {
				bold = arg(i+2) == 1
			}
			arg(i + 2)
			i += 3
		case c == 0x1d && arg(i+1) == '!':
			arg(i + 2)
			i += 3
		case c == 0x1d && arg(i+1) == 'V' && arg(i+2) == 'B':
			arg(i + 3)
			p.Cut = true
			i += 4
		case c == 0x1d && arg(i+1) == '(' && arg(i+2) == 'k':
			n := int(arg(i+3)) + 256*int(arg(i+4))
			arg(i + 4 + n)
			if said := string(b[i+5 : i+5+n]); strings.HasPrefix(said, "1P0") {
				p.Code = said[3:]
			}
			i += 5 + n
		case c == '\n':
			p.Lines = append(p.Lines, line)
			if bold && line != "" {
				p.Bold = append(p.Bold, line)
			}
			line = ""
			i++
		case !ready || c < ' ' || c > '~':
			t.Fatalf("byte %d, %#x, is no letter and no command", i, c)
		default:
			line += string(rune(c))
			i++
		}
	}
	if line != "" {
		t.Fatalf("%q was never printed", line)
	}
	return p
}
