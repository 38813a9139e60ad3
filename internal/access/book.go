package access

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"saluran/internal/clock"
	"saluran/internal/db"
)

// book is where policies are recorded: which text was in force from when on. The newest is in force on every instance.
type book struct {
	d     *db.DB
	mu    sync.Mutex
	epoch atomic.Int64 // the master-data epoch for which the newest version was last asked
}

type policyRow struct {
	Version int64 `gorm:"primaryKey;autoIncrement:false"`
	AtUs    clock.Instant
	Dir     string
	Hash    []byte
	Model   string
	Grants  string
}

func (policyRow) TableName() string { return "policy" }

// Keep is a gate with the same table, which follows the policies that are recorded in a database.
func (g *Gate) Keep(d *db.DB) *Gate {
	k := &Gate{book: &book{d: d}}
	k.now.Store(g.now.Load())
	return k
}

// Publish checks policies, records them where they are not the newest recorded ones, and puts them in force: here at once, on
// every other instance with its next request. missing are objects of the program that the policies do not name. Errors name
// the file and the line; then nothing has changed.
func (g *Gate) Publish(ctx context.Context, t Text, at clock.Instant) (version int64, missing []string, err error) {
	d := g.now.Load()
	if t.Dir != "" || d.text.hash() != t.hash() {
		if d, missing, err = safe(t); err != nil {
			return 0, nil, err
		}
	}
	h := t.hash()
	b := g.book
	err = b.d.InTx(ctx, func(ctx context.Context) error {
		// Locks the epoch first: one publisher at a time; and every instance asks for the version anew.
		if err := b.d.BumpMaster(ctx); err != nil {
			return err
		}
		version = 0
		var last []policyRow
		if err := b.d.R(ctx).Select("version", "hash").Order("version DESC").Limit(1).Find(&last).Error; err != nil {
			return err
		}
		if len(last) > 0 {
			if version = last[0].Version; string(last[0].Hash) == string(h[:]) {
				return nil
			}
		}
		version++
		return b.d.W(ctx).Create(&policyRow{version, at, t.Dir, h[:], t.Model, t.Grants}).Error
	})
	if err != nil {
		return 0, nil, fmt.Errorf("record the policies: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if version >= g.now.Load().version {
		now := *d
		now.text, now.version = t, version
		g.now.Store(&now)
	}
	return version, missing, nil
}

// Follow puts the newest recorded policies in force, if the epoch has moved since it last looked and they are not yet: called
// with each request, it costs nothing where nothing has changed.
func (g *Gate) Follow(ctx context.Context, epoch int64) error {
	b := g.book
	if b == nil || b.epoch.Load() >= epoch {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.epoch.Load() >= epoch {
		return nil
	}
	var newest int64
	if err := b.d.R(ctx).Raw("SELECT COALESCE(MAX(version), 0) FROM policy").Scan(&newest).Error; err != nil {
		return fmt.Errorf("the version of the policies: %w", err)
	}
	if newest != g.now.Load().version && newest != 0 {
		var row policyRow
		if err := b.d.R(ctx).Where("version = ?", newest).Take(&row).Error; err != nil {
			return fmt.Errorf("policies %d: %w", newest, err)
		}
		d, err := recorded(g.now.Load(), row)
		if err != nil {
			return fmt.Errorf("policies %d: %w", newest, err)
		}
		g.now.Store(d)
	}
	b.epoch.Store(epoch)
	return nil
}

// recorded compiles a recorded text, unless the table at hand was made of the same.
func recorded(now *decisions, row policyRow) (*decisions, error) {
	t := Text{Model: row.Model, Grants: row.Grants, Dir: row.Dir}
	if now.text.hash() == t.hash() {
		same := *now
		same.text, same.version = t, row.Version
		return &same, nil
	}
	d, err := compile(t)
	if err != nil {
		return nil, err
	}
	d.version = row.Version
	return d, nil
}
