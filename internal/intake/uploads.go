package intake

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/jobs"
)

// Kinds of the jobs of an upload: the dry run, whose file is a Preview as JSON, and the run, whose file is a Summary as JSON.
const (
	CheckKind = "import.check"
	RunKind   = "import.run"
)

// Uploads imports what people send: the files are kept, checked in the background, shown, and applied when somebody says so.
type Uploads struct {
	sheets  *Sheets
	imports *Service
	queue   *jobs.Queue
}

// NewUploads makes the service and tells the queue how its jobs are done: before the queue runs.
func NewUploads(s *Service, q *jobs.Queue) *Uploads {
	u := &Uploads{imports: s, queue: q}
	q.Register(CheckKind, u.check)
	q.Register(RunKind, u.run)
	return u
}

// Sent is one file that was sent.
type Sent struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// Upload is what is to be imported: files of lines, and where the mapping wants them products and partners.
type Upload struct {
	Map                string // a mapping that ships
	Mapping            *Sent  // or one that was sent, which goes before it
	Lines              []Sent
	Products, Partners *Sent
}

// kept is a file of an upload, as the job names it.
type kept struct {
	Name string `json:"name"`
	File id.ID  `json:"file"`
}

// asked is the payload of both jobs.
type asked struct {
	Seat       jobs.Seat `json:"seat"`
	Map        string    `json:"map"`
	Mapping    string    `json:"mapping,omitempty"` // the text of one that was sent
	Lines      []kept    `json:"lines"`
	Products   *kept     `json:"products,omitempty"`
	Partners   *kept     `json:"partners,omitempty"`
	AcceptGood bool      `json:"accept_good,omitempty"`
	Check      id.ID     `json:"check,omitempty"` // of a run: the dry run that it follows
}

// Said is what the log keeps of the asking: files by the numbers under which they are kept.
func (ask asked) Said() string {
	words := []string{"map " + ask.Map}
	for _, l := range ask.Lines {
		words = append(words, "lines "+l.File.String())
	}
	if ask.Check != 0 {
		words = append(words, "check "+ask.Check.String())
	}
	if ask.AcceptGood {
		words = append(words, "accept_good")
	}
	return strings.Join(words, " ")
}

// maxMapping is how long a mapping that is sent may be: several times what the longest has use for.
const maxMapping = 32 << 10

// mapping is what an upload is read by, and its text where it was sent.
func (up Upload) mapping() (Mapping, string, error) {
	if up.Mapping == nil {
		if up.Map == "" {
			return Mapping{}, "", errs.OnFields("import.no_mapping", errs.F("map", "import.no_mapping", "known", strings.Join(Shipped(), ", ")))
		}
		m, err := ShippedMapping(up.Map)
		return m, "", err
	}
	r, err := up.Mapping.Open()
	if err != nil {
		return Mapping{}, "", err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxMapping+1))
	switch {
	case err != nil:
		return Mapping{}, "", err
	case len(b) > maxMapping:
		return Mapping{}, "", faulty("mapping", "import.map_too_long", "max", itoa(maxMapping>>10))
	case !utf8.Valid(b):
		return Mapping{}, "", faulty("mapping", "import.not_utf8")
	}
	m, err := ParseMapping(b)
	return m, string(b), err
}

// mapping is what a job reads its files by.
func (ask asked) mapping() (Mapping, error) {
	if ask.Mapping != "" {
		return ParseMapping([]byte(ask.Mapping))
	}
	return ShippedMapping(ask.Map)
}

