package trade

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/reported"
)

// ReportOn is a payment that waits to be matched and is, or may be, for an invoice.
type ReportOn struct {
	Payment id.ID
	Number  string
	On      clock.Date // on which the money counts
	Amount  money.Minor
	Early   money.Minor // the discount that it earns on the invoice by being early
	ByName  string      // the organisation that reported it
	Loose   bool        // it names no invoice: Amount is all of it, and it is for the oldest due first
}

// mostReports is how many reports are named beside an invoice.
const mostReports = 20

// said fills in what of each invoice is reported and waits to be matched, by a question or two for each side on which the actor stands. Who
// may not read payments is told nothing.
func (s *Service) said(ctx context.Context, a access.Actor, items []InvoiceItem) error {
	for _, rel := range []access.Rel{access.Seller, access.Buyer, access.Agent} {
		at := map[id.ID]int{}
		of := reported.Of{Side: string(rel), Org: a.Org}
		var ids []id.ID
		for i, v := range items {
			if v.Kind == KindInvoice && v.Open() > 0 && v.Rel(a.Org) == rel {
				at[v.ID], ids = i, append(ids, v.ID)
				of.Sellers, of.Buyers = with(of.Sellers, v.Seller), with(of.Buyers, v.Buyer)
			}
		}
		if len(ids) == 0 || s.require(ctx, a, rel, "payment", "read") != nil {
			continue
		}
		said, err := of.Some(func(into any, query string, args ...any) error {
			return s.DB.R(ctx).Raw(query, args...).Scan(into).Error
		}, ids)
		if err != nil {
			return fmt.Errorf("what is reported of invoices: %w", err)
		}
		for no, sum := range said {
			items[at[no]].Said = sum
		}
	}
	return nil
}

func with(all []id.ID, one id.ID) []id.ID {
	if slices.Contains(all, one) {
		return all
	}
	return append(all, one)
}

// reportsOn are the reports behind what is said of an invoice: those that name it, then those of its pair that name none, each by age.
func (s *Service) reportsOn(ctx context.Context, a access.Actor, v InvoiceItem) (out []ReportOn, err error) {
	if v.Said == 0 {
		return nil, nil
	}
	const by = " LEFT JOIN journal j ON j.seq = p.seq LEFT JOIN org o ON o.id = j.org"
	const mine = " p.status = 'reported' AND p.purpose = 'trade' AND (p.payer = ? OR p.payee = ? OR p.agent = ?)"
	err = s.DB.R(ctx).Raw("SELECT payment, number, paid_on AS `on`, amount, early, by_name, loose FROM (SELECT p.id AS payment, p.number, p.value_on AS paid_on, x.amount, COALESCE(e.amount, 0) AS early, COALESCE(o.name, '') AS by_name, 0 AS loose"+
		" FROM payment_part x JOIN payment p ON p.id = x.payment_id LEFT JOIN payment_early e ON e.payment_id = x.payment_id AND e.invoice_id = x.invoice_id"+by+" WHERE x.invoice_id = ? AND x.kind = 'asked' AND"+mine+
		" UNION ALL SELECT p.id, p.number, p.value_on, p.amount, 0, COALESCE(o.name, ''), 1 FROM payment p"+by+" WHERE p.payer = ? AND p.payee = ? AND p.currency = ? AND"+mine+" AND "+reported.Loose+
		") r ORDER BY loose, payment LIMIT ?", v.ID, a.Org, a.Org, a.Org, v.Buyer, v.Seller, v.Currency, a.Org, a.Org, a.Org, mostReports).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("reports on invoice %d: %w", v.ID, err)
	}
	return out, nil
}
