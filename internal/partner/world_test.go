package partner_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/id"
	"saluran/internal/money"
	"saluran/internal/partner"
	"saluran/policies"
)

// world is a producer with a distributor and a shop, and the operator who entered them.
type world struct {
	t      *testing.T
	d      *db.DB
	s      *partner.Service
	clock  *clock.Fixed
	gate   *access.Gate
	limits *limits
	op     access.Actor
	maker  access.Actor
	dist   access.Actor
	shop   access.Actor
	agent  access.Actor
}

// limits stands for the ledger: it keeps the first limit of each event, as the ledger posts an event once.
type limits struct {
	mu  sync.Mutex
	set map[string]money.Minor
	now map[[2]id.ID]money.Minor
}

func (l *limits) SetLimit(_ context.Context, _ id.By, seller, buyer id.ID, _ money.Currency, limit money.Minor, event string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, posted := l.set[event]; !posted {
		l.set[event] = limit
		l.now[[2]id.ID{seller, buyer}] = limit
	}
	return nil
}

func newWorld(t *testing.T) *world {
	d := dbtest.Bare(t)
	gate, err := access.New(policies.Model, policies.Grants)
	require.NoError(t, err)
	w := &world{t: t, d: d, gate: gate, clock: clock.NewFixed(clock.Date("2026-03-02").Noon("Asia/Jakarta")), limits: &limits{set: map[string]money.Minor{}, now: map[[2]id.ID]money.Minor{}}}
	w.s = partner.New(d, gate, w.clock, w.limits)
	op, maker, err := w.s.Setup(t.Context(), partner.NewOrg{Code: "OP", Name: "Operator"}, partner.NewOrg{Code: "KOPI", Kind: "producer", Name: "Kopi Nusantara"})
	require.NoError(t, err)
	dbtest.Plant(t, d)
	w.op, w.maker = actor(op, "operator"), actor(maker, "owner")
	w.dist = w.add("distributor", "D1", "Distribusi Jaya")
	w.shop = w.add("retailer", "T1", "Toko Ibu")
	w.agent = w.add("agent", "A1", "Agen Budi")
	return w
}

func actor(o partner.Org, role string) access.Actor {
	return access.Actor{Person: o.ID + 1_000_000, Org: o.ID, OrgName: o.Name, Kind: o.Kind, Role: role, Zone: o.Zone}
}

func (w *world) add(kind, code, name string) access.Actor {
	o, err := w.s.Create(w.t.Context(), w.op, partner.NewOrg{Code: code, Kind: kind, Name: name})
	require.NoError(w.t, err)
	return actor(o, "owner")
}

// code is what a partner would be told of an organisation.
func (w *world) code(org id.ID) string {
	o, err := w.s.Org(w.t.Context(), w.op, org)
	require.NoError(w.t, err)
	return o.Code
}

// list makes a price list of an organisation, which the catalogue does in the portal.
func (w *world) list(org id.ID) (priceList id.ID) {
	require.NoError(w.t, w.d.InTx(w.t.Context(), func(ctx context.Context) error {
		priceList = w.d.IDs.Next()
		return w.d.W(ctx).Exec("INSERT INTO price_list (id, org, name, currency, version) VALUES (?, ?, ?, 'IDR', 1)", priceList, org, "list "+priceList.String()).Error
	}))
	return priceList
}

func (w *world) warehouse(org id.ID) (place id.ID) {
	require.NoError(w.t, w.d.InTx(w.t.Context(), func(ctx context.Context) error {
		place = w.d.IDs.Next()
		return w.d.W(ctx).Exec("INSERT INTO place (id, org, kind, name, address, parent, main, active, version) VALUES (?, ?, 'warehouse', 'Main', '', 0, ?, ?, 1)", place, org, true, true).Error
	}))
	return place
}

// chain makes a free channel with a link maker → buyer, the agent on it where there is one.
func (w *world) chain(buyer access.Actor, agent id.ID) partner.Link {
	c, err := w.s.CreateChannel(w.t.Context(), w.maker, partner.NewChannel{Name: "To " + buyer.OrgName, Shape: "free", Tiers: []string{"producer", buyer.Kind}})
	require.NoError(w.t, err)
	l, _, err := w.s.CreateLink(w.t.Context(), w.maker, partner.NewLink{Channel: c.ID, Seller: w.maker.Org, Buyer: buyer.Org, Code: w.code(buyer.Org), Agent: agent, Place: true})
	require.NoError(w.t, err)
	return w.accepted(buyer, l)
}

// accepted is a link that its buyer has agreed to.
func (w *world) accepted(buyer access.Actor, l partner.Link) partner.Link {
	l, err := w.s.AcceptLink(w.t.Context(), buyer, audit.Key{}, l.ID, l.Version)
	require.NoError(w.t, err)
	require.False(w.t, l.Waits())
	return l
}

func terms(priceList id.ID) partner.Terms {
	return partner.Terms{From: "2026-01-01", PriceList: priceList, Currency: "IDR", NetDays: 30, CreditLimit: 5_000_000_00, TitleOn: "delivery", RiskOn: "delivery", ResaleBeforeTitle: true}
}
