package intake

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sort"

	"saluran/internal/errs"
)

// pass reads the file row by row, checks it batch by batch, and where it is told to applies what is good.
func (t *sheetRun) pass(w worker, apply bool) error {
	cells := map[int64][]string{}
	var batch []*record
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := t.batch(w, batch, cells, apply)
		clear(cells)
		batch = batch[:0]
		return err
	}
	grouped := t.job.Kind.Group != ""
	err := t.rows(func([]string) error { return nil }, func(row []string, at int64, broken string) error {
		r := &record{at: at, state: RowNew}
		if broken != "" {
			r.bad("", broken)
		} else {
			r = t.parse(row, at)
		}
		if t.worthShowing(len(cells), r) {
			cells[at] = shown(row)
		}
		batch = append(batch, r)
		if len(batch) < batchRows || grouped {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	t.told()
	return err
}

// worthShowing tells whether a row's cells are still to be shown. Which rows will turn out bad is not known yet: of each batch all are
// kept until it is through, of documents, which are one batch, those that may be shown.
func (t *sheetRun) worthShowing(have int, r *record) bool {
	return t.job.Kind.Group == "" || have < shownRows+wrongRows || len(r.marks) > 0 && have < 10*wrongRows
}

// batch checks rows and applies the good ones.
func (t *sheetRun) batch(w worker, all []*record, cells map[int64][]string, apply bool) error {
	if err := t.ctx.Err(); err != nil {
		return context.Cause(t.ctx)
	}
	var readable []*record
	for _, r := range all {
		if len(r.cells) > 0 && !r.wide {
			readable = append(readable, r)
		}
	}
	if err := w.check(readable); err != nil {
		return err
	}
	units := t.units(all)
	t.step(int64(len(all)))
	if apply {
		if err := t.applied(w, units); err != nil {
			return err
		}
		t.step(int64(len(all)))
	}
	for _, r := range all {
		t.count(r, cells[r.at])
	}
	return nil
}

func (t *sheetRun) step(n int64) {
	if t.done += n; t.job.Progress != nil {
		t.job.Progress(min(t.done, t.total), t.total)
	}
}

// units are the rows that stand or fall together: the documents of a kind that has them, else each row.
func (t *sheetRun) units(all []*record) [][]*record {
	g := t.job.Kind.index(t.job.Kind.Group)
	if g < 0 {
		out := make([][]*record, len(all))
		for i := range all {
			out[i] = all[i : i+1]
		}
		return out
	}
	var out [][]*record
	at, spoilt := map[string]int{}, map[string]int64{}
	for _, r := range all {
		if len(r.cells) == 0 {
			continue
		}
		for _, k := range r.perhaps {
			spoilt[k] = r.at
		}
		k := r.cells[g].text
		if _, ok := at[k]; !ok || k == "" {
			at[k] = len(out)
			out = append(out, nil)
		}
		out[at[k]] = append(out[at[k]], r)
	}
	for _, u := range out {
		why, bad := spoilt[u[0].cells[g].text]
		if i := slices.IndexFunc(u, func(r *record) bool { return r.state == RowBad }); i >= 0 {
			why, bad = u[i].at, true
		}
		for _, r := range u {
			if bad && r.state != RowBad {
				r.bad(t.job.Kind.Group, "sheet.other_row_bad", "row", itoa(why))
			}
		}
	}
	return out
}

// applied applies what is good: kinds whose rows are transactions of their own one by one, the others all in one, and one by one where
// that is refused, so that one row does not take the others with it.
func (t *sheetRun) applied(w worker, units [][]*record) error {
	var good [][]*record
	for _, u := range units {
		if u[0].state == RowNew || u[0].state == RowChanged {
			good = append(good, u)
		}
	}
	if !t.job.Kind.Alone && len(good) > 0 {
		err := t.s.DB.InTx(t.ctx, func(ctx context.Context) error { return w.apply(t.in(ctx), slices.Concat(good...)) })
		if err == nil {
			t.view.Applied += int64(len(slices.Concat(good...)))
			return nil
		}
		if !refusal(err) {
			return err
		}
	}
	for _, u := range good {
		var err error
		if t.job.Kind.Alone {
			err = w.apply(t, u)
		} else {
			err = t.s.DB.InTx(t.ctx, func(ctx context.Context) error { return w.apply(t.in(ctx), u) })
		}
		switch {
		case err == nil:
			t.view.Applied += int64(len(u))
		case t.ctx.Err() != nil:
			return context.Cause(t.ctx)
		case refusal(err):
			t.blame(w, u, err)
		default:
			return err
		}
	}
	return nil
}

// in is the run inside a transaction.
func (t *sheetRun) in(ctx context.Context) *sheetRun {
	inner := *t
	inner.ctx = ctx
	return &inner
}

// refusal tells whether an error is about the row, and not about the program or the moment.
func refusal(err error) bool {
	k := errs.KindOf(err)
	return k == errs.Invalid || k == errs.Conflict || k == errs.NotFound || k == errs.Forbidden || k == errs.TooLarge
}

// blame marks the rows that a service has refused.
func (t *sheetRun) blame(w worker, u []*record, err error) {
	var e *errs.Error
	if !errors.As(err, &e) {
		return
	}
	column := func(path string) string {
		if c := w.blames(path); c != "" {
			return c
		}
		return t.job.Kind.Columns[0].Name
	}
	for i, r := range u {
		for _, f := range e.Fields {
			if o, ok := w.(*orderSheet); ok && len(u) > 1 {
				if n := o.rowOf(f.Path); n >= 0 && n != i {
					if len(r.marks) == 0 && n < len(u) {
						r.bad(t.job.Kind.Group, "sheet.other_row_bad", "row", itoa(u[n].at))
					}
					continue
				}
			}
			r.marks, r.state = append(r.marks, Mark{column(f.Path), f.Code, maps.Clone(f.Args)}), RowBad
		}
		if len(e.Fields) == 0 {
			r.marks, r.state = append(r.marks, Mark{column(""), e.Code, maps.Clone(e.Args)}), RowBad
		}
	}
}

// count takes a row into the figures, and into what is shown.
func (t *sheetRun) count(r *record, cells []string) {
	v := t.view
	switch r.state {
	case RowNew:
		v.New++
	case RowChanged:
		v.Changed++
	case RowSame:
		v.Same++
	default:
		v.Bad++
	}
	row := SheetRow{r.at, r.state, cells, r.marks}
	switch {
	case len(v.First) < shownRows:
		v.First = append(v.First, row)
	case r.state == RowBad && len(v.Wrong) < wrongRows && cells != nil:
		v.Wrong = append(v.Wrong, row)
	}
	if len(r.marks) == 0 {
		return
	}
	t.marks[r.at] = r.marks
	for _, m := range r.marks {
		k := m.Column + "/" + m.Code
		p := t.problems[k]
		if p == nil {
			p = &SheetProblem{Mark: m, Row: r.at}
			if i := t.job.Kind.index(m.Column); i >= 0 && t.columns[i] >= 0 && t.columns[i] < len(cells) {
				p.Value = cells[t.columns[i]]
			} else if i, ok := m.Beyond(); ok && i < len(cells) {
				p.Value = cells[i]
			}
			t.problems[k] = p
		}
		p.N++
	}
}

// told puts the problems in order, the most frequent first.
func (t *sheetRun) told() {
	t.view.Problems = nil
	for _, p := range t.problems {
		t.view.Problems = append(t.view.Problems, *p)
	}
	sort.Slice(t.view.Problems, func(i, j int) bool {
		x, y := t.view.Problems[i], t.view.Problems[j]
		return x.N > y.N || x.N == y.N && (x.Row < y.Row || x.Row == y.Row && x.Column < y.Column)
	})
	if len(t.view.Problems) > 200 {
		t.view.Problems = t.view.Problems[:200]
	}
}
