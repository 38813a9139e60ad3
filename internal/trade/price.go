package trade

import (
	"saluran/internal/money"
	"saluran/internal/qty"
)

// Pricing is pure: units, ladder, rounding, tax by line.

// ladder is the unit price that a quantity earns: the last break that it reaches. ok is false below the first.
func ladder(breaks []Break, q qty.Qty) (p money.Price, ok bool) {
	for _, b := range breaks {
		if q < b.MinQty {
			break
		}
		p, ok = b.Price, true
	}
	return p, ok
}

// amounts are the money of a line, or of a part of one: net, the base of the tax, the tax.
type amounts struct{ net, base, tax money.Minor }

// total is what is owed for it.
func (a amounts) total() money.Minor { return a.net + a.tax }

// maxAmount bounds a line and an order: sums of it stay far from overflow.
const maxAmount = money.Minor(1_000_000_000_000_000)

// lineAmounts prices q base units: the amount rounded once, the tax by its rule on that. Where prices include the tax, net and
// tax together are exactly quantity × price. ok is false beyond maxAmount.
func lineAmounts(c money.Currency, q qty.Qty, p money.Price, t Tax, charged, included bool) (a amounts, ok bool) {
	amt, ok := c.Amount(q, p)
	if !ok || amt > maxAmount {
		return amounts{}, false
	}
	if !charged || t.BaseDen == 0 || t.RateBps == 0 {
		return amounts{net: amt}, true
	}
	if !included {
		base, tax := vat(c, amt, t)
		return amounts{amt, base, tax}, true
	}
	return unvat(c, amt, t), true
}

// vat is the tax on a net amount: first the base, then the rate on it, each rounded.
func vat(c money.Currency, net money.Minor, t Tax) (base, tax money.Minor) {
	base, _ = c.Share(net, t.BaseNum, t.BaseDen)
	tax, _ = c.Share(base, t.RateBps, 10000)
	return base, tax
}

// unvat takes the tax out of a gross amount: the net whose tax makes up the gross, else the nearest, the tax taking the rest.
func unvat(c money.Currency, gross money.Minor, t Tax) amounts {
	num, den := t.BaseNum*t.RateBps, t.BaseDen*10000
	first, _ := c.Share(gross, den, den+num)
	unit := money.Minor(c.Round)
	for _, net := range []money.Minor{first, first - unit, first + unit} {
		if base, tax := vat(c, net, t); net+tax == gross {
			return amounts{net, base, tax}
		}
	}
	base, _ := vat(c, first, t)
	return amounts{first, base, gross - first}
}

// upTo is the part of an amount that belongs to the first done of all base units of a line: what is invoiced or cancelled in
// parts adds up to the whole exactly, the last part takes the remainder.
func upTo(c money.Currency, whole money.Minor, done, all qty.Qty) money.Minor {
	if done >= all {
		return whole
	}
	m, _ := c.Share(whole, int64(done), int64(all))
	return m
}

// slice is what the next n base units of a line amount to, after those that are billed already. Invoices and cancellations
// both take their amounts here, so that they use up the line exactly.
func (l Line) slice(c money.Currency, n qty.Qty) amounts {
	from, to := l.Billed(), min(l.Billed()+n, l.Qty)
	part := func(m money.Minor) money.Minor { return upTo(c, m, to, l.Qty) - upTo(c, m, from, l.Qty) }
	m := amounts{part(l.Net), part(l.TaxBase), part(l.Tax)}
	if to > from {
		m = m.minus(l.off)
	}
	return m
}

// credit is what an order holds of the buyer's credit after a step: for what is still to be invoiced, never more than before; of
// one that is paid beforehand, for what has been sent.
func (d Deal) credit(was money.Minor, lines []Line) (sum money.Minor) {
	if !d.Prepay {
		return min(was, creditOf(d.Currency, lines))
	}
	for _, l := range lines {
		sum += l.slice(d.Currency, l.Unbilled()).total()
	}
	return sum
}

// creditOf is the credit that lines hold, tax included: for everything that is neither invoiced nor cancelled.
func creditOf(c money.Currency, lines []Line) (sum money.Minor) {
	for _, l := range lines {
		sum += l.slice(c, l.Qty).total()
	}
	return sum
}
