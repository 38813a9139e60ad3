package talk

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/id"
)

// Bounds of a message.
const (
	MaxBody     = 4000 // characters
	MaxFiles    = 10
	MaxMentions = 20
	PageSize    = 30 // messages that are shown at once
	// Burst is how many messages one person writes in a minute at most.
	Burst = 20
)

// Kinds are the documents on which people talk.
var Kinds = []string{"order", "shipment", "invoice", "payment"}

// Doc names a document.
type Doc struct {
	Kind string
	ID   id.ID
}

// Paper is a document as an actor sees it: its parties, as what each takes part.
type Paper struct {
	Number  string
	Parties map[id.ID]access.Rel
	Blind   bool // the actor reads it without its money: people write of that, so what they write is not shown
}

// Find finds a document for an actor, with the rights of reading it. Errors: not_found, access.denied.
type Find func(ctx context.Context, a access.Actor, doc id.ID) (Paper, error)

// Config is what the service stands on.
type Config struct {
	DB     *db.DB
	Clock  clock.Clock
	Gate   *access.Gate
	Files  *files.Service
	Staff  Staff
	Duties Duties
	// Told is called in the transaction of each message, once it stands; nil: nobody is told.
	Told func(ctx context.Context, n News) error
	// Changed is called when something of a document's conversation has changed and is committed; nil: nobody listens.
	Changed func(doc id.ID)
}

// News is a message that was just written.
type News struct {
	Doc
	Number    string
	Message   id.ID
	Author    id.ID
	Org       id.ID
	Internal  bool
	Parties   map[id.ID]access.Rel
	Mentioned map[id.ID]id.ID // person → organisation
	Involved  map[id.ID]id.ID // who has written in the conversation, or was mentioned in it, or whose work the document is
}

// Service keeps conversations. It is safe for concurrent use.
type Service struct {
	Config
	finds map[string]Find
}

// New makes the service. Register the kinds of documents before it is used.
func New(c Config) *Service {
	s := &Service{c, map[string]Find{}}
	c.Files.Register("message", s.standing)
	return s
}

// Register says how documents of a kind are found.
func (s *Service) Register(kind string, find Find) { s.finds[kind] = find }

// place is a document as an actor reads it with its conversation.
type place struct {
	Doc
	Paper
	rel access.Rel
}

// at finds a document whose conversation the actor may read.
func (s *Service) at(ctx context.Context, a access.Actor, d Doc) (place, error) {
	find := s.finds[d.Kind]
	if find == nil || d.ID <= 0 {
		return place{}, errs.Gone()
	}
	p, err := find(ctx, a, d.ID)
	if err != nil {
		return place{}, err
	}
	rel, party := p.Parties[a.Org]
	if !party {
		return place{}, errs.Gone()
	}
	if p.Blind {
		return place{}, errs.New(errs.Forbidden, "access.denied", "role", a.Role, "object", "talk", "action", "read")
	}
	return place{d, p, rel}, s.Gate.Require(ctx, a, rel, "talk", "read")
}

// May tells whether the conversation of a document is open to the actor now. Errors: not_found, access.denied.
func (s *Service) May(ctx context.Context, a access.Actor, d Doc) error {
	_, err := s.at(ctx, a, d)
	return err
}

// standing tells files how an actor stands to a message: as to its document, where it sees the message.
func (s *Service) standing(ctx context.Context, a access.Actor, message id.ID) (files.Standing, error) {
	m, err := s.row(ctx, a, message)
	if err != nil {
		return files.Standing{}, err
	}
	p, err := s.at(ctx, a, Doc{m.DocKind, m.Doc})
	if err != nil {
		return files.Standing{}, err
	}
	if m.Row.WithdrawnUs != 0 {
		return files.Standing{}, errs.Gone()
	}
	return files.Standing{Rel: p.rel}, nil
}
