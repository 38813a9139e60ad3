package trade

import (
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
)

// Referenced is an order by the two that trade and the buyer's own number.
type Referenced struct {
	Seller, Buyer id.ID
	Reference     string
}

// OrdersReferenced are the orders of the acting organisation that bear one of some numbers; cancelled and rejected ones do not count. The
// caller has been allowed to place orders.
func (s *Service) OrdersReferenced(ctx context.Context, a access.Actor, refs []string) (map[Referenced]id.ID, error) {
	out := map[Referenced]id.ID{}
	for some := range slices.Chunk(refs, 500) {
		var rows []struct {
			ID, Seller, Buyer id.ID
			Reference         string
		}
		err := s.DB.R(ctx).Raw("SELECT id, seller, buyer, reference FROM orders WHERE (seller = ? OR buyer = ?) AND reference IN ? AND status NOT IN ('cancelled', 'rejected')",
			a.Org, a.Org, some).Scan(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[Referenced{r.Seller, r.Buyer, r.Reference}] = r.ID
		}
	}
	return out, nil
}

// OpenInvoice is an invoice by its number, and what is open of it.
type OpenInvoice struct {
	ID, Seller, Buyer id.ID
	Number            string
	Currency          string
	Left              money.Minor `gorm:"column:left_amt"`
}

// InvoicesNumbered are the invoices of the acting organisation that bear one of some numbers. The caller has been allowed to report
// payments.
func (s *Service) InvoicesNumbered(ctx context.Context, a access.Actor, numbers []string) (out []OpenInvoice, err error) {
	for some := range slices.Chunk(numbers, 500) {
		var rows []OpenInvoice
		err := s.DB.R(ctx).Raw("SELECT id, seller, buyer, number, currency, total - settled AS left_amt FROM invoice WHERE (seller = ? OR buyer = ?) AND kind = 'invoice' AND number IN ?",
			a.Org, a.Org, some).Scan(&rows).Error
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// PaidOn is a payment as a sheet of payments says it.
type PaidOn struct {
	Payer, Payee id.ID
	Amount       money.Minor
	ValueOn      clock.Date
	Reference    string
}

// PaymentsReferenced are the payments of the acting organisation that bear one of some references; rejected and bounced ones do not count.
// The caller has been allowed to report payments.
func (s *Service) PaymentsReferenced(ctx context.Context, a access.Actor, refs []string) (map[PaidOn]id.ID, error) {
	out := map[PaidOn]id.ID{}
	for some := range slices.Chunk(refs, 500) {
		var rows []struct {
			ID, Payer, Payee id.ID
			Amount           money.Minor
			ValueOn          clock.Date
			Reference        string
		}
		err := s.DB.R(ctx).Raw("SELECT id, payer, payee, amount, value_on, reference FROM payment WHERE (payer = ? OR payee = ?) AND reference IN ? AND status NOT IN ('rejected', 'bounced')",
			a.Org, a.Org, some).Scan(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[PaidOn{r.Payer, r.Payee, r.Amount, r.ValueOn, r.Reference}] = r.ID
		}
	}
	return out, nil
}
