package intake

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/id"
)

// setup makes what is missing: partners with a warehouse, products, price lists, links with an agreement, lots. What exists
// is found and left as it is, so that it may run again.
func (p *plan) setup(ctx context.Context, a access.Actor, ms Masters) (map[pair]deal, error) {
	if p.sum.From == "" {
		return nil, nil
	}
	steps := []struct {
		name string
		do   func(context.Context, access.Actor, Masters) error
	}{{"partners", p.makePartners}, {"products", p.makeProducts}, {"lots", p.makeLots}}
	for _, s := range steps {
		if err := s.do(ctx, a, ms); err != nil {
			return nil, fmt.Errorf("make %s: %w", s.name, err)
		}
	}
	lists, err := p.makePrices(ctx, a, ms)
	if err != nil {
		return nil, fmt.Errorf("make price lists: %w", err)
	}
	deals, err := p.makeDeals(ctx, a, ms, lists)
	if err != nil {
		return nil, fmt.Errorf("make links: %w", err)
	}
	return deals, nil
}

func (p *plan) makePartners(ctx context.Context, a access.Actor, ms Masters) error {
	var need []int32
	for i := range p.ms.partners {
		if x := &p.ms.partners[i]; x.used && (x.id == 0 || x.place == 0) {
			need = append(need, int32(i))
		}
	}
	for part := range slices.Chunk(need, some) {
		all := make([]NewPartner, len(part))
		for n, i := range part {
			x := &p.ms.partners[i]
			name := x.name
			if name == "" {
				name = x.code
			}
			all[n] = NewPartner{Kind: x.kind, Code: orName(x.stored, x.code), Name: name, Address: x.address, City: x.city, Country: p.m.Country,
				Currency: p.cur.Code, Zone: p.m.Zone}
		}
		orgs, places, err := ms.Partners(ctx, a, all)
		if err != nil {
			return err
		}
		for n, i := range part {
			p.ms.partners[i].id, p.ms.partners[i].place = orgs[n], places[n]
		}
		p.progress("setup", int64(len(part)), 0)
	}
	return nil
}

func (p *plan) makeProducts(ctx context.Context, a access.Actor, ms Masters) error {
	var need []int32
	for i := range p.ms.products {
		if x := &p.ms.products[i]; x.used && x.id == 0 {
			need = append(need, int32(i))
		}
	}
	for part := range slices.Chunk(need, some) {
		all := make([]NewProduct, len(part))
		for n, i := range part {
			x := &p.ms.products[i]
			all[n] = NewProduct{Producer: p.maker(x), SKU: x.code, Name: x.name, GTIN: x.gtin, Unit: x.unit,
				PackUnit: x.packUnit, Pack: x.pack, Decimals: x.decimals, TaxClass: "standard"}
		}
		ids, err := ms.Products(ctx, a, all)
		if err != nil {
			return err
		}
		for n, i := range part {
			p.ms.products[i].id = ids[n]
		}
		p.progress("setup", int64(len(part)), 0)
	}
	return nil
}

// makeLots gives each product the one lot of its past.
func (p *plan) makeLots(ctx context.Context, a access.Actor, ms Masters) error {
	var need []int32
	for i := range p.ms.products {
		if x := &p.ms.products[i]; x.used && x.lot == 0 {
			need = append(need, int32(i))
		}
	}
	for part := range slices.Chunk(need, some) {
		ids := make([]id.ID, len(part))
		for n, i := range part {
			ids[n] = p.ms.products[i].id
		}
		lots, err := ms.Lots(ctx, a, p.lotCode(), ids, p.noon(p.sum.From))
		if err != nil {
			return err
		}
		for n, i := range part {
			p.ms.products[i].lot = lots[n]
		}
	}
	return nil
}

// lists are the price lists under which the past was traded: the seller's, and each producer's for the seller.
type lists map[int32]id.ID

func (p *plan) makePrices(ctx context.Context, a access.Actor, ms Masters) (lists, error) {
	out := lists{}
	by := map[int32][]NewPrice{}
	for i := range p.ms.partners {
		if x := &p.ms.partners[i]; x.sells {
			by[int32(i)] = nil
		}
	}
	for i := range p.ms.products {
		x := &p.ms.products[i]
		if !x.used {
			continue
		}
		if x.priced && p.seller >= 0 {
			by[p.seller] = append(by[p.seller], NewPrice{x.id, x.price})
		}
		if p.m.Supply != nil {
			by[x.producer] = append(by[x.producer], NewPrice{x.id, x.cost})
		}
	}
	for i, prices := range by {
		org := &p.ms.partners[i]
		if !org.used {
			continue
		}
		list, err := ms.PriceList(ctx, a, org.id, "import "+p.m.Name, p.cur.Code, p.sum.From, prices)
		if err != nil {
			return nil, err
		}
		out[i] = list
	}
	return out, nil
}

// makeDeals links every pair that traded: the documents say which.
func (p *plan) makeDeals(ctx context.Context, a access.Actor, ms Masters, l lists) (map[pair]deal, error) {
	deals := map[pair]deal{}
	var asked []pair
	var all []NewDeal
	flush := func() error {
		if len(all) == 0 {
			return nil
		}
		got, err := ms.Deals(ctx, a, all)
		if err != nil {
			return err
		}
		for i, d := range got {
			deals[asked[i]] = deal{d.Link, d.Agreement}
		}
		p.progress("setup", int64(len(all)), 0)
		asked, all = nil, nil
		return nil
	}
	add := func(seller, buyer int32, days int) error {
		k := pair{seller, buyer}
		if _, ok := deals[k]; ok {
			return nil
		}
		deals[k] = deal{}
		asked = append(asked, k)
		all = append(all, NewDeal{Seller: p.ms.partners[seller].id, Buyer: p.ms.partners[buyer].id, List: l[seller], From: p.sum.From,
			NetDays: days, Currency: p.cur.Code, Channel: "import " + p.m.Name})
		if len(all) == some {
			return flush()
		}
		return nil
	}
	err := p.eachPair(func(seller, buyer, producer int32) error {
		if producer >= 0 && p.m.Supply != nil {
			if err := add(producer, seller, p.m.Supply.NetDays); err != nil {
				return err
			}
		}
		return add(seller, buyer, p.m.NetDays)
	})
	if err != nil {
		return nil, err
	}
	return deals, flush()
}

// eachPair names who traded with whom, with repetitions.
func (p *plan) eachPair(use func(seller, buyer, producer int32) error) error {
	r, err := p.docs.read()
	if err != nil {
		return err
	}
	for {
		rec, err := r.next()
		if err != nil || rec == nil {
			return err
		}
		d := takeDocument(rec)
		for _, l := range d.lines {
			if err := use(d.seller, d.buyer, p.ms.products[l.product].producer); err != nil {
				return err
			}
		}
	}
}
