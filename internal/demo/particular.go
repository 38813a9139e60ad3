package demo

import (
	"fmt"

	"saluran/internal/goods"
	"saluran/internal/list"
	"saluran/internal/trade"
)

// particular is what happens once.
func (l *load) particular() {
	d := l.days
	l.on(d/4, 9, "samples", l.samples)
	l.on(l.rise()-4, 10, "better terms", l.better(l.between(producer, "MNT"), true))
	l.on(d-4, 10, "terms that wait", l.better(l.between(producer, "SPL"), false))
	l.on(d-4, 11, "terms that wait", l.better(l.between("GPT", "T01"), false))

	// Lots that warehouse people must look after: expired on the shelf, and about to.
	l.on(d-10, 6.2, "lot that expires", l.oldLot(producer, "2002", "LWR-2002-SISA", 320, 4))
	l.on(d-10, 6.3, "lot that expires", l.oldLot(roaster, "OK-DRP", "OMK-DRP-SISA", 40, 4))
	l.on(d-5, 6.2, "lot near expiry", l.oldLot(producer, "3001", "LWR-3001-KILAT", 180, 22))
	l.on(d-5, 6.3, "lot near expiry", l.oldLot(roaster, "OK-200", "OMK-200-KILAT", 45, 15))
	l.on(d-5, 9, "bought outside", l.boughtOutside)
	l.on(d/3, 6.2, "lot with a fault", l.oldLot(roaster, "OK-100", "OMK-100-CACAT", 30, 100))
	l.on(d/3+1, 7.5, "recall", l.recall)

	l.points()
	l.talks()
	l.desks()
	l.on(5, 10, "beans by weight", l.beans)
	l.on(d-6, 15, "giro", l.giro)
	for i, code := range []string{"T02", "T05", "T17", "T23"} {
		l.on(d-4+i%3, 15.5, "write off", l.writeOff(code))
	}
	l.on(d-5, 13, "paid twice", l.paidTwice)
	for _, code := range []string{"T01", "T15", "T21", "T28", "T32", "T36", "GPM", "GPT", "MNT"} {
		l.push(moment(l.today.AddDays(-1), 18+l.rnd.Float64()), "payment that waits", l.reported(code))
	}
}

func (l *load) oldLot(code, sku, name string, packs int64, life int) func() error {
	return func() error {
		_, err := l.made(code, sku, name, packs, life)
		return err
	}
}

// boughtOutside: a wholesaler took over bottles from a colleague; they must go soon.
func (l *load) boughtOutside() error {
	f, p := l.firms["GPT"], l.goods[producer]["3001"]
	_, err := l.Goods.MakeLot(l.ctx, f.as("warehouse"), goods.NewLot{Key: goods.Key(l.key("lot")), Kind: "bought", Product: p.id, Code: "TITIPAN-01",
		ExpiresOn: l.today.AddDays(12), Qty: units(25 * p.per())})
	return err
}

// recall takes back the roaster's lot with a fault.
func (l *load) recall() error {
	f := l.firms[roaster]
	page, err := l.Goods.NearExpiry(l.ctx, f.as("warehouse"), l.today.AddDays(366), list.Query{Size: list.MaxSize})
	if err != nil {
		return err
	}
	for _, x := range page.Items {
		if x.Code == "OMK-100-CACAT" {
			_, err = l.Goods.Recall(l.ctx, f.as("warehouse"), x.ID, goods.Key(l.key("recall")))
			return err
		}
	}
	return fmt.Errorf("the lot with a fault is gone")
}

// beans are weighed as they come: the sack weighs a little more than was ordered, which the terms allow.
func (l *load) beans() error {
	b := l.between(producer, "GJS")
	c := &course{bondage: b, by: "seller"}
	o, err := l.Trade.Place(l.ctx, c.actor("seller"), trade.Place{Key: l.key("order"), Seller: b.from.ID, Buyer: b.to.ID, HoldCredit: true,
		Lines: []trade.PlaceLine{{Product: l.goods[producer]["2001"].id, Qty: units(25), Unit: "kg"}}})
	if err != nil || o.Status != trade.Placed {
		return err
	}
	c.order = o.ID
	if _, err = l.Trade.Confirm(l.ctx, c.actor("seller"), trade.Step{Key: l.key("confirm"), Order: o.ID}); err != nil {
		return err
	}
	h, err := l.Trade.Dispatch(l.ctx, b.from.as("warehouse"), trade.Dispatch{Step: trade.Step{Key: l.key("dispatch"), Order: o.ID},
		Lines: []trade.DispatchLine{{Line: 1, Qty: units(26)}}})
	if err != nil {
		return err
	}
	l.later(1, "receive", func() error {
		_, err := l.Trade.Receive(l.ctx, b.to.as("warehouse"), trade.Receive{Key: l.key("receive"), Shipment: h.ID})
		l.later(1, "bill", func() error { return l.forgone(c) })
		return err
	})
	return nil
}

