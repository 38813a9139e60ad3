package identity

import (
	"context"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
)

// FreshFor is how long a factor counts as just shown.
const FreshFor = 10 * time.Minute

func needed() error { return errs.New(errs.Forbidden, "step_up_required") }

// Fresh is nil where the acting session has shown a factor just now; Forbidden step_up_required otherwise.
func (s *Service) Fresh(ctx context.Context, a access.Actor) error {
	var at []clock.Instant
	err := s.d.R(ctx).Raw("SELECT fresh_us FROM session WHERE id = ? AND person = ?", a.Session, a.Person).Scan(&at).Error
	if err != nil {
		return err
	}
	if len(at) == 0 || at[0].Add(FreshFor) <= s.clock.Now() {
		return needed()
	}
	return nil
}

// FreshFactor asks for a fresh factor of those who have a second one: for what an organisation has not asked more for.
func (s *Service) FreshFactor(ctx context.Context, a access.Actor) error {
	if a.Session == 0 { // the program itself
		return nil
	}
	has, err := s.hasFactor(ctx, a.Person)
	if err != nil || !has {
		return err
	}
	return s.Fresh(ctx, a)
}

// FreshMoney asks for a fresh factor where an amount reaches the limit of the acting organisation; one that has set none is not
// asked.
func (s *Service) FreshMoney(ctx context.Context, a access.Actor, amount money.Minor) error {
	if a.Session == 0 {
		return nil
	}
	p, err := s.policy(ctx, a.Org)
	if err != nil || p.StepUpFrom <= 0 || int64(amount) < p.StepUpFrom {
		return err
	}
	return s.Fresh(ctx, a)
}

// Shown is a factor as it is shown to an open session.
type Shown struct {
	Password  string
	Code      string // of an authenticator app, or a recovery code
	Ceremony  string // with Assertion: what BeginPasskey answered
	Assertion []byte
	IP        string
}

// StepUp makes the acting session fresh by a factor: a passkey, a code, or, for those who have no second factor, the password.
// Errors: person.old_password, sign_in.code_wrong, sign_in.wait, passkey.refused.
func (s *Service) StepUp(ctx context.Context, a access.Actor, in Shown) error {
	second, err := s.hasFactor(ctx, a.Person)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	names := []name{{trace("step up", a.Session.String()), freePair}}
	if err := s.try(ctx, names, now); err != nil {
		return err
	}
	switch {
	case len(in.Assertion) > 0:
		var who id.ID
		if who, err = s.assert(ctx, in.Ceremony, in.Assertion, a.Person); err == nil && who != a.Person {
			err = errs.New(errs.Forbidden, "passkey.refused")
		}
	case second:
		err = s.code(ctx, a.Person, in.Code)
	default:
		err = s.right(ctx, a.Person, in.Password)
	}
	if err != nil {
		return err
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		if err := s.d.W(ctx).Where("who = ?", names[0].who).Delete(&throttleRow{}).Error; err != nil {
			return err
		}
		if err := s.d.W(ctx).Model(&sessionRow{}).Where("id = ? AND person = ?", a.Session, a.Person).Update("fresh_us", now).Error; err != nil {
			return err
		}
		return audit.Record(ctx, s.d, a.By(), now, "session.stepped_up", a.Session, "")
	})
}

// Asks tells which factors step-up may be shown.
func (s *Service) Asks(ctx context.Context, a access.Actor) (totp, passkey bool, err error) {
	all, _, err := s.Factors(ctx, a)
	for _, f := range all {
		totp, passkey = totp || f.Kind == "totp", passkey || f.Kind == "passkey"
	}
	return totp, passkey, err
}

// right holds a password against the account's.
func (s *Service) right(ctx context.Context, person id.ID, password string) error {
	p, err := s.living(ctx, person)
	if err != nil {
		return err
	}
	ok, err := s.hash.matches(ctx, password, p.Password)
	if err == nil && !ok {
		err = errs.OnFields("invalid_fields", errs.F("old_password", "person.old_password"))
	}
	return err
}