// Check keeps the files and asks for their dry run. Right: import:run. Errors: import.unknown_mapping, import.no_lines, and what
// ParseMapping says; import.other_seller where the mapping is for somebody else's sales.
func (u *Uploads) Check(ctx context.Context, a access.Actor, k audit.Key, up Upload) (jobs.Job, error) {
	if err := u.imports.Gate.Require(ctx, a, access.Own, "import", "run"); err != nil {
		return jobs.Job{}, err
	}
	m, sent, err := up.mapping()
	if err != nil {
		return jobs.Job{}, err
	}
	if _, err := (&plan{ctx: ctx, d: u.imports.DB, m: m}).whose(a); err != nil {
		return jobs.Job{}, err
	}
	if len(up.Lines) == 0 {
		return jobs.Job{}, errs.OnFields("import.no_lines", errs.F("lines", "import.no_lines"))
	}
	ask := asked{Seat: jobs.SeatOf(a), Map: m.Name, Mapping: sent}
	parts := []string{k.Client, m.Name, sent}
	keep := func(s Sent) (kept, error) {
		f, sum, err := u.keep(ctx, a.Org, s)
		parts = append(parts, s.Name, sum)
		return kept{s.Name, f}, err
	}
	for _, s := range up.Lines {
		f, err := keep(s)
		if err != nil {
			return jobs.Job{}, err
		}
		ask.Lines = append(ask.Lines, f)
	}
	for _, x := range []struct {
		from *Sent
		to   **kept
	}{{up.Products, &ask.Products}, {up.Partners, &ask.Partners}} {
		if x.from != nil {
			f, err := keep(*x.from)
			if err != nil {
				return jobs.Job{}, err
			}
			*x.to = &f
		}
	}
	k.Hash = audit.HashOf(parts...) // of the files' content: what carries them differs each time it is sent
	return u.queue.Enqueue(ctx, a.By(), CheckKind, ask, k)
}

func (u *Uploads) keep(ctx context.Context, org id.ID, s Sent) (id.ID, string, error) {
	r, err := s.Open()
	if err != nil {
		return 0, "", err
	}
	defer r.Close()
	w, err := u.queue.Box.Create(ctx, org, s.Name, "application/octet-stream", false)
	if err != nil {
		return 0, "", err
	}
	if _, err := io.Copy(w, r); err != nil {
		return 0, "", fmt.Errorf("keep %s: %w", s.Name, err)
	}
	if err := w.Close(); err != nil {
		return 0, "", err
	}
	f, body, err := u.queue.Box.Open(ctx, org, w.ID)
	if err != nil {
		return 0, "", err
	}
	return f.ID, hex.EncodeToString(f.SHA256), body.Close()
}

// Apply asks for what a dry run has checked to be applied; acceptGood also where some rows are bad or in conflict. Errors:
// not_found, import.not_checked, import.refused; import.applied, import.being_applied where somebody has asked for it before and it did
// not fail.
func (u *Uploads) Apply(ctx context.Context, a access.Actor, k audit.Key, check id.ID, acceptGood bool) (jobs.Job, error) {
	if err := u.imports.Gate.Require(ctx, a, access.Own, "import", "run"); err != nil {
		return jobs.Job{}, err
	}
	v, j, err := u.Preview(ctx, a, check)
	if err != nil {
		return jobs.Job{}, err
	}
	if v == nil {
		return jobs.Job{}, errs.New(errs.Conflict, "import.not_checked")
	}
	if !v.Summary.Clean() && !acceptGood {
		return jobs.Job{}, errs.New(errs.Invalid, "import.refused", "bad", itoa(v.Summary.BadLines), "conflicts", itoa(v.Summary.NConflicts))
	}
	if v.Summary.Torn > 0 {
		return jobs.Job{}, torn(v.Summary.Torn)
	}
	var ask asked
	if err := json.Unmarshal([]byte(j.Payload), &ask); err != nil {
		return jobs.Job{}, err
	}
	ask.Seat, ask.AcceptGood, ask.Check = jobs.SeatOf(a), acceptGood, check
	return u.onceFor(ctx, a, check, RunKind, func(ctx context.Context) (jobs.Job, error) {
		return u.queue.Enqueue(ctx, a.By(), RunKind, ask, k)
	})
}

// onceFor asks for the run of a check, unless it was asked for before.
func (u *Uploads) onceFor(ctx context.Context, a access.Actor, check id.ID, kind string, enqueue func(ctx context.Context) (jobs.Job, error)) (run jobs.Job, err error) {
	err = u.imports.DB.InTx(ctx, func(ctx context.Context) (err error) {
		// whoever asks at the same moment waits here
		if err = u.imports.DB.W(ctx).Exec("UPDATE job SET version = version WHERE id = ? AND org = ?", check, a.Org).Error; err != nil {
			return err
		}
		if run, err = enqueue(ctx); err != nil {
			return err
		}
		return u.once(ctx, run, check, kind)
	})
	return run, err
}

