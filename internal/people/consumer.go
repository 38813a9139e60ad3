package people

import (
	"context"
	"slices"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
)

// EraseConsumer erases a consumer whom the acting organisation entered, on the consumer's request: name, address, telephone, the
// words in its documents. Documents stay. Consumers who sign in do it themselves (EraseMe).
//
// Right: partner write. Errors: not_found; data.consumer where it is no natural person, or has people of its own.
func (s *Service) EraseConsumer(ctx context.Context, a access.Actor, k audit.Key, org id.ID) error {
	if err := s.Gate.Require(ctx, a, access.Own, "partner", "write"); err != nil {
		return err
	}
	_, _, err := audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		var rows []struct {
			Kind     string
			Nameless bool
			People   int64
		}
		err := s.DB.R(ctx).Raw("SELECT kind, nameless, (SELECT COUNT(*) FROM membership m WHERE m.org = o.id) AS people FROM org o WHERE id = ? AND registered_by = ?",
			org, a.Org).Scan(&rows).Error
		if err != nil {
			return 0, err
		}
		if len(rows) == 0 {
			return 0, errs.Gone()
		}
		if r := rows[0]; r.Kind != "consumer" || r.Nameless || r.People > 0 {
			return 0, errs.New(errs.Conflict, "data.consumer")
		}
		return org, s.eraseConsumer(ctx, a.By(), org)
	})
	return err
}

// eraseConsumer takes a natural person out of its organisation's row and papers. The tax number stays while invoices must be kept.
func (s *Service) eraseConsumer(ctx context.Context, by id.By, org id.ID) error {
	keep, err := s.booksFrom(ctx)
	if err != nil {
		return err
	}
	name := "#" + org.String()
	var papers int64
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM invoice WHERE (buyer = ? OR seller = ?) AND issued_on >= ?", org, org, keep).Scan(&papers).Error; err != nil {
		return err
	}
	to := map[string]any{"name": name, "name_fold": list.Fold(name), "address": "", "city": "", "phone": "", "active": false}
	if papers == 0 {
		to["tax_no"] = ""
	}
	if err := s.DB.W(ctx).Table("org").Where("id = ?", org).Updates(to).Error; err != nil {
		return err
	}
	if err := s.DB.W(ctx).Exec("UPDATE org SET version = version + 1 WHERE id = ?", org).Error; err != nil {
		return err
	}
	if err := s.DB.Forget(ctx, "org", org); err != nil {
		return err
	}
	var banks []id.ID
	if err := s.DB.R(ctx).Raw("SELECT id FROM bank_account WHERE org = ?", org).Scan(&banks).Error; err != nil {
		return err
	}
	for _, b := range banks {
		if err := s.DB.W(ctx).Exec("UPDATE bank_account SET number = ?, holder = ?, version = version + 1 WHERE id = ?", "#"+b.String(), name, b).Error; err != nil {
			return err
		}
	}
	if err := s.DB.W(ctx).Exec("UPDATE place SET address = '' WHERE org = ?", org).Error; err != nil {
		return err
	}
	left, err := s.consumerTexts(ctx, org)
	if err != nil {
		return err
	}
	if papers > 0 {
		left++
	}
	if err := s.erased(ctx, by, 0, org, left); err != nil {
		return err
	}
	return s.DB.BumpMaster(ctx)
}

// consumerTexts empties the words of the papers of a consumer: of its orders, and of what hangs on them.
func (s *Service) consumerTexts(ctx context.Context, org id.ID) (left int64, err error) {
	var docs []id.ID
	err = s.DB.R(ctx).Raw(`SELECT id FROM orders WHERE buyer = ? UNION SELECT id FROM shipment WHERE buyer = ? UNION SELECT id FROM receipt WHERE buyer = ?
 UNION SELECT id FROM invoice WHERE buyer = ?`, org, org, org, org).Scan(&docs).Error
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(docs, 500) {
		n, err := s.eraseTexts(ctx, "seq IN (SELECT seq FROM journal WHERE doc IN ?)", some)
		if err != nil {
			return 0, err
		}
		left += n
	}
	return left, nil
}

// eraseLeft erases what the law wanted kept until now.
func (s *Service) eraseLeft(ctx context.Context) error {
	var rows []struct{ ID, Subject, Org id.ID }
	if err := s.DB.R(ctx).Raw("SELECT id, subject, org FROM erasure WHERE left_rows > 0 ORDER BY id").Scan(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		err := s.DB.InTx(ctx, func(ctx context.Context) (err error) {
			var left int64
			if r.Org == 0 {
				left, err = s.eraseTexts(ctx, "seq IN (SELECT seq FROM journal WHERE person = ?)", r.Subject)
			} else {
				left, err = s.leftOfConsumer(ctx, r.Org)
			}
			if err != nil {
				return err
			}
			return s.DB.W(ctx).Exec("UPDATE erasure SET left_rows = ? WHERE id = ?", left, r.ID).Error
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) leftOfConsumer(ctx context.Context, org id.ID) (int64, error) {
	left, err := s.consumerTexts(ctx, org)
	if err != nil {
		return 0, err
	}
	keep, err := s.booksFrom(ctx)
	if err != nil {
		return 0, err
	}
	var papers int64
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM invoice WHERE (buyer = ? OR seller = ?) AND issued_on >= ?", org, org, keep).Scan(&papers).Error; err != nil {
		return 0, err
	}
	if papers > 0 {
		return left + 1, nil
	}
	return left, s.DB.W(ctx).Exec("UPDATE org SET tax_no = '' WHERE id = ?", org).Error
}
