package api

import (
	"context"
	"encoding/json"
	"io"
	"mime/multipart"

	"github.com/danielgtaylor/huma/v2"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/intake"
	"saluran/internal/jobs"
	"saluran/internal/report"
)

// Job is work in the background.
type Job struct {
	ID        id.ID           `json:"id"`
	Kind      string          `json:"kind" enum:"export,import.check,import.run,sheet.check,sheet.run"`
	Status    string          `json:"status" enum:"queued,running,cancelling,done,failed,cancelled"`
	Done      int64           `json:"done"`
	Total     int64           `json:"total" doc:"0 while unknown"`
	Percent   int             `json:"percent"`
	Problem   string          `json:"problem,omitempty" doc:"Why it failed"`
	Result    json.RawMessage `json:"result,omitempty" doc:"What it found out"`
	File      string          `json:"file,omitempty" doc:"Where its file can be had"`
	CreatedAt string          `json:"created_at"`
	EndedAt   string          `json:"ended_at,omitempty"`
}

func (a *API) jobWire(lang string) func(jobs.Job) Job {
	return func(j jobs.Job) Job {
		w := Job{ID: j.ID, Kind: j.Kind, Status: string(j.Status), Done: j.Done, Total: j.Total, Percent: j.Percent(),
			CreatedAt: instant(j.Created), EndedAt: instant(j.Ended)}
		if j.Result != "" {
			w.Result = json.RawMessage(j.Result)
		}
		if p := j.Problem(); p != nil {
			w.Problem = i18n.Error(lang, p)
		}
		if j.File != 0 && j.Kind == jobs.ExportKind {
			w.File = prefix + "/exports/" + j.ID.String() + "/file"
		}
		return w
	}
}

type jobOut struct{ Body Job }

func (a *API) oneJob(who access.Actor, j jobs.Job, err error) (*jobOut, error) {
	if err != nil {
		return nil, err
	}
	return &jobOut{a.jobWire(who.Lang)(j)}, nil
}

func accepted(o huma.Operation) huma.Operation { o.DefaultStatus = 202; return o }

func (a *API) work() {
	const tag = "Work"
	handle(a, accepted(post("export", "/exports", tag, "Ask for a workbook")), a.export)
	handle(a, get("export-status", "/exports/{id}", tag, "How far a workbook is"), a.job(jobs.ExportKind))
	handle(a, workbook(get("export-file", "/exports/{id}/file", tag, "The workbook")), a.exportFile)
	upload := accepted(post("upload-import", "/imports", tag, "Upload sales history: it is checked, and nothing is applied yet"))
	upload.MaxBodyBytes = httpx.MaxUpload
	handle(a, upload, a.upload)
	handle(a, get("unfinished-imports", "/unfinished-imports", tag, "Imports that broke off: others of their mapping and seller wait for them"), a.unfinished)
	handle(a, get("unfinished-import", "/unfinished-imports/{id}", tag, "An import that broke off, and what it has bought"), a.oneUnfinished)
	handle(a, post("give-up-import", "/unfinished-imports/{id}/give-up", tag, "Give up an import that broke off: what it bought and did not sell stays bought"), a.giveUp)
	handle(a, get("import", "/imports/{id}", tag, "What the check of an upload found"), a.preview)
	handle(a, accepted(post("apply-import", "/imports/{id}/apply", tag, "Apply an upload that was checked")), a.applyImport)
	handle(a, get("import-run", "/imports/runs/{id}", tag, "What an applied import did"), a.importRun)
	a.sheets()
	handle(a, get("list-jobs", "/jobs", tag, "The work of your organisation, newest first"), a.listJobs)
	handle(a, get("job", "/jobs/{id}", tag, "One piece of work"), a.job(""))
	handle(a, post("cancel-job", "/jobs/{id}/cancel", tag, "Cancel work"), a.cancelJob)
	handle(a, get("list-audit", "/audit", tag, "What the people of your organisation did, newest first"), a.listAudit)
}

type exportIn struct {
	Body struct {
		Report   string `json:"report" enum:"payment-sheet,sales-by-partner,sales-by-product,sales-by-supplier,sales-by-day,sales-by-order,purchases-by-supplier,stock,receivables,audit"`
		From     string `json:"from,omitempty" doc:"YYYY-MM-DD, included"`
		To       string `json:"to,omitempty" doc:"YYYY-MM-DD, included"`
		Lang     string `json:"lang,omitempty" enum:"en,id" doc:"Of the headers; en when left out"`
		Currency string `json:"currency,omitempty" doc:"Needed where the period has several"`
		CutOff   string `json:"cut_off,omitempty" maxLength:"40" doc:"As of when: a number of the ledger, a day (cut at its end) or a moment that is past; now when left out. The same cut-off gives the same bytes"`
	}
}

