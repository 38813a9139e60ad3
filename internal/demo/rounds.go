package demo

import (
	"cmp"

	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/qty"
	"saluran/internal/trade"
	"saluran/internal/visit"
)

// called is how many days back somebody has called at shops; longest how many of them stand on a round.
const (
	called  = 20
	longest = 8
)

// stop is a shop on a round of the demonstration.
type stop struct {
	*bondage
	visit.Stop
	who *firm
}

// rounds makes the rounds of the agent and of the producer's own sales people, and plans the visits of the last weeks on them. Those of
// today are still to be made.
func (l *load) rounds() error {
	stops, of := []stop{}, map[*firm]int{}
	for _, b := range l.bonds {
		who := cmp.Or(b.via, b.from)
		if b.seller != producer || b.to.Kind == "consumer" || of[who] == longest {
			continue
		}
		n := visit.SetStop{Key: audit.Key(l.key("round")), Seller: b.from.ID, Shop: b.to.ID, Weekdays: visit.EveryDay, Weeks: visit.EveryWeek, Turn: int64(of[who] + 1), From: l.today.AddDays(-called)}
		i := of[who]
		of[who]++
		switch { // the first of each round is seen every day, others twice or three times a week or in every second week
		case i%5 == 1:
			n.Weekdays = 1<<(i%6) | 1<<((i+3)%6)
		case i%5 == 2:
			n.Weekdays, n.Weeks = 1<<((i+1)%6), 0b0101
		case i%5 == 3:
			n.Weekdays = 1<<(i%6) | 1<<((i+2)%6) | 1<<((i+4)%6)
		}
		t, err := l.Visits.AddStop(l.ctx, who.as("sales"), n)
		if err != nil {
			return err
		}
		stops = append(stops, stop{b, t, who})
	}
	for day := max(0, l.days-called); day < l.days; day++ { // a short demonstration has been called on since it began
		on, i := l.start.AddDays(day), 0
		for k, t := range stops {
			if !t.Due(on) || (day+k)%11 == 0 { // now and then one is missed
				continue
			}
			l.push(moment(on, 8.5+0.6*float64(i)), "visit", l.visiting(t, day+k))
			i++
		}
	}
	return nil
}

// visiting is a visit: checking in, and half an hour later what came of it.
func (l *load) visiting(t stop, n int) func() error {
	return func() error {
		who := t.who.as("sales")
		v, err := l.Visits.Start(l.ctx, who, visit.Start{Key: audit.Key(l.key("visit")), Stop: t.ID, Where: visit.Where{Spot: []string{"", "", "Di depan toko", "Gudang belakang"}[n%4]}})
		if err != nil {
			return err
		}
		l.push(l.now().Add(25*60*1e9), "visit ends", func() error { return l.leaving(t, v.ID, n) })
		return nil
	}
}

// leaving counts the shelf, takes an order now and then, and checks out.
func (l *load) leaving(t stop, no id.ID, n int) error {
	who := t.who.as("sales")
	c := visit.Close{Result: "none", Reason: visit.Reasons[n%len(visit.Reasons)]}
	if n%9 == 4 {
		c.Result = "closed"
	} else if err := l.shelf(t, no, n); err != nil {
		return err
	}
	if n%4 == 1 && c.Result != "closed" {
		ordered, err := l.onVisit(t, no)
		if err != nil {
			return err
		}
		if ordered {
			c.Result = "order"
		}
	}
	if n%5 == 2 {
		c.Note = "Minta brosur kopi saset dan contoh 20 g."
	}
	_, err := l.Visits.Close(l.ctx, who, audit.Key(l.key("visit")), no, 0, visit.Whole{Close: c})
	if errs.CodeOf(err) == "visit.has_order" { // the shop was sold to meanwhile, from the desk
		c.Result = "order"
		_, err = l.Visits.Close(l.ctx, who, audit.Key(l.key("visit")), no, 0, visit.Whole{Close: c})
	}
	return err
}

// shelf counts some goods.
func (l *load) shelf(t stop, no id.ID, n int) error {
	goods, _, err := l.Visits.Shelf(l.ctx, t.who.as("sales"), t.from.ID, t.to.ID)
	if err != nil {
		return err
	}
	var lines []visit.Line
	for i, g := range goods {
		if (n+i)%2 == 0 {
			lines = append(lines, visit.Line{Product: g.Product, Qty: qty.Units(int64((n*7 + i*5) % 23))})
		}
	}
	_, err = l.Visits.Count(l.ctx, t.who.as("sales"), audit.Key(l.key("count")), no, 0, lines)
	return err
}

// onVisit takes an order on a visit; false where the credit or the terms do not allow one.
func (l *load) onVisit(t stop, no id.ID) (bool, error) {
	by := "seller"
	if t.via != nil {
		by = "agent"
	}
	if err := l.order(t.bondage, by, []trade.PlaceLine{{Product: l.goods[producer]["1001"].id, Qty: units(2), Unit: l.goods[producer]["1001"].pack}}); err != nil {
		return false, err
	}
	p, err := l.Trade.Orders(l.ctx, t.who.as("sales"), list.Query{Size: 1, Filter: map[string]string{"partner": t.to.ID.String(), "kind": "sale", "from": string(l.now().In(t.who.Zone))}})
	if err != nil || len(p.Items) == 0 {
		return false, err
	}
	_, err = l.Visits.Order(l.ctx, t.who.as("sales"), audit.Key(l.key("visit")), no, 0, p.Items[0].ID)
	return err == nil, unless(err, "visit.order_elsewhere")
}
