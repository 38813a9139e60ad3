package identity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/identity"
	"saluran/internal/mail"
	"saluran/policies"
)

// hijacked is an account that somebody made with a victim's address and a password of the own choice, and gave a passkey, an
// authenticator app, recovery codes, a key of the API and sessions: nobody ever followed a letter to its mailbox.
type hijacked struct {
	*world
	keys    *identity.Keys
	person  id.ID
	session string
	passkey *authenticator
	codes   []string
	api     string
}

func hijack(t *testing.T, w *world) *hijacked {
	h := &hijacked{world: w}
	h.person = w.seed(t, 11, "producer", "victim@rival.id", "owner")
	w.raw(t, "UPDATE person SET confirmed_us = 0 WHERE id = ?", h.person)
	var a access.Actor
	h.session, a = w.signIn(t, "victim@rival.id")
	_, h.codes = w.enrol(t, a)
	h.passkey = w.own(t, a)
	gate, err := access.New(policies.Model, policies.Grants)
	require.NoError(t, err)
	h.keys = identity.NewKeys(w.d, w.clock, gate)
	_, h.api, err = h.keys.Make(t.Context(), a, audit.Key{}, identity.NewKey{Name: "k", Scopes: []string{"order:read"}, Life: 24 * time.Hour * 30})
	require.NoError(t, err)
	return h
}

func (w *world) raw(t *testing.T, sql string, args ...any) {
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
		if err := w.d.W(ctx).Exec(sql, args...).Error; err != nil {
			return err
		}
		return w.d.BumpMaster(ctx)
	}))
}

// out says that nothing of what the account was given opens it any more.
func (h *hijacked) out(t *testing.T) {
	_, _, err := h.s.Actor(t.Context(), h.session)
	require.Equal(t, errs.Unauthenticated, errs.KindOf(err), "the session")
	_, _, err = h.keys.Actor(t.Context(), h.api)
	require.Error(t, err, "the key of the API")
	_, _, err = h.s.SignIn(t.Context(), identity.SignIn{Email: "victim@rival.id", Password: "a long secret", Kind: "web", IP: "10.1.1.1"})
	require.Equal(t, "sign_in.wrong", errs.CodeOf(err), "the password")
	h.passkey.count = 9
	options, ceremony, err := h.s.BeginPasskey(t.Context(), 0)
	require.NoError(t, err)
	_, _, err = h.s.SignInByPasskey(t.Context(), ceremony, h.passkey.answer(t, options), identity.SignIn{Kind: "web", IP: "10.1.1.1", Org: 11})
	require.Error(t, err, "the passkey")
	var left int64
	require.NoError(t, h.d.R(t.Context()).Raw("SELECT (SELECT COUNT(*) FROM factor WHERE person = ?) + (SELECT COUNT(*) FROM recovery_code WHERE person = ?)", h.person, h.person).Scan(&left).Error)
	require.Zero(t, left)
}

func TestTheFirstResetTakesAnAccountFromWhoMadeItForAnother(t *testing.T) {
	w := newWorld(t)
	sink := door(t, w)
	h := hijack(t, w)
	require.NoError(t, w.s.Forgot(t.Context(), "victim@rival.id", identity.From{IP: "10.9.9.9"}))
	link := linksOf(t, w, sink, "victim@rival.id", "/reset/")[0]
	require.NoError(t, w.s.Reset(t.Context(), link, "the victims own one"))
	h.out(t)
	token, _, err := w.s.SignIn(t.Context(), identity.SignIn{Email: "victim@rival.id", Password: "the victims own one", Kind: "web", IP: "10.9.9.9"})
	require.NoError(t, err)
	// What the owner sets up from now on is the owner's, and stays through the next letter.
	_, a, err := actorOf(t, w, token)
	require.NoError(t, err)
	w.enrol(t, a)
	require.NoError(t, w.s.Forgot(t.Context(), "victim@rival.id", identity.From{IP: "10.9.9.9"}))
	link = linksOf(t, w, sink, "victim@rival.id", "/reset/")[0]
	require.NoError(t, w.s.Reset(t.Context(), link, "yet another of mine"))
	_, _, err = w.s.SignIn(t.Context(), identity.SignIn{Email: "victim@rival.id", Password: "yet another of mine", Kind: "web", IP: "10.9.9.9"})
	require.Equal(t, "sign_in.code_needed", errs.CodeOf(err), "a mailbox alone does not do away with a second factor")
	require.NoError(t, w.s.Mail.Deliver(t.Context()))
	require.Contains(t, sink.Letters("victim@rival.id")[0].Text, "aplikasi autentikator", "the letter says what remains")
}

