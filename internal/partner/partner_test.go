package partner_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/partner"
	"saluran/internal/trade"
)

func TestADealIsTheTradesDeal(t *testing.T) {
	_, _ = trade.Deal(partner.Deal{}), trade.Shop(partner.Shop{})
	require.Equal(t, ledger.NoLimit, partner.NoLimit)
}

func TestSetupIsDoneOnce(t *testing.T) {
	w := newWorld(t)
	_, _, err := w.s.Setup(t.Context(), partner.NewOrg{Code: "X", Name: "X"}, partner.NewOrg{Code: "Y", Kind: "producer", Name: "Y"})
	require.Equal(t, "setup.done", errs.CodeOf(err))
}

func TestWhoSeesWhom(t *testing.T) {
	w := newWorld(t)
	sees := func(a access.Actor, org id.ID) bool {
		_, err := w.s.Org(t.Context(), a, org)
		if err != nil {
			require.True(t, errs.Is(err, errs.NotFound), "%v", err)
		}
		return err == nil
	}
	require.True(t, sees(w.shop, w.shop.Org))
	require.False(t, sees(w.shop, w.maker.Org))
	require.False(t, sees(w.shop, 99_999_999), "an id that does not exist answers the same")
	require.True(t, sees(w.op, w.shop.Org))
	w.chain(w.shop, 0)
	require.True(t, sees(w.shop, w.maker.Org))
	require.True(t, sees(w.maker, w.shop.Org))
	require.False(t, sees(w.dist, w.shop.Org))
	mine, err := w.s.Create(t.Context(), w.dist, partner.NewOrg{Code: "T2", Kind: "retailer", Name: "Toko Dua"})
	require.NoError(t, err)
	require.True(t, sees(w.dist, mine.ID))
	require.False(t, sees(w.maker, mine.ID))

	page, err := w.s.List(t.Context(), w.maker, list.Query{Size: 1})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	require.Equal(t, "Kopi Nusantara", page.Items[0].Name)
	page, err = w.s.List(t.Context(), w.maker, list.Query{Size: 1, Cursor: page.Next})
	require.NoError(t, err)
	require.Equal(t, "Toko Ibu", page.Items[0].Name)
	require.Empty(t, page.Next)
	page, err = w.s.List(t.Context(), w.op, list.Query{Filter: map[string]string{"q": "DISTRIBUSI"}})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	for _, q := range []string{"%", "_", "!"} {
		page, err = w.s.List(t.Context(), w.op, list.Query{Filter: map[string]string{"q": q}})
		require.NoError(t, err)
		require.Empty(t, page.Items, q)
	}
	o, err := w.s.Lookup(t.Context(), w.dist, "retailer", "T1")
	require.NoError(t, err)
	require.Equal(t, partner.Org{ID: w.shop.Org, Code: "T1", Kind: "retailer", Name: "Toko Ibu", Active: true}, o)
}

