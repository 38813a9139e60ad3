package trade

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Amend sets lines to new quantities and adds lines; stock and credit held change by the difference, in the same post. New lines
// are priced as on the day of the order. What is on its way or invoiced cannot be taken off. Buyer and agent may amend until the
// order is confirmed, the seller also afterwards; when they take off, what is left reaches the agreement's smallest order or is
// nothing.
//
// A line whose quantity changes takes the price that the list of the order's day has for its new quantity, as if it had been
// ordered so; with three exceptions. A price that is not the list's was set by the seller, and stays. A line of which something is on
// its way or invoiced keeps its price: only the seller can change it by then, and what it wants of it at another price is a line of
// its own. And the seller alone never makes a line dearer.
func (s *Service) Amend(ctx context.Context, a access.Actor, c Amend) (Order, error) {
	if len(c.Lines) == 0 || len(c.Lines) > MaxLines {
		return Order{}, errs.OnFields("order.no_lines", errs.F("lines", "order.no_lines"))
	}
	if err := c.because(); err != nil {
		return Order{}, err
	}
	o, err := s.act(ctx, a, c.Step, DoAmend, func(o Order, rel access.Rel) error {
		d, epoch, err := s.deal(ctx, o.Seller, o)
		if err != nil {
			return err
		}
		base, err := s.amended(ctx, d, o, rel, c.Lines)
		if err != nil {
			return err
		}
		if err := base.still(d, o, rel); err != nil {
			return err
		}
		now := s.Clock.Now()
		_, err = s.promising(ctx, o, d.Currency, func(left map[id.ID]qty.Qty) (*ledger.Post, error) {
			p := draft("order.amended", o.event("amend", o.Version), by(a, o.Seller, rel), o.ID, now, c.Key).At(epoch).Because(c.Reason)
			is := base.clone()
			is.promise(left)
			is.Status = stage(is, false)
			if err := s.unallotLines(ctx, p, o, now, d.Zone, func(n int64) bool { return base.Line(n).Allotted < o.Line(n).Allotted }); err != nil {
				return nil, err
			}
			advance(p, o, is, d.Currency)
			return p.Tell("order.amended", is.fact()), s.ordered(ctx, p, d, o, is, o.ID)
		})
		return err
	})
	if err != nil || o.Status == Placed || o.Status == CreditHold {
		return o, err
	}
	return o, s.allotLate(ctx, a, &o)
}

// amended is the order with the new quantities; what is held follows downwards, upwards it is promised by the caller.
func (s *Service) amended(ctx context.Context, d Deal, o Order, rel access.Rel, asked []AmendLine) (Order, error) {
	is := o.clone()
	products := make([]id.ID, 0, len(asked))
	for _, l := range asked {
		if old := o.Line(l.Line); old != nil {
			l.Product = old.Product
		}
		products = append(products, l.Product)
	}
	items, _, err := s.Prices.Items(ctx, d.PriceList, d.Country, products, o.OrderedOn)
	if err != nil {
		return is, fmt.Errorf("prices of list %d: %w", d.PriceList, err)
	}
	r := pricing{d.Currency, d.VATRegistered, d.PricesIncludeVAT}
	seen := map[int64]bool{}
	for i, ask := range asked {
		at := fmt.Sprintf("lines[%d].", i)
		if ask.Line == 0 {
			if len(is.Lines) >= MaxLines {
				return is, errs.New(errs.Invalid, "order.too_many_lines", "max", fmt.Sprint(MaxLines))
			}
			fresh, f := r.line(items, PlaceLine{Product: ask.Product, Qty: ask.Qty, Unit: ask.Unit, Purpose: o.purpose(ask.Purpose)})
			if f.Code != "" {
				return is, onLine(at, f)
			}
			fresh.N = is.Lines[len(is.Lines)-1].N + 1
			is.Lines = append(is.Lines, fresh)
			continue
		}
		l := is.Line(ask.Line)
		if l == nil || seen[ask.Line] {
			return is, errs.OnFields("order.unknown_line", errs.F(at+"line", "order.unknown_line"))
		}
		seen[ask.Line] = true
		if f := r.amend(l, items[l.Product], ask, rel == access.Seller); f.Code != "" {
			return is, onLine(at, f)
		}
	}
	is.nothing()
	is.sum()
	is.CreditHeld = d.credit(maxAmount, is.Lines)
	return is, nil
}

// nothing takes the amounts off an order of which no line is wanted any more: it is cancelled, and asks for no money. As long as
// one line is wanted the others keep theirs, by which their parts are priced.
func (o *Order) nothing() {
	if slices.ContainsFunc(o.Lines, func(l Line) bool { return l.Wanted() != 0 || l.Invoiced != 0 }) {
		return
	}
	for i := range o.Lines {
		l := &o.Lines[i]
		l.Net, l.TaxBase, l.Tax = 0, 0, 0
	}
}

