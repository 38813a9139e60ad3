package demo

import (
	"crypto/sha256"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/catalog"
	"saluran/internal/goods"
	"saluran/internal/id"
	"saluran/internal/identity"
	"saluran/internal/partner"
	"saluran/internal/trade"
)

// key is the next idempotency key of the demonstration, with the hash of itself.
func (l *load) key(what string) trade.Key {
	l.keys++
	k := fmt.Sprintf("demo-%s-%d", what, l.keys)
	return trade.Key{Client: k, Hash: sha256.Sum256([]byte(k))}
}

func (p part) fresh() partner.NewOrg {
	return partner.NewOrg{Code: p.code, Kind: p.kind, Name: p.name, Zone: p.zone, VATRegistered: p.vat, Large: p.large, Address: p.address, City: p.city, Phone: p.phone}
}

// organisations enters the operator and the producer by the set-up, and everybody else by the hand of whoever registers them.
func (l *load) organisations() error {
	op, first, err := l.Partner.Setup(l.ctx, cast[0].fresh(), cast[1].fresh())
	if err != nil {
		return err
	}
	l.firms[operator], l.firms[producer] = &firm{Org: op}, &firm{Org: first}
	people := map[string][]member{}
	for _, m := range everybody() {
		people[m.code] = append(people[m.code], m)
	}
	for _, code := range []string{operator, producer} {
		if err := l.seed(code, people[code]); err != nil {
			return err
		}
	}
	enter := func(p part) error {
		by := l.firms[p.by].as("owner")
		n := p.fresh()
		n.Key = audit.Key(l.key("org"))
		o, err := l.Partner.Create(l.ctx, by, n)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		l.firms[p.code] = &firm{Org: o}
		return l.seed(p.code, people[p.code])
	}
	for _, p := range cast[2:] {
		if err := enter(p); err != nil {
			return err
		}
	}
	for _, s := range shops {
		zone := l.firms[s.from].Zone
		if err := enter(part{code: s.code, kind: "retailer", name: s.name, city: s.city, zone: zone, by: s.from}); err != nil {
			return err
		}
	}
	for _, p := range consumers {
		if err := enter(p); err != nil {
			return err
		}
	}
	return nil
}

// seed adds people to an organisation; none has a password yet (see passwords).
func (l *load) seed(code string, all []member) error {
	f := l.firms[code]
	f.people = map[string]access.Actor{}
	for _, m := range all {
		p, err := l.Identity.Seed(l.ctx, f.ID, f.Kind, identity.NewPerson{Email: m.email, Name: m.name, Role: m.role, Lang: "id", Locked: true})
		if err != nil {
			return fmt.Errorf("%s: %w", m.email, err)
		}
		f.people[m.role] = access.Actor{Person: p, Name: m.name, Org: f.ID, OrgName: f.Name, Kind: f.Kind, Role: m.role, Lang: "id", Zone: f.Zone}
	}
	return nil
}

// people changes what an owner changes of people: the operator's own, and the language of one who works in English.
func (l *load) people() error {
	for _, a := range []access.Actor{l.firms[producer].as("finance"), l.firms[agent].as("viewer")} {
		if err := l.Identity.SetLang(l.ctx, a, "en"); err != nil {
			return err
		}
	}
	return nil
}

// passwords gives everybody who signs in the password, one after the other: two demonstrations of one day are the same row for row.
func (l *load) passwords() error {
	for _, s := range SignIns() {
		if err := l.Identity.ResetPassword(l.ctx, s.Email, Password); err != nil {
			return err
		}
	}
	return nil
}

// banks of those who are paid by transfer.
var banks = []struct{ code, bank, number string }{
	{producer, "Bank Nusantara Raya", "8800112233"}, {producer, "Bank Jati Timur", "0041998877"}, {roaster, "Bank Nusantara Raya", "8800455512"},
	{"MNT", "Bank Celebes Mandiri", "1520007788"}, {"SPL", "Bank Jati Timur", "0042117654"}, {"GPT", "Bank Celebes Mandiri", "1520019090"},
	{"GKJ", "Bank Celebes Mandiri", "1520033311"}, {"GPM", "Bank Jati Timur", "0042667788"}, {"GJS", "Bank Nusantara Raya", "8800771234"},
	{agent, "Bank Jati Timur", "0049001122"},
}

