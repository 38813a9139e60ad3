package identity_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/errs"
	"saluran/internal/identity"
	"saluran/internal/mail"
)

// at is a request from an address of its own network.
func at(i int) identity.From {
	return identity.From{IP: fmt.Sprintf("2001:db8:%x:%x::1", i/256, i%256)}
}

// linksOf are the ends of the links in the letters of an account, the latest first.
func linksOf(t *testing.T, w *world, sink *mail.Sink, to, path string) (all []string) {
	require.NoError(t, w.s.Mail.Deliver(t.Context()))
	for _, l := range sink.Letters(to) {
		if i := strings.Index(l.Link, path); i >= 0 {
			all = append(all, l.Link[i+len(path):])
		}
	}
	return all
}

// A stranger asks for letters in somebody's name, from one network and from a thousand: the owner's letters still come, and what
// the owner was sent still works.
func TestLongStrangersCannotUseUpSomebodysLetters(t *testing.T) {
	for name, from := range map[string]func(int) identity.From{
		"one network":        func(i int) identity.From { return identity.From{IP: fmt.Sprintf("2001:db8:1:2::%x", i+1)} },
		"a thousand of them": at,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			sink := door(t, w)
			w.seed(t, 11, "producer", "ani@example.id", "owner")
			_, _, err := w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.IP = "10.3.3.3" }))
			require.NoError(t, err)
			home := identity.From{IP: "10.3.3.3"}
			require.NoError(t, w.s.Forgot(t.Context(), "ani@example.id", home))
			first := linksOf(t, w, sink, "ani@example.id", "/reset/")
			require.Len(t, first, 1)
			code, err := w.s.MailCode(t.Context(), "ani@example.id", home)
			require.NoError(t, err)
			require.NoError(t, w.s.Mail.Deliver(t.Context()))
			typed := codeIn(sink.Letters("ani@example.id")[0].Text)
			for i := range 1000 {
				require.NoError(t, w.s.Forgot(t.Context(), "ani@example.id", from(i)))
				if i%4 == 0 {
					_, err := w.s.MailCode(t.Context(), "ani@example.id", from(i))
					require.NoError(t, err)
				}
			}
			n := len(linksOf(t, w, sink, "ani@example.id", "/reset/"))
			require.LessOrEqual(t, n, 11, "nobody's mailbox is filled")
			require.NoError(t, w.s.Forgot(t.Context(), "ani@example.id", home))
			require.Len(t, linksOf(t, w, sink, "ani@example.id", "/reset/"), n+1, "the owner, from a network that is known, is written to")
			require.NoError(t, w.s.Forgot(t.Context(), "ani@example.id", identity.From{IP: "10.4.4.4", Device: w.s.Device("ani@example.id")}))
			require.Len(t, linksOf(t, w, sink, "ani@example.id", "/reset/"), n+2, "and so by a device that is known")
			_, _, _, err = w.s.Mailed(t.Context(), code, typed, ani())
			require.NoError(t, err, "the code that was sent first still works")
			require.NoError(t, w.s.Reset(t.Context(), first[0], "something quite new"), "and so does the first link")
			if name == "one network" {
				require.NoError(t, w.s.Forgot(t.Context(), "ani@example.id", identity.From{IP: "10.5.5.5"}))
				require.Len(t, linksOf(t, w, sink, "ani@example.id", "/reset/"), n+3, "who asks too often from one network takes nothing from others")
			}
			w.pass(3 * time.Hour)
			require.NoError(t, w.s.Forgot(t.Context(), "ani@example.id", identity.From{IP: "10.6.6.6"}))
			require.Greater(t, len(linksOf(t, w, sink, "ani@example.id", "/reset/")), n+2, "three hours later from anywhere")
		})
	}
}

// Whoever has one address of IPv6 has all of its /64.
func TestLongGuessesAreCountedByNetwork(t *testing.T) {
	for name, ip := range map[string]func(int) string{"one IPv4": func(int) string { return "10.9.9.9" }, "one /64": func(i int) string { return fmt.Sprintf("2001:db8:1:2::%x", i+1) }} {
		w := newWorld(t)
		door(t, w)
		w.seed(t, 11, "producer", "ani@example.id", "owner")
		waits := 0
		for i := range 60 {
			_, _, err := w.s.SignIn(t.Context(), identity.SignIn{Email: fmt.Sprintf("x%d@example.id", i), Password: "guess guess", Kind: "web", IP: ip(i)})
			if errs.CodeOf(err) == "sign_in.wait" {
				waits++
			}
		}
		require.Equal(t, 10, waits, name)
		_, _, err := w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.IP = "2001:db8:1:3::1" }))
		require.NoError(t, err, "the network beside it is another's")
	}
}
