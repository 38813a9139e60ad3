package trade

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Credit issues a credit note on an invoice: for the lines that are named, or for all that is left of it. It settles what is
// still open of the invoice, the credited lines first; then it takes the place of what the buyer was forgiven (a discount, points, a
// write-off); what is left of it had been paid, and becomes a deposit of the buyer. Commission goes back in proportion. A full
// credit cancels the invoice exactly.
//
// A note that names no lines takes the invoice back: the trade stands, and what it takes may be invoiced anew. One that names lines
// lets the buyer off for them, like one that follows a return.
//
// Right: invoice credit, as the seller. Errors: not_found, changed, credit.not_an_invoice, credit.nothing_left, fields
// lines[i].line, lines[i].qty (credit.more_than_left, order.qty_decimals), reason, on.
func (s *Service) Credit(ctx context.Context, a access.Actor, c Credit) (v Invoice, err error) {
	if c.Reason, err = reasoned(c.Reason); err != nil {
		return Invoice{}, err
	}
	err = s.decide(ctx, false, func() error { // what moves beside the document that was named is read again
		v, err = s.credit(ctx, a, c)
		return err
	})
	return v, err
}

func (s *Service) credit(ctx context.Context, a access.Actor, c Credit) (Invoice, error) {
	v, err := s.invoiceOf(ctx, a.Org, c.Invoice)
	if err != nil {
		return Invoice{}, err
	}
	if err := s.require(ctx, a, v.Rel(a.Org), "invoice", "credit"); err != nil {
		return Invoice{}, err
	}
	if err := seen(c.Version, v.Version); err != nil {
		return s.firstInvoice(ctx, a, c.Key, err)
	}
	if err := s.countable(ctx, v, c.Lines); err != nil {
		return s.firstInvoice(ctx, a, c.Key, err)
	}
	on, err := s.issueDate(c.On, a.Zone, v.IssuedOn)
	if err != nil {
		return Invoice{}, err
	}
	no, how := s.DB.IDs.Next(), "credit"
	if len(c.Lines) == 0 {
		how = takenBackEvent
	}
	p := draft("invoice.credited", fmt.Sprintf("invoice/%d/%s/%d", v.ID, how, no), a.By(), no, s.issuedAt(on, a.Zone), c.Key).OrElse(moved)
	t := s.settlement(p, s.Clock.Now())
	t.anew = len(c.Lines) == 0
	note := Invoice{ID: no, IssuedOn: on, Reason: c.Reason}
	if err := t.credit(ctx, v, note, c.Lines); err != nil {
		return s.firstInvoice(ctx, a, c.Key, err)
	}
	if err := t.finish(ctx); err != nil {
		return Invoice{}, err
	}
	p.Tell("invoice.credited", fmt.Sprintf(`{"invoice":"%d","credit":"%d"}`, v.ID, no))
	return s.postInvoice(ctx, a, c.Key, p)
}

// countable refuses a part of an invoice line that is no number of its product's units: half a piece. The whole line always is.
func (s *Service) countable(ctx context.Context, v Invoice, named []BillLine) error {
	if len(named) == 0 {
		return nil
	}
	var rows []struct {
		N             int64
		Qty           qty.Qty
		Decimals      int
		Sku, BaseUnit string
	}
	err := s.DB.R(ctx).Raw(`SELECT l.n, l.qty, p.decimals, p.sku, p.base_unit FROM invoice_line l JOIN invoice v ON v.id = l.invoice_id
 JOIN product p ON p.id = l.product WHERE v.id = ? AND v.seller = ?`, v.ID, v.Seller).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("units of invoice %d: %w", v.ID, err)
	}
	for i, b := range named {
		for _, l := range rows {
			if l.N == b.Line && b.Qty != l.Qty && !b.Qty.Fits(l.Decimals) {
				return onLine(at(i), errs.F("qty", "order.qty_decimals", "sku", l.Sku, "unit", l.BaseUnit, "decimals", fmt.Sprint(l.Decimals)))
			}
		}
	}
	return nil
}

