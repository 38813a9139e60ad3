package visit

import (
	"context"
	"fmt"
	"slices"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/id"
)

// HandOver gives the round of somebody who leaves to a colleague, in the transaction of ctx; who calls it has asked for the right. A shop that
// stands on the colleague's round already stands there once. A colleague who may not call at shops gets none: the plan says whose
// shops wait for somebody.
func (s *Service) HandOver(ctx context.Context, by id.By, org, from, to id.ID) error {
	staff, err := s.Staff.Staff(ctx, org)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(staff, func(a access.Actor) bool { return a.Person == to && s.Gate.Can(a, access.Own, "visit", "write") }) {
		return nil
	}
	var zone string
	if err := s.DB.R(ctx).Raw("SELECT o.zone FROM org o WHERE o.id = ?", org).Scan(&zone).Error; err != nil {
		return fmt.Errorf("rounds of %d: %w", from, err)
	}
	var all []stopRow
	if err := s.DB.W(ctx).Where("org = ? AND person IN ? AND ended_us = 0", org, []id.ID{from, to}).Order("id").Find(&all).Error; err != nil {
		return fmt.Errorf("rounds of %d: %w", from, err)
	}
	now := s.Clock.Now()
	for _, t := range all {
		if t.Person != from {
			continue
		}
		set, action, diff := map[string]any{"person": to, "version": t.Version + 1}, "visit.replanned", map[string][2]any{"person": {from.String(), to.String()}}
		if slices.ContainsFunc(all, func(x stopRow) bool { return x.Person == to && x.Seller == t.Seller && x.Shop == t.Shop }) {
			set, action, diff = map[string]any{"ended_us": now, "until_on": now.In(zone).AddDays(-1), "version": t.Version + 1}, "visit.unplanned", map[string][2]any{"shop": {"", t.Shop.String()}}
		}
		if err := s.DB.W(ctx).Model(&stopRow{}).Where("id = ? AND org = ? AND version = ?", t.ID, org, t.Version).Updates(set).Error; err != nil {
			return fmt.Errorf("round of %d: %w", from, err)
		}
		if err := audit.Record(ctx, s.DB, by, now, action, t.ID, audit.Diff(diff)); err != nil {
			return err
		}
	}
	return nil
}
