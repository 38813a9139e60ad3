package identity_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/identity"
	"saluran/internal/mail"
	"saluran/internal/money"
	"saluran/internal/secret"
)

// door gives a world a key, a post office and an address.
func door(t *testing.T, w *world) *mail.Sink {
	key, err := secret.New(bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	sink := &mail.Sink{}
	w.s.Door = identity.Door{Key: func() (*secret.Key, error) { return key, nil }, URL: "https://portal.example", Loopback: true,
		Mail: mail.New(mail.Config{DB: w.d, Clock: w.clock, URL: "https://portal.example", Carrier: sink})}
	return sink
}

func (w *world) pass(d time.Duration) { w.clock.Set(w.clock.Now().Add(d)) }

func (w *world) code(t *testing.T, secret string) string {
	c, err := totp.GenerateCode(secret, w.clock.Now().Time())
	require.NoError(t, err)
	return c
}

// enrol sets up an authenticator app and answers its secret and the recovery codes.
func (w *world) enrol(t *testing.T, a access.Actor) (string, []string) {
	e, err := w.s.BeginTOTP(t.Context(), a)
	require.NoError(t, err)
	codes, err := w.s.ConfirmTOTP(t.Context(), a, e.Token, w.code(t, e.Secret))
	require.NoError(t, err)
	return e.Secret, codes
}

func ani(extra ...func(*identity.SignIn)) identity.SignIn {
	in := identity.SignIn{Email: "ani@example.id", Password: "a long secret", Kind: "web", IP: "10.1.1.1"}
	for _, f := range extra {
		f(&in)
	}
	return in
}

func TestPasswordsOfTheWorldAreRefused(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, a := w.signIn(t, "ani@example.id")
	for _, bad := range []string{"short", "password", "PASSWORD1", "baseball", "trustno1", "12345678", "aaaaaaaaaaaa", "abcabc12abcabc12"[:6] + "abcabc", "sayang123", strings.Repeat("x9", 65)} {
		require.Equal(t, errs.Invalid, errs.KindOf(w.s.ChangePassword(t.Context(), a, "a long secret", bad)), bad)
	}
	for i, good := range []string{"correct horse", "kopi pahit di pagi", strings.Repeat("k4", 64), "huruf-saja-cukup"} {
		old := append([]string{"a long secret"}, "correct horse", "kopi pahit di pagi", strings.Repeat("k4", 64))[i]
		require.NoError(t, w.s.ChangePassword(t.Context(), a, old, good), good)
	}
}

func TestSecondFactor(t *testing.T) {
	w := newWorld(t)
	sink := door(t, w)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	token, a := w.signIn(t, "ani@example.id")
	other, _ := w.signIn(t, "ani@example.id")
	secret, codes := w.enrol(t, a)
	require.Len(t, codes, 10)
	_, _, err := w.s.Actor(t.Context(), token)
	require.NoError(t, err)
	_, _, err = w.s.Actor(t.Context(), other)
	require.Error(t, err, "other sessions end")
	var kept [][]byte
	require.NoError(t, w.d.R(t.Context()).Raw("SELECT secret FROM factor").Scan(&kept).Error)
	require.NotContains(t, string(kept[0]), secret, "the secret is sealed")
	require.NoError(t, w.s.Mail.Deliver(t.Context()))
	require.NotEmpty(t, sink.Letters("ani@example.id"))

	_, out, err := w.s.SignIn(t.Context(), ani())
	require.Equal(t, "sign_in.code_needed", errs.CodeOf(err))
	now := w.code(t, secret)
	_, _, err = w.s.Second(t.Context(), out.Pending, now, ani())
	require.Error(t, err)
	require.NotEqual(t, "internal", errs.CodeOf(err), "%v", err)
	require.Equal(t, "sign_in.code_wrong", errs.CodeOf(err), "the code that confirmed the app is used up")
	w.pass(30 * time.Second)
	session, _, err := w.s.Second(t.Context(), out.Pending, w.code(t, secret), ani())
	require.NoError(t, err)
	require.NotEmpty(t, session)
	_, _, err = w.s.Second(t.Context(), out.Pending, codes[0], ani())
	require.Equal(t, "sign_in.link_stale", errs.CodeOf(err), "the half is used up")

	_, _, err = w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.Code = w.code(t, secret) }))
	require.Equal(t, "sign_in.code_wrong", errs.CodeOf(err), "a code is used once")
	w.pass(time.Minute)
	early := w.code(t, secret)
	w.pass(30 * time.Second)
	_, _, err = w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.Code = early }))
	require.NoError(t, err, "the step before still counts")
	w.pass(90 * time.Second)
	_, _, err = w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.Code = early }))
	require.Error(t, err, "an older one does not")
	_, _, err = w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.Code = strings.ToLower(codes[3]) }))
	require.NoError(t, err)
	_, _, err = w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.Code = codes[3] }))
	require.Equal(t, "sign_in.code_wrong", errs.CodeOf(err), "a recovery code is used once")

	_, out, err = w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.IP = "10.9.9.9" }))
	require.Equal(t, "sign_in.code_needed", errs.CodeOf(err))
	for range 5 {
		_, _, err = w.s.Second(t.Context(), out.Pending, "000000", ani())
		require.Equal(t, "sign_in.code_wrong", errs.CodeOf(err))
		w.pass(3 * time.Second)
	}
	w.pass(30 * time.Second)
	_, _, err = w.s.Second(t.Context(), out.Pending, w.code(t, secret), ani())
	require.Equal(t, "sign_in.link_stale", errs.CodeOf(err), "after five tries the half is worth nothing")
}

