package demo

import (
	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/qty"
	"saluran/internal/trade"
)

// course is an order on its way through the demonstration. until, if not "", is the status at which it is left lying.
type course struct {
	*bondage
	order id.ID
	by    string
	until trade.Status
	tries int
	parts bool // a part was sent already
}

// stays tells that the order is to be left at a status.
func (c *course) stays(s trade.Status) bool { return c.until == s }

// order places an order; what follows puts itself into the queue.
func (l *load) order(b *bondage, by string, lines []trade.PlaceLine) error {
	return l.orderUntil(b, by, lines, "")
}

func (l *load) orderUntil(b *bondage, by string, lines []trade.PlaceLine, until trade.Status) error {
	c := &course{bondage: b, by: by, until: until}
	purpose := "resale"
	if b.to.Kind == "consumer" || (b.channel == retail && by == "buyer") {
		purpose = "enduse"
	}
	for i := range lines {
		lines[i].Purpose = purpose
	}
	o, err := l.Trade.Place(l.ctx, c.actor(by), trade.Place{Key: l.key("order"), Seller: b.from.ID, Buyer: b.to.ID, Lines: lines, HoldCredit: true,
		WantedOn: l.now().In(wib).AddDays(5), Reference: l.reference(b)})
	if err != nil {
		return unless(err, "order.below_minimum")
	}
	c.order = o.ID
	if o.Status == trade.CreditHold {
		l.later(3, "resume", func() error { return l.resume(c) })
		return nil
	}
	if !c.stays(trade.Placed) {
		l.later(l.rnd.IntN(2), "confirm", func() error { return l.confirm(c) })
	}
	return nil
}

// actor is who acts for a side of the bond.
func (c *course) actor(by string) access.Actor {
	switch by {
	case "seller":
		return c.from.as("sales")
	case "agent":
		return c.via.as("sales")
	}
	return c.to.as("purchasing")
}

// reference is the buyer's own number: larger buyers have one.
func (l *load) reference(b *bondage) string {
	if b.to.Kind == "consumer" || b.to.Kind == "retailer" && !l.chance(30) {
		return ""
	}
	return "PO-" + b.buyer + "-" + l.now().In(wib).Time().Format("0102")
}

// resume tries an order on credit hold anew, some days apart; in the end the buyer gives up, or it stays.
func (l *load) resume(c *course) error {
	_, err := l.Trade.Resume(l.ctx, c.from.as("finance"), trade.Step{Key: l.key("resume"), Order: c.order})
	if err == nil {
		l.later(1, "confirm", func() error { return l.confirm(c) })
		return nil
	}
	if c.tries++; c.tries < 4 {
		l.later(4, "resume", func() error { return l.resume(c) })
	} else if l.chance(70) {
		l.later(1, "cancel", func() error { return l.cancel(c, "buyer", "Kredit tidak cukup") })
	}
	return unless(err, "order.credit_exceeded")
}

func (l *load) cancel(c *course, by, why string) error {
	_, err := l.Trade.Cancel(l.ctx, c.actor(by), trade.Step{Key: l.key("cancel"), Order: c.order, Reason: why})
	return unless(err, "order.not_now")
}

// confirm is the seller's answer; before it, some orders are changed, taken back or turned down.
func (l *load) confirm(c *course) error {
	if c.until == "" {
		switch n := l.rnd.IntN(100); {
		case n < 2:
			_, err := l.Trade.Reject(l.ctx, c.from.as("sales"), trade.Step{Key: l.key("reject"), Order: c.order, Reason: "Di luar jadwal kirim"})
			return err
		case n < 4:
			return l.cancel(c, c.by, "Salah pesan")
		case n < 9:
			if err := l.amend(c); err != nil {
				return err
			}
		}
	}
	who := c.from.as("sales")
	if c.via != nil && c.seller == producer && l.chance(40) {
		who = c.via.as("sales") // the agent may bind the producer
	}
	if _, err := l.Trade.Confirm(l.ctx, who, trade.Step{Key: l.key("confirm"), Order: c.order}); err != nil {
		return err
	}
	switch {
	case c.stays(trade.Confirmed):
	case c.terms.Prepay:
		l.later(1, "pay ahead", func() error { return l.payAhead(c) })
	default:
		l.later(1, "dispatch", func() error { return l.dispatch(c) })
	}
	return nil
}

