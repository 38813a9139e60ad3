package view

import (
	"context"
	"strconv"

	"github.com/a-h/templ"

	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/money"
	"saluran/web/kit"
)

// VisitShop is a shop at which somebody calls.
type VisitShop struct {
	Shop, Seller Ref
	Place        string // address and city
	Phone        string
	Currency     string
	Late         money.Minor
	Ordered      clock.Date
	Href         string // where one checks in, or what was done there
}

// ShelfPath is where a device finds what can be counted at a shop, PackPath what it needs to order from there.
func (s VisitShop) ShelfPath() string {
	return "/m/visits/goods?seller=" + s.Seller.ID + "&shop=" + s.Shop.ID
}
func (s VisitShop) PackPath() string { return packPath(Pair{Seller: s.Seller, Buyer: s.Shop}) }

// VisitDue is a place of a day.
type VisitDue struct {
	VisitShop
	Turn   int
	State  string // due, open, order, none, closed, missed
	At     clock.Instant
	Result string
	Who    string // a colleague who was there
}

// VisitDay is a day of somebody's round.
type VisitDay struct {
	On, Today  clock.Date
	Week       int
	Rows       []VisitDue
	Done, All  int
	Late       money.Minor
	Currency   string
	MayPlan    bool
	MayCall    bool
	MayOrder   bool
	Prev, Next string
}

// VisitCount is a product that can be counted, or was.
type VisitCount struct {
	Product, SKU, Name string
	Unit               string
	Units              []string
	Qty                string // as it is put into the field
	Said               string // quantity in words
	Err                string
}

// VisitOrder is an order of a visit, or one that can be linked with it.
type VisitOrder struct{ ID, Number string }

// Visit is a visit's page, at the desk or on the phone.
type Visit struct {
	VisitShop
	ID       string
	State    string
	Day      clock.Date
	Who, Org string
	Own      bool // of the reader's organisation
	In, Out  clock.Instant
	PhoneIn  clock.Instant
	PhoneOut clock.Instant
	Offline  bool
	ClosedBy string
	Result   string
	Reason   string
	Note     string
	Spot     string
	Map      string // coordinates in words
	Counts   []VisitCount
	Orders   []VisitOrder
	MayWrite bool
	Version  int64
	Goods    []VisitCount
	Counting bool
	More     bool   // there are more goods than these: they are searched for
	Find     string // what is searched for
	NoGoods  string // why nothing can be counted
	Options  []VisitOrder
	OrderAt  string
	Form     kit.Form
	Conflict string
	Which    string // the form that was refused: count, out, orders, photo
	Files    *Files
	Phone    bool
}

// VisitBegin is the page on which somebody checks in.
type VisitBegin struct {
	VisitShop
	Stop     string
	Form     kit.Form
	Conflict string
	Open     string // the visit that is in the way; "" for none
	MayOrder bool
	Last     []VisitRow
}

// VisitRow is a visit in a list.
type VisitRow struct {
	ID, Href string
	Day      clock.Date
	Shop     string
	City     string
	Who, Org string
	State    string
	Reason   string
	Counted  int
	Orders   []VisitOrder
	In, Out  clock.Instant
	Offline  bool
}

// Visits is a list of visits.
type Visits struct {
	List
	Side    string
	Tabs    []kit.Tab
	Rows    []VisitRow
	MayPlan bool
	MayCall bool
}

// VisitShops are the shops of somebody's organisation.
type VisitShops struct {
	List
	Query string
	Rows  []VisitShop
}

// VisitStop is a line of the plan.
type VisitStop struct {
	ID, Who  string
	Shop     Ref
	Seller   string
	City     string
	Days     string
	Weeks    string
	Turn     int64
	Version  int64
	Person   string
	Left     bool // whose round it is calls at no shop any more
	Weekdays int64
	Cycle    int64
}

// VisitPlan is the page of rounds.
type VisitPlan struct {
	List
	Query   string
	Person  string
	People  []kit.Option
	Rows    []VisitStop
	MayPlan bool
	Shops   []kit.Option
	Form    kit.Form
	Error   string
	Week    int
}

