package identity

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
)

type keyRow struct {
	ID        id.ID `gorm:"primaryKey"`
	Org       id.ID
	Person    id.ID
	Name      string
	Prefix    string
	Scopes    string
	CreatedUs clock.Instant
	ExpiresUs clock.Instant
	UsedUs    clock.Instant
	EndedUs   clock.Instant
	Version   int64
}

func (keyRow) TableName() string { return "api_key" }

type keySecretRow struct {
	Hash    []byte `gorm:"primaryKey"`
	ApiKey  id.ID
	UntilUs clock.Instant // 0: as long as the key
}

func (keySecretRow) TableName() string { return "api_key_secret" }

type keyView struct {
	Row       keyRow `gorm:"embedded"`
	Maker     string
	OldEndsUs clock.Instant
}

func (v keyView) key() Key {
	r := v.Row
	return Key{ID: r.ID, Org: r.Org, Person: r.Person, Maker: v.Maker, Name: r.Name, Prefix: r.Prefix, Scopes: strings.Fields(r.Scopes),
		Created: r.CreatedUs, Expires: r.ExpiresUs, Used: r.UsedUs, Ended: r.EndedUs, OldEnds: v.OldEndsUs, Version: r.Version}
}

// keyActor is what a request needs to know of a key, in one read, with its scopes compiled.
type keyActor struct {
	Row     actorRow `gorm:"embedded"`
	Scopes  string
	UntilUs clock.Instant

	compiled *access.Scopes `gorm:"-"`
	noted    *atomic.Int64  `gorm:"-"`
}

const keyActorQuery = `SELECT k.id, k.person, p.name, p.lang, k.org, o.name AS org_name, o.kind, o.zone, m.role, k.expires_us, k.scopes, s.until_us
FROM api_key_secret s JOIN api_key k ON k.id = s.api_key JOIN person p ON p.id = k.person JOIN org o ON o.id = k.org
JOIN membership m ON m.person = k.person AND m.org = k.org
WHERE s.hash = ? AND k.ended_us = 0 AND p.active = ? AND o.active = ?`

// Actor is who a key stands for: its maker, in the role that the maker has now, narrowed by the key's scopes. Unauthenticated
// where the key is unknown, ended, expired, or its maker has left. Costs one look at the
// epoch, which requests share, where nothing has changed since it was last asked.
func (s *Keys) Actor(ctx context.Context, secret string) (access.Actor, string, error) {
	if len(secret) != keyTokenLen || !strings.HasPrefix(secret, KeyPrefix) {
		return access.Actor{}, "", errs.New(errs.Unauthenticated, "sign_in.needed")
	}
	if err := current(ctx, s.d, s.gate); err != nil {
		return access.Actor{}, "", err
	}
	r, epoch, err := s.actors.Get(ctx, string(hashToken(secret)), s.load)
	if err != nil {
		return access.Actor{}, "", err
	}
	now := s.clock.Now()
	if r.Row.ExpiresUs <= now || (r.UntilUs != 0 && r.UntilUs <= now) {
		return access.Actor{}, "", errs.New(errs.Unauthenticated, "sign_in.needed")
	}
	s.note(r, now)
	m := r.Row
	a, err := s.seats.take(ctx, s.d, s.gate, access.Actor{Person: m.Person, Name: m.Name, Org: m.Org, OrgName: m.OrgName, Kind: m.Kind, Role: m.Role,
		Session: m.ID, Lang: m.Lang, Zone: m.Zone, Epoch: epoch, Scopes: r.compiled})
	return a, "", err
}

const keySeatQuery = `SELECT k.id, k.person, p.name, p.lang, k.org, o.name AS org_name, o.kind, o.zone, m.role, k.expires_us, k.scopes
FROM api_key k JOIN person p ON p.id = k.person JOIN org o ON o.id = k.org JOIN membership m ON m.person = k.person AND m.org = k.org
WHERE k.id = ? AND k.org = ? AND k.person = ? AND k.ended_us = 0 AND k.expires_us > ? AND p.active = ? AND o.active = ?`

