package identity

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gorm.io/gorm"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/text"
)

// Admit gives whom Ready has looked at a role in an organisation, in the transaction of ctx.
type Admit = func(ctx context.Context, by id.By, org id.ID, role string) (id.ID, error)

// FoldEmail is how an address is stored and compared; invalid_fields where it is none.
func (s *Service) FoldEmail(email string) (string, error) { return foldEmail(email) }

// Ready looks at somebody who has shown, by a link that was sent there, to read the letters of an address: who has an account
// must know its password and show its second factor (code: of an authenticator app, or a recovery code), anybody else gets an
// account with this name and password. So does who never followed a letter to the account's mailbox before: what the account held
// may be another's, and goes. The costly part is done here, outside any transaction; what it answers does the rest. Both cases fail
// alike and take alike long. What is tried is counted as at the door, before it is judged, from where it comes (ip, and device: the
// cookie of a device that has signed in before), and taken back by Admit.
//
// Errors: invalid_fields (name, password, code), sign_in.wait, busy; of Admit: person.member_already, changed.
func (s *Service) Ready(ctx context.Context, email, name, lang, password, code, ip, device string) (Admit, error) {
	email, err := foldEmail(email)
	if err != nil {
		return nil, err
	}
	var p personRow
	err = s.d.R(ctx).Where("email = ?", email).Take(&p).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, err
	}
	from, err := s.standing(ctx, device, ip, email, p.ID)
	if err != nil {
		return nil, err
	}
	names := from.password(email)
	if err := s.try(ctx, names, s.clock.Now()); err != nil {
		return nil, err
	}
	var admit Admit
	if p.ID != 0 && p.ConfirmedUs != 0 && p.Password != "" {
		admit, err = s.readyKnown(ctx, p, password, code, from)
	} else {
		admit, err = s.readyNew(ctx, p, NewPerson{Email: email, Name: name, Lang: lang, Password: password})
	}
	if err != nil {
		if errs.Is(err, errs.Busy) && errs.CodeOf(err) == "busy" {
			s.unjudged(ctx, names)
		}
		return nil, err
	}
	return func(ctx context.Context, by id.By, org id.ID, role string) (id.ID, error) {
		if err := s.forgive(ctx, names); err != nil {
			return 0, err
		}
		return admit(ctx, by, org, role)
	}, nil
}

// readyKnown is Ready for an account that its mailbox has proven.
func (s *Service) readyKnown(ctx context.Context, p personRow, password, code string, from standing) (Admit, error) {
	ok, err := s.hash.matches(ctx, password, p.Password)
	if err != nil {
		return nil, err
	}
	if !ok || !p.Active {
		s.Stats.Wrong.Add(1)
		return nil, errs.OnFields("invalid_fields", errs.F("password", "person.invited_password"))
	}
	if err := s.joiningCode(ctx, p.ID, code, from); err != nil {
		return nil, err
	}
	return func(ctx context.Context, by id.By, org id.ID, role string) (id.ID, error) {
		return p.ID, s.enrol(ctx, by, p.ID, org, role)
	}, nil
}

// readyNew is Ready for an address without an account, or with one that nobody has proven.
func (s *Service) readyNew(ctx context.Context, p personRow, n NewPerson) (Admit, error) {
	if bad := text.Line("name", &n.Name, 120); len(bad) > 0 {
		return nil, errs.OnFields("invalid_fields", bad...)
	}
	if strings.TrimSpace(n.Name) == "" {
		return nil, errs.OnFields("invalid_fields", errs.F("name", "field.length_1_120"))
	}
	if n.Lang != "en" {
		n.Lang = "id"
	}
	hash, err := s.hashNew(ctx, n)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, by id.By, org id.ID, role string) (id.ID, error) {
		n.Role = role
		return s.admitNew(ctx, by, org, role, p, n, hash)
	}, nil
}