func TestTwoHundredReplaysOfOneCode(t *testing.T) {
	w := newWorld(t)
	door(t, w)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, a := w.signIn(t, "ani@example.id")
	secret, _ := w.enrol(t, a)
	w.pass(time.Minute)
	code := w.code(t, secret)
	var ok, bad int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 200 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			err := w.s.StepUp(context.Background(), a, identity.Shown{Code: code})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				ok++
			} else {
				bad++
			}
		}()
	}
	wg.Wait()
	require.Equal(t, 1, ok)
	require.Equal(t, 199, bad)
}

func TestStepUp(t *testing.T) {
	w := newWorld(t)
	door(t, w)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, a := w.signIn(t, "ani@example.id")
	require.NoError(t, w.s.Fresh(t.Context(), a), "who has just signed in is fresh")
	w.pass(identity.FreshFor)
	require.Equal(t, "step_up_required", errs.CodeOf(w.s.Fresh(t.Context(), a)))
	_, err := w.s.BeginTOTP(t.Context(), a)
	require.Equal(t, "step_up_required", errs.CodeOf(err), "a stolen session adds no factor of its own")
	require.Equal(t, "step_up_required", errs.CodeOf(w.s.Sure(t.Context(), a)), "who has no second factor is asked too")
	ten, portal := money.Minor(10_000_000_00), identity.AsksFrom(rupiah(t))
	require.Equal(t, ten, portal)
	require.NoError(t, w.s.FreshMoney(t.Context(), a, rupiah(t), portal-1))
	require.Equal(t, "step_up_required", errs.CodeOf(w.s.FreshMoney(t.Context(), a, rupiah(t), portal)), "an organisation that set no limit has the portal's")
	require.NoError(t, w.s.FreshMoney(t.Context(), a, dollar(t), 599_99))
	require.Equal(t, "step_up_required", errs.CodeOf(w.s.FreshMoney(t.Context(), a, dollar(t), 600_00)), "in every currency")
	require.Error(t, w.s.StepUp(t.Context(), a, identity.Shown{Password: "wrong wrong"}))
	require.Error(t, w.s.Fresh(t.Context(), a))
	require.NoError(t, w.s.StepUp(t.Context(), a, identity.Shown{Password: "a long secret"}))
	require.NoError(t, w.s.Fresh(t.Context(), a))
	require.NoError(t, w.s.FreshMoney(t.Context(), a, rupiah(t), 1e12))
	secret, _ := w.enrol(t, a)
	_, err = w.s.SetPolicy(t.Context(), a, identity.SetPolicy{StepUpFrom: 1000})
	require.NoError(t, err)
	w.pass(identity.FreshFor)
	require.Equal(t, "step_up_required", errs.CodeOf(w.s.Sure(t.Context(), a)))
	require.Error(t, w.s.StepUp(t.Context(), a, identity.Shown{Password: "a long secret"}), "the password is no second factor")
	require.NoError(t, w.s.FreshMoney(t.Context(), a, rupiah(t), 999))
	require.Equal(t, "step_up_required", errs.CodeOf(w.s.FreshMoney(t.Context(), a, rupiah(t), 1000)))
	require.NoError(t, w.s.StepUp(t.Context(), a, identity.Shown{Code: w.code(t, secret)}))
	require.NoError(t, w.s.FreshMoney(t.Context(), a, rupiah(t), 1000))
	w.pass(identity.FreshFor)
	require.Equal(t, "step_up_required", errs.CodeOf(w.s.FreshMoney(t.Context(), a, dollar(t), 1)), "a limit in rupiah says nothing of dollars")
	key := a
	key.Scopes = &access.Scopes{}
	require.Equal(t, "step_up_person", errs.CodeOf(w.s.FreshMoney(t.Context(), key, rupiah(t), 1000)), "a key has no factor to show")
	require.Equal(t, "step_up_person", errs.CodeOf(w.s.StepUp(t.Context(), key, identity.Shown{Password: "a long secret"})))
	require.NoError(t, w.s.FreshMoney(t.Context(), key, rupiah(t), 999))
	w.seed(t, 11, "producer", "budi@example.id", "finance")
	_, b := w.signIn(t, "budi@example.id")
	w.pass(identity.FreshFor)
	require.Equal(t, "step_up_required", errs.CodeOf(w.s.Sure(t.Context(), b)), "who has no second factor shows the password")
	require.NoError(t, w.s.StepUp(t.Context(), b, identity.Shown{Password: "a long secret"}))
	require.NoError(t, w.s.Sure(t.Context(), b))
	require.NoError(t, w.s.Sure(t.Context(), access.Actor{Person: b.Person, Org: 11}), "the program itself is not asked")
}

