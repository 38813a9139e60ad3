package visit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/qty"
)

type visitRow struct {
	ID         id.ID `gorm:"primaryKey"`
	Org        id.ID
	Person     id.ID
	Seller     id.ID
	Shop       id.ID
	Stop       id.ID
	DayOn      clock.Date
	Caller     id.ID
	Nth        int64
	InUs       clock.Instant
	InPhoneUs  clock.Instant
	OutUs      clock.Instant
	OutPhoneUs clock.Instant
	ClosedBy   id.ID
	Result     string
	Reason     string
	Note       string
	Spot       string
	Located    bool
	Lat        int64
	Lon        int64
	Version    int64
}

func (visitRow) TableName() string { return "visit" }

// rel is how an organisation stands to a visit: as the one that called, the seller, or the shop (buyer).
func (v visitRow) rel(org id.ID) access.Rel {
	switch org {
	case v.Org:
		return access.Own
	case v.Seller:
		return access.Seller
	case v.Shop:
		return access.Buyer
	}
	return access.None
}

// Where is where the person stood: in words, and in millionths of a degree where Located.
type Where struct {
	Spot     string
	Located  bool
	Lat, Lon int64
}

// Counted is what stood on the shelf of a product, in a unit.
type Counted struct {
	Product id.ID
	SKU     string
	Name    string
	Qty     qty.Qty
	Unit    string
	Base    qty.Qty // in base units
}

// Ordered is an order that was taken on a visit.
type Ordered struct {
	OrderID id.ID
	Number  string
}

// Visit is one as its reader sees it: see the package's doc for what whom is shown.
type Visit struct {
	ID         id.ID
	Rel        access.Rel
	Org        id.ID
	OrgName    string
	Person     id.ID
	PersonName string
	Seller     id.ID
	SellerName string
	Shop       id.ID
	ShopName   string
	City       string
	Address    string
	Phone      string
	Stop       id.ID
	Day        clock.Date
	In         clock.Instant
	InPhone    clock.Instant
	Out        clock.Instant // 0: it lasts
	OutPhone   clock.Instant
	ClosedBy   string
	Result     string
	Reason     string
	Note       string
	Where
	Counts   []Counted
	Orders   []Ordered
	MayWrite bool
	Version  int64
}

// late is how much later than the phone the portal heard of something that was taken without signal.
const late = 5 * 60 * 1_000_000

// Offline tells that the visit was taken without signal, as far as the clock of the phone can be believed.
func (v Visit) Offline() bool { return v.InPhone != 0 && v.In-v.InPhone > late }

type shownRow struct {
	Row                                               visitRow `gorm:"embedded"`
	PersonName, OrgName, SellerName, ShopName, Closer string
	City, Address, Phone                              string
}

const shownColumns = `SELECT v.id, v.org, v.person, v.seller, v.shop, v.stop, v.day_on, v.caller, v.nth, v.in_us, v.in_phone_us, v.out_us, v.out_phone_us, v.closed_by, v.result, v.reason,
 v.note, v.spot, v.located, v.lat, v.lon, v.version, COALESCE(p.name, '') AS person_name, o.name AS org_name, s.name AS seller_name, b.name AS shop_name, b.city, b.address, b.phone,
 COALESCE(c.name, '') AS closer FROM `

const shownJoins = ` JOIN org o ON o.id = v.org JOIN org s ON s.id = v.seller JOIN org b ON b.id = v.shop LEFT JOIN person p ON p.id = v.person
 LEFT JOIN person c ON c.id = v.closed_by WHERE `

const shown = shownColumns + "visit v" + shownJoins

const party = "(v.org = ? OR v.seller = ? OR v.shop = ?)"

// row is a visit that the actor's organisation takes part in. Error: not_found.
func (s *Service) row(ctx context.Context, a access.Actor, no id.ID) (visitRow, error) {
	var rows []visitRow
	err := s.DB.R(ctx).Raw("SELECT v.* FROM visit v WHERE v.id = ? AND "+party, no, a.Org, a.Org, a.Org).Scan(&rows).Error
	if err != nil {
		return visitRow{}, fmt.Errorf("visit %d: %w", no, err)
	}
	if len(rows) == 0 {
		return visitRow{}, errs.Gone()
	}
	return rows[0], nil
}

// Visit is one that the actor may see, with what was counted and ordered. Right: visit read. Errors: not_found, access.denied.
func (s *Service) Visit(ctx context.Context, a access.Actor, no id.ID) (Visit, error) {
	var rows []shownRow
	if err := s.DB.R(ctx).Raw(shown+"v.id = ? AND "+party, no, a.Org, a.Org, a.Org).Scan(&rows).Error; err != nil {
		return Visit{}, fmt.Errorf("visit %d: %w", no, err)
	}
	if len(rows) == 0 {
		return Visit{}, errs.Gone()
	}
	if err := s.Gate.Require(ctx, a, rows[0].Row.rel(a.Org), "visit", "read"); err != nil {
		return Visit{}, err
	}
	all, err := s.fill(ctx, a, rows)
	if err != nil {
		return Visit{}, err
	}
	return all[0], nil
}

