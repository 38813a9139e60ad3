package report

import (
	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/money"
)

// Wait is work that waits for somebody: N of it, worth Amount where that is said and the reader may see it.
type Wait struct {
	Kind   string // confirm, hold, ship, invoice, receive, difference, take_back, match, due, due_week, late, claims, expiry, low, terms
	N      int64
	Amount money.Minor
	Known  bool  // Amount is meant
	Link   id.ID // of terms: a link that they are offered on
}

// DifferenceDays is how long receipts that differ stand on the first page.
const DifferenceDays = 14

// waits counts what waits for this person: only work that the person may do, and never more than a few questions.
func (d *desk) waits() error {
	if d.terms.N > 0 {
		d.terms.Kind = "terms"
		d.out.Waits = append(d.out.Waits, d.terms)
	}
	for _, step := range []func() error{d.waitingOrders, d.waitingShipments, d.waitingMoney, d.waitingGoods} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (d *desk) wait(kind string, n int64, amount money.Minor, known bool) {
	if !known {
		amount = 0
	}
	if n > 0 {
		d.out.Waits = append(d.out.Waits, Wait{Kind: kind, N: n, Amount: amount, Known: known})
	}
}

type byStatus struct {
	Status string
	N      int64
	Total  money.Minor
}

// orders counts the orders of one side by status.
func (d *desk) orders(mine, statuses string) (map[string]byStatus, error) {
	var rows []byStatus
	err := d.read(&rows, "SELECT status, COUNT(*) AS n, COALESCE(SUM(CASE WHEN currency = ? THEN total ELSE 0 END), 0) AS total FROM orders WHERE "+mine+" = ? AND status IN ("+statuses+") AND kind = 'sale' GROUP BY status",
		d.cur.Code, d.org)
	out := map[string]byStatus{}
	for _, r := range rows {
		out[r.Status] = r
	}
	return out, err
}

func (d *desk) waitingOrders() error {
	if !d.can(access.Own, "order", "list") {
		return nil
	}
	side, rel := "seller", access.Seller
	if d.agent() {
		side, rel = "agent", access.Agent
	}
	confirms, ships, bills := d.can(rel, "order", "confirm"), d.can(access.Seller, "order", "dispatch"), d.can(access.Seller, "order", "bill")
	resumes := rel == access.Seller && (confirms || d.can(rel, "order", "resume")) // an agent waits for its principal
	if !confirms && !ships && !bills && !resumes {
		return nil
	}
	n, err := d.orders(side, "'placed','credit_hold','confirmed','part_dispatched','delivered'")
	if err != nil {
		return err
	}
	worth := d.money && d.can(rel, "invoice", "read") // what orders come to is for those who see invoices
	if resumes {
		d.wait("hold", n["credit_hold"].N, n["credit_hold"].Total, worth)
	}
	if confirms {
		d.wait("confirm", n["placed"].N, n["placed"].Total, worth)
	}
	if ships {
		d.wait("ship", n["confirmed"].N+n["part_dispatched"].N, 0, false)
	}
	if bills {
		d.wait("invoice", n["delivered"].N, n["delivered"].Total, worth)
	}
	return nil
}

func (d *desk) waitingShipments() error {
	if !d.can(access.Own, "shipment", "list") {
		return nil
	}
	var rows []struct{ N int64 }
	count := func(kind, query string, args ...any) error {
		rows = nil
		if err := d.read(&rows, query, args...); err != nil {
			return err
		}
		d.wait(kind, rows[0].N, 0, false)
		return nil
	}
	if d.can(access.Buyer, "shipment", "receive") {
		if err := count("receive", "SELECT COUNT(*) AS n FROM shipment WHERE buyer = ? AND status = 'in_transit' AND kind = 'out'", d.org); err != nil {
			return err
		}
	}
	if d.can(access.Seller, "shipment", "take_back") {
		if err := count("take_back", "SELECT COUNT(*) AS n FROM shipment WHERE seller = ? AND status IN ('received','refused') AND waits > 0", d.org); err != nil {
			return err
		}
	}
	if d.can(access.Seller, "shipment", "read") && !d.agent() && d.org != 0 && d.page != "carrier" {
		since := d.midnight(d.today.AddDays(1 - DifferenceDays))
		return count("difference", `SELECT COUNT(*) AS n FROM shipment h WHERE h.seller = ? AND h.status IN ('received','refused') AND h.received_us >= ?
 AND EXISTS (SELECT 1 FROM shipment_line l WHERE l.shipment_id = h.id AND l.damaged + l.short + l.refused > 0)`, d.org, since)
	}
	return nil
}

// waitingMoney takes what the figures have read already.
func (d *desk) waitingMoney() error {
	if !d.money {
		return nil
	}
	if d.can(access.Seller, "payment", "confirm") || d.agent() && d.can(access.Agent, "payment", "confirm") {
		if d.out.Cash == nil {
			var err error
			if d.out.Cash, err = d.loose(); err != nil {
				return err
			}
		}
		d.wait("match", d.out.Cash.Reports, d.out.Cash.Reported, true)
	}
	if a := d.out.Owing; a != nil && d.can(access.Buyer, "payment", "report") {
		d.wait("due", a.LateBills-a.Said.LateBills, a.Late-a.Said.Late, true)
		d.wait("due_week", a.WeekBills-a.Said.WeekBills, a.Week-a.Said.Week, true)
	}
	if a := d.out.Owed; a != nil {
		d.wait("late", a.LateBills, a.Late, true)
		if a.Claims > 0 {
			d.wait("claims", 1, a.Claims, true)
		}
	}
	return nil
}

func (d *desk) waitingGoods() error {
	if e := d.out.Expiry; e != nil {
		d.wait("expiry", e.Lots, 0, false)
	}
	if c := d.out.Cover; c != nil && d.page != "producer" && d.page != "distributor" {
		d.wait("low", c.Low+c.Out, 0, false)
	}
	return nil
}
