package cart

import (
	"regexp"
	"strings"
)

const num = `[+\-−]?\d[\d.,]*`

var (
	numUnit  = regexp.MustCompile(`^(` + num + `)\s*([^\d\s.,]+)\.?$`)
	timesEnd = regexp.MustCompile(`(?i)^(.+?)\s*(?:\s[x×*]\s*|[×*]\s*|\s*[=:]\s*|\s[-–—]\s+)(` + num + `)\s*([^\d\s]*)$`)
	endTimes = regexp.MustCompile(`(?i)^(.+?)\s+(` + num + `)\s*[x×*]$`)
	brackets = regexp.MustCompile(`^(.+?)\s*[(\[](` + num + `)\s*([^\d\s)\]]*)[)\]]$`)
	front    = regexp.MustCompile(`(?i)^(` + num + `)\s*([^\d\s]*)\s+(.+)$`)
	back     = regexp.MustCompile(`^(.+?)\s+(` + num + `)\s*([^\d\s]*)$`)
)

// polite are words around an order that say nothing of the goods.
var polite = map[string]bool{"ya": true, "yaa": true, "pak": true, "bu": true, "kak": true, "mas": true, "mbak": true, "bang": true, "gan": true, "bos": true, "boss": true,
	"dong": true, "aja": true, "saja": true, "please": true, "pls": true, "thanks": true, "makasih": true}

// asking are words before the goods.
var asking = map[string]bool{"pesan": true, "order": true, "mau": true, "minta": true, "tolong": true, "kirim": true, "tambah": true, "plus": true, "sama": true, "dan": true}

// free reads a line of a message.
func (p *paper) free(s string) []Reading {
	s = trimPolite(s)
	var out []Reading
	add := func(name, n, unit string) {
		name = strings.Trim(strings.TrimSpace(name), ",;:=-–—*×() ")
		for _, r := range out {
			if r == (Reading{name, n, unit}) {
				return
			}
		}
		out = append(out, Reading{name, n, unit})
	}
	p.marked(s, add)
	if len(out) == 0 {
		p.plain(s, add)
	}
	add(s, "", "") // all of it may be the name: a quantity was not written then
	return out
}

// marked reads what says itself which number is the quantity: a times sign, a colon, brackets.
func (p *paper) marked(s string, add func(name, n, unit string)) {
	for _, re := range []*regexp.Regexp{timesEnd, brackets} {
		if m := re.FindStringSubmatch(s); m != nil && (m[3] == "" || isUnit(m[3], p.units)) && hasWord(m[1]) {
			add(m[1], number(m[2]), m[3])
			return
		}
	}
	if m := endTimes.FindStringSubmatch(s); m != nil {
		add(m[1], number(m[2]), "")
		return
	}
	if m := front.FindStringSubmatch(s); m != nil && (strings.EqualFold(m[2], "x") || m[2] == "×" || m[2] == "*") {
		if n, unit, rest := p.leadingUnit(m[3]); n {
			add(rest, number(m[1]), unit)
			return
		}
		add(m[3], number(m[1]), "")
	}
}

// leadingUnit takes a unit from the front of a text: "dus kopi".
func (p *paper) leadingUnit(s string) (ok bool, unit, rest string) {
	first, rest, found := strings.Cut(s, " ")
	return found && isUnit(first, p.units) && !isSize(unitWord(first)), first, rest
}

// plain reads a line whose numbers say nothing of themselves: each that may be the quantity makes a reading.
func (p *paper) plain(s string, add func(name, n, unit string)) {
	if m := front.FindStringSubmatch(s); m != nil {
		switch {
		case m[2] != "" && isUnit(m[2], p.units):
			add(m[3], number(m[1]), m[2])
		case m[2] == "":
			if ok, unit, rest := p.leadingUnit(m[3]); ok {
				add(rest, number(m[1]), unit)
			} else {
				add(m[3], number(m[1]), "")
			}
		}
	}
	if m := back.FindStringSubmatch(s); m != nil && hasWord(m[1]) {
		if m[3] == "" || isUnit(m[3], p.units) {
			add(m[1], number(m[2]), m[3])
		}
	}
}

// amount reads "10 dus" or "10dus" in a cell of its own.
func (p *paper) amount(s string) (n, unit string, ok bool) {
	m := numUnit.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil || !isUnit(m[2], p.units) {
		return "", "", false
	}
	return number(m[1]), m[2], true
}

// number drops marks that end a sentence rather than belong to a number.
func number(s string) string { return strings.TrimRight(s, ".,") }

func hasWord(s string) bool { return strings.Trim(s, " .,;:=-–—*×()") != "" }

func trimPolite(s string) string {
	f := strings.Fields(s)
	for len(f) > 1 && polite[unitWord(f[len(f)-1])] {
		f = f[:len(f)-1]
	}
	for len(f) > 1 && asking[unitWord(f[0])] {
		f = f[1:]
	}
	return strings.TrimRight(strings.Join(f, " "), " .!,;")
}
