package cart_test

import (
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/cart"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

func item(no id.ID, sku, gtin, name string, decimals int, packs map[string]int64) cart.Item {
	units := map[string]qty.Qty{"pcs": qty.Units(1)}
	if decimals > 0 {
		units = map[string]qty.Qty{"kg": qty.Units(1)}
	}
	base := "pcs"
	if decimals > 0 {
		base = "kg"
	}
	for u, n := range packs {
		units[u] = qty.Units(n)
	}
	it := cart.ItemOf(no, sku, gtin, name, false, base, decimals, units)
	it.Breaks = []cart.Break{{Price: money.Price(138_000_000)}}
	return it
}

// stock are goods in the order of a list.
type stock []cart.Item

func (s stock) Item(product id.ID) (cart.Item, bool) {
	i := slices.IndexFunc(s, func(it cart.Item) bool { return it.ID == product })
	if i < 0 {
		return cart.Item{}, false
	}
	return s[i], true
}

func (s stock) All() iter.Seq[cart.Item] { return slices.Values(s) }

func shelf() *cart.Shelf {
	dus := func(n int64) map[string]int64 { return map[string]int64{"carton": n} }
	return cart.NewShelf(stock{
		item(1, "KB165", "8991234567893", "Kopi Bubuk Nusantara 165 g", 0, dus(24)),
		item(2, "KB20", "", "Kopi 3in1 Gula Aren 20 g", 0, map[string]int64{"strip": 10, "carton": 120}),
		item(3, "GA330", "012345678905", "Gula Aren Cair 330 ml", 0, dus(12)),
		item(4, "007", "", "Teh Melati Celup", 0, nil),
		item(5, "7", "", "Sirup Pandan 460 ml", 0, nil),
		item(6, "BR-5", "", "Beras Pandan Wangi", 3, map[string]int64{"sack": 25}),
		item(7, "GAB", "", "Gula Aren Bubuk", 3, nil),
	})
}

// read is what a text becomes: product, quantity and unit of each line, or what is wrong with it.
func read(t *testing.T, text string, rule cart.UnitRule) (out []string) {
	t.Helper()
	sh := shelf()
	typed, err := cart.ReadPaste(text, map[string]bool{"carton": true, "strip": true, "pcs": true, "kg": true, "sack": true})
	require.NoError(t, err)
	for _, l := range typed {
		e := sh.Resolve(l, rule)
		it, _ := sh.Item(e.Product)
		if e.Aside {
			out = append(out, "aside")
			continue
		}
		if code := e.Problem(it, len(sh.Find(e.Name))); code != "" {
			out = append(out, it.SKU+"!"+strings.TrimPrefix(code, "cart."))
			continue
		}
		out = append(out, it.SKU+" "+e.Qty.String()+" "+e.Unit)
	}
	return out
}

func TestWhatPeoplePaste(t *testing.T) {
	for text, want := range map[string]string{
		// columns of a spreadsheet
		"KB165\t10\tdus":                     "KB165 10 carton",
		"KB165\tKopi Bubuk\t10\tdus":         "KB165 10 carton",
		"Kopi Bubuk Nusantara 165 g\t10 dus": "KB165 10 carton",
		"007\t5":                             "007 5 pcs",
		"7\t5":                               "7 5 pcs",
		"KB165\t\tdus":                       "KB165!qty_missing",
		"KB165\tKopi Bubuk\t\tdus":           "KB165!qty_missing",
		"KB165\t0\tdus":                      "KB165!qty_zero",
		"KB165\t-3\tdus":                     "KB165!qty_negative",
		"KB165\tsepuluh\tdus":                "KB165!qty_unreadable",
		"KB165\t10\tlusin":                   "KB165!unit_unknown",
		"KB165\t10":                          "KB165!unit_missing",
		"8991234567893\t3\tpcs":              "KB165 3 pcs",
		"0012345678905\t3\tpcs":              "GA330 3 pcs",
		"Satuan\tKode\tJumlah\ndus\tKB165\t4\ndus\tGA330\t":   "KB165 4 carton|GA330!qty_missing",
		"Nama Barang;Qty;Satuan\nGula Aren Cair 330 ml;6;dus": "GA330 6 carton",
		// lines with commas and semicolons
		"KB165,10,dus":                           "KB165 10 carton",
		"kopi bubuk 165, 10 dus":                 "KB165 10 carton",
		"GA330; 2; dus":                          "GA330 2 carton",
		`"Gula Aren Cair 330 ml",2,dus`:          "GA330 2 carton",
		"kopi bubuk 2 dus, gula aren cair 3 dus": "KB165 2 carton|GA330 3 carton",
		"beras pandan wangi 2,5 kg":              "BR-5 2.5 kg",
		"beras pandan wangi 1,250 kg":            "BR-5!qty_two_ways",
		"beras pandan wangi 0,250 kg":            "BR-5 0.25 kg",
		"teh melati 1.250 pcs":                   "007 1250 pcs",
		// messages
		"kopi bubuk 165 x 10 dus":                                        "KB165 10 carton",
		"kopi bubuk 165 x10dus":                                          "KB165 10 carton",
		"kopi bubuk 165 10x":                                             "KB165!unit_missing",
		"10 dus kopi bubuk 165":                                          "KB165 10 carton",
		"10dus kopi bubuk 165":                                           "KB165 10 carton",
		"2 x dus kopi bubuk":                                             "KB165 2 carton",
		"- gula aren 330ml 2 dus":                                        "GA330 2 carton",
		"• gula aren cair: 2 dus":                                        "GA330 2 carton",
		"1. gula aren cair (2 dus)\n2) teh melati 3":                     "GA330 2 carton|007 3 pcs",
		"[22/11/26 09.15] Bu Sri: kopi bubuk 2 dus ya pak":               "KB165 2 carton",
		"22/11/26, 09.15 - Bu Sri: kopi bubuk 2 dus\n\nteh melati 1 pcs": "KB165 2 carton|007 1 pcs",
		"[09:15, 22/11/2026] +62 812-3456: pesan gula aren cair 4 dus":   "GA330 4 carton",
		"kopi bubuk 2 dus @ Rp331.200":                                   "KB165 2 carton",
		"*kopi bubuk* - 2 karton":                                        "KB165 2 carton",
		// nothing is chosen for anybody
		"gula aren 2 dus":       "!which",
		"kopi x 10":             "!which",
		"kopi bubuk 165":        "KB165!qty_missing",
		"kopi bubuk":            "KB165!qty_missing",
		"teh celup":             "007!qty_missing",
		"mie goreng 2 dus":      "!unknown",
		"kopi bubuk nusntara 2": "!unknown",
		"kopi bubuk 165 1,2,3":  "KB165!qty_unreadable",
		"kopi 16 x 2 dus":       "!unknown",
		"teh botol":             "!unknown",
		"sabun colek 3 dus":     "!unknown",
		"kopi enak":             "!unknown",
		"mau pesan":             "!unknown", // no courtesy in it: who knows what was to follow
		// what is said around an order is no goods
		"Pagi pak, mau pesan ya":                 "aside",
		"Pagi, tolong kirim ya":                  "aside",
		"[23/11/26 08.12] Bu Sri: Pagi, tolong!": "aside",
		"Makasih 🙏":                              "aside",
		"🙏🙏":                                     "aside",
		"Selamat siang\nterima kasih\nThanks":    "aside|aside|aside",
		"Assalamu'alaikum wr. wb.":               "aside",
		"makasiiih yaaa bu":                      "aside",
		"selamat pandan":                         "!unknown", // a word of some goods
		"pagi sirup":                             "!unknown",
		"makasih 2":                              "!unknown", // a number may be a quantity
		"Pagi Bu Sri":                            "!unknown", // a word that nobody knows may be goods
		"---":                                    "",
		"teh melati 2\nteh melati 2,0":           "007 2 pcs|007 2 pcs",
		"007 7":                                  "007!qty_missing", // seven of 007, or 007 of 7: it is asked
	} {
		require.Equal(t, want, strings.Join(read(t, text, cart.AskUnit), "|"), text)
	}
	require.Equal(t, []string{"KB165 10 carton"}, read(t, "kopi bubuk 165 x 10", cart.LargeUnit))
	require.Equal(t, []string{"KB165 10 pcs"}, read(t, "kopi bubuk 165 x 10", cart.SmallUnit))
	require.Empty(t, read(t, "\n \n\t\t\n", cart.AskUnit))
}

func TestFiveThousandLines(t *testing.T) {
	typed, err := cart.ReadPaste(strings.Repeat("KB165\t1\tdus\n", cart.MaxRows), nil)
	require.NoError(t, err)
	require.Len(t, typed, cart.MaxRows)
	_, err = cart.ReadPaste(strings.Repeat("KB165\t1\tdus\n", cart.MaxRows+1), nil)
	require.Equal(t, "cart.too_many", errs.CodeOf(err))
	require.Len(t, []rune(typed[0].Raw), 11)
	long, err := cart.ReadPaste(strings.Repeat("kopi ", 5000), nil)
	require.NoError(t, err)
	require.LessOrEqual(t, len([]rune(long[0].Raw)), 200)
}

func TestWhatComesNear(t *testing.T) {
	names := func(text string) (out []string) {
		sh := shelf()
		for _, no := range sh.Like(text) {
			it, _ := sh.Item(no)
			out = append(out, it.SKU)
		}
		return out
	}
	require.Equal(t, []string{"KB165"}, names("kopi bubuk nusntara"))
	require.Equal(t, []string{"GA330"}, names("gula aren caur"))
	require.Empty(t, names("semen tiga roda"))
}

func FuzzReadPaste(f *testing.F) {
	for _, s := range []string{"kopi 165 x 10", "10 dus kopi bubuk 165", "KB165\t10\tdus", "a;b;c", "[22/11/26 09.15] Bu Sri: kopi 2 dus", "1,250 kg beras", "- gula aren 330ml 2", "\"a,b\",2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sh := shelf()
		typed, err := cart.ReadPaste(text, map[string]bool{"carton": true})
		if err != nil {
			require.Equal(t, "cart.too_many", errs.CodeOf(err))
			return
		}
		for _, l := range typed {
			require.NotEmpty(t, l.Readings)
			require.LessOrEqual(t, len([]rune(l.Raw)), 200)
			e := sh.Resolve(l, cart.AskUnit)
			require.GreaterOrEqual(t, e.Qty, qty.Qty(0))
			if e.Qty > 0 { // a quantity is one that was written, and nothing else
				require.NotEmpty(t, e.QtyTyped)
				require.NotZero(t, e.Product)
				require.NotEmpty(t, strings.Trim(e.QtyTyped, "0., "))
			}
			if e.Product != 0 {
				require.Len(t, sh.Find(e.Name), 1)
			}
		}
	})
}

// TestACourtesyThatIsGoodsIsAsked: where a word of the line is one of the shelf, nobody decides that it is none.
func TestACourtesyThatIsGoodsIsAsked(t *testing.T) {
	typed, err := cart.ReadPaste("Selamat pagi\nterima kasih", nil)
	require.NoError(t, err)
	sh := cart.NewShelf(stock{item(1, "BIS", "", "Biskuit Pagi Sore 120 g", 0, nil)})
	require.False(t, sh.Resolve(typed[0], cart.AskUnit).Aside)
	require.True(t, sh.Resolve(typed[1], cart.AskUnit).Aside)
	rows, err := cart.ReadRows([][]string{{"Kode", "Jumlah"}, {"BIS", "2"}, {"Terima kasih", ""}}, nil)
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.True(t, sh.Resolve(rows[1], cart.AskUnit).Aside)
}
