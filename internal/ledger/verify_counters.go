package ledger

import (
	"database/sql"
	"fmt"

	"saluran/internal/money"
)

// balances: each account's cached balance is its last entry's, and each claim has its mirror.
func (v *verifier) balances() error {
	seen := map[int64]bool{}
	err := v.query("SELECT acct, posted, last_seq, last_effective_us FROM balance", func(r *sql.Rows) error {
		var a, posted, seq, eff int64
		if err := r.Scan(&a, &posted, &seq, &eff); err != nil {
			return err
		}
		seen[a] = true
		s := v.state[a]
		where := fmt.Sprintf("balance of account %d", a)
		if v.check(invRunning, s != nil, where, "has no entries") {
			v.check(invRunning, posted == s.bal && seq == s.seq && eff == s.maxEff, where,
				"says %d at journal %d; the entries say %d at journal %d", posted, seq, s.bal, s.seq)
		}
		return nil
	})
	if err != nil {
		return err
	}
	mirror := map[acctKey]int64{}
	inside, outside, issued := map[int64]int64{}, map[int64]int64{}, map[int64]int64{}
	for a, s := range v.state {
		v.check(invRunning, seen[a], fmt.Sprintf("balance of account %d", a), "is missing")
		switch {
		case s.key.book == bookMoney:
			k := s.key
			if k.side < 0 {
				k.org, k.counterparty, k.side = k.counterparty, k.org, 1
			}
			mirror[k] += s.bal
		case s.key.book == bookPoints:
			issued[s.key.unit] += s.bal
		case s.key.place > 0:
			inside[s.key.unit] += s.bal
		default:
			outside[s.key.unit] += s.bal
		}
	}
	for k, sum := range mirror {
		v.check(invMirror, sum == 0, fmt.Sprintf("claim of %d on %d (currency %d, purpose %d)", k.org, k.counterparty, k.unit, k.purpose), "is off by %d", sum)
	}
	for programme, sum := range issued {
		v.check(invPoints, sum == 0, fmt.Sprintf("programme %d", programme), "sums to %d: what holders have is not what was issued", sum)
	}
	for lot, n := range inside {
		v.check(invThree, n == -outside[lot], fmt.Sprintf("lot %d", lot), "%d stand inside, %d came from outside", n, -outside[lot])
	}
	return nil
}

// counters: stock and exposure rows follow from positions, claims, limits and documents.
func (v *verifier) counters() error {
	stock := map[stockKey]*stockRow{}
	exposure := map[exposureKey]*exposureRow{}
	st := func(k stockKey) *stockRow {
		if stock[k] == nil {
			stock[k] = &stockRow{}
		}
		return stock[k]
	}
	ex := func(k exposureKey) *exposureRow {
		if exposure[k] == nil {
			exposure[k] = &exposureRow{}
		}
		return exposure[k]
	}
	for _, s := range v.state {
		switch {
		case s.key.book == bookGoods && s.key.selr != 0:
			st(stockKey{s.key.selr, s.product}).sellable += s.bal
		case s.key.book == bookMoney && s.key.side > 0 && Purpose(s.key.purpose) == Trade:
			ex(exposureKey{s.key.org, s.key.counterparty, s.key.unit}).used += s.bal
		case s.key.book == bookMoney && s.key.side > 0 && Purpose(s.key.purpose) == Deposit:
			ex(exposureKey{s.key.counterparty, s.key.org, s.key.unit}).used -= s.bal
		}
	}
	if err := v.heldByDocuments(st, ex); err != nil {
		return err
	}
	err := v.query("SELECT seller, bill_to, currency, limit_amt FROM credit_limit ORDER BY seq, id", func(r *sql.Rows) error {
		var k exposureKey
		var l int64
		err := r.Scan(&k.seller, &k.billTo, &k.currency, &l)
		ex(k).limit = l
		return err
	})
	if err != nil {
		return err
	}
	if err := v.compareStock(stock); err != nil {
		return err
	}
	return v.compareExposure(exposure)
}

