package identity

import (
	"saluran/internal/clock"
	"saluran/internal/id"
)

type personRow struct {
	ID        id.ID `gorm:"primaryKey"`
	Email     string
	Name      string
	Password  string
	Lang      string
	Active    bool
	CreatedUs clock.Instant
	Version   int64
	// ConfirmedUs is when the account's mailbox was first proven; 0: never, see Service.proven.
	ConfirmedUs clock.Instant
}

func (personRow) TableName() string { return "person" }

func (r personRow) person() Person {
	return Person{r.ID, r.Email, r.Name, r.Lang, r.Active, r.Version}
}

type memberRow struct {
	Person    id.ID `gorm:"primaryKey"`
	Org       id.ID `gorm:"primaryKey"`
	Role      string
	CreatedUs clock.Instant
}

func (memberRow) TableName() string { return "membership" }

type sessionRow struct {
	ID        id.ID `gorm:"primaryKey"`
	TokenHash []byte
	Person    id.ID
	Org       id.ID
	Kind      string
	Csrf      string
	Ip        string
	Agent     string
	CreatedUs clock.Instant
	SeenUs    clock.Instant
	ExpiresUs clock.Instant
	EndedUs   clock.Instant
	Way       string
	FreshUs   clock.Instant
}

func (sessionRow) TableName() string { return "session" }

func (r sessionRow) session() Session {
	return Session{ID: r.ID, Person: r.Person, Org: r.Org, Kind: r.Kind, CSRF: r.Csrf, Created: r.CreatedUs, Expires: r.ExpiresUs, Vouched: vouchedWay(r.Way)}
}

// actorRow is what a request needs to know of a session, in one read.
type actorRow struct {
	ID        id.ID
	Person    id.ID
	Name      string
	Lang      string
	Org       id.ID
	OrgName   string
	Kind      string
	Zone      string
	Role      string
	Csrf      string
	ExpiresUs clock.Instant
	SeenUs    clock.Instant
	Way       string

	Glass        id.ID // an operator's look into the organisation; 0 for who belongs to it
	GlassUntilUs clock.Instant
	Home         id.ID // of the look: the organisation that it came from
}

const actorQuery = `SELECT s.id, s.person, p.name, p.lang, s.org, o.name AS org_name, o.kind, o.zone, m.role, s.csrf, s.expires_us, s.seen_us, s.way
FROM session s JOIN person p ON p.id = s.person JOIN org o ON o.id = s.org JOIN membership m ON m.person = s.person AND m.org = s.org
WHERE s.token_hash = ? AND s.ended_us = 0 AND p.active = ? AND o.active = ?`