func actorOf(t *testing.T, w *world, token string) (string, access.Actor, error) {
	a, csrf, err := w.s.Actor(t.Context(), token)
	return csrf, a, err
}

// TestAMailedCodeAloneTakesNoFactorAway: the first code that anybody types does away with a password that stood there before, and a
// letter says so; a second factor it leaves, and asks for it.
func TestAMailedCodeAloneTakesNoFactorAway(t *testing.T) {
	w := newWorld(t)
	sink := door(t, w)
	h := hijack(t, w)
	mailed := func() (string, string, error) {
		token, err := w.s.MailCode(t.Context(), "victim@rival.id", identity.From{IP: "10.9.9.9"})
		require.NoError(t, err)
		session, _, pending, err := w.s.Mailed(t.Context(), token, lastCode(t, w, sink, "victim@rival.id"), identity.SignIn{Kind: "web", IP: "10.9.9.9"})
		return session, pending, err
	}
	_, pending, err := mailed()
	require.Equal(t, "sign_in.code_needed", errs.CodeOf(err))
	var left int64
	require.NoError(t, w.d.R(t.Context()).Raw("SELECT COUNT(*) FROM factor WHERE person = ?", h.person).Scan(&left).Error)
	require.EqualValues(t, 2, left)
	require.Zero(t, proofs(t, w, sink))
	_, _, err = w.s.Second(t.Context(), pending, h.codes[0], identity.SignIn{Kind: "web", IP: "10.9.9.9"})
	require.NoError(t, err, "who reads the mailbox and has the factor is one person")
	_, _, err = w.s.SignIn(t.Context(), identity.SignIn{Email: "victim@rival.id", Password: "a long secret", Kind: "web", IP: "10.9.9.9"})
	require.Equal(t, "sign_in.code_needed", errs.CodeOf(err), "and loses nothing")

	w.raw(t, "UPDATE person SET confirmed_us = 0 WHERE id = ?", h.person)
	w.raw(t, "DELETE FROM factor WHERE person = ?", h.person)
	session, _, err := mailed()
	require.NoError(t, err)
	require.Equal(t, 1, proofs(t, w, sink), "a letter says what went")
	h.out(t)
	_, _, err = w.s.Actor(t.Context(), session)
	require.NoError(t, err)
}

// lastCode is the code of the latest letter.
func lastCode(t *testing.T, w *world, sink *mail.Sink, to string) (code string) {
	require.NoError(t, w.s.Mail.Deliver(t.Context()))
	all := sink.Letters(to)
	for last := id.ID(0); len(all) > 0; all = all[1:] {
		if c := codeIn(all[0].Text); c != "" && all[0].ID > last {
			code, last = c, all[0].ID
		}
	}
	require.NotEmpty(t, code)
	return code
}

// proofs counts the letters that say that an account is its owner's now.
func proofs(t *testing.T, w *world, sink *mail.Sink) (n int) {
	require.NoError(t, w.s.Mail.Deliver(t.Context()))
	for _, l := range sink.Letters("") {
		if strings.Contains(l.Text, "diikuti untuk pertama kali") {
			n++
		}
	}
	return n
}

// TestWhatTheCommandLineMakesIsVouchedFor: an account without a password that is given one on the command line is its person's, and
// the first mailed code takes neither password nor factor away.
func TestWhatTheCommandLineMakesIsVouchedFor(t *testing.T) {
	w := newWorld(t)
	sink := door(t, w)
	_, err := w.s.Seed(t.Context(), 11, "producer", identity.NewPerson{Email: "ani@example.id", Name: "Ani", Role: "owner", Locked: true})
	require.NoError(t, err)
	require.NoError(t, w.s.ResetPassword(t.Context(), "ani@example.id", "a long secret"))
	w.seed(t, 11, "producer", "budi@example.id", "owner")
	for _, email := range []string{"ani@example.id", "budi@example.id"} {
		var at int64
		require.NoError(t, w.d.R(t.Context()).Raw("SELECT confirmed_us FROM person WHERE email = ?", email).Scan(&at).Error)
		require.NotZero(t, at, email)
		token, err := w.s.MailCode(t.Context(), email, identity.From{IP: "10.9.9.9"})
		require.NoError(t, err)
		_, _, _, err = w.s.Mailed(t.Context(), token, lastCode(t, w, sink, email), identity.SignIn{Kind: "web", IP: "10.9.9.9"})
		require.NoError(t, err)
		w.signIn(t, email)
	}
	require.Zero(t, proofs(t, w, sink))
}