// fill makes visits of rows that the actor may see, as far as its organisation sees each.
func (s *Service) fill(ctx context.Context, a access.Actor, rows []shownRow) ([]Visit, error) {
	out, at, ids := make([]Visit, len(rows)), map[id.ID]*Visit{}, make([]id.ID, len(rows))
	for i, x := range rows {
		r := x.Row
		v := Visit{ID: r.ID, Rel: r.rel(a.Org), Org: r.Org, OrgName: x.OrgName, Person: r.Person, PersonName: x.PersonName, Seller: r.Seller, SellerName: x.SellerName, Shop: r.Shop,
			ShopName: x.ShopName, City: x.City, Address: x.Address, Phone: x.Phone, Day: r.DayOn, In: r.InUs, InPhone: r.InPhoneUs, Out: r.OutUs, OutPhone: r.OutPhoneUs, ClosedBy: x.Closer,
			Result: r.Result, Version: r.Version}
		if v.Rel != access.Buyer {
			v.Reason, v.Note = r.Reason, r.Note
		}
		if v.Rel == access.Own {
			v.Stop, v.Where = r.Stop, Where{r.Spot, r.Located, r.Lat, r.Lon}
			v.MayWrite = r.OutUs == 0 && s.Gate.Can(a, access.Own, "visit", "write")
		}
		out[i], ids[i] = v, r.ID
		at[r.ID] = &out[i]
	}
	if len(rows) == 0 {
		return out, nil
	}
	var counts []struct {
		Visit id.ID
		Counted
	}
	if err := s.DB.R(ctx).Raw("SELECT visit, product, sku, name, qty, unit, base FROM visit_count WHERE visit IN ? ORDER BY visit, name, product", ids).Scan(&counts).Error; err != nil {
		return nil, fmt.Errorf("counts: %w", err)
	}
	for _, c := range counts {
		at[c.Visit].Counts = append(at[c.Visit].Counts, c.Counted)
	}
	var orders []struct {
		Visit id.ID
		Ordered
	}
	if err := s.DB.R(ctx).Raw("SELECT visit, order_id, number FROM visit_order WHERE visit IN ? ORDER BY visit, order_id", ids).Scan(&orders).Error; err != nil {
		return nil, fmt.Errorf("orders of visits: %w", err)
	}
	for _, o := range orders {
		at[o.Visit].Orders = append(at[o.Visit].Orders, o.Ordered)
	}
	return out, nil
}

// Sides of a list of visits: those of the acting organisation's own people, those of agents in its name, those at its own shop.
var Sides = []string{"own", "principal", "shop"}

// sideOf is the condition of a side, and the relation that its right is asked for.
func sideOf(side string) (string, access.Rel) {
	switch side {
	case "principal":
		return "v.seller = ? AND v.org <> v.seller", access.Seller
	case "shop":
		return "v.shop = ?", access.Buyer
	}
	return "v.org = ?", access.Own
}

// Visits are those of one side, the latest day first. Filter: side (own, the default; principal; shop), person, partner (ids: who called;
// the shop, or for a shop who called), from, to (days), result (order, none, closed, open: it lasts), q (part of the shop's name). Right: visit read.
// Errors: access.denied.
func (s *Service) Visits(ctx context.Context, a access.Actor, q list.Query) (list.Page[Visit], error) {
	cond, rel := sideOf(q.Filter["side"])
	if err := s.Gate.Require(ctx, a, rel, "visit", "read"); err != nil {
		return list.Page[Visit]{}, err
	}
	args := []any{a.Org}
	add := func(more string, v ...any) { cond, args = cond+" AND "+more, append(args, v...) }
	if no, err := id.Parse(q.Filter["person"]); err == nil {
		add("v.person = ?", no)
	}
	if no, err := id.Parse(q.Filter["partner"]); err == nil {
		add("(v.shop = ? OR v.seller = ? OR v.org = ?)", no, no, no)
	}
	if d, err := clock.ParseDate(q.Filter["from"]); err == nil {
		add("v.day_on >= ?", d)
	}
	if d, err := clock.ParseDate(q.Filter["to"]); err == nil {
		add("v.day_on <= ?", d)
	}
	if r := q.Filter["result"]; r == "open" {
		add("v.out_us = 0")
	} else if slices.Contains(Results, r) {
		add("v.out_us <> 0 AND v.result = ?", r)
	}
	if v := q.Filter["q"]; v != "" { // names first: there are fewer shops of a name than visits
		mine, _, _ := strings.Cut(strings.TrimPrefix(cond, "v."), " ")
		add("v.shop IN (SELECT b.id FROM org b WHERE b.name_fold LIKE ? ESCAPE '!' AND EXISTS (SELECT 1 FROM visit w WHERE w."+mine+" = ? AND w.shop = b.id))", list.Like(v), a.Org)
	}
	return s.listed(ctx, a, q, some{cond, args})
}

// some is a condition for visits, of columns that an index of a list holds: what is shown of them is read of those on the page alone.
type some struct {
	cond string
	args []any
}

