package identity

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Life is how long a session lasts from its sign-in.
const Life = 30 * 24 * time.Hour

// An address or account is made to wait after so many failures within the window. The account's own limit is counted for each
// pair of account and address, so that nobody can lock another out.
const (
	maxFailures = 10
	window      = 15 * time.Minute
)

// Service is the use cases of signing in and of an organisation's people.
type Service struct {
	d      *db.DB
	clock  clock.Clock
	gate   Gate
	hash   *hasher
	actors *db.Cache[string, actorRow]
}

// Gate is the right to do something; see package access.
type Gate interface {
	Require(ctx context.Context, a access.Actor, rel access.Rel, object, action string) error
}

// New makes the service.
func New(d *db.DB, c clock.Clock, g Gate) (*Service, error) {
	h, err := newHasher()
	return &Service{d: d, clock: c, gate: g, hash: h, actors: db.NewCache[string, actorRow](d, 100_000)}, err
}

// SignIn is what somebody types.
type SignIn struct {
	Email, Password string
	Org             id.ID  // 0: the first of the person's organisations
	Kind            string // web, api
	IP, Agent       string
}

// wrong is the one answer to an unknown account, a wrong password, a closed account.
func wrong() error { return errs.New(errs.Unauthenticated, "sign_in.wrong") }

// SignIn opens a session and answers its token, which is not stored. Errors: sign_in.wrong, sign_in.wait, busy.
func (s *Service) SignIn(ctx context.Context, in SignIn) (token string, out Session, err error) {
	email, err := foldEmail(in.Email)
	if err != nil {
		return "", Session{}, wrong()
	}
	now := s.clock.Now()
	who := []string{trace("account", email, in.IP), trace("address", in.IP)}
	if err := s.mayTry(ctx, who, now); err != nil {
		return "", Session{}, err
	}
	var p personRow
	err = s.d.R(ctx).Where("email = ?", email).Take(&p).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return "", Session{}, fmt.Errorf("sign in: %w", err)
	}
	ok, err := s.hash.matches(ctx, in.Password, p.Password)
	if err != nil {
		return "", Session{}, err
	}
	if !ok || p.ID == 0 || !p.Active {
		return "", Session{}, s.failed(ctx, who, now)
	}
	return s.open(ctx, p, in, now)
}

// trace names who tries without keeping the account or the address, in a length that always fits.
func trace(parts ...string) string {
	h := audit.HashOf(parts...)
	return hex.EncodeToString(h[:])
}

func (s *Service) mayTry(ctx context.Context, who []string, now clock.Instant) error {
	var n []struct {
		Who string
		N   int64
	}
	err := s.d.R(ctx).Raw("SELECT who, COUNT(*) AS n FROM sign_in_attempt WHERE who IN ? AND at_us > ? AND ok = ? GROUP BY who",
		who, now.Add(-window), false).Scan(&n).Error
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	for _, x := range n {
		if x.N >= maxFailures*map[bool]int64{true: 1, false: 5}[x.Who == who[0]] {
			return errs.New(errs.Busy, "sign_in.wait")
		}
	}
	return nil
}

func (s *Service) failed(ctx context.Context, who []string, now clock.Instant) error {
	err := s.d.InTx(ctx, func(ctx context.Context) error {
		for _, w := range who {
			if err := s.d.W(ctx).Create(&attemptRow{s.d.IDs.Next(), w, now, false}).Error; err != nil {
				return err
			}
		}
		return s.d.W(ctx).Where("at_us < ?", now.Add(-24*time.Hour)).Delete(&attemptRow{}).Error
	})
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return wrong()
}

