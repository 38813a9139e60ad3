package report

import (
	"cmp"
	"slices"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// How far back the pace of goods is measured, at most, and over how many of the last invoices: so that a first page reads as much
// where a thousand orders stand behind it as where a hundred thousand do.
const (
	paceDays     = 90
	paceInvoices = 2000
	paceGoods    = 200
)

// Pace is how fast goods go, or come: in Days days, up to today.
type Pace struct {
	Days  int
	Goods []Moved // the most valuable first, at most paceGoods of them
}

// Moved is what went, or came, of one product.
type Moved struct {
	Product   id.ID
	SKU       string `gorm:"column:sku"`
	Name      string
	Unit      string
	Qty       qty.Qty
	Net       money.Minor
	Invoices  int64
	FirstDay  clock.Date
	LatestDay clock.Date
}

// pace measures the last invoices of one direction; some are the products that matter, nil for all.
func (d *desk) pace(mine string, some []id.ID) (*Pace, error) {
	p := &Pace{Days: 1}
	only, args := "", []any{d.org, d.today.AddDays(1 - paceDays), d.today, d.cur.Code, paceInvoices}
	if some != nil {
		only, args = " WHERE l.product IN ?", append(args, some)
	}
	args = append(args, paceGoods)
	err := d.read(&p.Goods, `SELECT x.product, p.sku, p.name, p.base_unit AS unit, x.qty, x.net, x.invoices, x.first_day, x.latest_day FROM (
 SELECT l.product, SUM(l.qty) AS qty, SUM(l.net) AS net, COUNT(DISTINCT i.id) AS invoices, MIN(i.issued_on) AS first_day, MAX(i.issued_on) AS latest_day FROM (
 SELECT id, issued_on FROM invoice WHERE `+mine+` = ? AND issued_on >= ? AND issued_on <= ? AND currency = ? ORDER BY issued_on DESC, id DESC LIMIT ?) i
 JOIN invoice_line l ON l.invoice_id = i.id`+only+` GROUP BY l.product ORDER BY 3 DESC, 1 LIMIT ?) x JOIN product p ON p.id = x.product WHERE p.kind = 'goods'
 ORDER BY x.net DESC, x.product`, args...)
	for _, g := range p.Goods {
		p.Days = max(p.Days, d.today.Days(g.FirstDay)+1)
	}
	return p, err
}

func (p *Pace) ids() []id.ID {
	out := make([]id.ID, len(p.Goods))
	for i, g := range p.Goods {
		out[i] = g.Product
	}
	return out
}

// Cover is how long stock lasts at the pace of the last weeks.
type Cover struct {
	Days    int64 // of all goods that go, weighed by what they bring; -1 where nothing goes
	Pace    int   // days over which the pace was measured
	Goods   int64
	Low     int64   // goods that last less than LowDays
	Out     int64   // goods of which there is nothing left
	Reorder []Short // the most urgent first
	Away    []Away  // own goods that stand with others
}

// LowDays is when goods are low, CoverDays how long an order should last.
const (
	LowDays     = 7
	CoverDays   = 21
	mostReorder = 6
)

// Short is a product of which more should be ordered: at the pace it lasts Days, Coming is on its way or ordered.
type Short struct {
	Product id.ID
	SKU     string
	Name    string
	Unit    string
	Free    qty.Qty
	Coming  qty.Qty
	Days    int64
	Suggest qty.Qty // in whole base units
}

// Away is goods of the organisation that stand with somebody else.
type Away struct {
	Product id.ID
	SKU     string `gorm:"column:sku"`
	Name    string
	Unit    string
	Qty     qty.Qty
	Holders int64
}

// cover holds what may be sold against the pace at which it goes; where buys, with what should be ordered.
func (d *desk) cover(p *Pace, buys bool) (*Cover, error) {
	c := &Cover{Days: -1, Pace: p.Days}
	if len(p.Goods) == 0 {
		return c, nil
	}
	free, err := d.amounts("SELECT product, sellable - held AS qty FROM stock WHERE seller = ? AND product IN ?", d.org, p.ids())
	if err != nil {
		return nil, err
	}
	coming := map[id.ID]qty.Qty{}
	if buys {
		if coming, err = d.amounts(`SELECT l.product, SUM(l.qty - l.delivered - l.cancelled) AS qty FROM orders o JOIN order_line l ON l.order_id = o.id
 WHERE o.buyer = ? AND o.status IN ('placed','credit_hold','confirmed','part_dispatched','dispatched') AND o.kind = 'sale' AND l.dir = 1 AND l.product IN ? GROUP BY l.product`, d.org, p.ids()); err != nil {
			return nil, err
		}
	}
	c.weigh(p, free, coming)
	return c, nil
}

// weigh works it out: exactly, in whole numbers.
func (c *Cover) weigh(p *Pace, free, coming map[id.ID]qty.Qty) {
	plain := money.Currency{Round: 1}
	var worth, went money.Minor // what stands, and what went, at the price at which it went
	for _, g := range p.Goods {
		if g.Qty <= 0 || g.Net <= 0 {
			continue
		}
		c.Goods++
		stands := max(0, free[g.Product])
		v, _ := plain.Share(g.Net, int64(stands), int64(g.Qty))
		worth, went = worth+v, went+g.Net
		lasts, _ := plain.Share(money.Minor(stands), int64(p.Days), int64(g.Qty))
		switch {
		case stands == 0:
			c.Out++
		case int64(lasts) < LowDays:
			c.Low++
		}
		need, _ := plain.Share(money.Minor(g.Qty), CoverDays, int64(p.Days))
		more := qty.Qty(need) - stands - coming[g.Product]
		if more = (more + qty.Scale - 1) / qty.Scale * qty.Scale; int64(lasts) < LowDays && more > 0 {
			c.Reorder = append(c.Reorder, Short{g.Product, g.SKU, g.Name, g.Unit, stands, coming[g.Product], int64(lasts), more})
		}
	}
	if went > 0 {
		n, _ := plain.Share(worth, int64(p.Days), int64(went))
		c.Days = int64(n)
	}
	slices.SortStableFunc(c.Reorder, func(a, b Short) int { return cmp.Compare(a.Days, b.Days) })
	c.Reorder = c.Reorder[:min(len(c.Reorder), mostReorder)]
}

// away is what the organisation owns of the goods that go and others hold: on consignment, or before title has passed.
func (d *desk) away(p *Pace) (out []Away, err error) {
	if len(p.Goods) == 0 {
		return nil, nil
	}
	err = d.read(&out, `SELECT a.product, p.sku, p.name, p.base_unit AS unit, SUM(b.posted) AS qty, COUNT(DISTINCT w.org) AS holders FROM account a JOIN balance b ON b.acct = a.acct
 JOIN place w ON w.id = a.place JOIN product p ON p.id = a.product WHERE a.owner = ? AND a.product IN ? AND a.book = 1 AND a.place > 0 AND w.org <> ? AND b.posted > 0
 GROUP BY a.product, p.sku, p.name, p.base_unit ORDER BY 5 DESC, 1 LIMIT 5`, d.org, p.ids(), d.org)
	return out, err
}

func (d *desk) amounts(query string, args ...any) (map[id.ID]qty.Qty, error) {
	var rows []struct {
		Product id.ID
		Qty     qty.Qty
	}
	if err := d.read(&rows, query, args...); err != nil {
		return nil, err
	}
	out := make(map[id.ID]qty.Qty, len(rows))
	for _, r := range rows {
		out[r.Product] = r.Qty
	}
	return out, nil
}

// Margin is what was earned over the price of purchase, on goods whose purchases are in the books of the same weeks.
type Margin struct {
	Net, Cost money.Minor
	Share     int64 // of Net, in hundredths of a percent
	Days      int
	Unknown   int64 // goods that went and were not bought in these weeks: left out
	Goods     []Earning
}

// Earning is the margin of one product.
type Earning struct {
	Product     id.ID
	SKU, Name   string
	Unit        string
	Qty         qty.Qty
	Net, Margin money.Minor
	Share       int64
	Known       bool
}

const mostEarnings = 6

// margin holds what goods brought against what the same goods cost, on average, where they were bought in the same weeks.
func (d *desk) margin(sold *Pace) (*Margin, error) {
	m := &Margin{Days: sold.Days}
	if len(sold.Goods) == 0 {
		return m, nil
	}
	bought, err := d.pace("buyer", sold.ids())
	if err != nil {
		return nil, err
	}
	m.weigh(d.cur, sold, bought)
	return m, nil
}

func (m *Margin) weigh(cur money.Currency, sold, bought *Pace) {
	cost := map[id.ID]Moved{}
	for _, g := range bought.Goods {
		cost[g.Product] = g
	}
	for _, g := range sold.Goods {
		c, ok := cost[g.Product]
		if !ok || c.Qty <= 0 || g.Qty <= 0 {
			m.Unknown++
			continue
		}
		paid, _ := cur.Share(c.Net, int64(g.Qty), int64(c.Qty))
		m.Net, m.Cost = m.Net+g.Net, m.Cost+paid
		m.Goods = append(m.Goods, Earning{g.Product, g.SKU, g.Name, g.Unit, g.Qty, g.Net, g.Net - paid, share(g.Net-paid, g.Net), true})
	}
	m.Share = share(m.Net-m.Cost, m.Net)
	m.Goods = m.Goods[:min(len(m.Goods), mostEarnings)]
}

// Expiring is a lot of which the organisation owns or holds something, and whose last day is near.
type Expiring struct {
	Lot       id.ID
	Code      string
	SKU       string `gorm:"column:sku"`
	Name      string
	Unit      string
	ExpiresOn clock.Date
	Qty       qty.Qty
}

// Near the end: lots that expire within ExpireDays.
const (
	ExpireDays  = 60
	mostExpires = 5
)

// Expiry is what expires soon.
type Expiry struct {
	Lots int64
	Near []Expiring `gorm:"-"`
}

// manyStands is from how many stands of goods on an organisation's lots that expire are looked for first, and then whether it has any
// of them; with fewer, its goods are gone through.
const manyStands = 5000

func (d *desk) expiry() (*Expiry, error) {
	join := " JOIN "
	if d.stands >= manyStands {
		join = d.s.DB.InOrder()
	}
	near := " FROM lot t" + join + `account a ON a.unit = t.id JOIN balance b ON b.acct = a.acct
 WHERE t.expires_on >= ? AND t.expires_on <= ? AND a.owner = ? AND a.book = 1 AND a.place > 0 AND b.posted > 0 AND t.status <> 'expired'`
	to := d.today.AddDays(ExpireDays)
	var n []Expiry
	err := d.read(&n, "SELECT COUNT(DISTINCT t.id) AS lots"+near, d.today, to, d.org)
	if err != nil {
		return nil, err
	}
	err = d.read(&n[0].Near, `SELECT x.lot, t.code, p.sku, p.name, p.base_unit AS unit, t.expires_on, x.qty FROM (SELECT t.id AS lot, SUM(b.posted) AS qty`+near+
		" GROUP BY t.id) x JOIN lot t ON t.id = x.lot JOIN product p ON p.id = t.product ORDER BY t.expires_on, x.lot LIMIT ?", d.today, to, d.org, mostExpires)
	return &n[0], err
}

// Fill is how many lines of the orders of the span came whole, of those that have come; Short how many lines did not.
type Fill struct {
	Lines int64 `gorm:"column:line_count"`
	Whole int64
	Share int64
}

// mostFilled is how many of the last orders are looked at.
const mostFilled = 2000

func (d *desk) fill(mine string) (*Fill, error) {
	var f []Fill
	err := d.read(&f, `SELECT COUNT(*) AS line_count, COALESCE(SUM(CASE WHEN l.delivered >= l.qty THEN 1 ELSE 0 END), 0) AS whole FROM (
 SELECT q.id FROM (SELECT id, status, kind, link, ordered_on FROM orders WHERE `+mine+` = ? ORDER BY id DESC LIMIT ?) q
 WHERE q.status IN ('delivered','invoiced','paid','closed') AND q.kind = 'sale' AND q.link <> 0 AND q.ordered_on >= ? AND q.ordered_on <= ?) o
 JOIN order_line l ON l.order_id = o.id WHERE l.dir = 1`, d.org, mostFilled, d.span.From, d.span.To)
	if err != nil {
		return nil, err
	}
	f[0].Share = share(money.Minor(f[0].Whole), money.Minor(f[0].Lines))
	return &f[0], nil
}
