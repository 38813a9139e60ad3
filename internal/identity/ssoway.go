package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/outward"
)

// errProvider is whatever went wrong at the other side: the log knows what.
func errProvider(cause error) error {
	return errs.Wrap(errs.Forbidden, "sso.refused", cause)
}

// outside says what may be called of what users have named.
func (s *Service) outside() (c outward.Config) {
	if s.Loopback {
		c.Allow = outward.Loopback
	}
	return c
}

func (s *Service) provider(ctx context.Context, r policyRow) (*oidc.Provider, *oauth2.Config, context.Context, error) {
	client := outward.Client(s.outside())
	ctx = oidc.ClientContext(ctx, client)
	type shop struct {
		p     *oidc.Provider
		until clock.Instant
	}
	var p *oidc.Provider
	if v, ok := s.shops.Load(r.Issuer); ok && v.(shop).until > s.clock.Now() {
		p = v.(shop).p
	} else {
		var err error
		if p, err = discover(oidc.ClientContext(context.WithoutCancel(ctx), client), r.Issuer); err != nil {
			return nil, nil, nil, errProvider(err)
		}
		s.shops.Store(r.Issuer, shop{p, s.clock.Now().Add(time.Hour)})
	}
	secret := ""
	if len(r.ClientSecret) > 0 {
		key, err := s.Key()
		if err != nil {
			return nil, nil, nil, err
		}
		b, err := key.Open("oidc/"+r.Org.String(), r.ClientSecret)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("the secret of organisation %d's identity provider cannot be read: %w", r.Org, err)
		}
		secret = string(b)
	}
	return p, &oauth2.Config{ClientID: r.ClientID, ClientSecret: secret, Endpoint: p.Endpoint(), RedirectURL: strings.TrimRight(s.URL, "/") + "/sign-in/sso/back",
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}, ctx, nil
}

// discover reads what a provider says of itself. Its own word for its name holds, to the letter: many end it in "/", which people
// leave out or add when they enter it.
func discover(ctx context.Context, issuer string) (*oidc.Provider, error) {
	p, err := oidc.NewProvider(ctx, issuer)
	var other *oidc.IssuerMismatchError
	if errors.As(err, &other) && strings.TrimRight(other.Discovered, "/") == strings.TrimRight(issuer, "/") {
		return oidc.NewProvider(ctx, other.Discovered)
	}
	return p, err
}

type going struct {
	Org      id.ID         `json:"org"`
	Session  id.ID         `json:"session,omitempty"` // that is to be made fresh; 0: one is to be opened
	State    string        `json:"state"`
	Nonce    string        `json:"nonce"`
	Verifier string        `json:"verifier"`
	Next     string        `json:"next"`
	Asked    clock.Instant `json:"asked,omitempty"`
}

// BeginSSO finds the provider of the organisation with this code and answers where to send the browser; token, kept in a cookie of
// that browser, ties the way back to it. Codes that lead nowhere are counted for the network, and make those that lead nowhere wait:
// nobody who has a provider to go to waits for what others do. The portal's rate of requests bounds the rest.
//
// Errors: sso.unknown, the same for an organisation that does not exist; sign_in.wait for these alone; sso.refused.
func (s *Service) BeginSSO(ctx context.Context, code, ip, next string) (to, token string, err error) {
	var rows []policyRow
	err = s.d.R(ctx).Raw("SELECT p.* FROM sign_in_policy p JOIN org o ON o.id = p.org WHERE o.code = ? AND o.active = ? AND p.issuer <> ''", strings.TrimSpace(code), true).Scan(&rows).Error
	if err != nil {
		return "", "", err
	}
	if len(rows) != 1 {
		if err := s.try(ctx, []name{shared(freeAddress, "sso unknown", place(ip))}, s.clock.Now()); err != nil {
			return "", "", err
		}
		return "", "", errs.New(errs.Invalid, "sso.unknown")
	}
	_, conf, _, err := s.provider(ctx, rows[0])
	if err != nil {
		return "", "", err
	}
	g := going{Org: rows[0].Org, State: newToken(), Nonce: newToken(), Verifier: oauth2.GenerateVerifier(), Next: next}
	if token, err = s.mint(ctx, "sso", 0, g, ceremonyWithin*2); err != nil {
		return "", "", err
	}
	return conf.AuthCodeURL(g.State, oidc.Nonce(g.Nonce), oauth2.S256ChallengeOption(g.Verifier)), token, nil
}

