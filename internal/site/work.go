package site

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/intake"
	"saluran/internal/jobs"
	"saluran/internal/list"
	"saluran/internal/report"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) workRoutes(get, post route) {
	get("/exports", s.exports)
	get("/exports/new", s.exports)
	post("/exports", s.startExport)
	get("/imports", s.imports)
	post("/imports", s.upload)
	get("/unfinished-imports/:id", s.unfinishedImport)
	post("/unfinished-imports/:id/give-up", s.giveUpImport)
	get("/imports/:id", s.importPage)
	post("/imports/:id/apply", s.applyImport)
	get("/jobs/:id", s.jobPart)
	get("/jobs/:id/stream", s.jobStream)
	get("/files/:id", s.file)
}

// mayExport tells whether the person may have a report.
func (r *request) mayExport(name string) bool { return r.s.Jobs.MayExport(r.ctx, r.a, name) == nil }

// exportAsk is what a job's page shows of its payload.
type exportAsk struct {
	Report  string     `json:"report"`
	From    clock.Date `json:"from"`
	To      clock.Date `json:"to"`
	Map     string     `json:"map"`
	Sharing id.ID      `json:"sharing"`
	// List is a list that was asked for instead of a report, as Filter says.
	List   string            `json:"list"`
	Filter map[string]string `json:"filter"`
	Lines  []struct {
		Name string `json:"name"`
	} `json:"lines"`
}

func (r *request) job(j jobs.Job) view.Job {
	v := view.Job{ID: j.ID.String(), Kind: "export", Status: string(j.Status), Done: j.Done, Total: j.Total, Created: j.Created, Ended: j.Ended}
	var ask exportAsk
	if err := json.Unmarshal([]byte(j.Payload), &ask); err != nil {
		ask = exportAsk{}
	}
	switch j.Kind {
	case jobs.ExportKind:
		if ask.List != "" {
			v.Title = r.t("listing.export_of", "list", r.t("list."+ask.List))
		} else {
			v.Title = r.t("report." + ask.Report)
		}
		if ask.From != "" || ask.To != "" {
			v.Title += ", " + i18n.Date(r.lang, ask.From) + " – " + i18n.Date(r.lang, ask.To)
		}
		if j.File != 0 && r.s.Jobs.MayFetch(r.ctx, r.a, j) == nil {
			v.File = j.File.String()
		}
		var got jobs.ExportResult
		if j.Result != "" && json.Unmarshal([]byte(j.Result), &got) == nil {
			v.Message = r.t("export.result", "rows", i18n.Count(r.lang, got.Rows), "cutoff", strconv.FormatInt(got.CutOff, 10))
		}
	case intake.SheetCheckKind, intake.SheetRunKind:
		var sent intake.SheetAsked
		if json.Unmarshal([]byte(j.Payload), &sent) != nil {
			sent = intake.SheetAsked{}
		}
		v.Kind = "sheet"
		v.Title = r.t("job."+strings.ReplaceAll(j.Kind, ".", "_"), "kind", r.t("sheet.kind."+sent.Kind), "file", sent.Name())
	default:
		v.Kind = "import"
		names := make([]string, 0, len(ask.Lines))
		for _, l := range ask.Lines {
			names = append(names, l.Name)
		}
		v.Title = r.t("job." + strings.ReplaceAll(j.Kind, ".", "_"))
		if len(names) > 0 {
			v.Title += ": " + strings.Join(names, ", ")
		}
	}
	if p := j.Problem(); p != nil {
		v.Message = i18n.Error(r.lang, p)
	}
	return v
}

func (s *Site) exports(r *request) error { return s.exportPage(r, refusal{Status: http.StatusOK}) }

func (s *Site) exportPage(r *request, back refusal) error {
	v := view.Exports{Form: back.Form, Report: r.Query("report"), From: r.today[:8] + "01", To: r.today}
	for _, name := range s.Reports {
		if r.mayExport(name) {
			v.Reports = append(v.Reports, name)
		}
	}
	v.CanRun = len(v.Reports) > 0
	if v.Report == "" && slices.Contains(v.Reports, "payment-sheet") {
		v.Report = "payment-sheet"
	}
	p, err := s.jobs(r, r.query("kind", jobs.ExportKind))
	if err == nil {
		v.Currencies, err = s.bookCurrencies(r, back.Form.V("currency", ""))
	}
	if err != nil {
		return err
	}
	v.Next, v.First = r.pages(p.Next)
	for _, j := range p.Items {
		v.Jobs = append(v.Jobs, r.job(j))
	}
	sh := r.shell(r.t("nav.exports"), "exports")
	sh.Still = true // jobs have their own streams
	return r.html(back.Status, view.ExportsPage(sh, v))
}

