package site

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/qty"
	"saluran/internal/visit"
	"saluran/web/kit"
	"saluran/web/view"
)

// visitRoutes are those of rounds and visits; what has a word of its own stands before the addresses that take any.
func (s *Site) visitRoutes(get, post route) {
	get("/m/today", s.visitDay)
	get("/m/today/kept", s.keptRound)
	get("/m/visits", s.visitsPhone)
	get("/m/visits/new", s.visitBegin)
	get("/m/visits/goods", s.keptShelf)
	get("/m/visits/:id", s.visitPhone)
	get("/m/shops", s.visitShops)
	get("/m/commission", s.visitEarned)
	get("/visits", s.visits)
	get("/visits/:id", s.visitDesk)
	post("/visits", s.checkIn)
	post("/visits/:id/count", s.countVisit)
	post("/visits/:id/orders", s.orderOnVisit)
	post("/visits/:id/check-out", s.checkOut)
	get("/visit-plan", s.visitPlan)
	post("/visit-plan", s.addStop)
	get("/visit-plan/:id", s.visitStop)
	post("/visit-plan/:id", s.changeStop)
	post("/visit-plan/:id/end", s.endStop)
}

// phonePlaces are the five places of the phone pages: those who call at shops have others than the shops.
func (r *request) phonePlaces() []kit.PhonePlace {
	if r.a.Kind == "retailer" || r.a.Kind == "consumer" || !r.can(access.Own, "visit", "write") {
		return nil
	}
	return kit.FieldPlaces(r.a.Kind == "agent" && r.can(access.Agent, "payment", "read"))
}

// fieldShell surrounds a phone page of those who call at shops.
func (r *request) fieldShell(title, sub, current string) kit.PhoneShell {
	sh := r.phoneShell(title, view.Pair{})
	sh.Sub, sh.Current = sub, current
	return sh
}

// visitAt is the page of a visit: on the phone for those who came from there.
func visitAt(phone bool, no id.ID) string {
	return map[bool]string{true: "/m/visits/", false: "/visits/"}[phone] + no.String()
}

