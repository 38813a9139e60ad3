package view

import (
	"context"
	"net/url"
	"strconv"

	"saluran/web/kit"
)

// List is what every list page has: where the next page is, and where the first. Those with a Key have views, filters, columns and
// acts of their own as well.
type List struct {
	Next, First string
	Key, Path   string
	Views       []kit.Tab // that were saved, behind the tabs that the page has
	Saved       *SavedView
	Query       string // the filter of this page, as a view keeps it
	Filters     []kit.Field
	Keep        [][2]string // what the form of the filter carries along
	Chips       []Chip
	Clear       string // the address without filters; "" where there are none
	Columns     []Column
	Dense       bool
	Sort        string
	Export      bool
	CanShare    bool
	ReadOnly    bool      // an operator looks on: nothing is kept
	Total       string    // how many rows the filter finds, in words
	Sums        []ListSum // what they come to, by currency
	Acts        []string  // names of what can be done with several rows
	Matching    int64     // how many rows match, where all of them can be chosen
	All         bool      // all that match are chosen
	AllHref     string
	NoneHref    string
}

// ListSum is a line of the foot of a list: all rows that the filter finds, and not those of the page alone. Open is "" where the list has
// no such column.
type ListSum struct{ Label, Amount, Open string }

func (s ListSum) cell(i int) string { return []string{s.Amount, s.Open}[i] }

// SavedView is a view that is shown.
type SavedView struct {
	ID, Name  string
	Team, May bool
	Version   int64
}

// Chip is a filter that is on; Href leads to the list without it.
type Chip struct{ Text, Href string }

// Column of a list that may be left out; N is where it stands.
type Column struct {
	Key, Label string
	N          int
	On         bool
}

// Bulk tells whether rows of the list can be chosen.
func (l List) Bulk() bool { return len(l.Acts) > 0 }

// TableClass is the look of the table: close together, and without the columns that the reader leaves out.
func (l List) TableClass() string {
	c := "k-t cards"
	if l.Dense {
		c += " dense"
	}
	shift := 0
	if l.Bulk() {
		shift = 1
	}
	for _, x := range l.Columns {
		if !x.On {
			c += " no-" + strconv.Itoa(x.N+shift)
		}
	}
	return c
}

// sortState of a column: which way it is sorted now ("" not), and where its link leads.
func (l List) sortHref(name string) string {
	to := "-" + name
	if l.Sort == "-"+name {
		to = name
	}
	q := l.Query
	return l.Path + "?" + withParam(q, "sort", to)
}

func (l List) sortWord(name string) string {
	switch l.Sort {
	case name:
		return "ascending"
	case "-" + name:
		return "descending"
	}
	return "none"
}

// BulkRow is what became of a row of a run.
type BulkRow struct{ Number, Href, Why string }

// Bulk is a run over several rows: before it is sure, and after.
type Bulk struct {
	List, Act, Title, Lead, Means string
	IDs                           []string
	Rows                          []BulkRow // Why says how a row stands before, or what is wrong with it after
	Back                          string
	Reason                        bool
	Form                          kit.Form
	Done, Refused                 int64
	Ran                           bool
	Undo                          string   // the act that undoes the run
	UndoIDs                       []string // of what was done
	Key                           string
}

// scheduleHref is where the list, as it is filtered, is sent from by the calendar.
func (l List) scheduleHref() string {
	q := url.Values{"list": {l.Key}}
	if l.Query != "" {
		q.Set("query", l.Query)
	}
	if l.Saved != nil {
		q.Set("view", l.Saved.ID)
	}
	return "/schedules/new?" + q.Encode()
}

// withParam is a query with one parameter set.
func withParam(query, name, value string) string {
	q, _ := url.ParseQuery(query)
	q.Set(name, value)
	return q.Encode()
}

func bulkWord(ctx context.Context, list, act string) string { return t(ctx, "bulk."+list+"."+act) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// bulkLook is how the button of an act looks: the first leads, and what refuses or takes away says so.
func bulkLook(i int, act string) string {
	switch {
	case act == "reject" || act == "archive":
		return "bad"
	case i == 0:
		return "pri"
	}
	return ""
}

// Again asks for a field anew, and for nothing where there is no Action: what was wrong is said above it.
type Again struct {
	Title, Back, Action string
	Hidden              [][2]string
	Field               kit.Field
	Form                kit.Form
}
