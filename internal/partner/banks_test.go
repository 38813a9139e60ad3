package partner_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/errs"
	"saluran/internal/partner"
)

func TestABankAccountIsEndedAndUsedAgain(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.chain(w.shop, 0)
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
