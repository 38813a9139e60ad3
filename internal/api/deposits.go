package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/trade"
)

type writeOffIn struct {
	ByID
	Body struct {
		Currency string `json:"currency,omitempty" doc:"Of the amount"`
		Amount   string `json:"amount,omitempty" doc:"All that is open when left out"`
		Reason   string `json:"reason"`
	}
}

func (a *API) writeOff(ctx context.Context, who access.Actor, in *writeOffIn) (*one[Payment], error) {
	var r reader
	req := httpx.Of(ctx)
	c := trade.WriteOff{Key: trade.Key(req.Key), Invoice: in.ID.ID, Version: req.IfMatch, Reason: in.Body.Reason}
	if in.Body.Amount != "" {
		c.Amount = r.money("amount", r.currency("currency", in.Body.Currency), in.Body.Amount)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	v, err := a.Trade.WriteOff(ctx, who, c)
	return onePayment(v, err)
}

type applyIn struct {
	Body struct {
		Seller   id.ID        `json:"seller"`
		Buyer    id.ID        `json:"buyer"`
		Currency string       `json:"currency"`
		Allocate []Allocation `json:"allocate,omitempty" maxItems:"1000" doc:"The oldest first, as far as the deposit goes, when left out"`
	}
}

func (a *API) apply(ctx context.Context, who access.Actor, in *applyIn) (*one[Payment], error) {
	var r reader
	b := in.Body
	cur := r.currency("currency", b.Currency)
	c := trade.Apply{Key: trade.Key(httpx.Of(ctx).Key), Seller: b.Seller, Buyer: b.Buyer, Currency: b.Currency, Allocate: r.allocations(cur, b.Allocate)}
	if err := r.err(); err != nil {
		return nil, err
	}
	v, err := a.Trade.Apply(ctx, who, c)
	return onePayment(v, err)
}

// Transfer is money that leaves a deposit or a collection.
type Transfer struct {
	Currency  string `json:"currency"`
	Amount    string `json:"amount,omitempty" doc:"All of it when left out"`
	Method    string `json:"method" enum:"transfer,va,qris,cash,giro"`
	ValueOn   string `json:"value_on,omitempty"`
	Reference string `json:"reference,omitempty"`
}

type refundIn struct {
	Body struct {
		Buyer id.ID `json:"buyer"`
		Transfer
	}
}

func (a *API) refund(ctx context.Context, who access.Actor, in *refundIn) (*one[Payment], error) {
	var r reader
	b := in.Body
	c := trade.Refund{Key: trade.Key(httpx.Of(ctx).Key), Buyer: b.Buyer, Currency: b.Currency, Method: b.Method, Reference: b.Reference,
		Amount: r.amount("amount", r.currency("currency", b.Currency), b.Amount), ValueOn: r.date("value_on", b.ValueOn)}
	if err := r.err(); err != nil {
		return nil, err
	}
	v, err := a.Trade.Refund(ctx, who, c)
	return onePayment(v, err)
}

type remitIn struct {
	Body struct {
		Agent id.ID `json:"agent"`
		Back  bool  `json:"back,omitempty" doc:"You gave back to the agent what it had handed over of money that bounced"`
		Transfer
	}
}

func (a *API) remit(ctx context.Context, who access.Actor, in *remitIn) (*one[Payment], error) {
	var r reader
	b := in.Body
	c := trade.Remit{Key: trade.Key(httpx.Of(ctx).Key), Agent: b.Agent, Back: b.Back, Currency: b.Currency, Method: b.Method, Reference: b.Reference,
		Amount: r.amount("amount", r.currency("currency", b.Currency), b.Amount), ValueOn: r.date("value_on", b.ValueOn)}
	if err := r.err(); err != nil {
		return nil, err
	}
	v, err := a.Trade.Remit(ctx, who, c)
	return onePayment(v, err)
}
