package identity

import (
	"context"
	"strings"
	"time"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/mail"
)

// Whoever has left every organisation, or came by an organisation's provider alone, has no session in which the portal knows the
// person itself. What it knows of somebody is had, and erased, all the same: by a letter to the account's address, and the second
// factor of those who have one.
const (
	ownDataWithin = time.Hour
	ownDataTries  = 20
)

// AskOwnData writes a letter with a link to what the portal knows of the person of an address. It is silent about whether there is
// such an account. Errors: invalid_fields where the address is none.
func (s *Service) AskOwnData(ctx context.Context, email string, from From) error {
	p, err := s.addressed(ctx, "own_data", email, from)
	if err != nil {
		return err
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		token, err := s.mint(ctx, "own_data", p.ID, struct{}{}, ownDataWithin)
		if err != nil || s.Mail == nil {
			return err
		}
		if p.ID == 0 { // as much work as for an account
			_, err := s.mint(ctx, "none", 0, struct{}{}, time.Second)
			return err
		}
		return s.Mail.Send(ctx, mail.Message{To: p.Email, Lang: p.Lang, Kind: "own_data", Args: map[string]string{"name": p.Name}, Link: "/my-data/" + token, Life: ownDataWithin})
	})
}

// OwnData tells whether a link of such a letter still holds, and whether a second factor goes with it. Errors: sign_in.link_stale.
func (s *Service) OwnData(ctx context.Context, token string) (code bool, err error) {
	r, err := s.look(ctx, "own_data", token, nil)
	if err == nil && r.Person == 0 {
		err = stale()
	}
	if err != nil {
		return false, err
	}
	p, err := s.living(ctx, r.Person)
	if err != nil {
		return false, stale()
	}
	if p.ConfirmedUs == 0 { // what stands from before the first letter is nobody's
		return false, nil
	}
	return s.hasFactor(ctx, r.Person)
}

// ByLetter is the person whom such a link stands for, acting for no organisation: with the code of an authenticator app, or a recovery
// code, of those who have a second factor. The link goes on working. The first letter that anybody follows proves the mailbox: see
// proven.
//
// Errors: sign_in.link_stale, invalid_fields (code), sign_in.wait.
func (s *Service) ByLetter(ctx context.Context, token, code, ip string) (access.Actor, error) {
	second, err := s.OwnData(ctx, token)
	if err != nil {
		return access.Actor{}, err
	}
	r, err := s.look(ctx, "own_data", token, nil)
	if err != nil {
		return access.Actor{}, err
	}
	if err := s.attempt(ctx, r, ownDataTries); err != nil {
		return access.Actor{}, err
	}
	p, err := s.living(ctx, r.Person)
	if err != nil {
		return access.Actor{}, stale()
	}
	if second {
		if err := s.letterCode(ctx, p.ID, p.Email, code, ip); err != nil {
			return access.Actor{}, err
		}
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error { return s.proven(ctx, id.By{Person: p.ID}, &p) })
	return access.Actor{Person: p.ID, Name: p.Name, Lang: p.Lang, IP: ip}, err
}

// letterCode judges a code that goes with a letter; wrong ones count as those of a sign-in.
func (s *Service) letterCode(ctx context.Context, person id.ID, email, code, ip string) error {
	if strings.TrimSpace(code) == "" {
		return errs.OnFields("invalid_fields", errs.F("code", "person.letter_code"))
	}
	from, err := s.standing(ctx, "", ip, email, person)
	if err != nil {
		return err
	}
	names := from.second(person)
	if err := s.try(ctx, names, s.clock.Now()); err != nil {
		return err
	}
	if err := s.code(ctx, person, code); err != nil {
		if errs.CodeOf(err) == "sign_in.code_wrong" {
			err = errs.OnFields("invalid_fields", errs.F("code", "sign_in.code_wrong"))
		}
		return err
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		return s.forgive(ctx, names)
	})
}
