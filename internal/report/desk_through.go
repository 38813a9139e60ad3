package report

import (
	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/money"
)

// Through is what partners sold on, as far as they share it and so many shops stand behind it that it may be shown: quantities of
// the organisation's goods, at the price at which it sold them itself on average. A period counts on its last day.
type Through struct {
	*Flow
	To       Flow  // what was sold to those partners in the same days
	Grantors int64 // partners that share what they sell on; 0: nobody does, and nothing is known
	Unpriced int64 // goods that the organisation itself has not sold lately: not in the sum
}

// through looks at what is shared. Each look stands in the log that its grantor reads.
func (d *desk) through() error {
	if d.out.Sold == nil || d.sold == nil || d.s.Shared == nil || !d.can(access.Upstream, "sharing", "read") {
		return nil
	}
	pages, err := d.s.Shared.Sellouts(d.ctx, d.a, d.span.From, d.span.To)
	if err != nil {
		return err
	}
	t := &Through{Flow: &Flow{Bars: make([]money.Minor, len(d.span.Buckets))}, To: Flow{Bars: make([]money.Minor, len(d.span.Buckets))}}
	var grantors []id.ID
	prices := map[id.ID]Moved{}
	for _, g := range d.sold.Goods {
		if g.Qty > 0 {
			prices[g.Product] = g
		}
	}
	unpriced := map[id.ID]bool{}
	for _, p := range pages {
		if p.Sharing.Goods == "product" {
			t.Grantors++
			grantors = append(grantors, p.Sharing.Grantor)
		}
		for _, c := range p.Items {
			g, ok := prices[c.Product]
			n := d.span.bucket(c.Last)
			switch {
			case n < 0 || c.Product == 0:
			case !ok:
				unpriced[c.Product] = true
			default:
				v, _ := d.cur.Share(g.Net, int64(c.Qty), int64(g.Qty))
				t.Bars[n] += v
				t.Net += v
			}
		}
	}
	t.Unpriced = int64(len(unpriced))
	d.out.Through = t
	return d.soldTo(&t.To, grantors)
}

// soldTo adds up what was sold to some partners.
func (d *desk) soldTo(f *Flow, partners []id.ID) error {
	if len(partners) == 0 {
		return nil
	}
	var days []struct {
		Day clock.Date
		Net money.Minor
	}
	err := d.read(&days, "SELECT issued_on AS day, SUM(net) AS net FROM invoice WHERE seller = ? AND issued_on >= ? AND issued_on <= ? AND currency = ? AND buyer IN ? GROUP BY issued_on",
		d.org, d.span.From, d.span.To, d.cur.Code, partners)
	for _, x := range days {
		f.Net += x.Net
		f.Bars[d.span.bucket(x.Day)] += x.Net
	}
	return err
}
