package identity

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"saluran/internal/access"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// ceremonyWithin is how long a challenge may be answered, once.
const ceremonyWithin = 5 * time.Minute

// holder is a person as go-webauthn asks for one. The user handle is the person's id, sealed with nothing: it names no one.
type holder struct {
	personRow
	keys []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return handle(h.ID) }
func (h holder) WebAuthnName() string                       { return h.Email }
func (h holder) WebAuthnDisplayName() string                { return h.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

func handle(person id.ID) []byte {
	return binary.BigEndian.AppendUint64([]byte("p"), uint64(person))
}

func personOf(h []byte) id.ID {
	if len(h) != 9 || h[0] != 'p' {
		return 0
	}
	return id.ID(binary.BigEndian.Uint64(h[1:]))
}

func (s *Service) party() (*webauthn.WebAuthn, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("passkeys need the portal's address (SALURAN_URL): %q", s.URL)
	}
	within := webauthn.TimeoutConfig{Enforce: true, Timeout: ceremonyWithin, TimeoutUVD: ceremonyWithin}
	return webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: "Saluran", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference:  protocol.PreferNoAttestation,
		AuthenticatorSelection: webauthn.SelectAuthenticator("", yes(), string(protocol.VerificationRequired)),
		Timeouts:               webauthn.TimeoutsConfig{Login: within, Registration: within}})
}

func yes() *bool { b := true; return &b }

// holderOf reads a person with the passkeys of the account.
func (s *Service) holderOf(ctx context.Context, person id.ID) (holder, []factorRow, error) {
	p, err := s.living(ctx, person)
	if err != nil {
		return holder{}, nil, err
	}
	var rows []factorRow
	if err := s.d.R(ctx).Where("person = ? AND kind = 'passkey'", person).Find(&rows).Error; err != nil || len(rows) == 0 {
		return holder{personRow: p}, nil, err
	}
	key, err := s.Key()
	if err != nil {
		return holder{}, nil, err
	}
	h := holder{personRow: p}
	for _, r := range rows {
		b, err := key.Open("passkey/"+person.String(), r.Secret)
		if err != nil {
			return holder{}, nil, fmt.Errorf("passkey %d cannot be read: %w", r.ID, err)
		}
		var c webauthn.Credential
		if err := json.Unmarshal(b, &c); err != nil {
			return holder{}, nil, fmt.Errorf("passkey %d: %w", r.ID, err)
		}
		h.keys = append(h.keys, c)
	}
	return h, rows, nil
}

// BeginAddPasskey answers what the browser's navigator.credentials.create is to be asked, as JSON, and the token that goes with
// its answer. Needs a fresh factor.
func (s *Service) BeginAddPasskey(ctx context.Context, a access.Actor) (options []byte, ceremony string, err error) {
	if err := s.freshSelf(ctx, a); err != nil {
		return nil, "", err
	}
	w, err := s.party()
	if err != nil {
		return nil, "", err
	}
	h, rows, err := s.holderOf(ctx, a.Person)
	if err != nil {
		return nil, "", err
	}
	if len(rows) >= maxFactors {
		return nil, "", errs.New(errs.Conflict, "factor.too_many")
	}
	made, session, err := w.BeginRegistration(h, webauthn.WithExclusions(descriptors(h.keys)), webauthn.WithResidentKeyRequirement(protocol.ResidentKeyRequirementRequired))
	if err != nil {
		return nil, "", err
	}
	if options, err = json.Marshal(made); err != nil {
		return nil, "", err
	}
	ceremony, err = s.mint(ctx, "passkey.add", a.Person, session, ceremonyWithin)
	return options, ceremony, err
}

func descriptors(keys []webauthn.Credential) []protocol.CredentialDescriptor {
	out := make([]protocol.CredentialDescriptor, len(keys))
	for i, c := range keys {
		out[i] = c.Descriptor()
	}
	return out
}

func refusedKey(cause error) error { return errs.Wrap(errs.Forbidden, "passkey.refused", told(cause)) }

// told opens the detail that the library keeps apart, for the log.
func told(err error) error {
	var p *protocol.Error
	if errors.As(err, &p) {
		return fmt.Errorf("%s: %s", p.Details, p.DevInfo)
	}
	return err
}

// AddPasskey keeps the passkey that the browser made. All other sessions end; codes are recovery codes, as in ConfirmTOTP.
// Errors: factor.name, passkey.refused, sign_in.link_stale, passkey.taken.
func (s *Service) AddPasskey(ctx context.Context, a access.Actor, ceremony, name string, answer []byte) (codes []string, err error) {
	if err := a.Oneself(); err != nil {
		return nil, err
	}
	if name, err = factorName(name); err != nil {
		return nil, err
	}
	var session webauthn.SessionData
	r, err := s.take(ctx, "passkey.add", ceremony, &session)
	if err != nil {
		return nil, err
	}
	if r.Person != a.Person {
		return nil, stale()
	}
	w, err := s.party()
	if err != nil {
		return nil, err
	}
	h, _, err := s.holderOf(ctx, a.Person)
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, refusedKey(err)
	}
	c, err := w.CreateCredential(h, session, parsed)
	if err != nil {
		return nil, refusedKey(err)
	}
	key, err := s.Key()
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	f := factorRow{ID: s.d.IDs.Next(), Person: a.Person, Kind: "passkey", Name: name, Ref: hashToken("passkey/" + string(c.ID)),
		Secret: key.Seal("passkey/"+a.Person.String(), b), CreatedUs: now}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		if err := s.d.W(ctx).Create(&f).Error; err != nil {
			if db.Classify(err) == db.Duplicate {
				return errs.Wrap(errs.Conflict, "passkey.taken", err)
			}
			return err
		}
		codes, err = s.added(ctx, a, f)
		return err
	})
	return codes, err
}

