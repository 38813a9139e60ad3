package trade

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
)

// noDeposit says in the trade's words that a deposit is not there, or has been spent meanwhile.
func noDeposit(c money.Currency) func(ledger.Short) error {
	return func(sh ledger.Short) error {
		switch sh.What {
		case ledger.ShortPoints:
			return errs.New(errs.Conflict, codeMoved)
		case ledger.ShortCredit: // orders and invoices lean on the deposit
			return errs.New(errs.Conflict, "payment.deposit_needed")
		}
		return errs.New(errs.Conflict, "payment.no_deposit", "left", c.Format(money.Minor(sh.Available)), "currency", c.Code)
	}
}

// Apply settles invoices out of the deposit that the buyer has with the seller: as told, else the oldest due first.
//
// Right: payment allocate, as the seller. Errors: not_found, payment.no_deposit, payment.nothing_open, payment.more_than_open,
// payment.currency.
func (s *Service) Apply(ctx context.Context, a access.Actor, c Apply) (v Payment, err error) {
	err = s.decide(ctx, false, func() error {
		v, err = s.apply(ctx, a, c)
		return err
	})
	return v, err
}

func (s *Service) apply(ctx context.Context, a access.Actor, c Apply) (Payment, error) {
	if c.Seller == 0 {
		c.Seller = a.Org
	}
	rel := access.RelOf(a.Org, c.Seller, c.Buyer, 0)
	if rel == access.None {
		return Payment{}, errs.Gone()
	}
	if err := s.require(ctx, a, rel, "payment", "allocate"); err != nil {
		return Payment{}, err
	}
	cur, err := currency(c.Currency)
	if err != nil {
		return Payment{}, err
	}
	v, t, err := s.applied(ctx, a, c, cur)
	if err != nil {
		return s.firstPayment(ctx, a, c.Key, err)
	}
	if err := s.sure(ctx, a, cur, v.Amount); err != nil {
		return Payment{}, err
	}
	t.p.Owe(c.Buyer, c.Seller, cur, ledger.Deposit, -v.Amount)
	t.p.Owe(c.Seller, c.Buyer, cur, ledger.Trade, -v.Amount)
	t.p.File(v.row()).OrElse(noDeposit(cur))
	if err := t.finish(ctx); err != nil {
		return Payment{}, err
	}
	return s.postPayment(ctx, a, c.Key, t.p)
}

// applied decides what of the deposit goes where.
func (s *Service) applied(ctx context.Context, a access.Actor, c Apply, cur money.Currency) (Payment, *settlement, error) {
	have, err := s.owed(ctx, c.Buyer, c.Seller, cur, ledger.Deposit)
	if err != nil {
		return Payment{}, nil, err
	}
	var asked money.Minor
	for _, x := range c.Allocate {
		asked += x.Amount
	}
	notes, err := s.freeNotes(ctx, c.Seller, c.Buyer, c.Currency)
	if err != nil {
		return Payment{}, nil, err
	}
	have += restOf(notes)
	if have <= 0 || asked > have {
		return Payment{}, nil, errs.New(errs.Conflict, "payment.no_deposit", "left", cur.Format(max(0, have)), "currency", cur.Code)
	}
	now := s.Clock.Now()
	v := s.newPayment(a, c.Buyer, c.Seller, 0, cur, have, PayApplied, "deposit", now)
	p := draft("deposit.applied", fmt.Sprintf("payment/%d/apply", v.ID), a.By(), v.ID, now, c.Key)
	t := s.settlement(p, now)
	n, err := t.noteDeposit(ctx, v.ID, 0, cur, notes)
	if err != nil {
		return Payment{}, nil, err
	}
	rest, err := t.allocate(ctx, v, cur, c.Allocate, n)
	if err != nil {
		return Payment{}, nil, err
	}
	v.Amount -= rest
	v.Allocated = v.Amount
	if v.Amount == 0 {
		return Payment{}, nil, errs.New(errs.Conflict, "payment.nothing_open")
	}
	for _, d := range t.docs {
		if d.Kind == KindInvoice {
			v.Agent = d.Agent
		}
	}
	return v, t, nil
}

// Refund pays a deposit back to the buyer: all of it, or an amount. The payment runs from the seller to the buyer.
//
// Right: payment confirm, as the seller. Errors: payment.no_deposit, payment.deposit_needed (without it the
// buyer would be beyond the limit), fields amount, method, value_on, reference.
func (s *Service) Refund(ctx context.Context, a access.Actor, c Refund) (v Payment, err error) {
	err = s.decide(ctx, false, func() error {
		v, err = s.handOver(ctx, a, c.Key, handOver{why: ledger.Deposit, kind: partRefund, creditor: c.Buyer, debtor: a.Org, payer: a.Org, payee: c.Buyer,
			currency: c.Currency, amount: c.Amount, method: c.Method, valueOn: c.ValueOn, reference: c.Reference})
		return err
	})
	return v, err
}