// checkIn begins a visit, or keeps a whole one that was taken without signal; where that is refused the page says so, with what was typed.
func (s *Site) checkIn(r *request) error {
	f := r.reader()
	n := visit.Start{Key: r.auditKey(), Stop: ref(f.text("stop")), Seller: ref(f.text("seller")), Shop: ref(f.text("shop")), At: f.instant("phone_at"), Consent: f.yes("consent")}
	n.Spot = f.text("spot")
	if n.Consent && f.text("lat") != "" {
		n.Located, n.Lat, n.Lon = true, f.degrees("lat"), f.degrees("lon")
	}
	w, names := f.whole()
	n.Whole = &w
	err := f.err()
	if err == nil {
		var v visit.Visit
		if v, err = s.Visits.Start(r.ctx, r.a, n); err == nil {
			return r.to(visitAt(true, v.ID), "visit.started")
		}
	}
	if r.taken() {
		return saidTaken(err, byCount(names))
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.beginPage(r, n.Stop, n.Seller, n.Shop, back)
}

// countVisit keeps the count of a form: every field in which somebody wrote something.
func (s *Site) countVisit(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	lines, names := f.counts()
	if err = f.err(); err == nil {
		_, err = s.Visits.Count(r.ctx, r.a, r.auditKey(), no, f.count("version"), lines)
	}
	return s.visitDone(r, no, err, "count", "visit.counted", byCount(names))
}

// byCount names the field of the product of which an error of a count speaks, and other paths as they are.
func byCount(names []string) func(string) string {
	line := byLine(names)
	return func(path string) string { return cmp.Or(line(path), path) }
}

// whole is what was done on a visit, as the form says it: the count, orders that were placed before, and what came of it.
func (f *reader) whole() (w visit.Whole, names []string) {
	w.Lines, names = f.counts()
	for _, k := range f.names("order-") {
		if no := ref(f.text(k)); no != 0 {
			w.Orders = append(w.Orders, no)
		}
	}
	w.Close = visit.Close{Result: f.text("result"), Reason: f.text("reason"), Note: f.text("note"), At: f.instant("phone_out_at")}
	return w, names
}

// counts are the products that were counted, and the names of their fields in the order of the lines.
func (f *reader) counts() (lines []visit.Line, names []string) {
	for _, k := range f.names("qty-") {
		if f.text(k) == "" {
			continue
		}
		product := strings.TrimPrefix(k, "qty-")
		lines = append(lines, visit.Line{Product: ref(product), Qty: f.qty(k), Unit: f.text("unit-" + product)})
		names = append(names, k)
	}
	return lines, names
}

func (s *Site) orderOnVisit(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	_, err = s.Visits.Order(r.ctx, r.a, r.auditKey(), no, f.count("version"), ref(f.text("order")))
	return s.visitDone(r, no, err, "orders", "visit.linked", same)
}

func (s *Site) checkOut(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	w, names := f.whole()
	version := f.count("version")
	if err = f.err(); err == nil {
		_, err = s.Visits.Close(r.ctx, r.a, r.auditKey(), no, version, w)
	}
	if err == nil && r.phone() && !r.taken() {
		return r.to("/m/today", "visit.ended")
	}
	return s.visitDone(r, no, err, "out", "visit.ended", byCount(names))
}

// visitDone goes back to the visit, or shows it again with what is wrong.
func (s *Site) visitDone(r *request, no id.ID, err error, which, done string, name func(string) string) error {
	if err == nil {
		return r.to(visitAt(r.phone(), no), done)
	}
	if r.taken() {
		return saidTaken(err, name)
	}
	back, ok := r.refused(err, name)
	if !ok {
		return err
	}
	return s.visitPage(r, no, true, back, which)
}

func (s *Site) visitPhone(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.visitPage(r, no, true, refusal{Status: http.StatusOK}, "")
}

func (s *Site) visitDesk(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.visitPage(r, no, false, refusal{Status: http.StatusOK}, "")
}

func (s *Site) visitPage(r *request, no id.ID, phone bool, back refusal, which string) error {
	x, err := s.Visits.Visit(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	v := r.visitOf(x)
	v.Phone, v.Form, v.Conflict, v.Which = phone, back.Form, back.Conflict, which
	v.Files = s.papers(r, "visit", no)
	if !phone {
		sh := r.shell(r.t("visit.title_of", "shop", v.Shop.Name), "visits", r.crumb("nav.home", "/"), r.crumb("nav.visits", "/visits"), kit.Crumb{Text: v.Shop.Name})
		return r.html(back.Status, view.VisitPage(sh, v))
	}
	if x.Rel == access.Own {
		if err := s.visitWork(r, x, &v); err != nil {
			return err
		}
	}
	return r.html(back.Status, view.VisitPhonePage(r.fieldShell(v.Shop.Name, v.Place, "visits"), v))
}

// visitWork adds what is needed while a visit lasts: what is late at the shop, the goods to count, the orders that may be linked.
func (s *Site) visitWork(r *request, x visit.Visit, v *view.Visit) error {
	called, err := s.Report.Called(r.ctx, r.a, []id.ID{x.Shop})
	if err != nil {
		return err
	}
	v.Facts(called[x.Shop].Late, called[x.Shop].Ordered, called[x.Shop].Currency)
	if !x.MayWrite {
		return nil
	}
	if r.mayPlace() {
		v.OrderAt = "/m/order?seller=" + x.Seller.String() + "&buyer=" + x.Shop.String()
	}
	if err := s.visitGoods(r, x, v); err != nil {
		return err
	}
	p, err := s.Trade.Orders(r.ctx, r.a, list.Query{Size: 50, Filter: map[string]string{"partner": x.Shop.String(), "kind": "sale", "from": string(x.Day)}})
	if errs.Is(err, errs.Forbidden) {
		return nil
	}
	for _, o := range p.Items {
		linked := false
		for _, y := range x.Orders {
			linked = linked || y.OrderID == o.ID
		}
		if o.Seller == x.Seller && o.Buyer == x.Shop && !linked {
			v.Options = append(v.Options, view.VisitOrder{ID: o.ID.String(), Number: o.Number})
		}
	}
	return err
}

func (s *Site) visitGoods(r *request, x visit.Visit, v *view.Visit) error {
	all, err := s.countable(r, x, v)
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) || errs.Is(err, errs.Forbidden) {
		v.NoGoods = r.t("visit.no_goods")
		return nil
	}
	if err != nil {
		return err
	}
	had := map[id.ID]visit.Counted{}
	for _, c := range x.Counts {
		had[c.Product] = c
	}
	for _, g := range all {
		row := view.VisitCount{Product: g.Product.String(), SKU: g.SKU, Name: g.Name, Unit: g.BaseUnit, Units: unitsOf(g)}
		if c, ok := had[g.Product]; ok {
			row.Qty, row.Unit = plainQty(r.lang, c.Qty), c.Unit
		}
		name := "qty-" + row.Product
		row.Qty, row.Unit, row.Err = v.Form.V(name, row.Qty), v.Form.V("unit-"+row.Product, row.Unit), v.Form.E(name)
		v.Goods = append(v.Goods, row)
	}
	v.Counting = v.Which == "count" || len(x.Counts) == 0 && v.Which == "" || v.Find != ""
	if len(v.Goods) == 0 && !v.More {
		v.NoGoods = r.t("visit.no_goods")
	}
	return nil
}

// mostFound is how many goods a search for something to count shows.
const mostFound = 50

// countable are the goods of the form of a count: those that are shown first, or what was searched for; where that is not everything, what
// was counted or typed already stands before them, since a count stands for the one before.
func (s *Site) countable(r *request, x visit.Visit, v *view.Visit) (all []visit.Good, err error) {
	if all, v.More, err = s.Visits.Shelf(r.ctx, r.a, x.Seller, x.Shop); err != nil || !v.More {
		return all, err
	}
	if v.Find = r.Query("q"); v.Find != "" {
		p, err := s.Visits.Listed(r.ctx, r.a, x.Seller, x.Shop, list.Query{Size: mostFound, Filter: map[string]string{"q": v.Find}})
		if err != nil {
			return nil, err
		}
		all = p.Items
	}
	var had []id.ID
	for _, c := range x.Counts {
		had = append(had, c.Product)
	}
	for name, typed := range v.Form.Values {
		if product, ok := strings.CutPrefix(name, "qty-"); ok && typed != "" {
			had = append(had, ref(product))
		}
	}
	had = slices.DeleteFunc(had, func(no id.ID) bool {
		return slices.ContainsFunc(all, func(g visit.Good) bool { return g.Product == no })
	})
	before, err := s.Visits.Which(r.ctx, r.a, x.Seller, x.Shop, had)
	return append(before, all...), err
}

// degrees reads millionths of a degree, as the phone wrote them.
func (f *reader) degrees(name string) int64 {
	v, err := qty.Decimal(f.v[name], 6)
	if err != nil {
		f.wrong(name, "visit.coordinates")
	}
	return v
}

func checkInAt(stop, seller, shop id.ID) string {
	q := url.Values{}
	for name, no := range map[string]id.ID{"stop": stop, "seller": seller, "shop": shop} {
		if no != 0 {
			q.Set(name, no.String())
		}
	}
	return "/m/visits/new?" + q.Encode()
}
