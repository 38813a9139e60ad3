package identity_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/identity"
	"saluran/policies"
)

func (w *world) keys(t *testing.T) (*identity.Keys, *access.Gate) {
	gate, err := access.New(policies.Model, policies.Grants)
	require.NoError(t, err)
	return identity.NewKeys(w.d, w.clock, gate), gate
}

func newKey(scopes ...string) identity.NewKey {
	return identity.NewKey{Name: "ERP", Scopes: scopes, Life: 30 * 24 * time.Hour}
}

func TestAKeyIsItsMakerWithinItsScopes(t *testing.T) {
	w := newWorld(t)
	p := w.seed(t, 11, "producer", "ani@example.id", "owner")
	w.seed(t, 11, "producer", "budi@example.id", "owner")
	_, owner := w.signIn(t, "ani@example.id")
	_, other := w.signIn(t, "budi@example.id")
	keys, gate := w.keys(t)
	k, secret, err := keys.Make(t.Context(), owner, audit.Key{}, newKey("order:read", "product:write", "order:place"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(secret, "slr_"+k.Prefix[4:]))
	a, csrf, err := keys.Actor(t.Context(), secret)
	require.NoError(t, err)
	require.Empty(t, csrf, "no form carries a key")
	require.Equal(t, []any{p, id.ID(11), "owner", k.ID}, []any{a.Person, a.Org, a.Role, a.Session})
	can := func(a access.Actor, obj, act string) bool { return gate.Can(a, access.Own, obj, act) }
	require.True(t, can(a, "order", "read") && can(a, "order", "list") && can(a, "product", "write"))
	require.True(t, gate.Can(a, access.Seller, "order", "place"))
	require.False(t, gate.Can(a, access.Seller, "order", "confirm") || can(a, "product", "read") || can(a, "invoice", "read"))
	require.Equal(t, "access.scope", errs.CodeOf(gate.Require(t.Context(), a, access.Own, "invoice", "read")))

	// The maker's role counts at the moment of use.
	require.NoError(t, w.s.SetRole(t.Context(), other, audit.Key{}, p, "warehouse"))
	a, _, err = keys.Actor(t.Context(), secret)
	require.NoError(t, err)
	require.Equal(t, "warehouse", a.Role)
	require.False(t, gate.Can(a, access.Seller, "order", "place") || can(a, "product", "write"))
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error { return w.s.EndMembership(ctx, other.By(), p, other.Org) }))
	_, _, err = keys.Actor(t.Context(), secret)
	require.Equal(t, errs.Unauthenticated, errs.KindOf(err), "the maker has left")

	var stored int64
	require.NoError(t, w.d.R(t.Context()).Raw("SELECT COUNT(*) FROM api_key_secret WHERE hash = ?", []byte(secret)).Scan(&stored).Error)
	require.Zero(t, stored, "the secret itself is nowhere")
}

func TestKeyEndsAtOnceAndExpires(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, owner := w.signIn(t, "ani@example.id")
	keys, _ := w.keys(t)
	k, secret, err := keys.Make(t.Context(), owner, audit.Key{}, newKey("order:read"))
	require.NoError(t, err)
	_, _, err = keys.Actor(t.Context(), secret)
	require.NoError(t, err)
	for range 2 { // twice is once
		k, err = keys.Revoke(t.Context(), owner, audit.Key{}, k.ID)
		require.NoError(t, err)
		require.Equal(t, "ended", k.Status(w.clock.Now()))
	}
	_, _, err = keys.Actor(t.Context(), secret)
	require.Equal(t, errs.Unauthenticated, errs.KindOf(err))
	_, secret, err = keys.Make(t.Context(), owner, audit.Key{}, newKey("order:read"))
	require.NoError(t, err)
	w.clock.Set(w.clock.Now().Add(30 * 24 * time.Hour))
	_, _, err = keys.Actor(t.Context(), secret)
	require.Equal(t, errs.Unauthenticated, errs.KindOf(err))
	for _, bad := range []string{"", "slr_", "slr_" + strings.Repeat("a", 43), secret + "x", "SLR_" + secret[4:]} {
		_, _, err = keys.Actor(t.Context(), bad)
		require.Equal(t, errs.Unauthenticated, errs.KindOf(err), bad)
	}
}

func TestRotationOverlaps(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	w.seed(t, 11, "producer", "budi@example.id", "owner")
	_, owner := w.signIn(t, "ani@example.id")
	_, other := w.signIn(t, "budi@example.id")
	keys, _ := w.keys(t)
	works := func(secret string) bool { _, _, err := keys.Actor(t.Context(), secret); return err == nil }
	k, first, err := keys.Make(t.Context(), owner, audit.Key{}, newKey("order:read"))
	require.NoError(t, err)
	once := audit.Key{Client: "rotate-1", Hash: [32]byte{1}}
	k, second, err := keys.Rotate(t.Context(), owner, once, k.ID, k.Version, time.Hour)
	require.NoError(t, err)
	require.NotZero(t, k.OldEnds)
	_, again, err := keys.Rotate(t.Context(), owner, once, k.ID, 1, time.Hour)
	require.NoError(t, err)
	require.Empty(t, again, "a secret is shown once")
	require.True(t, works(first) && works(second))
	_, third, err := keys.Rotate(t.Context(), owner, audit.Key{}, k.ID, 0, time.Hour)
	require.NoError(t, err)
	require.False(t, works(first), "two secrets at most")
	require.True(t, works(second) && works(third))
	w.clock.Set(w.clock.Now().Add(time.Hour))
	require.False(t, works(second))
	require.NoError(t, w.s.StepUp(t.Context(), owner, identity.Shown{Password: "a long secret"}))
	require.NoError(t, w.s.StepUp(t.Context(), other, identity.Shown{Password: "a long secret"}))
	_, fourth, err := keys.Rotate(t.Context(), owner, audit.Key{}, k.ID, 0, 0)
	require.NoError(t, err)
	require.True(t, works(fourth) && !works(third), "without overlap the old one ends at once")
	_, _, err = keys.Rotate(t.Context(), other, audit.Key{}, k.ID, 0, 0)
	require.Equal(t, "key.not_yours", errs.CodeOf(err), "it acts in its maker's name")
	_, _, err = keys.Rotate(t.Context(), owner, audit.Key{}, k.ID, 1, 0)
	require.Equal(t, "changed", errs.CodeOf(err))
	_, _, err = keys.Rotate(t.Context(), owner, audit.Key{}, k.ID, 0, 8*24*time.Hour)
	require.Equal(t, "invalid_fields", errs.CodeOf(err))
}

