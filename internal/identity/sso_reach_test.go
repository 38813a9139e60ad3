package identity_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/identity"
	"saluran/internal/money"
)

// vouched is somebody of two organisations, with an app and a passkey of its own, whom the provider of the first has let in.
func vouched(t *testing.T) (w *world, p *provider, token string, a, own access.Actor) {
	w, p, own = sso(t)
	w.seed(t, 12, "distributor", "ani@example.id", "owner")
	w.enrol(t, own)
	token, out, err := w.enter(t, p, "P1")
	require.NoError(t, err)
	require.True(t, out.Vouched)
	a, _, err = w.s.Actor(t.Context(), token)
	require.NoError(t, err)
	require.True(t, a.Vouched)
	require.False(t, own.Vouched)
	return w, p, token, a, own
}

// TestAProvidersSessionStaysInItsOrganisation: what a provider opens acts for its organisation, and does not learn of others.
func TestAProvidersSessionStaysInItsOrganisation(t *testing.T) {
	w, _, token, a, own := vouched(t)
	w.org(t, 13, "X1", "retailer")
	require.Equal(t, "sso.own_means", errs.CodeOf(w.s.SwitchOrg(t.Context(), a, 12)))
	require.Equal(t, w.s.SwitchOrg(t.Context(), a, 12).Error(), w.s.SwitchOrg(t.Context(), a, 13).Error(), "one that the person works for is answered like any other")
	require.NoError(t, w.s.SwitchOrg(t.Context(), a, 11))
	still, _, err := w.s.Actor(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, a.Org, still.Org)
	mine, err := w.s.Memberships(t.Context(), a)
	require.NoError(t, err)
	require.Len(t, mine, 1)
	require.Equal(t, a.Org, mine[0].Org)
	require.NoError(t, w.s.SwitchOrg(t.Context(), own, 12), "the person itself goes where it works")

	// One that acts for another organisation all the same, from before, opens nothing.
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
		if err := w.d.W(ctx).Exec("UPDATE session SET org = 12 WHERE id = ?", a.Session).Error; err != nil {
			return err
		}
		return w.d.BumpMaster(ctx)
	}))
	_, _, err = w.s.Actor(t.Context(), token)
	require.Equal(t, errs.Unauthenticated, errs.KindOf(err))
}

// TestAProvidersSessionTouchesNothingOfThePerson: a way to sign in that it made would lead into every organisation of the person.
func TestAProvidersSessionTouchesNothingOfThePerson(t *testing.T) {
	w, _, _, a, own := vouched(t)
	sink := door(t, w)
	ctx := t.Context()
	e, err := w.s.BeginTOTP(ctx, own)
	require.NoError(t, err)
	options, ceremony, err := w.s.BeginAddPasskey(ctx, own)
	require.NoError(t, err)
	made := newAuthenticator(t).create(t, options)
	before, left, err := w.s.Factors(ctx, own)
	require.NoError(t, err)
	require.Len(t, before, 1)
	for name, do := range map[string]func() error{
		"begin an app":     func() error { _, err := w.s.BeginTOTP(ctx, a); return err },
		"see an app's":     func() error { _, err := w.s.PendingTOTP(ctx, a, e.Token); return err },
		"add an app":       func() error { _, err := w.s.ConfirmTOTP(ctx, a, e.Token, w.code(t, e.Secret)); return err },
		"begin a passkey":  func() error { _, _, err := w.s.BeginAddPasskey(ctx, a); return err },
		"add a passkey":    func() error { _, err := w.s.AddPasskey(ctx, a, ceremony, "phone", made); return err },
		"name a factor":    func() error { return w.s.RenameFactor(ctx, a, before[0].ID, "mine") },
		"remove a factor":  func() error { return w.s.RemoveFactor(ctx, a, before[0].ID) },
		"recovery codes":   func() error { _, err := w.s.NewRecovery(ctx, a); return err },
		"another address":  func() error { return w.s.ChangeEmail(ctx, a, "thief@evil.example") },
		"another password": func() error { return w.s.ChangePassword(ctx, a, "a long secret", "another long one") },
	} {
		require.Equal(t, "sso.own_means", errs.CodeOf(do()), name)
		require.Equal(t, errs.Forbidden, errs.KindOf(do()), name)
	}
	after, still, err := w.s.Factors(ctx, own)
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.Equal(t, left, still)
	require.NoError(t, w.s.Mail.Deliver(ctx))
	require.Empty(t, sink.Letters("thief@evil.example"))
	_, err = w.s.AddPasskey(ctx, own, ceremony, "phone", made)
	require.NoError(t, err, "and none of that used up what the person itself had begun")
}

