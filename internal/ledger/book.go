package ledger

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Config is what a Book needs.
type Config struct {
	DB    *db.DB
	Clock clock.Clock
	IDs   id.Source
	// Kind is the kind of an organisation ("agent", …), which never changes.
	Kind func(ctx context.Context, org id.ID) (string, error)
	// Holder is the organisation that holds what stands at a place, which never changes; 0 for nobody. nil: it is not asked.
	Holder func(ctx context.Context, place id.ID) (id.ID, error)
	Log    *slog.Logger
	// Batch is how many posts one transaction takes at most; 512 when 0, never more than Queue. Queue is how many may wait beside
	// the next batch; 8192 when 0.
	Batch, Queue int
	// CacheSize is how many balances the lane remembers; 150,000 when 0.
	CacheSize int
}

// Book is the ledger of one program instance: it takes posts and commits them in groups. Several instances on one database
// are correct together (the head row is the fence); one is fastest.
type Book struct {
	d     *db.DB
	clock clock.Clock
	ids   id.Source
	log   *slog.Logger
	kinds sync.Map
	kindF func(ctx context.Context, org id.ID) (string, error)

	holders holders

	queue   chan *prepared
	bytes   atomic.Int64
	door    sync.RWMutex
	closed  bool
	drained chan struct{}
	stats   Stats

	// what follows belongs to the lane alone
	batchMax int
	maxBytes int
	conn     *sql.Conn
	head     head
	cache    cache
	buf      builder
	next     gathering
}

type head struct {
	known    bool
	seq      int64
	hash     []byte
	recorded int64
	epoch    int64
}

// Stats counts what the lane has done since the start.
type Stats struct {
	Accepted, Refused, Replayed, Batches, Reruns atomic.Int64
	Micros                                       atomic.Int64 // time spent in the database
}

// maxQueueBytes bounds the memory of waiting posts; beyond it a post is answered Busy.
const maxQueueBytes = 256 << 20

// New starts the lane.
func New(c Config) *Book {
	if c.Batch == 0 {
		c.Batch = 512
	}
	if c.Queue == 0 {
		c.Queue = 8192
	}
	c.Batch = min(c.Batch, c.Queue) // one batch gathers beside the queue: it is no second queue
	if c.CacheSize == 0 {
		c.CacheSize = 150_000
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	b := &Book{d: c.DB, clock: c.Clock, ids: c.IDs, log: c.Log, kindF: c.Kind, batchMax: c.Batch, maxBytes: 3 << 19,
		queue: make(chan *prepared, c.Queue), drained: make(chan struct{})}
	b.holders.ask = c.Holder
	b.cache.init(c.CacheSize)
	go b.run()
	return b
}

// Stats are the counters of the lane, for metrics.
func (b *Book) Stats() *Stats { return &b.stats }

// Waiting is how many posts stand in the queue.
func (b *Book) Waiting() int { return len(b.queue) }

func (b *Book) kind(ctx context.Context, org id.ID) (string, error) {
	if k, ok := b.kinds.Load(org); ok {
		return k.(string), nil
	}
	k, err := b.kindF(ctx, org)
	if err == nil {
		b.kinds.Store(org, k)
	}
	return k, err
}

// Post commits p with others in one transaction and answers when it is durable. See Poster for the errors.
func (b *Book) Post(ctx context.Context, p *Post) (Receipt, error) {
	q, err := b.prepare(ctx, p)
	if err != nil {
		return Receipt{}, err
	}
	if p.after != nil {
		select {
		case <-p.after:
		case <-ctx.Done():
		}
		if ctx.Err() != nil { // also where both came at once: nothing was sent
			return Receipt{}, errs.Wrap(errs.Busy, "busy", ctx.Err())
		}
	}
	if err := b.enqueue(q); err != nil {
		return Receipt{}, err
	}
	given := ctx.Done()
	if p.after != nil { // one of a chain, whose maker goes on from how it ended: the lane always answers
		given = nil
	}
	select {
	case o := <-q.reply:
		return o.r, o.err
	case <-given:
		return Receipt{}, errs.Wrap(errs.Busy, "outcome_unknown", ctx.Err())
	}
}

func (b *Book) enqueue(q *prepared) error {
	b.door.RLock()
	defer b.door.RUnlock()
	if b.closed {
		return errs.New(errs.Busy, "closing")
	}
	if b.bytes.Add(int64(q.size)) > maxQueueBytes {
		b.bytes.Add(-int64(q.size))
		return errs.New(errs.Busy, "busy")
	}
	select {
	case b.queue <- q:
		return nil
	default:
		b.bytes.Add(-int64(q.size))
		return errs.New(errs.Busy, "busy")
	}
}

// Close takes no more posts, commits and answers those that wait, and returns.
func (b *Book) Close() {
	b.door.Lock()
	if !b.closed {
		b.closed = true
		close(b.queue)
	}
	b.door.Unlock()
	<-b.drained
}

func (b *Book) run() {
	defer close(b.drained)
	defer b.dropConn()
	for {
		if !b.next.wait(b.queue) {
			return
		}
		b.next.fill(b)
		b.commit(b.next.take(b))
	}
}

func (b *Book) dropConn() {
	if b.conn != nil {
		b.conn.Close()
		b.conn = nil
	}
}

// Retry runs f again, at most five times, while it is refused because something moved between reading and posting: for
// services whose caller did not insist on a version.
func Retry(ctx context.Context, f func() error) error {
	var err error
	for i := 0; i < 5; i++ {
		err = f()
		var e *errs.Error
		if !errors.As(err, &e) || e.Kind != errs.Conflict || (e.Code != "changed" && e.Code != "ledger.stale") {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(i) * 2 * time.Millisecond):
		}
	}
	return err
}
