package view

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/web/kit"
)

// CartGood is one product that can be picked, in one unit of it.
type CartGood struct {
	Product, SKU, Name string
	Unit, BaseUnit     string
	Per                qty.Qty     // base units of one unit
	Price              money.Minor // of one unit
	Piece              money.Price // of one base unit
	Units              []UnitChoice
	Breaks             []PriceBreak
	SaveFrom           qty.Qty // from so many of the unit it costs less; 0 for never
	Save               money.Minor
	Last               string  // of the last order, in words; "" for none
	Least              qty.Qty // the smallest quantity that has a price, in base units; 0 for none
	Service            bool
	Free               qty.Qty
	FreeKnown          bool   // the reader may know what the seller has free
	Line               int64  // of the basket; 0: not in it
	Qty                string // in the basket, as it is put into a field
	Err                string
}

// CartBar is the basket at a glance.
type CartBar struct {
	Pair         Pair
	Currency     string
	Lines, Wrong int
	Total        money.Minor
	Phone        bool
}

// CartDue is the bill that is to be paid next.
type CartDue struct {
	Invoice  string
	Amount   money.Minor
	On       clock.Date
	Late     bool
	Currency string
}

// CartDesk is a page on which goods are gathered: quick order on the phone and at the desk, and the catalogue.
type CartDesk struct {
	List
	Base     string // the page's address without a question
	Phone    bool
	Chosen   bool
	Pairs    []Pair
	Pair     Pair
	Others   bool
	Currency string
	Terms    string
	MinOrder money.Minor
	Tab      string // usual, again, paste, file, scan, find
	Query    string
	Want     string // what is to be ordered once the partner is chosen
	Kind     string
	Ladder   bool
	Goods    []CartGood
	Orders   []CartOrder
	Bar      CartBar
	Credit   Credit
	Due      CartDue
	Stock    bool
	Form     kit.Form
	Baskets  []CartGlance
}

// CartOrder is an earlier order that can be ordered again.
type CartOrder struct {
	ID, Number string
	On         clock.Date
	Currency   string
	Total      money.Minor
	Lines      string
}

// CartGlance is a basket that waits somewhere else.
type CartGlance struct {
	Seller, Buyer Ref
	Lines         int64
}

// CartChoice is a product that a line may mean.
type CartChoice struct {
	Product, SKU, Name string
	Pack               string
	Price              money.Minor
	Unit               string
}

// CartRow is a line of the basket.
type CartRow struct {
	Line       int64
	Typed      string
	Name, SKU  string
	Known      bool // the product is settled
	Unit       string
	Units      []UnitChoice
	BaseUnit   string
	Base       qty.Qty
	Qty        string
	Price      money.Price
	Was        money.Price // 0: as it was
	Net        money.Minor
	Merged     int64
	Problem    string
	Candidates []CartChoice
}

// CartAside is a line that is no goods.
type CartAside struct {
	Line  int64
	Typed string
}

// CartPage is the basket with everything that is said before it is sent.
type CartPage struct {
	Part
	Phone           bool
	Path            string // of this page, with its question
	Pair            Pair
	Currency        string
	Rows            []CartRow
	Lines           int
	Wrong           int
	OnlyWrong       bool
	Aside           int         // lines that are no goods
	Asides          []CartAside // of them, as many as are shown
	Changed         []CartRow
	Net, Tax, Total money.Minor
	MinOrder        money.Minor
	Below           bool
	Terms           string
	Prepay          bool
	Credit          Credit
	Due             CartDue
	MayPay          bool
	Purpose         string
	Version         string
	Seen            string
	Ready           bool
	Form            kit.Form
	Conflict        string
	Read            string // what a list added, in words
	Empty           bool
}

// short is by how much the credit does not suffice; 0 where it does, or where nobody asks.
func (v CartPage) short() money.Minor {
	if !v.Credit.Known || v.Credit.Unlimited || v.Prepay {
		return 0
	}
	return max(0, v.Total-v.Credit.Left())
}

