package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/mail"
)

// What letters open, and for how long. Whoever asks for one is told the same, and does the same work, whether or not the address
// has an account.
const (
	resetWithin  = 30 * time.Minute
	mailedWithin = 10 * time.Minute
	changeWithin = 24 * time.Hour
	mailedTries  = 5
	lettersEach  = 5  // a day, of a kind, to an account: asked for from one network, or by one known device
	lettersFrom  = 40 // a day, asked for from one network, known devices apart
	lettersMost  = 10 // in lettersSpan, of a kind, to an account: asked for by strangers, wherever they are
	lettersSpan  = 3 * time.Hour
	familiarFor  = 90 * 24 * time.Hour
)

// From is where somebody comes from who asks for a letter. Device is the cookie of a device that has signed in before.
type From struct{ IP, Device string }

// addressed finds the account that a letter goes to; zero where there is none, it is closed, or enough letters were written.
//
// A device that has signed in before, and a network that the account has signed in from lately, are counted for themselves: however
// many letters strangers ask for, they leave the owner's alone.
func (s *Service) addressed(ctx context.Context, kind, email string, from From) (personRow, error) {
	email, err := foldEmail(email)
	if err != nil {
		return personRow{}, err
	}
	var rows []personRow
	if err := s.d.R(ctx).Where("email = ? AND active = ?", email, true).Find(&rows).Error; err != nil {
		return personRow{}, err
	}
	if len(rows) == 0 {
		rows = make([]personRow, 1) // what follows is as much work as for an account
	}
	now, net := s.clock.Now(), place(from.IP)
	known, err := s.familiar(ctx, rows[0].ID, net)
	if err != nil {
		return personRow{}, err
	}
	names := []name{shared(lettersFrom, "letters from", net), shared(lettersEach, "letter", kind, email, net)}
	switch {
	case s.knows(from.Device, email):
		names = []name{shared(lettersEach, "letter", kind, email, "device "+from.Device)}
	case !known:
		span := int64(now) / int64(lettersSpan/time.Microsecond)
		names = append(names, shared(lettersMost, "letters of strangers", kind, email, strconv.FormatInt(span, 10)))
	}
	ok, err := s.budget(ctx, now, names...)
	if err != nil || !ok {
		return personRow{}, err
	}
	return rows[0], nil
}

// familiar tells whether a person has signed in from a network lately, by own means: what an organisation's provider opened says
// nothing of the person.
func (s *Service) familiar(ctx context.Context, person id.ID, net string) (bool, error) {
	var rows []struct{ Ip, Way string }
	err := s.d.R(ctx).Raw("SELECT ip, way FROM session WHERE person = ? AND created_us > ? ORDER BY id DESC LIMIT 500", person, s.clock.Now().Add(-familiarFor)).Scan(&rows).Error
	for _, r := range rows {
		if r.Ip != "" && !vouchedWay(r.Way) && place(r.Ip) == net {
			return true, err
		}
	}
	return false, err
}

// Forgot writes a letter with a link that sets a new password. It is silent about whether there is such an account. Links of
// letters before go on working: who asks in another's name voids nothing. Errors: invalid_fields where the address is none.
func (s *Service) Forgot(ctx context.Context, email string, from From) error {
	p, err := s.addressed(ctx, "reset", email, from)
	if err != nil {
		return err
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		token, err := s.mint(ctx, "reset", p.ID, struct{}{}, resetWithin)
		if err != nil || s.Mail == nil {
			return err
		}
		if p.ID == 0 { // as much work as for an account
			_, err := s.mint(ctx, "none", 0, struct{}{}, time.Second)
			return err
		}
		return s.Mail.Send(ctx, mail.Message{To: p.Email, Lang: p.Lang, Kind: "password_reset", Args: map[string]string{"name": p.Name},
			Link: "/reset/" + token, Life: resetWithin})
	})
}

// MayReset tells whether a link for a new password still holds.
func (s *Service) MayReset(ctx context.Context, token string) error {
	r, err := s.look(ctx, "reset", token, nil)
	if err == nil && r.Person == 0 {
		err = stale()
	}
	return err
}

// Reset sets a new password by the link of a letter, once; every session of the account ends, and the invitations that it has sent
// and nobody has taken up: who lost the password may not have been alone with it. Second factors and keys of the API
// stay, and the letter that says so names them, unless this is the first letter of the account that anybody follows: see proven.
func (s *Service) Reset(ctx context.Context, token, fresh string) error {
	if err := s.MayReset(ctx, token); err != nil {
		return err
	}
	if err := checkPassword(fresh); err != nil {
		return err
	}
	hash, err := s.hash.hash(ctx, fresh)
	if err != nil {
		return err
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		r, err := s.take(ctx, "reset", token, nil)
		if err != nil {
			return err
		}
		p, err := s.living(ctx, r.Person)
		if err != nil {
			return err
		}
		if err := s.proven(ctx, id.By{Person: p.ID}, &p); err != nil {
			return err
		}
		if err := s.doubt(ctx, id.By{Person: p.ID}, p.ID); err != nil {
			return err
		}
		return s.newPassword(ctx, id.By{Person: p.ID}, p, hash, 0)
	})
}