// FinishSSO opens a session for whom the provider vouches. It is fresh where the provider says that the person has shown itself there
// just now, and not where it only knew the browser again. next is where BeginSSO was asked to lead.
//
// Errors: sign_in.link_stale, sso.refused, sso.no_member: not a member, an address that is not verified or of another domain.
func (s *Service) FinishSSO(ctx context.Context, token, state, code string, in SignIn) (session string, out Session, next string, err error) {
	var g going
	if _, err := s.take(ctx, "sso", token, &g); err != nil {
		return "", Session{}, "", err
	}
	r, who, err := s.answered(ctx, g, state, code)
	if err != nil {
		return "", Session{}, "", err
	}
	person, err := s.vouched(ctx, r, who)
	if err != nil {
		s.Stats.SSO.Add(1)
		return "", Session{}, "", err
	}
	in.Org = g.Org
	if at := shownAt(who); at.Add(FreshFor) > s.clock.Now() && at <= s.clock.Now().Add(skew) {
		in.fresh = min(at, s.clock.Now())
	}
	session, out, err = s.let(ctx, person, in, wayOf(g.Org))
	return session, out, g.Next, err
}

// skew is how far a provider's clock may be from ours.
const skew = time.Minute

// shownAt is when the person has shown itself to the provider; 0 where it does not say.
func shownAt(who *oidc.IDToken) clock.Instant {
	var claims struct {
		At int64 `json:"auth_time"`
	}
	if who.Claims(&claims) != nil || claims.At <= 0 || claims.At > 1<<40 {
		return 0
	}
	return clock.Instant(claims.At * 1_000_000)
}

// answered redeems what came back from a provider for what the provider says.
func (s *Service) answered(ctx context.Context, g going, state, code string) (policyRow, *oidc.IDToken, error) {
	if subtle.ConstantTimeCompare([]byte(g.State), []byte(state)) != 1 || code == "" {
		return policyRow{}, nil, errProvider(errors.New("another state"))
	}
	r, err := s.policy(ctx, g.Org)
	if err != nil {
		return r, nil, err
	}
	if r.Issuer == "" {
		return r, nil, stale()
	}
	p, conf, ctx, err := s.provider(ctx, r)
	if err != nil {
		return r, nil, err
	}
	t, err := conf.Exchange(ctx, code, oauth2.VerifierOption(g.Verifier))
	if err != nil {
		return r, nil, errProvider(err)
	}
	raw, _ := t.Extra("id_token").(string)
	who, err := p.Verifier(&oidc.Config{ClientID: conf.ClientID, Now: func() time.Time { return s.clock.Now().Time() }}).Verify(ctx, raw)
	if err != nil {
		return r, nil, errProvider(err)
	}
	if subtle.ConstantTimeCompare([]byte(who.Nonce), []byte(g.Nonce)) != 1 {
		return r, nil, errProvider(errors.New("another nonce"))
	}
	return r, who, nil
}

// BeginStepUp answers where to send the browser of somebody whom an organisation's provider let in, and who has neither a second
// factor nor a password here: to that provider, which is to ask the person anew. token is kept in a cookie, as with BeginSSO.
// Errors: step_up_required {with} where something else is to be shown, sign_in.wait, sso.refused.
func (s *Service) BeginStepUp(ctx context.Context, a access.Actor) (to, token string, err error) {
	m, err := s.Means(ctx, a)
	if err != nil {
		return "", "", err
	}
	if !m.Provider {
		return "", "", errs.New(errs.Forbidden, "step_up_required", "with", m.First())
	}
	if err := s.try(ctx, again(a), s.clock.Now()); err != nil {
		return "", "", err
	}
	r, err := s.policy(ctx, a.Org)
	if err != nil {
		return "", "", err
	}
	_, conf, _, err := s.provider(ctx, r)
	if err != nil {
		return "", "", err
	}
	g := going{Org: a.Org, Session: a.Session, State: newToken(), Nonce: newToken(), Verifier: oauth2.GenerateVerifier(), Asked: s.clock.Now()}
	if token, err = s.mint(ctx, "sso.again", a.Person, g, ceremonyWithin*2); err != nil {
		return "", "", err
	}
	return conf.AuthCodeURL(g.State, oidc.Nonce(g.Nonce), oauth2.S256ChallengeOption(g.Verifier), oauth2.SetAuthURLParam("prompt", "login"),
		oauth2.SetAuthURLParam("max_age", "0")), token, nil
}