// forgone is an invoice that is credited whole two days later: the sack was of last year's harvest, and is a gift.
func (l *load) forgone(c *course) error {
	v, err := l.Trade.Bill(l.ctx, c.from.as("finance"), trade.Bill{Step: trade.Step{Key: l.key("bill"), Order: c.order}})
	if err != nil {
		return err
	}
	l.later(2, "credit note", func() error {
		now, err := l.Trade.Invoice(l.ctx, c.from.as("finance"), v.ID)
		if err != nil {
			return err
		}
		credit := trade.Credit{Key: l.key("credit"), Invoice: v.ID, Reason: "Panen tahun lalu: diberikan cuma-cuma"}
		for _, x := range now.Lines {
			credit.Lines = append(credit.Lines, trade.BillLine{Line: x.N, Qty: x.Qty})
		}
		_, err = l.Trade.Credit(l.ctx, c.from.as("finance"), credit)
		return err
	})
	return nil
}

// unpaid is the oldest open invoice of a buyer with whoever serves it first.
func (l *load) unpaid(code string) (c *course, v trade.InvoiceItem, err error) {
	f := l.firms[code]
	page, err := l.Trade.Invoices(l.ctx, f.as("finance"), list.Query{Size: list.MaxSize, Sort: "due_on", Filter: map[string]string{"side": "buyer", "status": "unpaid"}})
	if err != nil {
		return nil, v, err
	}
	for _, x := range page.Items {
		for _, b := range l.bonds {
			if x.Kind == trade.KindInvoice && b.buyer == code && b.from.ID == x.Seller && x.Open() > rupiah(2000) {
				return &course{bondage: b, order: x.OrderID}, x, nil
			}
		}
	}
	return nil, v, nil
}

// giro is a cheque that bounces: for the first shop that owes something.
func (l *load) giro() error {
	for _, code := range []string{"T16", "T04", "T22", "T19", "T27", "T31", "T21", "GJS"} {
		c, v, err := l.unpaid(code)
		if err != nil {
			return err
		}
		if c == nil {
			continue
		}
		p, err := l.Trade.Report(l.ctx, c.to.as("finance"), trade.Report{Key: l.key("giro"), Payee: c.from.ID, Currency: "IDR", Amount: v.Open(), Method: "giro",
			Reference: "BG 204417"})
		if err != nil {
			return err
		}
		l.later(1, "giro confirmed", func() error {
			_, err := l.Trade.ConfirmPayment(l.ctx, c.from.as("finance"), trade.Confirm{Key: l.key("confirmpay"), Payment: p.ID})
			l.later(2, "giro bounced", func() error {
				_, err := l.Trade.Bounce(l.ctx, c.from.as("finance"), trade.PayStep{Key: l.key("bounce"), Payment: p.ID, Reason: "Giro ditolak bank: dana tidak cukup"})
				return err
			})
			return err
		})
		return nil
	}
	return nil
}

// writeOff forgives the last thousand rupiah of the oldest invoice of a buyer.
func (l *load) writeOff(code string) func() error {
	return func() error {
		c, v, err := l.unpaid(code)
		if err != nil || c == nil {
			return err
		}
		_, err = l.Trade.WriteOff(l.ctx, c.from.as("finance"), trade.WriteOff{Key: l.key("writeoff"), Invoice: v.ID, Amount: rupiah(1000), Reason: "Selisih pembulatan"})
		return err
	}
}

// paidTwice: a consumer scanned the code twice, and gets the second payment back.
func (l *load) paidTwice() error {
	b, sum := l.between(roaster, "K03"), rupiah(75_000)
	p, err := l.Trade.Report(l.ctx, b.to.as("finance"), trade.Report{Key: l.key("pay"), Payee: b.from.ID, Currency: "IDR", Amount: sum, Method: "qris"})
	if err != nil {
		return err
	}
	l.later(0, "confirm payment", func() error {
		_, err := l.Trade.ConfirmPayment(l.ctx, b.from.as("finance"), trade.Confirm{Key: l.key("confirmpay"), Payment: p.ID})
		l.later(1, "refund", func() error {
			_, err := l.Trade.Refund(l.ctx, b.from.as("finance"), trade.Refund{Key: l.key("refund"), Buyer: b.to.ID, Currency: "IDR", Amount: sum, Method: "transfer",
				Reference: "Pembayaran ganda"})
			return err
		})
		return err
	})
	return nil
}

