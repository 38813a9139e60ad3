package site

import (
	"maps"
	"net/url"
	"slices"

	"saluran/internal/access"
	"saluran/internal/desk"
	"saluran/internal/i18n"
	"saluran/internal/list"
	"saluran/internal/listing"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

// listed describes a list for what all of them share.
type listed struct {
	path    string
	columns []string                                      // keys of those that may be left out, from the second on; "" stays
	fields  func(r *request, q url.Values) []kit.Field    // of its filter
	filter  func(r *request, q url.Values) (where filter) // how its services are asked
	keep    []string                                      // parameters of tabs, which are no filter to take off
}

type filter = map[string]string

var lists = map[string]listed{
	"orders": {"/orders", []string{"order.partner", "order.status", "order.reference", "order.total", "order.ordered_on"}, orderFields,
		func(_ *request, q url.Values) filter {
			return filter{"side": map[string]string{"buyer": "buying", "seller": "selling", "agent": "agent"}[q.Get("side")], "status": q.Get("status"), "partner": q.Get("partner"),
				"from": q.Get("from"), "to": q.Get("to"), "find": q.Get("q"), "sort": q.Get("sort")}
		}, []string{"side"}},
	"shipments": {"/shipments", []string{"shipment.way", "order.status", "shipment.order", "shipment.left"}, shipmentFields,
		func(_ *request, q url.Values) filter {
			return filter{"side": map[string]string{"in": "buying", "out": "selling"}[q.Get("side")], "status": q.Get("status"), "find": q.Get("q"), "from": q.Get("from"), "to": q.Get("to"), "sort": q.Get("sort")}
		}, []string{"side"}},
	"invoices": {"/invoices", []string{"order.partner", "order.status", "invoice.issued_on", "invoice.due_on", "order.total", "invoice.open"}, invoiceFields,
		func(r *request, q url.Values) filter {
			return filter{"side": r.sideIn(q, "invoice"), "status": q.Get("status"), "due_before": q.Get("due_before"), "find": q.Get("q"), "sort": q.Get("sort")}
		}, []string{"side"}},
	"payments": {"/payments", []string{"order.partner", "order.status", "payment.method", "payment.value_on", "payment.amount"}, paymentFields,
		func(r *request, q url.Values) filter {
			return filter{"side": r.sideIn(q, "payment"), "status": q.Get("status"), "method": q.Get("method"), "find": q.Get("q"), "sort": q.Get("sort")}
		}, []string{"side"}},
	"partners": {"/partners", []string{"partner.side", "partner.terms", "partner.agent"}, func(r *request, q url.Values) []kit.Field {
		return []kit.Field{{Name: "q", Label: r.t("partners.find"), Value: q.Get("q"), Type: "search"},
			r.field(q, "terms", "partners.terms", "", kit.Option{Label: r.t("kit.all")}, kit.Option{Value: "1", Label: r.t("partners.terms_wait")})}
	}, func(_ *request, q url.Values) filter {
		return filter{"q": q.Get("q"), "side": q.Get("side"), "terms": q.Get("terms")}
	}, nil},
	"products": {"/products", []string{"product.kind", "product.units", "product.vat", "order.status"}, func(r *request, q url.Values) []kit.Field {
		return []kit.Field{{Name: "q", Label: r.t("order.find_goods"), Value: q.Get("q"), Type: "search"}}
	}, func(_ *request, q url.Values) filter { return filter{"q": q.Get("q")} }, nil},
	"stock": {"/stock", []string{"stock.owner", "stock.holder", "stock.bearer", "order.qty"}, func(r *request, q url.Values) []kit.Field {
		return []kit.Field{{Name: "q", Label: r.t("stock.find"), Value: q.Get("q"), Type: "search"}}
	}, func(_ *request, q url.Values) filter { return filter{"by": q.Get("by"), "q": q.Get("q")} }, []string{"by"}},
	"visits": {"/visits", []string{"visit.day", "visit.who", "visit.result", "visit.counted"}, visitFields, func(r *request, q url.Values) filter {
		return filter{"side": r.visitSide(q.Get("side")), "person": q.Get("person"), "from": q.Get("from"), "to": q.Get("to"), "result": q.Get("result"), "q": q.Get("q")}
	}, []string{"side"}},
	"lots": {"/warehouses", nil, nil, func(*request, url.Values) filter { return filter{} }, nil},
}

func (r *request) field(q url.Values, name, label, kind string, options ...kit.Option) kit.Field {
	return kit.Field{Name: name, Label: r.t(label), Value: q.Get(name), Type: kind, Options: options}
}

// states are the options of a status, the first being all of them.
func (r *request) states(kind string, codes ...string) []kit.Option {
	out := []kit.Option{{Label: r.t("kit.all")}}
	for _, c := range codes {
		_, _, key := kit.Status(kind, c)
		out = append(out, kit.Option{Value: c, Label: r.t(key)})
	}
	return out
}

func orderFields(r *request, q url.Values) []kit.Field {
	var codes []string
	for _, st := range trade.Statuses {
		codes = append(codes, string(st))
	}
	return []kit.Field{r.field(q, "q", "chip.find", "search"), r.field(q, "status", "orders.status", "", r.states("order", codes...)...),
		r.field(q, "from", "chip.from", "date"), r.field(q, "to", "chip.to", "date")}
}

func shipmentFields(r *request, q url.Values) []kit.Field {
	return []kit.Field{r.field(q, "q", "chip.find", "search"), r.field(q, "status", "orders.status", "", r.states("shipment", trade.InTransit, trade.Received)...),
		r.field(q, "from", "chip.from", "date"), r.field(q, "to", "chip.to", "date")}
}

func invoiceFields(r *request, q url.Values) []kit.Field {
	states := slices.Insert(r.states("invoice", "open", "part", "paid", "credited"), 1, kit.Option{Value: "unpaid", Label: r.t("status.invoice.unpaid")}, kit.Option{Value: "to_pay", Label: r.t("status.invoice.to_pay")})
	return []kit.Field{r.field(q, "q", "chip.find", "search"), r.field(q, "status", "orders.status", "", states...), r.field(q, "due_before", "chip.due_before", "date")}
}

func paymentFields(r *request, q url.Values) []kit.Field {
	ways := []kit.Option{{Label: r.t("kit.all")}}
	for _, m := range trade.Methods {
		ways = append(ways, kit.Option{Value: m, Label: r.t("method." + m)})
	}
	return []kit.Field{r.field(q, "q", "chip.find", "search"), r.field(q, "status", "orders.status", "", r.states("payment", trade.PayReported, trade.PayConfirmed, trade.PayRejected, trade.PayBounced)...),
		r.field(q, "method", "chip.method", "", ways...)}
}

func visitFields(r *request, q url.Values) []kit.Field {
	out := []kit.Field{r.field(q, "q", "visit.find_shop", "search")}
	if r.visitSide(q.Get("side")) == "own" {
		if who, err := r.s.visitors(r); err == nil {
			out = append(out, kit.Field{Name: "person", Label: r.t("visit.who"), Value: q.Get("person"), Options: slices.Insert(who, 0, kit.Option{Label: r.t("kit.all")})})
		}
	}
	return append(out, r.field(q, "result", "visit.result", "", r.states("visit", "open", "order", "none", "closed")...), r.field(q, "from", "chip.from", "date"), r.field(q, "to", "chip.to", "date"))
}

// sought is the query of the page that was asked for.
func (r *request) sought() url.Values {
	u, err := url.Parse(r.OriginalURL())
	if err != nil {
		return url.Values{}
	}
	return u.Query()
}

// listQuery is how the services of a list are asked for the page.
func (r *request) listQuery(key string) list.Query {
	q := list.Query{Cursor: r.Query("after"), Filter: lists[key].where(r, r.sought())}
	q.Sort = q.Filter["sort"]
	delete(q.Filter, "sort")
	return q
}

// where is a filter without what is not said.
func (l listed) where(r *request, q url.Values) filter {
	f := l.filter(r, q)
	maps.DeleteFunc(f, func(_, v string) bool { return v == "" })
	return f
}

// buys tells whether a list shows the side of who buys and pays, asked for or by itself.
func (l listed) buys(r *request, asked url.Values) bool {
	side := l.where(r, asked)["side"]
	return side == "buyer" || side == "buying"
}

// list is what a list has around its rows. What one has chosen and saved is asked for in two questions, whatever there is of it.
func (s *Site) list(r *request, key, next string) (view.List, error) {
	l, asked := lists[key], r.sought()
	v := view.List{Key: key, Path: l.path, Sort: asked.Get("sort"), ReadOnly: r.a.Glass != 0, Export: r.a.Glass == 0 && r.can(access.Own, "export", "run"), CanShare: r.can(access.Own, "desk", "share")}
	v.Next, v.First = r.pages(next)
	v.Query, _ = desk.Clean(key, asked.Encode())
	c, err := r.choices()
	if err != nil {
		return v, err
	}
	v.Dense = c.Dense
	for i, name := range l.columns {
		v.Columns = append(v.Columns, view.Column{Key: columnKey(name), Label: r.t(name), N: i + 2, On: !c.Hidden(key, columnKey(name))})
	}
	if l.fields != nil {
		v.Filters = l.fields(r, asked)
	}
	for _, k := range append(slices.Clone(l.keep), "sort") {
		if asked.Get(k) != "" {
			v.Keep = append(v.Keep, [2]string{k, asked.Get(k)})
		}
	}
	r.chips(&v, l, asked)
	buys := l.buys(r, asked)
	for _, act := range listing.Acts { // what they do is done by sellers and payees
		if act.List == key && !buys && r.a.Glass == 0 && s.Gate.Ever(r.ctx, r.a, act.Right) == nil {
			v.Acts = append(v.Acts, act.Name)
		}
	}
	return v, s.saved(r, &v, asked)
}

// columnKey is the name under which a column is chosen: what stands behind the dot of its heading.
func columnKey(heading string) string {
	for i := range heading {
		if heading[i] == '.' {
			return heading[i+1:]
		}
	}
	return heading
}

// chips are the filters that are on, each with a link that takes it off.
func (r *request) chips(v *view.List, l listed, asked url.Values) {
	without := func(names ...string) string {
		q, _ := url.ParseQuery(v.Query)
		for _, n := range names {
			q.Del(n)
		}
		return l.path + "?" + q.Encode()
	}
	var names []string
	for _, name := range desk.Lists[v.Key] {
		if asked.Get(name) == "" || name == "sort" || slices.Contains(l.keep, name) {
			continue
		}
		said := asked.Get(name)
		for _, f := range v.Filters {
			for _, o := range f.Options {
				if f.Name == name && o.Value == said {
					said = o.Label
				}
			}
			if f.Name == name && f.Type == "date" {
				said = saidDay(r.lang, said)
			}
		}
		names = append(names, name)
		v.Chips = append(v.Chips, view.Chip{Text: r.t("chip."+name) + ": " + said, Href: without(name)})
	}
	if len(names) > 0 {
		v.Clear = without(names...)
	}
}

// saved adds the saved views as tabs, and the one that is shown.
func (s *Site) saved(r *request, v *view.List, asked url.Values) error {
	all, err := s.Desk.Views(r.ctx, r.a, v.Key)
	if err != nil {
		return err
	}
	for _, x := range all {
		current := asked.Get("view") == x.ID.String()
		name := x.Name
		if x.Team && !x.Mine {
			name += " · " + r.t("listing.team_view")
		}
		href := v.Path + "?view=" + x.ID.String()
		if x.Query != "" {
			href += "&" + x.Query
		}
		v.Views = append(v.Views, kit.Tab{Text: name, Href: href, Current: current})
		if current {
			v.Saved = &view.SavedView{ID: x.ID.String(), Name: x.Name, Team: x.Team, Version: x.Version, May: x.Mine || v.CanShare}
		}
	}
	return nil
}

// totals says how many rows the filter finds, and, where all of them can be acted on at once, how to choose them.
func (r *request) totals(v *view.List, shown int, t trade.Totals, err error) {
	if err != nil {
		r.s.Log.Warn("totals of a list", "list", v.Key, "error", err.Error())
		return
	}
	n := i18n.Count(r.lang, t.N)
	if v.Total = r.t("listing.total", "n", n); t.More {
		v.Total = r.t("listing.total_more", "n", n)
		return
	}
	if kit.Of(r.ctx).Blind { // the rows show no money either
		t.Of = nil
	}
	for _, x := range t.Of {
		label := v.Total
		if len(t.Of) > 1 {
			label = r.t("listing.sum_in", "currency", x.Currency)
		}
		v.Sums = append(v.Sums, view.ListSum{Label: label, Amount: r.money(x.Currency, x.Amount), Open: r.money(x.Currency, x.Open)})
	}
	if v.Bulk() && t.N <= listing.Most && t.N > int64(shown) && v.First == "" {
		v.Matching, v.All = t.N, r.Query("all") == "1"
		v.NoneHref = v.Path + "?" + v.Query
		q, _ := url.ParseQuery(v.Query)
		q.Set("all", "1")
		v.AllHref = v.Path + "?" + q.Encode()
	}
}
