package excel

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"saluran/internal/clock"
	"saluran/internal/money"
)

var (
	usd = money.Currencies["USD"]
	idr = money.Currencies["IDR"]
	// nasty is text that breaks writers: formulas, markup, control characters, blanks, other scripts, broken UTF-8.
	nasty = []string{"=1+1", "+62811", "-5", "@SUM(A1)", "\t=1", "a&b<c>\"d\"'e", "bell\x07", "_x0041_ literal", " edge ", "two  blanks",
		"line\nbreak", "cr\rhere", "toko kopi ☕ – Makassar", "007", "1e5", "TRUE", "x\xffy", "日本"}
)

// sample writes a book of one table and a page that adds it up.
func sample(t *testing.T, rows int, maxRows int64, h Hint) []byte {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out)
	if maxRows > 0 {
		w.maxRows = maxRows
	}
	s := w.Table("Payment's sheet: all", []Column{{"code", 12}, {"name", 30}, {"date", 12}, {"quantity", 10}, {"amount", 16}}, h)
	var sum, qty int64
	for i := range rows {
		s.Code(fmt.Sprintf("%05d", i))
		s.Text(nasty[i%len(nasty)])
		s.Date(clock.Date("2022-09-01").AddDays(i % 400))
		s.Decimal(int64(i)*1000+int64(i%2)*500, 3)
		s.Money(money.Minor(i*101-50), usd)
		sum += int64(i*101 - 50)
		qty += int64(i)*1000 + int64(i%2)*500
		s.EndRow()
	}
	s.Totals("Total", Total{3, qty, 3}, Total{4, sum, 2})
	s.Close()
	p := w.Page("Notes", []Column{{"", 20}, {"", 40}})
	p.Head("rows")
	p.Int(int64(rows))
	p.EndRow()
	p.Text("amount")
	p.MoneyFormula(s.Sum(4), money.Minor(sum), usd)
	p.EndRow()
	p.EndRow()
	p.Text("rupiah")
	p.Money(123456700, idr)
	p.EndRow()
	p.Close()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestCellsReadBack(t *testing.T) {
	b := sample(t, 200, 0, Hint{})
	if !bytes.Equal(b, sample(t, 200, 0, Hint{})) {
		t.Fatal("the same rows gave other bytes")
	}
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name := "Payment's sheet  all"
	rows, err := f.GetRows(name, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err, f.GetSheetList())
	}
	if len(rows) != 202 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, want := range nasty {
		got := rows[i+1]
		want = strings.ReplaceAll(want, "\xff", "�")
		if got[0] != fmt.Sprintf("%05d", i) || got[1] != want {
			t.Errorf("row %d: %q, want %q", i, got, want)
		}
		cell := fmt.Sprintf("B%d", i+2)
		if f, _ := f.GetCellFormula(name, cell); f != "" {
			t.Errorf("%s is a formula: %q", cell, f)
		}
	}
	if rows[1][2] != "44805" || rows[2][3] != "1.5" || rows[2][4] != "0.51" || rows[1][4] != "-0.5" {
		t.Errorf("typed cells: %q %q", rows[1], rows[2])
	}
	if v, _ := f.GetCellValue(name, "C2"); v != "2022-09-01" {
		t.Errorf("date shows %q", v)
	}
	if v, _ := f.GetCellValue(name, "E12"); v != "9.60" {
		t.Errorf("money shows %q", v)
	}
	if got, _ := f.GetCellFormula(name, "E202"); got != "SUM(E2:E201)" {
		t.Errorf("total formula %q", got)
	}
	if v, err := f.CalcCellValue(name, "E202", excelize.Options{RawCellValue: true}); err != nil || v != rows[201][4] {
		t.Errorf("the formula comes to %s, the stored value is %s (%v)", v, rows[201][4], err)
	}
	if v, err := f.CalcCellValue("Notes", "B2", excelize.Options{RawCellValue: true}); err != nil || v != rows[201][4] {
		t.Errorf("the notes' formula comes to %s (%v)", v, err)
	}
	if v, _ := f.GetCellValue("Notes", "B4"); v != "1,234,567" {
		t.Errorf("rupiah show %q", v)
	}
	if p, _ := f.GetPanes(name); !p.Freeze || p.YSplit != 1 {
		t.Errorf("panes %+v", p)
	}
	if d, _ := f.GetSheetDimension(name); d != "A1:E202" {
		t.Errorf("dimension %q", d)
	}
}