// purpose of a new line that names none: that of all lines of the order, where they have one.
func (o Order) purpose(named string) string {
	if named != "" {
		return named
	}
	for _, l := range o.Lines {
		if l.Purpose != o.Lines[0].Purpose {
			return ""
		}
	}
	return o.Lines[0].Purpose
}

// still holds an amended order against the largest amount, and, where the buyer's side took off, what is left of it against the
// agreement's smallest.
func (o Order) still(d Deal, was Order, rel access.Rel) error {
	if o.Total > maxAmount {
		return errs.New(errs.Invalid, "order.amount_too_large")
	}
	left := o.left(d)
	if rel == access.Seller || left == 0 || left >= was.left(d) {
		return nil
	}
	return d.least(left)
}

// left is what the lines that are wanted cost, as the agreement's smallest order counts it.
func (o Order) left(d Deal) (sum money.Minor) {
	for _, l := range o.Lines {
		part := func(m money.Minor) money.Minor { return upTo(d.Currency, m, l.Wanted(), l.Qty) }
		sum += part(l.Net)
		if d.PricesIncludeVAT {
			sum += part(l.Tax)
		}
	}
	return sum
}

func onLine(at string, f errs.Field) error {
	f.Path = at + f.Path
	e := errs.OnFields(f.Code, f)
	e.Args = f.Args
	return e
}

// amend sets what is wanted of a line. Downwards it is cancelled where part is invoiced already, or all of it; else the line
// itself is changed and priced again, by the seller never dearer.
func (r pricing) amend(l *Line, item Item, ask AmendLine, seller bool) errs.Field {
	want, f := qty.Qty(0), errs.Field{}
	if ask.Qty != 0 {
		if item.Product == 0 { // no longer offered: its own unit is all that is known of it
			item = Item{SKU: l.SKU, BaseUnit: l.BaseUnit, Decimals: l.Decimals, Units: map[string]qty.Qty{l.BaseUnit: qty.Scale}}
		}
		unit := ask.Unit
		if unit == "" {
			unit = item.BaseUnit
		}
		if want, f = baseQty(item, ask.Qty, unit); f.Code != "" {
			return f
		}
		if want > l.Wanted() || l.Invoiced == 0 {
			l.Unit, l.UnitQty = unit, ask.Qty
		}
	}
	least := max(l.Dispatched, l.Invoiced)
	switch {
	case want < least:
		return errs.F("qty", "order.already_moved", "sku", l.SKU, "least", least.String())
	case want > l.Wanted() && l.Invoiced > 0:
		return errs.F("qty", "order.line_invoiced", "sku", l.SKU)
	case want == 0 || l.Invoiced > 0:
		l.Cancelled = l.Qty - want
	default:
		p, f := l.newPrice(item, want)
		if f.Code != "" {
			return f
		}
		if !seller || p < l.Price {
			l.Price = p
		}
		if !l.reprice(r, item.Tax, want+l.Cancelled) {
			return errs.F("qty", "order.amount_too_large", "sku", l.SKU)
		}
	}
	if l.Allotted > l.Open() { // what was set aside is the seller's again, and what is left of it is set aside anew
		l.Allotted = 0
	}
	l.Held = min(l.Held, l.Open()-l.Allotted)
	return errs.Field{}
}

// newPrice is the unit price of the line when so much of it is wanted: what the list has for that, unless the line's price was not
// the list's or something of it is on its way. Where the product is not offered any more, its price stays; a line that was
// cancelled whole and is wanted again is a new one.
func (l *Line) newPrice(item Item, want qty.Qty) (money.Price, errs.Field) {
	if len(item.Breaks) == 0 || l.Dispatched > 0 || want == l.Wanted() {
		return l.Price, errs.Field{}
	}
	if listed, ok := ladder(item.Breaks, l.Wanted()); l.Wanted() > 0 && (!ok || listed != l.Price) {
		return l.Price, errs.Field{}
	}
	p, ok := ladder(item.Breaks, want)
	if !ok {
		return 0, errs.F("qty", "order.below_first_break", "sku", l.SKU, "min", item.Breaks[0].MinQty.String())
	}
	return p, errs.Field{}
}

// reprice sets the quantity of a line and its amounts at its own unit price. Where its tax is not known any more (the product is
// not offered, or is taxed otherwise) the tax stays in proportion.
func (l *Line) reprice(r pricing, t Tax, n qty.Qty) bool {
	known := t.Code == l.TaxCode
	a, ok := lineAmounts(r.currency, n, l.Price, t, r.charged && known, r.included)
	if !ok {
		return false
	}
	if !known && l.TaxCode != "" {
		whole := l.Net
		if r.included {
			whole += l.Tax
		}
		part := func(m money.Minor) money.Minor {
			v, _ := r.currency.Share(m, int64(a.net), max(1, int64(whole)))
			return v
		}
		a = amounts{part(l.Net), part(l.TaxBase), part(l.Tax)}
	}
	l.Net, l.TaxBase, l.Tax, l.Qty = a.net, a.base, a.tax, n
	return true
}