func TestCreateTwiceUpdateOnce(t *testing.T) {
	w := newWorld(t)
	n := partner.NewOrg{Key: audit.Key{Client: "k", Hash: audit.HashOf("a")}, Code: " T9 ", Kind: "retailer", Name: "Toko Sembilan"}
	a, err := w.s.Create(t.Context(), w.dist, n)
	require.NoError(t, err)
	b, err := w.s.Create(t.Context(), w.dist, n)
	require.NoError(t, err)
	require.Equal(t, a, b)
	n.Key.Hash = audit.HashOf("b")
	_, err = w.s.Create(t.Context(), w.dist, n)
	require.Equal(t, "key_reused", errs.CodeOf(err))
	n.Key = audit.Key{}
	_, err = w.s.Create(t.Context(), w.dist, n)
	require.Equal(t, "partner.code_taken", errs.CodeOf(err))
	_, err = w.s.Create(t.Context(), w.dist, partner.NewOrg{Kind: "king", Code: "", Name: "", Zone: "Mars/Olympus", Currency: "XXX", Country: "Indonesia"})
	require.True(t, errs.Is(err, errs.Invalid))
	_, err = w.s.Create(t.Context(), w.dist, partner.NewOrg{Kind: "operator", Code: "OP2", Name: "Second"})
	require.True(t, errs.Is(err, errs.Forbidden))
	low := w.dist
	low.Role = "warehouse"
	_, err = w.s.Create(t.Context(), low, partner.NewOrg{Kind: "retailer", Code: "T10", Name: "x"})
	require.Equal(t, "access.denied", errs.CodeOf(err))

	u := partner.UpdateOrg{Org: a.ID, Version: 1, Name: "Toko Baru", Zone: "Asia/Makassar", Active: true}
	c, err := w.s.Update(t.Context(), w.dist, u)
	require.NoError(t, err)
	require.Equal(t, "Toko Baru", c.Name)
	require.EqualValues(t, 2, c.Version)
	_, err = w.s.Update(t.Context(), w.dist, u)
	require.Equal(t, "changed", errs.CodeOf(err))
	u.Version = 2
	_, err = w.s.Update(t.Context(), w.maker, u)
	require.True(t, errs.Is(err, errs.NotFound))
}

func TestResolve(t *testing.T) {
	w := newWorld(t)
	w.add("retailer", "T3", "Toko Ibu")
	w.add("wholesaler", "T1", "Grosir Satu")
	for ref, want := range map[string]id.ID{"D1": w.dist.Org, "retailer/T1": w.shop.Org, w.agent.Org.String(): w.agent.Org, "kopi  NUSANTARA": w.maker.Org} {
		o, err := w.s.Resolve(t.Context(), ref)
		require.NoError(t, err, ref)
		require.Equal(t, want, o.ID, ref)
	}
	_, err := w.s.Resolve(t.Context(), "Toko Ibu")
	require.Equal(t, "partner.ambiguous", errs.CodeOf(err))
	require.ErrorContains(t, err, "retailer/T1, retailer/T3")
	_, err = w.s.Resolve(t.Context(), "T1")
	require.Equal(t, "partner.ambiguous", errs.CodeOf(err))
	_, err = w.s.Resolve(t.Context(), "Nobody")
	require.Equal(t, "partner.unknown", errs.CodeOf(err))
}

func TestAnAgreementCountsWhenBothAccept(t *testing.T) {
	w := newWorld(t)
	l := w.chain(w.shop, 0)
	from, to := w.warehouse(w.maker.Org), w.warehouse(w.shop.Org)
	deal := func(viewer id.ID, on clock.Date) (partner.Deal, error) {
		d, _, err := w.s.Deal(t.Context(), viewer, w.maker.Org, w.shop.Org, on)
		return d, err
	}
	_, err := deal(w.shop.Org, "2026-03-02")
	require.Equal(t, "order.no_agreement", errs.CodeOf(err))
	_, err = deal(w.dist.Org, "2026-03-02")
	require.True(t, errs.Is(err, errs.NotFound), "a stranger learns nothing")

	list1 := w.list(w.maker.Org)
	p := partner.Propose{Key: audit.Key{Client: "p"}, Link: l.ID, Terms: terms(list1)}
	_, _, err = w.s.Propose(t.Context(), w.shop, p)
	require.True(t, errs.Is(err, errs.Invalid), "a buyer knows no list that was not offered to it: %v", err)
	_, _, err = w.s.Propose(t.Context(), w.dist, p)
	require.True(t, errs.Is(err, errs.NotFound))
	g, _, err := w.s.Propose(t.Context(), w.maker, p)
	require.NoError(t, err)
	again, _, err := w.s.Propose(t.Context(), w.maker, p)
	require.NoError(t, err)
	require.Equal(t, g.ID, again.ID)
	_, err = deal(w.shop.Org, "2026-03-02")
	require.Equal(t, "order.no_agreement", errs.CodeOf(err), "one side is not enough")
	_, err = w.s.Accept(t.Context(), w.dist, g.ID)
	require.True(t, errs.Is(err, errs.NotFound))
	g, err = w.s.Accept(t.Context(), w.shop, g.ID)
	require.NoError(t, err)
	require.True(t, g.Accepted())
	require.NotZero(t, g.LimitAt)
	require.EqualValues(t, 5_000_000_00, w.limits.now[[2]id.ID{w.maker.Org, w.shop.Org}])
	_, err = w.s.Accept(t.Context(), w.shop, g.ID)
	require.NoError(t, err, "twice is free")

	d, err := deal(w.shop.Org, "2026-03-02")
	require.NoError(t, err)
	require.Equal(t, g.ID, d.Agreement)
	require.Equal(t, list1, d.PriceList)
	require.Equal(t, []id.ID{from, to}, []id.ID{d.ShipFrom, d.DeliverTo})
	require.Equal(t, []string{"producer", "retailer", "IDR", "ID"}, []string{d.SellerKind, d.BuyerKind, d.Currency.Code, d.Country})
	_, err = deal(w.shop.Org, "2025-12-31")
	require.Equal(t, "order.no_agreement", errs.CodeOf(err))
	_, err = deal(w.dist.Org, "2026-03-02")
	require.True(t, errs.Is(err, errs.NotFound), "nor from the cache")
}

