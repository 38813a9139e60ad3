package trade

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/id"
)

// The money of an order is seen by whoever may see the invoices of that side: the warehouse sees none, sales not what its own
// firm pays, purchasing not what it earns. The others get the order without its money: Blind says so, and every amount is zero.

// blind tells whether the actor may not see the money of orders on a side.
func (s *Service) blind(ctx context.Context, a access.Actor, rel access.Rel) bool {
	return s.require(ctx, a, rel, "invoice", "read") != nil
}

// seen is an order as the actor may see it.
func (s *Service) seen(ctx context.Context, a access.Actor, o Order) Order {
	if !s.blind(ctx, a, o.Rel(a.Org)) {
		return o
	}
	o = o.clone()
	o.Blind, o.Net, o.Tax, o.Total, o.CreditHeld = true, 0, 0, 0, 0
	for i := range o.Lines {
		l := &o.Lines[i]
		l.Price, l.Net, l.TaxBase, l.Tax = 0, 0, 0, 0
	}
	return o
}

// invoiceSeen is an invoice that the actor has just made or changed, as it may see it: who may bill need not read invoices.
func (s *Service) invoiceSeen(ctx context.Context, a access.Actor, no id.ID) (Invoice, error) {
	v, err := s.invoiceOf(ctx, a.Org, no)
	if err == nil && s.require(ctx, a, v.Rel(a.Org), "invoice", "read") != nil {
		v.Blind, v.Net, v.TaxBase, v.Tax, v.Total, v.Settled = true, 0, 0, 0, 0, 0
	}
	return v, err
}

// paymentSeen is invoiceSeen of a payment.
func (s *Service) paymentSeen(ctx context.Context, a access.Actor, no id.ID) (Payment, error) {
	v, err := s.paymentOf(ctx, a.Org, no)
	if err == nil && s.require(ctx, a, v.Rel(a.Org), "payment", "read") != nil {
		v.Blind, v.Amount, v.Allocated, v.Deposited, v.BankAccount = true, 0, 0, 0, 0
	}
	return v, err
}

// hideRows takes the money out of the rows that the actor may see without it.
func (s *Service) hideRows(ctx context.Context, a access.Actor, rows []OrderRow) {
	for i := range rows {
		r := &rows[i]
		if s.blind(ctx, a, access.RelOf(a.Org, r.Seller, r.Buyer, r.Agent)) {
			r.Blind, r.Net, r.Tax, r.Total, r.CreditHeld = true, 0, 0, 0, 0
		}
	}
}

// hide takes the money out of what stands around an order.
func (v *View) hide() {
	for i := range v.Lanes {
		v.Lanes[i].Owed = 0
	}
}
