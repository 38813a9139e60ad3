package excel

import (
	"fmt"
	"strconv"

	"github.com/xuri/excelize/v2"

	"saluran/internal/errs"
)

// Rows streams the rows of a sheet.
type Rows struct {
	r     *excelize.Rows
	max   int
	line  int
	cells []string
	err   error
}

// Rows opens a sheet by name; "" is the first one. Cells come raw: numbers as they are stored (see Plain), dates as serial
// numbers (see DateOf), formulas as the value that was stored with them; nothing is evaluated.
func (b *Book) Rows(sheet string) (rows *Rows, err error) {
	if sheet == "" {
		sheet = b.Sheets()[0]
	}
	defer func() {
		if err != nil {
			err = errs.Wrap(errs.Invalid, "excel.no_sheet", err, "sheet", sheet)
		}
	}()
	defer notPanic(&err)
	r, err := b.f.Rows(sheet)
	if err != nil {
		return nil, err
	}
	return &Rows{r: r, max: b.limits.Columns}, nil
}

// Next goes to the next row that the sheet has; empty rows between come as rows without cells.
func (r *Rows) Next() (ok bool) {
	if r.err != nil {
		return false
	}
	err := func() (err error) {
		defer notPanic(&err)
		if ok = r.r.Next(); !ok {
			return r.r.Error()
		}
		if r.line++; r.line > MaxRows {
			return fmt.Errorf("a row beyond the last one that there is")
		}
		if r.cells, err = r.r.Columns(excelize.Options{RawCellValue: true}); err != nil {
			return err
		}
		if len(r.cells) > r.max {
			return errs.New(errs.Invalid, "excel.too_wide", "row", strconv.Itoa(r.line), "limit", strconv.Itoa(r.max))
		}
		return nil
	}()
	if err != nil {
		if errs.CodeOf(err) != "excel.too_wide" {
			err = errs.Wrap(errs.Invalid, "excel.damaged", fmt.Errorf("row %d: %w", r.line, err), "row", strconv.Itoa(r.line))
		}
		r.err = err
		return false
	}
	return ok
}

// Cells are the cells of the row, as text; trailing empty ones may be missing. They are valid until the next call of Next.
func (r *Rows) Cells() []string { return r.cells }

// Line is the number of the row as Excel shows it, from 1.
func (r *Rows) Line() int { return r.line }

// Err is why Next ended early: Invalid "excel.damaged" or "excel.too_wide"; nil at the end of the sheet.
func (r *Rows) Err() error { return r.err }

// Close ends the reading of the sheet.
func (r *Rows) Close() error { return r.r.Close() }
