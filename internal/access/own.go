package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"saluran/internal/id"
)

// OwnPrefix begins the roles that organisations define for themselves; the rest is the number of the definition.
const OwnPrefix = "own:"

// Grant is one thing that a role may do.
type Grant struct {
	Rel    Rel
	Object string
	Action string
}

// OwnRole is a role that an organisation has defined, compiled. It never changes once made, and is safe for concurrent use.
type OwnRole struct {
	Org     id.ID
	Role    string // OwnPrefix and its number
	Name    string
	Version int64
	allowed map[Grant]struct{}
}

// has tells whether the role, held by an actor of its organisation, grants it. Nobody else's role grants anything.
func (o *OwnRole) has(a Actor, rel Rel, object, action string) bool {
	if o.Org != a.Org || o.Role != a.Role {
		return false
	}
	_, ok := o.allowed[Grant{rel, object, action}]
	return ok
}

// IsOwn tells whether a role is one that an organisation has defined.
func IsOwn(role string) bool { return strings.HasPrefix(role, OwnPrefix) }

// Compile makes a table of an organisation's own role: what it grants is put to a casbin enforcer under the model in force, a
// small one for each relation. Grants that the vocabulary does not have are left out. What the kind of the organisation and its
// topmost role may do stays the limit, at each decision (see Can).
func (g *Gate) Compile(o OwnRole, all []Grant) (*OwnRole, error) {
	d := g.now.Load()
	o.allowed = map[Grant]struct{}{}
	if !IsOwn(o.Role) {
		return nil, fmt.Errorf("access: %q is no role of an organisation's own", o.Role)
	}
	byRel := map[Rel][]rule{}
	for _, x := range all {
		if d.knows(x.Rel, x.Object, x.Action) {
			byRel[x.Rel] = append(byRel[x.Rel], rule{tuple{o.Role, string(x.Rel), x.Object, x.Action}, "allow"})
		}
	}
	for rel, rules := range byRel {
		e, err := enforcer(d.text.Model, rules)
		if err != nil {
			return nil, fmt.Errorf("access: %w", err)
		}
		for _, r := range rules {
			ok, err := e.Enforce(r.role, r.rel, r.obj, r.act)
			if err != nil {
				return nil, fmt.Errorf("access: %w", err)
			}
			if ok {
				o.allowed[Grant{rel, r.obj, r.act}] = struct{}{}
			}
		}
	}
	return &o, nil
}

func (v *vocabulary) knows(rel Rel, object, action string) bool {
	return slices.Contains(v.rels, string(rel)) && slices.Contains(v.acts[object], action)
}

// Grants are what an actor may do, in the order of the vocabulary: object, then relation, then action.
func (g *Gate) Grants(a Actor) []Grant {
	d := g.now.Load()
	var out []Grant
	for _, obj := range d.objs {
		for _, rel := range d.rels {
			for _, act := range d.acts[obj] {
				if g.Can(a, Rel(rel), obj, act) {
					out = append(out, Grant{Rel(rel), obj, act})
				}
			}
		}
	}
	return out
}

// Beyond are those of some grants that an actor may not do itself, and so may not hand on.
func (g *Gate) Beyond(a Actor, all []Grant) []Grant {
	var out []Grant
	for _, x := range all {
		if !g.Can(a, x.Rel, x.Object, x.Action) {
			out = append(out, x)
		}
	}
	return out
}

// Sorted are grants in the order of the vocabulary, each once; those that it does not have are left out.
func (g *Gate) Sorted(all []Grant) []Grant {
	d := g.now.Load()
	rank := func(x Grant) (o, r, a int) {
		return slices.Index(d.objs, x.Object), slices.Index(d.rels, string(x.Rel)), slices.Index(d.acts[x.Object], x.Action)
	}
	out := slices.DeleteFunc(slices.Clone(all), func(x Grant) bool { return !d.knows(x.Rel, x.Object, x.Action) })
	slices.SortFunc(out, func(x, y Grant) int {
		xo, xr, xa := rank(x)
		yo, yr, ya := rank(y)
		return cmp.Or(xo-yo, xr-yr, xa-ya)
	})
	return slices.Compact(out)
}

// Vocabulary is what can be asked at all: relations, objects, and the actions of each object.
func (g *Gate) Vocabulary() (rels, objects []string, actions map[string][]string) {
	d := g.now.Load()
	actions = map[string][]string{}
	for k, v := range d.acts {
		actions[k] = slices.Clone(v)
	}
	return slices.Clone(d.rels), slices.Clone(d.objs), actions
}

// BuiltIn are the built-in roles that people of a kind of organisation may be given.
func (g *Gate) BuiltIn(kind string) []string {
	if kind == "operator" {
		return []string{"operator"}
	}
	return slices.DeleteFunc(slices.Clone(g.now.Load().roles), func(r string) bool { return r == "operator" })
}
