package api

import (
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/intake"
)

// ImportSummary is what an import found, and what it did.
type ImportSummary struct {
	Map          string           `json:"map"`
	Currency     string           `json:"currency"`
	Lines        int64            `json:"lines" doc:"Rows read"`
	Documents    int64            `json:"documents" doc:"Good ones"`
	Quantity     string           `json:"quantity" doc:"Of the good documents, net of returns"`
	Amount       string           `json:"amount" doc:"Before tax, net of returns"`
	Tax          string           `json:"tax"`
	From         string           `json:"from,omitempty"`
	To           string           `json:"to,omitempty"`
	BadLines     int64            `json:"bad_lines"`
	BadDocuments int64            `json:"bad_documents"`
	Problems     []ImportProblem  `json:"problems" doc:"The first thousand"`
	Conflicts    []ImportConflict `json:"conflicts" doc:"The first thousand"`
	NConflicts   int64            `json:"conflict_count"`
	New          int64            `json:"new_documents"`
	Already      int64            `json:"already_there"`
	OpeningLines int64            `json:"opening_stock_lines" doc:"Returns of more than the buyer holds"`
	Opening      string           `json:"opening_stock" doc:"The shortfall, put in first"`
	PartnersNew  int64            `json:"partners_new"`
	ProductsNew  int64            `json:"products_new"`
	Applied      int64            `json:"applied_documents"`
	AppliedLines int64            `json:"applied_lines"`
}

// ImportProblem is what is wrong with a row.
type ImportProblem struct {
	File   string `json:"file"`
	Row    int64  `json:"row" doc:"As a spreadsheet counts: the header is row 1; 0 where no row is meant"`
	Column string `json:"column"`
	Value  string `json:"value"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// ImportConflict is a document that the books already have with other content.
type ImportConflict struct {
	File     string `json:"file"`
	Row      int64  `json:"row" doc:"The first of the document"`
	Document string `json:"document"`
	Date     string `json:"date"`
	Buyer    string `json:"buyer"`
	Code     string `json:"code"`
	Detail   string `json:"detail"`
}

// ImportFile is the top of an uploaded file of lines.
type ImportFile struct {
	Name   string            `json:"name"`
	Header []string          `json:"header"`
	Uses   map[string]string `json:"uses" doc:"What is read from which column"`
	Rows   []ImportRow       `json:"rows"`
}

// ImportRow is a row as it stands in the file.
type ImportRow struct {
	Row   int64    `json:"row"`
	Cells []string `json:"cells"`
	Good  bool     `json:"good"`
}

func importSummary(lang string, s *intake.Summary) *ImportSummary {
	if s == nil {
		return nil
	}
	w := &ImportSummary{Map: s.Map, Currency: s.Currency, Lines: s.Lines, Documents: s.Documents, Quantity: s.Quantity.String(),
		Amount: minor(s.Currency, s.Amount), Tax: minor(s.Currency, s.Tax), From: string(s.From), To: string(s.To), BadLines: s.BadLines,
		BadDocuments: s.BadDocuments, NConflicts: s.NConflicts, New: s.New, Already: s.Already, OpeningLines: s.OpeningLines,
		Opening: s.Opening.String(), PartnersNew: s.PartnersNew, ProductsNew: s.ProductsNew, Applied: s.Applied, AppliedLines: s.AppliedLines,
		Problems: []ImportProblem{}, Conflicts: []ImportConflict{}}
	for _, p := range s.Problems {
		w.Problems = append(w.Problems, ImportProblem{p.File, p.Row, p.Column, p.Value, p.Code, i18n.Code(lang, p.Code, errs.Args(p.Args))})
	}
	for _, c := range s.Conflicts {
		w.Conflicts = append(w.Conflicts, ImportConflict{c.File, c.Row, c.Document, string(c.Date), c.Buyer, c.Code, i18n.Code(lang, c.Code, nil)})
	}
	return w
}

func importFiles(v *intake.Preview) []ImportFile {
	var out []ImportFile
	for _, f := range v.Files {
		w := ImportFile{Name: f.Name, Header: f.Header, Uses: f.Uses, Rows: []ImportRow{}}
		for _, r := range f.Rows {
			w.Rows = append(w.Rows, ImportRow(r))
		}
		out = append(out, w)
	}
	return out
}
