package intake

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// own is the organisation that imports what it sold itself, and what it may see: nobody else's partners and products are looked
// up, however their codes read.
type own struct {
	id                      id.ID
	kind, code, name        string
	currency, country, zone string

	buyers   map[string][]known   // by code
	makers   map[string][]known   // producers, by code
	products map[string][]offered // by SKU
	index    int32                // of the party
}

// known is an organisation that the importing one trades with, or has registered.
type known struct {
	id         id.ID
	kind, code string
	registered bool       // by the importing organisation
	linked     bool       // as its buyer, under an agreement that both accepted
	closed     bool       // may not be written to: a link without such an agreement, or people of its own and no link
	live       clock.Date // from when on the two trade by the portal, both with people of their own; "" for never
}

// offered is a product that the organisation makes, sells or is offered.
type offered struct {
	id       id.ID
	producer id.ID
	unit     string
	decimals int
	service  bool
	rank     int // 0: of its own making; 1: on its own lists; 2: on lists under which it buys
	units    map[string]pack
}

// whose finds out for whom an import is: nil for the operator's, and for the command line's, unless the job names an organisation. The
// mapping becomes that organisation's: one for somebody else's sales is refused before a row is read.
func (p *plan) whose(a access.Actor) (*own, error) {
	org := p.job.Org
	if org == 0 && a.Kind != "operator" {
		org = a.Org
	}
	if org == 0 {
		if p.m.Seller.Own {
			return nil, errs.New(errs.Invalid, "import.whose")
		}
		return nil, nil
	}
	o := &own{id: org, index: -1}
	var row struct{ Kind, Code, Name, Currency, Country, Zone string }
	if err := p.d.R(p.ctx).Raw("SELECT kind, code, name, currency, country, zone FROM org WHERE id = ?", org).Scan(&row).Error; err != nil {
		return nil, err
	}
	o.kind, o.code, o.name, o.currency, o.country, o.zone = row.Kind, row.Code, row.Name, row.Currency, row.Country, row.Zone
	if !slices.Contains(traders, o.kind) {
		return nil, errs.New(errs.Invalid, "import.own_kind", "org", o.name)
	}
	return o, p.adopt(o)
}

// ownFor reads what the importing organisation may see.
func (p *plan) ownFor(a access.Actor) error {
	o, err := p.whose(a)
	if err != nil {
		return err
	}
	if p.own = o; o == nil {
		return p.setCurrency()
	}
	if err := p.loadPartners(o); err != nil {
		return err
	}
	if err := p.loadProducts(o); err != nil {
		return err
	}
	if err := p.setCurrency(); err != nil {
		return err
	}
	i, err := p.ms.intern(o.kind, o.code, o.name)
	if err != nil {
		return err
	}
	p.ms.partners[i].id = o.id
	o.index, p.seller = i, i
	return nil
}

// adopt fits the mapping to the organisation.
func (p *plan) adopt(o *own) error {
	s := &p.m.Seller
	switch {
	case s.Own:
		s.Kind, s.Code, s.Name = o.kind, Field{Const: o.code}, Field{Const: o.name}
		if p.m.Currency == "" {
			p.m.Currency = o.currency
		}
		if p.m.Country == "" {
			p.m.Country = o.country
		}
		if p.m.Zone == "" {
			p.m.Zone = o.zone
		}
	case s.Kind != o.kind:
		return errs.New(errs.Forbidden, "import.other_seller", "seller", orName(s.Name.Const, orName(s.Code.Const, s.Kind)))
	case s.Code.Const != "" && s.Code.Const != o.code:
		return errs.New(errs.Forbidden, "import.other_seller", "seller", orName(s.Name.Const, s.Code.Const))
	}
	if p.m.Supply != nil {
		return errs.New(errs.Forbidden, "import.supply_of_others")
	}
	return nil
}

func orName(name, code string) string {
	if name != "" {
		return name
	}
	return code
}

func (p *plan) setCurrency() (err error) {
	if p.cur, err = money.Lookup(p.m.Currency); err != nil {
		return err
	}
	p.sum.Currency = p.cur.Code
	return nil
}

// peopledSince says of the organisation's buyers when the first of their people joined.
func (p *plan) peopledSince(o *own) (map[id.ID]clock.Instant, error) {
	var rows []struct {
		Org   id.ID
		Since clock.Instant
	}
	err := p.d.R(p.ctx).Raw("SELECT m.org, MIN(m.created_us) AS since FROM membership m WHERE m.org IN (SELECT l.buyer FROM link l WHERE l.seller = ?) GROUP BY m.org", o.id).Scan(&rows).Error
	out := make(map[id.ID]clock.Instant, len(rows))
	for _, r := range rows {
		out[r.Org] = r.Since
	}
	return out, err
}