func TestKeysAreRefused(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	w.seed(t, 11, "producer", "sales@example.id", "sales")
	w.seed(t, 12, "distributor", "dian@example.id", "owner")
	_, owner := w.signIn(t, "ani@example.id")
	_, sales := w.signIn(t, "sales@example.id")
	_, foreign := w.signIn(t, "dian@example.id")
	keys, _ := w.keys(t)
	for _, scopes := range [][]string{nil, {"key:manage"}, {"key:read"}, {"person:manage"}, {"bank:write"}, {"order"}, {"order:"}, {"nothing:read"}, {"order:read", "*:*"}, {strings.Repeat("x", 2001)}} {
		_, _, err := keys.Make(t.Context(), owner, audit.Key{}, newKey(scopes...))
		require.Equal(t, "invalid_fields", errs.CodeOf(err), scopes)
	}
	n := newKey("order:read")
	n.Life = 400 * 24 * time.Hour
	_, _, err := keys.Make(t.Context(), owner, audit.Key{}, n)
	require.Equal(t, "invalid_fields", errs.CodeOf(err))
	_, _, err = keys.Make(t.Context(), sales, audit.Key{}, newKey("order:read"))
	require.Equal(t, errs.Forbidden, errs.KindOf(err))
	k, secret, err := keys.Make(t.Context(), owner, audit.Key{}, newKey("order:read"))
	require.NoError(t, err)
	_, err = keys.Key(t.Context(), foreign, k.ID)
	require.Equal(t, errs.Gone(), err)
	_, err = keys.Revoke(t.Context(), foreign, audit.Key{}, k.ID)
	require.Equal(t, errs.Gone(), err)
	_, _, err = keys.Rotate(t.Context(), foreign, audit.Key{}, k.ID, 0, 0)
	require.Equal(t, errs.Gone(), err)
	all, err := keys.List(t.Context(), foreign)
	require.NoError(t, err)
	require.Empty(t, all)
	a, _, err := keys.Actor(t.Context(), secret)
	require.NoError(t, err)
	_, _, err = keys.Make(t.Context(), a, audit.Key{}, newKey("order:read"))
	require.Equal(t, "key.personal", errs.CodeOf(err), "a key makes no key")
}

func TestTwoHundredMakeAKeyAtOnce(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, owner := w.signIn(t, "ani@example.id")
	keys, _ := w.keys(t)
	var mu sync.Mutex
	var secrets []string
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			_, secret, err := keys.Make(t.Context(), owner, audit.Key{Client: "one", Hash: [32]byte{1}}, newKey("order:read"))
			if err != nil && !errs.Is(err, errs.Busy) {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if secret != "" && err == nil {
				secrets = append(secrets, secret)
			}
		})
	}
	wg.Wait()
	require.Len(t, secrets, 1)
	all, err := keys.List(t.Context(), owner)
	require.NoError(t, err)
	require.Len(t, all, 1)
}

func TestLastUseIsWrittenOnceAMinute(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, owner := w.signIn(t, "ani@example.id")
	keys, _ := w.keys(t)
	k, secret, err := keys.Make(t.Context(), owner, audit.Key{}, newKey("order:read"))
	require.NoError(t, err)
	use := func() {
		_, _, err := keys.Actor(t.Context(), secret)
		require.NoError(t, err)
		require.NoError(t, keys.Flush(t.Context()))
		k, err = keys.Key(t.Context(), owner, k.ID)
		require.NoError(t, err)
	}
	first := w.clock.Now()
	use()
	was := k.Used
	require.Greater(t, was, first)
	w.clock.Set(first.Add(59 * time.Second))
	use()
	require.Equal(t, was, k.Used)
	w.clock.Set(first.Add(61 * time.Second))
	use()
	require.Greater(t, k.Used, first.Add(61*time.Second))
}

// TestAKeyCostsOneLookAtTheEpoch: after the first request nothing else is asked of the database, and little is allocated.
func TestAKeyCostsOneLookAtTheEpoch(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, owner := w.signIn(t, "ani@example.id")
	keys, _ := w.keys(t)
	_, secret, err := keys.Make(t.Context(), owner, audit.Key{}, newKey("order:read"))
	require.NoError(t, err)
	_, _, err = keys.Actor(t.Context(), secret)
	require.NoError(t, err)
	epoch := testing.AllocsPerRun(200, func() {
		if _, err := w.d.FreshEpoch(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	n := testing.AllocsPerRun(200, func() {
		if _, _, err := keys.Actor(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
	})
	require.LessOrEqual(t, n, epoch+6)
}