// BeginPasskey answers what navigator.credentials.get is to be asked. person 0: any passkey of this portal, which says whose it is.
func (s *Service) BeginPasskey(ctx context.Context, person id.ID) (options []byte, ceremony string, err error) {
	w, err := s.party()
	if err != nil {
		return nil, "", err
	}
	var asked *protocol.CredentialAssertion
	var session *webauthn.SessionData
	if person == 0 {
		asked, session, err = w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	} else {
		h, rows, herr := s.holderOf(ctx, person)
		if herr != nil {
			return nil, "", herr
		}
		if len(rows) == 0 {
			return nil, "", errs.New(errs.Conflict, "factor.none")
		}
		asked, session, err = w.BeginLogin(h, webauthn.WithUserVerification(protocol.VerificationRequired))
	}
	if err != nil {
		return nil, "", err
	}
	if options, err = json.Marshal(asked); err != nil {
		return nil, "", err
	}
	ceremony, err = s.mint(ctx, "passkey.get", person, session, ceremonyWithin)
	return options, ceremony, err
}

// assert judges the answer to a challenge, which it uses up, and answers whose passkey it was. want is whose it must be; 0: anybody's.
func (s *Service) assert(ctx context.Context, ceremony string, answer []byte, want id.ID) (id.ID, error) {
	var session webauthn.SessionData
	asked, err := s.take(ctx, "passkey.get", ceremony, &session)
	if err != nil {
		return 0, err
	}
	if asked.Person != want {
		return 0, stale()
	}
	w, err := s.party()
	if err != nil {
		return 0, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return 0, refusedKey(err)
	}
	var h holder
	var rows []factorRow
	var c *webauthn.Credential
	if want != 0 {
		if h, rows, err = s.holderOf(ctx, want); err != nil {
			return 0, err
		}
		c, err = w.ValidateLogin(h, session, parsed)
	} else {
		c, err = w.ValidateDiscoverableLogin(func(_, userHandle []byte) (webauthn.User, error) {
			h, rows, err = s.holderOf(ctx, personOf(userHandle))
			return h, err
		}, session, parsed)
	}
	if err != nil {
		return 0, refusedKey(err)
	}
	return h.ID, s.used(ctx, h, rows, c)
}

// used keeps what an assertion moved. A sign count that fell back says that there are two of the passkey: it is refused.
func (s *Service) used(ctx context.Context, h holder, rows []factorRow, c *webauthn.Credential) error {
	if c.Authenticator.CloneWarning {
		s.Stats.SecondWrong.Add(1)
		return errs.New(errs.Forbidden, "passkey.cloned")
	}
	key, err := s.Key()
	if err != nil {
		return err
	}
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	ref := string(hashToken("passkey/" + string(c.ID)))
	for _, r := range rows {
		if string(r.Ref) != ref {
			continue
		}
		return s.d.InTx(ctx, func(ctx context.Context) error {
			// the sign count as a step: of two answers with one count, one is let in
			step := int64(c.Authenticator.SignCount)
			u := s.d.W(ctx).Exec("UPDATE factor SET secret = ?, last_step = ?, used_us = ? WHERE id = ? AND (last_step < ? OR ? = 0)",
				key.Seal("passkey/"+h.ID.String(), b), step, s.clock.Now(), r.ID, step, step)
			if u.Error == nil && u.RowsAffected == 0 {
				return errs.New(errs.Forbidden, "passkey.cloned")
			}
			return u.Error
		})
	}
	return errs.New(errs.Forbidden, "passkey.refused")
}

// SignInByPasskey opens a session for whoever's passkey answered. It is two factors in one: what one has, and the device's own
// check of who holds it. Nobody guesses one, and each challenge is answered once, so that no address is counted.
func (s *Service) SignInByPasskey(ctx context.Context, ceremony string, answer []byte, in SignIn) (string, Session, error) {
	person, err := s.assert(ctx, ceremony, answer, 0)
	if err != nil {
		s.Stats.Wrong.Add(1)
		return "", Session{}, err
	}
	return s.let(ctx, person, in, "passkey")
}

// SecondByPasskey finishes a sign-in that was left half done.
func (s *Service) SecondByPasskey(ctx context.Context, pending, ceremony string, answer []byte, in SignIn) (string, Session, error) {
	r, err := s.look(ctx, "second", pending, nil)
	if err != nil {
		return "", Session{}, err
	}
	if _, err := s.assert(ctx, ceremony, answer, r.Person); err != nil {
		return "", Session{}, err
	}
	return s.finish(ctx, pending, r.Person, in, "passkey", nil)
}

// BeginSecond is BeginPasskey for a sign-in that was left half done.
func (s *Service) BeginSecond(ctx context.Context, pending string) (options []byte, ceremony string, err error) {
	r, err := s.look(ctx, "second", pending, nil)
	if err != nil {
		return nil, "", err
	}
	return s.BeginPasskey(ctx, r.Person)
}

// let opens a session for a person who has been recognised whole.
func (s *Service) let(ctx context.Context, person id.ID, in SignIn, way string) (token string, out Session, err error) {
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		p, err := s.living(ctx, person)
		if err != nil {
			return err
		}
		token, out, err = s.open(ctx, p, in, way)
		return err
	})
	return token, out, err
}
