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
		var others int64
		same := s.d.W(ctx).Model(&bankRow{}).Where("org = ? AND currency = ? AND main = ?", a.Org, n.Currency, true)
		if err := same.Count(&others).Error; err != nil {
			return 0, err
		}
		r := bankRow{ID: s.d.IDs.Next(), Org: a.Org, Bank: n.Bank, Number: n.Number, Holder: n.Holder, Currency: n.Currency, Main: n.Main || others == 0, Version: 1}
		if r.Main && others > 0 {
			err := s.d.W(ctx).Exec("UPDATE bank_account SET main = ?, version = version + 1 WHERE org = ? AND currency = ? AND main = ?", false, a.Org, n.Currency, true).Error
			if err != nil {
				return 0, err
			}
		}
		if err := s.d.W(ctx).Create(&r).Error; err != nil {
			if db.Classify(err) == db.Duplicate {
				return 0, errs.Wrap(errs.Conflict, "partner.bank_taken", err)
			}
			return 0, err
		}
		return r.ID, audit.Record(ctx, s.d, a.By(), s.clock.Now(), "partner.bank_added", r.ID, "")
	})
	if err == nil {
		err = s.d.R(ctx).Where("id = ? AND org = ?", doc, a.Org).Take(&out).Error
	}
	return Bank(out), gone(err)
}

// Banks are the bank accounts of an organisation: one's own, or those of one that one buys from, who wants to be paid there.
// Right: bank read.
func (s *Service) Banks(ctx context.Context, a access.Actor, org id.ID) ([]Bank, error) {
	if err := s.gate.Require(ctx, a, access.Own, "bank", "read"); err != nil {
		return nil, err
	}
	if org != a.Org {
		var n int64
		err := s.d.R(ctx).Model(&linkRow{}).Where("seller = ? AND (buyer = ? OR agent = ?)", org, a.Org, a.Org).Count(&n).Error
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, errs.Gone()
		}
	}
	var rows []bankRow
	if err := s.d.R(ctx).Where("org = ?", org).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Bank, len(rows))
	for i, r := range rows {
		out[i] = Bank(r)
	}
	return out, nil
}
