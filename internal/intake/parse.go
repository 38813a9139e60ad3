package intake

import (
	"strconv"
	"strings"

	"saluran/internal/money"
	"saluran/internal/qty"
)

// parse reads one row of sales; bad is told of everything that is wrong with it.
func (p *plan) parse(c lineColumns, row []string, bad func(b bound, raw, why string)) (l line, err error) {
	l.seller, l.buyer, l.product = -1, -1, -1
	take := func(b bound, check func(v string) string) (string, bool) {
		v, raw, why := b.value(row)
		if why == "" {
			why = check(v)
		}
		if why != "" {
			bad(b, raw, why)
			return "", false
		}
		return v, true
	}
	if v, ok := take(c.doc, func(v string) string { return code(v, 36) }); ok {
		l.doc = v // copied into the sorter before the next row
	}
	p.parseDate(c, take, &l)
	if err := p.parseParties(c, row, take, bad, &l); err != nil {
		return l, err
	}
	if err := p.parseQuantity(c, take, &l); err != nil {
		return l, err
	}
	p.parseAmount(c, row, take, &l)
	if l.qty != 0 && l.net != 0 && (l.qty < 0) != (l.net < 0) {
		_, raw, _ := c.amount.value(row)
		bad(c.amount, raw, "import.sign_differs")
	}
	return l, nil
}

// parseDate reads line number and date.
func (p *plan) parseDate(c lineColumns, take func(bound, func(string) string) (string, bool), l *line) {
	if c.line.present() {
		take(c.line, func(v string) string {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil || n < 0 || n > 1<<40 {
				return "import.not_a_line_number"
			}
			l.n = n
			return ""
		})
	}
	take(c.date, func(v string) (why string) {
		l.date, why = p.values.date(v)
		if why == "" && p.noon(l.date) > p.now {
			why = "import.date_in_future"
		}
		return why
	})
}

// parseQuantity reads the quantity and its unit, and turns it into the product's base unit: exactly, or not at all.
func (p *plan) parseQuantity(c lineColumns, take func(bound, func(string) string) (string, bool), l *line) (err error) {
	x := &product{unit: p.m.Product.Unit} // of a row whose product is unknown
	if l.product >= 0 {
		x = &p.ms.products[l.product]
	}
	base := qty.Qty(qty.Scale)
	if c.unit.present() {
		take(c.unit, func(v string) string {
			if v == "" && x.unitRead && x.id == 0 {
				return "import.missing"
			}
			if v == "" || strings.EqualFold(v, x.unit) {
				return ""
			}
			n, ok := x.units[strings.ToLower(v)]
			if !ok {
				if l.product < 0 {
					return ""
				}
				return "import.unknown_unit"
			}
			base = n.base
			l.unit, err = p.ms.unit(n.name)
			return ""
		})
	}
	take(c.qty, func(v string) (why string) {
		if l.said, why = p.values.quantity(v, p.m.Product.Decimals); why != "" {
			return why
		}
		if l.qty = l.said; base != qty.Scale {
			var exact bool
			if l.qty, exact = l.said.Times(int64(base), qty.Scale); !exact {
				return "import.too_many_decimals"
			}
		}
		switch {
		case l.qty > qty.Max || l.qty < -qty.Max:
			return "import.too_large"
		case l.product >= 0 && x.id != 0 && !l.qty.Fits(x.decimals):
			return "import.too_many_decimals"
		}
		for l.product >= 0 && !l.qty.Fits(x.decimals) {
			x.decimals++ // a new product may have as many as its lines do
		}
		return ""
	})
	return err
}

