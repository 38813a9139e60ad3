package people

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Invited is what a link shows: who asks in whom, and as what.
type Invited struct {
	Org     string
	Kind    string
	Role    string
	Email   string
	Expires clock.Instant
	// Mine says that the one who looks is signed in under this very address: one press of a button then is enough.
	Mine bool
	// Vouched says that an organisation's provider brought the one who looks: that signs in there, and nowhere else.
	Vouched bool
}

// Accept is what somebody with a link types. Password is the one of the account that the address has, or that of a new one; Code is
// of the second factor, where that account has one. IP and Device (the cookie of a device that has signed in before) are where it is
// typed.
type Accept struct{ Token, Name, Password, Code, Lang, IP, Device string }

// openInvite finds a link that still works. Unknown, used, withdrawn, too old, and sent by somebody who may not send it any more are
// one answer.
func (s *Service) openInvite(ctx context.Context, token string) (inviteRow, error) {
	var rows []inviteRow
	if len(token) == 43 {
		err := s.DB.R(ctx).Where("token_hash = ? AND status = 'open' AND expires_us > ? AND tries < ?", hashOf(token), s.Clock.Now(), maxTries).Limit(1).Find(&rows).Error
		if err != nil {
			return inviteRow{}, err
		}
	}
	if len(rows) == 0 {
		return inviteRow{}, errs.New(errs.NotFound, "invite.gone")
	}
	return rows[0], s.stands(ctx, rows[0])
}

// stands is nil where whoever sent an invitation still may. The first owner of an organisation that was approved comes on the word
// of the organisation that approved it, whoever decided there: that gives no power in the decider's own.
func (s *Service) stands(ctx context.Context, r inviteRow) error {
	ok, err := s.Accounts.MayInvite(ctx, r.Org, r.InvitedBy, r.Role)
	if err != nil || ok {
		return err
	}
	var approved int64
	err = s.DB.R(ctx).Raw("SELECT COUNT(*) FROM application WHERE org = ? AND status = 'approved' AND email = ? AND decided_by = ?", r.Org, r.Email, r.InvitedBy).
		Scan(&approved).Error
	if err == nil && approved == 0 {
		err = errs.New(errs.NotFound, "invite.gone")
	}
	return err
}

// Invited is what a link says. a is who is signed in, if anybody.
func (s *Service) Invited(ctx context.Context, a access.Actor, token string) (Invited, error) {
	r, err := s.openInvite(ctx, token)
	if err != nil {
		return Invited{}, err
	}
	var rows []Invited
	err = s.DB.R(ctx).Raw("SELECT name AS org, kind FROM org WHERE id = ? AND active = ?", r.Org, true).Scan(&rows).Error
	if err == nil && len(rows) == 0 {
		err = errs.New(errs.NotFound, "invite.gone")
	}
	if err != nil {
		return Invited{}, err
	}
	out := rows[0]
	out.Role, out.Email, out.Expires = r.Role, r.Email, r.ExpiresUs
	mine, err := s.provenEmail(ctx, a.Person)
	out.Mine, out.Vouched = mine == r.Email && !a.Vouched, a.Vouched
	return out, err
}

func (s *Service) emailOf(ctx context.Context, person id.ID) (email string, err error) {
	if person == 0 {
		return "", nil
	}
	err = s.DB.R(ctx).Raw("SELECT email FROM person WHERE id = ?", person).Scan(&email).Error
	return email, err
}

// provenEmail is the address of an account whose mailbox its person has proven; "" for any other, which takes up an invitation with a
// new password.
func (s *Service) provenEmail(ctx context.Context, person id.ID) (email string, err error) {
	if person == 0 {
		return "", nil
	}
	err = s.DB.R(ctx).Raw("SELECT email FROM person WHERE id = ? AND confirmed_us <> 0", person).Scan(&email).Error
	return email, err
}

// Accept takes up an invitation, once: with the password of the account, or with a name and a password for a new one. Nobody is
// signed in by it. Ten tries that were wrong end the link; each is counted before it is judged, on the link and as at the door.
// Errors: invite.gone, invalid_fields, person.member_already, sign_in.wait, busy.
func (s *Service) Accept(ctx context.Context, in Accept) error {
	r, err := s.openInvite(ctx, in.Token)
	if err != nil {
		return err
	}
	if err := s.tried(ctx, r); err != nil {
		return err
	}
	admit, err := s.Accounts.Ready(ctx, r.Email, in.Name, in.Lang, in.Password, in.Code, in.IP, in.Device)
	if err != nil {
		if errs.Is(err, errs.Busy) { // it was not judged
			terr := s.DB.InTx(context.WithoutCancel(ctx), func(ctx context.Context) error {
				return s.DB.W(ctx).Exec("UPDATE invitation SET tries = tries - 1 WHERE id = ? AND tries > 0", r.ID).Error
			})
			if terr != nil {
				return terr
			}
		}
		return err
	}
	return s.takeUp(ctx, r, id.By{Org: r.Org, IP: in.IP}, admit)
}

// tried counts a try on the link, while there are any left.
func (s *Service) tried(ctx context.Context, r inviteRow) error {
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		u := s.DB.W(ctx).Exec("UPDATE invitation SET tries = tries + 1 WHERE id = ? AND status = 'open' AND tries < ?", r.ID, maxTries)
		if u.Error == nil && u.RowsAffected == 0 {
			return errs.New(errs.NotFound, "invite.gone")
		}
		return u.Error
	})
}

// AcceptAs takes up an invitation as the one who is signed in under its address; to anybody else the link is none.
// Errors: invite.gone, person.member_already, sso.own_means.
func (s *Service) AcceptAs(ctx context.Context, a access.Actor, token string) error {
	if err := a.Oneself(); err != nil {
		return err
	}
	r, err := s.openInvite(ctx, token)
	if err != nil {
		return err
	}
	mine, err := s.provenEmail(ctx, a.Person)
	if err != nil {
		return err
	}
	if mine != r.Email {
		return errs.New(errs.NotFound, "invite.gone")
	}
	by := id.By{Person: a.Person, Org: r.Org, Session: a.Session}
	return s.takeUp(ctx, r, by, func(ctx context.Context, by id.By, org id.ID, role string) (id.ID, error) {
		return a.Person, s.Accounts.Enrol(ctx, by, a.Person, org, role)
	})
}

func (s *Service) takeUp(ctx context.Context, r inviteRow, by id.By, admit func(context.Context, id.By, id.ID, string) (id.ID, error)) error {
	err := s.DB.InTx(ctx, func(ctx context.Context) error {
		now := s.Clock.Now()
		if err := s.stands(ctx, r); err != nil {
			return err
		}
		if err := s.setInvite(ctx, r, map[string]any{"status": "accepted", "open_key": nil, "ended_us": now}); err != nil {
			return err
		}
		person, err := admit(ctx, by, r.Org, r.Role)
		if err != nil {
			return err
		}
		by.Person = person
		if err := s.DB.W(ctx).Exec("UPDATE invitation SET person = ? WHERE id = ?", person, r.ID).Error; err != nil {
			return err
		}
		return audit.Record(ctx, s.DB, by, now, "person.invitation_accepted", r.ID, audit.Diff(map[string][2]any{"status": {"open", "accepted"}, "role": {"", r.Role}}))
	})
	if errs.CodeOf(err) == "changed" {
		return errs.Wrap(errs.NotFound, "invite.gone", err)
	}
	return err
}
