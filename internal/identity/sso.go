package identity

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/outward"
)

// An organisation may name its own identity provider (OpenID Connect: authorization code with PKCE, state and nonce). It vouches
// for members of that organisation only, by an e-mail address that it has verified and that lies in the organisation's domains;
// what it opens acts for that organisation alone, and touches nothing that belongs to the person: a provider could otherwise make
// itself a way into whatever else the person has. The organisation may ask for it: then no other way leads in.

// Policy is how the people of an organisation sign in.
type Policy struct {
	Issuer     string // https://accounts.example.com; "" for none
	ClientID   string
	HasSecret  bool
	Domains    []string // of e-mail addresses that the provider may vouch for
	Required   bool     // the provider is the only way in
	StepUpFrom int64    // payments from this amount (of the smallest unit) on ask for a fresh factor; 0: none
	Version    int64    // 0 while nothing was ever set
}

// SetPolicy is a policy as it is entered; Secret "" keeps the one that is there.
type SetPolicy struct {
	Issuer, ClientID, Secret, Domains string
	Required                          bool
	StepUpFrom                        int64
	Version                           int64
	Key                               audit.Key
}

type policyRow struct {
	Org          id.ID `gorm:"primaryKey"`
	Issuer       string
	ClientID     string
	ClientSecret []byte
	Domains      string
	Required     bool
	StepUpFrom   int64
	Version      int64
}

func (policyRow) TableName() string { return "sign_in_policy" }

type subjectRow struct {
	Org       id.ID  `gorm:"primaryKey"`
	Subject   []byte `gorm:"primaryKey"`
	Person    id.ID
	CreatedUs clock.Instant
}

func (subjectRow) TableName() string { return "sign_in_subject" }

func (s *Service) policy(ctx context.Context, org id.ID) (policyRow, error) {
	var rows []policyRow
	err := s.d.R(ctx).Where("org = ?", org).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return policyRow{Org: org}, err
	}
	return rows[0], nil
}

func (s *Service) onlySSO(ctx context.Context, org id.ID) (bool, error) {
	p, err := s.policy(ctx, org)
	return p.Required && p.Issuer != "", err
}

// PolicyOf is the policy of the acting organisation. Right: person manage.
func (s *Service) PolicyOf(ctx context.Context, a access.Actor) (Policy, error) {
	if err := s.gate.Require(ctx, a, access.Own, "person", "manage"); err != nil {
		return Policy{}, err
	}
	r, err := s.policy(ctx, a.Org)
	return r.policy(), err
}

func (r policyRow) policy() Policy {
	return Policy{r.Issuer, r.ClientID, len(r.ClientSecret) > 0, strings.Fields(r.Domains), r.Required, r.StepUpFrom, r.Version}
}

// SetPolicy changes the policy of the acting organisation. Who asks for the provider alone must have come in by it, so that nobody
// locks himself out. Right: person manage, with a fresh factor. Errors: invalid_fields, changed, sso.try_first.
func (s *Service) SetPolicy(ctx context.Context, a access.Actor, n SetPolicy) (Policy, error) {
	if err := s.gate.Require(ctx, a, access.Own, "person", "manage"); err != nil {
		return Policy{}, err
	}
	if err := s.Fresh(ctx, a); err != nil {
		return Policy{}, err
	}
	r, err := s.checkPolicy(n)
	if err != nil {
		return Policy{}, err
	}
	_, _, err = audit.Once(ctx, s.d, a.Org, n.Key, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		return a.Org, s.setPolicy(ctx, a, n, r)
	})
	if err != nil {
		return Policy{}, err
	}
	return s.PolicyOf(ctx, a)
}

