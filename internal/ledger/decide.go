package ledger

import (
	"context"
	"math"
	"strconv"

	"saluran/internal/errs"
	"saluran/internal/id"
)

// batch is one transaction in the making.
type batch struct {
	b         *Book
	ctx       context.Context
	seq       int64
	recorded  int64
	hash      []byte
	accepted  []*prepared
	receipts  []Receipt
	accts     []*acct
	keys      map[*acct]acctKey
	products  map[*acct]int64
	stocks    []stockKey
	exposures []exposureKey
	serials   []serialKey
	events    map[string]*prepared
	clients   map[clientKey]*prepared
	docs      map[int64]bool // headers advanced in this batch
	undo      []func()
	out       *builder
}

type clientKey struct {
	org id.ID
	key string
}

// decide accepts or refuses one post against the cache. A refused post leaves no trace.
func (t *batch) decide(q *prepared) error {
	if q.epoch != 0 && q.epoch < t.b.head.epoch {
		return errs.New(errs.Conflict, "ledger.stale")
	}
	if first := t.twin(q); first != nil {
		first.same = append(first.same, q)
		return nil
	}
	for _, c := range q.changes {
		if c.t.Header && t.docs[c.key[0]] {
			return errs.New(errs.Conflict, "changed")
		}
	}
	t.undo = t.undo[:0]
	entries, err := t.apply(q)
	if err != nil {
		for i := len(t.undo) - 1; i >= 0; i-- {
			t.undo[i]()
		}
		return err
	}
	t.accept(q, entries)
	return nil
}

// twin finds a post of this batch with the same key.
func (t *batch) twin(q *prepared) *prepared {
	if first := t.events[q.event]; first != nil {
		return first
	}
	if q.client != "" {
		return t.clients[clientKey{q.by.Org, q.client}]
	}
	return nil
}

// entry is a leg with its outcome.
type entry struct {
	a        *acct
	amt, bal int64
	late     bool
	opens    bool
}

