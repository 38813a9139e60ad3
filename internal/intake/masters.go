package intake

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/goods"
	"saluran/internal/id"
	"saluran/internal/partner"
	"saluran/internal/qty"
)

// Contexts is Masters made of the portal's own contexts.
type Contexts struct {
	DB      *db.DB
	Partner *partner.Service
	Catalog *catalog.Service
	Goods   *goods.Service
}

// Partners makes organisations, each with a main warehouse.
func (c Contexts) Partners(ctx context.Context, a access.Actor, all []NewPartner) (orgs, warehouses []id.ID, err error) {
	ask := make([]partner.NewOrg, len(all))
	for i, x := range all {
		ask[i] = partner.NewOrg{Kind: x.Kind, Code: x.Code, Name: x.Name, Country: x.Country, Currency: x.Currency, Zone: x.Zone,
			Address: x.Address, City: x.City}
	}
	err = c.DB.InTx(ctx, func(ctx context.Context) error {
		ids, _, err := c.Partner.BulkOrgs(ctx, a.By(), ask)
		if err != nil {
			return err
		}
		orgs = make([]id.ID, len(all))
		for i, x := range all {
			orgs[i] = ids[partner.Ref{Kind: x.Kind, Code: x.Code}]
		}
		if err := c.theirs(ctx, a, orgs); err != nil {
			return err
		}
		warehouses, err = c.Goods.BulkWarehouses(ctx, a.By(), orgs)
		return err
	})
	return orgs, warehouses, err
}

// theirs refuses what an organisation may not write to: somebody else may have entered a partner of that code since the check.
func (c Contexts) theirs(ctx context.Context, a access.Actor, orgs []id.ID) error {
	if a.Kind == "operator" {
		return nil
	}
	var others int64
	err := c.DB.R(ctx).Raw("SELECT COUNT(*) FROM org WHERE id IN ? AND registered_by <> ? AND id <> ?", orgs, a.Org, a.Org).Scan(&others).Error
	if err == nil && others > 0 {
		return errs.New(errs.Conflict, "changed")
	}
	return err
}

// Products makes products with their packs.
func (c Contexts) Products(ctx context.Context, a access.Actor, all []NewProduct) (ids []id.ID, err error) {
	ask := make([]catalog.Product, len(all))
	for i, x := range all {
		ask[i] = catalog.Product{Producer: x.Producer, SKU: x.SKU, Name: x.Name, BaseUnit: x.Unit, Decimals: x.Decimals, VATClass: x.TaxClass, GTIN: x.GTIN}
		if x.PackUnit != "" && x.Pack > 1 {
			ask[i].Units = []catalog.Unit{{Name: x.PackUnit, Base: qty.Units(x.Pack)}}
		}
	}
	err = c.DB.InTx(ctx, func(ctx context.Context) error {
		ids, err = c.Catalog.BulkProducts(ctx, a.By(), ask)
		return err
	})
	return ids, err
}

// PriceList makes a list and puts the prices on it that it has not yet.
func (c Contexts) PriceList(ctx context.Context, a access.Actor, org id.ID, name, currency string, from clock.Date, prices []NewPrice) (list id.ID, err error) {
	all := make([]catalog.Price, len(prices))
	for i, x := range prices {
		all[i] = catalog.Price{Product: x.Product, From: from, Price: x.Price}
	}
	err = c.DB.InTx(ctx, func(ctx context.Context) error {
		list, err = c.Catalog.BulkPrices(ctx, a.By(), catalog.PriceList{Org: org, Name: name, Currency: currency}, all)
		return err
	})
	return list, err
}

// Lots files the lots of goods whose source knows none.
func (c Contexts) Lots(ctx context.Context, a access.Actor, code string, products []id.ID, at clock.Instant) ([]id.ID, error) {
	return c.Goods.BulkLots(ctx, a.By(), code, products, at)
}

