package excel

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"saluran/internal/errs"
)

func readAll(b []byte, l Limits) (rows [][]string, err error) {
	book, err := OpenReader(bytes.NewReader(b), l)
	if err != nil {
		return nil, err
	}
	defer book.Close()
	r, err := book.Rows("")
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for r.Next() {
		rows = append(rows, append([]string(nil), r.Cells()...))
	}
	return rows, r.Err()
}

func TestReadsWhatExcelizeAndWeWrite(t *testing.T) {
	rows, err := readAll(sample(t, 50, 0, Hint{}), Usual)
	if err != nil || len(rows) != 52 || rows[1][0] != "00000" || rows[1][1] != "=1+1" {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	var b bytes.Buffer
	f := excelize.NewFile()
	f.SetSheetRow("Sheet1", "A1", &[]any{"code", "qty"})
	f.SetSheetRow("Sheet1", "A3", &[]any{"007", 41.2333})
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	rows, err = readAll(b.Bytes(), Usual)
	if err != nil || len(rows) != 3 || len(rows[1]) != 0 || rows[2][0] != "007" || Plain(rows[2][1]) != "41.2333" {
		t.Fatalf("%q, %v", rows, err)
	}
}

// forge makes a zip of parts, each content repeated.
func forge(t testing.TB, parts map[string]string, times int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"} {
		c, ok := parts[name]
		if !ok {
			continue
		}
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		n := 1
		if name == "xl/worksheets/sheet1.xml" {
			n = times
		}
		for range n {
			w.Write([]byte(c))
		}
	}
	z.Close()
	return b.Bytes()
}

func TestBombsAreRefused(t *testing.T) {
	wb := `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets><sheet name="a" sheetId="1"/></sheets></workbook>`
	small := Usual
	small.File, small.Unzipped = 1<<20, 64<<20
	zeros := strings.Repeat("\x00", 1<<20)
	text := "<row>" + strings.Repeat("<c><v>1</v></c>", 1<<14)
	cells := strings.Repeat("<c/>", 1<<18)
	for name, c := range map[string]struct {
		body string
		n    int
		code string
	}{"unpacks beyond the limit": {zeros, 100, "excel.bomb"}, "ratio": {strings.Repeat("<row/>", 1<<17), 60, "excel.bomb"}, "a text without end": {zeros, 3, "excel.bomb"},
		"a row without end": {cells, 1, "excel.bomb"}, "cells without end": {text, 12, "excel.bomb"}} {
		_, err := readAll(forge(t, map[string]string{"xl/workbook.xml": wb, "xl/worksheets/sheet1.xml": c.body}, c.n), small)
		if errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	lie := forge(t, map[string]string{"xl/workbook.xml": wb, "xl/worksheets/sheet1.xml": zeros}, 8)
	if i := bytes.LastIndex(lie, []byte("PK\x01\x02")); i > 0 { // the directory claims 10 bytes
		copy(lie[i+24:], []byte{10, 0, 0, 0})
	}
	if _, err := readAll(lie, small); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a header that lies: %v", err)
	}
	if _, err := readAll(make([]byte, 2<<20), small); errs.CodeOf(err) != "excel.too_large" {
		t.Errorf("too large: %v", err)
	}
}

func TestWhatIsNoWorkbook(t *testing.T) {
	for name, b := range map[string][]byte{"empty": nil, "text": []byte("code,name\n"), "zip of something else": forge(t, map[string]string{"_rels/.rels": "x"}, 1),
		"half a book": sample(t, 10, 0, Hint{})[:900], "old format": []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more")} {
		if _, err := readAll(b, Usual); errs.CodeOf(err) != "excel.not_workbook" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARowNumberOutOfThisWorld(t *testing.T) {
	b := forge(t, map[string]string{"[Content_Types].xml": contentTypes, "_rels/.rels": rootRels,
		"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="2000000000"><c r="A2000000000"><v>1</v></c></row></sheetData></worksheet>`}, 1)
	if _, err := readAll(b, Usual); errs.CodeOf(err) != "excel.damaged" {
		t.Fatal(err)
	}
}

func TestTemplateCarriesItsLists(t *testing.T) {
	long := []string{"=cmd", "pcs"}
	for range 60 {
		long = append(long, "a rather long unit of measure")
	}
	tpl := Template{Sheet: "Products", Columns: []Field{{Header: "sku", Must: true, Code: true, Note: "your own code"}, {Header: "unit", Choice: long}},
		Rows: [][]string{{"007", "pcs"}}, HelpTab: "Help", Help: [][2]string{{"sku", "digits stay as they are"}}}
	var a, b bytes.Buffer
	if err := tpl.Write(&a); err != nil {
		t.Fatal(err)
	}
	if tpl.Write(&b); !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same template gave other bytes")
	}
	path := filepath.Join(t.TempDir(), "t.xlsx")
	os.WriteFile(path, a.Bytes(), 0o600)
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dv, _ := f.GetDataValidations("Products")
	if len(dv) != 1 || dv[0].Sqref != "B2:B1001" || !strings.Contains(dv[0].Formula1, "_lists!$A$1:$A$62") {
		t.Fatalf("validation %+v", dv)
	}
	book, err := Open(path, Usual)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	r, err := book.Rows("Products")
	if err != nil || !r.Next() || !r.Next() || r.Cells()[0] != "007" || r.Line() != 2 {
		t.Fatalf("rows: %v %v", r, err)
	}
}

func FuzzOpen(f *testing.F) {
	var t testing.T
	f.Add(sample(&t, 3, 0, Hint{}))
	f.Add([]byte("PK\x03\x04"))
	f.Add(forge(f, map[string]string{"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": "<row><c t=\"s\"><v>9</v></c></row>"}, 2))
	l := Limits{File: 1 << 20, Unzipped: 4 << 20, Memory: 4 << 20, Ratio: 50, Parts: 50, Columns: 64}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := readAll(b, l); err != nil && errs.KindOf(err) == errs.Internal {
			t.Fatalf("not one of our errors: %v", err)
		}
	})
}
