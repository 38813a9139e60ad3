package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/httpx"
	"saluran/internal/id"
	"saluran/internal/trade"
)

// Commission is what one event earned an agent, or took back.
type Commission struct {
	ID          id.ID  `json:"id"`
	Principal   Party  `json:"principal"`
	Agent       Party  `json:"agent"`
	Order       id.ID  `json:"order"`
	OrderNumber string `json:"order_number,omitempty"`
	Cause       string `json:"cause" enum:"order,delivery,payment,reversal" doc:"A reversal has amounts below zero"`
	Source      id.ID  `json:"source" doc:"The order, shipment, payment or credit note that it comes from"`
	Currency    string `json:"currency"`
	Base        string `json:"base" doc:"Net, before tax"`
	Amount      string `json:"amount"`
	At          string `json:"at"`
	On          string `json:"on" format:"date"`
}

// CommissionBalance is how a principal and its agent stand.
type CommissionBalance struct {
	Principal Party  `json:"principal"`
	Agent     Party  `json:"agent"`
	Currency  string `json:"currency"`
	Due       string `json:"due" doc:"What the principal owes; below zero what the agent owes back"`
	Reported  string `json:"reported" doc:"Paid, and waiting for the agent to confirm it"`
	Returning string `json:"returning" doc:"Paid back, and waiting for the principal to confirm it"`
}

func (a *API) commissionRoutes() {
	handle(a, get("list-commissions", "/commissions", "Commission", "The commission that your organisation has earned, or owes its agents"), a.commissions)
	handle(a, get("commission-balances", "/commissions/balances", "Commission", "What is due between you and each agent or principal"), a.commissionBalances)
	handle(a, made(post("pay-commission", "/commissions/payments", "Commission", "Say that commission was paid; the agent confirms it as a payment")), a.payCommission)
	handle(a, made(post("repay-commission", "/commissions/repayments", "Commission", "Say that commission paid too much was paid back; the principal confirms it as a payment")), a.repayCommission)
}

type commissionsIn struct {
	Paging
	Side     string `query:"side" enum:"seller,agent" doc:"seller is the principal"`
	From     string `query:"from" doc:"YYYY-MM-DD, included"`
	To       string `query:"to" doc:"YYYY-MM-DD, included"`
	Partner  string `query:"partner" doc:"The other side's id"`
	Order    string `query:"order"`
	Currency string `query:"currency"`
}

func (a *API) commissions(ctx context.Context, who access.Actor, in *commissionsIn) (*page[Commission], error) {
	p, err := a.Trade.Commissions(ctx, who, in.query("side", in.Side, "from", in.From, "to", in.To, "partner", in.Partner, "order", in.Order,
		"currency", in.Currency))
	if err != nil {
		return nil, err
	}
	return listed(p, func(v trade.CommissionItem) Commission {
		return Commission{ID: v.ID, Principal: Party{v.Principal, v.PrincipalName}, Agent: Party{v.Agent, v.AgentName}, Order: v.OrderID,
			OrderNumber: v.OrderNumber, Cause: v.Cause, Source: v.Source, Currency: v.Currency, Base: minor(v.Currency, v.Base),
			Amount: minor(v.Currency, v.Amount), At: instant(v.At), On: string(v.On)}
	}), nil
}

// CommissionBalances is the answer of the balances.
type CommissionBalances struct {
	Items []CommissionBalance `json:"items"`
}

func (a *API) commissionBalances(ctx context.Context, who access.Actor, _ *struct{}) (*struct{ Body CommissionBalances }, error) {
	all, err := a.Trade.CommissionBalances(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body CommissionBalances }{CommissionBalances{[]CommissionBalance{}}}
	for _, v := range all {
		out.Body.Items = append(out.Body.Items, CommissionBalance{Party{v.Principal, v.PrincipalName}, Party{v.Agent, v.AgentName}, v.Currency,
			minor(v.Currency, v.Due), minor(v.Currency, v.Reported), minor(v.Currency, v.Returning)})
	}
	return out, nil
}

type payCommissionIn struct {
	Body struct {
		Principal   id.ID `json:"principal,omitempty" doc:"Your organisation when left out"`
		Agent       id.ID `json:"agent,omitempty" doc:"Your organisation when left out"`
		BankAccount id.ID `json:"bank_account,omitempty" doc:"Of whom is paid"`
		Transfer
	}
}

func (a *API) payCommission(ctx context.Context, who access.Actor, in *payCommissionIn) (*one[Payment], error) {
	return a.commissionMoney(ctx, who, in, false)
}

func (a *API) repayCommission(ctx context.Context, who access.Actor, in *payCommissionIn) (*one[Payment], error) {
	return a.commissionMoney(ctx, who, in, true)
}

func (a *API) commissionMoney(ctx context.Context, who access.Actor, in *payCommissionIn, back bool) (*one[Payment], error) {
	var r reader
	b := in.Body
	c := trade.PayCommission{Key: trade.Key(httpx.Of(ctx).Key), Principal: b.Principal, Agent: b.Agent, Back: back, Currency: b.Currency, Method: b.Method,
		Reference: b.Reference, BankAccount: b.BankAccount, Amount: r.amount("amount", r.currency("currency", b.Currency), b.Amount), ValueOn: r.date("value_on", b.ValueOn)}
	if err := r.err(); err != nil {
		return nil, err
	}
	v, err := a.Trade.PayCommission(ctx, who, c)
	return onePayment(v, err)
}
