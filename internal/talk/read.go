package talk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/id"
)

type messageRow struct {
	ID          id.ID `gorm:"primaryKey"`
	Talk        id.ID
	N           int64
	Org         id.ID
	Person      id.ID
	APIKey      id.ID `gorm:"column:api_key"`
	Rel         string
	Duty        string
	Internal    bool
	Body        string
	CreatedUs   clock.Instant
	WithdrawnUs clock.Instant
}

func (messageRow) TableName() string { return "message" }

// Person is somebody whom one may mention, or who was.
type Person struct {
	ID      id.ID
	Name    string
	Org     id.ID
	OrgName string
}

// Party is an organisation that takes part.
type Party struct {
	Org  id.ID
	Name string
	Rel  access.Rel
}

// Message is one as its reader sees it. How the conversation counts it is told to nobody: gaps would say that others keep notes.
type Message struct {
	ID        id.ID
	Doc       Doc
	Author    Person
	Rel       access.Rel // of the author's organisation to the document, when it was written
	Duty      string     // for what the author represents it towards the others; "" for nothing
	ByKey     bool       // a program wrote it, with a key of the author
	Internal  bool
	Body      string
	At        clock.Instant
	Withdrawn clock.Instant
	Mentions  []Person
	Files     []files.Attachment
	Mine      bool // its author reads it
	Own       bool // it is of the reader's organisation
	New       bool // not read yet
}

// Conversation is what was said on a document, as its reader sees it.
type Conversation struct {
	Doc      Doc
	Number   string
	Rel      access.Rel
	Parties  []Party
	Messages []Message // oldest first; the latest of them, or those before one
	Older    id.ID     // ask for those before it; 0: these are the first ones
	Last     id.ID     // the latest that is shown
	Unread   int64     // of those that are shown
	MayWrite bool
	People   []Person // whom the reader may mention; nobody where it may not write
}

type shownRow struct {
	Row        messageRow `gorm:"embedded"`
	DocKind    string
	Doc        id.ID
	PersonName string
	OrgName    string
}

// told are the messages that an organisation may see: all that are for everybody, and its own internal ones.
const told = `SELECT m.id, m.talk, m.n, m.org, m.person, m.api_key, m.rel, m.duty, m.internal, m.body, m.created_us, m.withdrawn_us, t.doc_kind, t.doc,
 COALESCE(p.name, '') AS person_name, COALESCE(o.name, '') AS org_name FROM message m JOIN talk t ON t.id = m.talk
 JOIN talk_party y ON y.talk = m.talk AND y.org = ? LEFT JOIN person p ON p.id = m.person LEFT JOIN org o ON o.id = m.org
 WHERE (m.internal = 0 OR m.org = ?) AND `

// row is a message that the actor's organisation may see; its document is asked next. Error: not_found.
func (s *Service) row(ctx context.Context, a access.Actor, message id.ID) (shownRow, error) {
	var rows []shownRow
	if err := s.DB.R(ctx).Raw(told+"m.id = ?", a.Org, a.Org, message).Scan(&rows).Error; err != nil {
		return shownRow{}, fmt.Errorf("message %d: %w", message, err)
	}
	if len(rows) == 0 {
		return shownRow{}, errs.Gone()
	}
	return rows[0], nil
}

// Message is one that the actor may see. Error: not_found.
func (s *Service) Message(ctx context.Context, a access.Actor, message id.ID) (Message, error) {
	m, err := s.row(ctx, a, message)
	if err != nil {
		_ = s.May(ctx, a, Doc{"order", message}) // of none: the work for one of somebody else's
		return Message{}, err
	}
	if err := s.May(ctx, a, Doc{m.DocKind, m.Doc}); err != nil {
		return Message{}, hidden(err)
	}
	all, err := s.shown(ctx, a, []shownRow{m}, m.Row.N)
	if err != nil {
		return Message{}, err
	}
	return all[0], nil
}

// hidden makes of a refusal that there is nothing: a message has no right of its own.
func hidden(err error) error {
	if errs.Is(err, errs.Forbidden) {
		return errs.Gone()
	}
	return err
}

// Of is the conversation on a document: its latest messages, or those before one. Errors: not_found, access.denied.
func (s *Service) Of(ctx context.Context, a access.Actor, d Doc, before id.ID) (Conversation, error) {
	p, err := s.at(ctx, a, d)
	if err != nil {
		return Conversation{}, err
	}
	out := Conversation{Doc: d, Number: p.Number, Rel: p.rel, MayWrite: s.Gate.Can(a, p.rel, "talk", "write")}
	var t struct {
		ID   id.ID
		Upto int64
	}
	err = s.DB.R(ctx).Raw(`SELECT t.id, COALESCE(r.upto, 0) AS upto FROM talk t JOIN talk_party y ON y.talk = t.id AND y.org = ?
		LEFT JOIN talk_read r ON r.talk = t.id AND r.person = ? AND r.org = ? WHERE t.doc = ? AND t.doc_kind = ?`, a.Org, a.Person, a.Org, d.ID, d.Kind).Scan(&t).Error
	if err != nil {
		return out, fmt.Errorf("conversation on %s %d: %w", d.Kind, d.ID, err)
	}
	if t.ID != 0 {
		if err := s.messages(ctx, a, &out, t.ID, before, t.Upto); err != nil {
			return out, err
		}
	}
	if out.Parties, err = s.parties(ctx, p); err == nil && out.MayWrite {
		out.People, err = s.people(ctx, a, p)
	}
	return out, err
}

