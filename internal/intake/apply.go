package intake

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
	"saluran/internal/trade"
)

// Recorder files history; trade's Service is one.
type Recorder interface {
	Record(ctx context.Context, a access.Actor, h trade.History) (ledger.Receipt, error)
}

// deal is the link and the agreement of a pair.
type deal struct{ link, agreement id.ID }

type pair struct{ seller, buyer int32 }

// applier posts a plan, day by day. Within a day the order is: producers sell to the seller, the seller sells, buyers return,
// the seller returns; each of the four, a step, waits for the one before. Many posts are under way at once, so that the ledger
// commits them in groups, and those of the next steps are prepared meanwhile.
type applier struct {
	p     *plan
	a     access.Actor
	rec   Recorder
	deals map[pair]deal

	docs    *merge
	doc     *document // the next one
	opening *merge
	open    []byte // the next shortfall
	supply  *supplies

	weight *weight
	step   *step
	ctx    context.Context
	stop   context.CancelCauseFunc

	applied, lines, bought, given, again atomic.Int64
}

func (p *plan) apply(a access.Actor, rec Recorder, deals map[pair]deal) (err error) {
	x := &applier{p: p, a: a, rec: rec, deals: deals, weight: newWeight(underWay), step: &step{done: make(chan struct{})}}
	close(x.step.done) // nothing is before the first
	x.ctx, x.stop = context.WithCancelCause(p.ctx)
	defer x.stop(nil)
	if x.docs, err = p.docs.read(); err != nil {
		return err
	}
	if x.opening, err = p.opening.read(); err != nil {
		return err
	}
	if x.supply, err = p.supplies(); err != nil {
		return err
	}
	err = x.run()
	if err != nil {
		x.stop(err)
	}
	<-x.step.done
	if cause := context.Cause(x.ctx); cause != nil && p.ctx.Err() == nil {
		err = cause
	}
	p.sum.Applied, p.sum.AppliedLines = x.applied.Load(), x.lines.Load()
	p.sum.Purchases, p.sum.PurchaseBacks = x.bought.Load(), x.given.Load()
	p.sum.Already += x.again.Load()
	return err
}

func (x *applier) run() error {
	if err := x.nextDoc(); err != nil {
		return err
	}
	if err := x.nextOpening(); err != nil {
		return err
	}
	for {
		date, ok := x.day()
		if !ok {
			return nil
		}
		for _, do := range []func(clock.Date) error{x.buy, x.sell, x.takeBack, x.giveBack} {
			end := x.begin()
			err := do(date)
			end()
			if err != nil {
				return err
			}
		}
	}
}

// step is what may be posted in any order; ready is closed when all before it stands, done when it stands itself.
type step struct {
	ready, done chan struct{}
	posts       sync.WaitGroup
	n           int
}

// begin starts a step after the current one; what it returns ends it, when all its posts have been sent on their way.
func (x *applier) begin() (end func()) {
	before := x.step
	s := &step{ready: before.done, done: make(chan struct{})}
	x.step = s
	return func() {
		if s.n == 0 {
			x.step = before
			return
		}
		go func() {
			s.posts.Wait()
			<-s.ready
			close(s.done)
		}()
	}
}

// day is the next day that has anything.
func (x *applier) day() (clock.Date, bool) {
	switch {
	case x.doc == nil && x.supply.head == nil:
		return "", false
	case x.doc == nil:
		return x.supply.head.date, true
	case x.supply.head == nil:
		return x.doc.date, true
	}
	return min(x.doc.date, x.supply.head.date), true
}

func (x *applier) nextDoc() error {
	rec, err := x.docs.next()
	x.doc = nil
	if err == nil && rec != nil {
		x.doc = takeDocument(rec)
	}
	return err
}

func (x *applier) nextOpening() error {
	rec, err := x.opening.next()
	x.open = rec
	return err
}

func (x *applier) buy(date clock.Date) error { return x.purchases(date, false) }

func (x *applier) giveBack(date clock.Date) error { return x.purchases(date, true) }

