package site

import (
	"net/http"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/list"
	"saluran/internal/report"
	"saluran/web/kit"
	"saluran/web/view"
)

// home opens on what waits for this person, then figures, then pictures, then the latest orders.
func (s *Site) home(r *request) error {
	greeting := "home.day"
	switch h := r.hour(); {
	case h < 11:
		greeting = "home.morning"
	case h >= 18:
		greeting = "home.evening"
	case h >= 15:
		greeting = "home.late"
	}
	v := view.Home{Greeting: r.t(greeting, "name", r.a.Name), CanPlace: r.mayPlace(), PlaceHref: r.placeHref()}
	at := i18n.Time(r.lang, s.Clock.Now(), r.a.Zone)
	if r.a.Kind == "operator" {
		v.Operator = true
		v.AsOf = r.t("home.as_of", "org", r.a.OrgName, "at", at)
		return r.html(http.StatusOK, view.HomePage(r.shell(r.t("nav.home"), "home"), v))
	}
	d, err := s.Report.Desk(r.ctx, r.a, report.DeskAsk{Span: r.Query("period"), Currency: r.Query("currency")})
	if err != nil {
		return err
	}
	b := board{r, d}
	v.AsOf = r.t("desk.as_of", "period", b.period(), "at", at)
	v.Todo = b.waits()
	if v.Steps, err = s.firstSteps(r); err != nil {
		return err
	}
	for _, add := range []func(*request, *view.Home) error{s.askedLinks, s.brokenHooks} {
		if err := add(r, &v); err != nil {
			return err
		}
	}
	v.Figures, v.Blocks = b.figures(), b.blocks()
	if len(v.Figures) > 0 {
		v.Spans, v.Currencies = b.spans(), b.currencies()
	}
	if name := b.export(); name != "" && r.mayExport(name) {
		v.Export = "/exports?report=" + name
	}
	if err := s.latest(r, d, &v); err != nil {
		return err
	}
	return r.html(http.StatusOK, view.HomePage(r.shell(r.t("nav.home"), "home"), v))
}

// latest are the last orders: all of them, or those that wait.
func (s *Site) latest(r *request, d *report.Desk, v *view.Home) error {
	if d.Page == "finance" {
		return nil
	}
	side, of := "seller", "selling"
	if d.Page == "agent" {
		side, of = "agent", "agent"
	}
	q, chosen := list.Query{Size: 8, Filter: map[string]string{}}, r.Query("orders")
	for _, w := range d.Waits {
		status := map[string]string{"confirm": "placed", "hold": "credit_hold"}[w.Kind]
		if status == "" {
			continue
		}
		v.OrderTabs = append(v.OrderTabs, kit.Tab{Text: r.t("desk.orders_"+status, "n", i18n.Count(r.lang, w.N)), Href: r.with("orders", status) + "#h-latest", Current: chosen == status})
		if chosen == status {
			q.Filter["side"], q.Filter["status"] = of, status
		}
	}
	if len(v.OrderTabs) > 0 {
		all := kit.Tab{Text: r.t("orders.all"), Href: r.with("orders", "") + "#h-latest", Current: q.Filter["side"] != side && len(q.Filter) == 0}
		v.OrderTabs = append([]kit.Tab{all}, v.OrderTabs...)
	}
	p, err := s.Trade.Orders(r.ctx, r.a, q)
	if errs.Is(err, errs.Forbidden) { // a role of one's own may do without the list
		return nil
	}
	v.ShowOrders = err == nil
	for _, o := range p.Items {
		v.Orders = append(v.Orders, orderRow(r.a, o))
	}
	return err
}

// askedLinks are the partners that ask to trade.
func (s *Site) askedLinks(r *request, v *view.Home) error {
	if !r.can(access.Seller, "link", "write") && !r.can(access.Buyer, "link", "write") {
		return nil
	}
	asked, err := s.Partner.Links(r.ctx, r.a, list.Query{Filter: map[string]string{"asked": "1"}})
	if errs.Is(err, errs.Forbidden) {
		return nil
	}
	if err != nil || len(asked.Items) == 0 {
		return err
	}
	href, count := "/partners", i18n.Count(r.lang, int64(len(asked.Items)))
	if asked.Next != "" {
		count += "+"
	}
	if len(asked.Items) == 1 {
		href += "/" + asked.Items[0].ID.String()
	}
	v.Todo = append(v.Todo, view.Todo{Tone: "warn", Icon: "arrows-exchange", Title: r.t("home.todo_link", "n", count), Sub: r.t("home.todo_link_sub"), Href: href})
	return nil
}
