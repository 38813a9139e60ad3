package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/id"
	"saluran/internal/report"
)

// ExportKind is the kind of job that writes a report into a workbook.
const ExportKind = "export"

// XLSX is the media type of workbooks.
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Reports is what exports need of package report.
type Reports interface {
	May(ctx context.Context, who access.Actor, name string) error
	MayShared(ctx context.Context, who access.Actor, sharing id.ID) error
	CutOff(ctx context.Context, org id.ID, words string) (int64, error)
	Write(ctx context.Context, who access.Actor, a report.Ask, w io.Writer, progress func(done, total int64)) (report.Summary, error)
}

// Lists is what exports of lists need of package listing.
type Lists interface {
	MayList(ctx context.Context, who access.Actor, name string) error
	Sight(who access.Actor) string
	CheckList(ctx context.Context, who access.Actor, name string, filter map[string]string) error
	WriteList(ctx context.Context, who access.Actor, name string, filter map[string]string, w io.Writer, progress func(done, total int64)) (report.Summary, error)
}

// exportAsk is the payload: the organisation is the job's own, never the sender's word.
type exportAsk struct {
	Seat     Seat       `json:"seat"`
	Report   string     `json:"report"`
	From     clock.Date `json:"from,omitempty"`
	To       clock.Date `json:"to,omitempty"`
	Lang     string     `json:"lang"`
	CutOff   int64      `json:"cut_off,omitempty"`
	Zone     string     `json:"zone,omitempty"` // of the days and times in it
	Currency string     `json:"currency,omitempty"`
	Sharing  id.ID      `json:"sharing,omitempty"`
	Name     string     `json:"name"`
	// List is what is written instead of a report, as Filter says.
	List   string            `json:"list,omitempty"`
	Filter map[string]string `json:"filter,omitempty"`
}

// Said is what the log keeps of the asking.
func (a exportAsk) Said() string {
	return strings.TrimSpace(strings.Join([]string{a.Report, a.List, string(a.From), string(a.To), a.Currency}, " "))
}

// ExportResult is the Result of an export.
type ExportResult struct {
	Rows     int64         `json:"rows"`
	CutOff   int64         `json:"cut_off"`
	Recorded clock.Instant `json:"recorded_us,string"`
	SHA256   string        `json:"sha256"`
	Currency string        `json:"currency,omitempty"`
	// Sight is, of a list, the rights by which its fields were written.
	Sight string `json:"sight,omitempty"`
}

// Exports registers the kind of job that writes reports: before Run.
func (q *Queue) Exports(reports Reports, lists Lists) {
	q.reports, q.lists = reports, lists
	q.Register(ExportKind, q.export)
}

// CutOff is the number of the ledger that a person of the acting organisation names as the cut-off of a workbook. Errors: those of
// package report's.
func (q *Queue) CutOff(ctx context.Context, who access.Actor, words string) (int64, error) {
	return q.reports.CutOff(ctx, who.Org, words)
}

// MayExport is nil where the actor may ask for a report, and have what others of its organisation asked for.
func (q *Queue) MayExport(ctx context.Context, who access.Actor, name string) error {
	return q.reports.May(ctx, who, name)
}

// Wanted is a workbook that somebody may have and has not asked for yet.
type Wanted struct {
	by  id.By
	ask exportAsk
}

// Want is what Export asks for, weighed and not asked for. Errors: those of Export but Enqueue's.
func (q *Queue) Want(ctx context.Context, who access.Actor, orgCode string, a report.Ask) (Wanted, error) {
	if err := a.Check(); err != nil {
		return Wanted{}, err
	}
	ask := exportAsk{Seat: SeatOf(who), Report: a.Report, From: a.From, To: a.To, Lang: a.Lang, CutOff: a.CutOff, Currency: a.Currency, Sharing: a.Sharing, Name: a.FileName(orgCode)}
	return Wanted{who.By(), ask}, q.may(ctx, who, ask)
}

// WantList is what ExportList asks for, weighed and not asked for; its days and times are those of the actor's zone. Errors: those of ExportList but Enqueue's.
func (q *Queue) WantList(ctx context.Context, who access.Actor, orgCode, list string, filter map[string]string, lang string) (Wanted, error) {
	named := report.Ask{Report: list, From: clock.At(q.clock.Now().Time()).In(who.Zone)}
	return Wanted{who.By(), exportAsk{Seat: SeatOf(who), Lang: lang, Zone: who.Zone, Name: named.FileName(orgCode), List: list, Filter: filter}}, q.lists.CheckList(ctx, who, list, filter)
}

// Ask asks for what is wanted, in the transaction of ctx where there is one. Errors: those of Enqueue.
func (q *Queue) Ask(ctx context.Context, w Wanted, key audit.Key) (Job, error) {
	return q.Enqueue(ctx, w.by, ExportKind, w.ask, key)
}

