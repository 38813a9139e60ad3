package access

import (
	"slices"
	"strings"
)

// Scopes narrow what an actor may do: a key of the API carries them. They take away, and never give: the role decides first.
// They never change once made, and are safe for concurrent use.
type Scopes struct{ allowed map[scope]struct{} }

type scope struct{ obj, act string }

// unscoped is what no key may do, because it would outlive or outgrow the key, or needs a person's second look: people and
// their roles, keys themselves, where an organisation is paid, where its events are sent.
var unscoped = map[scope]bool{{"person", "manage"}: true, {"bank", "write"}: true, {"hook", "manage"}: true}

const keyObject = "key"

func reads(act string) bool { return act == "read" || act == "list" }

// Allow tells whether an action on an object is within the scopes; nil scopes are no narrowing.
func (s *Scopes) Allow(object, action string) bool {
	if s == nil {
		return true
	}
	_, ok := s.allowed[scope{object, action}]
	return ok
}

// Touch tells whether anything may be done to one of the objects: anything at all, or (write) anything that changes.
func (s *Scopes) Touch(write bool, objects ...string) bool {
	if s == nil {
		return true
	}
	for x := range s.allowed {
		if slices.Contains(objects, x.obj) && (!write || !reads(x.act)) {
			return true
		}
	}
	return false
}

// ScopesOf reads scopes: OBJECT:read is reading and listing, OBJECT:write is everything that changes it, OBJECT:ACTION is one
// action. What the vocabulary does not have, or no key may do, is left out of the scopes and answered in unknown.
func (g *Gate) ScopesOf(names []string) (s *Scopes, unknown []string) {
	d := g.now.Load()
	s = &Scopes{allowed: map[scope]struct{}{}}
	for _, name := range names {
		obj, act, _ := strings.Cut(name, ":")
		found := false
		for _, x := range d.acts[obj] {
			fits := act == x || (act == "read" && x == "list") || (act == "write" && !reads(x))
			if fits && obj != keyObject && !unscoped[scope{obj, x}] {
				s.allowed[scope{obj, x}] = struct{}{}
				found = true
			}
		}
		if !found {
			unknown = append(unknown, name)
		}
	}
	return s, unknown
}

// ScopeChoices are the objects that scopes can name, each with its actions (read and write first), in the order of the grants.
func (g *Gate) ScopeChoices() (objects []string, actions map[string][]string) {
	d := g.now.Load()
	actions = map[string][]string{}
	for _, obj := range d.objs {
		if obj == keyObject {
			continue
		}
		var single []string
		reading, writing := false, false
		for _, act := range d.acts[obj] {
			switch {
			case unscoped[scope{obj, act}]:
			case reads(act):
				reading = true
			default:
				writing = true
				if act != "write" {
					single = append(single, act)
				}
			}
		}
		if writing {
			single = append([]string{"write"}, single...)
		}
		if reading {
			single = append([]string{"read"}, single...)
		}
		if len(single) > 0 {
			objects, actions[obj] = append(objects, obj), single
		}
	}
	return objects, actions
}
