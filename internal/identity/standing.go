package identity

import (
	"context"

	"saluran/internal/id"
)

// standing is where somebody tries from, and whether the account is known there.
type standing struct {
	net   string
	known string // what the account is known by: its device, or the network; "" for a stranger
}

// standing looks at a device's cookie and at the networks of late. Programs that sign in by the API have no cookie: theirs is the
// network.
func (s *Service) standing(ctx context.Context, device, ip, email string, person id.ID) (standing, error) {
	out := standing{net: place(ip)}
	if s.knows(device, email) {
		out.known = "device " + device
		return out, nil
	}
	known, err := s.familiar(ctx, person, out.net)
	if known {
		out.known = out.net
	}
	return out, err
}

// password is whom a password is counted for.
func (from standing) password(email string) []name {
	if from.known != "" {
		return []name{own(freePair, "account", email, from.known)}
	}
	return []name{own(freePair, "account", email, from.net), shared(freeAddress, "address", from.net), shared(freeAccount, "everywhere", email)}
}

// second is whom a second factor is counted for: the person always.
func (from standing) second(person id.ID) []name {
	if from.known != "" {
		return []name{own(freePair, "second", person.String(), from.known), shared(never, "second", person.String())}
	}
	return []name{shared(freeAccount, "second", person.String()), shared(freeAddress, "second address", from.net)}
}
