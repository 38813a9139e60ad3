package excel

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"

	"saluran/internal/egress"
)

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// Level is the deflate level of every workbook: half the time of level 6 for some five per cent of size.
const Level = 5

// bufferSize is how much XML a sheet gathers before it is deflated; a sheet that fits into it gets its exact dimension
// without being announced.
const bufferSize = 256 << 10

// Writer streams a workbook. Sheets are written one after the other; Close writes what holds them together. The bytes depend
// on what is written alone: no clock, no names of programs or people. The first error stays and is returned by Close.
type Writer struct {
	zip     *zip.Writer
	parts   []*part
	buf     []byte
	maxRows int64
	err     error
	open    *Sheet
	// deflating is at work while a sheet is longer than a buffer.
	deflating *deflater
}

// part is one worksheet of the file; a Sheet that is too long has several.
type part struct {
	name   string
	filter string // the range of the autofilter; "" for none
	repeat bool   // the header is printed on each page
}

// NewWriter begins a workbook on w, which it never seeks.
func NewWriter(w io.Writer) *Writer {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(o io.Writer) (io.WriteCloser, error) { return flate.NewWriter(o, Level) })
	b := &Writer{zip: z, buf: make([]byte, 0, bufferSize+8192), maxRows: MaxRows}
	b.entry("[Content_Types].xml", contentTypes)
	b.entry("_rels/.rels", rootRels)
	b.entry("xl/styles.xml", stylesXML)
	return b
}

// Everything that is not named here is a worksheet, so that this part can stand first, where type sniffers look for it.
const contentTypes = xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
	`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
	`<Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>` +
	`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
	`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`

const rootRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
	`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`

func (b *Writer) fail(err error) {
	if b.err == nil && err != nil {
		b.err = fmt.Errorf("write workbook: %w", err)
	}
}

// create opens an entry with a fixed time: 1980-01-01, the first that the format knows.
func (b *Writer) create(name string) io.Writer {
	if b.err != nil {
		return io.Discard
	}
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, ModifiedDate: 1<<5 | 1})
	if err != nil {
		b.fail(err)
		return io.Discard
	}
	return w
}

func (b *Writer) entry(name, content string) {
	_, err := io.WriteString(b.create(name), content)
	b.fail(err)
}

// show has a watcher see what is about to be deflated.
func (b *Writer) show(sheet string) { egress.Out(egress.Workbook, sheet, b.buf) }

// Close ends the workbook. It does not close the writer below.
func (b *Writer) Close() error {
	b.Abort()
	if b.open != nil {
		b.fail(errors.New("a sheet is still open"))
	}
	if len(b.parts) == 0 {
		b.fail(errors.New("a workbook needs a sheet"))
	}
	var wb, rels strings.Builder
	wb.WriteString(xmlHead + `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>`)
	rels.WriteString(xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	for i, p := range b.parts {
		n := i + 1
		fmt.Fprintf(&wb, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, appendXML(nil, p.name), n, n)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, n, n)
	}
	fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`, len(b.parts)+1)
	wb.WriteString(`</sheets>` + b.definedNames() + `</workbook>`)
	b.entry("xl/workbook.xml", wb.String())
	b.entry("xl/_rels/workbook.xml.rels", rels.String())
	if b.err == nil {
		b.fail(b.zip.Close())
	}
	return b.err
}

// definedNames are what Excel itself writes beside an autofilter and a repeated header.
func (b *Writer) definedNames() string {
	var s strings.Builder
	for i, p := range b.parts {
		if p.filter != "" {
			fmt.Fprintf(&s, `<definedName name="_xlnm._FilterDatabase" localSheetId="%d" hidden="1">%s!%s</definedName>`, i, appendXML(nil, quoted(p.name)), p.filter)
		}
	}
	for i, p := range b.parts {
		if p.repeat {
			fmt.Fprintf(&s, `<definedName name="_xlnm.Print_Titles" localSheetId="%d">%s!$1:$1</definedName>`, i, appendXML(nil, quoted(p.name)))
		}
	}
	if s.Len() == 0 {
		return ""
	}
	return `<definedNames>` + s.String() + `</definedNames>`
}

// quoted is a sheet's name as formulas write it.
func quoted(name string) string { return "'" + strings.ReplaceAll(name, "'", "''") + "'" }

// sheetName makes a name that Excel accepts and that no part has yet; n > 1 marks a continuation.
func (b *Writer) sheetName(want string, n int) string {
	clean := strings.Trim(strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`[]:*?/\`, r) {
			return ' '
		}
		return r
	}, want), " '")
	if clean == "" {
		clean = "Sheet"
	}
	for ; ; n++ {
		suffix := ""
		if n > 1 {
			suffix = fmt.Sprintf(" (%d)", n)
		}
		r := []rune(clean)
		name := string(r[:min(len(r), 31-len(suffix))]) + suffix
		taken := false
		for _, p := range b.parts {
			taken = taken || strings.EqualFold(p.name, name)
		}
		if !taken {
			return name
		}
	}
}

// columnName is A, B, …, Z, AA, … for 0, 1, ….
func columnName(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}
