package partner

import (
	"context"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
)

// AddBank enters a bank account of the acting organisation. A main one takes the place of the former in its currency: customers
// see it at once and pay there, so it is a right of its own that those who sell and buy do not have.
//
// Right: bank write.
func (s *Service) AddBank(ctx context.Context, a access.Actor, n NewBank) (Bank, error) {
	if err := s.gate.Require(ctx, a, access.Own, "bank", "write"); err != nil {
		return Bank{}, err
	}
	n.Bank, n.Number, n.Holder, n.Currency = strings.TrimSpace(n.Bank), strings.TrimSpace(n.Number), strings.TrimSpace(n.Holder), orElse(n.Currency, "IDR")
	var bad []errs.Field
	for _, f := range []struct {
		path, v string
		max     int
	}{{"bank", n.Bank, 100}, {"number", n.Number, 40}, {"holder", n.Holder, 200}} {
		if !plain(f.v, f.max) {
			bad = append(bad, errs.F(f.path, "required"))
		}
	}
	if _, err := money.Lookup(n.Currency); err != nil {
		bad = append(bad, errs.F("currency", "partner.bad_currency", "currency", n.Currency))
	}
	if len(bad) > 0 {
		return Bank{}, errs.OnFields("invalid", bad...)
	}
	var out bankRow
	doc, _, err := audit.Once(ctx, s.d, a.Org, n.Key, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		head, err := s.d.Head(ctx)
		if err != nil {
			return 0, err
		}
		var others []bankRow
		same := s.d.W(ctx).Model(&bankRow{}).Where("org = ? AND currency = ? AND main = ?", a.Org, n.Currency, true)
		if err := same.Find(&others).Error; err != nil {
			return 0, err
		}
		r := bankRow{ID: s.d.IDs.Next(), Org: a.Org, Bank: n.Bank, Number: n.Number, Holder: n.Holder, Currency: n.Currency, Main: n.Main || len(others) == 0, Version: 1}
		if r.Main && len(others) > 0 {
			err := s.d.W(ctx).Exec("UPDATE bank_account SET main = ?, version = version + 1 WHERE org = ? AND currency = ? AND main = ?", false, a.Org, n.Currency, true).Error
			if err != nil {
				return 0, err
			}
			for _, o := range others {
				if err := s.keepBank(ctx, head, o, false, false); err != nil {
					return 0, err
				}
			}
		}
		if err := s.d.Keep(ctx, head, "bank", r.ID, "there", "0", "1"); err != nil {
			return 0, err
		}
		if err := s.d.W(ctx).Create(&r).Error; err != nil {
			if db.Classify(err) == db.Duplicate {
				return 0, errs.Wrap(errs.Conflict, "partner.bank_taken", err)
			}
			return 0, err
		}
		return r.ID, audit.Record(ctx, s.d, a.By(), s.clock.Now(), "partner.bank_added", r.ID, audit.Diff(map[string][2]any{
			"bank": {"", r.Bank}, "number": {"", ending(r.Number)}, "currency": {"", r.Currency}, "main": {false, r.Main}}))
	})
	if err == nil {
		err = s.d.R(ctx).Where("id = ? AND org = ?", doc, a.Org).Take(&out).Error
	}
	return Bank(out), gone(err)
}

// SetBank makes an account the main one of its currency, ends it, or takes it into use again. Where customers pay does not
// change by the way: a main account is ended only where no other of its currency is left, else another is made main first
// (Conflict "partner.bank_main"). Conflict "changed" where the version moved.
//
// Right: bank write.
func (s *Service) SetBank(ctx context.Context, a access.Actor, n SetBank) (Bank, error) {
	if err := s.gate.Require(ctx, a, access.Own, "bank", "write"); err != nil {
		return Bank{}, err
	}
	_, _, err := audit.Once(ctx, s.d, a.Org, n.Key, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		return n.Bank, s.setBank(ctx, a, n)
	})
	if err != nil {
		return Bank{}, err
	}
	var out bankRow
	err = s.d.R(ctx).Where("id = ? AND org = ?", n.Bank, a.Org).Take(&out).Error
	return Bank(out), gone(err)
}

