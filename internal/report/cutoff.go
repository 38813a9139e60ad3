package report

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// settled is how old a moment must be to be a cut-off: what is being committed now may still be recorded before it.
const settled = time.Minute

// CutOff is the number of the ledger that a person names: the number itself; a day, which is cut at its end; or a moment, RFC 3339
// or without a zone ("2026-01-31 17:00"), which is then the organisation's. "" is 0: now. The same words name the same number at
// any later time.
//
// Errors: Invalid report.cutoff_unreadable, report.cutoff_future (a number), report.cutoff_ahead (a moment that is not past by a
// minute), report.cutoff_before (nothing had been recorded then); not_found (the organisation).
func (s *Service) CutOff(ctx context.Context, org id.ID, words string) (int64, error) {
	words = strings.TrimSpace(words)
	if words == "" {
		return 0, nil
	}
	q := s.DB.ReadSQL()
	if n, err := strconv.ParseInt(words, 10, 64); err == nil {
		var head int64
		if err := q.QueryRowContext(ctx, "SELECT seq FROM lane WHERE lane = 0").Scan(&head); err != nil {
			return 0, err
		}
		switch {
		case n < 1:
			return 0, errs.New(errs.Invalid, "report.cutoff_unreadable", "asked", words)
		case n > head:
			return 0, ahead(head, n)
		}
		return n, nil
	}
	var zone string
	err := q.QueryRowContext(ctx, "SELECT zone FROM org WHERE id = ?", org).Scan(&zone)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, errs.Gone()
	} else if err != nil {
		return 0, err
	}
	end, err := momentOf(words, clock.Zone(zone))
	if err != nil {
		return 0, errs.Wrap(errs.Invalid, "report.cutoff_unreadable", err, "asked", words)
	}
	if end > s.now().Add(-settled) {
		return 0, errs.New(errs.Invalid, "report.cutoff_ahead", "asked", words)
	}
	var n int64
	err = q.QueryRowContext(ctx, "SELECT seq FROM journal WHERE recorded_us < ? ORDER BY recorded_us DESC LIMIT 1", end).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, errs.New(errs.Invalid, "report.cutoff_before", "asked", words)
	}
	return n, err
}

func (s *Service) now() clock.Instant {
	if s.Clock == nil {
		return clock.System{}.Now()
	}
	return s.Clock.Now()
}

func ahead(head, asked int64) error {
	return errs.New(errs.Invalid, "report.cutoff_future", "head", strconv.FormatInt(head, 10), "asked", strconv.FormatInt(asked, 10))
}

// momentOf is the first instant that no longer counts: midnight after a day, the microsecond after a moment.
func momentOf(words string, zone *time.Location) (clock.Instant, error) {
	if d, err := clock.ParseDate(words); err == nil {
		y, m, n := d.AddDays(1).Time().Date()
		return clock.At(time.Date(y, m, n, 0, 0, 0, 0, zone)), nil
	}
	t, err := time.Parse(time.RFC3339Nano, words)
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if err == nil {
			break
		}
		t, err = time.ParseInLocation(layout, words, zone)
	}
	if err == nil && (t.Year() < 1900 || t.Year() > 9999) {
		err = errors.New("no year of this calendar")
	}
	return clock.At(t) + 1, err
}

// readCutOff finds the cut-off with when it was recorded and the hash of the chain there.
func (b *book) readCutOff() error {
	var head int64
	var hash []byte
	err := b.side.QueryRowContext(b.ctx, "SELECT seq, recorded_us, hash FROM lane WHERE lane = 0").Scan(&head, &b.sum.Recorded, &hash)
	if err != nil {
		return err
	}
	b.sum.Seq = head
	switch {
	case b.ask.CutOff > head || b.ask.CutOff < 0:
		return ahead(head, b.ask.CutOff)
	case b.ask.CutOff > 0 && b.ask.CutOff < head:
		b.sum.Seq = b.ask.CutOff
		err = b.side.QueryRowContext(b.ctx, "SELECT recorded_us, hash FROM journal WHERE seq = ?", b.sum.Seq).Scan(&b.sum.Recorded, &hash)
	}
	b.sum.Hash = hex.EncodeToString(hash)
	return err
}
