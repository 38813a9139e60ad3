package report

import (
	"context"
	"fmt"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
)

// Step is one of the first things to do in the portal, for a person in an organisation: what it is about is that person's own.
type Step struct {
	Kind   string // goods, price, link, people, bank, confirm, ship, receive, order, pay, match, late, notices
	Done   bool
	ID     id.ID  // of what it is about, where something waits
	Number string // of the document
	Who    string // the partner, or the name of the list
	Due    clock.Date
}

// stepKind says whose step it is and how it is known to be done: by what the person has done, as the audit log has it, or, of what is
// arranged once for all, by what the organisation has.
type stepKind struct {
	may  func(d *desk) bool
	done []string // actions of the person
	has  string   // or: a question that the organisation's data answer
	find string   // what it is about: one row of the organisation, found by an index
	bill string   // or the next bill to be paid where the organisation stands on this side: none that is reported as paid
	late bool     // only a bill whose day is over
}

var stepKinds = map[string]stepKind{
	"goods": {may: func(d *desk) bool { return d.a.Kind == "producer" && d.can(access.Own, "product", "write") },
		has: "SELECT COUNT(*) AS n FROM (SELECT id FROM product WHERE producer = ? LIMIT 1) p"},
	"price": {may: func(d *desk) bool { return d.money && d.can(access.Own, "price", "write") },
		has:  "SELECT COUNT(*) AS n FROM (SELECT p.id FROM price_list l JOIN price p ON p.list = l.id WHERE l.org = ? LIMIT 1) p",
		find: "SELECT id, '' AS number, name AS who, '' AS due FROM price_list WHERE org = ? ORDER BY id LIMIT 1"},
	"link": {may: func(d *desk) bool { return d.can(access.Own, "link", "write") },
		has: "SELECT COUNT(*) AS n FROM (SELECT id FROM link WHERE seller = ? LIMIT 1) l"},
	"people": {may: func(d *desk) bool { return d.can(access.Own, "person", "manage") }, done: []string{"person.invited", "person.added"},
		has: "SELECT COUNT(*) - 1 AS n FROM (SELECT person FROM membership WHERE org = ? LIMIT 2) m"},
	"bank": {may: func(d *desk) bool { return d.can(access.Own, "bank", "write") },
		has: "SELECT COUNT(*) AS n FROM (SELECT id FROM bank_account WHERE org = ? LIMIT 1) b"},
	"confirm": {may: func(d *desk) bool {
		return d.can(access.Own, "order", "list") && d.can(access.Seller, "order", "confirm")
	},
		done: []string{"order.confirmed", "order.rejected"},
		find: "SELECT o.id, o.number, b.name AS who, '' AS due FROM orders o JOIN org b ON b.id = o.buyer WHERE o.seller = ? AND o.status = 'placed' AND o.kind = 'sale' ORDER BY o.id LIMIT 1"},
	"ship": {may: func(d *desk) bool {
		return d.can(access.Own, "order", "list") && d.can(access.Seller, "order", "dispatch")
	},
		done: []string{"order.dispatched"},
		find: "SELECT o.id, o.number, b.name AS who, '' AS due FROM orders o JOIN org b ON b.id = o.buyer WHERE o.seller = ? AND o.status = 'confirmed' AND o.kind = 'sale' ORDER BY o.id LIMIT 1"},
	"receive": {may: func(d *desk) bool {
		return d.can(access.Own, "shipment", "list") && d.can(access.Buyer, "shipment", "receive")
	}, done: []string{"shipment.received"},
		find: "SELECT h.id, h.number, s.name AS who, '' AS due FROM shipment h JOIN org s ON s.id = h.seller WHERE h.buyer = ? AND h.status = 'in_transit' AND h.kind = 'out' ORDER BY h.id LIMIT 1"},
	"order": {may: func(d *desk) bool { return d.can(access.Own, "order", "list") && d.can(access.Buyer, "order", "place") },
		done: []string{"order.placed"},
		find: "SELECT 0 AS id, '' AS number, s.name AS who, '' AS due FROM link l JOIN org s ON s.id = l.seller WHERE l.buyer = ? AND l.active = 1 ORDER BY l.seller LIMIT 1"},
	"order_for": {may: func(d *desk) bool { return d.agent() && d.can(access.Agent, "order", "place") },
		done: []string{"order.placed"},
		find: "SELECT l.id, '' AS number, b.name AS who, '' AS due FROM link l JOIN org b ON b.id = l.buyer WHERE l.agent = ? AND l.active = 1 ORDER BY l.id LIMIT 1"},
	"pay": {may: func(d *desk) bool { return d.buys() && d.can(access.Buyer, "payment", "report") },
		done: []string{"payment.reported"},
		bill: "buyer"},
	"match": {may: func(d *desk) bool { return d.sells() && d.can(access.Seller, "payment", "confirm") },
		done: []string{"payment.confirmed", "payment.rejected"},
		find: "SELECT p.id, p.number, b.name AS who, '' AS due FROM payment p JOIN org b ON b.id = p.payer WHERE p.payee = ? AND p.status = 'reported' ORDER BY p.id LIMIT 1"},
	"late": {may: func(d *desk) bool { return d.sells() && d.can(access.Seller, "talk", "write") },
		done: []string{"message.sent"},
		bill: "seller", late: true},
	"notices": {may: func(*desk) bool { return true }, done: []string{"notices.set"}},
}