func TestALaterEditionTakesOverOnItsDay(t *testing.T) {
	w := newWorld(t)
	l := w.chain(w.shop, 0)
	pl := w.list(w.maker.Org)
	agree := func(tm partner.Terms) partner.Agreement {
		g, _, err := w.s.Propose(t.Context(), w.maker, partner.Propose{Link: l.ID, Terms: tm})
		require.NoError(t, err)
		g, err = w.s.Accept(t.Context(), w.shop, g.ID)
		require.NoError(t, err)
		return g
	}
	one := agree(terms(pl))
	next := terms(pl)
	next.From, next.Until, next.CreditLimit = "2026-04-01", "2026-06-30", 9
	stale, _, err := w.s.Propose(t.Context(), w.maker, partner.Propose{Link: l.ID, Terms: terms(pl)})
	require.NoError(t, err)
	two := agree(next)
	require.EqualValues(t, 3, two.Edition)
	require.NotEqual(t, one.TextHash, two.TextHash)
	_, err = w.s.Accept(t.Context(), w.shop, stale.ID)
	require.Equal(t, "agreement.declined", errs.CodeOf(err))
	for on, want := range map[clock.Date]id.ID{"2026-03-31": one.ID, "2026-04-01": two.ID, "2026-06-30": two.ID, "2026-07-01": one.ID} {
		d, _, err := w.s.Deal(t.Context(), w.shop.Org, w.maker.Org, w.shop.Org, on)
		require.NoError(t, err)
		require.Equal(t, want, d.Agreement, on)
	}
	pair := [2]id.ID{w.maker.Org, w.shop.Org}
	require.Zero(t, two.LimitAt, "its limit waits for its day")
	require.EqualValues(t, 5_000_000_00, w.limits.now[pair])
	w.clock.Set(clock.Date("2026-04-01").Noon("Asia/Jakarta"))
	require.NoError(t, w.s.PostLimits(t.Context()))
	require.NoError(t, w.s.PostLimits(t.Context()))
	require.EqualValues(t, 9, w.limits.now[pair])
	page, err := w.s.Agreements(t.Context(), w.shop, list.Query{})
	require.NoError(t, err)
	require.Len(t, page.Items, 3)
	require.Equal(t, "Kopi Nusantara", page.Items[0].SellerName)
	page, err = w.s.Agreements(t.Context(), w.shop, list.Query{Filter: map[string]string{"waiting": "1"}})
	require.NoError(t, err)
	require.Empty(t, page.Items, "what was replaced waits for nobody")
}