func (s *Service) messages(ctx context.Context, a access.Actor, out *Conversation, talk, before id.ID, upto int64) error {
	cond, args := "m.talk = ?", []any{a.Org, a.Org, talk}
	if before != 0 {
		at, err := s.row(ctx, a, before)
		if err != nil || at.Row.Talk != talk {
			return errs.Gone()
		}
		cond, args = cond+" AND m.n < ?", append(args, at.Row.N)
	}
	var rows []shownRow
	if err := s.DB.R(ctx).Raw(told+cond+" ORDER BY m.n DESC LIMIT ?", append(args, PageSize+1)...).Scan(&rows).Error; err != nil {
		return fmt.Errorf("messages of %d: %w", talk, err)
	}
	if len(rows) > PageSize {
		rows = rows[:PageSize]
		out.Older = rows[PageSize-1].Row.ID
	}
	slices.Reverse(rows)
	var err error
	out.Messages, err = s.shown(ctx, a, rows, upto)
	for _, m := range out.Messages {
		out.Last = m.ID
		if m.New {
			out.Unread++
		}
	}
	return err
}

// shown makes messages of rows that the actor may see, with whom they mention and their files: one question for each.
func (s *Service) shown(ctx context.Context, a access.Actor, rows []shownRow, upto int64) ([]Message, error) {
	ids := make([]id.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.Row.ID
	}
	var all []struct {
		Message id.ID
		Person  Person `gorm:"embedded"`
	}
	if len(ids) > 0 {
		err := s.DB.R(ctx).Raw(`SELECT x.message, x.person AS id, COALESCE(p.name, '') AS name, x.org, COALESCE(o.name, '') AS org_name FROM mention x
			LEFT JOIN person p ON p.id = x.person LEFT JOIN org o ON o.id = x.org WHERE x.message IN ? ORDER BY x.message, p.name`, ids).Scan(&all).Error
		if err != nil {
			return nil, fmt.Errorf("mentions: %w", err)
		}
	}
	attached, err := s.Files.OfMany(ctx, a, "message", ids)
	if err != nil {
		return nil, err
	}
	out := make([]Message, len(rows))
	for i, x := range rows {
		r := x.Row
		m := Message{ID: r.ID, Doc: Doc{x.DocKind, x.Doc}, Author: Person{r.Person, x.PersonName, r.Org, x.OrgName}, Rel: access.Rel(r.Rel), Duty: r.Duty, ByKey: r.APIKey != 0,
			Internal: r.Internal, At: r.CreatedUs, Withdrawn: r.WithdrawnUs, Own: r.Org == a.Org, Mine: r.Org == a.Org && r.Person == a.Person}
		m.New = r.N > upto && !m.Mine
		if r.WithdrawnUs == 0 { // what a withdrawn one said is shown to nobody
			m.Body, m.Files = r.Body, attached[r.ID]
			for _, y := range all {
				if y.Message == r.ID {
					m.Mentions = append(m.Mentions, y.Person)
				}
			}
		}
		out[i] = m
	}
	return out, nil
}

// State says in few characters which messages are shown, and how: it differs where a page of before is out of date.
func (c Conversation) State() string {
	gone := 0
	for _, m := range c.Messages {
		if m.Withdrawn != 0 {
			gone++
		}
	}
	return c.Last.String() + "." + strconv.Itoa(gone)
}

// parties are the organisations of a document, the seller first.
func (s *Service) parties(ctx context.Context, p place) ([]Party, error) {
	orgs := make([]id.ID, 0, len(p.Parties))
	for org := range p.Parties {
		orgs = append(orgs, org)
	}
	var out []Party
	if err := s.DB.R(ctx).Raw("SELECT id AS org, name FROM org WHERE id IN ?", orgs).Scan(&out).Error; err != nil {
		return nil, fmt.Errorf("parties of %s %d: %w", p.Kind, p.ID, err)
	}
	for i := range out {
		out[i].Rel = p.Parties[out[i].Org]
	}
	slices.SortFunc(out, func(x, y Party) int { return -cmp.Compare(x.Rel, y.Rel) })
	return out, nil
}

// people are those whom the actor may mention: colleagues who read this conversation, and who of the other side has written in it
// and still works there.
func (s *Service) people(ctx context.Context, a access.Actor, p place) ([]Person, error) {
	staff, err := s.Staff.Staff(ctx, a.Org)
	if err != nil {
		return nil, err
	}
	var out []Person
	for _, who := range staff {
		if who.Person != a.Person && s.Reads(who, p.rel, p.Kind) {
			out = append(out, Person{who.Person, who.Name, a.Org, a.OrgName})
		}
	}
	var others []Person
	err = s.DB.R(ctx).Raw(`SELECT DISTINCT m.person AS id, p.name, m.org, o.name AS org_name FROM message m JOIN talk t ON t.id = m.talk AND t.doc = ? AND t.doc_kind = ?
		JOIN membership s ON s.person = m.person AND s.org = m.org JOIN person p ON p.id = m.person JOIN org o ON o.id = m.org
		WHERE m.internal = 0 AND m.org <> ? ORDER BY o.name, p.name LIMIT 100`, p.ID, p.Kind, a.Org).Scan(&others).Error
	if err != nil {
		return nil, fmt.Errorf("people of %s %d: %w", p.Kind, p.ID, err)
	}
	return append(out, others...), nil
}

// Reads tells whether an actor whose organisation stands so to a document of a kind reads conversations on it.
func (s *Service) Reads(a access.Actor, rel access.Rel, kind string) bool {
	return s.Gate.Can(a, rel, kind, "read") && s.Gate.Can(a, rel, "talk", "read") && (kind != "order" || s.Gate.Can(a, rel, "invoice", "read"))
}
