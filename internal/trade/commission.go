package trade

import (
	"context"
	"fmt"

	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Causes of commission, as appointments name them; a reversal names the document that took the trade back.
const (
	OnOrder      = "order"
	OnDelivery   = "delivery"
	OnPayment    = "payment"
	commReversal = "reversal"
)

// earn adds to a post the commission of an order's agent, when the appointment pays it on this cause: base (net, before tax)
// × its rate, rounded once. source is the document that earned it: the order, the shipment, the payment.
func (s *Service) earn(p *ledger.Post, d Deal, order id.ID, cause string, source id.ID, base money.Minor) {
	if d.Agent == 0 || d.Appointment == 0 || d.CommissionOn != cause || base <= 0 {
		return
	}
	amount, ok := d.Currency.Share(base, d.CommissionBps, 10000)
	if !ok || amount <= 0 {
		return
	}
	p.File(commissionT.Row(s.DB.IDs.Next(), d.Appointment, d.Seller, d.Agent, order, cause, source, d.Currency.Code, base, amount))
	p.Owe(d.Agent, d.Seller, d.Currency, ledger.Commission, amount)
}

// wantedNet is what is ordered and not cancelled, before tax.
func (o Order) wantedNet(c money.Currency) money.Minor {
	n := map[int64]qty.Qty{}
	for _, l := range o.Lines {
		n[l.N] = l.Wanted()
	}
	return o.worth(c, n)
}

// ordered follows with commission that is earned by the order itself what became of a confirmed order: more is earned, or taken
// back, by what is wanted now and was not before. source is what changed it.
func (s *Service) ordered(ctx context.Context, p *ledger.Post, d Deal, was, is Order, source id.ID) error {
	if d.CommissionOn != OnOrder || was.Status == Placed || was.Status == CreditHold {
		return nil
	}
	more := is.wantedNet(d.Currency) - was.wantedNet(d.Currency)
	s.earn(p, d, was.ID, OnOrder, source, more)
	return s.unearn(ctx, p, d.Currency, was.Seller, was.ID, source, 0, -more)
}

// earned is what commission stands for an order, reversals deducted.
type earned struct {
	Appointment, Principal, Agent id.ID
	Base, Amount                  money.Minor
}

// unearn takes commission back in proportion: as much of the order's base as the trade that fell away, and with the last of it
// all that is left. What was paid out already the agent owes back: its next commission is set against it. of, if not 0, limits
// it to what one document earned.
func (s *Service) unearn(ctx context.Context, p *ledger.Post, c money.Currency, principal, order, source, of id.ID, base money.Minor) error {
	if base <= 0 || order == 0 {
		return nil
	}
	all, err := s.earnedOf(ctx, c, principal, order, 0)
	if err != nil {
		return err
	}
	for _, e := range all {
		from := e
		if of != 0 { // what that document earned, but no more than is left of the order's
			mine, err := s.earnedOf(ctx, c, principal, order, of)
			if err != nil {
				return err
			}
			from = earned{}
			for _, m := range mine {
				if m.Appointment == e.Appointment {
					from = m
				}
			}
		}
		if from.Base <= 0 || from.Amount <= 0 {
			continue
		}
		part := from.Amount
		if base < from.Base {
			part, _ = c.Share(from.Amount, int64(base), int64(from.Base))
		}
		if part = min(part, e.Amount); part <= 0 {
			continue
		}
		p.File(commissionT.Row(s.DB.IDs.Next(), e.Appointment, e.Principal, e.Agent, order, commReversal, source, c.Code, -min(base, from.Base, e.Base), -part))
		have, err := s.owed(ctx, e.Agent, e.Principal, c, ledger.Commission)
		if err != nil {
			return err
		}
		due := min(part, have+p.Owing(e.Agent, e.Principal, c, ledger.Commission))
		p.Owe(e.Agent, e.Principal, c, ledger.Commission, -due)
		p.Owe(e.Principal, e.Agent, c, ledger.Commission, part-due) // it had been paid out
	}
	return nil
}

// earnedOf reads the commission that stands for an order, by appointment; of one document, where it is named.
func (s *Service) earnedOf(ctx context.Context, c money.Currency, principal, order, of id.ID) (rows []earned, err error) {
	where, args := "", []any{order, principal, c.Code}
	if of != 0 {
		where, args = " AND source = ?", append(args, of)
	}
	err = s.DB.R(ctx).Raw("SELECT appointment, principal, agent, SUM(base) AS base, SUM(amount) AS amount FROM commission WHERE order_id = ? AND principal = ? AND currency = ?"+
		where+" GROUP BY appointment, principal, agent ORDER BY appointment", args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("commission of order %d: %w", order, err)
	}
	return rows, nil
}

// fallsAway takes back the commission of trade that falls away although it was delivered: net is what was sold, paid the part
// of it that had been paid and is given back. Commission on payment was earned by that part alone.
func (s *Service) fallsAway(ctx context.Context, p *ledger.Post, c money.Currency, d Deal, v Invoice, source id.ID, net, paid money.Minor) error {
	base := net
	if d.CommissionOn == OnPayment {
		base = paid
	}
	for cause, part := range map[string]money.Minor{OnDelivery: net, OnPayment: paid} { // an order's points are earned by one of the two
		if err := s.forfeit(ctx, p, v.Seller, v.OrderID, cause, source, part); err != nil {
			return err
		}
	}
	return s.unearn(ctx, p, c, v.Seller, v.OrderID, source, 0, base)
}

// returned takes back commission of what came back before it was invoiced; what was invoiced goes back with its credit note.
func (s *Service) returned(ctx context.Context, p *ledger.Post, d Deal, was, is Order, source id.ID) error {
	n := map[int64]qty.Qty{}
	for i, l := range is.Lines {
		n[l.N] = l.Forgone - was.Lines[i].Forgone
	}
	if err := s.forfeit(ctx, p, was.Seller, was.ID, OnDelivery, source, is.worth(d.Currency, n)); err != nil {
		return err
	}
	if d.CommissionOn == OnPayment {
		return nil
	}
	return s.unearn(ctx, p, d.Currency, was.Seller, was.ID, source, 0, is.worth(d.Currency, n))
}

// netOf is the part of an invoice's net that goes with an amount of its total.
func netOf(c money.Currency, v Invoice, amount money.Minor) money.Minor {
	if v.Total == 0 || amount == 0 {
		return 0
	}
	n, _ := c.Share(v.Net, int64(amount), int64(v.Total))
	return n
}
