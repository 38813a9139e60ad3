package report

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Measures are what a channel map is drawn by.
var Measures = []string{"sales", "stock", "dues", "overdue"}

// MostDrawn is how many partners a map is drawn of: the latest links, and besides them all with whom there is a figure, up to MostPartners.
// Those that are left out have no figures, so that its sums are those of all; how many they are is said. A map of All is of MostPartners
// whatever they have.
const (
	MostDrawn    = 2000
	MostPartners = 20_000
)

// MostStood is of how many invoices on each side it is worked out what was open at the end of a day that is past: those that are open now,
// and those that were settled since.
const MostStood = 20_000

// SilentMap is how many days without an invoice make a link a silent one.
const SilentMap = 60

// MapAsk asks for a map of a channel.
type MapAsk struct {
	Channel  id.ID
	On       clock.Date // the end of this day; "" or a day to come is today
	Span     string     // of Spans: the sales up to that day
	Currency string     // "" is the organisation's own
	Measure  string     // of Measures; what partners are sorted by, and what shared figures are read
	All      bool       // also those without figures, and what stands where however much it is
}

// Goods is a quantity of goods in one base unit.
type Goods struct {
	Unit string
	Qty  qty.Qty
}

// MapTerms are the terms between two members on the day.
type MapTerms struct {
	Edition         int64
	NetDays         int64
	Prepay          bool
	Limit           money.Minor // NoLimit or more: none
	Currency        string
	TitleOn, RiskOn string
	From, Until     clock.Date
}

// MapNode is a member of the channel that the reader may see. Figures are those between it and the reader: nobody's with a third one.
type MapNode struct {
	Org        id.ID
	Code, Name string
	Kind, City string
	Tier       int64
	Link       id.ID  // 0 where there is none
	Side       string // buyer: it buys from the reader; seller: it sells to the reader; "": neither
	Agent      string // who stands between
	Waits      bool   // the link is not agreed to by both yet
	Known      bool   // the money of the side may be seen
	Sales      money.Minor
	Dues, Late money.Minor // what the buyer owes the seller for goods, and what of it is late
	Last       clock.Date  // of the last invoice, where it is not older than the span or SilentMap days
	Stock      []Goods     // of the reader's goods, what stands there or is on the way there
	Shared     *MapShare   // what the node shares with the reader, for the measure that was asked for
	Terms      *MapTerms
	value      int64 // by the measure
}

// Silent tells that nothing was invoiced for long: the link is there, and no trade on it.
func (n *MapNode) Silent(on clock.Date) bool {
	return n.Link != 0 && !n.Waits && (n.Last == "" || n.Last < on.AddDays(1-SilentMap))
}

// MapShare is what a partner shares of its own books: what it sold on, by place, or what stands with it.
type MapShare struct {
	Sharing  id.ID
	From, To clock.Date // the periods that are shown
	Goods    []Goods
	Places   []MapPlace // where it went; none where that is not shared
}

// MapPlace is a region, or a shop without a name, below a partner that shares it.
type MapPlace struct {
	Name  string // "" where nobody entered one
	Goods []Goods
}

// Map is a channel as one of its members may see it, at the end of a day.
type Map struct {
	Channel   id.ID
	Name      string
	Tiers     []string
	Mine      int64
	Producer  bool // the reader's own channel
	On, Today clock.Date
	Span      Span
	Currency  string
	Others    []string
	Measure   string
	Sells     bool // the money of what the reader sells may be seen
	Buys      bool
	Terms     bool
	Goods     bool // stock may be seen
	Shares    bool // what is shared may be seen
	Self      MapNode
	Partners  []MapNode // the largest by the measure first; those without a link last
	More      bool      // there are partners that are not on the map
	Left      int64     // how many of them there are, with links that both have agreed to: nothing was traded with them lately
	StockLeft bool      // where goods stand was not added up: there are too many positions
	LateLeft  bool      // what was late on the day was not worked out: too many invoices have been settled since
}

// Now tells that the map is that of today.
func (m *Map) Now() bool { return m.On == m.Today }

// mapper is a map in the making.
type mapper struct {
	*desk
	ask MapAsk
	end clock.Instant // the first that no longer counts
	m   *Map
	at  map[id.ID]int // place of a partner in m.Partners

	facts map[string]map[id.ID]*mapFacts // of partners, by what they are to the reader
	stock map[id.ID][]Goods              // by who holds it
}

