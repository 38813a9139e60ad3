package trade

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/ledger"
	"saluran/internal/money"
	"saluran/internal/qty"
)

// imported files a document of the past: quantities of kopi at Rp1,000, below zero for what came back.
func (t *till) imported(number string, pcs ...int64) {
	t.Helper()
	h := History{Event: "import/" + number, Kind: "history.sale", Number: number, Seller: maker, Buyer: depot, Link: 301, Agreed: 401, Currency: idr,
		On: "2026-01-05", At: t.clock.Now(), Due: "2026-02-04", From: shed(maker), To: shed(depot)}
	for i, n := range pcs {
		h.Lines = append(h.Lines, HistoryLine{N: int64(i + 1), Product: kopi, Lot: lotKopi, Unit: "pcs", Qty: qty.Units(n), Net: money.Minor(n) * 1_000_00})
	}
	_, err := t.s.Record(t.ctx, of(maker), h)
	require.NoError(t, err)
	t.even()
}

func (t *till) numbered(number string) (v Invoice) {
	t.Helper()
	require.NoError(t, t.d.R(t.ctx).Raw("SELECT "+invoiceCols+" FROM invoice WHERE number = ? AND seller = ?", number, maker).Scan(&v).Error)
	require.NotZero(t, v.ID, number)
	return v
}

// stands is what an imported document should be: total, settled, status.
func (t *till) stood(number string, total, settled money.Minor, status string) {
	t.Helper()
	v := t.numbered(number)
	require.Equal(t, fmt.Sprint(total, settled, status), fmt.Sprint(v.Total, v.Settled, v.Status), number)
}

func TestAnImportedReturnCreditsTheSaleOfItsDocument(tt *testing.T) {
	t := newTill(tt)
	t.imported("MX-1", 100, -30)
	t.stood("MX-1", 100_000_00, 30_000_00, "part")
	t.stood("MX-1/C", -30_000_00, -30_000_00, "paid")
	require.Equal(t, t.numbered("MX-1").ID, t.numbered("MX-1/C").Credits)
	t.paid(maker, depot, 70_000_00)
	t.stood("MX-1", 100_000_00, 100_000_00, "paid")
	require.Zero(t, t.owed(maker, depot, ledger.Trade))
	_, err := t.s.Credit(t.ctx, of(maker), Credit{Invoice: t.numbered("MX-1").ID, Reason: "all of it"})
	require.NoError(t, err)
	t.even()
	require.EqualValues(t, 70_000_00, t.owed(depot, maker, ledger.Deposit), "what came back with it is not credited twice")
	t.stood("MX-1", 100_000_00, 100_000_00, "credited")

	t.imported("MX-0", 60)
	t.paid(maker, depot, 60_000_00, Allocation{t.numbered("MX-0").ID, 60_000_00})
	t.imported("MX-2", 10, -30)
	t.stood("MX-2/I", 10_000_00, 10_000_00, "credited")
	t.stood("MX-2", -30_000_00, -30_000_00, "paid")
	require.EqualValues(t, 90_000_00, t.owed(depot, maker, ledger.Deposit), "and what it is beyond that is a deposit")
}

func TestAnImportedReturnAloneIsSetAgainstWhatIsOpen(tt *testing.T) {
	t := newTill(tt)
	t.imported("A", 100)
	t.imported("B", -30)
	t.stood("B", -30_000_00, 0, "open")
	require.EqualValues(t, 70_000_00, t.owed(maker, depot, ledger.Trade))
	p := t.paid(maker, depot, 70_000_00)
	t.stood("A", 100_000_00, 100_000_00, "paid")
	t.stood("B", -30_000_00, -30_000_00, "paid")
	require.Zero(t, t.owed(maker, depot, ledger.Trade))
	require.Zero(t, t.owed(depot, maker, ledger.Deposit))
	_, err := t.s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "no cover"})
	require.NoError(t, err)
	t.even()
	t.stood("A", 100_000_00, 30_000_00, "part")

	t.imported("C", -20)
	_, err = t.s.Apply(t.ctx, of(maker), Apply{Buyer: depot, Currency: "IDR", Allocate: []Allocation{{t.numbered("A").ID, 15_000_00}}})
	require.NoError(t, err)
	t.even()
	t.stood("A", 100_000_00, 45_000_00, "part")
	t.stood("C", -20_000_00, -20_000_00, "paid")
	require.EqualValues(t, 5_000_00, t.owed(depot, maker, ledger.Deposit))
	t.imported("D", -10)
	r, err := t.s.Refund(t.ctx, of(maker), Refund{Buyer: depot, Currency: "IDR", Method: "transfer"})
	require.NoError(t, err)
	t.even()
	require.EqualValues(t, 15_000_00, r.Amount)
	t.stood("D", -10_000_00, -10_000_00, "paid")
	t.imported("E", -15)
	t.paid(maker, depot, 55_000_00)
	t.stood("E", -15_000_00, -15_000_00, "paid")
	require.EqualValues(t, 15_000_00, t.owed(depot, maker, ledger.Deposit), "the debt had been 40 by then")
	require.Zero(t, t.owed(maker, depot, ledger.Trade))
}
