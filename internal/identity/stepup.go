package identity

import (
	"context"
	"slices"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/money"
)

// FreshFor is how long it counts as just shown who somebody is: by a sign-in, a second factor, the password.
const FreshFor = 10 * time.Minute

// Means are the ways in which somebody can show once more who it is: a second factor, for those who have one; else the password, or
// a new sign-in at the provider that opened the session. With none of them, a letter sets a password first.
type Means struct{ TOTP, Passkey, Password, Provider bool }

// First says in a word what is asked for: code, passkey, password, provider, letter.
func (m Means) First() string {
	for _, x := range []struct {
		has  bool
		word string
	}{{m.TOTP, "code"}, {m.Passkey, "passkey"}, {m.Password, "password"}, {m.Provider, "provider"}} {
		if x.has {
			return x.word
		}
	}
	return "letter"
}

// Means are those of the acting session.
func (s *Service) Means(ctx context.Context, a access.Actor) (Means, error) {
	return meansOf(ctx, s.d, a)
}

func meansOf(ctx context.Context, d *db.DB, a access.Actor) (m Means, err error) {
	var kinds, passwords []string
	if err := d.R(ctx).Model(&factorRow{}).Where("person = ?", a.Person).Pluck("kind", &kinds).Error; err != nil {
		return m, err
	}
	if len(kinds) > 0 {
		return Means{TOTP: slices.Contains(kinds, "totp"), Passkey: slices.Contains(kinds, "passkey")}, nil
	}
	if err := d.R(ctx).Model(&personRow{}).Where("id = ?", a.Person).Pluck("password", &passwords).Error; err != nil {
		return m, err
	}
	m.Password = len(passwords) > 0 && passwords[0] != ""
	if !a.Vouched {
		return m, nil
	}
	var issuers []string
	err = d.R(ctx).Model(&policyRow{}).Where("org = ?", a.Org).Pluck("issuer", &issuers).Error
	m.Provider = len(issuers) > 0 && issuers[0] != ""
	return m, err
}

// Fresh is nil where the acting session has shown just now who it is; Forbidden step_up_required {with} otherwise, see Means. A key
// of the API has nothing to show: Forbidden step_up_person, and a person does it.
func (s *Service) Fresh(ctx context.Context, a access.Actor) error {
	return fresh(ctx, s.d, s.clock, a)
}

// Sure is Fresh for whoever asks from outside: the program itself is nobody who could be asked.
func (s *Service) Sure(ctx context.Context, a access.Actor) error { return sure(ctx, s.d, s.clock, a) }

func sure(ctx context.Context, d *db.DB, c clock.Clock, a access.Actor) error {
	if a.Session == 0 {
		return nil
	}
	return fresh(ctx, d, c, a)
}