func dollar(t *testing.T) money.Currency {
	c, err := money.Lookup("USD")
	require.NoError(t, err)
	return c
}

func rupiah(t *testing.T) money.Currency {
	c, err := money.Lookup("IDR")
	require.NoError(t, err)
	return c
}

func TestSessionsEnd(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	budi := w.seed(t, 11, "producer", "budi@example.id", "sales")
	one, a := w.signIn(t, "ani@example.id")
	two, b := w.signIn(t, "ani@example.id")
	_, other := w.signIn(t, "budi@example.id")
	list, err := w.s.Sessions(t.Context(), a)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "127.0.0.1", list[0].IP)
	require.Equal(t, "password", list[0].Way)
	require.True(t, list[0].Current != list[1].Current && list[0].Created != 0 && list[0].OrgName == "P1", "%+v", list)
	require.Equal(t, errs.NotFound, errs.KindOf(w.s.EndSession(t.Context(), a, other.Session)), "another's session is not there")
	require.NoError(t, w.s.EndSession(t.Context(), a, b.Session))
	require.NoError(t, w.s.EndSession(t.Context(), a, b.Session), "twice is once")
	_, _, err = w.s.Actor(t.Context(), two)
	require.Equal(t, errs.Unauthenticated, errs.KindOf(err))

	tok, _, err := w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.Prior = one }))
	require.NoError(t, err)
	require.NotEqual(t, one, tok)
	_, _, err = w.s.Actor(t.Context(), one)
	require.Error(t, err, "signing in ends the session that the browser had")

	for range 3 {
		w.pass(identity.Idle - time.Minute)
		_, _, err = w.s.Actor(t.Context(), tok)
		require.NoError(t, err, "what is used stays open")
	}
	w.pass(identity.Idle + 6*time.Minute)
	_, _, err = w.s.Actor(t.Context(), tok)
	require.Equal(t, errs.Unauthenticated, errs.KindOf(err), "what is idle ends")
	tok, a = w.signIn(t, "ani@example.id")
	for range 15 {
		w.pass(48 * time.Hour)
		_, _, err = w.s.Actor(t.Context(), tok)
	}
	require.Equal(t, errs.Unauthenticated, errs.KindOf(err), "and none lasts for ever")
	tok, _ = w.signIn(t, "budi@example.id")
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
		if err := w.d.W(ctx).Exec("UPDATE person SET active = ? WHERE id = ?", false, budi).Error; err != nil {
			return err
		}
		return w.d.BumpMaster(ctx)
	}))
	_, _, err = w.s.Actor(t.Context(), tok)
	require.Error(t, err, "a closed account is out on the next request")
}

