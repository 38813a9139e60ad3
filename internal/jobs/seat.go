package jobs

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Seat says, in a payload, by whose right a job goes on. It names ids alone: who the person is and what it may do is looked up
// when the work is done, so that what was taken from it since the asking is not done any more, and no name or address of a person
// lies in a payload. The person and the organisation are the job's own.
type Seat struct {
	Key  id.ID  `json:"key,omitempty"` // the key of the API by which the job was asked for; absent: a person at a session
	Lang string `json:"lang"`          // of what is written
}

// Seats finds what a person, or a key, may do in an organisation now. Errors of SeatOfKey: job.asker_gone where the key has ended.
type Seats interface {
	Seat(ctx context.Context, org, person id.ID) (access.Actor, error)
	SeatOfKey(ctx context.Context, org, person, key id.ID) (access.Actor, error)
}

// SeatOf is the seat of who asks.
func SeatOf(a access.Actor) Seat { return Seat{Key: a.By().APIKey, Lang: a.Lang} }

// Actor is who a job goes on as. Errors: job.asker_gone where nobody has that seat any more.
func (r *Run) Actor(ctx context.Context, s Seat) (access.Actor, error) {
	var a access.Actor
	var err error
	if s.Key != 0 {
		a, err = r.q.Seats.SeatOfKey(ctx, r.Org, r.Person, s.Key)
	} else {
		a, err = r.q.Seats.Seat(ctx, r.Org, r.Person)
	}
	if errs.Is(err, errs.NotFound) || errs.Is(err, errs.Unauthenticated) {
		return a, errs.New(errs.Forbidden, "job.asker_gone")
	}
	a.Lang = s.Lang
	return a, err
}
