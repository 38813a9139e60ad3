package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/errs"
	"saluran/internal/identity"
	"saluran/internal/partner"
)

// TestExportAtOneCutOff: the command writes the same bytes again, whatever was sealed since, and refuses what lies ahead.
func TestExportAtOneCutOff(t *testing.T) {
	dir := t.TempDir()
	url := "sqlite:" + filepath.Join(dir, "books.db")
	open := func() *app.App {
		a, err := app.Open(t.Context(), app.Config{DB: url, Log: slog.New(slog.DiscardHandler), NoWorkers: true})
		require.NoError(t, err)
		return a
	}
	a := open()
	org, err := a.Setup(t.Context(), "Operator", partner.NewOrg{Code: "KOPI", Kind: "producer", Name: "Kopi"},
		identity.NewPerson{Email: "o@kopi.example", Name: "O", Password: "kata-sandi-panjang", Lang: "en", Role: "owner"})
	require.NoError(t, err)
	first, err := a.Seals.Now(t.Context(), org.ID)
	require.NoError(t, err)
	require.Positive(t, first.ToSeq)
	require.NoError(t, a.Close())
	write := func(name, report, cutoff string) (string, error) {
		out := filepath.Join(dir, name)
		err := exportCmd{command: command{DB: url, Log: "error"}, Report: report, Org: "KOPI", Lang: "en", CutOff: cutoff, Out: out}.Run(t.Context())
		b, _ := os.ReadFile(out)
		return string(b), err
	}
	before := map[string]string{}
	for _, report := range []string{"payment-sheet", "receivables", "audit", "stock"} {
		before[report], err = write("before.xlsx", report, "1")
		require.NoError(t, err)
	}
	a = open()
	_, err = a.Seals.Now(t.Context(), org.ID)
	require.NoError(t, err)
	require.NoError(t, a.Close())
	for report, was := range before {
		again, err := write("after.xlsx", report, "1")
		require.NoError(t, err)
		require.True(t, was == again, report)
	}
	for words, code := range map[string]string{"1000000": "report.cutoff_future", "2999-01-01": "report.cutoff_ahead", "soon": "report.cutoff_unreadable", "1990-01-01": "report.cutoff_before"} {
		_, err := write("no.xlsx", "stock", words)
		require.Equal(t, code, errs.CodeOf(err), words)
	}
	require.NoFileExists(t, filepath.Join(dir, "no.xlsx"))
}

// TestWhereNoWorkbookCanBeWritten: it is said before anything is read, of the file that was named.
func TestWhereNoWorkbookCanBeWritten(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, out := range []string{filepath.Join(dir, "absent", "x.xlsx"), dir, filepath.Join(file, "x.xlsx")} {
		err := exportCmd{command: command{DB: "sqlite:" + filepath.Join(dir, "none.db"), Log: "error"}, Report: "stock", Org: "KOPI", Lang: "en", Out: out}.Run(t.Context())
		require.ErrorContains(t, err, "-o "+out, "there is no database either: that is not looked for")
		require.NotContains(t, err.Error(), ".saluran-")
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1)
}
