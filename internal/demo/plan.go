package demo

import (
	"fmt"

	"saluran/internal/goods"
	"saluran/internal/list"
	"saluran/internal/qty"
	"saluran/internal/trade"
)

// plan puts what recurs into the queue: making, the weekly orders of each tier, counters, the agent's remittances, the morning
// sweep; and the particular things that happen once.
func (l *load) plan() {
	for day := 0; day < l.days; day += 7 {
		for i, sku := range l.skus(producer) {
			l.on(day, 6.5+float64(i)/60, "make "+sku, l.making(producer, sku))
		}
		for i, sku := range l.skus(roaster) {
			l.on(day, 7+float64(i)/60, "make "+sku, l.making(roaster, sku))
		}
		for _, b := range l.bonds {
			l.weekly(b, day)
		}
		if day > 0 {
			l.on(day+4, 16, "the agent remits", l.remit)
		}
	}
	for day := range l.days {
		l.push(moment(l.start.AddDays(day), 0.5), "expire", l.expire)
		l.counters(day)
	}
	l.particular()
	l.waiting()
}

// weekly plans the orders of a bond: distributors on the first day, wholesalers two days later, shops through the week from the
// second week on.
func (l *load) weekly(b *bondage, day int) {
	hour := 8 + 6*l.rnd.Float64()
	switch {
	case b.to.Kind == "distributor":
		l.on(day, 9+l.rnd.Float64(), "order of "+b.buyer, func() error { return l.restock(b, 60) })
	case b.to.Kind == "wholesaler":
		first := 3
		if b.seller == producer {
			first = 1
		}
		l.on(day+first, hour, "order of "+b.buyer, func() error { return l.restock(b, 16) })
	case b.to.Kind == "consumer":
		if l.chance(60) {
			l.on(day+2+l.rnd.IntN(4), hour, "order of "+b.buyer, func() error { return l.shopping(b) })
		}
	case b.channel == roasters:
		l.on(day+3, hour, "order of "+b.buyer, func() error { return l.shopping(b) })
	case day == 0 && b.seller != producer:
		return // the shelves of the wholesaler are still empty
	case l.chance(92):
		l.on(day+1+l.rnd.IntN(5), hour, "order of "+b.buyer, func() error { return l.shopping(b) })
	}
}

// skus are the goods of a producer, in their order; services are none.
func (l *load) skus(code string) (out []string) {
	for _, g := range goodsOf[code] {
		if !g.service {
			out = append(out, g.sku)
		}
	}
	return out
}

// free is what an organisation may still promise, by product.
func (l *load) free(f *firm) (map[string]qty.Qty, error) {
	page, err := l.Goods.Counts(l.ctx, f.as("warehouse"), list.Query{Size: list.MaxSize})
	out := map[string]qty.Qty{}
	for _, c := range page.Items {
		out[c.SKU] = c.Free()
	}
	return out, err
}

// making fills the producer's warehouse up: one lot of a product, where less than its measure is left.
func (l *load) making(code, sku string) func() error {
	return func() error {
		f, p := l.firms[code], l.goods[code][sku]
		free, err := l.free(f)
		if err != nil {
			return err
		}
		lack := p.par - int64(free[sku])/qty.Scale/p.per()
		if lack < p.par/4 {
			return nil
		}
		week := l.now().In(wib).Days(l.start)/7 + 1
		if _, err = l.made(code, sku, fmt.Sprintf("%s-%s-%02d", code, sku, week), lack, p.life); err != nil {
			return err
		}
		_, err = l.Trade.FillAll(l.ctx, f.as("sales"))
		return err
	}
}

