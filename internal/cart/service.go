package cart

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Service is the baskets.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	market Market
}

// New makes the service.
func New(d *db.DB, c clock.Clock, m Market) *Service { return &Service{d, c, m} }

// Pair names whose basket: of the acting person, for a seller and a buyer. The acting organisation is one of the two or the agent
// between them; a side that is left out is the acting organisation.
type Pair struct{ Seller, Buyer id.ID }

func (p Pair) of(a access.Actor) Pair {
	if p.Buyer == 0 {
		p.Buyer = a.Org
	}
	if p.Seller == 0 {
		p.Seller = a.Org
	}
	return p
}

// Do is what happens to a line.
type Do string

// What happens to a line: the quantity becomes what was typed, one more, one less, the line goes, or it counts as goods after all.
const (
	Set    Do = "set"
	More   Do = "more"
	Less   Do = "less"
	Remove Do = "remove"
	Take   Do = "take" // what was set aside as no goods is a line like others again
)

// Change is what somebody does to a line of a basket. A line is named by its number, or by product and unit, and is made where there is
// none. Product and unit of a numbered line that are not zero are what somebody chose for it.
type Change struct {
	Pair
	Version int64 // that was seen; 0: whatever it is now
	Line    int64
	Product id.ID
	Unit    string
	Do      Do
	Qty     string // as it was typed
}

// write runs a change of a basket once for each key, with the basket locked. fn answers what the log says of it.
func (s *Service) write(ctx context.Context, a access.Actor, k audit.Key, p Pair, version int64, fn func(ctx context.Context, r cartRow, had []lineRow) (string, error)) error {
	for range 5 {
		_, _, err := audit.Once(ctx, s.db, a.Org, k, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
			r, err := s.locked(ctx, a, p.Seller, p.Buyer, version)
			if err != nil {
				return 0, err
			}
			had, err := s.held(ctx, r.ID)
			if err != nil {
				return 0, err
			}
			said, err := fn(ctx, r, had)
			if err != nil {
				return 0, err
			}
			return r.ID, audit.Record(ctx, s.db, a.By(), s.clock.Now(), "cart.changed", r.ID, said)
		})
		if !errors.Is(err, errRaced) {
			return err
		}
	}
	return errs.New(errs.Busy, "busy")
}

// Change changes one line. What cannot be ordered as it stands (no quantity, an unknown unit) is kept with what is wrong with it.
//
// Right: order place. Errors: changed, cart.no_line, cart.not_offered, cart.too_many, those of the deal; not_found.
func (s *Service) Change(ctx context.Context, a access.Actor, k audit.Key, c Change) (Basket, error) {
	c.Pair = c.Pair.of(a)
	shelf, err := s.shelf(ctx, a, c.Pair)
	if err != nil {
		return Basket{}, err
	}
	err = s.write(ctx, a, k, c.Pair, c.Version, func(ctx context.Context, r cartRow, had []lineRow) (string, error) {
		return s.change(ctx, shelf, c, r, had)
	})
	if err != nil {
		return Basket{}, err
	}
	return s.Open(ctx, a, c.Pair)
}

func (s *Service) change(ctx context.Context, shelf *Shelf, c Change, r cartRow, had []lineRow) (string, error) {
	at := slices.IndexFunc(had, func(l lineRow) bool {
		return c.Line != 0 && l.Line == c.Line || c.Line == 0 && l.Product == c.Product && l.Product != 0 && l.Unit == c.Unit
	})
	if at < 0 && c.Line != 0 {
		return "", errs.New(errs.NotFound, "cart.no_line", "line", strconv.FormatInt(c.Line, 10))
	}
	line := lineRow{Cart: r.ID, Line: next(had)}
	if at >= 0 {
		line = had[at]
	}
	e := line.entry()
	if c.Do == Remove {
		if at < 0 {
			return "", nil
		}
		return audit.One("line "+strconv.FormatInt(line.Line, 10), said(e), ""), s.drop(ctx, r.ID, line.Line)
	}
	was := said(e)
	e.Aside = false // whoever settles something of a line means goods
	if err := choose(&e, shelf, c); err != nil {
		return "", err
	}
	it := shelf.item(e.Product)
	e.step(c, it)
	if c.Do == Less && e.Qty == 0 && at >= 0 {
		return audit.One("line "+strconv.FormatInt(line.Line, 10), was, ""), s.drop(ctx, r.ID, line.Line)
	}
	if at < 0 && len(had) >= MaxRows {
		return "", errs.New(errs.Invalid, "cart.too_many", "max", strconv.Itoa(MaxRows))
	}
	if twin := slices.IndexFunc(had, func(l lineRow) bool {
		return l.Line != line.Line && l.Product == e.Product && l.Product != 0 && l.Unit == e.Unit && l.Unit != "" && l.Qty > 0
	}); twin >= 0 && e.Qty > 0 && had[twin].Qty+e.Qty <= qty.Max { // what was chosen stands in the basket already: they become one
		e.Qty += had[twin].Qty
		e.QtyTyped = Written(e.Qty)
		e.Merged += had[twin].Merged + 1
		if err := s.drop(ctx, r.ID, had[twin].Line); err != nil {
			return "", err
		}
	}
	row := rowOf(r.ID, line.Line, e, it.priceOf(e))
	diff := audit.One("line "+strconv.FormatInt(line.Line, 10), was, said(e))
	if at < 0 {
		return diff, s.insert(ctx, []lineRow{row})
	}
	return diff, s.update(ctx, row)
}

