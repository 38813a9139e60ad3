package hook

import (
	"strings"

	"saluran/internal/clock"
	"saluran/internal/id"
)

type endpointRow struct {
	ID         id.ID `gorm:"primaryKey"`
	Org        id.ID
	Person     id.ID
	URL        string `gorm:"column:url"`
	Topics     string
	Status     string
	Reason     string
	Secret     []byte // sealed under the installation's key: see secretOf
	OldSecret  []byte
	OldUntilUs clock.Instant
	Fails      int64
	FailingUs  clock.Instant
	ToldUs     clock.Instant // when somebody dealt with its being disabled; 0: not yet
	ReplaySeq  int64
	ReplayTo   int64
	CreatedUs  clock.Instant
	Version    int64
}

func (endpointRow) TableName() string { return "hook_endpoint" }

func (r endpointRow) endpoint() Endpoint {
	return Endpoint{ID: r.ID, Org: r.Org, URL: r.URL, Topics: strings.Fields(r.Topics), Status: r.Status, Reason: r.Reason, OldUntil: r.OldUntilUs,
		Fails: r.Fails, Failing: r.FailingUs, Replays: r.ReplaySeq < r.ReplayTo, Created: r.CreatedUs, Version: r.Version}
}

type deliveryRow struct {
	ID            id.ID `gorm:"primaryKey"`
	Endpoint      id.ID
	Org           id.ID
	Message       string
	Topic         string
	Doc           id.ID
	Seq           int64
	Body          string
	Status        string
	Attempts      int64
	NextUs        clock.Instant
	LockedUntilUs clock.Instant
	LockedBy      string
	Code          int64
	Problem       string
	CreatedUs     clock.Instant
	EndedUs       clock.Instant
}

func (deliveryRow) TableName() string { return "hook_delivery" }

func (r deliveryRow) delivery() Delivery {
	d := Delivery{ID: r.ID, Endpoint: r.Endpoint, Message: r.Message, Topic: r.Topic, Doc: r.Doc, Body: r.Body, Status: r.Status, Attempts: r.Attempts,
		Code: r.Code, Problem: r.Problem, Created: r.CreatedUs, Ended: r.EndedUs}
	if r.Status == Queued {
		d.Next = r.NextUs
	}
	return d
}

type attemptRow struct {
	ID       id.ID `gorm:"primaryKey"`
	Delivery id.ID
	N        int64
	AtUs     clock.Instant
	TookMs   int64
	Code     int64
	Problem  string
	Excerpt  string
}

func (attemptRow) TableName() string { return "hook_attempt" }

type cursorRow struct {
	Name  string `gorm:"primaryKey"`
	Seq   int64
	Moved int64
}

func (cursorRow) TableName() string { return "hook_cursor" }

// fact is a row of the outbox with the moment of its journal.
type fact struct {
	ID      id.ID
	Seq     int64
	Topic   string
	Payload string
	At      clock.Instant `gorm:"column:recorded_us"`
}
