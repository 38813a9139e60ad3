package cart

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"

	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Item is a product as the seller offers it to the buyer today.
type Item struct {
	ID        id.ID
	SKU, GTIN string
	Name      string
	Service   bool
	BaseUnit  string
	Decimals  int
	Units     []Unit // the smallest first
	Breaks    []Break
}

// Unit is a pack of a product and how many base units it holds.
type Unit struct {
	Name string
	Base qty.Qty
}

// ItemOf makes an item; packs is how many base units each of its units holds.
func ItemOf(no id.ID, sku, gtin, name string, service bool, base string, decimals int, packs map[string]qty.Qty) Item {
	it := Item{ID: no, SKU: sku, GTIN: gtin, Name: name, Service: service, BaseUnit: base, Decimals: decimals}
	for u, n := range packs {
		it.Units = append(it.Units, Unit{u, n})
	}
	slices.SortFunc(it.Units, func(a, b Unit) int { return cmp.Or(cmp.Compare(a.Base, b.Base), cmp.Compare(a.Name, b.Name)) })
	return it
}

// Break is a step of the ladder of prices.
type Break struct {
	MinQty qty.Qty
	Price  money.Price
}

// Shelf is what a seller offers a buyer, to be looked up by what people type. It is one person's for one request.
type Shelf struct {
	goods  Goods
	ready  bool               // for being asked by words: what follows is made when somebody first does
	codes  map[string][]id.ID // folded SKU, GTIN of fourteen digits
	names  map[string][]id.ID // folded
	tokens map[string][]id.ID
	sorted []string // the tokens
	units  map[string]bool
	found  map[string]map[id.ID]bool // what having answered before: a list of many lines says the same words again and again
}

// NewShelf lays goods out for being looked up.
func NewShelf(g Goods) *Shelf { return &Shelf{goods: g} }

// prepare makes a shelf ready for being asked by words.
func (s *Shelf) prepare() {
	if s.ready {
		return
	}
	s.ready, s.codes, s.names, s.tokens, s.units, s.found = true, map[string][]id.ID{}, map[string][]id.ID{}, map[string][]id.ID{}, map[string]bool{}, map[string]map[id.ID]bool{}
	for it := range s.goods.All() {
		for _, u := range it.Units {
			s.units[list.Fold(u.Name)] = true
		}
		s.codes[list.Fold(it.SKU)] = append(s.codes[list.Fold(it.SKU)], it.ID)
		if g := gtin14(it.GTIN); g != "" {
			s.codes["gtin:"+g] = append(s.codes["gtin:"+g], it.ID)
		}
		s.names[list.Fold(it.Name)] = append(s.names[list.Fold(it.Name)], it.ID)
		for _, t := range distinct(tokens(it.Name + " " + it.SKU)) {
			s.tokens[t] = append(s.tokens[t], it.ID)
		}
	}
	s.sorted = slices.Sorted(maps.Keys(s.tokens))
}

// Units are the folded names of all units that the goods come in.
func (s *Shelf) Units() map[string]bool {
	s.prepare()
	return s.units
}

// Item is a product of the shelf.
func (s *Shelf) Item(no id.ID) (Item, bool) { return s.goods.Item(no) }

// item is a product of the shelf, and nothing where there is none.
func (s *Shelf) item(no id.ID) Item {
	it, _ := s.goods.Item(no)
	return it
}

// gtin14 is a bar code as all its lengths are compared: with leading zeros to fourteen digits; "" for what is none.
func gtin14(s string) string {
	s = strings.TrimSpace(s)
	if n := len(s); (n != 8 && n != 12 && n != 13 && n != 14) || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return strings.Repeat("0", 14-len(s)) + s
}

// sizeWords are written in several ways in names.
var sizeWords = map[string]string{"gr": "g", "gram": "g", "grams": "g", "ltr": "l", "liter": "l", "litre": "l", "lt": "l", "kilo": "kg", "kilogram": "kg", "mililiter": "ml"}

// tokens are the words and numbers of a text, folded; "330ml" is two of them.
func tokens(s string) (out []string) {
	var cur []rune
	kind := 0
	flush := func() {
		if len(cur) > 0 {
			t := string(cur)
			out = append(out, cmp.Or(sizeWords[t], t))
			cur = cur[:0]
		}
	}
	for _, r := range list.Fold(s) {
		k := 0
		switch {
		case unicode.IsDigit(r):
			k = 2
		case unicode.IsLetter(r):
			k = 1
		}
		if k != kind {
			flush()
		}
		if kind = k; k != 0 {
			cur = append(cur, r)
		}
	}
	flush()
	return out
}

