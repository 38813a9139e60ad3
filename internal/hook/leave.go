package hook

import (
	"context"

	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// An endpoint is its organisation's. Whoever set it up knows where it leads and its secret, and may own what stands there: when that
// person leaves, a colleague takes it over, or it sends nothing more until somebody has looked at it.

// HandOver gives what somebody set up for an organisation to a colleague, in the transaction of ctx.
func (s *Service) HandOver(ctx context.Context, by id.By, org, from, to id.ID) error {
	return s.of(ctx, org, from, []string{Active, Paused, Disabled}, func(e endpointRow) error {
		if err := s.set(ctx, e, map[string]any{"person": to}); err != nil {
			return err
		}
		return audit.Record(ctx, s.DB, by, s.Clock.Now(), "webhook.handed_over", e.ID, audit.Diff(map[string][2]any{"person": {from.String(), to.String()}}))
	})
}

// Left switches off what somebody set up who is in the organisation no more, and writes to its owners, in the transaction of ctx.
func (s *Service) Left(ctx context.Context, by id.By, org, person id.ID) error {
	return s.of(ctx, org, person, []string{Active, Paused}, func(e endpointRow) error {
		if err := s.set(ctx, e, map[string]any{"status": Disabled, "reason": "left", "told_us": 0}); err != nil {
			return err
		}
		if s.Notice != nil {
			if err := s.Notice.Disabled(ctx, org, e.ID, e.URL, "left"); err != nil {
				return err
			}
		}
		diff := audit.Diff(map[string][2]any{"status": {e.Status, Disabled}, "reason": {e.Reason, "left"}})
		return audit.Record(ctx, s.DB, by, s.Clock.Now(), "webhook.disabled", e.ID, diff)
	})
}

func (s *Service) of(ctx context.Context, org, person id.ID, statuses []string, do func(endpointRow) error) error {
	var all []endpointRow
	if err := s.DB.W(ctx).Where("org = ? AND person = ? AND status IN ?", org, person, statuses).Order("id").Find(&all).Error; err != nil {
		return err
	}
	for _, e := range all {
		if err := do(e); err != nil {
			return err
		}
	}
	return nil
}

// set changes an endpoint, if it still is what was read.
func (s *Service) set(ctx context.Context, e endpointRow, to map[string]any) error {
	to["version"] = e.Version + 1
	r := s.DB.W(ctx).Model(&endpointRow{}).Where("id = ? AND org = ? AND version = ?", e.ID, e.Org, e.Version).Updates(to)
	if r.Error == nil && r.RowsAffected == 0 {
		return errs.New(errs.Conflict, "changed")
	}
	return r.Error
}