func TestNobodyLocksAnotherOut(t *testing.T) {
	w := newWorld(t)
	sink := door(t, w)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	device := w.s.Device("ani@example.id")
	for i := range 60 { // a guess from sixty places
		_, _, err := w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.IP = fmt.Sprint("10.7.0.", i); in.Password = "guess guess" }))
		require.Error(t, err)
	}
	_, _, err := w.s.SignIn(t.Context(), ani())
	require.Equal(t, "sign_in.wait", errs.CodeOf(err), "who comes from nowhere waits")
	require.EqualValues(t, 30, w.s.Stats.Wrong.Load(), "no more than thirty were judged")
	_, _, err = w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.Device = device }))
	require.NoError(t, err, "a known device is let in")
	mailed, err := w.s.MailCode(t.Context(), "ani@example.id", identity.From{IP: "10.3.3.3"})
	require.NoError(t, err)
	require.NoError(t, w.s.Mail.Deliver(t.Context()))
	_, _, _, err = w.s.Mailed(t.Context(), mailed, codeIn(sink.Letters("ani@example.id")[0].Text), ani())
	require.NoError(t, err, "and so is who reads the account's mail")
	for _, forged := range []string{"x", w.s.Device("budi@example.id"), device[:len(device)-2] + "AA"} {
		for range 8 {
			_, _, err = w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.Device = forged; in.IP = "10.8.8.8"; in.Password = "guess guess" }))
		}
		require.Equal(t, "sign_in.wait", errs.CodeOf(err), "a made-up device is none")
	}

	// A telephone in the office guesses at everybody: the office goes on working.
	office := "10.4.4.4"
	w.seed(t, 11, "producer", "budi@example.id", "owner")
	for i := range 60 {
		_, _, err := w.s.SignIn(t.Context(), identity.SignIn{Email: fmt.Sprint("nobody", i, "@example.id"), Password: "guess guess", Kind: "web", IP: office})
		require.Error(t, err)
	}
	budi := identity.SignIn{Email: "budi@example.id", Password: "a long secret", Kind: "web", IP: office}
	_, _, err = w.s.SignIn(t.Context(), budi)
	require.Equal(t, "sign_in.wait", errs.CodeOf(err), "who was never there waits with the rest")
	budi.Device = w.s.Device("budi@example.id")
	token, out, err := w.s.SignIn(t.Context(), budi)
	require.NoError(t, err, "a known device does not")
	require.NotEmpty(t, out.ID)
	a, _, err := w.s.Actor(t.Context(), token)
	require.NoError(t, err)
	a.IP = office
	require.NoError(t, w.s.StepUp(t.Context(), a, identity.Shown{Password: "a long secret"}), "nor does who is in")
	budi.Device, budi.Kind = "", "api"
	_, _, err = w.s.SignIn(t.Context(), budi)
	require.NoError(t, err, "nor a program, from where the account has signed in")
	for i := range 40 { // guesses at the account from everywhere
		_, _, _ = w.s.SignIn(t.Context(), identity.SignIn{Email: "budi@example.id", Password: "guess guess", Kind: "api", IP: fmt.Sprint("10.6.0.", i)})
	}
	_, _, err = w.s.SignIn(t.Context(), budi)
	require.NoError(t, err)
	budi.Password = "guess guess"
	judged := 0
	for range 40 {
		if _, _, err = w.s.SignIn(t.Context(), budi); errs.CodeOf(err) == "sign_in.wrong" {
			judged++
		}
	}
	require.Equal(t, 5, judged, "what is known is bounded by itself")
}

func TestWaitsGrow(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	last := 0
	for range 12 {
		_, _, err := w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.Password = "guess guess" }))
		if errs.CodeOf(err) != "sign_in.wait" {
			continue
		}
		n := seconds(t, err)
		require.GreaterOrEqual(t, n, last)
		last = n
		w.pass(time.Duration(n) * time.Second)
	}
	require.Greater(t, last, 2)
	_, _, err := w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.IP = "10.2.2.2" }))
	require.NoError(t, err)
	w.pass(25 * time.Hour)
	_, _, err = w.s.SignIn(t.Context(), ani())
	require.NoError(t, err, "tomorrow all is forgotten")
}

func seconds(t *testing.T, err error) int {
	m := regexp.MustCompile(`seconds="(\d+)"`).FindStringSubmatch(err.Error())
	require.Len(t, m, 2)
	n, _ := strconv.Atoi(m[1])
	return n
}