// places are warehouses and bank accounts.
func (l *load) places() error {
	add := func(code, name string) error {
		f := l.firms[code]
		p, err := l.Goods.AddPlace(l.ctx, f.as("owner"), audit.Key(l.key("place")), name, f.Address, false)
		if p.Main {
			f.main = p.ID
		} else {
			f.depot = p.ID
		}
		return err
	}
	for _, p := range cast {
		if p.kind == "operator" || p.kind == "agent" {
			continue
		}
		if err := add(p.code, "Gudang "+p.city); err != nil {
			return err
		}
	}
	for _, code := range []string{producer, "MNT"} {
		if err := add(code, "Depo Pelabuhan"); err != nil {
			return err
		}
	}
	for _, s := range shops {
		if err := add(s.code, "Toko"); err != nil {
			return err
		}
	}
	for _, b := range banks {
		f := l.firms[b.code]
		x, err := l.Partner.AddBank(l.ctx, f.as("finance"), partner.NewBank{Key: audit.Key(l.key("bank")), Bank: b.bank, Number: b.number, Holder: f.Name})
		if err != nil {
			return err
		}
		if f.bank == 0 {
			f.bank = x.ID
		}
	}
	return nil
}

// makers are the producers, in their order.
var makers = []string{producer, roaster}

// products are what the producers offer, and their own price lists. The other lists are made when their owners are offered the
// goods: see linking.
func (l *load) products() error {
	for _, code := range makers {
		f := l.firms[code]
		l.goods[code] = map[string]*product{}
		for _, g := range goodsOf[code] {
			p, err := l.Catalog.AddProduct(l.ctx, f.as("owner"), audit.Key(l.key("product")), catalog.Product{SKU: g.sku, Name: g.name, Service: g.service,
				BaseUnit: g.unit, Decimals: g.decimals, VATClass: g.class, Expires: g.life > 0, Active: true, Units: g.packs})
			if err != nil {
				return fmt.Errorf("%s: %w", g.name, err)
			}
			l.goods[code][g.sku] = &product{g, p.ID}
		}
		if err := l.price(code); err != nil {
			return err
		}
	}
	return nil
}

// rise is the day on which prices go up by so many per cent.
func (l *load) rise() int { return l.days / 2 }

// price makes the lists of an organisation: prices from the first day, and higher ones from the middle on.
func (l *load) price(org string) error {
	f := l.firms[org]
	for _, x := range priceLists {
		if x.org != org || l.lists[x.key] != 0 {
			continue
		}
		pl, err := l.Catalog.AddList(l.ctx, f.as("sales"), audit.Key(l.key("list")), catalog.PriceList{Name: x.name, Currency: "IDR"})
		if err != nil {
			return err
		}
		l.lists[x.key] = pl.ID
		if err := l.Catalog.SetPrices(l.ctx, f.as("sales"), audit.Key(l.key("prices")), pl.ID, l.prices(x)); err != nil {
			return fmt.Errorf("prices of %s: %w", x.key, err)
		}
	}
	return nil
}

func (l *load) prices(x priceList) (out []catalog.Price) {
	for _, g := range goodsOf[x.of] {
		p := l.goods[x.of][g.sku]
		for _, rise := range []struct {
			day     int
			percent int64
		}{{0, 0}, {l.rise(), 3}} {
			c := catalog.Price{Product: p.id, From: l.start.AddDays(rise.day), Price: x.priced(g, rise.percent)}
			out = append(out, c)
			if x.breaks && len(g.packs) > 0 {
				c.MinQty, c.Price = g.packs[len(g.packs)-1].Base*10, c.Price*97/100
				out = append(out, c)
			}
		}
	}
	return out
}

// finished notes that the demonstration is whole.
func (l *load) finished() error {
	op := l.firms[operator].as("operator")
	return l.DB.InTx(l.ctx, func(ctx ctx) error {
		return audit.Record(ctx, l.DB, op.By(), l.clock.Now(), loaded, op.Org, audit.One("demonstration", "", "loaded"))
	})
}

// unit is how many base units one pack of an order is.
func (p *product) per() int64 {
	for _, u := range p.packs {
		if u.Name == p.pack {
			return int64(u.Base) / 1000
		}
	}
	return 1
}

// made brings a lot into the world.
func (l *load) made(code, sku, lot string, packs int64, life int) (id.ID, error) {
	f, p := l.firms[code], l.goods[code][sku]
	n := goods.NewLot{Key: goods.Key(l.key("lot")), Kind: "make", Product: p.id, Code: lot, Qty: units(packs * p.per())}
	if p.life > 0 {
		n.ExpiresOn = l.clock.Now().In(wib).AddDays(life)
	}
	x, err := l.Goods.MakeLot(l.ctx, f.as("warehouse"), n)
	return x.ID, err
}
