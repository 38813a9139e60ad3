package intake

import (
	"slices"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/qty"
)

// lotCode is the lot under which goods of the past stand: sources of history know no lots. An organisation that imports its own sales
// has a lot of its own for each product, so that what others sold of it cannot be read out of a return that falls short.
func (p *plan) lotCode() string {
	if p.own != nil {
		return "HISTORY-" + p.own.id.String()
	}
	return "HISTORY"
}

// floors walks through the documents by day: it gathers what producers must have supplied, and holds every return against what
// its buyer had at that moment. A return of more is opening stock first, only the shortfall.
func (p *plan) floors() error {
	if err := p.resolve(); err != nil {
		return err
	}
	held := newSpill(p.job.Scratch)
	defer held.close()
	r, err := p.docs.read()
	if err != nil {
		return err
	}
	var k key
	for {
		rec, err := r.next()
		if err != nil {
			return err
		}
		if rec == nil {
			break
		}
		d := takeDocument(rec)
		if d.there && d.run == p.run {
			p.sum.OwnRun++
		}
		if err := p.supplied(&k, d); err != nil {
			return err
		}
		if p.sum.Returns == 0 || d.there {
			continue
		}
		for _, l := range d.lines {
			k.reset()
			putHeld(&k, d, l, p.ms.partners[d.seller].code)
			if err := held.add(k.b); err != nil {
				return err
			}
		}
	}
	p.progress("floors", p.sum.Documents, p.sum.Documents)
	return p.walk(held)
}

// supplied adds what a document takes from the producers, or gives back to them, on its day. Documents of other runs had their
// own supply.
func (p *plan) supplied(k *key, d *document) error {
	if p.m.Supply == nil || (d.there && d.run != p.run) {
		return nil
	}
	for _, l := range d.lines {
		x := &p.ms.products[l.product]
		if x.producer < 0 {
			continue
		}
		k.reset()
		k.raw([]byte(d.date))
		if l.qty < 0 {
			k.byte(1)
		} else {
			k.byte(0)
		}
		k.small(d.seller)
		k.small(x.producer)
		k.text(x.code)
		k.small(l.product)
		k.int(int64(l.qty))
		if err := p.supply.add(k.b); err != nil {
			return err
		}
	}
	return nil
}

// putHeld writes a line so that all of one buyer and product come in the order in which they are posted; within a document
// what was sold comes first.
func putHeld(k *key, d *document, l docLine, seller string) {
	k.small(d.buyer)
	k.small(l.product)
	k.raw([]byte(d.date))
	k.byte(d.phase())
	k.text(seller)
	k.text(d.number)
	back := byte(0)
	if l.qty < 0 {
		back = 1
	}
	k.byte(back)
	k.int(l.n)
	k.int(int64(l.qty))
}

// walk finds the shortfalls.
func (p *plan) walk(held *spill) error {
	r, err := held.read()
	if err != nil {
		return err
	}
	var buyer, product int32 = -1, -1
	var have qty.Qty
	var told bool
	var books *stand
	var k key
	for {
		rec, err := r.next()
		if err != nil || rec == nil {
			return err
		}
		u := unkey{rec}
		if b, x := u.small(), u.small(); b != buyer || x != product {
			buyer, product, have, books, told = b, x, 0, nil, false
		}
		date := clock.Date(u.raw(10))
		phase, seller, number := u.byte(), u.text(), u.text()
		u.byte()
		n, q := u.int(), qty.Qty(u.int())
		have += q
		if have >= 0 || q > 0 {
			continue
		}
		if books == nil {
			if books, err = p.standing(buyer, product); err != nil {
				return err
			}
		}
		short := max(-(have + books.lowestFrom(p.noon(date))), 0)
		have += short
		if have+books.free < 0 && !told {
			told = true
			p.stops++
			p.problem("", 0, p.columns["document"], string(number), "import.return_promised", "buyer", p.ms.partners[buyer].code, "date", string(date),
				"product", p.ms.products[product].code, "missing", (-have - books.free).String())
		}
		if short == 0 {
			continue
		}
		p.sum.OpeningLines++
		p.sum.Opening += short
		k.reset()
		k.raw([]byte(date))
		k.byte(phase)
		k.raw(append(slices.Clone(seller), 0))
		k.raw(append(slices.Clone(number), 0))
		k.int(n)
		k.int(int64(short))
		if err := p.opening.add(k.b); err != nil {
			return err
		}
	}
}

// stand is what the books say that a buyer has of a product, over time.
type stand struct {
	at  []clock.Instant // ascending
	bal []qty.Qty       // after that instant
	// free is what of the product it may sell now and has promised to nobody, wherever it stands.
	free qty.Qty
}

// lowestFrom is the lowest balance from an instant on: what can be given back then without anything later falling short.
func (s *stand) lowestFrom(t clock.Instant) qty.Qty {
	low, then := qty.Qty(0), qty.Qty(0)
	seen := false
	for i, at := range s.at {
		if at <= t {
			then = s.bal[i]
			continue
		}
		if !seen {
			low, seen = then, true
		}
		low = min(low, s.bal[i])
	}
	if !seen {
		return then
	}
	return low
}