func (a *API) export(ctx context.Context, who access.Actor, in *exportIn) (*jobOut, error) {
	var r reader
	b := in.Body
	ask := report.Ask{Report: b.Report, Org: who.Org, From: r.date("from", b.From), To: r.date("to", b.To), Lang: b.Lang, Currency: b.Currency}
	if err := r.err(); err != nil {
		return nil, err
	}
	org, err := a.Partner.Org(ctx, who, who.Org)
	if err != nil {
		return nil, err
	}
	if ask.CutOff, err = a.Jobs.CutOff(ctx, who, b.CutOff); err != nil {
		return nil, err
	}
	j, err := a.Jobs.Export(ctx, who, org.Code, ask, key(ctx))
	return a.oneJob(who, j, err)
}

// job is one piece of work of a kind; "" is any.
func (a *API) job(kind string) func(context.Context, access.Actor, *ByID) (*jobOut, error) {
	return func(ctx context.Context, who access.Actor, in *ByID) (*jobOut, error) {
		j, err := a.oneOf(ctx, who, in.ID.ID, kind)
		return a.oneJob(who, j, err)
	}
}

func (a *API) oneOf(ctx context.Context, who access.Actor, no id.ID, kind string) (jobs.Job, error) {
	if err := a.Gate.Require(ctx, who, access.Own, "job", "read"); err != nil {
		return jobs.Job{}, err
	}
	j, err := a.Jobs.Job(ctx, who.Org, no)
	if err == nil && kind != "" && j.Kind != kind {
		return jobs.Job{}, errGone()
	}
	return j, err
}

type fileOut struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	ETag        string `header:"ETag"`
	Body        func(huma.Context)
}