// listed is a page of the visits that meet one of some conditions, the latest first: the first ones of each by its own index.
func (s *Service) listed(ctx context.Context, a access.Actor, q list.Query, all ...some) (list.Page[Visit], error) {
	var page list.Page[Visit]
	after, more, err := q.After()
	if err != nil {
		return page, err
	}
	var parts []string
	var args []any
	for i, x := range all {
		if more {
			x.cond, x.args = x.cond+" AND v.day_on <= ? AND (v.day_on < ? OR v.id < ?)", append(x.args, after.S, after.S, after.ID)
		}
		parts = append(parts, fmt.Sprintf("SELECT * FROM (SELECT v.id FROM visit v WHERE %s ORDER BY v.day_on DESC, v.id DESC LIMIT ?) x%d", x.cond, i))
		args = append(append(args, x.args...), q.Limit()+1)
	}
	var rows []shownRow
	err = s.DB.R(ctx).Raw(shownColumns+"("+strings.Join(parts, " UNION ")+") f"+s.DB.InOrder()+"visit v ON v.id = f.id"+shownJoins+party+" ORDER BY v.day_on DESC, v.id DESC LIMIT ?", append(args, a.Org, a.Org, a.Org, q.Limit()+1)...).Scan(&rows).Error
	if err != nil {
		return page, fmt.Errorf("visits of %d: %w", a.Org, err)
	}
	cut := list.Cut(rows, q.Limit(), func(r shownRow) list.Key { return list.Key{S: string(r.Row.DayOn), ID: int64(r.Row.ID)} })
	page.Next = cut.Next
	page.Items, err = s.fill(ctx, a, cut.Items)
	return page, err
}

// OfPartner are the visits between the acting organisation and a partner, the latest first: at its shop, in its name or by it, as far as
// the actor may read each side. For a partner's page: nothing where it may read none.
func (s *Service) OfPartner(ctx context.Context, a access.Actor, partner id.ID, q list.Query) (list.Page[Visit], error) {
	var all []some
	for _, x := range []struct {
		rel   access.Rel
		conds []string
	}{{access.Own, []string{"v.org = ? AND v.shop = ?", "v.org = ? AND v.seller = ?"}},
		{access.Seller, []string{"v.seller = ? AND v.org <> v.seller AND v.shop = ?", "v.seller = ? AND v.org <> v.seller AND v.org = ?"}},
		{access.Buyer, []string{"v.shop = ? AND v.org = ?", "v.shop = ? AND v.seller = ?"}}} {
		if s.Gate.Can(a, x.rel, "visit", "read") {
			for _, cond := range x.conds {
				all = append(all, some{cond, []any{a.Org, partner}})
			}
		}
	}
	if len(all) == 0 {
		return list.Page[Visit]{}, nil
	}
	return s.listed(ctx, a, q, all...)
}

// Due is a visit of a day: one that the round says is due, one that is being made or was made, or both.
type Due struct {
	Stop  Stop  // its ID is 0 where the visit is not of the round
	Visit Visit // its ID is 0 where nobody was there yet
}

// Shop is where it is.
func (d Due) Shop() id.ID { return cmp.Or(d.Stop.Shop, d.Visit.Shop) }

// Done tells that the visit is over.
func (d Due) Done() bool { return d.Visit.Out != 0 }

// Day are the visits of a person on a day, in the order of the round, and behind them what was visited outside of it. Person 0 is who
// asks. Right: visit read.
func (s *Service) Day(ctx context.Context, a access.Actor, person id.ID, on clock.Date) ([]Due, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "visit", "read"); err != nil {
		return nil, err
	}
	person = cmp.Or(person, a.Person)
	var stops []Stop
	err := s.DB.R(ctx).Raw(stopColumns+"visit_stop t"+stopJoins+" AND t.person = ? AND t.from_on <= ? AND t.until_on >= ? ORDER BY t.turn, b.name_fold, t.id LIMIT ?", a.Org, person, on, on, 2*MaxStops).Scan(&stops).Error
	if err != nil {
		return nil, fmt.Errorf("the round of %d: %w", person, err)
	}
	stops = slices.DeleteFunc(stops, func(t Stop) bool { return !t.Due(on) })
	of := []id.ID{0}
	for _, t := range stops {
		of = append(of, t.ID)
	}
	var rows []shownRow
	err = s.DB.R(ctx).Raw(shown+"v.org = ? AND v.day_on = ? AND (v.person = ? OR v.stop IN ?) ORDER BY v.id LIMIT 1000", a.Org, on, person, of).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("visits of %s: %w", on, err)
	}
	rows = slices.DeleteFunc(rows, func(r shownRow) bool { return r.Row.Person != person && r.Row.Stop == 0 })
	made, err := s.fill(ctx, a, rows)
	if err != nil {
		return nil, err
	}
	out := make([]Due, 0, len(stops)+len(made))
	for _, t := range stops {
		out = append(out, Due{Stop: t})
	}
	for _, v := range made {
		if i := slices.IndexFunc(out, func(d Due) bool { return d.Stop.ID != 0 && d.Stop.ID == v.Stop && d.Visit.ID == 0 }); i >= 0 {
			out[i].Visit = v
		} else {
			out = append(out, Due{Visit: v})
		}
	}
	return out, nil
}
