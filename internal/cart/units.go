package cart

import (
	"slices"
	"strings"

	"saluran/internal/list"
)

// sameUnit are words that people write for one unit; the units of a product are found through them. What is not here is found
// by its own name.
var sameUnit = [][]string{
	{"pcs", "pc", "piece", "pieces", "each", "ea", "buah", "bh", "biji", "bj"},
	{"carton", "cartons", "ctn", "karton", "krt", "crt", "dus", "dos", "ds", "kardus", "case"},
	{"box", "boxes", "kotak", "ktk"},
	{"pack", "packs", "pak", "pk", "pck", "bungkus", "bks", "bgks"},
	{"strip", "strips", "renceng", "rcg", "rtg", "renteng", "renc"},
	{"dozen", "lusin", "lsn", "dz"},
	{"sack", "sacks", "sak", "zak", "karung", "krg", "bag", "bags"},
	{"bottle", "bottles", "botol", "btl"},
	{"pallet", "pallets", "palet", "plt"},
	{"kg", "kilo", "kilogram", "kgs"},
	{"g", "gr", "gram", "grams"},
	{"t", "ton", "tonne", "tonnes"},
	{"l", "ltr", "liter", "litre", "lt"},
	{"ml", "mililiter"},
	{"ball", "bal", "bale"},
	{"can", "cans", "kaleng", "klg"},
	{"jerrycan", "jerigen", "jirigen"},
	{"tray", "rak", "krat", "crate"},
}

var unitGroup = func() map[string]int {
	m := map[string]int{}
	for i, g := range sameUnit {
		for _, w := range g {
			m[w] = i + 1
		}
	}
	return m
}()

// sizes are units that products carry in their names: "330ml" belongs to the name as long as nothing else says that it is a quantity.
var sizes = []string{"g", "gr", "gram", "ml", "l", "ltr", "liter", "lt", "kg", "kilo", "cm", "mm", "cc", "oz"}

// isUnit tells whether a word is one for a unit of measure: a known one, or one of those that are offered.
func isUnit(word string, offered map[string]bool) bool {
	w := unitWord(word)
	return w != "" && (unitGroup[w] != 0 || offered[w])
}

func unitWord(s string) string { return strings.Trim(list.Fold(s), ".,;:!()[]") }

// UnitOf finds the unit of a product that a word means: its own name, or another word for exactly one of them; "" where it is none.
func (it Item) UnitOf(word string) string {
	w := unitWord(word)
	for _, u := range it.Units {
		if list.Fold(u.Name) == w {
			return u.Name
		}
	}
	group, found := unitGroup[w], ""
	if group == 0 {
		return ""
	}
	for _, u := range it.Units {
		if unitGroup[list.Fold(u.Name)] == group {
			if found != "" {
				return ""
			}
			found = u.Name
		}
	}
	return found
}

func isSize(word string) bool { return slices.Contains(sizes, word) }