// amend raises the first line by a pack, or lowers it.
func (l *load) amend(c *course) error {
	o, err := l.Trade.Bare(l.ctx, c.actor(c.by), c.order)
	if err != nil {
		return err
	}
	x := o.Lines[0]
	n := x.UnitQty + units(1)
	if l.chance(40) && x.UnitQty > units(1) {
		n = x.UnitQty - units(1)
	}
	_, err = l.Trade.Amend(l.ctx, c.actor(c.by), trade.Amend{Step: trade.Step{Key: l.key("amend"), Order: c.order},
		Lines: []trade.AmendLine{{Line: x.N, Qty: n, Unit: x.Unit}}})
	return unless(err, "order.credit_exceeded", "order.below_minimum")
}

// dispatch sends what is there: all of it, or a part; what is missing follows when it has come, or is given up.
func (l *load) dispatch(c *course) error {
	o, err := l.Trade.Bare(l.ctx, c.from.as("warehouse"), c.order)
	if err != nil {
		return err
	}
	if o.Allows(trade.DoFill, access.Seller) {
		if o, err = l.Trade.FillBackorders(l.ctx, c.from.as("warehouse"), trade.Step{Key: l.key("fill"), Order: c.order}); unless(err, "order.not_now") != nil {
			return err
		}
	}
	if err := l.perform(c, o); err != nil {
		return err
	}
	lines, all := sending(o, !c.parts && (l.chance(10) || c.stays(trade.PartDispatched)))
	if len(lines) == 0 {
		if !o.Allows(trade.DoDispatch, access.Seller) {
			return nil // services alone
		}
		return l.wait(c)
	}
	h, err := l.Trade.Dispatch(l.ctx, c.from.as("warehouse"), trade.Dispatch{Step: trade.Step{Key: l.key("dispatch"), Order: c.order}, Lines: lines,
		Tracking: l.tracking(c.bondage)})
	if errs.CodeOf(err) == "order.prepay_due" {
		return l.wait(c)
	}
	if err != nil {
		return err
	}
	c.parts = true
	if !all && !c.stays(trade.PartDispatched) {
		l.later(3, "dispatch the rest", func() error { return l.dispatch(c) })
	}
	if !c.stays(trade.Dispatched) {
		days := 1 + l.rnd.IntN(2)
		if c.from.Zone != c.to.Zone {
			days += 2
		}
		l.later(days, "receive", func() error { return l.receive(c, h) })
	}
	return nil
}

// wait tries a dispatch again some days later; after several times the seller gives the rest up.
func (l *load) wait(c *course) error {
	if c.tries++; c.tries < 5 {
		l.later(3, "dispatch", func() error { return l.dispatch(c) })
		return nil
	}
	return l.cancel(c, "seller", "Stok tidak tersedia")
}

// sending is what an order can send now: half of each line where it is to go in parts. all tells that nothing is left to send.
func sending(o trade.Order, parts bool) (lines []trade.DispatchLine, all bool) {
	all = true
	for _, x := range o.Lines {
		if x.Service {
			continue
		}
		n := x.Held + x.Allotted
		if parts && n >= units(2) {
			n = n / 2 / qty.Scale * qty.Scale
		}
		if n > 0 {
			lines = append(lines, trade.DispatchLine{Line: x.N, Qty: n})
		}
		all = all && n == x.Open()
	}
	return lines, all
}

func (l *load) tracking(b *bondage) string {
	if b.to.Kind == "consumer" || b.from.City == b.to.City {
		return ""
	}
	const figures = "0123456789"
	s := []byte("RESI-00000000")
	for i := 5; i < len(s); i++ {
		s[i] = figures[l.rnd.IntN(10)]
	}
	return string(s)
}

// perform does the services of an order, and has them accepted the day after.
func (l *load) perform(c *course, o trade.Order) error {
	if !o.Allows(trade.DoPerform, access.Seller) {
		return nil
	}
	if _, err := l.Trade.Perform(l.ctx, c.from.as("service"), trade.Step{Key: l.key("perform"), Order: c.order}, nil); err != nil {
		return err
	}
	l.later(1, "accept", func() error {
		_, err := l.Trade.Accept(l.ctx, c.to.as("purchasing"), trade.Step{Key: l.key("accept"), Order: c.order}, nil)
		if err == nil {
			l.later(0, "bill", func() error { return l.bill(c) })
		}
		return err
	})
	return nil
}
