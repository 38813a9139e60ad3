package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/app"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/intake"
)

// sheetFlags say how a spreadsheet is read, and in which language is said what is wrong with it.
type sheetFlags struct {
	Match    map[string]string `placeholder:"OURS=HEADER" help:"Which column of the file is ours, by its header; where it is not given, names are compared."`
	All      map[string]string `placeholder:"OURS=VALUE" help:"One value of a column of ours for all rows."`
	Order    string            `enum:",dmy,mdy" default:"" help:"Order of days that are written with figures alone, where the file leaves it open."`
	Decimal  string            `enum:",comma,point" default:"" help:"Decimal sign, where the file leaves it open."`
	Back     string            `placeholder:"FILE.xlsx" help:"Where the workbook goes that marks what is wrong; nothing is written where nothing is."`
	Template string            `placeholder:"FILE.xlsx" help:"Write the workbook that is to be filled in, and import nothing."`
	Lang     string            `enum:"en,id" default:"en" help:"Language of what is said of rows, of the workbook that goes back and of the template: ${enum}."`
}

// importSheetCmd brings in a spreadsheet of one kind.
type importSheetCmd struct {
	command
	Org        string `required:"" placeholder:"CODE|ID|NAME" help:"The organisation that brings it in."`
	Check      bool   `help:"Only check: read everything, say what is wrong, change nothing."`
	AcceptGood bool   `help:"Apply the good rows although others are bad."`
	sheetFlags
	File string `arg:"" optional:"" type:"existingfile" help:"The spreadsheet: XLSX, CSV or gzip."`
}

func (importSheetCmd) Help() string {
	return `Columns are found by their names, in Indonesian and English. What is wrong is said row by row and counted; nothing is applied when a row is bad, unless good ones are accepted. Running it again adds nothing: what is there already stays. Ends in one line of JSON.`
}

func (c *importSheetCmd) run(ctx context.Context, kind string) error {
	k, err := intake.KindOf(kind)
	if err != nil {
		return err
	}
	if c.File == "" && c.Template == "" {
		return errors.New("name the file to be imported, or --template FILE.xlsx for the workbook to fill in")
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
	who := intake.SystemOf(org)
	who.Lang = c.Lang
	if c.Template != "" {
		return c.template(ctx, a, who, k)
	}
	return c.bring(ctx, a, who, k)
}

// template writes the workbook that people fill in.
func (c *importSheetCmd) template(ctx context.Context, a *app.App, who access.Actor, k intake.Kind) error {
	f, err := os.Create(c.Template)
	if err != nil {
		return err
	}
	err = a.Uploads.SheetTemplate(ctx, who, k.Name, f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(c.Template)
		return err
	}
	say("%s is to be filled in", c.Template)
	return nil
}

// bring checks the file, and applies it unless it is only to be checked.
func (c *importSheetCmd) bring(ctx context.Context, a *app.App, who access.Actor, k intake.Kind) error {
	job := intake.SheetJob{Kind: k, File: intake.File(c.File), AcceptGood: c.AcceptGood, Progress: progress(k.Name),
		Reading: intake.Reading{Order: c.Order, Decimal: map[string]string{"comma": ",", "point": "."}[c.Decimal]}}
	if c.Back != "" {
		job.Back = func(string) (io.WriteCloser, error) { return os.Create(c.Back) }
	}
	if len(c.Match)+len(c.All) > 0 {
		first, err := a.Sheets.Check(ctx, who, intake.SheetJob{Kind: k, File: job.File, Reading: job.Reading})
		if err != nil {
			return err
		}
		if job.Match, err = c.matched(k, first); err != nil {
			return err
		}
	}
	do := a.Sheets.Run
	if c.Check {
		do = a.Sheets.Check
	}
	v, err := do(ctx, who, job)
	if v != nil {
		if perr := printSheet(c.Lang, k, v); perr != nil {
			return perr
		}
	}
	if code := errs.CodeOf(err); code == "import.refused" || code == "sheet.not_ready" || err == nil && c.Check && !v.Clean() {
		if err != nil {
			say("saluran: %s", i18n.Error(c.Lang, err))
		}
		return errQuiet
	}
	return err
}

// matched is what was found, with what the flags say instead. A column of the file that a flag gives to one of ours is no other's.
func (c *importSheetCmd) matched(k intake.Kind, v *intake.SheetView) (intake.Match, error) {
	m := intake.Match{}
	for name, f := range v.Match {
		m[name] = f
	}
	for said, header := range c.Match {
		name, err := k.Named(said)
		if err != nil {
			return nil, err
		}
		i := slices.Index(v.Header, header)
		if i < 0 {
			return nil, errs.New(errs.Invalid, "import.no_column", "file", v.File, "column", header, "has", strings.Join(v.Header, ", "))
		}
		for other, f := range m {
			if f.Value == "" && f.Column == i {
				if f.How == intake.ByPerson {
					return nil, errs.New(errs.Invalid, "sheet.column_for_two", "column", header)
				}
				delete(m, other)
			}
		}
		m[name] = intake.From{Column: i, How: intake.ByPerson}
	}
	for said, value := range c.All {
		name, err := k.Named(said)
		if err != nil {
			return nil, err
		}
		m[name] = intake.From{Column: -1, Value: value, How: intake.ByPerson}
	}
	return m, nil
}

// printSheet says what is wrong, then what was done in one line of JSON.
func printSheet(lang string, k intake.Kind, v *intake.SheetView) error {
	for _, n := range v.Needs {
		fmt.Println(i18n.T(lang, "sheet.cli_needs", "name", n, "column", k.LabelOf(lang, n)))
	}
	for _, q := range v.Asks {
		fmt.Println(i18n.T(lang, "sheet.cli_asks", "row", strconv.FormatInt(q.Row, 10), "column", q.Column, "value", q.Value, "what", q.What))
	}
	for _, p := range v.Problems {
		fmt.Println(i18n.T(lang, "sheet.cli_problem", "n", strconv.FormatInt(p.N, 10), "row", strconv.FormatInt(p.Row, 10), "value", p.Value, "why", k.Sentence(lang, p.Mark)))
	}
	line, err := json.Marshal(map[string]any{"kind": v.Kind, "file": v.File, "rows": v.Rows, "new": v.New, "changed": v.Changed, "same": v.Same, "bad": v.Bad, "applied": v.Applied})
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	return nil
}

// bySheet takes in sales as the page does: the columns are found by their names.
func (c importSalesCmd) bySheet(ctx context.Context) error {
	if len(c.Lines) > 1 || cmp.Or(c.Products, c.Partners, c.GiveUp) != "" {
		return errors.New("several files, and those of products and partners, are read by a mapping: name it with --map")
	}
	if c.Org == "" {
		return errors.New("whose sales are these? name the organisation with --org")
	}
	s := importSheetCmd{command: c.command, Org: c.Org, Check: c.Check, AcceptGood: c.AcceptGood, sheetFlags: c.sheetFlags}
	if len(c.Lines) == 1 {
		s.File = c.Lines[0]
	}
	return s.run(ctx, "sales")
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
