package intake

import (
	"io"

	"saluran/internal/excel"
)

// sheet reads the rows of the first worksheet of a workbook, through the guard of package excel.
type sheet struct {
	c io.Closer
	b *excel.Book
	r *excel.Rows
}

func openSheet(r io.Reader, c io.Closer) (rows, error) {
	b, err := excel.OpenReader(r, excel.Usual)
	if err != nil {
		return nil, err
	}
	x, err := b.Rows("")
	if err != nil {
		b.Close()
		return nil, err
	}
	return &sheet{c, b, x}, nil
}

func (s *sheet) next() ([]string, int64, error) {
	if !s.r.Next() {
		if err := s.r.Err(); err != nil {
			return nil, 0, err
		}
		return nil, 0, io.EOF
	}
	return s.r.Cells(), int64(s.r.Line()), nil
}

func (s *sheet) close() error {
	s.r.Close()
	err := s.b.Close()
	s.c.Close()
	return err
}
