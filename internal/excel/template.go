package excel

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"
)

// Template is a small styled book that people fill in and send back: headers with notes, columns of a kind, choice lists.
type Template struct {
	Sheet   string
	Columns []Field
	Rows    [][]string // what is filled in already, as text
	Help    [][2]string
	HelpTab string // name of the sheet that holds Help; "" leaves it out
	Lines   int    // how many rows the choice lists cover; 0 is 1,000
}

// Field is a column of a template.
type Field struct {
	Header string
	Note   string // shown when the header is pointed at
	Width  float64
	Choice []string // values that the cell accepts; nil: anything
	Code   bool     // text format: leading zeros stay
	Must   bool     // the header is marked
}

const listSheet = "_lists"

// Write writes the book to w; the same template gives the same bytes.
func (t Template) Write(w io.Writer) (err error) {
	defer notPanic(&err)
	f := excelize.NewFile()
	defer f.Close()
	if err := t.build(f); err != nil {
		return fmt.Errorf("write template: %w", err)
	}
	f.SetZipWriter(func(io.Writer) excelize.ZipWriter { return newTemplateZip(w) })
	if err := f.Write(io.Discard); err != nil { // the zip goes straight to w: no second copy in memory
		return fmt.Errorf("write template: %w", err)
	}
	return nil
}

type templateZip struct{ *zip.Writer }

func newTemplateZip(w io.Writer) templateZip {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(o io.Writer) (io.WriteCloser, error) { return flate.NewWriter(o, Level) })
	return templateZip{z}
}

func (t Template) build(f *excelize.File) error {
	if err := f.SetSheetName("Sheet1", t.Sheet); err != nil {
		return err
	}
	if err := f.SetDocProps(&excelize.DocProperties{Created: "2000-01-01T00:00:00Z", Modified: "2000-01-01T00:00:00Z"}); err != nil {
		return err
	}
	for _, step := range []func(*excelize.File) error{t.header, t.columns, t.choices, t.fill, t.help} {
		if err := step(f); err != nil {
			return err
		}
	}
	return nil
}

func (t Template) header(f *excelize.File) error {
	fill := excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E2E8F0"}}
	usual, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: fill})
	if err != nil {
		return err
	}
	must, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Color: "B42318"}, Fill: fill})
	if err != nil {
		return err
	}
	for i, c := range t.Columns {
		cell := columnName(i) + "1"
		style := usual
		if c.Must {
			style = must
		}
		if err := f.SetCellStr(t.Sheet, cell, c.Header); err != nil {
			return err
		}
		if err := f.SetCellStyle(t.Sheet, cell, cell, style); err != nil {
			return err
		}
		if c.Note != "" {
			if err := f.AddComment(t.Sheet, excelize.Comment{Cell: cell, Text: c.Note}); err != nil {
				return err
			}
		}
	}
	return f.SetPanes(t.Sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

func (t Template) columns(f *excelize.File) error {
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49})
	if err != nil {
		return err
	}
	for i, c := range t.Columns {
		name := columnName(i)
		if err := f.SetColWidth(t.Sheet, name, name, max(c.Width, 10)); err != nil {
			return err
		}
		if c.Code {
			if err := f.SetCellStyle(t.Sheet, name+"2", fmt.Sprintf("%s%d", name, t.lines()+1), text); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t Template) lines() int {
	if t.Lines > 0 {
		return t.Lines
	}
	return 1000
}

// choices puts every list on a hidden sheet: Excel takes no more than 255 characters in a rule.
func (t Template) choices(f *excelize.File) error {
	lists := 0
	for i, c := range t.Columns {
		if len(c.Choice) == 0 {
			continue
		}
		if lists == 0 {
			if _, err := f.NewSheet(listSheet); err != nil {
				return err
			}
			if err := f.SetSheetVisible(listSheet, false); err != nil {
				return err
			}
		}
		list := columnName(lists)
		lists++
		for j, v := range c.Choice {
			if err := f.SetCellStr(listSheet, fmt.Sprintf("%s%d", list, j+1), v); err != nil {
				return err
			}
		}
		rule := excelize.NewDataValidation(true)
		rule.Sqref = fmt.Sprintf("%s2:%s%d", columnName(i), columnName(i), t.lines()+1)
		rule.SetSqrefDropList(fmt.Sprintf("%s!$%s$1:$%s$%d", listSheet, list, list, len(c.Choice)))
		rule.ShowErrorMessage = true
		if err := f.AddDataValidation(t.Sheet, rule); err != nil {
			return err
		}
	}
	return nil
}

func (t Template) fill(f *excelize.File) error {
	for r, row := range t.Rows {
		for c, v := range row {
			if v == "" {
				continue
			}
			if err := f.SetCellStr(t.Sheet, fmt.Sprintf("%s%d", columnName(c), r+2), v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t Template) help(f *excelize.File) error {
	if t.HelpTab == "" || len(t.Help) == 0 {
		return nil
	}
	if _, err := f.NewSheet(t.HelpTab); err != nil {
		return err
	}
	wrap, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	for i, h := range t.Help {
		for j, v := range h {
			if err := f.SetCellStr(t.HelpTab, fmt.Sprintf("%s%d", columnName(j), i+1), strings.TrimSpace(v)); err != nil {
				return err
			}
		}
	}
	if err := f.SetCellStyle(t.HelpTab, "A1", fmt.Sprintf("B%d", len(t.Help)), wrap); err != nil {
		return err
	}
	if err := f.SetColWidth(t.HelpTab, "A", "A", 28); err != nil {
		return err
	}
	return f.SetColWidth(t.HelpTab, "B", "B", 90)
}
