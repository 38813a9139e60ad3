package excel

import "fmt"

// head is what stands before the rows of a worksheet. rows is its last row; 0 where that is not known.
func (s *Sheet) head(rows int64) []byte {
	b := []byte(xmlHead + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`)
	if rows > 0 {
		b = fmt.Appendf(b, `<dimension ref="A1:%s%d"/>`, columnName(max(len(s.cols), 1)-1), rows)
	}
	b = append(b, `<sheetViews><sheetView workbookViewId="0">`...)
	if s.table {
		b = append(b, `<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="A2" sqref="A2"/>`...)
	}
	b = append(b, `</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>`...)
	if len(s.cols) > 0 {
		b = append(b, "<cols>"...)
		for i, c := range s.cols {
			b = fmt.Appendf(b, `<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, max(c.Width, 6))
		}
		b = append(b, "</cols>"...)
	}
	return append(b, "<sheetData>"...)
}

// flush hands over what has gathered to be deflated. The first time, the head goes before it.
func (s *Sheet) flush() {
	s.b.show(s.name)
	s.begin(s.announced())
	if s.b.deflating == nil {
		s.b.deflating = startDeflater(s.w)
	}
	s.b.buf = s.b.deflating.swap(s.b.buf)
}

// begin writes the head of a part, once.
func (s *Sheet) begin(rows int64) {
	if !s.begun && s.b.err == nil {
		_, err := s.w.Write(s.head(rows))
		s.b.fail(err)
	}
	s.begun = true
}

// announced is the last row of this part by what the caller announced; 0 where nothing was.
func (s *Sheet) announced() int64 {
	if s.hint.Rows == 0 {
		return 0
	}
	left := s.hint.Rows - (s.data - s.partRow)
	last := s.first - 1 + min(left, s.capacity())
	if s.hint.Total && left <= s.capacity() {
		last++
	}
	return last
}

// endPart ends the worksheet.
func (s *Sheet) endPart() {
	p := s.b.parts[len(s.b.parts)-1]
	tail := "</sheetData>"
	if s.table && len(s.cols) > 0 {
		last := columnName(len(s.cols) - 1)
		to := max(s.first+s.partRow-1, s.first-1)
		tail += fmt.Sprintf(`<autoFilter ref="A1:%s%d"/>`, last, to)
		p.filter = fmt.Sprintf("$A$1:$%s$%d", last, to)
	}
	tail += `<pageMargins left="0.5" right="0.5" top="0.75" bottom="0.75" header="0.3" footer="0.3"/><pageSetup paperSize="9" orientation="landscape"/></worksheet>`
	s.b.buf = append(s.b.buf, tail...)
	s.b.show(s.name)
	s.begin(s.row)
	s.b.Abort() // waits for what is being deflated
	if s.b.err == nil {
		_, err := s.w.Write(s.b.buf)
		s.b.fail(err)
	}
	s.b.buf = s.b.buf[:0]
	if s.partRow > 0 {
		s.ranges = append(s.ranges, span{p.name, s.first, s.first + s.partRow - 1})
	}
	s.partRow = 0
}

// Close ends the sheet and frees the writer for the next one.
func (s *Sheet) Close() {
	if s.hint.Rows > 0 && s.hint.Rows != s.data {
		s.b.fail(fmt.Errorf("sheet %q: %d rows were announced, %d written", s.name, s.hint.Rows, s.data))
	}
	s.endPart()
	s.b.open = nil
}