func TestAgents(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	n := partner.NewAppointment{Agent: w.agent.Org, Code: "A1", Area: "Bali", CommissionBps: 250, CommissionOn: "payment", MayCollect: true, Sole: true, From: "2026-01-01"}
	ap, _, err := w.s.Appoint(ctx, w.maker, n)
	require.NoError(t, err)
	other := w.add("agent", "A2", "Agen Dua")
	n.Agent = other.Org
	_, _, err = w.s.Appoint(ctx, w.maker, n)
	require.True(t, errs.Is(err, errs.NotFound), "one whose code it does not know is not there")
	n.Code = "A2"
	_, found, err := w.s.Appoint(ctx, w.maker, n)
	require.Equal(t, "partner.sole", errs.CodeOf(err))
	require.NotEmpty(t, found)
	n.Agent, n.Code, n.Area = w.shop.Org, "T1", "Lombok"
	_, _, err = w.s.Appoint(ctx, w.maker, n)
	require.Equal(t, "partner.not_an_agent", errs.CodeOf(err))

	l := w.chain(w.shop, w.agent.Org)
	g, _, err := w.s.Propose(ctx, w.maker, partner.Propose{Link: l.ID, Terms: terms(w.list(w.maker.Org))})
	require.NoError(t, err)
	_, err = w.s.Accept(ctx, w.agent, g.ID)
	require.Equal(t, "agreement.not_the_agent", errs.CodeOf(err))
	_, err = w.s.Accept(ctx, w.shop, g.ID)
	require.NoError(t, err)
	d, _, err := w.s.Deal(ctx, w.agent.Org, w.maker.Org, w.shop.Org, "2026-03-02")
	require.NoError(t, err)
	require.Equal(t, ap.ID, d.Appointment)
	require.EqualValues(t, 250, d.CommissionBps)
	_, err = w.s.Appointment(ctx, w.shop, ap.ID)
	require.True(t, errs.Is(err, errs.NotFound), "buyers never see an appointment")
	_, err = w.s.EndAppointment(ctx, w.maker, ap.ID, 1, "2026-02-28")
	require.NoError(t, err)
	_, err = w.s.EndAppointment(ctx, w.maker, ap.ID, 1, "2026-02-28")
	require.Equal(t, "changed", errs.CodeOf(err))
	d, _, err = w.s.Deal(ctx, w.agent.Org, w.maker.Org, w.shop.Org, "2026-03-02")
	require.NoError(t, err)
	require.Zero(t, d.Appointment)
}