// choose settles product and unit of a line as somebody said.
func choose(e *Entry, shelf *Shelf, c Change) error {
	if c.Product != 0 && c.Product != e.Product {
		it, ok := shelf.Item(c.Product)
		if !ok {
			return errs.OnFields("cart.not_offered", errs.F("product", "cart.not_offered"))
		}
		e.take(it, AskUnit)
	}
	it := shelf.item(e.Product)
	if c.Unit != "" && c.Unit != e.Unit {
		if !slices.ContainsFunc(it.Units, func(u Unit) bool { return u.Name == c.Unit }) {
			return errs.OnFields("cart.unit_unknown", errs.F("unit", "cart.unit_unknown"))
		}
		e.Unit = c.Unit
		e.count(it)
	}
	return nil
}

// step sets the quantity, or moves it by one of its unit.
func (e *Entry) step(c Change, it Item) {
	one := qty.Units(1)
	switch c.Do {
	case Take:
		return
	case More:
		e.Qty = min(e.Qty+one, qty.Max)
	case Less:
		e.Qty = max(e.Qty-one, 0)
	default:
		if c.Qty != "" || c.Product == 0 && c.Unit == "" || e.QtyTyped == "" {
			e.QtyTyped = clip(c.Qty)
			e.count(it)
		}
		return
	}
	e.QtyTyped = Written(e.Qty)
}

// next is the number of the next line.
func next(had []lineRow) int64 {
	if len(had) == 0 {
		return 1
	}
	return had[len(had)-1].Line + 1
}

// said is a line as the log knows it: without what was typed.
func said(e Entry) string {
	if e.Product == 0 && e.Qty == 0 {
		return ""
	}
	return fmt.Sprintf("%d × %s %s", e.Product, e.Qty, e.Unit)
}

// priceOf is what a base unit costs in the quantity of a line; 0 where that cannot be said.
func (it Item) priceOf(e Entry) (p money.Price) {
	for _, u := range it.Units {
		if u.Name != e.Unit {
			continue
		}
		base, ok := e.Qty.Times(int64(u.Base), qty.Scale)
		for _, b := range it.Breaks {
			if ok && base > 0 && base >= b.MinQty {
				p = b.Price
			}
		}
	}
	return p
}

// Make opens the basket of the acting person for a pair, so that it has a number.
//
// Right: order place. Errors: order.no_agreement, not_found.
func (s *Service) Make(ctx context.Context, a access.Actor, k audit.Key, p Pair) (Basket, error) {
	p = p.of(a)
	if _, err := s.market.Quote(ctx, a, p.Seller, p.Buyer, nil); err != nil {
		return Basket{}, err
	}
	r, err := s.of(ctx, a, p.Seller, p.Buyer)
	if err == nil && r.ID == 0 {
		err = s.write(ctx, a, k, p, 0, func(context.Context, cartRow, []lineRow) (string, error) { return "", nil })
	}
	if err != nil {
		return Basket{}, err
	}
	return s.Open(ctx, a, p)
}

// Clear empties a basket.
//
// Right: order place. Errors: changed, not_found.
func (s *Service) Clear(ctx context.Context, a access.Actor, k audit.Key, p Pair, version int64) (Basket, error) {
	p = p.of(a)
	if _, err := s.market.Quote(ctx, a, p.Seller, p.Buyer, nil); err != nil {
		return Basket{}, err
	}
	err := s.write(ctx, a, k, p, version, func(ctx context.Context, r cartRow, had []lineRow) (string, error) {
		return audit.One("lines", len(had), 0), s.drop(ctx, r.ID, numbers(had)...)
	})
	if err != nil {
		return Basket{}, err
	}
	return s.Open(ctx, a, p)
}

func numbers(rows []lineRow) []int64 {
	out := make([]int64, len(rows))
	for i, r := range rows {
		out[i] = r.Line
	}
	return out
}

// shelf is what the seller offers the buyer today.
func (s *Service) shelf(ctx context.Context, a access.Actor, p Pair) (*Shelf, error) {
	q, err := s.market.Quote(ctx, a, p.Seller, p.Buyer, nil)
	if err != nil {
		return nil, err
	}
	items, err := s.market.Offer(ctx, a, p.Seller, p.Buyer, q.On)
	if err != nil {
		return nil, err
	}
	return NewShelf(items), nil
}
