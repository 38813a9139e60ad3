package sharing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"slices"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/internal/text"
)

// What can be shared, and how fine.
var (
	Measures = []string{"sellout", "stock", "orders"}
	Periods  = []string{"day", "week", "month"}
	Goods    = []string{"product", "all"}
	Places   = []string{"none", "region", "shop"}
)

// The statuses; expired is one that is past its last day.
const (
	Offered   = "offered"
	Active    = "active"
	Declined  = "declined"
	Withdrawn = "withdrawn"
	Ended     = "ended"
	Expired   = "expired"
)

// Bounds of the terms.
const (
	MaxDelay = 365
	MaxGroup = 1000
	MaxDays  = 5 * 366 // between the offer and the last day
)

// Terms are what an agreement shares.
type Terms struct {
	Measure  string
	Period   string
	Goods    string
	Place    string
	Delay    int64 // days after the end of a period
	MinGroup int64 // shops behind a cell; 1: every cell is shown
	Purpose  string
	Since    clock.Date // periods that begin before it are not shown
	Until    clock.Date // the last day of the agreement
	Values   bool       // the net amount before tax is shown beside the quantity; stock has none
}

// Sharing is an agreement to share.
type Sharing struct {
	ID                      id.ID
	Grantor, Viewer         id.ID
	GrantorName, ViewerName string
	Terms
	Status                     string // also expired
	Offered, Answered, EndedAt clock.Instant
	Version                    int64
	zone                       string
	city                       string
	key                        []byte
}

// Rel is how an organisation stands to the agreement: the grantor owns it, the viewer is upstream by it.
func (s Sharing) Rel(org id.ID) access.Rel {
	switch org {
	case s.Grantor:
		return access.Own
	case s.Viewer:
		return access.Upstream
	}
	return access.None
}

// Offer is a new agreement that the acting organisation offers.
type Offer struct {
	Key    audit.Key
	Viewer id.ID
	Terms
}

// check finds what is wrong with terms that are offered on a day.
func (t *Terms) check(today clock.Date) error {
	var bad []errs.Field
	choice := func(path, v string, of []string) {
		if !slices.Contains(of, v) {
			bad = append(bad, errs.F(path, "sharing.choice"))
		}
	}
	choice("measure", t.Measure, Measures)
	choice("period", t.Period, Periods)
	choice("goods", t.Goods, Goods)
	choice("place", t.Place, Places)
	if t.Values && t.Measure == "stock" {
		bad = append(bad, errs.F("values", "sharing.no_value"))
	}
	within := func(path string, v, low, high int64) {
		if v < low || v > high {
			bad = append(bad, errs.F(path, "sharing.range", "low", strconv.FormatInt(low, 10), "high", strconv.FormatInt(high, 10)))
		}
	}
	within("delay_days", t.Delay, 0, MaxDelay)
	within("min_group", t.MinGroup, 1, MaxGroup)
	if wrong := text.Line("purpose", &t.Purpose, 300); wrong != nil {
		bad = append(bad, wrong...)
	} else if t.Purpose == "" {
		bad = append(bad, errs.F("purpose", "sharing.needed"))
	}
	if t.Since == "" {
		t.Since = today
	}
	if _, err := clock.ParseDate(string(t.Since)); err != nil {
		bad = append(bad, errs.F("since", "bad_date"))
	}
	if _, err := clock.ParseDate(string(t.Until)); err != nil {
		bad = append(bad, errs.F("until", "bad_date"))
	} else if t.Until < today || t.Until > today.AddDays(MaxDays) {
		bad = append(bad, errs.F("until", "sharing.until", "today", string(today), "last", string(today.AddDays(MaxDays))))
	}
	if len(bad) > 0 {
		return errs.OnFields("invalid", bad...)
	}
	return nil
}

// mask is the name of a shop in an agreement: nobody without the key can say which shop it is, or compare agreements.
func mask(key []byte, shop id.ID) string {
	m := hmac.New(sha256.New, key)
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(shop))
	m.Write(b[:])
	return "S-" + base32.StdEncoding.EncodeToString(m.Sum(nil)[:5])
}

// Span is a period: its first and last day.
type Span struct{ First, Last clock.Date }

// SpanOf is the period of a kind that a day lies in. Weeks begin on Monday.
func SpanOf(kind string, d clock.Date) Span {
	t := d.Time()
	switch kind {
	case "week":
		first := d.AddDays(-(int(t.Weekday()) + 6) % 7)
		return Span{first, first.AddDays(6)}
	case "month":
		first := d[:8] + "01"
		next := clock.Date(first.Time().AddDate(0, 1, 0).Format("2006-01-02"))
		return Span{first, next.AddDays(-1)}
	}
	return Span{d, d}
}

// most is how many periods one look shows at most.
var most = map[string]int{"day": 62, "week": 53, "month": 36}

// spans are the periods that may be shown on a day, of those asked for: whole ones, latest first.
func (t Terms) spans(today, from, to clock.Date) []Span {
	end := today
	if to != "" && to < end {
		end = to
	}
	n := most[t.Period]
	if t.Measure == "stock" {
		n = min(n, 31) // each is a question of its own
	}
	var out []Span
	for p := SpanOf(t.Period, end); len(out) < n && p.First >= t.Since && (from == "" || p.Last >= from); p = SpanOf(t.Period, p.First.AddDays(-1)) {
		if p.Last.AddDays(int(t.Delay)) < today {
			out = append(out, p)
		}
	}
	return out
}

// Ask is a look: the period, and which of the cells that are shown are wanted.
type Ask struct {
	From, To clock.Date
	Product  id.ID
	Region   string
	Shop     string
	Way      string // page, api, workbook
}

// Cell is one figure.
type Cell struct {
	Span
	Product   id.ID // 0 where all goods are taken together
	SKU, Name string
	Unit      string
	Region    string // "" where the agreement does not share it, or nobody entered one
	Shop      string
	Qty       qty.Qty
	Currency  string      // "" where values are not shared
	Net       money.Minor // before tax
}

func (a Ask) wants(c Cell) bool {
	return (a.Product == 0 || a.Product == c.Product) && (a.Region == "" || a.Region == c.Region) && (a.Shop == "" || a.Shop == c.Shop)
}

// Look is what somebody looked at.
type Look struct {
	ID         id.ID
	At         clock.Instant `gorm:"column:at_us"`
	Viewer     id.ID
	ViewerName string
	Person     string
	Way        string
	Asked      string
	Shown      int64
}

// Upstream is an organisation that the acting one may share with.
type Upstream struct {
	ID         id.ID
	Code, Name string
	Kind       string
	Direct     bool // it sells to the acting organisation itself
}
