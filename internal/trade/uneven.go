package trade

import (
	"context"
	"fmt"

	"saluran/internal/money"
)

// takenBackEvent tells in the event of a credit note that it takes its invoice back: the goods are to be invoiced anew.
const takenBackEvent = "anew"

// offBy is by how much what stands invoiced of a line differs from the amount that its first Invoiced units come to. Parts of a line are
// rounded by where they end, so that they add up in the order in which they were invoiced; where one from the middle is taken back, what
// is left stands by itself.
func (l Line) offBy(c money.Currency, stands amounts) amounts {
	if l.Invoiced == 0 {
		return amounts{}
	}
	part := func(m money.Minor) money.Minor { return upTo(c, m, min(l.Invoiced, l.Qty), l.Qty) }
	return stands.minus(amounts{part(l.Net), part(l.TaxBase), part(l.Tax)})
}

// uneven reads by how much the invoices of an order are off where one of them was taken back: only an order that is invoiced in part can
// be, since nothing stands of one that is not.
func (s *Service) uneven(ctx context.Context, o *Order) error {
	part := false
	for _, l := range o.Lines {
		part = part || l.Invoiced > 0 && l.Billed() < l.Qty
	}
	if !part || o.Kind != KindSale {
		return nil
	}
	var anew int64
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*)"+anewNotes, o.ID, o.Seller, anewLike).Scan(&anew).Error; err != nil || anew == 0 {
		return err
	}
	c, err := currency(o.Currency)
	if err != nil {
		return err
	}
	stands, err := s.standing(ctx, *o)
	if err != nil {
		return err
	}
	for i := range o.Lines {
		if l := &o.Lines[i]; l.Invoiced > 0 && l.Billed() < l.Qty {
			l.off = l.offBy(c, stands[l.N])
		}
	}
	return nil
}

const (
	anewNotes = " FROM invoice v JOIN journal j ON j.seq = v.seq WHERE v.order_id = ? AND v.seller = ? AND v.kind = 'credit' AND j.event_key LIKE ?"
	anewLike  = "invoice/%/" + takenBackEvent + "/%"
)

// standing is what of each line of an order is invoiced and was not taken back.
func (s *Service) standing(ctx context.Context, o Order) (map[int64]amounts, error) {
	var rows []struct {
		OrderLine         int64
		Net, TaxBase, Tax money.Minor
	}
	sum := "SELECT l.order_line, SUM(l.net) AS net, SUM(l.tax_base) AS tax_base, SUM(l.tax) AS tax FROM invoice_line l JOIN invoice v ON v.id = l.invoice_id"
	err := s.DB.R(ctx).Raw(sum+" WHERE v.order_id = ? AND v.seller = ? AND v.kind = 'invoice' GROUP BY l.order_line UNION ALL "+
		sum+" JOIN journal j ON j.seq = v.seq WHERE v.order_id = ? AND v.seller = ? AND v.kind = 'credit' AND j.event_key LIKE ? GROUP BY l.order_line",
		o.ID, o.Seller, o.ID, o.Seller, anewLike).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("what stands invoiced of order %d: %w", o.ID, err)
	}
	out := map[int64]amounts{}
	for _, r := range rows {
		out[r.OrderLine] = out[r.OrderLine].plus(amounts{r.Net, r.TaxBase, r.Tax})
	}
	return out, nil
}
