package intake

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"saluran/internal/errs"
)

// Source is a file to read, by name and content: a file on disk, or an upload. Open is called once for each pass.
type Source struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// File is a Source on disk.
func File(path string) Source {
	return Source{Name: filepath.Base(path), Open: func() (io.ReadCloser, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, errs.Wrap(errs.Invalid, "import.cannot_open", err, "file", filepath.Base(path))
		}
		return f, nil
	}}
}

// Files are Sources on disk.
func Files(paths ...string) []Source {
	var out []Source
	for _, p := range paths {
		out = append(out, File(p))
	}
	return out
}

// Bytes is a Source in memory.
func Bytes(name string, b []byte) Source {
	return Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}

// Limits of one file. A file beyond them is refused, whatever it says about itself.
const (
	maxRowBytes  = 1 << 20  // one row, or one field that was never closed
	maxFileBytes = 64 << 30 // unpacked
	maxColumns   = 1 << 10  // of one row
)

var (
	bom     = []byte{0xef, 0xbb, 0xbf}
	gzipTag = []byte{0x1f, 0x8b}
	zipTag  = []byte("PK\x03\x04")
)

// rows reads the rows of one file. The slice that next returns is valid until the next call.
type rows interface {
	next() (fields []string, row int64, err error)
	close() error
}

// badRow is a row that cannot be read as one; reading goes on behind it.
type badRow struct {
	row  int64
	code string
}

func (b *badRow) Error() string { return b.code }

// table is an open file with its header.
type table struct {
	rows
	name   string
	sheet  bool
	header []string
	width  int    // columns up to the last that has a name
	sign   string // what stands between the cells of text
}

// open finds out what kind of file a source is by its first bytes: gzip, a workbook, or text with a delimiter.
func open(s Source, m Mapping) (*table, error) {
	c, err := s.Open()
	if err != nil {
		return nil, err
	}
	t, err := openReader(s.Name, c, m)
	if err != nil {
		c.Close()
	}
	return t, err
}

func openReader(name string, c io.ReadCloser, m Mapping) (*table, error) {
	b := bufio.NewReaderSize(c, 64<<10)
	if h, _ := b.Peek(2); bytes.Equal(h, gzipTag) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, errs.Wrap(errs.Invalid, "import.bad_gzip", err, "file", name)
		}
		b = bufio.NewReaderSize(z, 64<<10)
	}
	var r rows
	var err error
	if h, _ := b.Peek(4); bytes.Equal(h, zipTag) {
		r, err = openSheet(b, c)
	} else {
		r, err = openText(b, c, m)
	}
	if err != nil {
		return nil, err
	}
	_, isSheet := r.(*sheet)
	t := &table{rows: r, name: name, sheet: isSheet}
	head, _, err := r.next()
	if err != nil {
		r.close()
		return nil, readError(name, err)
	}
	for _, h := range head {
		t.header = append(t.header, strings.TrimSpace(strings.Clone(h)))
	}
	for i, h := range t.header {
		if h != "" && !ourProblems(h) {
			t.width = i + 1
		}
	}
	if x, ok := r.(*text); ok {
		t.sign = string(x.r.Comma)
	}
	return t, nil
}

// torn refuses a file in which a quotation mark is misplaced: it takes the rows up to the next one with it, and no document is known to be whole.
func torn(row int64) error { return errs.New(errs.Invalid, "import.torn", "row", itoa(row)) }

// readError says in the user's words why a file cannot be read.
func readError(name string, err error) error {
	var e *errs.Error
	var bad *badRow
	switch {
	case errors.As(err, &e):
		return err
	case errors.Is(err, io.EOF):
		return errs.New(errs.Invalid, "import.empty_file", "file", name)
	case errors.As(err, &bad):
		return errs.New(errs.Invalid, "import.bad_header", "file", name)
	case errors.Is(err, errFileTooLong):
		return errs.New(errs.TooLarge, "import.file_too_large", "file", name)
	}
	return errs.Wrap(errs.Invalid, "import.unreadable", err, "file", name)
}

// text reads rows of delimited text.
type text struct {
	c      io.Closer
	r      *csv.Reader
	budget *budget
	last   int64
}

func openText(b *bufio.Reader, c io.Closer, m Mapping) (rows, error) {
	if h, _ := b.Peek(3); bytes.Equal(h, bom) {
		b.Discard(3)
	}
	t := &text{c: c, budget: &budget{r: b}}
	t.r = csv.NewReader(t.budget)
	t.r.ReuseRecord = true
	t.r.FieldsPerRecord = -1
	t.r.Comma = delimiter(b, m.Delimiter)
	return t, nil
}

// delimiter is what the mapping says, else what stands most often in the first line, outside quotes.
func delimiter(b *bufio.Reader, said string) rune {
	if said == `\t` || said == "tab" {
		return '\t'
	}
	if said != "" {
		return []rune(said)[0]
	}
	head, _ := b.Peek(32 << 10)
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		head = head[:i]
	}
	count := map[rune]int{}
	quoted := false
	for _, r := range string(head) {
		switch r {
		case '"':
			quoted = !quoted
		case ',', ';', '\t', '|':
			if !quoted {
				count[r]++
			}
		}
	}
	best := ','
	for _, r := range []rune{';', '\t', '|'} {
		if count[r] > count[best] {
			best = r
		}
	}
	return best
}

func (t *text) next() ([]string, int64, error) {
	t.budget.left = maxRowBytes
	f, err := t.r.Read()
	var p *csv.ParseError
	switch {
	case errors.Is(err, errRowTooLong):
		return nil, 0, errs.New(errs.Invalid, "import.row_too_long", "row", itoa(t.last+1))
	case errors.As(err, &p):
		t.last = int64(p.Line)
		return nil, 0, &badRow{int64(p.StartLine), "import.bad_quotes"}
	case err != nil:
		return nil, 0, err
	case len(f) > maxColumns:
		return nil, 0, errs.New(errs.Invalid, "import.too_many_columns", "row", itoa(t.last+1))
	}
	line, _ := t.r.FieldPos(0)
	t.last = int64(line)
	return f, t.last, nil
}

func (t *text) close() error { return t.c.Close() }

// budget stops a row that never ends before it fills the memory.
type budget struct {
	r     io.Reader
	left  int
	total int64
}

var (
	errRowTooLong  = errors.New("row too long")
	errFileTooLong = errors.New("file too long")
)

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errRowTooLong
	}
	if b.total > maxFileBytes {
		return 0, errFileTooLong
	}
	n, err := b.r.Read(p[:min(len(p), 4096)])
	b.left -= n
	b.total += int64(n)
	return n, err
}
