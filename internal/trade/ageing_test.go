package trade

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/ledger"
	"saluran/internal/money"
)

// aged holds the ageing of a pair against the books after each of the last journals: what is open of invoices is what the
// account says is owed for goods, whatever was credited, given, bounced or taken back since.
func (t *till) aged(seller, buyer id.ID) {
	t.Helper()
	var seqs []int64
	require.NoError(t, t.d.R(t.ctx).Raw("SELECT seq FROM journal ORDER BY seq DESC LIMIT 12").Scan(&seqs).Error)
	for _, seq := range seqs {
		var owed money.Minor
		require.NoError(t, t.d.R(t.ctx).Raw(`SELECT COALESCE(SUM(e.amt), 0) FROM account a JOIN entry e ON e.acct = a.acct
			WHERE a.book = 2 AND a.side = 1 AND a.org = ? AND a.counterparty = ? AND a.purpose = ? AND e.seq <= ?`, seller, buyer, int16(ledger.Trade), seq).Scan(&owed).Error)
		g, err := t.s.ageing(t.ctx, seller, buyer, "IDR", "2026-03-01", math.MaxInt64, seq)
		require.NoError(t, err)
		require.Equal(t, owed, g.Open(), "what %d owes %d after journal %d", buyer, seller, seq)
	}
}

// TestAStatementIsAged: what is open stands in the step of its days, as of the end of the statement, and its sum with deposits is
// the closing balance; a payment that came later takes nothing off an earlier statement.
func TestAStatementIsAged(tt *testing.T) {
	t := newTill(tt)
	first := t.billed(t.delivered(maker, depot, pieces(kopi, 1))) // falls due on the first of April
	t.days(40)
	second := t.billed(t.delivered(maker, depot, pieces(kopi, 2)))
	until := func(to clock.Date, x AsOf) Statement {
		st, err := t.s.Statement(t.ctx, of(depot), maker, depot, "IDR", "2026-01-01", to, x)
		require.NoError(t, err)
		require.True(t, st.Aged)
		return st
	}
	require.Equal(t, Ageing{first.Total}, until(first.DueOn, AsOf{}).Ageing, "due today is not overdue")
	require.Equal(t, Ageing{0, first.Total}, until(first.DueOn.AddDays(1), AsOf{}).Ageing)
	late := until("2026-12-31", AsOf{})
	require.Equal(t, Ageing{4: first.Total + second.Total}, late.Ageing)
	require.Equal(t, late.Closing, late.Ageing.Open())
	var before int64
	require.NoError(t, t.d.R(t.ctx).Raw("SELECT MAX(seq) FROM journal").Scan(&before).Error)
	t.paid(maker, depot, first.Total+second.Total+700)
	after := until("2026-12-31", AsOf{})
	require.Equal(t, Ageing{}, after.Ageing)
	require.EqualValues(t, -700, after.Closing, "a deposit")
	require.Equal(t, late.Ageing, until("2026-12-31", AsOf{Seq: before}).Ageing, "as it was known")
	require.Equal(t, Ageing{first.Total}, until(first.DueOn, AsOf{}).Ageing, "as it was on that day")
}
