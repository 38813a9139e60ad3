package identity

import (
	"context"
	"slices"
	"strings"
	"sync"

	"saluran/internal/access"
	"saluran/internal/db"
	"saluran/internal/id"
)

// seats say what the role of an actor means where the actor's organisation has defined it. The tables of the roles in use are
// kept, some two thousand of them; a table belongs to one version of a role under one version of the policies, and so is never
// out of date. The zero value is ready.
type seats struct {
	once sync.Once
	defs *db.Cache[seat, roleRow]

	mu         sync.Mutex
	young, old map[tableKey]*access.OwnRole // what was used since the last turn, and before it
}

type seat struct {
	org  id.ID
	role string
}

type tableKey struct {
	def, version, policy int64
}

// turn is how many tables are young before the old ones are forgotten.
const turn = 1024

// current learns what other instances have changed, before anybody is let in: roles, sessions, policies.
func current(ctx context.Context, d *db.DB, g Gate) error {
	epoch, err := d.FreshEpoch(ctx)
	if err != nil {
		return err
	}
	return g.Follow(ctx, epoch)
}

// take gives an actor the table of its role. A role that is no more, or never was this organisation's, means nothing at all.
func (s *seats) take(ctx context.Context, d *db.DB, g Gate, a access.Actor) (access.Actor, error) {
	if !access.IsOwn(a.Role) {
		return a, nil
	}
	s.once.Do(func() { s.defs = db.NewCache[seat, roleRow](d, 50_000) })
	def, _, err := s.defs.Get(ctx, seat{a.Org, a.Role}, func(ctx context.Context, x seat) (roleRow, error) {
		return findRole(ctx, d, x.org, x.role)
	})
	if err != nil || def.ID == 0 {
		return a, err
	}
	a.Own, err = s.table(ctx, d, g, def)
	return a, err
}

func (s *seats) table(ctx context.Context, d *db.DB, g Gate, def roleRow) (*access.OwnRole, error) {
	k := tableKey{int64(def.ID), def.Version, g.PolicyVersion()}
	s.mu.Lock()
	t := s.young[k]
	if t == nil {
		if t = s.old[k]; t != nil {
			s.keep(k, t)
		}
	}
	s.mu.Unlock()
	if t != nil {
		return t, nil
	}
	grants, err := grantsOf(ctx, d, def.ID, def.Version)
	if err != nil {
		return nil, err
	}
	t, err = g.Compile(access.OwnRole{Org: def.Org, Role: def.Role, Name: def.Name, Version: def.Version}, grants)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.keep(k, t)
	s.mu.Unlock()
	return t, nil
}

// keep holds the lock already.
func (s *seats) keep(k tableKey, t *access.OwnRole) {
	if s.young == nil || len(s.young) >= turn {
		s.young, s.old = map[tableKey]*access.OwnRole{}, s.young
	}
	s.young[k] = t
}

// Staff are the people of an organisation, each as the actor that its role makes of it, by name; at most 300, who have been with the portal
// longest.
func (s *Service) Staff(ctx context.Context, org id.ID) ([]access.Actor, error) {
	var rows []Membership
	if err := s.d.R(ctx).Raw(memberQuery+"m.org = ? AND p.active = ? ORDER BY m.person LIMIT 300", org, true).Scan(&rows).Error; err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(a, b Membership) int { return strings.Compare(a.Name, b.Name) })
	out := make([]access.Actor, 0, len(rows))
	for _, m := range rows {
		a, err := s.seats.take(ctx, s.d, s.gate, access.Actor{Person: m.Person, Name: m.Name, Org: org, OrgName: m.OrgName, Kind: m.OrgKind, Role: m.Role})
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// Seat is an actor of an organisation whom no session stands for: a person whose background work goes on. The role is the one
// that the person has now; without one the actor may do nothing.
func (s *Service) Seat(ctx context.Context, org, person id.ID) (access.Actor, error) {
	m, err := s.member(ctx, org, person)
	if err != nil {
		return access.Actor{}, err
	}
	return s.seats.take(ctx, s.d, s.gate, access.Actor{Person: person, Name: m.Name, Org: org, OrgName: m.OrgName, Kind: m.OrgKind, Role: m.Role})
}
