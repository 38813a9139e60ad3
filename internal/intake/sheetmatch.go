package intake

import (
	"context"
	"strings"

	"gorm.io/gorm/clause"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/id"
)

// From is where a column of a kind comes from: a column of the file, counted from 0, or one value for all rows.
type From struct {
	Column int    `json:"column"`
	Value  string `json:"value,omitempty"`
	How    string `json:"how,omitempty"` // header, remembered or person
}

// Match says where the columns of a kind come from, by their names.
type Match map[string]From

// How a match was found.
const (
	byHeader     = "header"
	byRemembered = "remembered"
	ByPerson     = "person"
)

// matchRow is what an organisation has once said of a header's word: Field "" is that it is nothing of ours.
type matchRow struct {
	Org   id.ID         `gorm:"column:org;primaryKey"`
	Kind  string        `gorm:"column:kind;primaryKey"`
	Word  string        `gorm:"column:word;primaryKey"`
	Field string        `gorm:"column:field"`
	At    clock.Instant `gorm:"column:at_us"`
}

func (matchRow) TableName() string { return "sheet_match" }

// maxWord is how much of a header is remembered.
const maxWord = 120

func wordOf(header string) string { return strings.ToValidUTF8(clip(sameName(header), maxWord), "?") }

// found matches the header of a file by what the organisation has said before, else by the columns' own names. A name that two columns
// bear matches neither: a person is asked.
func (t *sheetRun) found(header []string) (Match, error) {
	said, err := t.remembered(header)
	if err != nil {
		return nil, err
	}
	own := map[string]string{}
	for _, c := range t.job.Kind.Columns {
		for _, w := range t.job.Kind.words(c) {
			if own[w] == "" {
				own[w] = c.Name
			}
		}
	}
	out, twice := Match{}, map[string]bool{}
	for _, how := range []string{byRemembered, byHeader} {
		for i, h := range header {
			w := wordOf(h)
			field, known := said[w]
			if how == byHeader {
				if known {
					continue
				}
				field = own[w]
			}
			old, have := out[field]
			switch {
			case field == "" || t.job.Kind.index(field) < 0:
			case have && old.How == how:
				twice[field] = true
			case !have:
				out[field] = From{Column: i, How: how}
			}
		}
	}
	for f := range twice {
		delete(out, f)
	}
	return out, nil
}

func (t *sheetRun) remembered(header []string) (map[string]string, error) {
	words := make([]string, 0, len(header))
	for _, h := range header {
		if w := wordOf(h); w != "" {
			words = append(words, w)
		}
	}
	var rows []matchRow
	err := t.s.DB.R(t.ctx).Where("org = ? AND kind = ? AND word IN ?", t.a.Org, t.job.Kind.Name, words).Find(&rows).Error
	out := map[string]string{}
	for _, r := range rows {
		out[r.Word] = r.Field
	}
	return out, err
}

// remember keeps what a person has said of the header of a file, in the transaction of ctx.
func (s *Sheets) remember(ctx context.Context, by id.By, k Kind, header []string, m Match) error {
	now := s.Clock.Now()
	of := map[int]string{}
	for field, f := range m {
		if f.Value == "" {
			of[f.Column] = field
		}
	}
	rows, seen := []matchRow{}, map[string]bool{}
	for i, h := range header {
		w := wordOf(h)
		if w == "" || seen[w] {
			continue
		}
		seen[w] = true
		rows = append(rows, matchRow{by.Org, k.Name, w, of[i], now})
	}
	if len(rows) == 0 {
		return nil
	}
	err := s.DB.W(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "org"}, {Name: "kind"}, {Name: "word"}},
		DoUpdates: clause.AssignmentColumns([]string{"field", "at_us"})}).CreateInBatches(rows, 200).Error
	if err != nil {
		return err
	}
	return audit.Record(ctx, s.DB, by, now, "sheet.matched", by.Org, audit.Diff(map[string][2]any{"kind": {"", k.Name}, "columns": {0, len(of)}}))
}
