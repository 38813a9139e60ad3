package cart

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Send asks a basket to become an order. Version and Seen are what was looked at.
type Send struct {
	Pair
	Version    int64
	Seen       string
	Purpose    string // resale (default), processing, enduse
	WantedOn   clock.Date
	Reference  string
	Note       string
	HoldCredit bool // beyond the limit it waits until the seller lets it pass
}

// Send places the order of a basket, and empties it. It is placed once for each version of the basket, whoever sends it how often: who
// sends a version again that was placed hears of the same order. Where the basket, or a price in it, is another than the sender saw,
// nothing is placed.
//
// Right: order place. Errors: cart.empty, cart.wrong_lines, cart.prices_changed, changed, everything that placing an order says.
func (s *Service) Send(ctx context.Context, a access.Actor, c Send) (Placed, error) {
	c.Pair = c.Pair.of(a)
	r, err := s.of(ctx, a, c.Seller, c.Buyer)
	if err != nil {
		return Placed{}, err
	}
	if r.SentOrder != 0 && r.SentVersion == c.Version {
		return s.again(ctx, a, r.SentOrder)
	}
	r.Seller, r.Buyer = c.Seller, c.Buyer
	b, err := s.look(ctx, a, r)
	if err != nil {
		return Placed{}, err
	}
	if err := b.sendable(c); err != nil {
		if r, rerr := s.of(ctx, a, c.Seller, c.Buyer); rerr == nil && r.SentOrder != 0 && r.SentVersion == c.Version { // sent twice at the same time
			return s.again(ctx, a, r.SentOrder)
		}
		return Placed{}, err
	}
	client := fmt.Sprintf("cart-%d-%d", b.ID, b.Version)
	o := Order{Client: client, Hash: sha256.Sum256([]byte(client)), Seller: b.Seller, Buyer: b.Buyer, WantedOn: c.WantedOn, Reference: c.Reference, Note: c.Note, HoldCredit: c.HoldCredit}
	for _, l := range b.Lines {
		if l.Aside {
			continue
		}
		o.Lines = append(o.Lines, Ordered{Ask: Ask{l.Product, l.Qty, l.Unit}, Purpose: c.Purpose, Price: l.Price})
	}
	placed, err := s.market.Place(ctx, a, o)
	if err != nil {
		return Placed{}, err
	}
	return placed, s.sent(ctx, a, b, placed.ID)
}

// again answers the order that a version of a basket became.
func (s *Service) again(ctx context.Context, a access.Actor, order id.ID) (Placed, error) {
	_, err := s.market.Earlier(ctx, a, order)
	return Placed{ID: order}, err
}

// sendable tells whether a basket is what the sender saw, and can be ordered.
func (b Basket) sendable(c Send) error {
	switch {
	case b.ID == 0 || b.Good+b.Wrong == 0:
		return errs.New(errs.Invalid, "cart.empty")
	case c.Version != 0 && c.Version != b.Version:
		return errs.New(errs.Conflict, "changed")
	case b.Wrong > 0:
		return errs.New(errs.Invalid, "cart.wrong_lines", "n", fmt.Sprint(b.Wrong))
	case c.Seen != b.Seen && len(b.Changed()) > 0:
		return errs.New(errs.Conflict, "cart.prices_changed", "n", fmt.Sprint(len(b.Changed())))
	case c.Seen != b.Seen:
		return errs.New(errs.Conflict, "changed")
	}
	return nil
}

// sent empties a basket of what was ordered: lines that came meanwhile stay.
func (s *Service) sent(ctx context.Context, a access.Actor, b Basket, order id.ID) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		r, err := s.locked(ctx, a, b.Seller, b.Buyer, 0)
		if err != nil {
			return err
		}
		had, err := s.held(ctx, r.ID)
		if err != nil {
			return err
		}
		if r.SentOrder == order { // the same, sent at the same time
			return nil
		}
		var gone []int64
		for _, l := range had {
			if slices.Contains(b.rows, l) {
				gone = append(gone, l.Line)
			}
		}
		if err := s.drop(ctx, r.ID, gone...); err != nil {
			return err
		}
		if err := s.db.W(ctx).Exec("UPDATE cart SET sent_version = ?, sent_order = ? WHERE id = ? AND person = ? AND org = ?", b.Version, order, r.ID, a.Person, a.Org).Error; err != nil {
			return fmt.Errorf("remember the order of basket %d: %w", r.ID, err)
		}
		return audit.Record(ctx, s.db, a.By(), s.clock.Now(), "cart.sent", r.ID, audit.Diff(map[string][2]any{"lines": {len(had), len(had) - len(gone)}, "order": {"", order.String()}}))
	})
}
