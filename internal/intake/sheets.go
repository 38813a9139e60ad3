package intake

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/goods"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/partner"
	"saluran/internal/trade"
)

// Sheets brings in spreadsheets, by kinds. It is safe for concurrent use.
type Sheets struct {
	DB      *db.DB
	Clock   clock.Clock
	Gate    Gate
	Partner *partner.Service
	Catalog *catalog.Service
	Goods   *goods.Service
	Trade   *trade.Service
	Sales   *Service // takes in sales of the past
}

// SheetJob is a spreadsheet to be brought in.
type SheetJob struct {
	Kind    Kind
	File    Source
	Match   Match // nil: found out
	Reading Reading
	// AcceptGood applies the good rows although others are bad; else it is all or nothing.
	AcceptGood bool
	// Progress is told how many rows are done of how many; nil is fine.
	Progress func(done, total int64)
	// Back begins the workbook that goes back where something is wrong; nil: none is wanted.
	Back func(name string) (io.WriteCloser, error)
}

// maxSheetRows is how many rows one file may have.
const maxSheetRows = 200_000

// SheetView is what a spreadsheet holds, what would come of it, and what did.
type SheetView struct {
	Kind   string   `json:"kind"`
	File   string   `json:"file"`
	Hash   string   `json:"hash"` // of its content
	Header []string `json:"header"`
	Match  Match    `json:"match"`
	// Needs are the columns that must be there and are not matched; Asks is what of its writing a person must say. Until both are
	// empty nothing else is known but Samples.
	Needs   []string   `json:"needs,omitempty"`
	Asks    []SheetAsk `json:"asks,omitempty"`
	Reading Reading    `json:"reading"`
	Shown   []SheetAsk `json:"shown,omitempty"` // what shows the reading
	Samples [][]string `json:"samples,omitempty"`

	Rows     int64          `json:"rows"`
	New      int64          `json:"new"`
	Changed  int64          `json:"changed"`
	Same     int64          `json:"same"`
	Bad      int64          `json:"bad"`
	Torn     int64          `json:"torn_row,omitempty"` // the first row in which a quotation mark is misplaced
	Applied  int64          `json:"applied"`
	Problems []SheetProblem `json:"problems,omitempty"` // each with how often, the most frequent first
	First    []SheetRow     `json:"first,omitempty"`    // the first rows
	Wrong    []SheetRow     `json:"wrong,omitempty"`    // the first that something is wrong with, beyond those
	Back     id.ID          `json:"back,omitempty"`     // the workbook that goes back
}

// SheetAsk is a question about the writing of a file ("order" or "decimal") with a cell that makes it necessary, or that answers it.
type SheetAsk struct {
	What string `json:"what"`
	Sighting
}

// SheetProblem is one way in which cells are wrong.
type SheetProblem struct {
	Mark
	N     int64  `json:"n"`
	Row   int64  `json:"row"` // the first
	Value string `json:"value"`
}

// SheetRow is a row as it stands in the file, with what is wrong with it.
type SheetRow struct {
	Row   int64    `json:"row"`
	State string   `json:"state"`
	Cells []string `json:"cells"`
	Marks []Mark   `json:"marks,omitempty"`
}

// Ready tells whether the file is understood.
func (v *SheetView) Ready() bool { return len(v.Needs) == 0 && len(v.Asks) == 0 }

// Clean tells whether nothing is wrong with it.
func (v *SheetView) Clean() bool { return v.Ready() && v.Bad == 0 }

const (
	shownRows = 20
	wrongRows = 30
	batchRows = 500
)

// sheetRun is one job at work.
type sheetRun struct {
	ctx   context.Context
	s     *Sheets
	a     access.Actor
	job   SheetJob
	cur   money.Currency
	today clock.Date
	view  *SheetView

	sum      string
	workbook bool
	file     *table // while it is read
	wide     int    // columns that the widest row with cells too many has
	columns  []int  // of the file, for each column of the kind; -1: none
	marks    map[int64][]Mark
	problems map[string]*SheetProblem
	done     int64
	total    int64
}

// Check reads everything, holds it against the books and changes nothing. Rights: import:run, and that of the kind.
func (s *Sheets) Check(ctx context.Context, a access.Actor, job SheetJob) (*SheetView, error) {
	t, w, err := s.begin(ctx, a, job)
	if err != nil || w == nil {
		return t.seen(), err
	}
	if x, ok := w.(*salesSheet); ok {
		if err := x.do(false); err != nil {
			return t.view, err
		}
		return t.view, t.back()
	}
	t.total = t.view.Rows * 2
	if err := t.pass(w, false); err != nil {
		return nil, err
	}
	return t.view, t.back()
}

