package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/ledger"
	"saluran/internal/qty"
)

// A counter that stands at nothing still says whose it is: each has an account or a limit that made it, and each of those its counter.
func TestCountersAtNothingAreProved(t *testing.T) {
	w := newWorld(t)
	w.makes(10)
	for _, p := range []*ledger.Post{w.draft("limit").Limit(producer, buyer, idr, 0),
		w.draft("ship").Move(made, at(buyer, whB, buyer, buyer), qty.Units(10))} { // all of it: the producer's counter is at 0
		_, err := w.book.Post(t.Context(), p)
		require.NoError(t, err)
	}
	require.EqualValues(t, 1, w.int("SELECT COUNT(*) FROM stock WHERE seller = ? AND sellable = 0 AND held = 0", producer))
	require.EqualValues(t, 1, w.int("SELECT COUNT(*) FROM exposure WHERE seller = ? AND used = 0 AND held = 0 AND limit_amt = 0", producer))
	k := kept{world: w}
	problems := func() int {
		rep, err := ledger.Verify(t.Context(), w.d, ledger.VerifyConfig{})
		require.NoError(t, err)
		return len(rep.Problems)
	}
	require.Zero(t, problems())
	for _, change := range []string{"UPDATE exposure SET currency = currency + 1 WHERE seller = ?", "UPDATE exposure SET bill_to = 99991 WHERE seller = ?",
		"UPDATE exposure SET seller = 99991 WHERE seller = ?", "UPDATE stock SET product = 99991 WHERE seller = ?", "UPDATE stock SET seller = 99991 WHERE seller = ?",
		"DELETE FROM exposure WHERE seller = ?", "DELETE FROM stock WHERE seller = ?"} {
		exposure, stock := w.int("SELECT currency FROM exposure WHERE seller = ?", producer), w.int("SELECT product FROM stock WHERE seller = ?", producer)
		k.behind(change, producer)
		require.NotZero(t, problems(), change)
		k.behind("DELETE FROM exposure WHERE seller IN (?, 99991)", producer)
		k.behind("DELETE FROM stock WHERE seller IN (?, 99991)", producer)
		k.behind("INSERT INTO exposure (seller, bill_to, currency, used, held, limit_amt) VALUES (?, ?, ?, 0, 0, 0)", producer, buyer, exposure)
		k.behind("INSERT INTO stock (seller, product, sellable, held) VALUES (?, ?, 0, 0)", producer, stock)
		require.Zero(t, problems(), change)
	}
}

// TestVerifySaysWhatIsWrongWithTheHead: its hash, where that is what was changed, and not its number.
func TestVerifySaysWhatIsWrongWithTheHead(t *testing.T) {
	w := newWorld(t)
	w.makes(10)
	k := kept{world: w}
	for _, c := range []struct{ change, says string }{
		{"UPDATE lane SET hash = 'x'", "has another hash than the last journal"}, {"UPDATE lane SET seq = seq + 7", "the last one is"},
		{"UPDATE lane SET recorded_us = recorded_us + 1", "was recorded at"},
	} {
		var before struct {
			Seq, RecordedUs int64
			Hash            []byte
		}
		require.NoError(t, w.d.R(t.Context()).Raw("SELECT seq, recorded_us, hash FROM lane").Scan(&before).Error)
		k.behind(c.change)
		rep, err := ledger.Verify(t.Context(), w.d, ledger.VerifyConfig{})
		require.NoError(t, err)
		require.Contains(t, rep.Problems[0].What, c.says)
		k.behind("UPDATE lane SET seq = ?, recorded_us = ?, hash = ?", before.Seq, before.RecordedUs, before.Hash)
	}
	rep, err := ledger.Verify(t.Context(), w.d, ledger.VerifyConfig{})
	require.NoError(t, err)
	require.Zero(t, rep.Failed())
}
