package identity

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// KeyPrefix begins every key of the API, so that one is recognised wherever it has leaked to.
const KeyPrefix = "slr_"

// Limits of keys.
const (
	MaxKeys     = 100 // that are not ended, for each organisation
	MaxKeyLife  = 366 * 24 * time.Hour
	MaxOverlap  = 7 * 24 * time.Hour
	useNoted    = clock.Instant(60_000_000) // µs between two notes of a key's last use
	keyTokenLen = len(KeyPrefix) + 43
)

// Key is a key of the API: it acts for one organisation, within its scopes, and never beyond the role that its maker has there
// at the moment of use. Its secret is shown once; only the hash is stored.
type Key struct {
	ID      id.ID
	Org     id.ID
	Person  id.ID  // its maker
	Maker   string // the maker's name
	Name    string
	Prefix  string // the first characters of the secret
	Scopes  []string
	Created clock.Instant
	Expires clock.Instant
	Used    clock.Instant // 0: never; a minute's precision
	Ended   clock.Instant // revoked; 0: not
	OldEnds clock.Instant // until when the secret before still works; 0: there is none
	Version int64
}

// Status is active, expired or ended.
func (k Key) Status(now clock.Instant) string {
	switch {
	case k.Ended != 0:
		return "ended"
	case k.Expires <= now:
		return "expired"
	}
	return "active"
}

// KeyGate is the right to do something, and the vocabulary of scopes; see package access.
type KeyGate interface {
	Gate
	ScopesOf(names []string) (s *access.Scopes, unknown []string)
}

// Keys is the use cases of the API's keys.
type Keys struct {
	d      *db.DB
	clock  clock.Clock
	gate   KeyGate
	actors *db.Cache[string, keyActor]
	seats  seats

	mu   sync.Mutex
	last map[id.ID]*atomic.Int64 // when a use was noted
	uses map[id.ID]clock.Instant // to be written
}

// NewKeys makes the service. Run writes down when keys were used.
func NewKeys(d *db.DB, c clock.Clock, g KeyGate) *Keys {
	return &Keys{d: d, clock: c, gate: g, actors: db.NewCache[string, keyActor](d, 10_000), last: map[id.ID]*atomic.Int64{}, uses: map[id.ID]clock.Instant{}}
}

// mayManage is asked first by everything that makes, renews or ends a key: the right, and that it is a person who asks. That the
// person has shown just now who it is, sure asks when the request has been found in order.
func (s *Keys) mayManage(ctx context.Context, a access.Actor) error {
	if a.Scopes != nil {
		return errs.New(errs.Forbidden, "key.personal")
	}
	return s.gate.Require(ctx, a, access.Own, "key", "manage")
}

func (s *Keys) sure(ctx context.Context, a access.Actor) error { return sure(ctx, s.d, s.clock, a) }

// NewKey is a key to be made.
type NewKey struct {
	Name   string
	Scopes []string      // see access.Gate.ScopesOf
	Life   time.Duration // a day to MaxKeyLife
}

func (s *Keys) check(n *NewKey) error {
	n.Name = strings.TrimSpace(n.Name)
	if l := utf8.RuneCountInString(n.Name); l == 0 || l > 80 {
		return errs.OnFields("invalid_fields", errs.F("name", "key.name"))
	}
	if n.Life < 24*time.Hour || n.Life > MaxKeyLife {
		return errs.OnFields("invalid_fields", errs.F("days", "key.life"))
	}
	slices.Sort(n.Scopes)
	n.Scopes = slices.Compact(n.Scopes)
	if len(n.Scopes) == 0 || len(strings.Join(n.Scopes, " ")) > 2000 {
		return errs.OnFields("invalid_fields", errs.F("scopes", "key.no_scope"))
	}
	if _, unknown := s.gate.ScopesOf(n.Scopes); len(unknown) > 0 {
		return errs.OnFields("invalid_fields", errs.F("scopes", "key.scope", "scope", clip(unknown[0], 60)))
	}
	return nil
}

