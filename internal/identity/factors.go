package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"image"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/mail"
)

// A second factor is an authenticator app (TOTP, RFC 6238: six figures, 30 seconds) or a passkey. Recovery codes stand in for one
// that was lost, each once.
const (
	secondWithin  = 10 * time.Minute // between the two halves of a sign-in
	secondTries   = 5
	recoveryCodes = 10
	maxFactors    = 20
)

type factorRow struct {
	ID        id.ID `gorm:"primaryKey"`
	Person    id.ID
	Kind      string
	Name      string
	Ref       []byte
	Secret    []byte
	LastStep  int64
	CreatedUs clock.Instant
	UsedUs    clock.Instant
}

func (factorRow) TableName() string { return "factor" }

type recoveryRow struct {
	Person    id.ID `gorm:"primaryKey"`
	Hash      []byte
	CreatedUs clock.Instant
	UsedUs    clock.Instant
}

func (recoveryRow) TableName() string { return "recovery_code" }

// Factor is a second factor as its person sees it.
type Factor struct {
	ID            id.ID
	Kind          string // totp, passkey
	Name          string
	Created, Used clock.Instant // Used 0: never
}

// Factors are the acting person's factors, and how many recovery codes are left.
func (s *Service) Factors(ctx context.Context, a access.Actor) (out []Factor, recovery int, err error) {
	var rows []factorRow
	if err = s.d.R(ctx).Where("person = ?", a.Person).Order("kind DESC, id").Find(&rows).Error; err != nil {
		return nil, 0, err
	}
	for _, r := range rows {
		out = append(out, Factor{r.ID, r.Kind, r.Name, r.CreatedUs, r.UsedUs})
	}
	var n int64
	err = s.d.R(ctx).Model(&recoveryRow{}).Where("person = ? AND used_us = 0", a.Person).Count(&n).Error
	return out, int(n), err
}

func (s *Service) hasFactor(ctx context.Context, person id.ID) (bool, error) {
	var n int64
	err := s.d.R(ctx).Model(&factorRow{}).Where("person = ?", person).Count(&n).Error
	return n > 0, err
}

// half is a sign-in whose first factor was right.
type half struct {
	Kind  string `json:"kind"`
	Org   id.ID  `json:"org,omitempty"`
	Names []name `json:"names,omitempty"` // whom the first half was counted for: taken back when the second is right
	Mail  bool   `json:"mail,omitempty"`  // the first half was a letter to the mailbox
}

// Second finishes a sign-in that SignIn or Mailed left half done: by the code of an authenticator app or a recovery code.
// Errors: sign_in.code_wrong, sign_in.link_stale after five tries or ten minutes.
func (s *Service) Second(ctx context.Context, pending, code string, in SignIn) (string, Session, error) {
	r, err := s.look(ctx, "second", pending, nil)
	if err != nil {
		return "", Session{}, err
	}
	if err := s.attempt(ctx, r, secondTries); err != nil {
		return "", Session{}, err
	}
	p, err := s.living(ctx, r.Person)
	if err != nil {
		return "", Session{}, err
	}
	from, err := s.standing(ctx, in.Device, in.IP, p.Email, p.ID)
	if err != nil {
		return "", Session{}, err
	}
	guess := from.second(p.ID)
	if err := s.try(ctx, guess, s.clock.Now()); err != nil {
		return "", Session{}, err
	}
	if err := s.code(ctx, r.Person, code); err != nil {
		return "", Session{}, err
	}
	return s.finish(ctx, pending, r.Person, in, "code", guess)
}

// finish uses the half up, takes back what both were counted for, and opens the session.
func (s *Service) finish(ctx context.Context, pending string, person id.ID, in SignIn, way string, names []name) (token string, out Session, err error) {
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		var h half
		if _, err := s.take(ctx, "second", pending, &h); err != nil {
			return err
		}
		if err := s.forgive(ctx, slices.Concat(h.Names, names)); err != nil {
			return err
		}
		p, err := s.living(ctx, person)
		if err != nil {
			return err
		}
		if h.Mail { // mailbox and factor are one person's: nothing goes
			if err := s.confirm(ctx, id.By{Person: p.ID}, &p); err != nil {
				return err
			}
		}
		in.Kind, in.Org = h.Kind, h.Org
		token, out, err = s.open(ctx, p, in, way)
		return err
	})
	return token, out, err
}

// living is an account that may sign in.
func (s *Service) living(ctx context.Context, person id.ID) (personRow, error) {
	var rows []personRow
	err := s.d.R(ctx).Where("id = ? AND active = ?", person, true).Find(&rows).Error
	if err == nil && len(rows) == 0 {
		err = wrong()
	}
	if err != nil {
		return personRow{}, err
	}
	return rows[0], nil
}

