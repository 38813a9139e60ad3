package jobs

import (
	"context"
	"io"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/report"
)

// ExportKind is the kind of job that writes a report into a workbook.
const ExportKind = "export"

// XLSX is the media type of workbooks.
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Reports is what exports need of package report.
type Reports interface {
	Write(ctx context.Context, a report.Ask, w io.Writer, progress func(done, total int64)) (report.Summary, error)
}

// exportAsk is the payload: the organisation is the job's own, never the sender's word.
type exportAsk struct {
	Report   string     `json:"report"`
	From     clock.Date `json:"from,omitempty"`
	To       clock.Date `json:"to,omitempty"`
	Lang     string     `json:"lang"`
	CutOff   int64      `json:"cut_off,omitempty"`
	Currency string     `json:"currency,omitempty"`
	Name     string     `json:"name"`
}

// ExportResult is the Result of an export.
type ExportResult struct {
	Rows     int64         `json:"rows"`
	CutOff   int64         `json:"cut_off"`
	Recorded clock.Instant `json:"recorded_us,string"`
	SHA256   string        `json:"sha256"`
	Currency string        `json:"currency,omitempty"`
}

// Export asks for a workbook of the acting organisation's books. Whether the person may see them is the caller's question.
// Errors: those of report.Ask.Check, of Enqueue.
func (q *Queue) Export(ctx context.Context, by id.By, orgCode string, a report.Ask, key audit.Key) (Job, error) {
	if err := a.Check(); err != nil {
		return Job{}, err
	}
	return q.Enqueue(ctx, by, ExportKind, exportAsk{a.Report, a.From, a.To, a.Lang, a.CutOff, a.Currency, a.FileName(orgCode)}, key)
}

// Exporter is the handler of exports.
func Exporter(reports Reports) Handler {
	return func(ctx context.Context, r *Run) error {
		var a exportAsk
		if err := r.Decode(&a); err != nil {
			return err
		}
		f, err := r.Create(ctx, a.Name, XLSX)
		if err != nil {
			return err
		}
		ask := report.Ask{Report: a.Report, Org: r.Org, From: a.From, To: a.To, Lang: a.Lang, CutOff: a.CutOff, Currency: a.Currency}
		sum, err := reports.Write(ctx, ask, f, r.Progress)
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		return r.Result(ExportResult{sum.Rows, sum.Seq, sum.Recorded, sum.SHA256, sum.Currency})
	}
}
