package trade

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/qty"
)

// creditReturn credits what of a return was invoiced and not credited yet: for each line what came back beyond what was
// delivered and never invoiced, newest invoice first, one post for each invoice.
func (s *Service) creditReturn(ctx context.Context, a access.Actor, ret Order, reason string) error {
	o, err := s.order(ctx, a.Org, ret.ReturnOf)
	if err != nil {
		return err
	}
	if reason == "" {
		reason = ret.Number
	}
	var invoices []id.ID
	err = s.DB.R(ctx).Raw("SELECT id FROM invoice WHERE order_id = ? AND +seller = ? AND kind = 'invoice' ORDER BY id DESC", o.ID, o.Seller).Scan(&invoices).Error
	if err != nil {
		return fmt.Errorf("invoices of order %d: %w", o.ID, err)
	}
	for _, no := range invoices {
		err := s.decide(ctx, false, func() error { return s.creditReturned(ctx, a, ret, o, no, reason) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) creditReturned(ctx context.Context, a access.Actor, ret, o Order, no id.ID, reason string) error {
	event := fmt.Sprintf("order/%d/credit/%d", ret.ID, no)
	var done int64
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM journal WHERE event_key = ?", event).Scan(&done).Error; err != nil || done > 0 {
		return err
	}
	may, err := s.creditable(ctx, o)
	if err != nil {
		return err
	}
	v, err := s.invoiceOf(ctx, a.Org, no)
	if err != nil {
		return err
	}
	lines, err := s.invoiceLines(ctx, no)
	if err != nil {
		return err
	}
	credited, _, err := s.creditedOf(ctx, no)
	if err != nil {
		return err
	}
	var named []BillLine
	for _, l := range lines {
		if n := min(may[l.OrderLine], l.Qty-credited[l.N].Qty); n > 0 {
			named = append(named, BillLine{l.N, n})
			may[l.OrderLine] -= n
		}
	}
	if len(named) == 0 {
		return nil
	}
	note := Invoice{ID: s.DB.IDs.Next(), IssuedOn: ret.OrderedOn, Reason: reason}
	p := draft("invoice.credited", event, by(a, o.Seller, o.Rel(a.Org)), note.ID, s.Clock.Now(), Key{})
	t := s.settlement(p, s.Clock.Now())
	if err := t.credit(ctx, v, note, named); err != nil {
		return err
	}
	if err := t.finish(ctx); err != nil {
		return err
	}
	c, err := currency(o.Currency)
	if err != nil {
		return err
	}
	_, err = s.post(ctx, p.Tell("invoice.credited", fmt.Sprintf(`{"invoice":"%d","credit":"%d"}`, no, note.ID)), c)
	return err
}

// creditable is, for each line of an order, what came back, was invoiced and is not credited. Credit notes that no return made are
// for what was invoiced and never came, first; what they are beyond that was credited ahead of its return.
func (s *Service) creditable(ctx context.Context, o Order) (map[int64]qty.Qty, error) {
	credited, err := s.creditedLines(ctx, o)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		OrderLine int64
		Qty       qty.Qty
	}
	err = s.DB.R(ctx).Raw(`SELECT l.order_line, -SUM(l.qty) AS qty FROM invoice_line l JOIN invoice v ON v.id = l.invoice_id JOIN journal j ON j.seq = v.seq
 WHERE v.order_id = ? AND v.seller = ? AND v.kind = 'credit' AND j.event_key LIKE 'order/%' GROUP BY l.order_line`, o.ID, o.Seller).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("credit notes of the returns of order %d: %w", o.ID, err)
	}
	byReturns := map[int64]qty.Qty{}
	for _, r := range rows {
		byReturns[r.OrderLine] = r.Qty
	}
	out := map[int64]qty.Qty{}
	for _, l := range o.Lines {
		ahead := max(0, credited[l.N]-byReturns[l.N]-max(0, l.tooMuch()))
		out[l.N] = l.Returned - l.Forgone - byReturns[l.N] - ahead
	}
	return out, nil
}

// creditedLines is what credit notes took of each line of an order for good: what was taken back to be invoiced anew is not counted
// as invoiced any more.
func (s *Service) creditedLines(ctx context.Context, o Order) (map[int64]qty.Qty, error) {
	var rows []struct {
		OrderLine   int64
		Qty, Billed qty.Qty
	}
	err := s.DB.R(ctx).Raw(`SELECT l.order_line, SUM(CASE WHEN v.kind = 'credit' THEN -l.qty ELSE 0 END) AS qty,
 SUM(CASE WHEN v.kind = 'credit' THEN 0 ELSE l.qty END) AS billed FROM invoice_line l JOIN invoice v ON v.id = l.invoice_id
 WHERE v.order_id = ? AND v.seller = ? GROUP BY l.order_line`, o.ID, o.Seller).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("credit notes of order %d: %w", o.ID, err)
	}
	out := map[int64]qty.Qty{}
	for _, r := range rows {
		if l := o.Line(r.OrderLine); l != nil {
			out[r.OrderLine] = max(0, r.Qty-max(0, r.Billed-l.Invoiced))
		}
	}
	return out, nil
}
