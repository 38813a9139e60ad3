package people

import (
	"context"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Erasure says that somebody was erased: a person who signed in, or (Org) a consumer whom an organisation had entered.
type Erasure struct {
	Person id.ID         `gorm:"column:subject"`
	Org    id.ID         `gorm:"column:org"`
	At     clock.Instant `gorm:"column:at_us"`
}

// Erasures are all that there were, oldest first: numbers alone. They are for the command line, whose user holds the database; a backup
// of before has those people in it, and EraseAgain takes them out when it is restored.
func (s *Service) Erasures(ctx context.Context) (all []Erasure, err error) {
	err = s.DB.R(ctx).Raw("SELECT subject, org, at_us FROM erasure ORDER BY id").Scan(&all).Error
	return all, err
}

// EraseAgain erases somebody who was erased before, and whom a restored backup still knows; false where it knows them no more. Nobody
// is asked: what the person was responsible for goes to a colleague, and an organisation whose last owner it was then has none, as the
// backup is from before it was handed over. For the command line.
func (s *Service) EraseAgain(ctx context.Context, e Erasure) (done bool, err error) {
	err = s.DB.InTx(ctx, func(ctx context.Context) error {
		done = false
		if err := s.DB.BumpMaster(ctx); err != nil {
			return err
		}
		var there int64
		err := s.DB.R(ctx).Raw(`SELECT (SELECT COUNT(*) FROM person WHERE id = ? AND active = ?) + (SELECT COUNT(*) FROM org WHERE id = ? AND kind = 'consumer')
 - (SELECT COUNT(*) FROM erasure WHERE subject = ? AND org = ?)`, e.Person, true, e.Org, e.Person, e.Org).Scan(&there).Error
		if err != nil || there <= 0 {
			return err
		}
		done = true
		if e.Org != 0 {
			return s.eraseConsumer(ctx, id.By{}, e.Org)
		}
		if err := s.putOut(ctx, e.Person); err != nil {
			return err
		}
		return s.erasePerson(ctx, id.By{}, e.Person)
	})
	return done, err
}

// putOut ends every membership of somebody.
func (s *Service) putOut(ctx context.Context, person id.ID) error {
	var of []struct {
		Org, Heir id.ID
		Kind      string
	}
	err := s.DB.R(ctx).Raw(`SELECT m.org, o.kind, COALESCE((SELECT MIN(c.person) FROM membership c JOIN person p ON p.id = c.person
 WHERE c.org = m.org AND c.person <> m.person AND c.role = 'owner' AND p.active = ?), (SELECT MIN(c.person) FROM membership c JOIN person p ON p.id = c.person
 WHERE c.org = m.org AND c.person <> m.person AND p.active = ?), 0) AS heir FROM membership m JOIN org o ON o.id = m.org WHERE m.person = ? ORDER BY m.org`, true, true, person).Scan(&of).Error
	if err != nil {
		return err
	}
	for _, m := range of {
		by := id.By{Org: m.Org}
		if m.Kind == "consumer" {
			err = s.eraseConsumer(ctx, by, m.Org)
		} else if m.Heir != 0 {
			err = s.handOver(ctx, by, m.Org, person, m.Heir)
		}
		if err != nil {
			return err
		}
		if m.Kind != "consumer" {
			err = s.Accounts.EndMembership(ctx, by, person, m.Org)
		}
		if m.Kind == "consumer" || errs.CodeOf(err) == "person.last_owner" {
			err = s.DB.W(ctx).Exec("DELETE FROM membership WHERE person = ? AND org = ?", person, m.Org).Error
		}
		if err != nil {
			return err
		}
	}
	return nil
}
