package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/ledger/ledgertest"
	"saluran/internal/qty"
)

func TestLongEveryVouchedColumnIsProved(t *testing.T) {
	w := newWorld(t)
	w.makes(10)
	post := func(p *ledger.Post) {
		t.Helper()
		_, err := w.book.Post(t.Context(), p)
		require.NoError(t, err)
	}
	post(w.draft("limit").Limit(producer, buyer, idr, 1_000_000))
	post(w.draft("order").Client("k", [32]byte{9}).Hold(producer, product, qty.Units(3)).Serial(producer, "SO", 2026).Tell("x", "{}").
		File(paperT.Row(id.ID(900), ledger.SerialText("SO-%d"), "new", "note", 1), lineT.Row(id.ID(900), 1, producer, product, qty.Units(3)),
			debtT.Row(id.ID(901), producer, buyer, "IDR", 0, 1)))
	post(w.draft("ship").Move(made, at(buyer, whB, buyer, buyer), qty.Units(3)).Hold(producer, product, -qty.Units(3)).
		Owe(producer, buyer, idr, ledger.Trade, 500).
		Advance(paperT, 900, 1, ledger.Set{Col: "status", Before: "new", After: "sent"}).
		Change(lineT, []int64{900, 1}, ledger.Set{Col: "held", Before: qty.Units(3), After: 0}))
	rev, err := ledger.Reversal(t.Context(), w.d.ReadSQL(), 4, "undo", id.By{Person: 1, Org: producer}, w.clock.Now())
	require.NoError(t, err)
	post(rev)
	tried, empty := ledgertest.Tamper(t, w.d, ledger.VerifyConfig{Holds: &ledger.HoldSource{
		Stock: "SELECT seller, product, SUM(held) FROM test_line GROUP BY seller, product"}})
	require.Equal(t, []string{"seal_key.id", "seal_key.public", "seal_key.seq"}, empty, "which the tests of seals have")
	t.Logf("%d columns changed, each found and named", tried)
}
