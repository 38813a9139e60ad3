package identity

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/mail"
	"saluran/internal/secret"
)

// Service is the use cases of signing in and of an organisation's people.
type Service struct {
	Door
	Stats  Stats
	d      *db.DB
	clock  clock.Clock
	gate   Gate
	hash   *hasher
	actors *db.Cache[string, actorRow]
	limits *db.Cache[id.ID, limit]
	seats  seats
	seen   sync.Map // session → when it was last written that it is in use
	shops  sync.Map // issuer → its keys and addresses
}

// Door is what ways of signing in other than the password need. It is set once, before the first request.
type Door struct {
	Mail *mail.Office
	Key  func() (*secret.Key, error) // the key of the installation
	URL  string                      // how people reach the portal: passkeys belong to it, identity providers come back to it
	// Left is told, in the transaction, that somebody is in an organisation no more; nil: nobody else needs to know.
	Left func(ctx context.Context, by id.By, org, person id.ID) error
	// Doubted is told, in the transaction, that what somebody has begun for an organisation and others are to finish is to be looked
	// at again: the role is another one, or (all) the account was perhaps somebody else's. nil: nobody else needs to know.
	Doubted func(ctx context.Context, by id.By, org, person id.ID, all bool) error
	// Loopback lets identity providers be on this machine: development and tests.
	Loopback bool
}

// Gate is the right to do something; see package access.
type Gate interface {
	Require(ctx context.Context, a access.Actor, rel access.Rel, object, action string) error
	Can(a access.Actor, rel access.Rel, object, action string) bool
	Follow(ctx context.Context, epoch int64) error
	PolicyVersion() int64
	BuiltIn(kind string) []string
	Why(a access.Actor, rel access.Rel, object, action string) access.Decision
	Instead(kind string, rel access.Rel, object, action string) []string
	Grants(a access.Actor) []access.Grant
	Beyond(a access.Actor, all []access.Grant) []access.Grant
	Sorted(all []access.Grant) []access.Grant
	Compile(o access.OwnRole, all []access.Grant) (*access.OwnRole, error)
}

// New makes the service.
func New(d *db.DB, c clock.Clock, g Gate) (*Service, error) {
	h, err := newHasher()
	s := &Service{d: d, clock: c, gate: g, hash: h, actors: db.NewCache[string, actorRow](d, 100_000), limits: db.NewCache[id.ID, limit](d, 20_000)}
	s.Key = func() (*secret.Key, error) {
		return nil, errors.New("this program was given no key of the installation")
	}
	return s, err
}

// SignIn is what somebody types.
type SignIn struct {
	Email, Password string
	Code            string // of an authenticator app, or a recovery code; where the person has one
	Org             id.ID  // 0: the first of the person's organisations
	Kind            string // web, api
	IP, Agent       string
	Device          string // the cookie of a device that has signed in before
	Prior           string // the session that the sender had so far: it ends

	fresh clock.Instant // when a provider saw the person itself; 0: it did not say
}

// wrong is the one answer to an unknown account, a wrong password, a closed account.
func wrong() error { return errs.New(errs.Unauthenticated, "sign_in.wrong") }

// SignIn opens a session and answers its token, which is not stored. Where the person has a second factor and in.Code is empty,
// out.Pending stands for the half that is done: see Second.
//
// Errors: sign_in.wrong, sign_in.wait {seconds}, sign_in.code_needed, sign_in.code_wrong, sign_in.sso_needed, busy.
func (s *Service) SignIn(ctx context.Context, in SignIn) (token string, out Session, err error) {
	email, err := foldEmail(in.Email)
	if err != nil {
		return "", Session{}, wrong()
	}
	var p personRow
	err = s.d.R(ctx).Where("email = ?", email).Take(&p).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return "", Session{}, fmt.Errorf("sign in: %w", err)
	}
	from, err := s.standing(ctx, in.Device, in.IP, email, p.ID)
	if err != nil {
		return "", Session{}, err
	}
	names := from.password(email)
	if err := s.try(ctx, names, s.clock.Now()); err != nil {
		return "", Session{}, err
	}
	ok, err := s.hash.matches(ctx, in.Password, p.Password)
	if err != nil {
		if errs.Is(err, errs.Busy) {
			s.Stats.Busy.Add(1)
			s.unjudged(ctx, names)
		}
		return "", Session{}, err
	}
	if !ok || p.ID == 0 || !p.Active {
		s.Stats.Wrong.Add(1)
		if err := s.refusedSignIn(ctx, p.ID, "password", in.IP); err != nil {
			return "", Session{}, err
		}
		return "", Session{}, wrong()
	}
	return s.passed(ctx, p, in, from, names)
}

