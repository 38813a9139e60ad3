// Package audit says who did what in ordinary transactions (a post writes its own audit row, with the seq of its journal; the
// others are signed when they are written, and taken into the ledger's chain a moment later: see package seal), and makes writes
// that post nothing safe to send twice.
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Key makes a write safe to send twice: the sender's Idempotency-Key (1 to 64 printable characters, unique for each
// organisation; "" for none) and the hash of what was sent.
type Key struct {
	Client string
	Hash   [32]byte
}

// Record writes an audit row into the transaction of ctx: call it inside InTx. changes is JSON text (see Diff) or "". Keep
// personal data and secrets out of it: the row is never changed.
func Record(ctx context.Context, d *db.DB, by id.By, at clock.Instant, action string, doc id.ID, changes string) error {
	r := Line{ID: d.IDs.Next(), AtUS: at, Person: by.Person, Org: by.Org, OnBehalf: by.OnBehalf, Session: by.Session, Action: action, Doc: doc,
		APIKey: by.APIKey}
	r.IP, r.IPSum = Where(by.IP)
	if changes != "" {
		r.Changes = &changes
	}
	if d.Witness != nil {
		r.Mark = d.Witness.Mark(r.Canonical())
		db.AfterCommit(ctx, d.Witness.Recorded)
	}
	return d.W(ctx).Create(&r).Error
}

// Diff is what changed as JSON text: {"name": ["before", "after"], …}; "" where before and after are equal everywhere.
func Diff(fields map[string][2]any) string {
	changed := map[string][2]any{}
	for k, v := range fields {
		if v[0] != v[1] {
			changed[k] = v
		}
	}
	if len(changed) == 0 {
		return ""
	}
	b, _ := json.Marshal(changed)
	return string(b)
}

// One is a single change, as Diff says it: what was, and what is.
func One(field string, was, is any) string { return Diff(map[string][2]any{field: {was, is}}) }

// Midnight is the instant, in microseconds, at which a day begins in a zone.
func Midnight(d clock.Date, zone string) int64 {
	y, m, n := d.Time().Date()
	return time.Date(y, m, n, 0, 0, 0, 0, clock.Zone(zone)).UnixMicro()
}

// fetchedAgain is how long a person who takes the same out again leaves no second row.
const fetchedAgain = time.Hour

// Fetched says that somebody took a document out of the portal: a file, a workbook, a printed paper. It is written once an hour for
// each person and document, so that reading alone cannot fill the log. what says what was taken, without the words of it.
func Fetched(ctx context.Context, d *db.DB, by id.By, at clock.Instant, action string, doc id.ID, what string) error {
	return d.InTx(ctx, func(ctx context.Context) error {
		var n int64
		err := d.W(ctx).Model(&Line{}).Where("doc = ? AND +org = ? AND +person = ? AND api_key = ? AND action = ? AND at_us > ?", doc, by.Org, by.Person, by.APIKey, action, at.Add(-fetchedAgain)).Count(&n).Error
		if err != nil || n > 0 {
			return err
		}
		return Record(ctx, d, by, at, action, doc, One("taken", "", what))
	})
}

type requestKey struct {
	Org         id.ID         `gorm:"primaryKey"`
	ClientKey   string        `gorm:"primaryKey"`
	RequestHash []byte        `gorm:"column:request_hash"`
	Doc         id.ID         `gorm:"column:doc"`
	AtUS        clock.Instant `gorm:"column:at_us"`
}

func (requestKey) TableName() string { return "request_key" }

// Once runs fn in a transaction, at most once for each key of org: the same key with the same hash answers the same document
// again (replayed), with another hash it is Invalid "key_reused". A key without a client part is no key: fn simply runs.
// fn answers the document that it made.
func Once(ctx context.Context, d *db.DB, org id.ID, k Key, at clock.Instant, fn func(ctx context.Context) (id.ID, error)) (doc id.ID, replayed bool, err error) {
	if k.Client != "" && !valid(k.Client) {
		return 0, false, errs.New(errs.Invalid, "key_bad")
	}
	err = d.InTx(ctx, func(ctx context.Context) error {
		doc, replayed = 0, false
		if k.Client == "" {
			doc, err = fn(ctx)
			return err
		}
		// The row goes in first: a second sender waits here for the first one's commit, and then finds it.
		mine := requestKey{Org: org, ClientKey: k.Client, RequestHash: k.Hash[:], AtUS: at}
		err := d.W(ctx).Create(&mine).Error
		if db.Classify(err) == db.Duplicate {
			replayed = true
			doc, err = earlier(ctx, d, org, k)
			return err
		}
		if err != nil {
			return err
		}
		if doc, err = fn(ctx); err != nil {
			return err
		}
		return d.W(ctx).Model(&requestKey{}).Where("org = ? AND client_key = ?", org, k.Client).Update("doc", doc).Error
	})
	return doc, replayed, err
}

// Known tells whether a key was answered before.
func Known(ctx context.Context, d *db.DB, org id.ID, k Key) (bool, error) {
	if k.Client == "" {
		return false, nil
	}
	var n int64
	err := d.R(ctx).Model(&requestKey{}).Where("org = ? AND client_key = ?", org, k.Client).Count(&n).Error
	return n > 0, err
}

// earlier reads with a lock, because a plain read on MySQL may look at a snapshot from before the other's commit.
func earlier(ctx context.Context, d *db.DB, org id.ID, k Key) (id.ID, error) {
	var was requestKey
	err := d.W(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("org = ? AND client_key = ?", org, k.Client).Take(&was).Error
	if err != nil {
		return 0, err
	}
	if string(was.RequestHash) != string(k.Hash[:]) {
		return 0, errs.New(errs.Invalid, "key_reused")
	}
	return was.Doc, nil
}

func valid(key string) bool {
	if len(key) > 64 {
		return false
	}
	for _, c := range []byte(key) {
		if c <= 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}

// HashOf is the hash of a request: its parts, each with its length, so that no two requests run together.
func HashOf(parts ...string) [32]byte {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return [32]byte(h.Sum(nil))
}