// restock orders what is missing of the goods that the buyer keeps, up to its measure of packs.
func (l *load) restock(b *bondage, par int64) error {
	free, err := l.free(b.to)
	if err != nil {
		return err
	}
	var lines []trade.PlaceLine
	for _, g := range goodsOf[producer] {
		p := l.goods[producer][g.sku]
		want := par
		switch {
		case p.pack == "kg":
			want = par * 2
		case p.pack == "pak", p.pack == "kotak":
			want = par / 4
		case p.service:
			continue
		}
		if lack := want - int64(free[g.sku])/qty.Scale/p.per(); lack > want/4 {
			lines = append(lines, trade.PlaceLine{Product: p.id, Qty: units(lack), Unit: p.pack})
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return l.order(b, "buyer", lines)
}

// shopping is the order of a shop, a café, a warung or a consumer: a few goods, now and then a service.
func (l *load) shopping(b *bondage) error {
	var lines []trade.PlaceLine
	add := func(sku string, n int64, unit string) {
		p := l.goods[b.maker()][sku]
		lines = append(lines, trade.PlaceLine{Product: p.id, Qty: units(n), Unit: unit})
	}
	some := func(n int64) int64 { return 1 + l.rnd.Int64N(n) }
	switch {
	case b.channel == direct:
		sku := l.skus(roaster)
		add(sku[l.rnd.IntN(len(sku))], 1+some(3), "")
	case b.channel == roasters:
		for _, sku := range l.skus(roaster) {
			add(sku, 4+some(6), "")
		}
	case b.channel == retail:
		add("2001", 4+some(16), "kg")
		add("2002", 4+some(16), "kg")
		add("4002", some(12), "pak")
		if l.chance(30) {
			add("4001", some(5), "kotak")
		}
		if l.chance(20) {
			add([]string{"9001", "9002"}[l.rnd.IntN(2)], some(2), "")
		}
	default:
		stock := []string{"1001", "1002", "0165", "0065", "0380", "1003", "3001", "3002"}
		l.rnd.Shuffle(len(stock), func(i, j int) { stock[i], stock[j] = stock[j], stock[i] })
		for _, sku := range stock[:2+l.rnd.IntN(3)] {
			if b.channel == merchants && l.goods[producer][sku].packs[0].Name == "renceng" {
				add(sku, 5+some(8), "renceng")
			} else {
				add(sku, some(2), "dus")
			}
		}
	}
	return l.order(b, l.whoOrders(b), lines)
}

// maker is whose goods go over the bond.
func (b *bondage) maker() string {
	if b.seller == roaster {
		return roaster
	}
	return producer
}

// whoOrders: mostly the buyer; the agent for its shops; now and then the seller after a call.
func (l *load) whoOrders(b *bondage) string {
	switch {
	case b.via != nil && l.chance(80):
		return "agent"
	case l.chance(25):
		return "seller"
	}
	return "buyer"
}

// counters sell to whoever walks in: the roaster every working day, the others on some.
func (l *load) counters(day int) {
	sell := func(code, from, key string, sku []string, percent int) {
		if !l.chance(percent) {
			return
		}
		l.on(day, 10+7*l.rnd.Float64(), "counter of "+code, func() error {
			f := l.firms[code]
			sale := trade.CounterSale{Key: l.key("counter"), List: l.lists[key], Paid: true, Method: []string{"cash", "qris"}[l.rnd.IntN(2)]}
			p := l.goods[from][sku[l.rnd.IntN(len(sku))]]
			sale.Lines = []trade.PlaceLine{{Product: p.id, Qty: units(1 + l.rnd.Int64N(4))}}
			_, err := l.Trade.CounterSale(l.ctx, f.as("sales"), sale)
			return unless(err, "order.stock_promised", "order.not_enough_stock", "order.no_stock", "stock.short", "order.out_of_stock")
		})
	}
	sell(roaster, roaster, "OMK/konsumen", l.skus(roaster), 85)
	if day >= 12 {
		shelf := []string{"1001", "1002", "0165", "0065"}
		sell("T01", producer, "T01/eceran", shelf, 40)
		sell("T14", producer, "T14/eceran", shelf, 30)
		sell("GPT", producer, "GPT/eceran", shelf, 30)
		sell("T27", producer, "T27/eceran", []string{"2001", "2002"}, 25)
	}
}

// expire is the portal's own sweep, which it does each night; limits of agreements come into force with it.
func (l *load) expire() error {
	if err := l.Partner.PostLimits(l.ctx); err != nil {
		return err
	}
	by := l.firms[operator].as("operator").By()
	_, err := l.Goods.ExpireLots(l.ctx, by, l.now())
	return err
}

// remit hands the producer what the agent has collected for it, as the producer's finance confirms.
func (l *load) remit() error {
	_, err := l.Trade.Remit(l.ctx, l.firms[producer].as("finance"), trade.Remit{Key: l.key("remit"), Agent: l.firms[agent].ID, Currency: "IDR", Method: "transfer",
		Reference: "Setoran mingguan"})
	return unless(err, "payment.nothing_collected")
}

// samples are given away at a fair, and goods are moved to the depot.
func (l *load) samples() error {
	f, p := l.firms[producer], l.goods[producer]["1001"]
	_, err := l.Goods.Use(l.ctx, f.as("warehouse"), goods.Use{Key: goods.Key(l.key("use")), Product: p.id, From: f.main, Qty: units(240)})
	if err != nil {
		return err
	}
	p = l.goods[producer]["4002"]
	_, err = l.Goods.Transfer(l.ctx, f.as("warehouse"), goods.Transfer{Key: goods.Key(l.key("transfer")), Product: p.id, From: f.main, To: f.depot, Qty: units(80)})
	return err
}

// better gives a distributor better terms from the middle on; another proposal waits for its answer.
func (l *load) better(b *bondage, accept bool) func() error {
	return func() error {
		t := b.terms
		t.From, t.NetDays, t.CreditLimit = l.start.AddDays(l.rise()), 45, t.CreditLimit*5/4
		if accept {
			return l.agree(b, t)
		}
		t.From = l.today.AddDays(10)
		_, err := l.propose(b, t)
		return err
	}
}

// between finds the bond of two firms.
func (l *load) between(seller, buyer string) *bondage {
	for _, b := range l.bonds {
		if b.seller == seller && b.buyer == buyer {
			return b
		}
	}
	panic("no bond between " + seller + " and " + buyer)
}
