package identity

import (
	"context"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Life is how long a session lasts from its sign-in, Idle how long without being used. That it is used is written down every
// TouchEvery at most.
const (
	Life       = 30 * 24 * time.Hour
	Idle       = 72 * time.Hour
	touchEvery = 5 * time.Minute
)

// Actor is who a token stands for, with the token that forms carry. Unauthenticated where it is unknown, ended or expired.
// Without a query where nothing has changed since it was last asked.
func (s *Service) Actor(ctx context.Context, token string) (access.Actor, string, error) {
	if len(token) != 43 {
		return access.Actor{}, "", errs.New(errs.Unauthenticated, "sign_in.needed")
	}
	if err := current(ctx, s.d, s.gate); err != nil {
		return access.Actor{}, "", err
	}
	h := string(hashToken(token))
	r, epoch, err := s.actors.Get(ctx, h, func(ctx context.Context, h string) (actorRow, error) {
		var rows []actorRow
		if err := s.d.R(ctx).Raw(actorQuery, []byte(h), true, true).Scan(&rows).Error; err != nil {
			return actorRow{}, err
		}
		if len(rows) == 0 {
			var err error
			if rows, err = s.behindGlass(ctx, []byte(h)); err != nil {
				return actorRow{}, err
			}
		}
		if len(rows) == 0 {
			return actorRow{}, errs.New(errs.Unauthenticated, "sign_in.needed")
		}
		return rows[0], nil
	})
	if err != nil {
		return access.Actor{}, "", err
	}
	now := s.clock.Now()
	if r.Glass != 0 && r.GlassUntilUs <= now { // its time is over: back to where it came from
		if err := s.MendGlass(ctx, r.Glass); err != nil {
			return access.Actor{}, "", err
		}
		return s.Actor(ctx, token)
	}
	if r.ExpiresUs <= now {
		return access.Actor{}, "", errs.New(errs.Unauthenticated, "sign_in.needed")
	}
	if !r.stays() {
		return access.Actor{}, "", errs.New(errs.Unauthenticated, "sign_in.needed")
	}
	if err := s.touch(ctx, r, now); err != nil {
		return access.Actor{}, "", err
	}
	a, err := s.seats.take(ctx, s.d, s.gate, access.Actor{Person: r.Person, Name: r.Name, Org: r.Org, OrgName: r.OrgName, Kind: r.Kind, Role: r.Role,
		Session: r.ID, Lang: r.Lang, Zone: r.Zone, Epoch: epoch, Glass: r.Glass, Vouched: vouchedWay(r.Way)})
	return a, r.Csrf, err
}

// touch refuses a session that was idle too long, and writes now and then that it is in use. What is cached may be old, because
// another instance served the session meanwhile: so the row is asked before anybody is turned away.
func (s *Service) touch(ctx context.Context, r actorRow, now clock.Instant) error {
	seen := r.SeenUs
	if v, ok := s.seen.Load(r.ID); ok && v.(clock.Instant) > seen {
		seen = v.(clock.Instant)
	}
	if now < seen.Add(touchEvery) {
		return nil
	}
	if now > seen.Add(Idle) {
		if err := s.d.R(ctx).Raw("SELECT seen_us FROM session WHERE id = ?", r.ID).Scan(&seen).Error; err != nil {
			return err
		}
		if now > seen.Add(Idle) {
			return errs.New(errs.Unauthenticated, "sign_in.needed")
		}
	}
	s.seen.Store(r.ID, now) // first, so that of a hundred requests at once one writes
	return s.d.InTx(ctx, func(ctx context.Context) error {
		return s.d.W(ctx).Exec("UPDATE session SET seen_us = ? WHERE id = ? AND seen_us < ?", now, r.ID, now).Error
	})
}

// OpenSession is a session as its person sees it.
type OpenSession struct {
	ID                     id.ID
	Kind, Way, IP, Agent   string
	OrgName                string
	Created, Seen, Expires clock.Instant
	Current                bool
}

// Sessions are the acting person's open sessions, the last used first; at most 200. A session by an organisation's provider knows
// of those alone that came the same way.
func (s *Service) Sessions(ctx context.Context, a access.Actor) ([]OpenSession, error) {
	now := s.clock.Now()
	var rows []struct {
		ID                            id.ID
		Kind, Way, Ip, Agent, OrgName string
		CreatedUs, SeenUs, ExpiresUs  clock.Instant
	}
	within, err := s.within(ctx, a)
	if err != nil {
		return nil, err
	}
	err = s.d.R(ctx).Raw(`SELECT s.id, s.kind, s.way, s.ip, s.agent, s.created_us, s.seen_us, s.expires_us, o.name AS org_name FROM session s JOIN org o ON o.id = s.org
 WHERE s.person = ? AND s.ended_us = 0 AND s.expires_us > ? AND s.seen_us > ? AND (s.way = ? OR ? = '') ORDER BY s.seen_us DESC, s.id DESC LIMIT 200`, a.Person, now, now.Add(-Idle), within, within).Scan(&rows).Error
	out := make([]OpenSession, len(rows))
	for i, r := range rows {
		out[i] = OpenSession{r.ID, r.Kind, r.Way, r.Ip, r.Agent, r.OrgName, r.CreatedUs, r.SeenUs, r.ExpiresUs, r.ID == a.Session}
	}
	return out, err
}

// EndSession ends one of the acting person's sessions; NotFound where it is not one of them.
func (s *Service) EndSession(ctx context.Context, a access.Actor, session id.ID) error {
	now := s.clock.Now()
	return s.d.InTx(ctx, func(ctx context.Context) error {
		within, err := s.within(ctx, a)
		if err != nil {
			return err
		}
		var n int64
		if err := s.d.W(ctx).Model(&sessionRow{}).Where("id = ? AND person = ? AND (way = ? OR ? = '')", session, a.Person, within, within).Count(&n).Error; err != nil {
			return err
		}
		if n == 0 {
			return errs.Gone()
		}
		r := s.d.W(ctx).Exec("UPDATE session SET ended_us = ? WHERE id = ? AND person = ? AND ended_us = 0", now, session, a.Person)
		if r.Error != nil || r.RowsAffected == 0 {
			return r.Error // it has ended already: sent twice
		}
		if err := audit.Record(ctx, s.d, a.By(), now, "session.ended", session, audit.One("sessions", 1, 0)); err != nil {
			return err
		}
		return s.d.BumpMaster(ctx)
	})
}

// SignOut ends the actor's session; it holds from the next request on.
func (s *Service) SignOut(ctx context.Context, a access.Actor) error {
	return s.end(ctx, a, "id = ? AND person = ?", a.Session, a.Person)
}

// EndSessions ends all other sessions of the actor; by an organisation's provider, all others that came the same way.
func (s *Service) EndSessions(ctx context.Context, a access.Actor) error {
	within, err := s.within(ctx, a)
	if err != nil {
		return err
	}
	return s.end(ctx, a, "person = ? AND id <> ? AND (way = ? OR ? = '')", a.Person, a.Session, within, within)
}

func (s *Service) end(ctx context.Context, a access.Actor, cond string, args ...any) error {
	now := s.clock.Now()
	return s.d.InTx(ctx, func(ctx context.Context) error {
		r := s.d.W(ctx).Model(&sessionRow{}).Where(cond, args...).Where("ended_us = 0").Update("ended_us", now)
		if r.Error != nil {
			return r.Error
		}
		if err := audit.Record(ctx, s.d, a.By(), now, "session.ended", a.Session, audit.One("sessions", r.RowsAffected, int64(0))); err != nil {
			return err
		}
		return s.d.BumpMaster(ctx)
	})
}

// endAll ends a person's sessions but one, inside a transaction that moves the epoch itself.
func (s *Service) endAll(ctx context.Context, person, keep id.ID) error {
	return s.d.W(ctx).Model(&sessionRow{}).Where("person = ? AND id <> ? AND ended_us = 0", person, keep).Update("ended_us", s.clock.Now()).Error
}

// SwitchOrg makes the session act for another organisation of the person; any other is answered like one that does not exist.
// One that asks for its own identity provider is entered by that alone: Forbidden sign_in.sso_needed. A session that an
// organisation's provider opened stays there, and learns nothing of the others: Forbidden sso.own_means.
func (s *Service) SwitchOrg(ctx context.Context, a access.Actor, org id.ID) error {
	return s.d.InTx(ctx, func(ctx context.Context) error {
		var mine sessionRow
		if err := s.d.R(ctx).Where("id = ? AND person = ?", a.Session, a.Person).Take(&mine).Error; err != nil {
			return err
		}
		if vouchedWay(mine.Way) && mine.Way != wayOf(org) {
			s.Stats.SSO.Add(1)
			return errs.New(errs.Forbidden, "sso.own_means")
		}
		var n int64
		err := s.d.R(ctx).Model(&memberRow{}).Joins("JOIN org ON org.id = membership.org AND org.active = ?", true).
			Where("person = ? AND org = ?", a.Person, org).Count(&n).Error
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.Gone()
		}
		closed, err := s.onlySSO(ctx, org)
		if err != nil {
			return err
		}
		if closed && mine.Way != wayOf(org) {
			s.Stats.SSO.Add(1)
			return errs.New(errs.Forbidden, "sign_in.sso_needed")
		}
		if err := s.d.W(ctx).Model(&sessionRow{}).Where("id = ? AND person = ?", a.Session, a.Person).
			Updates(map[string]any{"org": org, "seen_us": s.clock.Now()}).Error; err != nil {
			return err
		}
		if err := s.leaveGlass(ctx, a); err != nil {
			return err
		}
		if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "session.switched", org, audit.One("org", a.Org, org)); err != nil {
			return err
		}
		return s.d.BumpMaster(ctx)
	})
}
