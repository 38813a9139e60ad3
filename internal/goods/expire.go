package goods

import (
	"context"
	"fmt"
	"slices"
	"time"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// ahead is how many hours before UTC a day begins on the earth.
const ahead = 14

// ExpireLots puts what has expired at an instant out of sale: every sellable quantity of such a lot whose seller's day is past the
// expiry date stays where it is and is no longer sellable; what was promised beyond what is left is taken back from the newest
// orders. The lot itself is expired once it is so for its maker and for whoever still had it for sale. It is the portal's own
// sweep, done under the name of by; it answers how many lots it changed, and is safe to run twice.
func (s *Service) ExpireLots(ctx context.Context, by id.By, at clock.Instant) (n int, err error) {
	var lots []struct {
		ID        id.ID
		ExpiresOn clock.Date
		Zone      string
	}
	err = s.DB.R(ctx).Raw(`SELECT l.id, l.expires_on, COALESCE(o.zone, '') AS zone FROM lot l LEFT JOIN org o ON o.id = l.maker
 WHERE l.status = 'ok' AND l.expires_on <> '' AND l.expires_on < ? ORDER BY l.expires_on, l.id`, at.Add(ahead*time.Hour).In("UTC")).Scan(&lots).Error
	if err != nil {
		return 0, fmt.Errorf("expired lots: %w", err)
	}
	for _, l := range lots {
		over := func(zone string) bool { return l.ExpiresOn < at.In(zone) }
		changed := false
		err := s.decide(ctx, func() (err error) {
			changed, err = s.unsell(ctx, by, l.ID, LotExpired, at, Key{}, over, over(l.Zone))
			return err
		})
		if err != nil {
			return n, fmt.Errorf("expire lot %d: %w", l.ID, err)
		}
		if changed {
			n++
		}
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
		_, err = s.unsell(ctx, a.By(), lot, LotRecalled, s.Clock.Now(), k, func(string) bool { return true }, true)
		return err
	})
	if err != nil {
		return Lot{}, err
	}
	return s.Lot(ctx, a, lot)
}

// unsell moves the sellable quantities of a lot, of the sellers in whose zone it is due, to positions that nobody sells; the lot
// changes its status when whole is set and none is left. It answers whether anything changed.
func (s *Service) unsell(ctx context.Context, by id.By, no id.ID, status string, at clock.Instant, k Key, due func(zone string) bool,
	whole bool) (bool, error) {
	var lots []Lot
	if err := s.DB.R(ctx).Raw("SELECT id, product, maker, code, status, version FROM lot WHERE id = ?", no).Scan(&lots).Error; err != nil || len(lots) == 0 {
		return false, fmt.Errorf("read lot %d: %w", no, err)
	}
	l := lots[0]
	if l.Status == status {
		return false, nil
	}
	type position struct {
		Owner, Place, Bearer, Seller id.ID
		Posted                       qty.Qty
		Zone                         string
	}
	var rows []position
	err := s.DB.R(ctx).Raw(`SELECT a.owner, a.place, a.bearer, a.seller, b.posted, COALESCE(o.zone, '') AS zone FROM account a
 JOIN balance b ON b.acct = a.acct LEFT JOIN org o ON o.id = a.seller
 WHERE a.book = 1 AND a.unit = ? AND a.seller <> 0 AND b.posted > 0 ORDER BY a.acct`, no).Scan(&rows).Error
	if err != nil {
		return false, fmt.Errorf("positions of lot %d: %w", no, err)
	}
	all := len(rows)
	rows = slices.DeleteFunc(rows, func(r position) bool { return !due(r.Zone) })
	whole = whole && len(rows) == all
	if !whole && len(rows) == 0 {
		return false, nil
	}
	event := fmt.Sprintf("lot/%d/%s", no, status)
	var set []ledger.Set
	if whole {
		set = append(set, ledger.Set{Col: "status", Before: l.Status, After: status})
	} else {
		event += fmt.Sprintf("/part/%d", l.Version)
	}
	p := draft("lot."+status, event, by, no, at, k)
	p.Advance(lotT, no, l.Version, set...)
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
			return false, err
		}
	}
	_, err = s.Book.Post(ctx, p.OrElse(func(ledger.Short) error { return errs.New(errs.Conflict, codeMoved) }))
	return err == nil, err
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
