package goods

import (
	"bytes"
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// Transfer moves goods that stand in one warehouse of the acting organisation to another one, whoever owns them. A lot of 0 is
// the first to expire.
type Transfer struct {
	Key      Key
	Product  id.ID
	Lot      id.ID
	From, To id.ID
	Qty      qty.Qty
}

// Transfer moves goods between two warehouses of the organisation. Ownership, risk and what may be sold stay as they are. What is set
// aside for confirmed orders stays where it is: goods.set_aside says how much.
func (s *Service) Transfer(ctx context.Context, a access.Actor, c Transfer) (ledger.Receipt, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "stock", "transfer"); err != nil {
		return ledger.Receipt{}, err
	}
	if c.From == c.To {
		return ledger.Receipt{}, errs.OnFields("goods.same_place", errs.F("to", "goods.same_place"))
	}
	for _, no := range []id.ID{c.From, c.To} {
		p, err := s.place(ctx, a.Org, no)
		if err != nil {
			return ledger.Receipt{}, err
		}
		if p.Kind != Warehouse || !p.Active {
			return ledger.Receipt{}, errs.OnFields("place.no_warehouse", errs.F("to", "place.no_warehouse"))
		}
	}
	return s.take(ctx, a, c.Key, "goods.transferred", "transfer/", c.Product, c.Lot, c.From, c.Qty, func(p *ledger.Post, x Stand) {
		to := x.Pos
		to.Place = c.To
		p.Move(x.Pos, to, x.Qty)
	})
}

// Use takes goods of the acting organisation into its own use: consumed.
type Use struct {
	Key     Key
	Product id.ID
	Lot     id.ID
	From    id.ID // a place of the organisation
	Qty     qty.Qty
}

// Use consumes goods. Where the organisation has no title yet, it passes through every owner in turn in the same post.
func (s *Service) Use(ctx context.Context, a access.Actor, c Use) (ledger.Receipt, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "stock", "use"); err != nil {
		return ledger.Receipt{}, err
	}
	if _, err := s.place(ctx, a.Org, c.From); err != nil {
		return ledger.Receipt{}, err
	}
	return s.take(ctx, a, c.Key, "goods.used", "use/", c.Product, c.Lot, c.From, c.Qty, func(p *ledger.Post, x Stand) {
		p.Move(x.Pos, ledger.Outside(ledger.Consumed, x.Pos.Lot, x.Pos.Product), x.Qty)
	})
}

// take chooses goods at a place of the organisation, first expired first, and posts what each does to them.
func (s *Service) take(ctx context.Context, a access.Actor, k Key, kind, event string, what, lot, from id.ID, n qty.Qty, each func(*ledger.Post, Stand)) (r ledger.Receipt, err error) {
	pr, err := s.product(ctx, a.Org, what)
	if err != nil {
		return r, err
	}
	if err := pr.quantity("qty", n); err != nil {
		return r, err
	}
	err = s.decide(ctx, func() error {
		stands, err := s.choose(ctx, a.Org, pr, lot, from, n, kind == "goods.used")
		if err != nil {
			return err
		}
		no, now := s.DB.IDs.Next(), s.Clock.Now()
		p := draft(kind, event+no.String(), a.By(), no, now, k)
		if kind == "goods.used" && s.Titles != nil {
			if stands, err = s.Titles.Bring(ctx, p, now, a.Org, stands); err != nil {
				return err
			}
		}
		for _, x := range stands {
			each(p, x)
		}
		r, err = s.post(ctx, p)
		return err
	})
	if err != nil && k.Client != "" {
		return s.replayed(ctx, a, k, err)
	}
	return r, err
}

