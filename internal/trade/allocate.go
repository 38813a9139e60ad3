package trade

import (
	"sort"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/qty"
)

func (a amounts) plus(b amounts) amounts {
	return amounts{a.net + b.net, a.base + b.base, a.tax + b.tax}
}

func (a amounts) minus(b amounts) amounts {
	return amounts{a.net - b.net, a.base - b.base, a.tax - b.tax}
}

// partOf is the money of the part of a line that ends at done of all base units, where earlier parts were given that much of
// the whole: parts add up to the whole exactly, and the last takes what is left.
func partOf(c money.Currency, whole, given amounts, done, all qty.Qty) amounts {
	return amounts{upTo(c, whole.net, done, all), upTo(c, whole.base, done, all), upTo(c, whole.tax, done, all)}.minus(given)
}

// openInvoice is what allocation must know of an invoice.
type openInvoice struct {
	ID    id.ID
	No    string // its number, for sentences
	Due   clock.Date
	Open  money.Minor // what is still owed, discount included
	Early money.Minor // the discount that a payment of this value date earns when it covers the rest; 0 for none
}

// share is a part of a payment that goes to one invoice: Amount is money, Discount is what the early payment is forgiven.
type share struct {
	Invoice          id.ID
	Amount, Discount money.Minor
}

// oldestFirst settles invoices in order of their due date (then id) as far as the money goes, and says what is left.
func oldestFirst(open []openInvoice, have money.Minor) (parts []share, rest money.Minor) {
	sorted := append([]openInvoice(nil), open...)
	sort.Slice(sorted, func(i, j int) bool {
		a, b := sorted[i], sorted[j]
		return a.Due < b.Due || a.Due == b.Due && a.ID < b.ID
	})
	for _, v := range sorted {
		if have <= 0 {
			break
		}
		if v.Open <= 0 {
			continue
		}
		s := settle(v, have)
		parts = append(parts, s)
		have -= s.Amount
	}
	return parts, have
}

// settle takes of have what the invoice can use. The discount is given only where the money covers all the rest of it.
func settle(v openInvoice, have money.Minor) share {
	if v.Early > 0 && v.Early < v.Open && have >= v.Open-v.Early {
		return share{v.ID, v.Open - v.Early, v.Early}
	}
	return share{v.ID, min(have, v.Open), 0}
}

// asTold allocates by name. More than an invoice's open amount, more than there is, an amount of nothing and the same invoice
// twice are refused; what is not allocated is left.
func asTold(open map[id.ID]openInvoice, told []Allocation, have money.Minor) (parts []share, rest money.Minor, err error) {
	seen := map[id.ID]bool{}
	for _, a := range told {
		v, ok := open[a.Invoice]
		switch {
		case !ok:
			return nil, 0, errs.Gone()
		case a.Amount <= 0:
			return nil, 0, errs.New(errs.Invalid, "payment.amount_positive")
		case seen[a.Invoice]:
			return nil, 0, errs.New(errs.Invalid, "payment.invoice_twice")
		case a.Amount > v.Open:
			return nil, 0, errs.New(errs.Invalid, "payment.more_than_open", "invoice", v.No)
		case a.Amount > have:
			return nil, 0, errs.New(errs.Invalid, "payment.more_than_paid")
		}
		seen[a.Invoice] = true
		s := settle(v, a.Amount)
		s.Amount = a.Amount
		if s.Amount+s.Discount > v.Open { // they were told to pay part of what the discount would have covered
			s.Discount = v.Open - s.Amount
		}
		parts = append(parts, s)
		have -= s.Amount
	}
	return parts, have, nil
}

// lineDue is what settling must know of an invoice line.
type lineDue struct {
	N              int64
	Total, Settled money.Minor
}

// settleLines spreads an amount over the lines in their order and says the new settled amount of each line that changed; a
// negative amount takes back, from the last line on. first, if not 0, is the line that is served before all others.
func settleLines(lines []lineDue, amount money.Minor, first int64) map[int64]money.Minor {
	order := append([]lineDue(nil), lines...)
	sort.SliceStable(order, func(i, j int) bool {
		a, b := order[i], order[j]
		if (a.N == first) != (b.N == first) {
			return a.N == first
		}
		if amount < 0 {
			return a.N > b.N
		}
		return a.N < b.N
	})
	out := map[int64]money.Minor{}
	for _, l := range order {
		if amount == 0 {
			break
		}
		take := min(amount, l.Total-l.Settled)
		if amount < 0 {
			take = max(amount, -l.Settled)
		}
		if take != 0 {
			out[l.N] = l.Settled + take
			amount -= take
		}
	}
	return out
}

// earlyDiscount is what a payment of a value date earns on an invoice: bps of its total without what was credited, when it comes within the days.
func earlyDiscount(c money.Currency, total money.Minor, issued, value clock.Date, days int, bps int64) money.Minor {
	if days <= 0 || bps <= 0 || value > issued.AddDays(days) {
		return 0
	}
	d, _ := c.Share(total, bps, 10000)
	return d
}

// invoiceStatuses are all that invoiceStatus answers: a list by the day on which invoices are due is read status by status.
var invoiceStatuses = []string{"open", "part", "paid", "credited"}

// invoiceStatus names the state of an invoice by what is settled; credited is how much of it credit notes took. An invoice that is
// credited and then open again, because its payment bounced, is open.
func invoiceStatus(total, settled, credited money.Minor) string {
	switch {
	case settled < total && settled > 0:
		return "part"
	case settled < total:
		return "open"
	case credited >= total && total > 0:
		return "credited"
	}
	return "paid"
}
