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

// origin is where a rule stands: the line that grants or denies, and the line through which a role inherited it, or 0.
type origin struct{ line, via int }

// grants is policies/grants.csv, expanded: no wildcard, no inheritance.
type grants struct {
	vocabulary
	rules map[string][]rule // by role and relation: one small enforcer each
	from  map[rule]origin
	said  map[int]string // the text of a line
}

func shard(role, rel string) string { return role + " " + rel }

// parseGrants reads grants; errors begin with name, the file's.
func parseGrants(name, text string) (*grants, error) {
	lines, err := readLines(name, text)
	if err != nil {
		return nil, err
	}
	g := &grants{vocabulary: vocabulary{acts: map[string][]string{}}, rules: map[string][]rule{}, from: map[rule]origin{}, said: map[int]string{}}
	for _, l := range lines {
		g.said[l.n] = strings.Join(l.f, ", ")
		if err := g.word(l); err != nil {
			return nil, err
		}
	}
	seen := g.from
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

// word takes the vocabulary out of a line.
func (g *grants) word(l line) error {
	var into *[]string
	prefix := ""
	switch l.f[0] {
	case "rel":
		into = &g.rels
	case "role":
		into = &g.roles
	case "kind":
		into, prefix = &g.kinds, "kind:"
	case "object":
		if len(l.f) != 3 {
			return l.wrong("object needs a name and its actions")
		}
		if err := l.plain(append(names(l.f[2]), l.f[1])...); err != nil {
			return err
		}
		if g.acts[l.f[1]] != nil {
			return l.wrong("the object " + l.f[1] + " is named twice")
		}
		g.objs, g.acts[l.f[1]] = append(g.objs, l.f[1]), names(l.f[2])
		return nil
	case "inherit", "p":
		return nil
	default:
		return l.wrong("unknown word " + l.f[0] + ": a line begins with object, rel, role, kind, inherit or p")
	}
	if len(l.f) != 2 {
		return l.wrong(l.f[0] + " needs names joined by |, and nothing else")
	}
	if err := l.plain(names(l.f[1])...); err != nil {
		return err
	}
	for _, n := range names(l.f[1]) {
		if slices.Contains(*into, prefix+n) {
			return l.wrong("the " + l.f[0] + " " + n + " is named twice")
		}
		*into = append(*into, prefix+n)
	}
	return nil
}

func (g *grants) add(r rule, at origin, seen map[rule]origin) {
	if _, ok := seen[r]; !ok {
		seen[r] = at
		g.rules[shard(r.role, r.rel)] = append(g.rules[shard(r.role, r.rel)], r)
	}
}

func (g *grants) expand(l line, seen map[rule]origin) error {
	if len(l.f) != 6 || (l.f[5] != "allow" && l.f[5] != "deny") {
		return l.wrong("p needs roles, relations, objects, actions and allow or deny")
	}
	roles, err := pick(l, "role", l.f[1], g.roles, slices.Concat(g.roles, g.kinds))
	if err != nil {
		return err
	}
	rels, err := pick(l, "relation", l.f[2], g.rels, g.rels)
	if err != nil {
		return err
	}
	objs, err := pick(l, "object", l.f[3], g.objs, g.objs)
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
					g.add(rule{tuple{role, rel, obj, act}, l.f[5]}, origin{line: l.n}, seen)
				}
			}
		}
	}
	for _, act := range names(l.f[4]) {
		if act != "*" && !used[act] {
			return l.wrong("no object of this line has the action " + act)
		}
	}
	return nil
}

// inherit copies what is allowed and not also denied. A denial is not inherited: the owner may see prices although the
// warehouse may not.
func (g *grants) inherit(l line, seen map[rule]origin) error {
	if len(l.f) != 3 {
		return l.wrong("inherit needs a role and roles")
	}
	if !slices.Contains(g.roles, l.f[1]) {
		return l.wrong("unknown role " + l.f[1] + "; known are " + strings.Join(g.roles, ", "))
	}
	from, err := pick(l, "role", l.f[2], g.roles, g.roles)
	if err != nil {
		return err
	}
	for _, role := range from {
		for _, rel := range g.rels {
			for _, r := range slices.Clone(g.rules[shard(role, rel)]) {
				if _, denied := seen[rule{r.tuple, "deny"}]; r.eft == "allow" && !denied {
					at := origin{seen[r].line, l.n}
					r.role = l.f[1]
					g.add(r, at, seen)
				}
			}
		}
	}
	return nil
}

type line struct {
	file string
	n    int
	f    []string
}

func (l line) wrong(why string) error { return fmt.Errorf("%s, line %d: %s", l.file, l.n, why) }

// plain refuses names that are more than a word: they could be taken for another thing (kind:producer, a role of an
// organisation's own, a joined name).
func (l line) plain(all ...string) error {
	for _, n := range all {
		ok := n != "" && len(n) <= 24
		for i := range len(n) {
			ok = ok && (n[i] >= 'a' && n[i] <= 'z' || n[i] == '_')
		}
		if !ok {
			return l.wrong(fmt.Sprintf("%q is no name: names are 1 to 24 small letters a to z and _", n))
		}
	}
	return nil
}

func readLines(name, text string) ([]line, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace = '#', -1, true
	var out []line
	for {
		f, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			return nil, line{file: name, n: bad.Line}.wrong(bad.Err.Error())
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		n, _ := r.FieldPos(0)
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		l := line{name, n, f}
		if len(f) < 2 {
			return nil, l.wrong("the line ends too early")
		}
		out = append(out, l)
	}
}

func names(s string) []string { return strings.Split(s, "|") }

// pick reads names joined by |; * is all of every; each name must be known.
func pick(l line, what, s string, every, known []string) ([]string, error) {
	if s == "*" {
		return every, nil
	}
	out := names(s)
	for _, n := range out {
		if !slices.Contains(known, n) {
			return nil, l.wrong("unknown " + what + " " + n + "; known are " + strings.Join(known, ", "))
		}
	}
	return out, nil
}
