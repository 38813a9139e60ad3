package excel

import (
	"bytes"
	"errors"
)

var errBomb = errors.New("more in one row or one text than any workbook has")

const (
	maxGap     = 1 << 20 // bytes from one tag to the next: a cell's longest text, escaped, is far below
	tagsInCell = 64      // tags that a cell may have on the average of its row, rich text included
	nameLength = 24      // bytes after "<" that are looked at
)

// scanner looks for what would fill the memory of an XML reader: rows of endless cells, endless texts.
type scanner struct {
	columns int
	gap     int    // bytes since the last "<"
	tags    int    // tags since the last row or shared string
	carry   []byte // the beginning of a tag, cut by the end of a buffer
}

// Write takes the next bytes of a part; it fails with errBomb.
func (s *scanner) Write(p []byte) (int, error) {
	buf := p
	if len(s.carry) > 0 {
		buf = append(s.carry, p...)
		s.carry = nil
	}
	for {
		i := bytes.IndexByte(buf, '<')
		if i < 0 {
			s.gap += len(buf)
			break
		}
		if s.gap+i > maxGap {
			return 0, errBomb
		}
		if len(buf)-i <= nameLength && len(p) > 0 {
			s.gap += i
			s.carry = append([]byte(nil), buf[i:]...)
			break
		}
		s.tag(buf[i+1 : min(len(buf), i+nameLength)])
		s.gap = 0
		buf = buf[i+1:]
	}
	if s.gap > maxGap || s.tags > s.columns*tagsInCell {
		return 0, errBomb
	}
	return len(p), nil
}

// tag counts the tags of cells and texts; a row or a shared string begins anew.
func (s *scanner) tag(b []byte) {
	if end := bytes.IndexAny(b, " />\t\r\n"); end > 0 {
		b = b[:end]
	}
	if colon := bytes.IndexByte(b, ':'); colon >= 0 {
		b = b[colon+1:]
	}
	switch string(b) {
	case "row", "si":
		s.tags = 0
	case "c", "v", "f", "is", "t", "r", "rPr":
		s.tags++
	}
}
