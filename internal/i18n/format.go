package i18n

import (
	"strconv"
	"strings"
	"time"

	"saluran/internal/clock"
	"saluran/internal/money"
	"saluran/internal/qty"
)

const (
	minus = "\u2212" // a true minus, as wide as a digit
	nbsp  = "\u00a0"
)

// symbols that are written before an amount; other currencies are written with their code and a no-break space.
var symbols = map[string]string{"IDR": "Rp", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "SGD": "S$", "MYR": "RM"}

// marks are the grouping and the decimal mark of a language.
func marks(lang string) (group, point string) {
	if Lang(lang) == EN {
		return ",", "."
	}
	return ".", ","
}

// decimal writes a plain decimal ("-1234.5") with the marks of a language.
func decimal(lang, plain string) string {
	group, point := marks(lang)
	neg := strings.HasPrefix(plain, "-")
	whole, frac, hasFrac := strings.Cut(strings.TrimPrefix(plain, "-"), ".")
	var b strings.Builder
	if neg {
		b.WriteString(minus)
	}
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(c)
	}
	if hasFrac {
		b.WriteString(point + frac)
	}
	return b.String()
}

// sign puts a currency's symbol between the minus and the figures.
func sign(code, figures string) string {
	s, ok := symbols[code]
	if !ok {
		s = code + nbsp
	}
	if rest, neg := strings.CutPrefix(figures, minus); neg {
		return minus + s + rest
	}
	return s + figures
}

// Money writes an amount: "Rp522.607.000", "−Rp1.250.000"; dollars and rupiah with sen take the language's own marks.
// English marks are used for dollars in either language, as on their documents.
func Money(lang, currency string, m money.Minor) string {
	c, err := money.Lookup(currency)
	if err != nil {
		c = money.Currency{Code: currency, Digits: 2, Round: 1}
	}
	if c.Code != "IDR" {
		lang = EN
	}
	return sign(c.Code, decimal(lang, c.Format(m)))
}

// Price writes a unit price: at least the currency's digits, at most four.
func Price(lang, currency string, p money.Price) string {
	s := p.String()
	if currency != "IDR" {
		lang = EN
		if whole, frac, _ := strings.Cut(s, "."); len(frac) < 2 && currency != "JPY" {
			s = whole + "." + frac + strings.Repeat("0", 2-len(frac))
		}
	}
	return sign(currency, decimal(lang, s))
}

// short is one step of the short forms.
type short struct {
	at     int64 // major units
	digits int
	id, en string
}

var shorts = []short{{1_000_000_000_000, 2, "T", "tn"}, {1_000_000_000, 2, "M", "bn"}, {1_000_000, 1, "jt", "m"}, {1_000, 0, "rb", "k"}}

// ShortMoney is for figures at a glance only ("Rp4,82 M", "Rp383 jt"): M is miliar in Indonesian, m is million in English, so
// it never stands in documents, and the full amount stands in the title beside it.
func ShortMoney(lang, currency string, m money.Minor) string {
	c, err := money.Lookup(currency)
	if err != nil {
		return Money(lang, currency, m)
	}
	neg, v := m < 0, int64(m)
	if neg {
		v = -v
	}
	for _, s := range shorts {
		unit := s.at * c.Factor()
		if v < unit {
			continue
		}
		digits := s.digits
		if v >= 100*unit {
			digits = 0 // Rp383 jt says enough
		}
		step := unit
		for range digits {
			step /= 10
		}
		plain := qty.Format((v+step/2)/step, digits)
		if neg {
			plain = "-" + plain
		}
		word := s.id
		if Lang(lang) == EN {
			word = s.en
		}
		return sign(c.Code, decimal(lang, plain)) + nbsp + word
	}
	return Money(lang, currency, m)
}

// Qty writes a quantity without its unit: "1.100", "2,5".
func Qty(lang string, q qty.Qty) string { return decimal(lang, q.String()) }

// QtyUnit writes a quantity with its unit: "1.100 dus".
func QtyUnit(lang string, q qty.Qty, unit string) string {
	if unit == "" {
		return Qty(lang, q)
	}
	return Qty(lang, q) + nbsp + UnitName(lang, unit)
}

// UnitName is the word for a unit of measure; units that the catalogue does not know are shown as they were given.
func UnitName(lang, unit string) string {
	if Has(lang, "unit."+unit) {
		return T(lang, "unit."+unit)
	}
	return unit
}

// Count writes a whole number: "1.284".
func Count(lang string, n int64) string { return decimal(lang, strconv.FormatInt(n, 10)) }

// Percent writes hundredths of a percent: 840 is "8,4%".
func Percent(lang string, bps int64) string { return decimal(lang, qty.Format(bps, 2)) + "%" }

// Date writes a business date: "21 Nov 2026"; "–" for none.
func Date(lang string, d clock.Date) string {
	if d == "" {
		return "–"
	}
	return day(lang, d.Time(), true)
}

// ShortDate leaves the year out when it is the year of now: for lists.
func ShortDate(lang string, d, now clock.Date) string {
	if d == "" {
		return "–"
	}
	return day(lang, d.Time(), len(now) < 4 || string(d)[:4] != string(now)[:4])
}

func day(lang string, t time.Time, year bool) string {
	s := strconv.Itoa(t.Day()) + " " + T(lang, "month."+strconv.Itoa(int(t.Month())))
	if year {
		s += " " + strconv.Itoa(t.Year())
	}
	return s
}

// Time writes a moment in a zone: "21 Nov 2026, 14.05 WIB".
func Time(lang string, i clock.Instant, zone string) string {
	if i == 0 {
		return "–"
	}
	return day(lang, i.Time().In(clock.Zone(zone)), true) + ", " + Clock(lang, i, zone)
}

// Clock writes the time of day of a moment in a zone: "14.05 WIB".
func Clock(lang string, i clock.Instant, zone string) string {
	t := i.Time().In(clock.Zone(zone))
	sep := "."
	if Lang(lang) == EN {
		sep = ":"
	}
	return t.Format("15"+sep+"04") + nbsp + ZoneName(zone, t)
}

// ZoneName is what people call a zone: WIB, WITA, WIT; elsewhere the abbreviation of the zone itself.
func ZoneName(zone string, t time.Time) string {
	switch zone {
	case "Asia/Jakarta", "Asia/Pontianak":
		return "WIB"
	case "Asia/Makassar", "Asia/Ujung_Pandang":
		return "WITA"
	case "Asia/Jayapura":
		return "WIT"
	}
	n, _ := t.In(clock.Zone(zone)).Zone()
	return n
}
