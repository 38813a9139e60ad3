package goods

import (
	"context"
	"fmt"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// ExpireLots puts what has expired at an instant out of sale: every sellable quantity of such a lot, whoever would sell it, stays
// where it is and is no longer sellable; what was promised beyond what is left is taken back from the newest orders. It is the
// portal's own sweep, done under the name of by; it answers how many lots it changed, and is safe to run twice.
func (s *Service) ExpireLots(ctx context.Context, by id.By, at clock.Instant) (n int, err error) {
	var lots []id.ID
	err = s.DB.R(ctx).Raw("SELECT id FROM lot WHERE status = 'ok' AND expires_on <> '' AND expires_on < ? ORDER BY expires_on, id", at.In("UTC")).Scan(&lots).Error
	if err != nil {
		return 0, fmt.Errorf("expired lots: %w", err)
	}
	for _, no := range lots {
		err := s.decide(ctx, func() error { return s.unsell(ctx, by, no, LotExpired, at, Key{}) })
		if err != nil {
			return n, fmt.Errorf("expire lot %d: %w", no, err)
		}
		n++
	}
	return n, nil
}

// Recall puts a lot out of sale everywhere: by its maker.
func (s *Service) Recall(ctx context.Context, a access.Actor, lot id.ID, k Key) (Lot, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "lot", "recall"); err != nil {
		return Lot{}, err
	}
	err := s.decide(ctx, func() error {
		l, err := s.Lot(ctx, a, lot)
		if err != nil {
			return err
		}
		if l.Maker != a.Org {
			return errs.New(errs.Forbidden, "lot.not_the_maker", "code", l.Code)
		}
		if l.Status == LotRecalled {
			return nil
		}
		return s.unsell(ctx, a.By(), lot, LotRecalled, s.Clock.Now(), k)
	})
	if err != nil {
		return Lot{}, err
	}
	return s.Lot(ctx, a, lot)
}

// unsell changes a lot's status and moves all its sellable quantities to positions that nobody sells.
func (s *Service) unsell(ctx context.Context, by id.By, no id.ID, status string, at clock.Instant, k Key) error {
	var lots []Lot
	if err := s.DB.R(ctx).Raw("SELECT id, product, maker, code, status, version FROM lot WHERE id = ?", no).Scan(&lots).Error; err != nil || len(lots) == 0 {
		return fmt.Errorf("read lot %d: %w", no, err)
	}
	l := lots[0]
	if l.Status == status {
		return nil
	}
	p := draft("lot."+status, fmt.Sprintf("lot/%d/%s", no, status), by, no, at, k)
	p.Advance(lotT, no, l.Version, ledger.Set{Col: "status", Before: l.Status, After: status})
	var rows []struct {
		Owner, Place, Bearer, Seller id.ID
		Posted                       qty.Qty
	}
	err := s.DB.R(ctx).Raw(`SELECT a.owner, a.place, a.bearer, a.seller, b.posted FROM account a JOIN balance b ON b.acct = a.acct
 WHERE a.book = 1 AND a.unit = ? AND a.seller <> 0 AND b.posted > 0 ORDER BY a.acct`, no).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("positions of lot %d: %w", no, err)
	}
	out := map[id.ID]qty.Qty{}
	var sellers []id.ID
	for _, r := range rows {
		from := ledger.Position{Lot: no, Product: l.Product, Owner: r.Owner, Place: r.Place, Bearer: r.Bearer, Seller: r.Seller}
		to := from
		to.Seller = 0
		p.Move(from, to, r.Posted)
		if out[r.Seller] == 0 {
			sellers = append(sellers, r.Seller)
		}
		out[r.Seller] += r.Posted
	}
	for _, seller := range sellers {
		if err := s.keepPromises(ctx, p, seller, l.Product, out[seller]); err != nil {
			return err
		}
	}
	_, err = s.Book.Post(ctx, p.OrElse(func(ledger.Short) error { return errs.New(errs.Conflict, codeMoved) }))
	return err
}

// keepPromises lowers promises to what will be left to sell.
func (s *Service) keepPromises(ctx context.Context, p *ledger.Post, seller, product id.ID, out qty.Qty) error {
	var row struct{ Sellable, Held qty.Qty }
	if err := s.DB.R(ctx).Raw("SELECT sellable, held FROM stock WHERE seller = ? AND product = ?", seller, product).Scan(&row).Error; err != nil {
		return fmt.Errorf("stock of %d: %w", seller, err)
	}
	over := row.Held - (row.Sellable - out)
	if over <= 0 {
		return nil
	}
	if s.Promises == nil {
		return errs.New(errs.Conflict, "goods.promised", "free", (row.Sellable - row.Held).String())
	}
	return s.Promises.Shrink(ctx, p, seller, product, over)
}
