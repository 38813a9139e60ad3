package identity_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/identity"
	"saluran/internal/list"
	"saluran/policies"
)

type world struct {
	d     *db.DB
	s     *identity.Service
	clock *clock.Fixed
}

func newWorld(t *testing.T) *world {
	d := dbtest.New(t)
	gate, err := access.New(policies.Model, policies.Grants)
	require.NoError(t, err)
	c := clock.NewFixed(1_780_000_000_000_000)
	s, err := identity.New(d, c, gate)
	require.NoError(t, err)
	w := &world{d, s, c}
	w.org(t, 11, "P1", "producer")
	w.org(t, 12, "D1", "distributor")
	return w
}

func (w *world) org(t *testing.T, org id.ID, code, kind string) {
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
		return w.d.W(ctx).Exec("INSERT INTO org (id,code,kind,name,name_fold,country,currency,zone,vat_registered,large,tax_no,address,city,phone,nameless,active,created_us,version)"+
			" VALUES (?,?,?,?,?,'ID','IDR','Asia/Jakarta',?,?,'','','','',?,?,1,1)", org, code, kind, code, code, true, false, false, true).Error
	}))
}

func (w *world) seed(t *testing.T, org id.ID, kind, email, role string) id.ID {
	p, err := w.s.Seed(t.Context(), org, kind, identity.NewPerson{Email: email, Name: "Somebody", Password: "a long secret", Role: role})
	require.NoError(t, err)
	return p
}

func (w *world) signIn(t *testing.T, email string) (string, access.Actor) {
	token, _, err := w.s.SignIn(t.Context(), identity.SignIn{Email: email, Password: "a long secret", Kind: "api", IP: "127.0.0.1"})
	require.NoError(t, err)
	a, _, err := w.s.Actor(t.Context(), token)
	require.NoError(t, err)
	return token, a
}

func TestSignInActsForOneOrganisation(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "Ani@example.id", "owner")
	w.seed(t, 12, "distributor", "ani@example.id", "finance")
	token, a := w.signIn(t, "ani@EXAMPLE.id")
	require.Equal(t, id.ID(11), a.Org)
	require.Equal(t, "owner", a.Role)
	require.NoError(t, w.s.SwitchOrg(t.Context(), a, 12))
	a, _, err := w.s.Actor(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, "finance", a.Role)
	require.Equal(t, errs.NotFound, errs.KindOf(w.s.SwitchOrg(t.Context(), a, 99)))
	require.NoError(t, w.s.SignOut(t.Context(), a))
	_, _, err = w.s.Actor(t.Context(), token)
	require.Equal(t, errs.Unauthenticated, errs.KindOf(err))
}

func TestWrongIsWrongWhateverIsWrong(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	for _, in := range []identity.SignIn{{Email: "ani@example.id", Password: "not it at all"}, {Email: "nobody@example.id", Password: "a long secret"}, {Email: "§", Password: "x"}} {
		_, _, err := w.s.SignIn(t.Context(), in)
		require.Equal(t, "sign_in.wrong", errs.CodeOf(err))
	}
	for range 10 {
		_, _, _ = w.s.SignIn(t.Context(), identity.SignIn{Email: "ani@example.id", Password: "guess guess", IP: "10.1.1.1"})
	}
	_, _, err := w.s.SignIn(t.Context(), identity.SignIn{Email: "ani@example.id", Password: "a long secret", IP: "10.1.1.1"})
	require.Equal(t, "sign_in.wait", errs.CodeOf(err))
	_, _, err = w.s.SignIn(t.Context(), identity.SignIn{Email: "ani@example.id", Password: "a long secret", IP: "10.2.2.2"})
	require.NoError(t, err, "nobody can lock another out from elsewhere")
}

func TestRolesHoldFromTheNextRequest(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	budi := w.seed(t, 11, "producer", "budi@example.id", "sales")
	_, ani := w.signIn(t, "ani@example.id")
	token, b := w.signIn(t, "budi@example.id")
	require.Equal(t, errs.Forbidden, errs.KindOf(w.s.SetRole(t.Context(), b, audit.Key{}, budi, "owner")))
	require.NoError(t, w.s.SetRole(t.Context(), ani, audit.Key{}, budi, "viewer"))
	b, _, err := w.s.Actor(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, "viewer", b.Role)
	require.Equal(t, "invalid_fields", errs.CodeOf(w.s.SetRole(t.Context(), ani, audit.Key{}, budi, "")), "no role is none")
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error { return w.s.EndMembership(ctx, ani.By(), budi, ani.Org) }))
	_, _, err = w.s.Actor(t.Context(), token)
	require.Equal(t, errs.Unauthenticated, errs.KindOf(err))
	require.Equal(t, "person.last_owner", errs.CodeOf(w.s.SetRole(t.Context(), ani, audit.Key{}, ani.Person, "viewer")))
}

func TestSeededPeople(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	_, ani := w.signIn(t, "ani@example.id")
	n := identity.NewPerson{Email: "citra@example.id", Name: "Citra", Password: "another secret", Role: "finance"}
	_, err := w.s.Seed(t.Context(), 11, "producer", n)
	require.NoError(t, err)
	_, err = w.s.Seed(t.Context(), 11, "producer", n)
	require.Equal(t, "person.member_already", errs.CodeOf(err))
	for _, bad := range []identity.NewPerson{{Email: "x", Name: "X", Password: "long enough", Role: "sales"}, {Email: "x@y.id", Name: "", Password: "long enough", Role: "sales"},
		{Email: "x@y.id", Name: "X", Password: "short", Role: "sales"}, {Email: "x@y.id", Name: "X", Password: "password", Role: "sales"}, {Email: "x@y.id", Name: "X", Password: "long enough", Role: "king"}} {
		_, err = w.s.Seed(t.Context(), 11, "producer", bad)
		require.Equal(t, errs.Invalid, errs.KindOf(err), "%+v", bad)
	}
	p, err := w.s.People(t.Context(), ani, list.Query{})
	require.NoError(t, err)
	require.Len(t, p.Items, 2)
}
