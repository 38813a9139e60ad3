package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/trade"
)

// HeldMoney is money of the creditor that the debtor keeps beside all invoices.
type HeldMoney struct {
	Creditor Party  `json:"creditor" doc:"Whose it is: the buyer of a deposit, the principal of a collection"`
	Debtor   Party  `json:"debtor" doc:"Who keeps it: the seller, the agent"`
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

func heldWire(h trade.HeldMoney) HeldMoney {
	return HeldMoney{Party{h.Creditor, h.CreditorName}, Party{h.Debtor, h.DebtorName}, h.Currency, minor(h.Currency, h.Amount)}
}

func (a *API) heldRoutes() {
	handle(a, get("list-deposits", "/deposits", "Payments", "What buyers have standing with you, or you with your sellers, beside all invoices"), a.deposits)
	handle(a, get("list-collections", "/collections", "Payments", "What agents collected and have not handed over yet"), a.collections)
}

type depositsIn struct {
	Paging
	Side     string `query:"side" enum:"seller,buyer" doc:"seller (deposits of your buyers) when left out"`
	Partner  string `query:"partner"`
	Currency string `query:"currency"`
}

func (a *API) deposits(ctx context.Context, who access.Actor, in *depositsIn) (*page[HeldMoney], error) {
	p, err := a.Trade.Deposits(ctx, who, in.query("side", in.Side, "partner", in.Partner, "currency", in.Currency))
	return pageOf(p, err, heldWire)
}

type collectionsIn struct {
	Paging
	Partner  string `query:"partner" doc:"The agent, or the principal"`
	Currency string `query:"currency"`
}

func (a *API) collections(ctx context.Context, who access.Actor, in *collectionsIn) (*page[HeldMoney], error) {
	p, err := a.Trade.Collections(ctx, who, in.query("partner", in.Partner, "currency", in.Currency))
	return pageOf(p, err, heldWire)
}
