package cart

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Line is a line of a basket as it stands today.
type Line struct {
	N int64
	Entry
	Item     Item // zero where the product is not known, or not offered any more
	Base     qty.Qty
	Price    money.Price // of a base unit, today, in this quantity
	Was      money.Price // when the line was written; 0 where that is not known
	Net, Tax money.Minor
	Problem  errs.Field // Code "" for a line that can be ordered; else with a sentence
	// Candidates are the goods that the line may mean, where it names none: those that have all its words, else those that come near.
	Candidates []Item
}

// Good tells whether the line can be ordered as it stands.
func (l Line) Good() bool { return l.Problem.Code == "" && !l.Aside }

// Wrong tells whether somebody has to look at the line before the basket is ordered.
func (l Line) Wrong() bool { return l.Problem.Code != "" }

// Changed tells whether the price is another than when the line was written.
func (l Line) Changed() bool { return l.Good() && l.Was != 0 && l.Was != l.Price }

// Basket is what a person gathered, priced as of today.
type Basket struct {
	Terms
	ID      id.ID // 0: nothing was gathered yet
	Version int64
	Lines   []Line
	Good    int // lines that can be ordered
	Wrong   int // lines that cannot
	Aside   int // lines that are no goods, and stand in nobody's way
	Net     money.Minor
	Tax     money.Minor
	Total   money.Minor
	Below   bool   // less than the smallest order that was agreed
	Seen    string // what was looked at, in short: sent back with the order, so that nobody orders at prices that one did not see

	row  cartRow
	rows []lineRow
}

// Ready tells whether the basket can be ordered.
func (b Basket) Ready() bool { return b.Good > 0 && b.Wrong == 0 && !b.Below }

// Changed are the lines whose price is another than when they were written.
func (b Basket) Changed() (out []Line) {
	for _, l := range b.Lines {
		if l.Changed() {
			out = append(out, l)
		}
	}
	return out
}

// Of is the line of a product in a unit, where the basket has one.
func (b Basket) Of(product id.ID, unit string) (Line, bool) {
	for _, l := range b.Lines {
		if l.Product == product && (unit == "" || l.Unit == unit) {
			return l, true
		}
	}
	return Line{}, false
}

// Open is the basket of the acting person for a pair: an empty one where nothing was gathered yet.
//
// Right: order place. Errors: order.no_agreement, not_found.
func (s *Service) Open(ctx context.Context, a access.Actor, p Pair) (Basket, error) {
	p = p.of(a)
	r, err := s.of(ctx, a, p.Seller, p.Buyer)
	if err != nil {
		return Basket{}, err
	}
	r.Seller, r.Buyer = p.Seller, p.Buyer
	return s.look(ctx, a, r)
}

// Get is a basket by its number; not_found where it is not the acting person's in its organisation.
func (s *Service) Get(ctx context.Context, a access.Actor, no id.ID) (Basket, error) {
	r, err := s.byID(ctx, a, no)
	if err != nil {
		return Basket{}, err
	}
	return s.look(ctx, a, r)
}

// PairOf is whose basket a number is; not_found as Get.
func (s *Service) PairOf(ctx context.Context, a access.Actor, no id.ID) (Pair, error) {
	r, err := s.byID(ctx, a, no)
	return Pair{r.Seller, r.Buyer}, err
}

func (s *Service) look(ctx context.Context, a access.Actor, r cartRow) (Basket, error) {
	rows, err := s.lines(ctx, r.ID)
	if err != nil {
		return Basket{}, err
	}
	var asks []Ask
	at := make([]int, len(rows))
	for i, l := range rows {
		at[i] = -1
		if e := l.entry(); e.Problem(Item{}, 0) == "" {
			at[i] = len(asks)
			asks = append(asks, Ask{l.Product, l.Qty, l.Unit})
		}
	}
	q, err := s.market.Quote(ctx, a, r.Seller, r.Buyer, asks)
	if err != nil {
		return Basket{}, err
	}
	b := Basket{Terms: q.Terms, ID: r.ID, Version: r.Version, Net: q.Net, Tax: q.Tax, Total: q.Total, Below: q.Below && len(asks) > 0, Lines: make([]Line, len(rows)), row: r, rows: rows}
	items, err := s.market.Offer(ctx, a, r.Seller, r.Buyer, q.On)
	if err != nil {
		return Basket{}, err
	}
	shelf := NewShelf(items)
	for i, row := range rows {
		l := Line{N: row.Line, Entry: row.entry(), Was: row.Price}
		l.Item = shelf.item(row.Product)
		if at[i] >= 0 {
			x := q.Lines[at[i]]
			l.Base, l.Price, l.Net, l.Tax, l.Problem = x.Base, x.Price, x.Net, x.Tax, x.Fault
			if x.Fault.Code == "order.unknown_product" { // it is not offered any more
				l.Problem = errs.F("product", "cart.not_offered")
			}
		}
		if code := l.Entry.Problem(l.Item, 0); code != "" && !l.Aside {
			l.ask(shelf, code)
		}
		b.Lines[i] = l
		b.count(l)
	}
	b.Seen = b.fingerprint()
	return b, nil
}

