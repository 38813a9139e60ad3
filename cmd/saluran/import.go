package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"saluran/internal/app"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/intake"
	"saluran/internal/money"
)

type importCmd struct {
	Sales    importSalesCmd    `cmd:"" help:"Take in sales history: CSV, gzip or XLSX."`
	Products importProductsCmd `cmd:"" help:"Bring in products from a spreadsheet."`
	Prices   importPricesCmd   `cmd:"" help:"Bring in prices from a spreadsheet."`
	Partners importPartnersCmd `cmd:"" help:"Bring in partners from a spreadsheet."`
	Stock    importStockCmd    `cmd:"" help:"Bring in opening stock from a spreadsheet."`
	Orders   importOrdersCmd   `cmd:"" help:"Place orders from a spreadsheet."`
	Payments importPaymentsCmd `cmd:"" help:"Report payments from a spreadsheet."`
}

type importSalesCmd struct {
	command
	Map        string `placeholder:"NAME|FILE" help:"Which column is what: a mapping that ships (${maps}) or a file. Without it columns are found by their names, as on the page."`
	Org        string `placeholder:"CODE|ID|NAME" help:"Whose own sales these are: needed by the mappings sales and penjualan, and without any."`
	Products   string `type:"existingfile" placeholder:"FILE" help:"The products that the lines name."`
	Partners   string `type:"existingfile" placeholder:"FILE" help:"The partners that the lines name."`
	Check      bool   `help:"Only check: read everything, say what is wrong, change nothing."`
	AcceptGood bool   `help:"Apply the good documents although others are bad or in conflict."`
	GiveUp     string `placeholder:"RUN" help:"An import that broke off, by the name that its refusal says, is not to be taken up again: what it has bought and not sold stays bought."`
	sheetFlags
	Lines []string `arg:"" optional:"" type:"existingfile" help:"Files of sales lines, plain or gzip, or workbooks."`
}

func (importSalesCmd) Help() string {
	return `Everything is checked first, stock included; rows that are bad are listed with file, row, column, value and reason, and nothing is applied when one is bad. What is applied keeps the numbers, amounts, codes and dates of its source. Running it again adds nothing; an import that broke off is taken up by running it again with the same files, before any others of the same mapping where it works out what was bought of producers.

The mappings sales (numbers as 1,234.56) and penjualan (as 1.234,56) read an organisation's own sales out of columns with English or Indonesian names: document, date, buyer code, product code, quantity, amount before tax or unit price; as far as there are any: line, buyer name, buyer kind, product name, unit, tax. Tax is kept as the file has it and never worked out anew; without a column there is none. Currency and time zone are the organisation's. Buyers and products are found by code among those that it trades with, and entered where they are missing; what was sold begins in its warehouse. Without --map one file is read as on the page: columns are found by their names, or said with --match and --all; --template writes the workbook to fill in. A file with a mapping (see --map) says what else may be read from where: internal/intake/maps has those that ship.

Ends in one line of JSON: what was read, what was wrong, what was applied.`
}

func (c importSalesCmd) Run(ctx context.Context) error {
	if c.Map == "" {
		return c.bySheet(ctx)
	}
	if len(c.Lines) == 0 || c.Template != "" || c.Back != "" || len(c.Match)+len(c.All) > 0 {
		return errors.New("a mapping reads files by itself: name them, and leave out what is said of columns, or leave out --map")
	}
	m, err := intake.LoadMapping(c.Map)
	if err != nil {
		return err
	}
	job := intake.Job{Map: m, Lines: intake.Files(c.Lines...), AcceptGood: c.AcceptGood, GiveUp: c.GiveUp, Progress: importProgress()}
	if c.Products != "" {
		f := intake.File(c.Products)
		job.Products = &f
	}
	if c.Partners != "" {
		f := intake.File(c.Partners)
		job.Partners = &f
	}
	a, done, err := c.portal(ctx)
	if err != nil {
		return err
	}
	defer done()
	if c.Org != "" {
		org, err := a.Partner.Resolve(ctx, c.Org)
		if err != nil {
			return err
		}
		job.Org = org.ID
	}
	say("importing %s by the mapping %s", strings.Join(c.Lines, ", "), c.Map)
	run := a.Intake.Run
	if c.Check {
		run = a.Intake.Check
	}
	sum, err := run(ctx, intake.System(), job)
	if sum != nil {
		if perr := printSummary(sum); perr != nil {
			return perr
		}
	}
	if errs.CodeOf(err) == "import.refused" {
		say("saluran: %s", i18n.Error(i18n.EN, err))
		return errQuiet
	}
	if err == nil && c.Check && !sum.Clean() {
		return errQuiet
	}
	return err
}

