package people

import (
	"context"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/mail"
	"saluran/internal/text"
)

// How long an operator may look into an organisation at a time.
const (
	MinGlass = 5
	MaxGlass = 240
)

// Glass breaks it: see package identity.
type Glass interface {
	BreakGlass(ctx context.Context, a access.Actor, org id.ID, reason string, until clock.Instant) (id.ID, error)
	MendGlass(ctx context.Context, glass id.ID) error
	MendGlasses(ctx context.Context) error
}

// Look is a look of an operator into an organisation.
type Look struct {
	ID      id.ID
	Person  string
	Org     id.ID
	OrgName string
	Reason  string
	Since   clock.Instant
	Until   clock.Instant
	Ended   clock.Instant // 0: goes on
}

// Break lets the acting session of an operator look into an organisation for some minutes, read-only, for a reason. In the same
// transaction the owners of the organisation and the other operators get a letter.
//
// Right: partner write, of an operator with a fresh proof. Errors: invalid_fields (reason, minutes), not_found, glass.already,
// glass.session, step_up_required.
func (s *Service) Break(ctx context.Context, a access.Actor, k audit.Key, org id.ID, reason string, minutes int64) error {
	if a.Glass != 0 {
		return errs.New(errs.Conflict, "glass.already")
	}
	if err := s.Gate.Require(ctx, a, access.Own, "partner", "write"); err != nil {
		return err
	}
	if a.Kind != "operator" {
		return errs.Gone()
	}
	bad := text.Line("reason", &reason, 500)
	if len([]rune(reason)) < 10 {
		bad = append(bad, errs.F("reason", "glass.reason"))
	}
	if minutes < MinGlass || minutes > MaxGlass {
		bad = append(bad, errs.F("minutes", "glass.minutes", "min", id.ID(MinGlass).String(), "max", id.ID(MaxGlass).String()))
	}
	if len(bad) > 0 {
		return errs.OnFields("invalid_fields", bad...)
	}
	if err := s.Accounts.Sure(ctx, a); err != nil {
		return err
	}
	now := s.Clock.Now()
	until := now.Add(time.Duration(minutes) * time.Minute)
	_, _, err := audit.Once(ctx, s.DB, a.Org, k, now, func(ctx context.Context) (id.ID, error) {
		g, err := s.Glass.BreakGlass(ctx, a, org, reason, until)
		if err != nil {
			return 0, err
		}
		return g, s.tellGlass(ctx, a, org, reason, until)
	})
	return err
}

func (s *Service) tellGlass(ctx context.Context, a access.Actor, org id.ID, reason string, until clock.Instant) error {
	var at []struct{ Name, Zone string }
	if err := s.DB.R(ctx).Raw("SELECT name, zone FROM org WHERE id = ?", org).Scan(&at).Error; err != nil || len(at) == 0 {
		return err
	}
	args := func(lang string) map[string]string {
		return map[string]string{"operator": a.OrgName, "by": a.Name, "org": at[0].Name, "reason": reason, "until": i18n.Time(lang, until, at[0].Zone)}
	}
	if err := s.tellPeople(ctx, org, []string{"owner"}, "glass_broken", "/glass", args); err != nil {
		return err
	}
	var others []struct{ Email, Lang string }
	err := s.DB.R(ctx).Raw("SELECT p.email, p.lang FROM membership m JOIN person p ON p.id = m.person WHERE m.org = ? AND m.person <> ? AND p.active = ? ORDER BY m.person LIMIT 20",
		a.Org, a.Person, true).Scan(&others).Error
	if err != nil {
		return err
	}
	for _, p := range others {
		lang := langOf(p.Lang)
		if err := s.Post.Send(ctx, mail.Message{To: p.Email, Lang: lang, Kind: "glass_colleague", Args: args(lang)}); err != nil {
			return err
		}
	}
	return nil
}

// Mend ends the look of the acting session before its time. Without one it does nothing.
func (s *Service) Mend(ctx context.Context, a access.Actor) error {
	if a.Glass == 0 {
		return nil
	}
	return s.Glass.MendGlass(ctx, a.Glass)
}

// Looks are those into the acting organisation, or, for an operator, of its people: newest first, at most 200. Right: audit read.
func (s *Service) Looks(ctx context.Context, a access.Actor) ([]Look, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "audit", "read"); err != nil {
		return nil, err
	}
	side := "g.org"
	if a.Kind == "operator" {
		side = "g.home"
	}
	var rows []Look
	err := s.DB.R(ctx).Raw(`SELECT g.id, p.name AS person, g.org, o.name AS org_name, g.reason, g.from_us AS since, g.until_us AS until, g.ended_us AS ended
 FROM glass g JOIN person p ON p.id = g.person JOIN org o ON o.id = g.org WHERE `+side+` = ? ORDER BY g.id DESC LIMIT 200`, a.Org).Scan(&rows).Error
	return rows, err
}

// Sweep does what time brings: looks that are over are ended, applications that nobody confirmed are forgotten, and what the law
// wanted kept of erased people until now is erased.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.Glass.MendGlasses(ctx); err != nil {
		return err
	}
	old := s.Clock.Now().Add(-confirmWithin)
	err := s.DB.InTx(ctx, func(ctx context.Context) error {
		if err := s.DB.W(ctx).Exec("DELETE FROM application_note WHERE application IN (SELECT id FROM application WHERE status = 'unconfirmed' AND created_us < ?)", old).Error; err != nil {
			return err
		}
		if err := s.DB.W(ctx).Exec("DELETE FROM application_link WHERE application IN (SELECT id FROM application WHERE status = 'unconfirmed' AND created_us < ?)", old).Error; err != nil {
			return err
		}
		return s.DB.W(ctx).Exec("DELETE FROM application WHERE status = 'unconfirmed' AND created_us < ?", old).Error
	})
	if err != nil {
		return err
	}
	return s.eraseLeft(ctx)
}
