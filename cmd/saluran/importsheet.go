package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/intake"
)

// importSheetCmd brings in a spreadsheet of one kind.
type importSheetCmd struct {
	command
	Org        string            `required:"" placeholder:"CODE|ID|NAME" help:"The organisation that brings it in."`
	Check      bool              `help:"Only check: read everything, say what is wrong, change nothing."`
	AcceptGood bool              `help:"Apply the good rows although others are bad."`
	Match      map[string]string `placeholder:"OURS=HEADER" help:"Which column of the file is ours, by its header; where it is not given, names are compared."`
	All        map[string]string `placeholder:"OURS=VALUE" help:"One value of a column of ours for all rows."`
	Order      string            `enum:",dmy,mdy" default:"" help:"Order of days that are written with figures alone, where the file leaves it open."`
	Decimal    string            `enum:",comma,point" default:"" help:"Decimal sign, where the file leaves it open."`
	Back       string            `placeholder:"FILE" help:"Where the workbook goes that marks what is wrong; nothing is written where nothing is."`
	File       string            `arg:"" type:"existingfile" help:"The spreadsheet: XLSX, CSV or gzip."`
}

func (importSheetCmd) Help() string {
	return `Columns are found by their names, in Indonesian and English. What is wrong is said row by row and counted; nothing is applied when a row is bad, unless good ones are accepted. Running it again adds nothing: what is there already stays. Ends in one line of JSON.`
}

func (c *importSheetCmd) run(ctx context.Context, kind string) error {
	k, err := intake.KindOf(kind)
	if err != nil {
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
	job := intake.SheetJob{Kind: k, File: intake.File(c.File), AcceptGood: c.AcceptGood, Progress: progress(kind),
		Reading: intake.Reading{Order: c.Order, Decimal: map[string]string{"comma": ",", "point": "."}[c.Decimal]}}
	if c.Back != "" {
		job.Back = func(string) (io.WriteCloser, error) { return os.Create(c.Back) }
	}
	who := intake.SystemOf(org)
	if len(c.Match)+len(c.All) > 0 {
		first, err := a.Sheets.Check(ctx, who, intake.SheetJob{Kind: k, File: job.File, Reading: job.Reading})
		if err != nil {
			return err
		}
		if job.Match, err = c.matched(first); err != nil {
			return err
		}
	}
	do := a.Sheets.Run
	if c.Check {
		do = a.Sheets.Check
	}
	v, err := do(ctx, who, job)
	if v != nil {
		if perr := printSheet(k, v); perr != nil {
			return perr
		}
	}
	if code := errs.CodeOf(err); code == "import.refused" || code == "sheet.not_ready" || err == nil && c.Check && !v.Clean() {
		if err != nil {
			say("saluran: %s", i18n.Error(i18n.EN, err))
		}
		return errQuiet
	}
	return err
}

// matched is what was found, with what the flags say instead.
func (c *importSheetCmd) matched(v *intake.SheetView) (intake.Match, error) {
	m := intake.Match{}
	for name, f := range v.Match {
		m[name] = f
	}
	for name, header := range c.Match {
		i := slices.Index(v.Header, header)
		if i < 0 {
			return nil, errs.New(errs.Invalid, "import.no_column", "file", v.File, "column", header, "has", strings.Join(v.Header, ", "))
		}
		m[name] = intake.From{Column: i, How: intake.ByPerson}
	}
	for name, value := range c.All {
		m[name] = intake.From{Column: -1, Value: value, How: intake.ByPerson}
	}
	return m, nil
}

// printSheet says what is wrong, then what was done in one line of JSON.
func printSheet(k intake.Kind, v *intake.SheetView) error {
	for _, n := range v.Needs {
		fmt.Printf("no column of the file is %q: say which with --match %s=HEADER, or --all %s=VALUE\n", n, n, n)
	}
	for _, q := range v.Asks {
		fmt.Printf("row %d, column %q, value %q can be read in two ways: say --%s\n", q.Row, q.Column, q.Value, q.What)
	}
	for _, p := range v.Problems {
		fmt.Printf("%s rows, first row %d, value %q: %s\n", strconv.FormatInt(p.N, 10), p.Row, p.Value, k.Sentence(i18n.EN, p.Mark))
	}
	line, err := json.Marshal(map[string]any{"kind": v.Kind, "file": v.File, "rows": v.Rows, "new": v.New, "changed": v.Changed, "same": v.Same, "bad": v.Bad, "applied": v.Applied})
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	return nil
}

type (
	importProductsCmd struct{ importSheetCmd }
	importPricesCmd   struct{ importSheetCmd }
	importPartnersCmd struct{ importSheetCmd }
	importStockCmd    struct{ importSheetCmd }
	importOrdersCmd   struct{ importSheetCmd }
	importPaymentsCmd struct{ importSheetCmd }
)

func (c *importProductsCmd) Run(ctx context.Context) error { return c.run(ctx, "products") }
func (c *importPricesCmd) Run(ctx context.Context) error   { return c.run(ctx, "prices") }
func (c *importPartnersCmd) Run(ctx context.Context) error { return c.run(ctx, "partners") }
func (c *importStockCmd) Run(ctx context.Context) error    { return c.run(ctx, "stock") }
func (c *importOrdersCmd) Run(ctx context.Context) error   { return c.run(ctx, "orders") }
func (c *importPaymentsCmd) Run(ctx context.Context) error { return c.run(ctx, "payments") }
