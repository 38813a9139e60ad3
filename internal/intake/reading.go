package intake

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"saluran/internal/clock"
	"saluran/internal/excel"
)

// Reading is how a file writes numbers and days where one could read them in two ways. It is found out from the file's own rows, and
// asked of a person where they leave both ways open; nothing is guessed.
type Reading struct {
	Order   string `json:"order,omitempty"`   // "dmy" or "mdy"
	Decimal string `json:"decimal,omitempty"` // "," or "."
}

// Sighting is a cell that shows something, and how many there are.
type Sighting struct {
	N      int64  `json:"n"`
	Row    int64  `json:"row"`
	Column string `json:"column"`
	Value  string `json:"value"`
}

func (s *Sighting) see(row int64, column, value string) {
	if s.N++; s.N == 1 {
		s.Row, s.Column, s.Value = row, column, strings.Clone(clip(value, 60))
	}
}

// evidence is what the cells of a file show of its reading.
type evidence struct {
	dmy, mdy, anyDay       Sighting // day first, month first, either
	comma, point, anyPoint Sighting // decimal comma, decimal point, either
}

// money signs and the like that people write into numbers.
var beside = strings.NewReplacer("Rp.", "", "Rp", "", "rp", "", "RP", "", "IDR", "", "USD", "", "US$", "", "$", "", "€", "", "\u00a0", "", "\u202f", "", " ", "")

// bare is a number without money sign, blanks and sign.
func bare(s string) (digits string, neg bool) {
	s = beside.Replace(strings.TrimSpace(s))
	s = strings.TrimSuffix(s, ",-") // Rp 1.000,-
	switch {
	case strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")"):
		return s[1 : len(s)-1], true
	case strings.HasSuffix(s, "-") && len(s) > 1:
		return s[:len(s)-1], true
	case strings.HasPrefix(s, "-"):
		return s[1:], true
	}
	return strings.TrimPrefix(s, "+"), false
}

var (
	stored = regexp.MustCompile(`^-?\d+(\.\d*[1-9])?([eE][+-]?\d+)?$`) // as a workbook stores a number: no last zero behind the point
	triple = regexp.MustCompile(`^-?\d{1,3}\.\d{3}$`)
)

// decimalOf is the decimal sign that a number shows: "," or "."; "" where it has none, "?" where it may be either.
func decimalOf(digits string) string {
	d, c := strings.Count(digits, "."), strings.Count(digits, ",")
	last := max(strings.LastIndex(digits, "."), strings.LastIndex(digits, ","))
	switch {
	case d+c == 0:
		return ""
	case d > 0 && c > 0:
		return digits[last : last+1]
	case d > 1:
		return ","
	case c > 1:
		return "."
	case len(digits)-last-1 != 3 || last > 3 || last == 0 || strings.HasPrefix(digits, "0"):
		return digits[last : last+1]
	}
	return "?"
}

// number sees what a number shows of the file's decimal sign.
func (e *evidence) number(s string, workbook bool, row int64, column string) {
	if s == "" || workbook && stored.MatchString(s) {
		return
	}
	digits, _ := bare(s)
	if strings.Trim(digits, "0123456789.,") != "" {
		return
	}
	switch decimalOf(digits) {
	case ",":
		e.comma.see(row, column, s)
	case ".":
		e.point.see(row, column, s)
	case "?":
		e.anyPoint.see(row, column, s)
	}
}

// plainNumber is a number as digits, a point and a leading minus; why is the code of what is wrong.
func (rd Reading) plainNumber(s string, workbook bool) (plain, why string) {
	if workbook && stored.MatchString(s) {
		if rd.Decimal == "," && triple.MatchString(s) {
			return "", "sheet.number_unclear"
		}
		return excel.Plain(s), ""
	}
	digits, neg := bare(s)
	if digits == "" || strings.Trim(digits, "0123456789.,") != "" {
		return "", "import.not_a_number"
	}
	point := rd.Decimal
	if point == "" {
		point = "."
	}
	group := map[string]string{".": ",", ",": "."}[point]
	whole, frac, _ := strings.Cut(digits, point)
	if strings.ContainsAny(frac, ".,") {
		return "", "sheet.number_other_way"
	}
	if strings.Contains(whole, group) {
		for i, g := range strings.Split(whole, group) {
			if i > 0 && len(g) != 3 || i == 0 && (len(g) == 0 || len(g) > 3) {
				return "", "sheet.number_other_way"
			}
		}
		whole = strings.ReplaceAll(whole, group, "")
	}
	if whole == "" {
		whole = "0"
	}
	if frac != "" {
		whole += "." + frac
	}
	if neg {
		whole = "-" + whole
	}
	return whole, ""
}