func (s *Service) open(ctx context.Context, p personRow, in SignIn, now clock.Instant) (string, Session, error) {
	var m []memberRow
	tx := s.d.R(ctx).Joins("JOIN org ON org.id = membership.org AND org.active = ?", true).Where("person = ?", p.ID)
	if in.Org != 0 {
		tx = tx.Where("org = ?", in.Org)
	}
	if err := tx.Order("membership.created_us, membership.org").Limit(1).Find(&m).Error; err != nil {
		return "", Session{}, fmt.Errorf("sign in: %w", err)
	}
	if len(m) == 0 {
		return "", Session{}, wrong()
	}
	token := newToken()
	row := sessionRow{ID: s.d.IDs.Next(), TokenHash: hashToken(token), Person: p.ID, Org: m[0].Org, Kind: in.Kind, Csrf: newToken(),
		Ip: clip(in.IP, 45), Agent: clip(in.Agent, 200), CreatedUs: now, SeenUs: now, ExpiresUs: now.Add(Life)}
	err := s.d.InTx(ctx, func(ctx context.Context) error {
		if err := s.d.W(ctx).Create(&row).Error; err != nil {
			return err
		}
		return audit.Record(ctx, s.d, id.By{Person: p.ID, Org: row.Org, Session: row.ID, IP: row.Ip}, now, "session.opened", row.ID, "")
	})
	return token, row.session(), err
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// Actor is who a token stands for, with the token that forms carry. Unauthenticated where it is unknown, ended or expired.
// Without a query where nothing has changed since it was last asked.
func (s *Service) Actor(ctx context.Context, token string) (access.Actor, string, error) {
	if len(token) != 43 {
		return access.Actor{}, "", errs.New(errs.Unauthenticated, "sign_in.needed")
	}
	h := string(hashToken(token))
	r, epoch, err := s.actors.Get(ctx, h, func(ctx context.Context, h string) (actorRow, error) {
		var rows []actorRow
		if err := s.d.R(ctx).Raw(actorQuery, []byte(h), true, true).Scan(&rows).Error; err != nil {
			return actorRow{}, err
		}
		if len(rows) == 0 {
			return actorRow{}, errs.New(errs.Unauthenticated, "sign_in.needed")
		}
		return rows[0], nil
	})
	if err != nil {
		return access.Actor{}, "", err
	}
	if r.ExpiresUs <= s.clock.Now() {
		return access.Actor{}, "", errs.New(errs.Unauthenticated, "sign_in.needed")
	}
	return access.Actor{Person: r.Person, Name: r.Name, Org: r.Org, OrgName: r.OrgName, Kind: r.Kind, Role: r.Role, Session: r.ID,
		Lang: r.Lang, Zone: r.Zone, Epoch: epoch}, r.Csrf, nil
}

// SignOut ends the actor's session; it holds from the next request on.
func (s *Service) SignOut(ctx context.Context, a access.Actor) error {
	return s.end(ctx, a, "id = ? AND person = ?", a.Session, a.Person)
}

// EndSessions ends all other sessions of the actor.
func (s *Service) EndSessions(ctx context.Context, a access.Actor) error {
	return s.end(ctx, a, "person = ? AND id <> ?", a.Person, a.Session)
}

func (s *Service) end(ctx context.Context, a access.Actor, cond string, args ...any) error {
	now := s.clock.Now()
	return s.d.InTx(ctx, func(ctx context.Context) error {
		if err := s.d.W(ctx).Model(&sessionRow{}).Where(cond, args...).Where("ended_us = 0").Update("ended_us", now).Error; err != nil {
			return err
		}
		if err := audit.Record(ctx, s.d, a.By(), now, "session.ended", a.Session, ""); err != nil {
			return err
		}
		return s.d.BumpMaster(ctx)
	})
}

// SwitchOrg makes the session act for another organisation of the person; any other is answered like one that does not exist.
func (s *Service) SwitchOrg(ctx context.Context, a access.Actor, org id.ID) error {
	return s.d.InTx(ctx, func(ctx context.Context) error {
		var n int64
		err := s.d.R(ctx).Model(&memberRow{}).Joins("JOIN org ON org.id = membership.org AND org.active = ?", true).
			Where("person = ? AND org = ?", a.Person, org).Count(&n).Error
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.Gone()
		}
		if err := s.d.W(ctx).Model(&sessionRow{}).Where("id = ? AND person = ?", a.Session, a.Person).Update("org", org).Error; err != nil {
			return err
		}
		if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "session.switched", org, ""); err != nil {
			return err
		}
		return s.d.BumpMaster(ctx)
	})
}