// credit adds a credit note on v to the settlement. note carries id, date and reason; no lines are all that is left. The caller
// finishes the settlement. A post takes one credit note: it uses the post's serial.
func (t *settlement) credit(ctx context.Context, v, note Invoice, named []BillLine) error {
	if v.Kind != KindInvoice {
		return errs.New(errs.Invalid, "credit.not_an_invoice")
	}
	cur, err := currency(v.Currency)
	if err != nil {
		return err
	}
	d, err := t.add(ctx, v)
	if err != nil {
		return err
	}
	credited, _, err := t.s.creditedOf(ctx, v.ID)
	if err != nil {
		return err
	}
	lines, err := creditLines(cur, d.lines, credited, named)
	if err != nil {
		return err
	}
	if t.anew {
		if err := t.takenBack(ctx, v, lines); err != nil {
			return err
		}
	}
	note.credits(v, lines)
	fileInvoice(t.p, cur, note, lines)
	applied := min(-note.Total, d.Open())
	back, bad, err := t.unforgive(ctx, d, cur, -note.Total-applied)
	if err != nil {
		return err
	}
	applied += back
	rest := -note.Total - applied // it was paid: by money, or out of a deposit
	t.p.Owe(v.Seller, v.Buyer, cur, ledger.Trade, -applied)
	t.p.Owe(v.Buyer, v.Seller, cur, ledger.Deposit, rest)
	for _, l := range lines {
		take := min(applied, -(l.Net + l.Tax))
		d.settle(take, l.N)
		applied -= take
	}
	d.credited -= note.Total
	return t.creditFalls(ctx, cur, v, note, bad, rest)
}

// credits fills a note in that gives lines of an invoice back.
func (n *Invoice) credits(v Invoice, lines []InvoiceLine) {
	n.Kind, n.OrderID, n.Credits, n.Version = KindCredit, v.OrderID, v.ID, 1
	n.Seller, n.Buyer, n.Agent, n.Currency, n.DueOn = v.Seller, v.Buyer, v.Agent, v.Currency, n.IssuedOn
	for i := range lines {
		lines[i].InvoiceID, lines[i].Settled = n.ID, lines[i].Net+lines[i].Tax
	}
	n.sum(lines)
	n.Settled, n.Status = n.Total, "paid" // it is used up at once: by the invoice, and as a deposit
}

// creditFalls takes back the commission for what is given back: bad of it was written off, and had fallen away then; rest was paid.
func (t *settlement) creditFalls(ctx context.Context, cur money.Currency, v, note Invoice, bad, rest money.Minor) error {
	terms, err := t.terms(ctx, v)
	if err != nil {
		return err
	}
	fell := max(0, -note.Net-netOf(cur, v, bad))
	if t.again != nil {
		if fell = 0; bad > 0 {
			if err := t.stoodFor(ctx, terms, v, note.ID, netOf(cur, v, bad)); err != nil {
				return err
			}
		}
	}
	return t.s.fallsAway(ctx, t.p, cur, terms, v, note.ID, fell, netOf(cur, v, rest))
}

// reopened is an order of which an invoice was taken back.
type reopened struct {
	terms   Deal
	was, is Order
}

// takenBack lets lines of an invoice that is taken back be invoiced anew: they hold credit again, as before they were invoiced. An
// order that is closed and a sale over the counter are done with.
func (t *settlement) takenBack(ctx context.Context, v Invoice, lines []InvoiceLine) error {
	if v.OrderID == 0 {
		return nil
	}
	o, err := t.s.order(ctx, v.Seller, v.OrderID)
	if err != nil || o.Kind != KindSale || o.Agreement == 0 || o.Status == Closed {
		return err
	}
	d, err := t.terms(ctx, v)
	if err != nil {
		return err
	}
	is := o.clone()
	t.taken = map[int64]qty.Qty{}
	stands, err := t.s.standing(ctx, o)
	if err != nil {
		return err
	}
	for _, l := range lines { // of a credit note: negative
		if x := is.Line(l.OrderLine); x != nil {
			x.Invoiced = max(0, x.Invoiced+l.Qty)
			stands[x.N] = stands[x.N].plus(l.amounts())
			x.off = x.offBy(d.Currency, stands[x.N])
		}
		t.taken[l.N] = -l.Qty
	}
	is.CreditHeld = d.credit(o.Total, is.Lines)
	t.again = &reopened{d, o, is}
	return nil
}

// creditLines are the lines of a credit note, negative: for each the part that is named, or all that is left; several parts
// sum exactly to the line, the last takes the remainder.
func creditLines(c money.Currency, lines []InvoiceLine, credited map[int64]InvoiceLine, named []BillLine) ([]InvoiceLine, error) {
	want := map[int64]qty.Qty{}
	for i, b := range named {
		at := fmt.Sprintf("lines[%d].", i)
		switch {
		case b.Qty <= 0:
			return nil, errs.OnFields("credit.invalid", errs.F(at+"qty", "invoice.qty_positive"))
		case want[b.Line] != 0:
			return nil, errs.OnFields("credit.invalid", errs.F(at+"line", "invoice.line_twice"))
		}
		want[b.Line] = b.Qty
		found := false
		for _, l := range lines {
			found = found || l.N == b.Line
			if left := l.Qty - credited[l.N].Qty; l.N == b.Line && b.Qty > left {
				return nil, errs.OnFields("credit.invalid", errs.F(at+"qty", "credit.more_than_left", "left", left.String()))
			}
		}
		if !found {
			return nil, errs.OnFields("credit.invalid", errs.F(at+"line", "order.unknown_line"))
		}
	}
	var out []InvoiceLine
	for _, l := range lines {
		done := credited[l.N]
		n := l.Qty - done.Qty
		if len(named) > 0 {
			n = want[l.N]
		}
		if n == 0 {
			continue
		}
		m := partOf(c, l.amounts(), done.amounts(), done.Qty+n, l.Qty)
		l.Qty, l.Net, l.TaxBase, l.Tax = -n, -m.net, -m.base, -m.tax
		out = append(out, l)
	}
	if len(out) == 0 {
		return nil, errs.New(errs.Conflict, "credit.nothing_left")
	}
	return out, nil
}