func TestAnInvitationTakesAnAccountFromWhoMadeItForAnother(t *testing.T) {
	w := newWorld(t)
	door(t, w)
	h := hijack(t, w)
	admit, err := w.s.Ready(t.Context(), "victim@rival.id", "V", "en", "the victims own one", "", "10.1.1.1", "")
	require.NoError(t, err, "like an address that is new: the other's password is not asked for")
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
		_, err := admit(ctx, id.By{Org: 12}, 12, "owner")
		return err
	}))
	h.out(t)
	_, _, err = w.s.SignIn(t.Context(), identity.SignIn{Email: "victim@rival.id", Password: "the victims own one", Kind: "web", IP: "10.9.9.9", Org: 12})
	require.NoError(t, err)
}

func TestJoiningAsksForTheSecondFactor(t *testing.T) {
	w := newWorld(t)
	door(t, w)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, a := w.signIn(t, "ani@example.id")
	secret, codes := w.enrol(t, a)
	for code, want := range map[string]string{"": "person.invited_code", "000000": "sign_in.code_wrong", "AAAA-AAAA-AAAA-AAAA": "sign_in.code_wrong"} {
		_, err := w.s.Ready(t.Context(), "ani@example.id", "", "id", "a long secret", code, "10.1.1.1", "")
		require.Equal(t, errs.Invalid, errs.KindOf(err))
		require.Contains(t, err.Error(), want)
	}
	_, err := w.s.Ready(t.Context(), "ani@example.id", "", "id", "not this one", codes[0], "10.1.1.1", "")
	require.Contains(t, err.Error(), "person.invited_password", "the password comes first")
	w.pass(time.Minute)
	_, err = w.s.Ready(t.Context(), "ani@example.id", "", "id", "a long secret", w.code(t, secret), "10.1.1.1", "")
	require.NoError(t, err)
	w.pass(time.Minute)
	_, err = w.s.Ready(t.Context(), "ani@example.id", "", "id", "a long secret", codes[0], "10.1.1.1", "")
	require.NoError(t, err)
}

// TestALetterToTheOwnDataProvesTheMailbox: the first letter does away with what stood there before its owner came, and its link goes on
// working; one that went to another address does not.
func TestALetterToTheOwnDataProvesTheMailbox(t *testing.T) {
	w := newWorld(t)
	sink := door(t, w)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, a := w.signIn(t, "ani@example.id")
	w.enrol(t, a)
	unproven := func(at int64) {
		require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
			return w.d.W(ctx).Exec("UPDATE person SET confirmed_us = ? WHERE email = 'ani@example.id'", at).Error
		}))
	}
	unproven(0)
	link := func() string {
		require.NoError(t, w.s.AskOwnData(t.Context(), "ani@example.id", identity.From{IP: "10.1.1.1"}))
		require.NoError(t, w.s.Mail.Deliver(t.Context()))
		all := sink.Letters("ani@example.id")
		for _, l := range all {
			if _, token, ok := strings.Cut(l.Link, "/my-data/"); ok && l.ID == lastOf(all) {
				return token
			}
		}
		t.Fatal("no link")
		return ""
	}
	token := link()
	for range 2 {
		who, err := w.s.ByLetter(t.Context(), token, "", "10.1.1.1")
		require.NoError(t, err, "nobody is asked for a factor of another")
		require.Equal(t, a.Person, who.Person)
		require.Zero(t, who.Org)
	}
	all, _, err := w.s.Factors(t.Context(), a)
	require.NoError(t, err)
	require.Empty(t, all)
	w.pass(2 * time.Hour)
	_, err = w.s.ByLetter(t.Context(), token, "", "10.1.1.1")
	require.Equal(t, "sign_in.link_stale", errs.CodeOf(err), "for an hour")
	token = link()
	for range 20 {
		_, err = w.s.ByLetter(t.Context(), token, "", "10.1.1.1")
		require.NoError(t, err)
	}
	_, err = w.s.ByLetter(t.Context(), token, "", "10.1.1.1")
	require.Equal(t, "sign_in.link_stale", errs.CodeOf(err), "and not for ever")
}

func lastOf(all []mail.Letter) (no id.ID) {
	for _, l := range all {
		no = max(no, l.ID)
	}
	return no
}
