package hook

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
)

// ReplaySince sends again everything since an instant (at most KeepFor ago) that the endpoint listens to, what it missed included;
// the worker does it piece by piece. Right: hook manage. Errors: hook.since, hook.not_active.
func (s *Service) ReplaySince(ctx context.Context, a access.Actor, k audit.Key, no id.ID, since clock.Instant) (Endpoint, error) {
	now := s.Clock.Now()
	if since > now || since < now.Add(-KeepFor) {
		return Endpoint{}, errs.OnFields("invalid_fields", errs.F("since", "hook.since"))
	}
	e, _, err := s.change(ctx, a, k, no, 0, "webhook.replayed", func(ctx context.Context, r endpointRow, _ clock.Instant) (map[string]any, string, error) {
		if r.Status != Active {
			return nil, "", errs.New(errs.Conflict, "hook.not_active")
		}
		c, err := s.lock(ctx)
		if err != nil {
			return nil, "", err
		}
		var first []int64
		if err := s.DB.R(ctx).Raw("SELECT seq FROM journal WHERE recorded_us >= ? ORDER BY recorded_us, seq LIMIT 1", since).Scan(&first).Error; err != nil {
			return nil, "", err
		}
		from := c.Seq
		if len(first) > 0 {
			from = min(from, first[0]-1)
		}
		return map[string]any{"replay_seq": from, "replay_to": c.Seq}, audit.Diff(map[string][2]any{"since": {"", since.RFC3339()}}), nil
	})
	return e, err
}

// Test sends a message that says nothing, once, to see whether it arrives. Right: hook manage. Errors: hook.not_active.
func (s *Service) Test(ctx context.Context, a access.Actor, k audit.Key, no id.ID) (Delivery, error) {
	return s.once(ctx, a, k, "webhook.tested", func(ctx context.Context, now clock.Instant) (id.ID, error) {
		r, err := s.load(ctx, a.Org, no)
		if err != nil {
			return 0, err
		}
		if r.Status != Active {
			return 0, errs.New(errs.Conflict, "hook.not_active")
		}
		d := s.row(r, "msg_"+s.DB.IDs.Next().String(), TestTopic, 0, 0, message{Type: TestTopic, Timestamp: now.RFC3339()}.text())
		return d.ID, s.DB.W(ctx).Create(&d).Error
	})
}

// Replay sends one delivery again, as if never tried: the same message under the same webhook-id. Right: hook manage.
func (s *Service) Replay(ctx context.Context, a access.Actor, k audit.Key, endpoint, no id.ID) (Delivery, error) {
	return s.once(ctx, a, k, "webhook.replayed", func(ctx context.Context, now clock.Instant) (id.ID, error) {
		r, err := s.load(ctx, a.Org, endpoint)
		if err != nil {
			return 0, err
		}
		if _, err := s.one(ctx, a.Org, endpoint, no); err != nil {
			return 0, err
		}
		if r.Status != Active {
			return 0, errs.New(errs.Conflict, "hook.not_active")
		}
		return no, s.requeue(ctx, now, "id = ? AND endpoint = ?", no, endpoint)
	})
}

func (s *Service) once(ctx context.Context, a access.Actor, k audit.Key, action string, fn func(context.Context, clock.Instant) (id.ID, error)) (Delivery, error) {
	if err := s.mayManage(ctx, a); err != nil {
		return Delivery{}, err
	}
	now := s.Clock.Now()
	no, _, err := audit.Once(ctx, s.DB, a.Org, k, now, func(ctx context.Context) (id.ID, error) {
		no, err := fn(ctx, now)
		if err != nil {
			return 0, err
		}
		db.AfterCommit(ctx, s.poke)
		return no, audit.Record(ctx, s.DB, a.By(), now, action, no, audit.One("delivery", "", "queued"))
	})
	if err != nil {
		return Delivery{}, err
	}
	var r deliveryRow
	err = s.DB.R(ctx).Where("id = ? AND org = ?", no, a.Org).Take(&r).Error
	return r.delivery(), err
}

func (s *Service) one(ctx context.Context, org, endpoint, no id.ID) (Delivery, error) {
	var rows []deliveryRow
	if err := s.DB.R(ctx).Where("id = ? AND endpoint = ? AND org = ?", no, endpoint, org).Find(&rows).Error; err != nil {
		return Delivery{}, err
	}
	if len(rows) == 0 {
		return Delivery{}, errs.Gone()
	}
	return rows[0].delivery(), nil
}

// Delivery is one delivery of an endpoint with its tries, the latest first, at most 100. Right: hook read.
func (s *Service) Delivery(ctx context.Context, a access.Actor, endpoint, no id.ID) (Delivery, []Attempt, error) {
	if _, err := s.Endpoint(ctx, a, endpoint); err != nil {
		return Delivery{}, nil, err
	}
	d, err := s.one(ctx, a.Org, endpoint, no)
	if err != nil {
		return Delivery{}, nil, err
	}
	var tries []Attempt
	err = s.DB.R(ctx).Raw("SELECT n, at_us, took_ms, code, problem, excerpt FROM hook_attempt WHERE delivery = ? ORDER BY id DESC LIMIT 100", no).Scan(&tries).Error
	return d, tries, err
}

// Deliveries are those of an endpoint, newest first. Filter: status, topic. Right: hook read.
func (s *Service) Deliveries(ctx context.Context, a access.Actor, endpoint id.ID, q list.Query) (list.Page[Delivery], error) {
	var none list.Page[Delivery]
	if _, err := s.Endpoint(ctx, a, endpoint); err != nil {
		return none, err
	}
	tx := s.DB.R(ctx).Where("endpoint = ? AND org = ?", endpoint, a.Org)
	if v := q.Filter["status"]; v != "" {
		if !slices.Contains([]string{Queued, Delivered, Failed}, v) {
			return none, errs.OnFields("list.bad_filter", errs.F("status", "list.bad_filter"))
		}
		tx = tx.Where("status = ?", v)
	}
	if v := q.Filter["topic"]; v != "" {
		tx = tx.Where("topic = ?", v)
	}
	k, ok, err := q.After()
	if err != nil {
		return none, err
	}
	if ok {
		tx = tx.Where("id < ?", k.ID)
	}
	var rows []deliveryRow
	if err := tx.Order("id DESC").Limit(q.Limit() + 1).Find(&rows).Error; err != nil {
		return none, fmt.Errorf("deliveries: %w", err)
	}
	out := make([]Delivery, len(rows))
	for i, r := range rows {
		out[i] = r.delivery()
	}
	return list.Cut(out, q.Limit(), func(d Delivery) list.Key { return list.Key{ID: int64(d.ID)} }), nil
}
