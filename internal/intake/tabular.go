package intake

import (
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/i18n"
)

// What people keep in spreadsheets comes in by kinds: a Kind is a table of columns, and everything else follows from that table: the
// template, which column of a file is what, how a cell is read, what is wrong with it, what is applied, and the workbook that goes back.

// Kind is one kind of spreadsheet.
type Kind struct {
	Name    string
	Right   [2]string    // what a person must be allowed to do, beside importing: object and action
	Rels    []access.Rel // in which of these relations; nil: to what is its own
	Columns []Column
	// Group is the column whose value rows of one document share; "" where each row stands for itself.
	Group string
	// Alone says that each row, or document, is a transaction of its own: a post of the ledger is one.
	Alone bool
	begin func(t *sheetRun) (worker, error)
}

// Sort is how the cells of a column are read.
type Sort string

// Sorts of columns.
const (
	Text   Sort = "text"
	Code   Sort = "code" // kept letter by letter: leading zeros stay
	Number Sort = "number"
	Price  Sort = "price"
	Money  Sort = "money"
	Whole  Sort = "whole"
	Day    Sort = "day"
	Choice Sort = "choice"
)

// Column is a column of a kind.
type Column struct {
	Name    string
	Sort    Sort
	Must    bool
	Max     int      // characters of a text or a code
	Choices []string // what a choice may be; their words are in the catalogue, as sheet.choice.NAME
	Words   []string // further names by which files call the column; the labels of both languages always count
}

// Label is what a template calls the column.
func (k Kind) Label(lang string, c Column) string {
	return i18n.T(lang, "sheet.col."+k.Name+"."+c.Name)
}

// Hint is what belongs into the column; "" for what its name says well enough.
func (k Kind) Hint(lang string, c Column) string {
	if key := "sheet.hint." + k.Name + "." + c.Name; i18n.Has(lang, key) {
		return i18n.T(lang, key)
	}
	return ""
}

// LabelOf is Label of the column of that name.
func (k Kind) LabelOf(lang, name string) string {
	if i := k.index(name); i >= 0 {
		return k.Label(lang, k.Columns[i])
	}
	return name
}

// Named is the name of the column that a person means: by its own name, or by any by which files call it.
func (k Kind) Named(said string) (string, error) {
	if k.index(said) >= 0 {
		return said, nil
	}
	var have []string
	for _, c := range k.Columns {
		if slices.Contains(k.words(c), sameName(said)) {
			return c.Name, nil
		}
		have = append(have, c.Name)
	}
	return "", errs.New(errs.Invalid, "sheet.unknown_field", "column", said, "has", strings.Join(have, ", "))
}

func (k Kind) index(name string) int {
	for i, c := range k.Columns {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// words are all names of a column, as sameName leaves them.
func (k Kind) words(c Column) []string {
	out := []string{sameName(k.Label(i18n.ID, c)), sameName(k.Label(i18n.EN, c)), sameName(c.Name)}
	for _, w := range c.Words {
		out = append(out, sameName(w))
	}
	return out
}

// Kinds are the kinds that come in as spreadsheets, in the order in which an organisation has use for them.
func Kinds() []Kind {
	return []Kind{productKind(), priceKind(), partnerKind(), stockKind(), orderKind(), paymentKind(), salesKind()}
}

// KindOf finds a kind by its name; Invalid "sheet.unknown_kind" where there is none.
func KindOf(name string) (Kind, error) {
	var names []string
	for _, k := range Kinds() {
		if k.Name == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return Kind{}, errs.OnFields("sheet.unknown_kind", errs.F("kind", "sheet.unknown_kind", "known", strings.Join(names, ", ")))
}

// Mark is what is wrong with a cell: Code is a key of the string catalogue ("err." + Code), Column the name of the kind's column.
type Mark struct {
	Column string    `json:"column"`
	Code   string    `json:"code"`
	Args   errs.Args `json:"args,omitempty"`
}

// cell is what a row says in one column.
type cell struct {
	said bool   // there is something
	text string // as it stands, trimmed; of a choice its key; of a number plain
	n    int64  // thousandths of a number, ten-thousandths of a price, minor units of money, or a whole number
	day  clock.Date
}

// States of a row.
const (
	RowNew     = "new"
	RowChanged = "changed"
	RowSame    = "same"
	RowBad     = "bad"
)

// record is a row that was read.
type record struct {
	at    int64 // as a spreadsheet counts
	cells []cell
	marks []Mark
	state string
	data  any // what the worker found out
	// wide is a row with cells too many, which is not looked into any further; perhaps are the other documents that it may be of.
	wide    bool
	perhaps []string
}

func (r *record) bad(column, code string, args ...string) {
	m := Mark{Column: column, Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if m.Args == nil {
			m.Args = errs.Args{}
		}
		m.Args[args[i]] = args[i+1]
	}
	r.marks, r.state = append(r.marks, m), RowBad
}

// worker holds rows of a kind against the books, and applies them by the services that the pages use.
type worker interface {
	// check says what each row would do (its state) and what is wrong with it. It changes nothing.
	check(batch []*record) error
	// apply does what the rows say, all of them or none; the error says why. Kinds that are not Alone are called inside a transaction.
	apply(t *sheetRun, batch []*record) error
	// blames says which column an error's field belongs to; "" for the first.
	blames(field string) string
}
