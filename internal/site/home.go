package site

import (
	"net/http"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/trade"
	"saluran/web/view"
)

// home opens on what waits for this person, then figures, then the latest orders.
func (s *Site) home(r *request) error {
	greeting := "home.day"
	switch h := r.hour(); {
	case h < 11:
		greeting = "home.morning"
	case h >= 18:
		greeting = "home.evening"
	}
	v := view.Home{Greeting: r.t(greeting, "name", r.a.Name), CanPlace: r.mayPlace(),
		AsOf: r.t("home.as_of", "org", r.a.OrgName, "at", i18n.Time(r.lang, s.Clock.Now(), r.a.Zone))}
	if r.a.Kind != "operator" {
		if err := s.waiting(r, &v); err != nil {
			return err
		}
		if err := s.brokenHooks(r, &v); err != nil {
			return err
		}
		s.figures(r, &v)
	}
	return r.html(http.StatusOK, view.HomePage(r.shell(r.t("nav.home"), "home"), v))
}

// waiting counts what waits for this person, as far as a page of each list goes, and adds the latest orders.
func (s *Site) waiting(r *request, v *view.Home) error {
	orders := func(filters ...string) (list.Query, string) {
		q, href := list.Query{Filter: map[string]string{}}, "/orders?"
		for i := 0; i+1 < len(filters); i += 2 {
			q.Filter[filters[i]] = filters[i+1]
		}
		return q, href
	}
	if r.can(access.Seller, "order", "confirm") || r.can(access.Agent, "order", "confirm") {
		side := map[bool]string{true: "agent", false: "selling"}[r.a.Kind == "agent"]
		for status, tone := range map[string]string{"placed": "warn", "credit_hold": "bad"} {
			q, _ := orders("side", side, "status", status)
			p, err := ifAllowed(s.Trade.Orders(r.ctx, r.a, q))
			if err != nil {
				return err
			}
			key := map[string]string{"placed": "home.todo_confirm", "credit_hold": "home.todo_hold"}[status]
			r.todo(v, len(p.Items), p.Next != "", tone, map[string]string{"placed": "clock", "credit_hold": "alert-triangle"}[status], key,
				"/orders?side="+map[string]string{"selling": "seller", "agent": "agent"}[side]+"&status="+status)
		}
	}
	for _, x := range []struct {
		may                                    bool
		side, status, tone, icon, key, urlSide string
	}{
		{r.can(access.Seller, "order", "dispatch"), "selling", "confirmed,part_dispatched", "info", "truck-delivery", "home.todo_ship", "seller"},
		{r.can(access.Seller, "order", "bill"), "selling", "delivered", "info", "file-invoice", "home.todo_invoice", "seller"},
	} {
		if !x.may {
			continue
		}
		q, _ := orders("side", x.side, "status", x.status)
		p, err := ifAllowed(s.Trade.Orders(r.ctx, r.a, q))
		if err != nil {
			return err
		}
		r.todo(v, len(p.Items), p.Next != "", x.tone, x.icon, x.key, "/orders?side="+x.urlSide+"&status="+x.status)
	}
	if r.can(access.Buyer, "shipment", "receive") {
		p, err := ifAllowed(s.Trade.Shipments(r.ctx, r.a, list.Query{Filter: map[string]string{"side": "buying", "status": "in_transit"}}))
		if err != nil {
			return err
		}
		r.todo(v, len(p.Items), p.Next != "", "info", "package", "home.todo_receive", "/shipments?side=in&status=in_transit")
	}
	if err := s.waitingMoney(r, v); err != nil {
		return err
	}
	if r.can(access.Seller, "link", "write") || r.can(access.Buyer, "link", "write") {
		asked, err := ifAllowed(s.Partner.Links(r.ctx, r.a, list.Query{Filter: map[string]string{"asked": "1"}}))
		if err != nil {
			return err
		}
		href := "/partners"
		if len(asked.Items) == 1 {
			href += "/" + asked.Items[0].ID.String()
		}
		r.todo(v, len(asked.Items), asked.Next != "", "warn", "arrows-exchange", "home.todo_link", href)
	}
	p, err := ifAllowed(s.Trade.Orders(r.ctx, r.a, list.Query{Size: 8}))
	if err != nil {
		return err
	}
	for _, o := range p.Items {
		v.Orders = append(v.Orders, orderRow(r.a, o))
	}
	return nil
}

func (s *Site) waitingMoney(r *request, v *view.Home) error {
	if r.can(access.Seller, "payment", "confirm") {
		p, err := ifAllowed(s.Trade.Payments(r.ctx, r.a, list.Query{Filter: map[string]string{"side": "seller", "status": "reported"}}))
		if err != nil {
			return err
		}
		r.todo(v, len(p.Items), p.Next != "", "viol", "cash", "home.todo_match", "/payments?side=seller&status=reported")
	}
	if r.can(access.Buyer, "payment", "report") && r.can(access.Buyer, "invoice", "read") {
		p, err := ifAllowed(s.Trade.Invoices(r.ctx, r.a, list.Query{Filter: map[string]string{"side": "buyer", "status": "unpaid", "kind": "invoice", "due_before": string(r.today)}}))
		if err != nil {
			return err
		}
		r.todo(v, len(p.Items), p.Next != "", "bad", "alert-triangle", "home.todo_due", "/invoices?side=buyer&status=unpaid&due_before="+string(r.today))
	}
	return nil
}

// ifAllowed leaves out of the first page what the person may not look at: roles that organisations define may do something and not
// see the list of it.
func ifAllowed[T any](all T, err error) (T, error) {
	if errs.Is(err, errs.Forbidden) {
		var none T
		return none, nil
	}
	return all, err
}

// todo adds a thing that waits, unless there is none of it; more than a page of it is said as "50+".
func (r *request) todo(v *view.Home, n int, more bool, tone, icon, key, href string) {
	if n == 0 {
		return
	}
	count := i18n.Count(r.lang, int64(n))
	if more {
		count += "+"
	}
	v.Todo = append(v.Todo, view.Todo{Tone: tone, Icon: icon, Title: r.t(key, "n", count), Sub: r.t(key + "_sub"), Href: href})
}

// figures are what partners owe, what is late of it, and what is owed to them: of the first two hundred partners, in the
// organisation's main currency.
func (s *Site) figures(r *request, v *view.Home) {
	for _, side := range []string{"seller", "buyer"} {
		if r.a.Kind == "agent" || (side == "seller" && (r.a.Kind == "consumer")) {
			continue
		}
		p, err := s.Trade.Exposures(r.ctx, r.a, list.Query{Size: list.MaxSize, Filter: map[string]string{"side": side}}, trade.AsOf{})
		if err != nil || len(p.Items) == 0 {
			continue
		}
		currency := p.Items[0].Currency
		var open, late money.Minor
		for _, e := range p.Items {
			if e.Currency == currency {
				open += e.Open
				late += e.Overdue
			}
		}
		name := map[string]string{"seller": "home.fig_receivable", "buyer": "home.fig_payable"}[side]
		v.Figures = append(v.Figures, view.Figure{Label: r.t(name), Currency: currency, Amount: open, Note: r.t(name + "_note")},
			view.Figure{Label: r.t("home.fig_overdue"), Currency: currency, Amount: late, Note: r.t(name + "_late")})
	}
}
