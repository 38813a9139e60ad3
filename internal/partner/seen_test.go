package partner_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/partner"
)

// pages reads a list to its end, a few rows at a time.
func pages[T any](t *testing.T, size int, ask func(q list.Query) (list.Page[T], error), say func(T) string) string {
	t.Helper()
	var out []string
	q := list.Query{Size: size, Filter: map[string]string{}}
	for range 50 {
		p, err := ask(q)
		require.NoError(t, err)
		require.LessOrEqual(t, len(p.Items), size)
		for _, x := range p.Items {
			out = append(out, say(x))
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			return strings.Join(out, " ")
		}
	}
	t.Fatal("a list without an end")
	return ""
}

// TestListsAreTheSameHoweverManyAreKnown: organisations, members and agreements are read in one way by those who know few, and in
// another by those who know many.
func TestListsAreTheSameHoweverManyAreKnown(t *testing.T) {
	w := newWorld(t)
	c, err := w.s.CreateChannel(t.Context(), w.maker, partner.NewChannel{Name: "All", Shape: "free", Tiers: []string{"producer", "distributor", "retailer"}})
	require.NoError(t, err)
	link := func(a access.Actor, n partner.NewLink, other access.Actor) partner.Link {
		n.Channel, n.Code, n.Place = c.ID, w.code(n.Buyer), true
		l, _, err := w.s.CreateLink(t.Context(), a, n)
		require.NoError(t, err)
		return w.accepted(other, l)
	}
	_, _, err = w.s.Appoint(t.Context(), w.dist, partner.NewAppointment{Agent: w.agent.Org, Code: w.code(w.agent.Org), CommissionOn: "delivery", From: "2026-01-01", MayBind: true})
	require.NoError(t, err)
	link(w.maker, partner.NewLink{Seller: w.maker.Org, Buyer: w.dist.Org}, w.dist)
	prices := w.list(w.dist.Org)
	shops := []access.Actor{w.shop}
	for i := range 7 {
		shops = append(shops, w.add("retailer", fmt.Sprintf("R%d", i), fmt.Sprintf("Toko %d", 7-i)))
	}
	for i, shop := range shops {
		agent := id.ID(0)
		if i%2 == 0 {
			agent = w.agent.Org
		}
		l := link(w.dist, partner.NewLink{Seller: w.dist.Org, Buyer: shop.Org, Agent: agent}, shop)
		g, _, err := w.s.Propose(t.Context(), w.dist, partner.Propose{Key: audit.Key{}, Link: l.ID, Terms: terms(prices)})
		require.NoError(t, err)
		if i != 3 {
			_, err = w.s.Accept(t.Context(), shop, g.ID)
			require.NoError(t, err)
		}
	}
	seen := func(a access.Actor) string {
		var out []string
		for _, q := range []map[string]string{nil, {"q": "toko"}, {"q": "R4"}, {"kind": "retailer"}} {
			out = append(out, "orgs: "+pages(t, 3, func(p list.Query) (list.Page[partner.Org], error) {
				p.Filter = q
				return w.s.List(t.Context(), a, p)
			}, func(o partner.Org) string { return o.Code + "/" + o.City }))
		}
		if a.Kind == "operator" { // it keeps names and addresses, and reads nothing else
			return strings.Join(out, "\n")
		}
		for _, side := range []string{"", "buyer", "seller", "agent"} {
			for _, find := range []string{"", "toko", "D1"} {
				out = append(out, "links: "+pages(t, 2, func(p list.Query) (list.Page[partner.LinkView], error) {
					p.Filter = map[string]string{"side": side, "q": find}
					return w.s.Links(t.Context(), a, p)
				}, func(l partner.LinkView) string { return l.SellerCode + ">" + l.BuyerCode }))
			}
		}
		out = append(out, "agreements: "+pages(t, 3, func(p list.Query) (list.Page[partner.AgreementView], error) { return w.s.Agreements(t.Context(), a, p) },
			func(g partner.AgreementView) string { return g.SellerCode + ">" + g.BuyerCode }))
		if _, err := w.s.Channel(t.Context(), a, c.ID); err != nil {
			return strings.Join(out, "\n")
		}
		tiers, err := w.s.Tiers(t.Context(), a, c.ID)
		require.NoError(t, err)
		out = append(out, fmt.Sprint(tiers), "members: "+pages(t, 3, func(p list.Query) (list.Page[partner.Member], error) { return w.s.Members(t.Context(), a, c.ID, p) },
			func(m partner.Member) string { return fmt.Sprint(m.Tier, m.Code) }))
		for _, tier := range []int64{0, 2, 3} {
			for _, find := range []string{"", "toko", "D1"} {
				out = append(out, "tier: "+pages(t, 2, func(p list.Query) (list.Page[partner.Member], error) {
					p.Filter = map[string]string{"q": find}
					return w.s.MemberPage(t.Context(), a, c.ID, tier, 1, p)
				}, func(m partner.Member) string { return fmt.Sprint(m.Tier, m.Code) }))
			}
		}
		return strings.Join(out, "\n")
	}
	for _, a := range append([]access.Actor{w.maker, w.dist, w.agent, w.op}, shops[:2]...) {
		w.s.Many(2000)
		few := seen(a)
		w.s.Many(1)
		require.Equal(t, few, seen(a), a.OrgName)
		w.s.Many(3) // the one of some, the other of others
		require.Equal(t, few, seen(a), a.OrgName)
	}
	w.s.Many(1)
	require.Contains(t, seen(w.dist), "members: 1KOPI 2D1 3R6 3R5 3R4 3R3 3R2 3R1 3R0 3T1")
	require.Contains(t, seen(w.dist), "map[1:1 2:1 3:8]")
	require.Contains(t, seen(w.agent), "agreements: D1>R5 D1>R3 D1>R1 D1>T1")
	require.NotContains(t, seen(w.maker), "T1", "a producer does not see whom its distributor sells to")
	require.NotContains(t, seen(shops[1]), "R1", "a shop does not see its neighbours")
}