// Export asks for a workbook of the acting organisation's books. Rights: those of the report. Errors: those of report.Ask.Check,
// of the report's May, of Enqueue.
func (q *Queue) Export(ctx context.Context, who access.Actor, orgCode string, a report.Ask, key audit.Key) (Job, error) {
	w, err := q.Want(ctx, who, orgCode, a)
	if err != nil {
		return Job{}, err
	}
	return q.Ask(ctx, w, key)
}

// ExportList asks for a list of the acting organisation as a workbook, exactly as it was filtered. Rights: those of the list, when it is
// asked for, written and fetched. Errors: those of reading the list; those of Enqueue.
func (q *Queue) ExportList(ctx context.Context, who access.Actor, orgCode, list string, filter map[string]string, lang string, key audit.Key) (Job, error) {
	w, err := q.WantList(ctx, who, orgCode, list, filter, lang)
	if err != nil {
		return Job{}, err
	}
	return q.Ask(ctx, w, key)
}

// may asks for the rights of a workbook; what was shared is had only while it is shared.
func (q *Queue) may(ctx context.Context, who access.Actor, a exportAsk) error {
	switch {
	case a.List != "":
		return q.lists.MayList(ctx, who, a.List)
	case a.Sharing != 0:
		return q.reports.MayShared(ctx, who, a.Sharing)
	}
	return q.reports.May(ctx, who, a.Report)
}

// exports is the report or list that a job writes.
func (j Job) exports() string {
	var a exportAsk
	_ = json.Unmarshal([]byte(j.Payload), &a)
	return cmp.Or(a.Report, a.List)
}

// MayFetch is nil where the actor may have the workbook of an export of its organisation: with the rights, at that moment, of who
// asked for it. A list is written as its asker sees it, field by field, and so is had by that person alone, while it has the very
// rights it had then. Errors: not_found where it is no export; those of the report's May; export.list_of_another.
func (q *Queue) MayFetch(ctx context.Context, who access.Actor, j Job) error {
	if j.Kind != ExportKind {
		return errs.Gone()
	}
	var a exportAsk
	if err := json.Unmarshal([]byte(j.Payload), &a); err != nil {
		return fmt.Errorf("payload of job %d: %w", j.ID, err)
	}
	if err := q.may(ctx, who, a); err != nil || a.List == "" || j.Status != Done {
		return err
	}
	var made ExportResult
	if err := json.Unmarshal([]byte(j.Result), &made); err != nil {
		return fmt.Errorf("result of job %d: %w", j.ID, err)
	}
	if who.Person != j.Person || made.Sight != q.lists.Sight(who) {
		return errs.New(errs.Forbidden, "export.list_of_another")
	}
	return nil
}

// ExportFile opens the workbook that a job of the acting organisation made, for whoever MayFetch it. Errors: those of MayFetch;
// not_found (no such job, no workbook yet, or no more). The reader outlives ctx.
func (q *Queue) ExportFile(ctx context.Context, who access.Actor, job id.ID) (files.File, io.ReadCloser, error) {
	j, err := q.Job(ctx, who.Org, job)
	if err != nil {
		return files.File{}, nil, err
	}
	if err := q.MayFetch(ctx, who, j); err != nil {
		return files.File{}, nil, err
	}
	if j.File == 0 || j.Status != Done {
		return files.File{}, nil, errs.Gone()
	}
	if err := audit.Fetched(ctx, q.db, who.By(), q.clock.Now(), "export.fetched", j.ID, j.exports()); err != nil {
		return files.File{}, nil, err
	}
	return q.Box.Open(context.WithoutCancel(ctx), who.Org, j.File)
}

// export is the handler of exports.
func (q *Queue) export(ctx context.Context, r *Run) error {
	var a exportAsk
	if err := r.Decode(&a); err != nil {
		return err
	}
	who, err := r.Actor(ctx, a.Seat) // what was taken from the asker since is not written any more
	if err != nil {
		return err
	}
	who.Lang = a.Lang
	if a.Zone != "" {
		who.Zone = a.Zone
	}
	f, err := r.Create(ctx, a.Name, XLSX)
	if err != nil {
		return err
	}
	ask := report.Ask{Report: a.Report, Org: r.Org, From: a.From, To: a.To, Lang: a.Lang, CutOff: a.CutOff, Currency: a.Currency, Sharing: a.Sharing}
	var sum report.Summary
	if a.List != "" {
		sum, err = q.lists.WriteList(ctx, who, a.List, a.Filter, f, r.Progress)
	} else {
		sum, err = q.reports.Write(ctx, who, ask, f, r.Progress)
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	made := ExportResult{Rows: sum.Rows, CutOff: sum.Seq, Recorded: sum.Recorded, SHA256: sum.SHA256, Currency: sum.Currency}
	if a.List != "" {
		made.Sight = q.lists.Sight(who)
	}
	return r.Result(made)
}
