package identity_test

import (
	"context"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/identity"
)

// TestWhatGivesPowerAsksOnceMore: keys, roles, who has which, how people sign in: of somebody without a second factor too, and
// nothing of it is done before the password was shown.
func TestWhatGivesPowerAsksOnceMore(t *testing.T) {
	w := newWorld(t)
	door(t, w)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	budi := w.seed(t, 11, "producer", "budi@example.id", "sales")
	_, a := w.signIn(t, "ani@example.id")
	keys, _ := w.keys(t)
	roles, _ := w.roles(t)
	ctx := t.Context()
	k, _, err := keys.Make(ctx, a, audit.Key{}, newKey("order:read"))
	require.NoError(t, err)
	r, err := roles.Make(ctx, a, audit.Key{}, identity.NewRole{Name: "Dispatch", Grants: grants("own.order.read")})
	require.NoError(t, err)
	version := r.Version
	steps := []struct {
		name string
		do   func() error
	}{
		{"make a key", func() error { _, _, err := keys.Make(ctx, a, audit.Key{}, newKey("order:read")); return err }},
		{"rotate a key", func() error { _, _, err := keys.Rotate(ctx, a, audit.Key{}, k.ID, 0, 0); return err }},
		{"end a key", func() error { _, err := keys.Revoke(ctx, a, audit.Key{}, k.ID); return err }},
		{"make a role", func() error {
			_, err := roles.Make(ctx, a, audit.Key{}, identity.NewRole{Name: "Another", Grants: grants("own.order.read")})
			return err
		}},
		{"change a role", func() error {
			_, err := roles.Change(ctx, a, audit.Key{}, r.ID, version, identity.NewRole{Name: "Dispatch", Grants: grants("own.order.list")})
			return err
		}},
		{"end a role", func() error { _, err := roles.End(ctx, a, audit.Key{}, r.ID); return err }},
		{"give a role", func() error { return w.s.SetRole(ctx, a, audit.Key{}, budi, "finance") }},
		{"how people sign in", func() error { _, err := w.s.SetPolicy(ctx, a, identity.SetPolicy{StepUpFrom: 5}); return err }},
	}
	count := func() (n int64) {
		require.NoError(t, w.d.R(ctx).Raw("SELECT COUNT(*) FROM audit WHERE org = 11").Scan(&n).Error)
		return n
	}
	for _, s := range steps {
		w.pass(identity.FreshFor)
		before := count()
		err := s.do()
		require.Equal(t, "step_up_required", errs.CodeOf(err), s.name)
		var e *errs.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, "password", e.Args["with"], s.name)
		require.Equal(t, before, count(), "%s: nothing was done", s.name)
		require.NoError(t, w.s.StepUp(ctx, a, identity.Shown{Password: "a long secret"}))
		require.NoError(t, s.do(), s.name)
	}
	w.pass(identity.FreshFor)
	_, _, err = keys.Make(ctx, a, audit.Key{}, identity.NewKey{})
	require.Equal(t, "invalid_fields", errs.CodeOf(err), "what is wrong is said first")
}

// TestPasswordsAreGuessedNoBetterInside: a wrong password that is shown to an open session makes the session wait and counts at the
// door, and is told to the organisation; a right one clears the count.
func TestPasswordsAreGuessedNoBetterInside(t *testing.T) {
	w := newWorld(t)
	door(t, w)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, a := w.signIn(t, "ani@example.id")
	a.IP = "10.1.1.1"
	guess := func(password string) string {
		err := w.s.StepUp(t.Context(), a, identity.Shown{Password: password})
		if err == nil {
			return ""
		}
		return errs.CodeOf(err)
	}
	for range 4 {
		require.Equal(t, "invalid_fields", guess("guess guess"))
	}
	_, _, err := w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.Password = "guess guess" }))
	require.Equal(t, "sign_in.wrong", errs.CodeOf(err))
	_, _, err = w.s.SignIn(t.Context(), ani())
	require.Equal(t, "sign_in.wait", errs.CodeOf(err), "four inside and one at the door are five at the door")
	require.Equal(t, "invalid_fields", guess("guess guess"), "inside nobody waits for what is done at the door")
	require.Equal(t, "sign_in.wait", guess("a long secret"), "but for five inside")
	_, _, err = w.s.SignIn(t.Context(), ani(func(in *identity.SignIn) { in.IP = "10.2.2.2" }))
	require.NoError(t, err, "who is elsewhere is not locked out")
	require.Equal(t, "step_up_required", errs.CodeOf(freshAfter(w, a)))
	require.Empty(t, guess("a long secret"), "after the wait")
	require.NoError(t, w.s.Fresh(t.Context(), a))
	for range 4 {
		require.Equal(t, "invalid_fields", guess("guess guess"), "a right one has cleared the count")
	}
	var told int64
	require.NoError(t, w.d.R(t.Context()).Raw("SELECT COUNT(*) FROM audit WHERE org = 11 AND action = 'session.refused'").Scan(&told).Error)
	require.Greater(t, told, int64(2), "the organisation's log says so")

	// Two hundred guesses at once are no more than five.
	w.pass(time.Hour)
	require.Empty(t, guess("a long secret"))
	var judged, waited atomic.Int64
	var all sync.WaitGroup
	for range 200 {
		all.Add(1)
		go func() {
			defer all.Done()
			switch errs.CodeOf(w.s.StepUp(context.Background(), a, identity.Shown{Password: "guess guess"})) {
			case "invalid_fields":
				judged.Add(1)
			case "sign_in.wait":
				waited.Add(1)
			}
		}()
	}
	all.Wait()
	require.LessOrEqual(t, judged.Load(), int64(5))
	require.Equal(t, int64(200), judged.Load()+waited.Load())
}

