package people

import (
	"cmp"
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Remove takes somebody out of the acting organisation, who hands over what is still to be done to heir (0: nothing is). Sessions
// and keys of the API that acted for the organisation end at once; webhooks go to the heir, and without one are switched off; what
// the person did keeps the name.
//
// Right: person manage. Errors: not_found, person.last_owner, person.open_work {n}, invalid_fields (heir).
func (s *Service) Remove(ctx context.Context, a access.Actor, k audit.Key, person, heir id.ID) error {
	if err := s.Gate.Require(ctx, a, access.Own, "person", "manage"); err != nil {
		return err
	}
	return s.part(ctx, a, k, person, heir)
}

// Leave is Remove of oneself, out of the organisation that one acts for; nobody needs a right for it.
func (s *Service) Leave(ctx context.Context, a access.Actor, k audit.Key, heir id.ID) error {
	if a.Glass != 0 {
		return errs.New(errs.Forbidden, "glass.read_only")
	}
	return s.part(ctx, a, k, a.Person, heir)
}

func (s *Service) part(ctx context.Context, a access.Actor, k audit.Key, person, heir id.ID) error {
	_, _, err := audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		if err := s.Accounts.MayPart(ctx, a, person); err != nil {
			return 0, err
		}
		if err := s.handOver(ctx, a.By(), a.Org, person, heir); err != nil {
			return 0, err
		}
		return person, s.Accounts.EndMembership(ctx, a.By(), person, a.Org)
	})
	return err
}

// HandOver gives what somebody represents and is working on to a colleague, who goes on with it. Right: person manage; one's own
// work anybody may hand over. Errors: not_found, invalid_fields (heir).
func (s *Service) HandOver(ctx context.Context, a access.Actor, k audit.Key, person, heir id.ID) error {
	if person != a.Person {
		if err := s.Gate.Require(ctx, a, access.Own, "person", "manage"); err != nil {
			return err
		}
	}
	if a.Glass != 0 {
		return errs.New(errs.Forbidden, "glass.read_only")
	}
	_, _, err := audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		if member, err := s.member(ctx, a.Org, person); err != nil || !member {
			return 0, orGone(err)
		}
		if heir == 0 {
			return 0, errs.OnFields("invalid_fields", errs.F("heir", "person.heir"))
		}
		return person, s.handOver(ctx, a.By(), a.Org, person, heir)
	})
	return err
}

func (s *Service) handOver(ctx context.Context, by id.By, org, person, heir id.ID) error {
	member, err := s.member(ctx, org, person)
	if err != nil || !member {
		return orGone(err)
	}
	open, err := s.Duties.Held(ctx, org, person)
	if err != nil {
		return err
	}
	if heir == 0 {
		if open > 0 {
			return errs.New(errs.Conflict, "person.open_work", "n", id.ID(open).String())
		}
		return nil
	}
	fits, err := s.member(ctx, org, heir)
	if err != nil {
		return err
	}
	if !fits || heir == person {
		return errs.OnFields("invalid_fields", errs.F("heir", "person.heir"))
	}
	if err := s.Duties.HandOver(ctx, by, org, person, heir); err != nil {
		return err
	}
	if err := s.Hooks.HandOver(ctx, by, org, person, heir); err != nil {
		return err
	}
	return audit.Record(ctx, s.DB, by, s.Clock.Now(), "person.handed_over", person, audit.Diff(map[string][2]any{"to": {"", heir.String()}}))
}

// OpenWork is how much somebody would leave behind. Right: person manage, or one's own.
func (s *Service) OpenWork(ctx context.Context, a access.Actor, person id.ID) (int64, error) {
	if person != a.Person {
		if err := s.Gate.Require(ctx, a, access.Own, "person", "manage"); err != nil {
			return 0, err
		}
	}
	return s.Duties.Held(ctx, a.Org, person)
}

func (s *Service) member(ctx context.Context, org, person id.ID) (bool, error) {
	var n int64
	err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM membership WHERE org = ? AND person = ?", org, person).Scan(&n).Error
	return n > 0, err
}

func orGone(err error) error {
	if err == nil {
		return errs.Gone()
	}
	return err
}

// Colleague is somebody of one's own organisation.
type Colleague struct {
	Person id.ID
	Name   string
	Role   string
}

// Colleagues are the people of the acting organisation, for those who choose one of them, by name: at most 200, those who came first.
// They see each other's names.
func (s *Service) Colleagues(ctx context.Context, a access.Actor) ([]Colleague, error) {
	var rows []Colleague
	if a.Glass != 0 {
		return nil, nil
	}
	err := s.DB.R(ctx).Raw("SELECT m.person, p.name, m.role FROM membership m"+s.DB.InOrder()+"person p ON p.id = m.person WHERE m.org = ? AND p.active = ? ORDER BY m.person LIMIT 200",
		a.Org, true).Scan(&rows).Error
	slices.SortStableFunc(rows, func(a, b Colleague) int { return cmp.Compare(a.Name, b.Name) })
	return rows, err
}
