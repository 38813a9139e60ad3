package goods

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/qty"
)

// Movement is a journal of goods that the organisation recorded by itself: a transfer, goods taken into use, the intake of a lot,
// or the reversal of one of these.
type Movement struct {
	Seq        int64
	Kind       string
	At         clock.Instant
	Person     string
	Reverses   int64  // the journal that it undoes; 0 for none
	ReversedBy int64  // the journal that undid it; 0 for none
	Moves      []Move `gorm:"-"`
}

// Move is what one movement did to a lot at a place: Qty is below zero where it left. Place is "" outside the organisation's places.
type Move struct {
	Lot, SKU, Name, BaseUnit, Place string
	Expires                         clock.Date
	Qty                             qty.Qty
}

// Reversible tells whether the movement may still be undone, as far as its own journal says.
func (m Movement) Reversible() bool {
	return m.ReversedBy == 0 && slices.Contains(reversible, m.Kind)
}

// Movement reads one of the acting organisation.
//
// Right: stock read. Errors: not_found (no journal, not one's own, or one that documents stand on).
func (s *Service) Movement(ctx context.Context, a access.Actor, seq int64) (Movement, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "stock", "read"); err != nil {
		return Movement{}, err
	}
	var rows []Movement
	err := s.DB.R(ctx).Raw(`SELECT j.seq, j.kind, j.effective_us AS at, COALESCE(p.name, '') AS person, COALESCE(j.reverses, 0) AS reverses, COALESCE(r.seq, 0) AS reversed_by
 FROM journal j LEFT JOIN journal r ON r.reverses = j.seq LEFT JOIN person p ON p.id = j.person WHERE j.seq = ? AND j.org = ?`, seq, a.Org).Scan(&rows).Error
	if err != nil {
		return Movement{}, fmt.Errorf("read journal %d: %w", seq, err)
	}
	if len(rows) == 0 || a.Org == 0 || rows[0].Kind != "reversal" && !slices.Contains(reversible, rows[0].Kind) {
		return Movement{}, errs.Gone()
	}
	m := rows[0]
	err = s.DB.R(ctx).Raw(`SELECT l.code AS lot, p.sku, p.name, p.base_unit, CASE WHEN w.org = ? THEN w.name ELSE '' END AS place, l.expires_on AS expires, SUM(e.amt) AS qty
 FROM entry e JOIN journal j ON j.seq = e.seq JOIN account a ON a.acct = e.acct JOIN lot l ON l.id = a.unit JOIN product p ON p.id = a.product LEFT JOIN place w ON w.id = a.place
 WHERE e.seq = ? AND j.org = ? AND a.book = 1 AND a.place > 0 GROUP BY l.id, l.code, p.sku, p.name, p.base_unit, w.org, w.name, l.expires_on
 ORDER BY p.name, l.code, qty`, a.Org, seq, a.Org).Scan(&m.Moves).Error
	if err != nil {
		return Movement{}, fmt.Errorf("what journal %d moved: %w", seq, err)
	}
	m.Moves = slices.DeleteFunc(m.Moves, func(x Move) bool { return x.Qty == 0 })
	return m, nil
}

// Reversed are those of the acting organisation's journals that were undone.
func (s *Service) Reversed(ctx context.Context, a access.Actor, seqs []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	if len(seqs) == 0 {
		return out, nil
	}
	var rows []int64
	if err := s.DB.R(ctx).Raw("SELECT reverses FROM journal WHERE reverses IN ? AND org = ?", seqs, a.Org).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("journals that were undone: %w", err)
	}
	for _, x := range rows {
		out[x] = true
	}
	return out, nil
}

// Why is the audit row's changes of a journal of the acting organisation, which hold the reason that was given; "" for none.
func (s *Service) Why(ctx context.Context, a access.Actor, seq int64) (string, error) {
	var rows []string
	err := s.DB.R(ctx).Raw("SELECT COALESCE(changes, '') FROM audit WHERE seq = ? AND org = ? ORDER BY id LIMIT 1", seq, a.Org).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0], nil
}

// MayShow tells whether an action of the audit log is a movement.
func MayShow(action string) bool {
	return action == "reversal" || slices.Contains(reversible, action)
}
