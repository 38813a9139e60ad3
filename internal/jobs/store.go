package jobs

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
)

const columns = "id, kind, org, person, payload, status, done, total, message, result, file, attempts, created_us, ended_us, version"

// Enqueue writes a job, in the transaction of ctx where there is one. The same key again answers the first job. Errors:
// NotFound job.unknown_kind, Invalid key_reused.
func (q *Queue) Enqueue(ctx context.Context, by id.By, kind string, payload any, key audit.Key) (Job, error) {
	if q.kinds[kind] == nil {
		return Job{}, errs.New(errs.NotFound, "job.unknown_kind")
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return Job{}, err
	}
	now := q.clock.Now()
	no, _, err := audit.Once(ctx, q.db, by.Org, key, now, func(ctx context.Context) (id.ID, error) {
		no := q.db.IDs.Next()
		err := q.db.W(ctx).Exec("INSERT INTO job (id, kind, org, person, payload, status, done, total, message, result, file, attempts, run_us, locked_until_us, locked_by, created_us, ended_us, version)"+
			" VALUES (?, ?, ?, ?, ?, 'queued', 0, 0, '', '', 0, 0, ?, 0, '', ?, 0, 1)", no, kind, by.Org, by.Person, string(body), now, now).Error
		if err != nil {
			return 0, err
		}
		db.AfterCommit(ctx, q.poke)
		return no, audit.Record(ctx, q.db, by, now, kind+".asked", no, audit.Diff(map[string][2]any{"status": {"", "queued"}, "asked": {"", said(payload)}}))
	})
	if err != nil {
		return Job{}, err
	}
	return q.Job(ctx, by.Org, no)
}

func (q *Queue) poke() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Job finds a job of the viewer; NotFound where it has no such job.
func (q *Queue) Job(ctx context.Context, viewer, no id.ID) (Job, error) {
	var rows []Job
	if err := q.db.R(ctx).Raw("SELECT "+columns+" FROM job WHERE id = ? AND org = ?", no, viewer).Scan(&rows).Error; err != nil {
		return Job{}, err
	}
	if len(rows) == 0 {
		return Job{}, errs.Gone()
	}
	return rows[0], nil
}

// Jobs lists the jobs of the viewer, newest first; Filter["kind"] chooses a kind.
func (q *Queue) Jobs(ctx context.Context, viewer id.ID, lq list.Query) (list.Page[Job], error) {
	where, args := "org = ?", []any{viewer}
	if kind := lq.Filter["kind"]; kind != "" {
		where, args = where+" AND kind = ?", append(args, kind)
	}
	after, ok, err := lq.After()
	if err != nil {
		return list.Page[Job]{}, err
	}
	if ok {
		where, args = where+" AND id < ?", append(args, after.ID)
	}
	var rows []Job
	err = q.db.R(ctx).Raw("SELECT "+columns+" FROM job WHERE "+where+" ORDER BY id DESC LIMIT ?", append(args, lq.Limit()+1)...).Scan(&rows).Error
	if err != nil {
		return list.Page[Job]{}, err
	}
	return list.Cut(rows, lq.Limit(), func(j Job) list.Key { return list.Key{ID: int64(j.ID)} }), nil
}

// Cancel ends a job that waits, and asks a running one to stop. Errors: NotFound; Conflict job.ended.
func (q *Queue) Cancel(ctx context.Context, by id.By, no id.ID) error {
	viewer := by.Org
	return q.db.InTx(ctx, func(ctx context.Context) error {
		j, err := q.Job(ctx, viewer, no)
		if err != nil {
			return err
		}
		if j.Status.Ended() {
			return errs.New(errs.Conflict, "job.ended")
		}
		now := q.clock.Now()
		n, err := q.exec(ctx, "UPDATE job SET status = 'cancelled', ended_us = ?, version = version + 1 WHERE id = ? AND org = ? AND status = 'queued'", now, no, viewer)
		if err != nil {
			return err
		}
		if n == 1 {
			return audit.Record(ctx, q.db, by, now, j.Kind+".cancelled", no, audit.One("status", "queued", "cancelled"))
		}
		n, err = q.exec(ctx, "UPDATE job SET status = 'cancelling', version = version + 1 WHERE id = ? AND org = ? AND status IN ('running', 'cancelling')", no, viewer)
		if err == nil && n == 0 {
			return errs.New(errs.Conflict, "job.ended")
		}
		if err != nil || j.Status == "cancelling" {
			return err
		}
		return audit.Record(ctx, q.db, by, now, j.Kind+".cancelled", no, audit.One("status", string(j.Status), "cancelling"))
	})
}

