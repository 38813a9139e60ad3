package partner_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/errs"
	"saluran/internal/list"
	"saluran/internal/partner"
)

func TestAnOfferIsDeclinedOrTakenBack(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	_, _, err := w.s.Appoint(ctx, w.maker, partner.NewAppointment{Agent: w.agent.Org, Code: "A1", CommissionOn: "payment", From: "2026-01-01"})
	require.NoError(t, err)
	l := w.chain(w.shop, w.agent.Org)
	pl := w.list(w.maker.Org)
	offer := func() partner.Agreement {
		g, _, err := w.s.Propose(ctx, w.maker, partner.Propose{Link: l.ID, Terms: terms(pl)})
		require.NoError(t, err)
		return g
	}
	waiting := func() int {
		p, err := w.s.Agreements(ctx, w.shop, list.Query{Filter: map[string]string{"waiting": "1"}})
		require.NoError(t, err)
		return len(p.Items)
	}
	first := offer()
	require.Equal(t, 1, waiting())
	_, err = w.s.Decline(ctx, w.dist, partner.Decline{Agreement: first.ID})
	require.True(t, errs.Is(err, errs.NotFound), "a stranger learns nothing")
	_, err = w.s.Decline(ctx, w.dist, partner.Decline{Agreement: 99_999_999})
	require.True(t, errs.Is(err, errs.NotFound))
	_, err = w.s.Decline(ctx, w.agent, partner.Decline{Agreement: first.ID})
	require.Equal(t, "agreement.not_the_agent", errs.CodeOf(err))
	low := w.shop
	for _, low.Role = range []string{"warehouse", "finance", "viewer"} {
		_, err = w.s.Decline(ctx, low, partner.Decline{Agreement: first.ID})
		require.True(t, errs.Is(err, errs.NotFound), "who does not negotiate learns nothing of an offer: %s", low.Role)
	}
	_, err = w.s.Decline(ctx, w.shop, partner.Decline{Agreement: first.ID, Version: 7})
	require.Equal(t, "changed", errs.CodeOf(err))
	_, err = w.s.Decline(ctx, w.shop, partner.Decline{Agreement: first.ID, Reason: strings.Repeat("x", 301)})
	require.True(t, errs.Is(err, errs.Invalid))
	require.Equal(t, 1, waiting(), "nothing changed")

	g, err := w.s.Decline(ctx, w.shop, partner.Decline{Agreement: first.ID, Version: first.Version, Reason: " Tempo terlalu pendek "})
	require.NoError(t, err)
	require.Equal(t, "Tempo terlalu pendek", g.Reason)
	require.Equal(t, w.shop.Org, g.DeclinedOrg)
	require.False(t, g.Waiting())
	require.Zero(t, waiting())
	again, err := w.s.Decline(ctx, w.shop, partner.Decline{Agreement: first.ID, Reason: "once more"})
	require.NoError(t, err)
	require.Equal(t, g, again, "declining twice changes nothing")
	_, err = w.s.Accept(ctx, w.shop, first.ID)
	require.Equal(t, "agreement.declined", errs.CodeOf(err))
	var noted int64
	require.NoError(t, w.d.R(ctx).Table("audit").Where("action = 'agreement.declined' AND doc = ?", first.ID).Count(&noted).Error)
	require.EqualValues(t, 1, noted)

	second := offer()
	g, err = w.s.Decline(ctx, w.maker, partner.Decline{Agreement: second.ID})
	require.NoError(t, err, "one takes one's own offer back")
	require.Equal(t, w.maker.Org, g.DeclinedOrg)

	third := offer()
	longer := terms(pl)
	longer.NetDays = 45
	counter, _, err := w.s.Propose(ctx, w.shop, partner.Propose{Link: l.ID, Terms: longer})
	require.NoError(t, err, "the buyer counters")
	require.Equal(t, w.shop.Org, counter.Proposer())
	old, err := w.s.Agreement(ctx, w.maker, third.ID)
	require.NoError(t, err)
	require.False(t, old.Waiting(), "only one offer is open at a time")
	_, err = w.s.Accept(ctx, w.shop, third.ID)
	require.Equal(t, "agreement.declined", errs.CodeOf(err))
	g, err = w.s.Accept(ctx, w.maker, counter.ID)
	require.NoError(t, err)
	require.True(t, g.Accepted())
	_, err = w.s.Decline(ctx, w.shop, partner.Decline{Agreement: counter.ID})
	require.Equal(t, "agreement.in_force", errs.CodeOf(err))
}
