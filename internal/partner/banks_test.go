package partner_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/partner"
)

func TestABankAccountIsEndedAndUsedAgain(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.agreed(w.shop, w.chain(w.shop, 0))
	add := func(number string) partner.Bank {
		b, err := w.s.AddBank(ctx, w.maker, partner.NewBank{Bank: "BCA", Number: number, Holder: "Kopi Nusantara"})
		require.NoError(t, err)
		return b
	}
	one, two := add("0012345"), add("0067890")
	set := func(n partner.SetBank) (partner.Bank, error) { return w.s.SetBank(ctx, w.maker, n) }
	_, err := set(partner.SetBank{Bank: one.ID, Version: one.Version, Ended: true})
	require.Equal(t, "partner.bank_main", errs.CodeOf(err), "customers pay there")
	two, err = set(partner.SetBank{Bank: two.ID, Version: two.Version, Main: true})
	require.NoError(t, err)
	require.True(t, two.Main)
	_, err = set(partner.SetBank{Bank: one.ID, Version: one.Version, Ended: true})
	require.Equal(t, "changed", errs.CodeOf(err), "it is main no more, which nobody here has seen")
	one, err = set(partner.SetBank{Bank: one.ID, Version: one.Version + 1, Ended: true})
	require.NoError(t, err)
	require.NotZero(t, one.Ended)
	seen, err := w.s.Banks(ctx, w.shop, w.maker.Org)
	require.NoError(t, err)
	require.Equal(t, []partner.Bank{two}, seen, "customers see what is in use")

	for _, a := range []struct {
		role string
		code string
	}{{"sales", "access.denied"}, {"warehouse", "access.denied"}} {
		other := w.maker
		other.Role = a.role
		_, err = w.s.SetBank(ctx, other, partner.SetBank{Bank: two.ID, Version: two.Version, Ended: true})
		require.Equal(t, a.code, errs.CodeOf(err), a.role)
	}
	_, err = w.s.SetBank(ctx, w.shop, partner.SetBank{Bank: two.ID, Version: two.Version, Ended: true})
	require.True(t, errs.Is(err, errs.NotFound), "another's account is not there")

	sales := w.maker
	sales.Role = "sales"
	mine, err := w.s.OwnBanks(ctx, sales)
	require.NoError(t, err)
	require.Equal(t, "•••890", mine[0].Number)
	sales.Role = "warehouse"
	_, err = w.s.OwnBanks(ctx, sales)
	require.True(t, errs.Is(err, errs.Forbidden))
	mine, err = w.s.OwnBanks(ctx, w.maker)
	require.NoError(t, err)
	require.Equal(t, []string{"0067890", "0012345"}, []string{mine[0].Number, mine[1].Number})

	two, err = set(partner.SetBank{Bank: two.ID, Version: two.Version, Ended: true})
	require.NoError(t, err, "the last one may be ended")
	require.False(t, two.Main)
	one, err = set(partner.SetBank{Bank: one.ID, Version: one.Version})
	require.NoError(t, err)
	require.True(t, one.Main, "the only one in use is the main one")
	require.Zero(t, one.Ended)
}

// agreed makes and accepts terms on a link of the maker.
func (w *world) agreed(buyer access.Actor, l partner.Link) partner.Agreement {
	g, _, err := w.s.Propose(w.t.Context(), w.maker, partner.Propose{Link: l.ID, Terms: terms(w.list(w.maker.Org))})
	require.NoError(w.t, err)
	g, err = w.s.Accept(w.t.Context(), buyer, g.ID)
	require.NoError(w.t, err)
	return g
}