// WriteOff forgives what is open of an invoice, or a part of it, for a reason: a loss of the seller's. Commission goes back in
// proportion; title that waits for payment passes.
//
// Right: invoice credit, as the seller. Errors: not_found, changed, credit.not_an_invoice, payment.amount_positive,
// payment.more_than_open, field reason.
func (s *Service) WriteOff(ctx context.Context, a access.Actor, c WriteOff) (v Payment, err error) {
	if c.Reason, err = reasoned(c.Reason); err != nil {
		return Payment{}, err
	}
	err = s.decide(ctx, false, func() error { // what moves beside the document that was named is read again
		v, err = s.writeOff(ctx, a, c)
		return err
	})
	return v, err
}

func (s *Service) writeOff(ctx context.Context, a access.Actor, c WriteOff) (Payment, error) {
	v, err := s.invoiceOf(ctx, a.Org, c.Invoice)
	if err != nil {
		return Payment{}, err
	}
	if err := s.require(ctx, a, v.Rel(a.Org), "invoice", "credit"); err != nil {
		return Payment{}, err
	}
	if c.Amount == 0 {
		c.Amount = v.Open()
	}
	switch {
	case v.Kind != KindInvoice:
		err = errs.New(errs.Invalid, "credit.not_an_invoice")
	case c.Amount <= 0:
		err = errs.OnFields("payment.invalid", errs.F("amount", "payment.amount_positive"))
	case c.Amount > v.Open():
		err = errs.New(errs.Invalid, "payment.more_than_open", "invoice", v.Number)
	default:
		err = seen(c.Version, v.Version)
	}
	if err != nil {
		return s.firstPayment(ctx, a, c.Key, err)
	}
	cur, err := currency(v.Currency)
	if err != nil {
		return Payment{}, err
	}
	if err := s.sure(ctx, a, cur, c.Amount); err != nil {
		return Payment{}, err
	}
	now := s.Clock.Now()
	pay := s.newPayment(a, v.Buyer, v.Seller, v.Agent, cur, c.Amount, PayWrittenOff, "writeoff", now)
	pay.Reason, pay.Allocated = c.Reason, c.Amount
	p := draft("invoice.written_off", fmt.Sprintf("invoice/%d/writeoff/%d", v.ID, pay.ID), a.By(), pay.ID, now, c.Key).OrElse(moved)
	p.File(pay.row(), Part{PaymentID: pay.ID, N: 1, InvoiceID: v.ID, Kind: partWriteOff, Amount: c.Amount}.row())
	p.Owe(v.Seller, v.Buyer, cur, ledger.Trade, -c.Amount)
	t := s.settlement(p, now)
	d, err := t.add(ctx, v)
	if err != nil {
		return Payment{}, err
	}
	d.settle(c.Amount, 0)
	terms, err := t.terms(ctx, v)
	if err != nil {
		return Payment{}, err
	}
	if err := s.fallsAway(ctx, p, cur, terms, v, pay.ID, netOf(cur, v, c.Amount), 0); err != nil {
		return Payment{}, err
	}
	if err := t.finish(ctx); err != nil {
		return Payment{}, err
	}
	return s.postPayment(ctx, a, c.Key, p)
}

// newPayment is a payment that is more than reported from the beginning: by the payee itself, today.
func (s *Service) newPayment(a access.Actor, payer, payee, agent id.ID, c money.Currency, amount money.Minor, status, method string, now clock.Instant) Payment {
	no := s.DB.IDs.Next()
	return Payment{ID: no, Number: "PAY-" + no.String(), Payer: payer, Payee: payee, Agent: agent, Currency: c.Code, Amount: amount,
		Method: method, ValueOn: now.In(a.Zone), Status: status, ReportedBy: a.Person, ConfirmedBy: a.Person, ConfirmedUs: now, Version: 1}
}
