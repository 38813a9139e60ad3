package jobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/report"
)

var me = id.By{Person: 5, Org: 7}

func newQueue(d *db.DB, c clock.Clock) *Queue {
	q := New(d, c, files.InDatabase(d, c), dbtest.Log())
	q.Poll = 20 * time.Millisecond
	return q
}

// start runs a queue until the test ends.
func start(t *testing.T, q *Queue) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); q.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
}

func wait(t *testing.T, q *Queue, no id.ID, want func(Job) bool) Job {
	t.Helper()
	var j Job
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		var err error
		if j, err = q.Job(context.Background(), me.Org, no); err != nil {
			t.Fatal(err)
		}
		if want(j) {
			return j
		}
	}
	t.Fatalf("job never came there: %+v", j)
	return j
}

func ended(j Job) bool { return j.Status.Ended() }

func enqueue(t *testing.T, q *Queue, kind string) Job {
	t.Helper()
	j, err := q.Enqueue(context.Background(), me, kind, map[string]int{"n": 1}, audit.Key{})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestAJobMakesAFileThatOnlyItsOrganisationSees(t *testing.T) {
	d := dbtest.New(t)
	q := newQueue(d, clock.System{})
	content := make([]byte, 3*(1<<20)+17)
	for i := range content {
		content[i] = byte(rand.IntN(256))
	}
	q.Register("make", func(ctx context.Context, r *Run) error {
		f, err := r.Create(ctx, "book.xlsx", XLSX)
		if err != nil {
			return err
		}
		r.Progress(1, 2)
		for b := content; len(b) > 0; b = b[min(len(b), 70_001):] {
			if _, err := f.Write(b[:min(len(b), 70_001)]); err != nil {
				return err
			}
		}
		r.Progress(2, 2)
		return errors.Join(f.Close(), r.Result(map[string]int{"rows": 3}))
	})
	start(t, q)
	j := wait(t, q, enqueue(t, q, "make").ID, ended)
	if j.Status != Done || j.Done != 2 || j.Percent() != 100 || j.Result != `{"rows":3}` {
		t.Fatalf("%+v", j)
	}
	f, r, err := q.Box.Open(t.Context(), me.Org, j.File)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	sum := sha256.Sum256(content)
	if err != nil || !bytes.Equal(got, content) || f.Size != int64(len(content)) || !bytes.Equal(f.SHA256, sum[:]) || f.Name != "book.xlsx" {
		t.Fatalf("read back %d bytes of %+v: %v", len(got), f, err)
	}
	if _, _, err := q.Box.Open(t.Context(), 8, j.File); !errs.Is(err, errs.NotFound) {
		t.Errorf("another organisation reads the file: %v", err)
	}
	if _, err := q.Job(t.Context(), 8, j.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("another organisation sees the job: %v", err)
	}
	if err := q.Cancel(t.Context(), id.By{Org: 8}, j.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("another organisation cancels the job: %v", err)
	}
	if err := q.Remove(t.Context(), j.File); err != nil {
		t.Fatal(err)
	}
	if _, _, err := q.Box.Open(t.Context(), me.Org, j.File); !errs.Is(err, errs.NotFound) {
		t.Errorf("a removed file: %v", err)
	}
}

func TestEnqueueingIsSafeToRepeatAndRidesInTheTransaction(t *testing.T) {
	d := dbtest.New(t)
	q := newQueue(d, clock.System{})
	q.Register("x", func(context.Context, *Run) error { return nil })
	key := audit.Key{Client: "k1", Hash: [32]byte{1}}
	a, err := q.Enqueue(t.Context(), me, "x", 1, key)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := q.Enqueue(t.Context(), me, "x", 1, key); err != nil || b.ID != a.ID {
		t.Errorf("again: %v %v", b.ID, err)
	}
	if _, err := q.Enqueue(t.Context(), me, "x", 2, audit.Key{Client: "k1", Hash: [32]byte{2}}); errs.Is(err, errs.Internal) || err == nil {
		t.Errorf("another request under the key: %v", err)
	}
	no := errors.New("no")
	err = d.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := q.Enqueue(ctx, me, "x", 3, audit.Key{}); err != nil {
			return err
		}
		return no
	})
	p, lerr := q.Jobs(t.Context(), me.Org, list.Query{})
	if !errors.Is(err, no) || lerr != nil || len(p.Items) != 1 {
		t.Errorf("%v, %v: %d jobs", err, lerr, len(p.Items))
	}
	if _, err := q.Enqueue(t.Context(), me, "unheard of", 1, audit.Key{}); errs.CodeOf(err) != "job.unknown_kind" {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	d := dbtest.New(t)
	c := clock.NewFixed(clock.At(time.Now()))
	q := newQueue(d, c)
	var tries atomic.Int64
	q.Register("bad", func(context.Context, *Run) error { return errs.New(errs.Invalid, "report.dates", "day", "x") })
	q.Register("shaky", func(context.Context, *Run) error {
		if tries.Add(1) < 3 {
			panic("the disk")
		}
		return nil
	})
	q.Register("broken", func(context.Context, *Run) error { return errors.New("always") })
	start(t, q)
	go func() {
		for t.Context().Err() == nil {
			c.Set(c.Now().Add(time.Second))
			time.Sleep(10 * time.Millisecond)
		}
	}()
	j := wait(t, q, enqueue(t, q, "bad").ID, ended)
	if j.Status != Failed || j.Problem().Code != "report.dates" || j.Problem().Args["day"] != "x" || j.Attempts != 1 {
		t.Errorf("bad: %+v", j)
	}
	if j = wait(t, q, enqueue(t, q, "shaky").ID, ended); j.Status != Done || j.Attempts != 3 {
		t.Errorf("shaky: %+v", j)
	}
	if j = wait(t, q, enqueue(t, q, "broken").ID, ended); j.Status != Failed || j.Problem().Code != "job.gave_up" || j.Attempts != MaxAttempts {
		t.Errorf("broken: %+v", j)
	}
}

