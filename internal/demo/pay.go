package demo

import (
	"saluran/internal/money"
	"saluran/internal/trade"
)

// habit is how a buyer pays.
type habit int

const (
	onTime   habit = iota
	prompt         // a few days before it is due
	early          // for the discount
	late           // one to three weeks after it was due
	halves         // half when it is due, half later
	roundsUp       // more than is asked: the rest is a deposit
	never          // only the first invoices
)

// bill invoices what is delivered; how it will be paid is the buyer's habit.
func (l *load) bill(c *course) error {
	v, err := l.Trade.Bill(l.ctx, c.from.as("finance"), trade.Bill{Step: trade.Step{Key: l.key("bill"), Order: c.order}})
	if err != nil {
		return unless(err, "invoice.nothing_to_bill", "order.not_now")
	}
	if c.stays(trade.Invoiced) {
		return nil
	}
	if l.chance(2) {
		l.later(2, "credit note", func() error { return l.credit(c, v) })
	}
	if c.terms.Prepay {
		l.later(0, "apply the deposit", func() error { return l.apply(c) })
		return nil
	}
	net := v.DueOn.Days(v.IssuedOn)
	switch c.habit {
	case onTime:
		l.later(net-l.rnd.IntN(2), "pay", func() error { return l.pay(c, v, 100) })
	case prompt:
		l.later(max(1, net-4-l.rnd.IntN(5)), "pay", func() error { return l.pay(c, v, 100) })
	case early:
		l.later(5+l.rnd.IntN(4), "pay", func() error { return l.pay(c, v, 100) })
	case late:
		l.later(net+7+l.rnd.IntN(14), "pay", func() error { return l.pay(c, v, 100) })
	case halves:
		l.later(net, "pay half", func() error { return l.pay(c, v, 50) })
		l.later(net+10, "pay the rest", func() error { return l.pay(c, v, 100) })
	case roundsUp:
		l.later(net-1, "pay", func() error { return l.pay(c, v, 110) })
	case never:
		if l.now().In(wib).Days(l.start) < 30 {
			l.later(net+20, "pay", func() error { return l.pay(c, v, 100) })
		}
	}
	return nil
}

// pay reports a payment of so much of what is open of an invoice; above a hundred per cent it is rounded up to the next hundred
// thousand rupiah. The agent collects from the small merchants.
func (l *load) pay(c *course, v trade.Invoice, percent int64) error {
	who, collected := c.to.as("finance"), false
	if c.channel == merchants {
		who, collected = c.via.as("finance"), true
	}
	now, err := l.Trade.Invoice(l.ctx, who, v.ID)
	if err != nil || now.Open() <= 0 {
		return err
	}
	amount := now.Open()
	r := trade.Report{Key: l.key("pay"), Payer: c.to.ID, Payee: c.from.ID, Currency: "IDR", Amount: amount, Method: "transfer", BankAccount: c.from.bank,
		Reference: v.Number, Collected: collected}
	switch {
	case percent < 100:
		r.Amount = amount * money.Minor(percent) / 10_000 * 100
	case percent > 100:
		const step = money.Minor(100_000 * 100)
		r.Amount = (amount + step - 1) / step * step
	case c.terms.EarlyBps > 0 && l.now().In(c.from.Zone) <= v.IssuedOn.AddDays(int(c.terms.EarlyDays)):
		r.Amount -= (v.Total*money.Minor(c.terms.EarlyBps)/10_000 + 50) / 100 * 100
	}
	if percent <= 100 {
		r.Allocate = []trade.Allocation{{Invoice: v.ID, Amount: r.Amount}}
	}
	switch {
	case collected:
		r.Method, r.BankAccount = "cash", 0
	case c.to.Kind == "consumer":
		r.Method, r.BankAccount = "qris", 0
	case l.chance(15):
		r.Method = "va"
	}
	p, err := l.Trade.Report(l.ctx, who, r)
	if err != nil {
		return err
	}
	l.later(1, "confirm payment", func() error { return l.confirmPayment(c, p) })
	return nil
}

// confirmPayment finds the money on the account, or not.
func (l *load) confirmPayment(c *course, p trade.Payment) error {
	who := c.from.as("finance")
	if l.chance(1) {
		_, err := l.Trade.RejectPayment(l.ctx, who, trade.PayStep{Key: l.key("rejectpay"), Payment: p.ID, Reason: "Dana tidak ditemukan di mutasi"})
		return err
	}
	if _, err := l.Trade.ConfirmPayment(l.ctx, who, trade.Confirm{Key: l.key("confirmpay"), Payment: p.ID}); err != nil {
		return err
	}
	if c.habit == roundsUp && l.chance(50) {
		l.later(2, "apply the deposit", func() error { return l.apply(c) })
	}
	if l.chance(60) {
		l.later(4, "close", func() error {
			_, err := l.Trade.Close(l.ctx, c.from.as("sales"), trade.Step{Key: l.key("close"), Order: c.order})
			return unless(err, "order.not_now")
		})
	}
	return nil
}

// credit is a credit note for a few units of the first line.
func (l *load) credit(c *course, v trade.Invoice) error {
	now, err := l.Trade.Invoice(l.ctx, c.from.as("finance"), v.ID)
	if err != nil {
		return err
	}
	x := now.Lines[0]
	n := min(x.Qty-x.Credited, units(2))
	if n <= 0 {
		return nil
	}
	_, err = l.Trade.Credit(l.ctx, c.from.as("finance"), trade.Credit{Key: l.key("credit"), Invoice: v.ID, Lines: []trade.BillLine{{Line: x.N, Qty: n}},
		Reason: "Potongan harga karena mutu"})
	return unless(err, "credit.nothing_left")
}

// payAhead is cash before delivery: the order's worth, which is a deposit until the invoice is written.
func (l *load) payAhead(c *course) error {
	o, err := l.Trade.Bare(l.ctx, c.to.as("finance"), c.order)
	if err != nil || o.Status != trade.Confirmed {
		return err
	}
	r := trade.Report{Key: l.key("ahead"), Payee: c.from.ID, Currency: "IDR", Amount: o.Total, Method: "transfer", BankAccount: c.from.bank, Reference: o.Number}
	if c.to.Kind == "consumer" {
		r.Method, r.BankAccount = "qris", 0
	}
	p, err := l.Trade.Report(l.ctx, c.to.as("finance"), r)
	if err != nil {
		return err
	}
	l.later(0, "confirm payment", func() error {
		_, err := l.Trade.ConfirmPayment(l.ctx, c.from.as("finance"), trade.Confirm{Key: l.key("confirmpay"), Payment: p.ID})
		l.later(0, "bill", func() error { return l.bill(c) })
		l.later(1, "dispatch", func() error { return l.dispatch(c) })
		return err
	})
	return nil
}

// apply sets what a buyer has paid ahead, or too much, against its invoices.
func (l *load) apply(c *course) error {
	_, err := l.Trade.Apply(l.ctx, c.from.as("finance"), trade.Apply{Key: l.key("apply"), Seller: c.from.ID, Buyer: c.to.ID, Currency: "IDR"})
	return unless(err, "payment.no_deposit", "payment.nothing_open")
}