// distinct are texts without those that stand there twice, in order.
func distinct(in []string) []string {
	slices.Sort(in)
	return slices.Compact(in)
}

// Find looks goods up by what somebody calls them: a code or bar code exactly, then a name exactly, then by words, each of which must be
// in the name. Several may be meant; none is chosen here.
func (s *Shelf) Find(name string) []id.ID {
	fold := list.Fold(name)
	if fold == "" {
		return nil
	}
	s.prepare()
	code := slices.Clone(s.codes[fold])
	if g := gtin14(name); g != "" {
		code = append(code, s.codes["gtin:"+g]...)
	}
	if len(code) > 0 {
		slices.Sort(code)
		return slices.Compact(code)
	}
	if hits := s.names[fold]; len(hits) > 0 {
		return slices.Clone(hits)
	}
	return s.byWords(distinct(tokens(name)))
}

// byWords are the goods that have every word; of those that have nothing else besides, only these.
func (s *Shelf) byWords(want []string) []id.ID {
	if len(want) == 0 {
		return nil
	}
	sets := make([]map[id.ID]bool, len(want))
	for i, w := range want {
		sets[i] = s.having(w)
	}
	slices.SortFunc(sets, func(a, b map[id.ID]bool) int { return cmp.Compare(len(a), len(b)) })
	var out, exact []id.ID
	for no := range sets[0] {
		if slices.ContainsFunc(sets[1:], func(set map[id.ID]bool) bool { return !set[no] }) {
			continue
		}
		out = append(out, no)
		if slices.Equal(distinct(tokens(s.item(no).Name)), want) {
			exact = append(exact, no)
		}
	}
	if len(exact) > 0 {
		out = exact
	}
	s.sort(out)
	return out
}

// having are the goods with a word, or with one that begins with it: numbers are whole, "16" is not "165".
func (s *Shelf) having(word string) map[id.ID]bool {
	if known, ok := s.found[word]; ok {
		return known
	}
	out := map[id.ID]bool{}
	s.found[word] = out
	for _, no := range s.tokens[word] {
		out[no] = true
	}
	if len([]rune(word)) < 3 || unicode.IsDigit([]rune(word)[0]) {
		return out
	}
	at, _ := slices.BinarySearch(s.sorted, word)
	for _, t := range s.sorted[at:] {
		if !strings.HasPrefix(t, word) {
			break
		}
		for _, no := range s.tokens[t] {
			out[no] = true
		}
	}
	return out
}

func (s *Shelf) sort(nos []id.ID) {
	names := make(map[id.ID]string, len(nos))
	for _, no := range nos {
		names[no] = list.Fold(s.item(no).Name)
	}
	slices.SortFunc(nos, func(a, b id.ID) int { return cmp.Or(cmp.Compare(names[a], names[b]), cmp.Compare(a, b)) })
}

// mostCandidates are as many goods as one is asked to choose among; the search finds the others.
const mostCandidates = 8

// Like are goods that somebody may have meant who wrote something that is none: those with most of the words, one letter aside. They are
// offered for choosing and never taken.
func (s *Shelf) Like(name string) []id.ID {
	want := distinct(tokens(name))
	if len(want) == 0 || len(want) > 20 {
		return nil
	}
	s.prepare()
	score := map[id.ID]int{}
	for _, w := range want {
		near := s.having(w)
		if len(near) == 0 && len([]rune(w)) >= 4 && !unicode.IsDigit([]rune(w)[0]) {
			near = s.misspelt(w)
		}
		for no := range near {
			score[no]++
			if unicode.IsLetter([]rune(w)[0]) { // words say more than numbers
				score[no]++
			}
		}
	}
	best := 0
	for _, n := range score {
		best = max(best, n)
	}
	if best < 2 {
		return nil
	}
	var out []id.ID
	for no, n := range score {
		if n == best {
			out = append(out, no)
		}
	}
	s.sort(out)
	return out[:min(len(out), mostCandidates)]
}

// misspelt are the goods with a word that is one letter off.
func (s *Shelf) misspelt(word string) map[id.ID]bool {
	if known, ok := s.found["~"+word]; ok {
		return known
	}
	out := map[id.ID]bool{}
	s.found["~"+word] = out
	w := []rune(word)
	for _, t := range s.sorted {
		if oneOff(w, []rune(t)) {
			for _, no := range s.tokens[t] {
				out[no] = true
			}
		}
	}
	return out
}

// oneOff tells whether two words differ by one letter: another, one more, one less, or two that changed places.
func oneOff(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return slices.Equal(a[i:], b[i+1:])
	}
	if i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && slices.Equal(a[i+2:], b[i+2:]) {
		return true
	}
	return i < len(a) && slices.Equal(a[i+1:], b[i+1:])
}