// TestFiltersTakeWhatTheListHas: links of one partner, links that wait for somebody and agreements of one link are found by indexes of
// their own; they are those rows of the whole list that the filter means, for whoever asks.
func TestFiltersTakeWhatTheListHas(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c, err := w.s.CreateChannel(ctx, w.maker, partner.NewChannel{Name: "All", Shape: "free", Tiers: []string{"producer", "distributor", "retailer"}})
	require.NoError(t, err)
	_, _, err = w.s.Appoint(ctx, w.dist, partner.NewAppointment{Agent: w.agent.Org, Code: w.code(w.agent.Org), CommissionOn: "delivery", From: "2026-01-01", MayBind: true})
	require.NoError(t, err)
	first, _, err := w.s.CreateLink(ctx, w.maker, partner.NewLink{Seller: w.maker.Org, Buyer: w.dist.Org, Channel: c.ID, Code: w.code(w.dist.Org), Place: true})
	require.NoError(t, err)
	w.accepted(w.dist, first)
	prices, shops := w.list(w.dist.Org), []access.Actor{w.shop}
	for i := range 5 {
		shops = append(shops, w.add("retailer", fmt.Sprintf("R%d", i), fmt.Sprintf("Toko %d", i)))
	}
	for i, shop := range shops {
		n := partner.NewLink{Seller: w.dist.Org, Buyer: shop.Org, Channel: c.ID, Code: w.code(shop.Org), Place: true}
		if i%2 == 0 {
			n.Agent = w.agent.Org
		}
		w.staffed(shop.Org)
		l, _, err := w.s.CreateLink(ctx, w.dist, n)
		require.NoError(t, err)
		if i%3 != 2 { // the others wait for the shop
			w.accepted(shop, l)
			for range 2 {
				_, _, err = w.s.Propose(ctx, w.dist, partner.Propose{Key: audit.Key{}, Link: l.ID, Terms: terms(prices)})
				require.NoError(t, err)
			}
		}
	}
	all := append([]access.Actor{w.maker, w.dist, w.agent}, shops...)
	for _, a := range all {
		for _, ended := range []string{"", "1"} {
			for _, side := range []string{"", "seller", "buyer", "agent"} {
				links := func(filter ...string) string {
					return pages(t, 2, func(p list.Query) (list.Page[partner.LinkView], error) {
						p.Filter = map[string]string{"side": side, "ended": ended}
						for i := 0; i < len(filter); i += 2 {
							p.Filter[filter[i]] = filter[i+1]
						}
						return w.s.Links(ctx, a, p)
					}, func(l partner.LinkView) string {
						waits := l.Seller == a.Org && l.SellerWaits || l.Buyer == a.Org && l.BuyerWaits
						return fmt.Sprintf("%d>%d,%t", l.Seller, l.Buyer, waits)
					})
				}
				whole := strings.Fields(links())
				only := func(mean func(row string) bool) string {
					return strings.Join(slices.DeleteFunc(slices.Clone(whole), func(row string) bool { return !mean(row) }), " ")
				}
				require.Equal(t, only(func(row string) bool { return strings.HasSuffix(row, ",true") }), links("asked", "1"), "%s %s", a.OrgName, side)
				for _, b := range all {
					seller, buyer := fmt.Sprintf("%d>", b.Org), fmt.Sprintf(">%d,", b.Org)
					require.Equal(t, only(func(row string) bool { return strings.HasPrefix(row, seller) || strings.Contains(row, buyer) }), links("partner", b.Org.String()), "%s %s %s", a.OrgName, side, b.OrgName)
				}
			}
		}
		agreed := func(filter map[string]string) string {
			return pages(t, 3, func(p list.Query) (list.Page[partner.AgreementView], error) {
				p.Filter = filter
				return w.s.Agreements(ctx, a, p)
			}, func(g partner.AgreementView) string { return fmt.Sprintf("%d/%d", g.Link, g.ID) })
		}
		whole := strings.Fields(agreed(nil))
		mine, err := w.s.Links(ctx, a, list.Query{Filter: map[string]string{}})
		require.NoError(t, err)
		for _, l := range append(mine.Items, partner.LinkView{Link: first}) {
			of := slices.DeleteFunc(slices.Clone(whole), func(row string) bool { return !strings.HasPrefix(row, fmt.Sprintf("%d/", l.ID)) })
			require.Equal(t, strings.Join(of, " "), agreed(map[string]string{"link": l.ID.String()}), a.OrgName)
		}
	}
	asked, err := w.s.Links(ctx, shops[2], list.Query{Filter: map[string]string{"asked": "1"}})
	require.NoError(t, err)
	require.Len(t, asked.Items, 1, "a shop that has people is asked")
}
