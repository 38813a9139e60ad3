package report

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/reported"
)

// Desk is what the first page of a person shows: what waits for it, then figures of a span of time, in one currency, of its own
// organisation and as far as its role may see them. What it may not see is nil. A figure that a report has too is the same there.
//
// However much stands behind it, a page is made of a fixed number of questions, each of which reads a bounded part of the books.
type Desk struct {
	Page     string // producer, distributor, wholesaler, agent, shop, finance, warehouse, carrier: which figures it is made of
	Span     Span
	Currency string
	Others   []string // currencies in which there is money, too
	Money    bool     // the reader may see money

	Waits        []Wait
	Sold, Bought *Flow
	Through      *Through
	Owed, Owing  *Ageing
	Late, Due    []Bill // of partners; own, the next ones first
	Limits       *Limits
	Rooms        []Room
	Cash         *Loose
	Calendar     []CashDay
	Cover        *Cover
	Margin       *Margin
	Expiry       *Expiry
	Fill         *Fill
	Earned       *Earned
	Silence      *Silence
	Often        []Often
}

// DeskAsk chooses what a first page shows.
type DeskAsk struct {
	Span     string // of Spans; "" is the first
	Currency string // "" is the organisation's own
}

// desk is a first page in the making.
type desk struct {
	s     *Service
	ctx   context.Context
	a     access.Actor
	org   id.ID
	zone  string
	today clock.Date
	span  Span
	cur   money.Currency
	page  string
	money bool
	out   *Desk
	sold  *Pace // of goods that were sold
	terms Wait  // terms that wait for an answer
	// stands is on how many stands the organisation owns goods, counted as far as manyStands.
	stands int64
	// reported is what is reported of open bills, by side: what was read of it so far.
	reported map[string][]daySaid
	waiting  map[string]*reported.Of // the reports of a side that wait
}

// Desk makes the first page of an actor. Everybody has one: rights decide what is on it, and the operator's is empty.
//
// Errors: Invalid report.currency.
func (s *Service) Desk(ctx context.Context, a access.Actor, ask DeskAsk) (*Desk, error) {
	d := &desk{s: s, ctx: ctx, a: a, org: a.Org, zone: a.Zone, today: s.now().In(a.Zone), page: deskPage(a), reported: map[string][]daySaid{}}
	d.span = SpanOf(ask.Span, d.today)
	d.money = a.Kind != "operator" && d.can(access.Own, "price", "read")
	d.out = &Desk{Page: d.page, Span: d.span, Money: d.money}
	if a.Kind == "operator" {
		return d.out, nil
	}
	if err := d.currency(ask.Currency); err != nil {
		return nil, err
	}
	for _, part := range d.plan() {
		if err := part(); err != nil {
			return nil, fmt.Errorf("first page of %d: %w", a.Org, err)
		}
	}
	return d.out, nil
}

// deskPage is the page of a role in a kind of organisation.
func deskPage(a access.Actor) string {
	switch {
	case a.Role == "finance" && a.Kind != "agent" && a.Kind != "consumer":
		return "finance"
	case a.Role == "warehouse":
		return "warehouse"
	case a.Kind == "retailer" || a.Kind == "consumer":
		return "shop"
	}
	return a.Kind
}

// plan is the parts of a page, in an order in which those come first that others stand on.
func (d *desk) plan() []func() error {
	switch d.page {
	case "finance":
		return []func() error{d.selling, d.buying, d.receivables, d.payables, d.cash, d.waits}
	case "warehouse":
		return []func() error{d.goods, d.expiring, d.filling, d.waits}
	case "producer":
		return []func() error{d.selling, d.largest, d.receivables, d.lateBills, d.goods, d.through, d.expiring, d.filling, d.waits}
	case "distributor":
		return []func() error{d.selling, d.buying, d.suppliers, d.receivables, d.payables, d.lateBills, d.goods, d.expiring, d.filling, d.credit, d.waits}
	case "wholesaler":
		return []func() error{d.selling, d.buying, d.receivables, d.payables, d.lateBills, d.goods, d.earning, d.expiring, d.silent, d.waits}
	case "agent":
		return []func() error{d.commission, d.silent, d.waits}
	case "shop":
		return []func() error{d.buying, d.payables, d.dueBills, d.credit, d.goods, d.usual, d.expiring, d.waits}
	}
	return []func() error{d.waits}
}