// joiningCode asks for the second factor of an account that has one. A passkey cannot be shown to this form: who has no other
// factor signs in first, and opens the link again.
func (s *Service) joiningCode(ctx context.Context, person id.ID, typed string, from standing) error {
	second, err := s.hasFactor(ctx, person)
	if err != nil || !second {
		return err
	}
	if strings.TrimSpace(typed) == "" {
		return errs.OnFields("invalid_fields", errs.F("code", "person.invited_code"))
	}
	names := from.second(person)
	if err := s.try(ctx, names, s.clock.Now()); err != nil {
		return err
	}
	if err := s.code(ctx, person, typed); err != nil {
		return errs.OnFields("invalid_fields", errs.F("code", "sign_in.code_wrong"))
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		return s.forgive(ctx, names)
	})
}

// admitNew makes the account, or opens the one that has no password, or whose mailbox nobody has proven.
func (s *Service) admitNew(ctx context.Context, by id.By, org id.ID, role string, was personRow, n NewPerson, hash string) (id.ID, error) {
	if was.ID == 0 {
		person, err := s.add(ctx, by, org, n, hash, s.clock.Now())
		if db.Classify(err) == db.Duplicate {
			return 0, errs.Wrap(errs.Conflict, "changed", err)
		}
		return person, err
	}
	if err := s.proven(ctx, by, &was); err != nil {
		return 0, err
	}
	head, err := s.d.Head(ctx)
	if err != nil {
		return 0, err
	}
	if err := s.d.Keep(ctx, head, "person", was.ID, "name", was.Name, n.Name); err != nil {
		return 0, err
	}
	r := s.d.W(ctx).Model(&personRow{}).Where("id = ? AND password = '' AND active = ? AND version = ?", was.ID, true, was.Version).
		Updates(map[string]any{"name": n.Name, "password": hash, "version": was.Version + 1})
	if r.Error != nil {
		return 0, r.Error
	}
	if r.RowsAffected == 0 {
		return 0, errs.New(errs.Conflict, "changed")
	}
	return was.ID, s.enrol(ctx, by, was.ID, org, role)
}

// Enrol gives somebody who has an account a role in an organisation, in the transaction of ctx. Whether the person wants it is the
// caller's to know. Errors: person.member_already.
func (s *Service) Enrol(ctx context.Context, by id.By, person, org id.ID, role string) error {
	return s.enrol(ctx, by, person, org, role)
}

func (s *Service) enrol(ctx context.Context, by id.By, person, org id.ID, role string) error {
	now := s.clock.Now()
	if err := s.d.W(ctx).Create(&memberRow{person, org, role, now}).Error; err != nil {
		if db.Classify(err) == db.Duplicate {
			return errs.Wrap(errs.Conflict, "person.member_already", err)
		}
		return err
	}
	if err := audit.Record(ctx, s.d, by, now, "person.added", person, audit.One("role", "", role)); err != nil {
		return err
	}
	return s.d.BumpMaster(ctx)
}

// RoleFits refuses a role that the acting organisation does not have, and one that may do what the actor may not. Call it inside
// the transaction.
func (s *Service) RoleFits(ctx context.Context, a access.Actor, role string) error {
	return s.giveable(ctx, a, role)
}

// MayInvite tells whether somebody belongs to an organisation now, and may give others this role in it.
func (s *Service) MayInvite(ctx context.Context, org, person id.ID, role string) (bool, error) {
	if _, err := s.living(ctx, person); err != nil {
		return false, unless(err, errs.Unauthenticated)
	}
	a, err := s.Seat(ctx, org, person)
	if err != nil {
		return false, unless(err, errs.NotFound)
	}
	if !s.gate.Can(a, access.Own, "person", "manage") {
		return false, nil
	}
	if err := s.giveable(ctx, a, role); err != nil {
		return false, unless(err, errs.Invalid, errs.Forbidden)
	}
	return true, nil
}

// unless is err, or nil where it is one of these kinds.
func unless(err error, kinds ...errs.Kind) error {
	if slices.Contains(kinds, errs.KindOf(err)) {
		return nil
	}
	return err
}