// Run checks everything and applies it: the good rows where the job accepts them, else all or nothing. What was applied before is
// there already, whether it was this file or another: running it again adds nothing. Rights: import:run, and that of the kind. Errors:
// Conflict "sheet.not_ready" where the file is not understood, Invalid "import.refused" where a row is bad and the job accepts no good ones.
func (s *Sheets) Run(ctx context.Context, a access.Actor, job SheetJob) (*SheetView, error) {
	t, w, err := s.begin(ctx, a, job)
	if err != nil {
		return t.seen(), err
	}
	if w == nil {
		return t.view, errs.New(errs.Conflict, "sheet.not_ready")
	}
	if job.AcceptGood && t.view.Torn > 0 {
		return t.view, torn(t.view.Torn)
	}
	if x, ok := w.(*salesSheet); ok {
		if err := x.do(true); err != nil {
			return t.view, err
		}
		return t.view, t.back()
	}
	t.total = t.view.Rows * 2
	if !job.AcceptGood {
		t.total = t.view.Rows * 3
		if err := t.pass(w, false); err != nil {
			return nil, err
		}
		if t.view.Bad > 0 {
			return t.view, errs.New(errs.Invalid, "import.refused", "bad", itoa(t.view.Bad), "conflicts", "0")
		}
		t.forget()
		if w, err = job.Kind.begin(t); err != nil {
			return nil, err
		}
	}
	if err := t.pass(w, true); err != nil {
		return nil, err
	}
	return t.view, t.back()
}

func (t *sheetRun) seen() *SheetView {
	if t == nil {
		return nil
	}
	return t.view
}

// forget drops what a pass has counted, before another.
func (t *sheetRun) forget() {
	v := t.view
	v.New, v.Changed, v.Same, v.Bad, v.Applied, v.Problems, v.First, v.Wrong = 0, 0, 0, 0, 0, nil, nil, nil
	t.marks, t.problems = map[int64][]Mark{}, map[string]*SheetProblem{}
}

// may asks for the rights of a kind.
func (s *Sheets) may(ctx context.Context, a access.Actor, k Kind) error {
	if err := s.Gate.Require(ctx, a, access.Own, "import", "run"); err != nil {
		return err
	}
	return s.of(ctx, a, k, k.Right[1])
}

// of asks for the right to do something to what a kind is about, in one of its relations.
func (s *Sheets) of(ctx context.Context, a access.Actor, k Kind, action string) (err error) {
	rels := k.Rels
	if len(rels) == 0 {
		rels = []access.Rel{access.Own}
	}
	for _, rel := range rels {
		if err = s.Gate.Require(ctx, a, rel, k.Right[0], action); err == nil {
			return nil
		}
	}
	return err
}

// already marks rows whose post was made before, by this very file: of kinds whose rows are posts of the ledger.
func (t *sheetRun) already(batch []*record) error {
	rows := map[string]*record{}
	var keys []string
	for _, r := range batch {
		if len(r.marks) == 0 {
			k := t.key(r.at).Client
			rows[k], keys = r, append(keys, k)
		}
	}
	for some := range slices.Chunk(keys, 500) {
		var have []string
		if err := t.s.DB.R(t.ctx).Raw("SELECT client_key FROM journal WHERE org = ? AND client_key IN ?", t.a.Org, some).Scan(&have).Error; err != nil {
			return err
		}
		for _, k := range have {
			rows[k].state = RowSame
		}
	}
	return nil
}

// begin reads the file once: its columns, how it writes numbers and days, and its content's hash. The worker is nil where a person must
// be asked something first.
func (s *Sheets) begin(ctx context.Context, a access.Actor, job SheetJob) (*sheetRun, worker, error) {
	if err := s.may(ctx, a, job.Kind); err != nil {
		return nil, nil, err
	}
	t := &sheetRun{ctx: ctx, s: s, a: a, job: job, today: s.Clock.Now().In(a.Zone), view: &SheetView{Kind: job.Kind.Name, File: job.File.Name}}
	t.forget()
	var currency string
	if err := s.DB.R(ctx).Raw("SELECT currency FROM org WHERE id = ?", a.Org).Scan(&currency).Error; err != nil {
		return nil, nil, err
	}
	var err error
	if t.cur, err = money.Lookup(currency); err != nil {
		return nil, nil, err
	}
	if err := t.look(); err != nil {
		return nil, nil, err
	}
	if !t.view.Ready() {
		return t, nil, nil
	}
	w, err := job.Kind.begin(t)
	return t, w, err
}

