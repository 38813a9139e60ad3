package excel

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"

	"saluran/internal/errs"
)

// Limits guard the reading of workbooks that people send.
type Limits struct {
	File     int64 // bytes of the file
	Unzipped int64 // bytes of all its parts, as they really unpack
	Memory   int64 // bytes of all parts that are held in memory: long worksheets and shared strings are not
	Ratio    int64 // unpacked bytes for each packed one, beyond a first MiB
	Parts    int   // number of parts
	Columns  int   // columns of a row
}

// Usual are the limits of imports: a million rows of ten columns pass.
var Usual = Limits{File: 128 << 20, Unzipped: 2 << 30, Memory: 48 << 20, Ratio: 150, Parts: 2000, Columns: 1024}

// inMemory is up to where excelize keeps a worksheet in memory; longer ones go to a temporary file.
const inMemory = 8 << 20

// Book is a workbook that is being read.
type Book struct {
	f      *excelize.File
	limits Limits
	temp   string
}

// Open opens a workbook file. It answers Invalid "excel.not_workbook" (no XLSX, damaged, or protected by a password),
// TooLarge "excel.too_large" (limit: bytes) and Invalid "excel.bomb" (it unpacks to far more than any workbook does). What the file
// says of its own sizes is not believed: every part is unpacked and counted before excelize sees it.
func Open(path string, l Limits) (*Book, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st.Size() > l.File {
		return nil, tooLarge(l.File)
	}
	if err := inspect(f, st.Size(), l); err != nil {
		return nil, err
	}
	x, err := openExcelize(path, l)
	if err != nil {
		return nil, errs.Wrap(errs.Invalid, "excel.not_workbook", err)
	}
	if len(x.GetSheetList()) == 0 {
		x.Close()
		return nil, errs.New(errs.Invalid, "excel.not_workbook")
	}
	return &Book{f: x, limits: l}, nil
}

// OpenReader is Open for a stream: it is kept in a temporary file until the book is closed.
func OpenReader(r io.Reader, l Limits) (*Book, error) {
	t, err := os.CreateTemp("", "saluran-*.xlsx")
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(t, io.LimitReader(r, l.File+1))
	if cerr := t.Close(); err == nil {
		err = cerr
	}
	if err == nil && n > l.File {
		err = tooLarge(l.File)
	}
	var b *Book
	if err == nil {
		b, err = Open(t.Name(), l)
	}
	if err != nil {
		os.Remove(t.Name())
		return nil, err
	}
	b.temp = t.Name()
	return b, nil
}

func tooLarge(limit int64) error {
	return errs.New(errs.TooLarge, "excel.too_large", "limit", fmt.Sprintf("%d MB", limit>>20))
}

func openExcelize(path string, l Limits) (f *excelize.File, err error) {
	defer notPanic(&err)
	return excelize.OpenFile(path, excelize.Options{RawCellValue: true, UnzipSizeLimit: l.Unzipped, UnzipXMLSizeLimit: min(inMemory, l.Unzipped)})
}

// notPanic turns a panic of the library over a malformed file into an error.
func notPanic(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("reading the workbook failed: %v", p)
	}
}

// inspect unpacks every part into nothing and counts.
func inspect(r io.ReaderAt, size int64, l Limits) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return errs.Wrap(errs.Invalid, "excel.not_workbook", err)
	}
	z.RegisterDecompressor(zip.Deflate, flate.NewReader)
	if len(z.File) > l.Parts {
		return errs.New(errs.Invalid, "excel.bomb")
	}
	allowed := min(l.Unzipped, 1<<20+size*l.Ratio)
	seen := map[string]bool{}
	held := l.Memory
	for _, f := range z.File {
		name := strings.ToLower(f.Name)
		if seen[name] { // two parts of one name: readers disagree on which counts
			return errs.New(errs.Invalid, "excel.not_workbook")
		}
		seen[name] = true
		n, err := measure(f, allowed, l.Columns)
		if err != nil {
			return err
		}
		if n <= inMemory || !onDisk(name) {
			held -= n
		}
		if held < 0 {
			return errs.New(errs.Invalid, "excel.bomb")
		}
		allowed -= n
	}
	if !seen["xl/workbook.xml"] && !hasWorkbook(seen) {
		return errs.New(errs.Invalid, "excel.not_workbook")
	}
	return nil
}

// onDisk tells whether excelize unpacks a long part of this name to a temporary file.
func onDisk(name string) bool {
	return strings.HasPrefix(name, "xl/worksheets/sheet") || name == "xl/sharedstrings.xml"
}

func hasWorkbook(parts map[string]bool) bool {
	for p := range parts {
		if strings.HasPrefix(p, "xl/") && strings.HasSuffix(p, "workbook.xml") || strings.HasSuffix(p, "/workbook.xml") {
			return true
		}
	}
	return parts["workbook.xml"]
}

// measure is how many bytes a part really unpacks to; beyond allowed it is a bomb.
func measure(f *zip.File, allowed int64, columns int) (int64, error) {
	if f.Flags&1 != 0 {
		return 0, errs.New(errs.Invalid, "excel.not_workbook")
	}
	r, err := f.Open()
	if err != nil {
		return 0, errs.Wrap(errs.Invalid, "excel.not_workbook", err)
	}
	defer r.Close()
	sc := &scanner{columns: columns}
	n, err := io.Copy(sc, io.LimitReader(r, allowed+1))
	if n > allowed || errors.Is(err, errBomb) {
		return n, errs.New(errs.Invalid, "excel.bomb")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, errs.Wrap(errs.Invalid, "excel.not_workbook", err)
	}
	return n, nil
}

// Sheets are the names of the worksheets, in order.
func (b *Book) Sheets() []string { return b.f.GetSheetList() }

// Close frees what the book holds, temporary files included.
func (b *Book) Close() error {
	err := b.f.Close()
	if b.temp != "" {
		os.Remove(b.temp)
	}
	return err
}
