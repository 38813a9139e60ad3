package goods

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/list"
	"saluran/internal/qty"
)

// ship sends something from one to another with a carrier.
func (y *yard) ship(no, seller, buyer, carrier id.ID) {
	y.Helper()
	require.NoError(y, y.d.InTx(y.ctx, func(ctx context.Context) error {
		return y.d.W(ctx).Exec(`INSERT INTO shipment (id, number, kind, order_id, seller, buyer, agent, carrier, from_place, to_place, status, dispatched_us, received_us, waits, tracking, version, seq)
			VALUES (?, ?, 'out', 1, ?, ?, 0, ?, 0, 0, 'in_transit', 1, 0, 0, '', 1, 1)`, no, fmt.Sprint("SH-", no), seller, buyer, carrier).Error
	}))
}

// TestWhatIsSeenIsTheSameFromEachIndex: everything that one sees, read index by index, is what one question with all of its conditions
// finds: once each, in the order of accounts, wherever pages end, however many places there are and however many accounts of others lie
// between.
func TestWhatIsSeenIsTheSameFromEachIndex(tt *testing.T) {
	y := newYard(tt)
	const far, sent, brought, carried, others id.ID = 4, 900_001, 900_002, 900_003, 900_004
	home, toko := y.place(maker, "A"), y.place(shop, "Toko")
	y.ship(sent, maker, shop, agen)
	y.ship(brought, shop, maker, 0)
	y.ship(carried, far, far, agen)
	y.ship(others, far, far, 0)
	n := 0
	move := func(owner, bearer, place id.ID) {
		n++
		l := y.lot(maker, "", fmt.Sprint("L", n), "2027-06-01", 10)
		from := ledger.Position{Lot: l.ID, Product: kopi, Owner: maker, Place: home.ID, Bearer: maker, Seller: maker}
		to := from
		to.Owner, to.Bearer, to.Place, to.Seller = owner, bearer, place, 0
		q := qty.Units(int64(4 + n%2*6)) // of every second lot nothing is left where it was
		_, err := y.book.Post(y.ctx, ledger.Draft("test.sent", fmt.Sprint("sent/", n), id.By{Org: maker}, 1, y.clock.Now()).Move(from, to, q))
		require.NoError(y, err)
	}
	everywhere := func() {
		for _, place := range []id.ID{toko.ID, sent, brought, carried, others} {
			for _, who := range []id.ID{maker, shop, far} {
				move(who, who, place)
				move(maker, who, place)
			}
		}
	}
	everywhere()
	compare := func(what string) {
		for _, org := range []id.ID{maker, shop, agen, far} {
			cond, args, err := viewed(All, org)
			require.NoError(y, err)
			want, err := y.s.standing(y.ctx, stands{org: org, cond: cond, args: args, limit: 1000})
			require.NoError(y, err)
			require.NotEmpty(y, want)
			require.NoError(y, y.s.veil(y.ctx, org, want))
			for _, size := range []int{1, 7, 200} {
				var got []Standing
				q := list.Query{Size: size}
				for {
					p, err := y.s.Stock(y.ctx, of(org), All, 0, q)
					require.NoError(y, err)
					got = append(got, p.Items...)
					if q.Cursor = p.Next; q.Cursor == "" {
						break
					}
				}
				require.Equal(y, want, got, "%s: %d by pages of %d", what, org, size)
			}
		}
	}
	compare("few accounts between")
	y.s.between = 1
	compare("many accounts between")
	for i := range somePlaces {
		y.place(shop, fmt.Sprintf("Gudang %02d", i))
	}
	compare("many places")
	y.s.between = manyBetween
	everywhere()
	compare("many places, few accounts between")
}