func (s *Service) setPolicy(ctx context.Context, a access.Actor, n SetPolicy, r policyRow) error {
	was, err := s.policy(ctx, a.Org)
	if err != nil {
		return err
	}
	if was.Version != n.Version {
		return errs.New(errs.Conflict, "changed")
	}
	r.Org, r.Version, r.ClientSecret = a.Org, was.Version+1, was.ClientSecret
	if r.Issuer != was.Issuer || r.Issuer == "" {
		r.ClientSecret = nil // a secret goes to the provider that it was given by, and to no other
	}
	if n.Secret != "" {
		key, err := s.Key()
		if err != nil {
			return err
		}
		r.ClientSecret = key.Seal("oidc/"+a.Org.String(), []byte(n.Secret))
	}
	if r.Required {
		var way []string
		if err := s.d.R(ctx).Raw("SELECT way FROM session WHERE id = ? AND person = ?", a.Session, a.Person).Scan(&way).Error; err != nil {
			return err
		}
		if was.Issuer != r.Issuer || len(way) == 0 || way[0] != wayOf(a.Org) {
			return errs.New(errs.Conflict, "sso.try_first")
		}
	}
	if was.Version == 0 {
		r.ClientSecret = orEmpty(r.ClientSecret)
		err = s.d.W(ctx).Create(&r).Error
		if db.Classify(err) == db.Duplicate {
			err = errs.New(errs.Conflict, "changed")
		}
	} else {
		u := s.d.W(ctx).Model(&policyRow{}).Where("org = ? AND version = ?", a.Org, was.Version).Updates(map[string]any{"issuer": r.Issuer,
			"client_id": r.ClientID, "client_secret": orEmpty(r.ClientSecret), "domains": r.Domains, "required": r.Required, "step_up_from": r.StepUpFrom, "version": r.Version})
		if err = u.Error; err == nil && u.RowsAffected == 0 {
			err = errs.New(errs.Conflict, "changed")
		}
	}
	if err != nil {
		return err
	}
	if was.Issuer != r.Issuer { // a subject of the old provider says nothing about the new one's
		if err := s.d.W(ctx).Where("org = ?", a.Org).Delete(&subjectRow{}).Error; err != nil {
			return err
		}
	}
	if r.Required && !was.Required {
		err := s.d.W(ctx).Exec("UPDATE session SET ended_us = ? WHERE org = ? AND way <> ? AND ended_us = 0", s.clock.Now(), a.Org, wayOf(a.Org)).Error
		if err != nil {
			return err
		}
	}
	diff := audit.Diff(map[string][2]any{"issuer": {was.Issuer, r.Issuer}, "client_id": {was.ClientID, r.ClientID}, "domains": {was.Domains, r.Domains},
		"required": {was.Required, r.Required}, "step_up_from": {was.StepUpFrom, r.StepUpFrom},
		"client_secret": {secretSaid(was.ClientSecret, nil), secretSaid(r.ClientSecret, was.ClientSecret)}})
	if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "org.sign_in_set", a.Org, diff); err != nil {
		return err
	}
	return s.d.BumpMaster(ctx)
}

// secretSaid says of a secret that there is one, and whether it is another than before; never more.
func secretSaid(sealed, before []byte) string {
	switch {
	case len(sealed) == 0:
		return ""
	case len(before) > 0 && !bytes.Equal(sealed, before):
		return "replaced"
	}
	return "set"
}

func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func (s *Service) checkPolicy(n SetPolicy) (policyRow, error) {
	r := policyRow{Issuer: strings.TrimRight(strings.TrimSpace(n.Issuer), "/"), ClientID: strings.TrimSpace(n.ClientID), Required: n.Required, StepUpFrom: n.StepUpFrom, ClientSecret: []byte{}}
	var bad []errs.Field
	if n.StepUpFrom < 0 {
		bad = append(bad, errs.F("step_up_from", "sso.amount"))
	}
	r.Domains = strings.Join(domainsOf(n.Domains), " ")
	if r.Issuer == "" {
		r.ClientID, r.Domains, r.Required = "", "", false
	} else {
		u, err := url.Parse(r.Issuer)
		if _, wrong := s.outside().Check(r.Issuer); err != nil || wrong != "" || u.RawQuery != "" || len(r.Issuer) > 300 {
			bad = append(bad, errs.F("issuer", "sso.issuer"))
		}
		if r.ClientID == "" || len(r.ClientID) > 200 {
			bad = append(bad, errs.F("client_id", "required"))
		}
		if len(n.Secret) > 500 {
			bad = append(bad, errs.F("secret", "sso.secret"))
		}
		if r.Domains == "" || len(r.Domains) > 500 {
			bad = append(bad, errs.F("domains", "sso.domains"))
		}
	}
	if len(bad) > 0 {
		return r, errs.OnFields("invalid_fields", bad...)
	}
	return r, nil
}

