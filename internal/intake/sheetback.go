package intake

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/excel"
	"saluran/internal/goods"
	"saluran/internal/i18n"
	"saluran/internal/qty"
)

// back writes the workbook that goes back: the rows as they came, cells that are wrong in red, and what is wrong in words in a last
// column. Nothing is written where nothing is wrong.
func (t *sheetRun) back() error {
	if len(t.marks) == 0 || t.job.Back == nil {
		return nil
	}
	name := filepath.Base(strings.ReplaceAll(t.job.File.Name, `\`, "/"))
	for _, ext := range []string{".gz", ".csv", ".tsv", ".txt", ".xlsx"} {
		name = strings.TrimSuffix(name, ext)
	}
	f, err := t.job.Back(clip(name, 100) + "-" + strings.ToLower(i18n.T(t.a.Lang, "sheet.problems_column")) + ".xlsx")
	if err != nil {
		return err
	}
	if err := t.writeBack(f); err != nil {
		return err
	}
	return f.Close()
}

func (t *sheetRun) writeBack(to io.Writer) error {
	w := excel.NewWriter(to)
	defer w.Abort()
	var head []excel.Column
	var keep []int // columns of the file: not the one with the problems of an earlier time
	for i, h := range t.view.Header {
		if ourProblems(h) {
			continue
		}
		keep = append(keep, i)
		head = append(head, excel.Column{Header: h, Width: min(max(len(h)+2, 12), 40)})
	}
	for i := len(t.view.Header); i < t.wide; i++ { // nothing that came is lost
		keep = append(keep, i)
		head = append(head, excel.Column{Width: 12})
	}
	head = append(head, excel.Column{Header: i18n.T(t.a.Lang, "sheet.problems_column"), Width: 80})
	s := w.Table(i18n.T(t.a.Lang, "sheet.kind."+t.job.Kind.Name), head, excel.Hint{})
	err := t.rows(func([]string) error { return nil }, func(row []string, at int64, _ string) error {
		marks := t.marks[at]
		for _, i := range keep {
			v := ""
			if i < len(row) {
				v = clip(strings.ToValidUTF8(row[i], "?"), 32_000)
			}
			t.cellBack(s, i, v, marks)
		}
		s.Note(t.words(marks))
		s.EndRow()
		return nil
	})
	if err != nil {
		return err
	}
	s.Close()
	return w.Close()
}

// cellBack writes a cell as it came: red where something is wrong with it. What a workbook held as number or day is one again; everything
// else is text, letter by letter, and never a formula.
func (t *sheetRun) cellBack(s *excel.Sheet, i int, v string, marks []Mark) {
	c, ours := t.columnAt(i)
	for _, m := range marks {
		if n, beyond := m.Beyond(); ours && m.Column == c.Name || beyond && i >= n && v != "" {
			s.Bad(v)
			return
		}
	}
	if t.workbook && v != "" && (!ours || c.Sort != Code && c.Sort != Text) {
		if ours && c.Sort == Day {
			if d, why := t.view.Reading.dayRead(v, true); why == "" {
				s.Date(clock.Date(d))
				return
			}
		}
		if stored.MatchString(v) && len(v) < 16 && !strings.HasPrefix(strings.TrimPrefix(v, "-"), "00") {
			plain := excel.Plain(v)
			_, frac, _ := strings.Cut(plain, ".")
			if n, err := qty.Decimal(plain, len(frac)); err == nil && len(frac) < 10 {
				s.Decimal(n, len(frac))
				return
			}
		}
	}
	s.Code(v)
}

// columnAt is the kind's column that a column of the file is matched with.
func (t *sheetRun) columnAt(i int) (Column, bool) {
	for n, at := range t.columns {
		if at == i {
			return t.job.Kind.Columns[n], true
		}
	}
	return Column{}, false
}

// words say what is wrong with a row.
func (t *sheetRun) words(marks []Mark) string {
	var all []string
	for _, m := range marks {
		all = append(all, t.job.Kind.Sentence(t.a.Lang, m))
	}
	return clip(strings.Join(all, "\n"), 30_000)
}

// Sentence says what is wrong with a cell, with the name of its column.
func (k Kind) Sentence(lang string, m Mark) string {
	why := i18n.Code(lang, m.Code, m.Args)
	if i := k.index(m.Column); i >= 0 {
		return k.Label(lang, k.Columns[i]) + ": " + why
	}
	return why
}

// Template writes the workbook that people fill in: the columns with what belongs into them, lists to choose from, and a sheet that
// explains it. choices are further lists, by column: names of the organisation's own.
func (k Kind) Template(lang string, choices map[string][]string, to io.Writer) error {
	x := excel.Template{Sheet: i18n.T(lang, "sheet.kind."+k.Name), HelpTab: i18n.T(lang, "sheet.help_tab"), Lines: 2000}
	x.Help = append(x.Help, [2]string{i18n.T(lang, "sheet.kind."+k.Name), i18n.T(lang, "sheet.about."+k.Name)})
	for _, c := range k.Columns {
		f := excel.Field{Header: k.Label(lang, c), Note: k.Hint(lang, c), Width: 18, Code: c.Sort == Code || c.Sort == Text, Must: c.Must, Choice: choices[c.Name]}
		for _, key := range c.Choices {
			f.Choice = append(f.Choice, ChoiceLabel(lang, c, key))
		}
		x.Columns = append(x.Columns, f)
		what := i18n.T(lang, "sheet.sort."+string(c.Sort))
		if c.Must {
			what = i18n.T(lang, "sheet.must") + " " + what
		}
		if f.Note != "" {
			what += " " + f.Note
		}
		x.Help = append(x.Help, [2]string{f.Header, what})
	}
	return x.Write(to)
}

// choices are the names that columns of a template choose from.
func (s *Sheets) choices(ctx context.Context, a access.Actor, k Kind) (map[string][]string, error) {
	out := map[string][]string{}
	if k.index("list") >= 0 {
		lists, err := s.Catalog.Lists(ctx, a)
		if err != nil {
			return nil, err
		}
		for _, l := range lists {
			out["list"] = append(out["list"], l.Name)
		}
	}
	if k.index("warehouse") >= 0 {
		places, err := s.Goods.Places(ctx, a)
		if err != nil {
			return nil, err
		}
		for _, p := range places {
			if p.Kind == goods.Warehouse && p.Active {
				out["warehouse"] = append(out["warehouse"], p.Name)
			}
		}
	}
	return out, nil
}
