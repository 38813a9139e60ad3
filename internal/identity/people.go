package identity

import (
	"context"
	"errors"
	"strings"

	"gorm.io/gorm"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/text"
)

// NewPerson is somebody to be added to an organisation.
type NewPerson struct {
	Email, Name, Password, Lang string
	Role                        string
	Locked                      bool // Seed: without a password; nobody can sign in as the person until one is set
}

// Check says what is wrong with a person with a password, in an organisation of a kind, before anything is made.
func (n NewPerson) Check(kind string) error {
	if err := n.check(kind); err != nil {
		return err
	}
	return checkPassword(n.Password)
}

func (n *NewPerson) check(kind string) error {
	email, err := foldEmail(n.Email)
	if err != nil {
		return err
	}
	n.Email = email
	if bad := text.Line("name", &n.Name, 120); len(bad) > 0 {
		return errs.OnFields("invalid_fields", bad...)
	}
	if n.Name == "" {
		return errs.OnFields("invalid_fields", errs.F("name", "field.length_1_120"))
	}
	if n.Lang != "en" {
		n.Lang = "id"
	}
	if !validRole(n.Role, kind) && !access.IsOwn(n.Role) { // whether there is such a role of its own is asked where it is given
		return errs.OnFields("invalid_fields", errs.F("role", "person.role"))
	}
	return nil
}

// Seed adds a person to an organisation on behalf of the program: the first sign-ins of a set-up, of the demonstration, of the
// command line, whose user answers for the mailbox. No right is asked. Somebody who has an account already keeps name and password:
// only the role is added. Everybody else comes by an invitation, see Ready.
func (s *Service) Seed(ctx context.Context, org id.ID, kind string, n NewPerson) (id.ID, error) {
	if err := n.check(kind); err != nil {
		return 0, err
	}
	if access.IsOwn(n.Role) {
		return 0, errs.OnFields("invalid_fields", errs.F("role", "person.role"))
	}
	var hash string
	var err error
	if !n.Locked {
		if hash, err = s.hashNew(ctx, n); err != nil {
			return 0, err
		}
	}
	var person id.ID
	err = s.d.InTx(ctx, func(ctx context.Context) (err error) {
		var confirmed clock.Instant
		if !n.Locked {
			confirmed = s.clock.Now()
		}
		person, err = s.add(ctx, id.By{Org: org}, org, n, hash, confirmed)
		return err
	})
	return person, err
}

func (s *Service) hashNew(ctx context.Context, n NewPerson) (string, error) {
	if err := checkPassword(n.Password); err != nil {
		return "", err
	}
	return s.hash.hash(ctx, n.Password)
}

func (s *Service) add(ctx context.Context, by id.By, org id.ID, n NewPerson, hash string, confirmed clock.Instant) (id.ID, error) {
	now := s.clock.Now()
	var p personRow
	err := s.d.R(ctx).Where("email = ?", n.Email).Take(&p).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		p = personRow{s.d.IDs.Next(), n.Email, n.Name, hash, n.Lang, true, now, 1, confirmed}
		err = s.d.W(ctx).Create(&p).Error
	}
	if err != nil {
		return 0, err
	}
	if err := s.d.W(ctx).Create(&memberRow{p.ID, org, n.Role, now}).Error; err != nil {
		if db.Classify(err) == db.Duplicate {
			return 0, errs.Wrap(errs.Conflict, "person.member_already", err)
		}
		return 0, err
	}
	if err := audit.Record(ctx, s.d, by, now, "person.added", p.ID, audit.Diff(map[string][2]any{"role": {"", n.Role}})); err != nil {
		return 0, err
	}
	return p.ID, s.d.BumpMaster(ctx)
}

const memberQuery = `SELECT m.person, p.name, p.email, m.org, o.name AS org_name, o.code AS org_code, o.kind AS org_kind, o.logo AS org_logo, m.role, COALESCE(r.name, '') AS role_name
FROM membership m JOIN person p ON p.id = m.person JOIN org o ON o.id = m.org LEFT JOIN role_def r ON r.role = m.role AND r.org = m.org WHERE `

func (s *Service) member(ctx context.Context, org, person id.ID) (Membership, error) {
	var rows []Membership
	err := s.d.R(ctx).Raw(memberQuery+"m.org = ? AND m.person = ?", org, person).Scan(&rows).Error
	if err == nil && len(rows) == 0 {
		return Membership{}, errs.Gone()
	}
	if err != nil {
		return Membership{}, err
	}
	return rows[0], nil
}

// People are the people of the acting organisation. Filter: q (part of a name or an address). Right: person read.
func (s *Service) People(ctx context.Context, a access.Actor, q list.Query) (list.Page[Membership], error) {
	if err := s.gate.Require(ctx, a, access.Own, "person", "read"); err != nil {
		return list.Page[Membership]{}, err
	}
	k, _, err := q.After()
	if err != nil {
		return list.Page[Membership]{}, err
	}
	cond, args := "m.org = ? AND m.person > ?", []any{a.Org, k.ID}
	if v := strings.TrimSpace(q.Filter["q"]); v != "" {
		like := strings.ToUpper(list.Like(v))
		cond, args = cond+" AND (UPPER(p.name) LIKE ? ESCAPE '!' OR UPPER(p.email) LIKE ? ESCAPE '!')", append(args, like, like)
	}
	var rows []Membership
	err = s.d.R(ctx).Raw(memberQuery+cond+" ORDER BY m.person LIMIT ?", append(args, q.Limit()+1)...).Scan(&rows).Error
	if err != nil {
		return list.Page[Membership]{}, err
	}
	return list.Cut(rows, q.Limit(), func(m Membership) list.Key { return list.Key{ID: int64(m.Person)} }), nil
}

