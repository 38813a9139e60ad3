package db

import (
	"context"
	"sync"
	"time"
)

// epochReads lets those who wait for the epoch share a reading that began after they came.
type epochReads struct {
	mu      sync.Mutex
	next    *epochRead // not begun yet
	running bool
}

type epochRead struct {
	done chan struct{}
	err  error
}

// FreshEpoch answers the master-data epoch as it was read after the call began: what another instance committed before is known
// when it returns, and every Cache with it. Any number of callers cost one reading at a time.
func (d *DB) FreshEpoch(ctx context.Context) (int64, error) {
	s := &d.fresh
	s.mu.Lock()
	if s.next == nil {
		s.next = &epochRead{done: make(chan struct{})}
	}
	mine := s.next
	if !s.running {
		s.running = true
		go d.readEpochs()
	}
	s.mu.Unlock()
	select {
	case <-mine.done:
		return d.Epoch.Known(), mine.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (d *DB) readEpochs() {
	s := &d.fresh
	for {
		s.mu.Lock()
		r := s.next
		s.next = nil
		if r == nil {
			s.running = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		r.err = d.RefreshEpoch(ctx)
		cancel()
		close(r.done)
	}
}