// code judges what was typed as a second factor, and uses it up.
func (s *Service) code(ctx context.Context, person id.ID, typed string) error {
	typed = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\t", "").Replace(typed))
	var ok bool
	err := s.d.InTx(ctx, func(ctx context.Context) (err error) {
		if len(typed) == 6 {
			ok, err = s.totp(ctx, person, typed)
			return err
		}
		if len(typed) != recoveryLength {
			return nil
		}
		r := s.d.W(ctx).Exec("UPDATE recovery_code SET used_us = ? WHERE person = ? AND hash = ? AND used_us = 0", s.clock.Now(), person, recoveryHash(person, typed))
		if r.Error != nil || r.RowsAffected == 0 {
			return r.Error
		}
		ok = true
		return audit.Record(ctx, s.d, id.By{Person: person}, s.clock.Now(), "factor.recovery_used", person, audit.One("recovery_code", "unused", "used"))
	})
	if err == nil && !ok {
		s.Stats.SecondWrong.Add(1)
		if err := s.refusedSignIn(ctx, person, "code", ""); err != nil {
			return err
		}
		err = errs.New(errs.Unauthenticated, "sign_in.code_wrong")
	}
	return err
}

// totp looks the code up in the step of now, the one before and the one after; a step counts once.
func (s *Service) totp(ctx context.Context, person id.ID, typed string) (bool, error) {
	var rows []factorRow
	if err := s.d.R(ctx).Where("person = ? AND kind = 'totp'", person).Find(&rows).Error; err != nil || len(rows) == 0 {
		return false, err
	}
	key, err := s.Key()
	if err != nil {
		return false, err
	}
	now := s.clock.Now()
	for _, r := range rows {
		secret, err := key.Open("totp/"+person.String(), r.Secret)
		if err != nil {
			return false, fmt.Errorf("the secret of factor %d cannot be read; is it another key? %w", r.ID, err)
		}
		step := matchStep(string(secret), typed, now)
		if step <= r.LastStep {
			continue
		}
		u := s.d.W(ctx).Exec("UPDATE factor SET last_step = ?, used_us = ? WHERE id = ? AND last_step < ?", step, now, r.ID, step)
		if u.Error != nil || u.RowsAffected == 1 {
			return u.RowsAffected == 1, u.Error
		}
	}
	return false, nil
}

// matchStep is the step of 30 seconds around now whose code was typed; 0 for none.
func matchStep(secret, typed string, now clock.Instant) int64 {
	at := now.Time().Unix() / 30
	for _, step := range []int64{at, at - 1, at + 1} {
		ok, err := hotp.ValidateCustom(typed, uint64(step), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if ok && err == nil {
			return step
		}
	}
	return 0
}

// QR is a picture of an otpauth address, side pixels wide.
func QR(uri string, side int) (image.Image, error) {
	k, err := otp.NewKeyFromURL(uri)
	if err != nil {
		return nil, err
	}
	return k.Image(side, side)
}

// Currency is the money that an organisation counts in.
func (s *Service) Currency(ctx context.Context, org id.ID) (c string, err error) {
	err = s.d.R(ctx).Raw("SELECT currency FROM org WHERE id = ?", org).Scan(&c).Error
	return c, err
}

// added is what follows a new factor: recovery codes where there are none, other sessions ended, a letter.
func (s *Service) added(ctx context.Context, a access.Actor, f factorRow) (codes []string, err error) {
	var left int64
	if err := s.d.W(ctx).Model(&recoveryRow{}).Where("person = ? AND used_us = 0", a.Person).Count(&left).Error; err != nil {
		return nil, err
	}
	if left == 0 {
		if codes, err = s.newRecovery(ctx, a.Person); err != nil {
			return nil, err
		}
	}
	return codes, s.factorsChanged(ctx, a, "factor.added", f)
}

func (s *Service) factorsChanged(ctx context.Context, a access.Actor, action string, f factorRow) error {
	if err := s.endAll(ctx, a.Person, a.Session); err != nil {
		return err
	}
	change := audit.One("kind", "", f.Kind)
	if action == "factor.removed" {
		change = audit.One("kind", f.Kind, "")
	}
	if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), action, f.ID, change); err != nil {
		return err
	}
	p, err := s.living(ctx, a.Person)
	if err != nil {
		return err
	}
	if err := s.tell(ctx, p, strings.ReplaceAll(action, ".", "_"), map[string]string{"name": p.Name, "factor": f.Name}); err != nil {
		return err
	}
	return s.d.BumpMaster(ctx)
}

// tell writes a person a letter about the account.
func (s *Service) tell(ctx context.Context, p personRow, kind string, args map[string]string) error {
	if s.Mail == nil {
		return nil
	}
	return s.Mail.Send(ctx, mail.Message{To: p.Email, Lang: p.Lang, Kind: kind, Args: args, Link: "/account"})
}

