package access

import (
	"flag"

	"os"
	"slices"
	"testing"

	"saluran/internal/errs"
	"saluran/policies"
)

var update = flag.Bool("update", false, "rewrite the golden file")

const golden = "../../policies/matrix.golden"

func gate(t testing.TB) *Gate {
	t.Helper()
	g, err := New(policies.Model, policies.Grants)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestMatrixIsTheGoldenOne(t *testing.T) {
	got := gate(t).Matrix()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Fatalf("the rights have changed; read the diff after: go test ./internal/access -update\n%s", got)
	}
}

// The table was made by small enforcers; one that holds every rule must say the same, for everything that can be asked.
func TestLongTableIsTheWholeEnforcer(t *testing.T) {
	g, all := gate(t), everyRule(t)
	e, err := enforcer(policies.Model, all)
	if err != nil {
		t.Fatal(err)
	}
	d := g.now.Load()
	asked := 0
	for _, role := range slices.Concat(d.roles, d.kinds) {
		for _, rel := range d.rels {
			for _, obj := range d.objs {
				for _, act := range d.acts[obj] {
					asked++
					want, err := e.Enforce(role, rel, obj, act)
					_, got := d.allowed[tuple{role, rel, obj, act}]
					if err != nil || got != want {
						t.Fatalf("%s %s %s %s: table %v, enforcer %v, %v", role, rel, obj, act, got, want, err)
					}
				}
			}
		}
	}
	t.Logf("%d questions, %d rules, %d allowed", asked, len(all), len(d.allowed))
}

func everyRule(t testing.TB) []rule {
	t.Helper()
	gr, err := parseGrants("grants.csv", policies.Grants)
	if err != nil {
		t.Fatal(err)
	}
	var all []rule
	for _, rs := range gr.rules {
		all = append(all, rs...)
	}
	return all
}

// Random questions, most of them about things that do not exist.
func TestTableIsTheEnforcerOnRandomQuestions(t *testing.T) {
	g := gate(t)
	gr, err := parseGrants("grants.csv", policies.Grants)
	if err != nil {
		t.Fatal(err)
	}
	d := g.now.Load()
	odd := []string{"", "*", "root", "order read", "kind:", "OWNER", "none", "own|seller"}
	roles, rels, objs := slices.Concat(d.roles, d.kinds, odd), append(slices.Clone(d.rels), odd...), append(slices.Clone(d.objs), odd...)
	acts := append([]string{"read", "place", "confirm", "write", "run", "manage", "bill", "make"}, odd...)
	r := seeded(t)
	pick := func(s []string) string { return s[r.IntN(len(s))] }
	small := map[string]func(...any) (bool, error){}
	for range 100_000 {
		q := tuple{pick(roles), pick(rels), pick(objs), pick(acts)}
		ask, ok := small[shard(q.role, q.rel)]
		if !ok {
			// An enforcer without any rule takes four empty words for a match: so each holds at least one, for nobody.
			nobody := rule{tuple{"-", "-", "-", "-"}, "deny"}
			e, err := enforcer(policies.Model, append([]rule{nobody}, gr.rules[shard(q.role, q.rel)]...))
			if err != nil {
				t.Fatal(err)
			}
			ask = e.Enforce
			small[shard(q.role, q.rel)] = ask
		}
		want, err := ask(q.role, q.rel, q.obj, q.act)
		_, got := d.allowed[q]
		if err != nil || got != want {
			t.Fatalf("%v: table %v, enforcer %v, %v", q, got, want, err)
		}
	}
}

func TestRights(t *testing.T) {
	g := gate(t)
	for _, c := range []struct {
		kind, role string
		rel        Rel
		obj, act   string
		want       bool
	}{
		{"retailer", "purchasing", Buyer, "order", "place", true},
		{"retailer", "purchasing", Seller, "order", "confirm", false},
		{"producer", "sales", Seller, "order", "confirm", true},
		{"producer", "viewer", Seller, "order", "confirm", false},
		{"producer", "warehouse", Own, "price", "read", false},
		{"producer", "warehouse", Buyer, "invoice", "read", false},
		{"producer", "owner", Own, "price", "read", true},
		{"producer", "warehouse", Seller, "order", "dispatch", true},
		{"producer", "finance", Seller, "payment", "confirm", true},
		{"retailer", "finance", Buyer, "payment", "confirm", false},
		{"agent", "sales", Agent, "order", "place", true},
		{"agent", "owner", Seller, "order", "place", false},
		{"agent", "owner", Own, "stock", "make", false},
		{"operator", "operator", Own, "person", "manage", true},
		{"operator", "operator", Own, "order", "read", false},
		{"operator", "owner", Own, "order", "read", false},
		{"producer", "kind:producer", Own, "person", "manage", false},
		{"", "owner", Own, "order", "read", false},
		{"producer", "", Own, "order", "read", false},
		{"producer", "owner", "", "order", "read", false},
		{"producer", "owner", Own, "secret", "read", false},
		{"producer", "owner", Own, "order", "*", false},
	} {
		a := Actor{Kind: c.kind, Role: c.role}
		if got := g.Can(a, c.rel, c.obj, c.act); got != c.want {
			t.Errorf("%s of a %s, %s, %s %s: %v", c.role, c.kind, c.rel, c.obj, c.act, got)
		}
	}
	a := Actor{Kind: "producer", Role: "viewer"}
	if err := g.Require(t.Context(), a, None, "order", "read"); !errs.Is(err, errs.NotFound) {
		t.Errorf("no relation: %v", err)
	}
	if err := g.Require(t.Context(), a, Seller, "order", "place"); errs.CodeOf(err) != "access.denied" {
		t.Errorf("denied: %v", err)
	}
}

func TestBadGrantsAreRefusedAndTheOldStay(t *testing.T) {
	g := gate(t)
	was := g.Matrix()
	for _, bad := range []string{"nonsense, a", "role, a\nrel, own\nobject, x, read\np, b, own, x, read, allow",
		"role, a\nrel, own\nobject, x, read\np, a, own, x, write, allow", "role, a\nrel, own\nobject, x, read\np, a, own, x, read, maybe"} {
		if err := g.Reload(policies.Model, bad); err == nil {
			t.Errorf("accepted: %s", bad)
		}
	}
	if g.Matrix() != was {
		t.Error("a failed reload changed the table")
	}
}

func BenchmarkCan(b *testing.B) {
	g := gate(b)
	a := Actor{Kind: "producer", Role: "sales"}
	b.ReportAllocs()
	for b.Loop() {
		if !g.Can(a, Seller, "order", "place") {
			b.Fatal("denied")
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		gate(b)
	}
}
