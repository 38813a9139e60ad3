package identity_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/errs"
	"saluran/internal/identity"
)

// TestARightPasswordMakesNoCodeFree: whoever has the password guesses the second factor no better for signing in again without a code
// in between; each way in counts the wrong ones for the person.
func TestARightPasswordMakesNoCodeFree(t *testing.T) {
	w := newWorld(t)
	door(t, w)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, a := w.signIn(t, "ani@example.id")
	secret, _ := w.enrol(t, a)
	w.pass(time.Minute)
	judged, pending := 0, 0
	for i := range 200 {
		in := ani(func(in *identity.SignIn) { in.IP, in.Kind = "10.66.1.1", "api" })
		if i%5 < 4 {
			in.Code = "000000"
		}
		switch _, _, err := w.s.SignIn(t.Context(), in); errs.CodeOf(err) {
		case "sign_in.code_wrong":
			judged++
		case "sign_in.code_needed":
			pending++
		}
	}
	require.LessOrEqual(t, judged+pending, 5, "from one place: %d codes, %d halves", judged, pending)

	// From anywhere, by all doors together: no more than thirty.
	w.pass(25 * time.Hour)
	before := w.s.Stats.SecondWrong.Load()
	var halves []string
	for i := range 20 {
		_, out, err := w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.IP = fmt.Sprint("10.67.0.", i) }))
		require.Equal(t, "sign_in.code_needed", errs.CodeOf(err))
		halves = append(halves, out.Pending)
	}
	var all sync.WaitGroup
	for i := range 200 {
		all.Add(1)
		go func() {
			defer all.Done()
			ip := fmt.Sprintf("2001:db8:%x::1", i)
			switch i % 4 {
			case 0:
				_, _, _ = w.s.SignIn(context.Background(), ani(func(in *identity.SignIn) { in.IP, in.Code = ip, "000000" }))
			case 1:
				_, _ = w.s.Ready(context.Background(), "ani@example.id", "", "id", "a long secret", "000000", ip, "")
			default:
				_, _, _ = w.s.Second(context.Background(), halves[i%20], "000000", identity.SignIn{Kind: "web", IP: ip})
			}
		}()
	}
	all.Wait()
	wrong := w.s.Stats.SecondWrong.Load() - before
	require.LessOrEqual(t, wrong, int64(30))
	require.Positive(t, wrong)

	// Who is known is not locked out by that, and whoever finishes takes back the own try alone.
	in := ani(func(in *identity.SignIn) { in.IP, in.Device = "10.68.0.1", w.s.Device("ani@example.id") })
	for range 8 {
		w.pass(30 * time.Second)
		in.Code = ""
		_, out, err := w.s.SignIn(t.Context(), in)
		require.Equal(t, "sign_in.code_needed", errs.CodeOf(err))
		_, _, err = w.s.Second(t.Context(), out.Pending, w.code(t, secret), in)
		require.NoError(t, err)
	}
	_, out, err := w.s.SignIn(t.Context(), in)
	require.Equal(t, "sign_in.code_needed", errs.CodeOf(err))
	_, _, err = w.s.Second(t.Context(), out.Pending, "000000", identity.SignIn{Kind: "web", IP: "10.69.0.1"})
	require.Equal(t, "sign_in.wait", errs.CodeOf(err), "a stranger still waits")
}

// TestTwoHundredGuessesAtOnce: a guess is counted before it is judged, so that of two hundred at once, from as many places, thirty are
// judged, and from one place five.
func TestTwoHundredGuessesAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		from func(int) string
		most int64
	}{
		"many places": {func(i int) string { return fmt.Sprintf("2001:db8:%x::1", i) }, 30},
		"one place":   {func(int) string { return "10.70.0.1" }, 5},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			door(t, w)
			w.seed(t, 11, "producer", "ani@example.id", "owner")
			var judged atomic.Int64
			var all sync.WaitGroup
			for i := range 200 {
				all.Add(1)
				go func() {
					defer all.Done()
					var err error
					if i%2 == 0 {
						_, err = w.s.Ready(context.Background(), "ani@example.id", "", "id", "guess guess", "", c.from(i), "")
					} else {
						_, _, err = w.s.SignIn(context.Background(), ani(func(in *identity.SignIn) { in.IP, in.Password = c.from(i), "guess guess" }))
					}
					if code := errs.CodeOf(err); code == "sign_in.wrong" || code == "invalid_fields" {
						judged.Add(1)
					}
				}()
			}
			all.Wait()
			require.LessOrEqual(t, judged.Load(), c.most)
			require.Positive(t, judged.Load())
		})
	}
}

// TestRightSignInsAreNoFailures: a hundred sign-ins by mailed code, by passkey or by provider from one office make nobody there wait.
func TestRightSignInsAreNoFailures(t *testing.T) {
	w, p, _ := sso(t)
	for range 60 {
		_, _, err := w.enter(t, p, "P1")
		require.NoError(t, err)
		_, _, err = w.s.BeginSSO(t.Context(), "P1", "10.1.1.1", "")
		require.NoError(t, err, "who begins and does not finish keeps nobody out either")
	}
	waits := 0
	for range 60 {
		if _, _, err := w.s.BeginSSO(t.Context(), "NOBODY", "10.1.1.1", ""); errs.CodeOf(err) == "sign_in.wait" {
			waits++
		}
	}
	require.Equal(t, 10, waits, "codes that lead nowhere are bounded")
	_, _, err := w.enter(t, p, "P1")
	require.NoError(t, err, "and bound nobody else")

	people := make([]string, 60)
	for i := range people {
		people[i] = fmt.Sprint("someone", i, "@example.id")
		w.seed(t, 11, "producer", people[i], "viewer")
	}
	sink := door(t, w)
	for i, email := range people {
		token, err := w.s.MailCode(t.Context(), email, identity.From{IP: "10.1.1.1", Device: w.s.Device(email)})
		require.NoError(t, err)
		require.NotEmpty(t, token)
		_, _, _, err = w.s.Mailed(t.Context(), token, lastCode(t, w, sink, email), identity.SignIn{Kind: "web", IP: "10.1.1.1"})
		require.NoError(t, err, "the %dth", i)
	}
}
