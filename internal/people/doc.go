// Package people is how people come, go and stay known: invitations, applications of organisations that want to join, leaving
// with the work handed over, the operator's look into an organisation behind glass, and what somebody may ask of the own data.
//
//	invitation:   open → accepted | withdrawn              (an open one that is too old is as good as none)
//	application:  unconfirmed → new ⇄ asked → approved | refused | withdrawn
//
// An invitation is a link sent by mail: whoever opens it reads the letters of that address. It is stored as a hash, works once,
// for a week, while its inviter still may give that role, and says nothing of whether the address has an account: one form serves both. The link of an application is its
// applicant's alone and shows what became of it.
//
// Erasing a person takes name, address, free text and traces out of every table, and leaves what was signed: ids, amounts,
// dates. Nothing that is hashed is touched, so every proof holds.
package people

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/id"
	"saluran/internal/mail"
)

// Gate is the right to do something; see package access.
type Gate interface {
	Require(ctx context.Context, a access.Actor, rel access.Rel, object, action string) error
	Can(a access.Actor, rel access.Rel, object, action string) bool
}

// Accounts are the people who can sign in; see package identity, whose words these are.
type Accounts interface {
	FoldEmail(email string) (string, error)
	RoleFits(ctx context.Context, a access.Actor, role string) error
	MayPart(ctx context.Context, a access.Actor, person id.ID) error
	Ready(ctx context.Context, email, name, lang, password, code, ip, device string) (func(ctx context.Context, by id.By, org id.ID, role string) (id.ID, error), error)
	MayInvite(ctx context.Context, org, person id.ID, role string) (bool, error)
	Enrol(ctx context.Context, by id.By, person, org id.ID, role string) error
	Knows(ctx context.Context, a access.Actor, password string) error
	Sure(ctx context.Context, a access.Actor) error
	ByLetter(ctx context.Context, token, code, ip string) (access.Actor, error)
	EndMembership(ctx context.Context, by id.By, person, org id.ID) error
	Erase(ctx context.Context, person id.ID) error
}

// Firm is an organisation that is to be made for an applicant.
type Firm struct{ Code, Kind, Name, TaxNo, Address, City, Phone string }

// Firms makes organisations and stands them in channels; see package partner.
type Firms interface {
	// Enter makes an organisation and links it below the actor's in a channel, in the transaction of ctx.
	Enter(ctx context.Context, a access.Actor, channel id.ID, f Firm) (org id.ID, err error)
	// Entering counts what enters an organisation under a code, which may be somebody's: it stands around the transaction of Enter.
	Entering(ctx context.Context, a access.Actor, k audit.Key, enter func() error) error
	// Below are the kinds that may stand right below an organisation in a channel; not_found where it has no place there.
	Below(ctx context.Context, org, channel id.ID) ([]string, error)
}

// Duties are what people do for their organisation that somebody must go on doing; see package partner.
type Duties interface {
	Held(ctx context.Context, org, person id.ID) (int64, error)
	HandOver(ctx context.Context, by id.By, org, from, to id.ID) error
}

// Hooks are what else goes on without whoever set it up: endpoints of webhooks and rounds of visits; see packages hook and visit.
type Hooks interface {
	HandOver(ctx context.Context, by id.By, org, from, to id.ID) error
}

// Post sends letters; see package mail.
type Post interface {
	Send(ctx context.Context, m mail.Message) error
}

// Config is what the service stands on.
type Config struct {
	DB       *db.DB
	Clock    clock.Clock
	Gate     Gate
	Post     Post
	Accounts Accounts
	Firms    Firms
	Duties   Duties
	Hooks    Hooks
	Glass    Glass
}

// Service is the use cases.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }
