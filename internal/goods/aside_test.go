package goods

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// TestATransferLeavesAloneWhatIsSetAside: goods that a confirmed order made the buyer's where they stand are no longer the seller's to
// move; what is free is.
func TestATransferLeavesAloneWhatIsSetAside(tt *testing.T) {
	y := newYard(tt)
	a, b := y.place(maker, "A"), y.place(maker, "B")
	lot := y.lot(maker, "", "L", "2027-01-01", 10)
	own := ledger.Position{Lot: lot.ID, Product: kopi, Owner: maker, Place: a.ID, Bearer: maker, Seller: maker}
	kept := own
	kept.Owner, kept.Seller = shop, 0
	_, err := y.book.Post(y.ctx, ledger.Draft("test.allotted", "allot/1", id.By{Org: maker}, 1, y.clock.Now()).Move(own, kept, qty.Units(6)))
	require.NoError(y, err)
	require.NoError(y, y.d.InTx(y.ctx, func(ctx context.Context) error {
		w := y.d.W(ctx)
		if err := w.Exec(`INSERT INTO orders (id, number, kind, seller, buyer, agent, link, agreement, placed_by, currency, status, net, tax, total, credit_held,
			ship_from, deliver_to, return_of, ordered_on, wanted_on, placed_us, reference, note, version, seq)
			VALUES (900, 'O1', 'sale', ?, ?, 0, 1, 1, 'buyer', 'IDR', 'confirmed', 0, 0, 0, 0, ?, 0, 0, '2026-03-02', '2026-03-02', 0, '', '', 1, 1)`, maker, shop, a.ID).Error; err != nil {
			return err
		}
		return w.Exec("INSERT INTO allotment (order_id, line, lot, owner, place, bearer, qty, dispatched, seq) VALUES (900, 1, ?, ?, ?, ?, ?, ?, 1)",
			lot.ID, shop, a.ID, maker, qty.Units(8), qty.Units(2)).Error
	}))
	move := func(n int64) error {
		_, err := y.s.Transfer(y.ctx, of(maker), Transfer{Product: kopi, From: a.ID, To: b.ID, Qty: qty.Units(n)})
		return err
	}
	for _, n := range []int64{5, 10} {
		err = move(n)
		require.Equal(y, "goods.set_aside", errs.CodeOf(err))
		require.Contains(y, i18n.Error(i18n.EN, err), "6 are set aside")
	}
	require.NoError(y, move(4))
	require.Equal(y, "goods.set_aside", errs.CodeOf(move(1)))
}
