package trade

import (
	"context"
	"fmt"

	"saluran/internal/ledger"
	"saluran/internal/money"
)

// covered holds what is sent under cash before delivery against the money that came before. Where the order's own invoices are paid
// as far as its goods go, they may, whatever else the buyer owes: those invoices are guarded, so that none is bounced or credited
// meanwhile. Else it holds credit from now on, and the ledger refuses it where the buyer's deposits do not cover all that it owes
// and has been sent. So two dispatches at once cannot both lean on one deposit.
func (s *Service) covered(ctx context.Context, p *ledger.Post, d Deal, o Order, is *Order) error {
	if !d.Prepay {
		return nil
	}
	is.CreditHeld = d.credit(o.CreditHeld, is.Lines)
	if is.CreditHeld == 0 {
		paid, err := s.paidFor(ctx, o)
		if err != nil {
			return err
		}
		if paid.sum >= is.sent(d.Currency) {
			for _, v := range paid.by {
				if !p.Advances(v.ID) {
					p.Advance(invoiceT, v.ID, v.Version)
				}
			}
			return nil
		}
	}
	p.Covered(o.Seller, o.Buyer, d.Currency)
	return nil
}

// sent is what the goods of an order amount to, tax included, that are on their way or delivered and did not come back.
func (o Order) sent(c money.Currency) (sum money.Minor) {
	for _, l := range o.Lines {
		n := l.Dispatched - l.Returned
		sum += upTo(c, l.Net, n, l.Qty) + upTo(c, l.Tax, n, l.Qty)
	}
	return sum
}

// ownMoney is what came in for one order: what its invoices were settled with, less what was credited again.
type ownMoney struct {
	sum money.Minor
	by  []Invoice
}

func (s *Service) paidFor(ctx context.Context, o Order) (m ownMoney, err error) {
	var rows []Invoice
	err = s.DB.R(ctx).Raw("SELECT "+invoiceCols+" FROM invoice WHERE order_id = ? AND +seller = ? ORDER BY id", o.ID, o.Seller).Scan(&rows).Error
	if err != nil {
		return m, fmt.Errorf("what is paid of order %d: %w", o.ID, err)
	}
	for _, v := range rows {
		if v.Kind == KindCredit {
			m.sum += v.Total
			continue
		}
		m.sum += v.Settled
		if v.Settled > 0 {
			m.by = append(m.by, v)
		}
	}
	return m, nil
}
