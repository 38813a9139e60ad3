package intake

import (
	"context"
	"maps"
	"strings"

	"saluran/internal/access"
)

// Preview is what a person sees before saying yes: how the file was understood, its first rows as they are, what is wrong with
// which cell, and the totals that applying it would add.
type Preview struct {
	Files   []PreviewFile `json:"files"`
	Summary *Summary      `json:"summary"`
}

// PreviewFile is the top of one file of lines.
type PreviewFile struct {
	Name   string            `json:"name"`
	Header []string          `json:"header"`
	Uses   map[string]string `json:"uses"` // field of the mapping → column
	Rows   []PreviewRow      `json:"rows"`
	width  int               // columns up to the last that has a name
}

// PreviewRow is a row as it stands in the file.
type PreviewRow struct {
	Row   int64    `json:"row"`
	Cells []string `json:"cells"`
	Good  bool     `json:"good"`
}

// previewRows is how many rows of each file are shown.
const previewRows = 25

// Preview is the dry run with the first rows beside it. Right: import:run.
func (s *Service) Preview(ctx context.Context, a access.Actor, job Job) (*Preview, error) {
	v := &Preview{}
	p, err := s.plan(ctx, a, job, v)
	if err != nil {
		return nil, err
	}
	defer p.close()
	v.Summary = p.sum
	v.columns()
	return v, nil
}

func (v *Preview) open(t *table, columns map[string]string) {
	v.Files = append(v.Files, PreviewFile{Name: t.name, Header: t.header, Uses: maps.Clone(columns), width: t.width})
}

func (v *Preview) row(cells []string, n int64, good bool) {
	f := &v.Files[len(v.Files)-1]
	if len(f.Rows) == previewRows {
		return
	}
	r := PreviewRow{Row: n, Good: good}
	for _, c := range cells {
		r.Cells = append(r.Cells, strings.Clone(clip(strings.ToValidUTF8(c, "?"), 120)))
	}
	f.Rows = append(f.Rows, r)
}

// FieldNames are the fields of a mapping that a preview shows, in order.
func FieldNames() []string {
	return []string{"document", "line", "date", "seller.code", "buyer.code", "buyer.name", "buyer.kind", "product.code", "product.name",
		"product.producer", "quantity", "unit", "price", "amount", "tax"}
}