func (x *applier) purchases(date clock.Date, back bool) error {
	return x.p.eachPurchases(x.supply, date, back, func(all []*purchase) error {
		for _, b := range all {
			if b.there {
				continue
			}
			h := x.purchaseHistory(b)
			if err := x.post(h, nil, nil, func(replayed bool) {
				if replayed {
					return
				}
				if back {
					x.given.Add(1)
				} else {
					x.bought.Add(1)
				}
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (x *applier) purchaseHistory(b *purchase) trade.History {
	p := x.p
	seller, maker := &p.ms.partners[b.seller], &p.ms.partners[b.producer]
	dl := x.deals[pair{b.producer, b.seller}]
	h := trade.History{Event: b.event, Key: trade.Key{Client: p.clientKey(b.event), Hash: b.hash}, Kind: "history.purchase", Number: b.number,
		Seller: maker.id, Buyer: seller.id, Link: dl.link, Agreed: dl.agreement, Currency: p.cur, On: b.date, At: p.noon(b.date),
		Due: b.date.AddDays(p.m.Supply.NetDays), From: maker.place, To: seller.place, Made: !b.back, Lines: make([]trade.HistoryLine, len(b.lines))}
	sign := int64(1)
	if b.back {
		h.Kind, sign = "history.purchase_return", -1
	}
	for i, l := range b.lines {
		pr := &p.ms.products[l.product]
		h.Lines[i] = trade.HistoryLine{N: int64(i + 1), Product: pr.id, Lot: pr.lot, Unit: p.m.Product.Unit, Qty: qty.Qty(sign) * l.qty,
			Net: money.Minor(sign) * l.net}
	}
	return h
}

// sell posts the documents of the day that bring nothing back.
func (x *applier) sell(date clock.Date) error { return x.documents(date, 0) }

// takeBack posts those that do, of one buyer one after another: what the first brings may be what the next gives back.
func (x *applier) takeBack(date clock.Date) error { return x.documents(date, 1) }

func (x *applier) documents(date clock.Date, phase byte) error {
	before := map[int32]chan struct{}{}
	for x.doc != nil && x.doc.date == date && x.doc.phase() == phase {
		d := x.doc
		if !d.there {
			h, err := x.saleHistory(d)
			if err != nil {
				return err
			}
			var wait, done chan struct{}
			if phase == 1 {
				wait, done = before[d.buyer], make(chan struct{})
				before[d.buyer] = done
			}
			n := int64(len(d.lines))
			if err := x.post(h, wait, done, func(replayed bool) {
				if replayed {
					x.again.Add(1)
					return
				}
				x.lines.Add(n)
				if v := x.applied.Add(1); v%500 == 0 {
					x.p.progress("apply", v, x.p.sum.New)
				}
			}); err != nil {
				return err
			}
		}
		if err := x.nextDoc(); err != nil {
			return err
		}
	}
	return nil
}

func (x *applier) saleHistory(d *document) (trade.History, error) {
	p := x.p
	seller, buyer := &p.ms.partners[d.seller], &p.ms.partners[d.buyer]
	dl := x.deals[pair{d.seller, d.buyer}]
	event := p.event(seller.code, d.number)
	h := trade.History{Event: event, Key: trade.Key{Client: p.clientKey(event), Hash: d.hash}, Kind: "history.sale", Number: d.number,
		Seller: seller.id, Buyer: buyer.id, Link: dl.link, Agreed: dl.agreement, Currency: p.cur, On: d.date, At: p.noon(d.date),
		Due: d.date.AddDays(p.m.NetDays), From: seller.place, To: buyer.place, Made: p.m.Supply == nil, Lines: make([]trade.HistoryLine, len(d.lines))}
	if d.phase() == 1 {
		h.Kind = "history.return"
	}
	short, err := x.shortfalls(d)
	if err != nil {
		return h, err
	}
	for i, l := range d.lines {
		pr := &p.ms.products[l.product]
		h.Lines[i] = trade.HistoryLine{N: l.n, Product: pr.id, Lot: pr.lot, Unit: p.unitOf(pr, l.unit), Qty: l.qty, UnitQty: l.said, Net: l.net,
			Tax: l.tax, TaxCode: p.m.TaxCode, Opening: short[l.n]}
	}
	return h, nil
}

// unitOf is what a line's unit is called.
func (p *plan) unitOf(x *product, n int32) string {
	if n != 0 {
		return p.ms.units[n]
	}
	return x.unit
}

// shortfalls are the opening stocks of a document's lines; they come in the order of the documents.
func (x *applier) shortfalls(d *document) (map[int64]qty.Qty, error) {
	var out map[int64]qty.Qty
	seller := x.p.ms.partners[d.seller].code
	for x.open != nil {
		u := unkey{x.open}
		date, phase, s, number := string(u.raw(10)), u.byte(), string(u.text()), string(u.text())
		if date != string(d.date) || phase != d.phase() || s != seller || number != d.number {
			break
		}
		if out == nil {
			out = map[int64]qty.Qty{}
		}
		n := u.int()
		out[n] += qty.Qty(u.int())
		if err := x.nextOpening(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// underWay is how many lines may be under way at once: some hundred documents, some 20 MB, enough for the ledger to write one batch
// while the next one gathers.
const underWay = 6500

// post sends one document on its way. It waits for wait, closes done, and calls ok when it stands.
func (x *applier) post(h trade.History, wait, done chan struct{}, ok func(replayed bool)) error {
	s := x.step
	h.After = s.ready
	w := int64(len(h.Lines) + 4)
	if err := x.weight.take(x.ctx, w); err != nil {
		return context.Cause(x.ctx)
	}
	s.n++
	s.posts.Add(1)
	go func() {
		defer func() {
			if done != nil {
				close(done)
			}
			x.weight.give(w)
			s.posts.Done()
		}()
		if wait != nil {
			<-wait
		}
		if x.ctx.Err() != nil {
			return
		}
		r, err := x.record(h)
		if err != nil {
			x.stop(x.broke(h, err))
			return
		}
		ok(r.Replayed)
	}()
	return nil
}

// broke says at which document an import stopped, where what it needs was there when it was checked.
func (x *applier) broke(h trade.History, err error) error {
	if !errs.Is(err, errs.Conflict) {
		return fmt.Errorf("document %s of %s: %w", h.Number, h.On, err)
	}
	buyer := ""
	for _, b := range x.p.ms.partners {
		if b.id == h.Buyer {
			buyer = b.code
		}
	}
	return errs.Wrap(errs.Conflict, "import.stopped_at", err, "document", h.Number, "date", string(h.On), "buyer", buyer)
}

// record posts, and tries again while the ledger is busy.
func (x *applier) record(h trade.History) (r ledger.Receipt, err error) {
	pause := 20 * time.Millisecond
	for range 40 {
		r, err = x.rec.Record(x.ctx, x.a, h)
		if !errs.Is(err, errs.Busy) || x.ctx.Err() != nil {
			return r, err
		}
		select {
		case <-x.ctx.Done():
			return r, errors.Join(err, context.Cause(x.ctx))
		case <-time.After(pause):
		}
		pause = min(pause*2, 2*time.Second)
	}
	return r, err
}

// weight bounds the lines that are under way: few long documents weigh as much as many short ones.
type weight struct {
	mu    sync.Mutex
	cond  *sync.Cond
	left  int64
	whole int64
}

func newWeight(n int64) *weight {
	w := &weight{left: n, whole: n}
	w.cond = sync.NewCond(&w.mu)
	return w
}

func (w *weight) take(ctx context.Context, n int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.left < min(n, w.whole) {
		w.cond.Wait() // whoever stops gives back
	}
	w.left -= n
	return ctx.Err()
}

func (w *weight) give(n int64) {
	w.mu.Lock()
	w.left += n
	w.mu.Unlock()
	w.cond.Broadcast()
}
