package notice

import (
	"context"
	"log/slog"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/id"
	"saluran/internal/mail"
)

// Config is what the service stands on.
type Config struct {
	DB     *db.DB
	Clock  clock.Clock
	Log    *slog.Logger
	Gate   *access.Gate
	Staff  Staff
	Papers Papers
	Post   Post
	// Talks tells whether an actor whose organisation stands so to a document of a kind reads conversations on it.
	Talks func(a access.Actor, rel access.Rel, kind string) bool
	// Placed is asked, before the transaction in which orders are told that were placed, what else must be written of them, and does it in
	// that transaction; nil, or nil as its answer: nothing.
	Placed func(ctx context.Context, orders []id.ID) (write func(context.Context) error, err error)
	// Changed is called when somebody's notices have changed and that is committed; nil: nobody listens.
	Changed func(people ...id.ID)
}

// Service keeps notices. It is safe for concurrent use.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

// Staff are the people of organisations, as the actors that their roles make of them.
type Staff interface {
	Staff(ctx context.Context, org id.ID) ([]access.Actor, error)
	Seat(ctx context.Context, org, person id.ID) (access.Actor, error)
}

// Paper is a document as its notices name it.
type Paper struct {
	ID      id.ID
	Number  string
	Status  string
	Parties map[id.ID]access.Rel
}

// Papers finds documents for the program, whoever their parties are.
type Papers interface {
	Papers(ctx context.Context, kind string, docs []id.ID) (map[id.ID]Paper, error)
}

// Post sends letters, in the transaction of ctx.
type Post interface {
	Send(ctx context.Context, m mail.Message) error
}

type row struct {
	ID        id.ID `gorm:"primaryKey"`
	Person    id.ID
	Org       id.ID
	Event     string
	DocKind   string
	Doc       id.ID
	Rel       string
	Number    string
	ByOrg     id.ID
	ByPerson  id.ID
	Origin    string
	InApp     bool
	Mail      string
	CreatedUs clock.Instant
	ReadUs    clock.Instant
	MailUs    clock.Instant
	MailedUs  clock.Instant
}

func (row) TableName() string { return "notice" }

// concerns tells whether an actor hears of an event on a side: it may do something about it, and reads the record.
func (s *Service) concerns(a access.Actor, e Event, rel access.Rel, kind string) bool {
	if !s.reads(a, e.Name, rel, kind) {
		return false
	}
	for _, r := range e.Rights {
		object, action, _ := strings.Cut(r, ":")
		if s.Gate.Can(a, rel, object, action) || object == "agreement" && s.Gate.Can(a, access.Own, object, action) {
			return true
		}
	}
	return len(e.Rights) == 0
}

// reads tells whether an actor reads the record of a notice now.
func (s *Service) reads(a access.Actor, event string, rel access.Rel, kind string) bool {
	switch {
	case event == "mention" || event == "message":
		return s.Talks(a, rel, kind)
	case event == "terms.offered" && !s.Gate.Drafts(a, rel):
		return false
	case kind == "limit":
		return s.Gate.Can(a, rel, "agreement", "read") || s.Gate.Can(a, access.Own, "agreement", "read")
	}
	return s.Gate.Can(a, rel, kind, "read")
}

// visible is the condition under which notices (n) lead an actor to what it may read now; "" for none at all.
func (s *Service) visible(a access.Actor) (string, []any) {
	var parts []string
	var args []any
	add := func(event, cond string, kinds []string, rels ...access.Rel) {
		for _, kind := range kinds {
			var may []string
			for _, rel := range rels {
				if s.reads(a, event, rel, kind) {
					may = append(may, string(rel))
				}
			}
			if len(may) > 0 {
				parts, args = append(parts, "(n.doc_kind = ? AND n.rel IN ? AND "+cond+")"), append(args, kind, may)
			}
		}
	}
	docs := []string{"order", "shipment", "invoice", "payment"}
	add("", "n.event NOT IN ('mention','message')", append(docs[:4:4], "limit"), both...)
	add("mention", "n.event IN ('mention','message')", docs, both...)
	add("", "n.event <> 'terms.offered'", []string{"link", "job"}, access.Own)
	add("", "n.event <> 'terms.offered'", []string{"link"}, access.Seller, access.Buyer)
	add("terms.offered", "n.event = 'terms.offered'", []string{"link"}, access.Own, access.Seller, access.Buyer)
	return strings.Join(parts, " OR "), args
}
