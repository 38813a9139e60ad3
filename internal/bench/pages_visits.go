package bench

import (
	"context"

	"saluran/internal/id"
	"saluran/internal/qty"
	"saluran/internal/trade"
)

const (
	roundOf = 400 // shops on one person's round, as many as it may have
	atShop  = 100 // every so many visits one is made at the shop that looks
)

// visits are a year of visits of the wholesaler's people and of the agent in its name, with what stood on the shelf, and the rounds.
func (s *street) visits(f *filler) {
	next, now := f.a.DB.IDs.Next, f.a.Config.Clock.Now()
	today := now.In("Asia/Jakarta")
	mine := min(roundOf, s.rows/3)
	for i := range s.rows {
		p, person := s.wholesaler, s.people[i/roundOf%len(s.people)]
		switch {
		case i < mine:
			person = p.owner
		case i%5 == 4 || i < 2*mine:
			p, person = s.agent, s.agent.owner
		}
		if p.org == s.wholesaler.org || i < 2*mine {
			f.add("visit_stop", "%d,%d,%d,%d,%d,%d,15,%d,'2020-01-01','9999-12-31',0,1,1", next(), p.org, person, s.wholesaler.org, s.shops[i], 1<<(i%6), i%roundOf)
		}
		no, shop, day := next(), s.shops[i], today.AddDays(-(i * 365 / s.rows))
		if i%atShop == 0 {
			shop = s.shop.org
		}
		in := day.Noon("Asia/Jakarta")
		f.add("visit", "%d,%d,%d,%d,%d,0,'%s',%d,%d,%d,0,%d,0,0,'%s','','Rak depan rapi.','',FALSE,0,0,1", no, p.org, person, s.wholesaler.org, shop, day, person, i+1, in, in+900_000_000,
			[]string{"order", "none", "none", "none"}[i%4])
		f.add("visit_count", "%d,%d,'K%03d','Kopi %d',%d,'pcs',%d", no, s.products[i%len(s.products)], i, i, sold, sold)
		if i%4 == 0 {
			s.visited = append(s.visited, no)
		}
	}
}

// ordered says of orders that they were taken on visits.
func (s *street) ordered(ctx context.Context) error {
	var orders []struct {
		ID     id.ID
		Number string
	}
	if err := s.a.DB.R(ctx).Raw("SELECT id, number FROM orders WHERE seller = ? ORDER BY id LIMIT ?", s.wholesaler.org, len(s.visited)).Scan(&orders).Error; err != nil {
		return err
	}
	f := &filler{ctx: ctx, a: s.a}
	for i, o := range orders {
		f.add("visit_order", "%d,%d,'%s'", s.visited[i], o.ID, o.Number)
	}
	return f.flush()
}

// beforehand are what shops have paid before anything was invoiced, which stands with the wholesaler.
func (s *street) beforehand(ctx context.Context) error {
	return many(ctx, "paid beforehand", len(s.others), func(ctx context.Context, i int) error {
		pay := party{org: s.others[i].buyer, kind: "retailer"}.actor()
		v, err := s.a.Trade.Report(ctx, pay, trade.Report{Key: key("PV", i), Payee: s.wholesaler.org, Currency: "IDR", Amount: 1_000_000 * 100, Method: "transfer", ValueOn: s.a.Config.Clock.Now().In("Asia/Jakarta")})
		if err != nil {
			return err
		}
		_, err = s.a.Trade.ConfirmPayment(ctx, s.wholesaler.actor(), trade.Confirm{Key: key("CV", i), Payment: v.ID})
		return err
	})
}

// overCounter are sales of the shop over its counter, of what it has bought.
func (s *street) overCounter(ctx context.Context) error {
	who := s.shop.actor()
	return many(ctx, "sale over the counter", s.trades/20, func(ctx context.Context, i int) error {
		_, err := s.a.Trade.CounterSale(ctx, who, trade.CounterSale{Key: key("K", i), List: s.till, Paid: true, Method: "cash",
			Lines: []trade.PlaceLine{{Product: s.products[i%len(s.products)], Qty: qty.Scale}}})
		return err
	})
}
