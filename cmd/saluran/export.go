package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/report"
)

type exportCmd struct {
	command
	Report   string `arg:"" help:"Which workbook: ${reports}."`
	Org      string `required:"" placeholder:"CODE|ID|NAME" help:"Whose books. A name that several bear is refused with their codes; KIND/CODE tells equal codes apart."`
	From     string `placeholder:"YYYY-MM-DD" help:"First day, included; the beginning when left out."`
	To       string `placeholder:"YYYY-MM-DD" help:"Last day, included; no end when left out."`
	Out      string `name:"out" short:"o" required:"" placeholder:"FILE.xlsx" help:"The file to write."`
	Lang     string `enum:"en,id" default:"en" help:"Language of headers and notes: ${enum}."`
	Currency string `help:"Needed where the period has several."`
	CutOff   string `name:"cutoff" aliases:"cut-off" placeholder:"NUMBER|DAY|MOMENT" help:"As of when to look: a number of the ledger, a day (cut at its end) or a moment that is past, in the organisation's zone; now when left out. The same cut-off gives the same bytes."`
}

func (exportCmd) Help() string {
	return "Writes a workbook with its notes: cut-off, filter, row count, totals and the SHA-256 of the rows' text.\n\nExample:\n  saluran export payment-sheet --org D-01 --from 2026-01-01 --to 2026-01-31 -o payments.xlsx"
}

func (c exportCmd) Run(ctx context.Context) (err error) {
	ask := report.Ask{Report: c.Report, From: clock.Date(c.From), To: clock.Date(c.To), Lang: c.Lang, Currency: c.Currency}
	if err := ask.Check(); err != nil {
		return err
	}
	if err := c.place(); err != nil {
		return err
	}
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	org, err := a.Partner.Resolve(ctx, c.Org)
	if err != nil {
		return err
	}
	ask.Org = org.ID
	if ask.CutOff, err = a.Report.CutOff(ctx, org.ID, c.CutOff); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(c.Out), ".saluran-*.xlsx")
	if err != nil {
		return c.cannotWrite(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	say("writing %s of %s to %s", c.Report, org.Name, c.Out)
	sum, err := a.Report.Print(ctx, ask, f, progress("rows"))
	if err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), c.Out); err != nil {
		return c.cannotWrite(err)
	}
	fmt.Printf("%d rows as of ledger number %d, SHA-256 of the rows %s\n", sum.Rows, sum.Seq, sum.SHA256)
	return nil
}

// place refuses, before anything is read, what no file can be written to.
func (c exportCmd) place() error {
	if at, err := os.Stat(c.Out); err == nil && at.IsDir() {
		return fmt.Errorf("-o %s is a folder: name the file that is to be written in it", c.Out)
	}
	dir := filepath.Dir(c.Out)
	switch at, err := os.Stat(dir); {
	case err != nil:
		return c.cannotWrite(err)
	case !at.IsDir():
		return fmt.Errorf("-o %s cannot be written: %s is no folder", c.Out, dir)
	}
	return nil
}

// cannotWrite says it of the file that was asked for, and not of the one that is written until it is whole.
func (c exportCmd) cannotWrite(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		err = p.Err
	case errors.As(err, &l):
		err = l.Err
	}
	return fmt.Errorf("-o %s cannot be written: %w", c.Out, err)
}

var reports = strings.Join(report.Names(), ", ")
