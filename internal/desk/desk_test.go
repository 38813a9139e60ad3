package desk_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/desk"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/policies"
)

// office is an organisation with an owner, somebody of sales and a viewer, and another organisation.
type office struct {
	*desk.Service
	owner, sales, viewer, other access.Actor
}

func newOffice(t *testing.T) *office {
	d := dbtest.New(t)
	gate, err := access.New(policies.Model, policies.Grants)
	require.NoError(t, err)
	o := &office{Service: &desk.Service{DB: d, Clock: clock.System{}, Gate: gate}}
	actor := func(org, person id.ID, role string) access.Actor {
		return access.Actor{Org: org, Person: person, Role: role, Kind: "distributor", Zone: "Asia/Jakarta"}
	}
	o.owner, o.sales, o.viewer, o.other = actor(10, 1, "owner"), actor(10, 2, "sales"), actor(10, 3, "viewer"), actor(20, 4, "owner")
	for _, a := range []access.Actor{o.owner, o.sales, o.viewer, o.other} {
		seat(t, d, a)
	}
	return o
}

func seat(t *testing.T, d *db.DB, a access.Actor) {
	require.NoError(t, d.InTx(t.Context(), func(ctx context.Context) error {
		w := d.W(ctx)
		var n int64
		if err := w.Raw("SELECT COUNT(*) FROM org WHERE id = ?", a.Org).Scan(&n).Error; err != nil {
			return err
		}
		if n == 0 {
			err := w.Exec("INSERT INTO org (id, code, kind, name, name_fold, country, currency, zone, vat_registered, large, tax_no, address, city, phone, nameless, active, created_us, version)"+
				" VALUES (?, ?, 'distributor', 'PT', 'pt', 'ID', 'IDR', 'Asia/Jakarta', 0, 0, '', '', '', '', 0, 1, 1, 1)", a.Org, fmt.Sprint("D", a.Org)).Error
			if err != nil {
				return err
			}
		}
		return w.Exec("INSERT INTO person (id, email, name, lang, password, active, created_us, version) VALUES (?, ?, 'Ibu', 'id', '', 1, 1, 1)", a.Person, fmt.Sprintf("p%d@desk.example", a.Person)).Error
	}))
}

func TestAViewIsOnesOwnOrTheTeams(t *testing.T) {
	o, ctx := newOffice(t), t.Context()
	mine, err := o.Save(ctx, o.sales, audit.Key{}, desk.View{List: "orders", Name: " Yang menunggu ", Query: "status=placed&secret=1&after=zzz&side=seller"})
	require.NoError(t, err)
	require.Equal(t, "Yang menunggu", mine.Name)
	require.Equal(t, "side=seller&status=placed", mine.Query, "what the list does not know is left out")
	team, err := o.Save(ctx, o.sales, audit.Key{}, desk.View{List: "orders", Name: "Tim", Query: "status=held", Team: true})
	require.NoError(t, err)

	for who, want := range map[string]struct {
		a access.Actor
		n int
	}{"its maker": {o.sales, 2}, "the owner": {o.owner, 1}, "a viewer": {o.viewer, 1}, "another organisation": {o.other, 0}} {
		all, err := o.Views(ctx, want.a, "orders")
		require.NoError(t, err)
		require.Len(t, all, want.n, who)
	}
	for _, a := range []access.Actor{o.owner, o.other} {
		_, err := o.Change(ctx, a, mine.ID, mine.Version, "x", false)
		require.Equal(t, errs.NotFound, errs.KindOf(err), "what one does not see is not there")
		_, err = o.End(ctx, a, mine.ID, mine.Version)
		require.Equal(t, errs.NotFound, errs.KindOf(err))
		_, err = o.Restore(ctx, a, mine.ID)
		require.Equal(t, errs.NotFound, errs.KindOf(err))
	}
	_, err = o.Change(ctx, o.viewer, team.ID, team.Version, "x", true)
	require.Equal(t, "view.not_yours", errs.CodeOf(err))
	_, err = o.Save(ctx, o.viewer, audit.Key{}, desk.View{List: "orders", Name: "x", Team: true})
	require.Equal(t, errs.Forbidden, errs.KindOf(err), "a viewer keeps views of its own alone")
	_, err = o.Save(ctx, o.viewer, audit.Key{}, desk.View{List: "orders", Name: "x"})
	require.NoError(t, err)
	got, err := o.Change(ctx, o.owner, team.ID, team.Version, "Semua", true)
	require.NoError(t, err)
	require.Equal(t, "Semua", got.Name)
}

