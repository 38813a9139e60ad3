package access

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"saluran/internal/errs"
)

// Gate answers who may do what. It is safe for concurrent use; an answer is a look into a table that never changes, which
// Reload replaces whole.
type Gate struct {
	now  atomic.Pointer[decisions]
	book *book // the recorded policies; nil: none are kept (see Keep)
}

type decisions struct {
	vocabulary
	text    Text
	version int64 // of the recorded policies; 0: built in, and never recorded
	allowed map[tuple]struct{}
	from    map[rule]origin
	said    map[int]string
}

// New compiles a casbin model and grants (see package policies): every question that the vocabulary can ask is put to the
// enforcer once, and its answers are the table.
func New(modelText, grantsText string) (*Gate, error) {
	g := &Gate{}
	return g, g.Reload(modelText, grantsText)
}

// Reload compiles anew and swaps the table; where it fails the old one stays.
func (g *Gate) Reload(modelText, grantsText string) error {
	d, err := compile(Text{Model: modelText, Grants: grantsText})
	if err != nil {
		return fmt.Errorf("access: %w", err)
	}
	g.now.Store(d)
	return nil
}

// latest is what was compiled last in this program: a second portal in one process, and every test, asks for the same text again.
var latest atomic.Pointer[decisions]

// compile answers decisions of the caller's own, whose table nobody changes.
func compile(t Text) (*decisions, error) {
	if d := latest.Load(); d != nil && d.text == t {
		same := *d
		return &same, nil
	}
	d, err := compileAnew(t)
	if err != nil {
		return nil, err
	}
	same := *d
	latest.Store(&same)
	return d, nil
}

func compileAnew(t Text) (*decisions, error) {
	gr, err := parseGrants(t.name("grants.csv"), t.Grants)
	if err != nil {
		return nil, err
	}
	d := &decisions{vocabulary: gr.vocabulary, text: t, allowed: map[tuple]struct{}{}, from: gr.from, said: gr.said}
	for _, role := range slices.Concat(gr.roles, gr.kinds) {
		for _, rel := range gr.rels {
			if err := d.enumerate(t.Model, gr, role, rel); err != nil {
				return nil, fmt.Errorf("%s: %w", t.name("model.conf"), err)
			}
		}
	}
	return d, nil
}

// enumerate asks a casbin enforcer that holds the rules of one role and relation. Casbin reads every rule for every question,
// so small enforcers compile in a fraction of the time; the tests compare them with one that holds all.
func (d *decisions) enumerate(modelText string, gr *grants, role, rel string) error {
	rules := gr.rules[shard(role, rel)]
	if len(rules) == 0 {
		return nil
	}
	e, err := enforcer(modelText, rules)
	if err != nil {
		return err
	}
	for _, obj := range gr.objs {
		for _, act := range gr.acts[obj] {
			ok, err := e.Enforce(role, rel, obj, act)
			if err != nil {
				return err
			}
			if ok {
				d.allowed[tuple{role, rel, obj, act}] = struct{}{}
			}
		}
	}
	return nil
}

func enforcer(modelText string, rules []rule) (*casbin.Enforcer, error) {
	m, err := model.NewModelFromString(modelText)
	if err != nil {
		return nil, err
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, err
	}
	rows := make([][]string, len(rules))
	for i, r := range rules {
		rows[i] = []string{r.role, r.rel, r.obj, r.act, r.eft}
	}
	if len(rows) > 0 {
		_, err = e.AddPolicies(rows)
	}
	return e, err
}

// Casbin are casbin's own enforcers over the grants in force, all in one, and how many rules they hold: what the table is measured
// against.
func (g *Gate) Casbin() (*casbin.Enforcer, *casbin.CachedEnforcer, int, error) {
	t := g.now.Load().text
	gr, err := parseGrants(t.name("grants.csv"), t.Grants)
	if err != nil {
		return nil, nil, 0, err
	}
	var all []rule
	for _, rules := range gr.rules {
		all = append(all, rules...)
	}
	e, err := enforcer(t.Model, all)
	if err != nil {
		return nil, nil, 0, err
	}
	c, err := casbin.NewCachedEnforcer(e.GetModel())
	return e, c, len(all), err
}