// parseAmount reads amount and tax; where a row has a price alone, the amount follows from it.
func (p *plan) parseAmount(c lineColumns, row []string, take func(bound, func(string) string) (string, bool), l *line) {
	if v, _, why := c.amount.value(row); c.price.present() && v == "" && why == "" {
		take(c.price, func(v string) string {
			price, why := p.values.price(v)
			if why != "" {
				return why
			}
			var ok bool
			if l.net, ok = p.cur.Amount(l.said, price); !ok || abs(l.net) > maxAmount {
				return "import.too_large"
			}
			return ""
		})
	} else {
		take(c.amount, func(v string) (why string) {
			l.net, why = p.values.amount(v, p.cur)
			return why
		})
	}
	if !c.tax.present() {
		return
	}
	take(c.tax, func(v string) (why string) {
		if v == "" && p.m.Tax.Optional {
			return "" // the source says of no tax
		}
		if l.tax, why = p.values.amount(v, p.cur); why != "" {
			return why
		}
		if l.tax != 0 && l.qty != 0 && (l.tax < 0) != (l.qty < 0) {
			return "import.sign_differs"
		}
		if p.m.TaxIncluded {
			if abs(l.tax) > abs(l.net) {
				return "import.tax_above_amount"
			}
			l.net -= l.tax
		}
		return ""
	})
}

func abs(m money.Minor) money.Minor { return max(m, -m) }

// parseParties finds who sells what to whom.
func (p *plan) parseParties(c lineColumns, row []string, take func(bound, func(string) string) (string, bool),
	bad func(b bound, raw, why string), l *line) (err error) {
	if v, ok := take(c.seller, func(v string) string { return code(v, 32) }); ok {
		name, _, _ := c.sellerName.value(row)
		if p.own != nil && v != p.own.code {
			bad(c.seller, v, "import.not_yours")
		} else if p.own != nil {
			l.seller = p.own.index
		} else if l.seller, err = p.ms.intern(p.m.Seller.Kind, v, clip(name, 200)); err != nil {
			return err
		}
		if p.seller < 0 {
			p.seller = l.seller
		}
		if p.own == nil && p.seller != l.seller && p.m.Product.Producer.empty() {
			bad(c.seller, v, "import.two_sellers") // without producers the seller makes its products: one only
		}
	}
	kind, raw, why := p.kindOf(c.kind, row)
	if why != "" {
		bad(c.kind, raw, why)
	}
	take(c.buyer, func(v string) string {
		if why := code(v, 32); why != "" {
			return why
		}
		ask := kind
		if ask == "" {
			ask = p.m.Buyer.Kind
		}
		i, known := p.ms.partner(ask, v)
		if !known || p.own != nil {
			if p.ms.buyers && p.m.Buyer.Required && !known {
				return "import.unknown_partner"
			}
			name, _, _ := c.buyerName.value(row)
			var why string
			if i, why, err = p.internBuyer(kind, kind != "", v, name); why != "" || err != nil {
				return why
			}
		}
		l.buyer = i
		if i == l.seller {
			return "import.to_itself"
		}
		return ""
	})
	if err != nil {
		return err
	}
	if !p.ms.fromFile {
		l.product, err = p.internProduct(c.full, row, bad)
		return err
	}
	take(c.product, func(v string) string {
		if why := code(v, 40); why != "" {
			return why
		}
		i, known := p.ms.bySKU[v]
		if !known {
			x := product{code: strings.Clone(v), name: strings.Clone(v), producer: -1, pack: 1}
			if p.own == nil || len(p.own.products[v]) == 0 {
				return "import.unknown_product"
			}
			if why := p.ownProduct(&x); why != "" {
				return why
			}
			i = p.ms.addProduct(v, x)
		}
		l.product = i
		return ""
	})
	return nil
}

// kindOf is the kind that a row says; "" where it says none.
func (p *plan) kindOf(b bound, row []string) (kind, raw, why string) {
	v, raw, why := b.value(row)
	if v == "" || why != "" {
		return "", raw, why
	}
	kind, ok := kindWords[strings.ToLower(v)]
	if !ok {
		return "", raw, "import.unknown_kind"
	}
	return kind, raw, ""
}

var kindWords = map[string]string{"producer": "producer", "produsen": "producer", "distributor": "distributor", "wholesaler": "wholesaler",
	"grosir": "wholesaler", "retailer": "retailer", "pengecer": "retailer", "toko": "retailer", "ritel": "retailer"}

// columnOf is the name by which a problem calls a field of the mapping.
func columnOf(f Field) string {
	if f.Column != "" {
		return f.Column
	}
	if len(f.Any) > 0 {
		return strings.Join(f.Any, ", ")
	}
	return strings.Join(f.Columns, f.Join)
}
