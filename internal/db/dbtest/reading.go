package dbtest

import (
	"regexp"
	"slices"
	"strings"
)

// A statement is read as far as it takes to say whose rows it asks for: into its selects, each with the tables that it names and
// the conditions that hold for all of its rows. A table is bound when a condition that holds in every case compares a column that
// says whose with a value that the program gives (never with a constant: there is always somebody's 0), or when it is joined to
// a table that is bound.

var (
	quoted   = regexp.MustCompile(`'[^']*'`)
	comments = regexp.MustCompile(`(?s)/\*.*?\*/|--[^\n]*`)
	tokens   = regexp.MustCompile(`[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)?|[0-9.]+|<>|<=|>=|!=|''|\S`)
	ending   = []string{"WHERE", "GROUP", "ORDER", "LIMIT", "HAVING", "FOR", "WINDOW", "LOCK"}
	joining  = []string{"JOIN", "LEFT", "INNER", "CROSS", "OUTER", "STRAIGHT_JOIN", "RIGHT", "NATURAL"}
)

// word is a piece of a statement: a token, or what stands in parentheses.
type word struct {
	s     string
	group []word // of parentheses
	paren bool
}

func (w word) is(names ...string) bool {
	return !w.paren && slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, w.s) })
}

// words are the pieces of a statement, parentheses as trees.
func words(query string) []word {
	q := strings.NewReplacer("`", "", `"`, "").Replace(quoted.ReplaceAllString(comments.ReplaceAllString(query, " "), "''"))
	stack := [][]word{nil}
	for _, t := range tokens.FindAllString(q, -1) {
		top := len(stack) - 1
		switch {
		case t == "(":
			stack = append(stack, nil)
		case t == ")" && top > 0:
			stack[top-1] = append(stack[top-1], word{group: stack[top], paren: true})
			stack = stack[:top]
		default:
			stack[top] = append(stack[top], word{s: t})
		}
	}
	for top := len(stack) - 1; top > 0; top-- { // cut off
		stack[top-1] = append(stack[top-1], word{group: stack[top], paren: true})
	}
	return stack[0]
}

// split cuts pieces at words that stand outside of parentheses.
func split(ws []word, at ...string) (out [][]word) {
	from := 0
	for i, w := range ws {
		if w.is(at...) {
			out = append(out, ws[from:i])
			from = i + 1
		}
	}
	return append(out, ws[from:])
}

// named is a table of a select under the name that its columns go by.
type named struct {
	table, alias string
	outer        bool // joined from the left: its conditions say nothing of the others
}

// sense is what a select says of its rows.
type sense struct {
	tables []named
	conds  []cond
	within *sense // around a select in parentheses
}

// cond holds for every row of a select, or, of a table that is joined from the left, for its rows alone.
type cond struct {
	ws   []word
	only string
}

// reader gathers what a statement asks for without saying whose.
type reader struct {
	missing []string
	ctes    []string
}

func (r *reader) statement(ws []word) {
	if len(ws) == 0 {
		return
	}
	if ws[0].is("WITH") {
		ws = r.with(ws[1:])
	}
	switch {
	case len(ws) > 0 && ws[0].is("UPDATE", "DELETE"):
		r.change(ws)
	case len(ws) > 0 && (ws[0].is("SELECT") || ws[0].paren):
		r.query(ws, nil)
	case len(ws) > 0 && ws[0].is("INSERT", "REPLACE"):
		for i, w := range ws {
			if w.is("SELECT") {
				r.query(ws[i:], nil)
				return
			}
		}
		r.inner(ws, nil)
	}
}

// with reads the selects that a statement names beforehand, and answers the rest.
func (r *reader) with(ws []word) []word {
	for i := 0; i < len(ws); i++ {
		switch {
		case ws[i].is("SELECT", "UPDATE", "DELETE", "INSERT"):
			return ws[i:]
		case i+1 < len(ws) && ws[i].is("AS") && ws[i+1].paren:
			at := i - 1
			if ws[at].paren && at > 0 { // the names of its columns
				at--
			}
			r.ctes = append(r.ctes, strings.ToLower(ws[at].s))
			r.query(ws[i+1].group, nil)
		}
	}
	return nil
}

// query reads a select with all its branches; bound tells whether every one of them is bound to somebody.
func (r *reader) query(ws []word, within *sense) (bound bool) {
	bound = true
	for _, b := range split(ws, "UNION", "EXCEPT", "INTERSECT") {
		if len(b) > 0 && b[0].is("ALL") {
			b = b[1:]
		}
		if len(b) == 1 && b[0].paren {
			bound = r.query(b[0].group, within) && bound
		} else if len(b) > 0 {
			bound = r.branch(b, within) && bound
		}
	}
	return bound
}