// Memberships are the organisations that the acting person works for: what the switch shows. At most 200; who came by an
// organisation's provider sees that one alone.
func (s *Service) Memberships(ctx context.Context, a access.Actor) ([]Membership, error) {
	var rows []Membership
	if a.Vouched {
		err := s.d.R(ctx).Raw(memberQuery+"m.person = ? AND m.org = ? AND o.active = ?", a.Person, a.Org, true).Scan(&rows).Error
		return rows, err
	}
	err := s.d.R(ctx).Raw(memberQuery+"m.person = ? AND o.active = ? ORDER BY o.name, o.id LIMIT ?", a.Person, true, list.MaxSize).Scan(&rows).Error
	return rows, err
}

// SetRole changes the role of a person in the acting organisation; taking somebody out hands over what is open, see package people.
// The last owner stays, and nobody gives or takes a role that may do more than they may. It holds from the next request on.
//
// Right: person manage, and a fresh proof. Errors: invalid_fields, person.beyond, person.last_owner,
// step_up_required.
func (s *Service) SetRole(ctx context.Context, a access.Actor, k audit.Key, person id.ID, role string) error {
	if err := s.gate.Require(ctx, a, access.Own, "person", "manage"); err != nil {
		return err
	}
	if !validRole(role, a.Kind) && !access.IsOwn(role) {
		return errs.OnFields("invalid_fields", errs.F("role", "person.role"))
	}
	if err := s.Sure(ctx, a); err != nil {
		return err
	}
	_, _, err := audit.Once(ctx, s.d, a.Org, k, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		return person, s.setRole(ctx, a, person, role)
	})
	return err
}

func (s *Service) setRole(ctx context.Context, a access.Actor, person id.ID, role string) error {
	if err := s.d.BumpMaster(ctx); err != nil { // first, because it lets one change of rights at a time pass
		return err
	}
	m, err := s.member(ctx, a.Org, person)
	if err != nil {
		return err
	}
	for _, r := range []string{m.Role, role} {
		if err := s.giveable(ctx, a, r); err != nil {
			return err
		}
	}
	if err := s.keepsOwner(ctx, m, role); err != nil {
		return err
	}
	if err := s.d.W(ctx).Model(&memberRow{}).Where("person = ? AND org = ?", person, a.Org).Update("role", role).Error; err != nil {
		return err
	}
	diff := audit.Diff(map[string][2]any{"role": {m.Role, role}})
	if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "person.role_set", person, diff); err != nil || s.Doubted == nil {
		return err
	}
	return s.Doubted(ctx, a.By(), a.Org, person, false)
}

// SetLang remembers the language of the acting person.
func (s *Service) SetLang(ctx context.Context, a access.Actor, lang string) error {
	if lang != "id" && lang != "en" {
		return errs.OnFields("invalid_fields", errs.F("lang", "person.lang"))
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		if err := s.d.W(ctx).Model(&personRow{}).Where("id = ?", a.Person).Update("lang", lang).Error; err != nil {
			return err
		}
		return s.d.BumpMaster(ctx)
	})
}

// ChangePassword sets a new password after the old one, and ends the person's other sessions.
// Errors: invalid_fields, sign_in.wait, sso.own_means.
func (s *Service) ChangePassword(ctx context.Context, a access.Actor, old, fresh string) error {
	if err := a.Oneself(); err != nil {
		return err
	}
	if err := checkPassword(fresh); err != nil {
		return err
	}
	names := []name{own(freePair, "old password", a.Person.String())}
	if err := s.try(ctx, names, s.clock.Now()); err != nil {
		return err
	}
	if err := s.right(ctx, a.Person, old, "old_password"); err != nil {
		return err
	}
	p, err := s.living(ctx, a.Person)
	if err != nil {
		return err
	}
	return s.setPassword(ctx, a.By(), p.Email, fresh, a.Session, names...)
}

// ResetPassword sets the password of an account from the command line, whose user answers for the mailbox, and ends its sessions: with
// it what the account held before anybody had shown whose it is, and the invitations that it has sent.
func (s *Service) ResetPassword(ctx context.Context, email, fresh string) error {
	email, err := foldEmail(email)
	if err != nil {
		return err
	}
	return s.setPassword(ctx, id.By{}, email, fresh, 0)
}

func (s *Service) setPassword(ctx context.Context, by id.By, email, fresh string, keep id.ID, forgive ...name) error {
	if err := checkPassword(fresh); err != nil {
		return err
	}
	hash, err := s.hash.hash(ctx, fresh)
	if err != nil {
		return err
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		var p personRow
		if err := s.d.R(ctx).Where("email = ?", email).Take(&p).Error; err != nil {
			if errors.Is(err, gorm.ErrRecordNotFound) {
				return errs.Gone()
			}
			return err
		}
		if err := s.forgive(ctx, forgive); err != nil {
			return err
		}
		if keep == 0 {
			if err := s.proven(ctx, by, &p); err != nil {
				return err
			}
			if err := s.doubt(ctx, by, p.ID); err != nil {
				return err
			}
		}
		return s.newPassword(ctx, by, p, hash, keep)
	})
}