// file puts an organisation under its code, and under the code of the source where it was made under another.
func (o *own) file(to map[string][]known, k known) {
	to[k.code] = append(to[k.code], k)
	for _, first := range o.firsts() {
		if short, ok := strings.CutPrefix(k.code, first); ok && k.registered {
			to[short] = append(to[short], k)
		}
	}
}

// firsts is what stands before the code of a partner whose own code another organisation bears.
func (o *own) firsts() []string { return []string{o.code + "-", o.id.String() + "-"} }

// find is the organisation of a code; kind "" is any. why is the reason where there are several, or it may not be written to.
func find(of map[string][]known, kind, code string) (k known, why string) {
	var all []known
	for _, x := range of[code] {
		if kind == "" || x.kind == kind {
			all = append(all, x)
		}
	}
	if i := slices.IndexFunc(all, func(x known) bool { return x.code == code }); i >= 0 && len(all) > 1 {
		exact := slices.DeleteFunc(slices.Clone(all), func(x known) bool { return x.code != code })
		all = exact // the code itself goes before one that was made longer
	}
	switch {
	case len(all) == 0:
		return known{}, ""
	case len(all) > 1:
		return known{}, "import.ambiguous_partner"
	case all[0].closed:
		return known{}, "import.not_linked"
	}
	return all[0], ""
}

// loadProducts reads what the organisation makes, sells or is offered, with its units.
func (p *plan) loadProducts(o *own) error {
	o.products = map[string][]offered{}
	var rows []struct {
		ID, Producer   id.ID
		SKU, Kind      string
		BaseUnit, Unit string
		Decimals       int
		BaseQty        qty.Qty
	}
	const of = `SELECT p.id, p.producer, p.sku, p.kind, p.base_unit, p.decimals, u.unit, u.base_qty FROM product p JOIN product_unit u ON u.product = p.id WHERE `
	seen := map[id.ID]bool{}
	for rank, where := range []string{
		`(p.producer = ? OR p.producer IN (SELECT o.id FROM org o WHERE o.registered_by = ?)) ORDER BY p.id`,
		`p.id IN (SELECT x.product FROM price x JOIN price_list l ON l.id = x.list WHERE l.org = ?) ORDER BY p.id`,
		`p.id IN (SELECT x.product FROM price x JOIN agreement g ON g.price_list = x.list WHERE g.buyer = ? AND g.seller_by <> 0 AND g.buyer_by <> 0) ORDER BY p.id`,
	} {
		rows = nil
		args := []any{o.id, o.id}[:strings.Count(where, "?")]
		if err := p.d.R(p.ctx).Raw(of+where, args...).Scan(&rows).Error; err != nil {
			return err
		}
		fresh := map[id.ID]map[string]pack{}
		for _, r := range rows {
			if seen[r.ID] {
				continue
			}
			if fresh[r.ID] == nil {
				fresh[r.ID] = map[string]pack{}
				o.products[r.SKU] = append(o.products[r.SKU], offered{id: r.ID, producer: r.Producer, unit: r.BaseUnit, decimals: r.Decimals,
					service: r.Kind == "service", rank: rank, units: fresh[r.ID]})
			}
			fresh[r.ID][strings.ToLower(r.Unit)] = pack{r.Unit, r.BaseQty}
		}
		for no := range fresh {
			seen[no] = true
		}
	}
	return nil
}

// ownProduct holds a product of the files against what the organisation may see; a code is empty where it is found, or may be made.
func (p *plan) ownProduct(x *product) (why string) {
	var all []offered
	for _, y := range p.own.products[x.code] {
		if x.producer < 0 || y.producer == p.ms.partners[x.producer].id {
			all = append(all, y)
		}
	}
	if len(all) == 0 {
		if x.producer >= 0 && !p.mayMake(x.producer) {
			return "import.product_of_others"
		}
		return ""
	}
	best := slices.MinFunc(all, func(a, b offered) int { return a.rank - b.rank })
	if slices.ContainsFunc(all, func(y offered) bool { return y.rank == best.rank && y.id != best.id }) {
		return "import.ambiguous_product"
	}
	if best.service {
		return "import.service"
	}
	x.id, x.unit, x.units, x.decimals = best.id, best.unit, best.units, best.decimals
	return ""
}

