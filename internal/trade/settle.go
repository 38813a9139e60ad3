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
)

// ConfirmPayment says that reported money has arrived. It settles invoices as the payee tells (an empty list that is not nil:
// none), else as was reported and is still open, else the oldest due first; an early payment that covers the rest of an invoice earns its discount; what is left is a deposit. Title that waits
// for payment passes line by line.
//
// Right: payment confirm, as the payee, with a fresh factor where the organisation asks for one, by another person than the one who reported it in the same organisation. Errors:
// not_found (the payment, or an invoice that is not of this pair), changed, payment.not_reported, payment.maker_checker,
// payment.more_than_open, payment.more_than_paid, payment.currency.
func (s *Service) ConfirmPayment(ctx context.Context, a access.Actor, c Confirm) (v Payment, err error) {
	err = s.decide(ctx, false, func() error { // what moves beside the document that was named is read again
		v, err = s.confirmPayment(ctx, a, c)
		return err
	})
	return v, err
}

func (s *Service) confirmPayment(ctx context.Context, a access.Actor, c Confirm) (Payment, error) {
	v, err := s.payeesOwn(ctx, a, c.Payment, c.Version, PayReported)
	if err == nil {
		err = s.otherEyes(ctx, a, v)
	}
	if err != nil {
		return s.firstPayment(ctx, a, c.Key, err)
	}
	cur, err := currency(v.Currency)
	if err != nil {
		return Payment{}, err
	}
	at, err := s.when(c.At)
	if err == nil {
		err = v.after(at, a.Zone)
	}
	if err != nil {
		return Payment{}, err
	}
	if v.Purpose == ForCommission {
		return s.confirmCommission(ctx, a, c, v, cur, at)
	}
	if v.Purpose == ForClaim {
		return s.confirmClaim(ctx, a, c, v, cur, at)
	}
	parts, err := s.partsOf(ctx, v.ID)
	if err != nil {
		return Payment{}, err
	}
	if c.Allocate == nil {
		if c.Allocate, err = s.asReported(ctx, v, parts); err != nil {
			return Payment{}, err
		}
	}
	p := draft("payment.confirmed", fmt.Sprintf("payment/%d/confirm", v.ID), a.By(), v.ID, at, c.Key).OrElse(moved)
	t := s.settlement(p, at)
	rest, err := t.allocate(ctx, v, cur, c.Allocate, int64(len(parts)))
	if err == nil {
		err = t.issuedBy(at.In(a.Zone))
	}
	if err != nil {
		return s.firstPayment(ctx, a, c.Key, err)
	}
	if err := s.sure(ctx, a, cur, v.Amount); err != nil {
		return Payment{}, err
	}
	p.Owe(v.Payee, v.Payer, cur, ledger.Trade, rest-v.Amount)
	p.Owe(v.Payer, v.Payee, cur, ledger.Deposit, rest)
	moneyIn(p, v, cur, v.Amount)
	p.Advance(paymentT, v.ID, v.Version, set("status", v.Status, PayConfirmed), set("allocated", v.Allocated, v.Amount-rest),
		set("deposited", v.Deposited, rest), set("confirmed_by", v.ConfirmedBy, a.Person), set("confirmed_us", v.ConfirmedUs, at))
	if err := t.finish(ctx); err != nil {
		return Payment{}, err
	}
	p.Tell("payment.confirmed", fmt.Sprintf(`{"payment":"%d"}`, v.ID))
	return s.postPayment(ctx, a, c.Key, p)
}

// after refuses an instant before the day, in the payee's zone, on which the money counts.
func (v Payment) after(at clock.Instant, zone string) error {
	if at.In(zone) < v.ValueOn {
		return errs.OnFields("payment.invalid", errs.F("at", "payment.before_value", "date", string(v.ValueOn)))
	}
	return nil
}

// issuedBy refuses that an invoice is settled on a day before the one on which it was issued.
func (t *settlement) issuedBy(day clock.Date) error {
	for _, d := range t.docs {
		if d.IssuedOn > day {
			return errs.OnFields("payment.invalid", errs.F("at", "payment.before_invoice", "invoice", d.Number, "date", string(d.IssuedOn)))
		}
	}
	return nil
}

// asReported is the allocation that the payer asked for, as far as the invoices are still open; nil where nothing of it is left.
func (s *Service) asReported(ctx context.Context, v Payment, parts []Part) (told []Allocation, err error) {
	for _, x := range parts {
		inv, err := s.invoiceOf(ctx, v.Payee, x.InvoiceID)
		if err != nil {
			return nil, err
		}
		if n := min(x.Amount, inv.Open()); n > 0 {
			told = append(told, Allocation{inv.ID, n})
		}
	}
	return told, nil
}

// moneyIn books the money itself: with the payee, or, where the agent collected it, as what the agent owes the payee.
func moneyIn(p *ledger.Post, v Payment, c money.Currency, amount money.Minor) {
	if v.Collected {
		p.Owe(v.Payee, v.Agent, c, ledger.Collection, amount)
		return
	}
	p.Owe(v.Payee, v.Payer, c, ledger.CashPaid, amount)
}

// otherEyes refuses that one person reports and confirms money in one organisation.
func (s *Service) otherEyes(ctx context.Context, a access.Actor, v Payment) error {
	own, err := s.ReportedBy(ctx, a, v)
	if err == nil && own {
		err = errs.New(errs.Forbidden, "payment.maker_checker")
	}
	return err
}