// Seat is who a key stands for whose background work goes on: as Actor, with the role and the scopes of now. Unauthenticated where the
// key has ended or expired, or its maker has left.
func (s *Keys) Seat(ctx context.Context, org, person, key id.ID) (access.Actor, error) {
	var rows []keyActor
	if err := s.d.R(ctx).Raw(keySeatQuery, key, org, person, s.clock.Now(), true, true).Scan(&rows).Error; err != nil {
		return access.Actor{}, err
	}
	if len(rows) == 0 {
		return access.Actor{}, errs.New(errs.Unauthenticated, "sign_in.needed")
	}
	scopes, _ := s.gate.ScopesOf(strings.Fields(rows[0].Scopes))
	m := rows[0].Row
	return s.seats.take(ctx, s.d, s.gate, access.Actor{Person: m.Person, Name: m.Name, Org: m.Org, OrgName: m.OrgName, Kind: m.Kind, Role: m.Role,
		Session: m.ID, Lang: m.Lang, Zone: m.Zone, Scopes: scopes})
}

func (s *Keys) load(ctx context.Context, hash string) (keyActor, error) {
	var rows []keyActor
	if err := s.d.R(ctx).Raw(keyActorQuery, []byte(hash), true, true).Scan(&rows).Error; err != nil {
		return keyActor{}, err
	}
	if len(rows) == 0 {
		return keyActor{}, errs.New(errs.Unauthenticated, "sign_in.needed")
	}
	r := rows[0]
	r.compiled, _ = s.gate.ScopesOf(strings.Fields(r.Scopes))
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.noted = s.last[r.Row.ID]; r.noted == nil {
		r.noted = &atomic.Int64{}
		s.last[r.Row.ID] = r.noted
	}
	return r, nil
}

// note remembers a use, at most once a minute for each key; Run writes it.
func (s *Keys) note(r keyActor, now clock.Instant) {
	was := r.noted.Load()
	if int64(now)-was < int64(useNoted) || !r.noted.CompareAndSwap(was, int64(now)) {
		return
	}
	s.mu.Lock()
	s.uses[r.Row.ID] = now
	s.mu.Unlock()
}

// Flush writes down when keys were used. Several instances may: what is newer by less than a minute is left.
func (s *Keys) Flush(ctx context.Context) error {
	s.mu.Lock()
	uses := s.uses
	s.uses = map[id.ID]clock.Instant{}
	s.mu.Unlock()
	if len(uses) == 0 {
		return nil
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		for key, at := range uses {
			if err := s.d.W(ctx).Model(&keyRow{}).Where("id = ? AND used_us <= ?", key, at-useNoted).Update("used_us", at).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// Run flushes every few seconds until ctx ends, and once more then.
func (s *Keys) Run(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			if err := s.Flush(after); err != nil {
				failed(err)
			}
			cancel()
			return
		case <-tick.C:
			if err := s.Flush(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}

// Bearers finds who a bearer of the API is: a session's token or a key. Pages know sessions alone.
type Bearers struct {
	Sessions *Service
	Keys     *Keys
}

// Actor is who the token stands for.
func (b Bearers) Actor(ctx context.Context, token string) (access.Actor, string, error) {
	if strings.HasPrefix(token, KeyPrefix) {
		return b.Keys.Actor(ctx, token)
	}
	return b.Sessions.Actor(ctx, token)
}

// Seat is a person whose background work goes on.
func (b Bearers) Seat(ctx context.Context, org, person id.ID) (access.Actor, error) {
	return b.Sessions.Seat(ctx, org, person)
}

// SeatOfKey is a key whose background work goes on.
func (b Bearers) SeatOfKey(ctx context.Context, org, person, key id.ID) (access.Actor, error) {
	return b.Keys.Seat(ctx, org, person, key)
}

// Looked writes down what an operator looks at behind glass.
func (b Bearers) Looked(ctx context.Context, a access.Actor, path, query string) error {
	return b.Sessions.Looked(ctx, a, path, query)
}
