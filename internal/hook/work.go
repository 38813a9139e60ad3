package hook

import (
	"context"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/id"
)

// Timing of the worker. Lease is how long a dead program keeps a delivery; it is much longer than a try may last.
const (
	Lease = 60 * time.Second
	poll  = time.Second
	slots = 16        // tries at a time, of one program
	each  = 2         // of them to one endpoint; 1 where it fails
	share = slots / 4 // of them to the endpoints of one organisation, however many it has
)

// worker is what one program has in hand.
type worker struct {
	s    *Service
	me   string
	mu   sync.Mutex
	busy map[id.ID]int  // by endpoint
	full map[id.ID]bool // endpoints that have what they may
	orgs map[id.ID]int  // by organisation
	n    int
	wake chan struct{}
	all  sync.WaitGroup
}

// Run follows the outbox and delivers until ctx ends; what is being sent then is put back.
func (s *Service) Run(ctx context.Context) {
	w := &worker{s: s, me: "h" + s.DB.IDs.Next().String(), busy: map[id.ID]int{}, full: map[id.ID]bool{}, orgs: map[id.ID]int{}, wake: make(chan struct{}, 1)}
	defer w.all.Wait()
	tick, sweep := time.NewTicker(poll), time.NewTicker(time.Hour)
	defer tick.Stop()
	defer sweep.Stop()
	for {
		more, err := s.Follow(ctx)
		if err == nil {
			var replays bool
			replays, err = s.Catch(ctx)
			more = more || replays
		}
		if err == nil {
			err = w.fill(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.Log.Error("webhooks: the worker", "error", err)
			more = false
		}
		if more {
			w.poke()
		}
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-s.wake:
		case <-tick.C:
		case <-sweep.C:
			if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
				s.Log.Error("webhooks: remove what is old", "error", err)
			}
		}
	}
}

func (w *worker) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// fill claims what is due for the free slots, and sends it.
func (w *worker) fill(ctx context.Context) error {
	for {
		due, err := w.due(ctx)
		if err != nil || len(due) == 0 {
			return err
		}
		began := false
		for _, d := range due {
			e, ok := w.take(d)
			if !ok {
				continue
			}
			if ok, err = w.s.claim(ctx, &d.deliveryRow, w.me); err != nil || !ok {
				w.leave(e)
				if err != nil {
					return err
				}
				continue
			}
			began = true
			w.all.Add(1)
			go func() {
				defer w.all.Done()
				defer w.poke()
				defer w.leave(e)
				w.s.deliver(ctx, d.deliveryRow, e)
			}()
		}
		if !began {
			return nil
		}
	}
}

type dueRow struct {
	deliveryRow
	e endpointRow
}

// due are deliveries that wait, those of endpoints and of organisations that have enough in hand left out: whoever is slow keeps
// nobody else waiting.
func (w *worker) due(ctx context.Context) ([]dueRow, error) {
	w.mu.Lock()
	full, sated := []id.ID{0}, []id.ID{0}
	for e := range w.full {
		full = append(full, e)
	}
	for org, n := range w.orgs {
		if n >= share {
			sated = append(sated, org)
		}
	}
	free := slots - w.n
	w.mu.Unlock()
	if free <= 0 {
		return nil, nil
	}
	now := w.s.Clock.Now()
	var rows []deliveryRow
	err := w.s.DB.R(ctx).Raw("SELECT d.* FROM hook_delivery d JOIN hook_endpoint e ON e.id = d.endpoint AND e.status = ? WHERE d.status = ? AND d.next_us <= ?"+
		" AND d.locked_until_us <= ? AND d.endpoint NOT IN ? AND e.org NOT IN ? ORDER BY d.next_us, d.id LIMIT ?", Active, Queued, now, now, full, sated, 2*slots).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var ids []id.ID
	for _, r := range rows {
		if !slices.Contains(ids, r.Endpoint) {
			ids = append(ids, r.Endpoint)
		}
	}
	var ends []endpointRow
	if err := w.s.DB.R(ctx).Where("id IN ?", ids).Find(&ends).Error; err != nil {
		return nil, err
	}
	var out []dueRow
	for _, r := range rows {
		if i := slices.IndexFunc(ends, func(e endpointRow) bool { return e.ID == r.Endpoint }); i >= 0 {
			out = append(out, dueRow{r, ends[i]})
		}
	}
	return out, nil
}

