package db

import (
	"context"
	"sync"
	"sync/atomic"
)

// Epoch is the last master-data epoch that this instance has seen. What is cached belongs to an epoch; when it moves, every
// Cache empties itself.
type Epoch struct{ n atomic.Int64 }

// Known is the last epoch seen; it never goes back.
func (e *Epoch) Known() int64 { return e.n.Load() }

func (e *Epoch) saw(n int64) {
	for {
		old := e.n.Load()
		if n <= old || e.n.CompareAndSwap(old, n) {
			return
		}
	}
}

// RefreshEpoch reads the epoch of the database: at the beginning of a request, and after a post was refused as stale.
func (d *DB) RefreshEpoch(ctx context.Context) error {
	n, err := d.MasterEpoch(ctx)
	if err == nil {
		d.Epoch.saw(n)
	}
	return err
}

// Cache holds values of master data for as long as the epoch stands, at most max of them. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	d     *DB
	max   int
	mu    sync.RWMutex
	epoch int64
	m     map[K]V
	under map[K]*loading[V] // who is being waited for
}

// loading is a value that somebody loads, in an epoch; ok says that it came, once done is closed.
type loading[V any] struct {
	epoch int64
	done  chan struct{}
	v     V
	ok    bool
}

// NewCache makes a cache over d.
func NewCache[K comparable, V any](d *DB, max int) *Cache[K, V] {
	return &Cache[K, V]{d: d, max: max, m: map[K]V{}, under: map[K]*loading[V]{}}
}

// Get answers from the cache or loads. The epoch it returns was read before the value: a post that carries it (Post.At) is
// refused when the value has changed since. load reads through d.R(ctx), names the viewer where there is one, and its errors
// are not cached. Several who miss the same value in one epoch wait for the first of them, which loads it: a price list is long, and
// everybody wants it when it has changed. Inside InTx the cache is passed by.
func (c *Cache[K, V]) Get(ctx context.Context, k K, load func(context.Context, K) (V, error)) (V, int64, error) {
	if ctx.Value(txKey{}) != nil {
		v, err := load(ctx, k)
		return v, c.d.Epoch.Known(), err
	}
	now := c.d.Epoch.Known()
	if now == 0 {
		if err := c.d.RefreshEpoch(ctx); err != nil {
			var zero V
			return zero, 0, err
		}
		now = c.d.Epoch.Known()
	}
	c.mu.RLock()
	v, ok := c.m[k]
	hit := ok && c.epoch == now
	c.mu.RUnlock()
	if hit {
		return v, now, nil
	}
	v, err := c.fetch(ctx, k, now, load)
	return v, now, err
}

// fetch loads a value, or waits for whoever does; where that fails, everybody tries for himself.
func (c *Cache[K, V]) fetch(ctx context.Context, k K, now int64, load func(context.Context, K) (V, error)) (v V, err error) {
	c.mu.Lock()
	if x := c.under[k]; x != nil && x.epoch == now {
		c.mu.Unlock()
		select {
		case <-x.done:
		case <-ctx.Done():
			return v, ctx.Err()
		}
		if x.ok {
			return x.v, nil
		}
		return load(ctx, k)
	}
	x := &loading[V]{epoch: now, done: make(chan struct{})}
	c.under[k] = x
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if x.ok {
			c.keep(k, x.v, now)
		}
		if c.under[k] == x {
			delete(c.under, k)
		}
		close(x.done)
	}()
	if v, err = load(ctx, k); err == nil {
		x.v, x.ok = v, true
	}
	return v, err
}

// keep remembers a value of an epoch; the lock is held.
func (c *Cache[K, V]) keep(k K, v V, now int64) {
	if c.epoch < now || len(c.m) >= c.max {
		c.m = map[K]V{}
	}
	if c.epoch <= now {
		c.epoch = now
		c.m[k] = v
	}
}
