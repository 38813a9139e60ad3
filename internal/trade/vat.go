package trade

import "saluran/internal/money"

// vat is the tax of one line: first the base (net × num ÷ den) to the currency's unit, then the rate of that base, each
// rounded once, half away from zero. A rule without a rate has base 0 and tax 0. ok is false on overflow.
func vat(c money.Currency, net money.Minor, t Tax) (base, tax money.Minor, ok bool) {
	if t.RateBps == 0 || t.BaseDen == 0 {
		return 0, 0, true
	}
	base, ok = c.Share(net, t.BaseNum, t.BaseDen)
	if !ok {
		return 0, 0, false
	}
	tax, ok = c.Share(base, t.RateBps, 10000)
	return base, tax, ok
}

// vatInside splits an amount that already contains the tax: net + tax is gross, exactly. The net is rounded, and the tax is
// what remains, so that the buyer pays the price that was shown.
func vatInside(c money.Currency, gross money.Minor, t Tax) (net, base, tax money.Minor, ok bool) {
	if t.RateBps == 0 || t.BaseDen == 0 {
		return gross, 0, 0, true
	}
	whole := t.BaseDen * 10000
	net, ok = c.Share(gross, whole, whole+t.BaseNum*t.RateBps)
	if !ok {
		return 0, 0, 0, false
	}
	base, ok = c.Share(net, t.BaseNum, t.BaseDen)
	return net, base, gross - net, ok
}
