package identity

import (
	"context"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/origin"
)

// Whoever tries in vain waits longer and longer: two seconds after the free tries of a name, then four, up to a quarter of an
// hour; after a day without a try all is forgotten. The counts are in the database, so that they hold over all instances.
//
// A stranger's sign-in is counted for the account from the network that it comes from, for the network, and for the account from
// anywhere; a wrong second factor for the person, whichever door it was shown at. None of it locks anybody out: who is known (a device
// that has signed in before and carries its cookie; a network that the account has signed in from lately; an open session) waits for
// the own failures alone, and a passkey, a mailed code and a new password by mail are counted by no address at all. A try is
// counted before it is judged, and taken back when the whole sign-in is done, the second factor included.
//
// So many guesses are judged in all: of an account's password 30 of strangers, wherever they are; 5 at each of its own devices, own
// networks and open sessions; of its second factor the same. Then one a quarter of an hour for each of these, some 96 a day.
const (
	freePair    = 5
	freeAddress = 50
	freeAccount = 30
	maxWait     = 15 * time.Minute
	forgotten   = 24 * time.Hour
	never       = math.MaxInt64 // counted here, waited for elsewhere
)

// name is whom a try is counted for, and how many are free. Own: nobody else is counted under it, so that a right one clears it.
type name struct {
	Who  string `json:"who"`
	Free int64  `json:"-"`
	Own  bool   `json:"own,omitempty"`
}

func own(free int64, parts ...string) name    { return name{trace(parts...), free, true} }
func shared(free int64, parts ...string) name { return name{trace(parts...), free, false} }

type throttleRow struct {
	Who    string `gorm:"primaryKey"`
	N      int64
	LastUs clock.Instant
}

func (throttleRow) TableName() string { return "throttle" }

// trace names who tries without keeping the account or the address, in a length that always fits.
func trace(parts ...string) string {
	h := audit.HashOf(parts...)
	return hex.EncodeToString(h[:])
}

// place names where somebody tries from: the network, since one customer of a provider has any number of addresses in it.
func place(ip string) string { return origin.Network(ip).String() }

// Stats counts who was turned away, for the metrics.
type Stats struct {
	Wrong, Waits, SecondWrong, Busy, SSO, Replayed, Opened atomic.Int64
}

// try counts one attempt before it is judged, so that a hundred at once are a hundred; Busy sign_in.wait {seconds} where one of the
// names must wait.
func (s *Service) try(ctx context.Context, names []name, now clock.Instant) error {
	var wait time.Duration
	err := s.d.InTx(ctx, func(ctx context.Context) error {
		wait = 0
		if err := s.hold(ctx, names); err != nil {
			return err
		}
		for _, x := range names {
			r, err := s.counted(ctx, x.Who, now)
			if err != nil {
				return err
			}
			if w := waits(r, x.Free, now); w > wait {
				wait = w
			}
		}
		if wait > 0 {
			return nil
		}
		for _, x := range names {
			if err := s.count(ctx, x.Who, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && wait > 0 {
		s.Stats.Waits.Add(1)
		return errs.New(errs.Busy, "sign_in.wait", "seconds", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	return err
}

// hold locks the counts of names until the transaction ends, before any of them is read: of two hundred at once each then reads what
// the one before it has counted.
func (s *Service) hold(ctx context.Context, names []name) error {
	all := make([]string, len(names))
	for i, x := range names {
		all[i] = x.Who
	}
	slices.Sort(all) // so that two who ask for the same ones do not wait for each other
	for _, who := range all {
		if err := s.d.W(ctx).Exec("UPDATE throttle SET n = n WHERE who = ?", who).Error; err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) counted(ctx context.Context, who string, now clock.Instant) (throttleRow, error) {
	var rows []throttleRow
	err := s.d.W(ctx).Where("who = ? AND last_us > ?", who, now.Add(-forgotten)).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return throttleRow{}, err
	}
	return rows[0], nil
}

// waits is how long a name still has to wait.
func waits(r throttleRow, free int64, now clock.Instant) time.Duration {
	if r.N < free {
		return 0
	}
	w := min(maxWait, 2*time.Second<<min(r.N-free, 16))
	return time.Duration(r.LastUs.Add(w)-now) * time.Microsecond
}

func (s *Service) count(ctx context.Context, who string, now clock.Instant) error {
	for range 2 {
		r := s.d.W(ctx).Exec("UPDATE throttle SET n = CASE WHEN last_us <= ? THEN 1 ELSE n + 1 END, last_us = ? WHERE who = ?", now.Add(-forgotten), now+1, who)
		if r.Error != nil || r.RowsAffected > 0 {
			return r.Error
		}
		var there int64
		if err := s.d.W(ctx).Model(&throttleRow{}).Where("who = ?", who).Count(&there).Error; err != nil || there > 0 {
			return err // MySQL says 0 where nothing changed: it has been counted in the same microsecond
		}
		err := s.d.W(ctx).Create(&throttleRow{who, 1, now}).Error
		if db.Classify(err) != db.Duplicate {
			return err
		}
	}
	return nil
}

// forgive takes back what try counted, in the transaction of ctx: all that was asked for was right. What is the person's own begins
// anew; the others keep what others did.
func (s *Service) forgive(ctx context.Context, names []name) error {
	for _, x := range names {
		sql := "UPDATE throttle SET n = n - 1 WHERE who = ? AND n > 0"
		if x.Own {
			sql = "DELETE FROM throttle WHERE who = ?"
		}
		if err := s.d.W(ctx).Exec(sql, x.Who).Error; err != nil {
			return err
		}
	}
	return nil
}

// unjudged takes back one try that nobody judged, and no more: otherwise whoever keeps the portal busy would guess for nothing.
func (s *Service) unjudged(ctx context.Context, names []name) {
	some := slices.Clone(names)
	for i := range some {
		some[i].Own = false
	}
	_ = s.d.InTx(context.WithoutCancel(ctx), func(ctx context.Context) error { return s.forgive(ctx, some) })
}

// budget lets something be asked for so many times a day: letters, ceremonies.
func (s *Service) budget(ctx context.Context, now clock.Instant, names ...name) (ok bool, err error) {
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		ok = true
		if err := s.hold(ctx, names); err != nil {
			return err
		}
		for _, x := range names {
			r, err := s.counted(ctx, x.Who, now)
			if err != nil {
				return err
			}
			ok = ok && r.N < x.Free
		}
		if !ok { // what one name has no room for is not taken from the others
			return nil
		}
		for _, x := range names {
			if err := s.count(ctx, x.Who, now); err != nil {
				return err
			}
		}
		return nil
	})
	return ok, err
}

// Sweep removes what nobody will ask for again: counts of yesterday, one-time tokens that have passed.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.clock.Now()
	return s.d.InTx(ctx, func(ctx context.Context) error {
		if err := s.d.W(ctx).Exec("DELETE FROM throttle WHERE last_us < ?", now.Add(-forgotten)).Error; err != nil {
			return err
		}
		return s.d.W(ctx).Exec("DELETE FROM one_time WHERE until_us < ?", now.Add(-forgotten)).Error
	})
}
