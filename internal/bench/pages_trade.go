package bench

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/internal/trade"
)

// abreast is how many write at once, so that the ledger commits in groups.
const abreast = 128

func key(what string, i int) trade.Key {
	name := fmt.Sprintf("%s-%d", what, i)
	return trade.Key{Client: name, Hash: sha256.Sum256([]byte(name))}
}

// many does something n times, as many at once as are good for the ledger.
func many(ctx context.Context, what string, n int, do func(ctx context.Context, i int) error) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(abreast)
	for i := range n {
		g.Go(func() error {
			if err := do(gctx, i); err != nil {
				return fmt.Errorf("%s %d: %w", what, i, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// trade fills the books: a year of documents that are over, of which nine of ten are paid, and what is under way today.
func (s *street) trade(ctx context.Context) error {
	for _, p := range []*party{&s.producer, &s.wholesaler, &s.shop, &s.agent} {
		if err := s.a.DB.R(ctx).Raw("SELECT id FROM place WHERE org = ? AND main = ?", p.org, true).Scan(&p.place).Error; err != nil {
			return err
		}
	}
	s.supply.place, s.sale.place = s.wholesaler.place, s.shop.place
	var err error
	if s.lots, err = s.a.Goods.BulkLots(ctx, id.By{Org: s.producer.org}, "L1", s.products, s.a.Config.Clock.Now()); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"limits and programme", s.limits}, {"", s.programme}, {"a year's documents", s.past}, {"payments of them", s.paid}, {"orders under way", s.underWay}, {"orders that wait", s.waiting},
		{"paid beforehand", s.beforehand}, {"sales over the counter", s.overCounter}, {"visits", s.ordered}} {
		begin := time.Now()
		if err := step.do(ctx); err != nil {
			return err
		}
		if step.name != "" {
			fmt.Fprintf(s.out, "  %s: %s\n", step.name, took(begin))
		}
	}
	return nil
}

func (s *street) limits(ctx context.Context) error {
	set := func(ctx context.Context, seller, buyer id.ID, limit money.Minor) error {
		_, err := s.a.Book.Post(ctx, ledger.Draft("credit.limit_set", "bench/limit/"+buyer.String(), id.By{Org: seller}, buyer, s.a.Config.Clock.Now()).
			Limit(seller, buyer, money.Currencies["IDR"], limit))
		return err
	}
	for _, p := range []struct{ seller, buyer id.ID }{{s.producer.org, s.wholesaler.org}, {s.wholesaler.org, s.shop.org}} {
		if err := set(ctx, p.seller, p.buyer, ledger.NoLimit); err != nil {
			return err
		}
	}
	return many(ctx, "limit", len(s.others), func(ctx context.Context, i int) error {
		return set(ctx, s.wholesaler.org, s.others[i].buyer, 10_000_000*100)
	})
}

func (s *street) programme(ctx context.Context) error {
	if s.trades == 0 {
		return nil
	}
	_, err := s.a.Trade.AddProgramme(ctx, s.wholesaler.actor(), audit.Key{}, trade.Programme{Name: "Poin", Currency: "IDR", EarnOn: trade.OnDelivery, Points: 1, PerAmount: 1000 * 100, Worth: 100})
	return err
}

// document is the i-th of a year's documents of one line.
func (s *street) document(what string, i int, from party, to pact, each qty.Qty, price money.Minor) trade.History {
	today := s.a.Config.Clock.Now().In("Asia/Jakarta")
	on := today.AddDays(-(s.trades - 1 - i%s.trades) * 364 / s.trades)
	p := i % len(s.products)
	k := key(what, i)
	return trade.History{Event: "bench/" + k.Client, Key: k, Kind: "history.sale", Number: fmt.Sprintf("%s-%06d", what, i), Seller: from.org, Buyer: to.buyer, Link: to.link, Agreed: to.agreement,
		Currency: money.Currencies["IDR"], On: on, At: on.Noon("Asia/Jakarta"), Due: on.AddDays(30), From: from.place, To: to.place, Made: from.kind == "producer",
		Lines: []trade.HistoryLine{{N: 1, Product: s.products[p], Lot: s.lots[p], Unit: "pcs", Qty: each, Net: price * money.Minor(each/qty.Scale), TaxCode: "ID-0"}}}
}

// past is a year: the producer sells to the wholesaler, the wholesaler to the shop and to others.
func (s *street) past(ctx context.Context) error {
	if s.trades == 0 {
		return nil
	}
	make, sell := s.producer.actor(), s.wholesaler.actor()
	if err := many(ctx, "purchase", s.trades, func(ctx context.Context, i int) error {
		_, err := s.a.Trade.Record(ctx, make, s.document("B", i, s.producer, s.supply, brought, 12500))
		return err
	}); err != nil {
		return err
	}
	if err := many(ctx, "sale", s.trades, func(ctx context.Context, i int) error {
		_, err := s.a.Trade.Record(ctx, sell, s.document("J", i, s.wholesaler, s.sale, sold, 15000))
		return err
	}); err != nil {
		return err
	}
	return many(ctx, "sale to others", s.trades/10, func(ctx context.Context, i int) error {
		h := s.document("O", i*10, s.wholesaler, s.others[i%len(s.others)], sold/4, 15000)
		_, err := s.a.Trade.Record(ctx, sell, h)
		return err
	})
}

// paid has the wholesaler pay the producer, and the shop the wholesaler.
func (s *street) paid(ctx context.Context) error {
	if err := s.pays(ctx, "B", s.wholesaler, s.producer); err != nil {
		return err
	}
	return s.pays(ctx, "P", s.shop, s.wholesaler)
}

// pays reports a payment of nearly each invoice of a pair, and confirms all but the last tenth of them.
func (s *street) pays(ctx context.Context, what string, payer, payee party) error {
	var bills []struct {
		ID    id.ID
		Total money.Minor
		DueOn clock.Date
	}
	if err := s.a.DB.R(ctx).Raw("SELECT id, total, due_on FROM invoice WHERE seller = ? AND buyer = ? ORDER BY issued_on, id", payee.org, payer.org).Scan(&bills).Error; err != nil {
		return err
	}
	today := s.a.Config.Clock.Now().In("Asia/Jakarta")
	pay, take := payer.actor(), payee.actor()
	return many(ctx, "payment "+what, len(bills)*19/20, func(ctx context.Context, i int) error {
		b := bills[i]
		v, err := s.a.Trade.Report(ctx, pay, trade.Report{Key: key("P"+what, i), Payee: payee.org, Currency: "IDR", Amount: b.Total, Method: "transfer", ValueOn: min(b.DueOn, today),
			Allocate: []trade.Allocation{{Invoice: b.ID, Amount: b.Total}}})
		if err != nil || i >= len(bills)*9/10 {
			return err
		}
		_, err = s.a.Trade.ConfirmPayment(ctx, take, trade.Confirm{Key: key("C"+what, i), Payment: v.ID})
		return err
	})
}

// legs is how many shipments an order under way has.
const legs = 50

// underWay are orders of the shop that leave in many shipments, of which every second has arrived.
func (s *street) underWay(ctx context.Context) error {
	if s.trades == 0 {
		return nil
	}
	buy, sell := s.shop.actor(), s.wholesaler.actor()
	h := s.document("G", 0, s.producer, s.supply, qty.Units(10_000_000), 1)
	h.On, h.At, h.Lines[0].Net = s.a.Config.Clock.Now().In("Asia/Jakarta"), s.a.Config.Clock.Now(), 12500*10_000_000
	if _, err := s.a.Trade.Record(ctx, s.producer.actor(), h); err != nil {
		return err
	}
	var left atomic.Int64
	return many(ctx, "order under way", max(1, s.trades/legs), func(ctx context.Context, i int) error {
		o, err := s.a.Trade.Place(ctx, buy, trade.Place{Key: key("U", i), Seller: s.wholesaler.org, Buyer: s.shop.org, Lines: []trade.PlaceLine{{Product: s.products[0], Qty: qty.Units(legs + 1)}}})
		if err != nil {
			return err
		}
		if _, err := s.a.Trade.Confirm(ctx, sell, trade.Step{Key: key("UC", i), Order: o.ID}); err != nil {
			return err
		}
		for n := range min(legs, s.trades) {
			k := i*legs + n
			ship, err := s.a.Trade.Dispatch(ctx, sell, trade.Dispatch{Step: trade.Step{Key: key("UD", k), Order: o.ID}, Lines: []trade.DispatchLine{{Line: 1, Qty: qty.Scale}}})
			if err != nil {
				return err
			}
			if left.Add(1)%2 == 0 {
				if _, err := s.a.Trade.Receive(ctx, buy, trade.Receive{Key: key("UR", k), Shipment: ship.ID}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// waiting are orders that nobody has answered yet.
func (s *street) waiting(ctx context.Context) error {
	return many(ctx, "order", s.trades/20, func(ctx context.Context, i int) error {
		_, err := s.a.Trade.Place(ctx, s.shop.actor(), trade.Place{Key: key("W", i), Seller: s.wholesaler.org, Buyer: s.shop.org,
			Lines: []trade.PlaceLine{{Product: s.products[i%len(s.products)], Qty: qty.Scale}}})
		return err
	})
}

// took says how long something took so far.
func took(begin time.Time) string { return time.Since(begin).Round(time.Second).String() }