// take reserves a slot.
func (w *worker) take(d dueRow) (endpointRow, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	limit := each
	if d.e.FailingUs != 0 {
		limit = 1
	}
	if w.n >= slots || w.busy[d.Endpoint] >= limit || w.orgs[d.e.Org] >= share {
		return d.e, false
	}
	w.n++
	w.orgs[d.e.Org]++
	if w.busy[d.Endpoint]++; w.busy[d.Endpoint] >= limit {
		w.full[d.Endpoint] = true
	}
	return d.e, true
}

func (w *worker) leave(e endpointRow) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n--
	delete(w.full, e.ID)
	if w.busy[e.ID]--; w.busy[e.ID] == 0 {
		delete(w.busy, e.ID)
	}
	if w.orgs[e.Org]--; w.orgs[e.Org] == 0 {
		delete(w.orgs, e.Org)
	}
}

// claim takes a delivery for the time of a lease: the conditional write is the arbiter between instances.
func (s *Service) claim(ctx context.Context, d *deliveryRow, me string) (ok bool, err error) {
	now := s.Clock.Now()
	d.LockedBy = me + "/" + strconv.FormatInt(d.Attempts+1, 10)
	err = s.DB.InTx(ctx, func(ctx context.Context) error {
		r := s.DB.W(ctx).Model(&deliveryRow{}).Where("id = ? AND status = ? AND attempts = ? AND next_us <= ? AND locked_until_us <= ?", d.ID, Queued, d.Attempts, now, now).
			Updates(map[string]any{"locked_by": d.LockedBy, "locked_until_us": now.Add(Lease), "attempts": d.Attempts + 1})
		ok = r.RowsAffected == 1
		return r.Error
	})
	d.Attempts++
	return ok, err
}

