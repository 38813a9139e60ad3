package view

import (
	"context"

	"saluran/web/kit"
)

// SheetKind is a kind of spreadsheet that a person may send.
type SheetKind struct {
	Name, Label, About string
	Columns            []SheetColumn
}

// SheetColumn is a column of a kind: what it is called, and what belongs into it.
type SheetColumn struct {
	Name, Label, What string
	Must              bool
	Choices           []string
}

// NewSheet is the page on which a spreadsheet is sent.
type NewSheet struct {
	Kind SheetKind
	Form kit.Form
}

// Sheet is a spreadsheet that was sent: how it is understood, what would come of it, and what did.
type Sheet struct {
	ID, Kind, File string
	Job            Job
	Form           kit.Form
	Run            bool // it was applied, or is being applied
	Columns        []SheetMatch
	Asks           []SheetAsk
	Shown          []string // how the file is read, in words
	Header         []string
	Samples        [][]string
	Open           bool // a person must say something first
	Counts         []Count
	Problems       []SheetProblem
	Rows, Wrong    []PreviewRow
	CanMatch       bool
	CanApply       bool
	SomeBad        bool
	Back           bool // there is a workbook that goes back
}

// SheetMatch is where a column of ours comes from; Value is one for all rows, Say how it was found.
type SheetMatch struct {
	SheetColumn
	From, Value, Say string // From is the number of the column, as a form sends it
	Column           string // its name
	Options          []kit.Option
}

// SheetAsk is a question about the writing of a file.
type SheetAsk struct {
	Name, Label, Why, Value string
	Options                 []kit.Option
}

// SheetProblem is one way in which cells are wrong, and how often.
type SheetProblem struct {
	N                         int64
	Column, Reason, Row, Like string
}

// step is how far a spreadsheet has come: sent, matched, checked, applied.
func (v Sheet) step() int {
	switch {
	case v.Run:
		return 4
	case v.Open:
		return 2
	case v.Job.Live() || v.Job.Status == "failed":
		return 1
	}
	return 3
}

// sheetSteps are the stages of a spreadsheet, of which one is now.
func sheetSteps(ctx context.Context, at int) []kit.Step {
	var out []kit.Step
	for i, name := range []string{"send", "match", "check", "apply"} {
		s := kit.Step{Text: t(ctx, "sheet.step_"+name), State: "next"}
		switch {
		case i+1 < at:
			s.State = "done"
		case i+1 == at:
			s.State = "now"
		}
		out = append(out, s)
	}
	return out
}