func TestALongTableGoesOnInTheNextSheet(t *testing.T) {
	b := sample(t, 25, 12, Hint{Rows: 25, Total: true})
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := f.GetSheetList()
	if len(n) != 4 || n[2] != "Payment's sheet  all (3)" || n[3] != "Notes" {
		t.Fatalf("sheets %q", n)
	}
	for i, want := range []string{"A1:E11", "A1:E11", "A1:E7"} {
		if d, _ := f.GetSheetDimension(n[i]); d != want {
			t.Errorf("dimension of %s: %s, want %s", n[i], d, want)
		}
		if h, _ := f.GetCellValue(n[i], "A1"); h != "code" {
			t.Errorf("header of %s: %q", n[i], h)
		}
	}
	if v, err := f.CalcCellValue(n[2], "E7", excelize.Options{RawCellValue: true}); err != nil || v != "290.5" {
		t.Errorf("the total comes to %s (%v)", v, err)
	}
}

// A long sheet is deflated beside the writing; what fails below shows at the end, and giving up leaves nobody behind.
func TestLongSheets(t *testing.T) {
	b := sample(t, 40_000, 0, Hint{Rows: 40_000, Total: true})
	if !bytes.Equal(b, sample(t, 40_000, 0, Hint{Rows: 40_000, Total: true})) {
		t.Error("the same rows gave other bytes")
	}
	rows, err := readAll(b, Usual)
	if err != nil || len(rows) != 40_002 || rows[40_000][0] != "39999" {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	w := NewWriter(&failing{left: 2000})
	s := w.Table("x", []Column{{"a", 9}}, Hint{})
	for i := range 100_000 {
		s.Int(int64(i) * 7919 * 7919)
		s.EndRow()
	}
	s.Close()
	if err := w.Close(); err == nil {
		t.Error("the disk was full and nobody said so")
	}
	w = NewWriter(&bytes.Buffer{})
	s = w.Table("x", []Column{{"a", 9}}, Hint{})
	for range 50_000 {
		s.Int(1)
		s.EndRow()
	}
	w.Abort()
	w.Abort()
}

type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, os.ErrClosed
	}
	return len(p), nil
}

func TestAWrongAnnouncementFails(t *testing.T) {
	w := NewWriter(&bytes.Buffer{})
	s := w.Table("x", []Column{{"a", 9}}, Hint{Rows: 2})
	s.Int(1)
	s.EndRow()
	s.Close()
	if err := w.Close(); err == nil {
		t.Fatal("one row for two was accepted")
	}
}

func TestNumbersAndDates(t *testing.T) {
	for _, c := range []struct {
		v     int64
		scale int
		want  string
	}{{0, 3, "0"}, {1500, 3, "1.5"}, {-5, 3, "-0.005"}, {-9223372036854775808, 2, "-92233720368547758.08"}, {100, 2, "1"}, {7, 0, "7"}} {
		if got := string(appendDecimal(nil, c.v, c.scale)); got != c.want {
			t.Errorf("%d e-%d: %s, want %s", c.v, c.scale, got, c.want)
		}
	}
	for d, want := range map[string]int64{"2022-09-01": 44805, "2024-02-29": 45351, "1900-03-01": 61, "9999-12-31": 2958465} {
		if n, ok := daysOf(d); !ok || n != want {
			t.Errorf("%s: %d", d, n)
		}
		if back, ok := DateOf(fmt.Sprint(want)); !ok || string(back) != d {
			t.Errorf("%d: %s", want, back)
		}
	}
	for raw, want := range map[string]string{"41.233299999999998": "41.2333", "1.2E-3": "0.0012", "100": "100", "12.50": "12.50", "00123": "00123", "abc.e": "abc.e", "0.1": "0.1", "1E+20": "1E+20"} {
		if got := Plain(raw); got != want {
			t.Errorf("Plain(%q) = %q, want %q", raw, got, want)
		}
	}
	if CSV("=1") != "'=1" || CSV("a=1") != "a=1" {
		t.Error("CSV prefix")
	}
}

// LibreOffice is the second opinion: it opens the book and writes it back as CSV, formulas and texts as it understands them.
func TestLibreOfficeReadsIt(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not installed (Debian: libreoffice-calc-nogui): its reading of our workbooks is not checked")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "sample.xlsx")
	if err := os.WriteFile(file, sample(t, 3000, 0, Hint{Rows: 3000, Total: true}), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(soffice, "--headless", "-env:UserInstallation=file://"+dir+"/profile", "--convert-to",
		`csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1`, "--outdir", dir, file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("LibreOffice: %v: %s", err, out)
	}
	found, _ := filepath.Glob(filepath.Join(dir, "*.csv"))
	var all strings.Builder
	for _, f := range found {
		b, _ := os.ReadFile(f)
		all.WriteString(strings.ReplaceAll(string(b), `"`, ""))
	}
	for _, want := range []string{"00000,=1+1,2022-09-01,0,-0.5", "00001,+62811,2022-09-02,1.5,0.51", "Total,,,4499250,4541985", "amount,4541985", "bell"} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("%q is missing in what LibreOffice read: %.300s … %s", want, all.String(), all.String()[max(0, all.Len()-200):])
		}
	}
}
