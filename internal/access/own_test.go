package access

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/casbin/casbin/v2"

	"saluran/internal/id"
	"saluran/policies"
)

// seeded is a random source whose seed is printed; SALURAN_TEST_SEED repeats a run.
func seeded(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	if s := os.Getenv("SALURAN_TEST_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("SALURAN_TEST_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// everything is what can be asked.
func everything(d *decisions) (all []Grant) {
	for _, obj := range d.objs {
		for _, rel := range d.rels {
			for _, act := range d.acts[obj] {
				all = append(all, Grant{Rel(rel), obj, act})
			}
		}
	}
	return all
}

// A hundred thousand random questions about random roles of organisations' own: the answer of the gate is that of casbin enforcers
// that hold the role's own grants, those of the topmost role and those of the kind.
func TestLongOwnRolesAreTheEnforcerOnRandomQuestions(t *testing.T) {
	r, g := seeded(t), gate(t)
	gr, err := parseGrants("grants.csv", policies.Grants)
	if err != nil {
		t.Fatal(err)
	}
	d := g.now.Load()
	all := everything(d)
	words := func(s []string) string { return append(slices.Clone(s), "", "*", "none", "own")[r.IntN(len(s)+4)] }
	enforcers := map[string]*casbin.Enforcer{}
	ask := func(role, rel, obj, act string) bool {
		e := enforcers[shard(role, rel)]
		if e == nil {
			nobody := rule{tuple{"-", "-", "-", "-"}, "deny"}
			if e, err = enforcer(policies.Model, append([]rule{nobody}, gr.rules[shard(role, rel)]...)); err != nil {
				t.Fatal(err)
			}
			enforcers[shard(role, rel)] = e
		}
		ok, err := e.Enforce(role, rel, obj, act)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	allowed, beyond := 0, 0
	for n := range 100 {
		role := fmt.Sprintf("%s%d", OwnPrefix, n)
		var mine []Grant
		rules := []rule{{tuple{"-", "-", "-", "-"}, "deny"}}
		for _, x := range all {
			if r.IntN(4) == 0 {
				mine = append(mine, x)
				rules = append(rules, rule{tuple{role, string(x.Rel), x.Object, x.Action}, "allow"})
			}
		}
		mine = append(mine, Grant{"lord", "order", "read"}, Grant{Own, "secret", "read"})
		own, err := g.Compile(OwnRole{Org: id.ID(n), Role: role}, mine)
		if err != nil {
			t.Fatal(err)
		}
		// one that holds the role's every rule, whatever the relation
		whole, err := enforcer(policies.Model, rules)
		if err != nil {
			t.Fatal(err)
		}
		kind := d.kinds[r.IntN(len(d.kinds))][len("kind:"):]
		a := Actor{Org: id.ID(n), Kind: kind, Role: role, Own: own}
		known := map[tuple]bool{}
		for range 1000 {
			q := tuple{role, words(d.rels), words(d.objs), words(d.acts[d.objs[r.IntN(len(d.objs))]])}
			granted, seen := known[q]
			if !seen {
				if granted, err = whole.Enforce(role, q.rel, q.obj, q.act); err != nil {
					t.Fatal(err)
				}
				known[q] = granted
			}
			want := granted && ask(Top(kind), q.rel, q.obj, q.act) && ask("kind:"+kind, q.rel, q.obj, q.act)
			got := g.Can(a, Rel(q.rel), q.obj, q.act)
			if got != want {
				t.Fatalf("%s of a %s, %v: gate %v, enforcers %v", role, kind, q, got, want)
			}
			if w := g.Why(a, Rel(q.rel), q.obj, q.act); w.Allowed != got || (w.Reason == Granted) != got {
				t.Fatalf("%v: why says %+v", q, w)
			}
			if got {
				allowed++
			} else if granted {
				beyond++
			}
		}
	}
	t.Logf("100000 questions about 100 roles: %d allowed, %d granted by the role and refused by its limits", allowed, beyond)
	if allowed == 0 || beyond == 0 {
		t.Fatal("the questions prove nothing")
	}
}

// A role of one organisation is nothing in another's hands, nor under another name.
func TestAnOwnRoleIsItsOrganisationsAlone(t *testing.T) {
	g := gate(t)
	own, err := g.Compile(OwnRole{Org: 7, Role: "own:1"}, []Grant{{Seller, "order", "read"}, {Seller, "order", "confirm"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		a    Actor
		want bool
	}{
		{Actor{Org: 7, Kind: "producer", Role: "own:1", Own: own}, true},
		{Actor{Org: 8, Kind: "producer", Role: "own:1", Own: own}, false},
		{Actor{Org: 7, Kind: "producer", Role: "own:2", Own: own}, false},
		{Actor{Org: 7, Kind: "producer", Role: "own:1"}, false},
		{Actor{Org: 7, Kind: "consumer", Role: "own:1", Own: own}, false},
		{Actor{Org: 7, Kind: "operator", Role: "own:1", Own: own}, false},
	} {
		if got := g.Can(c.a, Seller, "order", "confirm"); got != c.want {
			t.Errorf("%+v: %v", c.a, got)
		}
	}
	if _, err := g.Compile(OwnRole{Role: "owner"}, nil); err == nil {
		t.Error("a built-in role was defined anew")
	}
}

// TestADecisionNamesItsLine: what allowed, what denied, and that nothing does.
func TestADecisionNamesItsLine(t *testing.T) {
	g := gate(t)
	for _, c := range []struct {
		kind, role string
		rel        Rel
		obj, act   string
		reason     Reason
		begins     string
	}{
		{"producer", "sales", Seller, "order", "confirm", Granted, "p, sales, seller|agent, order, confirm"},
		{"producer", "owner", Seller, "order", "confirm", Granted, "p, sales, seller|agent, order, confirm"},
		{"producer", "warehouse", Own, "price", "read", RoleDenied, "p, warehouse, *, price|invoice"},
		{"producer", "viewer", Seller, "order", "confirm", RoleSilent, ""},
		{"agent", "owner", Own, "stock", "make", KindDenied, "p, kind:agent, *, stock|lot"},
		{"consumer", "owner", Seller, "order", "confirm", KindSilent, ""},
		{"producer", "owner", Own, "secret", "read", Unknown, ""},
		{"producer", "kind:producer", Own, "person", "manage", RoleSilent, ""},
	} {
		a := Actor{Kind: c.kind, Role: c.role}
		w := g.Why(a, c.rel, c.obj, c.act)
		if w.Reason != c.reason || (c.begins == "") != (w.Line == 0) || len(w.Text) < len(c.begins) || w.Text[:len(c.begins)] != c.begins {
			t.Errorf("%+v: %+v", c, w)
		}
	}
	if w := g.Why(Actor{Kind: "producer", Role: "owner"}, Seller, "order", "confirm"); w.Via == 0 {
		t.Error("the owner has it by inheritance")
	}
	if got := g.Instead("producer", Seller, "order", "confirm"); !slices.Equal(got, []string{"owner", "sales"}) {
		t.Error(got)
	}
}

// TestEveryWhyIsCan asks everything of everybody.
func TestEveryWhyIsCan(t *testing.T) {
	g := gate(t)
	d := g.now.Load()
	for _, kind := range append([]string{"kind:", "kind:nothing"}, d.kinds...) {
		for _, role := range append([]string{"", "root"}, append(d.kinds, d.roles...)...) {
			a := Actor{Kind: kind[len("kind:"):], Role: role}
			for _, x := range everything(d) {
				w := g.Why(a, x.Rel, x.Object, x.Action)
				if w.Allowed != g.Can(a, x.Rel, x.Object, x.Action) || w.Allowed != (w.Reason == Granted) {
					t.Fatalf("%+v %+v: %+v", a, x, w)
				}
			}
		}
	}
}
