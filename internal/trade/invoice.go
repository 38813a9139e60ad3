package trade

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/internal/text"
)

// Bill issues an invoice for what of an order is delivered (ordered, where the terms are cash before delivery) and not yet
// invoiced, or for the lines that are named. Tax is the order lines' own, in proportion; the last part takes the remainder.
// The number is the next of the seller's series of the year, without gaps.
//
// Right: order bill, as the seller. Errors: not_found, changed, order.not_now, invoice.nothing_to_bill, fields lines[i].line,
// lines[i].qty (invoice.more_than_delivered, order.qty_decimals), on (time_in_future, invoice.before_order).
func (s *Service) Bill(ctx context.Context, a access.Actor, c Bill) (v Invoice, err error) {
	err = s.decide(ctx, c.Version != 0, func() error {
		v, err = s.bill(ctx, a, c)
		return err
	})
	return v, err
}

func (s *Service) bill(ctx context.Context, a access.Actor, c Bill) (Invoice, error) {
	o, err := s.order(ctx, a.Org, c.Order)
	if err != nil {
		return Invoice{}, err
	}
	if err := s.require(ctx, a, o.Rel(a.Org), "order", "bill"); err != nil {
		return Invoice{}, err
	}
	d, epoch, err := s.deal(ctx, a.Org, o)
	if err != nil {
		return Invoice{}, err
	}
	v, is, lines, err := s.billed(ctx, d, o, c)
	if err != nil {
		return s.firstInvoice(ctx, a, c.Key, err)
	}
	p := draft("order.invoiced", fmt.Sprintf("order/%d/invoice/%d", o.ID, v.ID), a.By(), v.ID, s.issuedAt(v.IssuedOn, d.Zone), c.Key).At(epoch)
	is.Status = stage(is, is.Total == 0) // what was just invoiced is open
	advance(p, o, is, d.Currency)
	fileInvoice(p, d.Currency, v, lines)
	p.OrElse(func(sh ledger.Short) error {
		switch {
		case sh.What != ledger.ShortCredit:
			return nil
		case d.Prepay:
			return errs.New(errs.Conflict, "invoice.prepay_due", "due", d.Currency.Format(money.Minor(sh.Asked-max(0, sh.Available))), "currency", d.Currency.Code)
		}
		return creditExceeded(d.Currency, sh)
	})
	p.Tell("invoice.issued", fmt.Sprintf(`{"invoice":"%d","order":"%d"}`, v.ID, o.ID))
	return s.postInvoice(ctx, a, c.Key, p)
}

// postInvoice posts and reads back the invoice that the post is about: that of the first answer, where the key was seen before.
func (s *Service) postInvoice(ctx context.Context, a access.Actor, k Key, p *ledger.Post) (Invoice, error) {
	r, err := s.Book.Post(ctx, p)
	if err != nil {
		return s.firstInvoice(ctx, a, k, err)
	}
	return s.invoiceSeen(ctx, a, r.Doc)
}

// firstInvoice answers what the key was answered first, if it was seen before, else the refusal.
func (s *Service) firstInvoice(ctx context.Context, a access.Actor, k Key, refusal error) (Invoice, error) {
	doc, err := s.orReplay(ctx, a, k, refusal)
	if err != nil {
		return Invoice{}, err
	}
	return s.invoiceSeen(ctx, a, doc)
}

// issuedAt is when a document of a date is effective: now for today's, noon of the seller's day for an earlier one.
func (s *Service) issuedAt(on clock.Date, zone string) clock.Instant {
	now := s.Clock.Now()
	if on == now.In(zone) {
		return now
	}
	return on.Noon(zone)
}

// issueDate checks the date that a document is to bear: today where none is named, not in the future, not before the deed.
func (s *Service) issueDate(on clock.Date, zone string, notBefore clock.Date) (clock.Date, error) {
	today := s.Clock.Now().In(zone)
	if on == "" {
		return today, nil
	}
	if _, err := clock.ParseDate(string(on)); err != nil {
		return "", errs.OnFields("invoice.invalid", errs.F("on", "date_malformed"))
	}
	if on > today {
		return "", errs.OnFields("invoice.invalid", errs.F("on", "time_in_future"))
	}
	if on < notBefore {
		return "", errs.OnFields("invoice.invalid", errs.F("on", "invoice.before_order", "date", string(notBefore)))
	}
	return on, nil
}

