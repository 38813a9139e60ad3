package intake

import (
	"saluran/internal/clock"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Problem is what is wrong with a row: Code is a key of the string catalogue ("err." + Code).
type Problem struct {
	File   string            `json:"file"`
	Row    int64             `json:"row"` // as an editor or a spreadsheet counts: the header is row 1; 0 where no row is meant
	Column string            `json:"column"`
	Value  string            `json:"value"`
	Code   string            `json:"code"`
	Args   map[string]string `json:"args,omitempty"`
}

// Conflict is a document that the books already have with other content, by its first line.
type Conflict struct {
	File     string     `json:"file"`
	Row      int64      `json:"row"`
	Document string     `json:"document"`
	Date     clock.Date `json:"date"`
	Buyer    string     `json:"buyer"`
	Code     string     `json:"code"`
}

// Progress says how far a run is. Stages: read, group, floors, setup, apply. Total is 0 where it is not known yet.
type Progress struct {
	Stage string `json:"stage"`
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
}

// listed bounds how many problems and conflicts a Summary lists; all are counted.
const listed = 1000

// Summary is what an import found, and what it did. Amounts are in minor units of Currency, quantities in thousandths.
type Summary struct {
	Map      string `json:"map"`
	Run      string `json:"run"` // names this set of documents
	Currency string `json:"currency"`

	Lines     int64       `json:"lines"`     // rows read
	Documents int64       `json:"documents"` // good ones
	Quantity  qty.Qty     `json:"quantity"`  // of the good documents, net of returns
	Amount    money.Minor `json:"amount"`    // before tax, net of returns
	Tax       money.Minor `json:"tax"`
	Returns   int64       `json:"return_lines"`
	From      clock.Date  `json:"from"`
	To        clock.Date  `json:"to"`

	BadLines     int64      `json:"bad_lines"`
	BadDocuments int64      `json:"bad_documents"`
	Torn         int64      `json:"torn_row,omitempty"` // the first row in which a quotation mark is misplaced
	Problems     []Problem  `json:"problems"`           // the first thousand
	Conflicts    []Conflict `json:"conflicts"`
	NConflicts   int64      `json:"conflict_count"`

	New          int64   `json:"new_documents"`
	Already      int64   `json:"already_there"`
	OwnRun       int64   `json:"-"`                   // of those, brought by this very set of documents
	OpeningLines int64   `json:"opening_stock_lines"` // returns of more than the buyer holds
	Opening      qty.Qty `json:"opening_stock"`       // the shortfall, put in first

	PartnersNew int64 `json:"partners_new"`
	ProductsNew int64 `json:"products_new"`

	Applied       int64 `json:"applied_documents"` // sales documents posted by this run
	AppliedLines  int64 `json:"applied_lines"`
	Purchases     int64 `json:"purchase_orders"`  // posted by this run
	PurchaseBacks int64 `json:"purchase_returns"` // posted by this run
	Millis        int64 `json:"millis"`
}

// Clean tells whether nothing stands in the way of applying all of it.
func (s *Summary) Clean() bool { return s.BadLines == 0 && s.BadDocuments == 0 && s.NConflicts == 0 }
