package identity

import (
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/id"
)

// wayOf is how a session that was opened by an organisation's provider is marked: at most 8 characters, and its own.
func wayOf(org id.ID) string { return trace("sso", org.String())[:8] }

// vouchedWay tells whether a session was opened by an organisation's provider: by none of the ways of a person.
func vouchedWay(way string) bool {
	return !slices.Contains([]string{"", "password", "code", "passkey", "mail"}, way)
}

// stays tells whether a session that a provider opened still acts for the provider's organisation, or looks from there.
func (r actorRow) stays() bool {
	home := r.Org
	if r.Glass != 0 {
		home = r.Home
	}
	return !vouchedWay(r.Way) || r.Way == wayOf(home)
}

// within is the way that the sessions must have come by which an actor may see and end; "" for any.
func (s *Service) within(ctx context.Context, a access.Actor) (way string, err error) {
	if a.Vouched {
		err = s.d.R(ctx).Raw("SELECT way FROM session WHERE id = ? AND person = ?", a.Session, a.Person).Scan(&way).Error
	}
	return way, err
}
