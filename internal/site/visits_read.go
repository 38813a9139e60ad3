package site

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/qty"
	"saluran/internal/visit"
	"saluran/web/view"
)

func placeOf(address, city string) string {
	return strings.Join(slices.DeleteFunc([]string{address, city}, func(s string) bool { return s == "" }), ", ")
}

// stateOf is where a visit stands, in one word.
func stateOf(v visit.Visit) string {
	if v.Out == 0 {
		return "open"
	}
	return v.Result
}

// visitDay is the day of a person: what the round says is due, and what was done.
func (s *Site) visitDay(r *request) error {
	on := r.today
	if d, err := clock.ParseDate(r.Query("on")); err == nil {
		on = d
	}
	all, rows, err := s.dueOn(r, on)
	if err != nil {
		return err
	}
	v := view.VisitDay{On: on, Today: r.today, Week: visit.Week(on), All: len(all), MayPlan: r.can(access.Own, "visit", "plan"), Prev: string(on.AddDays(-1)), Next: string(on.AddDays(1)),
		Rows: rows, MayCall: r.mayCall(), MayOrder: r.mayPlace()}
	for i, d := range all {
		if d.Done() {
			v.Done++
		}
		v.Late, v.Currency = v.Late+rows[i].Late, cmp.Or(v.Currency, rows[i].Currency)
	}
	return r.html(http.StatusOK, view.VisitDayPage(r.fieldShell(r.t("phone.today"), r.dayName(on), "today"), v))
}

// mayCall tells whether the actor may make visits; an operator who looks into an organisation may not.
func (r *request) mayCall() bool { return r.can(access.Own, "visit", "write") && r.a.Glass == 0 }

// dueOn is a day of the person's round, with what should be known of each shop.
func (s *Site) dueOn(r *request, on clock.Date) ([]visit.Due, []view.VisitDue, error) {
	all, err := s.Visits.Day(r.ctx, r.a, 0, on)
	if err != nil {
		return nil, nil, err
	}
	shops := make([]id.ID, len(all))
	for i, d := range all {
		shops[i] = d.Shop()
	}
	called, err := s.Report.Called(r.ctx, r.a, shops)
	if err != nil {
		return nil, nil, err
	}
	rows := make([]view.VisitDue, len(all))
	turn := 0 // of the day: the plan's own numbers have gaps where a stop is not due
	for i, d := range all {
		rows[i] = r.dueRow(d, on)
		if rows[i].Turn > 0 {
			turn++
			rows[i].Turn = turn
		}
		rows[i].Facts(called[d.Shop()].Late, called[d.Shop()].Ordered, called[d.Shop()].Currency)
	}
	return all, rows, nil
}

func (r *request) dueRow(d visit.Due, on clock.Date) view.VisitDue {
	if d.Visit.ID == 0 {
		t := d.Stop
		row := view.VisitDue{Turn: int(t.Turn), State: "due"}
		row.VisitShop = r.shopOf(t.Shop, t.ShopName, t.Seller, t.SellerName, placeOf(t.Address, t.City), t.Phone)
		row.Href = checkInAt(t.ID, 0, 0)
		if on < r.today {
			row.State = "missed"
		}
		return row
	}
	x := d.Visit
	row := view.VisitDue{Turn: int(d.Stop.Turn), State: stateOf(x), At: x.In}
	row.VisitShop = r.shopOf(x.Shop, x.ShopName, x.Seller, x.SellerName, placeOf(x.Address, x.City), x.Phone)
	row.Href = visitAt(true, x.ID)
	if x.Person != r.a.Person {
		row.Who = x.PersonName
	}
	return row
}

// shopOf is a shop as pages show it; the seller is named where it is another than the own organisation.
func (r *request) shopOf(shop id.ID, name string, seller id.ID, sellerName, place, phone string) view.VisitShop {
	v := view.VisitShop{Shop: view.Ref{ID: shop.String(), Name: name}, Seller: view.Ref{ID: seller.String()}, Place: place, Phone: phone}
	if seller != r.a.Org {
		v.Seller.Name = sellerName
	}
	return v
}

func (r *request) dayName(d clock.Date) string {
	return r.t("visit.day_"+strconv.Itoa((int(d.Time().Weekday())+6)%7+1)) + ", " + i18n.Date(r.lang, d)
}

// visitBegin is where one checks in: at a stop of the round, or at another shop.
func (s *Site) visitBegin(r *request) error {
	return s.beginPage(r, ref(r.Query("stop")), ref(r.Query("seller")), ref(r.Query("shop")), refusal{Status: http.StatusOK})
}

