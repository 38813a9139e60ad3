// Package pulse wakes those who wait for news: open streams. One question a second is asked for all of them, and none while nobody
// waits; it says only that something changed, under which key. What changed each of them reads by its own rights.
package pulse

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"saluran/internal/clock"
	"saluran/internal/id"
)

// Look answers the keys under which something changed at or after an instant: documents, people.
type Look func(ctx context.Context, since clock.Instant) ([]id.ID, error)

// lag is how far back each look reaches: other instances' clocks, and transactions that commit later than they began.
const lag = 5 * time.Second

// Pulse wakes waiters. The zero value is not ready: see New.
type Pulse struct {
	clock clock.Clock
	log   *slog.Logger
	looks []Look
	every time.Duration

	mu      sync.Mutex
	waiting map[id.ID]map[*Waiter]bool
}

// New makes a pulse over what can be looked at.
func New(c clock.Clock, log *slog.Logger, looks ...Look) *Pulse {
	return &Pulse{clock: c, log: log, looks: looks, every: time.Second, waiting: map[id.ID]map[*Waiter]bool{}}
}

// Waiter is somebody who waits. C is filled when one of its keys has news.
type Waiter struct {
	C    chan struct{}
	keys []id.ID
	p    *Pulse
}

// Wait begins to wait under keys; the waiter ends it.
func (p *Pulse) Wait(keys ...id.ID) *Waiter {
	w := &Waiter{C: make(chan struct{}, 1), p: p}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range keys {
		if k == 0 {
			continue
		}
		w.keys = append(w.keys, k)
		if p.waiting[k] == nil {
			p.waiting[k] = map[*Waiter]bool{}
		}
		p.waiting[k][w] = true
	}
	return w
}

// End ends the waiting.
func (w *Waiter) End() {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	for _, k := range w.keys {
		delete(w.p.waiting[k], w)
		if len(w.p.waiting[k]) == 0 {
			delete(w.p.waiting, k)
		}
	}
}

// Touch wakes those of this program who wait under a key, without waiting for the next look: what this program changed itself.
func (p *Pulse) Touch(keys ...id.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range keys {
		for w := range p.waiting[k] {
			select {
			case w.C <- struct{}{}:
			default: // it is awake already
			}
		}
	}
}

func (p *Pulse) idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting) == 0
}

// Run looks until ctx ends.
func (p *Pulse) Run(ctx context.Context) {
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if p.idle() {
			continue
		}
		since := p.clock.Now().Add(-lag)
		for _, look := range p.looks {
			keys, err := look(ctx, since)
			if err != nil {
				if ctx.Err() == nil {
					p.log.Warn("what is new cannot be read", "error", err.Error())
				}
				continue
			}
			p.Touch(keys...)
		}
	}
}