// Remit says that an agent has handed over what it collected for the acting principal: all of it, or an amount; or that the principal
// has given back what the agent handed over of money that bounced. What either owes the other of it is set off.
//
// Right: payment confirm, as the principal. Errors: payment.nothing_collected, fields amount, method, value_on, reference.
func (s *Service) Remit(ctx context.Context, a access.Actor, c Remit) (v Payment, err error) {
	err = s.decide(ctx, false, func() error {
		from, to := c.Agent, a.Org
		if c.Back {
			from, to = to, from
		}
		v, err = s.handOver(ctx, a, c.Key, handOver{why: ledger.Collection, kind: partRemittance, creditor: to, debtor: from, payer: from, payee: to,
			currency: c.Currency, amount: c.Amount, method: c.Method, valueOn: c.ValueOn, reference: c.Reference})
		return err
	})
	return v, err
}

// handOver is money that ends a claim which is no invoice: a deposit that is refunded, a collection that is remitted.
type handOver struct {
	why               ledger.Purpose
	kind              string
	creditor, debtor  id.ID
	payer, payee      id.ID
	currency          string
	amount            money.Minor
	method, reference string
	valueOn           clock.Date
}

func (s *Service) handOver(ctx context.Context, a access.Actor, k Key, h handOver) (Payment, error) {
	if err := s.require(ctx, a, access.Seller, "payment", "confirm"); err != nil {
		return Payment{}, err
	}
	cur, err := currency(h.currency)
	if err != nil {
		return Payment{}, err
	}
	due, err := s.dueBack(ctx, cur, h)
	if err != nil {
		return Payment{}, err
	}
	now := s.Clock.Now()
	if h.amount == 0 {
		h.amount = due.have
	}
	on, err := valueDate(h.valueOn, now.In(a.Zone))
	if err != nil {
		return Payment{}, err
	}
	if err = referred(&h.reference); err != nil {
		return Payment{}, err
	}
	if err := h.within(due); err != nil {
		return s.firstPayment(ctx, a, k, err)
	}
	if err := s.sure(ctx, a, cur, h.amount); err != nil {
		return Payment{}, err
	}
	v := s.newPayment(a, h.payer, h.payee, 0, cur, h.amount, PayConfirmed, h.method, now)
	v.ValueOn, v.Reference = on, h.reference
	p := draft("payment."+h.kind, fmt.Sprintf("payment/%d/%s", v.ID, h.kind), a.By(), v.ID, now, k).OrElse(due.none)
	p.File(v.row(), Part{PaymentID: v.ID, N: 1, Kind: h.kind, Amount: h.amount}.row())
	t := s.settlement(p, now)
	if len(due.notes) > 0 {
		pay := s.newPayment(a, h.payee, h.payer, 0, cur, restOf(due.notes), PayApplied, "deposit", now)
		pay.Allocated = pay.Amount
		p.File(pay.row())
		if _, err := t.noteDeposit(ctx, pay.ID, 0, cur, due.notes); err != nil {
			return Payment{}, err
		}
	}
	p.Owe(h.creditor, h.debtor, cur, h.why, -h.amount-due.back)
	p.Owe(h.debtor, h.creditor, cur, h.why, -due.back)
	p.Owe(h.payee, h.payer, cur, ledger.CashPaid, h.amount)
	if err := t.finish(ctx); err != nil {
		return Payment{}, err
	}
	return s.postPayment(ctx, a, k, p)
}

// dueBack is what there is to hand over.
type dueBack struct {
	have  money.Minor
	back  money.Minor              // what the creditor owes the debtor of the same: it is set off
	notes []Invoice                // that stand in the buyer's favour beside its deposit
	none  func(ledger.Short) error // says that there is not as much
}

func (s *Service) dueBack(ctx context.Context, cur money.Currency, h handOver) (x dueBack, err error) {
	if x.have, err = s.owed(ctx, h.creditor, h.debtor, cur, h.why); err != nil {
		return x, err
	}
	x.none = noDeposit(cur)
	if h.why == ledger.Deposit {
		if x.notes, err = s.freeNotes(ctx, h.debtor, h.creditor, cur.Code); err != nil {
			return x, err
		}
		x.have += restOf(x.notes)
	}
	if h.why == ledger.Collection {
		if x.back, err = s.owed(ctx, h.debtor, h.creditor, cur, h.why); err != nil {
			return x, err
		}
		x.have = max(0, x.have-x.back)
		x.none = func(sh ledger.Short) error {
			return errs.New(errs.Conflict, "payment.nothing_collected", "left", cur.Format(money.Minor(sh.Available)), "currency", cur.Code)
		}
	}
	return x, nil
}

// within is nil where as much can be handed over, in this way.
func (h handOver) within(due dueBack) error {
	switch {
	case h.amount < 0:
		return errs.OnFields("payment.invalid", errs.F("amount", "payment.amount_positive"))
	case h.amount == 0 || h.amount > due.have:
		return due.none(ledger.Short{Available: int64(due.have)})
	case !slices.Contains(Methods, h.method):
		return errs.OnFields("payment.invalid", errs.F("method", "payment.unknown_method"))
	}
	return nil
}