// said is what the log keeps of what was asked for: what the payload says of itself, and nothing where it says nothing. The log is
// chained for good, so names of people, addresses and files stay out of it.
func said(payload any) string {
	p, ok := payload.(interface{ Said() string })
	if !ok {
		return ""
	}
	s := p.Said()
	return strings.ToValidUTF8(s[:min(len(s), 500)], "")
}

// exec runs a write in the transaction of ctx and says how many rows it met.
func (q *Queue) exec(ctx context.Context, sql string, args ...any) (n int64, err error) {
	err = q.db.InTx(ctx, func(ctx context.Context) error {
		r := q.db.W(ctx).Exec(sql, args...)
		n = r.RowsAffected
		return r.Error
	})
	return n, err
}

// claim takes the next job that is due and nobody works on; nil where there is none.
func (q *Queue) claim(ctx context.Context) (*Job, error) {
	now := q.clock.Now()
	var due []Job
	err := q.db.R(ctx).Raw("SELECT "+columns+" FROM job WHERE status IN ('queued', 'running', 'cancelling') AND run_us <= ? AND locked_until_us <= ?"+
		" ORDER BY run_us, id LIMIT 16", now, now).Scan(&due).Error
	if err != nil {
		return nil, err
	}
	for _, j := range due {
		if j.Status == Cancelling { // whoever worked on it is gone
			if _, err := q.exec(ctx, "UPDATE job SET status = 'cancelled', ended_us = ?, version = version + 1 WHERE id = ? AND status = 'cancelling' AND locked_until_us <= ?", now, j.ID, now); err != nil {
				return nil, err
			}
			continue
		}
		if q.kinds[j.Kind] == nil {
			continue // another version of the program knows it
		}
		n, err := q.exec(ctx, "UPDATE job SET status = 'running', locked_by = ?, locked_until_us = ?, attempts = attempts + 1, done = 0, total = 0, version = version + 1"+
			" WHERE id = ? AND status IN ('queued', 'running') AND run_us <= ? AND locked_until_us <= ?", q.me, now.Add(Lease), j.ID, now, now)
		if err != nil {
			return nil, err
		}
		if n == 1 {
			j.Status, j.Attempts = Running, j.Attempts+1
			return &j, nil
		}
	}
	return nil, nil
}

// renew writes progress and a new lease; ok is false where the job is no longer ours to do.
func (q *Queue) renew(ctx context.Context, no id.ID, done, total int64) (ok bool, err error) {
	n, err := q.exec(ctx, "UPDATE job SET done = ?, total = ?, locked_until_us = ? WHERE id = ? AND locked_by = ? AND status = 'running'",
		done, total, q.clock.Now().Add(Lease), no, q.me)
	return n == 1, err
}

// end writes how a job ended.
func (q *Queue) end(ctx context.Context, j *Job, s Status, message, result string) error {
	_, err := q.exec(ctx, "UPDATE job SET status = ?, message = ?, result = ?, done = ?, total = ?, file = ?, ended_us = ?, locked_until_us = 0, locked_by = '', version = version + 1"+
		" WHERE id = ? AND locked_by = ? AND status IN ('running', 'cancelling')", s, message, result, j.Done, j.Total, j.File, q.clock.Now(), j.ID, q.me)
	return err
}

// release puts a job back: after a wait, or at once and without counting the attempt.
func (q *Queue) release(ctx context.Context, j *Job, wait time.Duration, counted bool) error {
	attempts := j.Attempts
	if !counted {
		attempts--
	}
	_, err := q.exec(ctx, "UPDATE job SET status = 'queued', run_us = ?, attempts = ?, locked_until_us = 0, locked_by = '', version = version + 1"+
		" WHERE id = ? AND locked_by = ? AND status = 'running'", q.clock.Now().Add(wait), attempts, j.ID, q.me)
	return err
}

func (q *Queue) attach(ctx context.Context, no, file id.ID) error {
	_, err := q.exec(ctx, "UPDATE job SET file = ? WHERE id = ? AND locked_by = ?", file, no, q.me)
	return err
}

// stale are files whose time is over, and those that nobody finished within a day.
func (q *Queue) stale(ctx context.Context, now clock.Instant) (ids []id.ID, err error) {
	err = q.db.R(ctx).Raw("SELECT id FROM file WHERE kept = 0 AND (created_us < ? OR (created_us < ? AND size < 0)) ORDER BY created_us LIMIT 100",
		now.Add(-KeepFiles), now.Add(-24*time.Hour)).Scan(&ids).Error
	return ids, err
}