func (r *reader) branch(ws []word, within *sense) bool {
	s := &sense{within: within}
	from, at := slices.IndexFunc(ws, func(w word) bool { return w.is("FROM") }), 0
	if from >= 0 {
		at = from + 1
		for at < len(ws) && !ws[at].is(ending...) {
			at = s.from(r, ws, at)
		}
	}
	s.where(ws[at:])
	ok := r.judge(s)
	r.inner(ws, s)
	return ok
}

// from reads one table of a FROM and what it is joined by, and answers where it ends.
func (s *sense) from(r *reader, ws []word, i int) int {
	outer := false
	for ; i < len(ws) && (ws[i].is(joining...) || ws[i].is(",")); i++ {
		outer = outer || ws[i].is("LEFT")
	}
	if i >= len(ws) || ws[i].is(ending...) {
		return i
	}
	t := named{table: strings.ToLower(ws[i].s), outer: outer}
	if ws[i].paren {
		t.table = ""                                                      // judged by itself
		if len(ws[i].group) > 0 && !ws[i].group[0].is("SELECT", "WITH") { // (a JOIN b)
			for at := 0; at < len(ws[i].group); {
				at = s.from(r, ws[i].group, at)
			}
			return i + 1
		}
	}
	i++
	if i < len(ws) && ws[i].is("AS") {
		i++
	}
	t.alias = t.table
	if i < len(ws) && !ws[i].paren && !ws[i].is(ending...) && !ws[i].is(joining...) && !ws[i].is("ON", "FORCE", "USE", ",", "USING", "SET", "INDEXED", "UNION") {
		t.alias = strings.ToLower(ws[i].s)
		i++
	}
	s.tables = append(s.tables, t)
	for i < len(ws) && (ws[i].is("FORCE", "USE", "INDEXED", "INDEX", "BY", "NOT") || ws[i].paren) {
		i++
	}
	if i < len(ws) && ws[i].is("ON") {
		end := i + 1
		for end < len(ws) && !ws[end].is(ending...) && !ws[end].is(joining...) && !ws[end].is(",") {
			end++
		}
		c := cond{ws: ws[i+1 : end]}
		if outer {
			c.only = t.alias
		}
		s.conds = append(s.conds, c)
		return end
	}
	if i < len(ws) && !ws[i].is(ending...) && !ws[i].is(joining...) && !ws[i].is(",") {
		i++
	}
	return i
}

func (s *sense) where(ws []word) {
	at := slices.IndexFunc(ws, func(w word) bool { return w.is("WHERE") })
	if at < 0 {
		return
	}
	ws = ws[at+1:]
	if end := slices.IndexFunc(ws, func(w word) bool { return w.is(ending[1:]...) }); end >= 0 {
		ws = ws[:end]
	}
	s.conds = append(s.conds, cond{ws: ws})
}

// change reads an UPDATE or a DELETE.
func (r *reader) change(ws []word) {
	s, at := &sense{}, 1
	if ws[0].is("DELETE") {
		at = 2
	}
	if at >= len(ws) {
		return
	}
	s.tables = []named{{table: strings.ToLower(ws[at].s), alias: strings.ToLower(ws[at].s)}}
	if at+1 < len(ws) && !ws[at+1].is("SET", "WHERE", "AS") && !ws[at+1].paren {
		s.tables[0].alias = strings.ToLower(ws[at+1].s)
	}
	s.where(ws)
	if s.inVersion() {
		s.tables = nil
	}
	r.judge(s)
	r.inner(ws, s)
}

// inner reads the selects in parentheses.
func (r *reader) inner(ws []word, s *sense) {
	for _, w := range ws {
		switch {
		case w.paren && len(w.group) > 0 && w.group[0].is("SELECT", "WITH"):
			r.query(w.group, s)
		case w.paren:
			r.inner(w.group, s)
		}
	}
}

// inVersion tells whether one row is changed in the version in which it was read: the reading said whose it is.
func (s *sense) inVersion() bool {
	var row, version bool
	for _, c := range s.conds {
		for _, atom := range split(bare(c.ws), "AND") {
			if len(atom) == 3 && atom[1].is("=") && atom[2].is("?") {
				row, version = row || atom[0].is("id"), version || atom[0].is("version")
			}
			if len(split(atom, "OR")) > 1 {
				return false
			}
		}
	}
	return row && version
}

// bare takes parentheses away that stand around the whole.
func bare(ws []word) []word {
	for len(ws) == 1 && ws[0].paren {
		ws = ws[0].group
	}
	return ws
}
