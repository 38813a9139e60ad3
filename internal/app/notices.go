package app

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/mail"
	"saluran/internal/partner"
)

// placed is an order of which the representative of its seller is told.
type placed struct {
	Doc           id.ID
	Number        string
	Seller, Buyer id.ID
	SellerName    string
	BuyerName     string
	Zone          string
}

// tellPlaced writes to those who represent the seller of new orders towards their buyers, or cover for them that day. What is asked is
// asked for all of them before the transaction of who follows the facts; the letters are of that transaction, so that each order is told
// once.
func (a *App) tellPlaced(ctx context.Context, docs []id.ID) (func(context.Context) error, error) {
	var orders []placed
	err := a.DB.R(ctx).Raw(`SELECT o.id AS doc, o.number, o.seller, o.buyer, s.name AS seller_name, b.name AS buyer_name, s.zone FROM orders o JOIN org s ON s.id = o.seller JOIN org b ON b.id = o.buyer
 WHERE o.id IN ? AND EXISTS (SELECT 1 FROM representative r WHERE r.org = o.seller AND r.partner = o.buyer) ORDER BY o.id`, docs).Scan(&orders).Error
	if err != nil || len(orders) == 0 {
		return nil, err
	}
	zones, pairs := map[id.ID]string{}, []partner.Pair{}
	for _, o := range orders {
		zones[o.Seller] = o.Zone
		if p := (partner.Pair{Seller: o.Seller, Buyer: o.Buyer}); !slices.Contains(pairs, p) {
			pairs = append(pairs, p)
		}
	}
	now := a.Config.Clock.Now()
	who, err := a.Partner.Represents(ctx, pairs, func(org id.ID) clock.Date { return now.In(zones[org]) }, "sales", "field")
	if err != nil {
		return nil, err
	}
	people, err := a.workers(ctx, who)
	if err != nil {
		return nil, err
	}
	var letters []mail.Message
	for _, o := range orders {
		to, ok := people[seated{o.Seller, who[partner.Pair{Seller: o.Seller, Buyer: o.Buyer}]}]
		if !ok {
			continue
		}
		letters = append(letters, mail.Message{To: to.Email, Lang: to.Lang, Kind: "order_placed", Link: "/orders/" + o.Doc.String(),
			Args: map[string]string{"person": to.Name, "number": o.Number, "buyer": o.BuyerName, "seller": o.SellerName}})
	}
	return func(ctx context.Context) error {
		for _, m := range letters {
			if err := a.Mailer.Send(ctx, m); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// seated is a person in an organisation.
type seated struct{ org, person id.ID }

type addressee struct{ Name, Email, Lang string }

// workers are those of some people who still work for the organisation that they represent.
func (a *App) workers(ctx context.Context, who map[partner.Pair]id.ID) (map[seated]addressee, error) {
	var orgs, people []id.ID
	for p, person := range who {
		orgs, people = append(orgs, p.Seller), append(people, person)
	}
	out := map[seated]addressee{}
	if len(people) == 0 {
		return out, nil
	}
	var rows []struct {
		Org, ID           id.ID
		Name, Email, Lang string
	}
	err := a.DB.R(ctx).Raw("SELECT m.org, p.id, p.name, p.email, p.lang FROM person p JOIN membership m ON m.person = p.id WHERE m.org IN ? AND p.id IN ? AND p.active = ?", orgs, people, true).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("who represents: %w", err)
	}
	for _, r := range rows {
		out[seated{r.Org, r.ID}] = addressee{r.Name, r.Email, r.Lang}
	}
	return out, nil
}

// tellOwners writes to those who answer for an organisation, in the transaction of ctx.
func (a *App) tellOwners(ctx context.Context, org id.ID, kind, link string, args map[string]string) error {
	to, err := a.Identity.Owners(ctx, org)
	if err != nil {
		return err
	}
	for _, p := range to {
		said := maps.Clone(args)
		said["person"] = p.Name
		if err := a.Mailer.Send(ctx, mail.Message{To: p.Email, Lang: p.Lang, Kind: kind, Link: link, Args: said}); err != nil {
			return err
		}
	}
	return nil
}
