package identity_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/identity"
	"saluran/policies"
)

func (w *world) roles(t *testing.T) (*identity.RoleBook, *access.Gate) {
	gate, err := access.New(policies.Model, policies.Grants)
	require.NoError(t, err)
	return identity.NewRoleBook(w.d, w.clock, gate), gate
}

func grants(all ...string) (out []access.Grant) {
	for _, s := range all {
		p := strings.Split(s, ".")
		out = append(out, access.Grant{Rel: access.Rel(p[0]), Object: p[1], Action: p[2]})
	}
	return out
}

func TestAnOrganisationDefinesItsOwnRole(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	budi := w.seed(t, 11, "producer", "budi@example.id", "viewer")
	w.seed(t, 12, "distributor", "dian@example.id", "owner")
	_, owner := w.signIn(t, "ani@example.id")
	_, foreign := w.signIn(t, "dian@example.id")
	token, _ := w.signIn(t, "budi@example.id")
	roles, gate := w.roles(t)
	now := func() access.Actor { a, _, err := w.s.Actor(t.Context(), token); require.NoError(t, err); return a }
	k := audit.Key{Client: "make", Hash: [32]byte{1}}
	n := identity.NewRole{Name: "Dispatch lead", Base: "warehouse", Grants: grants("own.order.list", "seller.order.dispatch", "seller.order.dispatch", "seller.order.confirm")}
	r, err := roles.Make(t.Context(), owner, k, n)
	require.NoError(t, err)
	again, err := roles.Make(t.Context(), owner, k, n)
	require.NoError(t, err)
	require.Equal(t, r.ID, again.ID, "twice is once")
	require.Len(t, r.Grants, 3)
	require.Equal(t, "own:"+r.ID.String(), r.Role)

	require.NoError(t, w.s.SetRole(t.Context(), owner, audit.Key{}, budi, r.Role))
	a := now()
	require.Equal(t, "Dispatch lead", a.Own.Name)
	require.True(t, gate.Can(a, access.Seller, "order", "confirm") && gate.Can(a, access.Own, "order", "list"))
	require.False(t, gate.Can(a, access.Own, "order", "read") || gate.Can(a, access.Buyer, "order", "confirm") || gate.Can(a, access.Own, "person", "read"))
	require.Equal(t, "access.denied", errs.CodeOf(gate.Require(t.Context(), a, access.Own, "invoice", "read")))

	// A change holds from the next request on.
	r, err = roles.Change(t.Context(), owner, audit.Key{}, r.ID, r.Version, identity.NewRole{Name: "Dispatch", Grants: grants("own.order.read")})
	require.NoError(t, err)
	require.EqualValues(t, 2, r.Version)
	a = now()
	require.True(t, gate.Can(a, access.Own, "order", "read"))
	require.False(t, gate.Can(a, access.Seller, "order", "confirm"))
	_, err = roles.Change(t.Context(), owner, audit.Key{}, r.ID, 1, n)
	require.Equal(t, "changed", errs.CodeOf(err))
	var kept int64
	require.NoError(t, w.d.R(t.Context()).Raw("SELECT COUNT(*) FROM role_grant WHERE def = ? AND version = 1", r.ID).Scan(&kept).Error)
	require.EqualValues(t, 3, kept, "what the role was is kept")
	var said string
	require.NoError(t, w.d.R(t.Context()).Raw("SELECT changes FROM audit WHERE doc = ? AND action = 'role.changed'", r.ID).Scan(&said).Error)
	require.Contains(t, said, `"granted":["","own.order.read"]`)

	// It cannot end while somebody has it.
	_, err = roles.End(t.Context(), owner, audit.Key{}, r.ID)
	require.Equal(t, "role.held", errs.CodeOf(err))
	require.NoError(t, w.s.SetRole(t.Context(), owner, audit.Key{}, budi, "viewer"))
	for range 2 {
		_, err = roles.End(t.Context(), owner, audit.Key{}, r.ID)
		require.NoError(t, err)
	}
	require.Equal(t, "invalid_fields", errs.CodeOf(w.s.SetRole(t.Context(), owner, audit.Key{}, budi, r.Role)), "what has ended is given to nobody")
	_, err = roles.Change(t.Context(), owner, audit.Key{}, r.ID, 0, n)
	require.Equal(t, "role.ended", errs.CodeOf(err))
	_, err = roles.Make(t.Context(), owner, audit.Key{}, identity.NewRole{Name: "dispatch", Grants: n.Grants})
	require.NoError(t, err, "the name is free again")

	// Another organisation: as if it did not exist.
	for _, no := range []id.ID{r.ID, 999_999} {
		_, err = roles.Role(t.Context(), foreign, no)
		require.Equal(t, errs.Gone(), err)
		_, err = roles.End(t.Context(), foreign, audit.Key{}, no)
		require.Equal(t, errs.Gone(), err)
		_, err = roles.Change(t.Context(), foreign, audit.Key{}, no, 0, n)
		require.Equal(t, errs.Gone(), err)
	}
	all, err := roles.List(t.Context(), foreign)
	require.NoError(t, err)
	require.Empty(t, all)
}

