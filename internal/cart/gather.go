package cart

import (
	"context"
	"slices"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/qty"
)

// Gathered is what a list added to a basket.
type Gathered struct {
	Basket Basket
	Read   int // lines that were read
	Added  int // lines that the basket has more now
	Merged int // lines that went into others
	Wrong  int // lines that somebody has to look at
	Aside  int // lines that are no goods
}

// Read adds what somebody pasted. Lines that are clear and name the same goods in the same unit become one, which says so; what is not
// clear is kept as it was typed, with what is wrong.
//
// Right: order place. Errors: cart.too_many, cart.nothing_read, changed, those of the deal; not_found.
func (s *Service) Read(ctx context.Context, a access.Actor, k audit.Key, p Pair, version int64, text string, rule UnitRule) (Gathered, error) {
	return s.gather(ctx, a, k, p, version, rule, func(sh *Shelf) ([]Typed, error) { return ReadPaste(text, sh.Units()) })
}

// ReadSheet adds the rows of a spreadsheet; as Read.
func (s *Service) ReadSheet(ctx context.Context, a access.Actor, k audit.Key, p Pair, version int64, rows [][]string, rule UnitRule) (Gathered, error) {
	return s.gather(ctx, a, k, p, version, rule, func(sh *Shelf) ([]Typed, error) { return ReadRows(rows, sh.Units()) })
}

func (s *Service) gather(ctx context.Context, a access.Actor, k audit.Key, p Pair, version int64, rule UnitRule, read func(*Shelf) ([]Typed, error)) (Gathered, error) {
	p = p.of(a)
	shelf, err := s.shelf(ctx, a, p)
	if err != nil {
		return Gathered{}, err
	}
	typed, err := read(shelf)
	if err != nil {
		return Gathered{}, err
	}
	if len(typed) == 0 {
		return Gathered{}, errs.OnFields("cart.nothing_read", errs.F("text", "cart.nothing_read"))
	}
	entries := make([]Entry, len(typed))
	for i, t := range typed {
		entries[i] = shelf.Resolve(t, rule)
	}
	return s.add(ctx, a, k, p, version, shelf, entries)
}

// Like adds the goods of an earlier order that the seller still offers; of the others it keeps the lines, and says so.
//
// Right: order place, and to read the order. Errors: cart.too_many, those of the deal; not_found.
func (s *Service) Like(ctx context.Context, a access.Actor, k audit.Key, order id.ID) (Gathered, error) {
	was, err := s.market.Earlier(ctx, a, order)
	if err != nil {
		return Gathered{}, err
	}
	p := Pair{was.Seller, was.Buyer}
	shelf, err := s.shelf(ctx, a, p)
	if err != nil {
		return Gathered{}, err
	}
	var entries []Entry
	for _, l := range was.Lines {
		if l.Qty <= 0 {
			continue
		}
		e := Entry{Name: l.Name, Typed: l.Name, QtyTyped: Written(l.Qty), UnitTyped: l.Unit}
		if it, ok := shelf.Item(l.Product); ok {
			e.Typed = ""
			e.take(it, AskUnit)
		}
		entries = append(entries, e)
	}
	return s.add(ctx, a, k, p, 0, shelf, entries)
}

// add puts entries into a basket, beside and into what is there.
func (s *Service) add(ctx context.Context, a access.Actor, k audit.Key, p Pair, version int64, shelf *Shelf, entries []Entry) (Gathered, error) {
	g := Gathered{Read: len(entries)}
	for _, e := range entries {
		switch {
		case e.Aside:
			g.Aside++
		case e.Problem(shelf.item(e.Product), 0) != "":
			g.Wrong++
		}
	}
	err := s.write(ctx, a, k, p, version, func(ctx context.Context, r cartRow, had []lineRow) (string, error) {
		all := make([]Entry, 0, len(had)+len(entries))
		for _, l := range had {
			all = append(all, l.entry())
		}
		both, merged := merge(append(all, entries...))
		if len(both) > MaxRows {
			return "", errs.New(errs.Invalid, "cart.too_many", "max", strconv.Itoa(MaxRows))
		}
		g.Merged, g.Added = merged, max(0, len(both)-len(had))
		n := next(had)
		rows := make([]lineRow, len(both))
		for i, e := range both {
			at := n + int64(i)
			if i < len(had) && len(both) >= len(had) {
				at = had[i].Line
			}
			rows[i] = rowOf(r.ID, at, e, shelf.item(e.Product).priceOf(e))
		}
		return audit.One("lines", len(had), len(both)), s.replace(ctx, r.ID, had, rows)
	})
	if err != nil {
		return Gathered{}, err
	}
	g.Basket, err = s.Open(ctx, a, p)
	return g, err
}

// replace writes the lines of a basket: those that stay as they are are left alone.
func (s *Service) replace(ctx context.Context, cart id.ID, had, rows []lineRow) error {
	was := map[int64]lineRow{}
	for _, l := range had {
		was[l.Line] = l
	}
	var gone []int64
	var fresh []lineRow
	for _, r := range rows {
		if old, ok := was[r.Line]; ok && old == r {
			delete(was, r.Line)
			continue
		}
		fresh = append(fresh, r)
	}
	for n := range was {
		gone = append(gone, n)
	}
	slices.Sort(gone)
	if err := s.drop(ctx, cart, gone...); err != nil {
		return err
	}
	return s.insert(ctx, fresh)
}

// usualDays is how far back usual goods go.
const usualDays = 90

// Usual are the goods of the last ninety days that the seller still offers, the most frequent first, each with the unit of the last time.
//
// Right: order place. Errors: those of the deal; not_found.
func (s *Service) Usual(ctx context.Context, a access.Actor, p Pair) ([]Often, error) {
	p = p.of(a)
	q, err := s.market.Quote(ctx, a, p.Seller, p.Buyer, nil)
	if err != nil {
		return nil, err
	}
	rows, err := s.market.Usual(ctx, a, p.Seller, p.Buyer, q.On.AddDays(-usualDays))
	if err != nil {
		return nil, err
	}
	items, err := s.market.Offer(ctx, a, p.Seller, p.Buyer, q.On)
	if err != nil {
		return nil, err
	}
	var out []Often
	for _, u := range rows {
		if it, ok := items.Item(u.Product); ok {
			out = append(out, Often{u, it})
		}
	}
	return out, nil
}

// Often is a usual product as it is offered today.
type Often struct {
	Usual
	Item Item
}

// Pack is the unit in which a product is offered for picking: the one of the last time, else the largest.
func (it Item) Pack(last string) Unit {
	if len(it.Units) == 0 {
		return Unit{it.BaseUnit, qty.Units(1)}
	}
	for _, u := range it.Units {
		if u.Name == last {
			return u
		}
	}
	return it.Units[len(it.Units)-1]
}

// Good is a product as the seller of a basket offers it today.
func (s *Service) Good(ctx context.Context, a access.Actor, b Basket, product id.ID) (Item, bool, error) {
	items, err := s.market.Offer(ctx, a, b.Seller, b.Buyer, b.On)
	if err != nil {
		return Item{}, false, err
	}
	it, ok := items.Item(product)
	return it, ok, nil
}
