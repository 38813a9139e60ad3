package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/trade"
)

type payClaimIn struct {
	Body struct {
		Payer       id.ID `json:"payer,omitempty" doc:"Your organisation when left out"`
		Payee       id.ID `json:"payee,omitempty" doc:"Your organisation when left out"`
		BankAccount id.ID `json:"bank_account,omitempty" doc:"Of whom is paid"`
		Transfer
	}
}

func (a *API) payClaim(ctx context.Context, who access.Actor, in *payClaimIn) (*one[Payment], error) {
	var r reader
	b := in.Body
	c := trade.PayClaim{Key: trade.Key(httpx.Of(ctx).Key), Payer: b.Payer, Payee: b.Payee, Currency: b.Currency, Method: b.Method,
		Reference: b.Reference, BankAccount: b.BankAccount, Amount: r.amount("amount", r.currency("currency", b.Currency), b.Amount), ValueOn: r.date("value_on", b.ValueOn)}
	if err := r.err(); err != nil {
		return nil, err
	}
	v, err := a.Trade.PayClaim(ctx, who, c)
	return onePayment(v, err)
}
