package excel

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// formulas are texts that a program may take for a formula or a command: they are somebody's names and notes.
var formulas = []string{`=1+1`, `=HYPERLINK("http://x.example","y")`, `=cmd|' /C calc'!A0`, `+62811`, `+1+1`, `-1+1`, `-2`, `@SUM(1;1)`, "\t=1+1", "\r=1+1", " =1+1", "＝1+1"}

// TestFormulasStayText: whatever text begins with, another program opens the workbook and sees text: no formula, and nothing that
// becomes one when its cell is edited.
func TestFormulasStayText(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not installed (Debian: libreoffice-calc-nogui): its reading of our workbooks is not checked")
	}
	var out bytes.Buffer
	w := NewWriter(&out)
	s := w.Table("=names", []Column{{"=1+1", 20}, {"@code", 20}, {"note", 20}}, Hint{Rows: int64(len(formulas))})
	for _, v := range formulas {
		s.Text(v)
		s.Code(v + " code")
		s.Note(v + " note")
		s.EndRow()
	}
	s.Close()
	require.NoError(t, w.Close())
	dir := t.TempDir()
	file := filepath.Join(dir, "formulas.xlsx")
	require.NoError(t, os.WriteFile(file, out.Bytes(), 0o600))
	said, err := exec.Command(soffice, "--headless", "-env:UserInstallation=file://"+dir+"/profile", "--convert-to", "fods", "--outdir", dir, file).CombinedOutput()
	require.NoError(t, err, "%s", said)
	seen, err := os.ReadFile(filepath.Join(dir, "formulas.fods"))
	require.NoError(t, err)
	require.NotContains(t, string(seen), "table:formula", "a text has become a formula")
	_, rows, ok := strings.Cut(string(seen), "<table:table-row")
	require.True(t, ok)
	for _, v := range []string{"=1+1", "=HYPERLINK(", "=cmd|", "+62811", "+1+1", "-1+1", "-2", "@SUM(1;1)"} {
		require.GreaterOrEqual(t, strings.Count(rows, v), 3, "%s stands three times, as text", v)
	}
	require.NotContains(t, rows, `office:value-type="float"`, "a text has become a number")
	require.GreaterOrEqual(t, strings.Count(rows, `office:value-type="string"`), 3*len(formulas))
}
