package app

import (
	"context"
	"fmt"

	"saluran/internal/hook"
	"saluran/internal/id"
	"saluran/internal/mail"
	"saluran/internal/outward"
	"saluran/internal/trade"
)

// wireHooks makes the webhooks over what trade files.
func (a *App) wireHooks() error {
	allow, err := outward.ParseAllowed(a.HookAllow)
	if err != nil {
		return fmt.Errorf("webhooks: %w", err)
	}
	a.Hooks = hook.New(hook.Config{DB: a.DB, Clock: a.Config.Clock, Gate: a.Gate, Papers: papers{a.Trade}, Notice: notices{a}, Proof: a.Identity, Log: a.Log, Program: Program, Key: a.installationKey, Allow: allow})
	return nil
}

// papers tells webhooks who the parties of documents are.
type papers struct{ trade *trade.Service }

func (x papers) Papers(ctx context.Context, kind string, docs []id.ID) (map[id.ID]hook.Paper, error) {
	all, err := x.trade.Papers(ctx, kind, docs)
	if err != nil {
		return nil, err
	}
	out := make(map[id.ID]hook.Paper, len(all))
	for _, p := range all {
		out[p.ID] = hook.Paper{ID: p.ID, Number: p.Number, Status: p.Status, Order: p.OrderID, Seller: p.Seller, Buyer: p.Buyer, Agent: p.Agent, Parties: p.Parties()}
	}
	return out, nil
}

// heirs lets a colleague take over the webhooks and the round of who leaves.
type heirs struct{ app *App }

func (x heirs) HandOver(ctx context.Context, by id.By, org, from, to id.ID) error {
	if err := x.app.Visits.HandOver(ctx, by, org, from, to); err != nil {
		return err
	}
	return x.app.Hooks.HandOver(ctx, by, org, from, to)
}

// notices writes to the owners of an organisation.
type notices struct{ app *App }

func (x notices) Disabled(ctx context.Context, org, endpoint id.ID, url, reason string) error {
	kind := "webhook_disabled"
	if reason == "left" {
		kind = "webhook_left"
	}
	owners, err := x.app.Identity.Owners(ctx, org)
	for _, p := range owners {
		if err == nil {
			err = x.app.Mailer.Send(ctx, mail.Message{To: p.Email, Lang: p.Lang, Kind: kind, Args: map[string]string{"name": p.Name, "url": url},
				Link: "/webhooks/" + endpoint.String()})
		}
	}
	return err
}
