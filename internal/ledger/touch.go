package ledger

import (
	"cmp"
	"slices"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// What a batch touches is listed once, with an undo for the post at hand.

func clockInstant(us int64) clock.Instant { return clock.Instant(us) }

func sortEffective(e []effective) {
	slices.SortStableFunc(e, func(x, y effective) int { return cmp.Compare(x.at, y.at) })
}

// open makes an account that does not exist yet; its row is filed by the journal that needs it.
func (t *batch) open(l *leg) *acct {
	a := &acct{id: int64(t.b.ids.Next()), opened: true}
	t.b.cache.accts.put(l.key, a)
	key := l.key
	t.undo = append(t.undo, func() { delete(t.b.cache.accts.young, key) })
	return a
}

// seen tells whether a journal of this batch has already opened the account.
func (t *batch) seen(a *acct) bool { _, ok := t.keys[a]; return ok }

func (t *batch) touchAcct(a *acct, l *leg) {
	before := *a
	n := len(a.recent)
	t.undo = append(t.undo, func() {
		recent := a.recent[:n]
		*a = before
		a.recent = recent
	})
	if !a.touched {
		a.touched = true
		t.accts = append(t.accts, a)
		t.keys[a] = l.key
		t.undo = append(t.undo, func() {
			t.accts = t.accts[:len(t.accts)-1]
			delete(t.keys, a)
		})
	}
}

func (t *batch) stock(k stockKey, touched map[stockKey]bool) *stockRow {
	s, _ := t.b.cache.stocks.find(k)
	if touched[k] {
		return s
	}
	touched[k] = true
	before := *s
	t.undo = append(t.undo, func() { *s = before })
	if !s.touched {
		s.touched = true
		t.stocks = append(t.stocks, k)
		t.undo = append(t.undo, func() { t.stocks = t.stocks[:len(t.stocks)-1] })
	}
	return s
}

func (t *batch) exposure(k exposureKey, touched map[exposureKey]int64) *exposureRow {
	x, _ := t.b.cache.exposures.find(k)
	if _, ok := touched[k]; ok {
		return x
	}
	touched[k] = x.used + x.held
	before := *x
	t.undo = append(t.undo, func() { *x = before })
	if !x.touched {
		x.touched = true
		t.exposures = append(t.exposures, k)
		t.undo = append(t.undo, func() { t.exposures = t.exposures[:len(t.exposures)-1] })
	}
	return x
}

func (t *batch) touchSerial(k serialKey, s *serialRow) {
	before := *s
	t.undo = append(t.undo, func() { *s = before })
	if !s.touched {
		s.touched = true
		t.serials = append(t.serials, k)
		t.undo = append(t.undo, func() { t.serials = t.serials[:len(t.serials)-1] })
	}
}

func position(l leg) Position {
	return Position{Lot: id.ID(l.key.unit), Product: id.ID(l.product), Owner: id.ID(l.key.owner), Place: id.ID(l.key.place),
		Bearer: id.ID(l.key.bearer), Seller: id.ID(l.key.selr)}
}

func qtyOf(n int64) qty.Qty       { return qty.Qty(n) }
func minorOf(n int64) money.Minor { return money.Minor(n) }