// codeIn is the code that a letter brings.
func codeIn(text string) string { return regexp.MustCompile(`\d{4} \d{4}`).FindString(text) }

func TestForgotten(t *testing.T) {
	w := newWorld(t)
	sink := door(t, w)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	token, _ := w.signIn(t, "ani@example.id")
	require.NoError(t, w.s.Forgot(t.Context(), "nobody@example.id", identity.From{IP: "10.1.1.1"}), "silent about who has an account")
	require.NoError(t, w.s.Forgot(t.Context(), "Ani@Example.id", identity.From{IP: "10.1.1.1"}))
	require.NoError(t, w.s.Mail.Deliver(t.Context()))
	require.Len(t, sink.Letters(""), 1)
	link := strings.TrimPrefix(sink.Letters("")[0].Link, "https://portal.example/reset/")
	require.NoError(t, w.s.MayReset(t.Context(), link))
	require.Equal(t, errs.Invalid, errs.KindOf(w.s.Reset(t.Context(), link, "password")))
	require.NoError(t, w.s.Reset(t.Context(), link, "something quite new"))
	require.Equal(t, "sign_in.link_stale", errs.CodeOf(w.s.Reset(t.Context(), link, "another new one")))
	_, _, err := w.s.Actor(t.Context(), token)
	require.Error(t, err, "sessions end")
	_, _, err = w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.Password = "something quite new" }))
	require.NoError(t, err)
	for range 20 {
		require.NoError(t, w.s.Forgot(t.Context(), "ani@example.id", identity.From{IP: "10.1.1.1"}))
	}
	require.NoError(t, w.s.Mail.Deliver(t.Context()))
	require.LessOrEqual(t, len(sink.Letters("")), 6, "nobody's mailbox is filled")
	w.pass(31 * time.Minute)
	link = strings.TrimPrefix(sink.Letters("")[0].Link, "https://portal.example/reset/")
	require.Equal(t, "sign_in.link_stale", errs.CodeOf(w.s.MayReset(t.Context(), link)))
}

func TestAnAddressMovesWithBoth(t *testing.T) {
	w := newWorld(t)
	sink := door(t, w)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, a := w.signIn(t, "ani@example.id")
	require.NoError(t, w.s.ChangeEmail(t.Context(), a, "ani@new.example"))
	require.NoError(t, w.s.Mail.Deliver(t.Context()))
	link := func(to string) string {
		return strings.TrimPrefix(sink.Letters(to)[0].Link, "https://portal.example/account/email/")
	}
	done, err := w.s.ConfirmEmail(t.Context(), link("ani@new.example"))
	require.NoError(t, err)
	require.False(t, done)
	_, err = w.s.ConfirmEmail(t.Context(), link("ani@new.example"))
	require.Error(t, err, "one letter does not do for both")
	_, _, err = w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.Email = "ani@new.example" }))
	require.Error(t, err)
	done, err = w.s.ConfirmEmail(t.Context(), link("ani@example.id"))
	require.NoError(t, err)
	require.True(t, done)
	_, _, err = w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.Email = "ani@new.example" }))
	require.NoError(t, err)
}

// rss is what the program has in memory, in MiB.
func rss(t *testing.T) int {
	b, err := os.ReadFile("/proc/self/statm")
	require.NoError(t, err)
	pages, err := strconv.Atoi(strings.Fields(string(b))[1])
	require.NoError(t, err)
	return pages * os.Getpagesize() >> 20
}

func TestLongFiveHundredSignInsAtOnceCostTimeAndNotMemory(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	before, peak := rss(t), 0
	var mu sync.Mutex
	codes := map[string]int{}
	var wg sync.WaitGroup
	for i := range 500 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, _, err := w.s.SignIn(context.Background(), identity.SignIn{Email: fmt.Sprintf("p%d@example.id", i), Password: "a long secret", IP: fmt.Sprintf("10.0.%d.%d", i/200, i%200)})
			n := rss(t)
			mu.Lock()
			defer mu.Unlock()
			codes[errs.CodeOf(err)]++
			peak = max(peak, n)
		}()
	}
	wg.Wait()
	t.Logf("%v; %d MiB before, %d at most", codes, before, peak)
	require.Less(t, peak-before, 250)
	require.Equal(t, 500, codes["sign_in.wrong"]+codes["busy"])
	_, _, err := w.s.SignIn(t.Context(), ani())
	require.NoError(t, err, "and afterwards one gets in")
}