func (s *Site) jobs(r *request, q list.Query) (list.Page[jobs.Job], error) {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "job", "read"); err != nil {
		return list.Page[jobs.Job]{}, err
	}
	return s.Jobs.Jobs(r.ctx, r.a.Org, q)
}

func (s *Site) startExport(r *request) error {
	f := r.reader()
	ask := report.Ask{Report: f.needed("report"), Org: r.a.Org, From: f.date("from"), To: f.date("to"), Lang: f.text("lang"), Currency: f.text("currency")}
	if ask.Report == "stock" {
		ask.From, ask.To, ask.Currency = "", "", ""
	}
	err := f.err()
	if err == nil {
		org, oerr := s.Partner.Org(r.ctx, r.a, r.a.Org)
		if oerr != nil {
			return oerr
		}
		if ask.CutOff, err = s.Jobs.CutOff(r.ctx, r.a, cmp.Or(f.text("cut_at"), f.text("cut_off"))); err == nil {
			if _, err = s.Jobs.Export(r.ctx, r.a, org.Code, ask, r.auditKey()); err == nil {
				return r.to("/exports", "export.started")
			}
		}
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.exportPage(r, alerted(back))
}

func (s *Site) imports(r *request) error { return s.importsPage(r, refusal{Status: http.StatusOK}) }

func (s *Site) importsPage(r *request, back refusal) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "import", "read"); err != nil {
		return err
	}
	maps := intake.Own()
	if r.lang == i18n.ID {
		slices.Sort(maps) // the one with Indonesian numbers first
	} else {
		slices.Reverse(maps)
	}
	if r.a.Kind == "operator" {
		maps = intake.Shipped()
	}
	v := view.Imports{Form: back.Form, Maps: maps, CanRun: r.can(access.Own, "import", "run")}
	for _, k := range s.Uploads.MaySend(r.ctx, r.a) {
		v.Kinds = append(v.Kinds, r.sheetKind(k))
	}
	for _, kind := range []string{intake.RunKind, intake.CheckKind, intake.SheetRunKind, intake.SheetCheckKind} {
		p, err := s.jobs(r, list.Query{Filter: map[string]string{"kind": kind}})
		if err != nil {
			return err
		}
		for _, j := range p.Items {
			v.Jobs = append(v.Jobs, r.job(j))
		}
	}
	if err := s.unfinished(r, &v); err != nil {
		return err
	}
	slices.SortStableFunc(v.Jobs, func(a, b view.Job) int { return int(b.Created - a.Created) })
	sh := r.shell(r.t("nav.imports"), "imports")
	sh.Still = true
	return r.html(back.Status, view.ImportsPage(sh, v))
}

func sent(h *multipart.FileHeader) intake.Sent {
	return intake.Sent{Name: h.Filename, Open: func() (io.ReadCloser, error) { return h.Open() }}
}

func (s *Site) upload(r *request) error {
	form, err := r.MultipartForm()
	if err != nil {
		return errs.Wrap(errs.Invalid, "request.malformed", err)
	}
	up := intake.Upload{Map: r.FormValue("map")}
	for _, h := range form.File["lines"] {
		if h.Size > 0 {
			up.Lines = append(up.Lines, sent(h))
		}
	}
	for name, to := range map[string]**intake.Sent{"products": &up.Products, "partners": &up.Partners, "mapping": &up.Mapping} {
		if hs := form.File[name]; len(hs) > 0 && hs[0].Size > 0 {
			x := sent(hs[0])
			*to = &x
		}
	}
	if len(up.Lines) == 0 {
		err = errs.OnFields("site.check_form", errs.F("lines", "site.no_file"))
	} else {
		var j jobs.Job
		if j, err = s.Uploads.Check(r.ctx, r.a, r.auditKey(), up); err == nil {
			return r.to("/imports/"+j.ID.String(), "import.started")
		}
	}
	back, ok := r.refused(err, mappingField)
	if code := errs.CodeOf(err); !ok && strings.HasPrefix(code, "import.") { // not theirs to import: said beside the form
		back, ok = refusal{Status: httpx.Status(err), Form: kit.Form{Values: values(r.Ctx), Alert: i18n.Error(r.lang, err)}}, true
	}
	if !ok {
		return err
	}
	return s.importsPage(r, alerted(back))
}

// mappingField is where the form shows what is wrong with a field of a mapping that was sent.
func mappingField(path string) string {
	switch path {
	case "lines", "products", "partners", "map":
		return path
	}
	return "mapping"
}

func (s *Site) importPage(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.previewPage(r, no, refusal{Status: http.StatusOK})
}

