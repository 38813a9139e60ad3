package intake

import (
	"strconv"
	"strings"

	"saluran/internal/errs"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// readProducts reads the products' file.
func (p *plan) readProducts(s Source) error {
	p.ms.fromFile = true
	return p.eachRow(s, func(r *reader) (func(row []string, n int64) error, error) {
		f := p.m.Product.MasterCode
		if f.empty() {
			f = p.m.Product.Code
		}
		pc, err := p.bindProduct(r, f)
		if err != nil {
			return nil, err
		}
		return func(row []string, n int64) error {
			if p.tooWide(r.t, row, n) {
				return nil
			}
			_, err := p.internProduct(pc, row, func(b bound, raw, why string) { p.problem(s.Name, n, b.name, raw, why) })
			return err
		}, nil
	})
}

// productColumns are the columns of a product, in the products' file or in the lines.
type productColumns struct {
	code, name, pack, gtin, price, producer, producerName, cost, unit, packUnit bound
}

func (p *plan) bindProduct(r *reader, codeField Field) (productColumns, error) {
	c := p.m.Product
	cost := Field{}
	if p.m.Supply != nil {
		cost = p.m.Supply.Cost
	}
	b, err := bindAll(r, codeField, c.Name, c.Pack, c.GTIN, c.Price, c.Producer, c.ProducerName, cost, c.UnitFrom, c.PackUnitFrom)
	if err != nil {
		return productColumns{}, err
	}
	return productColumns{b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9]}, nil
}

func bindAll(r *reader, fields ...Field) ([]bound, error) {
	out := make([]bound, len(fields))
	for i, f := range fields {
		b, err := r.bind(f)
		if err != nil {
			return nil, err
		}
		out[i] = b
	}
	return out, nil
}

// internProduct finds or adds the product of a row; -1 where the row is bad, which bad was told.
func (p *plan) internProduct(c productColumns, row []string, bad func(b bound, raw, why string)) (int32, error) {
	sku, raw, why := c.code.value(row)
	if why == "" {
		why = code(sku, 40)
	}
	if why != "" {
		bad(c.code, raw, why)
		return -1, nil
	}
	producer := int32(-1) // the seller
	maker := ""
	if !p.m.Product.Producer.empty() {
		maker, raw, why = c.producer.value(row)
		if why == "" {
			why = code(maker, 32)
		}
		if why != "" {
			bad(c.producer, raw, why)
			return -1, nil
		}
	}
	k := p.ms.productKey(maker, sku)
	if i, ok := p.ms.bySKU[k]; ok {
		return i, nil
	}
	if len(p.ms.products) >= maxMasters {
		return 0, errs.New(errs.TooLarge, "import.too_many_products", "max", strconv.Itoa(maxMasters))
	}
	if maker != "" {
		name, _, _ := c.producerName.value(row)
		i, err := p.internMaker(maker, clip(name, 200))
		if err != nil {
			return 0, err
		}
		producer = i
	}
	x := product{code: strings.Clone(sku), producer: producer, pack: 1}
	if !p.fillProduct(&x, c, row, bad) {
		return -1, nil
	}
	if p.own != nil {
		if why := p.ownProduct(&x); why != "" {
			bad(c.code, sku, why)
			return -1, nil
		}
	}
	return p.ms.addProduct(k, x), nil
}

// productKey is how the files call a product: by code where a products' file is given, else by code within its producer.
func (m *masters) productKey(maker, sku string) string {
	if m.fromFile {
		return sku
	}
	return maker + "\x00" + sku
}

func (m *masters) addProduct(k string, x product) int32 {
	m.products = append(m.products, x)
	i := int32(len(m.products) - 1)
	m.bySKU[strings.Clone(k)] = i
	return i
}

// fillUnits reads the units of a product: its own, or the mapping's.
func (p *plan) fillUnits(x *product, c productColumns, row []string, bad func(b bound, raw, why string)) bool {
	x.unit, x.packUnit = p.m.Product.Unit, p.m.Product.PackUnit
	for _, u := range []struct {
		b  bound
		to *string
	}{{c.unit, &x.unit}, {c.packUnit, &x.packUnit}} {
		v, raw, why := u.b.value(row)
		if v != "" && why == "" {
			why = code(v, 16)
		}
		if why != "" {
			bad(u.b, raw, why)
			return false
		}
		if v != "" {
			*u.to = strings.Clone(v)
			x.unitRead = x.unitRead || (u.to == &x.unit && !p.ms.fromFile)
		}
	}
	if x.packUnit != "" && x.pack > 1 && !strings.EqualFold(x.packUnit, x.unit) {
		x.units = map[string]pack{strings.ToLower(x.unit): {x.unit, qty.Scale}, strings.ToLower(x.packUnit): {x.packUnit, qty.Units(x.pack)}}
	}
	return true
}

func (p *plan) fillProduct(x *product, c productColumns, row []string, bad func(b bound, raw, why string)) bool {
	name, raw, why := c.name.value(row)
	if name == "" {
		name = x.code
	} else if why = code(name, 200); why != "" {
		bad(c.name, raw, why)
		return false
	}
	x.name = strings.Clone(name)
	if g, _, _ := c.gtin.value(row); g != "" {
		x.gtin = gtin(g)
	}
	if v, raw, _ := c.pack.value(row); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 1 || n > 1_000_000 {
			bad(c.pack, raw, "import.bad_pack")
			return false
		}
		x.pack = n
	}
	if !p.fillUnits(x, c, row, bad) {
		return false
	}
	if v, raw, _ := c.price.value(row); v != "" {
		price, why := p.values.price(v)
		if why != "" {
			bad(c.price, raw, why)
			return false
		}
		x.price, x.priced = price, true
	}
	if p.m.Supply != nil {
		v, raw, _ := c.cost.value(row)
		cost, why := p.values.price(v)
		if why != "" {
			bad(c.cost, raw, why)
			return false
		}
		x.cost = cost
	}
	return true
}

func (v *values) price(s string) (money.Price, string) {
	if s == "" {
		return 0, "import.missing"
	}
	t, ok := v.plain(s)
	if !ok {
		return 0, "import.not_a_number"
	}
	x, err := money.ParsePrice(t)
	if why := numberFault(err, int64(x)); why != "" {
		return 0, why
	}
	return x, ""
}

// gtin pads a barcode to 12 digits at least and keeps it only if its check digit is right: the rest are shop codes.
func gtin(s string) string {
	for len(s) < 12 {
		s = "0" + s
	}
	if len(s) > 14 {
		return ""
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i]) - '0'
		if d < 0 || d > 9 {
			return ""
		}
		if i%2 == 1 {
			d *= 3
		}
		sum += d
	}
	if sum%10 != 0 {
		return ""
	}
	return strings.Clone(s)
}
