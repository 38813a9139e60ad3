package trade

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
)

// TakeBack brings home what waits after a delivery: refused goods out of transit, and ones damaged at the seller's risk out of the
// buyer's quarantine. By the seller. What had passed goes back; damaged goods go to the seller's quarantine.
func (s *Service) TakeBack(ctx context.Context, a access.Actor, ship id.ID, version int64, k Key) (Shipment, error) {
	err := s.decide(ctx, false, func() error {
		h, err := s.shipment(ctx, a.Org, ship)
		if err != nil {
			return err
		}
		rel := access.RelOf(a.Org, h.Seller, h.Buyer, h.Agent)
		if err := s.require(ctx, a, rel, "shipment", "take_back"); err != nil {
			return err
		}
		if err := sameVersion(version, h.Version); err != nil {
			return err
		}
		if rel != access.Seller || !h.Waits {
			return errs.New(errs.Conflict, "shipment.nothing_to_take_back", "status", h.Status, "shipment", h.Number)
		}
		return s.takeBack(ctx, a, h, k)
	})
	if err != nil {
		if _, err = s.orReplay(ctx, a, k, err); err != nil {
			return Shipment{}, err
		}
	}
	return s.Shipment(ctx, a, ship)
}

func (s *Service) takeBack(ctx context.Context, a access.Actor, h Shipment, k Key) error {
	o, err := s.order(ctx, a.Org, h.OrderID)
	if err != nil {
		return err
	}
	c, err := currency(o.Currency)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	p := draft("shipment.taken_back", "shipment/"+h.ID.String()+"/takeback/1", by(a, o.Seller, access.Seller), h.ID, now, k)
	road, err := s.standingAt(ctx, "a.place = ?", h.ID)
	if err != nil {
		return err
	}
	bad, err := s.Places.Quarantine(ctx, h.Seller, h.FromPlace)
	if err != nil {
		return err
	}
	for _, l := range h.Lines {
		ok, err := s.lotSells(ctx, l.Lot, now, a.Zone)
		if err != nil {
			return err
		}
		for _, x := range road.take(l.Lot, l.Refused, func(ledger.Position) bool { return true }) {
			to := o.backToSeller(x.Pos)
			to.Place = h.FromPlace
			if ok {
				to.Seller = o.Seller
			}
			p.Move(x.Pos, to, x.Qty)
		}
	}
	if err := s.damagedHome(ctx, p, o, h, road, bad); err != nil {
		return err
	}
	set := []ledger.Set{{Col: "waits", Before: h.Waits, After: false}}
	if h.Status == Refused {
		set = append(set, ledger.Set{Col: "status", Before: h.Status, After: TakenBack})
	}
	p.Advance(shipmentT, h.ID, h.Version, set...)
	_, err = s.post(ctx, p, c)
	return err
}

// damagedHome moves goods that were damaged at the seller's risk into the seller's quarantine: from the buyer's, or, of a consumer, out of
// transit.
func (s *Service) damagedHome(ctx context.Context, p *ledger.Post, o Order, h Shipment, road *pool, bad id.ID) error {
	there := road
	if h.ToPlace != 0 {
		q, err := s.Places.Quarantine(ctx, h.Buyer, h.ToPlace)
		if err != nil {
			return err
		}
		if there, err = s.standingAt(ctx, "a.place = ? AND a.bearer <> ?", q, o.Buyer); err != nil {
			return err
		}
	}
	for _, l := range h.Lines {
		for _, x := range there.take(l.Lot, l.Damaged, func(x ledger.Position) bool { return x.Owner == l.Owner }) {
			to := o.backToSeller(x.Pos)
			to.Place = bad
			p.Move(x.Pos, to, x.Qty)
		}
	}
	return nil
}
