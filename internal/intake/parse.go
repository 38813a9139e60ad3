package intake

import (
	"strconv"
	"strings"

	"saluran/internal/money"
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
	p.parseFigures(c, take, &l)
	if err := p.parseParties(c, row, take, bad, &l); err != nil {
		return l, err
	}
	if l.qty != 0 && l.net != 0 && (l.qty < 0) != (l.net < 0) {
		_, raw, _ := c.amount.value(row)
		bad(c.amount, raw, "import.sign_differs")
	}
	return l, nil
}

// parseFigures reads number, date and amounts.
func (p *plan) parseFigures(c lineColumns, take func(bound, func(string) string) (string, bool), l *line) {
	if p.m.Line != nil {
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
	take(c.qty, func(v string) (why string) {
		l.qty, why = p.values.quantity(v, p.m.Product.Decimals)
		return why
	})
	take(c.amount, func(v string) (why string) {
		l.net, why = p.values.amount(v, p.cur)
		return why
	})
	if p.m.Tax == nil {
		return
	}
	take(c.tax, func(v string) (why string) {
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
		if l.seller, err = p.ms.intern(p.m.Seller.Kind, v, clip(name, 200)); err != nil {
			return err
		}
		if p.seller < 0 {
			p.seller = l.seller
		}
		if p.seller != l.seller && p.m.Product.Producer.empty() {
			bad(c.seller, v, "import.two_sellers") // without producers the seller makes its products: one only
		}
	}
	take(c.buyer, func(v string) string {
		if why := code(v, 32); why != "" {
			return why
		}
		i, known := p.ms.partner(p.m.Buyer.Kind, v)
		if !known {
			if p.ms.buyers && p.m.Buyer.Required {
				return "import.unknown_partner"
			}
			name, _, _ := c.buyerName.value(row)
			if i, err = p.ms.intern(p.m.Buyer.Kind, v, clip(name, 200)); err != nil {
				return ""
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
			return "import.unknown_product"
		}
		l.product = i
		return ""
	})
	return nil
}

// columnOf is the name by which a problem calls a field of the mapping.
func columnOf(f Field) string {
	if f.Column != "" {
		return f.Column
	}
	return strings.Join(f.Columns, f.Join)
}