// TestAProposalShowsNoBankAccount: accounts are seen by those who pay there, under terms in force or for what they owe; a link that
// was proposed, refused, ended, or that has no terms shows none, whoever proposed it.
func TestAProposalShowsNoBankAccount(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	_, err := w.s.AddBank(ctx, w.maker, partner.NewBank{Bank: "BCA", Number: "0012345", Holder: "Kopi Nusantara"})
	require.NoError(t, err)
	hidden := func(a access.Actor, why string) {
		_, err := w.s.Banks(ctx, a, w.maker.Org)
		require.Equal(t, errs.Gone(), err, why)
	}
	shown := func(a access.Actor, why string) {
		all, err := w.s.Banks(ctx, a, w.maker.Org)
		require.NoError(t, err, why)
		require.Len(t, all, 1)
	}
	c, err := w.s.CreateChannel(ctx, w.maker, partner.NewChannel{Name: "C", Shape: "free", Tiers: []string{"producer", "retailer"}})
	require.NoError(t, err)
	l, _, err := w.s.CreateLink(ctx, w.maker, partner.NewLink{Channel: c.ID, Seller: w.maker.Org, Buyer: w.shop.Org, Code: "T1", Agent: 0, Place: true})
	require.NoError(t, err)
	hidden(w.shop, "it waits")
	l = w.accepted(w.shop, l)
	hidden(w.shop, "nothing is agreed under it")
	w.agreed(w.shop, l)
	shown(w.shop, "terms are in force")
	l, err = w.s.Link(ctx, w.maker, l.ID)
	require.NoError(t, err)
	hidden(w.agent, "no agent of it")
	w.clock.Set(w.clock.Now().Add(-365 * 24 * 3600e9))
	hidden(w.shop, "terms that are not in force yet")
	w.clock.Set(w.clock.Now().Add(365 * 24 * 3600e9))
	l, err = w.s.EndLink(ctx, w.maker, l.ID, l.Version)
	require.NoError(t, err)
	hidden(w.shop, "it has ended")
	require.NoError(t, w.d.InTx(ctx, func(ctx context.Context) error {
		return w.d.W(ctx).Exec(`INSERT INTO invoice (id, number, serial_no, kind, order_id, credits, seller, buyer, agent, currency, issued_on, due_on, net, tax_base, tax, total, settled, status, reason, version, seq)
			VALUES (77, 'INV-77', 1, 'invoice', 1, 0, ?, ?, 0, 'IDR', '2026-03-01', '2026-04-01', 100, 0, 0, 100, 40, 'open', '', 1, 1)`, w.maker.Org, w.shop.Org).Error
	}))
	shown(w.shop, "it still owes")
	require.NoError(t, w.d.InTx(ctx, func(ctx context.Context) error {
		return w.d.W(ctx).Exec("UPDATE invoice SET settled = 100 WHERE id = 77 AND seller = ?", w.maker.Org).Error
	}))
	hidden(w.shop, "it owes nothing more")
}

// TestNobodyIsMadeASellerOfStrangers: the producer of a channel proposes links of those alone who agreed to buy there.
func TestNobodyIsMadeASellerOfStrangers(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	_, err := w.s.AddBank(ctx, w.dist, partner.NewBank{Bank: "BCA", Number: "0012345", Holder: "Distribusi Jaya"})
	require.NoError(t, err)
	c, err := w.s.CreateChannel(ctx, w.maker, partner.NewChannel{Name: "C", Shape: "free", Tiers: []string{"producer", "any", "any"}})
	require.NoError(t, err)
	up, _, err := w.s.CreateLink(ctx, w.maker, partner.NewLink{Channel: c.ID, Seller: w.maker.Org, Buyer: w.dist.Org, Code: "D1", Place: true})
	require.NoError(t, err)
	before := w.rows()
	below := func() error {
		_, _, err := w.s.CreateLink(ctx, w.maker, partner.NewLink{Channel: c.ID, Seller: w.dist.Org, Buyer: w.shop.Org, Code: "T1", Place: true})
		return err
	}
	require.Equal(t, "partner.seller_not_joined", errs.CodeOf(below()), "it waits for the distributor")
	require.Equal(t, before, w.rows())
	_, err = w.s.Banks(ctx, w.shop, w.dist.Org)
	require.Equal(t, errs.Gone(), err)
	ended, err := w.s.EndLink(ctx, w.dist, up.ID, up.Version)
	require.NoError(t, err)
	require.Equal(t, "partner.seller_not_joined", errs.CodeOf(below()), "it has refused")
	up, err = w.s.SetLink(ctx, w.dist, partner.SetLink{Link: up.ID, Version: ended.Version, Active: true})
	require.NoError(t, err)
	w.accepted(w.maker, up)
	require.NoError(t, below(), "what stands in the channel may be drawn by its producer")
	_, err = w.s.Banks(ctx, w.shop, w.dist.Org)
	require.Equal(t, errs.Gone(), err, "and waits for both")
}
