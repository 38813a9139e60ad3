package access

import (
	"strconv"

	"saluran/internal/errs"
)

// Decision is an answer with its grounds. It speaks of roles and kinds of things, never of one thing: whoever reads it learns
// nothing of what exists.
type Decision struct {
	Role    string
	Name    string // of a role of the organisation's own
	Kind    string // of the organisation
	Rel     Rel
	Object  string
	Action  string
	Allowed bool
	Reason  Reason
	Line    int    // of grants.csv, the line that decided; 0: none does
	Via     int    // the line through which the role inherited it; 0: it did not
	Text    string // of the line
	Policy  int64  // version of the policies that decided; 0: those that are built in, never recorded
}

// Reason is why a decision is as it is.
type Reason string

// Reasons, in the order in which they are looked for.
const (
	Granted    Reason = "granted"     // Line allows it
	Unknown    Reason = "unknown"     // there is no such relation, object or action
	Scoped     Reason = "scope"       // a key without a scope for it
	KindDenied Reason = "kind_denied" // Line denies it to the kind of the organisation, whoever asks
	KindSilent Reason = "kind_silent" // nothing allows it to the kind of the organisation
	RoleDenied Reason = "role_denied" // Line denies it to the role
	RoleSilent Reason = "role_silent" // nothing allows it to the role
	OwnSilent  Reason = "own_silent"  // the organisation's own role does not grant it
)

// Why answers the same as Can, with the grounds.
func (g *Gate) Why(a Actor, rel Rel, object, action string) Decision {
	d := g.now.Load()
	w := Decision{Role: a.Role, Kind: a.Kind, Rel: rel, Object: object, Action: action, Policy: d.version, Allowed: g.Can(a, rel, object, action)}
	role, kind := a.Role, kindRole(a.Kind)
	if a.Own != nil {
		w.Name = a.Own.Name
		role = Top(a.Kind)
	}
	at := func(role string) tuple { return tuple{role, string(rel), object, action} }
	switch {
	case !d.knows(rel, object, action):
		w.Reason = Unknown
	case !a.Scopes.Allow(object, action):
		w.Reason = Scoped
	case !d.has(at(kind)):
		w.Reason = d.blame(&w, at(kind), KindDenied, KindSilent)
	case a.Own != nil && !a.Own.has(a, rel, object, action):
		w.Reason = OwnSilent
	case !d.has(at(role)):
		w.Reason = d.blame(&w, at(role), RoleDenied, RoleSilent)
	case !w.Allowed: // a kind asked as a role, and what else no person has
		w.Reason = RoleSilent
	default:
		w.Reason = Granted
		w.stands(d, rule{at(role), "allow"})
	}
	return w
}

func (d *decisions) has(t tuple) bool {
	_, ok := d.allowed[t]
	return ok
}

func (d *decisions) blame(w *Decision, t tuple, denied, silent Reason) Reason {
	if w.stands(d, rule{t, "deny"}) {
		return denied
	}
	return silent
}

func (w *Decision) stands(d *decisions, r rule) bool {
	at, ok := d.from[r]
	w.Line, w.Via, w.Text = at.line, at.via, d.said[at.line]
	return ok
}

// Refusal is the decision as an error: Forbidden "access.denied" with its facts.
func (w Decision) Refusal() error { return w.RefusalAs("access.denied") }

// RefusalAs is the same under another code: what was refused is to hand on what one may not do oneself.
func (w Decision) RefusalAs(code string) error {
	role := w.Role
	if w.Name != "" {
		role = w.Name
	}
	return errs.New(errs.Forbidden, code, "role", role, "kind", w.Kind, "rel", string(w.Rel), "object", w.Object, "action", w.Action,
		"reason", string(w.Reason), "line", strconv.Itoa(w.Line), "policy", strconv.FormatInt(w.Policy, 10))
}

// Instead are the built-in roles of a kind of organisation that may do it; none where the kind itself may not.
func (g *Gate) Instead(kind string, rel Rel, object, action string) []string {
	var out []string
	for _, role := range g.BuiltIn(kind) {
		if g.Can(Actor{Kind: kind, Role: role}, rel, object, action) {
			out = append(out, role)
		}
	}
	return out
}

// PolicyVersion is the version of the policies in force; 0: those that are built in, never recorded.
func (g *Gate) PolicyVersion() int64 { return g.now.Load().version }
