package dbtest

import (
	"slices"
	"strings"
)

// judge notes the tables of organisations of a select that are not bound to anybody, and tells whether the select is bound at all.
func (r *reader) judge(s *sense) bool {
	bound := map[string]bool{}
	any := false
	for _, t := range s.tables {
		_, tenant := owned(t.table)
		if t.table == "" || slices.Contains(r.ctes, t.table) || !tenant {
			continue
		}
		for _, c := range s.conds {
			if (c.only == "" || c.only == t.alias) && r.binds(s, t, c.ws) {
				bound[t.alias] = true
			}
		}
	}
	for _, t := range s.tables { // what is read in parentheses is judged by itself
		if t.table == "" || slices.Contains(r.ctes, t.table) {
			bound[t.alias] = true
		}
	}
	for again := true; again; {
		again = false
		for _, c := range s.conds {
			for _, e := range s.joins(c) {
				for _, x := range [][2]string{e, {e[1], e[0]}} {
					if (c.only == "" || c.only == x[1]) && !bound[x[1]] && (bound[x[0]] || s.isAround(x[0])) && s.has(x[1]) {
						bound[x[1]], again = true, true
					}
				}
			}
		}
	}
	for _, t := range s.tables {
		if _, tenant := owned(t.table); tenant && !slices.Contains(r.ctes, t.table) && !bound[t.alias] && !slices.Contains(r.missing, t.table) {
			r.missing = append(r.missing, t.table)
		}
		any = any || bound[t.alias]
	}
	return any
}

func (s *sense) has(alias string) bool {
	return slices.ContainsFunc(s.tables, func(t named) bool { return t.alias == alias })
}

// isAround tells whether a name is of a select around this one: that one is judged for itself.
func (s *sense) isAround(alias string) bool {
	if s.has(alias) {
		return false
	}
	for o := s.within; o != nil; o = o.within {
		if o.has(alias) {
			return true
		}
	}
	return false
}

// binds tells whether a condition, whatever else is true, says whose the rows of a table are.
func (r *reader) binds(s *sense, t named, ws []word) bool {
	ws = bare(ws)
	if either := split(ws, "OR"); len(either) > 1 {
		return !slices.ContainsFunc(either, func(x []word) bool { return !r.binds(s, t, x) })
	}
	if all := split(ws, "AND"); len(all) > 1 {
		return slices.ContainsFunc(all, func(x []word) bool { return r.binds(s, t, x) })
	}
	if len(ws) > 1 && ws[0].is("+") { // it only keeps SQLite from looking the column up in an index
		ws = ws[1:]
	}
	cols, _ := owned(t.table)
	mine := func(w word) bool { return !w.paren && slices.Contains(cols, s.column(t, w.s)) }
	switch {
	case len(ws) == 3 && ws[1].is("="):
		return mine(ws[0]) && given(ws[2]) || mine(ws[2]) && given(ws[0])
	case len(ws) == 3 && ws[1].is("IN") && ws[2].paren:
		in := ws[2].group
		if len(in) > 0 && in[0].is("SELECT", "WITH") {
			quiet := &reader{ctes: r.ctes}
			return (mine(ws[0]) || slices.Contains(refers, s.column(t, ws[0].s))) && quiet.query(in, s) && len(quiet.missing) == 0
		}
		if ws[0].is("?") {
			return len(in) > 0 && !slices.ContainsFunc(in, func(w word) bool { return !w.is(",") && !mine(w) })
		}
		if ws[0].paren { // several columns at once
			return slices.ContainsFunc(ws[0].group, mine)
		}
		return mine(ws[0]) && len(in) > 0 && !slices.ContainsFunc(in, func(w word) bool { return !w.is(",") && !given(w) })
	case len(ws) == 2 && ws[0].is("EXISTS") && ws[1].paren:
		quiet := &reader{ctes: r.ctes}
		return quiet.query(ws[1].group, s) && len(quiet.missing) == 0 && mentions(ws[1].group, t.alias)
	}
	return false
}

// given is a value of the program: whose rows are asked for.
func given(w word) bool {
	return w.is("?") || w.paren && len(w.group) == 1 && w.group[0].is("?")
}

// refers are the columns that name one row of some table: rows of nobody else have the same.
var refers = []string{"id", "channel", "link", "agreement", "lot", "place", "order_id", "shipment_id", "invoice_id", "payment_id", "list", "acct", "doc", "sharing"}

func mentions(ws []word, alias string) bool {
	return slices.ContainsFunc(ws, func(w word) bool {
		return w.paren && mentions(w.group, alias) || strings.HasPrefix(strings.ToLower(w.s), alias+".")
	})
}

// column is the column of a table that a word names; "" where it is none of it.
func (s *sense) column(t named, word string) string {
	word = strings.ToLower(word)
	alias, col, dotted := strings.Cut(word, ".")
	if dotted {
		if alias == t.alias {
			return col
		}
		return ""
	}
	if slices.Contains(columnNames(t.table), word) {
		return word
	}
	return ""
}

// joins are the pairs of names that a condition makes equal, whatever else is true; with several alternatives, in each of them.
func (s *sense) joins(c cond) (out [][2]string) {
	for _, atom := range split(bare(c.ws), "AND") {
		atom = bare(atom)
		if len(split(atom, "AND")) > 1 {
			out = append(out, s.joins(cond{ws: atom})...)
			continue
		}
		if either := split(atom, "OR"); len(either) > 1 {
			common := s.joins(cond{ws: either[0]})
			for _, x := range either[1:] {
				other := s.joins(cond{ws: x})
				common = slices.DeleteFunc(common, func(p [2]string) bool {
					return !slices.Contains(other, p) && !slices.Contains(other, [2]string{p[1], p[0]})
				})
			}
			out = append(out, common...)
			continue
		}
		if len(atom) == 3 && (atom[1].is("=") || atom[1].is("IN") && atom[2].paren && !first(atom[2].group).is("SELECT")) {
			right := []word{atom[2]}
			if atom[2].paren {
				right = atom[2].group
			}
			left := s.aliasOf(atom[0])
			for _, w := range right {
				if at := s.aliasOf(w); at != "" && left != "" && at != left {
					out = append(out, [2]string{left, at})
				}
			}
		}
	}
	return out
}

func first(ws []word) word {
	if len(ws) == 0 {
		return word{}
	}
	return ws[0]
}

// aliasOf is the table that a column belongs to.
func (s *sense) aliasOf(w word) string {
	if w.paren {
		return ""
	}
	if alias, _, dotted := strings.Cut(strings.ToLower(w.s), "."); dotted {
		return alias
	}
	for o := s; o != nil; o = o.within {
		for _, t := range o.tables {
			if slices.Contains(columnNames(t.table), strings.ToLower(w.s)) {
				return t.alias
			}
		}
	}
	return ""
}
