package view

import (
	"saluran/internal/clock"
	"saluran/web/kit"
)

// Job is work in the background: an export or an import.
type Job struct {
	ID, Kind, Title, Status string
	Done, Total             int64
	Message                 string
	File                    string // id of the file that it made; "" for none
	FileName                string
	Created, Ended          clock.Instant
}

// Live tells whether the job is still to end.
func (j Job) Live() bool {
	return j.Status == "queued" || j.Status == "running" || j.Status == "waiting"
}

// Exports is the list of workbooks that were asked for, and the form for a new one.
type Exports struct {
	List
	Jobs    []Job
	Reports []string
	Form    kit.Form
	// Currencies are those of the organisation's books.
	Currencies []string
	Report     string
	From       clock.Date
	To         clock.Date
	CanRun     bool
}

// Imports is the list of uploads, and the form for a new one.
type Imports struct {
	Jobs   []Job
	Maps   []string
	Form   kit.Form
	CanRun bool
	Broken []BrokenImport
	Kinds  []SheetKind // that the person may send
}

// BrokenImport is an import that broke off, for which others wait.
type BrokenImport struct {
	ID, Files string
	Begun     clock.Instant
}

// Unfinished is the page of one: State is broken, under_way, whole or given_up.
type Unfinished struct {
	BrokenImport
	State, Left string
	Counts      []Count
	CanGiveUp   bool
	Form        kit.Form
}

// Preview is what an import would do; nothing is applied yet.
type Preview struct {
	ID, Name, Map string
	Job           Job
	Ready         bool
	Counts        []Count
	Uses          []ReadFrom
	Columns       []string
	Rows          []PreviewRow
	Problems      []Problem
	MoreProblems  int64
	CanApply      bool
	Form          kit.Form
}

// ReadFrom says from which column a field is read.
type ReadFrom struct{ Field, Column string }

// Count is a number with its word.
type Count struct {
	Tone, Icon, Label string
	N                 int64
}

// PreviewRow is a line of the upload; Bad marks cells by column.
type PreviewRow struct {
	N     int64
	State string
	Cells []string
	Bad   map[int]string
}

// Problem is a bad cell, row or document.
type Problem struct {
	File, Row, Column, Value, Reason string
}

func jobTone(status string) string {
	tone, _, _ := kit.Status("job", status)
	return tone
}

func plainOptions(names []string) []kit.Option {
	var out []kit.Option
	for _, n := range names {
		out = append(out, kit.Option{Value: n, Label: n})
	}
	return out
}
