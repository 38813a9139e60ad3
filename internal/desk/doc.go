// Package desk keeps how people like their lists: views that they have saved, the columns that they see, rows close together, and
// whether single keys do something. A view is the query of a list's address, of known lists and known parameters alone: whoever
// opens it sees what that address shows them, and nothing more.
package desk

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/id"
)

// Lists are the lists that have views, each with the parameters that a view of it may keep.
var Lists = map[string][]string{
	"orders":    {"side", "status", "partner", "from", "to", "q", "sort"},
	"shipments": {"side", "status", "q", "from", "to", "sort"},
	"invoices":  {"side", "status", "due_before", "q", "sort"},
	"payments":  {"side", "status", "method", "q", "sort"},
	"partners":  {"q", "side"},
	"products":  {"q", "state"},
	"stock":     {"by", "q"},
	"visits":    {"side", "person", "result", "from", "to", "q"},
	"lots":      {},
}

// Bounds of what one keeps: views of one list that one sees, characters of a name and of a query.
const (
	MaxViews = 30
	maxName  = 60
	maxQuery = 600
)

// View is a saved view of a list.
type View struct {
	ID, Org, Person id.ID
	List, Name      string
	Query           string        // as it stands behind the "?" of the list's address, in the order of the alphabet
	Team            bool          // everybody of the organisation sees it
	Mine            bool          `gorm:"-"`
	Ended           clock.Instant `gorm:"column:ended_us"`
	Created         clock.Instant `gorm:"column:created_us"`
	Version         int64
}

// TableName of views.
func (View) TableName() string { return "desk_view" }

// Choices are what a person has chosen.
type Choices struct {
	Keys    bool                // single keys do something; on unless it was switched off
	Steps   bool                // the first steps stand on the first page; until they were left
	Dense   bool                // rows close together
	Columns map[string][]string // of a list: the columns that are left out
}

// Hidden tells whether a column of a list is left out.
func (c Choices) Hidden(list, column string) bool { return slices.Contains(c.Columns[list], column) }

// Service keeps views and choices.
type Service struct {
	DB    *db.DB
	Clock clock.Clock
	Gate  *access.Gate
}

// Clean is the part of a query that a view of a list may keep, in one form. ok is false where there is no such list, or it is too long.
func Clean(list, query string) (clean string, ok bool) {
	known, ok := Lists[list]
	if !ok || !utf8.ValidString(query) {
		return "", false
	}
	in, err := url.ParseQuery(strings.TrimPrefix(query, "?"))
	if err != nil {
		return "", false
	}
	out := url.Values{}
	for _, name := range known {
		if v := strings.TrimSpace(in.Get(name)); v != "" {
			out.Set(name, v)
		}
	}
	clean = out.Encode()
	return clean, len(clean) <= maxQuery
}
