package ledger

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"saluran/internal/money"
)

// creditWalk is what debtors use and hold of their credit while the journals go by: the same sums that the lane decides by, made
// anew from entries and from what documents held at that moment.
type creditWalk struct {
	rows    map[exposureKey]*exposureRow
	holders map[int64]exposureKey // documents whose held credit changes, and whose it is
}

func newCreditWalk() creditWalk {
	return creditWalk{rows: map[exposureKey]*exposureRow{}, holders: map[int64]exposureKey{}}
}

// limits holds a journal against the limits of its moment. It needs to know where documents hold credit.
func (v *verifier) limits(j *journalRow, where string) {
	if v.cfg.Holds == nil || v.cfg.Holds.CreditIn == nil {
		return
	}
	in := v.cfg.Holds.CreditIn
	before := map[exposureKey]int64{}
	row := func(k exposureKey) *exposureRow {
		x := v.credit.rows[k]
		if x == nil {
			x = &exposureRow{}
			v.credit.rows[k] = x
		}
		if _, ok := before[k]; !ok {
			before[k] = x.used + x.held
		}
		return x
	}
	for _, e := range j.legs {
		if e.key.book != bookMoney || e.key.side < 0 {
			continue
		}
		switch Purpose(e.key.purpose) {
		case Trade:
			row(exposureKey{e.key.org, e.key.counterparty, e.key.unit}).used += e.amt
		case Deposit:
			row(exposureKey{e.key.counterparty, e.key.org, e.key.unit}).used -= e.amt
		}
	}
	for _, p := range j.papers {
		switch p.t {
		case creditLimitT:
			row(exposureKey{intAt(p, 1), intAt(p, 2), intAt(p, 3)}).limit = intAt(p, 4)
		case in.Table:
			code, _ := p.v[p.t.index(in.Cur)].(string)
			k := exposureKey{intAt(p, p.t.index(in.Seller)), intAt(p, p.t.index(in.BillTo)), money.Currencies[code].ID}
			if h := v.history[rowKey(p.t.Name, []int64{intAt(p, 0)})]; h != nil && slices.Contains(h.col, in.Held) { // a later journal changes it
				v.credit.holders[intAt(p, 0)] = k
			}
			if held := intAt(p, p.t.index(in.Held)); held != 0 {
				row(k).held += held
			}
		case auditT:
			v.heldChanges(p, in, row)
		}
	}
	if slices.Contains(in.PastLimit, j.kind) {
		return
	}
	for k, was := range before {
		x := v.credit.rows[k]
		now := x.used + x.held
		v.check(invLimit, now <= was || now <= x.limit, where, "%d uses and holds %d of the limit of %d that %d gave it (currency %d)", k.billTo, now, x.limit, k.seller, k.currency)
	}
}

// heldChanges follows what a journal changed of the credit that documents hold.
func (v *verifier) heldChanges(p paperRow, in *CreditColumn, row func(exposureKey) *exposureRow) {
	text, _ := p.v[p.t.index("changes")].(string)
	if !strings.HasPrefix(text, "[") || !strings.Contains(text, in.Held) {
		return
	}
	var saved []savedChange
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if dec.Decode(&saved) != nil {
		return // readChanges has named it
	}
	for _, s := range saved {
		if s.Table != in.Table.Name || len(s.Key) != 1 {
			continue
		}
		for _, c := range s.Sets {
			if c[0] != in.Held {
				continue
			}
			was, _ := plainValue(c[1]).(int64)
			is, _ := plainValue(c[2]).(int64)
			k, ok := v.credit.holders[s.Key[0]]
			if !ok {
				v.check(invLimit, was == 0 && is == 0, fmt.Sprintf("%s %d", s.Table, s.Key[0]), "held credit changes from %d to %d before it was filed", was, is)
				continue
			}
			row(k).held += is - was
		}
	}
}

func intAt(p paperRow, i int) int64 {
	n, _ := p.v[i].(int64)
	return n
}
