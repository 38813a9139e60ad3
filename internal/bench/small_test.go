package bench

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/db/dbtest"
)

// TestLongBenchmarksRun: each benchmark works on the schema as it is now, small; no figure of it means anything.
func TestLongBenchmarksRun(t *testing.T) {
	l, err := Export(t.Context(), ExportOptions{DB: dbtest.URL(t), Rows: 3000, Rounds: 1, Out: io.Discard})
	require.NoError(t, err)
	require.Positive(t, l.Rival)
	for _, c := range []string{"hot", "spread"} {
		l, err = Orders(t.Context(), OrdersOptions{DB: dbtest.URL(t), Clients: 8, Sellers: 4, Window: 300 * time.Millisecond, Case: c, Out: io.Discard})
		require.NoError(t, err, c)
		require.Positive(t, l.Rival)
		require.Zero(t, l.Errors)
	}
}

func TestTheLastLineOfOrdersCarriesTheWorstOfBothCases(t *testing.T) {
	hot, spread := Line{Case: "hot", Ratio: 1.5, P50: 20, P99: 90}, Line{Case: "spread", Ratio: 2, P50: 10, P99: 200}
	for _, l := range []Line{(Line{Ratio: 1e9}).orWorse(hot).orWorse(spread), (Line{Ratio: 1e9}).orWorse(spread).orWorse(hot)} {
		require.Equal(t, Line{Case: "hot", Ratio: 1.5, P50: 20, P99: 200}, l)
	}
}