func TestCancelAndStop(t *testing.T) {
	d := dbtest.New(t)
	dbtest.Lift(t, d) // parts of files are counted
	q := newQueue(d, clock.System{})
	q.Register("long", func(ctx context.Context, r *Run) error {
		f, err := r.Create(ctx, "half", "text/plain")
		if err != nil {
			return err
		}
		f.Write(make([]byte, 2*(1<<20)))
		r.Progress(1, 10)
		<-ctx.Done()
		return ctx.Err()
	})
	waiting := enqueue(t, q, "long")
	if err := q.Cancel(t.Context(), id.By{Org: me.Org}, waiting.ID); err != nil {
		t.Fatal(err)
	}
	if err := q.Cancel(t.Context(), id.By{Org: me.Org}, waiting.ID); errs.CodeOf(err) != "job.ended" {
		t.Errorf("cancelled twice: %v", err)
	}
	start(t, q)
	j := enqueue(t, q, "long")
	wait(t, q, j.ID, func(j Job) bool { return j.Done == 1 && j.Total == 10 })
	if err := q.Cancel(t.Context(), id.By{Org: me.Org}, j.ID); err != nil {
		t.Fatal(err)
	}
	if j = wait(t, q, j.ID, ended); j.Status != Cancelled || j.File != 0 {
		t.Errorf("%+v", j)
	}
	var parts int
	d.ReadSQL().QueryRow("SELECT COUNT(*) FROM file_part").Scan(&parts)
	if parts != 0 {
		t.Errorf("%d parts of a file that nobody will read", parts)
	}
	k := enqueue(t, q, "long")
	wait(t, q, k.ID, func(j Job) bool { return j.Status == Running && j.Done == 1 })
	if err := q.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if k, _ = q.Job(t.Context(), me.Org, k.ID); k.Status != Queued || k.Attempts != 0 {
		t.Errorf("after stopping: %+v", k)
	}
}