// FinishStepUp makes the acting session fresh, where its provider says that its person has shown itself there since BeginStepUp.
// Errors: sign_in.link_stale, sso.refused, sso.no_member; step_up_silent where the provider does not say when.
func (s *Service) FinishStepUp(ctx context.Context, a access.Actor, token, state, code string) error {
	var g going
	if _, err := s.take(ctx, "sso.again", token, &g); err != nil {
		return err
	}
	if g.Session != a.Session || g.Org != a.Org || !a.Vouched {
		return stale()
	}
	r, who, err := s.answered(ctx, g, state, code)
	if err != nil {
		return err
	}
	person, err := s.vouched(ctx, r, who)
	if err == nil && person != a.Person {
		err = errs.Wrap(errs.Forbidden, "sso.no_member", errors.New("another person"))
	}
	if err != nil {
		s.Stats.SSO.Add(1)
		return err
	}
	if at := shownAt(who); at.Add(skew) < g.Asked || at > s.clock.Now().Add(skew) {
		return errs.New(errs.Forbidden, "step_up_silent")
	}
	return s.freshen(ctx, a, again(a))
}

// again is whom going to a provider anew is counted for: the session, until the provider has said who is there.
func again(a access.Actor) []name {
	return []name{own(freeAddress, "sso again", a.Session.String())}
}

// vouched is the member that a provider means: by its subject where it is known, else by a verified address, which ties the two.
func (s *Service) vouched(ctx context.Context, r policyRow, who *oidc.IDToken) (person id.ID, err error) {
	var claims struct {
		Email    string `json:"email"`
		Verified any    `json:"email_verified"`
	}
	if err := who.Claims(&claims); err != nil {
		return 0, errProvider(err)
	}
	no := func(why string) error { return errs.Wrap(errs.Forbidden, "sso.no_member", errors.New(why)) }
	email, err := foldEmail(claims.Email)
	if err != nil || (claims.Verified != true && claims.Verified != "true") {
		return 0, no("the address is not verified")
	}
	if at := strings.LastIndexByte(email, '@'); !slices.Contains(strings.Fields(r.Domains), email[at+1:]) {
		return 0, no("the address is of another domain")
	}
	ref := hashToken(r.Issuer + "\x00" + who.Subject)
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		person = 0
		var known []subjectRow
		if err := s.d.W(ctx).Where("org = ? AND subject = ?", r.Org, ref).Find(&known).Error; err != nil {
			return err
		}
		q := "SELECT p.id FROM person p JOIN membership m ON m.person = p.id AND m.org = ? WHERE p.active = ? AND "
		var found []id.ID
		var err error
		if len(known) > 0 {
			err = s.d.W(ctx).Raw(q+"p.id = ?", r.Org, true, known[0].Person).Scan(&found).Error
		} else {
			err = s.d.W(ctx).Raw(q+"p.email = ?", r.Org, true, email).Scan(&found).Error
		}
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return no("no member of the organisation")
		}
		person = found[0]
		if len(known) > 0 {
			return nil
		}
		if err := s.d.W(ctx).Create(&subjectRow{r.Org, ref, person, s.clock.Now()}).Error; err != nil {
			return err
		}
		return audit.Record(ctx, s.d, id.By{Person: person, Org: r.Org}, s.clock.Now(), "person.sso_linked", person, audit.One("issuer", "", r.Issuer))
	})
	return person, err
}
