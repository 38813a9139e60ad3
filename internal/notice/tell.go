package notice

import (
	"context"
	"fmt"
	"maps"
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

// Tell makes notices in the transaction of ctx, or in one of its own: of each person at most one for an origin. Who hears, and how,
// is read before that transaction begins, so that the trade waits for nothing but the rows.
func (s *Service) Tell(ctx context.Context, news ...News) error {
	b, err := s.gather(ctx, news)
	if err != nil || len(b.rows) == 0 {
		return err
	}
	return s.DB.InTx(ctx, func(ctx context.Context) error { return s.file(ctx, b) })
}

// heard is one piece of news for one person in one organisation.
type heard struct {
	*News
	org    id.ID
	rel    access.Rel
	person id.ID
}

// batch is what is to be written of some news.
type batch struct {
	rows   []row
	begin  []hoursRow // whose first digest is to be kept in mind
	people []id.ID
}

// hearers are those whom news concern. The people of an organisation are read once.
func (s *Service) hearers(ctx context.Context, news []News) (all []heard, err error) {
	staff := map[id.ID][]access.Actor{}
	for i := range news {
		n := &news[i]
		e, ok := byName[n.Event]
		if !ok {
			return nil, fmt.Errorf("no such event: %s", n.Event)
		}
		for _, org := range slices.Sorted(maps.Keys(n.Parties)) { // in one order: what is written is numbered
			rel := n.Parties[org]
			if e.Others && org == n.ByOrg || !slices.Contains(e.Rels, rel) {
				continue
			}
			if _, ok := staff[org]; !ok {
				if staff[org], err = s.Staff.Staff(ctx, org); err != nil {
					return nil, err
				}
			}
			for _, a := range staff[org] {
				named := n.People[a.Person] == org
				if a.Person != n.ByPerson && (n.People == nil || named) && s.concerns(a, e, rel, n.Kind) {
					all = append(all, heard{n, org, rel, a.Person})
				}
			}
		}
	}
	return all, nil
}

// asked is of how many hearers the wishes are read by one question: an engine takes some ten thousand values.
const asked = 2000

// gather makes the notices of news as each of its people wants to hear: a bounded number of questions beside those for the people.
func (s *Service) gather(ctx context.Context, news []News) (b batch, err error) {
	all, err := s.hearers(ctx, news)
	begun := map[seat]bool{}
	for part := range slices.Chunk(all, asked) {
		if err == nil {
			err = s.gatherSome(ctx, part, begun, &b)
		}
	}
	return b, err
}

func (s *Service) gatherSome(ctx context.Context, all []heard, begun map[seat]bool, b *batch) error {
	choices, err := s.choices(ctx, all)
	if err != nil {
		return err
	}
	seats := make([]seat, len(all))
	for i, h := range all {
		seats[i] = seat{h.org, h.person}
	}
	hours, err := s.hoursOf(ctx, seats...)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	for i, h := range all {
		c, ok := choices[choiceRow{Person: h.person, Org: h.org, Event: h.Event}]
		if !ok {
			c = usual(h.Event)
		}
		if !c.InApp && c.Mail == None {
			continue
		}
		r := row{ID: s.DB.IDs.Next(), Person: h.person, Org: h.org, Event: h.Event, DocKind: h.Kind, Doc: h.Doc, Rel: string(h.rel), Number: h.Number, ByOrg: h.ByOrg, ByPerson: h.ByPerson,
			Origin: h.Origin, InApp: c.InApp, Mail: c.Mail, CreatedUs: now}
		mine := hours[seats[i]]
		if c.Mail == Once {
			r.MailUs = mine.clear(now)
		}
		if c.Mail == Digest && !mine.kept && !begun[seats[i]] {
			begun[seats[i]], b.begin = true, append(b.begin, mine.starting(now))
		}
		b.rows, b.people = append(b.rows, r), append(b.people, h.person)
	}
	return nil
}

// file writes a batch, in the transaction of ctx.
func (s *Service) file(ctx context.Context, b batch) error {
	for part := range slices.Chunk(b.begin, 100) {
		if err := s.DB.W(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&part).Error; err != nil {
			return fmt.Errorf("hours of notices: %w", err)
		}
	}
	for part := range slices.Chunk(b.rows, 100) {
		if err := s.DB.W(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&part).Error; err != nil {
			return fmt.Errorf("notices: %w", err)
		}
	}
	if s.Changed != nil && len(b.people) > 0 {
		db.AfterCommit(ctx, func() { s.Changed(b.people...) })
	}
	return nil
}