func TestShapes(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	for _, sh := range partner.Shapes {
		n := partner.NewChannel{Name: sh.Name, Shape: sh.Name}
		if sh.Name == "free" {
			n.Tiers = []string{"producer", "any", "any"}
		}
		c, err := w.s.CreateChannel(ctx, w.maker, n)
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(c.Tiers), 2)
	}
	_, err := w.s.CreateChannel(ctx, w.dist, partner.NewChannel{Name: "x", Shape: "full"})
	require.Equal(t, "partner.not_a_producer", errs.CodeOf(err))
	cs, err := w.s.Channels(ctx, w.maker)
	require.NoError(t, err)
	require.Len(t, cs, 7)
	var full partner.Channel
	for _, c := range cs {
		if c.Shape == "full" {
			full = c
		}
	}
	require.Equal(t, "partner.tier_kind", errs.CodeOf(w.s.PlaceMember(ctx, w.maker, audit.Key{}, full.ID, w.shop.Org, "T1", 2)))
	require.NoError(t, w.s.PlaceMember(ctx, w.maker, audit.Key{}, full.ID, w.dist.Org, "D1", 2))
	require.NoError(t, w.s.PlaceMember(ctx, w.maker, audit.Key{}, full.ID, w.dist.Org, "D1", 2))
	require.NoError(t, w.s.PlaceMember(ctx, w.dist, audit.Key{}, full.ID, w.shop.Org, "T1", 4))
	require.True(t, errs.Is(w.s.PlaceMember(ctx, w.agent, audit.Key{}, full.ID, w.shop.Org, "T1", 4), errs.NotFound))
	link := func(a access.Actor, seller, buyer id.ID) error {
		_, _, err := w.s.CreateLink(ctx, a, partner.NewLink{Channel: full.ID, Seller: seller, Buyer: buyer, Code: w.code(buyer)})
		return err
	}
	require.NoError(t, link(w.dist, w.dist.Org, w.shop.Org))
	require.Equal(t, "partner.link_taken", errs.CodeOf(link(w.dist, w.dist.Org, w.shop.Org)))
	require.Equal(t, "partner.tier_order", errs.CodeOf(link(w.shop, w.shop.Org, w.dist.Org)))
	require.Equal(t, "partner.agent_buys", errs.CodeOf(link(w.dist, w.dist.Org, w.agent.Org)))
	require.True(t, errs.Is(link(w.shop, w.dist.Org, w.shop.Org), errs.NotFound), "a buyer cannot link itself")
	ms, err := w.s.Members(ctx, w.maker, full.ID, list.Query{})
	require.NoError(t, err)
	require.Len(t, ms.Items, 1, "a producer does not see the customers of its distributor, nor the distributor before it is linked with it: %v", ms)
	ms, err = w.s.Members(ctx, w.dist, full.ID, list.Query{})
	require.NoError(t, err)
	require.Len(t, ms.Items, 3)
	views, err := w.s.Links(ctx, w.dist, list.Query{Filter: map[string]string{"side": "seller"}})
	require.NoError(t, err)
	require.Len(t, views.Items, 1)
	require.Equal(t, "Toko Ibu", views.Items[0].BuyerName)
	require.Equal(t, w.shop.Org, views.Items[0].Buyer)
	views, err = w.s.Links(ctx, w.maker, list.Query{})
	require.NoError(t, err)
	require.Empty(t, views.Items)
}

func TestALargeProducerIsWarned(t *testing.T) {
	w := newWorld(t)
	_, err := w.s.Update(t.Context(), w.maker, partner.UpdateOrg{Org: w.maker.Org, Version: 1, Name: "Kopi Nusantara", Large: true, Active: true})
	require.NoError(t, err)
	l := w.chain(w.shop, 0)
	found, err := w.s.CheckLink(t.Context(), w.maker, partner.NewLink{Channel: l.Channel, Seller: w.maker.Org, Buyer: w.shop.Org})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, "partner.large_to_retailer", found[0].Code)
	require.False(t, found[0].Error)
	ended, err := w.s.SetLink(t.Context(), w.maker, partner.SetLink{Link: l.ID, Version: l.Version})
	require.NoError(t, err)
	require.False(t, ended.Active)
	_, _, err = w.s.Deal(t.Context(), w.shop.Org, w.maker.Org, w.shop.Org, "2026-03-02")
	require.True(t, errs.Is(err, errs.NotFound))
}

func TestShop(t *testing.T) {
	w := newWorld(t)
	pl := w.list(w.shop.Org)
	s, _, err := w.s.Shop(t.Context(), w.shop.Org, pl)
	require.NoError(t, err)
	require.NotZero(t, s.Consumer)
	again, err := w.s.Nameless(t.Context(), w.shop.Org)
	require.NoError(t, err)
	require.Equal(t, s.Consumer, again)
	_, _, err = w.s.Shop(t.Context(), w.maker.Org, pl)
	require.True(t, errs.Is(err, errs.NotFound))
	_, err = w.s.Org(t.Context(), w.maker, s.Consumer)
	require.True(t, errs.Is(err, errs.NotFound))
	_, err = w.s.Org(t.Context(), w.shop, s.Consumer)
	require.NoError(t, err)
}

