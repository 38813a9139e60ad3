package intake

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/id"
	"saluran/internal/jobs"
	"saluran/internal/partner"
)

// Kinds of the jobs of spreadsheets.
const (
	SheetCheckKind = "sheet.check"
	SheetRunKind   = "sheet.run"
)

// SheetAsked is the payload of both: what a page shows of it, beside the rest.
type SheetAsked struct {
	Seat       jobs.Seat `json:"seat"`
	Kind       string    `json:"kind"`
	File       kept      `json:"file"`
	Match      Match     `json:"match,omitempty"`
	Reading    Reading   `json:"reading"`
	AcceptGood bool      `json:"accept_good,omitempty"`
	Check      id.ID     `json:"check,omitempty"` // of a run: the check that it follows
}

// Said is what the log keeps of the asking: the file by the number under which it is kept.
func (a SheetAsked) Said() string {
	words := []string{a.Kind, "file " + a.File.File.String()}
	if a.Check != 0 {
		words = append(words, "check "+a.Check.String())
	}
	if a.AcceptGood {
		words = append(words, "accept_good")
	}
	return strings.Join(words, " ")
}

// Name is the file's.
func (a SheetAsked) Name() string { return a.File.Name }

// SystemOf is the actor of the command line for an organisation: whoever may run the program on its database may bring in what its owner may.
func SystemOf(o partner.Org) access.Actor {
	return access.Actor{Person: systemPerson, Org: o.ID, OrgName: o.Name, Kind: o.Kind, Role: "owner", Lang: "en", Zone: o.Zone}
}

// Spreadsheets tells the queue how the jobs of spreadsheets are done: before the queue runs.
func (u *Uploads) Spreadsheets(s *Sheets) {
	u.sheets = s
	u.queue.Register(SheetCheckKind, func(ctx context.Context, r *jobs.Run) error { return u.sheetJob(ctx, r, s.Check) })
	u.queue.Register(SheetRunKind, func(ctx context.Context, r *jobs.Run) error { return u.sheetJob(ctx, r, s.Run) })
}

// SendSheet keeps a file and asks for its check. Rights: import:run, and that of the kind. Errors: sheet.unknown_kind, site.no_file.
func (u *Uploads) SendSheet(ctx context.Context, a access.Actor, k audit.Key, kind string, f Sent) (jobs.Job, error) {
	x, err := KindOf(kind)
	if err != nil {
		return jobs.Job{}, err
	}
	if err := u.sheets.may(ctx, a, x); err != nil {
		return jobs.Job{}, err
	}
	no, sum, err := u.keep(ctx, a.Org, f)
	if err != nil {
		return jobs.Job{}, err
	}
	k.Hash = audit.HashOf(k.Client, kind, f.Name, sum)
	return u.queue.Enqueue(ctx, a.By(), SheetCheckKind, SheetAsked{Seat: jobs.SeatOf(a), Kind: kind, File: kept{f.Name, no}}, k)
}

// MatchSheet asks for the check of the same file with other columns, or another reading. What was said of the columns is remembered for
// the organisation. Rights: those of SendSheet. Errors: not_found, import.not_checked, fields match.NAME with sheet.no_such_column,
// sheet.column_needed, sheet.column_for_two, and order, decimal with sheet.no_choice.
func (u *Uploads) MatchSheet(ctx context.Context, a access.Actor, k audit.Key, check id.ID, m Match, rd Reading) (jobs.Job, error) {
	v, j, ask, err := u.sheetOf(ctx, a, check)
	if err != nil {
		return jobs.Job{}, err
	}
	if err := u.sheets.may(ctx, a, ask.kind()); err != nil {
		return jobs.Job{}, err
	}
	if v == nil || j.Kind != SheetCheckKind {
		return jobs.Job{}, errs.New(errs.Conflict, "import.not_checked")
	}
	if err := m.check(ask.kind(), v.Header); err != nil {
		return jobs.Job{}, err
	}
	if !slices.Contains([]string{"", "dmy", "mdy"}, rd.Order) {
		return jobs.Job{}, errs.OnFields("sheet.no_choice", errs.F("order", "sheet.no_choice"))
	}
	if !slices.Contains([]string{"", ",", "."}, rd.Decimal) {
		return jobs.Job{}, errs.OnFields("sheet.no_choice", errs.F("decimal", "sheet.no_choice"))
	}
	ask.Seat, ask.Match, ask.Reading = jobs.SeatOf(a), m, rd
	var next jobs.Job
	err = u.imports.DB.InTx(ctx, func(ctx context.Context) error {
		if next, err = u.queue.Enqueue(ctx, a.By(), SheetCheckKind, ask, k); err != nil {
			return err
		}
		return u.sheets.remember(ctx, a.By(), ask.kind(), v.Header, m)
	})
	return next, err
}

