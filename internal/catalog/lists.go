package catalog

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/text"
)

// RenameList gives a price list of the acting organisation another name; its currency stands for ever, because prices are in it.
// Version is the one that was seen. Sent twice with one key it changes once.
//
// Right: price write. Errors: not_found, changed, price_list.name_taken, field name.
func (s *Service) RenameList(ctx context.Context, a access.Actor, k audit.Key, l PriceList) (PriceList, error) {
	if err := s.gate.Require(ctx, a, access.Own, "price", "write"); err != nil {
		return PriceList{}, err
	}
	if bad := text.Line("name", &l.Name, 120); len(bad) > 0 {
		return PriceList{}, errs.OnFields("invalid_fields", bad...)
	}
	if l.Name == "" {
		return PriceList{}, errs.OnFields("invalid_fields", errs.F("name", "field.length_1_120"))
	}
	_, _, err := audit.Once(ctx, s.d, a.Org, k, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		old, err := s.List(ctx, a, l.ID)
		if err != nil {
			return 0, err
		}
		res := s.d.W(ctx).Exec("UPDATE price_list SET name = ?, version = version + 1 WHERE id = ? AND org = ? AND version = ?", l.Name, l.ID, a.Org, l.Version)
		if res.Error != nil {
			return 0, duplicate(res.Error, "price_list.name_taken", "name", l.Name)
		}
		if res.RowsAffected == 0 {
			return 0, errs.New(errs.Conflict, "changed")
		}
		diff := audit.Diff(map[string][2]any{"name": {old.Name, l.Name}})
		if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "price_list.changed", l.ID, diff); err != nil {
			return 0, err
		}
		return l.ID, s.d.BumpMaster(ctx)
	})
	if err != nil {
		return PriceList{}, err
	}
	return s.List(ctx, a, l.ID)
}