// VisitStopPage is one stop, to be changed.
type VisitStopPage struct {
	VisitStop
	People   []kit.Option
	Form     kit.Form
	Conflict string
	MayPlan  bool
}

// VisitEarned is what an agent earns, at a glance.
type VisitEarned struct {
	List
	Dues []CommissionDue
	Rows []CommissionRow
}

func visitMoment(ctx context.Context, at clock.Instant) string {
	e := kit.Of(ctx)
	return at.Time().In(clock.Zone(e.Zone)).Format(map[string]string{i18n.ID: "15.04", i18n.EN: "15:04"}[e.Lang])
}

// dayName is the name of a day of the week with its date.
func dayName(ctx context.Context, d clock.Date) string {
	return t(ctx, "visit.day_"+strconv.Itoa((int(d.Time().Weekday())+6)%7+1)) + ", " + kit.ListDay(ctx, d)
}

// awayForm says what a device needs to keep a form of a visit where the line is lost: whose it is, and the words for it.
func awayForm(ctx context.Context, v Visit, step string) templ.Attributes {
	return templ.Attributes{"data-away": v.Shop.Name, "data-visit": v.ID, "data-seller": v.Seller.ID, "data-shop": v.Shop.ID, "data-day": string(v.Day), "data-step-word": t(ctx, "away.step_"+step), "data-kept": t(ctx, "away.kept")}
}

// awayPhoto is what a device needs to keep photos of a visit where the line is lost, and the words for it.
func awayPhoto(ctx context.Context, v Visit) templ.Attributes {
	return templ.Attributes{"data-away": v.Shop.Name, "data-kept": t(ctx, "away.photo_kept"), "data-bad": t(ctx, "away.w_photo_bad"), "data-full": t(ctx, "away.w_photo_full"), "data-photo-of": t(ctx, "away.w_photo_of")}
}

// shelfPhoto is where a photo of the shelf is taken.
func shelfPhoto(ctx context.Context, fault string) kit.Field {
	f := photoField(ctx, "file", t(ctx, "visit.photo"), fault)
	f.Hint = t(ctx, "visit.photo_hint")
	return f
}

func nItems(n int) string { return strconv.Itoa(n) }

func reasonWord(ctx context.Context, reason string) string { return t(ctx, "visit.why_"+reason) }

// cycleOptions are the weeks on which a stop may be due.
func cycleOptions(ctx context.Context) []kit.Option {
	var out []kit.Option
	for _, w := range []string{"15", "5", "10", "1", "2", "4", "8"} {
		out = append(out, kit.Option{Value: w, Label: t(ctx, "visit.weeks_"+w)})
	}
	return out
}

func reasonOptions(ctx context.Context) []kit.Option {
	out := []kit.Option{{Label: t(ctx, "visit.choose")}}
	for _, r := range []string{"enough", "price", "rival", "money", "absent", "later", "other"} {
		out = append(out, kit.Option{Value: r, Label: reasonWord(ctx, r)})
	}
	return out
}

func visitLabel(ctx context.Context) func(string) string {
	return func(name string) string {
		if key := "visit.label_" + name; i18n.Has(kit.Lang(ctx), key) {
			return t(ctx, key)
		}
		return ""
	}
}

// tone is the ground of a tile.
func tone(state string) string {
	tone, _, _ := kit.Status("visit", state)
	return "t-" + tone
}

func orderOptions(all []VisitOrder) []kit.Option {
	var out []kit.Option
	for _, o := range all {
		out = append(out, kit.Option{Value: o.ID, Label: o.Number})
	}
	return out
}

// onDay tells whether a day of the week is ticked before anybody typed; a form that was sent says it itself.
func onDay(f kit.Form, days int64, i int) string {
	if len(f.Values) == 0 && days&(1<<i) != 0 {
		return "1"
	}
	return ""
}

// Facts adds what should be known of the shop.
func (s *VisitShop) Facts(late money.Minor, ordered clock.Date, currency string) {
	s.Late, s.Ordered, s.Currency = late, ordered, currency
}