// remaining names what still opens an account after its password was changed, in the words of its person.
func (s *Service) remaining(ctx context.Context, p personRow) (string, error) {
	var all []factorRow
	if err := s.d.R(ctx).Where("person = ?", p.ID).Order("kind DESC, id").Find(&all).Error; err != nil {
		return "", err
	}
	var keys int64
	err := s.d.R(ctx).Raw("SELECT COUNT(*) FROM api_key WHERE person = ? AND ended_us = 0 AND expires_us > ?", p.ID, s.clock.Now()).Scan(&keys).Error
	if err != nil {
		return "", err
	}
	var lines []string
	for _, f := range all {
		lines = append(lines, i18n.T(i18n.Lang(p.Lang), "reset.left_"+f.Kind, "name", f.Name, "since", i18n.Date(i18n.Lang(p.Lang), f.CreatedUs.In("Asia/Jakarta"))))
	}
	if keys > 0 {
		lines = append(lines, i18n.T(i18n.Lang(p.Lang), "reset.left_keys", "n", strconv.FormatInt(keys, 10)))
	}
	if len(lines) == 0 {
		return i18n.T(i18n.Lang(p.Lang), "reset.left_none"), nil
	}
	return strings.Join(lines, "\n"), nil
}

// newPassword keeps a new password and ends what the old one had opened.
func (s *Service) newPassword(ctx context.Context, by id.By, p personRow, hash string, keep id.ID) error {
	err := s.d.W(ctx).Model(&personRow{}).Where("id = ?", p.ID).Updates(map[string]any{"password": hash, "version": p.Version + 1}).Error
	if err != nil {
		return err
	}
	if err := s.endAll(ctx, p.ID, keep); err != nil {
		return err
	}
	if err := s.void(ctx, p.ID, "reset", "second", "mailed"); err != nil {
		return err
	}
	if err := audit.Record(ctx, s.d, by, s.clock.Now(), "person.password_set", p.ID, audit.One("password", "", "replaced")); err != nil {
		return err
	}
	left, err := s.remaining(ctx, p)
	if err != nil {
		return err
	}
	if err := s.tell(ctx, p, "password_changed", map[string]string{"name": p.Name, "left": left}); err != nil {
		return err
	}
	return s.d.BumpMaster(ctx)
}

type mailed struct {
	MAC []byte `json:"mac"`
}

// MailCode writes a letter with a code of eight figures that signs in, in the browser that asked for it alone: token goes with it.
// Codes of letters before go on working, in the browsers that asked for them.
func (s *Service) MailCode(ctx context.Context, email string, from From) (token string, err error) {
	p, err := s.addressed(ctx, "code", email, from)
	if err != nil {
		return "", err
	}
	key, err := s.Key()
	if err != nil {
		return "", err
	}
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		return "", err
	}
	code := fmt.Sprintf("%08d", n)
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		token, err = s.mint(ctx, "mailed", p.ID, mailed{key.MAC("mailed/"+p.ID.String(), []byte(code))}, mailedWithin)
		if err != nil || s.Mail == nil {
			return err
		}
		if p.ID == 0 {
			_, err := s.mint(ctx, "none", 0, struct{}{}, time.Second)
			return err
		}
		return s.Mail.Send(ctx, mail.Message{To: p.Email, Lang: p.Lang, Kind: "sign_in_code", Args: map[string]string{"name": p.Name, "code": code[:4] + " " + code[4:]}, Life: mailedWithin})
	})
	return token, err
}

// Mailed signs in by a code that came by mail. Where the person has a second factor, pending stands for the half that is done; also
// where no letter to the mailbox was ever followed before: a mailed code alone takes no factor away.
//
// A letter's code has eight figures and five tries, and letters are few (see addressed): some hundred guesses a day of a hundred
// million. So no address is counted, and this way in stays open whatever others do from there.
// Errors: sign_in.code_wrong, sign_in.link_stale, sign_in.code_needed.
func (s *Service) Mailed(ctx context.Context, token, code string, in SignIn) (session string, out Session, pending string, err error) {
	var m mailed
	r, err := s.look(ctx, "mailed", token, &m)
	if err != nil {
		return "", Session{}, "", err
	}
	if err := s.attempt(ctx, r, mailedTries); err != nil {
		return "", Session{}, "", err
	}
	key, err := s.Key()
	if err != nil {
		return "", Session{}, "", err
	}
	if !hmac.Equal(m.MAC, key.MAC("mailed/"+r.Person.String(), []byte(figures(code)))) || r.Person == 0 {
		s.Stats.Wrong.Add(1)
		return "", Session{}, "", errs.New(errs.Unauthenticated, "sign_in.code_wrong")
	}
	second := false
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.take(ctx, "mailed", token, nil); err != nil {
			return err
		}
		p, err := s.living(ctx, r.Person)
		if err != nil {
			return err
		}
		if second, err = s.hasFactor(ctx, r.Person); err != nil {
			return err
		}
		if second {
			pending, err = s.mint(ctx, "second", r.Person, half{Kind: in.Kind, Org: in.Org, Mail: true}, secondWithin)
			return err
		}
		if err := s.proven(ctx, id.By{Person: p.ID}, &p); err != nil {
			return err
		}
		session, out, err = s.open(ctx, p, in, "mail")
		return err
	})
	if err == nil && second {
		err = errs.New(errs.Unauthenticated, "sign_in.code_needed")
	}
	return session, out, pending, err
}