// reported is a payment that the seller's finance finds this morning.
func (l *load) reported(code string) func() error {
	return func() error {
		c, v, err := l.unpaid(code)
		if err != nil || c == nil {
			return err
		}
		r := trade.Report{Key: l.key("pay"), Payer: c.to.ID, Payee: c.from.ID, Currency: "IDR", Amount: v.Open(), Method: "transfer", BankAccount: c.from.bank,
			Reference: v.Number, Allocate: []trade.Allocation{{Invoice: v.ID, Amount: v.Open()}}}
		who := c.to
		if c.channel == merchants {
			who, r.Collected, r.Method, r.BankAccount = c.via, true, "cash", 0
		}
		p, err := l.Trade.Report(l.ctx, who.as("finance"), r)
		if err != nil || r.Collected {
			return err
		}
		return l.proof(who.as("finance"), p)
	}
}

// waiting leaves orders of every state for today, at each of some sellers.
func (l *load) waiting() {
	for _, x := range []struct {
		seller, buyer string
		packs         int64
	}{{producer, "MNT", 24}, {producer, "T31", 2}, {producer, "T37", 1}, {"MNT", "GPT", 4}, {"SPL", "GPM", 4}, {"GPT", "T01", 2}, {"GPT", "T06", 1}, {"GJS", "T21", 2}} {
		b := l.between(x.seller, x.buyer)
		for i, w := range []struct {
			back  int
			until trade.Status
		}{{1, trade.Placed}, {4, trade.Confirmed}, {7, trade.PartDispatched}, {6, trade.Dispatched}, {11, trade.Delivered}, {12, trade.Invoiced}} {
			lines := []trade.PlaceLine{
				{Product: l.goods[producer]["1001"].id, Qty: units(x.packs), Unit: "dus"},
				{Product: l.goods[producer][[]string{"0165", "0065", "0380"}[i%3]].id, Qty: units(x.packs), Unit: "dus"},
			}
			by := l.whoOrders(b)
			l.push(moment(l.today.AddDays(-w.back), 15+2*l.rnd.Float64()), "order that waits", func() error { return l.orderUntil(b, by, lines, w.until) })
		}
	}
	for _, code := range []string{"T09", "T40"} { // beyond their limits
		b := l.between(map[string]string{"T09": "GKJ", "T40": producer}[code], code)
		lines := []trade.PlaceLine{{Product: l.goods[producer]["0380"].id, Qty: units(40), Unit: "dus"}}
		l.push(moment(l.today.AddDays(-2), 14), "order on credit hold", func() error { return l.order(b, "buyer", lines) })
	}
	// Refused at the door: the older one was fetched, yesterday's waits to be taken back.
	b := l.between(producer, "T33")
	l.push(moment(l.today.AddDays(-27), 9), "order that is refused", func() error { return l.refusal(b, 20, true) })
	l.push(moment(l.today.AddDays(-7), 9), "order that is refused", func() error { return l.refusal(b, 1, false) })
}

// refusal is an order that is turned away at the door, so many days before today; it is fetched at once, or not yet.
func (l *load) refusal(b *bondage, days int, fetched bool) error {
	o, err := l.Trade.Place(l.ctx, b.from.as("sales"), trade.Place{Key: l.key("order"), Seller: b.from.ID, Buyer: b.to.ID, HoldCredit: true,
		Lines: []trade.PlaceLine{{Product: l.goods[producer]["0065"].id, Qty: units(3), Unit: "dus"}}})
	if err != nil || o.Status != trade.Placed {
		return err
	}
	if _, err = l.Trade.Confirm(l.ctx, b.from.as("sales"), trade.Step{Key: l.key("confirm"), Order: o.ID}); err != nil {
		return err
	}
	h, err := l.Trade.Dispatch(l.ctx, b.from.as("warehouse"), trade.Dispatch{Step: trade.Step{Key: l.key("dispatch"), Order: o.ID}})
	if err != nil {
		return unless(err, "order.nothing_to_dispatch")
	}
	l.push(moment(l.today.AddDays(-days), 11), "refused", func() error {
		r := trade.Receive{Key: l.key("receive"), Shipment: h.ID, Note: "Toko tutup untuk renovasi"}
		for _, x := range h.Lines {
			r.Lines = append(r.Lines, trade.ReceiveLine{N: x.N, Refused: x.Qty, Reason: "Ditolak di pintu"})
		}
		_, err := l.Trade.Receive(l.ctx, b.to.as("warehouse"), r)
		if err != nil || !fetched {
			return err
		}
		_, err = l.Trade.TakeBack(l.ctx, b.from.as("warehouse"), h.ID, 0, l.key("takeback"))
		return err
	})
	return nil
}
