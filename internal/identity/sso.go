package identity

import (
	"bytes"
	"context"
	"net/url"
	"slices"
	"strings"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
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
	StepUpFrom int64    // payments from this amount (of the smallest unit) on ask for a fresh proof; 0: the portal's limit, see AsksFrom
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
