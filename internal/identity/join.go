package identity

import (
	"context"
	"errors"
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
// alike and take alike long.
//
// Errors: invalid_fields (name, password, code), busy; of Admit: person.member_already, changed.
func (s *Service) Ready(ctx context.Context, email, name, lang, password, code string) (Admit, error) {
	email, err := foldEmail(email)
	if err != nil {
		return nil, err
	}
	var p personRow
	err = s.d.R(ctx).Where("email = ?", email).Take(&p).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, err
	}
	if p.ID != 0 && p.ConfirmedUs != 0 && p.Password != "" {
		ok, err := s.hash.matches(ctx, password, p.Password)
		if err != nil {
			return nil, err
		}
		if !ok || !p.Active {
			return nil, errs.OnFields("invalid_fields", errs.F("password", "person.invited_password"))
		}
		if err := s.joiningCode(ctx, p.ID, code); err != nil {
			return nil, err
		}
		return func(ctx context.Context, by id.By, org id.ID, role string) (id.ID, error) {
			return p.ID, s.enrol(ctx, by, p.ID, org, role)
		}, nil
	}
	if bad := text.Line("name", &name, 120); len(bad) > 0 {
		return nil, errs.OnFields("invalid_fields", bad...)
	}
	if strings.TrimSpace(name) == "" {
		return nil, errs.OnFields("invalid_fields", errs.F("name", "field.length_1_120"))
	}
	if lang != "en" {
		lang = "id"
	}
	hash, err := s.hashNew(ctx, NewPerson{Password: password})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, by id.By, org id.ID, role string) (id.ID, error) {
		return s.admitNew(ctx, by, org, role, p, NewPerson{Email: email, Name: name, Lang: lang, Role: role}, hash)
	}, nil
}

// joiningCode asks for the second factor of an account that has one. A passkey cannot be shown to this form: who has no other
// factor signs in first, and opens the link again.
func (s *Service) joiningCode(ctx context.Context, person id.ID, typed string) error {
	second, err := s.hasFactor(ctx, person)
	if err != nil || !second {
		return err
	}
	if strings.TrimSpace(typed) == "" {
		return errs.OnFields("invalid_fields", errs.F("code", "person.invited_code"))
	}
	names := []name{{trace("second", person.String()), freeAccount}}
	if err := s.try(ctx, names, s.clock.Now()); err != nil {
		return err
	}
	if err := s.code(ctx, person, typed); err != nil {
		return errs.OnFields("invalid_fields", errs.F("code", "sign_in.code_wrong"))
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		return s.d.W(ctx).Exec("UPDATE throttle SET n = n - 1 WHERE who = ? AND n > 0", names[0].who).Error
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