// check holds what a person said against the file and the kind.
func (m Match) check(k Kind, header []string) error {
	var bad []errs.Field
	used := map[int]string{}
	for _, c := range k.Columns {
		f, ok := m[c.Name]
		switch {
		case !ok && c.Must:
			bad = append(bad, errs.F("match."+c.Name, "sheet.column_needed"))
		case ok && f.Value == "" && (f.Column < 0 || f.Column >= len(header)):
			bad = append(bad, errs.F("match."+c.Name, "sheet.no_such_column"))
		case ok && f.Value == "" && used[f.Column] != "":
			bad = append(bad, errs.F("match."+c.Name, "sheet.column_for_two", "column", header[f.Column]))
		case ok && f.Value == "":
			used[f.Column] = c.Name
		}
	}
	for name := range m {
		if k.index(name) < 0 {
			bad = append(bad, errs.F("match."+name, "sheet.no_such_column"))
		}
	}
	if len(bad) > 0 {
		return errs.OnFields("invalid_fields", bad...)
	}
	return nil
}

func (a SheetAsked) kind() Kind {
	k, _ := KindOf(a.Kind)
	return k
}

// ApplySheet asks for what a check found to be applied; acceptGood also where some rows are bad. Errors: not_found, import.not_checked,
// sheet.not_ready, sheet.nothing, import.refused, import.applied, import.being_applied.
func (u *Uploads) ApplySheet(ctx context.Context, a access.Actor, k audit.Key, check id.ID, acceptGood bool) (jobs.Job, error) {
	v, j, ask, err := u.sheetOf(ctx, a, check)
	if err != nil {
		return jobs.Job{}, err
	}
	if err := u.sheets.may(ctx, a, ask.kind()); err != nil {
		return jobs.Job{}, err
	}
	switch {
	case v == nil || j.Kind != SheetCheckKind:
		return jobs.Job{}, errs.New(errs.Conflict, "import.not_checked")
	case !v.Ready():
		return jobs.Job{}, errs.New(errs.Conflict, "sheet.not_ready")
	case v.Bad > 0 && !acceptGood:
		return jobs.Job{}, errs.New(errs.Invalid, "import.refused", "bad", itoa(v.Bad), "conflicts", "0")
	case v.Torn > 0:
		return jobs.Job{}, torn(v.Torn)
	case v.New+v.Changed == 0:
		return jobs.Job{}, errs.New(errs.Invalid, "sheet.nothing")
	}
	ask.Seat, ask.AcceptGood, ask.Check, ask.Match, ask.Reading = jobs.SeatOf(a), acceptGood, check, v.Match, v.Reading
	return u.onceFor(ctx, a, check, SheetRunKind, func(ctx context.Context) (jobs.Job, error) {
		return u.queue.Enqueue(ctx, a.By(), SheetRunKind, ask, k)
	})
}

// Sheet is what a check found, or a run did; nil while it has not ended. Right: import:read, and to read what the kind is about.
func (u *Uploads) Sheet(ctx context.Context, a access.Actor, no id.ID) (*SheetView, jobs.Job, error) {
	v, j, _, err := u.sheetOf(ctx, a, no)
	return v, j, err
}

