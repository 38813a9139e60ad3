package paper

import (
	"cmp"
	"slices"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/partner"
)

// sheet is a document as it will stand on paper, in words of its reader: everything but the layout.
type sheet struct {
	kind, title, number, status string
	called                      string // its name among files, where that is not its number
	from, to                    party
	facts                       []fact // what is to be known before the lines
	form                        []fact // of a receipt: who paid, how much in words, what for
	columns                     []column
	lines                       []line
	sums                        []fact
	ages                        []fact // of a statement: what is open, by how long it has been due
	words                       string // the amount read out
	payTo                       []string
	notes                       []string
	signs                       []sign
	path                        string // of the record
	seq                         int64  // of its journal
	zone                        string // of who printed it

	logo      partner.Logo // of who sends it; of none, nothing is drawn
	lang, url string
	printed   clock.Instant
}

// party is a letterhead.
type party struct {
	label, name string
	city        string
	lines       []string
}

// fact is a label with a value; strong ones are what the document is about.
type fact struct {
	label, value string
	strong       bool
}

// column of the table: its share of the width, and whether it holds figures.
type column struct {
	head  string
	share float64
	right bool
	aside bool // left out on a strip, where a quantity and a price stand as one sum
}

// line of the table: a cell for each column, and what stands small below the first. Strong ones are sums.
type line struct {
	cells  []string
	sub    string
	strong bool
}

// sign is where somebody signs: as what, and for whom. stamped ones leave room for a duty stamp.
type sign struct {
	label, place, name string
	stamped            bool
}

// reading is every word of the sheet, in no order that matters.
func (s *sheet) reading() string {
	out := []string{s.title, s.number, s.status, s.words, s.url, s.foot()}
	for _, p := range []party{s.from, s.to} {
		out = append(append(out, p.label, p.name), p.lines...)
	}
	for _, f := range slices.Concat(s.facts, s.form, s.sums, s.ages) {
		out = append(out, f.label, f.value)
	}
	for _, l := range s.lines {
		out = append(append(out, l.cells...), l.sub)
	}
	for _, x := range s.signs {
		out = append(out, x.label, x.place, x.name)
	}
	return strings.Join(slices.Concat(out, s.payTo, s.notes), "\n")
}

func (s *sheet) t(key string, args ...string) string { return i18n.T(s.lang, key, args...) }

func (s *sheet) fact(key, value string) {
	if value != "" && value != "–" {
		s.facts = append(s.facts, fact{label: s.t(key), value: value})
	}
}

func (s *sheet) sum(key, value string, strong bool) {
	s.sums = append(s.sums, fact{s.t(key), value, strong})
}

func (s *sheet) sign(key, name string) {
	s.signs = append(s.signs, sign{label: s.t(key), name: name})
}

// foot is what the last line of every page says: when it was printed, and under which number the books have it.
func (s *sheet) foot() string {
	out := []string{s.t("paper.printed", "at", i18n.Time(s.lang, s.printed, s.zone))}
	if s.seq > 0 {
		out = append(out, s.t("paper.journal", "no", i18n.Count(s.lang, s.seq)))
	}
	return strings.Join(out, " · ")
}

// file is what the document is called when it is kept: what it is and its number, of letters that every system takes.
func (s *sheet) file(ending string) string {
	var words []string
	for _, w := range append([]string{s.title}, strings.Split(cmp.Or(s.called, s.number), "/")...) {
		w = strings.Map(func(r rune) rune {
			switch {
			case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r == '-':
				return r
			case r == ' ' || r == '_' || r == '.':
				return '-'
			}
			return -1
		}, w)
		if w = strings.Trim(w, "-"); w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, "-") + "." + ending
}
