package site

import (
	"net/http"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/money"
	"saluran/internal/trade"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) pointsRoutes(get, post route) {
	get("/points", s.points)
	get("/points/moves", s.pointMoves)
	post("/points/programmes", s.addProgramme)
	post("/points/programmes/:id/end", s.endProgramme)
	post("/invoices/:id/redeem", s.redeem)
}

// points shows what the organisation has with its sellers, or its programmes and what its buyers have with it.
func (s *Site) points(r *request) error {
	return s.pointsPage(r, r.side("points"), refusal{Status: http.StatusOK})
}

// pointsPage is the page of one side; back is a programme that was refused.
func (s *Site) pointsPage(r *request, side string, back refusal) error {
	v := view.Points{Selling: side == string(access.Seller), Today: r.today, Form: back.Form, Conflict: back.Conflict}
	filter := ""
	if v.Selling {
		filter = side
	}
	p, err := s.Trade.Cards(r.ctx, r.a, r.query("side", filter))
	if err != nil {
		return err
	}
	r.blind(false) // who may read points may read what they are worth
	v.Tabs = s.moneyTabs(r, "/points", side, "points.ours", "points.mine")
	v.Next, v.First = r.pages(p.Next)
	for _, c := range p.Items {
		v.Cards = append(v.Cards, card(c, v.Selling))
	}
	if v.Selling && r.can(access.Own, "points", "read") {
		v.MayWrite = r.can(access.Own, "points", "write")
		all, err := s.Trade.Programmes(r.ctx, r.a)
		if err != nil {
			return err
		}
		for _, g := range all {
			v.Programmes = append(v.Programmes, programme(g, r.today))
		}
	}
	return r.html(back.Status, view.PointsPage(r.shell(r.t("points.title"), "points", r.crumb("nav.home", "/"), r.crumb("points.title", "")), v))
}

// card is a card as a page shows it, from one of its sides.
func card(c trade.Card, selling bool) view.PointsCard {
	out := view.PointsCard{Programme: view.Ref{ID: c.ID.String(), Name: c.Name}, Partner: view.Ref{ID: c.Seller.String(), Name: c.SellerName}, Currency: c.Currency,
		Have: c.Have, Worth: c.Worth, Owing: c.Owing, NextOn: c.NextOn, Expiring: c.Next}
	if selling {
		out.Partner = view.Ref{ID: c.Holder.String(), Name: c.HolderName}
	}
	return out
}

func programme(g trade.Programme, today clock.Date) view.Programme {
	v := view.Programme{ID: g.ID.String(), Version: g.Version, Name: g.Name, Currency: g.Currency, EarnOn: g.EarnOn, Points: g.Points, Per: g.PerAmount, Worth: g.Worth,
		ExpiryDays: g.ExpiryDays, From: g.FromOn, Until: g.UntilOn, Outstanding: g.Outstanding}
	if v.Until == trade.OpenEnd {
		v.Until = ""
	}
	v.Runs = spell(today, v.From, v.Until)
	v.MayEnd = v.Until == "" || v.Until > today
	return v
}

// pointMoves lists what was earned, spent, taken back and expired.
func (s *Site) pointMoves(r *request) error {
	p, err := s.Trade.PointsMoves(r.ctx, r.a, r.query("programme", r.Query("programme")))
	if err != nil {
		return err
	}
	v := view.PointMoves{}
	v.Next, v.First = r.pages(p.Next)
	for _, m := range p.Items {
		row := view.PointMove{On: m.MovedOn, Kind: m.Kind, Programme: m.ProgrammeName, Partner: m.SellerName, Points: m.Amount, Due: m.Nominal, Expires: m.ExpiresOn}
		if m.Seller == r.a.Org {
			row.Partner = m.HolderName
		}
		if m.OrderID != 0 {
			row.Order = view.Ref{ID: m.OrderID.String(), Name: m.OrderNumber}
		}
		v.Rows = append(v.Rows, row)
	}
	return r.html(http.StatusOK, view.PointMovesPage(r.shell(r.t("points.moves"), "points", r.crumb("nav.home", "/"), r.crumb("points.title", "/points"), r.crumb("points.moves", "")), v))
}

// addProgramme begins a programme: it says in words what will be promised first, since no term of it changes any more.
func (s *Site) addProgramme(r *request) error {
	f := r.reader()
	cur := f.text("currency")
	g := trade.Programme{Name: f.needed("name"), Currency: cur, EarnOn: f.text("earn_on"), Points: f.count("points"), PerAmount: f.amount("per_amount", cur), Worth: f.amount("worth", cur),
		ExpiryDays: f.count("expiry_days"), FromOn: f.date("from"), UntilOn: f.date("until")}
	err := f.err()
	switch {
	case f.changed():
		return s.pointsPage(r, string(access.Seller), r.backTo())
	case err == nil && f.sure():
		if _, err = s.Trade.AddProgramme(r.ctx, r.a, r.auditKey(), g); err == nil {
			return r.to("/points?side=seller", "points.added")
		}
	case err == nil:
		if err = g.Check(r.today); err == nil {
			return s.weighProgramme(r, g)
		}
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.pointsPage(r, string(access.Seller), back)
}

func (s *Site) weighProgramme(r *request, g trade.Programme) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "points", "write"); err != nil {
		return err
	}
	r.blind(false)
	w := programme(g, r.today)
	v := view.Weigh{Title: r.t("points.new"), Lead: g.Name, Says: []string{w.Rule(r.ctx), w.WorthRule(r.ctx), w.ExpiryRule(r.ctx), w.Spell(r.ctx), r.t("points.fixed")}, Button: r.t("points.begin")}
	return s.weigh(r, "points", v, nil, r.crumb("points.title", "/points?side=seller"))
}

