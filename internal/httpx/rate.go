package httpx

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/origin"
)

// Rate is how many requests a second are answered, averaged over ten seconds: of one account (a person's sessions together, and a
// person's API keys together), and of one address (of IPv6, one /64). 0: any number.
type Rate struct{ Account, Address int }

// ParseRate reads "1000/5000": account, address. "off" and "" are no limit.
func ParseRate(s string) (r Rate, err error) {
	if s == "" || s == "off" {
		return Rate{}, nil
	}
	account, address, ok := strings.Cut(s, "/")
	if r.Account, err = strconv.Atoi(account); err == nil && ok {
		r.Address, err = strconv.Atoi(address)
	}
	if err != nil || !ok || r.Account < 0 || r.Address < 0 || r.Account > maxRate || r.Address > maxRate {
		return Rate{}, fmt.Errorf("a rate is two numbers, requests a second of one account and of one address, as 1000/5000, or off; not %q", s)
	}
	return r, nil
}

const (
	maxRate  = 1_000_000
	spanFor  = 10 * time.Second
	spanUs   = int64(spanFor / time.Microsecond)
	shards   = 32
	perShard = 8192 // names at most: who has asked for nothing for longest is forgotten
)

// Limiter counts requests in memory, where they cost no query, over a window that slides. Each second it tells the database of those
// who have used up an eighth of what they may, and learns what other instances let them do: so a limit holds over all instances,
// but for that eighth and that second of each.
type Limiter struct {
	Account, Address atomic.Int64 // how many were refused, for the metrics

	rate  Rate
	d     *db.DB
	clock clock.Clock
	log   *slog.Logger
	parts [shards]struct {
		sync.Mutex
		m    map[caller]*counter
		seen list.List // of the callers in m, who was seen last in front
	}
}

// caller is who is counted: an address, or a person's sessions or keys.
type caller struct {
	kind byte // a: address, s: sessions, k: keys
	addr netip.Addr
	n    int64
}

// who names a caller in the database without keeping the address.
func (c caller) who() string {
	h := sha256.Sum256([]byte(string(c.kind) + " " + c.addr.String() + " " + strconv.FormatInt(c.n, 10)))
	return hex.EncodeToString(h[:16])
}

// counter is what a caller did in this span and in the one before: here, and elsewhere.
type counter struct {
	span                 int64
	here, before         int64
	others, othersBefore int64
	told                 int64 // of here: what the database knows
	at                   *list.Element
}

// NewLimiter makes a limiter; nil, which lets everybody pass, where there is no limit.
func NewLimiter(d *db.DB, c clock.Clock, log *slog.Logger, r Rate) *Limiter {
	if r == (Rate{}) {
		return nil
	}
	l := &Limiter{rate: r, d: d, clock: c, log: log}
	for i := range l.parts {
		l.parts[i].m = map[caller]*counter{}
	}
	return l
}

// address counts a request by where it comes from.
func (l *Limiter) address(c fiber.Ctx) error {
	if l == nil || l.rate.Address == 0 || c.Path() == "/healthz" || c.Path() == "/readyz" {
		return nil
	}
	return l.take(caller{kind: 'a', addr: origin.Network(c.IP())}, l.rate.Address, &l.Address)
}

// account counts a request by who asks.
func (l *Limiter) account(a access.Actor) error {
	if l == nil || l.rate.Account == 0 || a.Person == 0 {
		return nil
	}
	who := caller{kind: 's', n: int64(a.Person)}
	if a.Scopes != nil {
		who.kind = 'k'
	}
	return l.take(who, l.rate.Account, &l.Account)
}

// take counts one request, or refuses it, uncounted: Busy request.rate {seconds}.
func (l *Limiter) take(who caller, rate int, refused *atomic.Int64) error {
	now := int64(l.clock.Now())
	most := int64(rate) * int64(spanFor/time.Second)
	p := &l.parts[who.part()]
	p.Lock()
	k := p.m[who]
	if k == nil {
		if len(p.m) >= perShard {
			delete(p.m, p.seen.Remove(p.seen.Back()).(caller))
		}
		k = &counter{span: now / spanUs, at: p.seen.PushFront(who)}
		p.m[who] = k
	} else {
		p.seen.MoveToFront(k.at)
	}
	k.roll(now / spanUs)
	wait := k.wait(now%spanUs, most)
	if wait == 0 {
		k.here++
	}
	p.Unlock()
	if wait == 0 {
		return nil
	}
	refused.Add(1)
	return errs.New(errs.Busy, "request.rate", "seconds", strconv.FormatInt((wait+999_999)/1_000_000, 10))
}

func (c caller) part() int {
	h := uint64(c.n) ^ uint64(c.kind)
	b := c.addr.As16()
	for _, x := range b {
		h = (h ^ uint64(x)) * 1099511628211
	}
	h *= 0x9E3779B97F4A7C15
	return int(h >> 32 % shards)
}

func (k *counter) roll(now int64) {
	switch {
	case now == k.span+1:
		*k = counter{span: now, before: k.here, othersBefore: k.others, at: k.at}
	case now != k.span:
		*k = counter{span: now, at: k.at}
	}
}

// wait is how many microseconds it takes until one more is within most; 0: now. into is how far the span is.
func (k *counter) wait(into, most int64) int64 {
	cur, before := k.here+k.others, k.before+k.othersBefore
	if cur >= most { // the rest of this span, and of the next as much as this one weighs in it
		return spanUs - into + spanUs - spanUs*(most-1)/cur
	}
	if before*(spanUs-into)/spanUs+cur < most {
		return 0
	}
	return max(1, spanUs-into-spanUs*(most-1-cur)/before)
}

// Run settles each second until ctx ends.
func (l *Limiter) Run(ctx context.Context) {
	if l == nil {
		return
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := l.Settle(ctx); err != nil && !errors.Is(err, context.Canceled) {
				l.log.Warn("how many requests there were cannot be told to other instances", "error", err.Error())
			}
		}
	}
}
