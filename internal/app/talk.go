package app

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/pulse"
	"saluran/internal/talk"
)

// wireTalk makes conversations over the documents of trade, and what wakes the streams that show them.
func (a *App) wireTalk() {
	a.Talk = talk.New(talk.Config{DB: a.DB, Clock: a.Config.Clock, Gate: a.Gate, Files: a.Files, Staff: a.Identity, Duties: a.Partner,
		Changed: func(doc id.ID) { a.Pulse.Touch(doc) }})
	a.Pulse = pulse.New(a.Config.Clock, a.Log, a.Talk.News, func(ctx context.Context, since clock.Instant) ([]id.ID, error) { return a.Notices.News(ctx, since) })
	a.Talk.Register("order", func(ctx context.Context, who access.Actor, no id.ID) (talk.Paper, error) {
		o, err := a.Trade.Bare(ctx, who, no)
		return talk.Paper{Number: o.Number, Parties: parties(o.Rel, o.Seller, o.Buyer, o.Agent), Blind: o.Blind}, err
	})
	a.Talk.Register("shipment", func(ctx context.Context, who access.Actor, no id.ID) (talk.Paper, error) {
		h, err := a.Trade.Shipment(ctx, who, no)
		return talk.Paper{Number: h.Number, Parties: parties(h.Rel, h.Seller, h.Buyer, h.Agent)}, err
	})
	a.Talk.Register("invoice", func(ctx context.Context, who access.Actor, no id.ID) (talk.Paper, error) {
		v, err := a.Trade.Invoice(ctx, who, no)
		return talk.Paper{Number: v.Number, Parties: parties(v.Rel, v.Seller, v.Buyer, v.Agent)}, err
	})
	a.Talk.Register("payment", func(ctx context.Context, who access.Actor, no id.ID) (talk.Paper, error) {
		p, err := a.Trade.Payment(ctx, who, no)
		return talk.Paper{Number: p.Number, Parties: parties(p.Rel, p.Payee, p.Payer, p.Agent)}, err
	})
}

// parties are the organisations of a document, each as what it takes part.
func parties(rel func(id.ID) access.Rel, orgs ...id.ID) map[id.ID]access.Rel {
	out := map[id.ID]access.Rel{}
	for _, org := range orgs {
		if r := rel(org); r != access.None {
			out[org] = r
		}
	}
	return out
}
