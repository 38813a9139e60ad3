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

// Fresh is nil where the acting session has shown a factor just now; Forbidden step_up_required otherwise. A key of the API has no
// factor to show: Forbidden step_up_person, and a person does it.
func (s *Service) Fresh(ctx context.Context, a access.Actor) error {
	if a.Scopes != nil {
		return errs.New(errs.Forbidden, "step_up_person")
	}
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

// freshSelf is Fresh for what belongs to the person: an organisation's provider says nothing of that. Errors: sso.own_means as well.
func (s *Service) freshSelf(ctx context.Context, a access.Actor) error {
	if err := a.Oneself(); err != nil {
		return err
	}
	return s.Fresh(ctx, a)
}

// FreshFactor asks for a fresh factor of those who have a second one, and of everybody where the organisation has said from which
// amount on money asks for one.
func (s *Service) FreshFactor(ctx context.Context, a access.Actor) error {
	if a.Session == 0 { // the program itself
		return nil
	}
	l, err := s.limitOf(ctx, a.Org)
	if err != nil {
		return err
	}
	if l.StepUpFrom <= 0 {
		has, err := s.hasFactor(ctx, a.Person)
		if err != nil || !has {
			return err
		}
	}
	return s.Fresh(ctx, a)
}

// FreshMoney asks for a fresh factor where an amount reaches the limit of the acting organisation; one that has set none is not
// asked. An amount of another currency than the one the limit is in cannot be held against it, and is asked for always.
func (s *Service) FreshMoney(ctx context.Context, a access.Actor, cur money.Currency, amount money.Minor) error {
	if a.Session == 0 {
		return nil
	}
	l, err := s.limitOf(ctx, a.Org)
	if err != nil || l.StepUpFrom <= 0 || (cur.Code == l.Currency && int64(amount) < l.StepUpFrom) {
		return err
	}
	return s.Fresh(ctx, a)
}

// limit is from which amount on, in an organisation's own currency, a fresh factor is asked for; 0: never.
type limit struct {
	StepUpFrom int64
	Currency   string
}

// limitOf costs no query where nothing has changed since it was last asked.
func (s *Service) limitOf(ctx context.Context, org id.ID) (limit, error) {
	l, _, err := s.limits.Get(ctx, org, func(ctx context.Context, org id.ID) (limit, error) {
		var rows []limit
		err := s.d.R(ctx).Raw("SELECT p.step_up_from, o.currency FROM sign_in_policy p JOIN org o ON o.id = p.org WHERE p.org = ?", org).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return limit{}, err
		}
		return rows[0], nil
	})
	return l, err
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
	if a.Vouched { // a provider opens as many sessions as it likes: guesses count for the person
		names[0].who = trace("step up", "sso", a.Person.String())
	}
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
		return audit.Record(ctx, s.d, a.By(), now, "session.stepped_up", a.Session, audit.One("fresh_us", int64(0), int64(now)))
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