func (v *verifier) heldByDocuments(st func(stockKey) *stockRow, ex func(exposureKey) *exposureRow) error {
	h := v.cfg.Holds
	if h == nil {
		h = &HoldSource{}
	}
	if h.Stock != "" {
		err := v.query(h.Stock, func(r *sql.Rows) error {
			var k stockKey
			var n int64
			err := r.Scan(&k.seller, &k.product, &n)
			if n != 0 {
				st(k).held = n
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if h.Credit == "" {
		return nil
	}
	return v.query(h.Credit, func(r *sql.Rows) error {
		var k exposureKey
		var code string
		var n int64
		err := r.Scan(&k.seller, &k.billTo, &code, &n)
		k.currency = money.Currencies[code].ID
		if n != 0 {
			ex(k).held = n
		}
		return err
	})
}

func (v *verifier) compareStock(want map[stockKey]*stockRow) error {
	err := v.query("SELECT seller, product, sellable, held FROM stock", func(r *sql.Rows) error {
		var k stockKey
		var s stockRow
		if err := r.Scan(&k.seller, &k.product, &s.sellable, &s.held); err != nil {
			return err
		}
		w := want[k]
		where := fmt.Sprintf("stock of seller %d, product %d", k.seller, k.product)
		v.check(invHolds, w != nil, where, "nothing made this row")
		if w == nil {
			w = &stockRow{}
		}
		v.check(invHolds, s.sellable == w.sellable, where, "says %d sellable, the positions say %d", s.sellable, w.sellable)
		v.check(invHolds, s.held == w.held, where, "says %d held, the documents say %d", s.held, w.held)
		v.check(invHolds, s.held >= 0 && s.held <= s.sellable, where, "%d held of %d", s.held, s.sellable)
		delete(want, k)
		return nil
	})
	for k := range want {
		v.check(invHolds, false, fmt.Sprintf("stock of seller %d, product %d", k.seller, k.product), "has no row")
	}
	return err
}

func (v *verifier) compareExposure(want map[exposureKey]*exposureRow) error {
	err := v.query("SELECT seller, bill_to, currency, used, held, limit_amt FROM exposure", func(r *sql.Rows) error {
		var k exposureKey
		var x exposureRow
		if err := r.Scan(&k.seller, &k.billTo, &k.currency, &x.used, &x.held, &x.limit); err != nil {
			return err
		}
		w := want[k]
		where := fmt.Sprintf("exposure of %d to %d (currency %d)", k.seller, k.billTo, k.currency)
		v.check(invCredit, w != nil, where, "nothing made this row")
		if w == nil {
			w = &exposureRow{}
		}
		v.check(invCredit, x.used == w.used, where, "says %d used, the books say %d", x.used, w.used)
		v.check(invCredit, x.held == w.held && x.held >= 0, where, "says %d held, the documents say %d", x.held, w.held)
		v.check(invCredit, x.limit == w.limit, where, "says limit %d, the journals say %d", x.limit, w.limit)
		delete(want, k)
		return nil
	})
	for k := range want {
		v.check(invCredit, false, fmt.Sprintf("exposure of %d to %d (currency %d)", k.seller, k.billTo, k.currency), "has no row")
	}
	return err
}

// serials: in each series as many numbers are issued as the last one says.
func (v *verifier) serials() error {
	type issued struct{ n, last int64 }
	want := map[serialKey]issued{}
	err := v.query("SELECT org, series, year, COUNT(*), MAX(no) FROM number_issued GROUP BY org, series, year", func(r *sql.Rows) error {
		var k serialKey
		var i issued
		err := r.Scan(&k.org, &k.series, &k.year, &i.n, &i.last)
		want[k] = i
		return err
	})
	if err != nil {
		return err
	}
	err = v.query("SELECT org, series, year, last_no FROM serial", func(r *sql.Rows) error {
		var k serialKey
		var last int64
		if err := r.Scan(&k.org, &k.series, &k.year, &last); err != nil {
			return err
		}
		w := want[k]
		v.check(invSerial, w.n == last && w.last == last, fmt.Sprintf("serial %s/%d of %d", k.series, k.year, k.org),
			"says %d; %d are issued, the last is %d", last, w.n, w.last)
		delete(want, k)
		return nil
	})
	for k := range want {
		v.check(invSerial, false, fmt.Sprintf("serial %s/%d of %d", k.series, k.year, k.org), "has no row")
	}
	return err
}

// orphans: the lane writes with foreign keys unchecked, so lines without documents are looked for here.
func (v *verifier) orphans() error {
	for _, t := range tables {
		if t.Parent == "" {
			continue
		}
		err := v.query("SELECT "+t.keyColumns("l.")+" FROM "+t.Name+" l LEFT JOIN "+t.Parent+" p ON p.id = l."+t.Columns[0].Name+" WHERE p.id IS NULL", func(r *sql.Rows) error {
			key, err := t.scanKey(r)
			v.check(invOrphans, false, t.Name+" "+key, "its %s does not exist", t.Parent)
			return err
		})
		if err != nil {
			return err
		}
		v.at(invOrphans).Checked++
	}
	return nil
}
