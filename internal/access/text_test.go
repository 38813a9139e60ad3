package access

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"saluran/internal/db/dbtest"
	"saluran/policies"
)

func TestOperatorsPoliciesAreChecked(t *testing.T) {
	lines := strings.Split(policies.Grants, "\n")
	end := len(lines)
	for _, c := range []struct {
		name, grants, model, says string
	}{
		{"the built-in ones", policies.Grants, policies.Model, ""},
		{"one more grant", policies.Grants + "p, viewer, own, audit, read, allow\n", "", ""},
		{"role", policies.Grants + "p, slaes, own, audit, read, allow\n", "", "line " + itoa(end) + ": unknown role slaes; known are owner, sales"},
		{"relation", policies.Grants + "p, sales, sellers, audit, read, allow\n", "", "unknown relation sellers"},
		{"object", policies.Grants + "p, sales, own, audits, read, allow\n", "", "unknown object audits"},
		{"action", policies.Grants + "p, sales, own, audit, erase, allow\n", "", "has the action erase"},
		{"effect", policies.Grants + "p, sales, own, audit, read, perhaps\n", "", "allow or deny"},
		{"word", policies.Grants + "grant, sales\n", "", "unknown word grant"},
		{"quote", policies.Grants + "p, \"sales\n", "", "grants.csv, line "},
		{"twice", policies.Grants + "role, sales\n", "", "named twice"},
		{"new role", policies.Grants + "role, king\n", "", "unknown role king"},
		{"new object", policies.Grants + "object, secret, read\n", "", "unknown object secret"},
		{"unsafe name", policies.Grants + "role, own:7\n", "", `"own:7" is no name`},
		{"capital", policies.Grants + "role, Sales\n", "", `"Sales" is no name`},
		{"inherit", policies.Grants + "inherit, king, sales\n", "", "unknown role king"},
		{"trade for the operator", policies.Grants + "p, kind:operator, own, invoice, read, allow\n", "", "line " + itoa(end) + ": the operator of the portal may not be allowed invoice"},
		{"a kind left out", strings.Replace(policies.Grants, "kind, producer|", "kind, ", 1), "", "line "},
		{"nothing", "", "", "does not name owner"},
		{"no deny", policies.Grants, strings.Replace(policies.Model, " && !some(where (p.eft == deny))", "", 1), "deny must win"},
		{"open", policies.Grants, strings.Replace(policies.Model, "m = ", "m = true || ", 1), "does not compare the role"},
		{"half", policies.Grants, strings.Replace(policies.Model, " && r.act == p.act", "", 1), "does not compare the action"},
		{"no model", policies.Grants, "[nonsense]", "model.conf"},
	} {
		dir := t.TempDir()
		write(t, dir, "grants.csv", c.grants)
		if c.model != "" {
			write(t, dir, "model.conf", c.model)
		}
		text, err := ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = safe(text)
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), dir)):
			t.Errorf("%s: %v", c.name, err)
		case err != nil:
			t.Log(strings.ReplaceAll(err.Error(), dir, "DIR"))
		}
	}
	if _, err := ReadDir(t.TempDir()); err == nil {
		t.Error("a directory without grants is none")
	}
	old := strings.ReplaceAll(policies.Grants, "object, audit,       read\n", "")
	old = strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(old, "|audit", ""), "audit|", ""), "audit, read", "job, read")
	if _, missing, err := safe(Text{Model: policies.Model, Grants: old}); err != nil || len(missing) != 1 {
		t.Error("an object that is not named is reported", missing, err)
	}
}

func itoa(n int) string {
	b := []byte{}
	for ; n > 0; n /= 10 {
		b = append([]byte{byte('0' + n%10)}, b...)
	}
	return string(b)
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPublishedPoliciesReachEveryInstance: recorded with a number, in force on the other instance when it next asks.
func TestPublishedPoliciesReachEveryInstance(t *testing.T) {
	url := dbtest.Ready(t)
	one, two := dbtest.Open(t, url), dbtest.Open(t, url)
	here, there := gate(t).Keep(one), gate(t).Keep(two)
	viewer := Actor{Kind: "producer", Role: "viewer"}
	follow := func() {
		t.Helper()
		epoch, err := two.FreshEpoch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := there.Follow(t.Context(), epoch); err != nil {
			t.Fatal(err)
		}
	}
	publish := func(g *Gate, text Text, want int64) {
		t.Helper()
		v, _, err := g.Publish(t.Context(), text, 10)
		if err != nil || v != want || g.PolicyVersion() != want {
			t.Fatal(v, g.PolicyVersion(), err)
		}
	}
	publish(here, BuiltIn(), 1)
	publish(here, BuiltIn(), 1) // the same again is the same
	follow()
	if there.PolicyVersion() != 1 || there.Can(viewer, Own, "audit", "read") {
		t.Fatal(there.PolicyVersion())
	}
	more := BuiltIn()
	more.Grants += "p, viewer, own, audit, read, allow\n"
	publish(here, more, 2)
	if there.Can(viewer, Own, "audit", "read") {
		t.Fatal("before it asks")
	}
	follow()
	if !there.Can(viewer, Own, "audit", "read") || there.PolicyVersion() != 2 {
		t.Fatal("after")
	}
	bad := more
	bad.Grants += "p, viewer, own, audit, erase, allow\n"
	if _, _, err := here.Publish(t.Context(), bad, 11); err == nil || here.PolicyVersion() != 2 {
		t.Fatal("bad policies", err)
	}
	publish(there, BuiltIn(), 3)
	epoch, err := one.FreshEpoch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := here.Follow(t.Context(), epoch); err != nil || here.PolicyVersion() != 3 || here.Can(viewer, Own, "audit", "read") {
		t.Fatal(here.PolicyVersion(), err)
	}
}
