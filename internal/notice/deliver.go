package notice

import (
	"context"
	"strconv"
	"time"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/mail"
)

// lines is how many notices a digest names one by one.
const lines = 20

// resting is how many times as long as a batch takes its follower waits for the next one.
const resting = 9

// Deliver writes the letters that are due, at once and as digests. Several instances may do it at once: each letter is written by the
// one that notes it as written, in the same transaction.
func (s *Service) Deliver(ctx context.Context) error {
	now := s.Clock.Now()
	var due []row
	err := s.DB.R(ctx).Raw("SELECT id, person, org FROM notice WHERE mailed_us = 0 AND mail = 'once' AND mail_us <= ? ORDER BY mail_us LIMIT 100", now).Scan(&due).Error
	for _, r := range due {
		if err == nil {
			err = s.one(ctx, r, now)
		}
	}
	if err != nil {
		return err
	}
	var digests []hoursRow
	err = s.DB.R(ctx).Raw("SELECT person, org, zone, quiet_from, quiet_until, digest, next_us, version FROM notice_hours WHERE next_us > 0 AND next_us <= ? ORDER BY next_us LIMIT 100", now).Scan(&digests).Error
	for _, h := range digests {
		if err == nil {
			err = s.digest(ctx, h, now)
		}
	}
	return err
}

func (s *Service) one(ctx context.Context, r row, now clock.Instant) error {
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		done := s.DB.W(ctx).Exec("UPDATE notice SET mailed_us = ? WHERE id = ? AND person = ? AND org = ? AND mailed_us = 0", now, r.ID, r.Person, r.Org)
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		return s.write(ctx, r.Person, r.Org, "n.id = ?", []any{r.ID})
	})
}

// digest writes what somebody has not read by now; a moment that found nothing passes.
func (s *Service) digest(ctx context.Context, h hoursRow, now clock.Instant) error {
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		done := s.DB.W(ctx).Exec("UPDATE notice_hours SET next_us = ? WHERE person = ? AND org = ? AND next_us = ?", h.next(now), h.Person, h.Org, h.NextUs)
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		if err := s.write(ctx, h.Person, h.Org, "n.mail = 'digest' AND n.mailed_us = 0 AND n.read_us = 0", nil); err != nil {
			return err
		}
		return s.DB.W(ctx).Exec("UPDATE notice SET mailed_us = ? WHERE person = ? AND org = ? AND mail = 'digest' AND mailed_us = 0", now, h.Person, h.Org).Error
	})
}

// write sends somebody what of some notices leads to what it may read now; nothing where that is none of them, or where the person is
// no more of the organisation.
func (s *Service) write(ctx context.Context, person, org id.ID, which string, args []any) error {
	a, err := s.Staff.Seat(ctx, org, person)
	if err != nil {
		if errs.Is(err, errs.NotFound) {
			return nil
		}
		return err
	}
	cond, may := s.visible(a)
	if cond == "" {
		return nil
	}
	var to []struct{ Name, Email, Lang string }
	if err := s.DB.R(ctx).Raw("SELECT name, email, lang FROM person WHERE id = ? AND active = ?", person, true).Scan(&to).Error; err != nil || len(to) == 0 || to[0].Email == "" {
		return err
	}
	var rows []shownRow
	all := append(append([]any{person, org}, may...), args...)
	if err := s.DB.R(ctx).Raw(selectNotices+"n.person = ? AND n.org = ? AND ("+cond+") AND "+which+" ORDER BY n.created_us DESC LIMIT 200", all...).Scan(&rows).Error; err != nil || len(rows) == 0 {
		return err
	}
	m := mail.Message{To: to[0].Email, Lang: i18n.Lang(to[0].Lang), Kind: "notices", Link: "/notices", Args: map[string]string{"person": to[0].Name, "org": a.OrgName, "n": strconv.Itoa(len(rows))},
		Life: 24 * time.Hour}
	for i, r := range rows {
		if i == lines {
			m.Lines = append(m.Lines, i18n.T(m.Lang, "notice.more", "n", strconv.Itoa(len(rows)-lines)))
			break
		}
		m.Lines = append(m.Lines, r.notice().Sentence(m.Lang))
	}
	if len(rows) == 1 {
		m.Kind, m.Link = "notice", rows[0].notice().Path()
		m.Args["said"] = rows[0].notice().Sentence(m.Lang)
		m.Lines = nil
	}
	return s.Post.Send(ctx, m)
}

// Sentence says a notice in words: what happened to which record, and who did it; nothing more of either.
func (n Notice) Sentence(lang string) string {
	number := n.Number
	if n.Kind == "job" {
		number = i18n.T(lang, "notice.job_"+n.Number)
	}
	who := n.Org
	if n.Person != "" {
		who = n.Person + ", " + n.Org
	}
	return i18n.T(lang, "notice.said."+n.Event, "number", number, "who", who)
}

// Path is where a notice leads.
func (n Notice) Path() string {
	switch n.Kind {
	case "order", "shipment", "invoice", "payment":
		path := "/" + n.Kind + "s/" + n.Doc.String()
		if n.Event == "mention" || n.Event == "message" {
			path += "#talk"
		}
		return path
	case "link":
		return "/partners/" + n.Doc.String()
	case "job":
		if n.Number == "export" {
			return "/exports"
		}
		return "/imports"
	}
	return "/partners"
}

// Sweep removes what is long past.
func (s *Service) Sweep(ctx context.Context) error {
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		return s.DB.W(ctx).Exec("DELETE FROM notice WHERE created_us < ?", s.Clock.Now().Add(-180*24*time.Hour)).Error
	})
}

// Run follows the portal and writes letters until ctx ends.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	var swept time.Time
	for {
		began := time.Now()
		more, err := s.Follow(ctx)
		for _, do := range []func(context.Context) error{s.Jobs, s.Deliver} {
			if err == nil {
				err = do(ctx)
			}
		}
		if err == nil && time.Since(swept) > time.Hour {
			swept = time.Now()
			if err = s.Due(ctx); err == nil {
				err = s.Sweep(ctx)
			}
		}
		if err != nil && ctx.Err() == nil {
			s.Log.Error("notices", "error", err.Error())
		}
		next := tick.C
		if more && err == nil { // trade goes first: who is told rests longer than telling takes
			next = time.After(resting * time.Since(began))
		}
		select {
		case <-ctx.Done():
			return
		case <-next:
		}
	}
}
