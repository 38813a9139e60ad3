package catalog

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"sync"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/list"
)

// Offering is everything that a list offers on a day. It is kept for as long as master data stand still, and shared: nobody changes it.
type Offering struct {
	items map[id.ID]Item
	order sync.Once
	named []named // made when somebody first wants it
}

// named is an item with the name and code by which lists sort and search it.
type named struct {
	fold string
	item Item
}

// Item is a product of the offering.
func (o *Offering) Item(product id.ID) (Item, bool) {
	it, ok := o.items[product]
	return it, ok
}

// All goes through the offering by name. What it gives out is shared.
func (o *Offering) All() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for _, x := range o.byName() {
			if !yield(x.item) {
				return
			}
		}
	}
}

// byName is the offering in the order of its lists: folded and sorted once, however often it is asked for.
func (o *Offering) byName() []named {
	o.order.Do(func() {
		o.named = make([]named, 0, len(o.items))
		for _, it := range o.items {
			o.named = append(o.named, named{list.Fold(it.Name + " " + it.SKU), it})
		}
		slices.SortFunc(o.named, func(x, y named) int {
			return cmp.Or(cmp.Compare(x.fold, y.fold), cmp.Compare(x.item.Product, y.item.Product))
		})
	})
	return o.named
}

// offered is everything that seller offers buyer on a day, with the currency.
func (s *Service) offered(ctx context.Context, a access.Actor, seller, buyer id.ID, on clock.Date) (*Offering, string, error) {
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

// Whole is everything that seller offers buyer on a day: for looking up what people type. Rights as Offer.
func (s *Service) Whole(ctx context.Context, a access.Actor, seller, buyer id.ID, on clock.Date) (*Offering, error) {
	all, _, err := s.offered(ctx, a, seller, buyer, on)
	return all, err
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
	rest, want := all.byName(), list.Fold(q.Filter["q"])
	if after {
		n, found := slices.BinarySearchFunc(rest, k, func(x named, k list.Key) int {
			return cmp.Or(cmp.Compare(x.fold, k.S), cmp.Compare(int64(x.item.Product), k.ID))
		})
		if found {
			n++
		}
		rest = rest[n:]
	}
	var items []named
	for _, x := range rest {
		if x.asked(q, want) {
			if items = append(items, x); len(items) > q.Limit() {
				break
			}
		}
	}
	cut := list.Cut(items, q.Limit(), func(x named) list.Key { return list.Key{S: x.fold, ID: int64(x.item.Product)} })
	out := list.Page[Item]{Next: cut.Next}
	for _, x := range cut.Items {
		out.Items = append(out.Items, x.item)
	}
	return out, currency, nil
}

// asked tells whether an item is among what a filter asks for; want is what it searches for, folded.
func (x named) asked(q list.Query, want string) bool {
	if want != "" && !strings.Contains(x.fold, want) && x.item.GTIN != want {
		return false
	}
	if kind := q.Filter["kind"]; kind != "" && (kind == "service") != x.item.Service {
		return false
	}
	return q.Filter["ladder"] == "" || len(x.item.Breaks) > 1
}
