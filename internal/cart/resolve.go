package cart

import (
	"strings"

	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/qty"
)

// UnitRule says what a quantity without a unit is counted in: whoever sends a list decides it, or is asked line by line.
type UnitRule string

// The rules. Large and small are the largest and the smallest pack of each product.
const (
	AskUnit   UnitRule = "ask"
	LargeUnit UnitRule = "large"
	SmallUnit UnitRule = "small"
)

// Entry is a line of a basket: what was typed, and as much of it as could be understood without choosing for anybody. A product of 0, a
// quantity of 0 and an empty unit are those that could not.
type Entry struct {
	Typed     string // as it stood there; "" for what was picked from a list
	Name      string // what it calls the product
	QtyTyped  string
	UnitTyped string
	Product   id.ID
	Qty       qty.Qty
	Unit      string
	Merged    int64 // how many lines more were added to this one
	Aside     bool  // it is no goods, but what is said around an order: kept, never ordered, and nobody has to look at it
}

// Resolve looks a line up.
func (s *Shelf) Resolve(t Typed, rule UnitRule) Entry {
	r, hits := s.reading(t.Readings)
	e := Entry{Typed: t.Raw, Name: r.Name, QtyTyped: r.Qty, UnitTyped: r.Unit, Aside: t.Aside && !s.mentions(r.Name)}
	if e.Aside {
		return e
	}
	if len(hits) == 1 {
		e.take(s.item(hits[0]), rule)
	}
	return e
}

// reading chooses how a line is understood: the one way that means goods of the shelf. Where several do, none is taken for granted: the
// whole line is the name then, and the quantity is asked.
func (s *Shelf) reading(all []Reading) (Reading, []id.ID) {
	var found []int
	hits := make([][]id.ID, len(all))
	for i, r := range all {
		if hits[i] = s.Find(r.Name); len(hits[i]) > 0 {
			found = append(found, i)
		}
	}
	switch len(found) {
	case 0:
		return all[0], nil
	case 1:
		return all[found[0]], hits[found[0]]
	}
	last := found[len(found)-1]
	r := all[last]
	r.Qty, r.Unit = "", ""
	return r, hits[last]
}

// take settles the product of a line, and what follows from it: unit and quantity, as far as they are clear.
func (e *Entry) take(it Item, rule UnitRule) {
	e.Product, e.Unit, e.Qty = it.ID, "", 0
	switch {
	case e.UnitTyped != "":
		e.Unit = it.UnitOf(e.UnitTyped)
	case len(it.Units) == 1:
		e.Unit = it.Units[0].Name
	case rule == LargeUnit && len(it.Units) > 0:
		e.Unit = it.Units[len(it.Units)-1].Name
	case rule == SmallUnit && len(it.Units) > 0:
		e.Unit = it.Units[0].Name
	}
	e.count(it)
}

// count reads the quantity; it stays 0 where it is not written, is no number, is not more than none, or can be read in two ways.
func (e *Entry) count(it Item) {
	q, err := i18n.ParseQty(e.QtyTyped)
	if e.Qty = 0; e.QtyTyped != "" && err == nil && q > 0 && q <= qty.Max && !e.twoWays(it) {
		e.Qty = q
	}
}

// twoWays tells whether a quantity may mean thousands or a part of one: "1,250" of something that is sold by parts.
func (e *Entry) twoWays(it Item) bool {
	s := strings.TrimSpace(e.QtyTyped)
	at := strings.IndexAny(s, ".,")
	if at <= 0 || at > 3 || len(s)-at != 4 || s[0] == '0' || strings.ContainsAny(s[at+1:], ".,") {
		return false
	}
	n, err := qty.Decimal(s[:at]+"."+s[at+1:], 3)
	for _, u := range it.Units {
		if e.Unit != "" && u.Name != e.Unit {
			continue
		}
		if base, ok := qty.Qty(n).Times(int64(u.Base), qty.Scale); err == nil && ok && base.Fits(it.Decimals) {
			return true
		}
	}
	return false
}

// Problem is what is wrong with the wording of a line, as a code with a sentence; "" where nothing is. n is how many goods it may mean.
func (e Entry) Problem(it Item, n int) string {
	switch {
	case e.Product == 0 && n > 1:
		return "cart.which"
	case e.Product == 0:
		return "cart.unknown"
	case e.Qty == 0:
		return e.qtyProblem(it)
	case e.Unit == "" && e.UnitTyped == "":
		return "cart.unit_missing"
	case e.Unit == "":
		return "cart.unit_unknown"
	}
	return ""
}

func (e Entry) qtyProblem(it Item) string {
	q, err := i18n.ParseQty(e.QtyTyped)
	switch {
	case strings.TrimSpace(e.QtyTyped) == "":
		return "cart.qty_missing"
	case err != nil:
		return "cart.qty_unreadable"
	case q == 0:
		return "cart.qty_zero"
	case q < 0:
		return "cart.qty_negative"
	case e.twoWays(it):
		return "cart.qty_two_ways"
	}
	return "cart.qty_too_large"
}

// merge adds lines of one product and unit together, in the order in which they come first; what is not clear stays by itself. It answers
// how many went into others.
func merge(entries []Entry) (out []Entry, merged int) {
	type key struct {
		product id.ID
		unit    string
	}
	at := map[key]int{}
	for _, e := range entries {
		k := key{e.Product, e.Unit}
		i, there := at[k]
		clear := e.Product != 0 && e.Unit != "" && e.Qty > 0
		if there && clear && out[i].Qty+e.Qty <= qty.Max {
			out[i].Qty += e.Qty
			out[i].QtyTyped = Written(out[i].Qty)
			out[i].Merged += e.Merged + 1
			merged++
			continue
		}
		if clear && !there {
			at[k] = len(out)
		}
		out = append(out, e)
	}
	return out, merged
}

// Written is a quantity as it is put into a field: what is read back from there is the same, whoever reads it.
func Written(q qty.Qty) string { return i18n.Written(q.String()) }
