package identity

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"
	"time"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Enrolment is an authenticator app about to be added: what it is to be shown.
type Enrolment struct {
	Token  string // goes with the confirming code
	Secret string // base32, for typing
	URI    string // otpauth://, for the QR
}

type enrolling struct {
	Sealed []byte `json:"sealed"`
}

// BeginTOTP makes a secret for an authenticator app. It counts once ConfirmTOTP has seen a code of it. Needs a fresh factor.
func (s *Service) BeginTOTP(ctx context.Context, a access.Actor) (Enrolment, error) {
	if err := s.freshSelf(ctx, a); err != nil {
		return Enrolment{}, err
	}
	key, err := s.Key()
	if err != nil {
		return Enrolment{}, err
	}
	p, err := s.living(ctx, a.Person)
	if err != nil {
		return Enrolment{}, err
	}
	raw := make([]byte, 20)
	rand.Read(raw)
	secret := base32.StdEncoding.EncodeToString(raw)
	token, err := s.mint(ctx, "totp", a.Person, enrolling{key.Seal("totp/"+a.Person.String(), []byte(secret))}, 30*time.Minute)
	return Enrolment{token, secret, otpauth(p.Email, secret)}, err
}

// PendingTOTP is an enrolment again, for its page shown anew.
func (s *Service) PendingTOTP(ctx context.Context, a access.Actor, token string) (Enrolment, error) {
	if err := a.Oneself(); err != nil {
		return Enrolment{}, err
	}
	var e enrolling
	r, err := s.look(ctx, "totp", token, &e)
	if err != nil {
		return Enrolment{}, err
	}
	if r.Person != a.Person {
		return Enrolment{}, stale()
	}
	secret, p, err := s.enrolled(ctx, a.Person, e)
	return Enrolment{token, secret, otpauth(p.Email, secret)}, err
}

func (s *Service) enrolled(ctx context.Context, person id.ID, e enrolling) (string, personRow, error) {
	key, err := s.Key()
	if err != nil {
		return "", personRow{}, err
	}
	secret, err := key.Open("totp/"+person.String(), e.Sealed)
	if err != nil {
		return "", personRow{}, err
	}
	p, err := s.living(ctx, person)
	return string(secret), p, err
}

func otpauth(email, secret string) string {
	return "otpauth://totp/Saluran:" + strings.ReplaceAll(strings.ReplaceAll(email, "%", "%25"), " ", "%20") + "?secret=" + secret + "&issuer=Saluran&algorithm=SHA1&digits=6&period=30"
}

// ConfirmTOTP adds the app whose code proves that it has the secret; a former app of the person goes. All other sessions end.
// codes are recovery codes, shown this once, where the person had none.
//
// Errors: sign_in.code_wrong, sign_in.link_stale.
func (s *Service) ConfirmTOTP(ctx context.Context, a access.Actor, token, typed string) (codes []string, err error) {
	if err := a.Oneself(); err != nil {
		return nil, err
	}
	var e enrolling
	r, err := s.look(ctx, "totp", token, &e)
	if err == nil && r.Person != a.Person {
		err = stale()
	}
	if err == nil {
		err = s.attempt(ctx, r, 10)
	}
	if err != nil {
		return nil, err
	}
	secret, _, err := s.enrolled(ctx, a.Person, e)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	step := matchStep(secret, strings.ReplaceAll(strings.TrimSpace(typed), " ", ""), now)
	if step == 0 {
		return nil, errs.OnFields("invalid_fields", errs.F("code", "sign_in.code_wrong"))
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.take(ctx, "totp", token, nil); err != nil {
			return err
		}
		if err := s.d.W(ctx).Where("person = ? AND kind = 'totp'", a.Person).Delete(&factorRow{}).Error; err != nil {
			return err
		}
		f := factorRow{ID: s.d.IDs.Next(), Person: a.Person, Kind: "totp", Name: "TOTP", Ref: hashToken("totp/" + a.Person.String()), Secret: e.Sealed, LastStep: step, CreatedUs: now, UsedUs: now}
		if err := s.d.W(ctx).Create(&f).Error; err != nil {
			return err
		}
		codes, err = s.added(ctx, a, f)
		return err
	})
	return codes, err
}
