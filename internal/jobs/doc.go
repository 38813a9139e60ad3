// Package jobs does work in the background: a queue in the portal's own database, with progress, and the files that jobs make.
//
// A job is a kind, a payload and an organisation. Its row is written in the transaction of the business that wants it, so that
// a job exists if, and only if, that happened. A worker claims it by a lease: the conditional UPDATE is the arbiter, so that
// several program instances never work on one job; a lease that is not renewed, because the program died, is taken over.
// So every handler must be safe to run twice.
//
//	queued → running → done | failed | cancelled
//	running → queued      the program stops, or an internal error is tried again
//	running → cancelling → cancelled
//
// Files that jobs make or read lie in a files.Box: they survive the machine, and every instance can serve them.
package jobs

import (
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/id"
)

// Status of a job.
type Status string

// Statuses.
const (
	Queued     Status = "queued"
	Running    Status = "running"
	Cancelling Status = "cancelling"
	Done       Status = "done"
	Failed     Status = "failed"
	Cancelled  Status = "cancelled"
)

// Ended tells whether nothing more will happen.
func (s Status) Ended() bool { return s == Done || s == Failed || s == Cancelled }

// Job is a piece of work.
type Job struct {
	ID       id.ID
	Kind     string
	Org      id.ID
	Person   id.ID
	Payload  string // JSON
	Status   Status
	Done     int64
	Total    int64 // 0 while unknown
	Message  string
	Result   string // JSON, of a job that is done
	File     id.ID  // what it made; 0 for none
	Attempts int64
	Created  clock.Instant `gorm:"column:created_us"`
	Ended    clock.Instant `gorm:"column:ended_us"`
	Version  int64
}

// Problem is why a job failed, for the catalogue to translate; nil where it did not.
func (j Job) Problem() *errs.Error {
	if j.Message == "" {
		return nil
	}
	var m problem
	if json.Unmarshal([]byte(j.Message), &m) != nil || m.Code == "" {
		return errs.New(errs.Internal, "internal")
	}
	return &errs.Error{Kind: errs.Kind(m.Kind), Code: m.Code, Args: m.Args}
}

type problem struct {
	Kind int       `json:"kind"`
	Code string    `json:"code"`
	Args errs.Args `json:"args,omitempty"`
}

// Percent is how far a job has come, 0 to 100; 0 while its size is unknown.
func (j Job) Percent() int {
	switch {
	case j.Status == Done:
		return 100
	case j.Total <= 0:
		return 0
	}
	return int(min(100, j.Done*100/j.Total))
}

// Timing of the queue. Lease is how long a dead program keeps a job; MaxAttempts is after how many tries it waits for a person.
const (
	Lease       = 60 * time.Second
	MaxAttempts = 4
	KeepFiles   = 30 * 24 * time.Hour
	beat        = 250 * time.Millisecond // how often progress is written, at most
)

// Queue is one program's part in the queue. Make it with New, Register the kinds, then Run.
type Queue struct {
	Box     *files.Box    // where files of jobs lie
	Workers int           // jobs at a time
	Poll    time.Duration // how often to look for jobs of other instances
	Seats   Seats         // by whose right work goes on
	db      *db.DB
	clock   clock.Clock
	log     *slog.Logger
	me      string
	kinds   map[string]Handler
	reports Reports
	lists   Lists
	wake    chan struct{}
	running sync.WaitGroup
	stop    context.CancelFunc
	mu      sync.Mutex
}

// New makes a queue over a database.
func New(d *db.DB, c clock.Clock, box *files.Box, log *slog.Logger) *Queue {
	return &Queue{Box: box, Workers: 2, Poll: time.Second, db: d, clock: c, log: log,
		me: "w" + strconv.FormatInt(int64(d.IDs.Next()), 10), kinds: map[string]Handler{}, wake: make(chan struct{}, 1)}
}

// Handler does a job. Its context ends when the job is cancelled, its lease is lost or the program stops. An error of kind
// Internal or Busy is tried again; any other ends the job and is shown to its owner.
type Handler func(ctx context.Context, r *Run) error

// Register says how a kind of job is done: before Run.
func (q *Queue) Register(kind string, h Handler) { q.kinds[kind] = h }