// Make makes a key of the acting organisation; secret is "" where the request was answered before: it is shown once.
//
// Right: key manage, of a person with a fresh proof. Errors: invalid_fields, key.too_many, key.personal, step_up_required.
func (s *Keys) Make(ctx context.Context, a access.Actor, k audit.Key, n NewKey) (key Key, secret string, err error) {
	if err := s.mayManage(ctx, a); err != nil {
		return Key{}, "", err
	}
	if err := s.check(&n); err != nil {
		return Key{}, "", err
	}
	if err := s.sure(ctx, a); err != nil {
		return Key{}, "", err
	}
	now := s.clock.Now()
	no, replayed, err := audit.Once(ctx, s.d, a.Org, k, now, func(ctx context.Context) (id.ID, error) {
		if err := s.d.BumpMaster(ctx); err != nil { // first: one change of keys at a time, so that they can be counted
			return 0, err
		}
		var live int64
		if err := s.d.R(ctx).Model(&keyRow{}).Where("org = ? AND ended_us = 0 AND expires_us > ?", a.Org, now).Count(&live).Error; err != nil {
			return 0, err
		}
		if live >= MaxKeys {
			return 0, errs.New(errs.Conflict, "key.too_many", "max", strconv.Itoa(MaxKeys))
		}
		secret = KeyPrefix + newToken()
		r := keyRow{ID: s.d.IDs.Next(), Org: a.Org, Person: a.Person, Name: n.Name, Prefix: secret[:8], Scopes: strings.Join(n.Scopes, " "),
			CreatedUs: now, ExpiresUs: now.Add(n.Life), Version: 1}
		if err := s.d.W(ctx).Create(&r).Error; err != nil {
			return 0, err
		}
		if err := s.d.W(ctx).Create(&keySecretRow{hashToken(secret), r.ID, 0}).Error; err != nil {
			return 0, err
		}
		diff := audit.Diff(map[string][2]any{"name": {"", n.Name}, "scopes": {"", r.Scopes}})
		return r.ID, audit.Record(ctx, s.d, a.By(), now, "key.made", r.ID, diff)
	})
	if err != nil {
		return Key{}, "", err
	}
	if replayed {
		secret = ""
	}
	key, err = s.key(ctx, a.Org, no)
	return key, secret, err
}

// Rotate gives a key a new secret; the one before works for overlap more (0 to MaxOverlap), an older one no longer. Only its
// maker may: it acts in the maker's name. version 0 does not ask.
//
// Right: key manage, of a person with a fresh proof. Errors: key.not_yours, key.over, key.overlap, changed, step_up_required.
func (s *Keys) Rotate(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, overlap time.Duration) (key Key, secret string, err error) {
	if err := s.mayManage(ctx, a); err != nil {
		return Key{}, "", err
	}
	if overlap < 0 || overlap > MaxOverlap {
		return Key{}, "", errs.OnFields("invalid_fields", errs.F("overlap_hours", "key.overlap"))
	}
	if err := s.sure(ctx, a); err != nil {
		return Key{}, "", err
	}
	now := s.clock.Now()
	_, replayed, err := audit.Once(ctx, s.d, a.Org, k, now, func(ctx context.Context) (id.ID, error) {
		secret = KeyPrefix + newToken()
		return no, s.renew(ctx, a, no, version, secret, now, overlap)
	})
	if err != nil {
		return Key{}, "", err
	}
	if replayed {
		secret = ""
	}
	key, err = s.key(ctx, a.Org, no)
	return key, secret, err
}

func (s *Keys) renew(ctx context.Context, a access.Actor, no id.ID, version int64, secret string, now clock.Instant, overlap time.Duration) error {
	if err := s.d.BumpMaster(ctx); err != nil {
		return err
	}
	was, err := s.key(ctx, a.Org, no)
	switch {
	case err != nil:
		return err
	case was.Person != a.Person:
		return errs.New(errs.Forbidden, "key.not_yours")
	case was.Status(now) != "active":
		return errs.New(errs.Conflict, "key.over")
	case version != 0 && version != was.Version:
		return errs.New(errs.Conflict, "changed")
	}
	err = s.d.W(ctx).Where("api_key = ? AND until_us <> 0", no).Delete(&keySecretRow{}).Error
	if err == nil && overlap == 0 {
		err = s.d.W(ctx).Where("api_key = ?", no).Delete(&keySecretRow{}).Error
	} else if err == nil {
		err = s.d.W(ctx).Model(&keySecretRow{}).Where("api_key = ?", no).Update("until_us", now.Add(overlap)).Error
	}
	if err != nil {
		return err
	}
	if err := s.d.W(ctx).Create(&keySecretRow{hashToken(secret), no, 0}).Error; err != nil {
		return err
	}
	err = s.d.W(ctx).Model(&keyRow{}).Where("id = ? AND org = ?", no, a.Org).Updates(map[string]any{"prefix": secret[:8], "version": was.Version + 1}).Error
	if err != nil {
		return err
	}
	return audit.Record(ctx, s.d, a.By(), now, "key.rotated", no, audit.Diff(map[string][2]any{"prefix": {was.Prefix, secret[:8]}}))
}