// after is the credit as it stands once this order is placed.
func (v CartPage) after() Credit {
	c := v.Credit
	c.This = v.Total
	return c
}

func (p Pair) query() string {
	return "seller=" + p.Seller.ID + "&buyer=" + p.Buyer.ID
}

func (v CartDesk) href(more ...string) string {
	q := v.Base + "?" + v.Pair.query()
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			q += "&" + more[i] + "=" + url.QueryEscape(more[i+1])
		}
	}
	return q
}

// back is where a form without scripts returns to.
func (v CartDesk) back() string {
	return v.href("tab", map[bool]string{true: "", false: v.Tab}[v.Tab == "usual"], "q", v.Query, "kind", v.Kind, "ladder", map[bool]string{true: "1"}[v.Ladder])
}

func cartPath(phone bool, p Pair) string {
	return map[bool]string{true: "/m/cart?", false: "/cart?"}[phone] + p.query()
}

func deskPath(phone bool, p Pair) string {
	return map[bool]string{true: "/m/order?", false: "/orders/quick?"}[phone] + p.query()
}

func goodID(product, unit string) string { return "g-" + product + "-" + slug(unit) }

// slug is a unit as part of an id: letters and digits, whatever people call it.
func slug(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(s))
}

// looks of goods by a word of their name: an icon and a tone, for as long as there is no photo of them.
var looks = []struct{ word, icon, tone string }{
	{"kopi", "coffee", "warn"}, {"coffee", "coffee", "warn"}, {"espresso", "coffee", "warn"}, {"teh", "leaf", "ok"}, {"tea", "leaf", "ok"}, {"cair", "bottle", "bad"}, {"sirup", "bottle", "bad"},
	{"minyak", "droplet", "warn"}, {"air ", "droplet", "info"}, {"susu", "milk", "info"}, {"beras", "wheat", "ok"}, {"tepung", "wheat", "idle"}, {"biskuit", "cookie", "warn"}, {"kue", "cookie", "warn"},
	{"permen", "candy", "viol"}, {"gula", "candy", "bad"}, {"telur", "egg", "warn"}, {"ikan", "fish", "info"}, {"garam", "salt", "idle"}, {"mie", "soup", "bad"}, {"mi ", "soup", "bad"},
}

// LookOf is the picture of a good that has none, by its name.
func LookOf(name string) (icon, tone string) {
	n := strings.ToLower(name) + " "
	for _, l := range looks {
		if strings.Contains(n, l.word) {
			return l.icon, l.tone
		}
	}
	return "package", [...]string{"info", "ok", "viol", "idle"}[len(name)%4]
}

// packLine says what a unit holds, and the code.
func (g CartGood) packLine(ctx context.Context) string {
	s := g.SKU
	if g.Unit != g.BaseUnit {
		s = t(ctx, "cart.pack", "unit", kit.Unit(ctx, g.Unit), "n", kit.Quantity(ctx, g.Per, g.BaseUnit)) + " · " + s
	}
	return s
}

func lineNo(n int64) string { return strconv.FormatInt(n, 10) }

func perUnit(ctx context.Context, u string) string { return "/" + kit.Unit(ctx, u) }

func due(ctx context.Context, d CartDue) string {
	key := "cart.due"
	if d.Late {
		key = "cart.due_late"
	}
	return t(ctx, key, "amount", amount(ctx, d.Currency, d.Amount), "on", i18n.ShortDate(kit.Lang(ctx), d.On, kit.Of(ctx).Today))
}

func urlQuery(s string) string { return url.QueryEscape(s) }

// cartLabel names the fields of the basket in its summary of errors.
func cartLabel(ctx context.Context) func(string) string {
	return func(name string) string {
		switch name {
		case "wanted_on":
			return t(ctx, "order.wanted_on")
		case "reference":
			return t(ctx, "order.own_number")
		case "note":
			return t(ctx, "order.note")
		}
		return ""
	}
}

// flag is a yes or no as a form carries it.
func flag(b bool) string { return map[bool]string{true: "1"}[b] }