func (u *Uploads) sheetOf(ctx context.Context, a access.Actor, no id.ID) (*SheetView, jobs.Job, SheetAsked, error) {
	var ask SheetAsked
	if err := u.imports.Gate.Require(ctx, a, access.Own, "import", "read"); err != nil {
		return nil, jobs.Job{}, ask, err
	}
	j, err := u.queue.Job(ctx, a.Org, no)
	if err != nil {
		return nil, j, ask, err
	}
	if j.Kind != SheetCheckKind && j.Kind != SheetRunKind {
		return nil, jobs.Job{}, ask, errs.Gone()
	}
	if err := json.Unmarshal([]byte(j.Payload), &ask); err != nil {
		return nil, j, ask, err
	}
	if u.sheets.of(ctx, a, ask.kind(), "read") != nil { // whoever may not read prices reads none here
		return nil, jobs.Job{}, ask, errs.Gone()
	}
	if j.File == 0 || !j.Status.Ended() {
		return nil, j, ask, nil
	}
	_, body, err := u.queue.Box.Open(ctx, a.Org, j.File)
	if err != nil {
		return nil, j, ask, err
	}
	defer body.Close()
	v := &SheetView{}
	return v, j, ask, json.NewDecoder(body).Decode(v)
}

// SheetBack opens the workbook that goes back. Rights as Sheet. NotFound where nothing was wrong.
func (u *Uploads) SheetBack(ctx context.Context, a access.Actor, no id.ID) (files.File, io.ReadCloser, error) {
	v, _, _, err := u.sheetOf(ctx, a, no)
	if err != nil {
		return files.File{}, nil, err
	}
	if v == nil || v.Back == 0 {
		return files.File{}, nil, errs.Gone()
	}
	if err := audit.Fetched(ctx, u.imports.DB, a.By(), u.imports.Clock.Now(), "sheet.fetched", no, v.Kind); err != nil {
		return files.File{}, nil, err
	}
	return u.queue.Box.Open(context.WithoutCancel(ctx), a.Org, v.Back) // it is read after the handler has answered
}

// SheetTemplate writes the workbook that people fill in, with lists of the organisation's own where a column chooses from them. Rights:
// those of SendSheet.
func (u *Uploads) SheetTemplate(ctx context.Context, a access.Actor, kind string, to io.Writer) error {
	k, err := KindOf(kind)
	if err != nil {
		return err
	}
	if err := u.sheets.may(ctx, a, k); err != nil {
		return err
	}
	choices, err := u.sheets.choices(ctx, a, k)
	if err != nil {
		return err
	}
	return k.Template(a.Lang, choices, to)
}

// May is nil where a person may send a kind.
func (u *Uploads) May(ctx context.Context, a access.Actor, k Kind) error {
	return u.sheets.may(ctx, a, k)
}

// MaySend are the kinds that a person may send.
func (u *Uploads) MaySend(ctx context.Context, a access.Actor) []Kind {
	return slices.DeleteFunc(Kinds(), func(k Kind) bool { return u.sheets.may(ctx, a, k) != nil })
}

// sheetJob does a check or a run by the right that the person has now.
func (u *Uploads) sheetJob(ctx context.Context, r *jobs.Run, do func(context.Context, access.Actor, SheetJob) (*SheetView, error)) error {
	var ask SheetAsked
	if err := r.Decode(&ask); err != nil {
		return err
	}
	a, err := r.Actor(ctx, ask.Seat)
	if err != nil {
		return err
	}
	var back id.ID
	job := SheetJob{Kind: ask.kind(), Match: ask.Match, Reading: ask.Reading, AcceptGood: ask.AcceptGood, Progress: r.Progress,
		File: Source{Name: ask.File.Name, Open: func() (io.ReadCloser, error) {
			_, body, err := u.queue.Box.Open(ctx, r.Org, ask.File.File)
			return body, err
		}},
		Back: func(name string) (io.WriteCloser, error) {
			w, err := u.queue.Box.Create(ctx, r.Org, name, jobs.XLSX, false)
			if err != nil {
				return nil, err
			}
			back = w.ID
			return w, nil
		}}
	v, err := do(ctx, a, job)
	if err != nil {
		return err
	}
	v.Back = back
	return write(ctx, r, strings.ReplaceAll(r.Kind, ".", "-"), v)
}