// once refuses a run of a dry run that another run applies, or has applied.
func (u *Uploads) once(ctx context.Context, run jobs.Job, check id.ID, kind string) error {
	var others []jobs.Status
	err := u.imports.DB.R(ctx).Raw("SELECT status FROM job WHERE org = ? AND kind = ? AND id <> ? AND payload LIKE ? AND status NOT IN ?", run.Org, kind, run.ID,
		`%"check":"`+check.String()+`"%`, []jobs.Status{jobs.Failed, jobs.Cancelled}).Scan(&others).Error
	switch {
	case err != nil || len(others) == 0:
		return err
	case others[0] == jobs.Done:
		return errs.New(errs.Conflict, "import.applied")
	}
	return errs.New(errs.Conflict, "import.being_applied")
}

// Preview is what a dry run found; nil while it has not ended.
func (u *Uploads) Preview(ctx context.Context, a access.Actor, check id.ID) (*Preview, jobs.Job, error) {
	var v Preview
	j, ok, err := u.read(ctx, a, check, CheckKind, &v)
	if !ok {
		return nil, j, err
	}
	return &v, j, nil
}

// Summary is what a run did; nil while it has not ended.
func (u *Uploads) Summary(ctx context.Context, a access.Actor, run id.ID) (*Summary, jobs.Job, error) {
	var s Summary
	j, ok, err := u.read(ctx, a, run, RunKind, &s)
	if !ok {
		return nil, j, err
	}
	return &s, j, nil
}

func (u *Uploads) read(ctx context.Context, a access.Actor, no id.ID, kind string, into any) (jobs.Job, bool, error) {
	if err := u.imports.Gate.Require(ctx, a, access.Own, "import", "read"); err != nil {
		return jobs.Job{}, false, err
	}
	j, err := u.queue.Job(ctx, a.Org, no)
	if err != nil {
		return j, false, err
	}
	if j.Kind != kind {
		return jobs.Job{}, false, errs.Gone()
	}
	if j.File == 0 || !j.Status.Ended() { // a job has its file before the file is whole
		return j, false, nil
	}
	_, body, err := u.queue.Box.Open(ctx, a.Org, j.File)
	if err != nil {
		return j, false, err
	}
	defer body.Close()
	return j, true, json.NewDecoder(body).Decode(into)
}

// job is an upload as the importer wants it.
func (u *Uploads) job(ctx context.Context, r *jobs.Run, ask asked) (Job, error) {
	m, err := ask.mapping()
	if err != nil {
		return Job{}, err
	}
	source := func(k kept) Source {
		return Source{Name: k.Name, Open: func() (io.ReadCloser, error) {
			_, body, err := u.queue.Box.Open(ctx, r.Org, k.File)
			return body, err
		}}
	}
	out := Job{Map: m, AcceptGood: ask.AcceptGood, Progress: func(p Progress) { r.Progress(p.Done, p.Total) }}
	for _, l := range ask.Lines {
		out.Lines = append(out.Lines, source(l))
	}
	if ask.Products != nil {
		s := source(*ask.Products)
		out.Products = &s
	}
	if ask.Partners != nil {
		s := source(*ask.Partners)
		out.Partners = &s
	}
	return out, nil
}

func (u *Uploads) check(ctx context.Context, r *jobs.Run) error {
	var ask asked
	if err := r.Decode(&ask); err != nil {
		return err
	}
	who, err := r.Actor(ctx, ask.Seat)
	if err != nil {
		return err
	}
	job, err := u.job(ctx, r, ask)
	if err != nil {
		return err
	}
	v, err := u.imports.Preview(ctx, who, job)
	if err != nil {
		return err
	}
	return write(ctx, r, "preview", v)
}

func (u *Uploads) run(ctx context.Context, r *jobs.Run) error {
	var ask asked
	if err := r.Decode(&ask); err != nil {
		return err
	}
	who, err := r.Actor(ctx, ask.Seat)
	if err != nil {
		return err
	}
	job, err := u.job(ctx, r, ask)
	if err != nil {
		return err
	}
	s, err := u.imports.Run(ctx, who, job)
	if err != nil {
		return err
	}
	return write(ctx, r, "summary", s)
}

func write(ctx context.Context, r *jobs.Run, what string, v any) error {
	f, err := r.Create(ctx, strings.Join([]string{what, r.ID.String()}, "-")+".json", "application/json")
	if err != nil {
		return err
	}
	if err := json.NewEncoder(f).Encode(v); err != nil {
		return err
	}
	return f.Close()
}
