package people

import (
	"context"
	"saluran/internal/audit"

	"saluran/internal/errs"
	"saluran/internal/id"
)

// byToken finds the application of a link that was sent; unknown and forgotten ones are one answer.
func (s *Service) byToken(ctx context.Context, token string) (applicationRow, error) {
	var rows []applicationRow
	if len(token) == 43 {
		if err := s.DB.R(ctx).Where("id IN (SELECT application FROM application_link WHERE token_hash = ?)", hashOf(token)).Limit(1).Find(&rows).Error; err != nil {
			return applicationRow{}, err
		}
	}
	if len(rows) == 0 || (rows[0].Status == "unconfirmed" && rows[0].CreatedUs.Add(confirmWithin) <= s.Clock.Now()) {
		return applicationRow{}, errs.New(errs.NotFound, "apply.gone")
	}
	return rows[0], nil
}

// Mine is an application as its applicant sees it by its link.
func (s *Service) Mine(ctx context.Context, token string) (Application, error) {
	r, err := s.byToken(ctx, token)
	if err != nil {
		return Application{}, err
	}
	return s.whole(ctx, r.ID, false)
}

// Confirm says that the address is the applicant's: from then on the upstream sees the application, and those who review are
// told. A second time it does nothing. Errors: apply.gone.
func (s *Service) Confirm(ctx context.Context, token string) error {
	return s.mine(ctx, token, func(ctx context.Context, r applicationRow) error {
		if r.Status != "unconfirmed" {
			return nil
		}
		if err := s.setApplication(ctx, r, map[string]any{"status": "new"}); err != nil {
			return err
		}
		if err := s.note(ctx, r.ID, 0, "confirmed", ""); err != nil {
			return err
		}
		if err := s.stepped(ctx, r, "confirmed", "new"); err != nil {
			return err
		}
		return s.tellReviewers(ctx, r, "apply_new")
	})
}

// Answer gives what was asked for; the upstream looks again. Errors: apply.gone, apply.not_asked, invalid_fields.
func (s *Service) Answer(ctx context.Context, token, said string) error {
	if err := saidSomething("said", &said); err != nil {
		return err
	}
	return s.mine(ctx, token, func(ctx context.Context, r applicationRow) error {
		if r.Status != "asked" {
			return errs.New(errs.Conflict, "apply.not_asked")
		}
		if err := s.setApplication(ctx, r, map[string]any{"status": "new"}); err != nil {
			return err
		}
		if err := s.note(ctx, r.ID, 0, "answered", said); err != nil {
			return err
		}
		if err := s.stepped(ctx, r, "answered", "new"); err != nil {
			return err
		}
		return s.tellReviewers(ctx, r, "apply_answered")
	})
}

// Retract takes the application back, whatever was asked. Errors: apply.gone, apply.decided.
func (s *Service) Retract(ctx context.Context, token string) error {
	return s.mine(ctx, token, func(ctx context.Context, r applicationRow) error {
		if !undecided(r.Status) {
			return errs.New(errs.Conflict, "apply.decided")
		}
		if err := s.setApplication(ctx, r, map[string]any{"status": "withdrawn", "open_key": nil}); err != nil {
			return err
		}
		if err := s.note(ctx, r.ID, 0, "withdrawn", ""); err != nil {
			return err
		}
		return s.stepped(ctx, r, "withdrawn", "withdrawn")
	})
}

// stepped leaves what an applicant did in the log of the organisation that is applied to: by nobody whom it knows.
func (s *Service) stepped(ctx context.Context, r applicationRow, step, to string) error {
	return audit.Record(ctx, s.DB, id.By{Org: r.Upstream}, s.Clock.Now(), "application."+step, r.ID, audit.One("status", r.Status, to))
}

func (s *Service) mine(ctx context.Context, token string, do func(context.Context, applicationRow) error) error {
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		r, err := s.byToken(ctx, token)
		if err != nil {
			return err
		}
		return do(ctx, r)
	})
}

// Sender is the application that a link's owner may send papers for, and whose it is: its address is confirmed, and nothing is
// decided. Errors: apply.gone, apply.decided.
func (s *Service) Sender(ctx context.Context, token string) (application, upstream id.ID, err error) {
	r, err := s.byToken(ctx, token)
	if err != nil {
		return 0, 0, err
	}
	if r.Status != "new" && r.Status != "asked" {
		return 0, 0, errs.New(errs.Conflict, "apply.decided")
	}
	return r.ID, r.Upstream, nil
}