func (s *Site) beginPage(r *request, stop, seller, shop id.ID, back refusal) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "visit", "write"); err != nil {
		return err
	}
	v := view.VisitBegin{Form: back.Form, Conflict: back.Conflict, MayOrder: r.mayPlace()}
	if stop != 0 {
		t, err := s.Visits.Stop(r.ctx, r.a, stop)
		if err != nil {
			return err
		}
		v.Stop, v.VisitShop = stop.String(), r.shopOf(t.Shop, t.ShopName, t.Seller, t.SellerName, placeOf(t.Address, t.City), t.Phone)
		seller, shop = t.Seller, t.Shop
	} else {
		seller = cmp.Or(seller, r.a.Org)
		c, err := s.Partner.Calling(r.ctx, r.a.Org, seller, shop, r.today)
		if err != nil {
			return err
		}
		o, err := s.Partner.Org(r.ctx, r.a, shop)
		if err != nil {
			return err
		}
		v.VisitShop = r.shopOf(shop, c.ShopName, seller, c.SellerName, placeOf(o.Address, o.City), o.Phone)
	}
	called, err := s.Report.Called(r.ctx, r.a, []id.ID{shop})
	if err != nil {
		return err
	}
	v.Facts(called[shop].Late, called[shop].Ordered, called[shop].Currency)
	p, err := s.Visits.Visits(r.ctx, r.a, list.Query{Size: 5, Filter: map[string]string{"partner": shop.String()}})
	if err != nil {
		return err
	}
	for _, x := range p.Items {
		v.Last = append(v.Last, r.visitRow(x, true))
		if back.Conflict != "" && x.Day == r.today && v.Open == "" {
			v.Open = visitAt(true, x.ID)
		}
	}
	r.Set("Permissions-Policy", "camera=(), geolocation=(self), microphone=()")
	return r.html(back.Status, view.VisitBeginPage(r.fieldShell(v.Shop.Name, r.dayName(r.today), "today"), v))
}

func (r *request) visitRow(x visit.Visit, phone bool) view.VisitRow {
	row := view.VisitRow{ID: x.ID.String(), Href: visitAt(phone, x.ID), Day: x.Day, Shop: x.ShopName, City: x.City, Who: x.PersonName, State: stateOf(x), Reason: x.Reason, Counted: len(x.Counts),
		In: x.In, Out: x.Out, Offline: x.Offline()}
	if x.Org != r.a.Org {
		row.Org = x.OrgName
	}
	for _, o := range x.Orders {
		row.Orders = append(row.Orders, view.VisitOrder{ID: o.OrderID.String(), Number: o.Number})
	}
	return row
}

// visitOf is a visit as its page shows it.
func (r *request) visitOf(x visit.Visit) view.Visit {
	v := view.Visit{ID: x.ID.String(), State: stateOf(x), Day: x.Day, Who: x.PersonName, Org: x.OrgName, Own: x.Rel == access.Own, In: x.In, Out: x.Out, PhoneIn: x.InPhone, PhoneOut: x.OutPhone,
		Offline: x.Offline(), ClosedBy: x.ClosedBy, Result: x.Result, Reason: x.Reason, Note: x.Note, Spot: x.Spot, MayWrite: x.MayWrite && r.a.Glass == 0, Version: x.Version}
	v.VisitShop = r.shopOf(x.Shop, x.ShopName, x.Seller, x.SellerName, placeOf(x.Address, x.City), x.Phone)
	if x.Located {
		v.Map = qty.Format(x.Lat, 6) + ", " + qty.Format(x.Lon, 6)
	}
	for _, c := range x.Counts {
		v.Counts = append(v.Counts, view.VisitCount{Product: c.Product.String(), SKU: c.SKU, Name: c.Name, Said: i18n.QtyUnit(r.lang, c.Qty, c.Unit)})
	}
	for _, o := range x.Orders {
		v.Orders = append(v.Orders, view.VisitOrder{ID: o.OrderID.String(), Number: o.Number})
	}
	if len(v.Orders) > 0 && v.Result == "" {
		v.Result = "order"
	}
	return v
}

// visitsPhone are the visits of the person, the latest first.
func (s *Site) visitsPhone(r *request) error {
	p, err := s.Visits.Visits(r.ctx, r.a, list.Query{Cursor: r.Query("after"), Size: 30, Filter: map[string]string{"person": r.a.Person.String()}})
	if err != nil {
		return err
	}
	v := view.Visits{}
	v.Next, v.First = r.pages(p.Next)
	for _, x := range p.Items {
		row := r.visitRow(x, true)
		row.Who = ""
		v.Rows = append(v.Rows, row)
	}
	return r.html(http.StatusOK, view.VisitsPhonePage(r.fieldShell(r.t("nav.visits"), r.a.Name, "visits"), v))
}

