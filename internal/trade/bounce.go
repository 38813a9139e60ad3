package trade

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
)

// Bounce says that confirmed money failed: the debt stands again. Title that had passed with it goes back where the goods
// still stand as the buyer's, else the money alone does. A deposit it had made is taken back; where that has been spent, what
// it was spent on is open again, the newest first; what of it was paid back already the payer owes as a claim. Money that an agent
// collected and has handed over the payee owes the agent back.
//
// Right: payment confirm, as the payee. Errors: not_found, changed, payment.not_confirmed, field reason.
func (s *Service) Bounce(ctx context.Context, a access.Actor, c PayStep) (v Payment, err error) {
	if c.Reason, err = reasoned(c.Reason); err != nil {
		return Payment{}, err
	}
	err = s.decide(ctx, false, func() error { // what moves beside the document that was named is read again
		v, err = s.bounce(ctx, a, c)
		return err
	})
	return v, err
}

func (s *Service) bounce(ctx context.Context, a access.Actor, c PayStep) (Payment, error) {
	v, err := s.payeesOwn(ctx, a, c.Payment, c.Version, PayConfirmed)
	if err != nil {
		return s.firstPayment(ctx, a, c.Key, err)
	}
	cur, err := currency(v.Currency)
	if err != nil {
		return Payment{}, err
	}
	parts, err := s.partsOf(ctx, v.ID)
	if err != nil {
		return Payment{}, err
	}
	now := s.Clock.Now()
	p := draft("payment.bounced", fmt.Sprintf("payment/%d/bounce", v.ID), a.By(), v.ID, now, c.Key).PastLimit().OrElse(func(sh ledger.Short) error {
		return movedBy(sh) // a deposit was spent, or goods were sold, meanwhile: decide again
	})
	t := s.settlement(p, now)
	if err := t.takeBack(ctx, v, cur, parts); err != nil {
		return s.firstPayment(ctx, a, c.Key, err)
	}
	if err := s.moneyBack(ctx, p, v, cur); err != nil {
		return Payment{}, err
	}
	p.Advance(paymentT, v.ID, v.Version, set("status", v.Status, PayBounced), set("reason", v.Reason, c.Reason))
	if err := t.finish(ctx); err != nil {
		return Payment{}, err
	}
	p.Tell("payment.bounced", fmt.Sprintf(`{"payment":"%d"}`, v.ID))
	return s.postPayment(ctx, a, c.Key, p)
}

// takeBack opens again what the parts of a payment had settled.
func (t *settlement) takeBack(ctx context.Context, v Payment, cur money.Currency, parts []Part) error {
	n := int64(len(parts))
	back, orders := map[id.ID]money.Minor{}, []id.ID{} // by order: the net on which commission had been earned
	for _, x := range standingParts(parts) {
		switch x.Kind {
		case partInvoice, partDiscount:
			inv, err := t.s.invoiceOf(ctx, v.Payee, x.InvoiceID)
			if err != nil {
				return err
			}
			if err := t.reopen(ctx, inv, cur, x.Amount); err != nil {
				return err
			}
			if x.Kind == partInvoice {
				back[inv.OrderID] += netOf(cur, inv, x.Amount)
				orders = append(orders, inv.OrderID)
			}
		case partDeposit:
			if err := t.takeDeposit(ctx, v, cur, x.Amount, n); err != nil {
				return err
			}
		case partCommission:
			t.p.Owe(v.Payee, v.Payer, cur, ledger.Commission, x.Amount)
		case partClaim:
			t.p.Owe(v.Payee, v.Payer, cur, ledger.Claim, x.Amount)
		case partOffset: // of a credit note, and no money
		case partRefund, partRemittance:
			return errs.New(errs.Conflict, "payment.not_confirmed", "status", x.Kind)
		}
	}
	for _, order := range orders {
		if err := t.s.unearn(ctx, t.p, cur, v.Payee, order, v.ID, v.ID, back[order]); err != nil {
			return err
		}
		if err := t.s.forfeit(ctx, t.p, v.Payee, order, OnPayment, v.ID, back[order]); err != nil {
			return err
		}
		back[order] = 0
	}
	return nil
}

// standingParts are the parts of a payment with its discounts as they stand: what a credit note took back of one is off it.
func standingParts(parts []Part) (out []Part) {
	at := map[id.ID]int{}
	for _, x := range parts {
		if i, ok := at[x.InvoiceID]; ok && x.Kind == partDiscount {
			out[i].Amount += x.Amount
			continue
		}
		if x.Kind == partDiscount {
			at[x.InvoiceID] = len(out)
		}
		out = append(out, x)
	}
	return out
}

func (t *settlement) reopen(ctx context.Context, inv Invoice, cur money.Currency, amount money.Minor) error {
	d, err := t.add(ctx, inv)
	if err != nil {
		return err
	}
	d.settle(-amount, 0)
	t.p.Owe(inv.Seller, inv.Buyer, cur, ledger.Trade, amount)
	return nil
}

// takeDeposit takes a deposit back. As far as it has been spent, the invoices that deposits settled last are open again.
func (t *settlement) takeDeposit(ctx context.Context, v Payment, cur money.Currency, amount money.Minor, n int64) error {
	have, err := t.s.owed(ctx, v.Payer, v.Payee, cur, ledger.Deposit)
	if err != nil {
		return err
	}
	t.p.Owe(v.Payer, v.Payee, cur, ledger.Deposit, -min(have, amount))
	amount -= min(have, amount)
	if amount == 0 {
		return nil
	}
	var spent []Part
	err = t.s.DB.R(ctx).Raw(`SELECT x.invoice_id, SUM(x.amount) AS amount FROM payment_part x JOIN invoice i ON i.id = x.invoice_id
		WHERE x.kind = 'applied' AND i.seller = ? AND i.buyer = ? AND i.currency = ? GROUP BY x.invoice_id ORDER BY MAX(x.seq) DESC, x.invoice_id DESC`,
		v.Payee, v.Payer, v.Currency).Scan(&spent).Error
	if err != nil {
		return fmt.Errorf("what deposits were spent on: %w", err)
	}
	for _, x := range spent {
		k := min(amount, x.Amount)
		if k <= 0 {
			continue
		}
		inv, err := t.s.invoiceOf(ctx, v.Payee, x.InvoiceID)
		if err != nil {
			return err
		}
		if err := t.reopen(ctx, inv, cur, k); err != nil {
			return err
		}
		n++
		t.p.File(Part{PaymentID: v.ID, N: n, InvoiceID: inv.ID, Kind: partApplied, Amount: -k}.row())
		if amount -= k; amount == 0 {
			return nil
		}
	}
	t.p.Owe(v.Payee, v.Payer, cur, ledger.Claim, amount) // it was paid back: no invoice is open for it
	return nil
}

// moneyBack takes the money of a payment from the payee again: of what an agent collected, what the agent still keeps; what it has
// handed over the payee owes it back, and its next remittance is set against that.
func (s *Service) moneyBack(ctx context.Context, p *ledger.Post, v Payment, cur money.Currency) error {
	if !v.Collected {
		moneyIn(p, v, cur, -v.Amount)
		return nil
	}
	have, err := s.owed(ctx, v.Payee, v.Agent, cur, ledger.Collection)
	if err != nil {
		return err
	}
	kept := min(have, v.Amount)
	p.Owe(v.Payee, v.Agent, cur, ledger.Collection, -kept)
	p.Owe(v.Agent, v.Payee, cur, ledger.Collection, v.Amount-kept)
	return nil
}
