package jobs

import (
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

// exportAsk is the payload: the organisation is the job's own, never the sender's word.
type exportAsk struct {
	Seat     Seat       `json:"seat"`
	Report   string     `json:"report"`
	From     clock.Date `json:"from,omitempty"`
	To       clock.Date `json:"to,omitempty"`
	Lang     string     `json:"lang"`
	CutOff   int64      `json:"cut_off,omitempty"`
	Currency string     `json:"currency,omitempty"`
	Sharing  id.ID      `json:"sharing,omitempty"`
	Name     string     `json:"name"`
}

// Said is what the log keeps of the asking.
func (a exportAsk) Said() string {
	return strings.TrimSpace(strings.Join([]string{a.Report, string(a.From), string(a.To), a.Currency}, " "))
}

// ExportResult is the Result of an export.
type ExportResult struct {
	Rows     int64         `json:"rows"`
	CutOff   int64         `json:"cut_off"`
	Recorded clock.Instant `json:"recorded_us,string"`
	SHA256   string        `json:"sha256"`
	Currency string        `json:"currency,omitempty"`
}

// Exports registers the kind of job that writes reports: before Run.
func (q *Queue) Exports(reports Reports) {
	q.reports = reports
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

// Export asks for a workbook of the acting organisation's books. Rights: those of the report. Errors: those of report.Ask.Check,
// of the report's May, of Enqueue.
func (q *Queue) Export(ctx context.Context, who access.Actor, orgCode string, a report.Ask, key audit.Key) (Job, error) {
	if err := a.Check(); err != nil {
		return Job{}, err
	}
	if err := q.may(ctx, who, a.Report, a.Sharing); err != nil {
		return Job{}, err
	}
	return q.Enqueue(ctx, who.By(), ExportKind, exportAsk{SeatOf(who), a.Report, a.From, a.To, a.Lang, a.CutOff, a.Currency, a.Sharing, a.FileName(orgCode)}, key)
}

// may asks for the rights of a workbook; what was shared is had only while it is shared.
func (q *Queue) may(ctx context.Context, who access.Actor, name string, sharing id.ID) error {
	if sharing != 0 {
		return q.reports.MayShared(ctx, who, sharing)
	}
	return q.reports.May(ctx, who, name)
}

// ExportFile opens the workbook that a job of the acting organisation made. Whoever fetches it needs, at that moment, the rights
// of who asked for it. Errors: not_found (no such job, no workbook yet, or no more); those of the report's May. The reader
// outlives ctx.
func (q *Queue) ExportFile(ctx context.Context, who access.Actor, job id.ID) (files.File, io.ReadCloser, error) {
	j, err := q.Job(ctx, who.Org, job)
	if err != nil {
		return files.File{}, nil, err
	}
	if j.Kind != ExportKind {
		return files.File{}, nil, errs.Gone()
	}
	var a exportAsk
	if err := json.Unmarshal([]byte(j.Payload), &a); err != nil {
		return files.File{}, nil, fmt.Errorf("payload of job %d: %w", j.ID, err)
	}
	if err := q.may(ctx, who, a.Report, a.Sharing); err != nil {
		return files.File{}, nil, err
	}
	if j.File == 0 || j.Status != Done {
		return files.File{}, nil, errs.Gone()
	}
	if err := audit.Fetched(ctx, q.db, who.By(), q.clock.Now(), "export.fetched", j.ID, a.Report); err != nil {
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
	f, err := r.Create(ctx, a.Name, XLSX)
	if err != nil {
		return err
	}
	ask := report.Ask{Report: a.Report, Org: r.Org, From: a.From, To: a.To, Lang: a.Lang, CutOff: a.CutOff, Currency: a.Currency, Sharing: a.Sharing}
	sum, err := q.reports.Write(ctx, who, ask, f, r.Progress)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return r.Result(ExportResult{sum.Rows, sum.Seq, sum.Recorded, sum.SHA256, sum.Currency})
}