func TestRolesAreRefused(t *testing.T) {
	w := newWorld(t)
	w.org(t, 13, "A1", "agent")
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	w.seed(t, 11, "producer", "sales@example.id", "sales")
	w.seed(t, 13, "agent", "agen@example.id", "owner")
	dian := w.seed(t, 12, "distributor", "dian@example.id", "owner")
	_, owner := w.signIn(t, "ani@example.id")
	_, sales := w.signIn(t, "sales@example.id")
	_, agent := w.signIn(t, "agen@example.id")
	_, foreign := w.signIn(t, "dian@example.id")
	roles, _ := w.roles(t)
	ok := grants("own.order.read")
	for _, c := range []struct {
		who  access.Actor
		n    identity.NewRole
		code string
	}{
		{owner, identity.NewRole{Name: "", Grants: ok}, "invalid_fields"},
		{owner, identity.NewRole{Name: strings.Repeat("x", 61), Grants: ok}, "invalid_fields"},
		{owner, identity.NewRole{Name: "two\nlines", Grants: ok}, "invalid_fields"},
		{owner, identity.NewRole{Name: " PEMILIK ", Grants: ok}, "invalid_fields"},
		{owner, identity.NewRole{Name: "owner", Grants: ok}, "invalid_fields"},
		{owner, identity.NewRole{Name: "own:77", Grants: ok}, "invalid_fields"},
		{owner, identity.NewRole{Name: "x", Grants: nil}, "invalid_fields"},
		{owner, identity.NewRole{Name: "x", Grants: grants("own.order.fly")}, "invalid_fields"},
		{owner, identity.NewRole{Name: "x", Grants: grants("*.*.*")}, "invalid_fields"},
		{owner, identity.NewRole{Name: "x", Base: "king", Grants: ok}, "invalid_fields"},
		{owner, identity.NewRole{Name: "x", Grants: grants("upstream.order.confirm")}, "role.beyond"},
		{agent, identity.NewRole{Name: "x", Grants: grants("own.stock.make")}, "role.beyond"},
		{sales, identity.NewRole{Name: "x", Grants: ok}, "access.denied"},
		{owner, identity.NewRole{Name: "Taken", Grants: ok}, ""},
		{owner, identity.NewRole{Name: "taken", Grants: ok}, "role.name_taken"},
		{foreign, identity.NewRole{Name: "Taken", Grants: ok}, ""},
	} {
		_, err := roles.Make(t.Context(), c.who, audit.Key{}, c.n)
		if c.code == "" {
			require.NoError(t, err)
		} else {
			require.Equal(t, c.code, errs.CodeOf(err), "%+v", c.n)
		}
	}
	mine, err := roles.List(t.Context(), owner)
	require.NoError(t, err)
	require.Len(t, mine, 1)
	// The role of another organisation is none, whether it exists or not: the same words.
	for _, role := range []string{mine[0].Role, "own:999999", "own:", "kind:producer", "operator"} {
		err := w.s.SetRole(t.Context(), foreign, audit.Key{}, dian, role)
		require.Equal(t, errs.OnFields("invalid_fields", errs.F("role", "person.role")), err, role)
	}
	_, err = w.s.Seed(t.Context(), 12, "distributor", identity.NewPerson{Email: "q@example.id", Name: "Q", Password: "a long secret", Role: mine[0].Role})
	require.Equal(t, "invalid_fields", errs.CodeOf(err))
	for n := 1; n < identity.MaxRoles; n++ {
		_, err := roles.Make(t.Context(), owner, audit.Key{}, identity.NewRole{Name: fmt.Sprint("Role ", n), Grants: ok})
		require.NoError(t, err)
	}
	_, err = roles.Make(t.Context(), owner, audit.Key{}, identity.NewRole{Name: "One more", Grants: ok})
	require.Equal(t, "role.too_many", errs.CodeOf(err))
}

