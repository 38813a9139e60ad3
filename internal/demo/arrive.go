package demo

import (
	"saluran/internal/access"
	"saluran/internal/qty"
	"saluran/internal/trade"
)

// receive is the arrival of a shipment: mostly whole, now and then short, damaged or refused in part.
func (l *load) receive(c *course, h trade.Shipment) error {
	who := c.to.as("warehouse")
	if c.to.Kind == "consumer" {
		who = c.from.as("warehouse")
	}
	r := trade.Receive{Key: l.key("receive"), Shipment: h.ID}
	if c.until == "" && l.chance(9) {
		r.Lines, r.Note = l.trouble(h), "Lihat foto"
	}
	got, err := l.Trade.Receive(l.ctx, who, r)
	if err != nil {
		return err
	}
	if got.Waits && l.chance(80) {
		l.later(3, "take back", func() error {
			_, err := l.Trade.TakeBack(l.ctx, c.from.as("warehouse"), h.ID, 0, l.key("takeback"))
			return err
		})
	}
	if c.stays(trade.Delivered) || c.stays(trade.PartDispatched) {
		return nil
	}
	if !c.terms.Prepay {
		l.later(l.rnd.IntN(2), "bill", func() error { return l.bill(c) })
	}
	if c.until == "" && c.to.Kind != "consumer" && l.chance(4) {
		l.later(5, "return", func() error { return l.giveBack(c) })
	}
	return nil
}

// trouble is what is wrong with the first line of a shipment.
func (l *load) trouble(h trade.Shipment) []trade.ReceiveLine {
	x := h.Lines[0]
	bad := min(x.Qty, max(units(1), x.Qty/10/qty.Scale*qty.Scale))
	r := trade.ReceiveLine{N: x.N, Received: x.Qty - bad}
	switch l.rnd.IntN(3) {
	case 0:
		r.Short, r.Reason = bad, "Kurang dari surat jalan"
	case 1:
		r.Damaged, r.Reason = bad, "Kemasan penyok"
	case 2:
		r.Refused, r.Reason = bad, "Rasa tidak sesuai pesanan"
	}
	return []trade.ReceiveLine{r}
}

// giveBack returns a part of the first goods of an order, where they are still there.
func (l *load) giveBack(c *course) error {
	o, err := l.Trade.Bare(l.ctx, c.from.as("sales"), c.order)
	if err != nil || !o.Allows(trade.DoReturn, access.Seller) {
		return err
	}
	for _, x := range o.Lines {
		left := x.Delivered - x.Returned
		if x.Service || left < units(1) {
			continue
		}
		n := max(units(1), left/5/qty.Scale*qty.Scale)
		_, err = l.Trade.Return(l.ctx, c.from.as("sales"), trade.Return{Step: trade.Step{Key: l.key("return"), Order: c.order, Reason: "Tidak laku, sesuai kesepakatan"},
			Lines: []trade.DispatchLine{{Line: x.N, Qty: n}}})
		return unless(err, "order.not_there_any_more", "order.stock_promised")
	}
	return nil
}