// ReportedBy tells whether it was the actor who reported a payment, for the organisation for which it acts now: whoever did does not
// confirm it.
func (s *Service) ReportedBy(ctx context.Context, a access.Actor, v Payment) (bool, error) {
	if v.ReportedBy != a.Person {
		return false, nil
	}
	var n int64
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM journal WHERE seq = ? AND org = ?", v.Seq, a.Org).Scan(&n).Error; err != nil {
		return false, fmt.Errorf("who reported payment %d: %w", v.ID, err)
	}
	return n > 0, nil
}

// allocate settles invoices out of a payment, files its parts after the first n, lets commission on payment be earned, and
// says what money is left over. The claims of the money are the caller's; discounts are booked here.
func (t *settlement) allocate(ctx context.Context, v Payment, cur money.Currency, told []Allocation, n int64) (rest money.Minor, err error) {
	if told == nil {
		if n, err = t.offset(ctx, v, cur, n); err != nil {
			return 0, err
		}
	}
	open, err := t.open(ctx, v, cur, told)
	if err != nil {
		return 0, err
	}
	shares, rest, err := divide(open, told, v.Amount)
	if err != nil {
		return 0, err
	}
	file := func(invoice id.ID, kind string, amount money.Minor) {
		if amount != 0 {
			n++
			t.p.File(Part{PaymentID: v.ID, N: n, InvoiceID: invoice, Kind: kind, Amount: amount}.row())
		}
	}
	kind := partInvoice
	if v.Status == PayApplied {
		kind = partApplied
	}
	for _, x := range shares {
		d := t.docs[x.Invoice]
		d.settle(x.Amount+x.Discount, 0)
		file(d.ID, kind, x.Amount)
		file(d.ID, partDiscount, x.Discount)
		t.p.Owe(v.Payee, v.Payer, cur, ledger.Trade, -x.Discount)
		if err := t.earnOnPayment(ctx, cur, d.Invoice, v.ID, x.Amount); err != nil {
			return 0, err
		}
	}
	if v.Status != PayApplied {
		file(0, partDeposit, rest)
	}
	return rest, nil
}

func divide(open []openInvoice, told []Allocation, have money.Minor) ([]share, money.Minor, error) {
	if told == nil {
		parts, rest := oldestFirst(open, have)
		return parts, rest, nil
	}
	byID := map[id.ID]openInvoice{}
	for _, o := range open {
		byID[o.ID] = o
	}
	return asTold(byID, told, have)
}

// open reads the invoices that may be settled: those that are named, or as many of the pair's open ones as the money reaches.
func (t *settlement) open(ctx context.Context, v Payment, cur money.Currency, told []Allocation) (out []openInvoice, err error) {
	have := v.Amount
	take := func(inv Invoice) (bool, error) {
		terms, err := t.terms(ctx, inv)
		if err != nil {
			return false, err
		}
		d, err := t.add(ctx, inv)
		if err != nil {
			return false, err
		}
		o := openInvoice{ID: inv.ID, No: inv.Number, Due: inv.DueOn, Open: d.Open(), // credit notes may have been set against it just now
			Early: earlyDiscount(cur, inv.Total-d.credited, inv.IssuedOn, v.ValueOn, terms.EarlyDays, terms.EarlyBps)}
		out = append(out, o)
		have -= settle(o, have).Amount
		return have > 0, nil
	}
	if told == nil {
		if have > 0 {
			err = t.s.eachOpen(ctx, v.Payee, v.Payer, v.Currency, take)
		}
		return out, err
	}
	named, err := t.named(ctx, v, told)
	if err != nil {
		return nil, err
	}
	for _, inv := range named {
		if _, err := take(inv); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (t *settlement) named(ctx context.Context, v Payment, told []Allocation) ([]Invoice, error) {
	var out []Invoice
	for _, x := range told {
		inv, err := t.s.invoiceOf(ctx, v.Payee, x.Invoice)
		switch {
		case err != nil:
			return nil, err
		case inv.Seller != v.Payee || inv.Buyer != v.Payer || inv.Kind != KindInvoice:
			return nil, errs.Gone()
		case inv.Currency != v.Currency:
			return nil, errs.New(errs.Invalid, "payment.currency", "currency", v.Currency, "invoice", inv.Number)
		}
		out = append(out, inv)
	}
	return out, nil
}

func (t *settlement) earnOnPayment(ctx context.Context, cur money.Currency, inv Invoice, source id.ID, amount money.Minor) error {
	terms, err := t.terms(ctx, inv)
	if err == nil {
		net := netOf(cur, inv, amount)
		t.s.earn(t.p, terms, inv.OrderID, OnPayment, source, net)
		t.paid = append(t.paid, earnedBy{terms, inv.OrderID, source, net})
	}
	return err
}

func set(col string, before, after any) ledger.Set {
	return ledger.Set{Col: col, Before: before, After: after}
}

// postPayment posts and reads back the payment that the post is about: that of the first answer, where the key was seen before.
func (s *Service) postPayment(ctx context.Context, a access.Actor, k Key, p *ledger.Post) (Payment, error) {
	r, err := s.Book.Post(ctx, p)
	if err != nil {
		return s.firstPayment(ctx, a, k, err)
	}
	return s.paymentSeen(ctx, a, r.Doc)
}

// firstPayment answers what the key was answered first, if it was seen before, else the refusal.
func (s *Service) firstPayment(ctx context.Context, a access.Actor, k Key, refusal error) (Payment, error) {
	doc, err := s.orReplay(ctx, a, k, refusal)
	if err != nil {
		return Payment{}, err
	}
	return s.paymentSeen(ctx, a, doc)
}