func TestNoJobIsDoneTwiceByManyInstances(t *testing.T) {
	url := dbtest.Ready(t)
	a, b := dbtest.Open(t, url), dbtest.Open(t, url)
	var mu sync.Mutex
	done := map[id.ID]int{}
	h := func(_ context.Context, r *Run) error {
		mu.Lock()
		done[r.ID]++
		mu.Unlock()
		return nil
	}
	q1, q2 := newQueue(a, clock.System{}), newQueue(b, clock.System{})
	for _, q := range []*Queue{q1, q2} {
		q.Workers = 4
		q.Register("x", h)
	}
	var jobs []Job
	for range 60 {
		jobs = append(jobs, enqueue(t, q1, "x"))
	}
	start(t, q1)
	start(t, q2)
	for _, j := range jobs {
		wait(t, q1, j.ID, ended)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, j := range jobs {
		if done[j.ID] != 1 {
			t.Errorf("job %d was done %d times", j.ID, done[j.ID])
		}
	}
}

func TestAJobOfADeadProgramIsTakenOver(t *testing.T) {
	d := dbtest.New(t)
	c := clock.NewFixed(clock.At(time.Now()))
	dead, q := newQueue(d, c), newQueue(d, c)
	for _, x := range []*Queue{dead, q} {
		x.Register("x", func(context.Context, *Run) error { return nil })
	}
	no := enqueue(t, q, "x").ID
	if j, err := dead.claim(t.Context()); err != nil || j == nil || j.ID != no {
		t.Fatalf("claim: %v %v", j, err)
	}
	if j, _ := q.claim(t.Context()); j != nil {
		t.Fatal("a leased job was claimed")
	}
	c.Set(c.Now().Add(Lease + time.Second))
	start(t, q)
	if j := wait(t, q, no, ended); j.Status != Done || j.Attempts != 2 {
		t.Errorf("%+v", j)
	}
	if ok, err := dead.renew(t.Context(), no, 1, 1); ok || err != nil {
		t.Errorf("the dead one still has it: %v %v", ok, err)
	}
}

// seats is a stand-in for package identity: a person's role, which can be taken away.
type seats struct{ role string }

func (s *seats) Seat(_ context.Context, org, person id.ID) (access.Actor, error) {
	if s.role == "" {
		return access.Actor{}, errs.Gone()
	}
	return access.Actor{Org: org, Person: person, Role: s.role, Kind: "retailer"}, nil
}

func (s *seats) SeatOfKey(context.Context, id.ID, id.ID, id.ID) (access.Actor, error) {
	return access.Actor{}, errs.New(errs.Unauthenticated, "sign_in.needed")
}

type fakeReports struct {
	asked report.Ask
	who   access.Actor
	shut  bool
}

func (f *fakeReports) May(context.Context, access.Actor, string) error {
	if f.shut {
		return errs.New(errs.Forbidden, "access.denied")
	}
	return nil
}

func (f *fakeReports) MayShared(context.Context, access.Actor, id.ID) error {
	return errs.Gone()
}

func (f *fakeReports) CutOff(context.Context, id.ID, string) (int64, error) { return 0, nil }

func (f *fakeReports) Write(_ context.Context, who access.Actor, a report.Ask, w io.Writer, progress func(done, total int64)) (report.Summary, error) {
	f.asked, f.who = a, who
	fmt.Fprint(w, "workbook")
	progress(4, 4)
	return report.Summary{Rows: 4, Seq: 9, SHA256: "ab"}, nil
}

func TestExportIsOfTheActorsOwnBooks(t *testing.T) {
	d := dbtest.New(t)
	q := newQueue(d, clock.System{})
	reports, seat := &fakeReports{}, &seats{"finance"}
	q.Exports(reports, nil)
	q.Seats = seat
	start(t, q)
	who := access.Actor{Person: me.Person, Org: me.Org, Role: "finance", Kind: "retailer"}
	j, err := q.Export(t.Context(), who, "D/1", report.Ask{Report: "payment-sheet", Org: 99, From: "2026-01-01", Lang: "id"}, audit.Key{})
	if err != nil {
		t.Fatal(err)
	}
	j = wait(t, q, j.ID, ended)
	f, _, err := q.ExportFile(t.Context(), who, j.ID)
	if err != nil || f.Name != "payment-sheet_D-1_2026-01-01.xlsx" || f.Media != XLSX {
		t.Errorf("%+v %v", f, err)
	}
	if reports.who.Role != "finance" || reports.who.Kind != "retailer" || reports.who.Org != me.Org {
		t.Errorf("written for %+v", reports.who)
	}
	reports.shut = true // the person's role has changed since
	if _, _, err := q.ExportFile(t.Context(), who, j.ID); errs.CodeOf(err) != "access.denied" {
		t.Errorf("fetched without the right: %v", err)
	}
	if _, err := q.Export(t.Context(), who, "D1", report.Ask{Report: "stock"}, audit.Key{}); errs.CodeOf(err) != "access.denied" {
		t.Errorf("asked without the right: %v", err)
	}
	reports.shut = false
	if _, _, err := q.ExportFile(t.Context(), access.Actor{Org: me.Org + 1, Role: "owner"}, j.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("another organisation's file: %v", err)
	}
	seat.role = "" // who asked has left
	if late, err := q.Export(t.Context(), who, "D1", report.Ask{Report: "payment-sheet", Lang: "id"}, audit.Key{}); err != nil {
		t.Error(err)
	} else if late = wait(t, q, late.ID, ended); late.Status != Failed || !strings.Contains(late.Message, "job.asker_gone") {
		t.Errorf("written for nobody: %+v", late)
	}
	if reports.asked.Org != me.Org || reports.asked.Lang != "id" || j.Total != 4 {
		t.Errorf("asked %+v, job %+v", reports.asked, j)
	}
	if _, err := q.Export(t.Context(), who, "D1", report.Ask{Report: "x"}, audit.Key{}); errs.CodeOf(err) != "report.unknown" {
		t.Error(err)
	}
}