// portal opens what the history goes into, which it may be the first thing to be in. A mere check makes nothing: where there is no
// database yet it checks against an empty one beside all others, which is gone afterwards.
func (c importSalesCmd) portal(ctx context.Context) (*app.App, func(), error) {
	if !c.Check {
		a, err := c.make(ctx)
		if err != nil {
			return nil, nil, err
		}
		return a, func() { a.Close() }, nil
	}
	a, err := c.open(ctx)
	if err == nil {
		return a, func() { a.Close() }, nil
	}
	if !errors.Is(err, db.ErrAbsent) {
		return nil, nil, err
	}
	say("%v: checking against an empty one", err)
	dir, err := os.MkdirTemp("", "saluran-check-")
	if err != nil {
		return nil, nil, err
	}
	c.DB = "sqlite:" + filepath.Join(dir, "empty.db")
	if a, err = c.make(ctx); err != nil {
		os.RemoveAll(dir)
		return nil, nil, err
	}
	return a, func() { a.Close(); os.RemoveAll(dir) }, nil
}

func importProgress() func(intake.Progress) {
	tell := map[string]func(done, total int64){}
	return func(p intake.Progress) {
		if tell[p.Stage] == nil {
			say("%s …", p.Stage)
			tell[p.Stage] = progress(p.Stage)
		}
		tell[p.Stage](p.Done, p.Total)
	}
}

// printSummary lists what is wrong, then says what was done in one line of JSON.
func printSummary(s *intake.Summary) error {
	for _, p := range s.Problems {
		fmt.Printf("%s row %d, column %q, value %q: %s\n", p.File, p.Row, p.Column, p.Value, i18n.Code(i18n.EN, p.Code, p.Args))
	}
	for _, c := range s.Conflicts {
		fmt.Printf("%s row %d, document %s of %s for %s: %s\n", c.File, c.Row, c.Document, c.Date, c.Buyer, i18n.Code(i18n.EN, c.Code, nil))
	}
	if more := s.BadLines + s.NConflicts - int64(len(s.Problems)+len(s.Conflicts)); more > 0 {
		fmt.Printf("… and %d more\n", more)
	}
	if s.OpeningLines > 0 {
		fmt.Printf("%d returns were of more than their buyer held: %s units are opening stock\n", s.OpeningLines, s.Opening)
	}
	cur, err := money.Lookup(s.Currency)
	if err != nil { // nothing was read that says a currency
		cur = money.Currency{}
	}
	line, err := json.Marshal(struct { // amounts and quantities as people and the API write them, in place of the counted units
		intake.Summary
		Quantity string `json:"quantity"`
		Amount   string `json:"amount"`
		Tax      string `json:"tax"`
		Opening  string `json:"opening_stock"`

		Problems  any `json:"problems,omitempty"` // they are told above, and counted here
		Conflicts any `json:"conflicts,omitempty"`
	}{Summary: *s, Quantity: s.Quantity.String(), Amount: cur.Format(s.Amount), Tax: cur.Format(s.Tax), Opening: s.Opening.String()})
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	return nil
}
