package catalog

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/list"
)

// offered is everything that seller offers buyer on a day, with the currency. It is kept and shared: nobody changes it.
func (s *Service) offered(ctx context.Context, a access.Actor, seller, buyer id.ID, on clock.Date) (map[id.ID]Item, string, error) {
	lid, country, currency, err := s.deals.ListFor(ctx, a.Org, seller, buyer, on)
	if err != nil {
		return nil, "", err
	}
	rel := access.Buyer
	if a.Org == seller {
		rel = access.Seller
	} else if a.Org != buyer {
		rel = access.Agent
	}
	if err := s.gate.Require(ctx, a, rel, "price", "read"); err != nil {
		return nil, "", err
	}
	all, _, err := s.items.Get(ctx, listDay{lid, country, on}, s.loadList)
	return all, currency, err
}

// Whole is everything that seller offers buyer on a day, in no order: for looking up what people type. Rights as Offer.
func (s *Service) Whole(ctx context.Context, a access.Actor, seller, buyer id.ID, on clock.Date) ([]Item, error) {
	all, _, err := s.offered(ctx, a, seller, buyer, on)
	if err != nil {
		return nil, err
	}
	out := make([]Item, 0, len(all))
	for _, it := range all {
		out = append(out, it)
	}
	return out, nil
}

// Offer is a page of what seller offers buyer today, by name. The acting organisation is the buyer, the seller, or the agent.
// Filter: q (part of name or code, or a bar code), kind (goods, service), ladder=1 (that cost less in quantity).
func (s *Service) Offer(ctx context.Context, a access.Actor, seller, buyer id.ID, on clock.Date, q list.Query) (list.Page[Item], string, error) {
	all, currency, err := s.offered(ctx, a, seller, buyer, on)
	if err != nil {
		return list.Page[Item]{}, "", err
	}
	k, after, err := q.After()
	if err != nil {
		return list.Page[Item]{}, "", err
	}
	type folded struct {
		fold string
		Item
	}
	var items []folded
	for _, it := range all {
		fold := list.Fold(it.Name + " " + it.SKU)
		if it.asked(q, fold) && (!after || fold > k.S || (fold == k.S && int64(it.Product) > k.ID)) {
			items = append(items, folded{fold, it})
		}
	}
	slices.SortFunc(items, func(x, y folded) int { return cmp.Or(cmp.Compare(x.fold, y.fold), cmp.Compare(x.Product, y.Product)) })
	if n := q.Limit() + 1; len(items) > n {
		items = items[:n]
	}
	cut := list.Cut(items, q.Limit(), func(it folded) list.Key { return list.Key{S: it.fold, ID: int64(it.Product)} })
	out := list.Page[Item]{Next: cut.Next}
	for _, it := range cut.Items {
		out.Items = append(out.Items, it.Item)
	}
	return out, currency, nil
}

// asked tells whether an item is among what a filter asks for.
func (it Item) asked(q list.Query, fold string) bool {
	if want := list.Fold(q.Filter["q"]); want != "" && !strings.Contains(fold, want) && it.GTIN != want {
		return false
	}
	if kind := q.Filter["kind"]; kind != "" && (kind == "service") != it.Service {
		return false
	}
	return q.Filter["ladder"] == "" || len(it.Breaks) > 1
}
