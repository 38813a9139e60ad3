package api

import (
	"context"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/trade"
)

// ProgrammeTerms are what a programme promises. They never change.
type ProgrammeTerms struct {
	Name       string `json:"name" minLength:"1" maxLength:"120"`
	Currency   string `json:"currency" examples:"[\"IDR\"]"`
	EarnOn     string `json:"earn_on" enum:"delivery,payment" doc:"Points are earned by what was received, or by what was paid"`
	Points     int64  `json:"points" doc:"So many points for every per_amount"`
	PerAmount  string `json:"per_amount" doc:"Before tax"`
	Worth      string `json:"worth" doc:"What one point is worth on an invoice"`
	ExpiryDays int64  `json:"expiry_days,omitempty" doc:"Days after the one on which they were earned; 0 where they do not expire"`
	From       string `json:"from,omitempty" doc:"YYYY-MM-DD; today when left out, never before it"`
	Until      string `json:"until,omitempty" doc:"The last day on which points are earned; without an end when left out"`
}

// Programme is a loyalty programme of a seller.
type Programme struct {
	ID     id.ID `json:"id"`
	Seller Party `json:"seller"`
	ProgrammeTerms
	Outstanding string `json:"outstanding,omitempty" doc:"Points that stand with holders; for the seller alone"`
	Version     int64  `json:"version"`
}

// PointsCard is what a holder has of a programme.
type PointsCard struct {
	Programme Party  `json:"programme"`
	Seller    Party  `json:"seller"`
	Holder    Party  `json:"holder"`
	Points    string `json:"points" doc:"That can be spent today"`
	Currency  string `json:"currency"`
	Worth     string `json:"worth" doc:"Of one point, on an invoice of the seller"`
	Expires   string `json:"expires,omitempty" doc:"The last day of those that expire first"`
	Expiring  string `json:"expiring,omitempty" doc:"How many they are"`
	Owing     string `json:"owing,omitempty" doc:"Taken back after they had been spent: the next points are set against it"`
}

// PointsMove is a movement of points.
type PointsMove struct {
	ID          id.ID  `json:"id"`
	On          string `json:"on" format:"date"`
	Kind        string `json:"kind" enum:"earned,reversed,spent,restored,expired"`
	Programme   Party  `json:"programme"`
	Seller      Party  `json:"seller"`
	Holder      Party  `json:"holder"`
	Order       id.ID  `json:"order,omitempty"`
	OrderNumber string `json:"order_number,omitempty"`
	Points      string `json:"points" doc:"What moved; below zero what went"`
	Due         string `json:"due" doc:"What the terms gave or took: more than what moved where points are owed"`
	Expires     string `json:"expires,omitempty"`
}

func (a *API) points() {
	const tag = "Points"
	handle(a, get("list-programmes", "/points/programmes", tag, "The loyalty programmes of your organisation"), a.programmes)
	handle(a, made(post("add-programme", "/points/programmes", tag, "Begin a loyalty programme")), a.addProgramme)
	handle(a, step("end-programme", "/points/programmes/{id}/end", tag, "End a programme with today; what was earned can still be spent"), a.endProgramme)
	handle(a, get("list-points", "/points", tag, "The points that you have with sellers, or that buyers have with you"), a.cards)
	handle(a, get("list-point-moves", "/points/moves", tag, "What was earned, spent, taken back and expired, the newest first"), a.pointMoves)
	handle(a, made(post("redeem-points", "/points/redemptions", tag, "Spend points on an open invoice")), a.redeem)
}

func pts(n int64) string { return strconv.FormatInt(n, 10) }

func ptsOr(n int64) string {
	if n == 0 {
		return ""
	}
	return pts(n)
}

func programmeWire(g trade.Programme) Programme {
	c := money.Currencies[g.Currency]
	until := string(g.UntilOn)
	if until == "9999-12-31" {
		until = ""
	}
	return Programme{ID: g.ID, Seller: Party{ID: g.Seller, Name: g.SellerName}, Outstanding: ptsOr(g.Outstanding), Version: g.Version,
		ProgrammeTerms: ProgrammeTerms{g.Name, g.Currency, g.EarnOn, g.Points, c.Format(g.PerAmount), c.Format(g.Worth), g.ExpiryDays, string(g.FromOn), until}}
}

