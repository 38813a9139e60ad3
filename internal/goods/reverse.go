package goods

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/text"
)

// Reverse undoes a journal by its mirror.
type Reverse struct {
	Key    Key
	Seq    int64  // of the journal, as the write answered it
	Reason string // "" where none is told
}

// reversible are the kinds of journals that no document but a lot stands on. Orders, shipments, invoices and payments are undone
// by their own steps (cancel, return, credit note, failed payment, write-off), which undo the documents too.
var reversible = []string{"goods.transferred", "goods.used", "lot.made", "lot.bought", "lot.opened"}

// Reverse corrects a mistake that the acting organisation recorded: a transfer, goods taken into use, or the intake of a lot, which
// stays, empty. The mirror names the journal, takes effect now, and a journal is reversed once.
//
// Errors: not_found (no journal, or not one's own), journal.not_reversible (documents stand on it), ledger.reversed_already,
// journal.gone_on (the goods have left since), journal.lot_unsellable (they would come back into sale of a lot that is not sold any
// more), journal.place_closed, goods.promised.
func (s *Service) Reverse(ctx context.Context, a access.Actor, c Reverse) (r ledger.Receipt, err error) {
	if err := s.Gate.Require(ctx, a, access.Own, "journal", "reverse"); err != nil {
		return r, err
	}
	if bad := text.Note("reason", &c.Reason, 200); len(bad) > 0 {
		return r, errs.OnFields("goods.invalid", bad...)
	}
	err = s.decide(ctx, func() error {
		if err := s.mayReverse(ctx, a, c.Seq); err != nil {
			return err
		}
		now := s.Clock.Now()
		p, err := ledger.Reversal(ctx, s.DB.ReadSQL(), c.Seq, fmt.Sprintf("journal/%d/reversal", c.Seq), a.By(), now)
		if err != nil {
			return err
		}
		if c.Key.Client != "" {
			p.Client(c.Key.Client, c.Key.Hash)
		}
		if err := s.comesBack(ctx, p, c.Seq, now.In(a.Zone)); err != nil {
			return err
		}
		r, err = s.Book.Post(ctx, p.Because(c.Reason).OrElse(func(sh ledger.Short) error { return shortage{sh} }))
		if err == nil && r.Replayed { // another caller's mirror, unless the key says that it is this one's: see below
			return errs.New(errs.Conflict, "ledger.reversed_already")
		}
		return s.gone(ctx, a, c.Seq, err)
	})
	if err != nil && c.Key.Client != "" {
		return s.replayed(ctx, a, c.Key, err)
	}
	return r, err
}

// mayReverse finds the journal, which must be the organisation's own, not reversed yet, and carry no change of a document.
func (s *Service) mayReverse(ctx context.Context, a access.Actor, seq int64) error {
	var rows []struct {
		Kind     string
		Changes  string
		Reversed int64
	}
	err := s.DB.R(ctx).Raw(`SELECT j.kind, COALESCE(u.changes, '') AS changes, (SELECT COUNT(*) FROM journal r WHERE r.reverses = j.seq) AS reversed
 FROM journal j LEFT JOIN audit u ON u.seq = j.seq WHERE j.seq = ? AND j.org = ?`, seq, a.Org).Scan(&rows).Error
	switch {
	case err != nil:
		return fmt.Errorf("read journal %d: %w", seq, err)
	case len(rows) == 0 || a.Org == 0:
		return errs.Gone()
	case rows[0].Reversed > 0:
		return errs.New(errs.Conflict, "ledger.reversed_already")
	}
	for _, r := range rows { // title that came with a use stands in shipments
		if !slices.Contains(reversible, r.Kind) || r.Changes != "" {
			return errs.New(errs.Conflict, "journal.not_reversible")
		}
	}
	return nil
}

// comesBack checks the positions that the goods come back to: the place must be in use, and where they were sellable the lot must
// still be sold; the post is guarded by the lot's version, so that a recall in between is not passed by.
func (s *Service) comesBack(ctx context.Context, p *ledger.Post, seq int64, today clock.Date) error {
	var rows []struct {
		Lot             id.ID
		Code, Status    string
		ExpiresOn       clock.Date
		Version, Seller int64
		Name            string
		Active          bool
	}
	err := s.DB.R(ctx).Raw(`SELECT l.id AS lot, l.code, l.status, l.expires_on, l.version, a.seller, w.name, w.active FROM entry e JOIN account a ON a.acct = e.acct
 JOIN lot l ON l.id = a.unit JOIN place w ON w.id = a.place WHERE e.seq = ? AND e.amt < 0 AND a.book = 1 ORDER BY l.id, a.acct`, seq).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("positions of journal %d: %w", seq, err)
	}
	guarded := id.ID(0)
	for _, r := range rows {
		switch {
		case !r.Active:
			return errs.New(errs.Conflict, "journal.place_closed", "name", r.Name)
		case r.Seller == 0:
			continue
		case r.Status != LotOK || (r.ExpiresOn != "" && r.ExpiresOn < today):
			return errs.New(errs.Conflict, "journal.lot_unsellable", "code", r.Code)
		}
		if r.Lot != guarded {
			p.Advance(lotT, r.Lot, r.Version)
			guarded = r.Lot
		}
	}
	return nil
}

// gone says why a mirror was refused: with the later journals that took the goods, or because they are promised.
func (s *Service) gone(ctx context.Context, a access.Actor, seq int64, err error) error {
	var sh shortage
	switch {
	case !errors.As(err, &sh):
		return err
	case sh.What != ledger.ShortPosition:
		return told(sh, err)
	}
	if err := s.mayReverse(ctx, a, seq); err != nil { // somebody has just reversed it
		return err
	}
	later, err := ledger.GoneOn(ctx, s.DB.ReadSQL(), seq)
	if err != nil {
		return fmt.Errorf("journals after %d: %w", seq, err)
	}
	names := make([]string, len(later))
	for i, n := range later {
		names[i] = strconv.FormatInt(n, 10)
	}
	return errs.New(errs.Conflict, "journal.gone_on", "journals", strings.Join(names, ", "))
}