// Deals takes the links that there are, whatever their channel; the others are made in a channel of the seller that the import
// calls by its own name.
func (c Contexts) Deals(ctx context.Context, a access.Actor, all []NewDeal) ([]Deal, error) {
	out := make([]Deal, len(all))
	if err := c.linked(ctx, all, out); err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	terms := map[id.ID]partner.Terms{}
	byLink := map[id.ID]int{}
	err := c.DB.InTx(ctx, func(ctx context.Context) error {
		clear(terms)
		bySeller := map[id.ID][]int{}
		var sellers []id.ID
		for i, x := range all {
			if out[i].Link == 0 {
				if bySeller[x.Seller] == nil {
					sellers = append(sellers, x.Seller)
				}
				bySeller[x.Seller] = append(bySeller[x.Seller], i)
			}
		}
		for _, s := range sellers {
			if err := c.link(ctx, a, s, all, bySeller[s], out); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("make links: %w", err)
	}
	for i, x := range all {
		if out[i].Agreement == 0 {
			byLink[out[i].Link] = i
			terms[out[i].Link] = partner.Terms{From: x.From, PriceList: x.List, Currency: x.Currency, NetDays: int64(x.NetDays),
				CreditLimit: partner.NoLimit, TitleOn: "delivery", RiskOn: "delivery", ResaleBeforeTitle: true, FreightBy: "seller"}
		}
	}
	if len(terms) == 0 {
		return out, nil
	}
	made, err := c.Partner.BulkAgreements(ctx, a.By(), terms)
	if err != nil {
		return nil, fmt.Errorf("make agreements: %w", err)
	}
	for l, i := range byLink {
		if out[i].Agreement = made[l]; out[i].Agreement == 0 { // somebody who was asked has yet to agree
			return nil, errs.New(errs.Invalid, "import.not_linked")
		}
	}
	return out, nil
}

func (c Contexts) link(ctx context.Context, a access.Actor, seller id.ID, all []NewDeal, which []int, out []Deal) error {
	x := all[which[0]]
	channel, err := c.Partner.BulkChannel(ctx, a.By(), seller, x.Channel, []string{"any", "any"})
	if err != nil {
		return err
	}
	pairs := make([]partner.Pair, len(which))
	for n, i := range which {
		pairs[n] = partner.Pair{Seller: seller, Buyer: all[i].Buyer}
	}
	links, err := c.Partner.BulkLinks(ctx, a.By(), channel, 1, 2, pairs)
	if err != nil {
		return err
	}
	for n, i := range which {
		out[i].Link = links[pairs[n]]
	}
	return nil
}

// linked finds the links and the latest accepted agreements of pairs. All pairs of one call have few sellers or few buyers.
func (c Contexts) linked(ctx context.Context, all []NewDeal, out []Deal) error {
	at := map[[2]id.ID]int{}
	var sellers, buyers []id.ID
	for i, x := range all {
		at[[2]id.ID{x.Seller, x.Buyer}] = i
		sellers, buyers = append(sellers, x.Seller), append(buyers, x.Buyer)
	}
	slices.Sort(sellers)
	slices.Sort(buyers)
	var rows []struct{ Link, Seller, Buyer, Agreement id.ID }
	err := c.DB.R(ctx).Raw(`SELECT l.id AS link, l.seller, l.buyer, COALESCE(g.id, 0) AS agreement FROM link l
		LEFT JOIN agreement g ON g.link = l.id AND g.seller_by <> 0 AND g.buyer_by <> 0
		WHERE l.active = ? AND l.seller IN ? AND l.buyer IN ? ORDER BY l.id, g.edition`, true, slices.Compact(sellers), slices.Compact(buyers)).Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, r := range rows {
		i, ok := at[[2]id.ID{r.Seller, r.Buyer}]
		if ok && (out[i].Agreement == 0 || out[i].Link == r.Link) {
			out[i] = Deal{r.Link, r.Agreement}
		}
	}
	return nil
}