// Revoke ends a key, whoever made it: it holds from the next request on. Ending it again does nothing.
//
// Right: key manage, of a person with a fresh proof. Errors: not_found, step_up_required.
func (s *Keys) Revoke(ctx context.Context, a access.Actor, k audit.Key, no id.ID) (Key, error) {
	if err := s.mayManage(ctx, a); err != nil {
		return Key{}, err
	}
	if err := s.sure(ctx, a); err != nil {
		return Key{}, err
	}
	now := s.clock.Now()
	_, _, err := audit.Once(ctx, s.d, a.Org, k, now, func(ctx context.Context) (id.ID, error) {
		if err := s.d.BumpMaster(ctx); err != nil {
			return 0, err
		}
		was, err := s.key(ctx, a.Org, no)
		if err != nil || was.Ended != 0 {
			return no, err
		}
		if err := s.d.W(ctx).Where("api_key = ?", no).Delete(&keySecretRow{}).Error; err != nil {
			return 0, err
		}
		err = s.d.W(ctx).Model(&keyRow{}).Where("id = ? AND org = ?", no, a.Org).Updates(map[string]any{"ended_us": now, "version": was.Version + 1}).Error
		if err != nil {
			return 0, err
		}
		return no, audit.Record(ctx, s.d, a.By(), now, "key.revoked", no, audit.Diff(map[string][2]any{"status": {"active", "revoked"}}))
	})
	if err != nil {
		return Key{}, err
	}
	return s.key(ctx, a.Org, no)
}

const keyQuery = `SELECT k.id, k.org, k.person, p.name AS maker, k.name, k.prefix, k.scopes, k.created_us, k.expires_us, k.used_us, k.ended_us, k.version,
 COALESCE((SELECT MAX(s.until_us) FROM api_key_secret s WHERE s.api_key = k.id AND s.until_us > ?), 0) AS old_ends_us
 FROM api_key k JOIN person p ON p.id = k.person WHERE k.org = ?`

func (s *Keys) key(ctx context.Context, org, no id.ID) (Key, error) {
	var rows []keyView
	if err := s.d.R(ctx).Raw(keyQuery+" AND k.id = ?", s.clock.Now(), org, no).Scan(&rows).Error; err != nil {
		return Key{}, fmt.Errorf("key %d: %w", no, err)
	}
	if len(rows) == 0 {
		return Key{}, errs.Gone()
	}
	return rows[0].key(), nil
}

// Key is one key of the acting organisation. Right: key read.
func (s *Keys) Key(ctx context.Context, a access.Actor, no id.ID) (Key, error) {
	if err := s.gate.Require(ctx, a, access.Own, "key", "read"); err != nil {
		return Key{}, err
	}
	return s.key(ctx, a.Org, no)
}

// List are the keys of the acting organisation, newest first: those in force and the latest that are not, at most twice MaxKeys.
// Right: key read.
func (s *Keys) List(ctx context.Context, a access.Actor) ([]Key, error) {
	if err := s.gate.Require(ctx, a, access.Own, "key", "read"); err != nil {
		return nil, err
	}
	var rows []keyView
	err := s.d.R(ctx).Raw(keyQuery+" ORDER BY CASE WHEN k.ended_us = 0 THEN 0 ELSE 1 END, k.id DESC LIMIT ?", s.clock.Now(), a.Org, 2*MaxKeys).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	out := make([]Key, len(rows))
	for i, r := range rows {
		out[i] = r.key()
	}
	return out, nil
}