// Map draws a channel for one of its members: whom it buys from and sells to there, what was sold, is owed and is late between them,
// where its goods stand, and what others share with it. Nothing of links in which it has no part. Rights: channel read and partner
// read; the money of a side, stock, terms and what is shared as far as the role may read those. However many partners there are, it
// asks the same number of questions.
//
// Errors: not_found (no such channel, or none of the reader's), access.denied, report.currency.
func (s *Service) Map(ctx context.Context, a access.Actor, ask MapAsk) (*Map, error) {
	for _, object := range []string{"channel", "partner"} {
		if err := s.Gate.Require(ctx, a, access.Own, object, "read"); err != nil {
			return nil, err
		}
	}
	d := &desk{s: s, ctx: ctx, a: a, org: a.Org, zone: a.Zone, today: s.now().In(a.Zone), out: &Desk{}}
	d.money = d.can(access.Own, "price", "read")
	w := &mapper{desk: d, ask: ask, m: &Map{Channel: ask.Channel, Today: d.today, On: ask.On, Measure: ask.Measure}, at: map[id.ID]int{}, facts: map[string]map[id.ID]*mapFacts{"buyer": {}, "seller": {}}, stock: map[id.ID][]Goods{}}
	if ask.On == "" || ask.On > d.today {
		w.m.On = d.today
	}
	if !slices.Contains(Measures, ask.Measure) {
		w.m.Measure = Measures[0]
	}
	w.end = d.midnight(w.m.On.AddDays(1))
	d.span = SpanOf(ask.Span, w.m.On)
	w.m.Span = d.span
	if err := w.channel(); err != nil {
		return nil, err
	}
	if err := d.currency(ask.Currency); err != nil {
		return nil, err
	}
	w.m.Currency, w.m.Others = d.out.Currency, d.out.Others
	w.m.Sells, w.m.Buys = d.sells(), d.buys()
	w.m.Goods, w.m.Shares, w.m.Terms = d.can(access.Own, "stock", "read"), d.can(access.Upstream, "sharing", "read"), d.can(access.Own, "agreement", "read")
	for _, part := range []func() error{w.flows, w.dues, w.late, w.goods, w.shared, w.links, w.traded, w.ended, w.maker, w.left} {
		if err := part(); err != nil {
			return nil, fmt.Errorf("map of channel %d for %d: %w", ask.Channel, a.Org, err)
		}
	}
	w.fill()
	w.sort()
	return w.m, nil
}

// channel finds the channel of which the reader is a member.
func (w *mapper) channel() error {
	var rows []struct {
		Name, Tiers string
		Producer    id.ID
		Tier        int64
		Code        string
		OrgName     string
		Kind, City  string
	}
	err := w.read(&rows, `SELECT c.name, c.tiers, c.producer, m.tier, o.code, o.name AS org_name, o.kind, o.city FROM channel c
 JOIN channel_member m ON m.channel = c.id JOIN org o ON o.id = m.org WHERE c.id = ? AND m.org = ?`, w.ask.Channel, w.org)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return errs.Gone()
	}
	r := rows[0]
	w.m.Name, w.m.Tiers, w.m.Mine, w.m.Producer = r.Name, strings.Split(r.Tiers, ","), r.Tier, r.Producer == w.org
	w.m.Self = MapNode{Org: w.org, Code: r.Code, Name: r.OrgName, Kind: r.Kind, City: r.City, Tier: r.Tier}
	return nil
}

// each asks a question and reads its rows one by one.
func (w *mapper) each(query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := w.s.DB.R(w.ctx).Raw(query, args...).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// sort puts the largest by the measure first.
func (w *mapper) sort() {
	for i := range w.m.Partners {
		n := &w.m.Partners[i]
		n.value = n.Value(w.m.Measure)
	}
	slices.SortStableFunc(w.m.Partners, func(a, b MapNode) int {
		if (a.Link == 0) != (b.Link == 0) {
			return cmp.Compare(b.Link, a.Link)
		}
		return cmp.Or(strings.Compare(b.Side, a.Side), cmp.Compare(b.value, a.value), strings.Compare(a.Name, b.Name), cmp.Compare(a.Org, b.Org))
	})
}

// Value is how large a node is by a measure.
func (n *MapNode) Value(measure string) (v int64) {
	switch measure {
	case "stock":
		for _, g := range n.Stock {
			v += int64(g.Qty)
		}
		if n.Shared != nil {
			for _, g := range n.Shared.Goods {
				v += int64(g.Qty)
			}
		}
		return v
	case "dues":
		return int64(n.Dues)
	case "overdue":
		return int64(n.Late)
	}
	return int64(n.Sales)
}

// Summed adds up what some nodes have.
func Summed(nodes []MapNode) (sum MapNode) {
	for i := range nodes {
		n := &nodes[i]
		sum.Sales += n.Sales
		sum.Dues += n.Dues
		sum.Late += n.Late
		sum.Last = max(sum.Last, n.Last)
		for _, g := range n.Stock {
			sum.Stock = addGoods(sum.Stock, g)
		}
	}
	return sum
}

func addGoods(all []Goods, g Goods) []Goods {
	for i := range all {
		if all[i].Unit == g.Unit {
			all[i].Qty += g.Qty
			return all
		}
	}
	return append(all, g)
}

// Words says quantities as people write them, the largest first.
func Words(lang string, all []Goods) string {
	var out []string
	for _, g := range slices.SortedFunc(slices.Values(all), func(a, b Goods) int { return cmp.Or(cmp.Compare(b.Qty, a.Qty), strings.Compare(a.Unit, b.Unit)) }) {
		if g.Qty != 0 {
			out = append(out, i18n.QtyUnit(lang, g.Qty, g.Unit))
		}
	}
	return strings.Join(out, " · ")
}