// passed goes on where a first factor was right: to the second, or in. What was counted stays so until all is done: a right password
// does not make codes free to guess.
func (s *Service) passed(ctx context.Context, p personRow, in SignIn, from standing, names []name) (token string, out Session, err error) {
	second, err := s.hasFactor(ctx, p.ID)
	if err != nil {
		return "", Session{}, err
	}
	if second && in.Code == "" {
		if out.Pending, err = s.mint(ctx, "second", p.ID, half{Kind: in.Kind, Org: in.Org, Names: names}, secondWithin); err != nil {
			return "", Session{}, err
		}
		return "", out, errs.New(errs.Unauthenticated, "sign_in.code_needed")
	}
	if second {
		guess := from.second(p.ID)
		if err := s.try(ctx, guess, s.clock.Now()); err != nil {
			return "", Session{}, err
		}
		if err := s.code(ctx, p.ID, in.Code); err != nil {
			return "", Session{}, err
		}
		names = append(names, guess...)
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		if err := s.forgive(ctx, names); err != nil {
			return err
		}
		token, out, err = s.open(ctx, p, in, "password")
		return err
	})
	return token, out, err
}

// open makes the session, under a token that nobody has seen before, and ends the one that the sender came with.
func (s *Service) open(ctx context.Context, p personRow, in SignIn, way string) (string, Session, error) {
	now := s.clock.Now()
	m, err := s.enters(ctx, p.ID, in.Org, way)
	if err != nil {
		return "", Session{}, err
	}
	token := newToken()
	row := sessionRow{ID: s.d.IDs.Next(), TokenHash: hashToken(token), Person: p.ID, Org: m.Org, Kind: in.Kind, Csrf: newToken(),
		Ip: clip(in.IP, 45), Agent: clip(in.Agent, 200), CreatedUs: now, SeenUs: now, ExpiresUs: now.Add(Life), Way: way, FreshUs: now}
	if vouchedWay(way) {
		row.FreshUs = in.fresh
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		if len(in.Prior) == 43 {
			r := s.d.W(ctx).Exec("UPDATE session SET ended_us = ? WHERE token_hash = ? AND ended_us = 0", now, hashToken(in.Prior))
			if r.Error != nil {
				return r.Error
			}
			if r.RowsAffected > 0 {
				if err := s.d.BumpMaster(ctx); err != nil {
					return err
				}
			}
		}
		if err := s.d.W(ctx).Create(&row).Error; err != nil {
			return err
		}
		return audit.Record(ctx, s.d, id.By{Person: p.ID, Org: row.Org, Session: row.ID, IP: row.Ip}, now, "session.opened", row.ID, audit.One("way", "", row.Way))
	})
	if err == nil {
		s.Stats.Opened.Add(1)
	}
	return token, row.session(), err
}

// enters is the organisation that a sign-in acts for first: the one that was asked for, else the oldest membership. One that asks
// for its own identity provider is entered by that alone.
func (s *Service) enters(ctx context.Context, person, org id.ID, way string) (memberRow, error) {
	var all []memberRow
	tx := s.d.R(ctx).Joins("JOIN org ON org.id = membership.org AND org.active = ?", true).Where("person = ?", person)
	if org != 0 {
		tx = tx.Where("org = ?", org)
	}
	// The one that was acted for last comes first, then the oldest membership.
	tx = tx.Order(clause.OrderBy{Expression: clause.Expr{SQL: `CASE WHEN membership.org = COALESCE((SELECT x.org FROM session x
 WHERE x.person = ? ORDER BY x.seen_us DESC, x.id DESC LIMIT 1), 0) THEN 0 ELSE 1 END, membership.created_us, membership.org`, Vars: []any{person}}})
	if err := tx.Find(&all).Error; err != nil {
		return memberRow{}, fmt.Errorf("sign in: %w", err)
	}
	if len(all) == 0 {
		if org == 0 { // said to who has shown whose account it is
			return memberRow{}, errs.New(errs.Unauthenticated, "sign_in.no_org")
		}
		return memberRow{}, wrong()
	}
	for _, m := range all {
		closed, err := s.onlySSO(ctx, m.Org)
		if err != nil {
			return memberRow{}, err
		}
		if !closed || way == wayOf(m.Org) {
			return m, nil
		}
	}
	s.Stats.SSO.Add(1)
	return memberRow{}, errs.New(errs.Forbidden, "sign_in.sso_needed")
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