func (d *desk) can(rel access.Rel, object, action string) bool {
	return d.s.Gate.Can(d.a, rel, object, action)
}

func (d *desk) agent() bool { return d.a.Kind == "agent" }

// read asks one question.
func (d *desk) read(into any, query string, args ...any) error {
	return d.s.DB.R(d.ctx).Raw(query, args...).Scan(into).Error
}

// currency chooses the currency of the page: the organisation's own, or the one that is asked for.
func (d *desk) currency(asked string) error {
	var own []struct {
		Currency            string
		Stands              int64
		Sells, Buys         int64 // offers of terms that wait for an answer, as the seller and as the buyer
		SellsLink, BuysLink id.ID // the first of their links
	}
	if err := d.read(&own, "SELECT currency, (SELECT COUNT(*) FROM (SELECT acct FROM account WHERE owner = ? LIMIT ?) x) AS stands, "+offers("seller", "sells")+", "+offers("buyer", "buys")+" FROM org WHERE id = ?",
		d.org, manyStands, d.org, d.org, d.org, d.org, d.org); err != nil {
		return err
	}
	if len(own) == 0 {
		return errs.Gone()
	}
	code := own[0].Currency
	d.stands = own[0].Stands
	d.offered(access.Seller, own[0].Sells, own[0].SellsLink)
	d.offered(access.Buyer, own[0].Buys, own[0].BuysLink)
	var err error
	if asked != "" {
		code = asked
	}
	if d.cur, err = money.Lookup(code); err != nil {
		return errs.Wrap(errs.Invalid, "report.currency", err, "currency", code)
	}
	d.out.Currency = d.cur.Code
	if !d.money {
		return nil
	}
	var units []int64
	if err := d.read(&units, bookCurrencies, d.org); err != nil {
		return err
	}
	for _, c := range inBooks(own[0].Currency, units) {
		if c != d.cur.Code {
			d.out.Others = append(d.out.Others, c)
		}
	}
	return nil
}

// bookCurrencies are the currencies in which an organisation has accounts.
const bookCurrencies = "SELECT DISTINCT unit FROM account WHERE org = ? AND book = 2 ORDER BY unit"

// inBooks are the codes of an organisation's own currency and of those in which it has accounts, in the order of the codes.
func inBooks(own string, units []int64) (out []string) {
	all := map[string]bool{own: true}
	for _, u := range units {
		all[money.ByID(u).Code] = true
	}
	for _, c := range money.Codes() {
		if all[c] {
			out = append(out, c)
		}
	}
	return out
}

// Currencies are those in which the books of the acting organisation are, its own among them.
func (s *Service) Currencies(ctx context.Context, a access.Actor) ([]string, error) {
	var own []string
	if err := s.DB.R(ctx).Raw("SELECT currency FROM org WHERE id = ?", a.Org).Scan(&own).Error; err != nil || len(own) == 0 {
		return nil, err
	}
	var units []int64
	if err := s.DB.R(ctx).Raw(bookCurrencies, a.Org).Scan(&units).Error; err != nil {
		return nil, err
	}
	return inBooks(own[0], units), nil
}

// offers counts the offers of terms that wait for one side to answer, and names a link of them.
func offers(side, as string) string {
	from := " FROM agreement g JOIN link k ON k.id = g.link WHERE g." + side + " = ? AND g." + side + "_by = 0 AND g.declined_by = 0 AND k.active = 1)"
	return "(SELECT COUNT(*)" + from + " AS " + as + ", (SELECT COALESCE(MIN(g.link), 0)" + from + " AS " + as + "_link"
}

// offered keeps in mind what offers of terms wait for this person to answer.
func (d *desk) offered(rel access.Rel, n int64, link id.ID) {
	if n > 0 && d.can(rel, "agreement", "confirm") {
		d.terms.N, d.terms.Link = d.terms.N+n, link
	}
}

// sells and buys tell whether the actor may see the money of that side.
func (d *desk) sells() bool { return d.money && d.can(access.Seller, "invoice", "read") }
func (d *desk) buys() bool  { return d.money && d.can(access.Buyer, "invoice", "read") }
