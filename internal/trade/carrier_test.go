package trade

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
)

// seenCarriers are organisations that the sellers of a till see, by kind.
type seenCarriers map[id.ID]string

func (c seenCarriers) Carrier(_ context.Context, _ access.Actor, org id.ID) error {
	switch c[org] {
	case "":
		return errs.Gone()
	case "carrier":
		return nil
	}
	return errs.New(errs.Invalid, "partner.not_a_carrier")
}

// TestGoodsAreGivenToCarriersAlone: who is no carrier, or is not seen, is refused before anything is written; with a good one the
// books hold.
func TestGoodsAreGivenToCarriersAlone(tt *testing.T) {
	const ekspedisi, stranger = id.ID(9), id.ID(98)
	t := newTill(tt)
	t.s.Carriers = seenCarriers{ekspedisi: "carrier", agen: "agent", grosir: "wholesaler"}
	require.NoError(t, t.d.InTx(t.ctx, func(ctx context.Context) error {
		return t.d.W(ctx).Exec(`INSERT INTO org (id, code, kind, name, name_fold, country, currency, zone, vat_registered, large, tax_no, address, city, phone, nameless, active, registered_by, created_us, version)
			VALUES (?, 'EXP', 'carrier', 'Ekspedisi', 'ekspedisi', 'ID', 'IDR', 'Asia/Jakarta', 0, 0, '', '', '', '', 0, 1, 1, 0, 1)`, ekspedisi).Error
	}))
	o, err := t.s.Place(t.ctx, of(depot), Place{Seller: maker, Buyer: depot, Lines: []PlaceLine{pieces(kopi, 10)}})
	require.NoError(t, err)
	_, err = t.s.Confirm(t.ctx, of(maker), Step{Order: o.ID})
	require.NoError(t, err)
	for who, code := range map[id.ID]string{stranger: "order.unknown_carrier", agen: "order.not_a_carrier", grosir: "order.not_a_carrier", maker: "order.unknown_carrier"} {
		_, err = t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}, Carrier: who})
		require.ErrorContains(t, err, code, "organisation %d", who)
		require.Equal(t, errs.Invalid, errs.KindOf(err))
	}
	h, err := t.s.Dispatch(t.ctx, of(maker), Dispatch{Step: Step{Order: o.ID}, Carrier: ekspedisi})
	require.NoError(t, err)
	require.Equal(t, "Ekspedisi", h.CarrierName)
	_, err = t.s.Receive(t.ctx, of(depot), Receive{Shipment: h.ID})
	require.NoError(t, err)
	t.even()
}

// TestTheLedgerLetsNobodyHoldWhoMayNot: a post that would make verify fail is refused, wherever it comes from.
func TestTheLedgerLetsNobodyHoldWhoMayNot(tt *testing.T) {
	t := newTill(tt)
	pos := ledger.Position{Lot: lotKopi, Product: kopi, Owner: maker, Place: shed(maker), Bearer: maker, Seller: maker}
	to := pos
	to.Place, to.Seller = shed(agen), 0
	p := ledger.Draft("stock.moved", "move/1", id.By{Person: 21, Org: maker}, lotKopi, t.clock.Now()).Move(pos, to, 1000)
	_, err := t.book.Post(t.ctx, p)
	require.ErrorContains(t, err, "ledger.role_law")
	to.Place = t.d.IDs.Next()
	p = ledger.Draft("stock.moved", "move/2", id.By{Person: 21, Org: maker}, lotKopi, t.clock.Now()).Move(pos, to, 1000).HeldBy(to.Place, agen)
	_, err = t.book.Post(t.ctx, p)
	require.ErrorContains(t, err, "ledger.role_law")
	t.even()
}