func domainsOf(s string) []string {
	var out []string
	for _, d := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '\n' || r == '\r' || r == '\t' }) {
		if strings.Contains(d, ".") && !strings.ContainsAny(d, "@/:*") {
			out = append(out, strings.Trim(d, "."))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

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
		if p, err = oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), client), r.Issuer); err != nil {
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

type going struct {
	Org      id.ID  `json:"org"`
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Next     string `json:"next"`
}

// BeginSSO finds the provider of the organisation with this code and answers where to send the browser; token, kept in a cookie of
// that browser, ties the way back to it. Errors: sso.unknown, the same for an organisation that does not exist; sso.refused.
func (s *Service) BeginSSO(ctx context.Context, code, ip, next string) (to, token string, err error) {
	if err := s.try(ctx, []name{{trace("sso", place(ip)), freeAddress}}, s.clock.Now()); err != nil {
		return "", "", err
	}
	var rows []policyRow
	err = s.d.R(ctx).Raw("SELECT p.* FROM sign_in_policy p JOIN org o ON o.id = p.org WHERE o.code = ? AND o.active = ? AND p.issuer <> ''", strings.TrimSpace(code), true).Scan(&rows).Error
	if err != nil {
		return "", "", err
	}
	if len(rows) != 1 {
		return "", "", errs.New(errs.Invalid, "sso.unknown")
	}
	_, conf, _, err := s.provider(ctx, rows[0])
	if err != nil {
		return "", "", err
	}
	g := going{rows[0].Org, newToken(), newToken(), oauth2.GenerateVerifier(), next}
	if token, err = s.mint(ctx, "sso", 0, g, ceremonyWithin*2); err != nil {
		return "", "", err
	}
	return conf.AuthCodeURL(g.State, oidc.Nonce(g.Nonce), oauth2.S256ChallengeOption(g.Verifier)), token, nil
}

// FinishSSO opens a session for whom the provider vouches. next is where BeginSSO was asked to lead.
// Errors: sign_in.link_stale, sso.refused, sso.no_member: not a member, an address that is not verified or of another domain.
func (s *Service) FinishSSO(ctx context.Context, token, state, code string, in SignIn) (session string, out Session, next string, err error) {
	var g going
	if _, err := s.take(ctx, "sso", token, &g); err != nil {
		return "", Session{}, "", err
	}
	if subtle.ConstantTimeCompare([]byte(g.State), []byte(state)) != 1 || code == "" {
		return "", Session{}, "", errProvider(errors.New("another state"))
	}
	r, err := s.policy(ctx, g.Org)
	if err != nil {
		return "", Session{}, "", err
	}
	if r.Issuer == "" {
		return "", Session{}, "", stale()
	}
	p, conf, ctx, err := s.provider(ctx, r)
	if err != nil {
		return "", Session{}, "", err
	}
	t, err := conf.Exchange(ctx, code, oauth2.VerifierOption(g.Verifier))
	if err != nil {
		return "", Session{}, "", errProvider(err)
	}
	raw, _ := t.Extra("id_token").(string)
	who, err := p.Verifier(&oidc.Config{ClientID: conf.ClientID, Now: func() time.Time { return s.clock.Now().Time() }}).Verify(ctx, raw)
	if err != nil {
		return "", Session{}, "", errProvider(err)
	}
	if subtle.ConstantTimeCompare([]byte(who.Nonce), []byte(g.Nonce)) != 1 {
		return "", Session{}, "", errProvider(errors.New("another nonce"))
	}
	person, err := s.vouched(ctx, r, who)
	if err != nil {
		s.Stats.SSO.Add(1)
		return "", Session{}, "", err
	}
	in.Org = g.Org
	session, out, err = s.let(ctx, person, in, wayOf(g.Org), nil)
	return session, out, g.Next, err
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