// TestNobodyRaisesThemselves: somebody who manages people in a role of the organisation's own hands on no more than that role.
func TestNobodyRaisesThemselves(t *testing.T) {
	w := newWorld(t)
	ani := w.seed(t, 11, "producer", "ani@example.id", "owner")
	budi := w.seed(t, 11, "producer", "budi@example.id", "viewer")
	citra := w.seed(t, 11, "producer", "citra@example.id", "viewer")
	_, owner := w.signIn(t, "ani@example.id")
	dewi := w.seed(t, 12, "distributor", "dewi@example.id", "viewer")
	token, _ := w.signIn(t, "budi@example.id")
	roles, _ := w.roles(t)
	hr, err := roles.Make(t.Context(), owner, audit.Key{}, identity.NewRole{Name: "People", Grants: grants("own.person.read", "own.person.manage", "own.order.read")})
	require.NoError(t, err)
	money, err := roles.Make(t.Context(), owner, audit.Key{}, identity.NewRole{Name: "Money", Grants: grants("own.bank.write")})
	require.NoError(t, err)
	small, err := roles.Make(t.Context(), owner, audit.Key{}, identity.NewRole{Name: "Small", Grants: grants("own.order.read")})
	require.NoError(t, err)
	require.NoError(t, w.s.SetRole(t.Context(), owner, audit.Key{}, budi, hr.Role))
	a, _, err := w.s.Actor(t.Context(), token)
	require.NoError(t, err)

	for _, role := range []string{"owner", "finance", "viewer", "sales", money.Role} {
		require.Equal(t, "person.beyond", errs.CodeOf(w.s.SetRole(t.Context(), a, audit.Key{}, budi, role)), role)
		require.Equal(t, "person.beyond", errs.CodeOf(w.d.InTx(t.Context(), func(ctx context.Context) error { return w.s.RoleFits(ctx, a, role) })), "an invitation as %s", role)
	}
	for _, who := range []id.ID{ani, citra} { // nor does it lower or throw out who may do more
		require.Equal(t, "person.beyond", errs.CodeOf(w.s.SetRole(t.Context(), a, audit.Key{}, who, small.Role)))
		require.Equal(t, "person.beyond", errs.CodeOf(w.s.MayPart(t.Context(), a, who)))
	}
	_, err = roles.Make(t.Context(), a, audit.Key{}, identity.NewRole{Name: "More", Grants: grants("own.bank.write")})
	require.Equal(t, "role.beyond", errs.CodeOf(err))
	_, err = roles.Change(t.Context(), a, audit.Key{}, hr.ID, 0, identity.NewRole{Name: "People", Grants: append(grants("own.price.read"), hr.Grants...)})
	require.Equal(t, "role.beyond", errs.CodeOf(err))
	_, err = roles.Change(t.Context(), a, audit.Key{}, money.ID, 0, identity.NewRole{Name: "Money", Grants: grants("own.order.read")})
	require.Equal(t, "role.beyond", errs.CodeOf(err), "nor takes from others what it does not have")
	require.NoError(t, w.d.InTx(t.Context(), func(ctx context.Context) error {
		if err := w.s.RoleFits(ctx, a, small.Role); err != nil {
			return err
		}
		return w.s.Enrol(ctx, id.By{Org: 11}, dewi, 11, small.Role)
	}))
	holders, err := roles.Holders(t.Context(), a, []string{small.Role})
	require.NoError(t, err)
	require.Len(t, holders, 1)
}

// TestRolesGivenAndEndedAtOnce: however it goes, nobody is left with a role that has ended.
func TestRolesGivenAndEndedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.seed(t, 11, "producer", "ani@example.id", "owner")
	budi := w.seed(t, 11, "producer", "budi@example.id", "viewer")
	_, owner := w.signIn(t, "ani@example.id")
	roles, _ := w.roles(t)
	r, err := roles.Make(t.Context(), owner, audit.Key{}, identity.NewRole{Name: "Brief", Grants: grants("own.order.read")})
	require.NoError(t, err)
	var wg sync.WaitGroup
	var made atomic.Int64
	for n := range 200 {
		wg.Go(func() {
			var err error
			switch n % 4 {
			case 0:
				_, err = roles.End(t.Context(), owner, audit.Key{}, r.ID)
			case 1:
				err = w.s.SetRole(t.Context(), owner, audit.Key{}, budi, r.Role)
			case 2:
				err = w.s.SetRole(t.Context(), owner, audit.Key{}, budi, "viewer")
			default:
				if _, err = roles.Make(t.Context(), owner, audit.Key{Client: "one", Hash: [32]byte{1}}, identity.NewRole{Name: "Same", Grants: grants("own.order.read")}); err == nil {
					made.Add(1)
				}
			}
			switch errs.CodeOf(err) {
			case "internal":
				if err != nil {
					t.Error(err)
				}
			case "role.held", "invalid_fields", "busy":
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.NotZero(t, made.Load())
	var lost, same int64
	require.NoError(t, w.d.R(t.Context()).Raw("SELECT COUNT(*) FROM membership m JOIN role_def r ON r.role = m.role WHERE r.ended_us <> 0").Scan(&lost).Error)
	require.NoError(t, w.d.R(t.Context()).Raw("SELECT COUNT(*) FROM role_def WHERE name = 'Same'").Scan(&same).Error)
	require.Zero(t, lost)
	require.EqualValues(t, 1, same)
}
