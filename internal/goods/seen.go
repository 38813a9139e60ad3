package goods

import (
	"context"
	"fmt"
	"strings"

	"saluran/internal/id"
)

// manyBetween is how many accounts are gone through one by one; of more, what is on the way is found from the shipments.
const manyBetween = 5000

// sent is the condition that an organisation is a party of the shipment that carries the goods at account a, or carries it.
const (
	sent    = "a.place IN (SELECT id FROM shipment WHERE seller = ? UNION ALL SELECT id FROM shipment WHERE buyer = ? UNION ALL SELECT id FROM shipment WHERE carrier = ?)"
	sentOne = "EXISTS (SELECT 1 FROM shipment v WHERE v.id = a.place AND (v.seller = ? OR v.buyer = ? OR v.carrier = ?))"
)

// seen are the positions that an organisation sees, in the order of their accounts. What it owns, bears and holds is read from an index
// each, which has them in that order, and says up to which account a page may reach: what is on the way from it or to it is looked for
// among those accounts alone.
func (s *Service) seen(ctx context.Context, x stands, after int64) ([]Standing, error) {
	var places []id.ID
	if err := s.DB.R(ctx).Raw("SELECT id FROM place WHERE org = ? ORDER BY id LIMIT ?", x.org, somePlaces+1).Scan(&places).Error; err != nil {
		return nil, fmt.Errorf("places of %d: %w", x.org, err)
	}
	leg := func(cond string, args ...any) stands {
		y := x
		y.cond, y.args, y.byAcct = cond+" AND a.acct > ?", append(args, after), true
		return y
	}
	own := []stands{leg("a.owner = ?", x.org), leg("a.bearer = ?", x.org)}
	if len(places) > somePlaces {
		own = append(own, leg("a.place IN (SELECT id FROM place WHERE org = ?)", x.org))
	} else {
		for _, place := range places {
			own = append(own, leg("a.place = ?", place))
		}
	}
	found, err := s.found(ctx, own)
	if err != nil {
		return nil, err
	}
	way := leg(sent, x.org, x.org, x.org)
	if len(found) == x.limit {
		last := found[len(found)-1]
		near, err := s.near(ctx, x.org, after, last)
		if err != nil {
			return nil, err
		}
		if near {
			way = leg(sentOne, x.org, x.org, x.org)
		}
		way.cond, way.args = way.cond+" AND a.acct <= ?", append(way.args, last)
	}
	mine := leg("a.acct IN ? AND (a.owner = ? OR a.bearer = ? OR EXISTS (SELECT 1 FROM place v WHERE v.id = a.place AND v.org = ?))", append(found, 0), x.org, x.org, x.org) // 0 is none
	return s.standing(ctx, mine, way)
}

// found are the first accounts of several questions, each of which may find what another does.
func (s *Service) found(ctx context.Context, all []stands) (out []int64, err error) {
	var parts []string
	var args []any
	for i, x := range all {
		query, some := s.accounts(x)
		parts, args = append(parts, fmt.Sprintf("SELECT u%d.acct FROM (%s) u%d", i, query, i)), append(args, some...)
	}
	err = s.DB.R(ctx).Raw("SELECT f.acct FROM ("+strings.Join(parts, " UNION ")+") f ORDER BY f.acct LIMIT ?", append(args, all[0].limit)...).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("stock of %d: %w", all[0].org, err)
	}
	return out, nil
}

// near tells that there are few accounts, of whomever, between two.
func (s *Service) near(ctx context.Context, org id.ID, after, last int64) (bool, error) {
	var n int
	err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM (SELECT acct FROM account WHERE acct > ? AND acct <= ? LIMIT ?) c", after, last, s.between).Row().Scan(&n)
	if err != nil {
		return false, fmt.Errorf("stock of %d: %w", org, err)
	}
	return n < s.between, nil
}