func TestAViewIsTakenAwayAndBroughtBack(t *testing.T) {
	o, ctx := newOffice(t), t.Context()
	k := audit.Key{Client: "once", Hash: [32]byte{1}}
	v, err := o.Save(ctx, o.sales, k, desk.View{List: "invoices", Name: "Lewat", Query: "status=unpaid"})
	require.NoError(t, err)
	again, err := o.Save(ctx, o.sales, k, desk.View{List: "invoices", Name: "Lewat", Query: "status=unpaid"})
	require.NoError(t, err)
	require.Equal(t, v.ID, again.ID, "twice is once")

	_, err = o.End(ctx, o.sales, v.ID, v.Version+4)
	require.Equal(t, "changed", errs.CodeOf(err))
	ended, err := o.End(ctx, o.sales, v.ID, v.Version)
	require.NoError(t, err)
	require.NotZero(t, ended.Ended)
	all, err := o.Views(ctx, o.sales, "invoices")
	require.NoError(t, err)
	require.Empty(t, all)
	twice, err := o.End(ctx, o.sales, v.ID, v.Version)
	require.NoError(t, err)
	require.Equal(t, ended.Version, twice.Version)
	back, err := o.Restore(ctx, o.sales, v.ID)
	require.NoError(t, err)
	require.Zero(t, back.Ended)
	all, err = o.Views(ctx, o.sales, "invoices")
	require.NoError(t, err)
	require.Len(t, all, 1)
}

func TestBadViewsChangeNothing(t *testing.T) {
	o, ctx := newOffice(t), t.Context()
	for name, v := range map[string]desk.View{"no such list": {List: "secrets", Name: "x"}, "no name": {List: "orders", Name: " "}, "too long a name": {List: "orders", Name: strings.Repeat("a", 61)},
		"too long a query": {List: "orders", Name: "x", Query: "q=" + strings.Repeat("a", 700)}, "no query": {List: "orders", Name: "x", Query: "q=%zz"}} {
		_, err := o.Save(ctx, o.sales, audit.Key{}, v)
		require.Equal(t, errs.Invalid, errs.KindOf(err), name)
	}
	_, err := o.Views(ctx, o.sales, "secrets")
	require.Equal(t, errs.NotFound, errs.KindOf(err))
	for i := range desk.MaxViews {
		_, err := o.Save(ctx, o.sales, audit.Key{}, desk.View{List: "stock", Name: fmt.Sprint(i)})
		require.NoError(t, err)
	}
	_, err = o.Save(ctx, o.sales, audit.Key{}, desk.View{List: "stock", Name: "one more"})
	require.Equal(t, "view.too_many", errs.CodeOf(err))
	glass := o.owner
	glass.Glass = 5
	_, err = o.Save(ctx, glass, audit.Key{}, desk.View{List: "orders", Name: "x"})
	require.Equal(t, "glass.read_only", errs.CodeOf(err))
}

func TestChoicesAreThePersons(t *testing.T) {
	o, ctx := newOffice(t), t.Context()
	c, err := o.Choices(ctx, o.sales)
	require.NoError(t, err)
	require.True(t, c.Keys)
	require.False(t, c.Dense)
	require.NoError(t, o.SetKeys(ctx, o.sales, false))
	require.NoError(t, o.SetKeys(ctx, o.sales, false))
	require.NoError(t, o.SetList(ctx, o.sales, "orders", []string{"reference", "total", "reference"}, true))
	c, err = o.Choices(ctx, o.sales)
	require.NoError(t, err)
	require.False(t, c.Keys)
	require.True(t, c.Dense)
	require.True(t, c.Hidden("orders", "total"))
	require.Equal(t, []string{"reference", "total"}, c.Columns["orders"])
	elsewhere := o.sales
	elsewhere.Org = 20
	c, err = o.Choices(ctx, elsewhere)
	require.NoError(t, err)
	require.False(t, c.Keys, "keys are the person's, whatever it acts for")
	require.False(t, c.Dense)
	c, err = o.Choices(ctx, o.owner)
	require.NoError(t, err)
	require.True(t, c.Keys)
	require.Equal(t, errs.NotFound, errs.KindOf(o.SetList(ctx, o.sales, "secrets", nil, false)))
	require.Equal(t, errs.Invalid, errs.KindOf(o.SetList(ctx, o.sales, "orders", []string{"x; DROP"}, false)))
	require.NoError(t, o.SetSteps(ctx, o.sales, false))
	require.NoError(t, o.SetSteps(ctx, o.sales, false))
	c, err = o.Choices(ctx, o.sales)
	require.NoError(t, err)
	require.False(t, c.Steps)
	c, err = o.Choices(ctx, elsewhere)
	require.NoError(t, err)
	require.True(t, c.Steps, "what is left in one organisation stands in another")
	require.NoError(t, o.SetSteps(ctx, o.sales, true))
	require.NoError(t, o.SetList(ctx, o.sales, "orders", nil, false))
	c, err = o.Choices(ctx, o.sales)
	require.NoError(t, err)
	require.Empty(t, c.Columns)
}
