package access

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// tuple is what is asked: role (or kind:KIND), relation, object, action.
type tuple struct{ role, rel, obj, act string }

type rule struct {
	tuple
	eft string
}

// vocabulary is what can be asked at all; what is outside it is denied.
type vocabulary struct {
	roles, kinds, rels, objs []string
	acts                     map[string][]string
}

// grants is policies/grants.csv, expanded: no wildcard, no inheritance.
type grants struct {
	vocabulary
	rules map[string][]rule // by role and relation: one small enforcer each
}

func shard(role, rel string) string { return role + " " + rel }

func parseGrants(text string) (*grants, error) {
	lines, err := readLines(text)
	if err != nil {
		return nil, err
	}
	g := &grants{vocabulary: vocabulary{acts: map[string][]string{}}, rules: map[string][]rule{}}
	for _, l := range lines {
		switch l.f[0] {
		case "rel":
			g.rels = append(g.rels, names(l.f[1])...)
		case "role":
			g.roles = append(g.roles, names(l.f[1])...)
		case "kind":
			for _, k := range names(l.f[1]) {
				g.kinds = append(g.kinds, "kind:"+k)
			}
		case "object":
			if len(l.f) != 3 {
				return nil, l.wrong("object needs a name and actions")
			}
			g.objs = append(g.objs, l.f[1])
			g.acts[l.f[1]] = names(l.f[2])
		case "inherit", "p":
		default:
			return nil, l.wrong("unknown word " + l.f[0])
		}
	}
	seen := map[rule]bool{}
	for _, l := range lines {
		if l.f[0] == "p" {
			if err := g.expand(l, seen); err != nil {
				return nil, err
			}
		}
	}
	for _, l := range lines { // after all grants: inheritance copies what stands, in the order of the file
		if l.f[0] == "inherit" {
			if err := g.inherit(l, seen); err != nil {
				return nil, err
			}
		}
	}
	return g, nil
}

func (g *grants) add(r rule, seen map[rule]bool) {
	if !seen[r] {
		seen[r] = true
		g.rules[shard(r.role, r.rel)] = append(g.rules[shard(r.role, r.rel)], r)
	}
}

func (g *grants) expand(l line, seen map[rule]bool) error {
	if len(l.f) != 6 || (l.f[5] != "allow" && l.f[5] != "deny") {
		return l.wrong("p needs roles, relations, objects, actions and allow or deny")
	}
	roles, err := pick(l, l.f[1], g.roles, slices.Concat(g.roles, g.kinds))
	if err != nil {
		return err
	}
	rels, err := pick(l, l.f[2], g.rels, g.rels)
	if err != nil {
		return err
	}
	objs, err := pick(l, l.f[3], g.objs, g.objs)
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for _, obj := range objs {
		for _, act := range g.acts[obj] {
			if !slices.Contains(names(l.f[4]), act) && l.f[4] != "*" {
				continue
			}
			used[act] = true
			for _, role := range roles {
				for _, rel := range rels {
					g.add(rule{tuple{role, rel, obj, act}, l.f[5]}, seen)
				}
			}
		}
	}
	for _, act := range names(l.f[4]) {
		if act != "*" && !used[act] {
			return l.wrong("no object here has the action " + act)
		}
	}
	return nil
}

// inherit copies what is allowed and not also denied. A denial is not inherited: the owner may see prices although the
// warehouse may not.
func (g *grants) inherit(l line, seen map[rule]bool) error {
	if len(l.f) != 3 {
		return l.wrong("inherit needs a role and roles")
	}
	if !slices.Contains(g.roles, l.f[1]) {
		return l.wrong("unknown name " + l.f[1])
	}
	from, err := pick(l, l.f[2], g.roles, g.roles)
	if err != nil {
		return err
	}
	for _, role := range from {
		for _, rel := range g.rels {
			for _, r := range slices.Clone(g.rules[shard(role, rel)]) {
				if r.eft == "allow" && !seen[rule{r.tuple, "deny"}] {
					r.role = l.f[1]
					g.add(r, seen)
				}
			}
		}
	}
	return nil
}

type line struct {
	n int
	f []string
}

func (l line) wrong(why string) error { return fmt.Errorf("grants, line %d: %s", l.n, why) }

func readLines(text string) ([]line, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace = '#', -1, true
	var out []line
	for {
		f, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("grants: %w", err)
		}
		n, _ := r.FieldPos(0)
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		if len(f) < 2 {
			return nil, line{n: n}.wrong("too short")
		}
		out = append(out, line{n, f})
	}
}

func names(s string) []string { return strings.Split(s, "|") }

// pick reads names joined by |; * is all of every; each name must be known.
func pick(l line, s string, every, known []string) ([]string, error) {
	if s == "*" {
		return every, nil
	}
	out := names(s)
	for _, n := range out {
		if !slices.Contains(known, n) {
			return nil, l.wrong("unknown name " + n)
		}
	}
	return out, nil
}