// stepPlans are the steps of each first page, in the order in which they are gone through.
var stepPlans = map[string][]string{
	"producer": {"goods", "price", "link", "confirm", "late", "people", "notices"}, "distributor": {"confirm", "order", "receive", "price", "late", "people", "notices"},
	"wholesaler": {"confirm", "order", "receive", "price", "late", "people", "notices"}, "shop": {"order", "receive", "pay", "people", "notices"},
	"agent": {"order_for", "bank", "people", "notices"}, "finance": {"match", "late", "pay", "bank", "notices"}, "warehouse": {"ship", "receive", "notices"},
}

// FirstSteps are the first things to do for a person: those that its role may do. Nil where there would be one alone. However much stands
// behind them, they are made of one question for what was done, one for each thing that is arranged, and a few for each that waits.
func (s *Service) FirstSteps(ctx context.Context, a access.Actor) ([]Step, error) {
	if a.Kind == "operator" || a.Glass != 0 {
		return nil, nil
	}
	d := &desk{s: s, ctx: ctx, a: a, org: a.Org, zone: a.Zone, today: s.now().In(a.Zone), page: deskPage(a)}
	d.money = d.can(access.Own, "price", "read")
	var out []Step
	for _, kind := range stepPlans[d.page] {
		if stepKinds[kind].may(d) {
			out = append(out, Step{Kind: kind})
		}
	}
	if len(out) < 2 {
		return nil, nil
	}
	if err := d.stepsDone(out); err != nil {
		return nil, fmt.Errorf("first steps of %d: %w", a.Person, err)
	}
	for i := range out {
		if err := d.stepAbout(&out[i]); err != nil {
			return nil, fmt.Errorf("first steps of %d: %w", a.Person, err)
		}
	}
	return out, nil
}

// stepsDone ticks off what the person has done: each action is looked up by itself, so that a long past costs no more than a short one.
func (d *desk) stepsDone(all []Step) error {
	var ask []string
	var args []any
	for _, x := range all {
		for _, action := range stepKinds[x.Kind].done {
			ask = append(ask, "SELECT action FROM (SELECT action FROM audit WHERE person = ? AND org = ? AND action = ? LIMIT 1) a"+fmt.Sprint(len(ask)))
			args = append(args, d.a.Person, d.org, action)
		}
	}
	var did []struct{ Action string }
	if len(ask) > 0 {
		if err := d.read(&did, strings.Join(ask, " UNION ALL "), args...); err != nil {
			return err
		}
	}
	for i, x := range all {
		for _, action := range stepKinds[x.Kind].done {
			for _, row := range did {
				all[i].Done = all[i].Done || row.Action == action
			}
		}
	}
	return nil
}

// stepAbout looks whether the organisation has what is arranged once, and else for what the step is about.
func (d *desk) stepAbout(x *Step) error {
	k := stepKinds[x.Kind]
	if k.has != "" && !x.Done {
		var n []struct{ N int64 }
		if err := d.read(&n, k.has, d.org); err != nil {
			return err
		}
		x.Done = n[0].N > 0
	}
	if x.Done || k.find == "" && k.bill == "" {
		return nil
	}
	find, args := k.find, []any{d.org}
	if k.bill != "" {
		no, err := d.nextBill(k)
		if err != nil || no == 0 {
			return err
		}
		other := map[string]string{"buyer": "seller", "seller": "buyer"}[k.bill]
		find, args = "SELECT i.id, i.number, o.name AS who, i.due_on AS due FROM invoice i JOIN org o ON o.id = i."+other+" WHERE i."+k.bill+" = ? AND i.id = ?", append(args, no)
	}
	var rows []struct {
		ID          id.ID
		Number, Who string
		Due         clock.Date
	}
	if err := d.read(&rows, find, args...); err != nil {
		return err
	}
	if len(rows) > 0 {
		x.ID, x.Number, x.Who, x.Due = rows[0].ID, rows[0].Number, rows[0].Who, rows[0].Due
	}
	return nil
}

// nextBill is the bill that a step is about; 0 for none.
func (d *desk) nextBill(k stepKind) (id.ID, error) {
	w := which{side: k.bill, upto: lastDay}
	if k.late {
		w.upto = d.today.AddDays(-1)
	}
	ids, err := d.first(w, 1)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return ids[0], nil
}