// billed decides the invoice and what the order becomes.
func (s *Service) billed(ctx context.Context, d Deal, o Order, c Bill) (v Invoice, is Order, lines []InvoiceLine, err error) {
	if !o.Allows(DoInvoice, access.Seller) {
		return v, is, nil, errs.New(errs.Conflict, "order.not_now", "status", string(o.Status))
	}
	if err := seen(c.Version, o.Version); err != nil {
		return v, is, nil, err
	}
	on, err := s.issueDate(c.On, d.Zone, o.OrderedOn)
	if err != nil {
		return v, is, nil, err
	}
	asked, err := d.billable(o, c.Lines)
	if err != nil {
		return v, is, nil, err
	}
	v = Invoice{ID: s.DB.IDs.Next(), Kind: KindInvoice, OrderID: o.ID, Seller: o.Seller, Buyer: o.Buyer, Agent: o.Agent,
		Currency: o.Currency, IssuedOn: on, DueOn: on.AddDays(d.NetDays), Version: 1}
	is = o.clone()
	for i := range is.Lines {
		l := &is.Lines[i]
		n := asked[l.N]
		if n == 0 {
			continue
		}
		m := l.slice(d.Currency, n)
		l.Invoiced += n
		l.off = amounts{}
		lines = append(lines, InvoiceLine{InvoiceID: v.ID, N: int64(len(lines) + 1), OrderID: o.ID, OrderLine: l.N, Product: l.Product,
			Qty: n, Net: m.net, TaxBase: m.base, Tax: m.tax})
	}
	is.CreditHeld = d.credit(o.CreditHeld, is.Lines)
	v.sum(lines)
	v.Status = invoiceStatus(v.Total, 0, 0)
	return v, is, lines, nil
}

// sum sets the invoice's amounts to those of its lines.
func (v *Invoice) sum(lines []InvoiceLine) {
	v.Net, v.TaxBase, v.Tax = 0, 0, 0
	for _, l := range lines {
		v.Net += l.Net
		v.TaxBase += l.TaxBase
		v.Tax += l.Tax
	}
	v.Total = v.Net + v.Tax
}

// billable is how much of each line is to be invoiced: what is named, as far as it may be, or all that may be.
func (d Deal) billable(o Order, named []BillLine) (map[int64]qty.Qty, error) {
	may := d.mayBill(o)
	out := map[int64]qty.Qty{}
	if len(named) == 0 {
		for n, q := range may {
			if q > 0 {
				out[n] = q
			}
		}
	}
	for i, l := range named {
		at := fmt.Sprintf("lines[%d].", i)
		switch {
		case o.Line(l.Line) == nil:
			return nil, errs.OnFields("invoice.invalid", errs.F(at+"line", "order.unknown_line"))
		case out[l.Line] != 0:
			return nil, errs.OnFields("invoice.invalid", errs.F(at+"line", "invoice.line_twice"))
		case l.Qty <= 0:
			return nil, errs.OnFields("invoice.invalid", errs.F(at+"qty", "invoice.qty_positive"))
		case l.Qty > may[l.Line]:
			return nil, errs.OnFields("invoice.invalid", errs.F(at+"qty", "invoice.more_than_delivered", "left", may[l.Line].String()))
		case !l.Qty.Fits(o.Line(l.Line).Decimals) && l.Qty != may[l.Line]:
			x := o.Line(l.Line)
			return nil, onLine(at, errs.F("qty", "order.qty_decimals", "sku", x.SKU, "unit", x.BaseUnit, "decimals", fmt.Sprint(x.Decimals)))
		}
		out[l.Line] = l.Qty
	}
	if len(out) == 0 {
		return nil, errs.New(errs.Conflict, "invoice.nothing_to_bill")
	}
	return out, nil
}

// mayBill is what of each line may be invoiced now.
func (d Deal) mayBill(o Order) map[int64]qty.Qty {
	out := map[int64]qty.Qty{}
	for _, l := range o.Lines {
		out[l.N] = l.Billable(d.Prepay)
	}
	return out
}

// fileInvoice adds an invoice or credit note to a post, with the next number of the seller's series of the year, and makes the
// buyer owe what of it is not settled with it. A post takes one: it asks for the one serial that a post may have.
func fileInvoice(p *ledger.Post, c money.Currency, v Invoice, lines []InvoiceLine) {
	series := "INV"
	if v.Kind == KindCredit {
		series = "CN"
	}
	year := v.IssuedOn.Time().Year()
	p.Serial(v.Seller, series, year)
	p.File(v.row(ledger.SerialText(fmt.Sprintf("%s/%d/%%06d", series, year)), ledger.SerialNo))
	for _, l := range lines {
		p.File(l.row())
	}
	p.Owe(v.Seller, v.Buyer, c, ledger.Trade, v.Open())
}

// referred checks a reference, which may be missing.
func referred(s *string) error {
	if bad := text.Line("reference", s, 64); len(bad) > 0 {
		return errs.OnFields(bad[0].Code, bad...)
	}
	return nil
}

// reasoned is text that must be there.
func reasoned(s string) (string, error) {
	bad := text.Note("reason", &s, 200)
	if len(bad) == 0 && s == "" {
		bad = []errs.Field{errs.F("reason", "required")}
	}
	if len(bad) > 0 {
		return "", errs.OnFields(bad[0].Code, bad...)
	}
	return s, nil
}
