package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/id"
)

// Run is a job being done, as its handler sees it.
type Run struct {
	Job
	q           *Queue
	done, total atomic.Int64
	result      string
	lost        atomic.Bool // cancelled, or another has it
}

// Decode reads the payload.
func (r *Run) Decode(v any) error {
	if err := json.Unmarshal([]byte(r.Payload), v); err != nil {
		return fmt.Errorf("payload of job %d: %w", r.ID, err)
	}
	return nil
}

// Progress says how far the work has come; it is written at most four times a second. total is 0 while it is unknown.
func (r *Run) Progress(done, total int64) {
	r.done.Store(done)
	r.total.Store(total)
}

// Result keeps what the job found out, as JSON of at most 2,000 characters.
func (r *Run) Result(v any) error {
	b, err := json.Marshal(v)
	if err == nil && len(b) > 2000 {
		err = fmt.Errorf("the result of job %d is too long", r.ID)
	}
	r.result = string(b)
	return err
}

// Create begins the file that the job makes. What an earlier attempt left is removed.
func (r *Run) Create(ctx context.Context, name, media string) (*files.Writer, error) {
	if r.File != 0 {
		if err := r.q.Remove(ctx, r.File); err != nil {
			return nil, err
		}
	}
	w, err := r.q.Box.Create(ctx, r.Org, name, media, false)
	if err != nil {
		return nil, err
	}
	r.File = w.ID
	return w, r.q.attach(ctx, r.ID, w.ID)
}

// Run works until ctx ends or Stop is called, then lets go of what it does and returns.
func (q *Queue) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	q.mu.Lock()
	q.stop = cancel
	q.mu.Unlock()
	slots := make(chan struct{}, max(q.Workers, 1))
	tick := time.NewTicker(q.Poll)
	defer tick.Stop()
	sweep := time.NewTicker(time.Hour)
	defer sweep.Stop()
	defer q.running.Wait()
	for {
		q.fill(ctx, slots)
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		case <-tick.C:
		case <-sweep.C:
			q.sweep(ctx)
		}
	}
}

// Stop ends Run and waits for it, or for ctx. Jobs in work go back to the queue.
func (q *Queue) Stop(ctx context.Context) error {
	q.mu.Lock()
	if q.stop != nil {
		q.stop()
	}
	q.mu.Unlock()
	done := make(chan struct{})
	go func() { q.running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fill claims jobs for the free workers.
func (q *Queue) fill(ctx context.Context, slots chan struct{}) {
	for {
		select {
		case slots <- struct{}{}:
		default:
			return
		}
		j, err := q.claim(ctx)
		if err != nil && ctx.Err() == nil {
			q.log.Error("jobs: claim", "error", err)
		}
		if j == nil {
			<-slots
			return
		}
		q.running.Add(1)
		go func() {
			defer q.running.Done()
			q.work(ctx, j)
			<-slots
			q.poke()
		}()
	}
}

// work does one job and writes how it ended.
func (q *Queue) work(ctx context.Context, j *Job) {
	r := &Run{Job: *j, q: q}
	mine, cancel := context.WithCancel(ctx)
	beating := make(chan struct{})
	go func() { defer close(beating); q.heartbeat(mine, r, cancel) }()
	err := q.try(mine, r)
	cancel()
	<-beating
	r.Done, r.Total = r.done.Load(), r.total.Load()
	after := context.WithoutCancel(ctx)
	if err != nil && r.File != 0 {
		if rerr := q.Remove(after, r.File); rerr != nil {
			q.log.Error("jobs: remove half a file", "job", r.ID, "error", rerr)
		}
		r.File = 0
	}
	if werr := q.finish(after, ctx.Err() != nil, r, err); werr != nil {
		q.log.Error("jobs: write the end", "job", r.ID, "error", werr)
	}
}

func (q *Queue) finish(ctx context.Context, stopping bool, r *Run, err error) error {
	j := &r.Job
	switch {
	case err == nil:
		j.Total = max(j.Total, j.Done)
		return q.end(ctx, j, Done, "", r.result)
	case r.lost.Load():
		return q.end(ctx, j, Cancelled, "", "") // nothing happens where another program has taken the job over
	case stopping:
		return q.release(ctx, j, 0, false)
	}
	retry := errs.Is(err, errs.Internal) || errs.Is(err, errs.Busy)
	q.log.Warn("jobs: failed", "job", j.ID, "kind", j.Kind, "attempt", j.Attempts, "again", retry && j.Attempts < MaxAttempts, "error", err)
	if retry && j.Attempts < MaxAttempts {
		return q.release(ctx, j, time.Second<<j.Attempts, true)
	}
	if retry {
		err = errs.Wrap(errs.Internal, "job.gave_up", err, "attempts", strconv.FormatInt(j.Attempts, 10))
	}
	return q.end(ctx, j, Failed, message(err), "")
}

// message is the public part of an error, as Job.Problem reads it.
func message(err error) string {
	m := problem{Kind: int(errs.KindOf(err)), Code: errs.CodeOf(err)}
	var e *errs.Error
	if errors.As(err, &e) {
		m.Args = e.Args
	}
	b, _ := json.Marshal(m)
	if len(b) > 1000 {
		m.Args = nil
		b, _ = json.Marshal(m)
	}
	return string(b)
}

// try runs the handler; a panic is an internal error.
func (q *Queue) try(ctx context.Context, r *Run) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("job %d panicked: %v\n%s", r.ID, p, debug.Stack())
		}
	}()
	if r.Attempts > MaxAttempts { // each time, the program died over it
		return errs.New(errs.Conflict, "job.gave_up", "attempts", strconv.FormatInt(r.Attempts-1, 10))
	}
	return q.kinds[r.Kind](ctx, r)
}

// heartbeat writes progress while it changes, renews the lease, and ends the work when the job is no longer ours.
func (q *Queue) heartbeat(ctx context.Context, r *Run, cancel context.CancelFunc) {
	t := time.NewTicker(beat)
	defer t.Stop()
	var done, total int64
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		d, all := r.done.Load(), r.total.Load()
		if d == done && all == total && n%4 != 0 { // once a second in any case: it also notices a cancellation
			continue
		}
		ok, err := q.renew(ctx, r.ID, d, all)
		if err != nil {
			continue // the lease has some tries left
		}
		if !ok {
			r.lost.Store(true)
			cancel()
			return
		}
		done, total = d, all
	}
}

// sweep removes files whose time is over.
func (q *Queue) sweep(ctx context.Context) {
	ids, err := q.stale(ctx, q.clock.Now())
	for _, no := range ids {
		if err == nil {
			err = q.Remove(ctx, no)
		}
	}
	if err != nil && ctx.Err() == nil {
		q.log.Error("jobs: remove old files", "error", err)
	}
}

// Remove removes a file with its parts; jobs that made it no longer offer it.
func (q *Queue) Remove(ctx context.Context, no id.ID) error {
	if _, err := q.exec(ctx, "UPDATE job SET file = 0 WHERE file = ?", no); err != nil {
		return err
	}
	return q.Box.Remove(ctx, no)
}
