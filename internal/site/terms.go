package site

import (
	"slices"

	"saluran/internal/access"
	"saluran/internal/catalog"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/partner"
	"saluran/web/kit"
	"saluran/web/view"
)

// partnerPage shows a link with its terms; decline is the form of declining where it was refused.
func (s *Site) partnerPage(r *request, no id.ID, back refusal, decline kit.Form) error {
	l, err := s.linkView(r, no)
	if err != nil {
		return err
	}
	v := view.Partner{PartnerRow: s.partnerRow(r, l), SellerName: l.SellerName, BuyerName: l.BuyerName, Form: back.Form, DeclineForm: decline, Conflict: back.Conflict}
	rel, other := access.Seller, l.Buyer
	switch r.a.Org {
	case l.Buyer:
		rel, other = access.Buyer, l.Seller
	case l.Agent:
		rel = access.Agent
	}
	if o, err := s.Partner.Org(r.ctx, r.a, other); err == nil {
		v.City, v.TaxNo, v.Address, v.Phone, v.Currency, v.Logo = o.City, o.TaxNo, o.Address, o.Phone, o.Currency, view.LogoPath(other.String(), o.Logo)
	}
	if err := s.agreements(r, no, rel, &v); err != nil {
		return err
	}
	if rel == access.Seller || rel == access.Buyer {
		v.Credit = s.credit(r, string(rel), other, v.Currency)
		if r.can(rel, "payment", "read") {
			v.Deposit = view.DepositRow{Partner: view.Ref{ID: other.String()}, Side: string(rel), Currency: v.Currency, Amount: s.depositOf(r, rel, l.Seller, l.Buyer, v.Currency)}
		}
	}
	if rel == access.Buyer {
		v.Banks = s.accounts(r, l.Seller, v.Currency)
	}
	if rel == access.Seller || rel == access.Buyer {
		if v.Stand, err = s.standIns(r, other); err == nil {
			err = s.setters(r, v.Stand, no, r.standForm)
		}
		if err != nil {
			return err
		}
	}
	if l.Active && (rel == access.Seller || rel == access.Buyer) {
		v.LinkVersion, v.Asked, v.Waiting = l.Version, l.WaitsFor(r.a.Org), l.Waits()
		v.MayEnd = r.can(rel, "link", "write")
	}
	v.CanPlace = l.Active && !l.Waits() && v.HasNow && r.can(rel, "order", "place")
	v.CanAccept = r.can(rel, "agreement", "confirm")
	if l.Active && (rel == access.Seller || rel == access.Buyer) && r.can(rel, "agreement", "write") {
		lists, err := s.listsFor(r, no, rel)
		if err != nil {
			return err
		}
		for _, x := range lists {
			v.Lists = append(v.Lists, view.Ref{ID: x.ID.String(), Name: x.Name + " (" + x.Currency + ")"})
		}
		v.CanPropose = len(lists) > 0
	}
	if l.Active && rel == access.Seller && r.can(rel, "link", "write") {
		found, err := s.Partner.CheckLink(r.ctx, r.a, partner.NewLink{Channel: l.Channel, Seller: l.Seller, Buyer: l.Buyer, Agent: l.Agent})
		if err != nil {
			return err
		}
		for _, x := range found {
			if !x.Error {
				v.Findings = append(v.Findings, i18n.Code(r.lang, x.Code, x.Args)+" ("+x.Source+")")
			}
		}
	}
	if err := s.partnerHead(r, no, other, rel, v.Currency, &v); err != nil {
		return err
	}
	if v.Story, err = s.story(r, no); err != nil {
		return err
	}
	sh := r.shell(v.Name, "partners", r.crumb("nav.home", "/"), r.crumb("nav.partners", "/partners"), kit.Crumb{Text: v.Name})
	return r.html(back.Status, view.PartnerPage(sh, v))
}

// agreements adds the editions of a link, where the person may see them.
func (s *Site) agreements(r *request, link id.ID, rel access.Rel, v *view.Partner) error {
	if !r.can(access.Own, "agreement", "read") {
		return nil
	}
	p, err := s.Partner.Agreements(r.ctx, r.a, list.Query{Filter: map[string]string{"link": link.String()}})
	if err != nil {
		return err
	}
	for _, x := range p.Items {
		t := x.Terms
		a := view.Agreement{ID: x.ID.String(), Edition: x.Edition, Version: x.Version, From: t.From, Until: t.Until, Currency: t.Currency, PriceList: x.ListName,
			IncludesVAT: t.PricesIncludeVAT, Prepay: t.Prepay, MinOrder: t.MinOrder, Limit: t.CreditLimit, NetDays: t.NetDays, EarlyDays: t.EarlyDays,
			EarlyBps: t.EarlyBps, OverBps: t.OverBps, UnderBps: t.UnderBps, TitleOn: t.TitleOn, RiskOn: t.RiskOn, Resale: t.ResaleBeforeTitle, SellerAccepted: x.SellerAt, BuyerAccepted: x.BuyerAt}
		a.NoLimit, a.ListID, a.FreightBy, a.Reason = t.CreditLimit >= partner.NoLimit, t.PriceList.String(), t.FreightBy, x.Reason
		a.Own = x.Proposer() == r.a.Org
		if a.Until == partner.Open {
			a.Until = ""
		}
		switch {
		case x.DeclinedBy != 0 && x.DeclinedOrg == x.Proposer():
			a.State = "withdrawn"
		case x.DeclinedBy != 0:
			a.State = "declined"
		case !x.Accepted():
			a.State = "proposed"
			a.Waits = (rel == access.Seller && x.SellerBy == 0) || (rel == access.Buyer && x.BuyerBy == 0)
			a.MayDecline = (a.Waits && r.can(rel, "agreement", "confirm")) || (a.Own && r.can(rel, "agreement", "write"))
			if !v.HasOffer {
				v.Offer, v.HasOffer = a, true
				if v.Currency == "" {
					v.Currency = t.Currency
				}
			}
		case t.From > r.today:
			a.State = "future"
		case x.Covers(r.today) && !v.HasNow:
			a.State = "in_force"
			v.Now, v.HasNow, v.Currency = a, true, t.Currency
		default:
			a.State = "ended"
		}
		v.Editions = append(v.Editions, a)
	}
	if v.HasNow {
		v.Now.State = "in_force"
	}
	return nil
}

