package identity

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/require"
)

// TestCostlyHashesAreRefusedUnread: who can write a hash into the database cannot make a sign-in take the machine's memory.
func TestCostlyHashesAreRefusedUnread(t *testing.T) {
	h, err := newHasher()
	require.NoError(t, err)
	ours, err := h.hash(t.Context(), "a long secret")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(ours, "$argon2id$v=19$m=19456,t=2,p=1$"), ours)
	ok, err := h.matches(t.Context(), "a long secret", ours)
	require.NoError(t, err)
	require.True(t, ok)
	weak, err := argon2id.CreateHash("a long secret", &argon2id.Params{Memory: 8 * 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	require.NoError(t, err)
	ok, err = h.matches(t.Context(), "a long secret", weak)
	require.NoError(t, err)
	require.True(t, ok, "older, cheaper parameters are read")
	for _, dear := range []string{"m=4194304,t=2,p=1", "m=19456,t=4000000,p=1", "m=19456,t=2,p=255"} {
		began := time.Now()
		ok, _ = h.matches(t.Context(), "a long secret", strings.Replace(ours, "m=19456,t=2,p=1", dear, 1))
		require.False(t, ok, dear)
		require.Less(t, time.Since(began), 500*time.Millisecond, dear)
	}
	for _, broken := range []string{"x", "$argon2id$", "$argon2i$v=19$m=19456,t=2,p=1$YWFhYWFhYWE$YWFhYQ", ours[:40]} {
		ok, _ = h.matches(t.Context(), "a long secret", broken)
		require.False(t, ok, broken)
	}
}

// TestHashingIsBounded: beyond those who are hashed and those who wait, the answer is to come again, at once.
func TestHashingIsBounded(t *testing.T) {
	h, err := newHasher()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	h.wait = 5 * time.Minute // a slow machine is no fault here
	for range cap(h.slots) { // all slots are taken
		h.slots <- struct{}{}
	}
	waiting := make(chan error, maxHashing)
	for range maxHashing {
		go func() { _, err := h.hash(ctx, "a long secret"); waiting <- err }()
	}
	require.Eventually(t, func() bool { return len(h.queue) == maxHashing }, time.Minute, time.Millisecond)
	began := time.Now()
	_, err = h.hash(ctx, "a long secret")
	require.ErrorContains(t, err, "busy")
	require.Less(t, time.Since(began), time.Second)
	for range cap(h.slots) {
		<-h.slots
	}
	for range maxHashing {
		require.NoError(t, <-waiting)
	}
}

// TestCommonPasswordsInDisguise: a common password stays one with figures and marks behind it, in capitals or said twice; a long one of
// the own words does not become one.
func TestCommonPasswordsInDisguise(t *testing.T) {
	for _, bad := range []string{"password", "Password", "password1", "Password1!", "password2026", "PASSWORD!!!!", "monkey2026", "Monkey12", "qwerty#1", "Rahasia1",
		"indonesia2026", "Katasandi99", "bismillah786", "sayang1!", "12345678", "iloveyou1234"} {
		require.True(t, common(bad), bad)
	}
	for _, good := range []string{"correct horse", "correct horse battery staple 2026", "kopi pahit di pagi 12", "password of the seventh kind", "password12345678x",
		"huruf-saja-cukup", "rahasia-sekali-2026", "kata-sandi-panjang", "monkey eats banana 99", "qwertz-und-mehr-1", "ñandúñandú7"} {
		require.False(t, common(good), good)
	}
	require.Greater(t, len(stems()), len(commonest()), "the shorter ones are there as well")
}
