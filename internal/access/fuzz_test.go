package access

import (
	"testing"

	"saluran/policies"
)

// FuzzGrants: text of an operator is compiled or refused with an error that names the file; what is compiled never lets an unknown
// role or relation pass.
func FuzzGrants(f *testing.F) {
	small := "rel, own\nrole, owner|operator\nkind, producer\nobject, order, read|list\np, owner, own, order, *, allow\np, kind:producer, *, *, *, allow\n"
	f.Add(small, policies.Model)
	f.Add("p, *, *, *, *, deny\n", policies.Model)
	f.Add("inherit, owner, owner\nrole, owner\n", "[matchers]\nm = true")
	f.Add("\"", "")
	f.Fuzz(func(t *testing.T, grants, model string) {
		if len(grants) > 2000 || len(model) > 1000 {
			return
		}
		g, err := New(model, grants)
		if err != nil {
			return
		}
		for _, a := range []Actor{{}, {Kind: "producer"}, {Kind: "x", Role: "owner"}, {Kind: "producer", Role: "kind:producer"}} {
			if g.Can(a, Own, "order", "read") && (a.Role == "" || a.Role == "kind:producer") {
				t.Fatalf("%+v may, by %q", a, grants)
			}
		}
		_ = g.Matrix()
	})
}

// FuzzScopes: names of scopes are known or returned as unknown.
func FuzzScopes(f *testing.F) {
	g := gate(f)
	f.Add("order:read")
	f.Add("order:")
	f.Add(":")
	f.Fuzz(func(t *testing.T, name string) {
		s, unknown := g.ScopesOf([]string{name})
		if len(unknown) == 0 && s == nil {
			t.Fatal("no scope and nothing unknown")
		}
		s.Allow(name, name)
	})
}
