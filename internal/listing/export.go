package listing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/excel"
	"saluran/internal/i18n"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/internal/report"
)

// Lists are the names of the lists that there are as workbooks.
func Lists() []string { return slices.Sorted(maps.Keys(tables)) }

// Words says what one reads in the notes of a workbook and in the title of its job: the filters, in words.
func Words(lang string, filter map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(filter)) {
		if filter[k] != "" {
			out = append(out, i18n.T(lang, "chip."+k)+": "+filter[k])
		}
	}
	return strings.Join(out, " · ")
}

// MayList is nil where the actor may read a list at all: whoever fetches the workbook is asked again.
func (s *Service) MayList(ctx context.Context, a access.Actor, name string) error {
	t, ok := tables[name]
	if !ok {
		return errs.Gone()
	}
	return s.Gate.Ever(ctx, a, t.right)
}

// Sight is what an actor's rights show it of lists: two with the same sight see the same fields.
func (s *Service) Sight(a access.Actor) string { return s.Gate.Sight(a) }

// CheckList is nil where a filter can be answered.
func (s *Service) CheckList(ctx context.Context, a access.Actor, name string, filter map[string]string) error {
	t, ok := tables[name]
	if !ok {
		return errs.Gone()
	}
	q := query(t, filter, "")
	q.Size = 1
	_, _, err := t.rows(s, ctx, a, q)
	return err
}

// query takes the order out of a filter.
func query(t table, filter map[string]string, cursor string) list.Query {
	q := list.Query{Cursor: cursor, Size: list.MaxSize, Sort: t.sort, Filter: maps.Clone(filter)}
	if q.Filter == nil {
		q.Filter = map[string]string{}
	}
	if v := q.Filter["sort"]; v != "" {
		q.Sort = v
	}
	delete(q.Filter, "sort")
	return q
}

// WriteList writes a list, as it was filtered, into a workbook: its rows, and a sheet that says what was asked, when, after which
// number of the ledger, how many rows there are, and a digest of them. Pages are read one after the other: what changes meanwhile
// stands there as it is when its page is read.
func (s *Service) WriteList(ctx context.Context, a access.Actor, name string, filter map[string]string, w io.Writer, progress func(done, total int64)) (report.Summary, error) {
	t, ok := tables[name]
	if !ok {
		return report.Summary{}, errs.Gone()
	}
	sum := report.Summary{Report: "list-" + name, Recorded: s.Clock.Now()}
	if err := s.DB.R(ctx).Raw("SELECT seq FROM lane WHERE lane = 0").Row().Scan(&sum.Seq); err != nil {
		return sum, fmt.Errorf("the ledger's head: %w", err)
	}
	x := excel.NewWriter(w)
	defer x.Abort()
	var cols []excel.Column
	for _, c := range t.columns {
		cols = append(cols, excel.Column{Header: word(a, c.key), Width: c.width})
	}
	sheet := x.Table(word(a, "list."+name), cols, excel.Hint{})
	digest := sha256.New()
	for cursor, more := "", true; more; more = cursor != "" {
		rows, next, err := t.rows(s, ctx, a, query(t, filter, cursor))
		if err != nil {
			return sum, err
		}
		for _, row := range rows {
			write(sheet, row)
			io.WriteString(digest, line(row))
		}
		sum.Rows += int64(len(rows))
		progress(sum.Rows, 0)
		cursor = next
	}
	sheet.Close()
	sum.SHA256 = hex.EncodeToString(digest.Sum(nil))
	s.notes(x, a, name, filter, sum)
	if err := x.Close(); err != nil {
		return sum, err
	}
	progress(sum.Rows, sum.Rows)
	return sum, nil
}

func write(s *excel.Sheet, row []any) {
	for _, v := range row {
		switch c := v.(type) {
		case code:
			s.Code(string(c))
		case clock.Date:
			s.Date(c)
		case amount:
			if c.hidden {
				s.Text("")
			} else {
				s.Money(c.of, money.Currencies[c.currency])
			}
		case qty.Qty:
			s.Decimal(int64(c), 3)
		case string:
			s.Text(c)
		}
	}
	s.EndRow()
}

func (s *Service) notes(x *excel.Writer, a access.Actor, name string, filter map[string]string, sum report.Summary) {
	lang := i18n.Lang(a.Lang)
	p := x.Page(word(a, "report.sheet.notes"), []excel.Column{{Width: 38}, {Width: 70}})
	put := func(label, value string) { p.Head(word(a, label)); p.Code(value); p.EndRow() }
	put("listing.note.list", word(a, "list."+name))
	put("report.note.org", a.OrgName)
	put("listing.note.person", a.Name)
	words := Words(lang, filter)
	if words == "" {
		words = word(a, "listing.note.all")
	}
	put("listing.note.filter", words)
	put("report.note.recorded", sum.Recorded.Time().In(clock.Zone(a.Zone)).Format("2006-01-02 15:04:05 -0700"))
	p.Head(word(a, "report.note.cutoff"))
	p.Int(sum.Seq)
	p.EndRow()
	p.Head(word(a, "report.note.rows"))
	p.Int(sum.Rows)
	p.EndRow()
	put("report.note.sha", sum.SHA256)
	p.Head("")
	p.Note(word(a, "report.note.sha_how"))
	p.EndRow()
	p.Close()
}