func fresh(ctx context.Context, d *db.DB, c clock.Clock, a access.Actor) error {
	if a.Scopes != nil {
		return errs.New(errs.Forbidden, "step_up_person")
	}
	var at []clock.Instant
	err := d.R(ctx).Raw("SELECT fresh_us FROM session WHERE id = ? AND person = ?", a.Session, a.Person).Scan(&at).Error
	if err != nil {
		return err
	}
	if len(at) == 0 || at[0].Add(FreshFor) <= c.Now() {
		m, err := meansOf(ctx, d, a)
		if err != nil {
			return err
		}
		return errs.New(errs.Forbidden, "step_up_required", "with", m.First())
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

// asksFrom is from which amount on, in whole units, money asks for a fresh proof where an organisation has not said: what a day's
// small purchases stay below, in each currency about the same. Other currencies: asksFromElse.
var asksFrom = map[string]int64{"IDR": 10_000_000, "VND": 15_000_000, "KRW": 900_000, "JPY": 100_000, "INR": 50_000, "PHP": 35_000, "THB": 20_000,
	"HKD": 5000, "CNY": 4500, "MYR": 2500, "AED": 2400, "SAR": 2400}

const asksFromElse = 600

// AsksFrom is from which amount on money asks for a fresh proof where the organisation has set no limit of its own.
func AsksFrom(c money.Currency) money.Minor {
	n, ok := asksFrom[c.Code]
	if !ok {
		n = asksFromElse
	}
	return money.Minor(n * c.Factor())
}

// FreshMoney asks for a fresh proof where an amount reaches the limit of the acting organisation, or, where it has set none, that of
// the portal. An amount of another currency than the one the organisation's own limit is in cannot be held against it, and is asked
// for always.
func (s *Service) FreshMoney(ctx context.Context, a access.Actor, cur money.Currency, amount money.Minor) error {
	if a.Session == 0 {
		return nil
	}
	l, err := s.limitOf(ctx, a.Org)
	if err != nil {
		return err
	}
	from := money.Minor(l.StepUpFrom)
	if from <= 0 {
		from, l.Currency = AsksFrom(cur), cur.Code
	}
	if cur.Code == l.Currency && amount < from {
		return nil
	}
	return s.Fresh(ctx, a)
}

// limit is from which amount on, in an organisation's own currency, a fresh proof is asked for; 0: it has not said.
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

// Shown is what is shown to an open session.
type Shown struct {
	Password  string
	Code      string // of an authenticator app, or a recovery code
	Ceremony  string // with Assertion: what BeginPasskey answered
	Assertion []byte
	Device    string // the cookie of a device that has signed in before
}

// StepUp makes the acting session fresh by a passkey, a code, or, for those who have no second factor, the password. Guesses count
// as those of a sign-in do, and together with them.
//
// Errors: invalid_fields (password), sign_in.code_wrong, sign_in.wait, passkey.refused, busy; step_up_password where there is none,
// step_up_provider where a new sign-in at the organisation's provider is needed instead; step_up_person.
func (s *Service) StepUp(ctx context.Context, a access.Actor, in Shown) error {
	if a.Scopes != nil {
		return errs.New(errs.Forbidden, "step_up_person")
	}
	m, err := s.Means(ctx, a)
	if err != nil {
		return err
	}
	second := m.TOTP || m.Passkey
	if !second && !m.Password && len(in.Assertion) == 0 {
		if m.Provider {
			return errs.New(errs.Forbidden, "step_up_provider")
		}
		return errs.New(errs.Forbidden, "step_up_password")
	}
	p, err := s.living(ctx, a.Person)
	if err != nil {
		return err
	}
	names := s.guessed(a, in, p, second)
	if err := s.try(ctx, names, s.clock.Now()); err != nil {
		return err
	}
	if err := s.shown(ctx, a, in, second); err != nil {
		if errs.Is(err, errs.Busy) {
			s.unjudged(ctx, names)
		}
		return err
	}
	return s.freshen(ctx, a, names)
}

// guessed are whom a try is counted for: the session, which alone waits, since what others do elsewhere must not keep out who is in;
// and whom a sign-in is counted for, so that what was tried inside counts at the door.
func (s *Service) guessed(a access.Actor, in Shown, p personRow, second bool) []name {
	inside := own(freePair, "step up", a.Session.String())
	if a.Vouched { // a provider opens as many sessions as it likes: guesses count for the person
		inside = own(freePair, "step up", "sso", a.Person.String())
	}
	switch {
	case len(in.Assertion) > 0: // nobody guesses a passkey
		return []name{inside}
	case second:
		return []name{inside, shared(never, "second", a.Person.String())}
	case s.knows(in.Device, p.Email): // nobody else has its cookie
		return []name{inside, own(freePair, "account", p.Email, "device "+in.Device)}
	}
	return []name{inside, shared(never, "account", p.Email, place(a.IP))}
}

// shown judges what is shown.
func (s *Service) shown(ctx context.Context, a access.Actor, in Shown, second bool) error {
	switch {
	case len(in.Assertion) > 0:
		who, err := s.assert(ctx, in.Ceremony, in.Assertion, a.Person)
		if err == nil && who != a.Person {
			err = errs.New(errs.Forbidden, "passkey.refused")
		}
		return err
	case second:
		return s.code(ctx, a.Person, in.Code)
	}
	err := s.right(ctx, a.Person, in.Password, "password")
	if errs.Is(err, errs.Invalid) {
		s.Stats.Wrong.Add(1)
		if rerr := s.refusedSignIn(ctx, a.Person, "password", a.IP); rerr != nil {
			return rerr
		}
	}
	return err
}

// freshen makes the acting session fresh, and takes back what was counted: it was right.
func (s *Service) freshen(ctx context.Context, a access.Actor, names []name) error {
	now := s.clock.Now()
	return s.d.InTx(ctx, func(ctx context.Context) error {
		if err := s.forgive(ctx, names); err != nil {
			return err
		}
		if err := s.d.W(ctx).Model(&sessionRow{}).Where("id = ? AND person = ?", a.Session, a.Person).Update("fresh_us", now).Error; err != nil {
			return err
		}
		return audit.Record(ctx, s.d, a.By(), now, "session.stepped_up", a.Session, audit.One("fresh_us", int64(0), int64(now)))
	})
}

// right holds a password against the account's. Errors: invalid_fields at field, busy.
func (s *Service) right(ctx context.Context, person id.ID, password, field string) error {
	p, err := s.living(ctx, person)
	if err != nil {
		return err
	}
	ok, err := s.hash.matches(ctx, password, p.Password)
	if err == nil && (!ok || p.Password == "") {
		code := "person.wrong_password"
		if field == "old_password" {
			code = "person.old_password"
		}
		err = errs.OnFields("invalid_fields", errs.F(field, code))
	}
	return err
}
