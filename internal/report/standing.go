package report

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
)

// Standing is how a partner stands to the reader today: what waits, the last order, and how often one comes.
type Standing struct {
	Waits  []Wait     // of this partner: confirm, hold, ship, invoice, receive, take_back, match
	Orders int64      // how many there were
	Last   clock.Date // of the last order; "" where there was none
	LastID id.ID
	Number string
	Rhythm int64 // days between orders, as a rule; 0 where there are too few to say
	Since  int64 // days since the last one
	Late   bool  // it is longer ago than any of the last orders was from the one before
	Gap    int64 // the longest of those
}

// rhythmOf is how many orders the rhythm is made of, and how few are none.
const (
	rhythmOf  = 13
	rhythmMin = 4
)

// Standing tells how the partner of a link stands. Rights: link read; what waits and orders as far as the role may do or read them.
func (s *Service) Standing(ctx context.Context, a access.Actor, link id.ID) (*Standing, error) {
	t, err := s.between(ctx, a, link)
	if err != nil {
		return nil, err
	}
	out := &Standing{}
	if t.can(t.rel, "order", "read") {
		if err := t.rhythm(out); err != nil {
			return nil, fmt.Errorf("rhythm of link %d: %w", link, err)
		}
	}
	if err := t.waiting(out); err != nil {
		return nil, fmt.Errorf("what waits on link %d: %w", link, err)
	}
	return out, nil
}

// rhythm reads the last orders: the usual time between them is the one in the middle, days with several orders being one.
func (t *story) rhythm(out *Standing) error {
	var rows []struct {
		ID        id.ID
		Number    string
		OrderedOn clock.Date
	}
	cond, args := "seller = ? AND buyer = ?", []any{t.seller, t.buyer}
	if t.rel == access.Agent {
		cond, args = cond+" AND agent = ?", append(args, t.org)
	}
	const counted = " AND kind = 'sale' AND status NOT IN ('rejected','cancelled')"
	if err := t.read(&rows, "SELECT id, number, ordered_on FROM orders WHERE "+cond+counted+" ORDER BY seq DESC LIMIT 60", args...); err != nil || len(rows) == 0 {
		return err
	}
	var n []struct{ N int64 }
	if err := t.read(&n, "SELECT COUNT(*) AS n FROM orders WHERE "+cond+counted, args...); err != nil {
		return err
	}
	out.Orders, out.Last, out.LastID, out.Number = n[0].N, rows[0].OrderedOn, rows[0].ID, rows[0].Number
	out.Since = int64(t.today.Days(out.Last))
	var days []clock.Date
	for _, r := range rows {
		if len(days) == 0 || r.OrderedOn < days[len(days)-1] {
			days = append(days, r.OrderedOn)
		}
	}
	out.pace(days[:min(len(days), rhythmOf)])
	return nil
}

// pace works out the rhythm of days, the latest first.
func (s *Standing) pace(days []clock.Date) {
	if len(days) < rhythmMin {
		return
	}
	var gaps []int64
	for i := 1; i < len(days); i++ {
		gaps = append(gaps, int64(days[i-1].Days(days[i])))
	}
	slices.Sort(gaps)
	s.Rhythm, s.Gap = gaps[len(gaps)/2], gaps[len(gaps)-1]
	s.Late = s.Since > s.Gap
}

// waiting counts what this person may do something about.
func (t *story) waiting(out *Standing) error {
	wait := func(kind string, n int64) {
		if n > 0 {
			out.Waits = append(out.Waits, Wait{Kind: kind, N: n})
		}
	}
	cond, args := "seller = ? AND buyer = ?", []any{t.seller, t.buyer}
	if t.rel == access.Agent {
		cond, args = cond+" AND agent = ?", append(args, t.org)
	}
	var rows []struct {
		What, Status string
		N            int64
	}
	all := append(append(append([]any{}, args...), t.seller, t.buyer), t.seller, t.buyer)
	err := t.read(&rows, "SELECT 'order' AS what, status, COUNT(*) AS n FROM orders WHERE "+cond+" AND kind = 'sale' AND status IN ('placed','credit_hold','confirmed','part_dispatched','delivered') GROUP BY status"+
		" UNION ALL SELECT 'shipment', CASE WHEN status = 'in_transit' THEN 'receive' ELSE 'take_back' END, COUNT(*) FROM shipment WHERE seller = ? AND buyer = ?"+
		" AND ((status = 'in_transit' AND kind = 'out') OR (status IN ('received','refused') AND waits > 0)) GROUP BY CASE WHEN status = 'in_transit' THEN 'receive' ELSE 'take_back' END"+
		" UNION ALL SELECT 'payment', status, COUNT(*) FROM payment WHERE payee = ? AND payer = ? AND status = 'reported' GROUP BY status", all...)
	if err != nil {
		return err
	}
	n := map[string]int64{}
	for _, r := range rows {
		n[r.What+"."+r.Status] = r.N
	}
	confirms := t.can(t.rel, "order", "confirm")
	if confirms || t.can(t.rel, "order", "resume") {
		wait("hold", n["order.credit_hold"])
	}
	if confirms {
		wait("confirm", n["order.placed"])
	}
	if t.can(t.rel, "order", "dispatch") {
		wait("ship", n["order.confirmed"]+n["order.part_dispatched"])
	}
	if t.can(t.rel, "order", "bill") {
		wait("invoice", n["order.delivered"])
	}
	if t.rel == access.Buyer && t.can(t.rel, "shipment", "receive") {
		wait("receive", n["shipment.receive"])
	}
	if t.rel == access.Seller && t.can(t.rel, "shipment", "take_back") {
		wait("take_back", n["shipment.take_back"])
	}
	if t.rel == access.Seller && t.can(t.rel, "payment", "confirm") {
		wait("match", n["payment.reported"])
	}
	return nil
}
