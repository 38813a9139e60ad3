package sharing_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/sharing"
)

// TestSelloutsAreTheLooksOfAllAgreements: what is looked at together is what each look shows, written down for each grantor, in as
// many questions for one agreement as for five; what is not in force, and what is no sell-out, is not among it.
func TestSelloutsAreTheLooksOfAllAgreements(t *testing.T) {
	w := newWorld(t)
	n := 0
	count := func(*gorm.DB) { n++ }
	cb := w.d.R(context.Background()).Callback()
	require.NoError(t, cb.Query().Before("gorm:query").Register("count:query", count))
	require.NoError(t, cb.Row().Before("gorm:row").Register("count:row", count))
	look := func() []sharing.Page {
		n = 0
		p, err := w.s.Sellouts(t.Context(), makerA, "2026-03-01", today)
		require.NoError(t, err)
		return p
	}
	require.Empty(t, look())
	w.shared(terms("orders", "day"))
	w.shared(terms("stock", "day"))
	require.Empty(t, look(), "no sell-out")

	for i := range 3 {
		w.sells(dist, shop0+id.ID(i), robusta, clock.Date("2026-03-10").AddDays(i), int64(5+i))
		w.sells(dist, shop0, foreign, "2026-03-10", 100) // not the maker's business
	}
	days := terms("sellout", "day")
	days.MinGroup = 1
	first := w.shared(days)
	got := look()
	one := n
	require.Len(t, got, 1)
	want, err := w.s.Look(t.Context(), makerA, first.ID, sharing.Ask{From: "2026-03-01", To: today, Way: "page"}, list.Query{})
	require.NoError(t, err)
	require.Equal(t, want.Items, got[0].Items)
	require.Equal(t, want.Upto, got[0].Upto)
	require.Len(t, got[0].Items, 3)

	for i := range id.ID(4) { // further grantors, one of which hides small groups
		org := id.ID(200) + i
		w.insert("org", map[string]any{"id": org, "code": "G" + org.String(), "kind": "distributor", "name": "Grantor", "currency": "IDR", "zone": zone, "active": true})
		w.link(maker, org, 100)
		w.sells(org, shop0, robusta, "2026-03-11", 7)
		x := terms("sellout", "week")
		if i == 3 {
			x.MinGroup = 2
		}
		o, err := w.s.Offer(t.Context(), of(org, "distributor", "owner"), sharing.Offer{Viewer: maker, Terms: x})
		require.NoError(t, err)
		_, err = w.s.Step(t.Context(), makerA, noKey, o.ID, 0, "accept")
		require.NoError(t, err)
	}
	got = look()
	require.Len(t, got, 5)
	require.LessOrEqual(t, n, one, "as many questions")
	require.Empty(t, got[0].Items, "one shop alone is hidden")
	for _, p := range got[1:] {
		require.NotEmpty(t, p.Items)
	}
	looks, err := w.s.Looks(t.Context(), distA, first.ID, list.Query{})
	require.NoError(t, err)
	require.Len(t, looks.Items, 3, "each look is written down")
	require.Equal(t, "page", looks.Items[0].Way)

	for who, a := range map[string]id.ID{"the rival": rival, "the grantor": dist} {
		p, err := w.s.Sellouts(t.Context(), of(a, "producer", "owner"), "2026-03-01", today)
		require.NoError(t, err)
		require.Empty(t, p, who)
	}
	p, err := w.s.Sellouts(t.Context(), of(maker, "producer", "warehouse"), "2026-03-01", today)
	require.NoError(t, err)
	require.Empty(t, p, "who may not read what is shared")
	_, err = w.s.Step(t.Context(), distA, noKey, first.ID, 0, "withdraw")
	require.NoError(t, err)
	require.Len(t, look(), 4)
}
