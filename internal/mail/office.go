package mail

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/egress"
	"saluran/internal/id"
)

type row struct {
	ID            id.ID `gorm:"primaryKey"`
	Receiver      string
	Lang          string
	Kind          string
	Payload       string
	Status        string
	Attempts      int64
	RunUs         clock.Instant
	LockedUntilUs clock.Instant
	LockedBy      string
	Problem       string
	CreatedUs     clock.Instant
	UntilUs       clock.Instant
	EndedUs       clock.Instant
}

func (row) TableName() string { return "mail" }

type payload struct {
	Args  map[string]string `json:"args,omitempty"`
	Lines []string          `json:"lines,omitempty"`
	Link  string            `json:"link,omitempty"`
}

// Send queues a letter in the transaction of ctx, or in one of its own. Errors: invalid_fields where the address is none.
func (o *Office) Send(ctx context.Context, m Message) error {
	if m.Lang != "en" {
		m.Lang = "id"
	}
	if err := m.check(); err != nil {
		return err
	}
	body, err := json.Marshal(payload{m.Args, m.Lines, m.Link})
	if err != nil {
		return err
	}
	life := m.Life
	if life == 0 {
		life = defaultLife
	}
	now := o.Clock.Now()
	return o.DB.InTx(ctx, func(ctx context.Context) error {
		db.AfterCommit(ctx, func() { o.queued(m.Kind) })
		return o.DB.W(ctx).Create(&row{ID: o.DB.IDs.Next(), Receiver: m.To, Lang: m.Lang, Kind: m.Kind, Payload: string(body), Status: "queued",
			RunUs: now, CreatedUs: now, UntilUs: now.Add(life)}).Error
	})
}

// queued wakes the worker; where there is no way to send, it says so instead of letting somebody wait in silence.
func (o *Office) queued(kind string) {
	if o.Carrier == nil {
		o.Log.Error("mail: a letter cannot be sent: no mail server is named ($SALURAN_SMTP); it waits, and fails when its time is over", "kind", kind)
		return
	}
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends.
func (o *Office) Run(ctx context.Context) {
	tick := time.NewTicker(o.Poll)
	defer tick.Stop()
	swept := time.Time{}
	for {
		if err := o.Deliver(ctx); err != nil && ctx.Err() == nil {
			o.Log.Error("mail: deliver", "error", err.Error())
		}
		if time.Since(swept) > time.Hour {
			swept = time.Now()
			if err := o.sweep(ctx); err != nil && ctx.Err() == nil {
				o.Log.Error("mail: sweep", "error", err.Error())
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-o.wake:
		case <-tick.C:
		}
	}
}

// Deliver sends what is due, one letter after the other, until nothing is or ctx ends.
func (o *Office) Deliver(ctx context.Context) error {
	if o.Carrier == nil {
		return nil
	}
	for ctx.Err() == nil {
		r, err := o.claim(ctx)
		if err != nil || r == nil {
			return err
		}
		if err := o.carry(ctx, r); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// claim takes the next letter that is due and nobody sends; nil where there is none. The conditional update is the arbiter.
func (o *Office) claim(ctx context.Context) (*row, error) {
	now := o.Clock.Now()
	var due []row
	err := o.DB.R(ctx).Where("status = 'queued' AND run_us <= ? AND locked_until_us <= ?", now, now).Order("run_us, id").Limit(16).Find(&due).Error
	if err != nil {
		return nil, err
	}
	for i := range due {
		r := &due[i]
		n, err := o.exec(ctx, "UPDATE mail SET locked_by = ?, locked_until_us = ?, attempts = attempts + 1 WHERE id = ? AND status = 'queued' AND run_us <= ?"+
			" AND locked_until_us <= ?", o.me, now.Add(Lease), r.ID, now, now)
		if err != nil {
			return nil, err
		}
		if n == 1 {
			r.Attempts++
			return r, nil
		}
	}
	return nil, nil
}

func (o *Office) carry(ctx context.Context, r *row) error {
	after := context.WithoutCancel(ctx)
	if r.UntilUs <= o.Clock.Now() {
		return o.end(after, r, "failed", "too old")
	}
	var p payload
	if err := json.Unmarshal([]byte(r.Payload), &p); err != nil {
		return o.end(after, r, "failed", "unreadable")
	}
	l := o.write(Message{To: r.Receiver, Lang: r.Lang, Kind: r.Kind, Args: p.Args, Lines: p.Lines, Link: p.Link})
	l.ID, l.At = r.ID, o.Clock.Now()
	if egress.Watched() {
		egress.Out(egress.Letter, r.Kind+" to "+l.To, []byte(l.Subject+"\n"+l.Text+"\n"+l.HTML))
	}
	trying, cancel := context.WithTimeout(ctx, Lease/2)
	err := o.Carrier.Carry(trying, l)
	cancel()
	var never Permanent
	switch {
	case err == nil:
		return o.end(after, r, "sent", "")
	case ctx.Err() != nil: // the program stops: the letter is the next one's, and this was no attempt
		_, err = o.exec(after, "UPDATE mail SET locked_until_us = 0, locked_by = '', attempts = attempts - 1 WHERE id = ? AND locked_by = ? AND status = 'queued'", r.ID, o.me)
		return err
	case errors.As(err, &never), r.Attempts >= MaxAttempts:
		o.Log.Error("mail: given up", "mail", r.ID, "kind", r.Kind, "attempts", r.Attempts, "error", err.Error())
		return o.end(after, r, "failed", line(err.Error()))
	}
	o.Retried.Add(1)
	o.Log.Warn("mail: tried in vain", "mail", r.ID, "kind", r.Kind, "attempt", r.Attempts, "error", err.Error())
	_, err = o.exec(after, "UPDATE mail SET run_us = ?, locked_until_us = 0, locked_by = '', problem = ? WHERE id = ? AND locked_by = ? AND status = 'queued'",
		o.Clock.Now().Add(5*time.Second<<(2*(r.Attempts-1))), line(err.Error()), r.ID, o.me)
	return err
}

// end writes how a letter ended, and forgets what was in it.
func (o *Office) end(ctx context.Context, r *row, status, problem string) error {
	n, err := o.exec(ctx, "UPDATE mail SET status = ?, problem = ?, payload = '{}', ended_us = ?, locked_until_us = 0, locked_by = '' WHERE id = ? AND locked_by = ? AND status = 'queued'",
		status, problem, o.Clock.Now(), r.ID, o.me)
	if err == nil && n == 1 {
		if status == "sent" {
			o.Sent.Add(1)
		} else {
			o.Failed.Add(1)
		}
	}
	return err
}

// sweep removes letters that ended long ago, and ends those that nobody wants any more where no way to send is known.
func (o *Office) sweep(ctx context.Context) error {
	now := o.Clock.Now()
	if _, err := o.exec(ctx, "DELETE FROM mail WHERE status <> 'queued' AND ended_us < ?", now.Add(-keepEnded)); err != nil {
		return err
	}
	_, err := o.exec(ctx, "UPDATE mail SET status = 'failed', problem = 'too old', payload = '{}', ended_us = ? WHERE status = 'queued' AND until_us <= ? AND locked_until_us <= ?", now, now, now)
	return err
}

// exec runs a write in the transaction of ctx and says how many rows it met.
func (o *Office) exec(ctx context.Context, sql string, args ...any) (n int64, err error) {
	err = o.DB.InTx(ctx, func(ctx context.Context) error {
		r := o.DB.W(ctx).Exec(sql, args...)
		n = r.RowsAffected
		return r.Error
	})
	return n, err
}