// Can tells whether a may do action to an object to which its organisation stands in rel: its role must be allowed, and the
// kind of its organisation too, and where it is a key its scopes. A role of the organisation's own never exceeds the topmost
// built-in role of its kind. What is unknown is denied.
func (g *Gate) Can(a Actor, rel Rel, object, action string) bool {
	if !a.Scopes.Allow(object, action) || (a.Glass != 0 && !reads(action)) {
		return false
	}
	d := g.now.Load()
	t := tuple{a.Role, string(rel), object, action}
	if a.Own != nil {
		if !a.Own.has(a, rel, object, action) {
			return false
		}
		t.role = Top(a.Kind)
	}
	if _, ok := d.allowed[t]; !ok || strings.HasPrefix(t.role, "kind:") {
		return false
	}
	t.role = kindRole(a.Kind)
	_, ok := d.allowed[t]
	return ok
}

// Drafts tells whether a sees what is only offered to or by the side of its organisation: terms that not both have accepted, or that were
// declined. Who may offer or accept must see what, so their right implies this one: roles of organisations' own and keys that were made
// before it had a name stay whole.
func (g *Gate) Drafts(a Actor, rel Rel) bool {
	return g.Can(a, rel, "agreement", "draft") || g.Can(a, rel, "agreement", "write") || g.Can(a, rel, "agreement", "confirm")
}

// Top is the built-in role that may do all that anybody of an organisation of a kind may: what an organisation must keep at least
// one person in, and what its own roles stay within.
func Top(kind string) string {
	if kind == "operator" {
		return "operator"
	}
	return "owner"
}

// kindRole spares the hot path an allocation.
func kindRole(kind string) string {
	switch kind {
	case "producer":
		return "kind:producer"
	case "distributor":
		return "kind:distributor"
	case "wholesaler":
		return "kind:wholesaler"
	case "retailer":
		return "kind:retailer"
	case "agent":
		return "kind:agent"
	}
	return "kind:" + kind
}

// Require is nil where a may. It answers NotFound where the organisation has nothing to do with the object (rel None), as if
// there were no such object; else Forbidden "access.denied", with the facts of the Decision.
func (g *Gate) Require(_ context.Context, a Actor, rel Rel, object, action string) error {
	if rel == None {
		return errs.Gone()
	}
	if a.Glass != 0 && !reads(action) {
		return errs.New(errs.Forbidden, "glass.read_only")
	}
	if !a.Scopes.Allow(object, action) {
		return errs.New(errs.Forbidden, "access.scope", "role", a.Role, "kind", a.Kind, "rel", string(rel), "object", object, "action", action,
			"reason", string(Scoped), "policy", strconv.FormatInt(g.PolicyVersion(), 10))
	}
	if !g.Can(a, rel, object, action) {
		return g.Why(a, rel, object, action).Refusal()
	}
	return nil
}

// Roles are the roles that people may be given, in the order of the grants.
func (g *Gate) Roles() []string { return slices.Clone(g.now.Load().roles) }

// Matrix prints every decision: a line for each role (and kind) and object, the actions that are allowed by relation.
func (g *Gate) Matrix() string {
	d := g.now.Load()
	var b strings.Builder
	for _, role := range slices.Concat(d.roles, d.kinds) {
		fmt.Fprintf(&b, "%s\n", role)
		for _, obj := range d.objs {
			var parts []string
			for _, rel := range d.rels {
				var acts []string
				for _, act := range d.acts[obj] {
					if _, ok := d.allowed[tuple{role, rel, obj, act}]; ok {
						acts = append(acts, act)
					}
				}
				if len(acts) > 0 {
					parts = append(parts, rel+": "+strings.Join(acts, " "))
				}
			}
			if len(parts) > 0 {
				fmt.Fprintf(&b, "  %-12s %s\n", obj, strings.Join(parts, "; "))
			}
		}
	}
	return b.String()
}
