package identity

import (
	"context"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/errs"
)

// Explained is a decision with what somebody can do about it.
type Explained struct {
	access.Decision
	Roles  []Membership // roles of the organisation that may: only Role and RoleName are set
	People []Membership // who has one of them, if the asker may see people
}

// Args are what the sentence of the decision names.
func (e Explained) Args() errs.Args {
	role := e.Role
	if e.Name != "" {
		role = e.Name
	}
	return errs.Args{"role": role, "kind": e.Kind, "rel": string(e.Rel), "object": e.Object, "action": e.Action, "line": strconv.Itoa(e.Line)}
}

// Explain says why the acting person may do something to a sort of object, or may not, and which roles of the organisation may,
// and who has them. It speaks of sorts of objects alone, and so of nothing that exists. Right: to be signed in.
func (s *RoleBook) Explain(ctx context.Context, a access.Actor, rel access.Rel, object, action string) (Explained, error) {
	e := Explained{Decision: s.gate.Why(a, rel, object, action)}
	var names []string
	for _, r := range s.gate.Instead(a.Kind, rel, object, action) {
		e.Roles = append(e.Roles, Membership{Role: r})
		names = append(names, r)
	}
	own, err := s.Tables(ctx, a)
	if err != nil {
		return e, err
	}
	for _, o := range own {
		if s.gate.Can(o, rel, object, action) {
			e.Roles = append(e.Roles, Membership{Role: o.Role, RoleName: o.Own.Name})
			names = append(names, o.Role)
		}
	}
	e.People, err = s.Holders(ctx, a, names)
	return e, err
}
