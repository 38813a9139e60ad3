package notice

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm/clause"

	"saluran/internal/access"
	"saluran/internal/db"
	"saluran/internal/id"
)

// News is something that happened, for the people of organisations.
type News struct {
	Event    string
	Kind     string
	Doc      id.ID
	Number   string
	Parties  map[id.ID]access.Rel
	ByOrg    id.ID
	ByPerson id.ID
	Origin   string // of all that tells the same the same: at most 60 characters
	// People are those who hear, and in which organisation; nil: those whom the event concerns.
	People map[id.ID]id.ID
}

// Tell makes notices in the transaction of ctx, or in one of its own: of each person at most one for an origin.
func (s *Service) Tell(ctx context.Context, n News) error {
	e, ok := byName[n.Event]
	if !ok {
		return fmt.Errorf("no such event: %s", n.Event)
	}
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		for org, rel := range n.Parties {
			if e.Others && org == n.ByOrg || !slices.Contains(e.Rels, rel) {
				continue
			}
			staff, err := s.staff(ctx, org)
			if err != nil {
				return err
			}
			var who []id.ID
			for _, a := range staff {
				named := n.People[a.Person] == org
				if a.Person != n.ByPerson && (n.People == nil || named) && s.concerns(a, e, rel, n.Kind) {
					who = append(who, a.Person)
				}
			}
			if err := s.file(ctx, n, org, rel, who); err != nil {
				return err
			}
		}
		return nil
	})
}

type staffKey struct{}

// remembering lets the people of an organisation be read once for many facts.
func remembering(ctx context.Context) context.Context {
	return context.WithValue(ctx, staffKey{}, map[id.ID][]access.Actor{})
}

func (s *Service) staff(ctx context.Context, org id.ID) ([]access.Actor, error) {
	known, _ := ctx.Value(staffKey{}).(map[id.ID][]access.Actor)
	if all, ok := known[org]; ok {
		return all, nil
	}
	all, err := s.Staff.Staff(ctx, org)
	if known != nil && err == nil {
		known[org] = all
	}
	return all, err
}

// file writes the notices of one organisation, as each of its people wants to hear.
func (s *Service) file(ctx context.Context, n News, org id.ID, rel access.Rel, who []id.ID) error {
	if len(who) == 0 {
		return nil
	}
	choices, err := s.choices(ctx, org, n.Event, who)
	if err != nil {
		return err
	}
	hours, err := s.hoursOf(ctx, org, who)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	var rows []row
	var woken []id.ID
	for _, p := range who {
		c := choices[p]
		if !c.InApp && c.Mail == None {
			continue
		}
		r := row{ID: s.DB.IDs.Next(), Person: p, Org: org, Event: n.Event, DocKind: n.Kind, Doc: n.Doc, Rel: string(rel), Number: n.Number, ByOrg: n.ByOrg, ByPerson: n.ByPerson,
			Origin: n.Origin, InApp: c.InApp, Mail: c.Mail, CreatedUs: now}
		if c.Mail == Once {
			r.MailUs = hours[p].clear(now)
		}
		if c.Mail == Digest && !hours[p].kept {
			if err := s.keep(ctx, hours[p].starting(now)); err != nil {
				return err
			}
		}
		rows, woken = append(rows, r), append(woken, p)
	}
	for part := range slices.Chunk(rows, 100) {
		if err := s.DB.W(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&part).Error; err != nil {
			return fmt.Errorf("notices: %w", err)
		}
	}
	if s.Changed != nil && len(woken) > 0 {
		db.AfterCommit(ctx, func() { s.Changed(woken...) })
	}
	return nil
}