// replayed answers the first receipt where the key was used before, which may be why it is refused now.
func (s *Service) replayed(ctx context.Context, a access.Actor, k Key, refusal error) (ledger.Receipt, error) {
	var rows []struct {
		Seq         int64
		Doc         id.ID
		RequestHash []byte
		RecordedUs  clock.Instant
	}
	err := s.DB.R(ctx).Raw("SELECT seq, doc, request_hash, recorded_us FROM journal WHERE org = ? AND client_key = ?", a.Org, k.Client).Scan(&rows).Error
	switch {
	case err != nil:
		return ledger.Receipt{}, fmt.Errorf("look for the key: %w", err)
	case len(rows) == 0:
		return ledger.Receipt{}, refusal
	case !bytes.Equal(rows[0].RequestHash, k.Hash[:]) && k.Hash != [32]byte{}:
		return ledger.Receipt{}, errs.New(errs.Invalid, "ledger.key_reused")
	}
	return ledger.Receipt{Seq: rows[0].Seq, Doc: rows[0].Doc, Recorded: rows[0].RecordedUs, Replayed: true}, nil
}

// choose finds n of a product at a place: what the organisation may use or move, first expired first. What is set aside for orders is
// not chosen.
func (s *Service) choose(ctx context.Context, org id.ID, pr product, lot, from id.ID, n qty.Qty, use bool) ([]Stand, error) {
	var rows []struct {
		Lot, Owner, Bearer, Seller id.ID
		Posted                     qty.Qty
	}
	err := s.DB.R(ctx).Raw(`SELECT a.unit AS lot, a.owner, a.bearer, a.seller, b.posted FROM account a JOIN balance b ON b.acct = a.acct JOIN lot l ON l.id = a.unit
 JOIN place w ON w.id = a.place WHERE a.book = 1 AND a.place = ? AND w.org = ? AND a.product = ? AND b.posted > 0 AND (? = 0 OR a.unit = ?)
 ORDER BY CASE WHEN l.expires_on = '' THEN 1 ELSE 0 END, l.expires_on, a.unit, CASE WHEN a.owner = ? THEN 0 ELSE 1 END, a.acct`,
		from, org, pr.ID, lot, lot, org).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("goods at %d: %w", from, err)
	}
	var out []Stand
	var aside qty.Qty
	left := n
	for _, r := range rows {
		if use && r.Owner != org && (r.Seller != org || s.Titles == nil) {
			continue // not its own, and the terms do not let it use them before title
		}
		if r.Owner != org && r.Seller == 0 {
			k, err := s.setAside(ctx, org, r.Lot, r.Owner, from, r.Bearer)
			if err != nil {
				return nil, err
			}
			k = min(k, r.Posted)
			aside, r.Posted = aside+k, r.Posted-k
		}
		m := min(left, r.Posted)
		if m <= 0 {
			continue
		}
		out = append(out, Stand{ledger.Position{Lot: r.Lot, Product: pr.ID, Owner: r.Owner, Place: from, Bearer: r.Bearer, Seller: r.Seller}, m})
		left -= m
	}
	switch {
	case left > 0 && aside > 0:
		return nil, errs.New(errs.Conflict, "goods.set_aside", "sku", pr.SKU, "asked", n.String(), "available", (n - left).String(), "aside", aside.String())
	case left > 0:
		return nil, errs.New(errs.Conflict, "order.no_stock", "sku", pr.SKU, "asked", n.String(), "available", (n - left).String())
	}
	return out, nil
}

// setAside is how much at a position of the organisation's is set aside for confirmed orders: it is their buyers' already and leaves with
// their dispatch, from where it stands.
func (s *Service) setAside(ctx context.Context, org, lot, owner, place, bearer id.ID) (n qty.Qty, err error) {
	err = s.DB.R(ctx).Raw(`SELECT COALESCE(SUM(m.qty - m.dispatched), 0) FROM orders o JOIN allotment m ON m.order_id = o.id
 WHERE o.seller = ? AND o.buyer = ? AND m.lot = ? AND m.owner = ? AND m.place = ? AND m.bearer = ?`, org, owner, lot, owner, place, bearer).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("what is set aside of %d: %w", lot, err)
	}
	return n, nil
}