// standing reads what a buyer has of a product's history in its main warehouse.
func (p *plan) standing(buyer, product int32) (*stand, error) {
	b, x := &p.ms.partners[buyer], &p.ms.products[product]
	s := &stand{}
	if b.id == 0 || x.lot == 0 || b.place == 0 {
		return s, nil
	}
	var rows []struct {
		EffectiveUs clock.Instant
		Amt         qty.Qty
	}
	err := p.d.R(p.ctx).Raw(`SELECT e.effective_us, SUM(e.amt) AS amt FROM account a JOIN entry e ON e.acct = a.acct
		WHERE a.book = 1 AND a.unit = ? AND a.owner = ? AND a.place = ? AND a.bearer = ? AND a.seller = ?
		GROUP BY e.effective_us ORDER BY e.effective_us`, x.lot, b.id, b.place, b.id, b.id).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	if err := p.d.R(p.ctx).Raw("SELECT sellable - held FROM stock WHERE seller = ? AND product = ?", b.id, x.id).Scan(&s.free).Error; err != nil {
		return nil, err
	}
	sum := qty.Qty(0)
	for _, r := range rows {
		sum += r.Amt
		s.at, s.bal = append(s.at, r.EffectiveUs), append(s.bal, sum)
	}
	return s, nil
}

// resolve finds the partners, warehouses, products and lots that exist already.
func (p *plan) resolve() error {
	find := p.resolvePartners
	if p.own != nil {
		find = p.storeCodes // whom it knows was found while the rows were read
	}
	if err := find(); err != nil {
		return err
	}
	if err := p.resolvePlaces(); err != nil {
		return err
	}
	return p.resolveProducts()
}

// some is how many codes one question names.
const some = 500

func (p *plan) resolvePartners() error {
	byKind := map[string][]string{}
	for i := range p.ms.partners {
		if x := &p.ms.partners[i]; x.used && x.id == 0 {
			byKind[x.kind] = append(byKind[x.kind], x.code)
		}
	}
	for kind, codes := range byKind {
		for part := range slices.Chunk(codes, some) {
			var rows []struct {
				ID   id.ID
				Code string
			}
			if err := p.d.R(p.ctx).Raw("SELECT id, code FROM org WHERE kind = ? AND code IN ?", kind, part).Scan(&rows).Error; err != nil {
				return err
			}
			for _, r := range rows {
				if i, ok := p.ms.partner(kind, r.Code); ok {
					p.ms.partners[i].id = r.ID
				}
			}
		}
	}
	return nil
}

func (p *plan) resolvePlaces() error {
	byID := map[id.ID]int32{}
	var ids []id.ID
	for i := range p.ms.partners {
		if x := &p.ms.partners[i]; x.id != 0 && x.place == 0 {
			byID[x.id] = int32(i)
			ids = append(ids, x.id)
		}
	}
	for part := range slices.Chunk(ids, some) {
		var rows []struct{ ID, Org id.ID }
		err := p.d.R(p.ctx).Raw("SELECT id, org FROM place WHERE org IN ? AND kind = 'warehouse' AND main = ?", part, true).Scan(&rows).Error
		if err != nil {
			return err
		}
		for _, r := range rows {
			p.ms.partners[byID[r.Org]].place = r.ID
		}
	}
	for i := range p.ms.partners {
		if x := &p.ms.partners[i]; p.own != nil && x.used && x.id != 0 && x.id != p.own.id && x.place == 0 && x.kind != "producer" {
			p.mayHouse(x)
		}
	}
	return nil
}

func (p *plan) resolveProducts() error {
	byMaker, byID := map[id.ID][]int32{}, map[id.ID]int32{}
	var ids []id.ID
	for i := range p.ms.products {
		if x := &p.ms.products[i]; x.used && x.id != 0 {
			byID[x.id] = int32(i)
			ids = append(ids, x.id)
		} else if x.used {
			if maker := p.maker(x); maker != 0 {
				byMaker[maker] = append(byMaker[maker], int32(i))
			}
		}
	}
	for maker, all := range byMaker {
		bySKU := map[string]int32{}
		for _, i := range all {
			bySKU[p.ms.products[i].code] = i
		}
		for part := range slices.Chunk(all, some) {
			skus := make([]string, len(part))
			for n, i := range part {
				skus[n] = p.ms.products[i].code
			}
			var rows []struct {
				ID  id.ID
				SKU string
			}
			if err := p.d.R(p.ctx).Raw("SELECT id, sku FROM product WHERE producer = ? AND sku IN ?", maker, skus).Scan(&rows).Error; err != nil {
				return err
			}
			for _, r := range rows {
				i := bySKU[r.SKU]
				p.ms.products[i].id = r.ID
				byID[r.ID] = i
				ids = append(ids, r.ID)
			}
		}
	}
	return p.resolveLots(ids, byID)
}

func (p *plan) resolveLots(ids []id.ID, byID map[id.ID]int32) error {
	for part := range slices.Chunk(ids, some) {
		var rows []struct{ ID, Product id.ID }
		err := p.d.R(p.ctx).Raw("SELECT id, product FROM lot WHERE product IN ? AND code = ?", part, p.lotCode()).Scan(&rows).Error
		if err != nil {
			return err
		}
		for _, r := range rows {
			p.ms.products[byID[r.Product]].lot = r.ID
		}
	}
	return nil
}

// maker is the producer of a product as the books know it; 0 while they do not. Where the files name none it is the seller.
func (p *plan) maker(x *product) id.ID {
	if x.producer >= 0 {
		return p.ms.partners[x.producer].id
	}
	if p.seller >= 0 {
		return p.ms.partners[p.seller].id
	}
	return 0
}

// countNew says how many partners and products the import will make.
func (p *plan) countNew() {
	for i := range p.ms.partners {
		if x := &p.ms.partners[i]; x.used && x.id == 0 {
			p.sum.PartnersNew++
		}
	}
	for i := range p.ms.products {
		if x := &p.ms.products[i]; x.used && x.id == 0 {
			p.sum.ProductsNew++
		}
	}
}