// deliver makes one try and writes how it went.
func (s *Service) deliver(ctx context.Context, d deliveryRow, e endpointRow) {
	defer func() {
		if p := recover(); p != nil { // its lease runs out, and it is tried again
			s.Log.Error("webhooks: a try panicked", "delivery", d.ID, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	at := s.Clock.Now()
	now, old, err := s.secrets(e, at)
	if err != nil { // as with a panic: its lease runs out, and it is tried again when somebody has put the key right
		s.Log.Error("webhooks: a message cannot be signed", "delivery", d.ID, "error", err)
		return
	}
	got := s.send.send(ctx, e.URL, d.Message, d.Body, at, now, old)
	after := context.WithoutCancel(ctx)
	if ctx.Err() != nil && got.code == 0 { // the program stops: another sends it, and this try does not count
		err = s.DB.InTx(after, func(ctx context.Context) error {
			return s.DB.W(ctx).Model(&deliveryRow{}).Where("id = ? AND locked_by = ?", d.ID, d.LockedBy).
				Updates(map[string]any{"locked_until_us": 0, "locked_by": "", "attempts": d.Attempts - 1}).Error
		})
	} else {
		err = s.DB.InTx(after, func(ctx context.Context) error { return s.tried(ctx, d, at, got) })
	}
	if err != nil {
		s.Log.Error("webhooks: write how a try went", "delivery", d.ID, "error", err)
	}
}

// secrets are those under which a message of a moment is signed; old is "" unless it overlaps.
func (s *Service) secrets(e endpointRow, at clock.Instant) (now, old string, err error) {
	if now, err = s.secretOf(e.ID, e.Secret); err == nil && e.OldUntilUs > at {
		old, err = s.secretOf(e.ID, e.OldSecret)
	}
	return now, old, err
}

// tried writes a try into the log, and moves the delivery and its endpoint on.
func (s *Service) tried(ctx context.Context, d deliveryRow, at clock.Instant, got answer) error {
	now := s.Clock.Now()
	log := attemptRow{s.DB.IDs.Next(), d.ID, d.Attempts, at, int64(now-at) / 1000, got.code, got.problem, got.excerpt}
	if err := s.DB.W(ctx).Create(&log).Error; err != nil {
		return err
	}
	set := map[string]any{"code": got.code, "problem": got.problem, "locked_until_us": 0, "locked_by": "", "ended_us": now}
	switch {
	case got.problem == "":
		set["status"] = Delivered
	case d.Attempts >= MaxTries || d.Topic == TestTopic:
		set["status"] = Failed
	default:
		set["next_us"], set["ended_us"] = now.Add(max(jittered(d.Attempts), got.after)), 0
	}
	r := s.DB.W(ctx).Model(&deliveryRow{}).Where("id = ? AND locked_by = ?", d.ID, d.LockedBy).Updates(set)
	if r.Error != nil || r.RowsAffected == 0 || d.Topic == TestTopic { // a lease that was lost: another's answer counts
		return r.Error
	}
	return s.health(ctx, d.Endpoint, now, got)
}

// health counts an endpoint's failures, and disables it after too many for too long, or where its receiver says 410.
func (s *Service) health(ctx context.Context, endpoint id.ID, now clock.Instant, got answer) error {
	if got.problem == "" {
		return s.DB.W(ctx).Model(&endpointRow{}).Where("id = ? AND fails > 0", endpoint).Updates(map[string]any{"fails": 0, "failing_us": 0}).Error
	}
	var e endpointRow
	if err := s.DB.W(ctx).Where("id = ?", endpoint).Take(&e).Error; err != nil {
		return err
	}
	e.Fails++
	if e.FailingUs == 0 {
		e.FailingUs = now
	}
	set := map[string]any{"fails": e.Fails, "failing_us": e.FailingUs}
	reason := ""
	switch {
	case e.Status != Active:
	case got.code == 410:
		reason = "gone"
	case e.Fails >= disableFails && now >= e.FailingUs.Add(DisableAfter):
		reason = "failing"
	}
	if reason == "" {
		return s.DB.W(ctx).Model(&endpointRow{}).Where("id = ?", endpoint).Updates(set).Error
	}
	set["status"], set["reason"], set["told_us"], set["version"] = Disabled, reason, 0, e.Version+1
	if err := s.DB.W(ctx).Model(&endpointRow{}).Where("id = ? AND version = ?", endpoint, e.Version).Updates(set).Error; err != nil {
		return err
	}
	if s.Notice != nil {
		if err := s.Notice.Disabled(ctx, e.Org, e.ID, e.URL, reason); err != nil {
			return err
		}
	}
	diff := audit.Diff(map[string][2]any{"status": {e.Status, Disabled}, "reason": {"", reason}})
	return audit.Record(ctx, s.DB, id.By{Person: s.Program, Org: e.Org}, now, "webhook.disabled", endpoint, diff)
}

// Sweep removes deliveries whose time is over, with their tries.
func (s *Service) Sweep(ctx context.Context) error {
	for {
		var old []id.ID
		err := s.DB.R(ctx).Raw("SELECT id FROM hook_delivery WHERE created_us < ? ORDER BY created_us LIMIT 200", s.Clock.Now().Add(-KeepFor)).Scan(&old).Error
		if err != nil || len(old) == 0 {
			return err
		}
		err = s.DB.InTx(ctx, func(ctx context.Context) error {
			if err := s.DB.W(ctx).Where("delivery IN ?", old).Delete(&attemptRow{}).Error; err != nil {
				return err
			}
			return s.DB.W(ctx).Where("id IN ?", old).Delete(&deliveryRow{}).Error
		})
		if err != nil {
			return err
		}
	}
}