func (a *API) exportFile(ctx context.Context, who access.Actor, in *ByID) (*fileOut, error) {
	f, body, err := a.Jobs.ExportFile(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	return &fileOut{f.Media, `attachment; filename="` + f.Name + `"`, f.ETag(), func(c huma.Context) { stream(c, body, f.Size) }}, nil
}

type uploadForm struct {
	Map      string          `form:"map" required:"false" doc:"A mapping that ships: sales (your own, numbers as 1,234.56), penjualan (as 1.234,56), iowa"`
	Mapping  huma.FormFile   `form:"mapping" required:"false" contentType:"application/octet-stream,application/json" doc:"A mapping of your own, instead: JSON, at most 32 KB"`
	Lines    []huma.FormFile `form:"lines" required:"true" contentType:"application/octet-stream,text/csv,application/gzip,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"`
	Products huma.FormFile   `form:"products" required:"false" contentType:"application/octet-stream,text/csv,application/gzip,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"`
	Partners huma.FormFile   `form:"partners" required:"false" contentType:"application/octet-stream,text/csv,application/gzip,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"`
}

type uploadIn struct {
	RawBody huma.MultipartFormFiles[uploadForm]
}

func (a *API) upload(ctx context.Context, who access.Actor, in *uploadIn) (*jobOut, error) {
	form := in.RawBody.Form
	up := intake.Upload{}
	if v := form.Value["map"]; len(v) > 0 {
		up.Map = v[0]
	}
	for _, h := range form.File["lines"] {
		up.Lines = append(up.Lines, sent(h))
	}
	for name, to := range map[string]**intake.Sent{"products": &up.Products, "partners": &up.Partners, "mapping": &up.Mapping} {
		if hs := form.File[name]; len(hs) > 0 {
			s := sent(hs[0])
			*to = &s
		}
	}
	j, err := a.Uploads.Check(ctx, who, key(ctx), up)
	return a.oneJob(who, j, err)
}

func sent(h *multipart.FileHeader) intake.Sent {
	return intake.Sent{Name: h.Filename, Open: func() (io.ReadCloser, error) { return h.Open() }}
}

// Checked is an upload that was checked, or waits for it.
type Checked struct {
	Job     Job            `json:"job"`
	Files   []ImportFile   `json:"files,omitempty" doc:"The top of each file of lines"`
	Summary *ImportSummary `json:"summary,omitempty" doc:"Left out until it was checked"`
}

func (a *API) preview(ctx context.Context, who access.Actor, in *ByID) (*struct{ Body Checked }, error) {
	v, j, err := a.Uploads.Preview(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	out := Checked{Job: a.jobWire(who.Lang)(j)}
	if v != nil {
		out.Files, out.Summary = importFiles(v), importSummary(who.Lang, v.Summary)
	}
	return &struct{ Body Checked }{out}, nil
}

// Imported is an import that was applied, or is being applied.
type Imported struct {
	Job     Job            `json:"job"`
	Summary *ImportSummary `json:"summary,omitempty" doc:"Left out until it was applied"`
}

func (a *API) importRun(ctx context.Context, who access.Actor, in *ByID) (*struct{ Body Imported }, error) {
	s, j, err := a.Uploads.Summary(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Imported }{Imported{a.jobWire(who.Lang)(j), importSummary(who.Lang, s)}}, nil
}

type applyImportIn struct {
	ByID
	Body struct {
		AcceptGood bool `json:"accept_good,omitempty" doc:"Apply the good documents although others are bad or in conflict"`
	}
}

func (a *API) applyImport(ctx context.Context, who access.Actor, in *applyImportIn) (*jobOut, error) {
	j, err := a.Uploads.Apply(ctx, who, key(ctx), in.ID.ID, in.Body.AcceptGood)
	return a.oneJob(who, j, err)
}

type jobsIn struct {
	Paging
	Kind string `query:"kind"`
}

func (a *API) listJobs(ctx context.Context, who access.Actor, in *jobsIn) (*page[Job], error) {
	if err := a.Gate.Require(ctx, who, access.Own, "job", "read"); err != nil {
		return nil, err
	}
	p, err := a.Jobs.Jobs(ctx, who.Org, in.query("kind", in.Kind))
	return pageOf(p, err, a.jobWire(who.Lang))
}

func (a *API) cancelJob(ctx context.Context, who access.Actor, in *ByID) (*struct{}, error) {
	if err := a.Gate.Require(ctx, who, access.Own, "job", "run"); err != nil {
		return nil, err
	}
	return nil, a.Jobs.Cancel(ctx, who.By(), in.ID.ID)
}

// Audited is one thing that somebody did.
type Audited struct {
	ID         id.ID           `json:"id"`
	At         string          `json:"at"`
	Person     id.ID           `json:"person,omitempty"`
	Name       string          `json:"name,omitempty"`
	OnBehalf   id.ID           `json:"on_behalf,omitempty"`
	BehalfName string          `json:"on_behalf_name,omitempty"`
	Session    id.ID           `json:"session,omitempty"`
	APIKey     id.ID           `json:"api_key,omitempty" doc:"The key that a program showed instead of a session"`
	Address    string          `json:"address,omitempty" doc:"Where the request came from"`
	Client     string          `json:"client,omitempty" doc:"The program that the session was opened with"`
	Action     string          `json:"action"`
	Document   id.ID           `json:"document,omitempty"`
	Changes    json.RawMessage `json:"changes,omitempty" doc:"As kept: what the proof covers"`
	Values     []ChangedValue  `json:"values,omitempty" doc:"The same, value by value"`
	Seq        int64           `json:"seq,omitempty" doc:"Of the journal that vouches for it"`
}

// ChangedValue is a value before and after.
type ChangedValue struct {
	Of     string `json:"of,omitempty" doc:"Kind and number of the record, where there are several"`
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

type auditIn struct {
	Paging
	Document string `query:"document"`
	Action   string `query:"action" doc:"Whole, as order.placed, or its first word"`
	Person   string `query:"person"`
	OnBehalf string `query:"on_behalf" doc:"The organisation in whose name it was done"`
	From     string `query:"from" doc:"YYYY-MM-DD, included"`
	To       string `query:"to" doc:"YYYY-MM-DD, included"`
}

func (in *auditIn) search(zone string) (audit.Search, error) {
	out := audit.Search{Action: in.Action}
	for _, x := range []struct {
		name, text string
		to         *id.ID
	}{{"document", in.Document, &out.Doc}, {"person", in.Person, &out.Person}, {"on_behalf", in.OnBehalf, &out.OnBehalf}} {
		if x.text == "" {
			continue
		}
		no, err := id.Parse(x.text)
		if err != nil {
			return out, errs.Wrap(errs.Invalid, "list.bad_filter", err, "filter", x.name)
		}
		*x.to = no
	}
	var r reader
	if d := r.date("from", in.From); d != "" {
		out.From = audit.Midnight(d, zone)
	}
	if d := r.date("to", in.To); d != "" {
		out.To = audit.Midnight(d.AddDays(1), zone)
	}
	return out, r.err()
}

func (a *API) listAudit(ctx context.Context, who access.Actor, in *auditIn) (*page[Audited], error) {
	if err := a.Gate.Require(ctx, who, access.Own, "audit", "read"); err != nil {
		return nil, err
	}
	search, err := in.search(who.Zone)
	if err != nil {
		return nil, err
	}
	p, err := audit.List(ctx, a.DB, who.Org, search, in.query())
	return pageOf(p, err, func(r audit.Row) Audited {
		w := Audited{ID: r.ID, At: instant(r.At), Person: r.Person, Name: r.Name, OnBehalf: r.OnBehalf, BehalfName: r.BehalfName, Session: r.Session,
			APIKey: r.APIKey, Address: r.IP, Client: r.Agent, Action: r.Action, Document: r.Doc, Seq: r.Seq}
		if json.Valid([]byte(r.Changes)) {
			w.Changes = json.RawMessage(r.Changes)
		}
		for _, c := range audit.Changes(r.Changes) {
			of := ""
			if c.Table != "" {
				of = c.Table + " " + c.Key
			}
			w.Values = append(w.Values, ChangedValue{of, c.Field, c.Before, c.After})
		}
		return w
	})
}