func (t *batch) apply(q *prepared) ([]entry, error) {
	entries := make([]entry, 0, len(q.legs))
	touchedStock := map[stockKey]bool{}
	touchedExposure := map[exposureKey]int64{} // what was used and held before
	for _, l := range t.limitsOf(q) {
		x := t.exposure(l.key, touchedExposure)
		x.limit = l.limit
	}
	for i := range q.legs {
		e, err := t.leg(q, &q.legs[i], touchedStock, touchedExposure)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	if err := t.counters(q, touchedStock, touchedExposure); err != nil {
		return nil, err
	}
	if q.serial != nil {
		k := serialKey{int64(q.serial.org), q.serial.series, int64(q.serial.year)}
		s, _ := t.b.cache.serials.find(k)
		t.touchSerial(k, s)
		s.last++
	}
	return entries, nil
}

type limitOf struct {
	key   exposureKey
	limit int64
}

func (t *batch) limitsOf(q *prepared) []limitOf {
	out := make([]limitOf, 0, len(q.limits))
	for _, l := range q.limits {
		out = append(out, limitOf{exposureKey{int64(l.seller), int64(l.billTo), l.currency}, int64(l.limit)})
	}
	return out
}

// leg applies one entry: the account's balance, its floor, and the counters that follow from it.
func (t *batch) leg(q *prepared, l *leg, stocks map[stockKey]bool, exposures map[exposureKey]int64) (entry, error) {
	a, ok := t.b.cache.accts.find(l.key)
	if !ok {
		a = t.open(l)
	}
	e := entry{a: a, amt: l.amt, opens: a.opened && a.lastSeq == 0 && !t.seen(a)}
	t.touchAcct(a, l)
	bal, over := add(a.posted, l.amt)
	if over {
		return e, errs.New(errs.Invalid, "ledger.too_large")
	}
	if l.amt < 0 && bal < 0 && l.key.floored() {
		return e, t.short(q, l, a.posted)
	}
	eff := int64(q.effective)
	e.late = eff < a.lastEff
	if e.late && l.amt < 0 && l.key.floored() {
		low, err := t.lowestAfter(a, eff)
		if err != nil {
			return e, err
		}
		if low+l.amt < 0 {
			return e, errs.New(errs.Conflict, "ledger.backdated", "available", strconv.FormatInt(low, 10))
		}
	}
	a.posted, a.lastEff, a.lastSeq = bal, max(a.lastEff, eff), t.seq+1
	a.recent = append(a.recent, effective{eff, l.amt})
	e.bal = bal
	if l.key.selr != 0 {
		k := stockKey{l.key.selr, l.product}
		t.stock(k, stocks).sellable += l.amt
	}
	t.expose(l, exposures)
	return e, nil
}

// expose moves the exposure that follows from a claim: trade owed by a buyer uses credit, a deposit gives it back.
func (t *batch) expose(l *leg, exposures map[exposureKey]int64) {
	if l.key.book != bookMoney || l.key.side < 0 {
		return
	}
	switch Purpose(l.key.purpose) {
	case Trade:
		t.exposure(exposureKey{l.key.org, l.key.counterparty, l.key.unit}, exposures).used += l.amt
	case Deposit:
		t.exposure(exposureKey{l.key.counterparty, l.key.org, l.key.unit}, exposures).used -= l.amt
	}
}

func (t *batch) counters(q *prepared, stocks map[stockKey]bool, exposures map[exposureKey]int64) error {
	for _, h := range q.holds {
		t.stock(stockKey{int64(h.seller), int64(h.product)}, stocks).held += int64(h.n)
	}
	for _, c := range q.credits {
		t.exposure(exposureKey{int64(c.seller), int64(c.billTo), c.currency}, exposures).held += int64(c.amt)
	}
	for k := range stocks {
		s, _ := t.b.cache.stocks.find(k)
		if s.held < 0 { // as with credit, below
			return errs.New(errs.Conflict, "changed")
		}
		if s.held > s.sellable {
			return t.shortStock(q, k, s)
		}
	}
	for _, k := range q.covers {
		if x, _ := t.b.cache.exposures.find(k); x.used+x.held > 0 {
			return q.refuse(Short{What: ShortCover, Seller: id.ID(k.seller), BillTo: id.ID(k.billTo), Asked: x.used + x.held})
		}
	}
	for k, before := range exposures {
		x, _ := t.b.cache.exposures.find(k)
		if x.held < 0 { // only who has read what another step has released meanwhile releases more than is held
			return errs.New(errs.Conflict, "changed")
		}
		if now := x.used + x.held; now > before && now > x.limit && !q.pastLimit {
			return q.refuse(Short{What: ShortCredit, Seller: id.ID(k.seller), BillTo: id.ID(k.billTo),
				Available: x.limit - before, Asked: now - before})
		}
	}
	return nil
}

// shortStock says how much could have been held: what was free before this post.
func (t *batch) shortStock(q *prepared, k stockKey, s *stockRow) error {
	asked := int64(0)
	for _, h := range q.holds {
		if int64(h.seller) == k.seller && int64(h.product) == k.product && h.n > 0 {
			asked += int64(h.n)
		}
	}
	return q.refuse(Short{What: ShortStock, Seller: id.ID(k.seller), Product: id.ID(k.product),
		Available: max(0, s.sellable-(s.held-asked)), Asked: asked})
}

func (t *batch) short(q *prepared, l *leg, available int64) error {
	s := Short{What: ShortClaim, Seller: id.ID(l.key.counterparty), BillTo: id.ID(l.key.org), Available: available, Asked: -l.amt}
	switch l.key.book {
	case bookPoints:
		s.What = ShortPoints
	case bookGoods:
		s = Short{What: ShortPosition, Product: id.ID(l.product), Available: available, Asked: -l.amt,
			Position: Position{Lot: id.ID(l.key.unit), Product: id.ID(l.product), Owner: id.ID(l.key.owner), Place: id.ID(l.key.place),
				Bearer: id.ID(l.key.bearer), Seller: id.ID(l.key.selr)}}
	}
	return q.refuse(s)
}

func (q *prepared) refuse(s Short) error {
	if q.refusal != nil {
		if err := q.refusal(s); err != nil {
			return err
		}
	}
	code := map[What]string{ShortStock: "ledger.short_stock", ShortCredit: "ledger.short_credit",
		ShortPosition: "ledger.short_position", ShortClaim: "ledger.short_claim", ShortPoints: "ledger.short_points", ShortCover: "ledger.short_credit"}[s.What]
	return errs.New(errs.Conflict, code, "available", strconv.FormatInt(s.Available, 10), "asked", strconv.FormatInt(s.Asked, 10))
}

// lowestAfter is the lowest balance of an account by effective time, from the instant on: a back-dated taking must fit under it.
func (t *batch) lowestAfter(a *acct, at int64) (int64, error) {
	var later []effective
	remembered := a.recent
	if at < a.since { // before what the lane remembers
		var err error
		if later, err = t.b.laterEntries(t.ctx, a.id, at); err != nil {
			return 0, err
		}
		remembered = a.recent[a.committed:]
	}
	for _, p := range remembered {
		if p.at > at {
			later = append(later, p)
		}
	}
	sortEffective(later)
	bal := a.posted
	for _, e := range later {
		bal -= e.amt
	}
	low := bal
	for _, e := range later {
		bal += e.amt
		low = min(low, bal)
	}
	return low, nil
}

func add(a, b int64) (int64, bool) {
	c := a + b
	return c, (b > 0 && c < a) || (b < 0 && c > a) || c > math.MaxInt64/4 || c < math.MinInt64/4
}

// accept chains the journal and writes it into the batch.
func (t *batch) accept(q *prepared, entries []entry) {
	t.seq++
	var serialNo int64
	if q.serial != nil {
		s, _ := t.b.cache.serials.find(serialKey{int64(q.serial.org), q.serial.series, int64(q.serial.year)})
		serialNo = s.last
		q.fill(serialNo)
	}
	opened := t.openedRows(q, entries)
	if !q.plain || len(opened) > 0 {
		q.rows = append(opened, q.base...)
		q.seal()
		q.plain = !q.late && len(opened) == 0
	}
	t.recorded = max(t.recorded+1, int64(t.b.clock.Now()))
	h := chainHash(t.hash, t.seq, t.recorded, q.body[:])
	t.hash = h[:]
	t.out.journal(q, t.seq, t.recorded, h[:])
	for i, e := range entries {
		t.out.entry(e, t.seq, i, int64(q.effective))
	}
	for i := range q.rows {
		if !q.rows[i].old {
			t.out.row(&q.rows[i], t.seq)
		}
	}
	if len(q.vouched) > 0 {
		t.out.vouch(q.rows, t.seq)
	}
	for _, c := range q.changes {
		t.out.change(c)
		if c.t.Header {
			t.docs[c.key[0]] = true
		}
	}
	t.events[q.event] = q
	if q.client != "" {
		t.clients[clientKey{q.by.Org, q.client}] = q
	}
	t.accepted = append(t.accepted, q)
	t.receipts = append(t.receipts, Receipt{Seq: t.seq, Hash: h, Recorded: clockInstant(t.recorded), Doc: q.doc, Serial: serialNo})
}

// openedRows are the accounts that this journal opens: filed rows like any other, so that a changed one is named.
func (t *batch) openedRows(q *prepared, entries []entry) []encodedRow {
	var out []encodedRow
	for i, e := range entries {
		if !e.opens {
			continue
		}
		l := q.legs[i]
		v := make([]any, 0, 12)
		v = append(v, e.a.id)
		for _, x := range l.key.ints(l.product) {
			v = append(v, x)
		}
		r := encodedRow{row: Row{accountT, v}}
		r.text = r.row.appendSQL(nil)
		r.sum, _ = accountT.sumOf(v, nil)
		out = append(out, r)
	}
	return out
}
