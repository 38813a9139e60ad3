package trade

import (
	"context"
	"slices"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// settlement gathers what one post does to invoices, by whatever means: money, deposit, discount, credit note, write-off, and
// their reversal. finish writes it: the invoices and their lines, the orders they belong to, and title that rides on payment.
type settlement struct {
	s     *Service
	p     *ledger.Post
	at    clock.Instant
	title *passage
	docs  map[id.ID]*due
	order []id.ID // as first met
	paid  []earnedBy
	anew  bool // what is credited is to be invoiced anew, where its order is not done with
	again *reopened
	taken map[int64]qty.Qty // of the lines of an invoice that is taken back: what is to be invoiced anew
}

// earnedBy is money, before tax, that was paid for an order.
type earnedBy struct {
	terms  Deal
	order  id.ID
	source id.ID
	net    money.Minor
}

// awards gives the points that payments earn, once for each order.
func (t *settlement) awards(ctx context.Context) error {
	done := map[id.ID]bool{}
	for i, x := range t.paid {
		if done[x.order] {
			continue
		}
		done[x.order] = true
		for _, y := range t.paid[i+1:] {
			if y.order == x.order {
				x.net += y.net
			}
		}
		if err := t.s.award(ctx, t.p, x.terms, x.order, OnPayment, x.source, x.net, t.at); err != nil {
			return err
		}
	}
	return nil
}

// due is an invoice that is being settled.
type due struct {
	Invoice
	lines    []InvoiceLine
	before   money.Minor
	was      map[int64]money.Minor // settled of the lines before
	credited money.Minor
}

func (s *Service) settlement(p *ledger.Post, at clock.Instant) *settlement {
	return &settlement{s: s, p: p, at: at, title: s.passage(p, at), docs: map[id.ID]*due{}}
}

// add makes an invoice known to the settlement, read with its lines.
func (t *settlement) add(ctx context.Context, v Invoice) (*due, error) {
	if d := t.docs[v.ID]; d != nil {
		return d, nil
	}
	lines, err := t.s.invoiceLines(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	_, credited, err := t.s.creditedOf(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	d := &due{Invoice: v, lines: lines, before: v.Settled, was: map[int64]money.Minor{}, credited: credited}
	for _, l := range lines {
		d.was[l.N] = l.Settled
	}
	t.docs[v.ID] = d
	t.order = append(t.order, v.ID)
	return d, nil
}

// settle settles an amount of the invoice in the order of its lines; negative takes back. first is a line that goes before.
func (d *due) settle(amount money.Minor, first int64) {
	state, sign := make([]lineDue, len(d.lines)), money.Minor(1)
	if d.Total < 0 { // a credit note is used up as an invoice is paid, below zero
		sign = -1
	}
	for i, l := range d.lines {
		state[i] = lineDue{l.N, sign * (l.Net + l.Tax), sign * l.Settled}
	}
	after := settleLines(state, sign*amount, first)
	for i := range d.lines {
		if v, ok := after[d.lines[i].N]; ok {
			d.lines[i].Settled = sign * v
		}
	}
	d.Settled += amount
}

// full tells whether a line is settled; a line that costs nothing is, when its invoice is.
func full(total, settled, invoiceTotal, invoiceSettled money.Minor) bool {
	if total == 0 {
		return invoiceSettled >= invoiceTotal
	}
	return settled >= total
}

// finish writes everything that was gathered; nothing may be settled afterwards.
func (t *settlement) finish(ctx context.Context) error {
	var turned []id.ID // orders some invoice of which became settled, or open again
	for _, no := range t.order {
		d := t.docs[no]
		status := invoiceStatus(d.Total, d.Settled, d.credited)
		if d.Kind == KindCredit {
			status = invoiceStatus(-d.Total, -d.Settled, 0)
		}
		t.p.Advance(invoiceT, d.ID, d.Version, ledger.Set{Col: "settled", Before: d.before, After: d.Settled},
			ledger.Set{Col: "status", Before: d.Status, After: status})
		for _, l := range d.lines {
			if l.Settled != d.was[l.N] {
				t.p.Change(invoiceLineT, []int64{int64(d.ID), l.N}, ledger.Set{Col: "settled", Before: d.was[l.N], After: l.Settled})
			}
		}
		if d.Kind == KindCredit {
			continue
		}
		if err := t.passTitle(ctx, d); err != nil {
			return err
		}
		if (d.before >= d.Total) != (d.Settled >= d.Total) && d.OrderID != 0 && !slices.Contains(turned, d.OrderID) {
			turned = append(turned, d.OrderID)
		}
	}
	t.title.finish()
	if err := t.awards(ctx); err != nil {
		return err
	}
	if x := t.again; x != nil {
		settled, err := t.settledBy(ctx, x.was)
		if err != nil {
			return err
		}
		x.is.Status = stage(x.is, settled)
		advance(t.p, x.was, x.is, x.terms.Currency)
	}
	for _, o := range turned {
		if t.again != nil && t.again.was.ID == o {
			continue
		}
		if err := t.restage(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// passTitle passes title of the lines that became settled, and takes it back for those that are open again.
func (t *settlement) passTitle(ctx context.Context, d *due) error {
	var now, again []InvoiceLine
	for _, l := range d.lines {
		was := full(l.Net+l.Tax, d.was[l.N], d.Total, d.before)
		is := full(l.Net+l.Tax, l.Settled, d.Total, d.Settled)
		switch {
		case t.again != nil: // an invoice that is taken back is not paid, and what was paid of it is a deposit again
			if l.Qty = t.taken[l.N]; was && l.Qty > 0 {
				again = append(again, l)
			}
		case is && !was:
			now = append(now, l)
		case was && !is:
			again = append(again, l)
		}
	}
	if len(now)+len(again) == 0 || d.OrderID == 0 {
		return nil
	}
	terms, err := t.terms(ctx, d.Invoice)
	if err != nil || terms.TitleOn != "payment" {
		return err
	}
	for _, l := range now {
		if _, err := t.title.pass(ctx, l.OrderID, l.OrderLine, l.Qty); err != nil {
			return err
		}
	}
	for _, l := range again {
		if err := t.title.back(ctx, l.OrderID, l.OrderLine, l.Qty); err != nil {
			return err
		}
	}
	return nil
}

// terms are those under which the order of an invoice was placed. A sale to a nameless consumer has none.
func (t *settlement) terms(ctx context.Context, v Invoice) (Deal, error) {
	if d, ok := t.title.deals[v.OrderID]; ok {
		return d, nil
	}
	d, err := t.s.termsOf(ctx, v)
	if err == nil {
		t.title.deals[v.OrderID] = d
	}
	return d, err
}

// termsOf are the terms of the order of an invoice; none where it has no agreement.
func (s *Service) termsOf(ctx context.Context, v Invoice) (Deal, error) {
	var rows []struct {
		OrderedOn clock.Date
		Agreement id.ID
	}
	err := s.DB.R(ctx).Raw("SELECT ordered_on, agreement FROM orders WHERE id = ? AND seller = ?", v.OrderID, v.Seller).Scan(&rows).Error
	if err != nil || len(rows) == 0 || rows[0].Agreement == 0 {
		return Deal{}, err
	}
	d, _, err := s.deal(ctx, v.Seller, Order{ID: v.OrderID, Seller: v.Seller, Buyer: v.Buyer, OrderedOn: rows[0].OrderedOn, Agreement: rows[0].Agreement, Currency: v.Currency})
	return d, err
}

// restage moves an order between invoiced and paid. Its version is advanced even where it stays, so that two payments that
// settle its last two invoices at once do not each take the other's for open.
func (t *settlement) restage(ctx context.Context, order id.ID) error {
	d := t.docs[t.firstOf(order)]
	o, err := t.s.order(ctx, d.Seller, order)
	if err != nil {
		return err
	}
	if o.Kind != KindSale || !slices.Contains([]Status{Invoiced, Paid, Delivered}, o.Status) {
		return nil
	}
	settled, err := t.settledBy(ctx, o)
	if err != nil {
		return err
	}
	status := stage(o, settled)
	t.p.Advance(ordersT, order, o.Version, ledger.Set{Col: "status", Before: string(o.Status), After: string(status)})
	return nil
}

// settledBy tells that nothing of the order's invoices is open once this settlement is done.
func (t *settlement) settledBy(ctx context.Context, o Order) (bool, error) {
	var others []id.ID
	err := t.s.DB.R(ctx).Raw("SELECT id FROM invoice WHERE order_id = ? AND +seller = ? AND kind = 'invoice' AND settled < total", o.ID, o.Seller).Scan(&others).Error
	settled := err == nil
	for _, no := range others {
		settled = settled && t.docs[no] != nil
	}
	for _, v := range t.docs {
		settled = settled && (v.OrderID != o.ID || v.Settled >= v.Total)
	}
	return settled, err
}

func (t *settlement) firstOf(order id.ID) id.ID {
	for _, no := range t.order {
		if t.docs[no].OrderID == order {
			return no
		}
	}
	return 0
}

// seen refuses a version that is not the one that stands.
func seen(named, stands int64) error {
	if named != 0 && named != stands {
		return errs.New(errs.Conflict, "changed")
	}
	return nil
}