// TestAProvidersSessionIsFreshForItsOrganisation: the steps of the organisation that ask for a factor shown just now take the
// provider's word for ten minutes, and the person's own factor after that; which makes it no session of the person's.
func TestAProvidersSessionIsFreshForItsOrganisation(t *testing.T) {
	w, _, _, a, own := vouched(t)
	now, err := w.s.PolicyOf(t.Context(), own)
	require.NoError(t, err)
	_, err = w.s.SetPolicy(t.Context(), a, identity.SetPolicy{Issuer: now.Issuer, ClientID: now.ClientID, Domains: "example.id", StepUpFrom: 1000, Version: now.Version})
	require.NoError(t, err)
	rupiah, err := money.Lookup("IDR")
	require.NoError(t, err)
	paying := func() error { return w.s.FreshMoney(t.Context(), a, rupiah, 5000) }
	require.NoError(t, paying())
	require.NoError(t, w.s.Sure(t.Context(), a))
	w.pass(identity.FreshFor)
	require.Equal(t, "step_up_required", errs.CodeOf(paying()))
	require.Equal(t, "sso.own_means", errs.CodeOf(w.s.ChangeEmail(t.Context(), a, "thief@evil.example")), "which no factor would help")
	require.Error(t, w.s.StepUp(t.Context(), a, identity.Shown{Code: "000000"}))
}

// TestAProvidersSessionSeesItsOwnKind: where and on what else the person is signed in is not told, and cannot be ended.
func TestAProvidersSessionSeesItsOwnKind(t *testing.T) {
	w, p, _, a, own := vouched(t)
	token, _, err := w.enter(t, p, "P1")
	require.NoError(t, err)
	second, _, err := w.s.Actor(t.Context(), token)
	require.NoError(t, err)
	count := func(a access.Actor) int {
		all, err := w.s.Sessions(t.Context(), a)
		require.NoError(t, err)
		return len(all)
	}
	require.Equal(t, 2, count(a))
	require.Equal(t, 3, count(own), "the person itself sees all")
	require.Equal(t, errs.NotFound, errs.KindOf(w.s.EndSession(t.Context(), a, own.Session)))
	require.NoError(t, w.s.EndSessions(t.Context(), a))
	_, _, err = w.s.Actor(t.Context(), token)
	require.Equal(t, errs.Unauthenticated, errs.KindOf(err), "its own kind has ended")
	require.NoError(t, w.s.EndSession(t.Context(), a, second.Session), "which may be said twice")
	require.Equal(t, 2, count(own), "the person's own goes on")
}

// TestNoKeySaysWhereEventsGo: a webhook would go on sending after the key has ended.
func TestNoKeySaysWhereEventsGo(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, owner := w.signIn(t, "ani@example.id")
	keys, gate := w.keys(t)
	for _, scope := range []string{"hook:manage", "hook:write"} {
		_, _, err := keys.Make(t.Context(), owner, audit.Key{}, newKey("order:read", scope))
		require.Equal(t, errs.Invalid, errs.KindOf(err), scope)
	}
	_, acts := gate.ScopeChoices()
	require.Equal(t, []string{"read"}, acts["hook"])
	k, secret, err := keys.Make(t.Context(), owner, audit.Key{}, newKey("hook:read"))
	require.NoError(t, err)
	// A key from before the rule has the scope written down, and it means nothing.
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
		if err := w.d.W(ctx).Exec("UPDATE api_key SET scopes = ? WHERE id = ?", strings.Join([]string{"hook:manage", "hook:read", "hook:write"}, " "), k.ID).Error; err != nil {
			return err
		}
		return w.d.BumpMaster(ctx)
	}))
	a, _, err := keys.Actor(t.Context(), secret)
	require.NoError(t, err)
	require.True(t, gate.Can(a, access.Own, "hook", "read"))
	require.False(t, gate.Can(a, access.Own, "hook", "manage"))
}