// previewPage shows what a check found, or what a run did.
func (s *Site) previewPage(r *request, no id.ID, back refusal) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "import", "read"); err != nil { // before it is known whether there is one
		return err
	}
	j, err := s.Jobs.Job(r.ctx, r.a.Org, no)
	if err != nil {
		return err
	}
	v := view.Preview{ID: no.String(), Form: back.Form}
	switch j.Kind {
	case intake.CheckKind:
		p, got, err := s.Uploads.Preview(r.ctx, r.a, no)
		if err != nil {
			return err
		}
		if j = got; p != nil {
			r.preview(&v, p)
			v.CanApply = r.can(access.Own, "import", "run") && p.Summary != nil && p.Summary.New > 0
		}
	case intake.RunKind:
		sum, got, err := s.Uploads.Summary(r.ctx, r.a, no)
		if err != nil {
			return err
		}
		if j = got; sum != nil {
			r.found(&v, sum)
			v.Counts = append(v.Counts, view.Count{Label: r.t("import.found_applied"), N: sum.Applied})
		}
	default:
		return errs.Gone()
	}
	v.Job = r.job(j)
	v.Name = v.Job.Title
	var ask exportAsk
	if json.Unmarshal([]byte(j.Payload), &ask) == nil {
		v.Map = ask.Map
	}
	if v.Job.Message != "" && j.Status == jobs.Failed {
		v.Form.Alert = v.Job.Message
	}
	sh := r.shell(v.Name, "imports", r.crumb("nav.home", "/"), r.crumb("nav.imports", "/imports"), kit.Crumb{Text: v.Name})
	return r.html(back.Status, view.PreviewPage(sh, v))
}

// found puts figures and problems on the page, at most a hundred of them.
func (r *request) found(v *view.Preview, s *intake.Summary) {
	for _, c := range []struct {
		key string
		n   int64
	}{{"lines", s.Lines}, {"docs", s.Documents}, {"new", s.New}, {"known", s.Already}, {"bad", s.BadLines}, {"conflicts", s.NConflicts},
		{"orgs", s.PartnersNew}, {"products", s.ProductsNew}, {"opening", s.OpeningLines}} {
		v.Counts = append(v.Counts, view.Count{Label: r.t("import.found_" + c.key), N: c.n})
	}
	const most = 100
	row := func(n int64) string {
		if n == 0 {
			return "–"
		}
		return strconv.FormatInt(n, 10)
	}
	for i, p := range s.Problems {
		if i == most {
			break
		}
		v.Problems = append(v.Problems, view.Problem{File: p.File, Row: row(p.Row), Column: p.Column, Value: p.Value, Reason: i18n.Code(r.lang, p.Code, p.Args)})
	}
	for i, c := range s.Conflicts {
		if i == most {
			break
		}
		v.Problems = append(v.Problems, view.Problem{File: c.File, Row: row(c.Row), Column: i18n.Date(r.lang, c.Date), Value: c.Document + " · " + c.Buyer, Reason: i18n.Code(r.lang, c.Code, nil)})
	}
	v.MoreProblems = max(0, s.BadLines+s.NConflicts-int64(len(v.Problems)))
}

// preview adds the first rows of the file, with their bad cells marked.
func (r *request) preview(v *view.Preview, p *intake.Preview) {
	if p.Summary != nil {
		r.found(v, p.Summary)
	}
	if len(p.Files) == 0 {
		return
	}
	f := p.Files[0]
	v.Columns = f.Header
	for _, name := range intake.FieldNames() {
		if col := f.Uses[name]; col != "" {
			v.Uses = append(v.Uses, view.ReadFrom{Field: r.t("import.field." + name), Column: col})
		}
	}
	why := map[string]string{}
	if p.Summary != nil {
		for _, x := range p.Summary.Problems {
			if x.File == f.Name {
				why[fmt.Sprintf("%d/%s", x.Row, x.Column)] = i18n.Code(r.lang, x.Code, x.Args)
			}
		}
	}
	for _, x := range f.Rows {
		row := view.PreviewRow{N: x.Row, State: "new", Cells: x.Cells, Bad: map[int]string{}}
		if !x.Good {
			row.State = "bad"
		}
		for i, h := range f.Header {
			if text, bad := why[fmt.Sprintf("%d/%s", x.Row, h)]; bad {
				row.Bad[i] = text
			}
		}
		v.Rows = append(v.Rows, row)
	}
}

func (s *Site) applyImport(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	mode := r.FormValue("mode")
	if mode == "cancel" {
		if _, _, err := s.Uploads.Preview(r.ctx, r.a, no); err != nil {
			return err
		}
		if err := s.Jobs.Cancel(r.ctx, r.a.By(), no); err != nil && !errs.Is(err, errs.Conflict) {
			return err
		}
		return r.to("/imports", "import.cancelled")
	}
	j, err := s.Uploads.Apply(r.ctx, r.a, r.auditKey(), no, mode == "good")
	if err == nil {
		return r.to("/imports/"+j.ID.String(), "import.applied")
	}
	back, ok := r.refused(err, func(string) string { return "" })
	if !ok {
		return err
	}
	return s.previewPage(r, no, alerted(back))
}