// look reads the whole file once.
func (t *sheetRun) look() error {
	c, err := t.job.File.Open()
	if err != nil {
		return err
	}
	h := sha256.New()
	_, err = io.Copy(h, c)
	c.Close()
	if err != nil {
		return err
	}
	t.sum = hex.EncodeToString(h.Sum(nil))
	t.view.Hash = t.sum
	var e evidence
	err = t.rows(func(header []string) error { return t.bind(header) }, func(row []string, at int64, broken string) error {
		t.view.Rows++
		if broken != "" {
			t.view.Torn = cmp.Or(t.view.Torn, at)
		}
		if t.view.Rows > maxSheetRows {
			return errs.New(errs.TooLarge, "sheet.too_many_rows", "max", itoa(maxSheetRows))
		}
		if len(t.view.Samples) < 5 && broken == "" {
			t.view.Samples = append(t.view.Samples, shown(row))
		}
		if _, wide := t.file.surplus(row); broken == "" && !wide {
			t.show(&e, row, at)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if t.view.Rows == 0 {
		return errs.New(errs.Invalid, "import.empty_file", "file", t.job.File.Name)
	}
	t.settle(e)
	return nil
}

// show lets a row show how the file writes numbers and days.
func (t *sheetRun) show(e *evidence, row []string, at int64) {
	for i, c := range t.job.Kind.Columns {
		n := t.columns[i]
		if n < 0 || n >= len(row) {
			continue
		}
		switch v := strings.TrimSpace(row[n]); c.Sort {
		case Number, Price, Money:
			e.number(v, t.workbook, at, t.view.Header[n])
		case Day:
			e.day(v, at, t.view.Header[n])
		}
	}
}

// settle takes the reading from what the rows show; what they leave open, or show both ways, is asked, unless it was answered.
func (t *sheetRun) settle(e evidence) {
	v := t.view
	v.Reading = t.job.Reading
	decide := func(what string, to *string, a, b string, one, other, open Sighting) {
		switch {
		case *to != "":
		case one.N > 0 && other.N > 0:
			v.Asks = append(v.Asks, SheetAsk{what, one}, SheetAsk{what, other})
		case one.N > 0:
			*to = a
			v.Shown = append(v.Shown, SheetAsk{what, one})
		case other.N > 0:
			*to = b
			v.Shown = append(v.Shown, SheetAsk{what, other})
		case open.N > 0:
			v.Asks = append(v.Asks, SheetAsk{what, open})
		}
	}
	decide("order", &v.Reading.Order, "dmy", "mdy", e.dmy, e.mdy, e.anyDay)
	decide("decimal", &v.Reading.Decimal, ",", ".", e.comma, e.point, e.anyPoint)
}

// bind ties the kind's columns to those of the file.
func (t *sheetRun) bind(header []string) error {
	v := t.view
	v.Header, v.Needs = header, nil
	v.Match = t.job.Match
	if v.Match == nil {
		m, err := t.found(header)
		if err != nil {
			return err
		}
		v.Match = m
	}
	t.columns = make([]int, len(t.job.Kind.Columns))
	for i, c := range t.job.Kind.Columns {
		f, ok := v.Match[c.Name]
		t.columns[i] = -1
		switch {
		case ok && f.Value == "" && f.Column >= 0 && f.Column < len(header):
			t.columns[i] = f.Column
		case ok && f.Value == "":
			return errs.OnFields("sheet.no_such_column", errs.F("match."+c.Name, "sheet.no_such_column"))
		case !ok && c.Must:
			v.Needs = append(v.Needs, c.Name)
		}
	}
	return nil
}

// key makes what is applied for a row safe to do twice: it is known by the file's content and the row.
func (t *sheetRun) key(at int64, what ...string) audit.Key {
	h := sha256.Sum256([]byte(t.job.Kind.Name + "/" + t.sum + "/" + itoa(at)))
	return audit.Key{Client: "sheet/" + hex.EncodeToString(h[:20]), Hash: audit.HashOf(what...)}
}