// listsFor are the price lists that the organisation may name in a proposal: its own where it sells; where it buys, those that
// the seller has offered it on this link.
func (s *Site) listsFor(r *request, link id.ID, rel access.Rel) ([]catalog.PriceList, error) {
	if rel == access.Seller {
		return s.Catalog.Lists(r.ctx, r.a)
	}
	p, err := s.Partner.Agreements(r.ctx, r.a, list.Query{Filter: map[string]string{"link": link.String()}})
	if err != nil {
		return nil, err
	}
	var out []catalog.PriceList
	seen := map[id.ID]bool{}
	for _, x := range p.Items {
		if x.SellerBy != 0 && !seen[x.Terms.PriceList] {
			seen[x.Terms.PriceList] = true
			out = append(out, catalog.PriceList{ID: x.Terms.PriceList, Name: x.ListName, Currency: x.Terms.Currency})
		}
	}
	return out, nil
}

// termFields are the fields of the form, by the name that the service gives them.
var termFields = map[string]string{"from": "from", "until": "until", "price_list": "list", "currency": "list", "credit_limit": "limit", "min_order": "min_order",
	"net_days": "net_days", "early_days": "early_days", "early_bps": "early_percent", "over_bps": "over_percent", "under_bps": "under_percent", "title_on": "title_on", "risk_on": "risk_on",
	"freight_by": "freight"}

// termField takes the forms own names as they are.
func termField(path string) string {
	if f := termFields[path]; f != "" {
		return f
	}
	return path
}

func (s *Site) propose(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	l, err := s.Partner.Link(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	rel := access.Seller
	if r.a.Org == l.Buyer {
		rel = access.Buyer
	}
	f := r.reader()
	terms, err := s.terms(r, f, no, rel)
	if err != nil {
		return err
	}
	if err = f.err(); err == nil {
		_, _, err = s.Partner.Propose(r.ctx, r.a, partner.Propose{Key: r.auditKey(), Link: no, Terms: terms})
	}
	if err == nil {
		return r.to("/partners/"+no.String(), "agreement.proposed")
	}
	back, ok := r.refused(err, termField)
	if !ok {
		return err
	}
	return s.partnerPage(r, no, back, kit.Form{})
}

// terms reads the form of a proposal. A limit that is left empty is none.
func (s *Site) terms(r *request, f *reader, link id.ID, rel access.Rel) (partner.Terms, error) {
	currency, priceList := "IDR", ref(f.text("list"))
	lists, err := s.listsFor(r, link, rel)
	if err != nil && !errs.Is(err, errs.Forbidden) {
		return partner.Terms{}, err
	}
	at := slices.IndexFunc(lists, func(l catalog.PriceList) bool { return l.ID == priceList })
	if at >= 0 {
		currency = lists[at].Currency
	} else if err == nil {
		f.wrong("list", "site.required")
	}
	limit := partner.NoLimit
	if f.text("limit") != "" {
		limit = f.amount("limit", currency)
	}
	f.needed("from")
	return partner.Terms{From: f.date("from"), Until: f.date("until"), PriceList: priceList, Currency: currency, PricesIncludeVAT: f.yes("includes_vat"),
		MinOrder: f.amount("min_order", currency), NetDays: f.count("net_days"), EarlyDays: f.count("early_days"), EarlyBps: f.percent("early_percent"),
		Prepay: f.yes("prepay"), CreditLimit: limit, TitleOn: f.text("title_on"), RiskOn: f.text("risk_on"), ResaleBeforeTitle: f.yes("resale"),
		OverBps: f.percent("over_percent"), UnderBps: f.percent("under_percent"), FreightBy: f.text("freight")}, nil
}

// decline turns an offer of terms down, or takes it back.
func (s *Site) decline(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	link := ref(r.FormValue("link"))
	f := r.reader()
	_, err = s.Partner.Decline(r.ctx, r.a, partner.Decline{Agreement: no, Version: f.version(), Reason: f.text("reason")})
	if err == nil {
		return r.to("/partners/"+link.String(), "agreement.declined")
	}
	back, ok := r.refused(err, same)
	if !ok || link == 0 {
		return err
	}
	decline := back.Form
	back.Form = kit.Form{}
	return s.partnerPage(r, link, back, decline)
}

func (s *Site) accept(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	link := ref(r.FormValue("link"))
	if _, err := s.Partner.Accept(r.ctx, r.a, no); err != nil {
		back, ok := r.refused(err, func(string) string { return "" })
		if !ok || link == 0 {
			return err
		}
		return s.partnerPage(r, link, back, kit.Form{})
	}
	return r.to("/partners/"+link.String(), "agreement.accepted")
}
