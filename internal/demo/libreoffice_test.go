package demo

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"saluran/internal/app"
	"saluran/internal/clock"
	"saluran/internal/db/dbtest"
	"saluran/internal/excel"
	"saluran/internal/qty"
	"saluran/internal/report"
)

// recalculate tells LibreOffice not to believe the values that a workbook gives with its formulas.
const recalculate = `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>`

// TestLibreOfficeOpensEveryReport exports every report of real trade, lets LibreOffice open the workbooks and work their formulas out
// anew, and holds what it read against what was written: every row, and every total against the sum of the rows above it.
func TestLibreOfficeOpensEveryReport(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not installed (Debian: libreoffice-calc-nogui): its reading of our workbooks is not checked")
	}
	url := dbtest.URL(t)
	_, err = LoadWith(t.Context(), url, today, Options{Days: 21}, t.Logf)
	require.NoError(t, err)
	a := opened(t, url)
	dir := t.TempDir()
	var files []string
	totals := 0
	for _, name := range report.Names() {
		if strings.HasPrefix(name, "shared") {
			continue
		}
		for _, code := range []string{producer, "MNT"} { // who sells, and who buys and sells
			file := filepath.Join(dir, name+"-"+code+".xlsx")
			require.NoError(t, os.WriteFile(file, printed(t, a, name, code), 0o600))
			files = append(files, file)
		}
	}
	profile := filepath.Join(dir, "profile", "user")
	require.NoError(t, os.MkdirAll(profile, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(profile, "registrymodifications.xcu"), []byte(recalculate), 0o600))
	args := append([]string{"--headless", "-env:UserInstallation=file://" + dir + "/profile", "--convert-to",
		`csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1`, "--outdir", dir}, files...)
	out, err := exec.Command(office, args...).CombinedOutput()
	require.NoError(t, err, string(out))
	for _, file := range files {
		totals += agree(t, file)
	}
	require.Greater(t, totals, 60)
	t.Logf("%d workbooks, %d totals", len(files), totals)
}

// printed is a report of an organisation, over all that it did.
func printed(t *testing.T, a *app.App, name, code string) []byte {
	t.Helper()
	var buf bytes.Buffer
	org, err := a.Partner.Resolve(t.Context(), code)
	require.NoError(t, err)
	_, err = a.Report.Print(t.Context(), report.Ask{Report: name, Org: org.ID, From: clock.Date("2020-01-01"), To: today, Lang: "en"}, &buf, nil)
	require.NoError(t, err, name)
	return buf.Bytes()
}

var sum = regexp.MustCompile(`^SUM\((?:'([^']+)'!)?(?:([A-Z]+)(\d+):([A-Z]+)(\d+)|0)\)$`)

// agree holds a workbook against what LibreOffice made of it. Formulas stand in totals alone.
func agree(t *testing.T, file string) (totals int) {
	t.Helper()
	f, err := excelize.OpenFile(file)
	require.NoError(t, err)
	defer f.Close()
	for _, sheet := range f.GetSheetList() {
		ours := raw(t, f, sheet)
		theirs := read(t, strings.TrimSuffix(file, ".xlsx")+"-"+sheet+".csv")
		require.Len(t, theirs, len(ours), "rows of %s in %s", sheet, file)
		for i, row := range ours {
			for j, cell := range row {
				at, err := excelize.CoordinatesToCellName(j+1, i+1)
				require.NoError(t, err)
				formula, err := f.GetCellFormula(sheet, at)
				require.NoError(t, err)
				kind, err := f.GetCellType(sheet, at)
				require.NoError(t, err)
				where := fmt.Sprintf("%s, %s, %s", filepath.Base(file), sheet, at)
				switch {
				case formula != "":
					totals++
					require.Contains(t, strings.ToLower(row[0]), "total", where)
					want := summed(t, f, sheet, formula, where)
					require.Equal(t, want, exact(t, cell, where), "the value that goes with %s of %s", formula, where)
					require.Equal(t, want, exact(t, theirs[i][j], where), "what LibreOffice makes of %s of %s", formula, where)
				case kind == excelize.CellTypeInlineString || kind == excelize.CellTypeSharedString:
					require.Equal(t, cell, theirs[i][j], where)
				}
			}
		}
	}
	return totals
}

func raw(t *testing.T, f *excelize.File, sheet string) [][]string {
	t.Helper()
	rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	return rows
}

// summed adds the cells of a SUM up by itself, in millionths.
func summed(t *testing.T, f *excelize.File, sheet, formula, where string) (n int64) {
	t.Helper()
	m := sum.FindStringSubmatch(formula)
	require.NotNil(t, m, "%s is %s, which is no sum", where, formula)
	if m[2] == "" {
		return 0
	}
	require.Equal(t, m[2], m[4], where)
	col, first, err := excelize.CellNameToCoordinates(m[2] + m[3])
	require.NoError(t, err)
	_, last, err := excelize.CellNameToCoordinates(m[4] + m[5])
	require.NoError(t, err)
	for _, row := range raw(t, f, cmp.Or(m[1], sheet))[first-1 : last] {
		if len(row) >= col && row[col-1] != "" && !strings.EqualFold(row[0], "total") {
			n += exact(t, row[col-1], where)
		}
	}
	return n
}

func exact(t *testing.T, cell, where string) int64 {
	t.Helper()
	n, err := qty.Decimal(excel.Plain(cell), 6)
	require.NoError(t, err, "%s: %q", where, cell)
	return n
}

func read(t *testing.T, file string) [][]string {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	r := csv.NewReader(bytes.NewReader(b))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	require.NoError(t, err)
	return rows
}