// count adds a line to the numbers of the basket.
func (b *Basket) count(l Line) {
	switch {
	case l.Aside:
		b.Aside++
	case l.Good():
		b.Good++
	default:
		b.Wrong++
	}
}

// ask says what is wrong with the wording of a line. Whom it may mean is looked up later, for the lines that are shown.
func (l *Line) ask(shelf *Shelf, code string) {
	field := "qty"
	switch code {
	case "cart.unknown":
		field = "product"
		if l.Product != 0 {
			code = "cart.not_offered"
		}
	case "cart.unit_missing", "cart.unit_unknown":
		field = "unit"
	}
	l.Problem = errs.F(field, code, "unit", l.UnitTyped)
}

// asks tells whether it is open which goods the line means.
func (l Line) asks() bool { return l.Product == 0 && !l.Aside }

// Candidates fills in, for the lines of a basket that are about to be shown, which goods each may mean that names none.
func (s *Service) Candidates(ctx context.Context, a access.Actor, b Basket, lines []Line) error {
	if !slices.ContainsFunc(lines, func(l Line) bool { return l.asks() }) {
		return nil
	}
	items, err := s.market.Offer(ctx, a, b.Seller, b.Buyer, b.On)
	if err != nil {
		return err
	}
	shelf := NewShelf(items)
	for i := range lines {
		l := &lines[i]
		if !l.asks() {
			continue
		}
		hits := shelf.Find(l.Name)
		if n := len(hits); n > mostCandidates {
			l.Problem = errs.F("product", "cart.which_of_many", "n", fmt.Sprint(n), "shown", fmt.Sprint(mostCandidates))
		} else if n > 0 {
			l.Problem = errs.F("product", "cart.which", "n", fmt.Sprint(n))
		} else {
			hits = shelf.Like(l.Name)
		}
		for _, no := range hits[:min(len(hits), mostCandidates)] {
			l.Candidates = append(l.Candidates, shelf.item(no))
		}
	}
	return nil
}

// fingerprint is the basket in short: lines, prices, amounts.
func (b Basket) fingerprint() string {
	h := sha256.New()
	fmt.Fprintf(h, "%d/%d/%s\n", b.ID, b.Version, b.Currency.Code)
	for _, l := range b.Lines {
		fmt.Fprintf(h, "%d %d %s %s %d %d %d\n", l.N, l.Product, l.Qty, l.Unit, l.Price, l.Net, l.Tax)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Glance is a basket in a list.
type Glance struct {
	ID, Seller, Buyer     id.ID
	SellerName, BuyerName string
	Lines                 int64 `gorm:"column:n"` // "lines" is a word of MariaDB
	TouchedUs             int64
}

// mostBaskets is how many baskets a person's list answers: the latest.
const mostBaskets = 50

// List are the baskets of the acting person in its organisation that have something in them, the latest first.
func (s *Service) List(ctx context.Context, a access.Actor) (out []Glance, err error) {
	err = s.db.R(ctx).Raw(`SELECT c.id, c.seller, c.buyer, c.touched_us, COALESCE(x.name, '') AS seller_name, COALESCE(y.name, '') AS buyer_name,
 (SELECT COUNT(*) FROM cart_line l WHERE l.cart = c.id AND NOT l.aside) AS n FROM cart c LEFT JOIN org x ON x.id = c.seller LEFT JOIN org y ON y.id = c.buyer
 WHERE c.person = ? AND c.org = ? AND EXISTS (SELECT 1 FROM cart_line l WHERE l.cart = c.id AND NOT l.aside) ORDER BY c.touched_us DESC, c.id DESC LIMIT ?`,
		a.Person, a.Org, mostBaskets).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list baskets: %w", err)
	}
	return out, nil
}