func (s *Service) setBank(ctx context.Context, a access.Actor, n SetBank) error {
	head, err := s.d.Head(ctx)
	if err != nil {
		return err
	}
	var r bankRow
	if err := s.d.R(ctx).Where("id = ? AND org = ?", n.Bank, a.Org).Take(&r).Error; err != nil {
		return gone(err)
	}
	var others []bankRow
	if err := s.d.R(ctx).Where("org = ? AND currency = ? AND id <> ? AND ended_us = 0", a.Org, r.Currency, r.ID).Find(&others).Error; err != nil {
		return err
	}
	if n.Ended && r.Main && len(others) > 0 {
		return errs.New(errs.Conflict, "partner.bank_main")
	}
	if n.Version != r.Version {
		return errs.New(errs.Conflict, "changed")
	}
	now := s.clock.Now()
	set := map[string]any{"version": n.Version + 1, "main": !n.Ended && (n.Main || r.Main || len(others) == 0), "ended_us": 0}
	if n.Ended {
		set["ended_us"] = now
	}
	for _, o := range others {
		if o.Main && set["main"] == true {
			res := s.d.W(ctx).Model(&bankRow{}).Where("id = ? AND version = ?", o.ID, o.Version).Updates(map[string]any{"main": false, "version": o.Version + 1})
			if err := changed(res.Error, res.RowsAffected); err != nil {
				return err
			}
			if err := s.keepBank(ctx, head, o, false, false); err != nil {
				return err
			}
		}
	}
	if err := s.keepBank(ctx, head, r, set["main"] == true, n.Ended); err != nil {
		return err
	}
	res := s.d.W(ctx).Model(&bankRow{}).Where("id = ? AND org = ? AND version = ?", n.Bank, a.Org, n.Version).Updates(set)
	if err := changed(res.Error, res.RowsAffected); err != nil {
		return err
	}
	diff := audit.Diff(map[string][2]any{"main": {r.Main, set["main"]}, "ended": {r.Ended != 0, n.Ended}})
	return audit.Record(ctx, s.d, a.By(), now, "partner.bank_changed", r.ID, diff)
}

// keepBank keeps how an account stood for the cut-offs up to head, before it becomes what is said: a main one, or one that has ended.
func (s *Service) keepBank(ctx context.Context, head int64, r bankRow, main, ended bool) error {
	flag := map[bool]string{false: "0", true: "1"}
	if err := s.d.Keep(ctx, head, "bank", r.ID, "main", flag[r.Main], flag[main]); err != nil {
		return err
	}
	return s.d.Keep(ctx, head, "bank", r.ID, "ended", flag[r.Ended != 0], flag[ended])
}

// OwnBanks are the accounts of the acting organisation, those in use first, with those that have ended. Who may not change them
// sees the last three figures of their numbers.
//
// Right: bank read.
func (s *Service) OwnBanks(ctx context.Context, a access.Actor) ([]Bank, error) {
	if err := s.gate.Require(ctx, a, access.Own, "bank", "read"); err != nil {
		return nil, err
	}
	hide := s.gate.Require(ctx, a, access.Own, "bank", "write") != nil
	var rows []bankRow
	if err := s.d.R(ctx).Where("org = ?", a.Org).Order("ended_us, id").Limit(500).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Bank, len(rows))
	for i, r := range rows {
		if hide {
			n := []rune(r.Number)
			r.Number = "•••" + string(n[max(0, len(n)-3):])
		}
		out[i] = Bank(r)
	}
	return out, nil
}

// Banks are the bank accounts in use of an organisation: one's own, or those of one that wants to be paid there, see paysThere; of
// anybody else it is answered like what does not exist. Right: bank read.
func (s *Service) Banks(ctx context.Context, a access.Actor, org id.ID) ([]Bank, error) {
	if err := s.gate.Require(ctx, a, access.Own, "bank", "read"); err != nil {
		return nil, err
	}
	if org != a.Org {
		there, err := s.paysThere(ctx, a, org)
		if err != nil {
			return nil, err
		}
		if !there {
			return nil, errs.Gone()
		}
	}
	var rows []bankRow
	if err := s.d.R(ctx).Where("org = ? AND ended_us = 0", org).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Bank, len(rows))
	for i, r := range rows {
		out[i] = Bank(r)
	}
	return out, nil
}

// paysThere tells whether the actor pays an organisation: it buys from it, or is its agent, on a link that both sides agreed to and that
// has not ended, under terms that both accepted and that are in force; it is the agent whom that one has appointed; or it owes it for
// an invoice, however the two part. A link alone is no more than a proposal, and anybody may make one.
func (s *Service) paysThere(ctx context.Context, a access.Actor, org id.ID) (bool, error) {
	today := s.clock.Now().In(a.Zone)
	var n int64
	err := s.d.R(ctx).Raw(`SELECT CASE WHEN EXISTS (SELECT 1 FROM link k JOIN agreement g ON g.link = k.id WHERE k.seller = ? AND (k.buyer = ? OR k.agent = ?)
 AND k.active = ? AND k.seller_waits = ? AND k.buyer_waits = ? AND g.seller_by <> 0 AND g.buyer_by <> 0 AND g.from_on <= ? AND g.until_on >= ?)
 OR EXISTS (SELECT 1 FROM appointment p WHERE p.principal = ? AND p.agent = ? AND p.from_on <= ? AND p.until_on >= ?)
 OR EXISTS (SELECT 1 FROM invoice v WHERE v.seller = ? AND v.buyer = ? AND v.kind = 'invoice' AND v.settled < v.total) THEN 1 ELSE 0 END`,
		org, a.Org, a.Org, true, false, false, today, today, org, a.Org, today, today, org, a.Org).Scan(&n).Error
	return n > 0, err
}

// ending is what the audit, which is never changed, keeps of an account's number: enough to tell two apart.
func ending(number string) string {
	if len(number) > 4 {
		return "…" + number[len(number)-4:]
	}
	return "…"
}
