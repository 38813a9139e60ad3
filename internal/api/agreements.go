package api

import (
	"context"
	"encoding/hex"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/partner"
)

// Terms are what an agreement fixes.
type Terms struct {
	From              string `json:"from" doc:"YYYY-MM-DD"`
	Until             string `json:"until,omitempty" doc:"For ever when left out"`
	PriceList         id.ID  `json:"price_list" doc:"Of the seller"`
	Currency          string `json:"currency"`
	PricesIncludeVAT  bool   `json:"prices_include_vat,omitempty"`
	MinOrder          string `json:"min_order,omitempty" doc:"0 when left out"`
	NetDays           int64  `json:"net_days,omitempty"`
	EarlyDays         int64  `json:"early_days,omitempty"`
	EarlyBps          int64  `json:"early_bps,omitempty" doc:"Discount for paying early, hundredths of a percent"`
	Prepay            bool   `json:"prepay,omitempty" doc:"Cash before delivery"`
	CreditLimit       string `json:"credit_limit,omitempty" doc:"No limit when left out"`
	TitleOn           string `json:"title_on" enum:"confirmation,dispatch,delivery,payment"`
	RiskOn            string `json:"risk_on" enum:"dispatch,delivery,title"`
	ResaleBeforeTitle bool   `json:"resale_before_title,omitempty"`
	OverBps           int64  `json:"over_bps,omitempty" minimum:"0" maximum:"10000" doc:"How much more of a line may be sent than was ordered, hundredths of a percent"`
	UnderBps          int64  `json:"under_bps,omitempty" minimum:"0" maximum:"10000" doc:"How little may be left of a line that counts as complete, hundredths of a percent"`
	FreightBy         string `json:"freight_by,omitempty" enum:"seller,buyer"`
}

func (w Terms) terms(r *reader) partner.Terms {
	c := r.currency("currency", w.Currency)
	t := partner.Terms{From: r.date("from", w.From), Until: r.date("until", w.Until), PriceList: w.PriceList, Currency: w.Currency,
		PricesIncludeVAT: w.PricesIncludeVAT, MinOrder: r.amount("min_order", c, w.MinOrder), NetDays: w.NetDays, EarlyDays: w.EarlyDays,
		EarlyBps: w.EarlyBps, Prepay: w.Prepay, CreditLimit: partner.NoLimit, TitleOn: w.TitleOn, RiskOn: w.RiskOn,
		ResaleBeforeTitle: w.ResaleBeforeTitle, OverBps: w.OverBps, UnderBps: w.UnderBps, FreightBy: w.FreightBy}
	if w.CreditLimit != "" {
		t.CreditLimit = r.money("credit_limit", c, w.CreditLimit)
	}
	return t
}

func termsWire(t partner.Terms) Terms {
	m := func(x money.Minor) string { return minor(t.Currency, x) }
	w := Terms{From: string(t.From), Until: until(t.Until), PriceList: t.PriceList, Currency: t.Currency, PricesIncludeVAT: t.PricesIncludeVAT,
		MinOrder: m(t.MinOrder), NetDays: t.NetDays, EarlyDays: t.EarlyDays, EarlyBps: t.EarlyBps, Prepay: t.Prepay, TitleOn: t.TitleOn,
		RiskOn: t.RiskOn, ResaleBeforeTitle: t.ResaleBeforeTitle, OverBps: t.OverBps, UnderBps: t.UnderBps, FreightBy: t.FreightBy}
	if t.CreditLimit < partner.NoLimit {
		w.CreditLimit = m(t.CreditLimit)
	}
	return w
}

func until(d clock.Date) string {
	if d == partner.Open {
		return ""
	}
	return string(d)
}

// Agreement is one edition of the terms of a link.
type Agreement struct {
	ID         id.ID     `json:"id"`
	Link       id.ID     `json:"link"`
	Edition    int64     `json:"edition"`
	Seller     Party     `json:"seller"`
	Buyer      Party     `json:"buyer"`
	Terms      Terms     `json:"terms"`
	ListName   string    `json:"price_list_name,omitempty"`
	TextSHA256 string    `json:"text_sha256" doc:"Of the exact text that both sides accept"`
	Text       string    `json:"text,omitempty"`
	SellerAt   string    `json:"seller_accepted_at,omitempty"`
	BuyerAt    string    `json:"buyer_accepted_at,omitempty"`
	DeclinedAt string    `json:"declined_at,omitempty"`
	DeclinedBy id.ID     `json:"declined_by,omitempty" doc:"The side that declined it, took it back, or made another offer"`
	Reason     string    `json:"reason,omitempty"`
	Version    int64     `json:"version"`
	Findings   []Finding `json:"findings,omitempty"`
}

