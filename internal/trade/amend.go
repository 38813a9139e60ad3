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

// Amend sets lines to new quantities and adds lines; stock and credit held change by the difference, in the same post. The
// unit price of a line stays; new lines are priced as on the day of the order. What is on its way or invoiced cannot be taken
// off. Buyer and agent may amend until the order is confirmed, the seller also afterwards.
func (s *Service) Amend(ctx context.Context, a access.Actor, c Amend) (Order, error) {
	if len(c.Lines) == 0 || len(c.Lines) > MaxLines {
		return Order{}, errs.OnFields("order.no_lines", errs.F("lines", "order.no_lines"))
	}
	if err := c.because(); err != nil {
		return Order{}, err
	}
	return s.act(ctx, a, c.Step, DoAmend, func(o Order, rel access.Rel) error {
		d, epoch, err := s.deal(ctx, o.Seller, o)
		if err != nil {
			return err
		}
		base, err := s.amended(ctx, d, o, c.Lines)
		if err != nil {
			return err
		}
		if err := base.bounds(d); err != nil && base.Net > 0 {
			return err
		}
		now := s.Clock.Now()
		_, err = s.promising(ctx, o, d.Currency, func(left map[id.ID]qty.Qty) (*ledger.Post, error) {
			p := draft("order.amended", o.event("amend", o.Version), by(a, o.Seller, rel), o.ID, now, c.Key).At(epoch).Because(c.Reason)
			is := base.clone()
			is.promise(left)
			is.Status = stage(is, false)
			advance(p, o, is, d.Currency)
			return p.Tell("order.amended", is.fact()), s.ordered(ctx, p, d, o, is, o.ID)
		})
		return err
	})
}

// amended is the order with the new quantities; what is held follows downwards, upwards it is promised by the caller.
func (s *Service) amended(ctx context.Context, d Deal, o Order, asked []AmendLine) (Order, error) {
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
			fresh, f := r.line(items, PlaceLine{Product: ask.Product, Qty: ask.Qty, Unit: ask.Unit})
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
		if f := r.amend(l, items[l.Product], ask); f.Code != "" {
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

func onLine(at string, f errs.Field) error {
	f.Path = at + f.Path
	e := errs.OnFields(f.Code, f)
	e.Args = f.Args
	return e
}

// amend sets what is wanted of a line. Downwards it is cancelled where part is invoiced already, or all of it; else the line
// itself is changed and priced again at its own unit price.
func (r pricing) amend(l *Line, item Item, ask AmendLine) errs.Field {
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
	least := max(l.Dispatched+l.Allotted, l.Invoiced)
	switch {
	case want < least:
		return errs.F("qty", "order.already_moved", "sku", l.SKU, "least", least.String())
	case want > l.Wanted() && l.Invoiced > 0:
		return errs.F("qty", "order.line_invoiced", "sku", l.SKU)
	case want == 0 || l.Invoiced > 0:
		l.Cancelled = l.Qty - want
	default:
		if !l.reprice(r, item.Tax, want+l.Cancelled) {
			return errs.F("qty", "order.amount_too_large", "sku", l.SKU)
		}
	}
	l.Held = min(l.Held, l.Open()-l.Allotted)
	return errs.Field{}
}

// reprice sets the quantity of a line and its amounts at its own unit price. Where the product is not offered any more the tax
// stays in proportion.
func (l *Line) reprice(r pricing, t Tax, n qty.Qty) bool {
	if t.Code != l.TaxCode && l.Qty > 0 {
		c := r.currency
		part := func(m money.Minor) money.Minor { v, _ := c.Share(m, int64(n), int64(l.Qty)); return v }
		l.Net, l.TaxBase, l.Tax, l.Qty = part(l.Net), part(l.TaxBase), part(l.Tax), n
		return l.Net <= maxAmount
	}
	a, ok := lineAmounts(r.currency, n, l.Price, t, r.charged, r.included)
	l.Net, l.TaxBase, l.Tax, l.Qty = a.net, a.base, a.tax, n
	return ok
}
