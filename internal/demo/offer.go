package demo

import (
	"saluran/internal/catalog"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// good is a product of the cast. price is rupiah per base unit without tax, as a distributor pays it.
type good struct {
	sku, name, unit string
	decimals        int
	class           string
	service         bool
	life            int // days from making to expiry; 0: it does not expire
	packs           []catalog.Unit
	pack            string // what it is ordered by
	price           int64
	par             int64 // packs that the producer keeps in stock
}

func pack(name string, n int64) catalog.Unit { return catalog.Unit{Name: name, Base: qty.Units(n)} }

var goodsOf = map[string][]good{
	producer: {
		{"0165", "Kopi Bubuk Lereng 165 g", "pcs", 0, "standard", false, 540, []catalog.Unit{pack("dus", 24)}, "dus", 14_500, 260},
		{"0380", "Kopi Bubuk Lereng 380 g", "pcs", 0, "standard", false, 540, []catalog.Unit{pack("dus", 12)}, "dus", 31_000, 240},
		{"0065", "Kopi Bubuk Lereng 65 g", "pcs", 0, "standard", false, 540, []catalog.Unit{pack("renceng", 10), pack("dus", 60)}, "dus", 6_200, 240},
		{"1001", "Kopi Susu Sachet 25 g", "pcs", 0, "standard", false, 365, []catalog.Unit{pack("renceng", 10), pack("dus", 120)}, "dus", 1_450, 280},
		{"1002", "Kopi Gula Aren Sachet 25 g", "pcs", 0, "standard", false, 365, []catalog.Unit{pack("renceng", 10), pack("dus", 120)}, "dus", 1_550, 260},
		{"1003", "Kopi Moka Sachet 25 g", "pcs", 0, "standard", false, 365, []catalog.Unit{pack("renceng", 10), pack("dus", 120)}, "dus", 1_600, 120},
		{"2001", "Biji Arabika Welirang", "kg", 1, "standard", false, 270, []catalog.Unit{pack("karung", 25)}, "kg", 148_000, 900},
		{"2002", "Biji Robusta Dampit", "kg", 1, "standard", false, 270, []catalog.Unit{pack("karung", 25)}, "kg", 82_000, 900},
		{"3001", "Kopi Botol Siap Minum 220 ml", "botol", 0, "standard", false, 110, []catalog.Unit{pack("dus", 24)}, "dus", 7_400, 150},
		{"3002", "Gula Aren Bubuk 500 g", "pcs", 0, "exempt", false, 365, []catalog.Unit{pack("dus", 20)}, "dus", 18_500, 120},
		{"4001", "Kotak Hadiah Kopi Luwak 100 g", "kotak", 0, "luxury", false, 365, nil, "kotak", 265_000, 90},
		{"4002", "Kertas Saring isi 50", "pak", 0, "standard", false, 0, []catalog.Unit{pack("dus", 40)}, "pak", 21_000, 300},
		{"9001", "Pelatihan Barista, satu hari", "orang", 0, "standard", true, 0, nil, "orang", 450_000, 0},
		{"9002", "Servis Mesin Kopi", "kali", 0, "standard", true, 0, nil, "kali", 350_000, 0},
	},
	roaster: {
		{"OK-200", "Omah Kelir Arabika 200 g", "bungkus", 0, "standard", false, 120, nil, "bungkus", 62_000, 140},
		{"OK-100", "Omah Kelir Robusta 100 g", "bungkus", 0, "standard", false, 120, nil, "bungkus", 28_000, 140},
		{"OK-DRP", "Omah Kelir Seduh Tetes isi 5", "kotak", 0, "standard", false, 150, nil, "kotak", 38_000, 120},
	},
}

// priceList is a price list: whose, of whose products, how far above the price of a distributor, whether quantity is rewarded.
type priceList struct {
	key, org, name string
	of             string
	percent        int64 // of the distributor's price
	vat            bool  // the prices contain VAT
	breaks         bool
}

var priceLists = []priceList{
	{"LWR/distributor", producer, "Distributor", producer, 100, false, true},
	{"LWR/grosir", producer, "Grosir", producer, 107, false, true},
	{"LWR/ritel", producer, "Ritel dan kafe", producer, 116, false, true},
	{"LWR/warung", producer, "Warung", producer, 121, true, false},
	{"OMK/konsumen", roaster, "Pembeli langsung", roaster, 130, true, false},
	{"OMK/toko", roaster, "Toko titip agen", roaster, 100, false, true},
	{"MNT/grosir", "MNT", "Grosir Timur", producer, 109, false, true},
	{"SPL/grosir", "SPL", "Grosir Jatim", producer, 108, false, true},
	{"GPT/toko", "GPT", "Toko", producer, 118, false, true},
	{"GKJ/toko", "GKJ", "Toko", producer, 122, false, false},
	{"GPM/toko", "GPM", "Toko", producer, 117, true, true},
	{"GJS/toko", "GJS", "Toko", producer, 116, false, true},
	{"GPT/eceran", "GPT", "Eceran", producer, 135, true, false},
	{"T01/eceran", "T01", "Eceran", producer, 142, true, false},
	{"T14/eceran", "T14", "Eceran", producer, 140, true, false},
	{"T27/eceran", "T27", "Eceran", producer, 145, true, false},
}

// priced is the price of a good on a list, rounded to fifty rupiah; rise is per cent on top of it.
func (l priceList) priced(g good, rise int64) money.Price {
	p := g.price * l.percent * (100 + rise) / 10_000
	if l.vat && g.class == "standard" {
		p = p * 111 / 100
	}
	return money.Price((p + 25) / 50 * 50 * money.PriceScale)
}

// rupiah is an amount in sen.
func rupiah(n int64) money.Minor { return money.Minor(n * 100) }