// figures are the figures of what was typed.
func figures(s string) string {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			out = append(out, s[i])
		}
	}
	return string(out)
}

type moving struct {
	To string `json:"to"`
}

// ChangeEmail writes to the address so far and to the new one; when both links have been followed, the account has moved. An
// address that has an account already is written to as well, and nothing else happens. Needs a fresh factor.
func (s *Service) ChangeEmail(ctx context.Context, a access.Actor, to string) error {
	if err := s.freshSelf(ctx, a); err != nil {
		return err
	}
	to, err := foldEmail(to)
	if err != nil {
		return err
	}
	p, err := s.living(ctx, a.Person)
	if err != nil {
		return err
	}
	if to == p.Email {
		return errs.OnFields("invalid_fields", errs.F("email", "person.same_email"))
	}
	ok, err := s.budget(ctx, s.clock.Now(), shared(lettersEach, "letter", "change", p.Email), shared(lettersEach, "letter", "change", to))
	if err != nil {
		return err
	}
	if !ok {
		return errs.New(errs.Busy, "sign_in.letters_enough")
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		if err := s.void(ctx, p.ID, "email.old", "email.new"); err != nil {
			return err
		}
		was, err := s.mint(ctx, "email.old", p.ID, moving{to}, changeWithin)
		if err != nil {
			return err
		}
		will, err := s.mint(ctx, "email.new", p.ID, moving{to}, changeWithin)
		if err != nil {
			return err
		}
		if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), "person.email_asked", p.ID, audit.One("email", "confirmed", "asked to change")); err != nil || s.Mail == nil {
			return err
		}
		err = s.Mail.Send(ctx, mail.Message{To: p.Email, Lang: p.Lang, Kind: "email_change_old", Args: map[string]string{"name": p.Name, "email": to}, Link: "/account/email/" + was, Life: changeWithin})
		if err != nil {
			return err
		}
		return s.Mail.Send(ctx, mail.Message{To: to, Lang: p.Lang, Kind: "email_change_new", Args: map[string]string{"name": p.Name, "email": to}, Link: "/account/email/" + will, Life: changeWithin})
	})
}

// ConfirmEmail follows one of the two links. done says that it was the second: the account has moved.
// Errors: sign_in.link_stale; Conflict person.has_account where somebody else has the address meanwhile.
func (s *Service) ConfirmEmail(ctx context.Context, token string) (done bool, err error) {
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		done = false
		var m moving
		mine, other := "email.old", "email.new"
		if _, err := s.look(ctx, mine, token, nil); err != nil {
			mine, other = other, mine
		}
		r, err := s.take(ctx, mine, token, &m)
		if err != nil {
			return err
		}
		var open int64
		if err := s.d.W(ctx).Model(&oneTimeRow{}).Where("person = ? AND kind = ? AND used_us = 0", r.Person, other).Count(&open).Error; err != nil || open > 0 {
			return err
		}
		done = true
		return s.move(ctx, r.Person, m.To)
	})
	return done, err
}

func (s *Service) move(ctx context.Context, person id.ID, to string) error {
	p, err := s.living(ctx, person)
	if err != nil {
		return err
	}
	err = s.d.W(ctx).Model(&personRow{}).Where("id = ?", person).Updates(map[string]any{"email": to, "version": p.Version + 1}).Error
	if db.Classify(err) == db.Duplicate {
		return errs.Wrap(errs.Conflict, "person.has_account", err)
	}
	if err != nil {
		return err
	}
	if err := s.endAll(ctx, person, 0); err != nil {
		return err
	}
	if err := s.void(ctx, person, "own_data"); err != nil { // it went to the mailbox before
		return err
	}
	if err := audit.Record(ctx, s.d, id.By{Person: person}, s.clock.Now(), "person.email_changed", person, audit.One("email", "confirmed", "changed and confirmed")); err != nil {
		return err
	}
	return s.d.BumpMaster(ctx)
}