func oneProgramme(g trade.Programme, err error) (*one[Programme], error) {
	if err != nil {
		return nil, err
	}
	return &one[Programme]{httpx.ETag(g.Version), programmeWire(g)}, nil
}

type programmesOut struct {
	Body struct {
		Items []Programme `json:"items"`
	}
}

func (a *API) programmes(ctx context.Context, who access.Actor, _ *struct{}) (*programmesOut, error) {
	rows, err := a.Trade.Programmes(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &programmesOut{}
	out.Body.Items = []Programme{}
	for _, g := range rows {
		out.Body.Items = append(out.Body.Items, programmeWire(g))
	}
	return out, nil
}

type addProgrammeIn struct{ Body ProgrammeTerms }

func (a *API) addProgramme(ctx context.Context, who access.Actor, in *addProgrammeIn) (*one[Programme], error) {
	var r reader
	b := in.Body
	c := r.currency("currency", b.Currency)
	g := trade.Programme{Name: b.Name, Currency: b.Currency, EarnOn: b.EarnOn, Points: b.Points, PerAmount: r.money("per_amount", c, b.PerAmount), Worth: r.money("worth", c, b.Worth),
		ExpiryDays: b.ExpiryDays, FromOn: r.date("from", b.From), UntilOn: r.date("until", b.Until)}
	if err := r.err(); err != nil {
		return nil, err
	}
	v, err := a.Trade.AddProgramme(ctx, who, key(ctx), g)
	return oneProgramme(v, err)
}

func (a *API) endProgramme(ctx context.Context, who access.Actor, in *ByID) (*one[Programme], error) {
	v, err := a.Trade.EndProgramme(ctx, who, key(ctx), in.ID.ID, httpx.Of(ctx).IfMatch)
	return oneProgramme(v, err)
}

type cardsIn struct {
	Paging
	Side    string `query:"side" enum:"buyer,seller" doc:"buyer when left out: your own points"`
	Partner string `query:"partner" doc:"One organisation on the other side"`
}

func (a *API) cards(ctx context.Context, who access.Actor, in *cardsIn) (*page[PointsCard], error) {
	p, err := a.Trade.Cards(ctx, who, in.query("side", in.Side, "partner", in.Partner))
	return pageOf(p, err, func(c trade.Card) PointsCard {
		return PointsCard{Programme: Party{ID: c.ID, Name: c.Name}, Seller: Party{ID: c.Seller, Name: c.SellerName},
			Holder: Party{ID: c.Holder, Name: c.HolderName}, Points: pts(c.Have), Currency: c.Currency,
			Worth: money.Currencies[c.Currency].Format(c.Worth), Expires: string(c.NextOn), Expiring: ptsOr(c.Next), Owing: ptsOr(c.Owing)}
	})
}

type pointMovesIn struct {
	Paging
	Programme string `query:"programme"`
}

func (a *API) pointMoves(ctx context.Context, who access.Actor, in *pointMovesIn) (*page[PointsMove], error) {
	p, err := a.Trade.PointsMoves(ctx, who, in.query("programme", in.Programme))
	return pageOf(p, err, func(m trade.MoveView) PointsMove {
		return PointsMove{ID: m.ID, On: string(m.MovedOn), Kind: m.Kind, Programme: Party{ID: m.Programme, Name: m.ProgrammeName}, Seller: Party{ID: m.Seller, Name: m.SellerName},
			Holder: Party{ID: m.Holder, Name: m.HolderName}, Order: m.OrderID, OrderNumber: m.OrderNumber, Points: pts(m.Amount), Due: pts(m.Nominal), Expires: string(clock.Date(m.ExpiresOn))}
	})
}

type redeemIn struct {
	Body struct {
		Programme id.ID `json:"programme"`
		Invoice   id.ID `json:"invoice"`
		Points    int64 `json:"points" minimum:"1"`
	}
}

func (a *API) redeem(ctx context.Context, who access.Actor, in *redeemIn) (*one[Payment], error) {
	b := in.Body
	v, err := a.Trade.Redeem(ctx, who, trade.Redeem{Key: trade.Key(httpx.Of(ctx).Key), Programme: b.Programme, Invoice: b.Invoice, Points: b.Points})
	return onePayment(v, err)
}
