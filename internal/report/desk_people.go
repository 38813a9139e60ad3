package report

import (
	"time"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Earned is an agent's commission.
type Earned struct {
	Amount, Before money.Minor // of the span, and of the one before
	Base           money.Minor // before tax, of what it was earned on in the span
	Due            money.Minor // what the principals owe now; below zero what the agent owes back
	Bars           []money.Minor
}

// earned adds commission up by the day on which it was earned, in the agent's zone, as the list of commission does.
func (d *desk) earned() (*Earned, error) {
	e := &Earned{Bars: make([]money.Minor, len(d.span.Buckets))}
	from, to := d.midnight(d.span.BeforeFrom), d.midnight(d.span.To.AddDays(1))
	var rows []struct {
		Day          int64
		Base, Amount money.Minor
	}
	first, err := d.seqSince(from) // what was earned then was recorded then or later
	if err != nil {
		return nil, err
	}
	// a day of the world has no name in SQL that both engines share: microseconds since the first midnight, cut to quarters of an hour
	const quarter = int64(15 * time.Minute / time.Microsecond)
	err = d.read(&rows, `SELECT MIN(j.effective_us) AS day, SUM(c.base) AS base, SUM(c.amount) AS amount FROM commission c JOIN journal j ON j.seq = c.seq
 WHERE c.agent = ? AND c.currency = ? AND c.seq >= ? AND j.effective_us >= ? AND j.effective_us < ? GROUP BY j.effective_us - j.effective_us % ?`,
		d.org, d.cur.Code, first, from, to, quarter)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		day := clock.Instant(r.Day).In(d.zone)
		if n := d.span.bucket(day); n >= 0 {
			e.Bars[n] += r.Amount
			e.Amount += r.Amount
			e.Base += r.Base
		}
		if day <= d.span.Before {
			e.Before += r.Amount
		}
	}
	var due []struct{ Amount money.Minor }
	err = d.read(&due, "SELECT COALESCE(SUM(b.posted), 0) AS amount FROM account a JOIN balance b ON b.acct = a.acct WHERE a.org = ? AND a.book = 2 AND a.purpose = ? AND a.unit = ?",
		d.org, int16(ledger.Commission), d.cur.ID)
	if err == nil {
		e.Due = due[0].Amount
	}
	return e, err
}

// seqSince is the number of the first journal that was recorded at a moment or later.
func (d *desk) seqSince(at clock.Instant) (seq int64, err error) {
	err = d.s.DB.R(d.ctx).Raw("SELECT COALESCE(MIN(seq), 0) FROM journal WHERE recorded_us >= ?", at).Scan(&seq).Error
	return seq, err
}

func (d *desk) midnight(on clock.Date) clock.Instant {
	t := on.Time()
	return clock.At(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, clock.Zone(d.zone)))
}

// SilentDays is after how many days without an order a buyer is named.
const (
	SilentDays = 14
	mostSilent = 6
)

// Silence is who has not ordered for a while, of those that one serves.
type Silence struct {
	Buyers, Silent int64
	Longest        []Silent `gorm:"-"`
}

// Silent is a buyer that has not ordered since Last; "" where it never has.
type Silent struct {
	Buyer  id.ID
	Name   string
	City   string
	Seller id.ID
	Last   clock.Date
}

// mostServed is among how many links the longest silent are looked for: with more, it is those that were served longest.
const mostServed = 2000

// silence looks at the links that the organisation serves: as its agent, or its seller. How many are silent is counted from those that
// are not: whoever ordered of late. However many partners there are, the names are looked for among a bounded number of them, each
// by the index of its buyer: that of the seller would go through all it ever sold.
func (d *desk) silence(mine string) (*Silence, error) {
	since := d.today.AddDays(-SilentDays)
	serves := "l." + mine + " = ? AND l.active = ? AND l.seller_waits = ? AND l.buyer_waits = ?"
	var n []struct{ Served, Heard int64 }
	err := d.read(&n, "SELECT (SELECT COUNT(*) FROM link l WHERE "+serves+") AS served, (SELECT COUNT(*) FROM (SELECT DISTINCT o.buyer FROM orders o WHERE o."+mine+
		" = ? AND o.ordered_on >= ?) x JOIN link l ON l.buyer = x.buyer WHERE "+serves+") AS heard", d.org, true, false, false, d.org, since, d.org, true, false, false)
	if err != nil {
		return nil, err
	}
	out := &Silence{Buyers: n[0].Served, Silent: n[0].Served - n[0].Heard}
	err = d.read(&out.Longest, `SELECT x.buyer, x.seller, x.last, b.name, b.city FROM (SELECT l.buyer, l.seller, COALESCE((SELECT o.ordered_on FROM orders o WHERE o.buyer = l.buyer AND o.`+mine+` + 0 = ? ORDER BY o.id DESC LIMIT 1), '') AS last
 FROM (SELECT l.buyer, l.seller FROM link l WHERE `+serves+` ORDER BY l.buyer LIMIT ?) l) x JOIN org b ON b.id = x.buyer WHERE x.last < ? ORDER BY x.last, x.buyer LIMIT ?`,
		d.org, d.org, true, false, false, mostServed, since, mostSilent)
	return out, err
}

// Often is a product that a buyer orders again and again, with the link by which it did so last.
type Often struct {
	Product id.ID
	SKU     string `gorm:"column:sku"`
	Name    string
	Orders  int64
	Last    clock.Date
	Seller  id.ID
	Unit    string  // as it was ordered last
	UnitQty qty.Qty // how many of them
}

const (
	oftenOrders = 60 // the last orders, of which the usual goods are told
	mostOften   = 6
)

// often are the usual goods of a buyer: those of most of its last orders.
func (d *desk) often() (out []Often, err error) {
	var rows []struct {
		Often
		OrderID id.ID
	}
	err = d.read(&rows, `SELECT x.product, p.sku, p.name, x.orders, x.order_id, o.seller, o.ordered_on AS last, l.unit, l.unit_qty FROM (
 SELECT l.product, COUNT(DISTINCT l.order_id) AS orders, MAX(l.order_id) AS order_id FROM (SELECT id FROM orders WHERE buyer = ? AND kind = 'sale' AND status NOT IN ('rejected','cancelled') ORDER BY id DESC LIMIT ?) q
 JOIN order_line l ON l.order_id = q.id WHERE l.dir = 1 GROUP BY l.product ORDER BY 2 DESC, 3 DESC, 1 LIMIT ?) x
 JOIN orders o ON o.id = x.order_id JOIN order_line l ON l.order_id = x.order_id AND l.product = x.product JOIN product p ON p.id = x.product
 WHERE o.buyer = ? AND l.dir = 1 ORDER BY x.orders DESC, x.order_id DESC, x.product, l.line`, d.org, oftenOrders, mostOften, d.org)
	seen := map[id.ID]bool{}
	for _, r := range rows {
		if !seen[r.Product] { // a product may stand on two lines of an order
			out = append(out, r.Often)
		}
		seen[r.Product] = true
	}
	return out, err
}