func freshAfter(w *world, a access.Actor) error {
	w.pass(identity.FreshFor)
	return w.s.Fresh(context.Background(), a)
}

// again goes to the provider once more, from an open session.
func (w *world) again(t *testing.T, p *provider, a access.Actor) error {
	to, token, err := w.s.BeginStepUp(t.Context(), a)
	require.NoError(t, err)
	u, err := url.Parse(to)
	require.NoError(t, err)
	require.Equal(t, []string{"login", "0"}, []string{u.Query().Get("prompt"), u.Query().Get("max_age")}, "the provider is to ask the person")
	state, code := p.auth(t, to)
	w.pass(20 * time.Second) // which takes a while
	return w.s.FinishStepUp(t.Context(), a, token, state, code)
}

// TestAProviderShowsItsPersonOnceMore: who came by an organisation's provider and has no password goes there again; the provider must
// say that it asked just now, and mean the same person.
func TestAProviderShowsItsPersonOnceMore(t *testing.T) {
	w, p, _ := sso(t)
	dewi := w.seed(t, 11, "producer", "dewi@example.id", "finance")
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
		return w.d.W(ctx).Exec("UPDATE person SET password = '' WHERE email = 'ani@example.id'").Error
	}))
	token, _, err := w.enter(t, p, "P1")
	require.NoError(t, err)
	a, _, err := w.s.Actor(t.Context(), token)
	require.NoError(t, err)
	with := func(a access.Actor) string {
		var e *errs.Error
		require.ErrorAs(t, w.s.Fresh(t.Context(), a), &e)
		return e.Args["with"]
	}
	require.NoError(t, w.s.Fresh(t.Context(), a), "the provider has asked just now")
	w.pass(identity.FreshFor)
	require.Equal(t, "provider", with(a))
	require.Equal(t, "step_up_provider", errs.CodeOf(w.s.StepUp(t.Context(), a, identity.Shown{Password: ""})))
	require.NoError(t, w.again(t, p, a))
	require.NoError(t, w.s.Fresh(t.Context(), a))

	now := func(d time.Duration) int64 { return w.clock.Now().Add(d).Time().Unix() }
	for name, c := range map[string]struct {
		claims map[string]any
		code   string
	}{
		"it knew the browser":    {map[string]any{"auth_time": now(-time.Hour)}, "step_up_silent"},
		"it does not say when":   {map[string]any{"auth_time": nil}, "step_up_silent"},
		"it says a later time":   {map[string]any{"auth_time": now(48 * time.Hour)}, "step_up_silent"},
		"it says no number":      {map[string]any{"auth_time": "yesterday"}, "step_up_silent"},
		"somebody else is there": {map[string]any{"sub": "dewi-1", "email": "dewi@example.id"}, "sso.no_member"},
	} {
		w.pass(identity.FreshFor)
		p.claims = c.claims
		require.Equal(t, c.code, errs.CodeOf(w.again(t, p, a)), name)
		require.Equal(t, "provider", with(a), name)
	}
	p.claims = map[string]any{}

	// The way back is this session's, once.
	to, back, err := w.s.BeginStepUp(t.Context(), a)
	require.NoError(t, err)
	state, code := p.auth(t, to)
	token, _, err = w.enter(t, p, "P1")
	require.NoError(t, err)
	other, _, err := w.s.Actor(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, "sign_in.link_stale", errs.CodeOf(w.s.FinishStepUp(t.Context(), other, back, state, code)))
	require.Equal(t, "sign_in.link_stale", errs.CodeOf(w.s.FinishStepUp(t.Context(), a, back, state, code)), "which used it up")
	_, back, err = w.s.BeginStepUp(t.Context(), a)
	require.NoError(t, err)
	_, _, _, err = w.s.FinishSSO(t.Context(), back, state, code, identity.SignIn{Kind: "web"})
	require.Equal(t, "sign_in.link_stale", errs.CodeOf(err), "it opens no session")

	// A sign-in without a word of when is none that is fresh; and who is not the provider's shows something else.
	p.claims = map[string]any{"auth_time": nil}
	token, _, err = w.enter(t, p, "P1")
	require.NoError(t, err)
	silent, _, err := w.s.Actor(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, "provider", with(silent))
	_, own := w.signIn(t, "dewi@example.id")
	require.Equal(t, dewi, own.Person)
	require.Equal(t, id.ID(11), own.Org)
	_, _, err = w.s.BeginStepUp(t.Context(), own)
	require.Equal(t, "step_up_required", errs.CodeOf(err))
}

// TestWhoHasNothingToShowHearsWhatToDo: neither factor nor password nor provider: a letter sets a password first.
func TestWhoHasNothingToShowHearsWhatToDo(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, a := w.signIn(t, "ani@example.id")
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
		return w.d.W(ctx).Exec("UPDATE person SET password = '' WHERE email = 'ani@example.id'").Error
	}))
	w.pass(identity.FreshFor)
	var e *errs.Error
	require.ErrorAs(t, w.s.Sure(t.Context(), a), &e)
	require.Equal(t, []string{"step_up_required", "letter"}, []string{e.Code, e.Args["with"]})
	for _, typed := range []string{"", "a long secret"} {
		require.Equal(t, "step_up_password", errs.CodeOf(w.s.StepUp(t.Context(), a, identity.Shown{Password: typed})))
	}
}
