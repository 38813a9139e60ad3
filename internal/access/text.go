package access

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"saluran/policies"
)

// Text is policies as an operator writes them.
type Text struct {
	Model, Grants string
	Dir           string // where they were read; "": built into the program
}

// BuiltIn are the policies that the program carries.
func BuiltIn() Text { return Text{Model: policies.Model, Grants: policies.Grants} }

// maxText bounds a file of policies.
const maxText = 1 << 20

// ReadDir reads policies out of a directory: grants.csv, and model.conf where there is one (else the built-in model holds).
func ReadDir(dir string) (Text, error) {
	t := BuiltIn()
	t.Dir = dir
	for name, into := range map[string]*string{"grants.csv": &t.Grants, "model.conf": &t.Model} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) && name == "model.conf" {
			continue
		}
		if err != nil {
			return t, fmt.Errorf("the policies cannot be read: %w", err)
		}
		if len(b) > maxText {
			return t, fmt.Errorf("%s: larger than 1 MiB", t.name(name))
		}
		*into = string(b)
	}
	return t, nil
}

func (t Text) name(file string) string {
	if t.Dir == "" {
		return "policies/" + file
	}
	return filepath.Join(t.Dir, file)
}

func (t Text) hash() [32]byte {
	return sha256.Sum256([]byte(t.Model + "\x00" + t.Grants))
}

// safe compiles policies of an operator, and refuses what would be no protection: a model that does not mean what the house
// means by it, names that the program does not know, trade shown to the operator of the portal. missing are the objects that
// the program asks for and the policies do not name: nobody may do anything with them.
func safe(t Text) (d *decisions, missing []string, err error) {
	if err := probeModel(t.name("model.conf"), t.Model); err != nil {
		return nil, nil, err
	}
	if d, err = compile(t); err != nil {
		return nil, nil, err
	}
	known, err := parseGrants("policies/grants.csv", policies.Grants)
	if err != nil {
		return nil, nil, err
	}
	if err := onlyKnown(t.name("grants.csv"), t.Grants, known); err != nil {
		return nil, nil, err
	}
	for _, need := range []struct {
		what      string
		have, all []string
	}{{"role", d.roles, known.roles}, {"kind", d.kinds, known.kinds}, {"rel", d.rels, known.rels}} {
		for _, n := range need.all {
			if !slices.Contains(need.have, n) {
				return nil, nil, fmt.Errorf("%s: the line %s does not name %s", t.name("grants.csv"), need.what, strings.TrimPrefix(n, "kind:"))
			}
		}
	}
	for _, obj := range known.objs {
		if d.acts[obj] == nil {
			missing = append(missing, obj)
		}
	}
	return d, missing, blindOperator(d)
}

// onlyKnown refuses, with the line, names that the program never asks for: a slip of the pen would silently deny, or open what
// nobody looks at.
func onlyKnown(name, text string, known *grants) error {
	lines, err := readLines(name, text)
	if err != nil {
		return err
	}
	for _, l := range lines {
		all := map[string][]string{"rel": known.rels, "role": known.roles, "object": known.objs}[l.f[0]]
		if l.f[0] == "kind" {
			for _, k := range known.kinds {
				all = append(all, strings.TrimPrefix(k, "kind:"))
			}
		}
		if all == nil {
			continue
		}
		if _, err := pick(l, l.f[0], l.f[1], all, all); err != nil {
			return err
		}
		if l.f[0] == "object" {
			if _, err := pick(l, "action of "+l.f[1], l.f[2], known.acts[l.f[1]], known.acts[l.f[1]]); err != nil {
				return err
			}
		}
	}
	return nil
}

// blind are what the operator of the portal may be allowed at all: no grant of a text makes trade visible by running the portal.
var blind = []string{"person", "partner", "job", "audit", "import", "key", "hook"}

func blindOperator(d *decisions) error {
	for t := range d.allowed {
		if t.role == "kind:operator" && !slices.Contains(blind, t.obj) {
			at := d.from[rule{t, "allow"}]
			return line{file: d.text.name("grants.csv"), n: at.line}.wrong("the operator of the portal may not be allowed " + t.obj + ": it sees no trade")
		}
	}
	return nil
}

// probeModel asks a model about rules of which the answers are known.
func probeModel(name, text string) error {
	yes := rule{tuple{"a", "b", "c", "d"}, "allow"}
	no := yes
	no.eft = "deny"
	for _, p := range []struct {
		rules []rule
		ask   tuple
		want  bool
		means string
	}{
		{[]rule{yes}, yes.tuple, true, "does not allow what a grant allows"},
		{[]rule{yes, no}, yes.tuple, false, "allows what a grant denies: deny must win"},
		{[]rule{no, yes}, yes.tuple, false, "allows what a grant denies: deny must win"},
		{[]rule{no}, tuple{"x", "b", "c", "d"}, false, "allows what no grant allows"},
		{[]rule{yes}, tuple{"x", "b", "c", "d"}, false, "does not compare the role"},
		{[]rule{yes}, tuple{"a", "x", "c", "d"}, false, "does not compare the relation"},
		{[]rule{yes}, tuple{"a", "b", "x", "d"}, false, "does not compare the object"},
		{[]rule{yes}, tuple{"a", "b", "c", "x"}, false, "does not compare the action"},
	} {
		e, err := enforcer(text, p.rules)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		got, err := e.Enforce(p.ask.role, p.ask.rel, p.ask.obj, p.ask.act)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if got != p.want {
			return fmt.Errorf("%s: the model %s", name, p.means)
		}
	}
	return nil
}