// months by the first letters of their names, in both languages.
var months = map[string]time.Month{"jan": 1, "feb": 2, "peb": 2, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7, "agu": 8, "agt": 8, "aug": 8, "sep": 9,
	"okt": 10, "oct": 10, "nov": 11, "nop": 11, "des": 12, "dec": 12}

var (
	figures  = regexp.MustCompile(`^(\d{1,4})([-/. ])(\d{1,2})([-/. ])(\d{1,4})$`)
	compact  = regexp.MustCompile(`^(19|20)\d{6}$`)
	timeTail = regexp.MustCompile(`[T ]\d{1,2}[:.]\d{2}([:.]\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?(Z|[+-]\d\d:?\d\d)?$`)
	apart    = regexp.MustCompile(`[^\pL\d]+`)
)

func dayOf(y, m, d int) (clock.Date, bool) {
	if y < 70 {
		y += 2000
	} else if y < 100 {
		y += 1900
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if m < 1 || m > 12 || t.Day() != d || y < 1970 || y > 9999 {
		return "", false
	}
	return clock.Date(t.Format(time.DateOnly)), true
}

// parts are the three figures of a day that is written with figures alone, when their order is open: day and month in front.
func openDay(s string) (a, b, y int, sep string, ok bool) {
	m := figures.FindStringSubmatch(s)
	if m == nil || len(m[1]) > 2 || m[2] != m[4] || len(m[5]) != 4 && len(m[5]) != 2 {
		return 0, 0, 0, "", false
	}
	a, _ = strconv.Atoi(m[1])
	b, _ = strconv.Atoi(m[3])
	y, _ = strconv.Atoi(m[5])
	return a, b, y, m[2], true
}

// day sees what a day shows of the file's order of day and month.
func (e *evidence) day(s string, row int64, column string) {
	s = timeTail.ReplaceAllString(s, "")
	a, b, _, sep, ok := openDay(s)
	switch {
	case !ok || sep == "." || a == b:
	case a > 12 && b <= 12:
		e.dmy.see(row, column, s)
	case b > 12 && a <= 12:
		e.mdy.see(row, column, s)
	case a <= 12 && b <= 12:
		e.anyDay.see(row, column, s)
	}
}

// dayRead is a day in any of the forms that people write; why is the code of what is wrong.
func (rd Reading) dayRead(s string, workbook bool) (d clock.Date, why string) {
	if workbook && !compact.MatchString(s) {
		if d, ok := excel.DateOf(s); ok && d >= "1970-01-01" {
			return d, ""
		}
	}
	s = strings.TrimSpace(timeTail.ReplaceAllString(s, ""))
	if compact.MatchString(s) {
		s = s[:4] + "-" + s[4:6] + "-" + s[6:]
	}
	if a, b, y, sep, ok := openDay(s); ok {
		if a != b && sep != "." && rd.Order == "mdy" {
			a, b = b, a
		}
		if d, ok = dayOf(y, b, a); ok {
			return d, ""
		}
		if _, other := dayOf(y, a, b); other {
			return "", "sheet.day_other_way"
		}
		return "", "sheet.bad_day"
	}
	if m := figures.FindStringSubmatch(s); m != nil && len(m[1]) == 4 {
		y, _ := strconv.Atoi(m[1])
		mo, _ := strconv.Atoi(m[3])
		day, _ := strconv.Atoi(m[5])
		if d, ok := dayOf(y, mo, day); ok {
			return d, ""
		}
		return "", "sheet.bad_day"
	}
	return dayByName(s)
}

// dayByName reads days whose month is a word: 3 April 2026, 03-Apr-26, April 3, 2026.
func dayByName(s string) (clock.Date, string) {
	var nums []int
	month := time.Month(0)
	for _, p := range apart.Split(s, -1) {
		switch {
		case p == "":
		case unicode.IsDigit(rune(p[0])):
			n, err := strconv.Atoi(p)
			if err != nil {
				return "", "sheet.bad_day"
			}
			nums = append(nums, n)
		case len(p) >= 3 && months[strings.ToLower(p[:3])] > 0 && month == 0:
			month = months[strings.ToLower(p[:3])]
		case len(nums) == 0 && month == 0: // Senin, 3 April 2026
		default:
			return "", "sheet.bad_day"
		}
	}
	if month == 0 || len(nums) != 2 {
		return "", "sheet.bad_day"
	}
	if d, ok := dayOf(nums[1], int(month), nums[0]); ok {
		return d, ""
	}
	return "", "sheet.bad_day"
}