// mayMake tells whether products of a producer are the organisation's to make: its own, and those of whom it has registered.
func (p *plan) mayMake(maker int32) bool {
	m := &p.ms.partners[maker]
	if m.id == 0 || m.id == p.own.id {
		return true
	}
	return slices.ContainsFunc(p.own.makers[m.code], func(k known) bool { return k.id == m.id && k.registered && !k.closed })
}

// internMaker finds a product's producer, or adds it.
func (p *plan) internMaker(code, name string) (int32, error) {
	i, err := p.ms.intern("producer", code, name)
	if err != nil || p.own == nil || p.ms.partners[i].id != 0 {
		return i, err
	}
	k, _ := find(p.own.makers, "producer", code)
	p.ms.partners[i].id = k.id
	return i, nil
}

// internBuyer finds a buyer, or adds it. said tells whether the row says the kind; else a buyer of any kind is found where the mapping
// reads kinds.
func (p *plan) internBuyer(kind string, said bool, code, name string) (i int32, why string, err error) {
	name = strings.TrimSpace(clip(name, 200))
	if strings.IndexFunc(name, unicode.IsControl) >= 0 || !utf8.ValidString(name) {
		return -1, "import.control_character", nil
	}
	if p.own == nil {
		if !said {
			kind = p.m.Buyer.Kind
		}
		i, err = p.ms.intern(kind, code, name)
		return i, "", err
	}
	ask := kind
	if !said {
		if ask = ""; p.m.Buyer.KindFrom == nil {
			ask = p.m.Buyer.Kind
		}
		if j, ok := p.ms.anyKind[code]; ok && ask == "" {
			return j, "", nil // as the partners' file or an earlier row says
		}
	}
	k, why := find(p.own.buyers, ask, code)
	if why != "" {
		return -1, why, nil
	}
	if k.id == p.own.id || (code == p.own.code && (ask == "" || ask == p.own.kind)) {
		return p.own.index, "", nil
	}
	if k.id != 0 {
		kind = k.kind
	} else if !said {
		kind = p.m.Buyer.Kind
	}
	if i, err = p.ms.intern(kind, code, name); err != nil {
		return i, "", err
	}
	p.ms.partners[i].id, p.ms.partners[i].live = k.id, k.live
	if p.m.Buyer.KindFrom != nil {
		p.ms.anyKind[strings.Clone(code)] = i
	}
	return i, "", nil
}

// storeCodes finds out which codes of new partners other organisations bear, whom the importing one does not know: those are made
// under its own code and theirs. The code of the source stays the one by which the import finds them again.
func (p *plan) storeCodes() error {
	byKind := map[string][]int32{}
	for i := range p.ms.partners {
		if x := &p.ms.partners[i]; x.used && x.id == 0 {
			byKind[x.kind] = append(byKind[x.kind], int32(i))
		}
	}
	for kind, all := range byKind {
		for part := range slices.Chunk(all, some) {
			codes := make([]string, 0, 3*len(part))
			for _, i := range part {
				codes = append(codes, p.ms.partners[i].code)
				for _, first := range p.own.firsts() {
					codes = append(codes, first+p.ms.partners[i].code)
				}
			}
			var taken []string
			if err := p.d.R(p.ctx).Raw("SELECT code FROM org WHERE kind = ? AND code IN ?", kind, codes).Scan(&taken).Error; err != nil {
				return err
			}
			for _, i := range part {
				p.storeCode(i, taken)
			}
		}
	}
	return nil
}

func (p *plan) storeCode(i int32, taken []string) {
	x := &p.ms.partners[i]
	if !slices.Contains(taken, x.code) {
		return
	}
	for _, first := range p.own.firsts() {
		if long := first + x.code; utf8.RuneCountInString(long) <= 32 && !slices.Contains(taken, long) {
			x.stored = long
			return
		}
	}
	p.problem("", 0, p.columns["buyer.code"], x.code, "import.code_taken")
}

// mayHouse refuses a partner that keeps no main warehouse, unless the importing organisation has registered it: it makes no place for
// others.
func (p *plan) mayHouse(x *party) {
	if !slices.ContainsFunc(p.own.buyers[x.code], func(k known) bool { return k.id == x.id && k.registered }) {
		p.problem("", 0, p.columns["buyer.code"], x.code, "import.no_place")
	}
}