func TestBanks(t *testing.T) {
	w := newWorld(t)
	b, err := w.s.AddBank(t.Context(), w.maker, partner.NewBank{Bank: "BCA", Number: "0012345", Holder: "Kopi Nusantara"})
	require.NoError(t, err)
	require.True(t, b.Main)
	b, err = w.s.AddBank(t.Context(), w.maker, partner.NewBank{Bank: "Mandiri", Number: "0012345", Holder: "Kopi Nusantara", Main: true})
	require.NoError(t, err)
	require.True(t, b.Main)
	_, err = w.s.AddBank(t.Context(), w.maker, partner.NewBank{Bank: "Mandiri", Number: "0012345", Holder: "x"})
	require.Equal(t, "partner.bank_taken", errs.CodeOf(err))
	for _, role := range []string{"sales", "purchasing", "warehouse", "marketing", "viewer"} {
		other := w.maker
		other.Role = role
		_, err = w.s.AddBank(t.Context(), other, partner.NewBank{Bank: "Elsewhere", Number: "666", Holder: "x", Main: true})
		require.True(t, errs.Is(err, errs.Forbidden), "%s decides where customers pay", role)
	}
	_, err = w.s.Banks(t.Context(), w.shop, w.maker.Org)
	require.True(t, errs.Is(err, errs.NotFound))
	w.agreed(w.shop, w.chain(w.shop, 0))
	all, err := w.s.Banks(t.Context(), w.shop, w.maker.Org)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.False(t, all[0].Main)
	_, err = w.s.Banks(t.Context(), w.maker, w.shop.Org)
	require.True(t, errs.Is(err, errs.NotFound), "a seller does not see its buyer's accounts")
}

func TestBulkTwiceAddsNothing(t *testing.T) {
	w := newWorld(t)
	ctx, by := t.Context(), w.dist.By()
	var orgs []partner.NewOrg
	for i := range 1200 {
		orgs = append(orgs, partner.NewOrg{Kind: "retailer", Code: fmt.Sprintf("S%04d", i), Name: "Same Name", Country: "US", Currency: "USD", Zone: "America/Chicago"})
	}
	var ids map[partner.Ref]id.ID
	for round := range 2 {
		got, n, err := w.s.BulkOrgs(ctx, by, orgs)
		require.NoError(t, err)
		require.Len(t, got, 1200)
		if round == 0 {
			require.Equal(t, 1200, n)
			ids = got
		} else {
			require.Zero(t, n)
			require.Equal(t, ids, got)
		}
	}
	ch, err := w.s.BulkChannel(ctx, by, w.dist.Org, "Import", []string{"any", "any"})
	require.NoError(t, err)
	ch2, err := w.s.BulkChannel(ctx, by, w.dist.Org, "Import", []string{"any", "any"})
	require.NoError(t, err)
	require.Equal(t, ch, ch2)
	var pairs []partner.Pair
	for _, o := range ids {
		pairs = append(pairs, partner.Pair{Seller: w.dist.Org, Buyer: o})
	}
	links, err := w.s.BulkLinks(ctx, by, ch, 1, 2, pairs)
	require.NoError(t, err)
	again, err := w.s.BulkLinks(ctx, by, ch, 1, 2, pairs)
	require.NoError(t, err)
	require.Equal(t, links, again)
	tm := terms(w.list(w.dist.Org))
	tm.CreditLimit = partner.NoLimit
	all := map[id.ID]partner.Terms{}
	for _, l := range links {
		all[l] = tm
	}
	made, err := w.s.BulkAgreements(ctx, by, all)
	require.NoError(t, err)
	require.Len(t, made, 1200)
	require.Len(t, w.limits.set, 1200)
	made, err = w.s.BulkAgreements(ctx, by, all)
	require.NoError(t, err)
	require.Empty(t, made)
	require.Len(t, w.limits.set, 1200)
	buyer := ids[partner.Ref{Kind: "retailer", Code: "S0007"}]
	_, _, err = w.s.Deal(ctx, buyer, w.dist.Org, buyer, "2026-01-05")
	require.NoError(t, err)
	_, err = w.s.Resolve(ctx, "Same Name")
	require.Equal(t, "partner.ambiguous", errs.CodeOf(err))
}