// RemoveFactor takes a factor away; with the last one its recovery codes go too. All other sessions end. Needs a fresh factor.
func (s *Service) RemoveFactor(ctx context.Context, a access.Actor, factor id.ID) error {
	if err := s.freshSelf(ctx, a); err != nil {
		return err
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		var rows []factorRow
		if err := s.d.W(ctx).Where("person = ?", a.Person).Find(&rows).Error; err != nil {
			return err
		}
		for _, f := range rows {
			if f.ID != factor {
				continue
			}
			if err := s.d.W(ctx).Where("id = ? AND person = ?", factor, a.Person).Delete(&factorRow{}).Error; err != nil {
				return err
			}
			if len(rows) == 1 {
				if err := s.d.W(ctx).Where("person = ?", a.Person).Delete(&recoveryRow{}).Error; err != nil {
					return err
				}
			}
			return s.factorsChanged(ctx, a, "factor.removed", f)
		}
		return errs.Gone()
	})
}

// RenameFactor gives a passkey another name of 1 to 60 characters.
func (s *Service) RenameFactor(ctx context.Context, a access.Actor, factor id.ID, name string) error {
	if err := a.Oneself(); err != nil {
		return err
	}
	name, err := factorName(name)
	if err != nil {
		return err
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		var was []string
		mine := s.d.W(ctx).Model(&factorRow{}).Where("id = ? AND person = ? AND kind = 'passkey'", factor, a.Person)
		if err := mine.Pluck("name", &was).Error; err != nil || len(was) == 0 {
			return errOr(err, errs.Gone())
		}
		if was[0] == name {
			return nil
		}
		if err := s.d.W(ctx).Model(&factorRow{}).Where("id = ? AND person = ?", factor, a.Person).Update("name", name).Error; err != nil {
			return err
		}
		return audit.Record(ctx, s.d, a.By(), s.clock.Now(), "factor.renamed", factor, audit.One("name", was[0], name))
	})
}

func errOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func factorName(s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if n := utf8.RuneCountInString(s); n == 0 || n > 60 || !utf8.ValidString(s) {
		return "", errs.OnFields("invalid_fields", errs.F("name", "factor.name"))
	}
	return s, nil
}

// NewRecovery replaces the recovery codes of somebody who has a second factor; they are shown this once. Needs a fresh factor.
func (s *Service) NewRecovery(ctx context.Context, a access.Actor) (codes []string, err error) {
	if err := s.freshSelf(ctx, a); err != nil {
		return nil, err
	}
	has, err := s.hasFactor(ctx, a.Person)
	if err != nil {
		return nil, err
	}
	if !has {
		return nil, errs.New(errs.Conflict, "factor.none")
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		if codes, err = s.newRecovery(ctx, a.Person); err != nil {
			return err
		}
		return audit.Record(ctx, s.d, a.By(), s.clock.Now(), "factor.recovery_made", a.Person, audit.One("recovery_codes", 0, len(codes)))
	})
	return codes, err
}

const recoveryLength = 16 // base32: 80 bits, too many to guess, so that a plain hash keeps them

func (s *Service) newRecovery(ctx context.Context, person id.ID) ([]string, error) {
	if err := s.d.W(ctx).Where("person = ?", person).Delete(&recoveryRow{}).Error; err != nil {
		return nil, err
	}
	now := s.clock.Now()
	out := make([]string, recoveryCodes)
	for i := range out {
		raw := make([]byte, 10)
		rand.Read(raw)
		c := base32.StdEncoding.EncodeToString(raw)
		if err := s.d.W(ctx).Create(&recoveryRow{person, recoveryHash(person, c), now, 0}).Error; err != nil {
			return nil, err
		}
		out[i] = c[:4] + "-" + c[4:8] + "-" + c[8:12] + "-" + c[12:]
	}
	return out, nil
}

func recoveryHash(person id.ID, code string) []byte {
	return hashToken("recovery/" + person.String() + "/" + code)
}

// Device is a cookie's value by which a device that has signed in is known again: it passes by what is counted for the account
// from anywhere. It opens nothing.
func (s *Service) Device(email string) string {
	key, err := s.Key()
	if err != nil {
		return ""
	}
	raw := make([]byte, 16)
	rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(append(raw, key.MAC("device/"+strings.ToLower(email), raw)...))
}

// EmailOf is the address of the acting person.
func (s *Service) EmailOf(ctx context.Context, person id.ID) (string, error) {
	p, err := s.living(ctx, person)
	return p.Email, err
}

func (s *Service) knows(device, email string) bool {
	b, err := base64.RawURLEncoding.DecodeString(device)
	if err != nil || len(b) != 48 || email == "" {
		return false
	}
	key, err := s.Key()
	return err == nil && hmac.Equal(b[16:], key.MAC("device/"+email, b[:16]))
}