// visitShops are the shops at which the person may call.
func (s *Site) visitShops(r *request) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "visit", "read"); err != nil {
		return err
	}
	side := map[bool]string{true: "agent", false: "seller"}[r.a.Kind == "agent"]
	p, err := s.Partner.Links(r.ctx, r.a, list.Query{Cursor: r.Query("after"), Size: 30, Filter: map[string]string{"side": side, "q": r.Query("q")}})
	if err != nil {
		return err
	}
	v := view.VisitShops{Query: strings.TrimSpace(r.Query("q"))}
	v.Next, v.First = r.pages(p.Next)
	shops := make([]id.ID, len(p.Items))
	for i, l := range p.Items {
		shops[i] = l.Buyer
	}
	called, err := s.Report.Called(r.ctx, r.a, shops)
	if err != nil {
		return err
	}
	at, err := s.Partner.Addresses(r.ctx, shops)
	if err != nil {
		return err
	}
	for _, l := range p.Items {
		x := r.shopOf(l.Buyer, l.BuyerName, l.Seller, l.SellerName, at[l.Buyer], "")
		x.Facts(called[l.Buyer].Late, called[l.Buyer].Ordered, called[l.Buyer].Currency)
		x.Href = checkInAt(0, l.Seller, l.Buyer)
		v.Rows = append(v.Rows, x)
	}
	return r.html(http.StatusOK, view.VisitShopsPage(r.fieldShell(r.t("visit.shops"), r.a.OrgName, "shops"), v))
}

// visitEarned is the commission of an agent at a glance.
func (s *Site) visitEarned(r *request) error {
	dues, err := s.Trade.CommissionBalances(r.ctx, r.a)
	if err != nil {
		return err
	}
	p, err := s.Trade.Commissions(r.ctx, r.a, list.Query{Cursor: r.Query("after"), Size: 30, Filter: map[string]string{}})
	if err != nil {
		return err
	}
	v := view.VisitEarned{}
	v.Next, v.First = r.pages(p.Next)
	for _, x := range dues {
		v.Dues = append(v.Dues, view.CommissionDue{Partner: r.otherOf(x.Agent, x.AgentName, x.Principal, x.PrincipalName), Currency: x.Currency, Due: x.Due, Reported: x.Reported})
	}
	for _, x := range p.Items {
		v.Rows = append(v.Rows, view.CommissionRow{On: x.On, Partner: r.otherOf(x.Agent, x.AgentName, x.Principal, x.PrincipalName).Name, Order: view.Ref{ID: x.OrderID.String(), Name: x.OrderNumber},
			Currency: x.Currency, Base: x.Base, Amount: x.Amount})
	}
	return r.html(http.StatusOK, view.VisitEarnedPage(r.fieldShell(r.t("nav.commission"), r.a.OrgName, "commission"), v))
}

func (r *request) otherOf(a id.ID, aName string, b id.ID, bName string) view.Ref {
	if a == r.a.Org {
		return view.Ref{ID: b.String(), Name: bName}
	}
	return view.Ref{ID: a.String(), Name: aName}
}

// visits is the list at the desk.
func (s *Site) visits(r *request) error {
	side := r.visitSide(r.Query("side"))
	p, err := s.Visits.Visits(r.ctx, r.a, r.listQuery("visits"))
	if err != nil {
		return err
	}
	v := view.Visits{Side: side, MayPlan: r.can(access.Own, "visit", "plan"), MayCall: r.can(access.Own, "visit", "write") && r.a.Kind != "retailer"}
	var tabs []string
	for _, x := range r.visitSides() {
		tabs = append(tabs, x, "visits.side_"+x)
	}
	v.Tabs = r.sides("/visits", side, tabs...)
	if v.List, err = s.list(r, "visits", p.Next); err != nil {
		return err
	}
	for _, x := range p.Items {
		v.Rows = append(v.Rows, r.visitRow(x, false))
	}
	return r.html(http.StatusOK, view.VisitsPage(r.shell(r.t("nav.visits"), "visits"), v))
}

// visitSides are the sides of visits that the actor may look at, the one first that is its daily one.
func (r *request) visitSides() (out []string) {
	for _, x := range []struct {
		side string
		rel  access.Rel
		ok   bool
	}{{"own", access.Own, r.a.Kind != "retailer" && r.a.Kind != "consumer"}, {"principal", access.Seller, r.a.Kind != "agent" && r.a.Kind != "retailer" && r.a.Kind != "consumer"},
		{"shop", access.Buyer, r.a.Kind != "producer" && r.a.Kind != "agent"}} {
		if x.ok && r.can(x.rel, "visit", "read") {
			out = append(out, x.side)
		}
	}
	return out
}

func (r *request) visitSide(asked string) string {
	all := r.visitSides()
	if slices.Contains(visit.Sides, asked) || len(all) == 0 {
		return cmp.Or(asked, "own")
	}
	return all[0]
}

func unitsOf(g visit.Good) []string {
	out := []string{g.BaseUnit}
	for u := range g.Units {
		if u != g.BaseUnit {
			out = append(out, u)
		}
	}
	slices.SortFunc(out[1:], strings.Compare)
	return out
}

// plainQty is a quantity as it is put into a field.
func plainQty(lang string, q qty.Qty) string { return strings.ReplaceAll(i18n.Qty(lang, q), " ", "") }

// instant reads what a script wrote into a field: a moment, or nothing.
func (f *reader) instant(name string) clock.Instant {
	t, err := time.Parse(time.RFC3339Nano, f.v[name])
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return 0
	}
	return clock.At(t)
}

// names are the fields of a form that begin with something, in order.
func (f *reader) names(begin string) (out []string) {
	for k := range f.v {
		if strings.HasPrefix(k, begin) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}