// endProgramme ends a programme with today, once somebody has seen what that means.
func (s *Site) endProgramme(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	if f.changed() {
		return s.pointsPage(r, string(access.Seller), refusal{Status: http.StatusOK})
	}
	if f.sure() {
		if _, err = s.Trade.EndProgramme(r.ctx, r.a, r.auditKey(), no, f.version()); err == nil {
			return r.to("/points?side=seller", "points.ended")
		}
	} else if err = s.weighEnd(r, no); err == nil {
		return nil
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.pointsPage(r, string(access.Seller), alerted(back))
}

func (s *Site) weighEnd(r *request, no id.ID) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "points", "write"); err != nil {
		return err
	}
	all, err := s.Trade.Programmes(r.ctx, r.a)
	if err != nil {
		return err
	}
	for _, g := range all {
		if g.ID == no {
			r.blind(false)
			v := view.Weigh{Title: r.t("points.end"), Lead: g.Name, Look: "bad", Icon: "x", Button: r.t("points.end_do"),
				Says: []string{r.t("points.end_says", "on", kit.Day(r.ctx, r.today)), r.t("points.end_keep", "n", i18n.Count(r.lang, g.Outstanding)), r.t("weigh.no_undo")}}
			return s.weigh(r, "points", v, nil, r.crumb("points.title", "/points?side=seller"))
		}
	}
	return errs.Gone()
}

// cardsFor are the points that may be spent on an invoice; none where the person may not spend them.
func (s *Site) cardsFor(r *request, x trade.InvoiceView, rel access.Rel) (out []view.PointsCard) {
	if (rel != access.Buyer && rel != access.Seller) || !r.can(rel, "points", "redeem") || !r.can(rel, "points", "read") {
		return nil
	}
	side, partner := "", x.Seller
	if rel == access.Seller {
		side, partner = "seller", x.Buyer
	}
	p, err := s.Trade.Cards(r.ctx, r.a, list.Query{Filter: map[string]string{"side": side, "partner": partner.String()}})
	if err != nil {
		return nil
	}
	for _, c := range p.Items {
		if c.Currency == x.Currency && c.Have > 0 {
			v := card(c, rel == access.Seller)
			v.Most = min(c.Have, int64(x.Open()/c.Worth))
			out = append(out, v)
		}
	}
	return out
}

// redeem spends points on an invoice: it shows what is left of both first.
func (s *Site) redeem(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	x, err := s.Trade.Invoice(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	f := r.reader()
	c := trade.Redeem{Key: r.tradeKey(), Invoice: no, Programme: ref(f.text("programme")), Points: f.count("points")}
	if f.needed("points"); c.Points == 0 && len(f.bad) == 0 {
		f.wrong("points", "points.positive")
	}
	switch err = f.err(); {
	case f.changed():
		return s.invoicePage(r, no, refusal{Status: http.StatusOK}, invoiceForms{Points: r.backTo().Form})
	case err == nil && f.sure():
		if _, err = s.Trade.Redeem(r.ctx, r.a, c); err == nil {
			return r.to("/invoices/"+no.String(), "points.spent")
		}
	case err == nil:
		if err = s.weighRedeem(r, x, c); err == nil {
			return nil
		}
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	points := back.Form
	back.Form = kit.Form{}
	return s.invoicePage(r, no, back, invoiceForms{Points: points})
}

func (s *Site) weighRedeem(r *request, x trade.InvoiceView, c trade.Redeem) error {
	rel := x.Rel(r.a.Org)
	if err := s.Gate.Require(r.ctx, r.a, rel, "points", "redeem"); err != nil {
		return err
	}
	r.blind(false)
	for _, k := range s.cardsFor(r, x, rel) {
		if k.Programme.ID != c.Programme.String() {
			continue
		}
		cur := money.Currencies[x.Currency]
		switch {
		case c.Points > k.Have:
			return errs.New(errs.Conflict, "points.short", "available", i18n.Count(r.lang, k.Have), "asked", i18n.Count(r.lang, c.Points))
		case c.Points > k.Most:
			return errs.New(errs.Conflict, "points.more_than_open", "open", cur.Format(x.Open()), "currency", x.Currency, "points", i18n.Count(r.lang, k.Most))
		}
		sum := k.Worth * money.Minor(c.Points)
		v := view.Weigh{Title: r.t("points.spend"), Lead: x.Number + " · " + k.Programme.Name, Look: "pri", Icon: "check",
			Facts: []view.WeighFact{{What: r.t("points.card", "name", k.Programme.Name), Now: i18n.Count(r.lang, k.Have), Then: i18n.Count(r.lang, k.Have-c.Points)},
				{What: r.t("weigh.open_of", "number", x.Number), Now: r.money(x.Currency, x.Open()), Then: r.money(x.Currency, x.Open()-sum)}},
			Says:   []string{r.t("points.spend_says", "points", i18n.Count(r.lang, c.Points), "amount", r.money(x.Currency, sum)), r.t("weigh.no_undo")},
			Button: r.t("points.spend_do", "points", i18n.Count(r.lang, c.Points))}
		return s.weigh(r, "invoices", v, nil, r.crumb("nav.invoices", "/invoices"), kit.Crumb{Text: x.Number, Href: "/invoices/" + x.ID.String()})
	}
	return errs.Gone()
}