func agreementWire(g partner.Agreement) Agreement {
	return Agreement{ID: g.ID, Link: g.Link, Edition: g.Edition, Seller: Party{ID: g.Seller}, Buyer: Party{ID: g.Buyer}, Terms: termsWire(g.Terms),
		TextSHA256: hex.EncodeToString(g.TextHash[:]), SellerAt: instant(g.SellerAt), BuyerAt: instant(g.BuyerAt),
		DeclinedAt: instant(g.DeclinedAt), DeclinedBy: g.DeclinedOrg, Reason: g.Reason, Version: g.Version}
}

func agreementViewWire(v partner.AgreementView) Agreement {
	w := agreementWire(v.Agreement)
	w.Seller.Name, w.Buyer.Name, w.ListName = v.SellerName, v.BuyerName, v.ListName
	return w
}

func (a *API) agreements() {
	const tag = "Agreements"
	handle(a, made(post("propose-agreement", "/agreements", tag, "Propose a new edition of a link's terms; you accept it thereby")), a.propose)
	handle(a, get("list-agreements", "/agreements", tag, "Your agreements, newest first"), a.listAgreements)
	handle(a, get("agreement", "/agreements/{id}", tag, "An agreement with its text"), a.agreement)
	handle(a, post("accept-agreement", "/agreements/{id}/accept", tag, "Accept an edition as the other side"), a.accept)
	handle(a, step("decline-agreement", "/agreements/{id}/decline", tag, "Decline an offer, or take your own back"), a.decline)
}

type proposeIn struct {
	Body struct {
		Link id.ID `json:"link"`
		Terms
	}
}

func (a *API) propose(ctx context.Context, who access.Actor, in *proposeIn) (*one[Agreement], error) {
	var r reader
	t := in.Body.Terms.terms(&r)
	if err := r.err(); err != nil {
		return nil, err
	}
	g, found, err := a.Partner.Propose(ctx, who, partner.Propose{Key: key(ctx), Link: in.Body.Link, Terms: t})
	if err != nil {
		return nil, err
	}
	w := agreementWire(g)
	w.Text, w.Findings = g.Text(), findingsWire(who.Lang, found)
	return &one[Agreement]{httpx.ETag(g.Version), w}, nil
}

type agreementsIn struct {
	Paging
	Link    string `query:"link"`
	Waiting bool   `query:"waiting" doc:"Only those that wait for your acceptance"`
}

func (a *API) listAgreements(ctx context.Context, who access.Actor, in *agreementsIn) (*page[Agreement], error) {
	p, err := a.Partner.Agreements(ctx, who, in.query("link", in.Link, "waiting", flag(in.Waiting)))
	return pageOf(p, err, agreementViewWire)
}

func (a *API) agreement(ctx context.Context, who access.Actor, in *ByID) (*one[Agreement], error) {
	v, err := a.Partner.Agreement(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	w := agreementViewWire(v)
	w.Text = v.Agreement.Text()
	return &one[Agreement]{httpx.ETag(v.Version), w}, nil
}

func (a *API) accept(ctx context.Context, who access.Actor, in *ByID) (*one[Agreement], error) {
	g, err := a.Partner.Accept(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	return &one[Agreement]{httpx.ETag(g.Version), agreementWire(g)}, nil
}

type declineIn struct {
	ByID
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"300"`
	}
}

func (a *API) decline(ctx context.Context, who access.Actor, in *declineIn) (*one[Agreement], error) {
	g, err := a.Partner.Decline(ctx, who, partner.Decline{Agreement: in.ID.ID, Version: httpx.Of(ctx).IfMatch, Reason: in.Body.Reason})
	if err != nil {
		return nil, err
	}
	return &one[Agreement]{httpx.ETag(g.Version), agreementWire(g)}, nil
}
